//! Stores that are gone: before a rotation, and in the middle of a batch.

use std::sync::Mutex;
use std::time::Duration;

use keystead::custodian::{Custodian, CustodianError, NoProgress, Progress};
use keystead::model::{Command, KeyId, RotateSpec, StoreKind};

use super::calls::{Act, Scene, can_watch};
use crate::alone::{alone, with_keychain};
use crate::keychain::session::{self, Silence};
use crate::lab::{Lab, alerts, assert_secrets_open, assert_verified, generate, key, request_of, try_generate};

/// The keychain falls silent once something of the batch is done.
#[derive(Default)]
struct GoesAway(Mutex<Option<Silence>>);

impl Progress for GoesAway {
    fn report(&self, done: u64, _: u64) {
        let mut silence = self.0.lock().unwrap();
        if done > 0 && silence.is_none() {
            *silence = Some(session::stop());
        }
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// More than two groups of a keychain.
const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

fn batch(lab: &Lab) -> (Custodian, Vec<KeyId>) {
    lab.set_up(StoreKind::Keychain);
    let custodian = Custodian::open(lab.waiting(Duration::from_secs(2))).unwrap();
    custodian.unlock(None).unwrap();
    let keys = try_generate(&custodian, &NAMES).unwrap().keys;
    (custodian, keys)
}

fn versions(custodian: &Custodian, id: KeyId) -> usize {
    custodian.read(|inventory| inventory.key(id).unwrap().versions.len())
}

#[test]
fn store_offline_in_the_middle_of_a_batch_of_rotations() {
    with_keychain(|| {
        let lab = Lab::new();
        let (custodian, keys) = batch(&lab);
        let away = GoesAway::default();
        let specs = keys.iter().copied().map(RotateSpec::same).collect();
        let outcome = custodian.run(&Command::Rotate(specs), &away).unwrap();
        assert!(!outcome.keys.is_empty() && outcome.keys.len() + outcome.refused.len() == keys.len(), "{outcome:?}");
        assert!(outcome.refused.iter().all(|(_, reason)| reason.contains("answer")), "{outcome:?}");
        assert!(alerts(&custodian).contains(&"store-trouble"));
        for id in &keys {
            assert_eq!(versions(&custodian, *id), 1 + usize::from(outcome.keys.contains(id)));
        }
        drop(away);
        std::thread::sleep(Duration::from_millis(500));
        // Nothing of what was refused is half there, and each can be rotated now.
        let custodian = lab.open();
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_secrets_open(&lab, &custodian);
        let rest: Vec<KeyId> = outcome.refused.iter().map(|(id, _)| *id).collect();
        custodian.run(&Command::Rotate(rest.iter().copied().map(RotateSpec::same).collect()), &NoProgress).unwrap();
        assert!(keys.iter().all(|id| versions(&custodian, *id) == 2));
        assert_secrets_open(&lab, &custodian);
        assert_verified(&custodian);
    });
}

#[test]
fn store_offline_in_the_middle_of_a_batch_of_destructions() {
    with_keychain(|| {
        let lab = Lab::new();
        let (custodian, keys) = batch(&lab);
        let away = GoesAway::default();
        let outcome = custodian.run(&Command::Destroy { keys: keys.clone(), reason: String::new() }, &away).unwrap();
        assert_eq!((&outcome.keys[..], outcome.refused.len()), (&keys[..1], keys.len() - 1), "{outcome:?}");
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()), "nothing was begun that cannot be done");
        drop(away);
        std::thread::sleep(Duration::from_millis(500));
        // What was said not to be destroyed is not destroyed later, unasked.
        let custodian = lab.open();
        for id in &keys[1..] {
            assert!(!custodian.read(|inventory| inventory.key(*id).unwrap().is_destroyed()));
            request_of(&custodian, *id, 1).unwrap();
        }
        assert_secrets_open(&lab, &custodian);
        assert_verified(&custodian);
    });
}

/// The file cannot be removed in the middle of it: that is said, and the next start carries it through.
#[test]
fn a_destruction_that_fails_half_way_says_that_it_goes_on_and_does() {
    alone(|| {
        if !can_watch("a_destruction_that_fails_half_way_says_that_it_goes_on_and_does") {
            return;
        }
        let lab = Lab::new();
        lab.set_up(StoreKind::Files);
        let scene = Scene { lab: &lab, kind: StoreKind::Files, act: Act::Destroy, number: 0, program: true };
        scene.prepare();
        let calls = scene.watched().into_iter().filter(|call| call.name.starts_with("unlink"));
        let mut told = 0;
        for (number, call) in (1..).zip(calls) {
            let scene = Scene { number, ..scene };
            scene.prepare();
            let ended = scene.disturbed(&call, "error=EIO");
            told += u32::from(ended.code == Some(3));
            assert!(ended.code == Some(0) || ended.stderr.contains("goes on by itself"), "{call:?}: {}", ended.stderr);
            let custodian = lab.open();
            assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
            assert!(custodian.read(|inventory| inventory.keys().last().unwrap().is_destroyed()));
            assert_secrets_open(&lab, &custodian);
        }
        assert!(told > 0, "one of the calls removes the secret");
    });
}

#[test]
fn rotation_of_a_key_whose_store_is_gone_with_a_keychain() {
    with_keychain(|| {
        let lab = Lab::new();
        let (custodian, keys) = batch(&lab);
        let silence = session::stop();
        let error = custodian.run(&Command::Rotate(vec![RotateSpec::same(keys[0])]), &NoProgress).unwrap_err();
        assert!(matches!(error, CustodianError::Store(_)) && error.to_string().contains("answer"), "{error:?}");
        assert_eq!(versions(&custodian, keys[0]), 1);
        drop(silence);
        std::thread::sleep(Duration::from_millis(500));
        custodian.run(&Command::Rotate(vec![RotateSpec::same(keys[0])]), &NoProgress).unwrap();
        request_of(&custodian, keys[0], 2).unwrap();
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_secrets_open(&lab, &custodian);
    });
}

#[test]
fn rotation_of_a_key_whose_store_is_gone_with_encrypted_files() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "first");
        // Its disk is gone, and something else stands in its place.
        std::fs::rename(lab.file("secrets"), lab.path("elsewhere")).unwrap();
        std::fs::write(lab.file("secrets"), "").unwrap();
        let error = custodian.run(&Command::Rotate(vec![RotateSpec::same(made)]), &NoProgress).unwrap_err();
        assert!(error.to_string().contains("secrets"), "{error}");
        assert_eq!(key(&custodian, "first").versions.len(), 1);
        std::fs::remove_file(lab.file("secrets")).unwrap();
        std::fs::rename(lab.path("elsewhere"), lab.file("secrets")).unwrap();
        custodian.run(&Command::Rotate(vec![RotateSpec::same(made)]), &NoProgress).unwrap();
        request_of(&custodian, made, 2).unwrap();
        assert_secrets_open(&lab, &custodian);
        assert_verified(&lab.open());
    });
}
