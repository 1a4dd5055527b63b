//! Merging: what is missing here is brought in, a group at a time, each group whole or not at all. The rules of the model
//! are asked when it is planned and again under the log's lock.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::open::{self, Checked, Found, GROUP, Opened, Sink};
use super::{Restoration, RestoreMode, Standing};
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::outcome::Progress;
use crate::formats::backup::Opener;
use crate::model::inventory::{as_here, settle};
use crate::model::{
    BackupId, Event, Intent, Key, KeyId, Locator, Merge, MergeAct, MergeItem, RecordItem, Relation, RuleError, Version,
    VersionRef,
};
use crate::secret::SecretBytes;

/// Merges a backup into the inventory here, which is unlocked.
pub(super) fn merge(
    custodian: &Custodian,
    path: &Path,
    opener: &Opener,
    progress: &dyn Progress,
) -> Result<Restoration, CustodianError> {
    if !custodian.is_unlocked() {
        return Err(CustodianError::Locked);
    }
    custodian.take_up();
    // Gone through once to the end before anything is brought in: what is cut or damaged brings nothing.
    let found = open::look(path, opener, progress)?;
    let mut restoration = found.restoration(custodian.environment(), Some(custodian), RestoreMode::Merge)?;
    let plan = restoration.standing.as_ref().map(|standing| standing.plan.clone()).unwrap_or_default();
    custodian.note_source(path, &found, restoration.standing.as_ref())?;
    let mut bringing = Bringing::new(custodian, &found, &plan.items)?;
    if bringing.waits_for_secrets() {
        open::walk(path, opener, &mut bringing, progress)?;
    }
    bringing.finish()?;
    bring_records(custodian, found.manifest.backup.id, plan.records)?;
    progress.report(100, 100);
    restoration.recorded = true;
    Ok(restoration)
}

impl Custodian {
    /// From here on it is known that this backup holds what is merged from it.
    fn note_source(&self, path: &Path, found: &Found, standing: Option<&Standing>) -> Result<(), CustodianError> {
        let source = &found.manifest.backup;
        let known = self.read(|inventory| inventory.facts().backups.iter().any(|one| one.id == source.id));
        let Some(standing) = standing.filter(|standing| !known && !standing.plan.is_idle()) else { return Ok(()) };
        let mut backup = source.clone();
        backup.place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into();
        // Its own numbers count only as far as both logs are one.
        backup.covers = match standing.relation {
            Relation::Earlier => backup.covers,
            Relation::Later => standing.seq,
            Relation::Diverged | Relation::Foreign => 0,
        };
        self.append(vec![Event::BackupKnown { backup: Box::new(backup) }]).map(drop)
    }
}

/// Recipients, policies and what describes keys come last: by then every version that they speak of is here.
fn bring_records(custodian: &Custodian, backup: BackupId, records: Vec<RecordItem>) -> Result<(), CustodianError> {
    let mut coming = records.into_iter().filter(|record| record.act.stays().is_none()).peekable();
    while coming.peek().is_some() {
        let mut merge = Merge::new(backup);
        coming.by_ref().take(GROUP).for_each(|record| merge.records.take(record));
        let operation = custodian.begin(Intent::Restore { merge: Box::new(merge) })?;
        custodian.done(&operation)?;
    }
    Ok(())
}

/// Something that is brought in whole: a key with all its versions, or one version.
struct Unit {
    part: Part,
    /// Items whose secrets have not come yet.
    waits: HashSet<Box<str>>,
    /// Those that came: the name each will have here, and it.
    secrets: Vec<(Box<str>, SecretBytes)>,
}

enum Part {
    Key(Key),
    Version(KeyId, Version),
    Return(VersionRef, Locator, Version),
    Stricter(VersionRef, crate::model::Life),
}

