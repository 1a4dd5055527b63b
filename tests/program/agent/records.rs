//! Each signature is on record before it is given, and on the disk within a second.

use std::time::Duration;

use super::{Served, with_keys};
use crate::support::Home;

/// Signatures that the log tells of.
fn signatures(home: &Home) -> usize {
    let log = std::fs::read_to_string(home.inventory().join("audit.ron")).unwrap();
    log.matches("AgentSigned(").count()
}

#[test]
fn each_signature_has_its_record_and_survives_a_kill_after_a_second() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    for number in 1..=5 {
        agent.signs(&home, "ed25519").done();
        assert_eq!(signatures(&home), number, "appended before it was given");
    }
    std::thread::sleep(Duration::from_secs(1));
    agent.signal("-KILL");
    drop(agent);
    assert_eq!(signatures(&home), 5);
    let verified = home.open(["audit", "verify", "--json"]).done().json();
    assert_eq!((&verified["whole"], &verified["authenticated"]), (&true.into(), &true.into()));
    let shown = home.run(["show", "ed25519", "--json"]).done().json();
    let told = shown["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["sentence"].as_str().unwrap().contains("SSH agent signed"));
    assert_eq!(told.count(), 1, "its history tells of the last one");
    assert!(!shown["versions"][0]["last_used"].is_null());
}

#[test]
fn the_log_can_be_synced_while_the_agent_signs() {
    if !crate::support::has("strace") {
        return crate::support::skip("the_log_can_be_synced_while_the_agent_signs", "strace is not installed");
    }
    let home = with_keys(&["ed25519"]);
    let trace = home.path("trace");
    let agent = Served::start_with(&home, &[], |_| {});
    let mut strace = std::process::Command::new("strace")
        .args(["-f", "-q", "-e", "trace=fdatasync,fsync", "-o"])
        .arg(&trace)
        .args(["-p", &agent.pid().to_string()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    agent.signs(&home, "ed25519").done();
    std::thread::sleep(Duration::from_secs(1));
    let synced = std::fs::read_to_string(&trace).unwrap();
    let _ = strace.kill();
    let _ = strace.wait();
    assert!(synced.contains("fdatasync("), "within a second: {synced}");
}

#[test]
fn where_the_disk_fails_later_nothing_is_signed_any_more() {
    if !crate::support::has("strace") {
        return crate::support::skip("where_the_disk_fails_later_nothing_is_signed_any_more", "strace is not installed");
    }
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    let mut strace = std::process::Command::new("strace")
        .args(["-f", "-q", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO", "-o"])
        .arg(home.path("trace"))
        .args(["-p", &agent.pid().to_string()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    agent.signs(&home, "ed25519").done();
    std::thread::sleep(Duration::from_secs(1));
    let next = agent.signs(&home, "ed25519");
    let _ = strace.kill();
    let _ = strace.wait();
    assert_ne!(next.code, Some(0));
    agent.says("may not be on the disk");
    assert_eq!(signatures(&home), 1, "what was written is not cut away");
}

#[test]
fn ctrl_c_and_the_end_of_the_session_remove_the_socket() {
    for signal in ["-INT", "-TERM"] {
        let home = with_keys(&["ed25519"]);
        let mut agent = Served::start(&home, &[]);
        agent.signs(&home, "ed25519").done();
        agent.signal(signal);
        assert_eq!(agent.ends(), Some(0), "{}", agent.said());
        assert!(!agent.socket.exists());
        assert_eq!(signatures(&home), 1);
        home.open(["audit", "verify"]).done();
    }
}

#[test]
fn a_log_that_cannot_be_written_gives_no_signature() {
    let home = with_keys(&["ed25519"]);
    let agent = Served::start(&home, &[]);
    agent.signs(&home, "ed25519").done();
    let log = home.inventory().join("audit.ron");
    let mut bytes = std::fs::read(&log).unwrap();
    let at = bytes.len() - 40;
    bytes[at] ^= 1;
    bytes.extend_from_slice(b"not a record\n");
    std::fs::write(&log, bytes).unwrap();
    assert_ne!(agent.signs(&home, "ed25519").code, Some(0));
    agent.says("got no signature");
}
