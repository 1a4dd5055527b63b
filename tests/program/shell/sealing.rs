//! What leaves by `seal`: to recipients of the address book, whose own tools alone open the file.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{facts, home_at, looked, place, tool};
use crate::support::{Ended, Home};

/// Recipients of every kind, each with its private half in the home, and keys that may leave.
pub fn book() -> Home {
    let home = Home::with_files();
    fill(&home);
    home
}

/// The same in a home that is there already.
pub fn fill(home: &Home) {
    tool(home, "age-keygen", ["-o", "ada.age"]);
    let line = tool(home, "age-keygen", ["-y", "ada.age"]);
    tool(home, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "bob"]);
    tool(home, "ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "eve"]);
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    for (name, more) in [("rsa", &["-newkey", "rsa:2048"][..]), ("ec", &curve)] {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let fixed = ["req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=x", "-keyout", &key, "-out", &certificate];
        tool(home, "openssl", fixed.iter().chain(more).copied());
    }
    tool(home, "openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out", "kek.key"]);
    tool(home, "openssl", ["pkey", "-in", "kek.key", "-pubout", "-out", "kek.pem"]);
    for (name, key) in [
        ("Ada", line.trim().to_owned()),
        ("Bob", place(home, "bob.pub")),
        ("Eve", place(home, "eve.pub")),
        ("Hosting", place(home, "rsa.crt")),
        ("Curves", place(home, "ec.crt")),
    ] {
        home.open(["recipient", "add", name, "--key", &key]).done();
    }
    let vault = "https://a.vault.azure.net/keys/kek/1";
    home.open(["recipient", "add", "Vault", "--key", &place(home, "kek.pem"), "--service-id", vault]).done();
    for (name, algorithm) in [("ed", "ed25519"), ("ec", "p256"), ("rsa", "rsa2048")] {
        home.open(["generate", name, "--algorithm", algorithm]).done();
        home.open(["policy", "set", "--key", name, "exportable=yes"]).done();
    }
}

pub fn seal(home: &Home, more: &[&str]) -> Ended {
    home.open(["seal"].iter().chain(more))
}

fn given(home: &Home) -> Vec<Value> {
    looked(home, "handover-list", ["handover", "list"]).as_array().unwrap().clone()
}

/// The public half of the key, as the inventory has it.
fn is_the_key(home: &Home, key: &str, opened: &str) {
    let public = tool(home, "openssl", ["pkey", "-in", opened, "-pubout"]);
    home.run(["export", key, "--format", "spki-pem", "--replace", "--out", &place(home, "public.pem")]).done();
    assert_eq!(public.trim(), std::fs::read_to_string(home.path("public.pem")).unwrap().trim());
}

