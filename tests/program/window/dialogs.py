"""A request is saved through the system's own file dialog; needs the portal and its GTK back end."""
import os
import subprocess
import time

from stage import BUTTON, Failed, has_a_key, openssl, opens, start

WAIT_SECONDS = 60


def focus():
    """The window that has the keyboard."""
    return subprocess.run(["xdotool", "getwindowfocus"], capture_output=True, text=True, check=False).stdout.strip()


def large(window):
    """It is a dialog, not one of the toolkit's helpers of a few pixels."""
    said = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], capture_output=True, text=True, check=False).stdout
    size = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    return int(size.get("WIDTH", 0)) > 300 and int(size.get("HEIGHT", 0)) > 200


def the_dialog_opens(window):
    """The system's file dialog opens over the request"""
    own = focus()
    window.click("Request", BUTTON)
    window.click("Save as", BUTTON)
    # It belongs to another program and has no title: it is what has the keyboard now.
    window.until("the system's file dialog", lambda: focus() not in ("", own) and large(focus()), WAIT_SECONDS)
    if window.find("Save to") is not None:
        raise Failed("the path field was offered although a dialog answered")
    time.sleep(1.5)  # it takes keys once it is drawn
    window.shot("file-dialog")


def it_saves(window):
    """The path typed there is where the request is, and OpenSSL accepts it"""
    path = os.path.join(window.files, "portal.pem")
    window.press("ctrl+a")
    window.type(path)
    time.sleep(0.5)
    window.shot("path-typed")
    window.press("Return")
    window.file("portal.pem")
    window.see(r"Saved and verified: .*portal\.pem.*")
    said = openssl("req", "-in", path, "-verify", "-noout", "-subject")
    if "verify OK" not in said or "CN = shop.example.com" not in said:
        raise Failed(f"openssl said: {said}")


start(opens, has_a_key, the_dialog_opens, it_saves)
