//! What a store has and the inventory has not, and the other way round. Nothing is changed by looking: that a store
//! returned nothing never means that a key was destroyed. What is there can be taken over as a key of the inventory.

use std::collections::HashSet;

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::owner;
use super::inside::new_version;
use super::outcome::Outcome;
use crate::crypto;
use crate::model::{
    Algorithm, Digest, Event, Held, KeyId, Locator, NewKey, NewVersion, Origin, Purpose, RuleError, Store, VersionRef, name,
};
use crate::stores::{KeyStore, StoreError};

/// A store held against the inventory.
#[derive(Debug, Clone)]
pub struct Reconciled {
    /// The store.
    pub store: Box<str>,
    /// Versions whose private halves were found as the log knows them.
    pub as_known: usize,
    /// What the store has and no living version of the inventory names.
    pub unknown: Vec<Stranger>,
    /// Versions whose private halves were not found, or are others. They keep their state.
    pub missing: Vec<Missing>,
}

/// An item that the inventory does not know.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Its name in the store.
    pub object: Box<str>,
    /// What it is; `None` where that cannot be told.
    pub algorithm: Option<Algorithm>,
    /// SHA-256 of its public half, where it has one.
    pub spki_sha256: Option<Digest>,
}

/// A version whose private half is not where the log says.
#[derive(Debug, Clone)]
pub struct Missing {
    /// Which.
    pub version: VersionRef,
    /// The name of its key.
    pub name: Box<str>,
    /// What it is called in the store.
    pub object: Box<str>,
    /// Something lies there, and it is another key.
    pub is_another: bool,
}

/// The name of a store and what came of looking at it.
pub type Looked = (Box<str>, Result<Reconciled, CustodianError>);

/// A version whose private half ought to be in the store.
struct Living {
    version: VersionRef,
    name: Box<str>,
    object: Box<str>,
    public_key: Box<[u8]>,
}

/// What is to be taken over from a store, and as what.
#[derive(Debug, Clone)]
pub struct Adoptee {
    /// Its name in the store.
    pub object: String,
    /// What its key is to be called.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Who answers for it; may be empty.
    pub owner: String,
}

/// How an adopted key's origin names its form.
const IN_STORE: &str = "store";

impl Custodian {
    /// Holds stores against the inventory: the one named, or all. What could not be looked at is an error in its place.
    pub fn reconcile(&self, named: Option<&str>) -> Result<Vec<Looked>, CustodianError> {
        self.take_up();
        if !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        let stores = match named {
            Some(named) => vec![self.store_of(named)?],
            None => self.read(|inventory| inventory.stores().to_vec()),
        };
        Ok(stores.into_iter().map(|store| (store.name.clone(), self.reconcile_one(&store))).collect())
    }

    fn reconcile_one(&self, store: &Store) -> Result<Reconciled, CustodianError> {
        let known: Vec<Living> = self.read(|inventory| {
            let living = inventory.in_store(&store.name).map(|(key, version)| Living {
                version: VersionRef { key: key.id, version: version.number },
                name: key.name.clone(),
                object: version.locator.object.clone(),
                public_key: version.public_key.clone(),
            });
            living.collect()
        });
        // What an open operation is about to make or to end there is no stranger.
        let busy = self.objects_under_way(&store.name);
        self.with_store(&store.name, |reached| {
            let there: HashSet<String> = reached.list()?.into_iter().collect();
            let mut found = Reconciled { store: store.name.clone(), as_known: 0, unknown: Vec::new(), missing: Vec::new() };
            let mut named: HashSet<Box<str>> = HashSet::with_capacity(known.len());
            for Living { version, name, object, public_key } in known {
                match compared(reached, &there, &object, &public_key)? {
                    None => found.as_known += 1,
                    Some(is_another) => found.missing.push(Missing { version, name, object: object.clone(), is_another }),
                }
                named.insert(object);
            }
            let mut strangers: Vec<String> = there.into_iter().filter(|object| !named.contains(object.as_str())).collect();
            strangers.retain(|object| !busy.contains(object.as_str()));
            strangers.sort_unstable();
            found.unknown = strangers.into_iter().map(|object| stranger(reached, object)).collect();
            Ok(found)
        })
    }

