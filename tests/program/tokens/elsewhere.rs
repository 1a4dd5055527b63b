//! Keys of a token where the rest of the program meets them: the SSH agent, backups, and everything by which private
//! halves leave.

use std::fs::File;

use super::super::agent::clients::{login, sshd};
use super::super::agent::{Served, public};
use super::super::support::{end_of, has, skip};
use super::shell::Desk;

fn with_ssh_keys(desk: &Desk, algorithms: &[&str]) {
    for algorithm in algorithms {
        desk.open(&["generate", algorithm, "--purpose", "ssh", "--algorithm", algorithm, "--store", "hsm"]).done();
        desk.run(&["agent", "set", algorithm], None).done();
        public(&desk.home, algorithm);
    }
}

/// An agent that was given the PIN once.
fn served(desk: &Desk) -> Served {
    Served::start_with(&desk.home, &["--pin-fd", "0"], |command| {
        command.env("SOFTHSM2_CONF", desk.home.path("hsm/softhsm2.conf")).stdin(File::open(desk.home.path("pin")).unwrap());
    })
}

#[test]
fn ssh_logs_in_with_a_key_that_never_leaves_its_token() {
    let test = "ssh_logs_in_with_a_key_that_never_leaves_its_token";
    let Some(desk) = Desk::added(test) else { return };
    if !has("ssh") {
        return skip(test, "ssh is not installed");
    }
    // OpenSSH asks RSA keys for SHA-512, which the other forms of this house do not use.
    let algorithms = ["p256", "p384", "p521", "rsa2048", "ed25519"];
    with_ssh_keys(&desk, &algorithms);
    let agent = served(&desk);
    for algorithm in algorithms {
        let server = sshd(&desk.home, &std::fs::read_to_string(desk.home.path(&format!("{algorithm}.pub"))).unwrap());
        let _ = std::fs::remove_file(desk.home.path("known_hosts"));
        let said = login(&desk.home, &agent, server.port);
        assert_eq!(said.text().trim(), "logged in", "{algorithm}: {} {}", said.stderr, agent.said());
        let _ = std::fs::remove_file(desk.home.path("host"));
    }
    drop(agent);
    let history = desk.run(&["show", "p256", "--json"], None).done().json();
    assert!(history["history"][0]["sentence"].as_str().unwrap().contains("The SSH agent signed a login as "), "{history}");
    let listed = desk.hsm.tool(&["--list-objects", "--type", "privkey"]);
    assert_eq!(listed.matches("never extractable").count(), algorithms.len(), "{listed}");
}

#[test]
fn an_agent_without_the_pin_signs_nothing_with_a_token_and_goes_on_with_other_keys() {
    let Some(desk) = Desk::added("an_agent_without_the_pin_signs_nothing_with_a_token_and_goes_on_with_other_keys") else {
        return;
    };
    with_ssh_keys(&desk, &["p256"]);
    desk.run(&["generate", "plain", "--purpose", "ssh", "--algorithm", "ed25519"], None).done();
    desk.run(&["agent", "set", "plain"], None).done();
    public(&desk.home, "plain");
    let agent = Served::start_with(&desk.home, &[], |command| {
        command.env("SOFTHSM2_CONF", desk.home.path("hsm/softhsm2.conf")).stdin(std::process::Stdio::null());
    });
    assert_ne!(agent.signs(&desk.home, "p256").code, Some(0));
    agent.says("hsm needs its PIN");
    agent.signs(&desk.home, "plain").done();
}

#[test]
fn a_backup_says_that_it_cannot_hold_a_key_of_a_token_and_asks_for_no_pin() {
    let Some(desk) = Desk::added("a_backup_says_that_it_cannot_hold_a_key_of_a_token_and_asks_for_no_pin") else { return };
    desk.open(&["generate", "inside", "--algorithm", "p256", "--store", "hsm"]).done();
    desk.run(&["generate", "outside", "--purpose", "ssh"], None).done();
    std::fs::remove_dir_all(desk.hsm.tokens()).unwrap();
    std::fs::write(desk.home.path("word"), "correct horse battery staple").unwrap();
    let mut command = desk.hsm.configured(desk.home.command(["backup", "--out", &desk.place("all.backup")]));
    command.arg("--passphrase-file").arg(desk.home.path("passphrase")).args(["--output-passphrase-fd", "0"]);
    command.stdin(File::open(desk.home.path("word")).unwrap());
    let said = end_of(command).done();
    let all = said.text() + &said.stderr;
    assert!(all.contains("Not in it: inside, because its store gives private halves to nobody"), "{all}");
}

#[test]
fn nothing_by_which_private_halves_leave_gets_one_of_a_token() {
    let Some(desk) = Desk::added("nothing_by_which_private_halves_leave_gets_one_of_a_token") else { return };
    desk.open(&["generate", "pair", "--algorithm", "p256", "--store", "hsm", "--purpose", "ssh"]).done();
    desk.open(&["generate", "kek", "--algorithm", "aes256", "--store", "hsm"]).done();
    desk.run(&["generate", "plain", "--algorithm", "ed25519", "--purpose", "ssh"], None).done();
    desk.run(&["generate", "rsa", "--algorithm", "rsa2048"], None).done();
    for key in ["pair", "kek", "plain", "rsa"] {
        desk.run(&["policy", "set", "--key", key, "exportable=yes"], None).done();
    }
    public(&desk.home, "plain");
    desk.run(&["recipient", "add", "Bob", "--key", &desk.place("plain.pub")], None).done();
    let out = desk.place("out");
    let stays = |name: &str| format!("The private half of {name} stays in hsm, which gives none out");
    // No PIN is asked for to refuse it.
    for (arguments, name) in [
        (&["export", "pair", "--private", "--format", "pkcs8-plain", "--confirm", "pair", "--out", &out][..], "pair"),
        (&["seal", "pair", "--to", "Bob", "--out", &out], "pair"),
        (&["wrap", "pair", "--under", "rsa", "--out", &out], "pair"),
        (&["wrap", "kek", "--under", "rsa", "--out", &out], "kek"),
    ] {
        let refused = desk.run(arguments, None).with(4);
        assert!(refused.stderr.contains(&stays(name)), "{arguments:?}: {}", refused.stderr);
        assert!(!desk.home.path("out").exists(), "{arguments:?}");
    }
    let socket = desk.place("no-agent");
    assert_ne!(desk.run(&["agent", "load", "pair", "--socket", &socket], None).code, Some(0));
}
