//! A keychain that is absent, locked, silent, or changed behind our back.

use std::time::{Duration, Instant};

use keystead::custodian::{Custodian, CustodianError, KeychainFinding, probe_keychain};
use keystead::model::StoreKind;
use keystead::stores::StoreError;

use super::session;
use crate::alone::{with_keychain, without_keychain};
use crate::lab::{Lab, OWN_ITEMS, RECOVERY, alerts, assert_verified, generate, key, names, passphrase, request, try_generate};

#[test]
fn keychain_absent() {
    without_keychain(|| {
        let lab = Lab::new();
        let KeychainFinding::Fails { reason, .. } = probe_keychain(&lab.waiting(Duration::from_secs(5))) else {
            panic!("found one")
        };
        assert!(reason.contains("cannot be reached"), "{reason}");
        for kind in [StoreKind::Keychain, StoreKind::FilesByKeychain] {
            let error = lab.try_set_up(kind).err().unwrap();
            assert!(matches!(error, CustodianError::NoKeychain(_)), "{error:?}");
            assert!(error.to_string().contains("Choose encrypted files under a passphrase"), "{error}");
            assert!(!lab.file("audit.ron").exists());
        }
        // Nothing that failed stands in the way of what works.
        generate(&lab.set_up(StoreKind::Files), "a.example");
    });
}

#[test]
fn keychain_gone_from_an_inventory_that_used_it() {
    with_keychain(|| {
        for kind in [StoreKind::Keychain, StoreKind::FilesByKeychain] {
            let lab = Lab::new();
            let made = generate(&lab.set_up(kind), "a.example");
            session::remove_all();
            let custodian = lab.look();
            assert_eq!(names(&custodian), ["a.example"], "looking needs no keychain");
            let error = custodian.unlock(None).unwrap_err();
            assert!(matches!(error, CustodianError::Store(StoreError::NoOpener { .. })), "{error:?}");
            assert!(error.to_string().contains("keystead recover"), "{error}");
            if kind == StoreKind::FilesByKeychain {
                custodian.unlock(Some(passphrase(RECOVERY))).unwrap();
                request(&custodian, made).unwrap();
            }
        }
    });
}

#[test]
fn keychain_locked() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let made = generate(&custodian, "a.example");
        session::lock();
        // While open: what needs the keychain fails, says why, and changes nothing.
        let error = try_generate(&custodian, &["b.example"]).unwrap_err();
        assert!(error.to_string().to_lowercase().contains("lock"), "{error}");
        assert!(request(&custodian, made).unwrap_err().to_string().to_lowercase().contains("lock"));
        assert_eq!(names(&custodian), ["a.example"]);
        let other = lab.look();
        let error = other.unlock(None).unwrap_err();
        assert!(error.to_string().to_lowercase().contains("lock"), "{error}");
        assert_eq!(names(&other), ["a.example"]);
        session::unlock();
        other.unlock(None).unwrap();
        request(&other, made).unwrap();
        generate(&custodian, "b.example");
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_verified(&custodian);
        assert_eq!(session::list().len(), 2 + OWN_ITEMS, "nothing was left over");
    });
}

#[test]
fn keychain_that_never_answers() {
    with_keychain(|| {
        let (lab, wait) = (Lab::new(), Duration::from_secs(2));
        let made = generate(&lab.set_up(StoreKind::Keychain), "a.example");
        let custodian = Custodian::open(lab.waiting(wait)).unwrap();
        custodian.unlock(None).unwrap();
        let silence = session::stop();
        let began = Instant::now();
        let error = try_generate(&custodian, &["b.example"]).unwrap_err();
        assert!(matches!(error, CustodianError::Store(StoreError::NoAnswer { .. })), "{error:?}");
        // A call that hangs is waited for once; others are told at once.
        let again = Instant::now();
        assert!(request(&custodian, made).unwrap_err().to_string().contains("has not answered"));
        assert!(again.elapsed() < wait, "{:?}", again.elapsed());
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert!(alerts(&custodian).contains(&"store-trouble"));
        assert_eq!(names(&custodian), ["a.example"]);
        // What needs no keychain goes on.
        custodian.export_public(&[crate::lab::first(made)], keystead::model::Format::Jwk).unwrap();
        let looking = Custodian::open(lab.waiting(wait)).unwrap();
        assert!(matches!(looking.unlock(None), Err(CustodianError::Store(StoreError::NoAnswer { .. }))));
        drop(silence);
        std::thread::sleep(Duration::from_millis(500));
        request(&custodian, made).unwrap();
        generate(&custodian, "b.example");
        assert!(!alerts(&custodian).contains(&"store-trouble"));
        assert_eq!(names(&lab.open()), ["a.example", "b.example"]);
        assert_eq!(session::list().len(), 2 + OWN_ITEMS, "nothing was left over");
    });
}

