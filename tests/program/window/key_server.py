"""A key server by keyboard alone: a real OpenBao is added as a store, a key is made in it, openssl verifies its request, and a
real ssh logs in through the agent with a key that never leaves the server. The pointer is never moved."""
import json
import os

from in_store import its_request_verifies, log_out, logs_in, make_in, offer_and_log_in, opens_the_servers_dialog
from sshd import SERVER, serve
from stage import INVENTORY, Failed, keystead, opens, start, walk_to, writes

NAME = "deploy"
STORE = "team"
ADDRESS = os.environ["KEYSTEAD_PLAY_ADDRESS"]
TOKEN = os.environ["KEYSTEAD_PLAY_TOKEN"]
NARROW = os.environ["KEYSTEAD_PLAY_NARROW"]


def gives(window, token):
    """The token goes into its field."""
    walk_to(window, "Token")
    window.type(token)
    window.press("ctrl+Return")


def adds_the_store(window):
    """The palette adds a server: nobody at the address and a token that may do nothing are told, and the right ones add it"""
    opens_the_servers_dialog(window, STORE)
    writes(window, "Addresses", "http://127.0.0.1:1")
    gives(window, TOKEN)
    window.see(".*connection was refused.*the keys stay at the server.*")
    window.shot("nobody-there")
    writes(window, "Addresses", ADDRESS)
    gives(window, NARROW)
    window.see('.*policies lack “list” on “transit/keys”.*capabilities = .*')
    window.shot("narrow-token")
    gives(window, TOKEN)
    window.gone("Add a key server", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    window.see("Login: as .*does not end.*")
    window.shot("stores")


def makes_a_key(window):
    """Ctrl+N makes an SSH key at the server"""
    make_in(window, NAME, STORE)


def a_server(window):
    """A real server of OpenSSH lets this key in"""
    serve(window, NAME)


def the_agent_logs_in(window):
    """The agent is turned on and offers the key: a real ssh comes through"""
    offer_and_log_in(window, NAME)


def it_is_logged_out(window):
    """Logged out of the server, the agent signs nothing"""
    log_out(window, "Logged out")


def a_wrong_token_is_told(window):
    """A token that the server does not know opens nothing, and is told so"""
    walk_to(window, "Log in")
    window.press("Return")
    window.see(f"Log in to {STORE}", "dialog")
    gives(window, "s.no-such-token")
    window.see(".*Not done.*")
    window.shot("log-in-wrong")
    if window.find("Health: Open.*its keys can be used.*"):
        raise Failed("a token that the server does not know opened it")


def it_is_logged_in_to(window):
    """The right one opens it, and the agent logs in again"""
    gives(window, TOKEN)
    window.gone(f"Log in to {STORE}", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    logs_in(window)
    SERVER["process"].terminate()


def nothing_of_the_token_is_kept(window):
    """The token stands nowhere in the inventory"""
    kept = keystead("store", "list", "--json")
    if TOKEN in kept or ADDRESS not in json.dumps(json.loads(kept)):
        raise Failed(f"the store is listed as {kept}")
    for folder, _, files in os.walk(INVENTORY):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                if TOKEN.encode() in file.read():
                    raise Failed(f"{name} holds the token")


start(opens, adds_the_store, makes_a_key, its_request_verifies, a_server, the_agent_logs_in, it_is_logged_out,
      a_wrong_token_is_told, it_is_logged_in_to, nothing_of_the_token_is_kept)
