"""A backup with its rehearsal by keyboard alone: made under words of the person's own, rehearsed with what is at hand,
then looked into with the words typed. The pointer is never moved."""
import os

from stage import Failed, keystead, opens, start, walk_to

WORDS = "nine quiet lanterns drift over the bay"


def has_keys(window):
    """There are keys that may leave"""
    keystead("generate", "deploy", "--count", "3", "--purpose", "ssh")
    window.see("deploy-1, .*", "table row")


def backs_up(window):
    """Ctrl+Shift+B, own words twice, a path: the backup is written"""
    window.press("ctrl+shift+b")
    window.see("Back up", "dialog")
    walk_to(window, "Choose my own")
    window.press("Return")
    walk_to(window, "Passphrase of the backup")
    window.type(WORDS)
    window.press("Tab")
    window.until("the keyboard in the second field", lambda: window.focused() == "Once more")
    window.type(WORDS)
    walk_to(window, "Type a path instead")
    window.press("Return")
    walk_to(window, "Save to")
    window.press("ctrl+a")
    window.type(os.path.join(window.files, "keys.age"))
    window.shot("back-up")
    window.press("ctrl+Return")
    window.see("The backup is made", "dialog")
    window.file("keys.age")
    window.shot("made")


def rehearses(window):
    """Rehearse now, with what is still at hand: it opens and matches, and that is on record"""
    walk_to(window, "Rehearse now")
    window.press("Return")
    window.see("Rehearse the backup", "dialog")
    window.press("ctrl+Return")
    window.see("The backup was rehearsed", "dialog")
    window.see("It opens: 3 keys, 3 secrets, .*")
    window.shot("rehearsed")
    window.press("Escape")
    window.gone("The backup was rehearsed", "dialog")
    if "rehearsed a backup" not in keystead("audit", "show"):
        raise Failed("the rehearsal is not on record")


def looks_into_it(window):
    """From the palette, with the words typed: what a merge would bring is said, and nothing is changed"""
    window.press("ctrl+k")
    window.see("Timeline, .*", "menu item")
    window.type("restore from")
    window.gone("Timeline, .*", "menu item")
    window.press("Return")
    window.see("Restore from a backup", "dialog")
    walk_to(window, "Backup")
    window.type(os.path.join(window.files, "keys.age"))
    walk_to(window, "Passphrase of the backup")
    window.type("not these words")
    window.press("ctrl+Return")
    window.see(".*does not open the backup.*")
    walk_to(window, "Passphrase of the backup")
    window.press("ctrl+a")
    window.type(WORDS)
    window.press("ctrl+Return")
    window.see(".*nothing: all of it is here.*")
    window.shot("looked-into")
    window.press("Escape")
    window.gone("Restore from a backup", "dialog")


start(opens, has_keys, backs_up, rehearses, looks_into_it)
