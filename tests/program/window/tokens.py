"""A token by keyboard alone: a store of SoftHSM is added, a key is made in it, openssl verifies its request, and a real
ssh logs in through the agent with a key that never leaves the token. The pointer is never moved."""
import os
import time

from in_store import its_request_verifies, log_out, logs_in, make_in, offer_and_log_in, palette
from sshd import SERVER, serve
from stage import PASSPHRASE_FILE, Failed, opens, start, walk_to, writes

NAME = "deploy"
STORE = "office"
PIN = "4711-0815"
WRONG = "0000"
MODULE = os.environ["KEYSTEAD_PLAY_MODULE"]


def types_a_pin(window, pin):
    """The PIN goes into its field."""
    walk_to(window, "PIN")
    window.type(pin)
    window.press("ctrl+Return")


def tried(pin):
    """How often the module was given this PIN; the module itself noted it."""
    with open(os.environ["KEYSTEAD_PLAY_LOGINS"], encoding="utf-8") as logins:
        return logins.read().split().count(pin)


def tries_once(window, times):
    """A wrong PIN is told, and it was given to the token just once more."""
    types_a_pin(window, WRONG)
    window.see(".*That PIN is wrong.*")
    # What is asked anew now are the tries that are left, without a PIN; and Enter on an empty field gives none.
    window.press("ctrl+Return")
    time.sleep(1)
    if tried(WRONG) != times:
        raise Failed(f"the wrong PIN was tried {tried(WRONG)} times, not {times}")


def adds_the_store(window):
    """The palette adds a store: a wrong module and a wrong PIN are told, and the right ones add it"""
    palette(window, "Add a store")
    window.see("Add a store", "dialog")
    window.press("1")
    window.until("the keyboard in the module", lambda: window.focused() == "Module")
    window.press("ctrl+a")
    window.type(PASSPHRASE_FILE)
    window.press("ctrl+Return")
    window.see(".*is not a PKCS#11 module.*")
    window.shot("no-module")
    writes(window, "Module", MODULE)
    window.press("ctrl+Return")
    window.see("Name of the store")
    tries_once(window, 1)
    window.shot("wrong-pin")
    types_a_pin(window, PIN)
    window.gone("Add a store", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    window.see("Last contact: just now.*")
    window.shot("stores")


def makes_a_key(window):
    """Ctrl+N makes an SSH key in the token"""
    make_in(window, NAME, STORE)


def a_server(window):
    """A real server of OpenSSH lets this key in"""
    serve(window, NAME)


def the_agent_logs_in(window):
    """The agent is turned on and offers the key: a real ssh comes through"""
    offer_and_log_in(window, NAME)


def it_is_logged_out(window):
    """Logged out of the token, the agent signs nothing"""
    log_out(window, "Locked")


def a_wrong_pin_is_told(window):
    """A wrong PIN is told apart from a locked one, tried once, and opens nothing"""
    walk_to(window, "Log in")
    window.press("Return")
    window.see(f"Log in to {STORE}", "dialog")
    tries_once(window, 2)
    window.shot("log-in-wrong")
    if window.find("Health: Open.*its keys can be used.*"):
        raise Failed("a wrong PIN opened the token")


def it_is_logged_in_to(window):
    """The right one opens it, and the agent logs in again"""
    types_a_pin(window, PIN)
    window.gone(f"Log in to {STORE}", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    logs_in(window)
    SERVER["process"].terminate()


start(opens, adds_the_store, makes_a_key, its_request_verifies, a_server, the_agent_logs_in, it_is_logged_out, a_wrong_pin_is_told,
      it_is_logged_in_to)
