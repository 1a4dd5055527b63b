//! Making keys where they stay: the engine makes them under the name that the log promised, tells their public halves,
//! and those go on record together with the end of the operation.

use super::core::Custodian;
use super::error::CustodianError;
use super::group::remove;
use crate::crypto;
use crate::formats;
use crate::model::inventory::made_by;
use crate::model::{Algorithm, Digest, Event, Identity, Intent, Locator, NewVersion};
use crate::stores::{KeyStore, StoreError};

/// A version about to be made, without its dates; without its public half where its store makes it.
pub(super) fn new_version(number: u32, algorithm: Algorithm, locator: Locator, public_key: Option<Box<[u8]>>) -> NewVersion {
    NewVersion {
        number,
        algorithm,
        locator,
        spki_sha256: public_key.as_deref().map_or(Digest([0; 32]), crypto::sha256),
        ssh_sha256: public_key.as_deref().and_then(formats::openssh::fingerprint),
        public_key: public_key.unwrap_or_default(),
        activates: None,
        expires: None,
        zone: Box::default(),
        mac: None,
        origin: None,
    }
}

/// What an operation was about to make was to be made by an engine: nothing is known yet by which to tell it.
pub(super) fn was_made_inside(intent: &Intent) -> bool {
    made_by(intent).any(|(_, version)| version.public_key.is_empty() && version.mac.is_none())
}

impl Custodian {
    /// Whether a store makes its keys itself.
    pub(super) fn makes_inside(&self, store: &str) -> Result<bool, CustodianError> {
        Ok(self.capabilities_of(store)?.makes_inside)
    }

    /// Has a store make the versions of an operation, all of them or none.
    pub(super) fn make_inside(&self, store: &str, intent: &Intent) -> Result<(), CustodianError> {
        let wanted: Vec<(Locator, Algorithm)> =
            made_by(intent).map(|(_, version)| (version.locator.clone(), version.algorithm)).collect();
        self.with_store(store, |store| offers(store, &wanted))?;
        self.make_inside_by(store, intent, |store| {
            wanted.iter().try_for_each(|(locator, algorithm)| make(store, locator, *algorithm))?;
            Ok(())
        })
    }

    /// Has a store make the versions of an operation in this way, all of them or none.
    pub(super) fn make_inside_by(
        &self,
        store: &str,
        intent: &Intent,
        make: impl FnOnce(&dyn KeyStore) -> Result<(), CustodianError>,
    ) -> Result<(), CustodianError> {
        let operation = self.begin_making(intent.clone())?;
        let made = self
            .with_store(store, make)
            .and_then(|()| self.identified_inside(intent))
            .and_then(|events| self.done_with(&operation, events));
        match made {
            Ok(()) => Ok(()),
            // Whether the record of its end will be there after a restart is not known: what was made stays.
            Err(error @ CustodianError::ReadOnly(_)) => Err(error),
            Err(error) => {
                let unmade =
                    self.with_store(store, |store| made_by(intent).try_for_each(|(_, version)| unmake(store, &version.locator)));
                // What could not be taken back stays open, is shown, and is taken up again.
                if unmade.is_ok() {
                    self.failed(&operation, &error.to_string());
                }
                Err(error)
            }
        }
    }

    /// Which keys lie under the names of an operation, read from their stores, as events.
    pub(super) fn identified_inside(&self, intent: &Intent) -> Result<Vec<Event>, CustodianError> {
        let identified = made_by(intent).map(|(of, version)| {
            let identity = self.with_store(&version.locator.store, |store| self.identity(store, version))?;
            Ok(Event::VersionIdentified { version: of, identity: Box::new(identity) })
        });
        identified.collect()
    }

    fn identity(&self, store: &dyn KeyStore, version: &NewVersion) -> Result<Identity, CustodianError> {
        let object = &version.locator.object;
        let public_key = store.public_key(object)?;
        let symmetric = public_key.is_empty();
        if !symmetric && crypto::algorithm_of(&public_key)? != version.algorithm {
            return Err(crypto::CryptoError::OtherAlgorithm.into());
        }
        let mac = if symmetric { Some(self.secret_mac(object, &store.proof(object)?)?) } else { None };
        Ok(Identity {
            algorithm: version.algorithm,
            spki_sha256: if symmetric { Digest([0; 32]) } else { crypto::sha256(&public_key) },
            ssh_sha256: formats::openssh::fingerprint(&public_key),
            public_key,
            mac,
        })
    }
}

/// Has the engine make a key, or the next version of one.
fn make(store: &dyn KeyStore, locator: &Locator, algorithm: Algorithm) -> Result<(), StoreError> {
    match locator.engine_version.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 1) {
        Some(number) => store.rotate(&locator.object, number - 1).map(drop),
        None => store.generate(&locator.object, algorithm).map(drop),
    }
}

/// Takes back what an engine made. A version that it made of a key that was there stays: it would end with older ones.
pub(super) fn unmake(store: &dyn KeyStore, locator: &Locator) -> Result<(), CustodianError> {
    if locator.engine_version.is_none_or(|number| number == 1) {
        return remove(store, &locator.object);
    }
    match store.public_key(&locator.object) {
        Err(StoreError::Absent { .. }) => Ok(()),
        Ok(_) => Err(StoreError::StillThere { store: store.name().to_owned(), object: locator.object.to_string() }.into()),
        Err(error) => Err(error.into()),
    }
}

/// The store makes keys of every algorithm that is wanted; asked before anything is begun.
fn offers(store: &dyn KeyStore, wanted: &[(Locator, Algorithm)]) -> Result<(), CustodianError> {
    let makes = store.algorithms()?;
    match wanted.iter().find(|(_, algorithm)| !makes.contains(algorithm)) {
        Some((_, algorithm)) => {
            Err(CustodianError::NotMadeThere { store: store.name().to_owned(), algorithm: *algorithm, makes })
        }
        None => Ok(()),
    }
}