    fn objects_under_way(&self, store: &str) -> HashSet<Box<str>> {
        self.read(|inventory| {
            let made = inventory.open_operations().values().flat_map(|open| crate::model::inventory::made_by(&open.intent));
            made.filter(|(_, version)| *version.locator.store == *store)
                .map(|(_, version)| version.locator.object.clone())
                .collect()
        })
    }

    /// Takes a key over that lies in a store already: it stays there, and the inventory knows it from here on.
    pub fn adopt_object(&self, named: &str, wanted: &Adoptee) -> Result<Outcome, CustodianError> {
        self.take_up();
        let store = self.store_of(named)?;
        let name = name::parse(&wanted.name).map_err(RuleError::from)?;
        let known = self.read(|inventory| {
            inventory
                .in_store(&store.name)
                .find(|(_, version)| *version.locator.object == *wanted.object)
                .map(|(key, _)| key.name.clone())
        });
        if let Some(known) = known {
            return Err(CustodianError::Input(format!("That is {} already. Nothing was changed.", name::shown(&known))));
        }
        let locator = Locator { store: store.name.clone(), object: wanted.object.as_str().into(), engine_version: None };
        let version = self.with_store(&store.name, |reached| self.version_there(reached, &store, locator))?;
        let id = KeyId(crypto::random()?);
        let policy = self.read(|inventory| inventory.policy(wanted.purpose).clone());
        let key = NewKey {
            id,
            name,
            purpose: wanted.purpose,
            owner: owner(&wanted.owner)?,
            tags: Vec::new(),
            warn_days: super::generate::warnings(&policy.warn_days),
            note: Box::default(),
            version: NewVersion { expires: Some(policy.expiry(self.now())), ..version },
        };
        self.append(vec![Event::KeysNoted { keys: vec![key] }])?;
        Ok(Outcome { keys: vec![id], ..Outcome::default() })
    }

    /// What lies in a store under a name, as a version. It has to be usable: a pair signs.
    fn version_there(&self, reached: &dyn KeyStore, store: &Store, locator: Locator) -> Result<NewVersion, CustodianError> {
        const PROBE: &[u8] = b"keystead pairwise consistency";
        let object = locator.object.clone();
        let public_key = reached.public_key(&object)?;
        let origin = Origin { form: IN_STORE.into(), place: store.name.clone(), held: Held::Here };
        let (algorithm, mac) = if public_key.is_empty() {
            (Algorithm::Unknown, Some(self.secret_mac(&object, &reached.proof(&object)?)?))
        } else {
            let algorithm = crypto::algorithm_of(&public_key)?;
            if algorithm.signs() && !crypto::verify(&public_key, PROBE, &reached.sign(&object, algorithm, PROBE)?)? {
                return Err(StoreError::Damaged { store: store.name.to_string(), object: object.to_string() }.into());
            }
            (algorithm, None)
        };
        let public_key = (!public_key.is_empty()).then_some(public_key);
        Ok(NewVersion {
            activates: Some(self.now()),
            zone: self.env.zone_name().into(),
            mac,
            origin: Some(Box::new(origin)),
            ..new_version(1, algorithm, locator, public_key)
        })
    }
}

/// `None` where an item is as the log knows it; else whether another lies in its place. Public halves are compared where
/// the store has them at hand; elsewhere every use compares them.
fn compared(
    store: &dyn KeyStore,
    there: &HashSet<String>,
    object: &str,
    public_key: &[u8],
) -> Result<Option<bool>, CustodianError> {
    if !there.contains(object) {
        return Ok(Some(false));
    }
    if store.capabilities().keys_can_leave {
        return Ok(None);
    }
    match store.public_key(object) {
        Ok(found) if *found == *public_key => Ok(None),
        Ok(_) | Err(StoreError::Damaged { .. }) => Ok(Some(true)),
        Err(StoreError::Absent { .. }) => Ok(Some(false)),
        Err(error) => Err(error.into()),
    }
}

fn stranger(store: &dyn KeyStore, object: String) -> Stranger {
    // One that cannot be read is listed all the same: the person decides what it is.
    let public_key = store.public_key(&object).ok().filter(|public_key| !public_key.is_empty());
    Stranger {
        object: object.into(),
        algorithm: public_key.as_deref().and_then(|public_key| crypto::algorithm_of(public_key).ok()),
        spki_sha256: public_key.as_deref().map(crypto::sha256),
    }
}
