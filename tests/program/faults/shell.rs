//! The same faults as a shell meets them: exit codes, and what is said.

use std::process::Command;

use keystead::model::StoreKind;

use crate::alone::{alone, with_keychain};
use crate::keychain::session;
use crate::lab::{Lab, RECOVERY, assert_verified, generate, names, passphrase};
use crate::support::{Ended, end_of};

/// Runs a line of a shell with the program in its place.
fn run(lab: &Lab, line: &str) -> Ended {
    let mut command = lab.program();
    command.args(line.split(' '));
    end_of(command)
}

/// The keychain is gone; a copied folder and the recovery passphrase open everything.
fn recovered(kind: StoreKind) {
    let lab = Lab::new();
    run(&lab, &format!("init --store {} --recovery-passphrase-file recovery", kind.id())).done();
    run(&lab, "generate a.example").done();
    run(&lab, "generate b.example --count 3").done();
    session::remove_all();
    run(&lab, "generate c.example").with(3);
    let other = lab.copied();
    std::fs::rename(other.inventory(), other.path("backup")).unwrap();
    run(&other, "recover backup --passphrase-file new").with(3);
    assert!(!other.inventory().exists(), "nothing is copied before the passphrase was proven");
    run(&other, "recover backup --passphrase-file recovery").done();
    let listed = run(&other, "list --json").done().json();
    assert_eq!(listed.as_array().unwrap().len(), 4, "{listed}");
    run(&other, "request a.example --subject CN=a.example --out a.csr --passphrase-file recovery").done();
    let verified = end_of(openssl(&other, "req -in a.csr -noout -verify"));
    assert!(verified.stderr.contains("verify OK"), "{}", verified.stderr);
    run(&other, "generate c.example --passphrase-file recovery").done();
    run(&other, "audit verify --passphrase-file recovery").done();
    run(&other, "recover backup --passphrase-file recovery").with(4);
}

fn openssl(lab: &Lab, line: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(line.split(' ')).current_dir(lab.path(""));
    command
}

#[test]
fn keystead_recover_opens_a_copied_folder_of_a_keychain_that_is_gone() {
    with_keychain(|| recovered(StoreKind::Keychain));
}

#[test]
fn keystead_recover_opens_a_copied_folder_of_files_by_a_keychain_that_is_gone() {
    with_keychain(|| recovered(StoreKind::FilesByKeychain));
}

#[test]
fn a_damaged_log_is_told_by_exit_code_and_can_be_looked_at() {
    alone(|| {
        let lab = Lab::new();
        run(&lab, "init --store files --passphrase-file passphrase").done();
        for name in ["a.example", "b.example"] {
            run(&lab, &format!("generate {name} --passphrase-file passphrase")).done();
        }
        run(&lab, "audit verify --passphrase-file passphrase").done();
        let log = std::fs::read(lab.file("audit.ron")).unwrap();
        // Cut at a whole line: only what was noted outside tells.
        let cut: Vec<u8> = log.split_inclusive(|byte| *byte == b'\n').take(3).flatten().copied().collect();
        std::fs::write(lab.file("audit.ron"), cut).unwrap();
        let ended = run(&lab, "audit verify --passphrase-file passphrase").with(1);
        assert!(format!("{}{}", ended.text(), ended.stderr).contains("The log was cut"), "{} {}", ended.text(), ended.stderr);
        run(&lab, "list").done();
        run(&lab, "alerts --passphrase-file passphrase").with(1);
        let refused = run(&lab, "generate c.example --passphrase-file passphrase").with(3);
        assert!(refused.stderr.contains("The log was cut"), "{}", refused.stderr);
        std::fs::write(lab.file("audit.ron"), log).unwrap();
        run(&lab, "generate c.example --passphrase-file passphrase").done();
    });
}

#[test]
fn a_wrong_passphrase_ends_with_3_and_changes_nothing() {
    alone(|| {
        let lab = Lab::new();
        generate(&lab.set_up(StoreKind::Files), "a.example");
        let before = std::fs::read(lab.file("audit.ron")).unwrap();
        let ended = run(&lab, "generate b.example --passphrase-file recovery").with(3);
        assert!(ended.stderr.contains("does not open this inventory"), "{}", ended.stderr);
        run(&lab, "passphrase change --passphrase-file recovery --new-passphrase-file new").with(3);
        assert_eq!(std::fs::read(lab.file("audit.ron")).unwrap(), before);
        run(&lab, "passphrase change --passphrase-file passphrase --new-passphrase-file recovery").done();
        let custodian = lab.look();
        custodian.unlock(Some(passphrase(RECOVERY))).unwrap();
        assert_eq!(names(&custodian), ["a.example"]);
        assert_verified(&custodian);
    });
}
