"""A second window of the same inventory is refused with a sentence; another inventory's is not."""
import os
import subprocess
import time

from stage import INVENTORY, PROGRAM, Failed, opens, start, xdotool


def a_second_window_is_refused(window):
    """A second window of the same inventory is refused with a sentence, and the first one lives"""
    environment = dict(os.environ, KEYSTEAD_INVENTORY=INVENTORY)
    second = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, timeout=30, check=False)
    if second.returncode not in (3, 4) or "is open already" not in second.stderr:
        raise Failed(f"the second window ended with {second.returncode}: {second.stderr}")
    window.see("New key")


def seconds_used(window):
    """Processor time of the program so far."""
    with open(f"/proc/{window.process.pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def it_rests(window):
    """A window that nobody touches draws nothing"""
    time.sleep(2)  # what came before has faded
    before = seconds_used(window)
    time.sleep(5)
    used = seconds_used(window) - before
    if used > 0.5:
        raise Failed(f"it used {used:.2f} s of processor time within 5 s of rest")


def it_opens_after_the_first(window):
    """Ctrl+Q ends it with status 0; then a window opens again, with everything in it"""
    xdotool("key", "ctrl+q")
    if window.process.wait(30) != 0:
        raise Failed(f"it ended with status {window.process.returncode}")
    window.start()
    window.opened()
    window.see("New key")


start(opens, a_second_window_is_refused, it_rests, it_opens_after_the_first)
