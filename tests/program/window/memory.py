"""An inventory is made, keys are brought in, one is exported, the window is locked and opened again: at each moment
the test that plays this looks through the memory of the window for what must not be there."""
import contextlib
import os
import subprocess
import time

from stage import FIELD, PASSPHRASE, Failed, keystead, opens, start, walk_to

LOOKS, GARDEN = os.environ["KEYSTEAD_LOOKS"], os.environ["KEYSTEAD_GARDEN"]
# What the window must not be started with, for its environment lies in its memory.
FILE_WORD, EXPORT_WORD = os.environ.pop("KEYSTEAD_FILE_WORD"), os.environ.pop("KEYSTEAD_EXPORT_WORD")
BACKUP_WORD = os.environ.pop("KEYSTEAD_BACKUP_WORD")
AGENT = os.path.join(os.environ["XDG_RUNTIME_DIR"], "keystead", "agent.sock")


def look(window, moment):
    """Has the memory of the window looked through as it is now."""
    time.sleep(0.5)  # a thread that was asked ends, a frame is drawn
    asked = os.path.join(LOOKS, moment)
    with open(asked + ".part", "w", encoding="utf-8") as file:
        file.write(str(window.process.pid))
    os.rename(asked + ".part", asked + ".look")
    window.until(f"the look at {moment}", lambda: os.path.exists(asked + ".looked"), seconds=240)


def selections_are_clean():
    """Neither selection of the display gives a passphrase to whoever asks."""
    for name in ("clipboard", "primary", "secondary"):
        held = subprocess.run(["xclip", "-o", "-selection", name], capture_output=True, text=True, timeout=20, check=False).stdout
        if any(word in held for word in (PASSPHRASE, FILE_WORD, EXPORT_WORD, BACKUP_WORD)):
            raise Failed(f"the {name} selection holds a passphrase")


@contextlib.contextmanager
def on_the_clipboard(text):
    """As if another program had it copied, for so long."""
    owner = subprocess.Popen(["xclip", "-quiet", "-i", "-selection", "clipboard"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    owner.stdin.write(text.encode())
    owner.stdin.close()
    try:
        yield
    finally:
        owner.terminate()
        owner.wait(20)


def it_is_made(window):
    """The passphrase made the inventory, typed twice, and is needed no more"""
    look(window, "made")


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
    look(window, "control-reading")
    window.press("Return")
    window.see(".*, ECDSA P-256, .*New.*", "check box")
    window.press("ctrl+Return")
    window.see("Show them.*", "button|push button")
    window.press("ctrl+Return")
    window.gone("Import.*", "dialog")
    look(window, "brought-in")


def one_leaves(window):
    """One of them leaves under a passphrase that was typed"""
    keystead("policy", "set", "--key", "ec", "exportable=yes")
    window.click("ec, .*", "table row")
    window.press("ctrl+shift+x")
    window.see("Export the private key of ec", "dialog")
    look(window, "control-words")
    window.click("Choose my own", "button|push button")
    window.fill("Passphrase of the file", EXPORT_WORD)
    window.fill("Once more", EXPORT_WORD)
    look(window, "control-exporting")
    # A passphrase field gives nothing away.
    window.press("ctrl+a")
    window.press("ctrl+c")
    selections_are_clean()
    window.fill_path(os.path.join(window.files, "ec.key"))
    window.press("ctrl+Return")
    window.gone("Export the private key of ec", "dialog")
    window.file("ec.key")
    selections_are_clean()
    look(window, "exported")


def it_is_backed_up(window):
    """All of it goes into a backup under words that were typed, which the end of the dialog takes along"""
    window.press("ctrl+shift+b")
    window.see("Back up", "dialog")
    window.click("Choose my own", "button|push button")
    window.fill("Passphrase of the backup", BACKUP_WORD)
    window.fill("Once more", BACKUP_WORD)
    window.fill_path(os.path.join(window.files, "keys.age"))
    window.press("ctrl+Return")
    window.see("The backup is made", "dialog")
    # A rehearsal could follow with what is at hand.
    look(window, "control-at-hand")
    window.press("Escape")
    window.gone("The backup is made", "dialog")
    look(window, "backed-up")


def it_signs(window):
    """The agent signs with one of them, and lets it go when it is not offered any more"""
    window.press("ctrl+comma")
    window.see("Serve an SSH agent", "switch|toggle button|check box")
    walk_to(window, "Serve an SSH agent")
    window.press("space")
    window.until("its socket", lambda: os.path.exists(AGENT))
    keystead("agent", "set", "ed")
    public, signed = (os.path.join(window.files, name) for name in ("ed.pub", "signed"))
    keystead("export", "ed", "--format", "openssh", "--out", public)
    with open(signed, "w", encoding="utf-8") as file:
        file.write("signed")
    environment = dict(os.environ, SSH_AUTH_SOCK=AGENT)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", public, signed], env=environment, check=True, timeout=60)
    look(window, "signed")
    keystead("agent", "unset", "ed")
    time.sleep(2.5)
    look(window, "offered-no-more")
    keystead("agent", "set", "ed")
    os.remove(signed + ".sig")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", public, signed], env=environment, check=True, timeout=60)
    window.press("ctrl+1")


def it_locks(window):
    """Locked, nothing is left"""
    window.press("ctrl+l")
    window.see("Locked")
    look(window, "locked")


def it_opens_again(window):
    """The passphrase is typed, opens it, and is needed no more"""
    window.fill("Passphrase", PASSPHRASE)
    look(window, "control-typed")
    window.press("Return")
    window.gone("Locked")
    look(window, "unlocked")


def it_is_pasted(window):
    """Locked again, it opens with what is pasted, and keeps none of it"""
    window.press("ctrl+l")
    window.see("Locked")
    window.click("Passphrase", FIELD)
    window.until("the keyboard in the passphrase", lambda: window.focused() == "Passphrase")
    with on_the_clipboard(PASSPHRASE):
        time.sleep(0.5)
        window.press("ctrl+v")
        window.press("Return")
        window.gone("Locked")
    selections_are_clean()
    look(window, "pasted")


def it_ends_and_begins(window):
    """It is closed, and begins again for looking only"""
    window.close()
    if window.process.returncode is None:
        raise Failed("the program did not end")
    window.start()
    window.opened()
    window.see("ec, .*", "table row")
    look(window, "looking")


start(opens, it_is_made, keys_are_brought_in, one_leaves, it_is_backed_up, it_signs, it_locks, it_opens_again, it_is_pasted, it_ends_and_begins)