/// What is being brought in.
struct Bringing<'a> {
    custodian: &'a Custodian,
    home: Box<str>,
    backup: BackupId,
    /// What was brought in leaves an empty place.
    units: Vec<Option<Unit>>,
    /// The unit that waits for an item.
    by_item: HashMap<Box<str>, usize>,
    ready: Vec<Unit>,
    scratch: TempDir,
}

impl<'a> Bringing<'a> {
    fn new(custodian: &'a Custodian, found: &Found, plan: &[MergeItem]) -> Result<Self, CustodianError> {
        let home = custodian.read(|inventory| inventory.home().map(|store| store.name.clone()));
        let home = home.ok_or_else(|| RuleError::NoStore("home".into()))?;
        let mut bringing = Self {
            custodian,
            home,
            backup: found.manifest.backup.id,
            units: Vec::new(),
            by_item: HashMap::new(),
            ready: Vec::new(),
            scratch: open::scratch()?,
        };
        let in_backup = |object: &str| found.objects.contains(object);
        let mut new_keys: Vec<(KeyId, Box<str>, Vec<u32>)> = Vec::new();
        for item in plan {
            if item.act == MergeAct::AddKey {
                match new_keys.last_mut().filter(|(key, ..)| *key == item.key) {
                    Some((.., versions)) => versions.push(item.version),
                    None => new_keys.push((item.key, item.name.clone(), vec![item.version])),
                }
                continue;
            }
            if let Some(part) = bringing.part(found, item, &in_backup) {
                bringing.await_secrets(part, &in_backup);
            }
        }
        for (id, name, versions) in new_keys {
            if let Some(key) = found.inventory.key(id) {
                let key = as_here(key, &name, &versions, &bringing.home, &in_backup);
                bringing.await_secrets(Part::Key(key), &in_backup);
            }
        }
        Ok(bringing)
    }

    fn part(&self, found: &Found, item: &MergeItem, in_backup: &dyn Fn(&str) -> bool) -> Option<Part> {
        let there = || found.inventory.key(item.key).and_then(|key| key.version(item.version));
        match &item.act {
            MergeAct::AddVersion(number) => {
                let mut version = Version { number: *number, ..there()?.clone() };
                settle(&mut version, &self.home, in_backup);
                Some(Part::Version(item.key, version))
            }
            MergeAct::Return(of) => {
                let here = self.custodian.read(|inventory| inventory.key(of.key)?.version(of.version).cloned())?;
                let locator = Locator { store: self.home.clone(), object: here.locator.object.clone(), engine_version: None };
                // Waits for the item under its name in the backup.
                let waiting = Version { locator: there()?.locator.clone(), ..here };
                Some(Part::Return(*of, locator, waiting))
            }
            MergeAct::Stricter { of, life, .. } => Some(Part::Stricter(*of, (**life).clone())),
            MergeAct::AddKey | MergeAct::Ended | MergeAct::Same => None,
        }
    }

    fn await_secrets(&mut self, part: Part, in_backup: &dyn Fn(&str) -> bool) {
        let here = |version: &&Version| version.life.destroyed.is_none() && version.held().is_here();
        let waits: HashSet<Box<str>> = match &part {
            Part::Key(key) => key.versions.iter().filter(here).map(|version| version.locator.object.clone()).collect(),
            Part::Version(_, version) => {
                Some(version).filter(here).map(|version| version.locator.object.clone()).into_iter().collect()
            }
            Part::Return(_, _, waiting) => std::iter::once(waiting.locator.object.clone()).collect(),
            Part::Stricter(..) => HashSet::new(),
        };
        let waits: HashSet<_> = waits.into_iter().filter(|object| in_backup(object)).collect();
        let at = self.units.len();
        self.by_item.extend(waits.iter().map(|object| (object.clone(), at)));
        self.units.push(Some(Unit { part, waits, secrets: Vec::new() }));
    }

    fn waits_for_secrets(&self) -> bool {
        !self.by_item.is_empty()
    }

