//! A key that is revoked here has its certificates revoked where they were issued, with the server's own list and `openssl` as
//! judges.

use serde_json::Value;

use super::pki::authorities;
use super::server::Bao;
use super::shell::Desk;
use crate::shell::schema;

const TOKEN: Option<(&str, &str)> = Some(("--token-fd", "token"));

const REVOKE: [&str; 5] = ["revoke", "web", "--reason", "key-compromise", "--json"];

/// A server whose PKI engine issued certificates for a key, one in place of the other.
fn issued(test: &str, certificates: usize) -> Option<Desk> {
    let desk = Desk::new(test)?;
    authorities(&desk.bao);
    desk.open(&["store", "add", "openbao", "team", "--address", &desk.bao.address]).done();
    desk.open(&["generate", "web", "--store", "team", "--algorithm", "p256", "--purpose", "tls-server"]).done();
    for _ in 0..certificates {
        let names = ["--subject", "CN=shop.example", "--dns", "shop.example"];
        desk.open(&[&["issue", "web", "--pki", "pki/web"][..], &names].concat()).done();
    }
    Some(desk)
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().all(|word| text.contains(word))
}

fn serials(shown: &Value) -> Vec<String> {
    shown["versions"][0]["issued"].as_array().unwrap().iter().map(|one| one["serial"].as_str().unwrap().to_owned()).collect()
}

/// Whether the authority's list names a certificate, and what the server says of it.
fn revoked_there(bao: &Bao, serial: &str) -> (bool, bool) {
    bao.file("list.pem", bao.bao(["read", "-field=certificate", "pki/cert/crl"]));
    let listed = bao.openssl("crl -in list.pem -noout -text").contains(&serial.replace(':', "").to_uppercase());
    let since = bao.bao(["read", "-field=revocation_time", &format!("pki/cert/{serial}")]);
    (listed, since.trim() != "0")
}

fn alerted(desk: &Desk) -> bool {
    let alerts = desk.run(&["alerts", "--json"], None).json();
    schema::check("alerts", &alerts);
    alerts.as_array().unwrap().iter().any(|alert| alert["kind"] == "certificate-not-revoked")
}

#[test]
fn every_certificate_that_a_server_issued_for_a_revoked_version_is_on_its_list() {
    let Some(desk) = issued("openbao_revocation", 2) else { return };
    let before = serials(&desk.shown("web"));
    assert_eq!(before.len(), 2);
    assert_eq!(revoked_there(&desk.bao, &before[0]), (false, false));
    let said = desk.open(&REVOKE).done().json();
    schema::check("revoke", &said);
    assert_eq!(said["state"], "compromised");
    for (one, serial) in said["certificates"].as_array().unwrap().iter().zip(&before) {
        assert_eq!((&one["store"], &one["mount"], &one["serial"]), (&"team".into(), &"pki".into(), &serial.as_str().into()));
        assert!(one["revoked"].is_string(), "{one}");
        assert_eq!(revoked_there(&desk.bao, serial), (true, true));
    }
    assert!(!alerted(&desk));
    let history = desk.shown("web")["history"].to_string();
    assert!(says(&history, &["had the certificate of web", &before[1], "revoked at team"]), "{history}");
    desk.run(&["audit", "verify"], None).done();
}

#[test]
fn what_could_not_be_revoked_there_is_said_and_the_next_reconciliation_does_it() {
    let Some(desk) = issued("openbao_revocation_later", 1) else { return };
    let serial = serials(&desk.shown("web")).remove(0);
    // Nobody is logged in.
    let ended = desk.run(&REVOKE, None);
    let said = ended.json();
    schema::check("revoke", &said);
    assert_eq!((ended.code, &said["state"]), (Some(3), &"compromised".into()), "it is revoked here all the same");
    assert!(said["certificates"][0]["revoked"].is_null());
    assert!(says(said["notice"].as_str().unwrap(), &["still to be revoked at team", &serial, "reconcile team"]), "{said}");
    assert_eq!(revoked_there(&desk.bao, &serial), (false, false));
    assert!(alerted(&desk));

    // The policy permits everything but that.
    desk.bao.policy("keys", r#"path "transit/*" { capabilities = ["read", "list"] }"#);
    std::fs::write(desk.home.path("narrow"), desk.bao.token(&["keys"], "1h")).unwrap();
    let ended = desk.run(&["reconcile", "team", "--json"], Some(("--token-fd", "narrow"))).with(1);
    let found = ended.json();
    schema::check("reconcile", &found);
    let trouble = found[0]["certificates"][0]["trouble"].as_str().unwrap();
    assert!(says(trouble, &[r#"path "pki/revoke" { capabilities = ["update"] }"#]), "{trouble}");
    assert!(alerted(&desk));

    let found = desk.run(&["reconcile", "team", "--json"], TOKEN).done().json();
    assert_eq!(found[0]["certificates"][0]["serial"], serial.as_str());
    assert!(found[0]["certificates"][0]["revoked"].is_string(), "{found}");
    assert_eq!(revoked_there(&desk.bao, &serial), (true, true));
    assert!(!alerted(&desk));
    let again = desk.run(&["reconcile", "team", "--json"], TOKEN).done().json();
    assert_eq!(again[0]["certificates"].as_array().unwrap().len(), 0, "once is enough");
}

#[test]
fn a_key_is_revoked_though_its_server_is_gone() {
    let Some(desk) = issued("openbao_revocation_gone", 1) else { return };
    let Desk { home, bao } = desk;
    let bare = Desk { home, bao: Bao::start("openbao_revocation_gone").unwrap() };
    drop(bao);
    let said = bare.open(&REVOKE).with(3).json();
    assert_eq!(said["state"], "compromised");
    assert!(says(said["notice"].as_str().unwrap(), &["still to be revoked at team", "Check the addresses"]), "{said}");
    assert!(alerted(&bare));
}
