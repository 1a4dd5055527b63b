//! Telling holders of a revocation: the notice written, who was told, and the key that signs.

use super::{checked, facts, home_at, place, schema, tool};
use crate::support::{Home, has, skip};

const START: &str = "2027-01-04T09:00:00Z";

/// A home with a revoked key that two hold.
fn revoked() -> Home {
    let home = home_at(START);
    home.open(["generate", "shop", "--purpose", "ssh"]).done();
    for recipient in ["Build server", "Partner"] {
        home.open(["handover", "record", "shop", "--to", recipient, "--format", "openssh"]).done();
    }
    home.open(["revoke", "shop", "--reason", "key-compromise", "--replace"]).done();
    home
}

fn write<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["notice", "write", "shop", "--out", out].iter().chain(more).copied().collect()
}

#[test]
fn a_notice_is_four_files_that_ssh_keygen_accepts_and_names_who_is_to_be_told() {
    if !has("ssh-keygen") {
        return skip("a_notice_is_four_files", "ssh-keygen is not installed");
    }
    let home = revoked();
    let out = place(&home, "shop.json");
    let written = facts(&home, "notice-write", write(&out, &[]));
    assert_eq!(written["version"], 1, "the revoked version, not the one in its place");
    assert_eq!(written["signed_by"]["name"], "Revocation notices");
    let files: Vec<String> = ["shop.json", "shop.json.sig", "shop.txt", "shop.txt.sig"].map(|name| place(&home, name)).to_vec();
    assert_eq!(written["files"], serde_json::json!(files));
    assert_eq!(written["untold"].as_array().unwrap().len(), 2);
    let notice = std::fs::read_to_string(home.path("shop.json")).unwrap();
    schema::check("notice", &serde_json::from_str(&notice).unwrap());
    let line = home.run(["export", "Revocation notices", "--format", "openssh", "--out", "-"]).done().text();
    std::fs::write(home.path("allowed"), format!("keystead {line}")).unwrap();
    let verify = "ssh-keygen -Y verify -f allowed -I keystead -n notice@keystead -s shop.txt.sig <shop.txt";
    assert!(tool(&home, "sh", ["-c", verify]).contains("Good"));
}

#[test]
fn a_notice_is_written_again_only_when_that_is_agreed_and_never_by_halves() {
    let home = revoked();
    let out = place(&home, "shop.json");
    std::fs::write(home.path("shop.txt"), "something else").unwrap();
    let refused = home.open(write(&out, &[])).with(4);
    assert!(refused.stderr.contains("shop.txt exists already"), "{}", refused.stderr);
    assert!(!home.path("shop.json").exists());
    facts(&home, "notice-write", write(&out, &["--replace"]));
    assert!(std::fs::read_to_string(home.path("shop.txt")).unwrap().contains("shop"));
    for wrong in [write("-", &[]), write("notice.txt", &[])] {
        home.open(wrong).with(2);
    }
    home.open(["generate", "sound"]).done();
    home.open(["notice", "write", "sound", "--out", &place(&home, "sound.json")]).with(4);
}

#[test]
fn who_was_told_is_ticked_off_and_only_who_holds_it() {
    let home = revoked();
    let told = facts(&home, "done", ["notice", "told", "shop", "partner"]);
    assert_eq!(told["notice"], "To be told: 1 holder: Build server.");
    let stranger = home.open(["notice", "told", "shop", "Nobody"]).with(2);
    assert!(stranger.stderr.contains("does not hold version 1 of shop"), "{}", stranger.stderr);
    let said = home.open(["notice", "told", "shop", "Build server"]).done().text();
    assert!(said.contains("Recorded: Build server was told. Nobody is left to be told."), "{said}");
}

#[test]
fn another_key_signs_if_it_can_and_never_its_own_notice() {
    let home = revoked();
    home.open(["generate", "Security team", "--purpose", "document-signing", "--algorithm", "ed25519"]).done();
    let chosen = home.open(["notice", "sign-with", "Security team", "--json"]).done();
    checked(&chosen, "done");
    let signed = facts(&home, "notice-write", write(&place(&home, "one.json"), &[]));
    assert_eq!(signed["signed_by"]["name"], "Security team");
    home.open(["revoke", "Security team", "--reason", "superseded"]).done();
    let gone = home.open(write(&place(&home, "two.json"), &[])).with(4);
    assert!(gone.stderr.contains("Security team cannot sign notices: it is deactivated"), "{}", gone.stderr);
    home.open(["notice", "sign-with", "Security team"]).with(4);
    let own = home.open(["notice", "write", "Security team", "--out", &place(&home, "own.json")]).with(4);
    assert!(own.stderr.contains("cannot sign the notice of its own revocation"), "{}", own.stderr);
    home.open(["notice", "sign-with", "--new"]).done();
    let made = facts(&home, "notice-write", ["notice", "write", "Security team", "--out", &place(&home, "own.json")]);
    assert_eq!(made["signed_by"]["name"], "Revocation notices");
    home.open(["notice", "sign-with"]).with(2);
    home.open(["notice", "sign-with", "shop", "--new"]).with(2);
}
