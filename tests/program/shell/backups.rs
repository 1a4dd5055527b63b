//! `backup` and `restore`: what is in a backup and who can open it, what a rehearsal proves, what a merge never does, and
//! what a replace asks; and the bad input that belongs to them.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{checked, looked, place, tool};
use crate::support::{Ended, Home, PASSPHRASE, end_of, has, program, skip};

const WORD: &str = "correct horse battery staple";

/// Keys that may leave (SSH), and one whose policy keeps it.
fn home() -> Home {
    let home = Home::with_files();
    home.open(["generate", "one", "--purpose", "ssh"]).done();
    home.open(["generate", "two", "--purpose", "ssh"]).done();
    home.open(["generate", "kept", "--purpose", "code-signing"]).done();
    home
}

/// Runs a command with a word on descriptor 9 of an option.
fn with_word(home: &Home, word: &str, option: &str, arguments: &[&str]) -> Ended {
    let mut file = std::fs::File::create(home.path("word")).unwrap();
    file.write_all(word.as_bytes()).unwrap();
    drop(file);
    let script = format!("exec 9< '{}'; exec \"$0\" \"$@\" {option} 9", home.path("word").display());
    let mut command = std::process::Command::new("sh");
    home.at_home(&mut command);
    command.args(["-c", &script]).arg(program()).args(arguments);
    end_of(command)
}

fn back_up(home: &Home, file: &str, more: &[&str]) -> Ended {
    let (out, words) = (place(home, file), place(home, "passphrase"));
    let arguments = [&["backup", "--out", &out, "--passphrase-file", &words], more].concat();
    with_word(home, WORD, "--output-passphrase-fd", &arguments)
}

fn restore(home: &Home, file: &str, more: &[&str]) -> Ended {
    restore_with(home, WORD, file, more)
}

fn restore_with(home: &Home, word: &str, file: &str, more: &[&str]) -> Ended {
    let file = place(home, file);
    with_word(home, word, "--input-passphrase-fd", &[&["restore", &file], more].concat())
}

fn open<'a>(words: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [more, &["--passphrase-file", words]].concat()
}

fn shown(home: &Home, name: &str) -> Value {
    looked(home, "show", ["show", name])
}

fn state(home: &Home, name: &str) -> String {
    shown(home, name)["state"].as_str().unwrap().to_owned()
}

/// It signs, so its secret is there and is the one the log knows.
fn signs(home: &Home, name: &str) {
    std::fs::write(home.path("text"), "text").unwrap();
    let (text, out) = (place(home, "text"), place(home, &format!("{name}.sig")));
    let _ = std::fs::remove_file(&out);
    home.open(["sign", name, &text, "--format", "sshsig", "--out", &out]).done();
}

#[test]
fn a_backup_is_an_age_file_with_a_tar_that_other_tools_open() {
    if !has("age") || !has("tar") {
        return skip("a_backup_is_an_age_file_with_a_tar_that_other_tools_open", "age or tar is not installed");
    }
    let home = home();
    tool(&home, "age-keygen", ["-o", "ada.txt"]);
    let public = std::fs::read_to_string(home.path("ada.txt")).unwrap();
    let public = public.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned();
    home.open(["recipient", "add", "Ada", "--key", &public]).done();
    let out = place(&home, "keys.age");
    let made = checked(&home.open(["backup", "--out", &out, "--to", "Ada", "--json"]).done(), "backup");
    assert_eq!(made["recipients"], serde_json::json!(["Ada"]));
    assert_eq!(made["left_out"][0]["name"], "kept");
    assert_eq!(made["left_out"][0]["reason"], "policy");
    assert_eq!(std::fs::metadata(home.path("keys.age")).unwrap().permissions().mode() & 0o777, 0o600);
    tool(&home, "age", ["-d", "-i", "ada.txt", "-o", "keys.tar", "keys.age"]);
    let listed = tool(&home, "tar", ["tvf", "keys.tar"]);
    for entry in ["form.ron", "log-key", "identity.age", "anchor.ron", "audit.ron", "manifest.ron"] {
        assert!(listed.contains(&format!("keystead-backup/{entry}")), "{listed}");
    }
    assert_eq!(listed.matches("keystead-backup/secrets/").count(), 2, "{listed}");
    assert!(listed.lines().all(|line| line.starts_with("-rw-------")), "{listed}");
    tool(&home, "tar", ["xf", "keys.tar"]);
    let secret = std::fs::read_dir(home.path("keystead-backup/secrets")).unwrap().next().unwrap().unwrap().path();
    tool(&home, "openssl", ["pkey", "-inform", "DER", "-in", secret.to_str().unwrap(), "-noout"]);
    let manifest = std::fs::read_to_string(home.path("keystead-backup/manifest.ron")).unwrap();
    assert!(manifest.contains("\"kept\"") && manifest.contains("its policy keeps the private half"), "{manifest}");
    let rehearsed = home.open(["restore", &out, "--identity", &place(&home, "ada.txt"), "--json"]).done();
    assert_eq!(checked(&rehearsed, "restore")["recorded"], true);
    home.open(["backup", "--out", &place(&home, "no.age"), "--to", "Nobody"]).with(3);
    assert!(!home.path("no.age").exists());
}

