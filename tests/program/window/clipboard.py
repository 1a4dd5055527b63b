"""The passphrase of an export is copied: marked, counted down, cleared; and what other programs copy stays."""
import re
import subprocess
import time

from stage import BUTTON, PASSPHRASE_FILE, Failed, keystead, opens, start

MARK = "x-kde-passwordManagerHint"


def clipboard(*arguments):
    """What xclip says of the clipboard; empty where nothing is there."""
    said = subprocess.run(["xclip", "-selection", "clipboard", "-o", *arguments],
                          capture_output=True, text=True, timeout=10, check=False)
    return said.stdout


def copies(text):
    """Another program copies something, and stays to hand it out."""
    subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def has_a_key_that_may_leave(window):
    """There is an SSH key, and it is the one selected"""
    keystead("generate", "deploy", "--purpose", "ssh")
    window.click("deploy, .*", "table row")
    window.see("SPKI SHA-256: .*")


def the_words_are_copied_and_marked(window):
    """The words are on the clipboard, marked for what keeps a history to skip"""
    window.press("ctrl+shift+x")
    window.see("Export the private key of deploy", "dialog")
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    words = clipboard()
    if len(re.split("[ -]", words)) != 7:
        raise Failed(f"the clipboard holds {words!r}")
    targets = clipboard("-t", "TARGETS")
    if MARK not in targets:
        raise Failed(f"the clipboard offers {targets.split()}")
    if clipboard("-t", MARK) != "secret":
        raise Failed(f"the mark says {clipboard('-t', MARK)!r}")
    window.shot("copied")


def they_are_cleared_when_the_time_is_over(window):
    """The countdown ends, and nothing is on the clipboard"""
    window.gone("On the clipboard: .* s")
    if clipboard():
        raise Failed(f"the clipboard still holds {clipboard()!r}")
    window.see("The passphrase was cleared from the clipboard.*")


def what_is_copied_meanwhile_stays(window):
    """Another program copies something: the countdown ends quietly, and that stays"""
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    copies("a shopping list")
    window.see("Something else was copied.*")
    window.gone("On the clipboard: .* s")
    time.sleep(16)
    if clipboard() != "a shopping list":
        raise Failed(f"the clipboard holds {clipboard()!r}")


def an_owner_that_is_gone_is_told(window):
    """The clipboard is emptied by another program: the countdown ends quietly"""
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    copies("")
    window.see("The passphrase is not on the clipboard any more.*")
    window.gone("On the clipboard: .* s")


def clear_now_works_over_the_dialog(window):
    """“Clear now” works over the dialog"""
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    window.click("Clear now", BUTTON)
    window.until("an empty clipboard", lambda: not clipboard())


def locking_clears(window):
    """Locking takes it away at once"""
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    window.press("ctrl+l")
    window.see("Locked")
    window.until("an empty clipboard", lambda: not clipboard(), 3)


def quitting_clears(window):
    """Quitting takes it away"""
    with open(PASSPHRASE_FILE, encoding="utf-8") as file:
        window.fill("Passphrase", file.read().strip())
    window.press("Return")
    window.gone("Locked")
    window.press("ctrl+shift+x")
    window.see("Export the private key of deploy", "dialog")
    window.click("Copy", BUTTON)
    window.see("On the clipboard: .* s")
    window.press("Escape")
    window.gone("Export the private key of deploy", "dialog")
    window.press("ctrl+q")
    if window.process.wait(10) != 0:
        raise Failed("the window did not end well")
    if clipboard():
        raise Failed(f"the clipboard still holds {clipboard()!r}")


start(opens, has_a_key_that_may_leave, the_words_are_copied_and_marked, they_are_cleared_when_the_time_is_over,
      what_is_copied_meanwhile_stays, an_owner_that_is_gone_is_told, clear_now_works_over_the_dialog, locking_clears, quitting_clears)
