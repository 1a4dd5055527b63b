//! Private halves on their way to a place that cannot take them: a full disk, one that can only be read, what exists
//! already, a link, and a folder that goes away in between. Nothing is lost, nothing is left, nothing is on record.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::sealing::book;
use super::{looked, place};
use crate::support::{Ended, Home, end_of, has, program, skip};

/// The ways out of the inventory, as they are typed; `FILE` is where to.
const WAYS: [(&str, &[&str]); 2] = [
    ("seal", &["seal", "ed", "--to", "Ada", "Bob", "--out", "FILE"]),
    ("export", &["export", "ed", "--private", "--format", "pkcs8-plain", "--confirm", "ed", "--out", "FILE"]),
];

fn typed(way: &[&str], file: &str) -> Vec<String> {
    way.iter().map(|word| if *word == "FILE" { file.to_owned() } else { (*word).to_owned() }).collect()
}

/// The program behind another command that starts it.
fn behind(home: &Home, before: &[&str], way: &[&str], file: &str) -> Command {
    let mut command = Command::new(before[0]);
    home.at_home(&mut command);
    command.args(&before[1..]).arg(program()).args(typed(way, file)).arg("--passphrase-file").arg(home.path("passphrase"));
    command
}

/// Nothing was given to anybody, nothing lies in a folder, and the key is free for another try.
#[track_caller]
fn nothing_happened(home: &Home, ended: &Ended, words: &str, folder: &Path) {
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert!(ended.stderr.contains("Nothing was written"), "{}", ended.stderr);
    assert!(looked(home, "handover-list", ["handover", "list"]).as_array().unwrap().is_empty());
    let left: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    home.open(["audit", "verify"]).done();
}

/// A disk of its own at `disk` in the home, for the program alone.
fn on_a_disk(name: &str, options: &str, ahead: &str, words: &str) {
    if end_of(with(&["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"])).code != Some(0) {
        return skip(name, "no disk may be mounted here");
    }
    let home = book();
    std::fs::create_dir(home.path("disk")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=16k,mode=700 none \"$HOME/disk\" && {ahead} && mount -o remount{options} \"$HOME/disk\" && \"$@\"; \
         code=$?; ls -A \"$HOME/disk\" >&2; exit $code"
    );
    for (what, way) in WAYS {
        let ended = end_of(behind(&home, &["unshare", "-rm", "sh", "-c", &script, "sh"], way, &place(&home, "disk/out"))).with(3);
        nothing_happened(&home, &ended, words, &home.path("disk"));
        assert!(!ended.stderr.contains(".keystead-") && !ended.stderr.contains("\nout"), "{what}: {}", ended.stderr);
    }
}

fn with(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

#[test]
fn private_halves_into_a_full_disk() {
    let fill = "head -c 16384 /dev/zero > \"$HOME/disk/full\"";
    on_a_disk("private_halves_into_a_full_disk", "", fill, "the disk is full");
}

#[test]
fn private_halves_into_a_folder_that_can_only_be_read() {
    on_a_disk("private_halves_into_a_folder_that_can_only_be_read", ",ro", "true", "can only be read");
}

#[test]
fn private_halves_over_an_existing_file_and_through_a_link() {
    let home = book();
    std::fs::write(home.path("mine"), "mine").unwrap();
    std::os::unix::fs::symlink(home.path("mine"), home.path("link")).unwrap();
    std::os::unix::fs::symlink(home.path("nowhere"), home.path("dangling")).unwrap();
    std::fs::create_dir(home.path("folder")).unwrap();
    for (what, way) in WAYS {
        let run = |file: &str, more: &[&str]| {
            home.open(typed(way, &place(&home, file)).iter().map(String::as_str).chain(more.iter().copied()))
        };
        assert!(run("mine", &[]).with(4).stderr.contains("exists already"), "{what}");
        for link in ["link", "dangling"] {
            assert!(run(link, &["--replace"]).with(3).stderr.contains("symbolic link"), "{what}");
        }
        assert!(run("folder", &["--replace"]).with(3).stderr.contains("is a folder"), "{what}");
        assert_eq!(std::fs::read(home.path("mine")).unwrap(), b"mine");
        assert!(!home.path("nowhere").exists());
    }
    assert!(looked(&home, "handover-list", ["handover", "list"]).as_array().unwrap().is_empty());
    home.open(["seal", "ed", "--to", "Ada", "--replace", "--out", &place(&home, "mine")]).done();
    assert!(std::fs::read(home.path("mine")).unwrap().starts_with(b"age-encryption.org/v1\n"));
}

/// The folder is renamed away after the intent was written to the log and before it is on the disk.
#[test]
fn private_halves_onto_a_folder_that_goes_away_in_between() {
    if !has("strace") {
        return skip("private_halves_onto_a_folder_that_goes_away_in_between", "strace is not installed");
    }
    let home = book();
    let log = home.inventory().join("audit.ron");
    let length = || std::fs::metadata(&log).unwrap().len();
    for (what, way) in WAYS {
        std::fs::create_dir(home.path("share")).unwrap();
        let log = log.to_str().unwrap();
        // The unlock is one record, the intent the next: between writing and syncing it there is time.
        let slow = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", log, "-e", "inject=fsync,fdatasync:delay_enter=1500000"];
        let mut child = behind(&home, &slow, way, &place(&home, "share/out"));
        let before = length();
        let child = child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let begun = || String::from_utf8_lossy(&std::fs::read(log).unwrap()[before as usize..]).contains("Begun");
        let start = Instant::now();
        while !begun() && start.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::rename(home.path("share"), home.path("gone")).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let ended = Ended { code: output.status.code(), stdout: output.stdout, stderr }.with(3);
        nothing_happened(&home, &ended, "went away meanwhile", &home.path("gone"));
        assert!(!home.path("share").exists(), "{what}");
        std::fs::remove_dir(home.path("gone")).unwrap();
        assert!(home.run(["audit", "show"]).done().text().contains("Nothing was written"), "{what}");
    }
    home.open(["seal", "ed", "--to", "Ada", "--out", &place(&home, "out")]).done();
}
