//! What the agent offers: by state, by setting, by time, and only while the inventory is open.

use keystead::custodian::NoProgress;
use keystead::custodian::agent::{Agent, Askpass, Client, Service};
use keystead::model::{AgentUse, Command};
use std::sync::Arc;

use super::{Served, until, with_keys};
use crate::lab::{Lab, generate, passphrase};
use crate::shell::schema;
use crate::support::PASSPHRASE;
use keystead::model::StoreKind;

#[test]
fn a_suspended_key_is_not_offered_and_comes_back_when_resumed() {
    let home = with_keys(&["ed25519", "p256"]);
    let agent = Served::start(&home, &[]);
    assert_eq!(agent.ssh_add("-l").done().text().lines().count(), 2);
    agent.signs(&home, "ed25519").done();
    home.open(["suspend", "ed25519"]).done();
    let listed = agent.ssh_add("-l").done().text();
    assert!(!listed.contains(" ed25519 (") && listed.contains("p256"), "{listed}");
    assert_ne!(agent.signs(&home, "ed25519").code, Some(0), "it was opened before, and signs no more");
    home.open(["resume", "ed25519"]).done();
    agent.signs(&home, "ed25519").done();
    home.open(["destroy", "ed25519", "--now", "--confirm", "ed25519"]).done();
    assert_ne!(agent.signs(&home, "ed25519").code, Some(0));
}

#[test]
fn only_what_was_set_is_offered_or_what_is_named() {
    let home = with_keys(&["ed25519"]);
    home.open(["generate", "other", "--purpose", "ssh", "--algorithm", "ed25519"]).done();
    let agent = Served::start(&home, &[]);
    assert!(!agent.ssh_add("-l").done().text().contains("other"));
    home.open(["agent", "set", "other"]).done();
    assert!(agent.ssh_add("-l").done().text().contains("other"), "set while the agent runs");
    home.open(["agent", "unset", "other", "ed25519"]).done();
    assert_eq!(agent.ssh_add("-l").code, Some(1), "an empty list");
    drop(agent);
    let agent = Served::start(&home, &["--key", "other"]);
    let listed = agent.ssh_add("-l").done().text();
    assert!(listed.contains("other") && listed.lines().count() == 1, "{listed}");
}

#[test]
fn what_is_set_is_listed_and_shown() {
    let home = with_keys(&["ed25519"]);
    home.open(["agent", "set", "ed25519", "--confirm", "--lifetime", "8h"]).done();
    let listed = home.run(["agent", "list", "--json"]).done().json();
    schema::check("agent-list", &listed);
    assert_eq!((&listed[0]["confirm"], &listed[0]["lifetime_seconds"]), (&true.into(), &28_800.into()));
    assert!(home.run(["agent", "list"]).done().text().contains("asks each time, for 8 h"));
    let shown = home.run(["show", "ed25519", "--json"]).done().json();
    schema::check("show", &shown);
    assert_eq!(shown["agent"]["confirm"], true);
    assert!(home.run(["show", "ed25519"]).done().text().contains("offered, asks each time, for 8 h"));
    home.open(["agent", "unset", "ed25519"]).done();
    assert!(home.run(["show", "ed25519", "--json"]).done().json()["agent"].is_null());
}

#[test]
fn a_key_that_ssh_cannot_use_is_refused() {
    let home = with_keys(&["ed25519"]);
    home.open(["generate", "pq", "--algorithm", "ml-dsa-65"]).done();
    let refused = home.open(["agent", "set", "pq"]).with(4);
    assert!(refused.stderr.contains("SSH knows no signatures of ML-DSA-65"), "{}", refused.stderr);
    home.open(["suspend", "ed25519"]).done();
    home.open(["agent", "set", "ed25519"]).with(4);
    home.open(["agent", "set", "ed25519", "--lifetime", "soon"]).with(2);
}

#[test]
fn after_its_lifetime_a_key_is_offered_only_when_it_is_renewed() {
    let home = with_keys(&["ed25519"]);
    home.open(["agent", "set", "ed25519", "--lifetime", "3s"]).done();
    let agent = Served::start(&home, &[]);
    agent.signs(&home, "ed25519").done();
    until("the end of its lifetime", || agent.ssh_add("-l").code == Some(1));
    assert_ne!(agent.signs(&home, "ed25519").code, Some(0));
    home.open(["agent", "set", "ed25519", "--lifetime", "1h"]).done();
    agent.signs(&home, "ed25519").done();
}

#[test]
fn a_locked_inventory_offers_nothing_and_an_unlock_brings_all_back() {
    let lab = Lab::new();
    let custodian = Arc::new(lab.set_up(StoreKind::Files));
    let key = generate(&custodian, "deploy");
    let usage = Some(AgentUse { confirm: false, lifetime_seconds: Some(600) });
    custodian.run(&Command::SetAgent { keys: vec![key], usage }, &NoProgress).unwrap();
    let service = Service {
        path: lab.path("s"),
        chosen: true,
        keys: None,
        confirm: Arc::new(Askpass::of_environment()),
        tell: Arc::new(|_| {}),
    };
    let agent = Agent::start(&custodian, service).unwrap();
    let mut client = Client::connect(agent.path()).unwrap();
    let offered = client.identities().unwrap();
    assert_eq!(offered.len(), 1);
    client.sign(&offered[0], b"data", None).unwrap();
    custodian.lock(true);
    assert!(client.identities().unwrap().is_empty());
    assert!(client.sign(&offered[0], b"data", None).is_err());
    custodian.unlock(Some(passphrase(PASSPHRASE))).unwrap();
    client.sign(&offered[0], b"data", None).unwrap();
    drop(agent);
    assert!(!lab.path("s").exists(), "its socket is gone");
}