#[test]
fn a_rehearsal_proves_the_backup_and_changes_nothing() {
    let home = home();
    back_up(&home, "keys.age", &[]).done();
    home.open(["generate", "later", "--purpose", "ssh"]).done();
    let before = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    let found = checked(&restore(&home, "keys.age", &["--json"]).done(), "restore");
    assert_eq!((found["mode"].as_str(), found["keys"].as_u64(), found["secrets"].as_u64()), (Some("rehearse"), Some(3), Some(2)));
    assert_eq!(found["standing"]["relation"], "earlier");
    assert_eq!(found["standing"]["only_here"], serde_json::json!(["later"]));
    assert_eq!(found["recorded"], false, "it is locked, so it is only looked at");
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), before);
    let words = place(&home, "passphrase");
    let found = checked(&restore(&home, "keys.age", &open(&words, &["--rehearse", "--json"])).done(), "restore");
    assert_eq!(found["recorded"], true);
    assert!(home.run(["audit", "show"]).done().text().contains("rehearsed a backup"));
    assert!(restore(&home, "keys.age", &[]).done().text().contains("Nothing was changed."));
}

#[test]
fn a_merge_puts_back_what_is_missing_and_never_what_was_destroyed() {
    let home = home();
    back_up(&home, "keys.age", &[]).done();
    home.open(["destroy", "one", "--now", "--confirm", "one"]).done();
    let secrets = std::fs::read_dir(home.inventory().join("secrets")).unwrap().map(|entry| entry.unwrap().path());
    let lost: Vec<_> = secrets.collect();
    for path in &lost {
        std::fs::remove_file(path).unwrap();
    }
    let words = place(&home, "passphrase");
    let merged = checked(&restore(&home, "keys.age", &open(&words, &["--merge", "--json"])).done(), "restore");
    assert_eq!(merged["standing"]["missing_secrets"], 1);
    assert_eq!(merged["standing"]["ended"][0]["name"], "one");
    assert_eq!(state(&home, "two"), "active");
    signs(&home, "two");
    assert_eq!(std::fs::read_dir(home.inventory().join("secrets")).unwrap().count(), 1, "only that of two");
    let again = restore(&home, "keys.age", &open(&words, &["--merge"])).done();
    assert!(again.text().contains("nothing was merged"), "{}", again.text());
}

#[test]
fn a_merge_brings_keys_of_another_inventory_under_free_names() {
    let (home, other) = (home(), home());
    back_up(&other, "keys.age", &[]).done();
    std::fs::copy(other.path("keys.age"), home.path("other.age")).unwrap();
    let words = place(&home, "passphrase");
    let merged = checked(&restore(&home, "other.age", &open(&words, &["--merge", "--json"])).done(), "restore");
    assert_eq!(merged["standing"]["relation"], "foreign");
    assert_eq!(merged["standing"]["new_keys"], 3);
    signs(&home, "one (2)");
    signs(&home, "one");
    assert_eq!(shown(&home, "kept (2)")["versions"][0]["store"], "Held elsewhere");
    home.run(["audit", "verify"]).done();
    let planned = checked(&home.open(["destroy", "one (2)", "--json"]).done(), "destroy");
    assert_eq!(planned["backups"], serde_json::json!([place(&home, "other.age")]), "the backup it came from holds it");
    let own = checked(&home.open(["destroy", "one", "--json"]).done(), "destroy");
    assert_eq!(own["backups"], serde_json::json!([]));
}

