"""A sealed hand-over by keyboard alone: a key is sealed to a recipient, and the recipient's own tool opens it. The pointer
is never moved."""
import json
import os
import subprocess

from stage import KEY, Failed, keystead, opens, start, walk_to

RECIPIENT = "Ada Lovelace"


def run(*command, **more):
    """What a command prints; it has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def a_key_and_a_recipient(window):
    """Ctrl+N makes the key; the shell lets it leave, and puts a recipient into the address book"""
    window.press("ctrl+n")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.type(KEY)
    window.press("ctrl+Return")
    window.gone("New key", "dialog")
    window.see(rf"{KEY}, .*", "table row")
    run("age-keygen", "-o", "ada.age", cwd=window.files)
    line = run("age-keygen", "-y", "ada.age", cwd=window.files).strip()
    keystead("recipient", "add", RECIPIENT, "--key", line)
    keystead("policy", "set", "--key", KEY, "exportable=yes")
    window.see("SPKI SHA-256: .*")


def sealed(window):
    """Ctrl+Shift+O seals it to a recipient who is ticked, into a path that is typed"""
    window.press("ctrl+shift+o")
    window.see("Seal .* to recipients", "dialog")
    walk_to(window, f"{RECIPIENT}, age X25519, not confirmed")
    window.press("space")
    window.see("Nobody has confirmed the key of .*")
    window.shot("seal")
    walk_to(window, "Type a path instead")
    window.press("Return")
    window.until("the keyboard in the path", lambda: window.focused() == "Save to")
    window.press("ctrl+a")
    window.type(os.path.join(window.files, "sealed.age"))
    window.press("ctrl+Return")
    window.file("sealed.age")
    window.see(".* is sealed", "dialog")
    window.see("Opened with: age -d -i KEY sealed.age.*")
    window.shot("sealed")
    window.press("ctrl+Return")
    window.gone(".* is sealed", "dialog")


def the_recipient_opens_it(window):
    """age opens the file, it holds the very key, and the log says who has it"""
    opened = run("age", "-d", "-i", "ada.age", "sealed.age", cwd=window.files)
    public = run("openssl", "pkey", "-pubout", input=opened)
    if public != keystead("export", KEY, "--format", "spki-pem", "--out", "-"):
        raise Failed("the file holds another key")
    given = json.loads(keystead("handover", "list", "--json"))
    found = [(one["recipient"], one["format"]) for one in given]
    if found != [(RECIPIENT, "age")]:
        raise Failed(f"on record is {found}")


start(opens, a_key_and_a_recipient, sealed, the_recipient_opens_it)