    fn take(&mut self, checked: Checked) -> Result<(), CustodianError> {
        let object = checked.version.locator.object;
        let Some(at) = self.by_item.remove(&object) else { return Ok(()) };
        let Some(place) = self.units.get_mut(at) else { return Ok(()) };
        let Some(unit) = place else { return Ok(()) };
        unit.waits.remove(&object);
        match &mut unit.part {
            // A secret without a public half is known by a MAC under this inventory's key from here on.
            Part::Key(key) => {
                for version in key.versions.iter_mut().filter(|version| version.locator.object == object && version.mac.is_some())
                {
                    version.mac = Some(self.custodian.secret_mac(&object, &checked.secret)?);
                }
                unit.secrets.push((object, checked.secret));
            }
            Part::Version(_, version) => {
                if version.mac.is_some() {
                    version.mac = Some(self.custodian.secret_mac(&object, &checked.secret)?);
                }
                unit.secrets.push((object, checked.secret));
            }
            Part::Return(_, locator, version) => {
                let here = Version { locator: locator.clone(), ..version.clone() };
                if !self.custodian.is_known(&here, &checked.secret)? {
                    let (name, store) = (checked.key.name.to_string(), self.home.to_string());
                    return Err(CustodianError::Swapped { name, store });
                }
                unit.secrets.push((locator.object.clone(), checked.secret));
            }
            Part::Stricter(..) => {}
        }
        if unit.waits.is_empty() {
            self.ready.extend(place.take());
        }
        if self.ready.iter().map(|unit| unit.secrets.len()).sum::<usize>() >= GROUP {
            let ready = std::mem::take(&mut self.ready);
            self.bring(ready)?;
        }
        Ok(())
    }

    /// What waits for no secret comes last.
    fn finish(mut self) -> Result<(), CustodianError> {
        let ready = std::mem::take(&mut self.ready);
        self.bring(ready)?;
        let rest: Vec<Unit> = std::mem::take(&mut self.units).into_iter().flatten().collect();
        for group in in_groups(rest) {
            self.bring(group)?;
        }
        Ok(())
    }

    /// One group: intent, secrets, read back, what ends, done.
    fn bring(&self, units: Vec<Unit>) -> Result<(), CustodianError> {
        let mut merge = Merge::new(self.backup);
        let mut secrets = Vec::new();
        for unit in units {
            match unit.part {
                Part::Key(key) => merge.keys.push(key),
                Part::Version(key, version) => merge.versions.push((key, version)),
                Part::Return(of, locator, _) => merge.returned.push((of, locator)),
                Part::Stricter(of, life) => merge.stricter.push((of, life)),
            }
            secrets.extend(unit.secrets);
        }
        if merge.is_empty() {
            return Ok(());
        }
        let ended = merge.ended();
        let intent = Intent::Restore { merge: Box::new(merge) };
        if secrets.is_empty() {
            let operation = self.custodian.begin(intent)?;
            self.custodian.erase(&ended).map_err(|cause| CustodianError::DestructionOpen { cause: Box::new(cause) })?;
            return self.custodian.done(&operation);
        }
        let (objects, secrets): (Vec<Box<str>>, Vec<SecretBytes>) = secrets.into_iter().unzip();
        self.custodian.store_group(&self.home, intent, &objects, &secrets.iter().collect::<Vec<_>>())
    }
}

fn in_groups(units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut groups: Vec<Vec<Unit>> = Vec::new();
    for unit in units {
        match groups.last_mut().filter(|group| group.len() < GROUP) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    groups
}

impl Sink for Bringing<'_> {
    fn folder(&mut self) -> Result<PathBuf, CustodianError> {
        Ok(self.scratch.path().to_owned())
    }

    fn group(&mut self, _opened: &Opened, group: Vec<Checked>) -> Result<(), CustodianError> {
        group.into_iter().try_for_each(|checked| self.take(checked))
    }
}
