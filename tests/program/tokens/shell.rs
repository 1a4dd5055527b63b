//! A token from a shell, from its addition to its removal, with `openssl` and `pkcs11-tool` as judges.

use std::fs::File;
use std::process::Command;

use super::super::shell::schema;
use super::super::support::{Ended, Home, end_of, has, skip};
use super::{Hsm, MODULE, PIN, function};

/// A home with an inventory of encrypted files and a token that is not added yet.
pub struct Desk {
    pub home: Home,
    pub hsm: Hsm,
}

impl Desk {
    /// `None` where there is no `SoftHSM`.
    pub fn new(test: &str) -> Option<Self> {
        if let Some(missing) = ["softhsm2-util", "pkcs11-tool", "cc"].into_iter().find(|tool| !has(tool)) {
            skip(test, &format!("{missing} is not installed"));
            return None;
        }
        let home = Home::with_files();
        let hsm = Hsm::at(&home.path("hsm"), "office");
        std::fs::write(home.path("pin"), format!("{PIN}\n")).unwrap();
        Some(Self { home, hsm })
    }

    /// With the token added.
    pub fn added(test: &str) -> Option<Self> {
        let desk = Self::new(test)?;
        desk.open(&["store", "add", "pkcs11", "hsm", "--module", MODULE, "--token", "office"]).done();
        Some(desk)
    }

    /// Runs the program with the passphrase and a PIN, or with no PIN.
    pub fn run(&self, arguments: &[&str], pin: Option<&str>) -> Ended {
        let mut command = self.hsm.configured(self.home.command(arguments));
        command.arg("--passphrase-file").arg(self.home.path("passphrase"));
        if let Some(pin) = pin {
            command.args(["--pin-fd", "0"]).stdin(File::open(self.home.path(pin)).unwrap());
        }
        end_of(command)
    }

    pub fn open(&self, arguments: &[&str]) -> Ended {
        self.run(arguments, Some("pin"))
    }

    pub fn place(&self, name: &str) -> String {
        self.home.path(name).to_str().unwrap().to_owned()
    }

    /// How the token is listed.
    fn listed(&self) -> serde_json::Value {
        let stores = self.run(&["store", "list", "--json"], None).done().json();
        schema::check("store-list", &stores);
        stores.as_array().unwrap().iter().find(|store| store["name"] == "hsm").unwrap().clone()
    }

    pub fn openssl(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.home.path(""));
        let ended = end_of(command);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.text(), ended.stderr);
        ended.text() + &ended.stderr
    }
}

#[test]
fn keys_of_a_token_live_from_making_to_destruction() {
    let Some(desk) = Desk::added("keys_of_a_token_live_from_making_to_destruction") else { return };
    std::fs::write(desk.home.path("file"), "what is signed").unwrap();
    for algorithm in ["p256", "p384", "p521", "rsa2048", "ed25519"] {
        let made = desk.open(&["generate", algorithm, "--algorithm", algorithm, "--store", "hsm", "--json"]).done().json();
        schema::check("generate", &made);
        assert_eq!(made["keys"][0]["store"], "hsm");
        let csr = desk.place(&format!("{algorithm}.csr"));
        desk.open(&["request", algorithm, "--subject", "CN=a.example", "--out", &csr]).done();
        let said = desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]);
        assert!(said.contains("verify OK"), "{algorithm}: {said}");
        let (public, signature) = (desk.place(&format!("{algorithm}.pub")), desk.place(&format!("{algorithm}.sig")));
        desk.run(&["export", algorithm, "--format", "spki-pem", "--out", &public], None).done();
        desk.open(&["sign", algorithm, &desk.place("file"), "--format", "raw", "--out", &signature]).done();
        judged(&desk, algorithm, &public, &signature);
    }
    let objects = desk.hsm.tool(&["--list-objects", "--type", "privkey"]);
    assert_eq!(objects.matches("never extractable").count(), 5, "{objects}");
    assert!(!objects.contains("p256"), "no name of a key goes to the token: {objects}");
    assert_eq!(desk.listed()["keys"], 5);
    let refused = desk.open(&["store", "remove", "hsm"]).with(4);
    assert!(refused.stderr.contains("There are 5 keys in hsm whose private half lies there"), "{}", refused.stderr);
    for algorithm in ["p256", "p384", "p521", "rsa2048", "ed25519"] {
        desk.open(&["destroy", algorithm, "--now", "--confirm", algorithm]).done();
    }
    assert_eq!(desk.hsm.tool(&["--list-objects"]).matches("Object").count(), 0);
    desk.open(&["store", "remove", "hsm"]).done();
    desk.run(&["audit", "verify"], None).done();
    assert!(desk.run(&["audit", "show"], None).done().text().contains("removed the store hsm"));
}

