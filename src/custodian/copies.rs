//! Recovery copies: each secret of the keychain also as a file in the folder, under a passphrase.

use std::sync::{Arc, PoisonError};

use super::core::Custodian;
use super::error::CustodianError;
use super::outcome::Outcome;
use crate::model::name;
use crate::model::{Event, Key, StoreKind};
use crate::secret::Passphrase;

impl Custodian {
    /// Makes recovery copies of every secret under a passphrase.
    pub fn make_recovery(&self, passphrase: &Passphrase) -> Result<Outcome, CustodianError> {
        super::passphrase::strong_enough(passphrase)?;
        if !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        let made = self.read(|inventory| inventory.facts().recovery == Some(true));
        if made && self.home.read().unwrap_or_else(PoisonError::into_inner).makes_copies() {
            return Err(CustodianError::Input("There are recovery copies already. Change their passphrase instead.".into()));
        }
        let objects = self.objects();
        let missing = self.home.write().unwrap_or_else(PoisonError::into_inner).make_recovery(passphrase, &objects)?;
        self.append(vec![Event::RecoveryMade])?;
        self.note_copies(None);
        Ok(Outcome { notice: self.without_copy(&missing), ..Outcome::default() })
    }

    /// Names the keys of which no recovery copy could be made.
    fn without_copy(&self, missing: &[String]) -> Option<String> {
        let names = self.read(|inventory| {
            let lost = |key: &&Arc<Key>| {
                key.versions.iter().any(|version| missing.iter().any(|object| **object == *version.locator.object))
            };
            let keys = inventory.keys().iter().filter(lost);
            keys.map(|key| name::shown(&key.name).into_owned()).collect::<Vec<_>>().join(", ")
        });
        (!missing.is_empty()).then(|| format!("The keychain has no secret to copy of: {names}. Restore it from a backup."))
    }

    /// The items of all versions whose private half is to exist.
    fn objects(&self) -> Vec<String> {
        self.read(|inventory| {
            let versions = inventory.keys().iter().flat_map(|key| &key.versions);
            let kept = versions.filter(|version| version.life.destroyed.is_none() && version.held().is_here());
            kept.map(|version| version.locator.object.to_string()).collect()
        })
    }

    /// Keys made while their copy could not be get it now.
    pub(super) fn mend_recovery(&self) {
        if self.read(|inventory| inventory.facts().recovery != Some(true)) {
            return;
        }
        let objects = self.objects();
        let home = self.home.read().unwrap_or_else(PoisonError::into_inner);
        let trouble = if home.kind() == StoreKind::Keychain && !home.makes_copies() {
            Some("the keychain lost to whom they are encrypted. New keys get none: make recovery copies again.".to_owned())
        } else {
            home.mend_recovery(&objects).err().map(|error| format!("some are missing and could not be made. {error}"))
        };
        drop(home);
        self.note_copies(trouble);
    }

    fn note_copies(&self, trouble: Option<String>) {
        const WHAT: &str = "Recovery copies";
        let mut troubles = self.troubles();
        troubles.conditions.stores.retain(|(name, _)| name != WHAT);
        troubles.conditions.stores.extend(trouble.map(|trouble| (WHAT.to_owned(), trouble)));
    }
}
