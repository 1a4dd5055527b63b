//! The story of a key: what was done and what came by itself, each with the states before and after.

use jiff::tz::TimeZone;

use super::event::{Event, Record};
use super::ids::{KeyId, OperationId};
use super::intent::{Intent, NewKey};
use super::inventory::Inventory;
use super::key::Key;
use super::sentence::sentences;
use super::state::State;
use super::time::{Time, short_date};

/// One sentence of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub time: Time,
    /// What, as a sentence.
    pub sentence: String,
}

/// Replays the records that speak of a key, oldest first, on an inventory of its own and tells
/// them, with what dates brought in between and until now.
///
/// `inventory` names the keys; the states come from the records.
pub fn story(records: &[Record], id: KeyId, inventory: &Inventory, now: Time, zone: &TimeZone) -> Vec<Happening> {
    let Some(key) = inventory.key(id) else { return Vec::new() };
    let mut told = Vec::new();
    for record in records {
        for (sentence, turn) in sentences(record, inventory, Some(id)).into_iter().zip(turns(record, id, records)) {
            let sentence = match turn {
                Some((before, after)) if before != after => format!("{sentence} It went from {} to {}.", before.id(), after.id()),
                _ => sentence,
            };
            told.push(Happening { time: record.time, sentence });
        }
    }
    told.extend(by_themselves(key, now, zone));
    told.sort_by_key(|happening| happening.time);
    told
}

/// For each event of a record that speaks of the key: the states before and after, if it is a turn.
fn turns(record: &Record, id: KeyId, records: &[Record]) -> Vec<Option<(State, State)>> {
    let about = record.events.iter().filter(|event| event.keys().contains(&id));
    about
        .map(|event| match event {
            Event::Transitioned { version, .. } | Event::Revoked { version, .. } => {
                let mut replay = Replay::default();
                replay.until(records, id, record.seq);
                let before = replay.state(version.version, record.time)?;
                replay.take(event, record.time);
                Some((before, replay.state(version.version, record.time)?))
            }
            _ => None,
        })
        .collect()
}

/// The lives of a key's versions, from the records that speak of it.
#[derive(Default)]
struct Replay {
    lives: Vec<(u32, super::state::Life)>,
    begun: Vec<(OperationId, Intent, Time)>,
}

impl Replay {
    fn until(&mut self, records: &[Record], id: KeyId, seq: u64) {
        for record in records.iter().take_while(|record| record.seq < seq) {
            for event in &record.events {
                match event {
                    Event::Begun { operation, intent } if intent.keys().contains(&id) => {
                        self.begun.push((*operation, intent.clone(), record.time));
                        self.made(intent, id, record.time);
                    }
                    Event::KeysNoted { keys } => self.noted(keys, id, record.time),
                    _ => self.take(event, record.time),
                }
            }
        }
    }

    fn noted(&mut self, keys: &[NewKey], id: KeyId, time: Time) {
        for key in keys.iter().filter(|key| key.id == id) {
            let version = &key.version;
            self.lives.push((version.number, super::state::Life::new(time, version.activates, version.expires)));
        }
    }

    fn made(&mut self, intent: &Intent, id: KeyId, time: Time) {
        let mut push = |version: &super::intent::NewVersion| {
            self.lives.push((version.number, super::state::Life::new(time, version.activates, version.expires)));
        };
        match intent {
            Intent::Generate { keys } => keys.iter().filter(|key| key.id == id).for_each(|key| push(&key.version)),
            Intent::Rotate { rotations, .. } => {
                for rotation in rotations.iter().filter(|rotation| rotation.key == id) {
                    push(&rotation.version);
                }
            }
            Intent::Destroy { versions, .. } => {
                for version in versions.iter().filter(|version| version.key == id) {
                    if let Some((_, life)) = self.lives.iter_mut().find(|(number, _)| *number == version.version) {
                        life.destroyed = Some(time);
                    }
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, event: &Event, time: Time) {
        let (version, turn) = match event {
            Event::Transitioned { version, transition, .. } => (version, *transition),
            Event::Revoked { version, reason, since, .. } => (version, reason.turn(*since, time)),
            _ => return,
        };
        if let Some((_, life)) = self.lives.iter_mut().find(|(number, _)| *number == version.version) {
            // The log's own replay has checked it.
            let _ = life.turn(turn, time);
        }
    }

    fn state(&self, number: u32, at: Time) -> Option<State> {
        self.lives.iter().find(|(known, _)| *known == number).map(|(_, life)| life.state(at))
    }
}

/// What dates brought: the start of warnings and the ends that nobody made.
fn by_themselves(key: &Key, now: Time, zone: &TimeZone) -> Vec<Happening> {
    let mut told = Vec::new();
    for version in &key.versions {
        let life = &version.life;
        let number = version.number;
        let mut say = |time: Option<Time>, sentence: String| {
            if let Some(time) = time.filter(|&time| time <= now && life.destroyed.is_none_or(|gone| time < gone)) {
                told.push(Happening { time, sentence });
            }
        };
        let compromised = life.compromised.is_some();
        if life.activates.is_some_and(|at| at > life.created) {
            say(life.activates, format!("The date came: version {number} went from pre-active to active."));
        }
        let end = life.ends();
        if let Some(expires) = life.expires.filter(|_| !compromised) {
            let warns = key.warns_from(expires);
            let in_use = end.is_none_or(|end| warns < end) && life.activates.is_some_and(|from| from <= warns);
            if in_use {
                let date = short_date(expires, zone);
                say(Some(warns), format!("Version {number} entered its warning time: it expires on {date}."));
            }
            if end == Some(expires) {
                say(end, format!("Version {number} expired: it went from active to deactivated."));
            }
        }
        if life.overlap_ends.is_some() && end == life.overlap_ends && end != life.expires && !compromised {
            say(end, format!("The overlap ended: version {number} went from active to deactivated."));
        }
    }
    told
}
