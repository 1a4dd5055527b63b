"""A file is signed and its signature verified by keyboard alone. ssh-keygen, by the very command that the window
gives for others, and openssl agree."""
import os
import subprocess

from stage import KEY, Failed, has_a_key, keystead, opens, openssl, start, walk_to


def sh(window, script):
    """What a shell says in the folder of the file, on both of its outputs."""
    done = subprocess.run(["sh", "-c", script], cwd=window.files, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def write(window, text):
    """Writes the file that is signed; its path."""
    path = os.path.join(window.files, "a release.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def types_the_file(window, path):
    """The first field takes the path."""
    window.until("the keyboard in the file", lambda: window.focused() == "File")
    window.press("ctrl+a")
    window.type(path)


def it_is_signed(window):
    """Ctrl+G, the path of the file and Ctrl+Enter sign it with the selected key"""
    path = write(window, "a release\n")
    window.press("ctrl+g")
    window.see("Sign a file", "dialog")
    types_the_file(window, path)
    window.shot("sign")
    window.press("ctrl+Return")
    window.see("The file is signed", "dialog")
    window.shot("signed")
    window.file("a release.txt.sig")


def others_verify_it(window):
    """The command that is shown is all that somebody with ssh-keygen needs"""
    command = window.see(".*ssh-keygen -Y verify.*").name
    said = sh(window, command)
    if f'Good "file" signature for {KEY}' not in said:
        raise Failed(f"{command}: {said}")
    window.press("ctrl+Return")
    window.gone("The file is signed", "dialog")


def verifies(window, verdict):
    """Ctrl+Shift+G and the path of the file find the signature beside it."""
    window.press("ctrl+shift+g")
    window.see("Verify a signature", "dialog")
    types_the_file(window, os.path.join(window.files, "a release.txt"))
    window.press("ctrl+Return")
    window.see(f"Verdict: {verdict}")


def closes(window):
    """Esc sends it away."""
    window.press("Escape")
    window.gone("Verify a signature", "dialog")


def it_is_verified(window):
    """Ctrl+Shift+G says who signed it, when, and in what state the key was"""
    verifies(window, "good")
    for said in (f"Good signature by {KEY}", f"Signed by: {KEY}, version 1.*", "Signed at: .* by the audit log",
                 "Key then: Active.*", "Key now: Active.*"):
        window.see(said)
    window.shot("good")
    closes(window)


def a_changed_file_is_told(window):
    """The file is changed, and the signature is bad"""
    write(window, "another release\n")
    verifies(window, "bad")
    window.shot("bad")
    closes(window)


def another_form_is_chosen(window):
    """Tab and Space choose another form; openssl verifies it; what stands there is replaced only when asked"""
    path = write(window, "a release\n")
    window.press("ctrl+g")
    window.see("Sign a file", "dialog")
    types_the_file(window, path)
    walk_to(window, "Raw")
    window.press("space")
    window.press("ctrl+Return")
    window.see(".*exists already.*")
    walk_to(window, "Replace it")
    window.press("Return")
    window.see("The file is signed", "dialog")
    window.press("ctrl+Return")
    window.gone("The file is signed", "dialog")
    public = os.path.join(window.files, "pub.pem")
    keystead("export", KEY, "--format", "spki-pem", "--out", public)
    said = openssl("dgst", "-sha256", "-verify", public, "-signature", path + ".sig", path)
    if "Verified OK" not in said:
        raise Failed(said)


start(opens, has_a_key, it_is_signed, others_verify_it, it_is_verified, a_changed_file_is_told, another_form_is_chosen)
