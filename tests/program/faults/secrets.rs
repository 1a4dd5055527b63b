//! Secret files that are not what the log knows, and passphrases that are not the one.

use std::fs;

use keystead::custodian::CustodianError;
use keystead::model::{KeyId, StoreKind};
use keystead::stores::StoreError;

use crate::alone::alone;
use crate::lab::{Lab, alerts, assert_verified, generate, key, names, passphrase, request};
use crate::support::PASSPHRASE;

#[test]
fn wrong_passphrase() {
    alone(|| {
        let lab = Lab::new();
        generate(&lab.set_up(StoreKind::Files), "a.example");
        let before = fs::read(lab.file("audit.ron")).unwrap();
        let custodian = lab.look();
        for wrong in ["", "another-passphrase-entirely", &PASSPHRASE[1..], &format!("{PASSPHRASE}\n")] {
            let error = custodian.unlock(Some(passphrase(wrong))).unwrap_err();
            assert!(matches!(error, CustodianError::Store(StoreError::WrongPassphrase)), "{error}");
            assert!(error.to_string().contains("Nothing was changed"));
            assert!(!custodian.is_unlocked());
        }
        assert!(matches!(custodian.unlock(None), Err(CustodianError::PassphraseNeeded)));
        assert_eq!(fs::read(lab.file("audit.ron")).unwrap(), before);
        custodian.unlock(Some(passphrase(PASSPHRASE))).unwrap();
        assert_eq!(names(&custodian), ["a.example"]);
    });
}

#[test]
fn identity_file_damaged_or_gone() {
    alone(|| {
        let lab = Lab::new();
        let made = generate(&lab.set_up(StoreKind::Files), "a.example");
        let good = fs::read(lab.file("identity.age")).unwrap();
        fs::write(lab.file("identity.age"), &good[..40]).unwrap();
        let error = lab.look().unlock(Some(passphrase(PASSPHRASE))).unwrap_err().to_string();
        assert!(error.contains("identity.age") && error.contains("damaged"), "{error}");
        fs::remove_file(lab.file("identity.age")).unwrap();
        let error = lab.look().unlock(Some(passphrase(PASSPHRASE))).unwrap_err().to_string();
        assert!(error.contains("no item “identity.age”") && error.contains("backup"), "{error}");
        assert_eq!(names(&lab.look()), ["a.example"], "looking needs no secret");
        fs::write(lab.file("identity.age"), good).unwrap();
        request(&lab.open(), made).unwrap();
    });
}

/// The secret of a key is refused, with an alert, until it is the right one again.
fn refused(harm: impl Fn(&std::path::Path, &std::path::Path), expected: fn(&CustodianError) -> bool) {
    let lab = Lab::new();
    let custodian = lab.set_up(StoreKind::Files);
    let (one, other) = (generate(&custodian, "a.example"), generate(&custodian, "b.example"));
    let file = |name: &str| lab.file(&format!("secrets/{}.age", key(&custodian, name).versions[0].locator.object));
    let (first, second) = (file("a.example"), file("b.example"));
    let (good, also_good) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    harm(&first, &second);
    let error = request(&custodian, one).unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert!(error.to_string().contains("backup"), "{error}");
    let alert = |of: KeyId| custodian.alerts().iter().any(|alert| alert.kind.id() == "secret-trouble" && alert.key == Some(of));
    assert!(alert(one));
    assert_verified(&custodian);
    for (path, bytes) in [(first, good), (second, also_good)] {
        let _ = fs::remove_file(&path);
        fs::write(path, bytes).unwrap();
    }
    request(&custodian, one).unwrap();
    request(&custodian, other).unwrap();
    assert!(!alerts(&custodian).contains(&"secret-trouble"));
}

#[test]
fn two_secret_files_swapped() {
    alone(|| {
        let swap = |one: &std::path::Path, other: &std::path::Path| {
            let between = one.with_extension("between");
            fs::rename(one, &between).unwrap();
            fs::rename(other, one).unwrap();
            fs::rename(between, other).unwrap();
        };
        refused(swap, |error| matches!(error, CustodianError::Swapped { .. }));
    });
}

#[test]
fn a_secret_file_that_is_gone_damaged_or_no_file_at_all_is_not_used() {
    alone(|| {
        let absent = |error: &CustodianError| matches!(error, CustodianError::Store(StoreError::Absent { .. }));
        let damaged = |error: &CustodianError| matches!(error, CustodianError::Store(StoreError::Damaged { .. }));
        let link = |error: &CustodianError| matches!(error, CustodianError::Store(StoreError::Damaged { .. }));
        refused(|one, _| fs::remove_file(one).unwrap(), absent);
        refused(|one, _| fs::write(one, b"").unwrap(), damaged);
        refused(
            |one, _| {
                let mut bytes = fs::read(one).unwrap();
                let last = bytes.len() - 1;
                bytes[last] ^= 1;
                fs::write(one, bytes).unwrap();
            },
            damaged,
        );
        refused(
            |one, other| {
                fs::remove_file(one).unwrap();
                std::os::unix::fs::symlink(other, one).unwrap();
            },
            link,
        );
        refused(
            |one, _| {
                fs::remove_file(one).unwrap();
                assert!(std::process::Command::new("mkfifo").arg(one).status().unwrap().success());
            },
            damaged,
        );
    });
}
