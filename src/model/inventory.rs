//! The inventory: what the log says, replayed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::{Edit, Event, Intent, NewKey, NewVersion, RECORD_VERSION, Record, VersionRef};
use super::handover::HandOver;
use super::ids::{InstallationId, InventoryId, KeyId, OperationId};
use super::key::{Key, Version};
use super::name::{self, NameError};
use super::state::Life;
use super::store::Store;
use super::time::Time;
use super::transition::Refusal;

/// Every key, store and open operation, as the log says.
///
/// Keys are shared by `Arc` and keep their index for as long as the inventory lives, so that a
/// screen can hold indices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    id: InventoryId,
    home: Box<str>,
    stores: Vec<Store>,
    keys: Vec<Arc<Key>>,
    open: BTreeMap<OperationId, OpenOperation>,
    seq: u64,
    floor: Time,
    installation: InstallationId,
    facts: Facts,
    #[serde(skip)]
    index: Index,
}

/// What the log says about the inventory as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When it was created.
    pub created: Time,
    /// The last backup and where it was put.
    pub backup: Option<(Time, String)>,
    /// Recovery copies exist (`true`), were declined (`false`), or nobody was asked.
    pub recovery: Option<bool>,
    /// Each time a person went on from a log that was not whole.
    pub accepted: Vec<AcceptedHistory>,
    /// Each time a person set the floor of the clock back.
    pub clock_corrections: u32,
    /// The newest key was made at.
    pub newest_key: Option<Time>,
}

/// A person went on from a log that was damaged, cut or older than its anchor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedHistory {
    /// When.
    pub at: Time,
    /// The last record that was good.
    pub found: u64,
    /// The record that the anchor named.
    pub anchored: Option<u64>,
    /// Why.
    pub reason: String,
}

/// An operation that was begun and has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOperation {
    /// When it was begun.
    pub time: Time,
    /// Where in the log: a byte offset.
    pub offset: u64,
    /// What it is about to do.
    pub intent: Intent,
}

#[derive(Debug, Clone, Default)]
struct Index {
    by_id: HashMap<KeyId, u32>,
    /// Names of keys that are not destroyed.
    by_name: HashMap<Box<str>, u32>,
    /// Keys and names that an open operation works on.
    busy: HashSet<KeyId>,
    promised: HashSet<Box<str>>,
}

impl PartialEq for Index {
    /// It follows from the rest.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A record does not fit what came before it. The log is not what this program wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Written by a newer version of the program.
    #[error("record {seq} has form {found}, and this version reads up to {RECORD_VERSION}. Use the newer version that wrote it")]
    Newer {
        /// The record.
        seq: u64,
        /// Its form.
        found: u16,
    },
    /// Records are missing or repeated.
    #[error("record {found} stands where record {expected} should")]
    Gap {
        /// The number it should have.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// It belongs to another inventory.
    #[error("record {seq} belongs to another inventory")]
    Foreign {
        /// The record.
        seq: u64,
    },
    /// It was written before the record ahead of it.
    #[error("record {seq} is dated before the record ahead of it")]
    Backwards {
        /// The record.
        seq: u64,
    },
    /// An event is against the rules.
    #[error("record {seq}: {rule}")]
    Rule {
        /// The record.
        seq: u64,
        /// Which rule.
        rule: RuleError,
    },
}

/// What the rules of the inventory forbid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No such key.
    #[error("there is no key {0}")]
    NoKey(KeyId),
    /// No such version.
    #[error("{name} has no version {version}")]
    NoVersion {
        /// The key's name.
        name: String,
        /// The number asked for.
        version: u32,
    },
    /// No such store.
    #[error("there is no store “{0}”")]
    NoStore(String),
    /// The store exists already.
    #[error("there is already a store “{0}”")]
    StoreExists(String),
    /// The name is taken.
    #[error("there is already a key “{0}”. Choose another name")]
    NameTaken(String),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The key exists already.
    #[error("key {0} exists already")]
    KeyExists(KeyId),
    /// An operation on the key has not ended.
    #[error("“{0}” is busy: an operation on it has not ended yet. Try again in a moment")]
    Busy(String),
    /// No such operation.
    #[error("there is no open operation {0}")]
    NoOperation(OperationId),
    /// The state does not allow it.
    #[error("{name} {refusal}")]
    Refused {
        /// The key's name.
        name: String,
        /// Why.
        refusal: Refusal,
    },
    /// Expiry does not lie after activation.
    #[error("{name}: the expiry has to lie after the activation")]
    Dates {
        /// The key's name.
        name: String,
    },
    /// The event cannot stand here.
    #[error("{0}")]
    Misplaced(&'static str),
}

/// What a record changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Indices of keys that are new or different.
    pub keys: Vec<u32>,
    /// Stores, open operations or facts of the whole are different.
    pub whole: bool,
}

