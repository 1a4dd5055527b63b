"""One key's whole life by keyboard alone: birth, hand-overs, rotation, deliveries, revocation with its notice,
destruction. The pointer is never moved."""
import json
import os
import subprocess

from stage import KEY, Failed, keystead, opens, start, walk_to

HOLDERS = ("edge-eu-1", "partner-gateway")
NOTICE_KEY = "Revocation notices"


def states():
    """The state of each version of the key, oldest first."""
    return [version["state"] for version in json.loads(keystead("show", KEY, "--json"))["versions"]]


def expect(what, found, wanted):
    """What was found is what was wanted."""
    if found != wanted:
        raise Failed(f"{what}: {found}, not {wanted}")


def presses(window, name, steps=80):
    """Walks to a control and presses it."""
    walk_to(window, name, steps)
    window.press("Return")


def birth(window):
    """Ctrl+N makes the key"""
    window.press("ctrl+n")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.type(KEY)
    window.shot("birth")
    window.press("ctrl+Return")
    window.gone("New key", "dialog")
    window.see(rf"{KEY}, .*", "table row")
    window.see("SPKI SHA-256: .*")


def hand_overs(window):
    """Ctrl+Shift+H records that two have its public half"""
    for holder in HOLDERS:
        window.press("ctrl+shift+h")
        window.until("the keyboard in the recipient", lambda: window.focused() == "For whom")
        window.type(holder)
        window.shot("hand-over")
        window.press("ctrl+Return")
        window.gone("Record a hand-over .*", "dialog")


def rotation(window):
    """Ctrl+T makes a new version, and says that two deliveries are open"""
    window.press("ctrl+t")
    window.see("Rotate .*", "dialog")
    window.shot("rotate")
    window.press("ctrl+Return")
    window.see("2 deliveries are open.*")
    window.shot("rotated")
    window.press("Escape")
    window.gone("2 deliveries are open.*", "label")
    expect("after the rotation", states(), ["active", "active"])


def deliveries(window):
    """Ctrl+Shift+L shows both deliveries, and each is ticked off"""
    window.press("ctrl+shift+l")
    window.see("Deliveries of .*", "dialog")
    for holder in HOLDERS:
        window.see(f"{holder}, .*", "list item")
    window.shot("deliveries")
    for left in (1, 0):
        presses(window, "Delivered")
        window.until(f"{left} deliveries", lambda: len(json.loads(keystead("delivery", "list", "--json"))) == left)
        window.shot("delivered")
    window.press("Escape")
    window.gone("Deliveries of .*", "dialog")


def revocation(window):
    """Ctrl+Shift+R revokes it for key compromise, since a day, and leads to those who hold it"""
    window.press("ctrl+shift+r")
    window.see("Revoke .*", "dialog")
    window.shot("revoke")
    window.until("the keyboard in the first reason", lambda: window.focused() == "Key compromise")
    window.press("space")
    window.see("Compromised since", "entry|text|text box")
    walk_to(window, "Compromised since")
    window.press("ctrl+a")
    window.type("2026-01-01")
    walk_to(window, "More about it")
    window.type("found in a public image")
    window.shot("revoke-reason")
    walk_to(window, "Make a new version in its place")
    window.press("space")
    presses(window, "Revoke")
    window.see("Tell the holders of .*", "dialog")
    window.shot("holders")
    expect("after the revocation", states(), ["active", "compromised"])


def notice(window):
    """The notice is saved to a path that is typed, and a holder is ticked off"""
    presses(window, "Type a path instead")
    window.until("the keyboard in the path", lambda: window.focused() == "Save to")
    window.press("ctrl+a")
    window.type(os.path.join(window.files, "notice.json"))
    window.shot("notice")
    window.press("ctrl+Return")
    window.file("notice.txt.sig")
    window.see("Files to send")
    window.shot("notice-saved")
    walk_to(window, f"Told: {HOLDERS[0]}")
    window.press("space")
    window.see(f"{HOLDERS[0]}, .*, told", "list item")
    window.shot("told")
    window.press("Escape")
    window.gone("Tell the holders of .*", "dialog")


def it_verifies(window):
    """ssh-keygen accepts both forms of the notice, and no other text"""
    folder = window.files
    line = keystead("export", NOTICE_KEY, "--format", "openssh", "--out", "-")
    with open(os.path.join(folder, "allowed"), "w", encoding="utf-8") as allowed:
        allowed.write(f"keystead {line}")
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "keystead", "-n", "notice@keystead", "-s"]
    for name in ("notice.json", "notice.txt"):
        with open(os.path.join(folder, name), "rb") as file:
            text = file.read()
        for message, wanted in ((text, True), (text + b"x", False)):
            said = subprocess.run([*verify, f"{name}.sig"], cwd=folder, input=message, capture_output=True, check=False)
            expect(f"ssh-keygen of {name}", said.returncode == 0, wanted)


def destruction_planned_and_kept(window):
    """Delete plans the destruction, and it is kept again"""
    window.press("Delete")
    window.see("Destroy .*", "dialog")
    window.shot("destroy")
    presses(window, "Plan the destruction")
    window.gone("Destroy .*", "dialog")
    window.see("Destroyed on .*")
    window.shot("planned")
    window.press("ctrl+k")
    window.see("Keep the key, .*|Keep the key", "menu item")
    window.type("Keep the key")
    window.press("Return")
    window.gone("Destroyed on .*")
    window.shot("kept")


def destruction(window):
    """Delete, at once and its name typed destroy every version"""
    window.press("Delete")
    window.see("Destroy .*", "dialog")
    presses(window, "At once")
    window.until("the keyboard in the name", lambda: window.focused() == "Name to confirm")
    window.type(KEY)
    window.shot("destroy-at-once")
    presses(window, "Destroy now")
    window.gone("Destroy .*", "dialog")
    window.see(rf"{KEY}, .*[Dd]estroyed.*", "table row")
    window.shot("destroyed")


def the_log_proves_it(window):
    """The shell tells the same life, and the log verifies"""
    expect("in the end", states(), ["destroyed", "destroyed-compromised"])
    told = json.dumps(json.loads(keystead("show", KEY, "--json"))["history"])
    for event in ("made", "handed", "rotated", f"told {HOLDERS[0]}", "is to be destroyed", "was kept", "destroyed"):
        if event not in told:
            raise Failed(f"the history does not say '{event}': {told}")
    if not json.loads(keystead("audit", "verify", "--json"))["whole"]:
        raise Failed("the log does not verify")
    del window


start(opens, birth, hand_overs, rotation, deliveries, revocation, notice, it_verifies, destruction_planned_and_kept, destruction,
      the_log_proves_it)
