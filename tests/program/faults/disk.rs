//! A disk that is full, that fails, or that may not be written.

use std::path::Path;
use std::process::Command;

use keystead::custodian::CustodianError;
use keystead::model::StoreKind;

use super::calls::{Act, NEW_PASSPHRASE, Scene, can_watch, reopened};
use super::kill::{assert_whole, opening, put_passphrase_back};
use crate::alone::{alone, alone_after};
use crate::lab::{Lab, alerts, assert_verified, generate, key, names, request, try_generate};
use crate::support::{Ended, PASSPHRASE, end_of, skip};

/// Each call of these names fails once, for the library, which goes on, and for the program.
fn failing(names_of_calls: &[&str], how: &str) {
    if !can_watch(&format!("failing_{}", names_of_calls[0])) {
        return;
    }
    for act in [Act::Generate, Act::GenerateMany, Act::Export, Act::ExportPrivate, Act::Seal, Act::ChangePassphrase, Act::Import]
    {
        failing_act(act, false, names_of_calls, how);
        failing_act(act, true, names_of_calls, how);
    }
}

/// What was there before is there, and it is said that nothing was saved.
fn failing_act(act: Act, program: bool, names_of_calls: &[&str], how: &str) {
    let (lab, kind) = (Lab::new(), StoreKind::Files);
    generate(&lab.set_up(kind), "first");
    let undisturbed = Scene { lab: &lab, kind, act, number: 0, program };
    undisturbed.prepare();
    let calls = undisturbed.watched();
    put_passphrase_back(&lab, kind);
    let mut refused = 0;
    for (number, call) in (1..).zip(calls.iter().filter(|call| !call.shared && names_of_calls.contains(&&*call.name))) {
        let scene = Scene { lab: &lab, kind, act, number, program };
        scene.prepare();
        let ended = scene.disturbed(call, how);
        println!("{act:?} {call:?}: {:?} {} {}", ended.code, ended.text(), ended.stderr);
        // An import refuses the objects that it could not store, and goes on with the others.
        refused += u32::from(ended.code == Some(3) || (act == Act::Import && ended.code == Some(4)));
        assert_told(&scene, &ended);
        put_passphrase_back(&lab, kind);
    }
    assert!(refused > 1, "{act:?}: {calls:?}");
}

/// What was said is what holds.
#[track_caller]
fn assert_told(scene: &Scene, ended: &Ended) {
    let text = format!("{}\n{}", ended.text(), ended.stderr);
    // 4: the library could not even open it.
    assert!(matches!(ended.code, Some(0 | 3 | 4)), "{:?}\n{text}", ended.code);
    assert_whole(scene, ended.code == Some(0));
    if ended.code == Some(0) {
        return;
    }
    if scene.act == Act::Import {
        return super::import::assert_told(scene, ended);
    }
    let said = ["Not saved", "Nothing was written", "but that could not be put on record", "cannot be used", "cannot be read"];
    let error = text.lines().find(|line| said.iter().any(|said| line.contains(said)));
    let error = error.unwrap_or_else(|| panic!("{text}"));
    if scene.act == Act::ChangePassphrase {
        assert_eq!(error.contains("the new one opens"), opening(scene.lab, scene.kind) == NEW_PASSPHRASE, "{error}");
    }
    let custodian = reopened(scene, &[PASSPHRASE, NEW_PASSPHRASE]);
    assert!(!names(&custodian).iter().any(|name| name.starts_with(&scene.name())), "said not to be saved, and there");
    if let Some(next) = text.lines().find_map(|line| line.strip_prefix("next: ")) {
        assert!(next == "saved" || next.contains("open for reading"), "{next}");
        assert_eq!(names(&custodian).contains(&format!("after-{}", scene.number)), next == "saved");
    }
}

#[test]
fn an_anchor_that_cannot_be_written_is_an_alert_and_no_failed_change() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        std::fs::rename(lab.path("state"), lab.path("elsewhere")).unwrap();
        std::fs::write(lab.path("state"), "in the way").unwrap();
        generate(&custodian, "first");
        custodian.close();
        assert!(alerts(&custodian).contains(&"anchor-trouble"));
        std::fs::remove_file(lab.path("state")).unwrap();
        custodian.close();
        assert!(!alerts(&custodian).contains(&"anchor-trouble"));
        assert_eq!(names(&lab.open()), ["first"]);
    });
}

#[test]
fn failing_write() {
    alone(|| failing(&["write", "openat", "renameat", "rename", "link", "linkat"], "error=ENOSPC"));
}

#[test]
fn failing_fsync() {
    alone(|| failing(&["fsync", "fdatasync", "syncfs"], "error=EIO"));
}

/// A disk of so many pages that is nobody else's, at the working folder.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=256k,mode=700 none "$HOME/disk" && exec "$@""#;

