//! What leaves by `wrap`, under another key, and the check values of symmetric keys.

use serde_json::Value;

use super::{facts, looked, place, tool};
use crate::support::{Ended, Home};

/// The key under which others are wrapped, in hexadecimal.
const KEK: &str = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";
/// An HMAC key of 20 bytes.
const MAC: &str = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";
/// The key of FIPS 197 appendix C.3.
const AES: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Brings in the keys above as `kek`, `aes` and `mac`, which may leave.
pub fn import_symmetric(home: &Home) {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    for (name, algorithm, key) in [("kek", "A256KW", KEK), ("aes", "A256GCM", AES), ("mac", "HS256", MAC)] {
        let k = Base64UrlUnpadded::encode_string(&bytes(key));
        let jwk = serde_json::json!({ "kty": "oct", "alg": algorithm, "kid": name, "k": k });
        std::fs::write(home.path(&format!("{name}.jwk")), jwk.to_string()).unwrap();
        home.open(["import", &place(home, &format!("{name}.jwk"))]).done();
        home.open(["policy", "set", "--key", name, "exportable=yes"]).done();
    }
}

fn keys() -> Home {
    let home = Home::with_files();
    import_symmetric(&home);
    home.open(["generate", "ed", "--purpose", "ssh"]).done();
    home.open(["policy", "set", "--key", "ed", "exportable=yes"]).done();
    home.open(["generate", "rsa", "--algorithm", "rsa2048"]).done();
    home
}

fn wrap(home: &Home, key: &str, under: &str, more: &[&str]) -> Ended {
    let out = place(home, "out");
    let _ = std::fs::remove_file(&out);
    home.open(["wrap", key, "--under", under, "--out", &out].iter().chain(more))
}

fn openssl_unwraps(home: &Home, cipher: &str, iv: &str) -> Vec<u8> {
    tool(home, "openssl", ["enc", "-d", cipher, "-K", KEK, "-iv", iv, "-in", "out", "-out", "opened"]);
    std::fs::read(home.path("opened")).unwrap()
}

#[test]
fn keys_are_wrapped_under_an_aes_key_and_openssl_unwraps_them() {
    let home = keys();
    let (pad, plain) = ("A65959A6", "A6A6A6A6A6A6A6A6");
    wrap(&home, "mac", "kek", &[]).done();
    assert_eq!(openssl_unwraps(&home, "-id-aes256-wrap-pad", pad), bytes(MAC));
    let text = wrap(&home, "aes", "kek", &["--format", "aes-kw"]).done().text();
    assert!(text.contains("private key, AES-KW under kek."), "{text}");
    assert_eq!(openssl_unwraps(&home, "-id-aes256-wrap", plain), bytes(AES));
    wrap(&home, "ed", "kek", &["--to", "Partner"]).done();
    openssl_unwraps(&home, "-id-aes256-wrap-pad", pad);
    let public = tool(&home, "openssl", ["pkey", "-inform", "DER", "-in", "opened", "-pubout"]);
    home.run(["export", "ed", "--format", "spki-pem", "--out", &place(&home, "ed.pem")]).done();
    assert_eq!(public, std::fs::read_to_string(home.path("ed.pem")).unwrap());
    let ended = wrap(&home, "mac", "kek", &["--format", "aes-kw"]).with(2);
    assert!(ended.stderr.contains("multiples of 8") && ended.stderr.contains("aes-kwp"), "{}", ended.stderr);
    assert!(!home.path("out").exists());
    let given = looked(&home, "handover-list", ["handover", "list"]);
    let of = |recipient: &str| given.as_array().unwrap().iter().filter(|one| one["recipient"] == recipient).count();
    assert_eq!((of("Partner"), given.as_array().unwrap().len()), (1, 3));
    assert!(home.run(["audit", "show"]).done().text().contains("handed private key, AES-KWP of ed under kek to Partner."));
}

