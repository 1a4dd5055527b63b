//! Stores as a person works with them: added, logged in to, locked, removed, looked at.

use std::time::Duration;

use super::at_stores::PinState;
use super::core::Custodian;
use super::error::CustodianError;
use super::login_page::Waiting;
use super::outcome::Outcome;
use crate::model::{Algorithm, Event, RuleError, Store, Time};
#[cfg(feature = "engines")]
use crate::model::{StoreKind, name};
use crate::secret::Passphrase;
#[cfg(feature = "pkcs11")]
use crate::stores::pkcs11::TokenError;
use crate::stores::{StoreError, Wrapping};

/// How a store is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Its keys can be used.
    Open,
    /// It is there and asks for its PIN, its passphrase or the keychain.
    Locked,
    /// It cannot be used; of which kind the reason is, and the reason as a sentence.
    Away(Absence, String),
    /// It was not looked for: the inventory is locked, and a module is loaded only from a record that was authenticated.
    Unknown,
}

/// Why a store cannot be used, as far as it makes a difference to a person.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Absence {
    /// It is not there: unplugged, or not reachable.
    Gone,
    /// Another one is in its place.
    Replaced,
    /// It was asked and did not come back.
    Hanging,
    /// It is there, holds its keys and can open none until its administrator unseals it.
    Sealed,
    /// It is there, and fails.
    Failing,
}

#[cfg(feature = "engines")]
impl Absence {
    /// What an error says of it.
    pub(super) fn of(error: &CustodianError) -> Self {
        match error {
            CustodianError::Store(StoreError::Absence { .. }) => Self::Gone,
            #[cfg(feature = "pkcs11")]
            CustodianError::Store(StoreError::Token(error)) => match error {
                TokenError::Away { .. } => Self::Gone,
                TokenError::Another { .. } => Self::Replaced,
                TokenError::Hung { .. } => Self::Hanging,
                _ => Self::Failing,
            },
            _ => Self::Failing,
        }
    }
}

/// A store with how it is.
#[derive(Debug, Clone)]
pub struct StoreHealth {
    /// What the log says of it.
    pub store: Store,
    /// It holds the log key too.
    pub home: bool,
    /// Keys with material in it.
    pub keys: usize,
    /// Keys in it with a version whose state its engine does not know, so that it is enforced here alone.
    pub enforced_here: usize,
    /// How it is.
    pub reach: Reach,
    /// What it makes keys of, as far as it was asked.
    pub algorithms: Vec<Algorithm>,
    /// How it puts secrets under its keys, as far as it was asked.
    pub wrappings: Vec<Wrapping>,
    /// What it took to look.
    pub latency: Option<Duration>,
    /// What it says it is: “SoftHSM v2 by SoftHSM project”.
    pub product: Option<Box<str>>,
    /// What is known of its PIN, where it has one.
    pub pin: Option<PinState>,
    /// The login that holds at a key server.
    pub login: Option<LoginFacts>,
}

/// A login at a key server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginFacts {
    /// As whom, in the server's words; may be empty.
    pub who: Box<str>,
    /// When it ends unless renewed; `None` for one that does not end.
    pub end: Option<Time>,
    /// It is renewed by itself before it ends.
    pub renewable: bool,
    /// The address that answered last, of those of a cluster.
    pub address: Box<str>,
}

/// A store as the log knows it.
pub(super) struct KnownStore {
    pub(super) store: Store,
    home: bool,
    keys: usize,
    enforced_here: usize,
}

impl Custodian {
    /// Removes a store in which no key lies any more. Nothing of the store itself is touched.
    pub fn remove_store(&self, named: &str) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        self.append(vec![Event::StoreRemoved { name: store.name.clone() }])?;
        self.engines.forget(&store.name);
        let notice = format!("Removed {} from the inventory. What lies in it is untouched.", store.name);
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    /// Every store, with how it is. Nothing is asked of a person for that.
    pub fn store_health(&self) -> Vec<StoreHealth> {
        self.known_stores().into_iter().map(|known| self.health_of(known)).collect()
    }

