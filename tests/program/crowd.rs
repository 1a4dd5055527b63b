//! Everybody at once: timers, the open window and many shells on one inventory. What each was told
//! is held against the log afterwards.

use std::collections::{HashMap, HashSet};

use keystead::model::{Event, Intent, Key, OperationId, Record, Rotation, State, VersionRef};
use serde_json::Value;

use crate::lab::{Lab, assert_secrets_open, assert_verified};
use crate::support::Home;
use crate::window::play;

/// Planned destructions whose waiting time ends while all are at work.
const PLANNED: i64 = 8;

/// From the setting up to the first of these ends, in seconds.
const LEAD: i64 = 20;

/// `KEYSTEAD_TEST_SECONDS` makes it longer: the full minute takes a minute.
fn seconds() -> i64 {
    std::env::var("KEYSTEAD_TEST_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

/// An inventory with keys `gone-N` and `kept-N` that are to be destroyed soon. The last end.
fn planned(home: &Home) -> jiff::Timestamp {
    let week_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(7 * 24);
    let mut at = week_ago + jiff::SignedDuration::from_secs(LEAD);
    home.set_clock(&at.to_string());
    home.open(["init", "--store", "files"]).done();
    for number in 0..PLANNED {
        for name in ["gone", "kept"] {
            let name = format!("{name}-{number}");
            home.open(["generate", &name, "--purpose", "ssh"]).done();
            home.open(["destroy", &name]).done();
        }
        at += jiff::SignedDuration::from_millis(1_000 * seconds() / PLANNED);
        home.set_clock(&at.to_string());
    }
    home.set_clock_right();
    at + jiff::SignedDuration::from_hours(7 * 24)
}

#[test]
fn two_timers_a_window_and_ten_commands_at_once_lose_nothing_and_rotate_each_due_key_once() {
    let name = "two_timers_a_window_and_ten_commands_at_once";
    let home = Home::new();
    let last = planned(&home);
    let play = play("crowd").with("KEYSTEAD_TEST_SECONDS", seconds().to_string());
    let play = play.with("KEYSTEAD_TEST_DUE", "500").with("KEYSTEAD_PLAY_WAIT_ENDS", last.strftime("%FT%TZ").to_string());
    let Some(files) = play.run(name, &home) else { return };
    let told = std::fs::read_to_string(files.join("acknowledged.json")).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let after = After::of(&home);
    after.everything_acknowledged_is_there(&told);
    after.each_due_key_was_rotated_once();
    after.what_was_to_go_is_gone_and_what_was_kept_is_not(&told);
    println!("{}", after.figures(&told));
}

/// The inventory and its log afterwards, read by nobody who took part.
struct After {
    keys: HashMap<String, Key>,
    log: String,
    /// What was carried out, with what was begun.
    done: Vec<Intent>,
    now: keystead::model::Time,
}

impl After {
    fn of(home: &Home) -> Self {
        let lab = Lab::at(home.path(""));
        let custodian = lab.open();
        assert_verified(&custodian);
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_secrets_open(&lab, &custodian);
        let keys = custodian.read(|inventory| inventory.keys().to_vec());
        let names: HashSet<_> = keys.iter().map(|key| key.name.clone()).collect();
        assert_eq!(names.len(), keys.len(), "no name was used twice");
        let keys = keys.iter().map(|key| (key.name.to_string(), Key::clone(key))).collect();
        let log = std::fs::read_to_string(lab.file("audit.ron")).unwrap();
        Self { keys, done: done(&log), log, now: custodian.now() }
    }

    fn everything_acknowledged_is_there(&self, told: &[Value]) {
        for line in told.iter().filter(|line| line["code"] == 0) {
            if let Some(marker) = line["marker"].as_str() {
                assert!(self.log.contains(marker), "{line}");
            }
            for made in line["told"]["rotated"].as_array().into_iter().flatten() {
                let key = &self.keys[made["name"].as_str().unwrap()];
                assert!(key.version(made["version"].as_u64().unwrap() as u32).is_some(), "{line}");
            }
            let arguments: Vec<&str> = line["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            match arguments[..] {
                ["destroy", name, "--now", ..] => assert!(self.keys[name].is_destroyed(), "{line}"),
                ["revoke", name, ..] => {
                    let key = &self.keys[name];
                    assert!(key.versions[0].revocation.is_some(), "{line}");
                    assert_eq!((key.versions.len(), key.state(self.now)), (2, State::Active), "{line}");
                }
                ["delivery", _, name, ..] => assert_eq!(self.keys[name].open_deliveries().count(), 0, "{line}"),
                _ => {}
            }
        }
    }

    fn rotations(&self) -> impl Iterator<Item = (&Rotation, bool)> {
        self.done.iter().flat_map(|intent| match intent {
            Intent::Rotate { rotations, by_itself } => rotations.iter().map(|rotation| (rotation, *by_itself)).collect(),
            _ => Vec::new(),
        })
    }

    fn each_due_key_was_rotated_once(&self) {
        let mut replaced = HashSet::new();
        for (rotation, by_itself) in self.rotations() {
            let once = replaced.insert((rotation.key, rotation.old));
            assert!(once || !by_itself, "version {} of {} was replaced twice", rotation.old, rotation.key);
        }
        for (name, key) in self.keys.iter().filter(|(name, _)| name.starts_with("due-")) {
            assert_eq!(key.versions.len(), 2, "{name}");
            let by_itself = self.rotations().filter(|(rotation, by_itself)| *by_itself && rotation.key == key.id).count();
            assert_eq!(by_itself, 1, "{name}");
        }
        for (name, key) in self.keys.iter().filter(|(name, _)| name.starts_with("contended-")) {
            let of_key = || self.rotations().filter(|(rotation, _)| rotation.key == key.id);
            let olds: HashSet<u32> = of_key().map(|(rotation, _)| rotation.old).collect();
            assert_eq!(olds.len(), key.versions.len() - 1, "{name}: each version took the place of another one");
            assert!(of_key().filter(|(_, by_itself)| *by_itself).count() <= 1, "{name}: it was due once");
        }
    }

    fn what_was_to_go_is_gone_and_what_was_kept_is_not(&self, told: &[Value]) {
        for number in 0..PLANNED {
            assert!(self.keys[&format!("gone-{number}")].is_destroyed(), "gone-{number}");
            let name = format!("kept-{number}");
            let cancelled = told.iter().any(|line| {
                line["code"] == 0 && line["args"][0] == "destroy" && line["args"][1] == *name && line["args"][2] == "--cancel"
            });
            assert_eq!(self.keys[&name].is_destroyed(), !cancelled, "{name}");
        }
        let mut ended: HashSet<VersionRef> = HashSet::new();
        for intent in &self.done {
            if let Intent::Destroy { versions, .. } = intent {
                assert!(versions.iter().all(|version| ended.insert(*version)), "destroyed twice: {versions:?}");
            }
        }
    }

    fn figures(&self, told: &[Value]) -> String {
        let acknowledged = told.iter().filter(|line| line["code"] == 0).count();
        let mut by_word: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
        for line in told {
            let count = by_word.entry(line["args"][0].as_str().unwrap()).or_default();
            count.0 += usize::from(line["code"] == 0);
            count.1 += usize::from(line["code"] != 0);
        }
        let by_itself = self.rotations().filter(|(_, by_itself)| *by_itself).count();
        let runs = told.iter().filter(|line| line["args"][1] == "--due").count();
        format!(
            "{} commands, {acknowledged} acknowledged, {} records, {} keys, {} versions, {by_itself} of {} rotations by themselves, \
             {runs} runs of timers; each with its refusals: {by_word:?}",
            told.len(),
            self.log.lines().count(),
            self.keys.len(),
            self.keys.values().map(|key| key.versions.len()).sum::<usize>(),
            self.rotations().count(),
        )
    }
}

/// Each operation that ended as it should, in the order in which they ended.
fn done(log: &str) -> Vec<Intent> {
    let mut open: HashMap<OperationId, Intent> = HashMap::new();
    let mut done = Vec::new();
    for line in log.lines() {
        let (body, _) = line.rsplit_once(",hash:").unwrap();
        let record: Record = ron::from_str(&format!("{body})")).unwrap();
        for event in record.events {
            match event {
                Event::Begun { operation, intent } => drop(open.insert(operation, intent)),
                Event::Done { operation } => done.push(open.remove(&operation).unwrap()),
                Event::Failed { operation, .. } => drop(open.remove(&operation)),
                _ => {}
            }
        }
    }
    done
}
