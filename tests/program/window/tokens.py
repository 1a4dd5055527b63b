"""A token by keyboard alone: a store of SoftHSM is added, a key is made in it, openssl verifies its request, and a real
ssh logs in through the agent with a key that never leaves the token. The pointer is never moved."""
import json
import os
import subprocess
import time

from sshd import SERVER, keystead, serve, ssh
from stage import PASSPHRASE_FILE, Failed, names, opens, start, walk_to

NAME = "deploy"
STORE = "office"
PIN = "4711-0815"
WRONG = "0000"
MODULE = os.environ["KEYSTEAD_PLAY_MODULE"]


def walk_till(window, condition, key="Tab", steps=60):
    """Presses a key until what has the keyboard fits."""
    for _ in range(steps):
        if condition(window.focused() or ""):
            return
        window.press(key)
    raise Failed(f"{key} did not get there in {steps} steps; last it was on '{window.focused()}'")


def palette(window, command):
    """Ctrl+K, the command and Enter."""
    window.press("ctrl+k")
    window.see("Timeline, .*", "menu item")
    window.type(command)
    window.press("Return")


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
    window.until("the keyboard in the module", lambda: window.focused() == "Module")
    window.press("ctrl+a")
    window.type(PASSPHRASE_FILE)
    window.press("ctrl+Return")
    window.see(".*is not a PKCS#11 module.*")
    window.shot("no-module")
    walk_to(window, "Module")
    window.press("ctrl+a")
    window.type(MODULE)
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
    names(window, NAME)
    walk_till(window, lambda name: name.startswith("Store: "))
    window.press("space")
    window.see(STORE, "menu item")
    walk_till(window, lambda name: name == STORE)
    window.press("Return")
    window.see(f"Store: {STORE}")
    window.shot("new-key")
    window.press("ctrl+Return")
    window.gone("New key", "dialog")
    window.see(rf"{NAME}, .*", "table row")
    window.see("SPKI SHA-256: .*")
    version = json.loads(keystead("show", NAME, "--json"))
    if STORE not in json.dumps(version):
        raise Failed(f"the key lies elsewhere: {version}")


def its_request_verifies(window):
    """Ctrl+R saves a request that openssl verifies"""
    path = os.path.join(window.files, "request.pem")
    window.press("ctrl+r")
    window.see("Certificate request for .*", "dialog")
    walk_to(window, "Type a path instead")
    window.press("Return")
    walk_to(window, "Save to")
    window.press("ctrl+a")
    window.type(path)
    window.press("ctrl+Return")
    window.file("request.pem")
    done = subprocess.run(["openssl", "req", "-verify", "-noout", "-in", path], capture_output=True, text=True, check=False)
    if "verify OK" not in done.stdout + done.stderr:
        raise Failed(f"openssl req -verify: {done}")
    window.gone("Certificate request for .*", "dialog")


def a_server(window):
    """A real server of OpenSSH lets this key in"""
    serve(window, NAME)


def logs_in(window):
    """A real ssh comes through."""
    login = ssh(window)
    said = login.communicate(timeout=60)
    if login.returncode != 0 or said[0].strip() != "logged in":
        raise Failed(f"no login: {said}")


def the_agent_logs_in(window):
    """The agent is turned on and offers the key: a real ssh comes through"""
    window.press("ctrl+comma")
    window.see("Serve an SSH agent", "switch|toggle button|check box")
    walk_to(window, "Serve an SSH agent", 60)
    window.press("space")
    window.see("Copy the line for a shell")
    window.press("ctrl+1")
    window.see(rf"{NAME}, .*", "table row")
    palette(window, "Offer to the SSH agent")
    window.see(f"Offer {NAME} to the SSH agent", "dialog")
    window.press("ctrl+Return")
    window.gone(f"Offer {NAME} to the SSH agent", "dialog")
    logs_in(window)
    window.see(r"The SSH agent signed a login as .*, asked by ssh .*")


def it_is_logged_out(window):
    """Logged out of the token, the agent signs nothing"""
    window.press("ctrl+6")
    walk_to(window, "Log out", 60)
    window.press("Return")
    window.see("Health: Locked.*")
    window.shot("logged-out")
    if ssh(window).wait(60) == 0:
        raise Failed("a token that is locked signed")


def a_wrong_pin_is_told(window):
    """A wrong PIN is told apart from a locked one, tried once, and opens nothing"""
    walk_to(window, "Log in", 60)
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
