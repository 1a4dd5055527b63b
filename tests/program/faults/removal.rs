//! Removing a loose file after it was brought in: killed at each step, and with a store that is full. Its key
//! is never lost: as long as the stored copy is not whole the file is there.

use std::path::Path;
use std::process::Command;

use keystead::custodian::import::{Source, read};
use keystead::custodian::{Custodian, NoProgress};
use keystead::model::{Inventory, StoreKind};

use super::calls::can_watch;
use crate::alone::{alone, alone_after};
use crate::lab::{Lab, assert_secrets_open, assert_verified, key, names, request};
use crate::support::{Ended, end_of, program, skip};

/// A loose Ed25519 key of OpenSSL's, with the fingerprint of its public half.
fn loose(lab: &Lab, name: &str) -> String {
    let path = lab.path(name);
    let openssl = |arguments: &[&str]| {
        let run = Command::new("openssl").args(arguments).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    };
    openssl(&["genpkey", "-algorithm", "ED25519", "-out", path.to_str().unwrap()]);
    let der = openssl(&["pkey", "-in", path.to_str().unwrap(), "-pubout", "-outform", "DER"]);
    keystead::crypto::sha256(&der).to_string()
}

/// Brings a file in and removes it, killed at a call on a path.
fn killed_at(lab: &Lab, file: &str, call: &str, number: u32, path: &Path) -> Ended {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "signal=none", "-o", "/dev/null", "-P"]).arg(path);
    command.args(["-e", &format!("inject={call}:signal=KILL:when={number}")]).arg(program());
    command.arg("import").arg(lab.path(file)).args(["--remove-files", "--passphrase-file", "passphrase"]);
    lab.at_home(&mut command);
    end_of(command)
}

/// After the next start: the key is in its store or in its file, nothing is open, and the log says what holds.
#[track_caller]
fn assert_whole(lab: &Lab, name: &str, spki: &str, acknowledged: bool) -> bool {
    let file = lab.path(&format!("{name}.pem"));
    let custodian = lab.open();
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    assert_verified(&custodian);
    assert_secrets_open(lab, &custodian);
    let there = names(&custodian).contains(&name.to_owned());
    assert!(there || file.exists(), "the key of {name} is nowhere");
    assert!(!acknowledged || (there && !file.exists()));
    if there {
        let key = key(&custodian, name);
        assert_eq!(key.versions[0].spki_sha256.to_string(), spki);
        request(&custodian, key.id).unwrap();
        let told = custodian.history(key.id).unwrap();
        let removal = told.iter().any(|entry| entry.sentence.contains("removed the loose file"));
        let undone = told.iter().any(|entry| entry.sentence.contains("is still there"));
        assert!(file.exists() || (removal && !undone), "a removal is on record: {told:?}");
        assert!(!file.exists() || !removal || undone, "and none that did not happen: {told:?}");
    }
    !file.exists()
}

#[test]
fn killed_at_every_step_of_a_removal_the_key_is_in_its_store_or_in_its_file() {
    alone(|| {
        if !can_watch("killed_at_every_step_of_a_removal") {
            return;
        }
        let lab = Lab::new();
        lab.set_up(StoreKind::Files).close();
        let (mut number, mut removed, mut kept) = (0, 0, 0);
        let mut run = |call: &str, count: u32, on: &dyn Fn(&str) -> std::path::PathBuf| {
            let name = format!("key-{number}");
            number += 1;
            let spki = loose(&lab, &format!("{name}.pem"));
            let ended = killed_at(&lab, &format!("{name}.pem"), call, count, &on(&name));
            let gone = assert_whole(&lab, &name, &spki, ended.code == Some(0));
            println!("{call} {count}: {:?}, the file is {}", ended.code, if gone { "gone" } else { "there" });
            removed += u32::from(gone);
            kept += u32::from(!gone);
            let _ = std::fs::remove_file(lab.path(&format!("{name}.pem")));
            ended.code.is_none()
        };
        // Before each record: the beginning and the end of storing, and those of the removal.
        let mut writes = 0;
        while run("write", writes + 1, &|_| lab.file("audit.ron")) {
            writes += 1;
        }
        assert!(writes >= 4, "only {writes} records");
        let mut syncs = 0;
        while run("fdatasync", syncs + 1, &|_| lab.file("audit.ron")) || run("fsync", syncs + 1, &|_| lab.file("audit.ron")) {
            syncs += 1;
        }
        // Before the name is taken away, and after it: its folder is to be synced then.
        let file = |name: &str| lab.path(&format!("{name}.pem"));
        let before = run("unlink", 1, &file) | run("unlinkat", 1, &file);
        let after = run("fsync", 1, &|_| lab.path("")) | run("fdatasync", 1, &|_| lab.path(""));
        assert!(before && after, "{before} {after}");
        assert!(removed > 1 && kept > 3, "{removed} were gone, {kept} were there");
    });
}

