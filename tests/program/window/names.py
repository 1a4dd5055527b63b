"""Every control that shows has a name for screen readers: on every screen, in every dialog, before and after set-up."""
import pyatspi

from stage import Failed, has_a_key, opens, start

SCREENS = ("Inventory", "Timeline", "Alerts.*", "Hand-overs", "Audit log", "Stores", "Settings")
DIALOGS = (("ctrl+n", "New key"), ("ctrl+e", "Export .*"), ("F1", "Shortcuts|Keyboard shortcuts"))


def nameless(window):
    """Controls without a name: role and place."""
    for node in window.nodes():
        states = node.getState()
        if states.contains(pyatspi.STATE_FOCUSABLE) and node.getRoleName() not in ("frame", "application") and not node.name:
            box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            yield f"{node.getRoleName()} at {box.x},{box.y} {box.width}x{box.height}"


def all_named(window, where):
    """Fails with every control that has no name."""
    found = list(nameless(window))
    if found:
        raise Failed(f"{where}: no name for " + "; ".join(found))


def the_first_run(window):
    """Every control of the first run has a name"""
    window.opened()
    window.see(r"Where shall your keys live\?|New key")
    all_named(window, "first run")


def every_screen(window):
    """Every control of every screen has a name"""
    for screen in SCREENS:
        window.click(screen, "toggle button")
        window.shot(screen.split(".")[0].lower().replace(" ", "-"))
        all_named(window, screen)
    window.click("Inventory", "toggle button")


def dialogs(window):
    """Every control of the dialogs has a name"""
    for keys, title in DIALOGS:
        window.press(keys)
        window.see(title, "dialog")
        all_named(window, title)
        window.press("Escape")
        window.gone(title, "dialog")


start(the_first_run, opens, has_a_key, every_screen, dialogs)
