//! Backups of homes whose secrets lie in the keychain: restored where there is one, and where there is none.

use keystead::custodian::backup::{NewBackup, Protection};
use keystead::custodian::restore::{OpenWith, Restoration, Restore, RestoreMode, restore};
use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Command, Overrides, StoreKind};

use super::session;
use crate::alone::with_keychain;
use crate::faults::calls::{Act, Scene, can_watch};
use crate::lab::{Lab, RECOVERY, generate, key, passphrase, request};
use crate::support::{Home, end_of};

/// A home of this kind with a key that may leave, saved to a file.
fn saved(kind: StoreKind, file: &std::path::Path) {
    let lab = Lab::new();
    let custodian = lab.set_up(kind);
    let made = generate(&custodian, "first");
    let own = Overrides { exportable: Some(true), ..Default::default() };
    custodian.run(&Command::SetKeyPolicies(vec![(made, own)]), &NoProgress).unwrap();
    let protection = Protection::Passphrase(passphrase(RECOVERY));
    custodian.back_up(&NewBackup { path: file.to_owned(), replace: false, protection }, &NoProgress).unwrap();
    custodian.close();
}

/// Puts it where there is no inventory.
fn restored(lab: &Lab, file: &std::path::Path) -> Result<Restoration, CustodianError> {
    let with = OpenWith::Passphrase(passphrase(RECOVERY));
    let mode = RestoreMode::Replace;
    let wanted = Restore { file: file.to_owned(), with, mode, passphrase: None, typed_name: None };
    restore(&lab.env(), None, &wanted, &NoProgress)
}

#[test]
fn a_keychain_home_is_restored_into_the_keychain() {
    with_keychain(|| {
        for kind in [StoreKind::Keychain, StoreKind::FilesByKeychain] {
            let (file, lab) = (std::env::current_dir().unwrap().join(format!("{}.age", kind.id())), Lab::new());
            saved(kind, &file);
            let done = restored(&lab, &file).unwrap();
            assert!(!done.as_files);
            let custodian = Custodian::open(lab.env()).unwrap();
            custodian.unlock(None).unwrap();
            request(&custodian, key(&custodian, "first").id).unwrap();
            assert_eq!(custodian.read(|inventory| inventory.home().unwrap().kind), kind);
            assert!(custodian.health().conditions.log.is_none());
        }
    });
}

#[test]
fn without_a_keychain_its_secrets_become_encrypted_files() {
    with_keychain(|| {
        for kind in [StoreKind::Keychain, StoreKind::FilesByKeychain] {
            // A home whose programs find no session bus, and so no keychain.
            let (file, home) = (std::env::current_dir().unwrap().join(format!("{}.age", kind.id())), Home::new());
            saved(kind, &file);
            std::fs::write(home.path("recovery"), RECOVERY).unwrap();
            let run = |more: &[&str]| {
                let mut command = home.command(["restore", file.to_str().unwrap(), "--replace", "--input-passphrase-fd", "0"]);
                command.args(more).stdin(std::fs::File::open(home.path("recovery")).unwrap());
                end_of(command)
            };
            if kind == StoreKind::Keychain {
                let refused = run(&[]).with(2);
                assert!(refused.stderr.contains("--new-passphrase-file"), "{}", refused.stderr);
                assert!(!home.inventory().exists());
            }
            let done = run(&["--new-passphrase-file", home.path("passphrase").to_str().unwrap()]).done();
            assert!(done.text().contains("they are encrypted files now"), "{}", done.text());
            home.open(["request", "first", "--subject", "CN=a", "--out", home.path("a.csr").to_str().unwrap()]).done();
        }
    });
}

/// Where nothing is yet: no inventory, and nothing of it in the keychain.
fn begin_anew(lab: &Lab) {
    if !session::list().is_empty() {
        session::remove_all();
    }
    for name in ["inventory", "inventory.restoring"] {
        let _ = std::fs::remove_dir_all(lab.path(name));
    }
}

/// What lies in the keychain. A trial of it that was killed leaves random bytes under a name of its own; those count not.
fn kept() -> Vec<String> {
    session::list().into_iter().filter(|user| !user.ends_with("/probe")).collect()
}

