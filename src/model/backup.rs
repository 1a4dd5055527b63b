//! Backups as the log knows them: where one was put, and which versions are in it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::ids::{BackupId, Digest, KeyId};
use super::inventory::Inventory;
use super::key::{Key, Version};
use super::time::{DAY, Time};

/// A backup older than this many days is an alert, unless a person set another age.
pub const OLD_DAYS: u32 = 30;

/// A backup of the whole inventory: one encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Which one; it stands in the file too.
    pub id: BackupId,
    /// When its content was taken.
    pub at: Time,
    /// Where it was put: a path, as it was then.
    pub place: Box<str>,
    /// The number of the last record in it. What was in the stores by then is in it, but for `except`.
    pub covers: u64,
    /// Versions that were in a store then and are not in it, each with the reason.
    pub except: Vec<LeftOut>,
    /// Who can open it; empty for one under a passphrase.
    pub recipients: Vec<Box<str>>,
    /// Its passphrase was split.
    pub shares: Option<ShareSet>,
    /// SHA-256 of the file; `None` until it is written.
    pub sha256: Option<Digest>,
    /// When it was last proven to open and to match.
    #[serde(default)]
    pub rehearsed: Option<Time>,
}

/// How the passphrase of a backup was split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareSet {
    /// The name of the set, as it stands on each sheet.
    pub id: Box<str>,
    /// So many shares give the passphrase.
    pub needed: u8,
    /// So many were made.
    pub made: u8,
}

/// A version that a backup does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The key.
    pub key: KeyId,
    /// The version's number within it.
    pub version: u32,
    /// Why.
    pub reason: Omission,
}

/// Why a version is not in a backup.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Omission {
    /// Its policy keeps private halves in their store.
    Policy,
    /// Its private half was never in a store of this inventory, or is no longer.
    HeldElsewhere,
    /// Its store gives nothing out, as tokens do.
    StoreKeeps,
    /// Its store had no such secret, or one that is not the key.
    Missing,
    /// It is being destroyed.
    Ending,
}

impl Omission {
    /// Every reason, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Policy, Self::StoreKeeps, Self::HeldElsewhere, Self::Missing, Self::Ending];

    /// The word of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::HeldElsewhere => "held-elsewhere",
            Self::StoreKeeps => "store-keeps",
            Self::Missing => "missing",
            Self::Ending => "ending",
        }
    }

    /// Why, as the end of a sentence that begins with the key.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Policy => "its policy keeps the private half in its store",
            Self::HeldElsewhere => "its private half is held elsewhere",
            Self::StoreKeeps => "its store gives private halves to nobody",
            Self::Missing => "its store has no sound secret of it",
            Self::Ending => "it is being destroyed",
        }
    }
}

impl Backup {
    /// It holds the private half of a version, as far as is known.
    pub fn holds(&self, key: &Key, version: &Version) -> bool {
        let gone = version.life.destroyed.is_some_and(|destroyed| destroyed <= self.at);
        let left_out = self.except.iter().any(|one| one.key == key.id && one.version == version.number);
        let covered = version.stored > 0 && version.stored <= self.covers;
        !gone && !left_out && (covered || version.from == Some(self.id))
    }
}

impl Inventory {
    /// The backups known to hold the private half of a version, the oldest first.
    pub fn backups_with<'a>(&'a self, key: &'a Key, version: &'a Version) -> impl Iterator<Item = &'a Backup> {
        self.facts().backups.iter().filter(move |backup| backup.holds(key, version))
    }

    /// The backups known to hold a private half of a key that is not destroyed, the oldest first.
    pub fn backups_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Backup> {
        let living = move |version: &&Version| version.life.destroyed.is_none();
        self.facts().backups.iter().filter(move |backup| key.versions.iter().filter(living).any(|one| backup.holds(key, one)))
    }

    /// Private halves in stores of this inventory that came after the last backup.
    pub fn made_since_backup(&self) -> usize {
        let covers = self.facts().backups.iter().map(|backup| backup.covers).max().unwrap_or(0);
        let since = |key: &Key| {
            key.versions
                .iter()
                .any(|version| version.stored > covers && version.life.destroyed.is_none() && version.from.is_none())
        };
        self.keys().iter().filter(|key| since(key)).count()
    }

    /// A backup older than this many days is an alert.
    pub fn old_backup_days(&self) -> u32 {
        self.facts().old_backup_days.unwrap_or(OLD_DAYS)
    }

    /// The last backup was made long ago.
    pub fn backup_is_old(&self, now: Time) -> bool {
        let most = i64::from(self.old_backup_days()) * DAY;
        self.facts().backup.as_ref().is_some_and(|(made, _)| now.seconds_since(*made) > most)
    }

    /// Why the private half of each version that is not in a backup would not be; and those that would be.
    /// `gives` says whether a store gives secrets out.
    pub fn backup_plan(&self, gives: &dyn Fn(&str) -> bool) -> Plan {
        let ending: HashSet<(KeyId, u32)> = self.ending().collect();
        let mut plan = Plan::default();
        for key in self.keys() {
            let exportable = self.policy_of(key).exportable;
            for version in key.versions.iter().filter(|version| version.life.destroyed.is_none()) {
                let of = (key.id, version.number);
                let reason = match () {
                    () if !version.held().is_here() => Some(Omission::HeldElsewhere),
                    () if ending.contains(&of) => Some(Omission::Ending),
                    () if !gives(&version.locator.store) => Some(Omission::StoreKeeps),
                    () if !exportable => Some(Omission::Policy),
                    () => None,
                };
                match reason {
                    Some(reason) => plan.left_out.push(LeftOut { key: key.id, version: version.number, reason }),
                    None => plan.holds.push(of),
                }
            }
        }
        plan
    }
}

/// What a backup made now would hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// These.
    pub holds: Vec<(KeyId, u32)>,
    /// Not these.
    pub left_out: Vec<LeftOut>,
}

impl Plan {
    /// How many versions are left out for each reason, without those of which there are none.
    pub fn counts(&self) -> Vec<(Omission, usize)> {
        let of = |reason| self.left_out.iter().filter(|one| one.reason == reason).count();
        Omission::ALL.into_iter().map(|reason| (reason, of(reason))).filter(|(_, count)| *count > 0).collect()
    }
}
