//! What of another inventory is brought into this one, by the rule that nothing ended begins again and no state
//! becomes milder; and what putting the other in its place would undo.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::merge_records::{RecordItem, Records};
use super::plan::Planner;
use super::{Changes, Inventory, RuleError};
use crate::model::event::Record;
use crate::model::ids::{BackupId, Digest, KeyId};
use crate::model::intent::{Intent, VersionRef};
use crate::model::key::{Key, Locator, Version};
use crate::model::name;
use crate::model::origin::{Held, Origin};
use crate::model::state::{Life, State};
use crate::model::time::Time;

/// How the log of a backup stands to the log here.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Relation {
    /// This log goes on from it: all that the backup says is known here.
    Earlier,
    /// It goes on from this log: the backup knows more.
    Later,
    /// Both go on from a common beginning, each on its own.
    Diverged,
    /// It is of another inventory.
    Foreign,
}

impl Relation {
    /// The word of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Earlier => "earlier",
            Self::Later => "later",
            Self::Diverged => "diverged",
            Self::Foreign => "foreign",
        }
    }

    /// As a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Earlier => "The backup is an earlier state of this inventory.",
            Self::Later => "The backup is a later state of this inventory.",
            Self::Diverged => "The backup and this inventory went different ways since a common beginning.",
            Self::Foreign => "The backup is of another inventory.",
        }
    }
}

/// What a merge brings in, as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// Out of which backup.
    pub backup: BackupId,
    /// Keys that are new here, with all that is known of them.
    pub keys: Vec<Key>,
    /// New versions of keys that are known here.
    pub versions: Vec<(KeyId, Version)>,
    /// Versions that are known here and whose secret was missing, and where it will lie.
    pub returned: Vec<(VersionRef, Locator)>,
    /// Versions whose state becomes stricter.
    pub stricter: Vec<(VersionRef, Life)>,
    /// Recipients, policies, hand-overs, and what describes keys.
    #[serde(default)]
    pub records: Records,
}

/// One thing that a merge does, or leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeItem {
    /// The key, as the backup has it.
    pub key: KeyId,
    /// Its name, as it is or will be here.
    pub name: Box<str>,
    /// The number of the version, as the backup has it.
    pub version: u32,
    /// What.
    pub act: MergeAct,
}

/// What a merge does with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeAct {
    /// Its key is new here.
    AddKey,
    /// It becomes a version of a key that is here, under this number.
    AddVersion(u32),
    /// Its secret is put back; the version here.
    Return(VersionRef),
    /// Its state here becomes stricter.
    Stricter {
        /// The version here.
        of: VersionRef,
        /// Its state here now.
        from: State,
        /// Its state after.
        to: State,
        /// The facts of it.
        life: Box<Life>,
    },
    /// It is destroyed or being destroyed here, so nothing of it is brought back.
    Ended,
    /// All of it is here.
    Same,
}

/// All that a merge would do, in the order of the backup's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergePlan {
    /// One or more for each version of the backup.
    pub items: Vec<MergeItem>,
    /// Records that come, and those that stay out.
    pub records: Vec<RecordItem>,
}

/// A version that would be better off after the backup took the place of this inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setback {
    /// The key's name here.
    pub name: Box<str>,
    /// The version.
    pub of: VersionRef,
    /// Its state here.
    pub here: State,
    /// Its state in the backup.
    pub there: State,
    /// Its destroyed or ending private half would be back.
    pub brings_back: bool,
}

impl Merge {
    /// Nothing yet.
    pub fn new(backup: BackupId) -> Self {
        Self {
            backup,
            keys: Vec::new(),
            versions: Vec::new(),
            returned: Vec::new(),
            stricter: Vec::new(),
            records: Records::default(),
        }
    }