/// A backup of another inventory with the same recipients, one of them under another key.
#[test]
fn a_merge_brings_recipients_and_policies_and_keeps_those_that_are_here() {
    let (home, other) = (home(), home());
    let keys = [
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
    ];
    home.open(["recipient", "add", "Ada", "--key", keys[0]]).done();
    home.open(["recipient", "add", "Gone", "--key", keys[0]]).done();
    home.open(["recipient", "remove", "Gone"]).done();
    for (name, key) in [("Ada", keys[1]), ("Gone", keys[0]), ("Grace", keys[1])] {
        other.open(["recipient", "add", name, "--key", key]).done();
    }
    other.open(["policy", "set", "ssh", "overlap=2"]).done();
    other.open(["policy", "set", "code-signing", "exportable=yes"]).done();
    back_up(&other, "keys.age", &[]).done();
    std::fs::copy(other.path("keys.age"), home.path("other.age")).unwrap();
    let words = place(&home, "passphrase");
    let preview = checked(&restore(&home, "other.age", &open(&words, &["--json"])).done(), "restore");
    let told = |found: &Value| {
        let records = found["standing"]["records"].as_array().unwrap().iter();
        let told = records.map(|one| format!("{} {} {}", one["kind"], one["name"], one["stays"]).replace('"', ""));
        told.collect::<Vec<_>>()
    };
    let wanted = [
        "recipient Ada differs",
        "recipient Gone removed-here",
        "recipient Grace null",
        "policy SSH null",
        "policy Code signing milder",
    ];
    let mut found = told(&preview);
    found.sort_unstable();
    let mut sorted = wanted.map(str::to_owned);
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    let merged = restore(&home, "other.age", &open(&words, &["--merge"])).done();
    assert!(merged.text().contains("1 recipient, 1 policy"), "{}", merged.text());
    assert!(merged.text().contains("Ada has other keys in the backup; those here stay"), "{}", merged.text());
    let book = looked(&home, "recipient-list", ["recipient", "list"]);
    let names: Vec<&str> = book.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Ada", "Grace"]);
    let ada = home.run(["recipient", "show", "Ada"]).done();
    assert!(ada.text().contains(keys[0]) && !ada.text().contains(keys[1]), "{}", ada.text());
    home.open(["audit", "verify"]).done();
    let log = home.run(["audit", "show"]).done();
    assert!(log.text().contains("merged out of a backup: 1 recipient, 1 policy"), "{}", log.text());
    let again = restore(&home, "other.age", &open(&words, &["--merge"])).done();
    assert!(again.text().contains("nothing was merged"), "{}", again.text());
}

