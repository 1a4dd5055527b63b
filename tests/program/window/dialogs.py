"""A request is saved through the system's own file dialog; needs the portal and its GTK back end."""
import os
import subprocess
import time

from stage import BUTTON, Failed, has_a_key, openssl, opens, start

WAIT_SECONDS = 60


def focus():
    """The window that has the keyboard."""
    return subprocess.run(["xdotool", "getwindowfocus"], capture_output=True, text=True, check=False).stdout.strip()


def the_dialog_opens(window):
    """The system's file dialog opens over the request"""
    own = focus()
    window.click("Request", BUTTON)
    window.see("Save as", BUTTON)
    window.click("Save as", BUTTON)
    # It belongs to another program and has no title: it is what has the keyboard now.
    window.until("the system's file dialog", lambda: focus() not in ("", own, "1"), WAIT_SECONDS)
    time.sleep(1)  # it takes keys once it is drawn
    if window.find("Type a path instead") is None and window.find("Save to") is not None:
        raise Failed("the path field was offered although a dialog answered")
    window.shot("file-dialog")


def a_second_one_is_refused(window):
    """While it is open, no second one can be asked for, and the window lives"""
    if window.find("Save as", BUTTON) is None:
        raise Failed("the window does not show its request any more")
    before = len(windows())
    window.press("ctrl+Return")
    time.sleep(0.5)
    if len(windows()) > before:
        raise Failed("a second file dialog opened")


def windows():
    """What is open on the display."""
    return subprocess.run(["xdotool", "search", "--onlyvisible", "--name", ".*"], capture_output=True, text=True, check=False).stdout.split()


def it_saves(window):
    """The path typed there is where the request is, and OpenSSL accepts it"""
    path = os.path.join(window.files, "portal.pem")
    window.press("ctrl+a")
    window.type(path)
    window.shot("path-typed")
    window.press("Return")
    window.file("portal.pem")
    window.see(r"Saved and verified: .*portal\.pem.*")
    said = openssl("req", "-in", path, "-verify", "-noout", "-subject")
    if "verify OK" not in said or "CN = shop.example.com" not in said:
        raise Failed(f"openssl said: {said}")


start(opens, has_a_key, the_dialog_opens, it_saves)
