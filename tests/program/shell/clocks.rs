//! A clock that is a year ahead for one start and then right again.

use super::{facts, home_at, looked};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";
const NEXT_DAY: &str = "2027-01-05T09:00:00Z";
const YEAR_AHEAD: &str = "2028-01-04T09:00:00Z";

/// A key that a year later would have been rotated, and one that would have been destroyed.
fn home() -> Home {
    let home = home_at(START);
    home.open(["policy", "set", "ssh", "rotation=by-itself"]).done();
    home.open(["generate", "turns", "--purpose", "ssh", "--expires", "2028-01-06"]).done();
    home.open(["generate", "goes", "--purpose", "ssh", "--expires", "2028-12-31"]).done();
    home.open(["destroy", "goes"]).done();
    home
}

#[track_caller]
fn nothing_happened(home: &Home) {
    for name in ["turns", "goes"] {
        let shown = looked(home, "show", ["show", name]);
        let versions = shown["versions"].as_array().unwrap();
        assert_eq!((versions.len(), versions[0]["state"].as_str()), (1, Some("active")), "{shown}");
        home.open(["request", name, "--subject", "CN=a", "--out", "-"]).done();
    }
    let shown = looked(home, "show", ["show", "goes"]);
    assert!(shown["versions"][0]["destruction_due"].as_str().unwrap().starts_with("2027-01-11"), "{shown}");
}

#[test]
fn with_a_clock_a_year_ahead_for_one_start_then_right_again_nothing_is_destroyed_and_nothing_rotated() {
    let home = home();
    home.set_clock(YEAR_AHEAD);
    for _ in 0..2 {
        let ahead = home.open(["rotate", "--due"]).with(4);
        assert!(ahead.stderr.contains("days after the last record"), "{}", ahead.stderr);
    }
    home.set_clock(NEXT_DAY);
    let right = home.open(["rotate", "--due"]).done();
    assert!(right.stderr.contains("Nothing is due"), "{}", right.stderr);
    nothing_happened(&home);
}

/// Nothing is due even then, and no record of that keeps the right clock from counting.
#[test]
fn a_clock_a_year_ahead_with_nothing_due_leaves_no_trace() {
    let home = home_at(START);
    home.open(["generate", "a", "--purpose", "ssh", "--expires", "2029-01-06"]).done();
    let log = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    home.set_clock(YEAR_AHEAD);
    home.open(["rotate", "--due"]).done();
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), log);
}

/// A person changed something without seeing that the clock was wrong. Once it is right again nothing
/// of what would be due by the records happens by itself.
#[test]
fn a_clock_that_was_set_right_lets_nothing_happen_by_itself_until_a_person_corrects_it() {
    let home = home();
    home.set_clock(YEAR_AHEAD);
    home.open(["edit", "turns", "--note", "written with a wrong clock"]).done();
    home.set_clock(NEXT_DAY);
    let behind = home.open(["rotate", "--due"]).with(4);
    assert!(behind.stderr.contains("stands before the last record"), "{}", behind.stderr);
    let alerts = super::checked(&home.run(["alerts", "--json"]).with(1), "alerts");
    assert!(alerts.to_string().contains("clock-set-back"), "{alerts}");
    nothing_happened(&home);
}

#[test]
#[cfg(target_os = "linux")]
fn with_a_clock_a_year_ahead_for_one_start_of_the_window_then_right_again_nothing_is_destroyed_and_nothing_rotated() {
    use crate::window::play;
    let (home, name) = (home(), "a_clock_a_year_ahead_in_the_window");
    home.set_clock(YEAR_AHEAD);
    let Some(_) = play("ahead").with("KEYSTEAD_TEST_DUE", "500").run(name, &home) else { return };
    // The start is on record, and it is no sign that somebody looked at the clock.
    let ahead = home.open(["rotate", "--due"]).with(4);
    assert!(ahead.stderr.contains("days after the last record"), "{}", ahead.stderr);
    home.set_clock(NEXT_DAY);
    play("ahead").with("KEYSTEAD_TEST_DUE", "500").run(name, &home);
    nothing_happened(&home);
    home.open(["rotate", "--due"]).with(4);
    facts(&home, "audit-verify", ["audit", "verify"]);
    nothing_happened(&home);
}
