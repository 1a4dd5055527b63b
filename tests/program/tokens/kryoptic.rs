//! What SoftHSM does not have: ML-DSA keys, and elliptic keys that want their PIN for each use. Kryoptic, a software token
//! that `packaging/test` builds, has both. Node, Python's cryptography and openssl judge.

use std::path::PathBuf;
use std::process::Command;

use super::super::shell::schema;
use super::super::support::{Ended, Home, end_of, skip};
use super::PIN;
use super::anew::with_pins;

const ALGORITHMS: [&str; 3] = ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];

/// A home with an inventory of encrypted files, and a token that was just initialised and added.
struct Desk {
    home: Home,
    module: String,
}

fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

impl Desk {
    fn added(test: &str) -> Option<Self> {
        let Some(module) = named("KEYSTEAD_KRYOPTIC") else {
            skip(&format!("kryoptic_{test}"), "KEYSTEAD_KRYOPTIC names no module");
            return None;
        };
        let desk = Self { home: Home::with_files(), module: module.to_str().unwrap().to_owned() };
        std::fs::write(desk.home.path("pin"), PIN).unwrap();
        let lies = desk.home.path("kryoptic.sql");
        let slots = format!("[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = \"{}\"\n", lies.display());
        std::fs::write(desk.home.path("kryoptic.conf"), slots).unwrap();
        let blank = ["--module", &desk.module, "--slot", "1", "--label", "quantum"];
        end_of(desk.reached(with_pins(&desk.home, "12345678", PIN, &blank))).done();
        desk.open(&["store", "add", "pkcs11", "kry", "--module", &desk.module, "--token", "quantum"]).done();
        Some(desk)
    }

    fn reached(&self, mut command: Command) -> Command {
        command.env("KRYOPTIC_CONF", self.home.path("kryoptic.conf"));
        command
    }

    fn open(&self, arguments: &[&str]) -> Ended {
        let mut command = self.reached(self.home.command(arguments));
        command.arg("--passphrase-file").arg(self.home.path("passphrase")).args(["--pin-fd", "0"]);
        command.stdin(std::fs::File::open(self.home.path("pin")).unwrap());
        end_of(command)
    }

    /// Another program makes a key in the token.
    fn tool(&self, arguments: &[&str]) {
        let mut command = Command::new("pkcs11-tool");
        command.args(["--module", &self.module, "--token-label", "quantum", "--login", "--pin", PIN]).args(arguments);
        end_of(self.reached(command)).done();
    }

    fn place(&self, name: &str) -> String {
        self.home.path(name).to_str().unwrap().to_owned()
    }

    /// Both judges hold a signature over `file` and a request to be by this key.
    fn judged(&self, key: &str) {
        std::fs::write(self.home.path("file"), "what is signed").unwrap();
        for written in ["public", "request", "signature"] {
            let _ = std::fs::remove_file(self.home.path(written));
        }
        let (public, request, signature) = (self.place("public"), self.place("request"), self.place("signature"));
        self.open(&["export", key, "--format", "spki-pem", "--out", &public]).done();
        self.open(&["request", key, "--subject", "CN=a.example", "--out", &request]).done();
        self.open(&["sign", key, &self.place("file"), "--format", "raw", "--out", &signature]).done();
        if let Some(node) = named("KEYSTEAD_NODE") {
            let script = "const c = require('crypto'), [file, key, signature] = process.argv.slice(1).map(p => require('fs').readFileSync(p));
                const good = c.verify(null, file, c.createPublicKey(key), signature);
                file[0] ^= 1;
                process.exit(good && !c.verify(null, file, c.createPublicKey(key), signature) ? 0 : 9)";
            let mut command = Command::new(node);
            command.args(["-e", script, &self.place("file"), &public, &signature]);
            end_of(command).done();
        }
        if let Some(cryptography) = named("KEYSTEAD_CRYPTOGRAPHY") {
            let script = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key
file, key, signature, request = [open(path, 'rb').read() for path in sys.argv[1:]]
key = load_pem_public_key(key)
key.verify(signature, file)
request = x509.load_pem_x509_csr(request)
assert request.public_key() == key and request.is_signature_valid
";
            let mut command = Command::new("/usr/bin/python3");
            command.env("PYTHONPATH", cryptography).args(["-c", script, &self.place("file"), &public, &signature, &request]);
            end_of(command).done();
        }
    }
}