#[test]
fn a_replace_asks_lists_what_comes_back_and_keeps_what_was_there() {
    let home = home();
    back_up(&home, "keys.age", &[]).done();
    home.open(["destroy", "one", "--now", "--confirm", "one"]).done();
    home.open(["revoke", "two", "--reason", "key-compromise"]).done();
    home.open(["generate", "later", "--purpose", "ssh"]).done();
    let refused = restore(&home, "keys.age", &["--replace"]).with(4);
    assert!(
        refused.stderr.contains("one, version 1: here destroyed") && refused.stderr.contains("comes back"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("two, version 1: here compromised, in the backup active: a milder state"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("inventory has to be typed"), "{}", refused.stderr);
    restore(&home, "keys.age", &["--replace", "--confirm", "something"]).with(4);
    assert_eq!(state(&home, "two"), "compromised", "nothing was changed");
    let done = checked(&restore(&home, "keys.age", &["--replace", "--confirm", "inventory", "--json"]).done(), "restore");
    let kept = done["kept"].as_str().unwrap();
    assert!(kept.contains("inventory.before-restore-"), "{kept}");
    assert_eq!((state(&home, "one"), state(&home, "two")), ("active".into(), "active".into()));
    signs(&home, "one");
    home.open(["audit", "verify"]).done();
    let listed = looked(&home, "list", ["list"]);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(shown(&home, "kept")["versions"][0]["store"], "Held elsewhere");
    let old = home.run(["list", "--inventory", kept]).done();
    assert!(old.text().contains("later"), "{}", old.text());
    assert!(home.run(["audit", "show"]).done().text().contains("restored the inventory from the backup"));
    // No anchor is in the way, and what is done from here on is as usual.
    home.open(["generate", "after", "--purpose", "ssh"]).done();
    assert_eq!(home.open(["audit", "verify"]).done().code, Some(0));
}

#[test]
fn a_machine_without_an_inventory_gets_one_whole() {
    let (home, fresh) = (home(), Home::new());
    back_up(&home, "keys.age", &[]).done();
    std::fs::copy(home.path("keys.age"), fresh.path("keys.age")).unwrap();
    restore(&fresh, "keys.age", &["--merge", "--passphrase-file", &place(&fresh, "passphrase")]).with(2);
    assert!(!fresh.inventory().exists());
    let looked = restore(&fresh, "keys.age", &[]).done();
    assert!(looked.text().contains("3 keys, 2 secrets") && !fresh.inventory().exists(), "{}", looked.text());
    restore(&fresh, "keys.age", &["--replace"]).done();
    signs(&fresh, "two");
    assert_eq!(std::fs::metadata(fresh.inventory()).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(fresh.inventory()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    assert!(!fresh.path("inventory.restoring").exists());
}

#[test]
fn a_restored_inventory_can_get_a_new_passphrase() {
    let (home, fresh) = (home(), Home::new());
    back_up(&home, "keys.age", &[]).done();
    std::fs::copy(home.path("keys.age"), fresh.path("keys.age")).unwrap();
    let new = "nine quiet lanterns drift over the bay";
    std::fs::write(fresh.path("new"), new).unwrap();
    std::fs::write(fresh.path("weak"), "password1").unwrap();
    restore(&fresh, "keys.age", &["--replace", "--new-passphrase-file", &place(&fresh, "weak")]).with(4);
    restore(&fresh, "keys.age", &["--replace", "--new-passphrase-file", &place(&fresh, "new")]).done();
    fresh.open(["generate", "x"]).with(3);
    std::fs::write(fresh.path("passphrase"), new).unwrap();
    signs(&fresh, "one");
    assert_ne!(new, PASSPHRASE);
}

#[test]
fn shares_give_the_passphrase_and_wrong_ones_are_named() {
    let home = home();
    let out = place(&home, "keys.age");
    let made = checked(&home.open(["backup", "--out", &out, "--shares", "2/3", "--json"]).done(), "backup");
    let sheets: Vec<String> =
        made["shares"]["sheets"].as_array().unwrap().iter().map(|sheet| sheet.as_str().unwrap().to_owned()).collect();
    assert_eq!(sheets.len(), 3);
    for sheet in &sheets {
        assert_eq!(std::fs::metadata(sheet).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::metadata(home.path("keys.age.shares")).unwrap().permissions().mode() & 0o777, 0o700);
    let with = |sheets: &[&str]| {
        let shares: Vec<&str> = sheets.iter().flat_map(|sheet| ["--share", sheet]).collect();
        home.run([&["restore", &*out][..], &shares].concat())
    };
    with(&[&sheets[0], &sheets[2]]).done();
    with(&[&sheets[2], &sheets[1]]).done();
    let told = |sheets: &[&str], code: i32, text: &str| {
        let ended = with(sheets).with(code);
        assert!(ended.stderr.contains(text), "{}", ended.stderr);
    };
    told(&[&sheets[0]], 3, "1 of 2 shares");
    told(&[&sheets[1], &sheets[1]], 3, "is there twice");
    let second = place(&home, "second.age");
    home.open(["backup", "--out", &second, "--shares", "2/3"]).done();
    told(&[&sheets[0], &format!("{second}.shares/share-1-of-3.html")], 3, "different sets");
    let text = std::fs::read_to_string(&sheets[1]).unwrap();
    let line = text.lines().find(|line| line.starts_with("3: ")).unwrap();
    let other = if line.as_bytes()[4] == b'7' { "8" } else { "7" };
    let wrong = text.replace(line, &format!("{}{other}{}", &line[..4], &line[5..]));
    std::fs::write(home.path("wrong.html"), wrong).unwrap();
    told(&[&sheets[0], &place(&home, "wrong.html")], 3, "Line 3 of wrong.html was mistyped");
    told(&[&sheets[0], &place(&home, "passphrase")], 3, "passphrase");
    home.open(["backup", "--out", &place(&home, "x.age"), "--shares", "4/3"]).with(2);
    home.open(["backup", "--out", &place(&home, "x.age"), "--shares", "2/3", "--to", "Ada"]).with(2);
    // Sheets of one backup are never written over by those of another.
    std::fs::remove_file(home.path("keys.age")).unwrap();
    home.open(["backup", "--out", &out, "--shares", "2/3"]).with(4);
    assert!(!home.path("keys.age").exists());
}

#[test]
fn a_wrong_cut_damaged_newer_or_foreign_backup_is_told_apart() {
    let home = home();
    back_up(&home, "keys.age", &[]).done();
    let before = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    let file = std::fs::read(home.path("keys.age")).unwrap();
    let told = |name: &str, bytes: &[u8], text: &str| {
        std::fs::write(home.path(name), bytes).unwrap();
        for more in [&["--rehearse"][..], &["--replace", "--confirm", "inventory"]] {
            let ended = restore(&home, name, more).with(3);
            assert!(ended.stderr.contains(text), "{name}: {}", ended.stderr);
        }
        let words = place(&home, "passphrase");
        restore(&home, name, &open(&words, &["--merge"])).with(3);
    };
    told("cut.age", &file[..file.len() / 2], "cut short");
    told("short.age", &file[..file.len() - 1], "cut short");
    let mut damaged = file.clone();
    damaged[file.len() - 30] ^= 1;
    told("end.age", &damaged, "cut short, or damaged at its end");
    told("other.age", b"PK\x03\x04 another file", "not an age file");
    told("empty.age", b"", "not an age file");
    let wrong = restore_with(&home, "another passphrase", "keys.age", &[]).with(3);
    assert!(wrong.stderr.contains("passphrase does not open the backup"), "{}", wrong.stderr);
    restore(&home, "none.age", &[]).with(3);
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), before);
    assert!(!home.path("inventory.restoring").exists());
    if !has("age") {
        return skip(
            "a_wrong_cut_damaged_newer_or_foreign_backup_is_told_apart",
            "age is not installed, so no newer form was made",
        );
    }
    tool(&home, "age-keygen", ["-o", "id.txt"]);
    std::fs::create_dir(home.path("keystead-backup")).unwrap();
    for (form, text) in [("(form: 7, more: 1)", "form 7"), ("hello", "no backup of Keystead")] {
        std::fs::write(home.path("keystead-backup/form.ron"), form).unwrap();
        tool(&home, "tar", ["cf", "new.tar", "--format=ustar", "keystead-backup/form.ron"]);
        tool(&home, "sh", ["-c", "age -r $(age-keygen -y id.txt) -o new.age new.tar"]);
        let ended = home.run(["restore", &place(&home, "new.age"), "--identity", &place(&home, "id.txt")]).with(3);
        assert!(ended.stderr.contains(text), "{}", ended.stderr);
    }
    tool(
        &home,
        "sh",
        [
            "-c",
            "age -r $(age-keygen -y id.txt) -o new.age text-that-is-no-tar 2>/dev/null || echo note | age -r $(age-keygen -y id.txt) -o new.age",
        ],
    );
    let ended = home.run(["restore", &place(&home, "new.age"), "--identity", &place(&home, "id.txt")]).with(3);
    assert!(ended.stderr.contains("no backup of Keystead"), "{}", ended.stderr);
}

#[test]
fn a_backup_goes_to_no_pipe_no_link_and_over_nothing_unasked() {
    let home = home();
    std::fs::write(home.path("mine"), "mine").unwrap();
    std::os::unix::fs::symlink(home.path("mine"), home.path("link")).unwrap();
    tool(&home, "mkfifo", ["pipe"]);
    back_up(&home, "link", &["--replace"]).with(3);
    back_up(&home, "pipe", &["--replace"]).with(3);
    back_up(&home, "mine", &[]).with(4);
    assert_eq!(std::fs::read(home.path("mine")).unwrap(), b"mine");
    back_up(&home, "missing/folder/keys.age", &[]).with(3);
    let words = place(&home, "passphrase");
    let stdout = with_word(&home, WORD, "--output-passphrase-fd", &["backup", "--out", "-", "--passphrase-file", &words]).with(2);
    assert!(stdout.stdout.is_empty());
    let weak = with_word(&home, "password1", "--output-passphrase-fd", &open(&words, &["backup", "--out", &place(&home, "w")]));
    weak.with(4);
    let none = home.open(["backup", "--out", &place(&home, "w")]).with(2);
    assert!(none.stderr.contains("passphrase"), "{}", none.stderr);
    assert!(!home.path("w").exists());
    back_up(&home, "mine", &["--replace"]).done();
    restore(&home, "mine", &[]).done();
    let left: Vec<_> = std::fs::read_dir(home.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".keystead-")), "{left:?}");
}

#[test]
fn a_full_disk_leaves_neither_a_backup_nor_its_beginning() {
    let home = home();
    let failed = back_up_full(&home);
    assert!(failed.stderr.contains("Nothing was written"), "{}", failed.stderr);
}

/// `/dev/full` cannot be a target, so the size of files is limited instead.
fn back_up_full(home: &Home) -> Ended {
    std::fs::write(home.path("word"), WORD).unwrap();
    // The log can still be written, and the backup, which holds all of it and more, cannot.
    let log = std::fs::metadata(home.inventory().join("audit.ron")).unwrap().len();
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec 9< '{}'; exec \"$0\" \"$@\" --output-passphrase-fd 9",
        (log + 4096) / 512,
        home.path("word").display()
    );
    let mut command = std::process::Command::new("sh");
    home.at_home(&mut command);
    command.args(["-c", &script]).arg(program()).args([
        "backup",
        "--out",
        &place(home, "full.age"),
        "--passphrase-file",
        &place(home, "passphrase"),
    ]);
    let ended = end_of(command).with(3);
    assert!(!home.path("full.age").exists());
    let left: Vec<_> = std::fs::read_dir(home.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".keystead-")), "{left:?}");
    ended
}

