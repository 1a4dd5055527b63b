"""A second window of the same inventory is refused with a sentence; another inventory's is not."""
import os
import subprocess

from stage import INVENTORY, PROGRAM, Failed, opens, start


def a_second_window_is_refused(window):
    """A second window of the same inventory is refused with a sentence, and the first one lives"""
    environment = dict(os.environ, KEYSTEAD_INVENTORY=INVENTORY)
    second = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, timeout=30, check=False)
    if second.returncode not in (3, 4) or "is open already" not in second.stderr:
        raise Failed(f"the second window ended with {second.returncode}: {second.stderr}")
    window.see("New key")


def it_opens_after_the_first(window):
    """Once the first is closed, a window opens again, with everything in it"""
    window.close()
    window.start()
    window.opened()
    window.see("New key")


start(opens, a_second_window_is_refused, it_opens_after_the_first)