#[test]
fn ml_dsa_keys_of_a_token_live_from_making_to_destruction() {
    let Some(desk) = Desk::added("ml_dsa_keys_of_a_token_live_from_making_to_destruction") else { return };
    for algorithm in ALGORITHMS {
        let made = desk.open(&["generate", algorithm, "--algorithm", algorithm, "--store", "kry", "--json"]).done().json();
        schema::check("generate", &made);
        assert_eq!((&made["keys"][0]["store"], &made["keys"][0]["algorithm"]), (&"kry".into(), &algorithm.into()));
        desk.judged(algorithm);
    }
    desk.open(&["rotate", "ml-dsa-65"]).done();
    desk.judged("ml-dsa-65");
    desk.open(&["destroy", "ml-dsa-44", "--now", "--confirm", "ml-dsa-44"]).done();
    let shown = desk.open(&["show", "ml-dsa-44", "--json"]).done().json();
    assert_eq!(shown["state"], "destroyed");
    desk.open(&["reconcile", "kry"]).done();
}

#[test]
fn an_ml_dsa_key_is_moved_into_a_token_and_its_old_copy_goes() {
    let Some(desk) = Desk::added("an_ml_dsa_key_is_moved_into_a_token_and_its_old_copy_goes") else { return };
    for algorithm in ALGORITHMS {
        desk.open(&["generate", algorithm, "--algorithm", algorithm]).done();
        desk.open(&["export", algorithm, "--format", "spki-pem", "--out", &desk.place(&format!("{algorithm}.before"))]).done();
        let said = desk.open(&["move", algorithm, "--to", "kry"]).done().text();
        assert!(said.contains("It existed outside of it before"), "{said}");
        desk.judged(algorithm);
        let read = |name: &str| std::fs::read(desk.home.path(name)).unwrap();
        assert_eq!(read(&format!("{algorithm}.before")), read("public"), "it is the same key");
    }
    assert_eq!(std::fs::read_dir(desk.home.inventory().join("secrets")).unwrap().count(), 0);
}

#[test]
fn an_ml_dsa_key_that_others_made_in_a_token_is_taken_over() {
    let Some(desk) = Desk::added("an_ml_dsa_key_that_others_made_in_a_token_is_taken_over") else { return };
    desk.open(&["generate", "theirs", "--algorithm", "ml-dsa-65", "--store", "kry"]).done();
    // Another inventory knows nothing of it.
    let other = Desk { home: Home::with_files(), module: desk.module.clone() };
    for name in ["pin", "kryoptic.conf"] {
        std::fs::copy(desk.home.path(name), other.home.path(name)).unwrap();
    }
    other.open(&["store", "add", "pkcs11", "kry", "--module", &other.module, "--token", "quantum"]).done();
    let found = other.open(&["reconcile", "kry", "--json"]).with(1).json();
    let (object, algorithm) = (&found[0]["unknown"][0]["object"], &found[0]["unknown"][0]["algorithm"]);
    assert_eq!(algorithm, "ml-dsa-65", "{found}");
    let adopt = ["reconcile", "kry", "--adopt", object.as_str().unwrap(), "--name", "taken", "--purpose", "code-signing"];
    other.open(&adopt).done();
    other.judged("taken");
}

#[test]
fn elliptic_keys_that_want_the_pin_for_each_use_sign() {
    let Some(desk) = Desk::added("elliptic_keys_that_want_the_pin_for_each_use_sign") else { return };
    for (id, curve) in [("0a", "prime256v1"), ("0b", "secp384r1"), ("0c", "secp521r1"), ("0d", "edwards25519")] {
        desk.tool(&["--keypairgen", "--key-type", &format!("EC:{curve}"), "--id", id, "--label", curve, "--always-auth"]);
        desk.open(&["reconcile", "kry", "--adopt", id, "--name", curve, "--purpose", "code-signing"]).done();
        let csr = desk.place(&format!("{curve}.csr"));
        desk.open(&["request", curve, "--subject", "CN=a.example", "--out", &csr]).done();
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-verify", "-noout", "-in", &csr]);
        let said = end_of(openssl).done();
        assert!((said.text() + &said.stderr).contains("verify OK"), "{curve}");
    }
}
