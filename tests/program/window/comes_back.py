"""A request goes out to a recipient, and the certificate comes back; an edit is taken back by Ctrl+Z."""
import os
import subprocess

from stage import BUTTON, KEY, has_a_key, opens, start


def openssl(*arguments):
    """Runs openssl, which must succeed."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def a_request_goes_out(window):
    """A request is saved for a named authority"""
    window.click("Request", BUTTON)
    window.fill("For whom", "Example CA")
    window.fill_path(os.path.join(window.files, "out.csr"))
    window.click("Save", BUTTON)
    window.file("out.csr")
    window.gone("Certificate request .*", "dialog")


def it_is_a_hand_over(window):
    """It shows as a hand-over to that authority"""
    window.click("Hand-overs", "toggle button")
    window.see(".*Example CA.*")
    window.shot("hand-over")
    window.click("Inventory", "toggle button")


def attach(window, name):
    """Names a certificate in the dialog and confirms."""
    window.click("Attach", BUTTON)
    window.fill("Certificate file", os.path.join(window.files, name))
    window.press("ctrl+Return")


def another_keys_certificate_is_refused(window):
    """A certificate of another key is refused, and the dialog stays"""
    folder = window.files
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj", "/CN=Example CA",
            "-keyout", os.path.join(folder, "ca.key"), "-out", os.path.join(folder, "ca.pem"))
    attach(window, "ca.pem")
    window.see("Not done.*")
    window.shot("refused")
    window.press("Escape")
    window.gone("Attach .*", "dialog")


def its_own_comes_back(window):
    """The certificate that openssl signed is attached, and its end shows"""
    path = lambda name: os.path.join(window.files, name)
    openssl("x509", "-req", "-in", path("out.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial",
            "-days", "47", "-out", path("cert.pem"))
    attach(window, "cert.pem")
    window.see("The certificate is attached to .*")
    window.see(".*Example CA.*", "label")
    window.shot("attached")


def an_edit_is_taken_back(window):
    """Owner changed in the dialog, then Ctrl+Z"""
    window.press("F2")
    window.see("Edit .*", "dialog")
    window.fill("Owner", "mira")
    window.press("ctrl+Return")
    window.gone("Edit .*", "dialog")
    window.see(f"{KEY}, .*mira.*", "table row")
    window.press("ctrl+z")
    window.gone(f"{KEY}, .*mira.*", "table row")
    window.see(f"{KEY}, .*", "table row")


start(opens, has_a_key, a_request_goes_out, it_is_a_hand_over, another_keys_certificate_is_refused, its_own_comes_back,
      an_edit_is_taken_back)
