//! The inventory: what the log says, replayed.

mod agent;
mod apply;
#[cfg(test)]
mod clock_tests;
mod leaving;
mod merge;
mod merge_records;
#[cfg(test)]
mod merge_records_tests;
#[cfg(test)]
mod merge_tests;
mod plan;
mod policies;
mod rules;
mod sealing;
mod signing;
mod stores;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tracked_tests;
mod wrapping;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::Quiet;
use super::backup::Backup;
use super::ids::{BackupId, InstallationId, InventoryId, KeyId, OperationId};
use super::intent::Intent;
use super::key::Key;
use super::name;
use super::policy::Policy;
use super::purpose::Purpose;
use super::recipient::Recipient;
use super::server::Server;
use super::store::Store;
use super::time::Time;

pub use merge::{Merge, MergeAct, MergeItem, MergePlan, Relation, Setback};
pub(crate) use merge::{as_here, settle};
pub use merge_records::{RecordAct, RecordItem, Records, VersionRecords};
pub use rules::{ApplyError, RuleError};
pub use stores::made_by;

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
    policies: BTreeMap<Purpose, Policy>,
    servers: Vec<Server>,
    recipients: Vec<Recipient>,
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
    /// Backups of which it is known what they hold, the oldest first.
    pub backups: Vec<Backup>,
    /// From so many days on a person has a backup called old; `None` leaves [`OLD_DAYS`](crate::model::backup::OLD_DAYS).
    pub old_backup_days: Option<u32>,
    /// Each time this inventory came out of a backup.
    pub restored: Vec<Restored>,
    /// Recovery copies exist (`true`), were declined (`false`), or nobody was asked.
    pub recovery: Option<bool>,
    /// Each time a person went on from a log that was not whole.
    pub accepted: Vec<AcceptedHistory>,
    /// Each time a person set the floor of the clock back.
    pub clock_corrections: u32,
    /// Recipients that a person took out of the address book, and that are not in it again.
    pub removed_recipients: BTreeSet<Box<str>>,
    /// The newest key was made at.
    pub newest_key: Option<Time>,
    /// The key that signs revocation notices.
    pub notice_key: Option<KeyId>,
    /// Alerts of the inventory as a whole that a person snoozed or acknowledged.
    pub quiet: Vec<Quiet>,
    /// What was due was last looked for at.
    pub last_run: Option<Time>,
    /// So far the clock can be trusted: the last record behind which somebody stands, or that came
    /// soon after one that could be trusted.
    pub trusted: Time,
}

/// This inventory came out of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// When.
    pub at: Time,
    /// Out of which.
    pub backup: BackupId,
    /// The record that the anchor named of the log that was put aside.
    pub anchored: Option<u64>,
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
    /// Keys that the SSH agent offers.
    agent: BTreeSet<u32>,
    promised: HashSet<Box<str>>,
}

impl PartialEq for Index {
    /// It follows from the rest.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a record changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Indices of keys that are new or different.
    pub keys: Vec<u32>,
    /// Stores, open operations or facts of the whole are different.
    pub whole: bool,
    /// Policies or the clock are different, so that every key may have other alerts.
    pub every_key: bool,
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

    /// Every server that is looked at, in the order they were added.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The address book, in the order of names.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// The recipient of this name.
    pub fn recipient(&self, name: &str) -> Option<&Recipient> {
        let normal = name::normal(name);
        self.recipients.iter().find(|recipient| *recipient.name == *normal)
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
            if key.agent.is_some() {
                index.agent.insert(number);
            }
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
}
