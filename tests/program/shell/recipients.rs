//! `recipient`: the address book, with every key that is no key of a recipient, and fingerprints held against those of
//! the tools that made the keys.

use std::path::Path;

use super::{facts, home_at, looked, place, tool};
use crate::support::{Ended, Home};

/// A key of each kind, made by its own tool in the home.
fn keys(home: &Home) {
    tool(home, "age-keygen", ["-o", "ada.age"]);
    let line = tool(home, "age-keygen", ["-y", "ada.age"]);
    std::fs::write(home.path("ada.txt"), line).unwrap();
    tool(home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada@host", "-f", "ada"]);
    tool(home, "ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "rsa"]);
    certificate(home, "ada.crt", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    tool(home, "openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "kek"]);
    tool(home, "openssl", ["pkey", "-in", "kek", "-pubout", "-out", "kek.pem"]);
}

fn certificate(home: &Home, file: &str, more: &[&str]) {
    let fixed = ["req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=Ada", "-keyout", "crt.key", "-out", file];
    tool(home, "openssl", fixed.iter().chain(more).copied());
}

fn with_keys() -> Home {
    let home = Home::with_files();
    keys(&home);
    home
}

fn add(home: &Home, name: &str, key: &str) -> Ended {
    home.open(["recipient", "add", name, "--key", key])
}

/// A key that is none is refused with these words, and the address book is as it was.
#[track_caller]
fn refused(home: &Home, key: &str, code: i32, words: &str) {
    let ended = add(home, "Ada", key);
    let said = ended.with(code).stderr.clone();
    assert!(said.contains(words), "{said}");
    assert_eq!(looked(home, "recipient-list", ["recipient", "list"]), serde_json::json!([]));
}

#[test]
fn fingerprints_are_those_of_the_tools_that_made_the_keys() {
    let home = with_keys();
    let at = |name: &str| place(&home, name);
    let line = std::fs::read_to_string(home.path("ada.txt")).unwrap();
    let keys = [line.trim(), &at("ada.pub"), &at("rsa.pub"), &at("ada.crt"), &at("kek.pem")].map(str::to_owned);
    let arguments = ["recipient", "add", "Ada", "--note", "web team", "--service-id", "vault/kek", "--key"];
    let added = facts(&home, "recipient-add", arguments.into_iter().chain(keys.iter().map(String::as_str)));
    assert_eq!((added["new"].as_bool(), added["added"].as_array().unwrap().len()), (Some(true), 5));
    let shown = looked(&home, "recipient-show", ["recipient", "show", "Ada"]);
    let print = |kind: &str| {
        let found = shown["keys"].as_array().unwrap().iter().find(|key| key["kind"] == kind).unwrap();
        found["fingerprint"].as_str().unwrap().to_owned()
    };
    assert_eq!(print("age-x25519"), line.trim());
    assert!(tool(&home, "ssh-keygen", ["-lf", "ada.pub"]).contains(&print("ssh-ed25519")));
    assert!(tool(&home, "ssh-keygen", ["-lf", "rsa.pub"]).contains(&print("ssh-rsa")));
    let openssl = tool(&home, "openssl", ["x509", "-in", "ada.crt", "-noout", "-fingerprint", "-sha256"]);
    assert_eq!(openssl.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase(), print("certificate"));
    tool(&home, "openssl", ["pkey", "-pubin", "-in", "kek.pem", "-pubout", "-outform", "DER", "-out", "kek.der"]);
    assert!(tool(&home, "openssl", ["dgst", "-sha256", "kek.der"]).contains(&print("wrapping-key")));
    let text = home.run(["recipient", "show", "Ada"]).done().text();
    for kind in ["age-x25519", "ssh-ed25519", "ssh-rsa", "certificate", "wrapping-key"] {
        assert!(text.contains(&print(kind)), "{text}");
    }
    assert!(text.contains("named vault/kek") && text.contains("web team") && text.contains("not confirmed"), "{text}");
}

#[test]
fn a_known_recipient_gets_more_keys_and_is_told_so() {
    let home = with_keys();
    assert!(add(&home, "Ada", &place(&home, "ada.pub")).done().text().contains("Ada is in the address book, with 1 key."));
    let more = add(&home, "Ada", &place(&home, "ada.crt")).done().text();
    assert!(more.contains("was in the address book already and has 1 key more now"), "{more}");
    let same = add(&home, "Ada", &place(&home, "ada.pub")).done().text();
    assert!(same.contains("with these keys already"), "{same}");
    let list = looked(&home, "recipient-list", ["recipient", "list"]);
    assert_eq!((list[0]["keys"].as_array().unwrap().len(), list.as_array().unwrap().len()), (2, 1));
    let other = add(&home, "Eve", &place(&home, "ada.pub"));
    assert!(other.done().stderr.contains("“Ada” has one of these keys too"));
}

#[test]
fn a_fingerprint_is_confirmed_and_another_one_is_told_apart() {
    let home = with_keys();
    add(&home, "Ada", &place(&home, "ada.pub")).done();
    let listed = home.run(["recipient", "list"]).done().text();
    assert!(listed.contains("not confirmed"), "{listed}");
    let confirm = |print: &str| {
        home.open(["recipient", "confirm", "Ada", "--fingerprint", print, "--way", "call", "--note", "over the office line"])
    };
    let wrong = confirm("SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert!(wrong.with(2).stderr.contains("is not theirs"));
    let print = tool(&home, "ssh-keygen", ["-lf", "ada.pub"]).split_whitespace().nth(1).unwrap().to_owned();
    confirm(&print).done();
    let shown = looked(&home, "recipient-show", ["recipient", "show", "Ada"]);
    let confirmed = &shown["keys"][0]["confirmed"];
    assert_eq!((confirmed["way"].as_str(), confirmed["note"].as_str()), (Some("call"), Some("over the office line")));
    assert!(!home.run(["recipient", "list"]).done().text().contains("not confirmed"));
    home.open(["recipient", "confirm", "Ada", "--fingerprint", &print, "--way", "guess"]).with(2);
    home.open(["recipient", "confirm", "Eve", "--fingerprint", &print, "--way", "call"]).with(2);
    assert!(home.run(["audit", "show"]).done().text().contains("Ada in the address book from here on with 1 key, 1 confirmed"));
}

#[test]
fn keys_and_recipients_are_removed_and_what_was_given_stays() {
    let home = with_keys();
    home.open(["generate", "deploy"]).done();
    home.open(["handover", "record", "deploy", "--to", "Ada", "--format", "openssh"]).done();
    home.open(["handover", "record", "deploy", "--to", "Old server", "--format", "spki-pem"]).done();
    add(&home, "Ada", &place(&home, "ada.pub")).done();
    add(&home, "Ada", &place(&home, "ada.crt")).done();
    let shown = looked(&home, "recipient-show", ["recipient", "show", "Ada"]);
    assert_eq!((shown["holds"][0]["name"].as_str(), shown["keys_held"].as_u64()), (Some("deploy"), Some(1)));
    assert_eq!((shown["holds"][0]["state"].as_str(), shown["holds"][0]["format"].as_str()), (Some("active"), Some("openssh")));
    home.open(["rotate", "deploy"]).done();
    let shown = looked(&home, "recipient-show", ["recipient", "show", "Ada"]);
    assert_eq!((shown["due"].as_u64(), shown["deliveries"][0]["version"].as_u64()), (Some(1), Some(2)));
    let first = shown["keys"][0]["fingerprint"].as_str().unwrap();
    home.open(["recipient", "remove", "Ada", "--fingerprint", first]).done();
    assert_eq!(looked(&home, "recipient-show", ["recipient", "show", "Ada"])["keys"].as_array().unwrap().len(), 1);
    home.open(["recipient", "remove", "Ada"]).done();
    let list = looked(&home, "recipient-list", ["recipient", "list"]);
    let of = |name: &str| list.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    for name in ["Ada", "Old server"] {
        assert_eq!((of(name)["in_address_book"].as_bool(), of(name)["keys_held"].as_u64()), (Some(false), Some(1)), "{name}");
    }
    let text = home.run(["recipient", "show", "Old server"]).done().text();
    assert!(text.contains("known from hand-overs alone") && text.contains("deploy"), "{text}");
    home.open(["recipient", "remove", "Ada"]).with(2);
    home.run(["recipient", "show", "Nobody"]).with(2);
}

#[test]
fn recipient_with_a_malformed_key() {
    let home = with_keys();
    let line = std::fs::read_to_string(home.path("ada.txt")).unwrap();
    refused(&home, &line[..40], 2, "not a readable public key");
    let pem = std::fs::read_to_string(home.path("ada.crt")).unwrap();
    std::fs::write(home.path("cut.crt"), &pem[..pem.len() / 2]).unwrap();
    refused(&home, &place(&home, "cut.crt"), 2, "not a readable public key");
    std::fs::write(home.path("noise"), [0xff; 100]).unwrap();
    refused(&home, &place(&home, "noise"), 2, "not a readable public key");
    refused(&home, "no-such-file.pub", 2, "There is no file no-such-file.pub");
    refused(&home, &place(&home, ""), 2, "not a regular file");
}

#[test]
fn recipient_with_an_expired_certificate() {
    let home = home_at("2041-01-01T00:00:00Z");
    certificate(&home, "old.crt", &["-newkey", "rsa:2048"]);
    refused(&home, &place(&home, "old.crt"), 4, "This certificate expired on 20");
}

#[test]
fn a_certificate_that_expires_soon_or_has_expired_is_shown_in_the_list() {
    let home = with_keys();
    add(&home, "Ada", &place(&home, "ada.crt")).done();
    let end = looked(&home, "recipient-list", ["recipient", "list"])[0]["keys"][0]["expires"].as_str().unwrap().to_owned();
    let day = |days: i64| {
        let at: keystead::model::Time = end.parse().unwrap();
        at.plus_days(days).to_string()
    };
    for (days, word) in [(-40, ""), (-20, "(soon)"), (1, "(expired)")] {
        home.set_clock(&day(days));
        let list = home.run(["recipient", "list"]).done().text();
        assert_eq!((list.contains("(soon)"), list.contains("(expired)")), (word == "(soon)", word == "(expired)"), "{list}");
    }
}

/// The DER of a certificate with the last bit of its point turned.
fn off_curve(home: &Home) {
    tool(home, "openssl", ["x509", "-in", "ada.crt", "-outform", "DER", "-out", "ada.der"]);
    tool(home, "openssl", ["x509", "-in", "ada.crt", "-noout", "-pubkey", "-out", "ada.spki"]);
    tool(home, "openssl", ["pkey", "-pubin", "-in", "ada.spki", "-outform", "DER", "-out", "ada.point"]);
    let (mut der, point) = (std::fs::read(home.path("ada.der")).unwrap(), std::fs::read(home.path("ada.point")).unwrap());
    let at = memchr::memmem::find(&der, &point).unwrap() + point.len() - 1;
    der[at] ^= 1;
    std::fs::write(home.path("off.der"), der).unwrap();
}

#[test]
fn recipient_with_an_off_curve_key() {
    let home = with_keys();
    off_curve(&home);
    refused(&home, &place(&home, "off.der"), 2, "does not lie on the curve");
    // y = 2 has no x on the curve of Ed25519.
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    refused(&home, line, 2, "does not lie on the curve");
}

#[test]
fn recipient_with_a_key_of_small_order() {
    let home = Home::with_files();
    // The neutral element of Ed25519, and 32 bytes of zero for age.
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    refused(&home, line, 2, "small order");
    let zeros = bech32::encode::<bech32::Bech32>(bech32::Hrp::parse("age").unwrap(), &[0; 32]).unwrap();
    refused(&home, &zeros, 2, "small order");
}

#[test]
fn recipient_with_an_rsa_key_that_is_too_short() {
    let home = Home::with_files();
    certificate(&home, "short.crt", &["-newkey", "rsa:1024"]);
    refused(&home, &place(&home, "short.crt"), 4, "has 1024 bits, and 2048 is the least");
}

#[test]
fn recipient_with_a_post_quantum_key_that_age_cannot_do_yet() {
    let home = Home::with_files();
    refused(&home, "age1pq1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s", 2, "post-quantum recipient");
}

#[test]
fn a_private_key_given_by_mistake_is_told_loudly_and_not_kept() {
    let home = with_keys();
    for file in ["ada", "ada.age", "kek"] {
        refused(&home, &place(&home, file), 2, "This is a PRIVATE key");
    }
    let identity = std::fs::read_to_string(home.path("ada.age")).unwrap();
    let secret = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    refused(&home, secret, 2, "This is a PRIVATE key");
    let mut folders = vec![home.inventory()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                assert!(!holds(&entry.path(), secret.as_bytes()), "{}", entry.path().display());
            }
        }
    }
}

fn holds(path: &Path, secret: &[u8]) -> bool {
    memchr::memmem::find(&std::fs::read(path).unwrap(), secret).is_some()
}

#[test]
fn several_keys_in_one_file_are_refused() {
    let home = with_keys();
    let both = ["ada.pub", "rsa.pub"].map(|file| std::fs::read_to_string(home.path(file)).unwrap()).concat();
    std::fs::write(home.path("authorized_keys"), both).unwrap();
    refused(&home, &place(&home, "authorized_keys"), 2, "It holds 2 keys");
}

#[test]
fn nothing_is_added_when_one_of_several_keys_is_bad() {
    let home = with_keys();
    let keys = [place(&home, "ada.pub"), place(&home, "ada")];
    home.open(["recipient", "add", "Ada", "--key", &keys[0], &keys[1]]).with(2);
    home.open(["recipient", "add", "Ada", "--service-id", "x", "--key", &keys[0]]).with(2);
    assert_eq!(looked(&home, "recipient-list", ["recipient", "list"]), serde_json::json!([]));
}