#[test]
fn destroy_names_the_backups_that_hold_the_key_still() {
    let home = home();
    back_up(&home, "keys.age", &[]).done();
    home.open(["generate", "later", "--purpose", "ssh"]).done();
    let planned = checked(&home.open(["destroy", "one", "--json"]).done(), "destroy");
    assert_eq!(planned["backups"], serde_json::json!([place(&home, "keys.age")]));
    let gone = home.open(["destroy", "one", "--now", "--confirm", "one"]).done();
    assert!(gone.text().contains("Known to hold it still: the backup") && gone.text().contains("keys.age"), "{}", gone.text());
    // In two backups: both are named, before and after.
    back_up(&home, "second.age", &[]).done();
    let planned = checked(&home.open(["destroy", "two", "--json"]).done(), "destroy");
    assert_eq!(planned["backups"], serde_json::json!([place(&home, "keys.age"), place(&home, "second.age")]));
    let gone = home.open(["destroy", "two", "--now", "--confirm", "two"]).done();
    assert!(gone.text().contains("Known to hold it still: the backups"), "{}", gone.text());
    assert!(gone.text().contains("keys.age") && gone.text().contains("second.age"), "{}", gone.text());
    home.open(["generate", "last", "--purpose", "ssh"]).done();
    let later = checked(&home.open(["destroy", "last", "--json"]).done(), "destroy");
    assert_eq!(later["backups"], serde_json::json!([]));
}

