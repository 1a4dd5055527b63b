//! Requests that others verify, and certificates that come back.

use super::{facts, looked, place, tool};
use crate::support::Home;

const ALGORITHMS: [&str; 10] =
    ["ed25519", "p256", "p384", "p521", "rsa2048", "rsa3072", "rsa4096", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];

#[test]
fn every_algorithm_makes_a_key_whose_request_verifies() {
    let home = Home::with_files();
    for algorithm in ALGORITHMS {
        let key = &facts(&home, "generate", ["generate", algorithm, "--algorithm", algorithm])["keys"][0];
        assert_eq!(key["algorithm"], algorithm);
        let (pem, der) = (place(&home, &format!("{algorithm}.csr")), place(&home, &format!("{algorithm}.der")));
        let subject = ["--subject", "CN=a.example,O=X", "--dns", "a.example"];
        home.open(["request", algorithm, "--out", &pem].iter().chain(&subject).copied()).done();
        home.open(["request", algorithm, "--format", "der", "--out", &der]).done();
        let written = std::fs::read(&der).unwrap();
        let own = keystead::formats::request::verify(&written).unwrap();
        assert_eq!(own.subject, "CN=a.example,O=X");
        assert_eq!(keystead::formats::request::verify(&std::fs::read(&pem).unwrap()).unwrap().public_key, own.public_key);
        // Debian's OpenSSL does not know ML-DSA; its status is 0 even on a bad signature.
        if !algorithm.starts_with("ml-dsa") {
            for form in [["PEM", &pem], ["DER", &der]] {
                let said = tool(&home, "openssl", ["req", "-verify", "-noout", "-text", "-inform", form[0], "-in", form[1]]);
                assert!(said.contains("verify OK") && said.contains("DNS:a.example"), "{algorithm}: {said}");
            }
        }
        let mut broken = written;
        *broken.last_mut().unwrap() ^= 1;
        assert!(keystead::formats::request::verify(&broken).is_err(), "{algorithm}");
    }
}

#[test]
fn usages_follow_the_purpose_and_the_last_request_is_taken_up() {
    let home = Home::with_files();
    home.open(["generate", "a", "--purpose", "tls-server"]).done();
    home.open(["request", "a", "--out", "-"]).with(2);
    let first =
        home.open(["request", "a", "--subject", "CN=a", "--dns", "a.example", "--ip", "2001:db8::1", "--out", "-"]).done();
    let second = home.open(["request", "a", "--out", &place(&home, "second.csr")]).done();
    assert!(first.text().starts_with("-----BEGIN CERTIFICATE REQUEST-----") && second.text().starts_with("Wrote"));
    let said = tool(&home, "openssl", ["req", "-in", &place(&home, "second.csr"), "-noout", "-text"]);
    for part in ["DNS:a.example", "2001:DB8:0:0:0:0:0:1", "TLS Web Server Authentication", "Digital Signature"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let shown = looked(&home, "show", ["show", "a"]);
    assert_eq!(shown["versions"][0]["request"]["dns"], serde_json::json!(["a.example"]));
}

#[test]
fn an_invalid_dns_name_ip_or_email_in_a_request_is_told_and_nothing_is_written() {
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    let out = place(&home, "a.csr");
    let wrong: [(&[&str], &str); 6] = [
        (&["--dns", "two words"], "two words"),
        (&["--dns", "a-.example"], "hyphen"),
        (&["--ip", "300.1.1.1"], "300.1.1.1"),
        (&["--email", "nobody"], "nobody"),
        (&["--uri", "no scheme"], "no scheme"),
        (&["--subject", "no equals sign"], "no equals sign"),
    ];
    for (typed, named) in wrong {
        let ended = home.open(["request", "a", "--out", &out].iter().chain(typed).copied()).with(2);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
    }
    assert!(!home.path("a.csr").exists());
}

/// A certificate for a request, by an authority that is made for it.
fn certificate(home: &Home, csr: &str, name: &str, form: &str) -> String {
    let (key, authority, out) = (place(home, "ca.key"), place(home, "ca.crt"), place(home, name));
    if !home.path("ca.crt").exists() {
        let request = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "9",
            "-subj",
            "/CN=Test CA",
        ];
        tool(home, "openssl", request.into_iter().chain(["-keyout", &key, "-out", &authority]));
    }
    let sign =
        ["x509", "-req", "-days", "20", "-in", csr, "-CA", &authority, "-CAkey", &key, "-CAcreateserial", "-outform", form];
    tool(home, "openssl", sign.into_iter().chain(["-out", &out]));
    out
}

#[test]
fn the_certificate_of_a_key_is_attached_and_drives_its_expiry() {
    let home = Home::with_files();
    home.open(["generate", "a", "--purpose", "tls-server"]).done();
    let csr = place(&home, "a.csr");
    home.open(["request", "a", "--subject", "CN=a.example", "--out", &csr]).done();
    for form in ["PEM", "DER"] {
        let file = certificate(&home, &csr, &format!("a.{form}"), form);
        facts(&home, "done", ["attach", "a", &file]);
    }
    let shown = looked(&home, "show", ["show", "a"]);
    let found = &shown["versions"][0]["certificate"];
    assert_eq!((found["subject"].as_str(), found["issuer"].as_str()), (Some("CN=a.example"), Some("CN=Test CA")));
    assert_eq!(shown["expires"], found["not_after"]);
    assert_ne!(shown["expires"], shown["versions"][0]["expires"]);
}

#[test]
fn a_certificate_for_another_key_is_refused() {
    let home = Home::with_files();
    for name in ["a", "b"] {
        home.open(["generate", name]).done();
    }
    let csr = place(&home, "a.csr");
    home.open(["request", "a", "--subject", "CN=a.example", "--out", &csr]).done();
    let file = certificate(&home, &csr, "a.crt", "PEM");
    let ended = home.open(["attach", "b", &file]).with(4);
    assert!(ended.stderr.contains("fits a"), "{}", ended.stderr);
    assert!(looked(&home, "show", ["show", "b"])["versions"][0]["certificate"].is_null());
}

#[test]
fn what_is_no_certificate_is_told() {
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    std::fs::write(home.path("garbage"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    std::fs::write(home.path("empty"), "").unwrap();
    for file in ["garbage", "empty", "passphrase", "not there", "inventory"] {
        let ended = home.open(["attach", "a", &place(&home, file)]).with(3);
        assert!(ended.stderr.contains(file), "{}", ended.stderr);
    }
}
