//! What a store has and the inventory has not, and the other way round. Nothing is ended by looking: that a store
//! returned nothing never means that a key was destroyed. Versions that an engine made of a key of the inventory are taken
//! up; whatever else is there can be taken over as a key.

use std::collections::{HashMap, HashSet};

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::owner;
use super::inside::new_version;
use super::issued::AtIssuer;
use super::outcome::Outcome;
use super::rotate::Planned;
use crate::crypto;
use crate::model::{
    Algorithm, Digest, Event, Held, Intent, KeyId, Locator, NewKey, NewVersion, Origin, Purpose, RotateSpec, RuleError, State,
    Store, Suspension, Transition, VersionRef, name,
};
use crate::stores::{EngineKey, EngineVersion, KeyStore, StoreError};

/// A store held against the inventory.
#[derive(Debug, Clone, Default)]
pub struct Reconciled {
    /// The store.
    pub store: Box<str>,
    /// Versions whose private halves were found as the log knows them.
    pub as_known: usize,
    /// What the store has and no living version of the inventory names.
    pub unknown: Vec<Stranger>,
    /// Versions whose private halves were not found, or are others. They keep their state.
    pub missing: Vec<Missing>,
    /// Versions that the engine made at somebody else's order: the keys have them now.
    pub taken_up: Vec<TakenUp>,
    /// Versions that the engine holds back by its own state. Those that were active are suspended now.
    pub held_back: Vec<HeldBack>,
    /// Certificates of revoked versions that the store's server was asked to revoke.
    pub certificates: Vec<AtIssuer>,
    /// Keys of which the engine says that they may leave it, may be deleted or are marked as deleted.
    pub at_engine: Vec<AtEngine>,
    /// Versions that must not be used by their state here, and that the engine would let anybody use who is permitted there.
    pub enforced_here: Vec<EnforcedHere>,
}

/// A key of which its engine says something that a person should know.
#[derive(Debug, Clone)]
pub struct AtEngine {
    /// Which.
    pub key: KeyId,
    /// Its name.
    pub name: Box<str>,
    /// What its newest version that is known here is called in the store.
    pub object: Box<str>,
    /// What it says.
    pub says: EngineKey,
}

/// A version whose state its engine does not know.
#[derive(Debug, Clone)]
pub struct EnforcedHere {
    /// Which.
    pub version: VersionRef,
    /// The name of its key.
    pub name: Box<str>,
    /// What it is called in the store.
    pub object: Box<str>,
    /// Its state here.
    pub state: State,
}

/// A version that its engine lets do less than its state here would permit.
#[derive(Debug, Clone)]
pub struct HeldBack {
    /// Which.
    pub version: VersionRef,
    /// The name of its key.
    pub name: Box<str>,
    /// What it is called in the store.
    pub object: Box<str>,
    /// It does not verify and decrypt either.
    pub wholly: bool,
    /// It was active here, and is suspended from now on.
    pub suspended: bool,
}

/// A version that was made at the engine and that its key has now.
#[derive(Debug, Clone)]
pub struct TakenUp {
    /// Which.
    pub version: VersionRef,
    /// The name of its key.
    pub name: Box<str>,
    /// What it is called in the store.
    pub object: Box<str>,
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
    engine_version: Option<u64>,
    state: State,
}

