//! New versions in place of old ones, in groups that are whole or not there.

use std::borrow::Cow;

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::store_named;
use super::group::in_parallel;
use super::inside::new_version;
use super::outcome::{Outcome, Progress};
use crate::crypto;
use crate::model::{
    Algorithm, Intent, Inventory, KeyId, Locator, NewVersion, OperationId, Policy, RotateSpec, Rotation, RuleError, State, Time,
    name, rotation,
};
use crate::secret::SecretBytes;

/// A checked wish for a rotation.
pub(super) struct Planned {
    key: KeyId,
    number: u32,
    old: u32,
    algorithm: Algorithm,
    store: Box<str>,
    /// The item of the old version, where the new one is a key of the same algorithm in the same store.
    turns: Option<Box<str>>,
    dates: rotation::Dates,
}

impl Custodian {
    /// Rotates keys. What cannot be rotated is reported, and the others are; cancelled, it keeps
    /// the groups that are whole and says how many.
    pub(super) fn rotate(
        &self,
        specs: &[RotateSpec],
        by_itself: bool,
        progress: &dyn Progress,
    ) -> Result<Outcome, CustodianError> {
        let (plan, mut outcome) = self.plan_rotations(specs, by_itself)?;
        let total = plan.len() as u64;
        let mut rest = &plan[..];
        while !rest.is_empty() {
            let done = outcome.keys.len() as u64;
            if !self.goes_on(&mut outcome, done, total, progress)? {
                break;
            }
            let length = self.group_length(rest.iter().map(|planned| (&*planned.store, planned.algorithm)))?;
            let (group, after) = rest.split_at(length);
            match self.rotate_group(group, by_itself) {
                Ok(()) => outcome.keys.extend(group.iter().map(|planned| planned.key)),
                Err(error) if specs.len() == 1 && !by_itself => return Err(error),
                // Another program was at one of them: the others are rotated all the same.
                Err(CustodianError::Rule(_)) if group.len() > 1 => {
                    group.iter().for_each(|planned| self.rotate_alone(planned, by_itself, &mut outcome));
                }
                Err(error) => group.iter().for_each(|planned| self.refuse(planned.key, by_itself, &error, &mut outcome)),
            }
            rest = after;
            progress.report(total - rest.len() as u64, total);
        }
        Ok(outcome)
    }

    fn rotate_alone(&self, planned: &Planned, by_itself: bool, outcome: &mut Outcome) {
        match self.rotate_group(std::slice::from_ref(planned), by_itself) {
            Ok(()) => outcome.keys.push(planned.key),
            Err(error) => self.refuse(planned.key, by_itself, &error, outcome),
        }
    }

    fn refuse(&self, key: KeyId, by_itself: bool, error: &CustodianError, outcome: &mut Outcome) {
        if by_itself {
            self.refuse_unless_done(outcome, key, error);
        } else {
            outcome.refuse(key, error);
        }
    }

    /// After a revocation: a new version in place of each that was revoked. What was revoked stays
    /// so, whatever becomes of its replacement.
    pub(super) fn replace(&self, revoked: Outcome, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let specs: Vec<RotateSpec> = revoked.keys.iter().copied().map(RotateSpec::same).collect();
        let made = self.rotate(&specs, false, progress).map_err(|error| CustodianError::NotReplaced(Box::new(error)))?;
        let gravest = revoked.gravest.max(made.gravest);
        let refused = revoked.refused.into_iter().chain(made.refused).collect();
        let notice = revoked.notice;
        Ok(Outcome { keys: revoked.keys, refused, gravest, notice, cancelled: made.cancelled, ..Outcome::default() })
    }

    fn plan_rotations(&self, specs: &[RotateSpec], by_itself: bool) -> Result<(Vec<Planned>, Outcome), CustodianError> {
        let now = self.now();
        let (mut plan, mut outcome) = (Vec::with_capacity(specs.len()), Outcome::default());
        for spec in specs {
            match self.read(|inventory| Planned::new(spec, inventory, now)) {
                Ok(planned) => plan.push(planned),
                Err(error) if specs.len() == 1 && !by_itself => return Err(error),
                Err(error) => self.refuse(spec.key, by_itself, &error, &mut outcome),
            }
        }
        // Those of one store go together.
        plan.sort_by(|one, other| one.store.cmp(&other.store));
        Ok((plan, outcome))
    }