impl Inventory {
    /// Which inventory this is.
    pub fn id(&self) -> InventoryId {
        self.id
    }

    /// The store chosen first; it also holds the log key and the anchor.
    pub fn home(&self) -> Option<&Store> {
        self.store(&self.home)
    }

    /// Every store.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The store of this name.
    pub fn store(&self, name: &str) -> Option<&Store> {
        self.stores.iter().find(|store| &*store.name == name)
    }

    /// Every key, destroyed ones too, in the order they were made.
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// The key of this id.
    pub fn key(&self, id: KeyId) -> Option<&Arc<Key>> {
        self.index_of(id).and_then(|index| self.at(index))
    }

    /// The key at this index.
    pub fn at(&self, index: u32) -> Option<&Arc<Key>> {
        self.keys.get(index as usize)
    }

    /// Where the key of this id stands.
    pub fn index_of(&self, id: KeyId) -> Option<u32> {
        self.index.by_id.get(&id).copied()
    }

    /// The key that has this name and is not destroyed.
    pub fn named(&self, name: &str) -> Option<&Arc<Key>> {
        self.index.by_name.get(&*name::normal(name)).and_then(|&index| self.at(index))
    }

    /// The name belongs to a key that is not destroyed, or was promised to one being made.
    pub fn name_taken(&self, name: &str) -> bool {
        let normal = name::normal(name);
        self.index.by_name.contains_key(&*normal) || self.index.promised.contains(&*normal)
    }

    /// An operation on the key has not ended.
    pub fn is_busy(&self, id: KeyId) -> bool {
        self.index.busy.contains(&id)
    }

    /// Operations that have not ended.
    pub fn open_operations(&self) -> &BTreeMap<OperationId, OpenOperation> {
        &self.open
    }

    /// The number of the last record.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The time of the last record: the clock never counts as earlier.
    pub fn floor(&self) -> Time {
        self.floor
    }

    /// Who wrote the last record.
    pub fn installation(&self) -> InstallationId {
        self.installation
    }

    /// What the log says about the whole.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Now, held to the floor of the clock.
    pub fn clock(&self, now: Time) -> Time {
        now.max(self.floor)
    }

    /// Puts the index back after the rest was read from a checkpoint.
    pub fn reindex(&mut self) {
        let mut index = Index {
            by_id: HashMap::with_capacity(self.keys.len()),
            by_name: HashMap::with_capacity(self.keys.len()),
            ..Index::default()
        };
        for (number, key) in (0_u32..).zip(&self.keys) {
            index.by_id.insert(key.id, number);
            if !key.is_destroyed() {
                index.by_name.insert(key.name.clone(), number);
            }
        }
        self.index = index;
        let intents: Vec<_> = self.open.values().map(|operation| operation.intent.clone()).collect();
        for intent in &intents {
            self.reserve(intent);
        }
    }

    /// Takes in the next record, or says why it cannot be the next; then nothing has changed but
    /// possibly the events ahead of the one refused, so the caller gives the inventory up.
    pub fn apply(&mut self, record: &Record) -> Result<Changes, ApplyError> {
        let seq = record.seq;
        self.check_head(record)?;
        let mut changes = Changes::default();
        for event in &record.events {
            self.apply_event(record, event, &mut changes).map_err(|rule| ApplyError::Rule { seq, rule })?;
        }
        self.seq = seq;
        self.floor = self.floor.max(record.time);
        self.installation = record.installation;
        changes.keys.sort_unstable();
        changes.keys.dedup();
        Ok(changes)
    }

    fn check_head(&self, record: &Record) -> Result<(), ApplyError> {
        let seq = record.seq;
        if record.v != RECORD_VERSION {
            return Err(ApplyError::Newer { seq, found: record.v });
        }
        if seq != self.seq + 1 {
            return Err(ApplyError::Gap { expected: self.seq + 1, found: seq });
        }
        if self.seq > 0 && record.inventory != self.id {
            return Err(ApplyError::Foreign { seq });
        }
        let corrects = record.events.iter().any(|event| matches!(event, Event::ClockCorrected { .. }));
        if record.time < self.floor && !corrects {
            return Err(ApplyError::Backwards { seq });
        }
        Ok(())
    }

