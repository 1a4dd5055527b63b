//! The keys of a transit engine: made, read, listed, rotated, bounded by their minimum versions, deleted.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::key_type::KeyType;
use super::name;
use super::server::{Late, Server};
use crate::formats::{jwk, spki};
use crate::model::Time;

/// A page of names; servers that know no pages send all at once.
const PAGE: usize = 1_000;

/// No listing is longer, so that one that leads round in a circle ends.
const MOST_PAGES: usize = 10_000;

/// No key has more versions; one a day makes as many in 27 years.
const MOST_VERSIONS: u32 = 10_000;

/// The transit engine at a mount.
pub struct Transit<'a> {
    pub(super) server: &'a Server,
    pub(super) mount: &'a str,
}

/// How a key is to be.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct NewTransitKey {
    /// Its type.
    pub key_type: KeyType,
    /// Its private half may be read by those whom the policies permit it; it can never be taken back.
    pub exportable: bool,
}

/// What the server says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that the server tells")]
pub struct TransitKey {
    /// Its name.
    pub name: Box<str>,
    /// Its type.
    pub key_type: KeyType,
    /// Its newest version, counted from 1.
    pub latest: u32,
    /// Those that still exist, the oldest first.
    pub versions: Vec<TransitVersion>,
    /// The oldest that verifies, decrypts and makes HMACs.
    pub min_decryption: u32,
    /// The oldest that signs and encrypts; 0 is the latest only if nobody names another.
    pub min_encryption: u32,
    /// The oldest that still exists; 0 before anything was trimmed.
    pub min_available: u32,
    /// Private halves may be read.
    pub exportable: bool,
    /// The whole key may be deleted.
    pub deletion_allowed: bool,
    /// It was made elsewhere.
    pub imported: bool,
    /// Its keys are derived from it for each context; such keys do not sign as one key.
    pub derived: bool,
    /// It is marked as deleted: the server refuses to use it until the mark is taken away.
    pub soft_deleted: bool,
}

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitVersion {
    /// The server's number.
    pub number: u32,
    /// When it was made, by the server's clock.
    pub created: Option<Time>,
    /// Its public half (DER `SubjectPublicKeyInfo`); `None` for symmetric keys, and for versions below the minimum, of which
    /// the server tells nothing.
    pub public_key: Option<Box<[u8]>>,
}

/// What can be changed about a key.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct TransitConfig {
    /// The oldest version that verifies and decrypts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_decryption_version: Option<u32>,
    /// The oldest version that signs and encrypts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_encryption_version: Option<u32>,
    /// The whole key may be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_allowed: Option<bool>,
}

/// A key as the server writes it.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "as the server writes it")]
struct Raw {
    name: String,
    #[serde(rename = "type")]
    key_type: String,
    latest_version: u32,
    #[serde(default)]
    min_available_version: u32,
    #[serde(default)]
    min_decryption_version: u32,
    #[serde(default)]
    min_encryption_version: u32,
    #[serde(default)]
    exportable: bool,
    #[serde(default)]
    deletion_allowed: bool,
    #[serde(default)]
    imported_key: bool,
    #[serde(default)]
    derived: bool,
    #[serde(default)]
    soft_deleted: bool,
    #[serde(default)]
    keys: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Names {
    keys: Vec<String>,
}

impl Server {
    /// The transit engine at a mount.
    pub const fn transit<'a>(&'a self, mount: &'a str) -> Transit<'a> {
        Transit { server: self, mount }
    }
}

impl Transit<'_> {
    /// The path of a key, or of something behind it.
    pub(super) fn path(&self, before: &str, key: &str, behind: &str) -> Result<String, BaoError> {
        Ok(format!("{}/{before}/{}{behind}", name::segment(self.mount)?, name::key(key)?))
    }

