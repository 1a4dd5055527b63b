"""A folder like ~/.ssh is looked through by keyboard alone: one key is tracked where it lies, another is brought
in with its passphrase and its loose file removed. A tracked file that changes is noticed by the open window."""
import json
import os
import subprocess

from stage import Failed, keystead, opens, start, walk_to

WORD = "a passphrase of old"


def run(*arguments):
    """What another program prints."""
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=120).stdout


def folder(window):
    """Where the loose keys lie."""
    return os.path.join(window.files, "home", ".ssh")


def they_are_made(window):
    """ssh-keygen makes two keys, one of them under a passphrase"""
    os.makedirs(folder(window))
    for name, word in (("id_ed25519", ""), ("deploy", WORD)):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", word, "-C", name, "-f", os.path.join(folder(window), name))


def a_path_is_typed(window):
    """Ctrl+I leads to Discover, where a whole path is typed"""
    window.press("ctrl+i")
    window.see("Import", "dialog")
    walk_to(window, "Look through whole folders for keys and their risks")
    window.press("Return")
    window.gone("Import", "dialog")
    # What lies on this machine is not looked at.
    for _ in range(40):
        focused = window.focused() or ""
        if focused == "Choose a folder":
            break
        if focused.startswith("/etc/"):
            window.press("space")
        window.press("Tab")
    walk_to(window, "Type a path instead")
    window.press("Return")
    window.until("the keyboard in the path", lambda: window.focused() == "Another folder")
    window.type(folder(window))
    window.press("Return")
    window.shot("folders")
    walk_to(window, "Look through them")
    window.press("Return")
    window.see("id_ed25519, .*No passphrase.*", "check box")
    window.shot("found")


def row(window, name):
    """The keyboard goes to the row of a file."""
    window.until("the keyboard in a row", lambda: ", " in (window.focused() or ""))
    window.press("Home")
    for _ in range(20):
        if (window.focused() or "").startswith(f"{name},"):
            return
        window.press("Down")
    raise Failed(f"no row of {name}; last it was on '{window.focused()}'")


def one_is_tracked(window):
    """Space chooses, Right opens a file to its objects, Track tracks"""
    row(window, "id_ed25519")
    window.press("Right")
    window.see("The private key has no passphrase.*", "list item")
    window.press("Left")
    window.press("space")
    window.see("1 of .* files chosen")
    walk_to(window, "Track")
    window.press("Return")
    window.see("id_ed25519, .*, tracked", "check box")
    window.shot("tracked")


def another_is_brought_in_and_removed(window):
    """The passphrase is asked for, the key is stored and read back, its file is gone"""
    walk_to(window, "Choose none")
    window.press("Return")
    while ", " not in (window.focused() or ""):
        window.press("Tab")
    row(window, "deploy")
    window.press("space")
    walk_to(window, "Bring in and remove")
    window.press("Return")
    window.until("the keyboard in the passphrase", lambda: window.focused() == "Passphrase of the files")
    window.type(WORD)
    window.press("Return")
    window.see("deploy, OpenSSH private key, .*New.*", "check box")
    window.shot("opened")
    window.press("ctrl+Return")
    window.see("1 file was removed.*")
    window.shot("removed")
    if os.path.exists(os.path.join(folder(window), "deploy")):
        raise Failed("the loose file is there")
    window.press("Escape")
    window.gone("Import.*", "dialog")


def a_change_is_noticed(window):
    """The tracked file is changed by somebody else, and an alert comes by itself"""
    with open(os.path.join(folder(window), "id_ed25519"), "w", encoding="utf-8") as file:
        file.write("another\n")
    window.press("ctrl+3")
    window.see(".*id_ed25519 is not the file that was noted.*")
    window.shot("changed")
    said = keystead("discover", "--tracked", "--json", codes=(0, 1))
    if [one["status"] for one in json.loads(said)] != ["changed"]:
        raise Failed(f"the shell says {said}")


start(they_are_made, opens, a_path_is_typed, one_is_tracked, another_is_brought_in_and_removed, a_change_is_noticed)
