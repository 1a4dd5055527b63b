//! New versions in place of old ones, in groups that are whole or not there.

use std::borrow::Cow;

use super::core::{Custodian, Operation};
use super::error::CustodianError;
use super::generate::{fits, in_parallel, read_back, store_named};
use super::outcome::{Outcome, Progress};
use crate::crypto;
use crate::formats;
use crate::model::{
    Algorithm, Intent, Inventory, KeyId, Locator, NewVersion, OperationId, Policy, RotateSpec, Rotation, RuleError, State, Time,
    name, rotation,
};
use crate::secret::SecretBytes;
use crate::stores::{Item, StoreError};

/// Rotations written and synced together where the store is made for many.
const GROUP: usize = 500;

/// Rotations written together where each one is slow.
const SMALL_GROUP: usize = 4;

/// A checked wish for a rotation.
struct Planned {
    key: KeyId,
    number: u32,
    old: u32,
    algorithm: Algorithm,
    store: Box<str>,
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
        let (plan, mut outcome) = self.plan_rotations(specs)?;
        let total = plan.len() as u64;
        let mut rest = &plan[..];
        while !rest.is_empty() {
            if progress.cancelled() || !self.is_unlocked() {
                if outcome.keys.is_empty() {
                    return Err(if self.is_unlocked() { CustodianError::Cancelled } else { CustodianError::Locked });
                }
                outcome.cancelled = Some((outcome.keys.len() as u64, total));
                break;
            }
            let (group, after) = rest.split_at(self.rotation_group(rest)?);
            match self.rotate_group(group, by_itself) {
                Ok(()) => outcome.keys.extend(group.iter().map(|planned| planned.key)),
                Err(error) if specs.len() == 1 => return Err(error),
                Err(error) => group.iter().for_each(|planned| outcome.refuse(planned.key, &error)),
            }
            rest = after;
            progress.report(total - rest.len() as u64, total);
        }
        Ok(outcome)
    }

    /// After a revocation: a new version in place of each that was revoked. What was revoked stays
    /// so, whatever becomes of its replacement.
    pub(super) fn replace(&self, revoked: Outcome, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let specs: Vec<RotateSpec> = revoked.keys.iter().copied().map(RotateSpec::same).collect();
        let made = self.rotate(&specs, false, progress).map_err(|error| CustodianError::NotReplaced(Box::new(error)))?;
        let gravest = revoked.gravest.max(made.gravest);
        let refused = revoked.refused.into_iter().chain(made.refused).collect();
        Ok(Outcome { keys: revoked.keys, refused, gravest, cancelled: made.cancelled, ..Outcome::default() })
    }

    fn plan_rotations(&self, specs: &[RotateSpec]) -> Result<(Vec<Planned>, Outcome), CustodianError> {
        let now = self.now();
        let (mut plan, mut outcome) = (Vec::with_capacity(specs.len()), Outcome::default());
        for spec in specs {
            match self.read(|inventory| Planned::new(spec, inventory, now)) {
                Ok(planned) => plan.push(planned),
                Err(error) if specs.len() == 1 => return Err(error),
                Err(error) => outcome.refuse(spec.key, &error),
            }
        }
        // Those of one store go together.
        plan.sort_by(|one, other| one.store.cmp(&other.store));
        Ok((plan, outcome))
    }

    fn rotation_group(&self, rest: &[Planned]) -> Result<usize, CustodianError> {
        let store = &rest[0].store;
        let many = self.with_store(store, |store| Ok(store.capabilities().holds_many))?;
        let slow = rest[0].algorithm.id().starts_with("rsa");
        let limit = if many && !slow { GROUP } else { SMALL_GROUP };
        Ok(rest.iter().take(limit).take_while(|planned| planned.store == *store).count())
    }

    fn rotate_group(&self, group: &[Planned], by_itself: bool) -> Result<(), CustodianError> {
        let store = group[0].store.clone();
        let zone = self.env.zone_name();
        let made = in_parallel(group, |planned| planned.make(zone))?;
        let (rotations, secrets): (Vec<Rotation>, Vec<SecretBytes>) = made.into_iter().unzip();
        let objects: Vec<Box<str>> = rotations.iter().map(|rotation| rotation.version.locator.object.clone()).collect();
        let items: Vec<Item> = objects.iter().zip(&secrets).map(|(object, secret)| Item { object, secret }).collect();
        self.with_store(&store, |store| fits(store, &items))?;
        let operation = self.begin(Intent::Rotate { rotations, by_itself })?;
        let written = self.with_store(&store, |store| {
            store.import(&items)?;
            read_back(store, &items)
        });
        match written.and_then(|()| self.done(&operation)) {
            Ok(()) => Ok(()),
            // Whether the record of its end will be there after a restart is not known: the versions stay.
            Err(error @ CustodianError::ReadOnly(_)) => Err(error),
            Err(error) => {
                self.remove_made(&operation, &store, &objects, &error);
                Err(error)
            }
        }
    }

    /// Removes what a failed group left. Where that fails too, the operation stays open and is
    /// taken up again once the store answers.
    pub(super) fn remove_made(&self, operation: &Operation, store: &str, objects: &[Box<str>], error: &CustodianError) {
        let removed = self.with_store(store, |store| {
            for object in objects {
                match store.destroy(object) {
                    Ok(()) | Err(StoreError::Absent { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(())
        });
        if removed.is_ok() {
            self.failed(operation, &error.to_string());
        }
    }
}

impl Planned {
    fn new(spec: &RotateSpec, inventory: &Inventory, now: Time) -> Result<Self, CustodianError> {
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
        let named = spec.store.as_deref().unwrap_or(&old.locator.store);
        Ok(Self {
            key: key.id,
            number: key.versions.iter().map(|version| version.number).max().unwrap_or(0) + 1,
            old: old.number,
            algorithm,
            store: store_named(inventory, Some(named))?,
            dates: rotation::dates(old, &policy, spec.overlap_days, now),
        })
    }

    fn make(&self, zone: &str) -> Result<(Rotation, SecretBytes), CustodianError> {
        let pair = crypto::generate(self.algorithm)?;
        let object = OperationId(crypto::random()?).to_string().into_boxed_str();
        let version = NewVersion {
            number: self.number,
            algorithm: self.algorithm,
            locator: Locator { store: self.store.clone(), object, engine_version: None },
            spki_sha256: crypto::sha256(&pair.public_key),
            ssh_sha256: formats::openssh::fingerprint(&pair.public_key),
            public_key: pair.public_key,
            activates: Some(self.dates.activates),
            expires: Some(self.dates.expires),
            zone: zone.into(),
        };
        let rotation = Rotation { key: self.key, version, old: self.old, overlap_ends: self.dates.overlap_ends };
        Ok((rotation, pair.private))
    }
}
