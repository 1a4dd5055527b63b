//! Which keys the agent offers now, and a signature of one: the state table is asked, the store's key signs, and
//! the record is appended before the signature is given.

use std::sync::Arc;

use crate::crypto::SignatureHash;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::one_use;
use crate::formats::ssh_agent;
use crate::model::{
    AgentUse, Algorithm, Asker, Digest, Event, Inventory, Key, KeyId, SignedFor, Time, Version, VersionRef, name,
};
use crate::stores::Signer;

/// A version that the agent offers.
pub(super) struct Offered {
    pub(super) of: VersionRef,
    pub(super) name: Box<str>,
    pub(super) algorithm: Algorithm,
    pub(super) public_key: Box<[u8]>,
    pub(super) ssh_sha256: Digest,
    pub(super) usage: AgentUse,
}

/// A signature to be made.
pub(super) struct Signing {
    pub(super) of: VersionRef,
    pub(super) algorithm: Algorithm,
    pub(super) hash: SignatureHash,
    pub(super) asker: Asker,
    pub(super) purpose: SignedFor,
}

impl Custodian {
    /// What the agent offers now: of these keys, or of those that are set, the versions that may sign. Nothing while
    /// the inventory is locked. Lifetimes count from `began`, or from when the key was set, whichever is later.
    pub(super) fn offered(&self, chosen: Option<&[KeyId]>, began: Time) -> Vec<Offered> {
        // What others wrote counts too; a log that cannot be read says so where it is next used.
        let _ = self.refresh();
        if !self.is_unlocked() {
            return Vec::new();
        }
        let now = self.now();
        self.read(|inventory| match chosen {
            Some(chosen) => {
                chosen.iter().filter_map(|id| inventory.key(*id)).flat_map(|key| of_key(inventory, key, began, now)).collect()
            }
            None => inventory.agent_keys().flat_map(|key| of_key(inventory, key, began, now)).collect(),
        })
    }

    /// Opened keys that are no longer offered (unset, past their lifetime) do not stay in memory.
    pub(super) fn forget_signers(&self, chosen: Option<&[KeyId]>, began: Time) {
        if self.desk().signers.is_empty() {
            return;
        }
        let offered = self.offered(chosen, began);
        self.desk().signers.retain(|of, _| offered.iter().any(|one| one.of == *of));
    }

    /// The key of this version was opened before and waits for nobody, so that a signature takes no time.
    pub(super) fn is_at_hand(&self, of: VersionRef) -> bool {
        self.desk().signers.get(&of).is_some_and(|signer| !signer.asks_a_person())
    }

    /// A signature in SSH's form.
    pub(super) fn agent_sign(&self, signing: Signing, data: &[u8]) -> Result<Vec<u8>, CustodianError> {
        let Signing { of, algorithm, hash, asker, purpose } = signing;
        let signer = self.signer(of)?;
        let _for = one_use::purpose(format!("{}, asked by {}", purpose.words(), asker.words()));
        // A key in a token whose worker ended is opened anew the next time.
        let made =
            signer.sign(algorithm.is_rsa().then_some(hash), data).inspect_err(|_| drop(self.desk().signers.remove(&of)))?;
        let signature = ssh_agent::signature(algorithm, hash, &made).map_err(|error| CustodianError::NoSuchForm {
            name: String::new(),
            format: "SSH signature",
            reason: error.to_string(),
        })?;
        // The state is asked again under the log's lock, whatever other programs did until now.
        self.append_soon(vec![Event::AgentSigned { version: of, asker, purpose }])?;
        Ok(signature)
    }

    /// The opened key of a version that may sign now; it was compared with what the log knows when it was opened.
    pub(in crate::custodian) fn signer(&self, of: VersionRef) -> Result<Arc<dyn Signer>, CustodianError> {
        let now = self.now();
        let (name, version) = {
            let mut desk = self.desk();
            let found = desk.inventory.may_serve_version(of, now).map(|(key, version)| (key.name.clone(), version.clone()));
            if found.is_err() {
                desk.signers.remove(&of);
            }
            let found = found?;
            match desk.signers.get(&of) {
                Some(signer) => return Ok(signer.clone()),
                None => found,
            }
        };
        let opened = self.open_signer(&name, &version);
        self.note_secret(of.key, opened.as_ref().err());
        let signer = opened?;
        let mut desk = self.desk();
        // Locked or destroyed meanwhile, it does not stay.
        if desk.keys.is_none() {
            return Err(CustodianError::Locked);
        }
        desk.inventory.may_serve_version(of, now)?;
        desk.signers.insert(of, signer.clone());
        Ok(signer)
    }

    fn open_signer(&self, key: &str, version: &Version) -> Result<Arc<dyn Signer>, CustodianError> {
        let locator = &version.locator;
        self.with_store(&locator.store, |store| {
            let signer: Arc<dyn Signer> = store.signer(&locator.object, version.algorithm)?.into();
            if *signer.public_key() == *version.public_key {
                return Ok(signer);
            }
            Err(CustodianError::Swapped { name: name::shown(key).into_owned(), store: locator.store.to_string() })
        })
    }
}

fn of_key(inventory: &Inventory, key: &Key, began: Time, now: Time) -> Vec<Offered> {
    let (usage, since) = key.agent.map_or_else(|| (AgentUse::default(), began), |offer| (offer.usage, offer.since));
    if !usage.lasts(began, since, now) {
        return Vec::new();
    }
    let version = |of: VersionRef| {
        let version = key.version(of.version)?;
        Some(Offered {
            of,
            name: key.name.clone(),
            algorithm: version.algorithm,
            public_key: version.public_key.clone(),
            ssh_sha256: version.ssh_sha256?,
            usage,
        })
    };
    inventory.serving_versions(key, now).into_iter().filter_map(version).collect()
}