    /// Asks whether the events could be appended now; changes nothing.
    pub fn check(&self, events: &[Event], now: Time) -> Result<(), RuleError> {
        events.iter().try_for_each(|event| self.check_event(event, now))
    }

    fn check_event(&self, event: &Event, now: Time) -> Result<(), RuleError> {
        match event {
            Event::InventoryCreated { .. } if self.seq > 0 => Err(RuleError::Misplaced("an inventory is created once")),
            Event::StoreAdded(store) if self.store(&store.name).is_some() => Err(RuleError::StoreExists(store.name.to_string())),
            Event::StoreMoved(store) if self.store(&store.name).is_none() => Err(RuleError::NoStore(store.name.to_string())),
            Event::Begun { intent, .. } => self.check_intent(intent, now),
            Event::Done { operation } | Event::Failed { operation, .. } if !self.open.contains_key(operation) => {
                Err(RuleError::NoOperation(*operation))
            }
            Event::KeyEdited { key, edit } => self.check_edit(*key, edit),
            Event::Exported { versions, .. } => versions.iter().try_for_each(|version| self.version(*version).map(drop)),
            Event::HandedOver { version, .. } | Event::Requested { version, .. } | Event::CertificateAttached { version, .. } => {
                self.version(*version).map(drop)
            }
            Event::Transitioned { version, transition, .. } => {
                let (key, found) = self.version(*version)?;
                let mut life = found.life.clone();
                life.turn(*transition, now).map_err(|refusal| RuleError::Refused { name: key.name.to_string(), refusal })
            }
            _ => Ok(()),
        }
    }

    fn check_edit(&self, id: KeyId, edit: &Edit) -> Result<(), RuleError> {
        let key = self.key(id).ok_or(RuleError::NoKey(id))?;
        let Some(name) = &edit.name else { return Ok(()) };
        name::check(name)?;
        let own = self.named(name).is_some_and(|other| other.id == id);
        if !own && self.name_taken(name) && !key.is_destroyed() {
            return Err(RuleError::NameTaken(name.to_string()));
        }
        Ok(())
    }

    fn check_intent(&self, intent: &Intent, now: Time) -> Result<(), RuleError> {
        let mut seen = HashSet::new();
        match intent {
            Intent::Generate { keys } => keys.iter().try_for_each(|key| {
                name::check(&key.name)?;
                if self.name_taken(&key.name) || !seen.insert(&key.name) {
                    return Err(RuleError::NameTaken(key.name.to_string()));
                }
                if self.index_of(key.id).is_some() {
                    return Err(RuleError::KeyExists(key.id));
                }
                self.check_new_version(&key.name, &key.version)
            }),
            Intent::AddVersion { key: id, version } => {
                let key = self.free(*id)?;
                if key.versions.iter().any(|existing| existing.number >= version.number) {
                    return Err(RuleError::Misplaced("a new version needs a new number"));
                }
                self.check_new_version(&key.name, version)
            }
            Intent::Destroy { versions } => versions.iter().try_for_each(|version| {
                let key = self.free(version.key)?;
                let (_, found) = self.version(*version)?;
                let state = found.state(now);
                if state.is_destroyed() {
                    let refusal = Refusal::State { verb: "destroyed", state, wanted: "in any other state" };
                    return Err(RuleError::Refused { name: key.name.to_string(), refusal });
                }
                Ok(())
            }),
            Intent::Export { versions, .. } => versions.iter().try_for_each(|version| {
                self.free(version.key)?;
                self.version(*version).map(drop)
            }),
            Intent::Request { version, .. } => {
                self.free(version.key)?;
                self.version(*version).map(drop)
            }
            Intent::ChangePassphrase { .. } => {
                let busy = self.open.values().any(|operation| matches!(operation.intent, Intent::ChangePassphrase { .. }));
                if busy { Err(RuleError::Busy("The passphrase".into())) } else { Ok(()) }
            }
        }
    }

    fn check_new_version(&self, name: &str, version: &NewVersion) -> Result<(), RuleError> {
        if self.store(&version.locator.store).is_none() {
            return Err(RuleError::NoStore(version.locator.store.to_string()));
        }
        match (version.activates, version.expires) {
            (Some(activates), Some(expires)) if activates >= expires => Err(RuleError::Dates { name: name.to_owned() }),
            _ => Ok(()),
        }
    }