#[test]
fn alerts_tell_of_no_backup_keys_made_since_and_an_old_one() {
    let home = super::home_at("2026-03-01T10:00:00Z");
    home.open(["generate", "one", "--purpose", "ssh"]).done();
    let kinds = |home: &Home| {
        let alerts = checked(&home.run(["alerts", "--json"]).with(1), "alerts");
        alerts.as_array().unwrap().iter().map(|alert| alert["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(kinds(&home).contains(&"no-backup".to_owned()));
    back_up(&home, "keys.age", &[]).done();
    home.run(["alerts"]).done();
    home.set_clock("2026-03-05T10:00:00Z");
    home.open(["generate", "two", "--purpose", "ssh"]).done();
    assert!(kinds(&home).contains(&"backup-old".to_owned()));
    back_up(&home, "keys-2.age", &[]).done();
    home.run(["alerts"]).done();
    home.set_clock("2026-04-20T10:00:00Z");
    assert!(kinds(&home).contains(&"backup-aged".to_owned()));
    // From when on it is old is for a person to say, here or in the window.
    home.run(["alerts", "set", "backup-age=0d"]).with(2);
    home.run(["alerts", "set", "warnings=3d"]).with(2);
    let set = checked(&home.open(["alerts", "set", "backup-age=60d", "--json"]).done(), "done");
    assert_eq!(set["notice"], "A backup is called old after 60 days from here on.");
    home.run(["alerts"]).done();
    assert!(home.run(["audit", "show"]).done().text().contains("has a backup called old after 60 days"));
    home.set_clock("2026-05-10T10:00:00Z");
    assert!(kinds(&home).contains(&"backup-aged".to_owned()));
}