#[test]
fn an_age_file_is_opened_by_each_recipient_and_is_on_record_for_each() {
    let home = book();
    let file = place(&home, "ed.age");
    let sealed = facts(&home, "seal", ["seal", "ed", "--to", "Ada", "Bob", "--to", "Eve", "--out", &file]);
    assert_eq!((sealed["format"].as_str(), sealed["opened_by"].as_str()), (Some("age"), Some("age -d -i KEY ed.age")));
    assert_eq!(sealed["recipients"].as_array().unwrap().len(), 3);
    let notice = sealed["notice"].as_str().unwrap();
    assert!(notice.contains("Ada, Bob and Eve") && notice.contains("Compare it with them"), "{notice}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for identity in ["ada.age", "bob", "eve"] {
        let opened = place(&home, "opened");
        tool(&home, "age", ["-d", "-i", identity, "-o", &opened, "ed.age"]);
        is_the_key(&home, "ed", &opened);
    }
    let given = given(&home);
    let mut names: Vec<_> = given.iter().map(|one| one["recipient"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ada", "Bob", "Eve"]);
    assert!(given.iter().all(|one| one["format"] == "age" && one["elsewhere"] == false));
    assert!(home.run(["audit", "show"]).done().text().contains("handed private key, age of ed to Ada, Bob and Eve."));
    // Who has it is asked when a new version is there.
    home.open(["rotate", "ed"]).done();
    assert_eq!(looked(&home, "delivery-list", ["delivery", "list"]).as_array().unwrap().len(), 3);
}

#[test]
fn cms_is_opened_by_each_certificate() {
    let home = book();
    let file = place(&home, "both.p7m");
    let sealed = facts(&home, "seal", ["seal", "ec", "rsa", "ec", "--to", "Hosting", "Curves", "--out", &file]);
    assert_eq!(sealed["format"], "cms", "where nobody has a key of age");
    for name in ["rsa", "ec"] {
        let (key, certificate, opened) = (format!("{name}.key"), format!("{name}.crt"), place(&home, "opened"));
        let command = ["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "both.p7m", "-inkey", &key, "-recip", &certificate];
        tool(&home, "openssl", command.into_iter().chain(["-out", &opened]));
        let text = std::fs::read_to_string(&opened).unwrap();
        assert_eq!(text.matches("BEGIN PRIVATE KEY").count(), 2, "named twice it lies there once");
        assert!(text.starts_with("# ec\n-----BEGIN PRIVATE KEY-----") && text.contains("\n# rsa\n"), "{text}");
        is_the_key(&home, "ec", &opened);
    }
}

#[test]
fn each_cloud_service_gets_its_own_form() {
    let home = book();
    let oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt"];
    for (format, hash) in [("byok-aws", "sha256"), ("byok-gcp", "sha256"), ("byok-azure", "sha1")] {
        let file = place(&home, format);
        let sealed = facts(&home, "seal", ["seal", "rsa", "--to", "Vault", "--format", format, "--out", &file]);
        assert!(sealed["method"].is_string() && sealed["opened_by"].as_str().unwrap().contains(format), "{sealed}");
        let mut bytes = std::fs::read(&file).unwrap();
        if format == "byok-azure" {
            let blob: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(blob["header"]["kid"], "https://a.vault.azure.net/keys/kek/1");
            std::fs::write(home.path("text"), blob["ciphertext"].as_str().unwrap()).unwrap();
            let script = "import base64; print(base64.urlsafe_b64decode(open('text').read() + '===').hex())";
            let hex = tool(&home, "/usr/bin/python3", ["-c", script]);
            bytes = (0..hex.trim().len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        }
        std::fs::write(home.path("first"), &bytes[..384]).unwrap();
        std::fs::write(home.path("rest"), &bytes[384..]).unwrap();
        let (label, mask) = (format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{hash}"));
        let first = ["pkeyutl", "-decrypt", "-inkey", "kek.key", "-in", "first", "-out", "aes"];
        tool(&home, "openssl", first.into_iter().chain(oaep).chain([&*label, "-pkeyopt", &mask]));
        let key = keystead::model::hex::encode(&std::fs::read(home.path("aes")).unwrap());
        let rest = ["enc", "-d", "-id-aes256-wrap-pad", "-iv", "A65959A6", "-K", &key, "-in", "rest", "-out", "opened"];
        tool(&home, "openssl", rest);
        is_the_key(&home, "rsa", "opened");
    }
    // Without a form the service cannot be told from its key.
    let ended = seal(&home, &["rsa", "--to", "Vault", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("Vault has wrapping key"), "{}", ended.stderr);
    let ended = seal(&home, &["ed", "--to", "Vault", "--format", "byok-aws", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("Ed25519") && ended.stderr.contains("no place"), "{}", ended.stderr);
    let ended = seal(&home, &["rsa", "ec", "--to", "Vault", "--format", "byok-aws", "--out", &place(&home, "none")]).with(2);
    assert!(ended.stderr.contains("holds one key"), "{}", ended.stderr);
    assert!(!home.path("none").exists());
}

#[test]
fn a_confirmed_key_needs_no_notice() {
    let home = book();
    let shown = looked(&home, "recipient-show", ["recipient", "show", "Ada"]);
    let print = shown["keys"][0]["fingerprint"].as_str().unwrap();
    home.open(["recipient", "confirm", "Ada", "--fingerprint", print, "--way", "call"]).done();
    let sealed = facts(&home, "seal", ["seal", "ed", "--to", "Ada", "--out", &place(&home, "ed.age")]);
    assert!(sealed["notice"].is_null() && sealed["recipients"][0]["confirmed"] == true, "{sealed}");
    let text = seal(&home, &["ed", "--to", "Bob", "--out", &place(&home, "b.age")]).done();
    assert!(text.stderr.contains("Nobody has confirmed the fingerprint of Bob."), "{}", text.stderr);
    assert!(text.text().contains("They open it with: age -d -i KEY b.age"), "{}", text.text());
}

#[test]
fn recipient_that_is_missing_does_not_fit_or_has_expired() {
    let home = home_at("2026-11-01T12:00:00Z");
    fill(&home);
    // Certificates of openssl count from the machine's day, not from the one of this test.
    let out = place(&home, "none");
    let refused = |more: &[&str], code: i32, words: &str| {
        let ended = seal(&home, &more.iter().copied().chain(["--out", &*out]).collect::<Vec<_>>()).with(code);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    };
    refused(&["ed", "--to", "Nobody"], 2, "no recipient “Nobody”");
    refused(&["ed", "--to", "Ada", "Hosting"], 2, "No one form fits all of these recipients");
    refused(&["ed", "--to", "Ada", "--format", "cms"], 4, "Ada has no certificate");
    refused(&["ed", "--to", "Hosting", "--format", "age"], 4, "Hosting has no age or SSH key");
    refused(&["ed", "--to", "Ada", "--format", "pkcs8"], 2, "there are: age, cms, byok-aws, byok-azure, byok-gcp");
    refused(&["ed"], 2, "--to");
    home.set_clock("2036-11-01T12:00:00Z");
    refused(&["ed", "--to", "Hosting"], 4, "The X.509 certificate of Hosting expired on 20");
    assert!(!home.path("none").exists());
    assert!(given(&home).is_empty());
}

#[test]
fn policy_and_state_keep_a_key_from_being_sealed() {
    let home = book();
    let out = place(&home, "none");
    home.open(["policy", "set", "--key", "ed", "exportable=no"]).done();
    assert!(seal(&home, &["ec", "ed", "--to", "Ada", "--out", &out]).with(4).stderr.contains("exportable"));
    home.open(["suspend", "ec", "--reason", "looking into it"]).done();
    assert!(seal(&home, &["ec", "--to", "Ada", "--out", &out]).with(4).stderr.contains("suspended"));
    seal(&home, &["rsa", "--to", "Ada", "--out", "-"]).with(2);
    assert!(!home.path("none").exists() && given(&home).is_empty());
}

#[test]
fn symmetric_keys_leave_as_a_set_of_json_web_keys() {
    let home = book();
    super::wrapping::import_symmetric(&home);
    let file = place(&home, "mixed.age");
    seal(&home, &["aes", "ec", "--to", "Ada", "--out", &file]).done();
    let opened = tool(&home, "age", ["-d", "-i", "ada.age", "mixed.age"]);
    let set: Value = serde_json::from_str(&opened).unwrap();
    assert_eq!((set["keys"][0]["kty"].as_str(), set["keys"][0]["kid"].as_str()), (Some("oct"), Some("aes")));
    assert_eq!(set["keys"][1]["crv"], "P-256");
    std::fs::write(home.path("set"), &opened).unwrap();
    let other = Home::with_files();
    other.open(["import", &place(&home, "set")]).done();
    assert_eq!(looked(&other, "list", ["list"]).as_array().unwrap().len(), 2);
}
