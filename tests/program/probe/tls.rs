//! TLS of OpenSSL: versions, kinds of keys, chains, and many at a time.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::servers::{P256, certificate, openssl, tls_server};
use super::{finding, probe, probe_with_root};
use crate::support::Home;

#[test]
fn each_version_shows_each_kind_of_key() {
    let home = Home::new();
    let kinds: [(&str, &[&str], &str); 4] = [
        ("p256", P256, "ECDSA P-256"),
        ("p521", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], "ECDSA P-521"),
        ("rsa", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "RSA 2048"),
        ("ed25519", &["-algorithm", "ED25519"], "Ed25519"),
    ];
    for (name, kind, algorithm) in kinds {
        certificate(&home, name, kind);
        // In TLS 1.2 the curve would also have to be one of those that exchange keys.
        let versions = [("-tls1_3", "TLS 1.3"), ("-tls1_2", "TLS 1.2")];
        for (option, version) in versions.into_iter().take(if name == "p521" { 1 } else { 2 }) {
            let server = tls_server(&home, name, &[option]);
            let found = probe_with_root(&home, 0, &server.address());
            let key = &found[0]["keys"][0];
            assert_eq!(key["algorithm"], algorithm);
            assert!(key["agreed"].as_str().unwrap().starts_with(version), "{key}");
            let spki = openssl(&home, ["pkey", "-in", &format!("{name}.key"), "-pubout", "-outform", "DER"]);
            assert_eq!(key["spki_sha256"], keystead::crypto::sha256(&spki).to_string());
            let certificate = &key["certificate"];
            assert_eq!(certificate["trust"], "trusted");
            assert_eq!(certificate["names"][0], "DNS:localhost");
            assert_eq!(certificate["usages"][0], "server authentication");
        }
    }
}

#[test]
fn a_p521_certificate_is_understood_with_tls_1_3_and_with_tls_1_2_it_is_said_why_not() {
    let home = Home::new();
    certificate(&home, "p521", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]);
    let server = tls_server(&home, "p521", &["-tls1_3"]);
    let found = probe_with_root(&home, 0, &server.address());
    assert_eq!(found[0]["keys"][0]["algorithm"], "ECDSA P-521");
    assert!(found[0]["keys"][0]["agreed"].as_str().unwrap().starts_with("TLS 1.3"));
    let server = tls_server(&home, "p521", &["-tls1_2"]);
    let found = probe_with_root(&home, 3, &server.address());
    let (kind, sentence) = finding(&found);
    assert_eq!(kind, "no-answer");
    assert!(sentence.contains("P-521 key is understood with TLS 1.3 only"), "{sentence}");
}

#[test]
fn a_server_of_old_versions_is_said() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let found = probe_with_root(&home, 3, &server.address());
    assert!(finding(&found).1.contains("only versions of TLS before 1.2"), "{found:#}");
}

#[test]
fn an_issuer_that_the_system_does_not_know_is_said() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &[]);
    let found = probe(&home, 1, [server.address().as_str()]);
    let (kind, sentence) = finding(&found);
    assert_eq!(kind, "not-trusted");
    assert!(sentence.contains("no root of this system issued it") || sentence.contains("no root certificates"), "{sentence}");
}

#[test]
fn another_name_is_said() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &[]);
    let found = probe_with_root(&home, 1, &format!("127.0.0.1:{}", server.port));
    assert_eq!(found[0]["keys"][0]["certificate"]["trust"], "other-name");
}

#[test]
fn a_certificate_that_ends_or_ended_is_said() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &[]);
    let in_days = |days: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string();
    home.set_clock(&in_days(380));
    assert_eq!(finding(&probe_with_root(&home, 1, &server.address())).0, "expiring");
    home.set_clock(&in_days(401));
    let over = probe_with_root(&home, 1, &server.address());
    assert_eq!(finding(&over).0, "expired");
    assert_eq!(over[0]["keys"][0]["certificate"]["trust"], "expired");
}

#[test]
fn a_server_that_asks_for_a_certificate_has_shown_its_own() {
    let home = Home::new();
    certificate(&home, "own", P256);
    for version in ["-tls1_2", "-tls1_3"] {
        let server = tls_server(&home, "own", &[version, "-Verify", "1"]);
        assert_eq!(probe_with_root(&home, 0, &server.address())[0]["keys"][0]["certificate"]["trust"], "trusted");
    }
}

#[test]
fn two_hundred_servers_of_which_some_are_silent_take_no_longer_than_five_seconds() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let servers: Vec<_> = (0..6).map(|_| tls_server(&home, "own", &[])).collect();
    // They listen on every address of this machine; the silent one on its own.
    let silent: Vec<_> = (0..20).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let addresses: Vec<String> = (0..200_u8)
        .map(|number| match number % 10 {
            9 => silent[usize::from(number / 10)].local_addr().unwrap().to_string(),
            _ => format!("127.0.2.{}:{}", number + 1, servers[usize::from(number) % servers.len()].port),
        })
        .collect();
    let began = Instant::now();
    let found = probe(&home, 1, addresses.iter().map(String::as_str));
    let took = began.elapsed();
    let shown = found.as_array().unwrap().iter().filter(|server| server["keys"].as_array().unwrap().len() == 1).count();
    assert_eq!(shown, 180);
    assert!(took < Duration::from_secs(5), "{took:?}");
}
