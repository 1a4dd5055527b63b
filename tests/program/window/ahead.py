"""The window opens with whatever clock it is given, is unlocked, and has time to do what it takes for due."""
import time

from stage import opens, start, unlocks


def it_is_left_alone(window):
    """Nobody touches it for as long as its due work needs several times over"""
    time.sleep(4)
    window.shot("left-alone")


start(opens, unlocks, it_is_left_alone)
