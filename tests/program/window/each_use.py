"""A key that wants its PIN for each use, by keyboard alone: a request of it waits for the PIN before every other dialog, a
wrong one is told and was tried once, the right one signs, and without one nothing is written."""
import os
import subprocess
import time

from stage import Failed, opens, saves_to, start, unlocks, walk_to

STORE = "hsm"
KEY = "signature"
PIN = "4711-0815"
WRONG = "0000"


def uses():
    """The PINs that the module was given for one use each; the module itself noted them."""
    try:
        with open(os.environ["KEYSTEAD_PLAY_USES"], encoding="utf-8") as noted:
            return noted.read().split()
    except FileNotFoundError:
        return []


def types(window, pin):
    """The PIN goes into the field that has the keyboard already, once that has rested."""
    window.until("the keyboard in the PIN", lambda: window.focused() == "PIN")
    time.sleep(1)
    window.type(pin)
    window.press("Return")


def it_is_logged_in_to(window):
    """The token is logged in to, which is not enough for this key"""
    window.press("ctrl+6")
    walk_to(window, "Log in")
    window.press("Return")
    window.see(f"Log in to {STORE}", "dialog")
    walk_to(window, "PIN")
    window.type(PIN)
    window.press("ctrl+Return")
    window.gone(f"Log in to {STORE}", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    window.press("ctrl+1")


def asks_for_a_request(window, name):
    """Ctrl+R has a request written, and the PIN is asked for."""
    window.press("ctrl+r")
    window.see("Certificate request for .*", "dialog")
    path = saves_to(window, name)
    window.see(f"PIN of {STORE}", "dialog")
    window.see("For: a certificate request")
    return path


def a_wrong_pin_is_told(window):
    """A wrong PIN is told and was tried once; the right one signs, and openssl verifies"""
    select(window)
    path = asks_for_a_request(window, "request.pem")
    window.shot("pin-for-use")
    types(window, WRONG)
    window.see("That PIN is wrong.*")
    window.shot("pin-for-use-wrong")
    if uses() != [WRONG] or os.path.exists(path):
        raise Failed(f"after one wrong PIN the token was given {uses()}")
    types(window, PIN)
    window.file("request.pem")
    done = subprocess.run(["openssl", "req", "-verify", "-noout", "-in", path], capture_output=True, text=True, check=False)
    if "verify OK" not in done.stdout + done.stderr:
        raise Failed(f"openssl req -verify: {done}")
    window.gone("Certificate request for .*", "dialog")


def select(window):
    """The only row of the table is stepped on to."""
    window.see(rf"{KEY}, .*", "table row")
    window.press("Down")
    window.see("SPKI SHA-256: .*")


def it_is_cancelled(window):
    """Esc cancels the use: the dialog under it says so, and nothing was written"""
    path = asks_for_a_request(window, "cancelled.pem")
    time.sleep(1)
    window.press("Escape")
    window.gone(f"PIN of {STORE}", "dialog")
    window.see(".*was not given for this use of its key. The key was not used and is as it was.*")
    window.shot("cancelled")
    if os.path.exists(path) or uses() != [WRONG, PIN]:
        raise Failed(f"something was done: {uses()}")


start(opens, unlocks, it_is_logged_in_to, a_wrong_pin_is_told, it_is_cancelled)
