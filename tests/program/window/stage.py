"""What the plays of this folder share: the window under test, set up and open. Each play is run as

    packaging/with-display [--services] python3 PLAY PROGRAM INVENTORY PASSPHRASE_FILE FILES
"""
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "packaging"))

from window import BUTTON, FIELD, Failed, Window, openssl, play, xdotool  # noqa: E402, F401

PROGRAM, INVENTORY, PASSPHRASE_FILE, FILES = sys.argv[1:5]
with open(PASSPHRASE_FILE, encoding="utf-8") as file:
    PASSPHRASE = file.read().strip()
KEY = "shop.example.com"


def start(*steps):
    """Opens the window, plays the steps, and ends with their exit code."""
    sys.exit(play(steps, Window(PROGRAM, INVENTORY, FILES)))


def keystead(*arguments, codes=(0,)):
    """What a command of the same inventory prints, which ends with one of these codes."""
    environment = dict(os.environ, KEYSTEAD_INVENTORY=INVENTORY)
    done = subprocess.run([PROGRAM, *arguments, "--passphrase-file", PASSPHRASE_FILE],
                          env=environment, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode not in codes:
        raise Failed(f"keystead {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def opens(window):
    """The window opens; an inventory of encrypted files is made where there is none"""
    window.opened()
    found = window.until("the first screen", lambda: window.find(r"Where shall your keys live\?|New key"))
    if found.name == "New key":
        return
    window.click("Files under a passphrase", "radio button")
    window.fill("Passphrase", PASSPHRASE)
    window.fill("Once more", PASSPHRASE)
    window.click("Create inventory", BUTTON)
    window.see("No keys yet.*")


def unlocks(window):
    """The passphrase opens what could only be looked at"""
    window.click("Unlock", "toggle button")
    window.see("Unlock the inventory", "dialog")
    window.fill("Passphrase", PASSPHRASE)
    window.press("Return")
    window.gone("Unlock the inventory", "dialog")


def has_a_key(window):
    """There is a key, and it is the one selected"""
    make(window, KEY)
    window.see(rf"{KEY}, .*", "table row")
    window.see("SPKI SHA-256: .*")


def names(window, name):
    """Opens the dialog for a new key and types its name."""
    window.press("ctrl+n")
    window.see("New key", "dialog")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.type(name)


def make(window, name):
    """Makes a key by the dialog."""
    names(window, name)
    window.click("Create key", BUTTON)
    window.gone("New key", "dialog")


def walk_to(window, name, steps=80):
    """Presses Tab until a control has the keyboard; round twice, should it be passed while the machine is busy."""
    for _ in range(steps):
        here = window.focused()
        if here == name:
            # What the tree says may be older than the last Tab.
            time.sleep(0.3)
            if window.focused() == name:
                return
            continue
        window.press("Tab")
        for _ in range(10):
            if window.focused() != here:
                break
            time.sleep(0.05)
    raise Failed(f"Tab did not reach '{name}' in {steps} steps; last it was on '{window.focused()}'")


def writes(window, field, text):
    """Tab leads to a field, and what stands there is replaced."""
    walk_to(window, field)
    window.press("ctrl+a")
    window.type(text)


def saves(window, name):
    """In a dialog that saves a file: its path is typed, and Ctrl+Enter saves it. Its path."""
    path = saves_to(window, name)
    window.file(name)
    return path


def saves_to(window, name):
    """The same, where something comes before the file is there."""
    path = os.path.join(window.files, name)
    walk_to(window, "Type a path instead")
    window.press("Return")
    writes(window, "Save to", path)
    window.press("ctrl+Return")
    return path
