//! Bringing in files, killed at every call, between two groups, and on a disk that is full: nothing
//! is half brought in, and what is said of each object is what holds.

use std::path::Path;
use std::process::Command;

use keystead::custodian::import::{Ended, Source, read};
use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Inventory, StoreKind};

use super::calls::{Act, Call, Scene, can_watch, reopened};
use super::disk::{fill, on_a_small_disk, on_it};
use super::kill::{killed_at, killed_everywhere};
use crate::alone::{alone, with_keychain};
use crate::lab::{Lab, assert_secrets_open, assert_verified, generate, key, names, request};
use crate::support::{Ended as Run, PASSPHRASE, end_of};

/// Private keys that come in together: more than are stored together where each is slow.
const TOGETHER: usize = 6;

/// How many of them a keychain stores together.
const SMALL_GROUP: usize = 4;

/// How many encrypted files are stored together.
const GROUP: usize = 500;

/// An Ed25519 private key (RFC 8410 section 7) that no other call has made.
fn fresh_key(seed: &mut u64) -> Vec<u8> {
    use std::hash::{BuildHasher as _, RandomState};
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    for _ in 0..4 {
        *seed += 1;
        der.extend_from_slice(&RandomState::new().hash_one(*seed).to_be_bytes());
    }
    der
}

/// Files that bring in all that an import can: new keys, a certificate of one, a certificate and a public half whose
/// keys are held elsewhere, and the private half of an entry that is here without it.
pub fn lay_out(folder: &Path, custodian: &Custodian, name: &str) {
    let mut seed = 0;
    std::fs::create_dir_all(folder).unwrap();
    let openssl = |line: &str| {
        let run = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
        assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    };
    for number in 0..TOGETHER {
        std::fs::write(folder.join(format!("{name}-{number}.der")), fresh_key(&mut seed)).unwrap();
    }
    openssl(&format!("req -x509 -keyform DER -key {name}-0.der -days 90 -subj /CN={name}-0 -out {name}.crt"));
    std::fs::write(folder.join("alone"), fresh_key(&mut seed)).unwrap();
    openssl(&format!("req -x509 -keyform DER -key alone -days 90 -subj /CN={name}-alone -out {name}-alone.crt"));
    std::fs::remove_file(folder.join("alone")).unwrap();
    for other in ["public", "late"] {
        std::fs::write(folder.join(format!("{name}-{other}")), fresh_key(&mut seed)).unwrap();
        openssl(&format!("pkey -inform DER -in {name}-{other} -pubout -out {name}-{other}.pub"));
    }
    std::fs::remove_file(folder.join(format!("{name}-public"))).unwrap();
    let late = folder.join(format!("{name}-late.pub"));
    bring_in(custodian, &late).unwrap();
    std::fs::remove_file(late).unwrap();
}

/// Brings in all that a path holds; the first refusal is the error.
pub fn bring_in(custodian: &Custodian, path: &Path) -> Result<(), CustodianError> {
    let refused = brought_in(custodian, path)?.into_iter().find(|one| one.outcome == "refused");
    refused.map_or(Ok(()), |one| Err(CustodianError::Input(one.reason)))
}

fn brought_in(custodian: &Custodian, path: &Path) -> Result<Vec<Ended>, CustodianError> {
    let mut reading = read(&[Source::Path(path.to_owned())], &[], &NoProgress);
    reading.compare(&custodian.read(Inventory::clone), custodian.now());
    custodian.import(&reading, &reading.choices(), &NoProgress).map(|(_, ended)| ended)
}

