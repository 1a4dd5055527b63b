"""Where no file dialog answers, the window offers a field for the path; it asks before it replaces."""
import os

from stage import BUTTON, Failed, has_a_key, opens, start


def the_field_is_offered(window):
    """No file dialog answers, so the path field is offered, with a sentence"""
    window.press("ctrl+e")
    window.click("Save as", BUTTON)
    window.see("The system's file dialog did not answer.*")
    window.see("Save to")


def it_asks_before_it_replaces(window):
    """What stands there is replaced only when asked again"""
    path = os.path.join(window.files, "taken.pem")
    with open(path, "w", encoding="utf-8") as file:
        file.write("precious\n")
    window.fill("Save to", path)
    window.click("Save", BUTTON)
    window.see(".*[Rr]eplace.*")
    with open(path, encoding="utf-8") as file:
        if file.read() != "precious\n":
            raise Failed("it replaced a file without asking")
    window.shot("replace")
    window.click(".*[Rr]eplace.*", BUTTON + "|link")
    window.until("the public key in its place", lambda: "PUBLIC KEY" in open(path, encoding="utf-8").read())
    window.gone("Export .*", "dialog")


def a_path_that_cannot_be_is_refused(window):
    """A folder that is not there is told, and the dialog stays"""
    window.press("ctrl+e")
    window.fill_path(os.path.join(window.files, "nowhere", "key.pem"))
    window.click("Save", BUTTON)
    window.see(".*nowhere.*")
    window.see("Save to")
    window.shot("nowhere")
    window.press("Escape")
    window.gone("Export .*", "dialog")


start(opens, has_a_key, the_field_is_offered, it_asks_before_it_replaces, a_path_that_cannot_be_is_refused)
