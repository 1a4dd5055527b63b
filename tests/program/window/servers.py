"""A server is added by keyboard alone, looked at, found to hold a key of the inventory, and told when it is silent."""
import atexit
import os
import socket
import subprocess

from stage import keystead, opens, openssl, start, walk_to

SERVER = {}


def place():
    """What the server is called in the list."""
    return f"localhost:{SERVER['port']}"


def it_answers(window):
    """openssl answers with a key that the inventory then holds"""
    key, pem = (os.path.join(window.files, name) for name in ("own.key", "own.pem"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
            "-subj", "/CN=localhost", "-keyout", key, "-out", pem)
    keystead("import", key)
    with socket.create_server(("127.0.0.1", 0)) as free:
        SERVER["port"] = free.getsockname()[1]
    SERVER["process"] = subprocess.Popen(
        ["openssl", "s_server", "-quiet", "-accept", str(SERVER["port"]), "-key", key, "-cert", pem],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(SERVER["process"].kill)
    window.see("own, .*", "table row")


def it_is_added(window):
    """Ctrl+8 and Tab lead to the dialog; a line that names no server is named, a right one is added"""
    window.press("ctrl+8")
    window.see("No servers yet.*")
    walk_to(window, "Add servers")
    window.press("Return")
    window.see("Add servers", "dialog")
    window.until("the keyboard in the lines", lambda: window.focused() == "Servers, one a line")
    window.type("localhost")
    window.see(".*names no server.*")
    window.shot("wrong")
    window.type(f":{SERVER['port']}")
    window.press("ctrl+Return")
    window.gone("Add servers", "dialog")


def it_is_matched(window):
    """The look tells which key of the inventory stands there, and leads to it"""
    window.see(rf"{place()}, TLS, reached .*, is own, version 1", "table row")
    window.press("Down")
    window.see("SPKI SHA-256: .*")
    window.shot("matched")
    walk_to(window, "own")
    window.press("Return")
    window.see("Created.*|Versions.*|.*owner.*", "label")
    window.shot("key")


def it_falls_silent(window):
    """Gone, it is told with what to do, and what it showed last stays"""
    SERVER["process"].kill()
    SERVER["process"].wait()
    window.press("ctrl+8")
    window.press("Return")
    window.see(rf"{place()}, TLS, refused .*, is own, version 1", "table row")
    window.see("It cannot be reached.*")
    window.shot("gone")


start(opens, it_answers, it_is_added, it_is_matched, it_falls_silent)
