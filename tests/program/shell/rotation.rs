//! Rotation with its deliveries, and revocation with a replacement.

use serde_json::Value;

use super::{checked, facts, home_at, looked, names, place, tool};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";

/// The states of a key's versions, oldest first.
fn states(home: &Home, key: &str) -> Vec<String> {
    let shown = looked(home, "show", ["show", key]);
    let versions = shown["versions"].as_array().unwrap();
    versions.iter().map(|version| version["state"].as_str().unwrap().to_owned()).collect()
}

fn recipients(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|due| due["recipient"].as_str().unwrap()).collect()
}

#[test]
fn holders_of_the_old_version_are_due_the_new_one_and_keep_it_alive_until_they_have_it() {
    let home = home_at(START);
    home.open(["generate", "deploy", "--purpose", "ssh", "--expires", "90d"]).done();
    for (recipient, format, file) in [("Jonas", "openssh", "1.pub"), ("Build server", "spki-pem", "1.pem")] {
        home.open(["export", "deploy", "--format", format, "--to", recipient, "--out", &place(&home, file)]).done();
    }
    let made = facts(&home, "rotate", ["rotate", "deploy"]);
    let new = &made["rotated"][0];
    assert_eq!((new["version"].as_u64(), new["replaces"].as_u64(), new["open_deliveries"].as_u64()), (Some(2), Some(1), Some(2)));
    assert_eq!(recipients(&looked(&home, "delivery-list", ["delivery", "list"])), ["Build server", "Jonas"]);
    // Its overlap of 7 days is over, and it stays.
    home.set_clock("2027-01-14T09:00:00Z");
    assert_eq!(states(&home, "deploy"), ["active", "active"]);
    let alerts = checked(&home.run(["alerts", "--json"]).with(1), "alerts");
    assert!(alerts.to_string().contains("delivery-open"), "{alerts}");
    facts(&home, "done", ["delivery", "done", "deploy", "jonas"]);
    assert_eq!(recipients(&looked(&home, "delivery-list", ["delivery", "list", "deploy"])), ["Build server"]);
    assert_eq!(states(&home, "deploy"), ["active", "active"]);
    facts(&home, "done", ["delivery", "drop", "deploy", "Build server", "--reason", "Switched off"]);
    assert_eq!(looked(&home, "delivery-list", ["delivery", "list"]), serde_json::json!([]));
    let all = looked(&home, "delivery-list", ["delivery", "list", "deploy", "--all"]);
    let ends: Vec<&str> = all.as_array().unwrap().iter().map(|due| due["state"].as_str().unwrap()).collect();
    assert_eq!(ends, ["dropped", "delivered"]);
    home.set_clock("2027-01-14T09:30:00Z");
    assert_eq!(states(&home, "deploy"), ["deactivated", "active"]);
    home.open(["delivery", "done", "deploy", "Jonas"]).with(2);
    home.open(["delivery", "drop", "deploy", "Nobody"]).with(2);
    let holders = looked(&home, "handover-list", ["handover", "list", "Jonas"]);
    assert_eq!(holders.as_array().unwrap().len(), 2, "a delivery is a hand-over: {holders}");
}

#[test]
fn handing_out_the_new_version_ends_its_delivery() {
    let home = home_at(START);
    home.open(["generate", "deploy", "--purpose", "ssh"]).done();
    let out = place(&home, "deploy.pub");
    home.open(["export", "deploy", "--format", "openssh", "--to", "Jonas", "--out", &out]).done();
    let said = home.open(["rotate", "deploy"]).done().text();
    assert!(said.contains("1 delivery is open") && said.contains("keystead delivery list deploy"), "{said}");
    home.open(["export", "deploy", "--format", "openssh", "--to", "Jonas", "--out", &out, "--replace"]).done();
    let ended = home.run(["delivery", "list"]).done();
    assert!(ended.stderr.contains("No delivery is open"), "{}", ended.stderr);
}

#[test]
fn rsa_is_rotated_to_ml_dsa_and_never_to_something_weaker() {
    let home = home_at(START);
    home.open(["generate", "a", "--algorithm", "rsa2048"]).done();
    home.open(["generate", "b", "--algorithm", "p384"]).done();
    let stronger = facts(&home, "rotate", ["rotate", "a", "--algorithm", "ml-dsa-65", "--store", "files", "--overlap", "30d"]);
    let new = &stronger["rotated"][0];
    assert_eq!(new["algorithm"], "ml-dsa-65");
    assert!(new["replaced_until"].as_str().unwrap().starts_with("2027-02-03T09:0"), "{stronger}");
    let weaker = home.open(["rotate", "a", "--algorithm", "rsa2048"]).with(4);
    assert!(weaker.stderr.contains("as strong or stronger"), "{}", weaker.stderr);
    // Of several the others are rotated.
    home.open(["generate", "c"]).done();
    let some = home.open(["rotate", "b", "c", "c", "--algorithm", "ed25519", "--json"]).with(4);
    let report = checked(&some, "rotate");
    assert_eq!((names(&report["rotated"]), names(&report["refused"])), (vec!["c"], vec!["b"]));
    assert!(some.stderr.contains("Not b: b cannot be rotated"), "{}", some.stderr);
    assert_eq!(states(&home, "c").len(), 2, "a key that is named twice is rotated once");
    home.open(["rotate", "a", "--store", "elsewhere"]).with(2);
    home.open(["rotate", "a", "c", "--store", "elsewhere"]).with(2);
    for wrong in [&["rotate"][..], &["rotate", "a", "--due"], &["rotate", "a", "--overlap", "soon"], &["rotate", "nobody"]] {
        home.open(wrong.iter().copied()).with(2);
    }
    home.open(["rotate", "a", "--overlap", "99999y"]).with(2);
    assert_eq!(states(&home, "a").len(), 2);
}