/// What is there of an import after the next start has its secret, and all is there that was acknowledged.
#[track_caller]
pub fn assert_whole(custodian: &Custodian, scene: &Scene, acknowledged: bool) {
    let name = scene.name();
    let there = there(custodian, scene);
    for name in &there {
        request(custodian, key(custodian, name).id).unwrap();
    }
    let late = key(custodian, &format!("{name}-late"));
    if late.versions[0].held().is_here() {
        request(custodian, late.id).unwrap();
    }
    let alone = custodian.read(|inventory| inventory.named(&format!("{name}-alone")).cloned());
    assert!(alone.as_ref().is_none_or(|key| key.versions[0].certificate.is_some()), "an entry without its certificate");
    if acknowledged {
        assert!(alone.is_some());
        assert_eq!(there.len(), TOGETHER);
        assert!(names(custodian).contains(&format!("{name}-public")) && late.versions[0].held().is_here());
        assert!(key(custodian, &format!("{name}-0")).versions[0].certificate.is_some());
    }
}

/// The new keys of an import that are there.
fn there(custodian: &Custodian, scene: &Scene) -> Vec<String> {
    let all = (0..TOGETHER).map(|number| format!("{}-{number}", scene.name()));
    all.filter(|name| names(custodian).contains(name)).collect()
}

/// What was killed left each group whole or not there at all.
#[track_caller]
pub fn assert_groups(custodian: &Custodian, scene: &Scene) {
    let groups = if scene.kind == StoreKind::Keychain { vec![0, SMALL_GROUP, TOGETHER] } else { vec![0, TOGETHER] };
    let there = there(custodian, scene);
    assert!(groups.contains(&there.len()), "{there:?}");
}

/// What was said of each object is what holds.
#[track_caller]
pub fn assert_told(scene: &Scene, ended: &Run) {
    let custodian = reopened(scene, &[PASSPHRASE]);
    let name = scene.name();
    if let Ok(told) = serde_json::from_slice::<serde_json::Value>(&ended.stdout) {
        for one in told.as_array().unwrap() {
            let file = one["path"].as_str().unwrap().rsplit('/').next().unwrap().split('.').next().unwrap().to_owned();
            let entry = custodian.read(|inventory| inventory.named(&file).cloned());
            let imported = one["outcome"] == "imported";
            match one["kind"].as_str().unwrap() {
                "certificate" if file.ends_with("-alone") => assert_eq!(entry.is_some(), imported, "{one}"),
                "certificate" => {
                    let entry = custodian.read(|inventory| inventory.named(&format!("{name}-0")).cloned());
                    assert_eq!(entry.is_some_and(|key| key.versions[0].certificate.is_some()), imported, "{one}");
                }
                "pkcs8" => assert_eq!(entry.is_some_and(|key| key.versions[0].held().is_here()), imported, "{one}"),
                _ => assert_eq!(entry.is_some(), imported, "{one}"),
            }
            assert!(imported || !one["reason"].as_str().unwrap().is_empty(), "{one}");
        }
        return;
    }
    let text = format!("{}\n{}", ended.text(), ended.stderr);
    assert!(["Not saved", "cannot be used", "cannot be read"].iter().any(|said| text.contains(said)), "{text}");
    if scene.program {
        assert!(!names(&custodian).iter().any(|one| one.starts_with(&format!("{name}-")) && !one.ends_with("-late")), "{text}");
    }
    if let Some(next) = text.lines().find_map(|line| line.strip_prefix("next: ")) {
        assert!(next == "saved" || next.contains("open for reading"), "{next}");
    }
}

#[test]
fn killed_at_every_call_of_an_import_with_encrypted_files() {
    alone(|| killed_everywhere(Act::Import, StoreKind::Files));
}

/// Every fourth call from this one on: a keychain is slow, and so one test is four.
fn quarter(scene: &Scene, from: usize) -> Vec<Call> {
    scene.watched().into_iter().skip(from).step_by(4).collect()
}

#[test]
fn killed_at_every_call_of_an_import_with_a_keychain_from_the_first() {
    with_keychain(|| killed_at(Act::Import, StoreKind::Keychain, |scene| quarter(scene, 0)));
}

#[test]
fn killed_at_every_call_of_an_import_with_a_keychain_from_the_second() {
    with_keychain(|| killed_at(Act::Import, StoreKind::Keychain, |scene| quarter(scene, 1)));
}

