//! Stores as a person works with them: added, logged in to, locked, removed, looked at.

#[cfg(feature = "pkcs11")]
use std::path::Path;
use std::time::Duration;
#[cfg(feature = "pkcs11")]
use std::time::Instant;

use super::at_stores::PinState;
use super::core::Custodian;
#[cfg(feature = "pkcs11")]
use super::engines::no_token;
use super::error::CustodianError;
use super::outcome::Outcome;
use crate::model::{Algorithm, Event, RuleError, Store};
#[cfg(feature = "pkcs11")]
use crate::model::{StoreKind, Token, name};
use crate::secret::Passphrase;
#[cfg(feature = "pkcs11")]
use crate::stores::pkcs11::{self, TokenError, TokenFacts, TokenStore};
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
    /// It is there, and fails.
    Failing,
}

#[cfg(feature = "pkcs11")]
impl Absence {
    /// What an error says of it.
    fn of(error: &CustodianError) -> Self {
        match error {
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
}

/// A store as the log knows it, whether it is the home store, and how many keys lie in it.
pub(super) type KnownStore = (Store, bool, usize);

impl Custodian {
    /// Removes a store in which no key lies any more. Nothing of the store itself is touched.
    pub fn remove_store(&self, named: &str) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        self.append(vec![Event::StoreRemoved { name: store.name.clone() }])?;
        #[cfg(feature = "pkcs11")]
        self.engines.forget(&store.name);
        let notice = format!("Removed {} from the inventory. What lies in it is untouched.", store.name);
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    /// Every store, with how it is. Nothing is asked of a person for that.
    pub fn store_health(&self) -> Vec<StoreHealth> {
        self.known_stores().into_iter().map(|known| self.health_of(known)).collect()
    }

    pub(super) fn known_stores(&self) -> Vec<KnownStore> {
        self.read(|inventory| {
            let home = inventory.home().map(|home| home.name.clone());
            let keys = |store: &Store| {
                let mut keys: Vec<_> = inventory.in_store(&store.name).map(|(key, _)| key.id).collect();
                keys.dedup();
                keys.len()
            };
            let of = |store: &Store| (store.clone(), home.as_ref() == Some(&store.name), keys(store));
            inventory.stores().iter().map(of).collect()
        })
    }

    /// How one is.
    pub(super) fn health_of(&self, (store, home, keys): KnownStore) -> StoreHealth {
        let blank = StoreHealth {
            home,
            keys,
            reach: Reach::Unknown,
            algorithms: Vec::new(),
            wrappings: Vec::new(),
            latency: None,
            product: None,
            pin: None,
            store,
        };
        if home {
            let reach = if self.is_unlocked() { Reach::Open } else { Reach::Locked };
            let trouble = self.troubles().conditions.stores.iter().find(|(name, _)| **name == *blank.store.name).cloned();
            let reach = trouble.map_or(reach, |(_, sentence)| Reach::Away(Absence::Gone, sentence));
            return StoreHealth { reach, algorithms: Algorithm::GENERATED.to_vec(), ..blank };
        }
        #[cfg(feature = "pkcs11")]
        let blank = self.health_of_token(blank);
        blank
    }

    /// The store that a person named.
    pub(super) fn store_of(&self, named: &str) -> Result<Store, CustodianError> {
        let name = self.read(|inventory| super::generate::store_named(inventory, Some(named)))?;
        let found = self.read(|inventory| inventory.store(&name).cloned());
        found.ok_or_else(|| RuleError::NoStore(named.to_owned()).into())
    }

    /// Gives a token its PIN, or has its reader ask; without one it is had from where PINs come.
    pub fn log_in_to(&self, named: &str, pin: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        #[cfg(feature = "pkcs11")]
        {
            self.log_in_to_token(&store, pin)
        }
        #[cfg(not(feature = "pkcs11"))]
        {
            let _ = pin;
            self.with_store(&store.name, |_| Ok(Outcome::default()))
        }
    }

    /// Logs out of a store beside the home store: its worker ends.
    pub fn lock_store(&self, named: &str) -> Result<Outcome, CustodianError> {
        let store = self.store_of(named)?;
        if self.read(|inventory| inventory.home().is_some_and(|home| home.name == store.name)) {
            let what = "be locked alone: it is the home store, which is locked with the inventory";
            return Err(StoreError::Unsupported { store: store.name.to_string(), what }.into());
        }
        #[cfg(feature = "pkcs11")]
        self.engines.forget(&store.name);
        Ok(Outcome::default())
    }
}

#[cfg(feature = "pkcs11")]
impl Custodian {
    /// Adds the token that a module reaches under a label (or a serial number), once it was logged in to.
    pub fn add_token(
        &self,
        named: &str,
        module: &Path,
        token: &str,
        pin: Option<&Passphrase>,
    ) -> Result<Outcome, CustodianError> {
        self.writable()?;
        let name = name::parse(named).map_err(RuleError::from)?;
        if self.read(|inventory| super::generate::store_named(inventory, Some(&name)).is_ok()) {
            return Err(RuleError::StoreExists(name.to_string()).into());
        }
        let facts = self.token_called(module, token)?;
        let store = Store {
            name,
            kind: StoreKind::Pkcs11,
            token: Some(Box::new(Token {
                module: absolute(module)?.into(),
                label: facts.label.as_str().into(),
                serial: facts.serial.as_str().into(),
            })),
        };
        let reached = self.token(&store)?;
        let opened = self.open_once(&store, &reached, &facts, pin);
        let kept = opened.and_then(|()| self.append(vec![Event::StoreAdded(store.clone())]).map(drop));
        if let Err(error) = kept {
            self.engines.forget(&store.name);
            return Err(error);
        }
        let notice = format!(
            "Added {}: {} by {}, serial number {}.",
            name::shown(&store.name),
            name::shown(&facts.model),
            name::shown(&facts.manufacturer),
            name::shown(&facts.serial)
        );
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    /// The one token of a label or a serial number that a module sees.
    fn token_called(&self, module: &Path, wanted: &str) -> Result<TokenFacts, CustodianError> {
        let module = absolute(module)?;
        let there = pkcs11::tokens(self.engines.workers(), &module)?;
        let seen = match there.iter().map(|token| format!("“{}”", name::shown(&token.label))).collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "It sees none at all: is the token plugged in?".to_owned(),
            some => format!("It sees {some}."),
        };
        let by_label: Vec<TokenFacts> = there.iter().filter(|token| token.label == wanted).cloned().collect();
        let by_serial = there.into_iter().filter(|token| token.serial == wanted && !wanted.is_empty());
        let mut found: Vec<TokenFacts> = if by_label.is_empty() { by_serial.collect() } else { by_label };
        let label = wanted.to_owned();
        let error = match found.pop() {
            None => TokenError::NoToken { label, seen },
            Some(one) if !found.is_empty() => {
                let serials = found.iter().chain([&one]).map(|token| token.serial.clone()).collect::<Vec<_>>().join(", ");
                TokenError::Several { label, serials }
            }
            Some(one) if !one.initialised => TokenError::NotInitialised(label),
            Some(one) => return Ok(one),
        };
        Err(StoreError::from(error).into())
    }

    fn log_in_to_token(&self, store: &Store, pin: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        if store.token.is_none() {
            return Err(no_token(store).into());
        }
        let token = self.token(store)?;
        self.let_know(store, &token);
        let looked =
            token.look().map_err(CustodianError::from).and_then(|health| self.open_once(store, &token, &health.facts, pin));
        self.note_store(&store.name, looked.as_ref().err());
        looked?;
        let keys = token.objects()?.iter().filter(|object| object.is_private).count();
        let keys = if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
        let notice = format!("The PIN opens {}. The token holds {keys}.", name::shown(&store.name));
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }

    fn open_once(
        &self,
        store: &Store,
        token: &TokenStore,
        facts: &TokenFacts,
        pin: Option<&Passphrase>,
    ) -> Result<(), CustodianError> {
        if pin.is_some() {
            return self.log_in(store, token, pin);
        }
        let asked = self.engines.pin(&store.name, facts.tries, facts.asks_itself)?;
        self.log_in(store, token, asked.as_ref())
    }

    fn health_of_token(&self, blank: StoreHealth) -> StoreHealth {
        let started = Instant::now();
        let looked = self.token(&blank.store).and_then(|token| {
            self.let_know(&blank.store, &token);
            Ok(token.look()?)
        });
        if !matches!(looked, Err(CustodianError::Locked | CustodianError::ReadOnly(_))) {
            self.note_store(&blank.store.name, looked.as_ref().err());
        }
        match looked {
            Ok(health) => StoreHealth {
                reach: if health.open { Reach::Open } else { Reach::Locked },
                algorithms: health.algorithms,
                wrappings: health.wrappings,
                latency: Some(started.elapsed()),
                product: Some(product(&health.facts).into()),
                pin: Some(pin_state(&health.facts)),
                ..blank
            },
            Err(CustodianError::Locked | CustodianError::ReadOnly(_)) => blank,
            Err(error) => StoreHealth { reach: Reach::Away(Absence::of(&error), error.to_string()), ..blank },
        }
    }
}

/// What a token says it is.
#[cfg(feature = "pkcs11")]
pub(super) fn product(facts: &TokenFacts) -> String {
    format!("{} by {}", name::shown(&facts.model), name::shown(&facts.manufacturer))
}

/// What a token says of its PIN.
#[cfg(feature = "pkcs11")]
pub(super) fn pin_state(facts: &TokenFacts) -> PinState {
    let is_locked = facts.tries == pkcs11::Tries::Locked;
    PinState { at_reader: facts.asks_itself, tries: facts.tries.sentence().trim_start(), is_locked }
}

/// A module is named by its whole path: what would be looked up by its name could be another one tomorrow.
#[cfg(feature = "pkcs11")]
pub(super) fn absolute(module: &Path) -> Result<String, CustodianError> {
    let whole = std::path::absolute(module).ok().and_then(|path| path.to_str().map(str::to_owned));
    whole.ok_or_else(|| CustodianError::Input(format!("{} cannot be used as the path of a module.", module.display())))
}
