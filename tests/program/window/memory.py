"""Keys are brought in, one is exported, the window is locked: at each moment the test that plays this looks
through the memory of the window for what must not be there."""
import os
import time

from stage import PASSPHRASE, opens, start, walk_to

LOOKS, GARDEN = os.environ["KEYSTEAD_LOOKS"], os.environ["KEYSTEAD_GARDEN"]
# What the window must not be started with, for its environment lies in its memory.
FILE_WORD, EXPORT_WORD = os.environ.pop("KEYSTEAD_FILE_WORD"), os.environ.pop("KEYSTEAD_EXPORT_WORD")


def look(window, moment):
    """Has the memory of the window looked through as it is now."""
    time.sleep(1)
    asked = os.path.join(LOOKS, moment)
    with open(asked + ".part", "w", encoding="utf-8") as file:
        file.write(str(window.process.pid))
    os.rename(asked + ".part", asked + ".look")
    window.until(f"the look at {moment}", lambda: os.path.exists(asked + ".looked"), seconds=240)


def the_passphrase_is_typed(window):
    """The passphrase of the home is typed and not taken yet"""
    look(window, "before")
    window.press("ctrl+n")
    window.see("Unlock the inventory", "dialog")
    window.until("the keyboard in the passphrase", lambda: window.focused() == "Passphrase")
    window.type(PASSPHRASE)
    look(window, "typed")


def it_opens(window):
    """It opens the inventory and is needed no more"""
    window.press("Return")
    window.see("New key", "dialog")
    window.press("Escape")
    window.gone("New key", "dialog")
    look(window, "unlocked")


def keys_are_brought_in(window):
    """Keys of all kinds are brought in, one of them under a passphrase"""
    window.press("ctrl+i")
    window.see("Import", "dialog")
    walk_to(window, "Type a path instead")
    window.press("Return")
    window.until("the keyboard in the path", lambda: window.focused() == "File or folder")
    window.press("ctrl+a")
    window.type(GARDEN)
    window.press("Return")
    window.see(".*encrypted.*", "label")
    window.until("the keyboard in the passphrase", lambda: window.focused() == "Passphrase of the files")
    window.type(FILE_WORD)
    look(window, "reading")
    window.press("Return")
    window.see(".*, ECDSA P-256, .*New.*", "check box")
    window.press("ctrl+Return")
    window.see("Show them.*", "button|push button")
    window.press("ctrl+Return")
    window.gone("Import.*", "dialog")
    look(window, "brought-in")


def lock(window):
    """Locked, nothing is left"""
    window.press("ctrl+l")
    window.see("Locked")
    look(window, "locked")


start(opens, the_passphrase_is_typed, it_opens, keys_are_brought_in, lock)
