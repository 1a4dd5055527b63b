//! Killed before every system call that changes something, and so after every one as well: what
//! was acknowledged is there, what was not is whole or not there at all.

use std::collections::BTreeSet;
use std::path::Path;

use keystead::custodian::Custodian;
use keystead::model::{InventoryId, State, StoreKind};
use keystead::stores::{Home, HomePlace};
use tempfile::TempDir;

use super::calls::{Act, Call, MANY, NEW_PASSPHRASE, Scene, can_watch, reopened};
use crate::alone::{alone, with_keychain};
use crate::keychain::session;
use crate::lab::{Lab, RECOVERY, alerts, assert_verified, generate, key, names, passphrase, request, request_of};
use crate::support::PASSPHRASE;

pub fn killed_everywhere(act: Act, kind: StoreKind) {
    killed_at(act, kind, |scene| scene.watched());
}

pub fn killed_at(act: Act, kind: StoreKind, which: fn(&Scene<'_>) -> Vec<Call>) {
    if !can_watch(&format!("killed_at_every_call_of_{act:?}")) {
        return;
    }
    let lab = Lab::new();
    let custodian = lab.set_up(kind);
    generate(&custodian, "first");
    custodian.close();
    drop(custodian);
    let undisturbed = Scene { lab: &lab, kind, act, number: 0, program: true };
    undisturbed.prepare();
    // A backup holds all that was made before: so that each round costs the same, each begins with the same folder.
    let begin = act.uses_backup().then(|| copy_of(&lab.path("")));
    let calls = which(&undisturbed);
    put_passphrase_back(&lab, kind);
    assert!(calls.len() > 10, "{calls:?}");
    let mut killed = 0;
    for (number, call) in (1..).zip(&calls) {
        let number = if begin.is_some() { 0 } else { number };
        let scene = Scene { lab: &lab, kind, act, number, program: true };
        match &begin {
            Some(begin) => begin_again(begin.path(), &lab.path("")),
            None => scene.prepare(),
        }
        let ended = scene.disturbed(call, "signal=KILL");
        killed += usize::from(ended.code.is_none());
        println!("{act:?} {kind:?} {call:?}: {:?}", ended.code);
        assert!(matches!(ended.code, None | Some(0)), "{call:?}: {:?} {}", ended.code, ended.text());
        assert_whole(&scene, ended.code == Some(0));
        if act == Act::Import {
            super::import::assert_groups(&lab.open(), &scene);
        }
        put_passphrase_back(&lab, kind);
    }
    assert!(killed * 10 >= calls.len() * 9, "{killed} of {} were killed", calls.len());
    let custodian = lab.open();
    let keys = custodian.read(|inventory| inventory.keys().to_vec());
    for key in keys {
        let here = key.versions.iter().filter(|version| version.held().is_here());
        let active = here.filter(|version| version.state(custodian.now()) == State::Active);
        active.for_each(|version| drop(request_of(&custodian, key.id, version.number).unwrap()));
    }
}

/// A copy of all that is in a folder.
pub fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_all(folder, copy.path());
    copy
}

/// A folder holds again what it held when it was copied.
pub fn begin_again(copy: &Path, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
    }
    copy_all(copy, folder);
}

fn copy_all(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_all(&path, &target);
            std::fs::set_permissions(&target, entry.metadata().unwrap().permissions()).unwrap();
        } else if path.is_file() {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// After the next start nothing is half done.
#[track_caller]
pub fn assert_whole(scene: &Scene, acknowledged: bool) {
    let custodian = reopened(scene, &[PASSPHRASE, NEW_PASSPHRASE]);
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    assert!(custodian.health().conditions.log.is_none());
    assert_verified(&custodian);
    if scene.act.uses_backup() {
        super::restoring::assert_whole(&custodian, scene, acknowledged);
    }
    assert_secrets_of_keys(&custodian, scene);
    match scene.act {
        Act::Generate => {
            let there = names(&custodian).contains(&scene.name());
            assert!(there || !acknowledged);
            if there {
                request(&custodian, key(&custodian, &scene.name()).id).unwrap();
            }
        }
        Act::Init | Act::Recover | Act::GoOn | Act::Move | Act::BackUp | Act::Replace | Act::Merge => {}
        Act::Rotate | Act::Revoke => {
            let (key, now) = (key(&custodian, &scene.name()), custodian.now());
            let states: Vec<State> = key.versions.iter().map(|version| version.state(now)).collect();
            let old = states[0];
            match scene.act {
                Act::Rotate => assert_eq!(old, State::Active, "until its delivery is done"),
                // Revoked and not replaced is offered: the alert stands.
                _ if old == State::Compromised => assert!(alerts(&custodian).contains(&"compromised")),
                _ => assert_eq!((old, states.len()), (State::Active, 1), "nothing is replaced that was not revoked"),
            }
            if states.len() == 1 {
                assert!(!acknowledged);
            } else {
                assert_eq!(states[1..], [State::Active]);
                assert_eq!(key.open_deliveries().count(), 1);
                request_of(&custodian, key.id, 2).unwrap();
            }
        }
        Act::Destroy => {
            let now = custodian.now();
            let found = custodian.read(|inventory| inventory.keys().iter().find(|key| *key.name == *scene.name()).cloned());
            let state = found.unwrap().state(now);
            assert!(state == State::Destroyed || (state == State::Active && !acknowledged), "{state:?}");
        }
        Act::GenerateMany => {
            let start = format!("{}-", scene.name());
            let there = names(&custodian).iter().filter(|name| name.starts_with(&start)).count();
            assert!(there == MANY || (there == 0 && !acknowledged), "{there} of {MANY}");
        }
        Act::Export => {
            let file = std::fs::read_to_string(scene.target()).ok();
            let given = key(&custodian, "first").hand_overs.len();
            let before = (0..scene.number).filter(|number| Scene { number: *number, ..*scene }.target().exists()).count();
            assert_eq!(given - before, usize::from(file.is_some()), "a file and its record, or neither");
            assert!(file.as_ref().is_some_and(|text| text.ends_with("-----END PUBLIC KEY-----\n")) || !acknowledged);
        }
        Act::Import => super::import::assert_whole(&custodian, scene, acknowledged),
        Act::ExportPrivate | Act::Seal => {
            let file = std::fs::read(scene.target()).ok();
            let recipients = if scene.act == Act::Seal { 2 } else { 1 };
            let given = key(&custodian, "first").hand_overs.len();
            let before = (0..scene.number).filter(|number| Scene { number: *number, ..*scene }.target().exists()).count();
            assert_eq!(given, (before + usize::from(file.is_some())) * recipients, "a file and its record, or neither");
            let whole = |bytes: &Vec<u8>| match scene.act {
                Act::Seal => bytes.starts_with(b"age-encryption.org/v1\n"),
                _ => bytes.ends_with(b"-----END PRIVATE KEY-----\n"),
            };
            assert!(file.as_ref().is_some_and(whole) || !acknowledged);
            let folder = std::fs::read_dir(scene.lab.path("")).unwrap();
            let left = folder.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".keystead-"));
            assert_eq!(left.count(), 0, "nothing of the secret lies beside");
        }
        Act::ChangePassphrase => {
            let opens = opening(scene.lab, scene.kind);
            assert!(opens == NEW_PASSPHRASE || !acknowledged);
            request(&custodian, key(&custodian, "first").id).unwrap();
        }
    }
}