    /// Makes a key. One of that name that was there before is [`BaoError::Occupied`] and stays as it is. The name should be
    /// one that nobody else takes: between looking and making, another could.
    pub fn create(&self, key: &str, new: NewTransitKey) -> Result<TransitKey, BaoError> {
        if self.found(key)?.is_some() {
            return Err(BaoError::Occupied(key.to_owned()));
        }
        let mut body = json!({ "type": new.key_type.word(), "derived": false, "exportable": new.exportable });
        if new.key_type == KeyType::Hmac {
            body["key_size"] = json!(32);
        }
        let path = self.path("keys", key, "")?;
        let act = || self.changed(key, &Call::change(&path, self.mount, &body)?);
        self.server.settled(Late::Harmless, act, || self.found(key))
    }

    /// Sends a change and returns the key as it is after it: some versions answer with it and some with nothing.
    pub(super) fn changed(&self, key: &str, call: &Call<'_>) -> Result<TransitKey, BaoError> {
        let answer = self.server.call(call)?;
        if let Ok(raw) = answer::data(&answer, "") {
            return self.parsed(&raw);
        }
        let read = self.read_by(key, call.at_leader);
        read.map_err(|cause| BaoError::Unsettled { what: call.what(), cause: Box::new(cause) })
    }

    /// The key, or nothing where the server says that there is none.
    pub(super) fn found(&self, key: &str) -> Result<Option<TransitKey>, BaoError> {
        match self.read(key) {
            Ok(found) => Ok(Some(found)),
            Err(BaoError::Absent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a key.
    pub fn read(&self, key: &str) -> Result<TransitKey, BaoError> {
        self.read_by(key, false)
    }

    fn read_by(&self, key: &str, at_leader: bool) -> Result<TransitKey, BaoError> {
        let path = self.path("keys", key, "")?;
        let answer = self.server.call(&Call { at_leader, ..Call::read(&path, self.mount) })?;
        self.parsed(&answer::data(&answer, &self.server.address())?)
    }

    fn parsed(&self, raw: &Raw) -> Result<TransitKey, BaoError> {
        let odd = || BaoError::Unreadable {
            address: self.server.address(),
            what: format!("the public half of “{}” cannot be read", raw.name),
        };
        let mut versions = Vec::with_capacity(raw.keys.len());
        for (number, facts) in &raw.keys {
            let number = number.parse().map_err(|_| odd())?;
            let public_key = match facts.get("public_key").and_then(Value::as_str) {
                None | Some("") => None,
                Some(text) => Some(public_key(text).ok_or_else(odd)?),
            };
            versions.push(TransitVersion { number, created: created(facts), public_key });
        }
        // Versions below the minimum are there and not shown, and of HMAC keys none is shown.
        let oldest = raw.min_available_version.max(1);
        if raw.latest_version.saturating_sub(oldest) > MOST_VERSIONS {
            let what = format!("“{}” has more versions than any key", raw.name);
            return Err(BaoError::Unreadable { address: self.server.address(), what });
        }
        let shown: BTreeSet<u32> = versions.iter().map(|version| version.number).collect();
        let hidden = (oldest..=raw.latest_version).filter(|number| !shown.contains(number));
        versions.extend(hidden.map(|number| TransitVersion { number, created: None, public_key: None }));
        versions.sort_unstable_by_key(|version| version.number);
        Ok(TransitKey {
            name: raw.name.as_str().into(),
            key_type: KeyType::from_word(&raw.key_type),
            latest: raw.latest_version,
            versions,
            min_decryption: raw.min_decryption_version,
            min_encryption: raw.min_encryption_version,
            min_available: raw.min_available_version,
            exportable: raw.exportable,
            deletion_allowed: raw.deletion_allowed,
            imported: raw.imported_key,
            derived: raw.derived,
            soft_deleted: raw.soft_deleted,
        })
    }

    /// The names of all keys, in the server's order. No keys at all is no error, whatever that means.
    pub fn list(&self) -> Result<Vec<String>, BaoError> {
        let mount = name::segment(self.mount)?;
        let mut names: Vec<String> = Vec::new();
        let mut after = String::new();
        for _ in 0..MOST_PAGES {
            let path = format!("{mount}/keys?list=true&limit={PAGE}{after}");
            let page: Names = match self.server.call(&Call::list(&path, self.mount)) {
                Ok(answer) => answer::data(&answer, &self.server.address())?,
                // Of an empty folder the server says that it is not there.
                Err(BaoError::Absent { .. }) => break,
                Err(error) => return Err(error),
            };
            let last = page.keys.last().filter(|last| name::key(last).is_ok()).map(|last| format!("&after={last}"));
            // A server that knows no pages sends all, and would send the same again.
            let again = !names.is_empty() && page.keys.first() == names.first();
            let more = page.keys.len() == PAGE && !again;
            if !again {
                // What no path can hold is no key that can be asked for.
                names.extend(page.keys.into_iter().filter(|found| name::key(found).is_ok()));
            }
            match last {
                Some(last) if more => after = last,
                _ => break,
            }
        }
        Ok(names)
    }

    /// Makes a new version. `before` is the latest one that was recorded when this was begun: if the server has a newer one
    /// already, that is the new version, and nothing is rotated twice.
    pub fn rotate(&self, key: &str, before: u32) -> Result<TransitKey, BaoError> {
        let newer = || self.read_by(key, true).map(|found| (found.latest > before).then_some(found));
        if let Some(found) = newer()? {
            return Ok(found);
        }
        let path = self.path("keys", key, "/rotate")?;
        let act = || self.changed(key, &Call::change(&path, self.mount, &json!({}))?.of_leader());
        self.server.settled(Late::Doubles, act, newer)
    }

    /// Changes what can be changed; the same twice is the same.
    pub fn configure(&self, key: &str, config: &TransitConfig) -> Result<TransitKey, BaoError> {
        self.changed(key, &Call::compute(&self.path("keys", key, "/config")?, self.mount, config)?)
    }

    /// Ends every version older than this one for ever. Its minimum versions have to be as high.
    pub fn trim(&self, key: &str, oldest: u32) -> Result<TransitKey, BaoError> {
        let body = json!({ "min_available_version": oldest });
        self.changed(key, &Call::compute(&self.path("keys", key, "/trim")?, self.mount, &body)?)
    }

    /// Ends a key with all its versions, which the server permits only where it was told so, and proves that it is gone.
    pub fn delete(&self, key: &str) -> Result<(), BaoError> {
        let path = self.path("keys", key, "")?;
        let gone = || self.found(key).map(|found| found.is_none().then_some(()));
        if gone()?.is_some() {
            return Err(BaoError::Absent { path });
        }
        self.configure(key, &TransitConfig { deletion_allowed: Some(true), ..TransitConfig::default() })?;
        self.server.settled(Late::Harmless, || self.server.call(&Call::remove(&path, self.mount)).map(drop), gone)?;
        match gone()? {
            Some(()) => Ok(()),
            None => Err(BaoError::Invalid(format!("“{key}” is still there after it was deleted"))),
        }
    }
}

/// PEM, or for Ed25519 the bytes of RFC 8032 in base64.
fn public_key(text: &str) -> Option<Box<[u8]>> {
    if text.contains("BEGIN") {
        return spki::from_pem(text).ok()?.into_iter().next();
    }
    let coordinate = super::base64_of(text)?;
    let coordinate = super::base64url(&coordinate);
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": coordinate }).to_string();
    jwk::parse(key.as_bytes()).ok()?.into_iter().next()
}

/// A time in words, or for symmetric keys in seconds since 1970.
fn created(facts: &Value) -> Option<Time> {
    let words = facts.get("creation_time").and_then(Value::as_str);
    let read = |words: &str| words.parse::<jiff::Timestamp>().ok().map(|time| Time::from_second(time.as_second()));
    words.map_or_else(|| facts.as_i64().map(Time::from_second), read)
}
