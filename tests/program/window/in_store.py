"""What plays of stores beside the home store share: the palette, a key made in one, its request, and logins with it through
the agent."""
import json
import subprocess

from sshd import ssh
from stage import Failed, keystead, names, saves, walk_to


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


def opens_the_servers_dialog(window, store):
    """The palette opens the dialog that adds a key server, and the store has its name."""
    palette(window, "Add a store")
    window.see("Add a store", "dialog")
    window.press("2")
    window.until("the keyboard in the name", lambda: window.focused() == "Name of the store")
    window.type(store)


def make_in(window, name, store):
    """Ctrl+N makes a key in a store."""
    names(window, name)
    walk_till(window, lambda focused: focused.startswith("Store: "))
    window.press("space")
    window.see(store, "menu item")
    walk_till(window, lambda focused: focused == store)
    window.press("Return")
    window.see(f"Store: {store}")
    window.shot("new-key")
    window.press("ctrl+Return")
    window.gone("New key", "dialog")
    window.see(rf"{name}, .*", "table row")
    window.see("SPKI SHA-256: .*")
    version = json.loads(keystead("show", name, "--json"))
    if store not in json.dumps(version):
        raise Failed(f"the key lies elsewhere: {version}")


def its_request_verifies(window):
    """Ctrl+R saves a request that openssl verifies"""
    window.press("ctrl+r")
    window.see("Certificate request for .*", "dialog")
    path = saves(window, "request.pem")
    done = subprocess.run(["openssl", "req", "-verify", "-noout", "-in", path], capture_output=True, text=True, check=False)
    if "verify OK" not in done.stdout + done.stderr:
        raise Failed(f"openssl req -verify: {done}")
    window.gone("Certificate request for .*", "dialog")


def logs_in(window):
    """A real ssh comes through."""
    login = ssh(window)
    said = login.communicate(timeout=60)
    if login.returncode != 0 or said[0].strip() != "logged in":
        raise Failed(f"no login: {said}")


def offer_and_log_in(window, name):
    """The agent is turned on and offers the key: a real ssh comes through."""
    window.press("ctrl+comma")
    window.see("Serve an SSH agent", "switch|toggle button|check box")
    walk_to(window, "Serve an SSH agent")
    window.press("space")
    window.see("Copy the line for a shell")
    window.press("ctrl+1")
    window.see(rf"{name}, .*", "table row")
    palette(window, "Offer to the SSH agent")
    window.see(f"Offer {name} to the SSH agent", "dialog")
    window.press("ctrl+Return")
    window.gone(f"Offer {name} to the SSH agent", "dialog")
    logs_in(window)
    window.see(r"The SSH agent signed a login as .*, asked by ssh .*")


def log_out(window, health):
    """Logged out of the store, the agent signs nothing."""
    window.press("ctrl+6")
    walk_to(window, "Log out")
    window.press("Return")
    window.see(f"Health: {health}.*")
    window.shot("logged-out")
    if ssh(window).wait(60) == 0:
        raise Failed("a store that is not open signed")