    /// It does nothing.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.versions.is_empty()
            && self.returned.is_empty()
            && self.stricter.is_empty()
            && self.records.is_empty()
    }

    /// The keys it works on.
    pub fn touched(&self) -> Vec<KeyId> {
        let new = self.keys.iter().map(|key| key.id);
        let known = self.versions.iter().map(|(key, _)| *key);
        let returned = self.returned.iter().map(|(of, _)| of.key);
        let stricter = self.stricter.iter().map(|(of, _)| of.key);
        new.chain(known).chain(returned).chain(stricter).chain(self.records.touched()).collect()
    }

    /// The names that its new keys will have.
    pub fn names(&self) -> Vec<Box<str>> {
        self.keys.iter().filter(|key| !key.is_destroyed()).map(|key| key.name.clone()).collect()
    }

    /// The versions whose private half it puts into a store, with where they lie and what they are known by.
    pub fn stored(&self) -> impl Iterator<Item = &Version> {
        let new = self.keys.iter().flat_map(|key| &key.versions).chain(self.versions.iter().map(|(_, version)| version));
        new.filter(|version| version.life.destroyed.is_none() && version.held().is_here())
    }

    /// The versions that end by it.
    pub fn ended(&self) -> Vec<VersionRef> {
        self.stricter.iter().filter(|(_, life)| life.destroyed.is_some()).map(|(of, _)| *of).collect()
    }

    /// What it says, as a sentence; with `about`, of that key.
    pub fn sentence(&self, actor: &str, inventory: &Inventory, about: Option<KeyId>) -> String {
        if let Some(id) = about {
            let name = inventory.key(id).map_or_else(|| id.to_string(), |key| name::shown(&key.name).into_owned());
            return format!("{actor} merged {name} out of a backup.");
        }
        let count = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let parts = [
            count(self.keys.len(), "key", "keys"),
            count(self.versions.len(), "version", "versions"),
            count(self.returned.len(), "missing secret", "missing secrets"),
            count(self.stricter.len(), "stricter state", "stricter states"),
        ];
        let records = self.records.counts().into_iter().map(|(some, one, many)| count(some, one, many));
        let parts: Vec<String> = parts.into_iter().chain(records).flatten().collect();
        format!("{actor} merged out of a backup: {}.", parts.join(", "))
    }
}

/// What a version is known by, whatever its number.
pub(super) fn known_by(version: &Version) -> Option<Digest> {
    version.spki().or(version.mac)
}

