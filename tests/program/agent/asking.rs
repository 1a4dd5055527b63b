//! Keys that ask a person each time, by the program of `SSH_ASKPASS`.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::{Served, with_keys};
use crate::support::Home;

/// A key that asks, and a program that answers so.
fn asked(script: &str) -> (Home, Served) {
    let home = with_keys(&["ed25519"]);
    home.open(["agent", "set", "ed25519", "--confirm"]).done();
    let program = home.path("askpass");
    std::fs::write(&program, format!("#!/bin/sh\nprintf '%s|%s\\n' \"$SSH_ASKPASS_PROMPT\" \"$1\" >> \"$0.asked\"\n{script}\n"))
        .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let agent = Served::start_with(&home, &[], |command| {
        command.env("SSH_ASKPASS", &program);
    });
    (home, agent)
}

#[test]
fn what_the_person_allows_is_signed_and_the_question_says_who_and_what() {
    for script in ["exit 0", "echo yes"] {
        let (home, agent) = asked(script);
        agent.signs(&home, "ed25519").done();
        let question = std::fs::read_to_string(home.path("askpass.asked")).unwrap();
        assert!(question.starts_with("confirm|Allow ssh-keygen (process "), "{question}");
        assert!(question.contains("to use ed25519 for a file or message (namespace file)?"), "{question}");
    }
}

#[test]
fn what_the_person_refuses_is_not_signed() {
    for script in ["exit 1", "echo no"] {
        let (home, agent) = asked(script);
        assert_ne!(agent.signs(&home, "ed25519").code, Some(0));
        agent.says("The person refused.");
        assert!(home.run(["show", "ed25519", "--json"]).done().json()["versions"][0]["last_used"].is_null());
    }
}

#[test]
fn with_nobody_to_ask_it_is_refused_and_says_why() {
    let home = with_keys(&["ed25519"]);
    home.open(["agent", "set", "ed25519", "--confirm"]).done();
    let agent = Served::start(&home, &[]);
    assert_ne!(agent.signs(&home, "ed25519").code, Some(0));
    agent.says("SSH_ASKPASS names no program");
    agent.ssh_add("-l").done();
}

#[test]
fn a_person_who_thinks_keeps_no_other_key_waiting_and_a_key_that_ended_meanwhile_does_not_sign() {
    // Offered no more, it would be in a state that may sign.
    for ends in [&["suspend", "ed25519"][..], &["agent", "unset", "ed25519"]] {
        let (home, agent) = asked("while [ ! -e \"$0.go\" ]; do sleep 0.05; done");
        home.open(["generate", "quick", "--purpose", "ssh", "--algorithm", "ed25519"]).done();
        home.open(["agent", "set", "quick"]).done();
        super::public(&home, "quick");
        std::fs::write(home.path("slow"), "slow").unwrap();
        let mut command = agent.client("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-n", "file", "-f"]).arg(home.path("ed25519.pub")).arg(home.path("slow"));
        let mut waits = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        super::until("the question", || home.path("askpass.asked").exists());
        agent.signs(&home, "quick").done();
        home.open(ends).done();
        std::fs::write(home.path("askpass.go"), "").unwrap();
        assert!(!waits.wait().unwrap().success(), "{ends:?}");
    }
}
