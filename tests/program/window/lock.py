"""Ctrl+L hides everything at once, also over a dialog; unlocking brings it back where it was."""
import subprocess

from stage import KEY, PASSPHRASE, Failed, has_a_key, opens, start


def locks(window):
    """Ctrl+L hides the content"""
    window.press("ctrl+l")
    window.see("Locked")
    shown = [node.name for node in window.nodes() if node.name and KEY in node.name]
    if shown:
        raise Failed(f"a locked window shows {shown}")
    window.shot("locked")


def writes_no_core(window):
    """A crash would write no core dump, and start no program that takes one"""
    with open(f"/proc/{window.process.pid}/limits", encoding="utf-8") as limits:
        core = next(line.split()[4:6] for line in limits if line.startswith("Max core file size"))
    if core != ["1", "1"]:
        raise Failed(f"core dumps are limited to {core}")


def a_wrong_passphrase_is_told(window):
    """A wrong passphrase is told and opens nothing"""
    window.fill("Passphrase", "not this one at all")
    window.press("Return")
    window.see(".*passphrase.*(not|wrong).*|.*(not|wrong).*passphrase.*", "label")
    window.see("Locked")


def unlocks(window):
    """The passphrase brings it back where it was"""
    window.fill("Passphrase", PASSPHRASE)
    window.press("Return")
    window.gone("Locked")
    window.see("SPKI SHA-256: .*")
    window.shot("unlocked")


def locks_over_a_dialog(window):
    """A dialog does not keep it from locking"""
    window.press("ctrl+n")
    window.see("New key", "dialog")
    window.type("half typed")
    window.press("ctrl+l")
    window.see("Locked")
    window.gone("New key", "dialog")


def locks_with_the_desktop(window):
    """The desktop's screen saver comes on, and the window locks with it"""
    subprocess.run(["gdbus", "emit", "--session", "--object-path", "/org/gnome/ScreenSaver",
                    "--signal", "org.gnome.ScreenSaver.ActiveChanged", "true"], check=True)
    window.see("Locked")


start(opens, has_a_key, locks, writes_no_core, a_wrong_passphrase_is_told, unlocks, locks_over_a_dialog, unlocks,
      locks_with_the_desktop, unlocks)