    fn free(&self, id: KeyId) -> Result<&Arc<Key>, RuleError> {
        let key = self.key(id).ok_or(RuleError::NoKey(id))?;
        if self.is_busy(id) { Err(RuleError::Busy(key.name.to_string())) } else { Ok(key) }
    }

    fn version(&self, of: VersionRef) -> Result<(&Arc<Key>, &Version), RuleError> {
        let key = self.key(of.key).ok_or(RuleError::NoKey(of.key))?;
        let version =
            key.version(of.version).ok_or_else(|| RuleError::NoVersion { name: key.name.to_string(), version: of.version })?;
        Ok((key, version))
    }

    fn apply_event(&mut self, record: &Record, event: &Event, changes: &mut Changes) -> Result<(), RuleError> {
        let now = record.time;
        self.check_event(event, now)?;
        match event {
            Event::InventoryCreated { home } => {
                self.id = record.inventory;
                self.home = home.clone();
                self.facts.created = now;
                changes.whole = true;
            }
            Event::StoreAdded(store) => {
                self.stores.push(store.clone());
                changes.whole = true;
            }
            Event::StoreMoved(store) => {
                self.stores.iter_mut().filter(|known| known.name == store.name).for_each(|known| known.kind = store.kind);
                changes.whole = true;
            }
            Event::Begun { operation, intent } => {
                self.reserve(intent);
                let opened = OpenOperation { time: now, offset: record.offset, intent: intent.clone() };
                self.open.insert(*operation, opened);
                changes.whole = true;
            }
            Event::Done { operation } => self.end(*operation, record, true, changes)?,
            Event::Failed { operation, .. } => self.end(*operation, record, false, changes)?,
            Event::KeyEdited { key, edit } => self.edit(*key, edit, record, changes),
            Event::Exported { versions, .. } => {
                for version in versions {
                    self.change(version.key, record.offset, changes, |_| ());
                }
            }
            Event::HandedOver { version, recipient, format, at, elsewhere } => {
                let hand_over = HandOver {
                    version: version.version,
                    recipient: recipient.clone(),
                    format: *format,
                    at: *at,
                    elsewhere: *elsewhere,
                };
                self.change(version.key, record.offset, changes, |key| key.hand_overs.push(hand_over));
            }
            Event::Requested { version, profile } => self.change_version(*version, record.offset, changes, |found| {
                found.request = Some(profile.clone());
            }),
            Event::CertificateAttached { version, certificate } => {
                self.change_version(*version, record.offset, changes, |found| {
                    found.certificate = Some(certificate.clone());
                });
            }
            Event::Transitioned { version, transition, reason } => {
                self.change_version(*version, record.offset, changes, |found| {
                    // Checked above: the turn is possible.
                    let _ = found.life.turn(*transition, now);
                    if let (super::Transition::Suspend { .. }, Some(span)) = (transition, found.life.suspensions.last_mut()) {
                        span.reason.clone_from(reason);
                    }
                });
            }
            Event::BackupMade { place } => {
                self.facts.backup = Some((now, place.clone()));
                changes.whole = true;
            }
            Event::RecoveryMade | Event::RecoveryDeclined => {
                self.facts.recovery = Some(matches!(event, Event::RecoveryMade));
                changes.whole = true;
            }
            Event::ClockCorrected { to, .. } => {
                self.floor = *to;
                self.facts.clock_corrections += 1;
                changes.whole = true;
            }
            Event::HistoryAccepted { found, anchored, reason } => {
                let accepted = AcceptedHistory { at: now, found: *found, anchored: *anchored, reason: reason.clone() };
                self.facts.accepted.push(accepted);
                changes.whole = true;
            }
            Event::Unlocked | Event::Locked | Event::PassphraseChanged | Event::TakenOver { .. } => changes.whole = true,
        }
        Ok(())
    }

    fn edit(&mut self, id: KeyId, edit: &Edit, record: &Record, changes: &mut Changes) {
        let before = self.key(id).map(|key| (key.name.clone(), key.is_destroyed()));
        self.change(id, record.offset, changes, |key| key.take_edit(edit));
        if let (Some(new), Some((old, false)), Some(index)) = (&edit.name, before, self.index_of(id)) {
            self.index.by_name.remove(&*old);
            self.index.by_name.insert(new.clone(), index);
        }
    }

