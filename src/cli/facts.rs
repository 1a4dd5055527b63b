//! The facts that JSON holds, in the form that `assets/schemas` fixes.

use std::path::PathBuf;

use serde::Serialize;

use super::end::End;
use super::output::say;
use super::session::Session;
use crate::custodian::Outcome;
use crate::model::{Breach, Digest, Inventory, Key, KeyId, Time, Version, compliance, name, ssh_fingerprint};

/// A key as one row: of its current version, or of the one that was named.
#[derive(Serialize)]
pub(super) struct KeyFacts {
    pub(super) id: KeyId,
    pub(super) name: String,
    pub(super) purpose: &'static str,
    pub(super) algorithm: &'static str,
    pub(super) strength_bits: u16,
    pub(super) state: &'static str,
    pub(super) version: u32,
    pub(super) created: Time,
    pub(super) activates: Option<Time>,
    /// What ends its use first: its own expiry or its certificate's.
    pub(super) expires: Option<Time>,
    pub(super) store: String,
    pub(super) owner: String,
    pub(super) tags: Vec<String>,
    pub(super) spki_sha256: Option<Digest>,
    pub(super) ssh_fingerprint: Option<String>,
    /// It has an alert above a notice.
    pub(super) attention: bool,
    /// What of it breaks its policy, as sentences.
    pub(super) breaches: Vec<String>,
}

impl KeyFacts {
    /// The facts of a version of a key.
    pub(super) fn new(inventory: &Inventory, key: &Key, version: &Version, now: Time) -> Self {
        Self {
            id: key.id,
            name: key.name.to_string(),
            purpose: key.purpose.id(),
            algorithm: version.algorithm.id(),
            strength_bits: version.algorithm.strength_bits(),
            state: version.state(now).id(),
            version: version.number,
            created: version.life.created,
            activates: version.life.activates,
            expires: version.expires(),
            store: version.locator.store.to_string(),
            owner: key.owner.to_string(),
            tags: key.tags.iter().map(ToString::to_string).collect(),
            spki_sha256: version.spki(),
            ssh_fingerprint: version.ssh_sha256.as_ref().map(ssh_fingerprint),
            attention: inventory.needs_attention(key, now),
            breaches: breaches(inventory, key, version, now),
        }
    }

    /// The facts of the current version.
    pub(super) fn current(inventory: &Inventory, key: &Key, now: Time) -> Option<Self> {
        key.current(now).map(|version| Self::new(inventory, key, version, now))
    }
}

/// What a command that changes something did.
#[derive(Serialize, Default)]
pub(super) struct Done {
    /// Keys it made, changed or wrote.
    pub(super) keys: Vec<KeyId>,
    /// The file it wrote.
    pub(super) written: Option<PathBuf>,
    /// Something a person should know, though all was done.
    pub(super) notice: Option<String>,
}

impl From<&Outcome> for Done {
    fn from(outcome: &Outcome) -> Self {
        Self { keys: outcome.keys.clone(), written: outcome.written.clone(), notice: outcome.notice.clone() }
    }
}

/// What of a version breaks its policy, as sentences.
pub(super) fn breaches(inventory: &Inventory, key: &Key, version: &Version, now: Time) -> Vec<String> {
    let found = compliance::of_version(version, &inventory.policy_of(key), inventory.kind_of(version), now);
    found.into_iter().map(Breach::sentence).collect()
}

/// Says beside the output that a key breaks its policy.
pub(super) fn say_breaches(name: &str, breaches: &[String]) {
    if !breaches.is_empty() {
        say(&format!("{} breaks its policy and stays marked. {}", name::shown(name), breaches.join(" ")));
    }
}

/// A key of a batch that could not be done.
#[derive(Serialize)]
pub(super) struct Refused {
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) reason: String,
}

impl Refused {
    /// All of an outcome.
    pub(super) fn of(outcome: &Outcome, session: &Session) -> Vec<Self> {
        let refused = |(key, reason): &(KeyId, String)| Self { key: *key, name: session.name(*key), reason: reason.clone() };
        outcome.refused.iter().map(refused).collect()
    }

    /// Says each beside the output.
    pub(super) fn say_all(all: &[Self]) {
        for one in all {
            say(&format!("Not {}: {}", name::shown(&one.name), one.reason));
        }
    }
}

/// How a batch ends: by the gravest of what was refused or failed.
pub(super) fn end_of(outcome: &Outcome) -> End {
    outcome.gravest.map_or(End::Done, End::from)
}

/// How far a batch came that a person stopped.
#[derive(Serialize)]
pub(super) struct Cancelled {
    pub(super) done: u64,
    pub(super) total: u64,
}

impl Cancelled {
    /// Of an outcome, if it was stopped.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        outcome.cancelled.map(|(done, total)| Self { done, total })
    }
}

/// A number with its noun: “1 delivery”, “2 deliveries”.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A date as tables show it.
pub(super) fn date_or(time: Option<Time>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), |time| time.to_string())
}
