//! Keys that are loaded into OpenSSH's own agent: a private export on record.

use std::process::{Command, Stdio};

use crate::support::{Ended, Home, end_of};

/// OpenSSH's agent; ended with its test.
struct Theirs {
    child: std::process::Child,
    socket: std::path::PathBuf,
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Theirs {
    fn start(home: &Home) -> Self {
        let socket = home.path("theirs");
        let mut command = Command::new("ssh-agent");
        command.args(["-D", "-a"]).arg(&socket).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        super::until("ssh-agent", || socket.exists());
        Self { child, socket }
    }

    fn ssh_add(&self, option: &str) -> Ended {
        let mut command = Command::new("ssh-add");
        command.arg(option).env("SSH_AUTH_SOCK", &self.socket).stdin(Stdio::null());
        end_of(command)
    }
}

fn load(home: &Home, agent: Option<&Theirs>, arguments: &[&str]) -> Ended {
    let mut command = home.command(["agent", "load"].iter().chain(arguments));
    command.arg("--passphrase-file").arg(home.path("passphrase")).env_remove("SSH_AUTH_SOCK");
    if let Some(agent) = agent {
        command.env("SSH_AUTH_SOCK", &agent.socket);
    }
    end_of(command)
}

fn with_exportable(algorithms: &[&str]) -> Home {
    let home = Home::with_files();
    for algorithm in algorithms {
        home.open(["generate", algorithm, "--purpose", "ssh", "--algorithm", algorithm]).done();
        home.open(["policy", "set", "--key", algorithm, "exportable=yes"]).done();
        super::public(&home, algorithm);
    }
    home
}

#[test]
fn every_kind_of_key_is_loaded_signs_there_and_is_a_hand_over() {
    let kinds = ["ed25519", "p256", "p384", "p521", "rsa2048"];
    let home = with_exportable(&kinds);
    let agent = Theirs::start(&home);
    let said = load(&home, Some(&agent), &kinds).done();
    assert_eq!(said.stderr.matches("Loaded ").count(), kinds.len(), "{}", said.stderr);
    let listed = agent.ssh_add("-L").done().text();
    for kind in kinds {
        let public = home.path(&format!("{kind}.pub"));
        assert!(listed.contains(std::fs::read_to_string(&public).unwrap().trim()), "{kind}: {listed}");
        let mut proof = Command::new("ssh-add");
        proof.arg("-T").arg(&public).env("SSH_AUTH_SOCK", &agent.socket);
        end_of(proof).done();
        let shown = home.run(["show", kind, "--json"]).done().json();
        let given = shown["hand_overs"].as_array().unwrap().iter().find(|given| given["format"] == "agent").unwrap();
        assert_eq!(given["recipient"], "SSH agent");
        crate::shell::schema::check("show", &shown);
    }
    home.open(["audit", "verify"]).done();
}

#[test]
fn a_lifetime_ends_there() {
    let home = with_exportable(&["ed25519"]);
    let agent = Theirs::start(&home);
    load(&home, Some(&agent), &["ed25519", "--lifetime", "2s", "--confirm"]).done();
    assert_eq!(agent.ssh_add("-l").code, Some(0));
    super::until("the end of its lifetime", || agent.ssh_add("-l").code == Some(1));
}

#[test]
fn policy_state_and_a_missing_agent_keep_a_key_where_it_is() {
    let home = with_exportable(&["ed25519"]);
    let agent = Theirs::start(&home);
    load(&home, None, &["ed25519"]).with(2);
    home.open(["suspend", "ed25519"]).done();
    load(&home, Some(&agent), &["ed25519"]).with(4);
    home.open(["resume", "ed25519"]).done();
    home.open(["policy", "set", "--key", "ed25519", "exportable=no"]).done();
    let refused = load(&home, Some(&agent), &["ed25519"]).with(4);
    assert!(refused.stderr.contains("keeps its private half in its store"), "{}", refused.stderr);
    assert_eq!(agent.ssh_add("-l").code, Some(1));
    home.open(["policy", "set", "--key", "ed25519", "exportable=yes"]).done();
    drop(agent);
    load(&home, Some(&Theirs { child: Command::new("true").spawn().unwrap(), socket: home.path("gone") }), &["ed25519"]).with(3);
    let shown = home.run(["show", "ed25519", "--json"]).done().json();
    assert!(shown["hand_overs"].as_array().unwrap().iter().all(|given| given["format"] != "agent"));
}

#[test]
fn an_agent_that_refuses_leaves_a_failure_on_record() {
    let home = with_exportable(&["ed25519"]);
    // Keystead's own agent takes no keys.
    let agent = super::Served::start(&home, &[]);
    let mut command = home.command(["agent", "load", "ed25519", "--passphrase-file"]);
    command.arg(home.path("passphrase")).env("SSH_AUTH_SOCK", &agent.socket);
    let refused = end_of(command).with(3);
    assert!(refused.stderr.contains("refused the key"), "{}", refused.stderr);
    let shown = home.run(["show", "ed25519", "--json"]).done().json();
    assert!(shown["hand_overs"].as_array().unwrap().iter().all(|given| given["format"] != "agent"));
    assert!(shown["history"].to_string().contains("The operation did not happen") || !shown["history"].to_string().is_empty());
}
