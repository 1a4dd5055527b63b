//! Policies by their figures and by profiles, files that are no such thing, and the forecast that follows.

use super::{facts, home_at, looked, names, place};
use crate::support::Home;

const START: &str = "2027-01-04T09:00:00Z";

fn figure(home: &Home, purpose: &str, wanted: &str) -> (String, Option<String>) {
    let shown = looked(home, "policy-show", ["policy", "show", purpose]);
    let figures = shown["figures"].as_array().unwrap();
    let found = figures.iter().find(|figure| figure["figure"] == wanted).unwrap();
    (found["value"].as_str().unwrap().to_owned(), found["clause"].as_str().map(str::to_owned))
}

#[test]
fn figures_are_shown_with_their_clauses_set_and_previewed() {
    let home = home_at(START);
    home.open(["generate", "long", "--purpose", "ssh", "--expires", "300d"]).done();
    home.open(["generate", "short", "--purpose", "ssh", "--expires", "60d"]).done();
    let listed = looked(&home, "policy-list", ["policy", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 8);
    assert!(figure(&home, "ssh", "cryptoperiod").1.unwrap().contains("SP 800-57"));
    let change = ["cryptoperiod=90d", "rotate-before=14d", "warnings=21,7"];
    let preview = looked(&home, "policy-change", ["policy", "preview", "ssh"].iter().chain(&change).copied());
    assert_eq!((names(&preview["marked"]), preview["marked"][0]["new"].as_bool()), (vec!["long"], Some(true)));
    assert_eq!(figure(&home, "ssh", "cryptoperiod").0, "365d", "a preview changes nothing");
    let set = facts(&home, "policy-change", ["policy", "set", "ssh"].iter().chain(&change).copied());
    assert_eq!((set["preview"].as_bool(), set["changes"].as_array().unwrap().len()), (Some(false), 3));
    assert_eq!(figure(&home, "ssh", "cryptoperiod"), ("90d".into(), None));
    assert_eq!(looked(&home, "show", ["show", "long"])["breaches"].as_array().unwrap().len(), 1);
    let again = home.open(["policy", "set", "ssh", "cryptoperiod=90d"]).done();
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    let text = home.run(["policy", "show", "ssh"]).done().text();
    assert!(text.contains("set by a person") && text.contains("chosen by a person") && text.contains("Keystead:"), "{text}");
    home.run(["policy", "set", "ssh", "overlap=3d"]).with(2);
}

#[test]
fn a_whole_profile_is_taken_by_name_or_from_a_file() {
    let home = home_at(START);
    let set = facts(&home, "policy-change", ["policy", "set", "tls-server", "overlap=2d", "profile=cnsa-2.0"]);
    assert_eq!(set["profile"], "cnsa-2.0");
    assert_eq!(figure(&home, "tls-server", "overlap").0, "2d");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/profiles/ssh.ron");
    let own = std::fs::read_to_string(shipped).unwrap().replace("\"ssh\"", "\"house\"").replace("value: 365", "value: 180");
    std::fs::write(home.path("house.ron"), own).unwrap();
    let file = format!("profile={}", place(&home, "house.ron"));
    assert_eq!(facts(&home, "policy-change", ["policy", "set", "ssh", &file])["profile"], "house");
    assert_eq!(figure(&home, "ssh", "cryptoperiod").0, "180d");
    for (purpose, profile, said) in
        [("tls-server", "ssh", "no policy for tls-server"), ("ssh", "strict", "cab-forum"), ("ssh", "none.ron", "cannot be read")]
    {
        let ended = home.open(["policy", "set", purpose, &format!("profile={profile}")]);
        assert!(matches!(ended.code, Some(2 | 3)) && ended.stderr.contains(said), "{profile}: {}", ended.stderr);
    }
}

#[test]
fn a_file_that_is_damaged_or_contradicts_itself_names_line_and_reason() {
    let home = home_at(START);
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/profiles/ssh.ron")).unwrap();
    let broken = [
        ("cut", shipped[..shipped.len() / 2].to_owned(), "line "),
        (
            "contradictory",
            shipped.replace("overlap_days: 7", "overlap_days: 700"),
            "line 7, the policy for ssh: an overlap of 700 days",
        ),
        ("unknown", shipped.replace("Ed25519", "Dsa"), "line 9"),
        ("empty", String::new(), "line 1"),
    ];
    for (name, text, said) in broken {
        std::fs::write(home.path(&format!("{name}.ron")), text).unwrap();
        let ended = home.open(["policy", "set", "ssh", &format!("profile={}", place(&home, &format!("{name}.ron")))]).with(2);
        let place = format!("{name}.ron");
        assert!(ended.stderr.contains(said) && ended.stderr.contains(&place), "{name}: {}", ended.stderr);
    }
    let listed = looked(&home, "policy-show", ["policy", "show", "ssh"]);
    assert_eq!(listed["own"], false, "nothing was set");
}

#[test]
fn figures_that_cannot_be_are_wrong_use() {
    let home = home_at(START);
    let wrong: [(&[&str], &str); 8] = [
        (&["ssh", "overlap"], "no value"),
        (&["ssh", "colour=red"], "destruction-wait"),
        (&["ssh", "rotation=sometimes"], "ask or by-itself"),
        (&["ssh", "overlap=300d"], "overlap of 300 days"),
        (&["ssh", "cryptoperiod=999999999d"], "days"),
        (&["ssh", "cryptoperiod=99999999999d"], "cannot be read as cryptoperiod"),
        (&["ssh", "algorithms=rot13"], "names of algorithms"),
        (&["fun", "overlap=3d"], "is no purpose"),
    ];
    for (typed, said) in wrong {
        for command in ["set", "preview"] {
            let ended = home.open(["policy", command].iter().chain(typed).copied()).with(2);
            assert!(ended.stderr.contains(said), "{typed:?}: {}", ended.stderr);
        }
    }
    home.open(["policy", "set", "ssh"]).with(2);
}

#[test]
fn the_forecast_counts_by_week_what_comes_due() {
    let home = home_at(START);
    let empty = home.run(["forecast"]).done();
    assert!(empty.stderr.contains("Nothing comes due"), "{}", empty.stderr);
    home.open(["generate", "k", "--count", "6", "--purpose", "ssh", "--expires", "2027-06-01"]).done();
    home.open(["generate", "later", "--activates", "2027-01-12"]).done();
    let ahead = looked(&home, "forecast", ["forecast"]);
    let weeks = ahead["weeks"].as_array().unwrap();
    assert_eq!(weeks.len(), 53);
    let busy: Vec<_> = weeks.iter().filter(|week| week["busy"] == true).collect();
    assert_eq!((busy.len(), busy[0]["rotation"].as_u64()), (1, Some(6)), "{ahead}");
    assert_eq!(weeks[1]["activation"], 1);
    assert!(!ahead["spread"].as_array().unwrap().is_empty());
    assert_eq!(looked(&home, "forecast", ["forecast", "--months", "1"])["weeks"].as_array().unwrap().len(), 5);
    let text = home.run(["forecast"]).done();
    assert!(text.text().contains("busy") && text.stderr.contains("could come earlier"), "{}", text.text());
    for months in ["0", "121", "many"] {
        home.run(["forecast", "--months", months]).with(2);
    }
}

#[test]
fn a_key_has_figures_of_its_own_and_goes_back_to_its_purposes() {
    let home = home_at(START);
    home.open(["generate", "long", "--purpose", "ssh", "--expires", "300d"]).done();
    let change = ["--key", "long", "cryptoperiod=90d", "rotate-before=3d", "overlap=2d"];
    let preview = looked(&home, "policy-key-change", ["policy", "preview"].iter().chain(&change).copied());
    assert_eq!((preview["preview"].as_bool(), preview["new"].as_bool()), (Some(true), Some(true)));
    let shown = looked(&home, "policy-key-show", ["policy", "show", "--key", "long"]);
    assert!(shown["figures"].as_array().unwrap().iter().all(|figure| figure["own"] == false), "a preview changes nothing");
    let set = facts(&home, "policy-key-change", ["policy", "set"].iter().chain(&change).copied());
    assert_eq!(set["own"], serde_json::json!(["cryptoperiod", "rotate-before", "overlap"]));
    assert!(set["breaches"][0].as_str().unwrap().contains("its policy allows 90"), "{set}");
    assert_eq!(figure(&home, "ssh", "overlap").0, "7d", "the purpose's stays");
    let text = home.run(["policy", "show", "--key", "long"]).done().text();
    assert!(text.contains("the key's own") && text.contains("Breaks it: It lasts 300 days"), "{text}");
    let back =
        facts(&home, "policy-key-change", ["policy", "set", "cryptoperiod=default", "rotate-before=default", "--key", "long"]);
    assert_eq!((back["own"].as_array().unwrap().len(), back["breaches"].as_array().unwrap().len()), (1, 0), "{back}");
    let again = home.open(["policy", "set", "--key", "long", "overlap=2d"]).done();
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    home.open(["policy", "set", "--key", "long", "overlap=default"]).done();
    let history = looked(&home, "show", ["show", "long"]);
    let told: Vec<_> = history["history"].as_array().unwrap().iter().map(|told| told["sentence"].as_str().unwrap()).collect();
    assert_eq!(told.iter().filter(|told| told.contains("policy")).count(), 3, "{told:?}");
}

#[test]
fn figures_that_a_key_cannot_have_are_wrong_use() {
    let home = home_at(START);
    home.open(["generate", "k", "--purpose", "ssh"]).done();
    let wrong: [(&[&str], &str); 8] = [
        (&["--key", "k"], "NAME=VALUE"),
        (&["--key", "nobody", "overlap=3d"], "no key “nobody”"),
        (&["--key", "k", "profile=ssh"], "a profile is for a purpose"),
        (&["--key", "k", "warnings=3"], "warning times of its own"),
        (&["--key", "k", "overlap=300d"], "overlap of 300 days"),
        (&["--key", "k", "destruction-wait=soon"], "cannot be read as destruction-wait"),
        (&["--key", "k", "destruction-wait=99999d"], "destruction-wait: 99999 days"),
        (&["ssh", "overlap=3d", "--key", "k"], "not both"),
    ];
    for (typed, said) in wrong {
        for command in ["set", "preview"] {
            let ended = home.open(["policy", command].iter().chain(typed).copied()).with(2);
            assert!(ended.stderr.contains(said), "{typed:?}: {}", ended.stderr);
        }
    }
    home.open(["policy", "set", "overlap=3d"]).with(2);
    home.run(["policy", "show", "ssh", "--key", "k"]).with(2);
    home.run(["policy", "show"]).with(2);
    home.run(["policy", "set", "--key", "k", "overlap=3d"]).with(2);
}
