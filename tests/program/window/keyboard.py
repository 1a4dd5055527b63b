"""The main job by keyboard alone: the pointer is never moved."""

import pyatspi

from stage import KEY, Failed, opens, openssl, saves, start, walk_to


def pressed(window, name):
    """The button of the rail that is pressed."""
    node = window.find(name, "toggle button")
    return node and node.getState().contains(pyatspi.STATE_PRESSED)


def makes_a_key(window):
    """Ctrl+N, a name and Enter make a key"""
    window.press("ctrl+n")
    window.see("New key", "dialog")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.type(KEY)
    window.press("Return")
    window.gone("New key", "dialog")
    window.see(rf"{KEY}, .*", "table row")


def makes_another_by_tab(window):
    """Tab goes from the name through the dialog to its button, and never behind it"""
    window.press("ctrl+n")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.type("second.example.com")
    walk_to(window, "Owner")
    window.type("mira")
    walk_to(window, "Create key")
    window.press("Return")
    window.gone("New key", "dialog")
    window.see(r"second\.example\.com, .*mira.*", "table row")


def exports(window):
    """Ctrl+E, a path and Ctrl+Enter save the public half"""
    window.press("ctrl+e")
    window.see("Export .*", "dialog")
    path = saves(window, "keyboard.pem")
    if "Public-Key" not in openssl("pkey", "-pubin", "-in", path, "-noout", "-text"):
        raise Failed("openssl does not take the public key")


def moves_about(window):
    """Arrows choose a row, the search field and the palette answer, Esc sends a dialog away"""
    window.gone("Export .*", "dialog")
    window.press("ctrl+f")
    window.until("the keyboard in the search", lambda: window.focused() == "Search")
    window.type("second")
    window.gone(rf"{KEY}, .*", "table row")
    window.press("ctrl+a")
    window.press("BackSpace")
    window.see(rf"{KEY}, .*", "table row")
    window.press("Escape")
    window.press("ctrl+k")
    window.see("Timeline, .*", "menu item")
    window.type("time")
    window.gone("Settings, .*", "menu item")
    window.press("Return")
    window.until("the timeline", lambda: pressed(window, "Timeline"))
    window.press("ctrl+1")
    window.see(rf"{KEY}, .*", "table row")
    window.press("ctrl+n")
    window.see("New key", "dialog")
    window.press("Escape")
    window.gone("New key", "dialog")


start(opens, makes_a_key, makes_another_by_tab, exports, moves_about)