#[test]
fn killed_at_every_call_of_an_import_with_a_keychain_from_the_third() {
    with_keychain(|| killed_at(Act::Import, StoreKind::Keychain, |scene| quarter(scene, 2)));
}

#[test]
fn killed_at_every_call_of_an_import_with_a_keychain_from_the_fourth() {
    with_keychain(|| killed_at(Act::Import, StoreKind::Keychain, |scene| quarter(scene, 3)));
}

/// As many keys as go in two groups, in one file.
fn two_groups(path: &Path) {
    let (mut bytes, mut seed) = (Vec::new(), 0);
    (0..=GROUP).for_each(|_| bytes.extend(fresh_key(&mut seed)));
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn an_import_killed_between_two_groups_keeps_the_first_whole_and_goes_on_when_it_is_repeated() {
    alone(|| {
        if !can_watch("an_import_killed_between_two_groups") {
            return;
        }
        let lab = Lab::new();
        generate(&lab.set_up(StoreKind::Files), "first");
        let program = |name: &str| {
            let mut command = Command::new("strace");
            let log = lab.file("audit.ron");
            command.args(["-f", "-qq", "-e", "signal=none", "-o", "/dev/null", "-P"]).arg(log);
            command.args(["-e", "inject=write:signal=KILL:when=3"]).arg(crate::support::program());
            command.args(["import", name, "--passphrase-file", "passphrase"]);
            lab.at_home(&mut command);
            command
        };
        two_groups(&lab.path("many.der"));
        // The third record is the second group's beginning, behind the first group's beginning and end.
        let ended = end_of(program("many.der"));
        assert_eq!(ended.code, None, "{} {}", ended.text(), ended.stderr);
        let custodian = lab.open();
        assert_eq!(names(&custodian).len(), 1 + GROUP);
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_secrets_open(&lab, &custodian);
        let ended = brought_in(&custodian, &lab.path("many.der")).unwrap();
        let count = |outcome| ended.iter().filter(|one| one.outcome == outcome).count();
        assert_eq!((count("present"), count("imported")), (GROUP, 1));
        assert_secrets_open(&lab, &custodian);
        assert_verified(&custodian);
    });
}

#[test]
fn a_disk_that_is_full_during_an_import_leaves_nothing_half_brought_in() {
    on_a_small_disk("a_disk_that_is_full_during_an_import", || {
        let lab = on_it();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "first");
        let (ballast, elsewhere) = (lab.path("ballast"), tempfile::tempdir().unwrap());
        let mut full = 0;
        // With so many pages free every step of the work meets the end.
        let free = [0, 2, 5, 8];
        for (round, pages) in free.into_iter().enumerate() {
            let (name, folder) = (format!("key-{round}"), elsewhere.path().join(round.to_string()));
            lay_out(&folder, &custodian, &name);
            fill(&ballast, pages);
            let ended = brought_in(&custodian, &folder);
            let refused = match &ended {
                Ok(ended) => ended.iter().filter(|one| one.outcome == "refused").map(|one| one.reason.clone()).collect(),
                Err(error) => vec![error.to_string()],
            };
            full += usize::from(!refused.is_empty());
            for reason in &refused {
                let told = reason.contains("Not saved: the disk") && reason.contains("full");
                assert!(told || reason.contains("was not brought in"), "{reason}");
            }
            std::fs::remove_file(&ballast).unwrap();
            assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
            assert_verified(&custodian);
            assert_secrets_open(&lab, &custodian);
            // With room again all that is missing comes in.
            bring_in(&custodian, &folder).unwrap();
            assert_secrets_open(&lab, &custodian);
        }
        assert!(full > 1, "the disk was full {full} times");
        let custodian = lab.open();
        assert_eq!(names(&custodian).len(), 1 + free.len() * (TOGETHER + 3));
    });
}

/// Not only the calls that change something.
#[test]
#[ignore = "takes minutes"]
fn killed_at_every_call_there_is_of_an_import_with_encrypted_files() {
    alone(|| killed_at(Act::Import, StoreKind::Files, |scene| scene.watched_all()));
}
