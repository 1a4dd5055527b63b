//! What the custodian told of stores, as screens and dialogs read it: how each is and when it last answered.

use std::collections::{BTreeMap, HashSet};

use crate::custodian::link::Ticket;
use crate::custodian::store::{Reach, StoreHealth};
use crate::model::name::shown;
use crate::model::{Algorithm, Store, StoreKind, Time};

/// The stores that were asked.
#[derive(Default)]
pub struct KnownStores {
    known: BTreeMap<Box<str>, Known>,
    asking: Vec<(Ticket, HashSet<Box<str>>)>,
}

/// A store that was asked.
pub struct Known {
    /// How it is.
    pub health: StoreHealth,
    /// When it last answered, since the window was opened.
    pub contact: Option<Time>,
}

impl KnownStores {
    /// Stores are being asked.
    pub fn begun(&mut self, ticket: Ticket, stores: impl Iterator<Item = Box<str>>) {
        self.asking.push((ticket, stores.collect()));
    }

    /// One answered, or did not.
    pub fn take(&mut self, ticket: Option<Ticket>, health: StoreHealth, now: Time) {
        let name = health.store.name.clone();
        for (_, waiting) in self.asking.iter_mut().filter(|(asked, _)| Some(*asked) == ticket) {
            waiting.remove(&name);
        }
        let answered = matches!(health.reach, Reach::Open | Reach::Locked);
        let before = self.known.get(&name).and_then(|known| known.contact);
        let contact = if answered { Some(now) } else { before };
        self.known.insert(name, Known { health, contact });
    }

    /// Whoever was asked has answered.
    pub fn finished(&mut self, ticket: Ticket) {
        self.asking.retain(|(asked, _)| *asked != ticket);
    }

    /// What was found out holds no longer: the inventory was locked.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// It is being asked.
    pub fn is_asked(&self, store: &str) -> bool {
        self.asking.iter().any(|(_, waiting)| waiting.contains(store))
    }

    /// What is known of a store.
    pub fn of(&self, store: &str) -> Option<&Known> {
        self.known.get(store)
    }

    /// Why no key can be made in a store, or moved there, just now; as far as it was asked.
    pub fn refusal(&self, store: &Store) -> Option<String> {
        let known = self.of(&store.name).filter(|known| !known.health.home)?;
        match &known.health.reach {
            Reach::Locked if store.server.is_some() => {
                Some(format!("Nobody is logged in at {}. Log in first.", shown(&store.name)))
            }
            Reach::Locked => Some(format!("{} is locked. Log in to it first.", shown(&store.name))),
            Reach::Away(_, sentence) => Some(sentence.clone()),
            Reach::Open | Reach::Unknown => None,
        }
    }

    /// Its keys are used once it was logged in to.
    pub fn is_locked(&self, store: &str) -> bool {
        self.of(store).is_some_and(|known| !known.health.home && known.health.reach == Reach::Locked)
    }

    /// Whether a store makes keys of an algorithm, as far as it was asked; one that takes every key makes every key.
    pub fn makes(&self, store: &Store, algorithm: Algorithm) -> bool {
        let asked = self.of(&store.name).filter(|known| !known.health.algorithms.is_empty());
        !stays(store.kind) || asked.is_none_or(|known| known.health.algorithms.contains(&algorithm))
    }
}

/// Where keys of such a store are, in a sentence: “in the token”, “at the server”.
pub const fn inside(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Pkcs11 => "in the token",
        StoreKind::OpenBao => "at the server",
        StoreKind::Keychain | StoreKind::Files | StoreKind::FilesByKeychain => "in the store",
    }
}

/// Keys are made in stores of this kind, and never leave them.
pub const fn stays(kind: StoreKind) -> bool {
    kind.uses_keys()
}
