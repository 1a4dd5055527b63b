"""Key servers that one logs in to with nothing typed, by keyboard alone: through the browser, in whose place the play answers
at the page that the window shows, and by a TLS certificate. A key is made in each. The pointer is never moved."""
import json
import os
import re
import time
import urllib.error
import urllib.request

from in_store import its_request_verifies, make_in, opens_the_servers_dialog, walk_till
from stage import Failed, keystead, opens, start, walk_to, writes

BROWSER, CERTIFICATE = "team", "laptop"
ADDRESS = os.environ["KEYSTEAD_PLAY_ADDRESS"]
MARIA = os.environ["KEYSTEAD_PLAY_MARIA"]
PORT = os.environ["KEYSTEAD_PLAY_PORT"]
PAGES = os.environ["KEYSTEAD_PLAY_PAGES"]
TLS, CA, TLS_FILES = (os.environ["KEYSTEAD_PLAY_" + name] for name in ("TLS", "CA", "FILES"))
WAITS = "Waiting until you have logged in in the browser.*"


def chooses_way(window, way):
    """One logs in by that."""
    walk_to(window, "Log in by: Token")
    window.press("space")
    window.see(re.escape(way), "menu item")
    walk_till(window, lambda focused: focused == way)
    window.press("Return")
    window.see(re.escape(f"Log in by: {way}"))


def describes(window, name, address, way):
    """The palette opens the dialog, and the server is described."""
    opens_the_servers_dialog(window, name)
    writes(window, "Addresses", address)
    chooses_way(window, way)


def fetch(url, **headers):
    """As a browser of this machine would."""
    asked = urllib.request.Request(url, headers=headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=20) as answer:
        return answer.read().decode()


def logs_in_at_the_page(window):
    """Maria logs in at the page that is shown, and her browser comes back."""
    page = window.see("Page: .*").name.removeprefix("Page: ")
    if not page.startswith(ADDRESS):
        raise Failed(f"the page is {page}")
    query = page.split("?", 1)[1]
    said = json.loads(fetch(f"{ADDRESS}/v1/identity/oidc/provider/default/authorize?{query}", **{"X-Vault-Token": MARIA}))
    back = fetch(f"http://localhost:{PORT}/oidc/callback?code={said['code']}&state={said['state']}")
    if "close this page" not in back:
        raise Failed(f"the way back says {back}")


def pages():
    """What was to be opened so far."""
    with open(PAGES, encoding="utf-8") as file:
        return file.read().split()


def a_browser_that_does_not_start_is_told(window):
    """No browser starts: the window says so, shows the page and opens it once more"""
    describes(window, BROWSER, ADDRESS, "Browser (OIDC)")
    writes(window, "Callback port", PORT)
    window.press("ctrl+Return")
    window.see(WAITS)
    window.see("No browser shows the page.*xdg-open, gave up.*")
    window.shot("no-browser")
    with open(PAGES + ".open", "w", encoding="utf-8"):
        pass
    walk_to(window, "Try to open it")
    window.press("Return")
    window.see("It was opened in your browser.")
    shown = window.see("Page: .*").name.removeprefix("Page: ")
    if pages() != [shown, shown]:
        raise Failed(f"shown is {shown}, opened were {pages()}")
    window.shot("page-shown")


def the_waiting_is_given_up(window):
    """Cancel ends the waiting at once, keeps what was typed, and leaves the port to the next login"""
    walk_till(window, lambda focused: focused == "Cancel")
    window.press("Return")
    begun = time.monotonic()
    window.gone(WAITS)
    if time.monotonic() - begun > 10:
        raise Failed("it went on waiting")
    window.see("Add a key server", "dialog")
    if json.loads(keystead("store", "list", "--json"))[1:]:
        raise Failed("a store was added although nobody logged in")


def it_is_added_through_the_browser(window):
    """Asked again, Maria logs in at the page, and the server is there"""
    window.press("ctrl+Return")
    window.see(WAITS)
    logs_in_at_the_page(window)
    window.gone("Add a key server", "dialog")
    window.see("Health: Open.*its keys can be used.*")
    window.see("Login: as oidc-.*")
    window.shot("stores")


def a_key_is_made_there(window):
    """Ctrl+N makes a key at the server"""
    make_in(window, "shop.example.com", BROWSER)


def it_is_logged_in_to_again(window):
    """Logged out, one press of a button waits at the page again"""
    window.press("ctrl+6")
    walk_to(window, "Log out")
    window.press("Return")
    window.see("Health: Logged out.*")
    walk_to(window, "Log in")
    window.press("Return")
    window.see(WAITS)
    window.shot("log-in-waiting")
    logs_in_at_the_page(window)
    window.gone(f"Log in to {BROWSER}", "dialog")
    window.see("Health: Open.*its keys can be used.*")


def a_closed_dialog_waits_no_more(window):
    """Esc closes the dialog, and nobody waits at the port any more"""
    walk_to(window, "Log out")
    window.press("Return")
    window.see("Health: Logged out.*")
    walk_to(window, "Log in")
    window.press("Return")
    window.see(WAITS)
    window.press("Escape")
    window.gone(f"Log in to {BROWSER}", "dialog")

    def is_free():
        try:
            fetch(f"http://localhost:{PORT}/favicon.ico")
        except urllib.error.HTTPError:
            return False
        except urllib.error.URLError:
            return True
        return False
    window.until("the port to be free", is_free)


def one_is_added_by_certificate(window):
    """A certificate and its key open another server, and a key is made there"""
    os.remove(os.path.join(window.files, "request.pem"))
    describes(window, CERTIFICATE, TLS, "TLS certificate")
    writes(window, "CA file", CA)
    writes(window, "Certificate", os.path.join(TLS_FILES, "laptop.pem"))
    writes(window, "Private key", os.path.join(TLS_FILES, "no-such.key"))
    window.press("ctrl+Return")
    window.see(".*no-such.key cannot be read.*the keys stay at the server.*")
    window.shot("certificate-error")
    writes(window, "Private key", os.path.join(TLS_FILES, "laptop.key"))
    window.press("ctrl+Return")
    window.gone("Add a key server", "dialog")
    window.see("Login: as cert-.*")
    make_in(window, "mail.example.com", CERTIFICATE)


def it_logs_in_by_itself(window):
    """Logged out, one press of a button is all that it takes"""
    window.press("ctrl+6")
    window.see("Health: Open.*its keys can be used.*")
    walk_till(window, lambda focused: focused == "Log out")
    window.press("Return")
    window.until("nobody to be logged in", lambda: not window.find("Login: as .*"))
    for _ in range(2):
        walk_till(window, lambda focused: focused == "Log in")
        window.press("Return")
        if window.see(f"Login: as cert-.*|{WAITS}").name.startswith("Login: "):
            return
        # The other one waits for a browser.
        window.press("Escape")
        window.gone(f"Log in to {BROWSER}", "dialog")
        window.press("Tab")
    raise Failed("the certificate opens nothing")


start(opens, a_browser_that_does_not_start_is_told, the_waiting_is_given_up, it_is_added_through_the_browser,
      a_key_is_made_there, its_request_verifies, it_is_logged_in_to_again, a_closed_dialog_waits_no_more,
      one_is_added_by_certificate, its_request_verifies, it_logs_in_by_itself)