/// A small disk for the inventory; the loose file lies on another.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=256k,mode=700 none "$HOME/disk" && exec "$@""#;

fn bring_in_and_remove(custodian: &Custodian, path: &Path) -> (String, Option<String>) {
    let mut reading = read(&[Source::Path(path.to_owned())], &[], &NoProgress);
    reading.compare(&custodian.read(Inventory::clone), custodian.now());
    let ended = match custodian.import(&reading, &reading.choices(), &NoProgress) {
        Ok((_, ended)) => ended[0].reason.clone(),
        Err(error) => error.to_string(),
    };
    (ended, custodian.remove_loose(&reading, path.to_str().unwrap()).kept)
}

#[test]
fn with_a_store_that_is_full_no_file_is_removed() {
    let alone_in = if end_of(unshare(&["-m", "true"])).code == Some(0) { "-m" } else { "-rm" };
    if end_of(unshare(&[alone_in, "sh", "-c", "mount -t tmpfs none /mnt"])).code != Some(0) {
        return skip("with_a_store_that_is_full", "no disk may be mounted here");
    }
    alone_after(&["unshare", alone_in, "sh", "-c", SMALL_DISK, "sh"], || {
        let home = std::path::PathBuf::from(std::env::var_os("HOME").unwrap());
        let (lab, files) = (Lab::at(home.join("disk")), Lab::at(home.join("files")));
        std::fs::create_dir(files.path("")).unwrap();
        let custodian = lab.set_up(StoreKind::Files);
        let ballast = lab.path("ballast");
        let (mut stayed, mut gone) = (0, 0);
        for round in 0..10_usize {
            let file = files.path(&format!("key-{round}.pem"));
            let spki = loose(&files, &format!("key-{round}.pem"));
            fill(&ballast, round % 3);
            let (ended, kept) = bring_in_and_remove(&custodian, &file);
            std::fs::remove_file(&ballast).unwrap();
            assert_eq!(file.exists(), kept.is_some(), "{ended} {kept:?}");
            let there = names(&custodian).contains(&format!("key-{round}"));
            assert!(there || file.exists(), "{ended}: the key is nowhere");
            stayed += u32::from(file.exists());
            gone += u32::from(!file.exists());
            if !there {
                assert!(ended.contains("full"), "{ended}");
                assert!(kept.unwrap().contains("was not brought in"));
            }
            assert_verified(&custodian);
            // With room again it goes.
            if file.exists() {
                assert_eq!(bring_in_and_remove(&custodian, &file).1, None);
            }
            assert_eq!(key(&custodian, &format!("key-{round}")).versions[0].spki_sha256.to_string(), spki);
            assert_secrets_open(&lab, &custodian);
        }
        assert!(stayed > 2, "{stayed} stayed, {gone} went");
    });
}

fn unshare(arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(arguments);
    command
}

/// Fills the disk but for some pages.
fn fill(ballast: &Path, free: usize) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(ballast).unwrap();
    let page = [0_u8; 4096];
    let mut pages = 0;
    while file.write_all(&page).is_ok() {
        pages += 1;
    }
    file.set_len((pages.max(free) - free) as u64 * 4096).unwrap();
}