/// No secret without a key, no key without its secret, and a copy of each where there are copies.
#[track_caller]
fn assert_secrets_of_keys(custodian: &Custodian, scene: &Scene) {
    let objects: BTreeSet<String> = custodian.read(|inventory| {
        let versions = inventory.keys().iter().flat_map(|key| &key.versions);
        let living = versions.filter(|version| version.life.destroyed.is_none() && version.held().is_here());
        living.map(|version| version.locator.object.to_string()).collect()
    });
    let files = std::fs::read_dir(scene.lab.file("secrets")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "age"));
    let files: BTreeSet<_> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, objects);
    if scene.kind == StoreKind::Keychain {
        let (items, own) = (session::list(), format!("{}/", custodian.read(keystead::model::Inventory::id)));
        let items = items.iter().filter_map(|user| user.strip_prefix(&own)).map(str::to_owned);
        let items: BTreeSet<_> = items.filter(|object| object.len() == 32).collect();
        assert_eq!(items, objects);
    }
}

/// The one passphrase that opens the folder; never both, never none.
#[track_caller]
pub fn opening(lab: &Lab, kind: StoreKind) -> &'static str {
    let place = HomePlace {
        folder: lab.inventory(),
        state_folder: lab.path("state"),
        inventory: InventoryId([0; 16]),
        wait: lab.env().keychain_wait,
    };
    let home = Home::at(place, StoreKind::Files);
    let old = if kind == StoreKind::Files { PASSPHRASE } else { RECOVERY };
    let opens: Vec<_> =
        [old, NEW_PASSPHRASE].into_iter().filter(|text| home.prove_passphrase(&passphrase(text)).is_ok()).collect();
    assert_eq!(opens.len(), 1, "{opens:?}");
    opens[0]
}

pub fn put_passphrase_back(lab: &Lab, kind: StoreKind) {
    if opening(lab, kind) == NEW_PASSPHRASE {
        let custodian = lab.look();
        custodian.unlock(custodian.asks_passphrase().then(|| passphrase(NEW_PASSPHRASE))).unwrap();
        let old = if kind == StoreKind::Files { PASSPHRASE } else { RECOVERY };
        custodian.change_passphrase(&passphrase(NEW_PASSPHRASE), &passphrase(old)).unwrap();
    }
}

/// Not only the calls that change something.
fn killed_at_every_call(kind: StoreKind) {
    for act in [Act::Generate, Act::Export, Act::ChangePassphrase] {
        killed_at(act, kind, |scene| scene.watched_all());
    }
}

#[test]
#[ignore = "takes minutes"]
fn killed_at_every_call_there_is_with_encrypted_files() {
    alone(|| killed_at_every_call(StoreKind::Files));
}

#[test]
#[ignore = "takes minutes"]
fn killed_at_every_call_there_is_with_a_keychain() {
    with_keychain(|| killed_at_every_call(StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_generate_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Generate, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_generating_many_with_encrypted_files() {
    alone(|| killed_everywhere(Act::GenerateMany, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_export_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Export, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_private_export_with_encrypted_files() {
    alone(|| killed_everywhere(Act::ExportPrivate, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_sealing_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Seal, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_change_of_the_passphrase_with_encrypted_files() {
    alone(|| killed_everywhere(Act::ChangePassphrase, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_generate_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::Generate, StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_export_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::Export, StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_a_change_of_the_recovery_passphrase_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::ChangePassphrase, StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_a_rotation_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Rotate, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_revocation_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Revoke, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_destruction_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Destroy, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_rotation_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::Rotate, StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_a_revocation_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::Revoke, StoreKind::Keychain));
}

#[test]
fn killed_at_every_call_of_a_destruction_with_a_keychain() {
    with_keychain(|| killed_everywhere(Act::Destroy, StoreKind::Keychain));
}
