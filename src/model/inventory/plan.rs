//! Planning a merge, key by key: what each version of the other inventory becomes here.

use std::collections::{HashMap, HashSet};

use super::Inventory;
use super::merge::{MergeAct, MergeItem, Relation, known_by};
use crate::model::ids::{Digest, KeyId};
use crate::model::intent::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::time::Time;

/// Plans a merge, key by key.
pub(super) struct Planner<'a> {
    pub(super) here: &'a Inventory,
    pub(super) relation: Relation,
    now: Time,
    lies_here: &'a dyn Fn(&str) -> bool,
    in_backup: &'a dyn Fn(&str) -> bool,
    ending: HashSet<(KeyId, u32)>,
    gone: HashSet<Digest>,
    by_digest: HashMap<Digest, VersionRef>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        here: &'a Inventory,
        relation: Relation,
        now: Time,
        lies_here: &'a dyn Fn(&str) -> bool,
        in_backup: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        let ending: HashSet<_> = here.ending().collect();
        let gone = here.ended_digests(&ending);
        let all = here.keys.iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
        let named = all.filter_map(|(key, version)| Some((known_by(version)?, VersionRef { key, version: version.number })));
        let by_digest = named.collect();
        Self { here, relation, now, lies_here, in_backup, ending, gone, by_digest }
    }

    /// The version here that is this one of the backup.
    pub(super) fn counterpart(&self, key: &Key, version: &Version) -> Option<VersionRef> {
        let own = self.here.key(key.id).and_then(|here| here.version(version.number));
        if own.is_some_and(|own| known_by(own) == known_by(version)) {
            return Some(VersionRef { key: key.id, version: version.number });
        }
        known_by(version).and_then(|digest| self.by_digest.get(&digest).copied())
    }

    pub(super) fn plan_key(&self, key: &Key, names: &mut HashSet<Box<str>>, items: &mut Vec<MergeItem>) {
        let known = self.here.key(key.id);
        let mut next = known.and_then(|here| here.versions.iter().map(|version| version.number).max()).unwrap_or(0);
        let fresh = key.versions.iter().all(|version| self.counterpart(key, version).is_none());
        let name = match known {
            Some(here) => here.name.clone(),
            None if fresh && !key.is_destroyed() => self.free_name(&key.name, names),
            None => key.name.clone(),
        };
        for version in &key.versions {
            let item = |act| MergeItem { key: key.id, name: name.clone(), version: version.number, act };
            if let Some(of) = self.counterpart(key, version) {
                self.plan_known(of, version, &item, items);
                continue;
            }
            let ended = version.life.destroyed.is_none() && version.spki().is_some_and(|digest| self.gone.contains(&digest));
            let act = match known {
                _ if ended => MergeAct::Ended,
                None if fresh => MergeAct::AddKey,
                // Some of its versions are here under another key.
                None => MergeAct::Same,
                Some(here) => {
                    let free = here.version(version.number).is_none() && version.number > next;
                    next = if free { version.number } else { next + 1 };
                    MergeAct::AddVersion(next)
                }
            };
            items.push(item(act));
        }
    }

    fn plan_known(&self, of: VersionRef, version: &Version, item: &dyn Fn(MergeAct) -> MergeItem, items: &mut Vec<MergeItem>) {
        let Ok((_, here)) = self.here.version(of) else { return };
        let before = items.len();
        let mut dies = false;
        let ends = here.life.destroyed.is_some() || self.ending.contains(&(of.key, of.version));
        // What goes on from the backup has taken in all that it says. What an operation holds gets no other state now.
        if self.relation != Relation::Earlier && !(ends && self.here.is_busy(of.key)) {
            let life = here.life.stricter(&version.life);
            let (from, to) = (here.state(self.now), life.state(self.now));
            if life != here.life && (to != from || life.is_stricter(&here.life, self.now)) {
                items.push(item(MergeAct::Stricter { of, from, to, life: Box::new(life.clone()) }));
            }
            dies = life.destroyed.is_some();
        }
        if ends && version.life.destroyed.is_none() {
            items.push(item(MergeAct::Ended));
        }
        let missing = !here.held().is_here() || !(self.lies_here)(&here.locator.object);
        let there = version.life.destroyed.is_none() && version.held().is_here() && (self.in_backup)(&version.locator.object);
        if missing && there && !ends && !dies {
            items.push(item(MergeAct::Return(of)));
        }
        if items.len() == before {
            items.push(item(MergeAct::Same));
        }
    }

    /// The name, with a number where it is taken here.
    fn free_name(&self, wanted: &str, names: &mut HashSet<Box<str>>) -> Box<str> {
        let taken = |name: &str| self.here.name_taken(name) || names.contains(name);
        let mut name: Box<str> = wanted.into();
        let mut number = 2_u32;
        while taken(&name) {
            name = format!("{wanted} ({number})").into();
            number += 1;
        }
        names.insert(name.clone());
        name
    }
}
