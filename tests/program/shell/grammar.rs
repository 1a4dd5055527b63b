//! Each command as the grammar writes it, with its exit codes.

use super::{facts, looked, names, place, tool};
use crate::support::Home;

#[test]
fn every_line_of_the_grammar_is_understood() {
    let home = Home::with_files();
    let made = facts(
        &home,
        "generate",
        [
            "generate",
            "a.example",
            "--purpose",
            "tls-server",
            "--algorithm",
            "p256",
            "--expires",
            "90d",
            "--tag",
            "prod",
            "--tag",
            "eu",
            "--owner",
            "Mira",
            "--store",
            "files",
        ],
    );
    let id = made["keys"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["keys"][0]["tags"], serde_json::json!(["eu", "prod"]));
    facts(&home, "generate", ["generate", "many", "--count", "3"]);
    std::fs::write(home.path("names"), "one\n\n two \n").unwrap();
    let listed = facts(&home, "generate", ["generate", "--names-file", &place(&home, "names"), "--purpose", "ssh"]);
    assert_eq!(names(&listed["keys"]), ["one", "two"]);
    assert_eq!(names(&looked(&home, "list", ["list"])), ["a.example", "many-1", "many-2", "many-3", "one", "two"]);
    looked(&home, "show", ["show", &id]);
    looked(&home, "store-list", ["store", "list"]);
    looked(&home, "audit-verify", ["audit", "verify"]);
    looked(&home, "audit-show", ["audit", "show"]);
    super::checked(&home.run(["alerts", "--json"]).with(1), "alerts");
    let edit = ["edit", "one", "two", "--owner", "Jonas", "--add-tag", "x", "--remove-tag", "y", "--note", "two\nlines"];
    assert_eq!(facts(&home, "done", edit)["keys"].as_array().unwrap().len(), 2);
    facts(&home, "done", ["edit", "one", "--name", "uno"]);
    facts(&home, "done", ["export", "a.example", "--format", "spki-pem", "--to", "Bob", "--out", &place(&home, "a.pem")]);
    let csr = place(&home, "a.csr");
    let request = [
        "request",
        "a.example",
        "--subject",
        "CN=a.example,O=X",
        "--dns",
        "a.example",
        "--dns",
        "b.example",
        "--ip",
        "192.0.2.1",
        "--email",
        "x@a.example",
        "--uri",
        "https://a.example/",
        "--format",
        "der",
        "--to",
        "CA",
        "--out",
        &csr,
    ];
    assert_eq!(facts(&home, "done", request)["written"], serde_json::json!(csr));
    facts(&home, "done", ["handover", "record", "a.example", "--to", "Eve", "--format", "openssh", "--at", "2026-11-02"]);
    assert_eq!(looked(&home, "handover-list", ["handover", "list"]).as_array().unwrap().len(), 3);
    assert_eq!(looked(&home, "handover-list", ["handover", "list", "a.example"]).as_array().unwrap().len(), 3);
    let eve = looked(&home, "handover-list", ["handover", "list", "eve"]);
    assert_eq!((eve[0]["at"].as_str(), eve[0]["elsewhere"].as_bool()), (Some("2026-11-02T00:00:00Z"), Some(true)));
}

#[test]
fn wrong_use_ends_with_2() {
    let home = Home::with_files();
    home.open(["generate", "a"]).done();
    let wrong: [&[&str]; 14] = [
        &["generate"],
        &["generate", "b", "--algorithm", "rsa1024"],
        &["generate", "b", "--purpose", "fun"],
        &["generate", "b", "--expires", "soon"],
        &["generate", "b", "--store", "elsewhere"],
        &["list", "state:fine"],
        &["list", "expires<soon"],
        &["show", "nobody"],
        &["show", "a", "--key-version", "2"],
        &["edit", "a"],
        &["export", "a", "--format", "pkcs12", "--out", "-"],
        &["handover", "record", "a", "--to", "Bob", "--format", "spki-pem", "--at", "9999-01-01"],
        &["store"],
        &["frobnicate"],
    ];
    for arguments in wrong {
        let ended = home.open(arguments.iter().copied()).with(2);
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
    }
    // Without a passphrase, and with nobody to ask.
    home.run(["generate", "b"]).with(2);
    Home::new().run(["list"]).with(2);
}

#[test]
fn a_wrong_passphrase_is_a_failure_and_changes_nothing() {
    let home = Home::with_files();
    std::fs::write(home.path("wrong"), "not-the-passphrase-of-this-inventory").unwrap();
    let ended = home.run(["generate", "a", "--passphrase-file", &place(&home, "wrong")]).with(3);
    assert!(ended.stderr.contains("does not open"), "{}", ended.stderr);
    assert_eq!(looked(&home, "list", ["list"]).as_array().unwrap().len(), 0);
}

#[test]
fn a_second_inventory_is_refused_and_a_weak_passphrase_too() {
    let home = Home::with_files();
    home.open(["init", "--store", "files"]).with(4);
    let other = Home::new();
    std::fs::write(other.path("weak"), "password1").unwrap();
    other.run(["init", "--store", "files", "--passphrase-file", &place(&other, "weak")]).with(4);
    assert!(!other.inventory().join("audit.ron").exists());
    other.run(["init", "--store", "nowhere"]).with(2);
}

#[test]
fn help_completions_and_manual_pages_come_from_the_grammar() {
    let home = Home::new();
    let help = home.run(["--help"]).done().text();
    for command in ["init", "generate", "handover", "Exit codes"] {
        assert!(help.contains(command), "{help}");
    }
    assert!(!help.contains("  dev "), "what is for developers is hidden");
    assert!(home.run(["generate", "--help"]).done().text().contains("Examples:"));
    assert!(home.run(["--version"]).done().text().starts_with("keystead "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.run(["completions", shell]).done().text().contains("generate"), "{shell}");
    }
    assert!(home.run(["man"]).done().text().contains(".TH keystead 1"));
    std::fs::create_dir(home.path("man1")).unwrap();
    home.run(["man", "--out", &place(&home, "man1")]).done();
    assert!(std::fs::read_to_string(home.path("man1/keystead-handover-record.1")).unwrap().contains(".TH"));
}

#[test]
fn the_hidden_commands_fill_and_measure() {
    let home = Home::with_files();
    home.open(["dev", "fill", "20"]).done();
    home.open(["dev", "fill", "5", "--with-secrets"]).done();
    assert_eq!(looked(&home, "list", ["list"]).as_array().unwrap().len(), 25);
    for bench in ["bare-fsync", "durable-tag", "durable-generate", "verify-rate"] {
        let measured = facts(&home, "dev-bench", ["dev", "bench", bench]);
        assert!(measured["name"] == bench && measured["value"].as_f64().unwrap() > 0.0, "{measured}");
    }
    home.open(["dev", "bench", "nonsense"]).with(2);
}

#[test]
fn a_reader_that_had_enough_is_no_failure() {
    let home = Home::with_files();
    home.open(["generate", "k", "--count", "400"]).done();
    let line = format!("'{}' list | head -n 1; '{0}' list >/dev/full; echo $?", crate::support::program().display());
    let said = tool(&home, "bash", ["-o", "pipefail", "-c", &line]);
    assert!(said.starts_with("NAME") || said.contains("NAME"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(said.trim_end().ends_with('3') || said.contains("\n3\n"), "a full disk is told: {said}");
}
