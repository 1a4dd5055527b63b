//! Killed while a backup is made or brought in: the inventory is the old one or the new one, whole, and a file that is
//! there is a backup.

use keystead::custodian::backup::{NewBackup, Protection};
use keystead::custodian::restore::{OpenWith, Restoration, Restore, RestoreMode, restore};
use keystead::custodian::{Custodian, NoProgress};
use keystead::model::{Command, Overrides, StoreKind};

use super::calls::{Act, Scene};
use super::kill::killed_everywhere;
use crate::alone::alone;
use crate::lab::{RECOVERY, first, generate, key, names, passphrase, request};

/// A key that is made after the backup.
const AFTER: &str = "after";

fn back_up(custodian: &Custodian, path: std::path::PathBuf) {
    let protection = Protection::Passphrase(passphrase(RECOVERY));
    custodian.back_up(&NewBackup { path, replace: true, protection }, &NoProgress).unwrap();
}

fn restored(custodian: &Custodian, file: &std::path::Path, mode: RestoreMode) -> Restoration {
    let with = OpenWith::Passphrase(passphrase(RECOVERY));
    let wanted = Restore { file: file.to_owned(), with, mode, passphrase: None, typed_name: None };
    restore(custodian.environment(), Some(custodian), &wanted, &NoProgress).unwrap()
}

fn file_of(scene: &Scene) -> std::path::PathBuf {
    scene.lab.path(&format!("{}.age", scene.name()))
}

/// The secret of the key that was made for the act.
fn secret_of(custodian: &Custodian, scene: &Scene) -> std::path::PathBuf {
    let object = key(custodian, &scene.name()).versions[0].locator.object.clone();
    scene.lab.file("secrets").join(format!("{object}.age"))
}

/// What an act on backups works on.
pub fn prepare(scene: &Scene) {
    if !matches!(scene.act, Act::Replace | Act::Merge) {
        return;
    }
    let custodian = scene.lab.open();
    let own = Overrides { exportable: Some(true), ..Default::default() };
    let made = key(&custodian, &scene.name()).id;
    custodian.run(&Command::SetKeyPolicies(vec![(made, own)]), &NoProgress).unwrap();
    if scene.act == Act::Merge {
        back_up(&custodian, file_of(scene));
        std::fs::remove_file(secret_of(&custodian, scene)).unwrap();
    } else {
        // What comes after it is not in the backup.
        back_up(&custodian, scene.lab.path("base.age"));
        generate(&custodian, AFTER);
    }
    custodian.close();
}

/// After the next start nothing is half done.
#[track_caller]
pub fn assert_whole(custodian: &Custodian, scene: &Scene, acknowledged: bool) {
    let beside = std::fs::read_dir(scene.lab.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = beside.filter(|name| name.starts_with(".keystead-") || name.ends_with(".restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
    match scene.act {
        Act::BackUp => {
            let there = file_of(scene).exists();
            let place = file_of(scene).to_string_lossy().into_owned();
            let known = custodian.read(|inventory| inventory.facts().backups.iter().any(|backup| *backup.place == *place));
            assert_eq!(there, known, "a file and its record, or neither");
            assert!(there || !acknowledged);
            if there {
                assert_eq!(restored(custodian, &file_of(scene), RestoreMode::Rehearse).secrets, 1);
            }
        }
        Act::Replace => {
            let old = names(custodian).iter().any(|name| name == AFTER);
            assert!(!old || !acknowledged, "acknowledged, it is the backup");
            for name in ["first", &scene.name()].into_iter().chain(old.then_some(AFTER)) {
                request(custodian, key(custodian, name).id).unwrap();
            }
        }
        _ => {
            let there = secret_of(custodian, scene).exists();
            assert!(there || !acknowledged);
            let again = restored(custodian, &file_of(scene), RestoreMode::Merge);
            assert_eq!(again.standing.unwrap().plan.is_idle(), there);
            request(custodian, first(key(custodian, &scene.name()).id).key).unwrap();
        }
    }
}

#[test]
fn killed_at_every_call_of_a_backup_with_encrypted_files() {
    alone(|| killed_everywhere(Act::BackUp, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_replace_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Replace, StoreKind::Files));
}

#[test]
fn killed_at_every_call_of_a_merge_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Merge, StoreKind::Files));
}
