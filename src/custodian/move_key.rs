//! Moving a private half to another store: it arrives there and is proven before the old copy goes, and that it once
//! existed outside stays on record.

use super::core::Custodian;
use super::destroy::gone;
use super::error::CustodianError;
use super::group::remove;
use super::identity::{Known, here};
use super::outcome::Outcome;
use crate::crypto;
use crate::model::{Intent, KeyId, Locator, OperationId, RuleError, Version, VersionRef, name};
use crate::stores::{Item, StoreError};

impl Custodian {
    /// Moves every living version of a key whose private half lies elsewhere to a store.
    pub fn move_key(&self, key: KeyId, named: &str) -> Result<Outcome, CustodianError> {
        self.take_up();
        let store = self.store_of(named)?;
        let (shown, versions) = self.read(|inventory| {
            let found = inventory.key(key).ok_or(RuleError::NoKey(key))?;
            let living = found.versions.iter().filter(|version| version.life.destroyed.is_none());
            let there = living.filter(|version| version.locator.store != store.name);
            there.clone().try_for_each(|version| here(found, version, "moved"))?;
            Ok::<_, RuleError>((name::shown(&found.name).into_owned(), there.cloned().collect::<Vec<_>>()))
        })?;
        if versions.is_empty() {
            return Err(CustodianError::Input(format!("{shown} has no private half outside of {}.", name::shown(&store.name))));
        }
        for version in &versions {
            self.may_arrive(&shown, version, &store.name)?;
        }
        for version in &versions {
            self.move_version(VersionRef { key, version: version.number }, &shown, version, &store.name)?;
        }
        let notice = format!("{shown} lies in {} now. It existed outside of it before, so a copy may be somewhere.", store.name);
        Ok(Outcome { keys: vec![key], notice: Some(notice), ..Outcome::default() })
    }

    /// What can be said before anything is begun.
    fn may_arrive(&self, shown: &str, version: &Version, store: &str) -> Result<(), CustodianError> {
        let not = |reason: String| CustodianError::NotMoved { name: shown.to_owned(), store: store.to_owned(), reason };
        let from = &version.locator.store;
        if !self.lets_out(&version.locator)? {
            return Err(not(format!("it does not leave {from}")));
        }
        let algorithm = version.algorithm;
        let any = self.capabilities_of(store)?.keys_can_leave;
        let takes = any || self.with_store(store, |to| Ok(to.algorithms()?.contains(&algorithm)))?;
        if takes && !algorithm.is_symmetric() { Ok(()) } else { Err(not(format!("{store} takes no {} keys", algorithm.name()))) }
    }

    fn move_version(&self, of: VersionRef, shown: &str, version: &Version, store: &str) -> Result<(), CustodianError> {
        let from = version.locator.clone();
        let secret = self.secret_of(of, shown, version)?;
        let object = OperationId(crypto::random()?).to_string().into_boxed_str();
        let engine_version = self.capabilities_of(store)?.counts_versions().then_some(1);
        let to = Locator { store: store.into(), object, engine_version };
        let operation = self.begin(Intent::Move { version: of, from: from.clone(), to: to.clone() })?;
        let arrived = self.with_store(store, |store| {
            let item = Item { object: &to.object, secret: &secret };
            store.import(&[item])?;
            let item = Item { object: &to.object, secret: &secret };
            if store.holds(&item)? {
                Ok(())
            } else {
                Err(StoreError::Damaged { store: store.name().to_owned(), object: to.object.to_string() }.into())
            }
        });
        drop(secret);
        if let Err(error) = arrived {
            if self.with_store(store, |store| remove(store, &to.object)).is_ok() {
                self.failed(&operation, &error.to_string());
            }
            return Err(error);
        }
        // A log that is cut back must not look for the key where it is no more.
        self.write_anchor();
        self.take_away(&from).map_err(|error| CustodianError::MoveOpen(Box::new(error)))?;
        self.done(&operation)
    }

    /// The private half of a version lies under its new name as the log knows it.
    pub(super) fn has_arrived(&self, of: VersionRef, to: &Locator) -> Result<bool, CustodianError> {
        let version = self.read(|inventory| inventory.key(of.key).and_then(|key| key.version(of.version)).cloned());
        let version = version.ok_or(RuleError::NoKey(of.key))?;
        match self.with_store(&to.store, |store| self.fits(store, &Known { locator: to, ..(&version).into() })) {
            Err(CustodianError::Store(StoreError::Absent { .. } | StoreError::Damaged { .. })) => Ok(false),
            fits => fits,
        }
    }

    /// Removes what was moved from where it lay, and looks that it is gone.
    pub(super) fn take_away(&self, from: &Locator) -> Result<(), CustodianError> {
        self.with_store(&from.store, |store| gone(store, &from.object))
    }
}
