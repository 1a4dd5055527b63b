//! Beginnings and new beginnings, interrupted: setting up, recovering a copied folder, going on
//! from a damaged log.

use std::fs;
use std::time::{Duration, SystemTime};

use keystead::custodian::Custodian;
use keystead::model::StoreKind;

use super::calls::{Act, Call, Scene, can_watch};
use crate::alone::{alone, with_keychain};
use crate::keychain::session;
use crate::lab::{Lab, RECOVERY, assert_verified, copy_folder, generate, key, names, passphrase, request};

/// A set-up that was interrupted or failed is there whole, or can be made again.
fn set_up_disturbed(kind: StoreKind, how: &str) {
    if !can_watch("set_up_disturbed") {
        return;
    }
    let calls = Scene { lab: &Lab::new(), kind, act: Act::Init, number: 0, program: true }.watched();
    assert!(calls.len() > 10, "{calls:?}");
    // A keychain whose line is broken cannot be tidied up; killed there is enough. A write that names no
    // file may hit that line too, because each thread counts its own; those of files fail in a home of files.
    let may_be_the_line =
        |call: &Call| call.name.starts_with("send") || (kind != StoreKind::Files && call.name == "write" && call.path.is_none());
    for call in calls.into_iter().filter(|call| how.starts_with("signal") || !may_be_the_line(call)) {
        let lab = Lab::new();
        let before = if kind == StoreKind::Files { Vec::new() } else { session::list() };
        let ended = Scene { lab: &lab, kind, act: Act::Init, number: 0, program: true }.disturbed(&call, how);
        println!("Init {kind:?} {call:?}: {:?} {}", ended.code, ended.text());
        let told = !matches!(ended.code, None | Some(0));
        if told && kind != StoreKind::Files {
            assert_eq!(session::list().len(), before.len(), "{call:?}: nothing is left in the keychain");
        }
        let custodian = if lab.file("audit.ron").exists() {
            // The write that fails may be that of the last sentence, and then only the sentence is missing.
            let may_be_the_sentence = call.name == "write" && call.path.is_none();
            assert!(!told || may_be_the_sentence, "{call:?}: said not to be made, and there");
            lab.open()
        } else {
            assert_ne!(ended.code, Some(0), "{call:?}: said to be made, and not there");
            lab.set_up(kind)
        };
        let made = generate(&custodian, "first");
        request(&custodian, made).unwrap();
        assert_verified(&custodian);
    }
}

#[test]
fn killed_at_every_call_of_setting_up() {
    with_keychain(|| {
        set_up_disturbed(StoreKind::Files, "signal=KILL");
        set_up_disturbed(StoreKind::Keychain, "signal=KILL");
    });
}

#[test]
fn setting_up_on_a_disk_that_fails_leaves_nothing() {
    with_keychain(|| {
        set_up_disturbed(StoreKind::Files, "error=EIO");
        set_up_disturbed(StoreKind::Keychain, "error=EIO");
    });
}

#[test]
fn what_killed_programs_left_is_swept_once_it_is_old() {
    alone(|| {
        let lab = Lab::new();
        generate(&lab.set_up(StoreKind::Files), "first");
        let names = [".keystead-abc", "secrets/.keystead-x", ".audit-1", "operations/000102030405060708090a0b0c0d0e0f", "mine"];
        let old = SystemTime::now() - Duration::from_hours(72);
        for name in names {
            let file = std::fs::File::create(lab.file(name)).unwrap();
            file.set_modified(old).unwrap();
        }
        std::fs::write(lab.file(".keystead-new"), "").unwrap();
        let custodian = lab.open();
        let left: Vec<_> = names.into_iter().filter(|name| lab.file(name).exists()).collect();
        assert_eq!(left, ["mine"]);
        assert!(lab.file(".keystead-new").exists(), "someone may be at work on it");
        request(&custodian, key(&custodian, "first").id).unwrap();
    });
}

/// The folder is there whole or not at all, and can be recovered again.
#[test]
fn killed_at_every_call_of_recover() {
    with_keychain(|| {
        if !can_watch("killed_at_every_call_of_recover") {
            return;
        }
        let origin = Lab::new();
        let custodian = origin.set_up(StoreKind::Keychain);
        generate(&custodian, "first");
        drop(custodian);
        let prepared = || {
            let lab = Lab::new();
            copy_folder(&origin.inventory(), &lab.path("copied"));
            lab
        };
        let lab = prepared();
        let calls = Scene { lab: &lab, kind: StoreKind::Keychain, act: Act::Recover, number: 0, program: true }.watched();
        assert!(calls.len() > 10, "{calls:?}");
        for call in calls {
            let lab = prepared();
            let ended = Scene { lab: &lab, kind: StoreKind::Keychain, act: Act::Recover, number: 0, program: true }
                .disturbed(&call, "signal=KILL");
            let from = if lab.inventory().exists() { lab.inventory() } else { lab.path("copied") };
            println!("Recover {call:?}: {:?} from {}", ended.code, from.display());
            let custodian = Custodian::recover(lab.env(), &from, &passphrase(RECOVERY)).unwrap();
            request(&custodian, key(&custodian, "first").id).unwrap();
            assert_verified(&custodian);
            assert_eq!(names(&custodian), ["first"]);
        }
    });
}

/// The damaged log lies there under one name or another, and going on can be asked for again.
#[test]
fn killed_at_every_call_of_going_on_from_a_damaged_log() {
    alone(|| {
        if !can_watch("killed_at_every_call_of_going_on_from_a_damaged_log") {
            return;
        }
        let prepared = || {
            let lab = Lab::new();
            let custodian = lab.set_up(StoreKind::Files);
            generate(&custodian, "first");
            generate(&custodian, "second");
            custodian.close();
            let text = fs::read_to_string(lab.file("audit.ron")).unwrap().replacen("second", "sekond", 1);
            fs::write(lab.file("audit.ron"), &text).unwrap();
            (lab, text)
        };
        let (lab, _) = prepared();
        let calls = Scene { lab: &lab, kind: StoreKind::Files, act: Act::GoOn, number: 0, program: false }.watched();
        assert!(calls.len() > 10, "{calls:?}");
        for call in calls {
            let (lab, damaged) = prepared();
            let ended = Scene { lab: &lab, kind: StoreKind::Files, act: Act::GoOn, number: 0, program: false }
                .disturbed(&call, "signal=KILL");
            println!("GoOn {call:?}: {:?}", ended.code);
            let logs = fs::read_dir(lab.inventory()).unwrap().map(|entry| entry.unwrap().path());
            let mut logs = logs.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("audit.ron"));
            assert!(logs.any(|path| fs::read_to_string(path).is_ok_and(|text| text == damaged)), "{call:?}: it is gone");
            let custodian = lab.open();
            if custodian.health().read_only {
                custodian.accept_history("once more").unwrap();
            }
            assert_eq!(names(&custodian), ["first"]);
            assert_eq!(custodian.read(|inventory| inventory.facts().accepted.len()), 1, "{call:?}");
            generate(&custodian, "third");
            assert_verified(&custodian);
            assert!(!lab.open().health().read_only);
        }
    });
}