impl Inventory {
    /// Versions on which a destruction was begun and has not ended, or is planned.
    pub fn ending(&self) -> impl Iterator<Item = (KeyId, u32)> {
        let begun = self.open.values().flat_map(|operation| match &operation.intent {
            Intent::Destroy { versions, .. } => versions.iter().map(|of| (of.key, of.version)).collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let planned = self.keys.iter().flat_map(|key| {
            let due = key.versions.iter().filter(|version| version.life.destruction_due.is_some());
            due.map(|version| (key.id, version.number)).collect::<Vec<_>>()
        });
        begun.chain(planned)
    }

    /// What merging `other` into this would do. `lies_here` says whether an item lies in a store here, `in_backup` whether
    /// the backup holds the secret of an item.
    pub fn plan_merge(
        &self,
        other: &Self,
        relation: Relation,
        now: Time,
        lies_here: &dyn Fn(&str) -> bool,
        in_backup: &dyn Fn(&str) -> bool,
    ) -> MergePlan {
        let planner = Planner::new(self, relation, now, lies_here, in_backup);
        let mut names: HashSet<Box<str>> = HashSet::new();
        let mut plan = MergePlan::default();
        for key in &other.keys {
            planner.plan_key(key, &mut names, &mut plan.items);
        }
        planner.plan_records(other, &plan.items, &mut plan.records);
        plan
    }

    /// What would be undone if `other` took the place of this.
    pub fn setbacks(&self, other: &Self, now: Time, in_backup: &dyn Fn(&str) -> bool) -> Vec<Setback> {
        let ending: HashSet<_> = self.ending().collect();
        let (mut by_number, mut by_digest) = (HashMap::new(), HashMap::new());
        for (key, version) in other.keys.iter().flat_map(|key| key.versions.iter().map(move |version| (key, version))) {
            by_number.insert((key.id, version.number), version);
            known_by(version).map(|digest| by_digest.insert(digest, version));
        }
        let mut found = Vec::new();
        for (key, version) in self.keys.iter().flat_map(|key| key.versions.iter().map(move |version| (key, version))) {
            let of = (key.id, version.number);
            let same = |there: &&&Version| known_by(there) == known_by(version);
            let digest = known_by(version);
            let there = by_number.get(&of).filter(same).or_else(|| digest.and_then(|digest| by_digest.get(&digest)));
            let Some(there) = there else { continue };
            let (here, state) = (version.state(now), there.state(now));
            let ended = here.is_destroyed() || ending.contains(&of);
            let brings_back = ended && there.life.destroyed.is_none() && in_backup(&there.locator.object);
            let milder = here >= State::Suspended && state < here || ending.contains(&of) && there.life.destruction_due.is_none();
            if brings_back || milder {
                let of = VersionRef { key: key.id, version: version.number };
                found.push(Setback { name: key.name.clone(), of, here, there: state, brings_back });
            }
        }
        found
    }

    pub(super) fn check_merge(&self, merge: &Merge, now: Time) -> Result<(), RuleError> {
        let ended: HashSet<_> = self.ending().collect();
        let gone = self.ended_digests(&ended);
        let back = |name: &str, version: &Version| {
            let known = version.spki().is_some_and(|digest| gone.contains(&digest));
            let living = version.life.destroyed.is_none() && version.held().is_here();
            if known && living { Err(RuleError::Ended(name::shown(name).into_owned())) } else { Ok(()) }
        };
        for key in &merge.keys {
            if self.index_of(key.id).is_some() {
                return Err(RuleError::KeyExists(key.id));
            }
            if key.versions.is_empty() {
                return Err(RuleError::Misplaced("a key has at least one version"));
            }
            if !key.is_destroyed() && self.name_taken(&key.name) {
                return Err(RuleError::NameTaken(key.name.to_string()));
            }
            key.versions.iter().try_for_each(|version| back(&key.name, version))?;
        }
        for (id, version) in &merge.versions {
            let key = self.free(*id)?;
            if key.version(version.number).is_some() {
                return Err(RuleError::Misplaced("the version is there already"));
            }
            back(&key.name, version)?;
        }
        for (of, locator) in &merge.returned {
            let key = self.free(of.key)?;
            let (_, version) = self.version(*of)?;
            if version.life.destroyed.is_some() || ended.contains(&(of.key, of.version)) {
                return Err(RuleError::Ended(name::shown(&key.name).into_owned()));
            }
            if self.store(&locator.store).is_none() {
                return Err(RuleError::NoStore(locator.store.to_string()));
            }
        }
        for (of, life) in &merge.stricter {
            let key = self.free(of.key)?;
            let (_, version) = self.version(*of)?;
            if life.state(now) < version.state(now) {
                return Err(RuleError::Milder(name::shown(&key.name).into_owned()));
            }
        }
        self.check_records(&merge.records)
    }

    /// What versions are known by that are destroyed here or being destroyed.
    pub(super) fn ended_digests(&self, ending: &HashSet<(KeyId, u32)>) -> HashSet<Digest> {
        let all = self.keys.iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
        let ended = all.filter(|(id, version)| version.life.destroyed.is_some() || ending.contains(&(*id, version.number)));
        ended.filter_map(|(_, version)| version.spki()).collect()
    }

    pub(super) fn take_merge(&mut self, merge: Merge, record: &Record, offset: u64, changes: &mut Changes) {
        let (seq, backup) = (record.seq, merge.backup);
        let arrived = |mut version: Version| {
            let here = version.life.destroyed.is_none() && version.held().is_here();
            (version.stored, version.from) = if here { (seq, Some(backup)) } else { (0, None) };
            version
        };
        for mut key in merge.keys {
            key.versions = key.versions.into_iter().map(arrived).collect();
            key.history = vec![offset];
            self.insert_whole(key, changes);
        }
        for (id, version) in merge.versions {
            let version = arrived(version);
            self.change(id, offset, changes, |key| key.versions.push(version));
        }
        for (of, locator) in merge.returned {
            self.change_version(of, offset, changes, |version| {
                version.locator = locator;
                if let Some(origin) = &mut version.origin {
                    origin.held = Held::Here;
                }
                if version.stored == 0 {
                    (version.stored, version.from) = (seq, Some(backup));
                }
            });
        }
        for (of, life) in merge.stricter {
            self.change_version(of, offset, changes, |version| version.life = life);
            self.release_name(of.key);
        }
        self.take_records(merge.records, offset, record.time, changes);
    }

    fn insert_whole(&mut self, key: Key, changes: &mut Changes) {
        let index = self.keys.len() as u32;
        self.index.by_id.insert(key.id, index);
        if !key.is_destroyed() {
            self.index.by_name.insert(key.name.clone(), index);
        }
        let made = key.versions.iter().map(|version| version.life.created).max();
        self.facts.newest_key = self.facts.newest_key.max(made);
        self.keys.push(Arc::new(key));
        changes.keys.push(index);
    }

    /// The private halves of these versions are not here any more, and nobody destroyed them.
    pub(super) fn lose(&mut self, versions: &[VersionRef], offset: u64, changes: &mut Changes) {
        for of in versions {
            self.change_version(*of, offset, changes, |version| hold_elsewhere(version, NOT_IN_BACKUP));
        }
    }

    /// A backup of which it is known what it holds.
    pub(super) fn know_backup(&mut self, backup: &crate::model::Backup) {
        self.facts.backups.retain(|known| known.id != backup.id);
        self.facts.backups.push(backup.clone());
        self.facts.backups.sort_by_key(|known| known.at);
    }
}

/// Where the private half of a version is said to be that a backup did not hold.
const NOT_IN_BACKUP: &str = "not in the backup";

fn hold_elsewhere(version: &mut Version, place: &str) {
    let held = Held::Elsewhere { place: place.into() };
    version.locator.store = crate::model::origin::store_of(&held).into();
    (version.stored, version.from) = (0, None);
    match &mut version.origin {
        Some(origin) => origin.held = held,
        None => version.origin = Some(Box::new(Origin { form: "backup".into(), place: Box::default(), held })),
    }
}

impl MergePlan {
    /// How many items do something like this.
    pub fn count(&self, is: impl Fn(&MergeAct) -> bool) -> usize {
        self.items.iter().filter(|item| is(&item.act)).count()
    }

    /// It changes nothing here.
    pub fn is_idle(&self) -> bool {
        let stays = self.records.iter().all(|record| record.act.stays().is_some());
        stays && self.items.iter().all(|item| matches!(item.act, MergeAct::Ended | MergeAct::Same))
    }

    /// Records that come, in the words for one and for many, without those of which there are none.
    pub fn record_counts(&self) -> Vec<(usize, &'static str, &'static str)> {
        let mut records = Records::default();
        self.records.iter().cloned().for_each(|record| records.take(record));
        records.counts().into_iter().filter(|(count, ..)| *count > 0).collect()
    }

    /// How many keys are new here.
    pub fn new_keys(&self) -> usize {
        let new = self.items.iter().filter(|item| item.act == MergeAct::AddKey);
        new.map(|item| item.key).collect::<HashSet<_>>().len()
    }
}

/// A key of a backup as it will stand here: in the home store, and held elsewhere where the backup has no secret of it.
pub(crate) fn as_here(key: &Key, name: &str, versions: &[u32], home: &str, in_backup: &dyn Fn(&str) -> bool) -> Key {
    // No agent offers what nobody chose here, and places in another log mean nothing in this one.
    let mut key = Key { name: name.into(), history: Vec::new(), agent: None, agent_signed: None, ..key.clone() };
    key.versions.retain(|version| versions.contains(&version.number));
    key.hand_overs.retain(|given| versions.contains(&given.version));
    key.versions.iter_mut().for_each(|version| settle(version, home, in_backup));
    key
}

/// A version of a backup as it will stand here.
pub(crate) fn settle(version: &mut Version, home: &str, in_backup: &dyn Fn(&str) -> bool) {
    if !version.held().is_here() {
        return;
    }
    if version.life.destroyed.is_none() && !in_backup(&version.locator.object) {
        return hold_elsewhere(version, NOT_IN_BACKUP);
    }
    version.locator = Locator { store: home.into(), object: version.locator.object.clone(), engine_version: None };
}
