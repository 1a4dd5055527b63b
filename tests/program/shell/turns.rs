//! Activate, suspend, resume, deactivate, extend: each line of the grammar, and what the state forbids.

use super::{checked, facts, home_at, looked};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";

fn state(home: &Home, key: &str) -> String {
    looked(home, "show", ["show", key])["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_life_takes_its_turns_now() {
    let home = home_at(START);
    home.open(["generate", "a", "--activates", "later", "--expires", "2027-12-31"]).done();
    assert_eq!(facts(&home, "turn", ["activate", "a", "--reason", "Ready"])["state"], "active");
    assert_eq!(facts(&home, "turn", ["suspend", "a", "--reason", "The laptop is missing"])["state"], "suspended");
    let held = looked(&home, "show", ["show", "a"]);
    assert_eq!(held["versions"][0]["suspensions"][0]["reason"], "The laptop is missing");
    assert_eq!(facts(&home, "turn", ["resume", "a"])["state"], "active");
    let extended = facts(&home, "turn", ["extend", "a", "--until", "2028-01-02", "--reason", "The new host comes later"]);
    assert_eq!((extended["expires"].as_str(), extended["breaches"].as_array().unwrap().len()), (Some("2028-01-02T23:59:59Z"), 0));
    assert_eq!(facts(&home, "turn", ["deactivate", "a", "--reason", "Moved"])["state"], "deactivated");
    let told = looked(&home, "show", ["show", "a"])["history"].to_string();
    for reason in ["Ready", "The laptop is missing", "The new host comes later", "Moved"] {
        assert!(told.contains(reason), "{reason}: {told}");
    }
}

#[test]
fn a_day_is_its_start_for_activation_and_suspension_and_its_end_for_deactivation() {
    let home = home_at(START);
    home.open(["generate", "a", "--activates", "later"]).done();
    let planned = facts(&home, "turn", ["activate", "a", "--at", "2027-02-01"]);
    assert_eq!((planned["at"].as_str(), planned["state"].as_str()), (Some("2027-02-01T00:00:00Z"), Some("pre-active")));
    home.set_clock("2027-02-01T00:00:01Z");
    assert_eq!(state(&home, "a"), "active");
    assert_eq!(facts(&home, "turn", ["suspend", "a", "--at", "2027-02-03"])["at"], "2027-02-03T00:00:00Z");
    home.set_clock("2027-02-03T00:00:00Z");
    assert_eq!(state(&home, "a"), "suspended");
    assert_eq!(facts(&home, "turn", ["resume", "a", "--at", "2027-02-05"])["at"], "2027-02-05T00:00:00Z");
    home.set_clock("2027-02-05T08:00:00Z");
    assert_eq!(state(&home, "a"), "active");
    assert_eq!(facts(&home, "turn", ["deactivate", "a", "--at", "2027-02-10"])["at"], "2027-02-10T23:59:59Z");
    home.set_clock("2027-02-10T23:59:00Z");
    assert_eq!(state(&home, "a"), "active");
    home.set_clock("2027-02-10T23:59:59Z");
    assert_eq!(state(&home, "a"), "deactivated");
}

#[test]
fn what_the_state_forbids_is_refused_and_nothing_changes() {
    let home = home_at(START);
    home.open(["generate", "a", "--expires", "2027-03-01"]).done();
    for turn in ["activate", "resume"] {
        let ended = home.open([turn, "a"]).with(4);
        assert!(ended.stderr.contains("it is active"), "{}", ended.stderr);
    }
    home.open(["suspend", "a"]).done();
    home.open(["extend", "a", "--until", "2027-06-01", "--reason", "More time"]).with(4);
    home.set_clock("2027-03-02T00:00:00Z");
    assert_eq!(state(&home, "a"), "deactivated");
    for turn in ["activate", "suspend", "resume", "deactivate"] {
        home.open([turn, "a"]).with(4);
    }
    home.open(["extend", "a", "--until", "2028-01-01", "--reason", "Too late"]).with(4);
    assert_eq!(looked(&home, "show", ["show", "a"])["versions"][0]["expires"], "2027-03-01T23:59:59Z");
}

#[test]
fn wrong_use_of_a_turn_ends_with_2() {
    let home = home_at(START);
    home.open(["generate", "a", "--expires", "2027-03-01"]).done();
    for name in ["Web", "web"] {
        home.open(["generate", name]).done();
    }
    let wrong: [(&[&str], &str); 10] = [
        (&["activate", "nobody"], "There is no key"),
        (&["suspend", "a", "--at", "soon"], "“soon” is not a date"),
        (&["deactivate", "a", "--at", "9999-12-31T23:59:59Z9"], "is not a date"),
        (&["deactivate", "a", "--at", "0000-12-31"], "years 1 to 9999"),
        (&["suspend", "WEB"], "fits several keys"),
        (&["suspend", "a", "--key-version", "7"], "has no version 7"),
        (&["extend", "a", "--until", "2027-06-01"], "--reason"),
        (&["extend", "a", "--until", "2027-06-01", "--reason", " "], "takes a reason"),
        (&["extend", "a", "--until", "2027-02-01", "--reason", "Earlier"], "no later end"),
        (&["extend", "a", "--until", "400000y", "--reason", "Ever"], "400000y"),
    ];
    for (arguments, said) in wrong {
        let ended = home.open(arguments.iter().copied()).with(2);
        assert!(ended.stderr.contains(said), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(state(&home, "a"), "active");
}

#[test]
fn an_extension_beyond_the_policy_is_marked_and_a_new_key_says_so_too() {
    let home = home_at(START);
    let sound = home.open(["generate", "a", "--purpose", "ssh", "--expires", "90d"]).done();
    assert!(!sound.stderr.contains("policy"), "{}", sound.stderr);
    let ended = home.open(["extend", "a", "--until", "2029-01-01", "--reason", "The device stays", "--json"]).done();
    assert!(ended.stderr.contains("a breaks its policy"), "{}", ended.stderr);
    assert_eq!(checked(&ended, "turn")["breaches"].as_array().unwrap().len(), 1);
    let made = home.open(["generate", "weak", "--purpose", "ssh", "--expires", "never", "--json"]).done();
    assert!(made.stderr.contains("weak breaks its policy") && made.stderr.contains("never expires"), "{}", made.stderr);
    assert_eq!(checked(&made, "generate")["keys"][0]["breaches"].as_array().unwrap().len(), 1);
    let many = home.open(["generate", "many", "--count", "3", "--purpose", "ssh", "--expires", "never"]).done();
    assert!(many.stderr.contains("3 keys break their policy"), "{}", many.stderr);
    let shown = home.run(["show", "weak"]).done().text();
    assert!(shown.contains("Breaks it") && shown.contains("Policy        ssh"), "{shown}");
}
