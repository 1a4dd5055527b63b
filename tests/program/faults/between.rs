//! What others do between two steps of a hand-over: to the file, and to the recipient.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keystead::custodian::NoProgress;
use keystead::model::{Overrides, RecipientChange, StoreKind};

use super::calls::{can_watch, recipients};
use crate::alone::alone;
use crate::lab::{Lab, assert_verified, generate};
use crate::support::program;

/// A key that may leave, and two recipients.
fn lab() -> Lab {
    let lab = Lab::new();
    let custodian = lab.set_up(StoreKind::Files);
    let key = generate(&custodian, "first");
    let own = Overrides { exportable: Some(true), ..Overrides::default() };
    custodian.run(&keystead::model::Command::SetKeyPolicies(vec![(key, own)]), &NoProgress).unwrap();
    recipients(&custodian);
    custodian.close();
    lab
}

/// Begins `seal`, disturbed by `strace` as these say.
fn sealing(lab: &Lab, how: &[&str]) -> Child {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "signal=none", "-o", "/dev/null"]).args(how).arg(program());
    command.args(["seal", "first", "--to", "Ada", "Bob", "--out", "out.age", "--passphrase-file", "passphrase"]);
    lab.at_home(&mut command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// It failed with these words, and nothing is on record as handed over.
fn assert_not_handed_over(lab: &Lab, child: Child, words: &str, before: &str) {
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains(words), "{:?}: {said}", ended.status);
    let log = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
    assert!(!log[before.len()..].contains("Done"), "{}", &log[before.len()..]);
    let custodian = lab.open();
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    assert_verified(&custodian);
}

#[test]
fn a_sealed_file_that_is_another_when_it_is_read_back_is_no_hand_over() {
    alone(|| {
        if !can_watch("a_sealed_file_that_is_another_when_it_is_read_back_is_no_hand_over") {
            return;
        }
        let lab = lab();
        let before = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
        let child = sealing(&lab, &["-e", "inject=renameat,renameat2,linkat:delay_exit=2000000"]);
        until("the file", || lab.path("out.age").exists());
        std::fs::write(lab.path("out.age"), "another").unwrap();
        assert_not_handed_over(&lab, child, "reading it back gave something else", &before);
    });
}

fn stopped_again(stopped: &dyn Fn() -> Option<String>) -> bool {
    std::thread::sleep(Duration::from_millis(25));
    stopped().is_some()
}

#[test]
fn what_was_to_be_sealed_to_a_recipient_who_is_changed_meanwhile_is_not_sealed() {
    alone(|| {
        if !can_watch("what_was_to_be_sealed_to_a_recipient_who_is_changed_meanwhile_is_not_sealed") {
            return;
        }
        let lab = lab();
        let secret: PathBuf = std::fs::read_dir(lab.file("secrets")).unwrap().next().unwrap().unwrap().path();
        // It stops where it takes the secret; whose key it is sealed to was looked up before.
        let child = sealing(&lab, &["-P", secret.to_str().unwrap(), "-e", "inject=openat:signal=STOP:when=1"]);
        let stopped = || {
            let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
            let child = children.split_whitespace().next()?.to_owned();
            let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
            status.lines().any(|line| line.starts_with("State:") && line.contains("stop")).then_some(child)
        };
        // Under `strace` a process is stopped for an instant at each call; this one stays so.
        let stays = || stopped().is_some() && (0..20).all(|_| stopped_again(&stopped));
        until("its stop", stays);
        let custodian = lab.open();
        let changes = vec![("Bob".to_owned(), RecipientChange::Remove)];
        custodian.run(&keystead::model::Command::ChangeRecipients(changes), &NoProgress).unwrap();
        custodian.close();
        let before = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
        let stopped = stopped().unwrap();
        assert!(Command::new("kill").args(["-s", "CONT", &stopped]).status().unwrap().success());
        assert_not_handed_over(&lab, child, "recipient was changed meanwhile", &before);
        assert!(!lab.path("out.age").exists());
    });
}