/// Judges that know nothing of Keystead.
fn judged(desk: &Desk, algorithm: &str, public: &str, signature: &str) {
    let (file, hash) = (
        desk.place("file"),
        match algorithm {
            "p384" => "-sha384",
            "p521" => "-sha512",
            _ => "-sha256",
        },
    );
    if algorithm == "ed25519" {
        let said =
            desk.openssl(&["pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", &file, "-sigfile", signature]);
        assert!(said.contains("Signature Verified Successfully"), "{said}");
        return;
    }
    let said = desk.openssl(&["dgst", hash, "-verify", public, "-signature", signature, &file]);
    assert!(said.contains("Verified OK"), "{algorithm}: {said}");
    let mechanism = match algorithm {
        "p256" => "ECDSA-SHA256",
        "p384" => "ECDSA-SHA384",
        "p521" => "ECDSA-SHA512",
        _ => "SHA256-RSA-PKCS",
    };
    if algorithm == "rsa2048" {
        let id = desk.hsm.tool(&["--list-objects", "--type", "pubkey"]);
        let block = id.split("Public Key Object; ").find(|block| block.starts_with("RSA")).unwrap();
        let id = block.lines().find_map(|line| line.trim().strip_prefix("ID:")).unwrap().trim().to_owned();
        let said =
            desk.hsm.tool(&["--verify", "--mechanism", mechanism, "--id", &id, "-i", &file, "--signature-file", signature]);
        assert!(said.contains("Signature is valid"), "{said}");
    }
}

