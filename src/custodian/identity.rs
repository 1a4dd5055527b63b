//! Whether a secret in a store is the one that the log knows: by its public half, or where it has
//! none by the MAC that was recorded when it was taken in.

use super::core::Custodian;
use super::error::CustodianError;
use crate::model::{Digest, Key, Locator, RuleError, Version, name};
use crate::secret::SecretBytes;
use crate::stores::KeyStore;

/// By what a secret is known.
pub(super) struct Known<'a> {
    /// Where it lies.
    pub(super) locator: &'a Locator,
    /// Its public half, empty where it has none.
    pub(super) public_key: &'a [u8],
    /// Its MAC, where it has no public half.
    pub(super) mac: Option<Digest>,
}

impl<'a> From<&'a Version> for Known<'a> {
    fn from(version: &'a Version) -> Self {
        Self { locator: &version.locator, public_key: &version.public_key, mac: version.mac }
    }
}

impl<'a> From<&'a crate::model::NewVersion> for Known<'a> {
    fn from(version: &'a crate::model::NewVersion) -> Self {
        Self { locator: &version.locator, public_key: &version.public_key, mac: version.mac }
    }
}

impl Custodian {
    /// The secret in the store is the one that is known.
    pub(super) fn fits(&self, store: &dyn KeyStore, known: &Known) -> Result<bool, CustodianError> {
        let object = &known.locator.object;
        match known.mac {
            None => Ok(*store.public_key(object)? == *known.public_key),
            Some(mac) => Ok(self.secret_mac(object, &store.proof(object)?)? == mac),
        }
    }

    /// What a secret without a public half is known by.
    pub(super) fn secret_mac(&self, object: &str, secret: &SecretBytes) -> Result<Digest, CustodianError> {
        let keys = self.desk().keys.clone().ok_or(CustodianError::Locked)?;
        Ok(keys.secret_mac(object, secret))
    }
}

/// The private half of a version is in a store of this inventory, so that something can be done with it.
pub(super) fn here(key: &Key, version: &Version, verb: &'static str) -> Result<(), RuleError> {
    match version.held().place() {
        None => Ok(()),
        Some(place) => Err(RuleError::HeldElsewhere { name: name::shown(&key.name).into_owned(), place: place.to_owned(), verb }),
    }
}
