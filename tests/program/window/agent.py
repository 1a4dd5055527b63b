"""The SSH agent by keyboard alone: it is turned on, a key is offered and asks each time, and a real ssh logs in to a
real server through it once a person allows it. The pointer is never moved."""
import json
import os
import subprocess
import time

from sshd import PLACE, SERVER, serve, ssh
from stage import Failed, keystead, names, opens, start, walk_to

NAME = "deploy"


def a_key(window):
    """Ctrl+N makes a key"""
    names(window, NAME)
    window.press("ctrl+Return")
    window.gone("New key", "dialog")
    window.see(rf"{NAME}, .*", "table row")
    window.see("SPKI SHA-256: .*")


def a_server(window):
    """A real server of OpenSSH lets this key in"""
    serve(window, NAME)


def turns_on(window):
    """The settings turn the agent on"""
    window.press("ctrl+comma")
    window.see("Serve an SSH agent", "switch|toggle button|check box")
    walk_to(window, "Serve an SSH agent")
    window.press("space")
    window.see("Copy the line for a shell")
    window.shot("settings")


def offers(window):
    """The palette offers the key; it is to ask each time"""
    window.press("ctrl+1")
    window.see(rf"{NAME}, .*", "table row")
    window.press("ctrl+k")
    window.type("Offer to the SSH agent")
    window.press("Return")
    window.see(f"Offer {NAME} to the SSH agent", "dialog")
    walk_to(window, "Ask before each signature")
    window.press("space")
    window.shot("offer")
    window.press("ctrl+Return")
    window.gone(f"Offer {NAME} to the SSH agent", "dialog")
    if not json.loads(keystead("agent", "list", "--json"))[0]["confirm"]:
        raise Failed("the key does not ask")


def refuses(window):
    """A login asks, and Escape refuses it"""
    login = ssh(window)
    window.see(f"Use {NAME}\\?", "dialog")
    window.shot("question")
    time.sleep(0.8)
    window.press("Escape")
    window.gone(f"Use {NAME}\\?", "dialog")
    if login.wait(60) == 0:
        raise Failed("a refused login came through")


def allows(window):
    """Another asks, and is allowed: it comes through, and the history says who asked"""
    login = ssh(window)
    window.see(f"Use {NAME}\\?", "dialog")
    time.sleep(0.8)
    walk_to(window, "Allow once")
    window.press("Return")
    said = login.communicate(timeout=60)
    if login.returncode != 0 or said[0].strip() != "logged in":
        raise Failed(f"no login: {said}")
    window.see("Last used.*")
    window.see(r"The SSH agent signed a login as .*, asked by ssh .*")
    window.shot("signed")


def quits(window):
    """Ctrl+Q closes the window, and the socket is gone"""
    window.press("ctrl+q")
    window.process.wait(30)
    if os.path.exists(PLACE):
        raise Failed("the socket is still there")


def again(window):
    """At the next start it serves again, and offers nothing while the inventory is locked"""
    window.start()
    window.opened()
    window.until("its socket", lambda: os.path.exists(PLACE))
    listed = subprocess.run(["ssh-add", "-l"], env=dict(os.environ, SSH_AUTH_SOCK=PLACE), capture_output=True, text=True, check=False)
    if listed.returncode != 1:
        raise Failed(f"ssh-add -l: {listed}")
    if ssh(window).wait(60) == 0:
        raise Failed("a locked agent signed")
    SERVER["process"].terminate()


start(opens, a_key, a_server, turns_on, offers, refuses, allows, quits, again)