/// After the next start there is the whole inventory, or nothing of it anywhere.
#[track_caller]
fn assert_whole_or_nothing(lab: &Lab, kind: StoreKind) -> bool {
    let there = Custodian::exists(&lab.env());
    assert!(!lab.path("inventory.restoring").exists());
    if there {
        let custodian = lab.look();
        custodian.unlock(None).unwrap();
        request(&custodian, key(&custodian, "first").id).unwrap();
        // Log key, recipient of the copies and key; or the identity alone.
        let wanted = if kind == StoreKind::Keychain { 3 } else { 1 };
        assert_eq!(kept().into_iter().filter(|user| !user.ends_with("/anchor")).count(), wanted);
    } else {
        assert_eq!(kept(), Vec::<String>::new());
    }
    there
}

fn killed_on_a_fresh_machine(kind: StoreKind) {
    if !can_watch("killed_at_every_call_of_a_restore_into_a_fresh_keychain") {
        return;
    }
    let lab = Lab::new();
    saved(kind, &lab.path("base.age"));
    std::fs::write(lab.path("recovery"), RECOVERY).unwrap();
    begin_anew(&lab);
    let scene = Scene { lab: &lab, kind, act: Act::Replace, number: 0, program: true };
    let mut calls = scene.watched();
    // What is done on the disk is the same for both, and encrypted files alone have it too.
    calls.retain(|call| kind == StoreKind::Keychain || call.name.starts_with("send"));
    assert!(assert_whole_or_nothing(&lab, kind) && calls.len() > 10, "{calls:?}");
    let (mut left, mut nothing) = (0, 0);
    for call in &calls {
        begin_anew(&lab);
        let ended = scene.disturbed(call, "signal=KILL");
        assert!(matches!(ended.code, None | Some(0)), "{call:?}: {:?} {}", ended.code, ended.text());
        left += usize::from(!kept().is_empty() && !lab.inventory().exists());
        let there = assert_whole_or_nothing(&lab, kind);
        assert!(there || ended.code.is_none(), "{call:?}");
        nothing += usize::from(!there);
    }
    println!("{kind:?}: {} calls, {nothing} undone, {left} with something in the keychain", calls.len());
    assert!(left > 0, "it was killed while something lay in the keychain");
}

#[test]
fn killed_at_every_call_of_a_restore_into_a_fresh_keychain() {
    with_keychain(|| killed_on_a_fresh_machine(StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_a_restore_of_files_opened_by_a_fresh_keychain() {
    with_keychain(|| killed_on_a_fresh_machine(StoreKind::FilesByKeychain));
}

#[test]
fn what_a_keychain_that_is_away_keeps_is_told_and_removed_later() {
    with_keychain(|| {
        let lab = Lab::new();
        let file = lab.path("base.age");
        saved(StoreKind::Keychain, &file);
        begin_anew(&lab);
        let home = lab.path("inventory.restoring");
        // As a restore leaves it that is killed after its first item.
        restored(&lab, &file).unwrap();
        let id = Custodian::open(lab.env()).unwrap().read(keystead::model::Inventory::id);
        std::fs::rename(lab.inventory(), &home).unwrap();
        std::fs::write(home.join("restoring.lock"), "").unwrap();
        let items: Vec<String> = session::list().iter().map(|user| user.rsplit('/').next().unwrap().to_owned()).collect();
        std::fs::write(home.join("restoring.items"), format!("{id}\n{}\n", items.join("\n"))).unwrap();
        let silence = session::stop();
        let env = lab.waiting(std::time::Duration::from_secs(1));
        let with = OpenWith::Passphrase(passphrase(RECOVERY));
        let wanted = Restore { file: file.clone(), with, mode: RestoreMode::Replace, passphrase: None, typed_name: None };
        let refused = restore(&env, None, &wanted, &NoProgress).unwrap_err();
        assert!(matches!(refused, CustodianError::LeftInKeychain), "{refused}");
        drop(silence);
        // One call may have been under way.
        assert!(session::list().len() >= items.len() - 1);
        assert!(!Custodian::exists(&lab.env()));
        assert_eq!(session::list(), Vec::<String>::new());
        restored(&lab, &file).unwrap();
        assert!(assert_whole_or_nothing(&lab, StoreKind::Keychain));
    });
}
