//! The end of private halves: gone from their store, read back to make sure; what is known of them stays.

use super::core::{Custodian, Still};
use super::error::CustodianError;
use super::group::remove;
use super::outcome::{Outcome, Progress};
use super::turn::reason_of;
use crate::model::{Intent, KeyId, Locator, RuleError, VersionRef, name};
use crate::stores::{KeyStore, StoreError};

/// Why a version is destroyed whose destruction was planned.
pub(super) const OVER: &str = "The waiting time was over.";

impl Custodian {
    /// Destroys every version of keys, one key after the other. What cannot be destroyed is
    /// reported; cancelled, the keys that are left stay as they are.
    pub(super) fn destroy(&self, keys: &[KeyId], reason: &str, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let reason = reason_of(reason)?;
        let (mut outcome, total) = (Outcome::default(), keys.len() as u64);
        for (done, key) in (0_u64..).zip(keys) {
            if !self.goes_on(&mut outcome, done, total, progress)? {
                break;
            }
            match self.living(*key).and_then(|versions| self.destroy_versions(&versions, &reason)) {
                Ok(()) => outcome.keys.push(*key),
                Err(error) if keys.len() == 1 => return Err(error),
                Err(error) => outcome.refuse(*key, &error),
            }
            progress.report(done + 1, total);
        }
        Ok(outcome)
    }

    /// Destroys versions whose waiting time is over.
    pub(super) fn destroy_due(&self, versions: &[VersionRef]) -> Result<Outcome, CustodianError> {
        let now = self.now();
        for of in versions {
            self.read(|inventory| {
                let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
                let found = key.version(of.version).filter(|found| found.life.destroyed.is_none());
                let due = found.and_then(|found| found.life.destruction_due).is_some_and(|due| due <= now);
                let name = || name::shown(&key.name).into_owned();
                if due { Ok(()) } else { Err(CustodianError::NotDue { name: name(), version: of.version }) }
            })?;
        }
        let mut outcome = Outcome::default();
        for of in versions {
            match self.destroy_versions(&[*of], OVER) {
                Ok(()) => outcome.keys.push(of.key),
                Err(error) if versions.len() == 1 => return Err(error),
                Err(error) => outcome.refuse(of.key, &error),
            }
        }
        Ok(outcome)
    }

    /// The versions of a key whose private halves are still there.
    fn living(&self, id: KeyId) -> Result<Vec<VersionRef>, CustodianError> {
        self.read(|inventory| {
            let key = inventory.key(id).ok_or(RuleError::NoKey(id))?;
            let living = key.versions.iter().filter(|version| version.life.destroyed.is_none());
            let living: Vec<_> = living.map(|version| VersionRef { key: id, version: version.number }).collect();
            if living.is_empty() {
                let name = name::shown(&key.name).into_owned();
                return Err(CustodianError::State {
                    name,
                    verb: "destroyed",
                    state: key.state(inventory.clock(self.env.machine_time())),
                });
            }
            Ok(living)
        })
    }

    /// Destroys versions of one key as one operation.
    fn destroy_versions(&self, versions: &[VersionRef], reason: &str) -> Result<(), CustodianError> {
        self.destroy_versions_if(versions, reason, &|_, _| Ok(()))
    }

    /// As [`Custodian::destroy_versions`], if a condition still holds when it begins.
    pub(super) fn destroy_versions_if(
        &self,
        versions: &[VersionRef],
        reason: &str,
        still: &Still<'_>,
    ) -> Result<(), CustodianError> {
        // While its store is away nothing is begun that would end keys later, unasked.
        versions.iter().try_for_each(|of| self.in_store_of(*of, answers))?;
        self.ends_no_other(versions)?;
        // A log that is cut back must not bring the key back: the anchor goes first.
        self.write_anchor();
        let operation = self.begin_if(Intent::Destroy { versions: versions.to_vec(), reason: reason.to_owned() }, still)?;
        // Half of it may be gone: it stays open, is shown, and is taken up again.
        self.erase(versions).map_err(|cause| CustodianError::DestructionOpen { cause: Box::new(cause) })?;
        self.done(&operation)
    }

    /// An engine that ends a version only together with all older ones, or the newest with the whole key, ends none that is
    /// not to be destroyed now.
    fn ends_no_other(&self, versions: &[VersionRef]) -> Result<(), CustodianError> {
        let found = versions.iter().filter_map(|of| {
            self.read(|inventory| inventory.key(of.key)?.version(of.version).filter(|one| one.held().is_here()).cloned())
        });
        let locators: Vec<Locator> = found.map(|version| version.locator).collect();
        for Locator { store, object, .. } in &locators {
            if !self.capabilities_of(store)?.counts_versions() {
                continue;
            }
            let there = match self.with_store(store, |store| Ok(store.versions(object)?)) {
                Ok(there) => there,
                Err(CustodianError::Store(StoreError::Absent { .. })) => continue,
                Err(error) => return Err(error),
            };
            let newest = there.last().is_some_and(|version| version.object == *object);
            let doomed = there.iter().take_while(|version| newest || version.object != *object);
            let known = |item: &str| locators.iter().any(|one| one.store == *store && *one.object == *item);
            let also: Vec<String> =
                doomed.filter(|version| !known(&version.object)).map(|version| format!("version {}", version.number)).collect();
            if !also.is_empty() {
                return Err(CustodianError::EndsOthers { store: store.to_string(), also: also.join(", ") });
            }
        }
        Ok(())
    }

    /// Removes private halves from their stores and looks that they are gone.
    pub(super) fn erase(&self, versions: &[VersionRef]) -> Result<(), CustodianError> {
        versions.iter().try_for_each(|of| self.in_store_of(*of, gone))
    }

    /// Works with the store of a version and the name of its item there.
    fn in_store_of(
        &self,
        of: VersionRef,
        work: fn(&dyn KeyStore, &str) -> Result<(), CustodianError>,
    ) -> Result<(), CustodianError> {
        let locator = self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let version = key.version(of.version);
            let version = version.ok_or_else(|| RuleError::NoVersion { name: key.name.to_string(), version: of.version })?;
            Ok::<_, RuleError>(version.held().is_here().then(|| version.locator.clone()))
        })?;
        // What is held elsewhere is only noted to be gone.
        locator.map_or(Ok(()), |locator| self.with_store(&locator.store, |store| work(store, &locator.object)))
    }
}

/// The store can be asked for an item, whatever it says of it.
fn answers(store: &dyn KeyStore, object: &str) -> Result<(), CustodianError> {
    match store.public_key(object) {
        Ok(_) | Err(StoreError::Absent { .. } | StoreError::Damaged { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes an item and reads back that it is gone.
pub(super) fn gone(store: &dyn KeyStore, object: &str) -> Result<(), CustodianError> {
    remove(store, object)?;
    match store.public_key(object) {
        Err(StoreError::Absent { .. }) => Ok(()),
        Ok(_) | Err(StoreError::Damaged { .. }) => {
            Err(StoreError::StillThere { store: store.name().to_owned(), object: object.to_owned() }.into())
        }
        Err(error) => Err(error.into()),
    }
}
