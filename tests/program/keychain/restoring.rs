//! Backups of homes whose secrets lie in the keychain: restored where there is one, and where there is none.

use keystead::custodian::backup::{NewBackup, Protection};
use keystead::custodian::restore::{OpenWith, Restoration, Restore, RestoreMode, restore};
use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Command, Overrides, StoreKind};

use crate::alone::with_keychain;
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