/// What an engine says of the keys that it counts versions of.
#[derive(Default)]
struct Counted {
    /// Versions of keys of the inventory that the inventory has not, the oldest of each key first.
    later: Vec<(KeyId, Vec<EngineVersion>)>,
    /// Versions that it holds back, by their names there.
    held_back: Vec<EngineVersion>,
    /// What it says of keys, where that is worth knowing.
    says: Vec<AtEngine>,
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
        // Before all else: who may revoke may be permitted nothing else there.
        let certificates = self.revoke_where_issued(&|_, issuer| issuer.store == store.name);
        let now = self.now();
        let known: Vec<Living> = self.read(|inventory| {
            let living = inventory.in_store(&store.name).map(|(key, version)| Living {
                version: VersionRef { key: key.id, version: version.number },
                name: key.name.clone(),
                object: version.locator.object.clone(),
                public_key: version.public_key.clone(),
                engine_version: version.locator.engine_version,
                state: version.state(now),
            });
            living.collect()
        });
        // What an open operation is about to make or to end there is no stranger.
        let busy = self.objects_under_way(&store.name);
        let (mut found, counted) = self.with_store(&store.name, |reached| {
            let there: HashSet<String> = reached.list()?.into_iter().collect();
            let mut found = Reconciled { store: store.name.clone(), certificates, ..Reconciled::default() };
            let mut counted = counted(reached, &known)?;
            found.at_engine = std::mem::take(&mut counted.says);
            found.enforced_here = enforced_here(reached, &known, &counted);
            let mut named: HashSet<Box<str>> = HashSet::with_capacity(known.len());
            for Living { version, name, object, public_key, .. } in known {
                if let Some(held) = counted.held_back.iter().find(|held| held.object == object) {
                    let (name, object) = (name.clone(), object.clone());
                    found.held_back.push(HeldBack { version, name, object, wholly: !held.usable, suspended: false });
                }
                match compared(reached, &there, &object, &public_key)? {
                    None => found.as_known += 1,
                    Some(is_another) => found.missing.push(Missing { version, name, object: object.clone(), is_another }),
                }
                named.insert(reached.version_named(&object, 1));
                named.insert(object);
            }
            let mut strangers: Vec<String> = there.into_iter().filter(|object| !named.contains(object.as_str())).collect();
            strangers.retain(|object| !busy.contains(object.as_str()));
            strangers.sort_unstable();
            found.unknown = strangers.into_iter().map(|object| stranger(reached, object)).collect();
            Ok((found, counted))
        })?;
        self.suspend_held_back(store, &mut found.held_back)?;
        for (key, versions) in counted.later {
            for made in versions {
                match self.take_up_version(key, store, &made) {
                    Ok(taken) => found.taken_up.push(taken),
                    // What its key's state does not permit is listed, for a person to settle.
                    Err(CustodianError::Rule(_) | CustodianError::State { .. }) => found.unknown.push(of_engine(&made)),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(found)
    }

    /// What its engine holds back is active here no more: it is suspended, since its engine may let it go on, too. Resuming it
    /// is for a person.
    fn suspend_held_back(&self, store: &Store, held: &mut [HeldBack]) -> Result<(), CustodianError> {
        let now = self.now();
        for one in held {
            let active = self.read(|inventory| {
                let version = inventory.key(one.version.key).and_then(|key| key.version(one.version.version));
                version.is_some_and(|version| version.state(now) == State::Active)
            });
            if !active {
                continue;
            }
            let reason = Suspension::held_back_by(&store.name);
            let event =
                Event::Transitioned { version: one.version, transition: Transition::Suspend { from: now, until: None }, reason };
            match self.append(vec![event]) {
                Ok(_) => one.suspended = true,
                // What its state does not permit now is listed all the same.
                Err(CustodianError::Rule(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A rotation that somebody made at the engine becomes one of the inventory.
    fn take_up_version(&self, key: KeyId, store: &Store, made: &EngineVersion) -> Result<TakenUp, CustodianError> {
        let now = self.now();
        let planned = self.read(|inventory| Planned::new(&RotateSpec::same(key), inventory, now))?;
        let locator =
            Locator { store: store.name.clone(), object: made.object.clone(), engine_version: Some(made.number.into()) };
        let mut rotation = planned.described(self.env.zone_name(), made.public_key.clone(), locator);
        if made.public_key.is_none() {
            let proof = self.with_store(&store.name, |reached| Ok(reached.proof(&made.object)?))?;
            rotation.version.mac = Some(self.secret_mac(&made.object, &proof)?);
        }
        rotation.version.algorithm = made.algorithm;
        rotation.version.origin = Some(Box::new(Origin { form: IN_STORE.into(), place: store.name.clone(), held: Held::Here }));
        let version = VersionRef { key, version: rotation.version.number };
        let operation = self.begin(Intent::Rotate { rotations: vec![rotation], by_itself: false })?;
        self.done(&operation)?;
        let name = self.read(|inventory| inventory.key(key).map(|key| key.name.clone())).unwrap_or_default();
        Ok(TakenUp { version, name, object: made.object.clone() })
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
        self.no_key_of(&store, &wanted.object)?;
        let there = if self.capabilities_of(&store.name)?.counts_versions() {
            self.with_store(&store.name, |reached| Ok(adoptable(reached, &wanted.object)?))?
        } else {
            None
        };
        let object = there.as_ref().map_or_else(|| wanted.object.as_str().into(), |version| version.object.clone());
        self.no_key_of(&store, &object)?;
        let engine_version = there.as_ref().map(|version| version.number.into());
        let leaves = there.is_some_and(|version| version.of_key.may_leave).then(|| may_leave(&store.name));
        let locator = Locator { store: store.name.clone(), object, engine_version };
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
            note: leaves.as_deref().unwrap_or_default().into(),
            version: NewVersion { expires: Some(policy.expiry(self.now())), ..version },
        };
        self.append(vec![Event::KeysNoted { keys: vec![key] }])?;
        Ok(Outcome { keys: vec![id], notice: leaves, ..Outcome::default() })
    }

    fn no_key_of(&self, store: &Store, object: &str) -> Result<(), CustodianError> {
        let known = self.read(|inventory| {
            let mut there = inventory.in_store(&store.name);
            there.find(|(_, version)| *version.locator.object == *object).map(|(key, _)| key.name.clone())
        });
        known.map_or(Ok(()), |known| {
            Err(CustodianError::Input(format!("That is {} already. Nothing was changed.", name::shown(&known))))
        })
    }

    /// What lies in a store under a name, as a version. It has to be usable: a pair signs.
    fn version_there(&self, reached: &dyn KeyStore, store: &Store, locator: Locator) -> Result<NewVersion, CustodianError> {
        const PROBE: &[u8] = b"keystead pairwise consistency";
        let object = locator.object.clone();
        let public_key = reached.public_key(&object)?;
        let origin = Origin { form: IN_STORE.into(), place: store.name.clone(), held: Held::Here };
        let (algorithm, mac) = if public_key.is_empty() {
            let counted = reached.versions(&object).ok().and_then(|versions| versions.last().map(|version| version.algorithm));
            (counted.unwrap_or(Algorithm::Unknown), Some(self.secret_mac(&object, &reached.proof(&object)?)?))
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

/// What an adopted key's note says of one that does not stay in its engine.
fn may_leave(store: &str) -> String {
    format!(
        "{} lets those read its private half whom its policies permit that, so copies of it may be anywhere.",
        name::shown(store)
    )
}

/// `None` where an item is as the log knows it; else whether another lies in its place. Public halves are compared where
/// the store has them at hand; elsewhere every use compares them.
fn compared(
    store: &dyn KeyStore,
    there: &HashSet<String>,
    object: &str,
    public_key: &[u8],
) -> Result<Option<bool>, CustodianError> {
    let capabilities = store.capabilities();
    if !there.contains(object) && !capabilities.counts_versions() {
        return Ok(Some(false));
    }
    if capabilities.keys_can_leave {
        return Ok(None);
    }
    match store.public_key(object) {
        Ok(found) if *found == *public_key => Ok(None),
        Ok(_) | Err(StoreError::Damaged { .. }) => Ok(Some(true)),
        Err(StoreError::Absent { .. }) => Ok(Some(false)),
        // It is there, and its engine tells nothing of it while it holds it back.
        Err(StoreError::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What the engine has of keys of the inventory beyond the newest version that is known, and what it holds back. Older ones
/// were left out knowingly.
fn counted(store: &dyn KeyStore, known: &[Living]) -> Result<Counted, CustodianError> {
    let mut found = Counted::default();
    if !store.capabilities().counts_versions() {
        return Ok(found);
    }
    let mut newest: HashMap<KeyId, (u64, &Living)> = HashMap::new();
    for one in known {
        let number = one.engine_version.unwrap_or(1);
        let kept = newest.entry(one.version.key).or_insert((number, one));
        if number > kept.0 {
            *kept = (number, one);
        }
    }
    for (key, (number, Living { object, name, .. })) in newest {
        let versions = match store.versions(object) {
            Ok(versions) => versions,
            // That it is missing is told for each version.
            Err(StoreError::Absent { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let says = versions.last().map(|version| version.of_key).filter(|says| *says != EngineKey::default());
        found.says.extend(says.map(|says| AtEngine { key, name: name.clone(), object: object.clone(), says }));
        let (later, there): (Vec<_>, Vec<_>) = versions.into_iter().partition(|one| u64::from(one.number) > number);
        found.later.extend((!later.is_empty()).then_some((key, later)));
        found.held_back.extend(there.into_iter().filter(|one| !one.usable || !one.signs));
    }
    Ok(found)
}

/// Versions whose state forbids their use, and of which their engine does not know it. The home store does nothing by itself,
/// so nothing is to be said of it.
fn enforced_here(store: &dyn KeyStore, known: &[Living], counted: &Counted) -> Vec<EnforcedHere> {
    if !store.capabilities().makes_inside {
        return Vec::new();
    }
    let held_back = |living: &&Living| counted.held_back.iter().any(|held| held.object == living.object);
    let of = |living: &Living| EnforcedHere {
        version: living.version,
        name: living.name.clone(),
        object: living.object.clone(),
        state: living.state,
    };
    known.iter().filter(|living| living.state != State::Active && !held_back(living)).map(of).collect()
}

/// The version that an item names. Where it names the key, which is its first one, and the engine lets that do nothing any more,
/// it is the oldest that does: those after it are taken up as what was made at the engine.
fn adoptable(store: &dyn KeyStore, object: &str) -> Result<Option<EngineVersion>, StoreError> {
    let mut versions = store.versions(object)?;
    let named = versions.iter().position(|version| *version.object == *object);
    let working = versions.iter().position(|version| version.signs);
    let of_key = *store.version_named(object, 1) == *object;
    let first_works = named.is_some_and(|at| versions[at].signs);
    let chosen = if of_key && !first_works { working.or(named) } else { named };
    Ok(chosen.map(|at| versions.swap_remove(at)))
}

fn of_engine(made: &EngineVersion) -> Stranger {
    Stranger {
        object: made.object.clone(),
        algorithm: Some(made.algorithm),
        spki_sha256: made.public_key.as_deref().map(crypto::sha256),
    }
}

fn stranger(store: &dyn KeyStore, object: String) -> Stranger {
    if let Some(oldest) = store.versions(&object).ok().and_then(|versions| versions.into_iter().next()) {
        return of_engine(&oldest);
    }
    // One that cannot be read is listed all the same: the person decides what it is.
    let public_key = store.public_key(&object).ok().filter(|public_key| !public_key.is_empty());
    Stranger {
        object: object.into(),
        algorithm: public_key.as_deref().and_then(|public_key| crypto::algorithm_of(public_key).ok()),
        spki_sha256: public_key.as_deref().map(crypto::sha256),
    }
}