#[test]
fn keys_are_wrapped_under_an_rsa_key_and_openssl_unwraps_them() {
    let home = keys();
    home.open(["policy", "set", "--key", "rsa", "exportable=yes"]).done();
    let wrapped = facts(&home, "wrap", ["wrap", "aes", "--under", "rsa", "--out", &place(&home, "out")]);
    assert_eq!((wrapped["format"].as_str(), wrapped["under"].as_str()), (Some("rsa-oaep"), Some("rsa")));
    assert!(wrapped["notice"].as_str().unwrap().contains("112 bits"), "RSA 2048 is weaker than AES-256: {wrapped}");
    let own = ["export", "rsa", "--private", "--format", "pkcs8-plain", "--confirm", "rsa", "--out", &place(&home, "rsa.key")];
    home.open(own).done();
    let oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"];
    let decrypt = ["pkeyutl", "-decrypt", "-inkey", "rsa.key", "-in", "first", "-out", "opened"];
    std::fs::copy(home.path("out"), home.path("first")).unwrap();
    tool(&home, "openssl", decrypt.into_iter().chain(oaep));
    assert_eq!(std::fs::read(home.path("opened")).unwrap(), bytes(AES));
    wrap(&home, "ed", "rsa", &[]).done();
    let file = std::fs::read(home.path("out")).unwrap();
    std::fs::write(home.path("first"), &file[..256]).unwrap();
    std::fs::write(home.path("rest"), &file[256..]).unwrap();
    tool(&home, "openssl", decrypt.into_iter().chain(oaep));
    let key = keystead::model::hex::encode(&std::fs::read(home.path("opened")).unwrap());
    let rest = ["enc", "-d", "-id-aes256-wrap-pad", "-iv", "A65959A6", "-K", &key, "-in", "rest", "-out", "pkcs8"];
    tool(&home, "openssl", rest);
    tool(&home, "openssl", ["pkey", "-inform", "DER", "-in", "pkcs8", "-noout"]);
}

#[test]
fn what_may_wrap_is_active_has_no_other_purpose_and_is_another_key() {
    let home = keys();
    for (name, purpose) in [("kek", "custom"), ("aes", "custom"), ("mac", "token-signing")] {
        assert_eq!(looked(&home, "show", ["show", name])["purpose"], purpose, "{name}");
    }
    home.open(["generate", "web", "--algorithm", "rsa2048", "--purpose", "tls-server"]).done();
    home.open(["generate", "ec", "--algorithm", "p256"]).done();
    let refused = |key: &str, under: &str, more: &[&str], code: i32, words: &str| {
        let ended = wrap(&home, key, under, more).with(code);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        assert!(!home.path("out").exists());
    };
    refused("aes", "web", &[], 4, "its purpose is “TLS server”");
    refused("aes", "ec", &[], 4, "it is a key for ECDSA P-256");
    refused("aes", "mac", &[], 4, "it is a key for HMAC");
    refused("kek", "kek", &[], 4, "under itself");
    refused("aes", "nothing", &[], 2, "no key “nothing”");
    refused("aes", "kek", &["--format", "rsa-oaep"], 2, "aes-kwp or aes-kw, not as rsa-oaep");
    refused("aes", "kek", &["--format", "age"], 2, "there are: aes-kwp, aes-kw, rsa-oaep, rsa-aes-kwp");
    home.open(["policy", "set", "--key", "aes", "exportable=no"]).done();
    refused("aes", "kek", &[], 4, "exportable");
    home.open(["suspend", "kek", "--reason", "looking into it"]).done();
    refused("mac", "kek", &[], 4, "Kek cannot be used to wrap: it is suspended");
    home.open(["wrap", "mac", "--under", "rsa", "--out", "-"]).with(2);
    assert!(looked(&home, "handover-list", ["handover", "list"]).as_array().unwrap().is_empty());
}

/// The first bytes of a tool's answer, as a check value is written.
fn first(home: &Home, script: &str) -> String {
    tool(home, "sh", ["-c", script]).trim()[..6].to_uppercase()
}

#[test]
fn the_key_check_value_is_worked_out_when_asked_for_and_kept_nowhere() {
    let home = keys();
    let log = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    let kcv = |key: &str| {
        let shown: Value = facts(&home, "show", ["show", key, "--kcv"]);
        shown["versions"][0]["kcv"].as_str().map(str::to_owned)
    };
    let block = format!("head -c16 /dev/zero | openssl enc -aes-256-ecb -nopad -K {AES} | od -An -tx1 | tr -d ' '");
    assert_eq!(kcv("aes"), Some(first(&home, &block)));
    let mac = format!("printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:{MAC} -r");
    assert_eq!(kcv("mac"), Some(first(&home, &mac)));
    assert_eq!(kcv("ed"), None, "a pair has a fingerprint");
    assert!(home.open(["show", "aes", "--kcv"]).done().text().contains("Check value   version 1: F29000"));
    assert!(looked(&home, "show", ["show", "aes"])["versions"][0]["kcv"].is_null(), "nobody asked");
    home.run(["show", "aes", "--kcv"]).with(2);
    let none = home.run(["export", "aes", "--format", "spki-pem", "--out", &place(&home, "none")]).with(2);
    assert!(none.stderr.contains("it has no public half"), "{}", none.stderr);
    let after = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    assert_eq!(after[..log.len()], log, "what was there is as it was");
    assert!(!String::from_utf8_lossy(&after).to_uppercase().contains("F29000"), "it is kept nowhere");
}
