//! The inventory as a whole: passphrases, recovery, the stores.

use std::path::Path;
use std::process::Command;

use super::{facts, looked, names, place, tool};
use crate::support::{Home, PASSPHRASE, program};

const NEW: &str = "nine-loud-herons-count-the-winter-boats";

#[test]
#[cfg(unix)]
fn a_passphrase_comes_by_descriptor_or_file_and_one_final_newline_is_dropped() {
    let home = Home::with_files();
    let program = program().display();
    let lines = [
        format!("'{program}' generate by-descriptor --passphrase-fd 3 3<passphrase"),
        format!("echo '{PASSPHRASE}' | '{program}' generate by-input --passphrase-fd 0"),
        format!("'{program}' generate by-pipe --passphrase-fd 5 5< <(printf '%s\\n' '{PASSPHRASE}')"),
        format!("'{program}' generate by-file --passphrase-file <(printf '%s\\r\\n' '{PASSPHRASE}')"),
    ];
    for line in lines {
        tool(&home, "bash", ["-c", &line]);
    }
    assert_eq!(names(&looked(&home, "list", ["list"])), ["by-descriptor", "by-file", "by-input", "by-pipe"]);
    std::fs::write(home.path("two-newlines"), format!("{PASSPHRASE}\n\n")).unwrap();
    home.run(["generate", "x", "--passphrase-file", &place(&home, "two-newlines")]).with(3);
    home.run(["generate", "x", "--passphrase-fd", "77"]).with(3);
    home.run(["generate", "x", "--passphrase-file", &place(&home, "no such file")]).with(3);
    home.open(["generate", "x", "--passphrase-fd", "0"]).with(2);
}

#[test]
fn the_passphrase_is_changed_and_the_old_one_opens_no_more() {
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    std::fs::write(home.path("new"), NEW).unwrap();
    std::fs::write(home.path("weak"), "12345678").unwrap();
    let (new, weak) = (place(&home, "new"), place(&home, "weak"));
    home.open(["passphrase", "change", "--new-passphrase-file", &weak]).with(4);
    facts(&home, "done", ["passphrase", "change", "--new-passphrase-file", &new]);
    home.open(["generate", "b"]).with(3);
    home.run(["generate", "b", "--passphrase-file", &new]).done();
    home.run(["audit", "verify", "--passphrase-file", &new]).done();
}

#[test]
fn a_copied_folder_and_its_passphrase_are_a_backup() {
    let home = Home::with_files();
    home.open(["generate", "a", "--count", "2"]).done();
    let other = Home::new();
    copy(&home.inventory(), &other.path("copy"));
    let copied = place(&other, "copy");
    std::fs::write(other.path("wrong"), NEW).unwrap();
    other.run(["recover", &copied, "--passphrase-file", &place(&other, "wrong")]).with(3);
    assert!(!other.inventory().exists(), "whole or not at all");
    facts(&other, "done", ["recover", &copied]);
    assert_eq!(names(&looked(&other, "list", ["list"])), ["a-1", "a-2"]);
    // Its secrets open: a request needs the private half.
    other.open(["request", "a-1", "--subject", "CN=a", "--out", "-"]).done();
    other.open(["recover", &copied]).with(4);
    other.open(["recover", &place(&other, "nothing")]).with(2);
}

#[test]
fn options_that_do_not_fit_a_store_are_wrong_use() {
    let home = Home::new();
    home.open(["init", "--store", "files", "--no-recovery"]).with(2);
    home.open(["init", "--store", "files", "--recovery-passphrase-file", &place(&home, "passphrase")]).with(2);
    home.open(["init", "--store", "files-by-keychain", "--no-recovery"]).with(2);
    assert!(!home.inventory().join("audit.ron").exists());
}

#[test]
fn the_inventory_folder_can_be_named() {
    let home = Home::new();
    let elsewhere = place(&home, "elsewhere");
    home.open(["init", "--store", "files", "--inventory", &elsewhere]).done();
    home.open(["--inventory", &elsewhere, "generate", "a"]).done();
    assert!(home.path("elsewhere/audit.ron").is_file() && !home.inventory().exists());
    assert_eq!(names(&looked(&home, "list", ["list", "--inventory", &elsewhere])), ["a"]);
}

#[test]
fn a_core_dump_is_never_written() {
    #[cfg(target_os = "linux")]
    {
        let home = Home::with_files();
        // The program reads its own limits through the list of names that it is given.
        let ended = home.open(["generate", "--names-file", "/proc/self/limits"]).done();
        drop(ended);
        let listed = looked(&home, "list", ["list", "core"]);
        let line = listed[0]["name"].as_str().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        // One byte: nothing is written, and a kernel that pipes core dumps starts no handler either.
        assert_eq!(words[..6], ["Max", "core", "file", "size", "1", "1"], "{line}");
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
