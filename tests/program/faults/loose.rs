//! Loose files that are removed once their keys were brought in, and those that stay.

use std::fs;
use std::path::{Path, PathBuf};

use keystead::custodian::import::{Reading, Source, read};
use keystead::custodian::{Custodian, NoProgress};
use keystead::model::{Inventory, StoreKind};

use crate::alone::alone;
use crate::lab::{Lab, assert_secrets_open, assert_verified, key, names};

/// A loose Ed25519 key of OpenSSL's.
fn loose(lab: &Lab, name: &str) -> PathBuf {
    let path = lab.path(name);
    let made = std::process::Command::new("openssl").args(["genpkey", "-algorithm", "ED25519", "-out"]).arg(&path).status();
    assert!(made.unwrap().success());
    path
}

/// Reads files and brings in what they hold, or nothing of it.
fn brought_in(custodian: &Custodian, paths: &[&Path], choose: bool) -> Reading {
    let sources: Vec<Source> = paths.iter().map(|path| Source::Path((*path).to_owned())).collect();
    let mut reading = read(&sources, &[], &NoProgress);
    let inventory = custodian.read(Inventory::clone);
    reading.compare(&inventory, custodian.now());
    let choices = if choose { reading.choices() } else { Vec::new() };
    custodian.import(&reading, &choices, &NoProgress).unwrap();
    reading
}

/// Why the file stayed; it did.
#[track_caller]
fn stays(custodian: &Custodian, reading: &Reading, path: &Path) -> String {
    let kept = custodian.remove_loose(reading, path.to_str().unwrap()).kept.expect("it stays");
    assert!(path.symlink_metadata().is_ok(), "{kept}");
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()), "nothing is left open");
    kept
}

#[test]
fn a_loose_file_is_removed_after_the_stored_copy_was_read_back_and_that_is_on_record() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let path = loose(&lab, "shop.pem");
        let reading = brought_in(&custodian, &[&path], true);
        let removal = custodian.remove_loose(&reading, path.to_str().unwrap());
        assert_eq!((removal.kept, path.exists()), (None, false));
        let told = custodian.history(key(&custodian, "shop").id).unwrap();
        assert!(told.iter().any(|entry| entry.sentence.contains("removed the loose file")), "{told:?}");
        assert_secrets_open(&lab, &custodian);
        assert_verified(&custodian);
        assert_eq!(names(&lab.open()), ["shop"], "and the log is read again");
    });
}

#[test]
fn a_file_stays_when_anything_it_holds_was_not_brought_in() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let path = loose(&lab, "shop.pem");
        let reading = brought_in(&custodian, &[&path], false);
        assert!(stays(&custodian, &reading, &path).contains("was not brought in"));
        // With another key in it, which is damaged, it stays as well.
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        fs::write(&path, text).unwrap();
        let reading = brought_in(&custodian, &[&path], true);
        assert_eq!(names(&custodian), ["shop"]);
        assert!(stays(&custodian, &reading, &path).contains("was not brought in"));
        // And with settings beside the key.
        let settings = loose(&lab, "settings.pem");
        let text = format!("password = hunter2\n{}", fs::read_to_string(&settings).unwrap());
        fs::write(&settings, text).unwrap();
        let reading = brought_in(&custodian, &[&settings], true);
        assert!(stays(&custodian, &reading, &settings).contains("other text"));
    });
}

#[test]
fn a_file_stays_when_its_store_gives_back_another_secret_or_none() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let (one, other) = (loose(&lab, "one.pem"), loose(&lab, "other.pem"));
        let reading = brought_in(&custodian, &[&one, &other], true);
        let secret = |name: &str| lab.file(&format!("secrets/{}.age", key(&custodian, name).versions[0].locator.object));
        fs::copy(secret("other"), secret("one")).unwrap();
        assert!(stays(&custodian, &reading, &one).contains("is another key"));
        fs::remove_file(secret("one")).unwrap();
        stays(&custodian, &reading, &one);
    });
}

#[test]
fn a_file_stays_when_it_changed_since_it_was_read_or_became_a_link() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let (one, other) = (loose(&lab, "one.pem"), loose(&lab, "other.pem"));
        let reading = brought_in(&custodian, &[&one, &other], true);
        fs::write(&one, fs::read_to_string(&other).unwrap()).unwrap();
        assert!(stays(&custodian, &reading, &one).contains("changed since it was read"));
        let moved = lab.path("moved.pem");
        fs::rename(&other, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &other).unwrap();
        assert!(stays(&custodian, &reading, &other).contains("a link"));
        assert!(moved.exists());
    });
}