    fn rotate_group(&self, group: &[Planned], by_itself: bool) -> Result<(), CustodianError> {
        let store = group[0].store.clone();
        let zone = self.env.zone_name();
        if self.makes_inside(&store)? {
            let described =
                |planned: &Planned| Ok::<_, CustodianError>(planned.described(zone, None, self.next_locator(planned)?));
            let rotations = group.iter().map(described).collect::<Result<Vec<_>, _>>()?;
            return self.make_inside(&store, &Intent::Rotate { rotations, by_itself });
        }
        let made = in_parallel(group, |planned| planned.make(zone))?;
        let (rotations, secrets): (Vec<Rotation>, Vec<SecretBytes>) = made.into_iter().unzip();
        let objects: Vec<Box<str>> = rotations.iter().map(|rotation| rotation.version.locator.object.clone()).collect();
        self.store_group(&store, Intent::Rotate { rotations, by_itself }, &objects, &secrets.iter().collect::<Vec<_>>())
    }
}

/// A name for an item that tells nothing.
fn new_object() -> Result<Box<str>, CustodianError> {
    Ok(OperationId(crypto::random()?).to_string().into_boxed_str())
}

impl Custodian {
    /// Where a new version is going to lie in a store that makes it. Where the engine counts versions it is the one after
    /// its latest, which thereby stands in the intent: so nothing is made twice.
    fn next_locator(&self, planned: &Planned) -> Result<Locator, CustodianError> {
        let store = planned.store.clone();
        if !self.capabilities_of(&store)?.counts_versions() {
            return Ok(Locator { store, object: new_object()?, engine_version: None });
        }
        let Some(object) = &planned.turns else {
            return Ok(Locator { store, object: new_object()?, engine_version: Some(1) });
        };
        let next = self.with_store(&store, |store| {
            let latest = store.versions(object)?.last().map_or(0, |version| version.number);
            Ok((store.version_named(object, latest + 1), u64::from(latest) + 1))
        })?;
        Ok(Locator { store, object: next.0, engine_version: Some(next.1) })
    }
}

impl Planned {
    pub(super) fn new(spec: &RotateSpec, inventory: &Inventory, now: Time) -> Result<Self, CustodianError> {
        let key = inventory.key(spec.key).ok_or(RuleError::NoKey(spec.key))?;
        let shown = || name::shown(&key.name).into_owned();
        if inventory.is_busy(key.id) {
            return Err(RuleError::Busy(shown()).into());
        }
        let old = key.current(now).ok_or(RuleError::NoKey(spec.key))?;
        let state = old.state(now);
        if state == State::PreActive || state.is_destroyed() {
            return Err(CustodianError::State { name: shown(), verb: "rotated", state });
        }
        let algorithm = spec.algorithm.unwrap_or(old.algorithm);
        if algorithm.strength_bits() < old.algorithm.strength_bits() {
            return Err(CustodianError::Weaker { name: shown(), old: old.algorithm, new: algorithm });
        }
        let policy: Cow<'_, Policy> = inventory.policy_of(key);
        // One whose private half is held elsewhere gets its next version in the home store.
        let kept = old.held().is_here().then_some(&*old.locator.store);
        let named = spec.store.as_deref().or(kept);
        let store = store_named(inventory, named)?;
        let same = old.held().is_here() && old.locator.store == store && old.algorithm == algorithm;
        Ok(Self {
            turns: same.then(|| old.locator.object.clone()),
            key: key.id,
            number: key.versions.iter().map(|version| version.number).max().unwrap_or(0) + 1,
            old: old.number,
            algorithm,
            store,
            dates: rotation::dates(old, &policy, spec.overlap_days, now),
        })
    }

    fn make(&self, zone: &str) -> Result<(Rotation, SecretBytes), CustodianError> {
        let pair = crypto::generate(self.algorithm)?;
        let locator = Locator { store: self.store.clone(), object: new_object()?, engine_version: None };
        Ok((self.described(zone, Some(pair.public_key), locator), pair.private))
    }

    /// All that is known of the version; without its public half where its store is about to make it.
    pub(super) fn described(&self, zone: &str, public_key: Option<Box<[u8]>>, locator: Locator) -> Rotation {
        let version = NewVersion {
            activates: Some(self.dates.activates),
            expires: Some(self.dates.expires),
            zone: zone.into(),
            ..new_version(self.number, self.algorithm, locator, public_key)
        };
        Rotation { key: self.key, version, old: self.old, overlap_ends: self.dates.overlap_ends }
    }
}
