"""A keychain that stops answering: the window lives, says what happened, and goes on when it answers again."""
import os
import signal
import subprocess
import time

from stage import BUTTON, PASSPHRASE, has_a_key, names, start

WAIT_SECONDS = 60
NAME = "org.freedesktop.secrets"


class Keyring:
    """A real gnome-keyring of this session, which can be made to hang."""

    def __init__(self):
        self.process = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process.stdin.write(b"login")
        self.process.stdin.close()
        subprocess.run(["gdbus", "wait", "--session", "--timeout", "20", NAME], check=True)

    def hang(self):
        """From now on it holds its name and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        """It answers again."""
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        """It goes away."""
        self.answer()
        self.process.terminate()
        self.process.wait(10)


keyring = Keyring()


def first_run_with_a_hanging_keychain(window):
    """At the first start a keychain that hangs is said to, and files under a passphrase can be chosen"""
    window.opened()
    window.see(r"Where shall your keys live\?")
    window.see("Trying the keychain|.*being tried.*", seconds=10)
    window.click("Files under a passphrase", "radio button")
    window.fill("Passphrase", PASSPHRASE)
    window.fill("Once more", PASSPHRASE)
    window.see(".*has not answered.*", seconds=WAIT_SECONDS)
    window.shot("hanging-keychain")
    window.click("Create inventory", BUTTON)
    window.see("No keys yet.*")


def the_keychain_answers(window):
    """The keychain answers again, and the window goes on with files all the same"""
    keyring.answer()
    window.press("ctrl+n")
    window.see("New key", "dialog")
    window.press("Escape")


def set_up_in_the_keychain(window):
    """An inventory is made in the real keychain, and a key in it"""
    window.opened()
    window.see(".*found, verified", "radio button")
    window.shot("keychain-found")
    window.click("Your OS keychain", "radio button")
    window.click("Keep recovery copies.*")
    window.click("Create inventory", BUTTON)
    window.see("No keys yet.*")


def hangs_while_making_a_key(window):
    """The keychain hangs while a key is made: the window lives and says what happened"""
    keyring.hang()
    names(window, "never-stored")
    window.press("Return")
    time.sleep(1)
    window.see(".*Making the key.*")
    window.see(".*has not answered.*", seconds=WAIT_SECONDS)
    window.shot("no-answer")
    window.press("Escape")
    window.gone("New key", "dialog")
    window.click("Timeline", "toggle button")
    window.click("Inventory", "toggle button")


def goes_on(window):
    """The keychain answers again, and a key is made in it"""
    keyring.answer()
    names(window, "stored-after-all")
    window.press("Return")
    window.see("stored-after-all, .*", "table row")


try:
    if os.environ.get("KEYSTEAD_PLAY") == "first-run":
        keyring.hang()
        start(first_run_with_a_hanging_keychain, the_keychain_answers)
    start(set_up_in_the_keychain, has_a_key, hangs_while_making_a_key, goes_on)
finally:
    keyring.end()
