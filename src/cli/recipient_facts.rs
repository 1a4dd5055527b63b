//! The facts of recipients in the form that `assets/schemas` fixes, and their words for a terminal.

use serde::Serialize;

use crate::model::{Digest, Holder, Inventory, KeyId, RecipientKey, Time, name};

/// A public key of a recipient.
#[derive(Serialize)]
pub(super) struct RecipientKeyFacts {
    kind: &'static str,
    /// As the key's own tools show it.
    fingerprint: String,
    sha256: Digest,
    /// The line, or DER in base64.
    encoded: String,
    begins: Option<Time>,
    expires: Option<Time>,
    expired: bool,
    /// Within 30 days.
    expires_soon: bool,
    service_id: String,
    confirmed: Option<ConfirmedFacts>,
}

/// How a fingerprint was found to be right.
#[derive(Serialize)]
struct ConfirmedFacts {
    way: &'static str,
    at: Time,
    note: String,
}

/// Somebody in the address book or with a key in hand, as one row.
#[derive(Serialize)]
pub(super) struct RecipientFacts {
    pub(super) name: String,
    pub(super) note: String,
    /// Otherwise it is known from hand-overs alone.
    pub(super) in_address_book: bool,
    pub(super) keys: Vec<RecipientKeyFacts>,
    /// Of how many keys it was given something.
    pub(super) keys_held: usize,
    /// How many deliveries are open.
    pub(super) due: usize,
}

/// The same with all that it holds.
#[derive(Serialize)]
pub(super) struct HolderFacts {
    #[serde(flatten)]
    pub(super) facts: RecipientFacts,
    pub(super) holds: Vec<HoldingFacts>,
    #[serde(rename = "deliveries")]
    pub(super) due: Vec<OwedFacts>,
}

/// What was given.
#[derive(Serialize)]
pub(super) struct HoldingFacts {
    pub(super) key: KeyId,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) state: &'static str,
    pub(super) format: &'static str,
    pub(super) at: Time,
    pub(super) elsewhere: bool,
}

/// What is due.
#[derive(Serialize)]
pub(super) struct OwedFacts {
    key: KeyId,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) format: &'static str,
    pub(super) since: Time,
}

impl RecipientKeyFacts {
    fn new(key: &RecipientKey, now: Time) -> Self {
        Self {
            kind: key.kind.id(),
            fingerprint: key.fingerprint(),
            sha256: key.sha256,
            encoded: key.encoded.to_string(),
            begins: key.begins,
            expires: key.expires,
            expired: key.is_expired(now),
            expires_soon: key.expires_soon(now),
            service_id: key.service_id.to_string(),
            confirmed: key.confirmed.as_ref().map(|confirmed| ConfirmedFacts {
                way: confirmed.way.id(),
                at: confirmed.at,
                note: confirmed.note.to_string(),
            }),
        }
    }
}

/// A key in lines of text.
pub(super) trait KeyWords {
    /// They.
    fn words(&self) -> Vec<String>;
}

impl KeyWords for RecipientKeyFacts {
    fn words(&self) -> Vec<String> {
        let mut lines = vec![format!("  {}", self.kind), format!("    {}", self.fingerprint)];
        lines.push(match &self.confirmed {
            Some(confirmed) if confirmed.note.is_empty() => format!("    confirmed {}, {}", confirmed.way, confirmed.at),
            Some(confirmed) => {
                format!("    confirmed {}, {}: {}", confirmed.way, confirmed.at, name::shown(&confirmed.note))
            }
            None => "    not confirmed".to_owned(),
        });
        if let Some(expires) = self.expires {
            let word = if self.expired { "expired" } else { "expires" };
            let soon = if self.expires_soon { ", soon" } else { "" };
            lines.push(format!("    {word} {expires}{soon}"));
        }
        if !self.service_id.is_empty() {
            lines.push(format!("    named {}", name::shown(&self.service_id)));
        }
        lines
    }
}

impl RecipientFacts {
    /// The facts of somebody.
    pub(super) fn new(name: &str, holder: &Holder, now: Time) -> Self {
        let recipient = holder.recipient.as_ref();
        let keys = recipient.map(|recipient| recipient.keys.iter().map(|key| RecipientKeyFacts::new(key, now)).collect());
        Self {
            name: name.to_owned(),
            note: recipient.map(|recipient| recipient.note.to_string()).unwrap_or_default(),
            in_address_book: recipient.is_some(),
            keys: keys.unwrap_or_default(),
            keys_held: holder.keys_held(),
            due: holder.owed.len(),
        }
    }

    /// Which kinds of keys it has.
    pub(super) fn kinds(&self) -> String {
        if !self.in_address_book {
            return "not in the address book".to_owned();
        }
        let kinds: Vec<&str> = self.keys.iter().map(|key| key.kind).collect();
        if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
    }

    /// How many of them somebody made sure of.
    pub(super) fn confirmed(&self) -> String {
        let confirmed = self.keys.iter().filter(|key| key.confirmed.is_some()).count();
        match (confirmed, self.keys.len()) {
            (_, 0) => "-".to_owned(),
            (0, _) => "not confirmed".to_owned(),
            (confirmed, all) if confirmed == all => "yes".to_owned(),
            (confirmed, all) => format!("{confirmed} of {all}"),
        }
    }

    /// What ends first.
    pub(super) fn expiry(&self) -> String {
        let Some(first) = self.keys.iter().filter(|key| key.expires.is_some()).min_by_key(|key| key.expires) else {
            return "-".to_owned();
        };
        let date = first.expires.map(|at| at.to_string()).unwrap_or_default();
        match (first.expired, first.expires_soon) {
            (true, _) => format!("{date} (expired)"),
            (_, true) => format!("{date} (soon)"),
            _ => date,
        }
    }
}

impl HolderFacts {
    /// All that is known of somebody.
    pub(super) fn new(inventory: &Inventory, name: &str, holder: &Holder, now: Time) -> Self {
        let called = |key: KeyId| inventory.key(key).map_or_else(|| key.to_string(), |key| key.name.to_string());
        let state = |key: KeyId, version: u32| {
            let version = inventory.key(key).and_then(|key| key.version(version));
            version.map_or("destroyed", |version| version.state(now).id())
        };
        let holds = holder.holdings.iter().map(|held| HoldingFacts {
            key: held.key,
            name: called(held.key),
            version: held.version,
            state: state(held.key, held.version),
            format: held.format.id(),
            at: held.at,
            elsewhere: held.elsewhere,
        });
        let due = holder.owed.iter().map(|owed| OwedFacts {
            key: owed.key,
            name: called(owed.key),
            version: owed.version,
            format: owed.format.id(),
            since: owed.since,
        });
        Self { facts: RecipientFacts::new(name, holder, now), holds: holds.collect(), due: due.collect() }
    }
}
