//! Destruction: planned, cancelled, carried out when its time is over, or at once by the key's name.

use super::{checked, facts, home_at, looked, names};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";

/// Secrets of keys in the store: its files but the log key and the identity.
fn secrets(home: &Home) -> usize {
    let files = std::fs::read_dir(home.inventory().join("secrets")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| !["log-key.age", "identity.age"].contains(&name.as_str())).count()
}

fn state(home: &Home, key: &str) -> String {
    looked(home, "show", ["show", key])["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_planned_destruction_waits_can_be_cancelled_and_is_carried_out_when_it_is_due() {
    let home = home_at(START);
    home.open(["generate", "a", "--purpose", "ssh"]).done();
    home.open(["rotate", "a"]).done();
    assert_eq!(secrets(&home), 2);
    let said = home.open(["destroy", "a", "--reason", "No longer needed"]).done().text();
    for part in ["2027-01-11T09:0", "2 versions", "stays active", "nothing can sign", "keystead destroy a --cancel"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let told = looked(&home, "show", ["show", "a"])["history"].to_string();
    assert!(told.contains("is to be destroyed, on 11 Jan 2027") && !told.contains("was destroyed"), "{told}");
    let again = facts(&home, "destroy", ["destroy", "a"]);
    assert!(again["act"] == "planned" && again["due"].as_str().unwrap().starts_with("2027-01-11T09:0"), "{again}");
    assert_eq!(facts(&home, "destroy", ["destroy", "a", "--cancel"])["act"], "cancelled");
    assert!(looked(&home, "show", ["show", "a"])["versions"][0]["destruction_due"].is_null());
    let nothing = home.open(["destroy", "a", "--cancel"]).with(4);
    assert!(nothing.stderr.contains("no planned destruction"), "{}", nothing.stderr);
    facts(&home, "destroy", ["destroy", "a"]);
    home.set_clock("2027-01-10T09:00:00Z");
    home.open(["rotate", "--due"]).done();
    home.set_clock("2027-01-11T10:00:00Z");
    assert_eq!((state(&home, "a").as_str(), secrets(&home)), ("active", 2), "no date destroys by itself");
    let due = facts(&home, "rotate", ["rotate", "--due"]);
    assert_eq!(names(&due["destroyed"]), ["a", "a"]);
    assert_eq!((state(&home, "a").as_str(), secrets(&home)), ("destroyed", 0));
    for arguments in [&["destroy", "a"][..], &["destroy", "a", "--cancel"], &["destroy", "a", "--now", "--confirm", "a"]] {
        home.open(arguments.iter().copied()).with(4);
    }
}

#[test]
fn at_once_takes_the_name_of_the_key_and_the_secret_is_gone() {
    let home = home_at(START);
    home.open(["generate", "Old shop"]).done();
    home.open(["generate", "other"]).done();
    let wrong: [&[&str]; 5] = [
        &["--now"],
        &["--confirm", "Old shop"],
        &["--now", "--confirm", "old shop"],
        &["--now", "--confirm", "other"],
        &["--now", "--confirm", "Old shop", "--cancel"],
    ];
    for typed in wrong {
        home.open(["destroy", "Old shop"].iter().chain(typed).copied()).with(2);
        assert_eq!((state(&home, "Old shop").as_str(), secrets(&home)), ("active", 2), "{typed:?}");
    }
    let ended = home.open(["destroy", "Old shop", "--now", "--confirm", " Old shop ", "--json"]).done();
    assert!(ended.stderr.contains("It is active"), "{}", ended.stderr);
    let gone = checked(&ended, "destroy");
    assert_eq!(
        (gone["act"].as_str(), gone["was_active"].as_bool(), gone["state"].as_str()),
        (Some("destroyed"), Some(true), Some("destroyed"))
    );
    assert_eq!(secrets(&home), 1);
    let shown = looked(&home, "show", ["show", "Old shop"]);
    assert!(shown["versions"][0]["public_key_pem"].as_str().unwrap().contains("PUBLIC KEY"));
    home.open(["request", "Old shop", "--subject", "CN=a", "--out", "-"]).with(4);
    home.open(["rotate", "Old shop"]).with(4);
    // Its name is free again, and means the new key from then on.
    home.open(["generate", "Old shop"]).done();
    assert_eq!(state(&home, "Old shop"), "active");
}