#[test]
fn a_request_with_the_same_names_is_offered_and_can_be_made() {
    let home = home_at(START);
    home.open(["generate", "shop x", "--purpose", "tls-server"]).done();
    let first = ["request", "shop x", "--subject", "CN=shop.example", "--dns", "shop.example", "--out", "-"];
    home.open(first).done();
    let said = home.open(["rotate", "shop x"]).done().text();
    assert!(said.contains("keystead request 'shop x' --out request.csr"), "{said}");
    let csr = place(&home, "request.csr");
    home.open(["request", "shop x", "--out", &csr]).done();
    let text = tool(&home, "openssl", ["req", "-verify", "-noout", "-text", "-in", &csr]);
    assert!(text.contains("verify OK") && text.contains("DNS:shop.example"), "{text}");
}

#[test]
fn what_is_due_by_itself_is_rotated_and_the_rest_asks() {
    let home = home_at(START);
    home.open(["generate", "asks", "--purpose", "tls-client", "--expires", "2027-01-20"]).done();
    home.open(["generate", "goes", "--purpose", "ssh", "--expires", "2027-01-20"]).done();
    home.open(["policy", "set", "ssh", "rotation=by-itself"]).done();
    let nothing = home.open(["rotate", "--due"]).done();
    assert!(nothing.stderr.contains("Nothing is due"), "{}", nothing.stderr);
    home.set_clock("2027-01-16T10:00:00Z");
    // The clock is far ahead of the last record: a person looks first.
    let ahead = home.open(["rotate", "--due"]).with(4);
    assert!(ahead.stderr.contains("12 days after the last record"), "{}", ahead.stderr);
    home.open(["edit", "asks", "--note", "The clock is right"]).done();
    let locked = home.run(["rotate", "--due"]).with(2);
    assert!(locked.stderr.contains("1 rotation") && locked.stderr.contains("passphrase"), "{}", locked.stderr);
    let report = facts(&home, "rotate", ["rotate", "--due"]);
    assert_eq!((names(&report["rotated"]), names(&report["waiting"])), (vec!["goes"], vec!["asks"]));
    assert_eq!(states(&home, "goes"), ["active", "active"]);
    let again = home.run(["rotate", "--due"]).done();
    assert!(again.stderr.contains("keystead rotate asks"), "{}", again.stderr);
}

#[test]
fn a_compromised_key_is_revoked_and_replaced() {
    let home = home_at(START);
    home.open(["generate", "deploy", "--purpose", "ssh"]).done();
    home.open(["export", "deploy", "--format", "openssh", "--to", "Jonas", "--out", &place(&home, "1")]).done();
    home.set_clock("2027-01-06T09:00:00Z");
    let revoke =
        ["revoke", "deploy", "--reason", "key-compromise", "--compromised-at", "2027-01-05", "--replace", "--note", "Laptop"];
    let ended = home.open(revoke.iter().copied().chain(["--json"])).done();
    assert!(ended.stderr.contains("Jonas (openssh)"), "{}", ended.stderr);
    let revoked = checked(&ended, "revoke");
    assert_eq!((revoked["state"].as_str(), revoked["since"].as_str()), (Some("compromised"), Some("2027-01-05T00:00:00Z")));
    assert_eq!(
        (revoked["replacement"]["version"].as_u64(), revoked["replacement"]["open_deliveries"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(states(&home, "deploy"), ["compromised", "active"]);
    let shown = looked(&home, "show", ["show", "deploy"]);
    assert_eq!(shown["versions"][0]["revocation"]["note"], "Laptop");
    home.open(["revoke", "deploy", "--reason", "key-compromise", "--key-version", "1"]).with(4);
}

#[test]
fn each_reason_is_understood_and_the_others_are_not() {
    let home = home_at(START);
    let deactivated = ["affiliation-changed", "superseded", "cessation", "privilege-withdrawn", "unspecified"];
    for reason in deactivated.into_iter().chain(["key-compromise", "ca-compromise"]) {
        home.open(["generate", reason]).done();
        let state = if deactivated.contains(&reason) { "deactivated" } else { "compromised" };
        assert_eq!(facts(&home, "revoke", ["revoke", reason, "--reason", reason])["state"], state, "{reason}");
    }
    home.open(["generate", "a"]).done();
    let said = home.open(["revoke", "a", "--reason", "lost"]).with(2);
    assert!(said.stderr.contains("privilege-withdrawn"), "{}", said.stderr);
    home.open(["revoke", "a"]).with(2);
    home.open(["revoke", "a", "--reason", "superseded", "--compromised-at", "2027-01-01"]).with(2);
    let future = home.open(["revoke", "a", "--reason", "key-compromise", "--compromised-at", "2027-02-01"]).with(2);
    assert!(future.stderr.contains("after now"), "{}", future.stderr);
    assert_eq!(states(&home, "a"), ["active"]);
}