    /// Notes what an open operation works on.
    fn reserve(&mut self, intent: &Intent) {
        self.index.busy.extend(intent.keys());
        if let Intent::Generate { keys } = intent {
            self.index.promised.extend(keys.iter().map(|key| key.name.clone()));
        }
    }

    fn end(&mut self, id: OperationId, record: &Record, done: bool, changes: &mut Changes) -> Result<(), RuleError> {
        let operation = self.open.remove(&id).ok_or(RuleError::NoOperation(id))?;
        changes.whole = true;
        for key in operation.intent.keys() {
            self.index.busy.remove(&key);
        }
        if let Intent::Generate { keys } = &operation.intent {
            for key in keys {
                self.index.promised.remove(&key.name);
            }
        }
        if done {
            self.complete(operation, record, changes);
        }
        Ok(())
    }

    fn complete(&mut self, operation: OpenOperation, record: &Record, changes: &mut Changes) {
        // The history points at the record that says what was done, not at the one that says it ended.
        let (now, offset) = (record.time, operation.offset);
        match operation.intent {
            Intent::Generate { keys } => {
                for key in keys {
                    self.insert(key, operation.time, operation.offset, changes);
                }
            }
            Intent::AddVersion { key, version } => {
                let made = made(version, operation.time);
                self.change(key, offset, changes, |key| key.versions.push(made));
            }
            Intent::Destroy { versions } => {
                for version in versions {
                    self.change_version(version, offset, changes, |found| {
                        found.life.destruction_due = None;
                        found.life.destroyed = Some(now);
                    });
                    self.release_name(version.key);
                }
            }
            Intent::Export { versions, format, recipient, .. } => {
                for version in versions {
                    let given =
                        HandOver { version: version.version, recipient: recipient.clone(), format, at: now, elsewhere: false };
                    self.change(version.key, offset, changes, |key| key.hand_overs.push(given));
                }
            }
            Intent::Request { version, profile, format, recipient, .. } => {
                let given = recipient.map(|recipient| HandOver {
                    version: version.version,
                    recipient,
                    format,
                    at: now,
                    elsewhere: false,
                });
                self.change(version.key, offset, changes, |key| {
                    key.hand_overs.extend(given);
                    if let Some(found) = key.versions.iter_mut().find(|found| found.number == version.version) {
                        found.request = Some(profile);
                    }
                });
            }
            Intent::ChangePassphrase { .. } => {}
        }
    }

    fn insert(&mut self, new: NewKey, created: Time, offset: u64, changes: &mut Changes) {
        let index = self.keys.len() as u32;
        self.index.by_id.insert(new.id, index);
        self.index.by_name.insert(new.name.clone(), index);
        self.keys.push(Arc::new(Key {
            id: new.id,
            name: new.name,
            purpose: new.purpose,
            owner: new.owner,
            tags: new.tags,
            warn_days: new.warn_days,
            note: new.note,
            versions: vec![made(new.version, created)],
            hand_overs: Vec::new(),
            history: vec![offset],
        }));
        self.facts.newest_key = Some(created);
        changes.keys.push(index);
    }

    fn release_name(&mut self, id: KeyId) {
        if let Some(key) = self.key(id).filter(|key| key.is_destroyed()) {
            let name = key.name.clone();
            let own = self.index_of(id);
            if self.index.by_name.get(&name).copied() == own {
                self.index.by_name.remove(&name);
            }
        }
    }

    fn change(&mut self, id: KeyId, offset: u64, changes: &mut Changes, change: impl FnOnce(&mut Key)) {
        if let Some(index) = self.index_of(id)
            && let Some(slot) = self.keys.get_mut(index as usize)
        {
            let key = Arc::make_mut(slot);
            change(key);
            if key.history.last() != Some(&offset) {
                key.history.push(offset);
            }
            changes.keys.push(index);
        }
    }

    fn change_version(&mut self, of: VersionRef, offset: u64, changes: &mut Changes, change: impl FnOnce(&mut Version)) {
        self.change(of.key, offset, changes, |key| {
            if let Some(found) = key.versions.iter_mut().find(|found| found.number == of.version) {
                change(found);
            }
        });
    }
}

fn made(new: NewVersion, created: Time) -> Version {
    Version {
        number: new.number,
        algorithm: new.algorithm,
        locator: new.locator,
        public_key: new.public_key,
        spki_sha256: new.spki_sha256,
        ssh_sha256: new.ssh_sha256,
        life: Life::new(created, new.activates, new.expires),
        zone: new.zone,
        request: None,
        certificate: None,
    }
}
