//! The facts that JSON holds, in the form that `assets/schemas` fixes.

use std::path::PathBuf;

use serde::Serialize;

use crate::custodian::Outcome;
use crate::model::{Digest, Inventory, Key, KeyId, Time, Version, ssh_fingerprint};

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
    pub(super) spki_sha256: Digest,
    pub(super) ssh_fingerprint: Option<String>,
    /// It has an alert above a notice.
    pub(super) attention: bool,
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
            spki_sha256: version.spki_sha256,
            ssh_fingerprint: version.ssh_sha256.as_ref().map(ssh_fingerprint),
            attention: inventory.needs_attention(key, now),
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

/// A date as tables show it.
pub(super) fn date_or(time: Option<Time>, otherwise: &str) -> String {
    time.map_or_else(|| otherwise.to_owned(), |time| time.to_string())
}
