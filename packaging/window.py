"""The program's window in the hands of a script: seen through its accessibility tree, moved by mouse and
keyboard. Used by packaging/demo and by the tests in tests/program/window; runs on a display of its own
(packaging/with-display) with the system's python3 and python3-pyatspi.
"""
import contextlib
import os
import re
import subprocess
import sys
import time

import pyatspi

WAIT_SECONDS = 30
FIELD = "entry|text|password text|text box"
BUTTON = "button|push button"


class Failed(Exception):
    """What was expected did not come; the text says what."""


class Window:
    """The window of a program that was started here."""

    def __init__(self, program, inventory, files, **environment):
        """Starts the program; screenshots and its messages go to the folder `files`."""
        self.files = files
        self.shots = 0
        self.program = program
        self.environment = dict(os.environ, KEYSTEAD_INVENTORY=inventory, **environment)
        self.start()

    def start(self):
        """Starts the program, the first time or again."""
        self.log = open(os.path.join(self.files, "keystead.log"), "a", encoding="utf-8")
        self.process = subprocess.Popen([self.program], env=self.environment, stdout=self.log, stderr=self.log)

    def close(self):
        """Ends the program, and waits until it is gone."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    # --- seeing ------------------------------------------------------------------------------------

    def id(self):
        """The window's number on the display, once it is there."""
        found = subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(self.process.pid)],
                               capture_output=True, text=True, timeout=60, check=False).stdout.split()
        if not found:
            raise Failed("no window opened within 60 seconds")
        return found[-1]

    def opened(self):
        """Waits for the window, gives it the usual place and size, and the keyboard."""
        window = self.id()
        subprocess.run(["xdotool", "windowsize", window, "1280", "800", "windowmove", window, "0", "0",
                        "windowfocus", window], check=False)

    def nodes(self):
        """Every node that is on the screen, outer ones first."""
        waiting = list(applications(self.process.pid))
        while waiting:
            node = waiting.pop(0)
            with contextlib.suppress(Exception):  # a node may vanish while it is read
                yield node
                waiting.extend(child for child in node if child is not None)

    def find(self, name, role=None):
        """The last node, so the one on top, whose whole name or description matches; None if there is none."""
        found = None
        for node in self.nodes():
            with contextlib.suppress(Exception):
                said = (node.name or "", node.description or "")
                if any(re.fullmatch(name, text, re.DOTALL) for text in said) and (role is None or node.getRoleName() in role.split("|")):
                    found = node
        return found

    def focused(self):
        """The name of what has the keyboard; None where nothing has it."""
        for node in self.nodes():
            with contextlib.suppress(Exception):
                if node.getState().contains(pyatspi.STATE_FOCUSED) and node.getRoleName() not in WINDOW:
                    return node.name
        return None

    def until(self, what, condition, seconds=WAIT_SECONDS):
        """Waits for a condition and returns what it gave."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f"the program ended with status {self.process.returncode} while waiting for {what}")
            result = condition()
            if result:
                return result
            time.sleep(0.1)
        raise Failed(f"{what} did not come within {seconds} seconds")

    def see(self, name, role=None, seconds=WAIT_SECONDS):
        """Waits until a node is there."""
        return self.until(f"'{name}'", lambda: self.find(name, role), seconds)

    def gone(self, name, role=None):
        """Waits until a node is no longer there."""
        self.until(f"the end of '{name}'", lambda: self.find(name, role) is None)

    # --- doing -------------------------------------------------------------------------------------

    def click(self, name, role=None):
        """Moves the pointer to the middle of a node that can be used and has come to rest, and clicks."""
        x, y, width, height = self.until(f"'{name}' at rest", lambda: self.resting(name, role))
        xdotool("mousemove", str(x + width // 2), str(y + height // 2))
        time.sleep(0.1)
        xdotool("click", "1")
        time.sleep(0.2)

    def resting(self, name, role):
        """Where a node lies, if it can be used and did not move for a moment."""
        before = usable(self.find(name, role))
        time.sleep(0.15)
        return before if before and before == usable(self.find(name, role)) else None

    def press(self, keys):
        """Presses a shortcut such as ctrl+n."""
        xdotool("key", "--clearmodifiers", keys)
        time.sleep(0.2)

    def type(self, text):
        """Types into what has the focus; a field that just got it needs a moment until it hears the keyboard."""
        time.sleep(0.3)
        xdotool("type", "--clearmodifiers", "--delay", "15", text)
        time.sleep(0.2)

    def fill(self, name, text):
        """Clicks a field and replaces what it holds."""
        self.click(name, FIELD)
        self.until(f"the keyboard in '{name}'", lambda: re.fullmatch(name, self.focused() or "", re.DOTALL))
        self.press("ctrl+a")
        self.type(text)

    def fill_path(self, path):
        """Types where to save, in place of the system's file dialog."""
        self.click("Type a path instead", "link")
        self.fill("Save to", path)

    # --- what stays --------------------------------------------------------------------------------

    def file(self, name):
        """Waits until a file was written; its path."""
        path = os.path.join(self.files, name)
        self.until(path, lambda: os.path.isfile(path) and os.path.getsize(path) > 0)
        return path

    def shot(self, name):
        """Saves what the display shows."""
        time.sleep(0.4)  # fades last up to 160 ms
        self.shots += 1
        path = os.path.join(self.files, f"{self.shots}-{name}.png")
        subprocess.run(["import", "-window", "root", path], check=True)


WINDOW = ("application", "frame", "window")


def applications(pid):
    """What a process shows to the accessibility bus."""
    for application in pyatspi.Registry.getDesktop(0):
        with contextlib.suppress(Exception):
            if application is not None and application.get_process_id() == pid:
                application.clear_cache()
                yield application


def usable(node):
    """Position and size of a node on the screen; None where it cannot be used."""
    with contextlib.suppress(Exception):
        if node.getState().contains(pyatspi.STATE_ENABLED):
            box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            return (box.x, box.y, box.width, box.height) if box.width > 0 else None
    return None


def xdotool(*arguments):
    """Moves mouse and keyboard of the display."""
    subprocess.run(["xdotool", *arguments], check=True)


def play(steps, window):
    """Plays steps one after another and closes the window; the exit code. Each step says what it does."""
    try:
        for step in steps:
            print(f"- {step.__doc__}", flush=True)
            try:
                step(window)
            except (Failed, OSError, subprocess.SubprocessError) as reason:
                with contextlib.suppress(Exception):
                    window.shot("failed")
                print(f"FAILED: {step.__doc__}: {reason}\nScreenshots and the program's messages: {window.files}", file=sys.stderr)
                return 1
    finally:
        window.close()
    return 0


def openssl(*arguments):
    """What openssl says, on both of its outputs; its status does not tell a bad signature."""
    said = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    return said.stdout + said.stderr
