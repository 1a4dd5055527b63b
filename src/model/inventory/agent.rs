//! Which versions the SSH agent may offer.

use std::sync::Arc;

use super::{Inventory, RuleError};
use crate::model::algorithm::Algorithm;
use crate::model::intent::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::time::Time;

impl Inventory {
    /// The keys that the SSH agent offers, as far as their states let it.
    pub fn agent_keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.index.agent.iter().filter_map(|index| self.at(*index))
    }

    /// The versions of a key with which the SSH agent may sign now, the current one first: while a rotation's overlap
    /// lasts, hosts may know the old one alone.
    pub fn serving_versions(&self, key: &Key, now: Time) -> Vec<VersionRef> {
        let current = key.current(now).map(|version| version.number);
        let mut numbers: Vec<u32> = key.versions.iter().rev().map(|version| version.number).collect();
        numbers.sort_by_key(|number| Some(*number) != current);
        let of = |version| VersionRef { key: key.id, version };
        numbers.into_iter().map(of).filter(|of| self.may_serve_version(*of, now).is_ok()).collect()
    }

    /// The current version of a key, if the SSH agent may sign with it now: it may sign, and SSH knows its
    /// signatures. DSA is not among them: OpenSSH signs with it by SHA-1 alone.
    pub fn may_serve(&self, key: &Arc<Key>, now: Time) -> Result<VersionRef, RuleError> {
        let current = key.current(now).map(|version| version.number).unwrap_or_default();
        let of = VersionRef { key: key.id, version: current };
        self.may_serve_version(of, now).map(|_| of)
    }

    /// The version, if the SSH agent may sign with it now.
    pub fn may_serve_version(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.may_sign(of, now)?;
        if has_signatures(version.algorithm) {
            return Ok((key, version));
        }
        let algorithm = version.algorithm.name();
        Err(RuleError::NotForSsh { name: name::shown(&key.name).into_owned(), algorithm })
    }
}

/// SSH has signatures of the algorithm that are not made with SHA-1.
const fn has_signatures(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    algorithm.is_rsa() || matches!(algorithm, A::Ed25519 | A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521)
}