    pub(super) fn known_stores(&self) -> Vec<KnownStore> {
        let now = self.now();
        self.read(|inventory| {
            let home = inventory.home().map(|home| home.name.clone());
            let keys = |store: &Store| {
                let mut keys: Vec<_> = inventory.in_store(&store.name).map(|(key, _)| key.id).collect();
                keys.dedup();
                keys.len()
            };
            let of = |store: &Store| KnownStore {
                home: home.as_ref() == Some(&store.name),
                keys: keys(store),
                enforced_here: inventory.keys_enforced_here_alone(&store.name, now),
                store: store.clone(),
            };
            inventory.stores().iter().map(of).collect()
        })
    }

    /// How one is.
    pub(super) fn health_of(&self, KnownStore { store, home, keys, enforced_here }: KnownStore) -> StoreHealth {
        let blank = StoreHealth {
            home,
            keys,
            enforced_here,
            reach: Reach::Unknown,
            algorithms: Vec::new(),
            wrappings: Vec::new(),
            latency: None,
            product: None,
            pin: None,
            login: None,
            store,
        };
        if home {
            let reach = if self.is_unlocked() { Reach::Open } else { Reach::Locked };
            let trouble = self.troubles().conditions.stores.iter().find(|(name, _)| **name == *blank.store.name).cloned();
            let reach = trouble.map_or(reach, |(_, sentence)| Reach::Away(Absence::Gone, sentence));
            return StoreHealth { reach, algorithms: Algorithm::GENERATED.to_vec(), ..blank };
        }
        match blank.store.kind {
            #[cfg(feature = "pkcs11")]
            StoreKind::Pkcs11 => self.health_of_token(blank),
            #[cfg(feature = "openbao")]
            StoreKind::OpenBao => self.health_of_server(blank),
            _ => blank,
        }
    }

    /// The store that a person named.
    pub(super) fn store_of(&self, named: &str) -> Result<Store, CustodianError> {
        let name = self.read(|inventory| super::generate::store_named(inventory, Some(named)))?;
        let found = self.read(|inventory| inventory.store(&name).cloned());
        found.ok_or_else(|| RuleError::NoStore(named.to_owned()).into())
    }

    /// Gives a store what opens it, or has a token's reader ask; without it, it is had from where such things come.
    pub fn log_in_to(&self, named: &str, given: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        self.log_in_for(named, given, &Waiting::unasked())
    }

    /// The same for somebody who may give it up.
    #[cfg_attr(not(feature = "openbao"), expect(unused_variables, reason = "nothing is waited for, or nothing opened"))]
    pub(super) fn log_in_for(
        &self,
        named: &str,
        given: Option<&Passphrase>,
        waiting: &Waiting<'_>,
    ) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        match store.kind {
            #[cfg(feature = "pkcs11")]
            StoreKind::Pkcs11 => self.log_in_to_token(&store, given),
            #[cfg(feature = "openbao")]
            StoreKind::OpenBao => self.log_in_to_server(&store, given, waiting),
            kind => Err(super::engines::unreached(&store, kind).into()),
        }
    }

    /// Logs out of a store beside the home store.
    pub fn lock_store(&self, named: &str) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        if self.read(|inventory| inventory.home().is_some_and(|home| home.name == store.name)) {
            let what = "be locked alone: it is the home store, which is locked with the inventory";
            return Err(StoreError::Unsupported { store: store.name.to_string(), what }.into());
        }
        self.engines.forget(&store.name);
        Ok(Outcome::default())
    }
}

/// What a new store is to be called.
#[cfg(feature = "engines")]
pub(super) fn new_name(custodian: &Custodian, named: &str) -> Result<Box<str>, CustodianError> {
    let name = name::parse(named).map_err(RuleError::from)?;
    if custodian.read(|inventory| super::generate::store_named(inventory, Some(&name)).is_ok()) {
        return Err(RuleError::StoreExists(name.to_string()).into());
    }
    Ok(name)
}
