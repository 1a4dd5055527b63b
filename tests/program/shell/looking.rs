//! Looking: filters, versions, names that fit several, the log. None of it needs an unlock.

use super::{checked, facts, looked, names};
use crate::support::Home;

fn peopled() -> Home {
    let home = Home::with_files();
    let keys: [&[&str]; 4] = [
        &[
            "generate",
            "shop.example.com",
            "--purpose",
            "tls-server",
            "--expires",
            "10d",
            "--tag",
            "prod",
            "--owner",
            "Ada Lovelace",
        ],
        &["generate", "deploy", "--purpose", "ssh", "--tag", "ci", "--owner", "Jonas"],
        &["generate", "root", "--purpose", "root-of-trust", "--expires", "never"],
        &["generate", "later", "--activates", "later", "--algorithm", "p384", "--tag", "prod"],
    ];
    keys.into_iter().for_each(|key| drop(home.open(key.iter().copied()).done()));
    home.open(["handover", "record", "deploy", "--to", "Build server", "--format", "openssh"]).done();
    home
}

#[test]
fn each_term_of_a_filter_narrows_the_list() {
    let home = peopled();
    let terms: [(&[&str], &[&str]); 16] = [
        (&["state:active"], &["deploy", "root", "shop.example.com"]),
        (&["state:pre-active"], &["later"]),
        (&["store:enc"], &["deploy", "later", "root", "shop.example.com"]),
        (&["store:keychain"], &[]),
        (&["algorithm:ml-dsa"], &["root"]),
        (&["algorithm:p384"], &["later"]),
        (&["tag:prod"], &["later", "shop.example.com"]),
        (&["owner:\"ada lovelace\""], &["shop.example.com"]),
        (&["purpose:ssh"], &["deploy"]),
        (&["holder:build"], &["deploy"]),
        (&["expires<30d"], &["shop.example.com"]),
        (&["expires>5y"], &["root"]),
        (&["is:attention"], &["shop.example.com"]),
        (&["shop"], &["shop.example.com"]),
        (&["tag:prod", "state:active"], &["shop.example.com"]),
        (&["tag:prod", "jonas"], &[]),
    ];
    for (filter, wanted) in terms {
        let listed = looked(&home, "list", ["list"].iter().chain(filter).copied());
        assert_eq!(names(&listed), wanted, "{filter:?}");
    }
}

#[test]
fn a_key_is_meant_by_its_name_or_its_id_and_by_no_name_that_fits_several() {
    let home = Home::with_files();
    for name in ["Web", "web", "only"] {
        home.open(["generate", name]).done();
    }
    let listed = looked(&home, "list", ["list"]);
    let id = |wanted: &str| {
        let keys = listed.as_array().unwrap();
        keys.iter().find(|key| key["name"] == wanted).unwrap()["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(looked(&home, "show", ["show", "web"])["id"], id("web"));
    assert_eq!(looked(&home, "show", ["show", &id("Web")])["name"], "Web");
    assert_eq!(looked(&home, "show", ["show", "ONLY"])["name"], "only");
    let ended = home.run(["show", "WEB"]).with(2);
    assert!(ended.stderr.contains(&id("web")) && ended.stderr.contains(&id("Web")), "{}", ended.stderr);
}

#[test]
fn a_version_is_named_by_its_number() {
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    assert_eq!(looked(&home, "show", ["show", "a", "--key-version", "1"])["version"], 1);
    let two = ["--key-version", "2"];
    let commands: [&[&str]; 4] = [
        &["show", "a"],
        &["export", "a", "--format", "spki-pem", "--out", "-"],
        &["request", "a", "--subject", "CN=a", "--out", "-"],
        &["handover", "record", "a", "--to", "Bob", "--format", "jwk"],
    ];
    for command in commands {
        let ended = home.open(command.iter().chain(&two).copied()).with(2);
        assert!(ended.stderr.contains("no version 2"), "{}", ended.stderr);
    }
    home.open(["export", "a", "--format", "spki-pem", "--out", "-", "--key-version", "1"]).done();
}

#[test]
fn looking_says_that_the_log_was_not_authenticated() {
    let home = peopled();
    for command in
        [&["list"][..], &["show", "deploy"], &["store", "list"], &["audit", "show"], &["audit", "verify"], &["handover", "list"]]
    {
        let ended = home.run(command.iter().copied()).done();
        assert!(ended.stderr.contains("Not authenticated"), "{command:?}: {}", ended.stderr);
        let ended = home.open(command.iter().copied()).done();
        assert!(!ended.stderr.contains("Not authenticated"), "{command:?}: {}", ended.stderr);
    }
    assert_eq!(looked(&home, "show", ["show", "deploy"])["authenticated"], false);
    assert_eq!(facts(&home, "show", ["show", "deploy"])["authenticated"], true);
    assert_eq!(facts(&home, "audit-verify", ["audit", "verify"])["authenticated"], true);
}

#[test]
fn alerts_end_with_1_and_none_with_0() {
    let home = Home::with_files();
    assert_eq!(looked(&home, "alerts", ["alerts"]).as_array().unwrap().len(), 0);
    home.open(["generate", "a", "--expires", "1d"]).done();
    let alerts = checked(&home.run(["alerts", "--json"]).with(1), "alerts");
    let kinds: Vec<&str> = alerts.as_array().unwrap().iter().map(|alert| alert["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"expiring") && kinds.contains(&"no-backup"), "{kinds:?}");
}

#[test]
fn a_damaged_log_is_found_and_keys_can_still_be_looked_at() {
    let home = peopled();
    let path = home.inventory().join("audit.ron");
    let mut log = std::fs::read(&path).unwrap();
    let middle = log.len() / 2;
    log[middle] ^= 1;
    std::fs::write(&path, log).unwrap();
    let verified = checked(&home.run(["audit", "verify", "--json"]).with(1), "audit-verify");
    assert_eq!(verified["whole"], false);
    let ended = home.run(["list"]).done();
    assert!(ended.text().contains("shop.example.com"), "{}", ended.text());
    let ended = home.open(["edit", "deploy", "--owner", "Eve"]);
    assert!(ended.code.is_some_and(|code| code > 2), "{ended:?}");
}

#[test]
fn the_log_can_be_searched_and_cut() {
    let home = peopled();
    let all = looked(&home, "audit-show", ["audit", "show", "--all"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.first().unwrap()["sequence"], 1);
    assert!(all.windows(2).all(|pair| pair[0]["sequence"].as_u64() < pair[1]["sequence"].as_u64()));
    let last = looked(&home, "audit-show", ["audit", "show", "--last", "2"]);
    assert_eq!(last.as_array().unwrap()[..], all[all.len() - 2..]);
    let found = looked(&home, "audit-show", ["audit", "show", "--search", "Build server"]);
    assert_eq!(found.as_array().unwrap().len(), 1);
}