#[test]
fn full_disk() {
    on_a_small_disk("full_disk", || {
        let lab = on_it();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "first");
        let before = std::fs::read(lab.file("audit.ron")).unwrap();
        let ballast = lab.path("ballast");
        let (mut full, mut saved) = (0, vec!["first".to_owned()]);
        // With no, one or two pages free, and a log that grows, every step of the work meets the end.
        for round in 0..21_usize {
            fill(&ballast, round % 3);
            let name = format!("key-{round}");
            match try_generate(&custodian, &[&name]) {
                Ok(_) => saved.push(name),
                Err(error) => {
                    full += 1;
                    let text = error.to_string();
                    assert!(text.contains("Not saved: the disk") && text.contains("full"), "{text}");
                    assert!(!matches!(error, CustodianError::ReadOnly(_)), "{text}");
                }
            }
            assert_eq!(names(&custodian), saved);
            std::fs::remove_file(&ballast).unwrap();
            // With room again the same name is free, and nothing is in the way.
            if saved.len() < round + 2 {
                let name = format!("key-{round}");
                generate(&custodian, &name);
                saved.push(name);
            }
            assert_verified(&custodian);
        }
        assert!(full > 5, "the disk was full {full} times");
        assert!(std::fs::read(lab.file("audit.ron")).unwrap().starts_with(&before));
        let custodian = lab.open();
        assert_eq!(names(&custodian), saved);
        request(&custodian, made).unwrap();
        for name in saved {
            request(&custodian, key(&custodian, &name).id).unwrap();
        }
        let secrets = std::fs::read_dir(lab.file("secrets")).unwrap().count();
        assert_eq!(secrets, names(&custodian).len(), "nothing half written is left");
    });
}

/// Runs a test's body with a disk of its own that is soon full.
pub fn on_a_small_disk<F: FnOnce()>(test: &str, body: F) {
    let alone_in = if end_of(command("unshare", &["-m", "true"])).code == Some(0) { "-m" } else { "-rm" };
    if end_of(command("unshare", &[alone_in, "sh", "-c", "mount -t tmpfs none /mnt"])).code != Some(0) {
        skip(test, "no disk may be mounted here");
        return;
    }
    alone_after(&["unshare", alone_in, "sh", "-c", SMALL_DISK, "sh"], body);
}

/// Folders on that disk.
pub fn on_it() -> Lab {
    Lab::at(Path::new(&std::env::var_os("HOME").unwrap()).join("disk"))
}

/// Fills the disk but for some pages.
pub fn fill(ballast: &Path, free: usize) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(ballast).unwrap();
    let page = [0_u8; 4096];
    let mut pages = 0;
    while file.write_all(&page).is_ok() {
        pages += 1;
    }
    file.set_len((pages.max(free) - free) as u64 * 4096).unwrap();
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

#[test]
fn folder_not_writable() {
    // Root may write anywhere unless that right is given up.
    let root = end_of(command("id", &["-u"])).text().trim() == "0";
    let give_up = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"];
    if root && end_of(command(give_up[0], &["--bounding-set=-dac_override", "true"])).code != Some(0) {
        skip("folder_not_writable", "root cannot give up its right to write anywhere");
        return;
    }
    alone_after(if root { &give_up } else { &[] }, || {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "first");
        drop(custodian);
        let folders = [lab.inventory(), lab.file("secrets"), lab.file("operations")];
        let modes = |folder: u32, file: u32| {
            for path in &folders {
                set_mode(path, folder);
            }
            set_mode(&lab.file("audit.ron"), file);
            set_mode(&lab.file("lock"), file);
        };
        modes(0o500, 0o400);
        let custodian = lab.open();
        assert_eq!(names(&custodian), ["first"]);
        let error = try_generate(&custodian, &["second"]).unwrap_err();
        assert!(error.to_string().contains("may not be written by you"), "{error}");
        // Looking, and what writes nothing here, goes on.
        custodian.export_public(&[crate::lab::first(made)], keystead::model::Format::SpkiPem).unwrap();
        assert_verified(&custodian);
        assert!(!alerts(&custodian).contains(&"log-trouble"));
        modes(0o700, 0o600);
        let custodian = lab.open();
        generate(&custodian, "second");
        assert_eq!(names(&custodian), ["first", "second"]);
        // A folder that cannot be made.
        set_mode(&lab.path(""), 0o500);
        std::fs::rename(lab.inventory(), lab.path("elsewhere")).unwrap_err();
        let other = Lab::at(lab.path("new"));
        let error = other.try_set_up(StoreKind::Files).err().unwrap();
        assert!(matches!(error, CustodianError::Folder { .. }), "{error:?}");
        assert!(error.to_string().contains("change its permissions"), "{error}");
        set_mode(&lab.path(""), 0o700);
    });
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
