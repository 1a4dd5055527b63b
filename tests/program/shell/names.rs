//! Names and dates that cannot be, or must be shown with care.

use super::{facts, looked, names};
use crate::support::Home;

#[test]
fn names_with_control_or_right_to_left_characters_are_shown_escaped() {
    let home = Home::with_files();
    let (red, turned) = ("a\u{1b}[31mred", "b\u{202e}txt.exe");
    for name in [red, turned] {
        let ended = home.open(["generate", name, "--owner", name, "--tag", name]).done();
        assert!(!ended.text().contains(['\u{1b}', '\u{202e}']), "{:?}", ended.text());
    }
    home.open(["handover", "record", red, "--to", turned, "--format", "jwk"]).done();
    let commands: [&[&str]; 6] =
        [&["list"], &["show", red], &["show", turned], &["audit", "show"], &["handover", "list"], &["show", "nobody\u{1b}]0;x"]];
    for command in commands {
        let ended = home.run(command.iter().copied());
        let said = format!("{}{}", ended.text(), ended.stderr);
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{command:?}: {said:?}");
        assert!(said.contains("\\u{1b}") || said.contains("\\u{202e}"), "{command:?}: {said}");
    }
    assert_eq!(names(&looked(&home, "list", ["list"])), [red, turned], "scripts get the name as it is");
}

#[test]
fn an_empty_name_is_refused() {
    let home = Home::with_files();
    for name in ["", "   "] {
        let ended = home.open(["generate", name]).with(2);
        assert!(ended.stderr.contains("cannot be empty"), "{}", ended.stderr);
    }
}

#[test]
fn a_name_of_10_000_characters_is_refused_with_the_limit() {
    let home = Home::with_files();
    let endless = "x".repeat(10_000);
    let ended = home.open(["generate", &endless]).with(2);
    assert!(ended.stderr.contains("at most 200"), "{}", ended.stderr);
    home.open(["generate", "a"]).done();
    home.open(["edit", "a", "--name", &endless]).with(2);
    home.open(["edit", "a", "--note", &endless]).done();
    home.open(["edit", "a", "--note", &"x".repeat(10_001)]).with(2);
    let ended = home.run(["show", &endless]).with(2);
    assert!(ended.stderr.len() < 500, "{}", ended.stderr);
}

#[test]
fn a_duplicate_name_is_refused_also_in_another_normal_form() {
    let home = Home::with_files();
    home.open(["generate", "caf\u{e9}"]).done();
    home.open(["generate", "cafe\u{301}"]).with(4);
    home.open(["generate", "other"]).done();
    home.open(["edit", "other", "--name", "caf\u{e9}"]).with(4);
    std::fs::write(home.path("names"), "x\ny\nx\n").unwrap();
    home.open(["generate", "--names-file", &super::place(&home, "names")]).with(4);
    assert_eq!(names(&looked(&home, "list", ["list"])), ["caf\u{e9}", "other"], "nothing of it was made");
}

#[test]
fn dates_the_wrong_way_round_are_refused() {
    let home = Home::with_files();
    for dates in
        [&["--expires", "2020-01-01"][..], &["--activates", "2027-03-02", "--expires", "2027-03-01"], &["--expires", "0d"]]
    {
        home.open(["generate", "a"].iter().chain(dates).copied()).with(2);
    }
    assert_eq!(looked(&home, "list", ["list"]).as_array().unwrap().len(), 0);
}

#[test]
fn dates_are_read_in_all_three_forms() {
    let home = Home::with_files();
    let made = |name: &str, date: &str| {
        facts(&home, "generate", ["generate", name, "--expires", date])["keys"][0]["expires"].as_str().unwrap().to_owned()
    };
    assert_eq!(made("day", "2027-03-15"), "2027-03-15T23:59:59Z");
    assert_eq!(made("instant", "2027-03-15T12:00:00+01:00"), "2027-03-15T11:00:00Z");
    let span = made("span", "90d").parse::<keystead::model::Time>().unwrap();
    let now = keystead::model::Time::from(jiff::Timestamp::now());
    assert!((span.seconds_since(now) - 90 * 86_400).abs() < 120);
}

#[test]
fn names_and_patterns_make_many_keys() {
    let home = Home::with_files();
    let made = facts(&home, "generate", ["generate", "device-{n:3}", "--count", "2"]);
    assert_eq!(names(&made["keys"]), ["device-001", "device-002"]);
    std::fs::write(home.path("names"), "a\nb\n").unwrap();
    let file = super::place(&home, "names");
    assert_eq!(
        names(&facts(&home, "generate", ["generate", "{name}.example", "--names-file", &file])["keys"]),
        ["a.example", "b.example"]
    );
    home.open(["generate", "x", "--count", "2", "--names-file", &file]).with(2);
    home.open(["generate", "x", "--count", "0"]).with(2);
    std::fs::write(home.path("names"), "\n \n").unwrap();
    home.open(["generate", "--names-file", &file]).with(2);
}