#[test]
fn a_rotation_stays_in_the_token_and_a_private_half_never_leaves() {
    let Some(desk) = Desk::added("a_rotation_stays_in_the_token_and_a_private_half_never_leaves") else { return };
    desk.open(&["generate", "signer", "--algorithm", "p256", "--store", "hsm", "--purpose", "tls-server"]).done();
    desk.open(&["rotate", "signer"]).done();
    let shown = desk.run(&["show", "signer", "--json"], None).done().json();
    let versions = shown["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2, "{shown}");
    assert_eq!(desk.hsm.tool(&["--list-objects", "--type", "privkey"]).matches("Private Key Object").count(), 2);
    desk.open(&["policy", "set", "--key", "signer", "exportable=yes"]).done();
    let arguments = ["export", "signer", "--private", "--format", "pkcs8-plain", "--confirm", "signer", "--out"];
    let refused = desk.open(&[&arguments[..], &[&desk.place("out")]].concat()).with(4);
    assert!(refused.stderr.contains("The private half of signer stays in hsm"), "{}", refused.stderr);
    assert!(!desk.home.path("out").exists());
}

#[test]
fn a_secret_key_is_made_and_known_again() {
    let Some(desk) = Desk::added("a_secret_key_is_made_and_known_again") else { return };
    desk.open(&["generate", "kek", "--algorithm", "aes256", "--store", "hsm"]).done();
    let listed = desk.hsm.tool(&["--list-objects", "--type", "secrkey"]);
    assert!(listed.contains("AES length 32") && listed.contains("never extractable"), "{listed}");
    let refused = desk.open(&["generate", "pq", "--algorithm", "ml-dsa-65", "--store", "hsm"]).with(4);
    assert!(refused.stderr.contains("hsm makes no ML-DSA-65 keys. It makes: Ed25519,"), "{}", refused.stderr);
    desk.open(&["destroy", "kek", "--now", "--confirm", "kek"]).done();
}

#[test]
fn a_pin_is_needed_and_a_wrong_one_is_given_once() {
    let Some(desk) = Desk::new("a_pin_is_needed_and_a_wrong_one_is_given_once") else { return };
    let body =
        format!(r#"FILE *f = fopen("{}", "a"); fputs("one\n", f); fclose(f); return real(a, b, c, d);"#, desk.place("logins"));
    let module = desk.hsm.module_with("count", function::LOGIN, &body);
    let add = ["store", "add", "pkcs11", "hsm", "--module", &module, "--token", "office"];
    let none = desk.run(&add, None).with(3);
    assert!(none.stderr.contains("hsm needs its PIN. Give it with --pin-fd N"), "{}", none.stderr);
    assert!(!desk.home.path("logins").exists());
    std::fs::write(desk.home.path("wrong"), "0000").unwrap();
    let wrong = desk.run(&add, Some("wrong")).with(3);
    assert!(wrong.stderr.contains("That PIN is wrong. It was tried once and not again."), "{}", wrong.stderr);
    assert_eq!(std::fs::read_to_string(desk.home.path("logins")).unwrap(), "one\n");
    assert_eq!(desk.run(&["store", "list", "--json"], None).done().json().as_array().unwrap().len(), 1, "nothing was added");
    desk.open(&add).done();
    std::fs::remove_file(desk.home.path("logins")).unwrap();
    desk.run(&["generate", "a", "--algorithm", "p256", "--store", "hsm"], Some("wrong")).with(3);
    assert_eq!(std::fs::read_to_string(desk.home.path("logins")).unwrap(), "one\n");
    desk.run(&["store", "login", "hsm"], Some("wrong")).with(3);
    let said = desk.open(&["store", "login", "hsm"]).done().text();
    assert!(said.contains("The PIN opens hsm. The token holds 0 keys."), "{said}");
}

#[test]
fn a_store_is_listed_as_it_is() {
    let Some(desk) = Desk::added("a_store_is_listed_as_it_is") else { return };
    let listed = desk.listed();
    assert_eq!((&listed["state"], &listed["kind"]), (&"locked".into(), &"pkcs11".into()));
    assert_eq!(listed["token"]["serial"].as_str().unwrap(), desk.hsm.serial());
    assert!(listed["algorithms"].as_array().unwrap().contains(&"rsa4096".into()), "{listed}");
    let stores = desk.home.run(["store", "list", "--json"]).done().json();
    assert_eq!(stores[1]["state"], "unknown", "while the inventory is locked no module is loaded");
    std::fs::rename(desk.hsm.tokens(), desk.home.path("away")).unwrap();
    std::fs::create_dir(desk.hsm.tokens()).unwrap();
    let away = desk.listed();
    assert_eq!(away["state"], "away");
    assert!(away["trouble"].as_str().unwrap().starts_with("hsm is away: no reader has the token “office”"), "{away}");
    let refused = desk.open(&["generate", "a", "--algorithm", "p256", "--store", "hsm"]).with(3);
    assert!(refused.stderr.contains("hsm is away"), "{}", refused.stderr);
}

#[test]
fn a_store_is_added_under_a_name_of_its_own_from_a_token_that_is_there() {
    let Some(desk) = Desk::added("a_store_is_added_under_a_name_of_its_own_from_a_token_that_is_there") else { return };
    let add = |name: &str, token: &str| desk.open(&["store", "add", "pkcs11", name, "--module", MODULE, "--token", token]);
    assert!(add("hsm", "office").with(4).stderr.contains("There is already a store “hsm”"));
    let none = add("other", "garage").with(3);
    assert!(none.stderr.contains("sees no token “garage”. It sees “office”"), "{}", none.stderr);
    desk.hsm.add("office");
    let several = add("other", "office").with(3);
    assert!(several.stderr.contains("Several tokens are called “office”. Name one by its serial number"), "{}", several.stderr);
    assert!(desk.open(&["store", "remove", "Encrypted files"]).code == Some(4));
    desk.home.open(["init", "--store", "pkcs11"]).with(2);
    let home = Home::new();
    home.open(["init", "--store", "pkcs11"]).with(2);
}

#[test]
fn what_the_token_has_and_the_inventory_not_is_listed_and_taken_over() {
    let Some(desk) = Desk::added("what_the_token_has_and_the_inventory_not_is_listed_and_taken_over") else { return };
    desk.open(&["generate", "ours", "--algorithm", "p256", "--store", "hsm"]).done();
    assert!(desk.open(&["reconcile"]).done().stderr.contains("1 version is as the log knows them"));
    desk.hsm.tool(&["--keypairgen", "--key-type", "EC:secp384r1", "--id", "0a0b", "--label", "theirs"]);
    let found = desk.open(&["reconcile", "hsm", "--json"]).with(1).json();
    schema::check("reconcile", &found);
    assert_eq!(found[0]["unknown"][0]["object"], "0a0b");
    assert_eq!(found[0]["unknown"][0]["algorithm"], "p384");
    let adopt = ["reconcile", "hsm", "--adopt", "0a0b", "--name", "theirs", "--purpose", "code-signing"];
    desk.open(&adopt).done();
    desk.open(&["reconcile", "hsm"]).done();
    assert!(desk.open(&adopt).with(2).stderr.contains("That is theirs already"));
    let csr = desk.place("theirs.csr");
    desk.open(&["request", "theirs", "--subject", "CN=a.example", "--out", &csr]).done();
    assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"));
    desk.hsm.tool(&["--delete-object", "--type", "privkey", "--id", "0a0b"]);
    desk.hsm.tool(&["--delete-object", "--type", "pubkey", "--id", "0a0b"]);
    let found = desk.open(&["reconcile", "hsm", "--json"]).with(1).json();
    assert_eq!((&found[0]["missing"][0]["name"], &found[0]["missing"][0]["found"]), (&"theirs".into(), &"nothing".into()));
    let shown = desk.run(&["show", "theirs", "--json"], None).done().json();
    assert_eq!(shown["state"], "active", "that nothing was returned is no destruction");
}

#[test]
fn a_key_is_moved_into_the_token_and_its_old_copy_goes() {
    let Some(desk) = Desk::added("a_key_is_moved_into_the_token_and_its_old_copy_goes") else { return };
    let secrets = || std::fs::read_dir(desk.home.inventory().join("secrets")).unwrap().count();
    for algorithm in ["p256", "rsa2048", "ed25519"] {
        desk.open(&["generate", algorithm, "--algorithm", algorithm]).done();
        let public = |name: &str| {
            desk.run(&["export", algorithm, "--format", "spki-pem", "--out", &desk.place(name)], None).done();
            std::fs::read_to_string(desk.home.path(name)).unwrap()
        };
        let before = (public(&format!("{algorithm}.before")), secrets());
        let said = desk.open(&["move", algorithm, "--to", "hsm"]).done().text();
        assert!(said.contains("It existed outside of it before"), "{said}");
        assert_eq!((public(&format!("{algorithm}.after")), secrets()), (before.0, before.1 - 1));
        let csr = desk.place(&format!("{algorithm}.csr"));
        desk.open(&["request", algorithm, "--subject", "CN=a.example", "--out", &csr]).done();
        assert!(desk.openssl(&["req", "-in", &csr, "-verify", "-noout"]).contains("verify OK"));
        let shown = desk.run(&["show", algorithm, "--json"], None).done().json();
        assert_eq!(shown["store"], "hsm");
    }
    let listed = desk.hsm.tool(&["--list-objects", "--type", "privkey"]);
    assert_eq!(listed.matches("Access:     sensitive").count(), 3, "{listed}");
    assert!(!listed.contains("never extractable"), "it is not claimed of what existed outside: {listed}");
    assert!(
        desk.run(&["audit", "show"], None)
            .done()
            .text()
            .contains("from Encrypted files to hsm. It existed outside of hsm before")
    );
    let back = desk.open(&["move", "p256", "--to", "Encrypted files"]).with(4);
    assert!(back.stderr.contains("p256 cannot be moved to Encrypted files: it does not leave hsm"), "{}", back.stderr);
    desk.open(&["generate", "pq", "--algorithm", "ml-dsa-44"]).done();
    let refused = desk.open(&["move", "pq", "--to", "hsm"]).with(4);
    assert!(refused.stderr.contains("hsm takes no ML-DSA-44 keys"), "{}", refused.stderr);
}