#[test]
fn keychain_that_was_restarted() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let made = generate(&custodian, "a.example");
        session::restart();
        request(&custodian, made).unwrap();
        generate(&custodian, "b.example");
        request(&lab.open(), made).unwrap();
        assert_verified(&custodian);
    });
}

#[test]
fn keychain_item_removed_behind_our_back() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let (made, other) = (generate(&custodian, "a.example"), generate(&custodian, "b.example"));
        let item = lab.item(&custodian, "a.example");
        let text = session::look_up(&item).unwrap();
        session::remove(&item);
        let error = request(&custodian, made).unwrap_err();
        assert!(matches!(error, CustodianError::Store(StoreError::Absent { .. })), "{error:?}");
        assert!(error.to_string().contains("removed by another program") && error.to_string().contains("backup"), "{error}");
        assert!(alerts(&custodian).contains(&"secret-trouble"));
        request(&custodian, other).unwrap();
        // Gone from the keychain is not destroyed: the key stays, and works once it is back.
        assert!(!key(&custodian, "a.example").is_destroyed());
        session::overwrite(&item, &text);
        request(&custodian, made).unwrap();
        assert!(!alerts(&custodian).contains(&"secret-trouble"));
    });
}

#[test]
fn keychain_item_swapped_behind_our_back() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let (made, other) = (generate(&custodian, "a.example"), generate(&custodian, "b.example"));
        let (one, two) = (lab.item(&custodian, "a.example"), lab.item(&custodian, "b.example"));
        let (first, second) = (session::look_up(&one).unwrap(), session::look_up(&two).unwrap());
        session::overwrite(&one, &second);
        let error = request(&custodian, made).unwrap_err();
        assert!(matches!(error, CustodianError::Swapped { .. }), "{error:?}");
        assert!(error.to_string().contains("a.example") && error.to_string().contains("It was not used"), "{error}");
        assert!(alerts(&custodian).contains(&"secret-trouble"));
        session::overwrite(&one, &first);
        request(&custodian, made).unwrap();
        request(&custodian, other).unwrap();
        assert_verified(&custodian);
    });
}

#[test]
fn keychain_that_lost_to_whom_recovery_copies_are_encrypted() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let made = generate(&custodian, "a.example");
        session::remove(&format!("{}/recovery-recipient", custodian.read(keystead::model::Inventory::id)));
        let custodian = lab.open();
        let alert = custodian.alerts().into_iter().find(|alert| alert.kind.id() == "store-trouble").unwrap();
        assert!(format!("{:?}", alert.kind).contains("make recovery copies again"), "{alert:?}");
        let later = generate(&custodian, "b.example");
        custodian.make_recovery(&passphrase(RECOVERY)).unwrap();
        assert!(!alerts(&custodian).contains(&"store-trouble"));
        assert!(custodian.make_recovery(&passphrase(RECOVERY)).is_err(), "they are there");
        session::remove_all();
        let other = lab.copied();
        let custodian = Custodian::recover(other.env(), &other.inventory(), &passphrase(RECOVERY)).unwrap();
        request(&custodian, made).unwrap();
        request(&custodian, later).unwrap();
    });
}

#[test]
fn keychain_log_key_swapped_behind_our_back() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        generate(&custodian, "a.example");
        let item = format!("{}/log-key", custodian.read(keystead::model::Inventory::id));
        let text = session::look_up(&item).unwrap();
        session::overwrite(&item, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let before = std::fs::read(lab.file("audit.ron")).unwrap();
        let other = lab.open();
        assert_eq!(names(&other), ["a.example"], "it can be looked at");
        assert!(alerts(&other).contains(&"log-trouble"));
        assert!(matches!(try_generate(&other, &["b.example"]), Err(CustodianError::ReadOnly(_))));
        other.lock(true);
        assert_eq!(std::fs::read(lab.file("audit.ron")).unwrap(), before);
        session::overwrite(&item, &text);
        generate(&lab.open(), "b.example");
    });
}
