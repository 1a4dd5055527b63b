"""Keys that others made are brought in by keyboard alone: a folder of SSH keys, a PKCS#12 keystore under a
passphrase, a Java keystore. Their public halves are then those that the other programs print."""
import json
import os
import subprocess

from stage import Failed, keystead, opens, openssl, start, walk_to

WORD = "a passphrase of old"


def run(*arguments):
    """What another program prints."""
    return subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=120).stdout


def they_are_made(window):
    """ssh-keygen, openssl and keytool make what is to be brought in"""
    home = os.path.join(window.files, "home")
    os.makedirs(os.path.join(home, ".ssh"))
    for kind in ("ed25519", "ecdsa"):
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"mira-{kind}", "-f", os.path.join(home, ".ssh", f"id_{kind}"))
    key, certificate = (os.path.join(window.files, name) for name in ("p12.key", "p12.crt"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-days", "90",
        "-subj", "/CN=old.example.com", "-keyout", key, "-out", certificate)
    run("openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-name", "old",
        "-out", os.path.join(home, "old.p12"), "-passout", f"pass:{WORD}")
    run("keytool", "-genkeypair", "-storetype", "JKS", "-keystore", os.path.join(home, "app.jks"), "-storepass", WORD,
        "-keypass", WORD, "-alias", "app", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=app.example.com")


def it_reads(window):
    """Ctrl+I and a path show what was found, before anything is stored"""
    window.press("ctrl+i")
    window.see("Import", "dialog")
    window.shot("start")
    walk_to(window, "Type a path instead")
    window.press("Return")
    window.until("the keyboard in the path", lambda: window.focused() == "File or folder")
    window.press("ctrl+a")
    window.type(os.path.join(window.files, "home"))
    window.press("Return")
    window.see("2 files are encrypted.*")
    window.see(".*OpenSSH private key, Ed25519, New.*", "check box")
    window.shot("locked")


def a_passphrase_opens_both(window):
    """A wrong passphrase is told; the right one opens both keystores"""
    window.until("the keyboard in the passphrase", lambda: window.focused() == "Passphrase of the files")
    window.type("not this one")
    window.press("Return")
    window.see("That passphrase opens none of them.*")
    window.shot("wrong")
    walk_to(window, "Passphrase of the files")
    window.type(WORD)
    window.press("Return")
    window.gone(".*encrypted.*", "label")
    window.see(".*, ECDSA P-384, .*New.*", "check box")
    window.shot("opened")


def they_are_brought_in(window):
    """F2 renames, Ctrl+Enter brings in, the report leads to the keys"""
    window.until("the keyboard in a line", lambda: ", " in (window.focused() or ""))
    window.press("F2")
    window.until("the keyboard in the name", lambda: window.focused() == "Name")
    window.press("ctrl+a")
    window.type("renamed")
    window.press("Return")
    window.see("renamed, .*", "check box")
    window.shot("renamed")
    window.press("ctrl+Return")
    window.see("Show them.*", "button|push button")
    window.shot("report")
    window.press("ctrl+Return")
    window.gone("Import.*", "dialog")
    window.shot("inventory")


def they_are_the_same(window):
    """Each public half is the one that the other programs print"""
    listed = keystead("list", "--json")
    home = os.path.join(window.files, "home")
    names = [key["name"] for key in json.loads(listed)]
    if "renamed" not in names or len(names) != 4:
        raise Failed(f"the keys are {names}")
    wanted = [run("ssh-keygen", "-l", "-f", os.path.join(home, ".ssh", f"id_{kind}.pub")).split()[1]
              for kind in ("ed25519", "ecdsa")]
    exported = run("keytool", "-exportcert", "-rfc", "-keystore", os.path.join(home, "app.jks"), "-storepass", WORD,
                   "-alias", "app")
    with open(os.path.join(window.files, "jks.crt"), "w", encoding="utf-8") as file:
        file.write(exported)
    for name in ("p12.crt", "jks.crt"):
        public = openssl("x509", "-in", os.path.join(window.files, name), "-noout", "-pubkey")
        path = os.path.join(window.files, f"{name}.pub")
        with open(path, "w", encoding="utf-8") as file:
            file.write(public)
        der = os.path.join(window.files, f"{name}.der")
        run("openssl", "pkey", "-pubin", "-in", path, "-outform", "DER", "-out", der)
        wanted.append(run("sha256sum", der).split()[0])
    missing = [digest for digest in wanted if digest not in listed]
    if missing:
        raise Failed(f"the list lacks {missing}: {listed}")


start(they_are_made, opens, it_reads, a_passphrase_opens_both, they_are_brought_in, they_are_the_same)
