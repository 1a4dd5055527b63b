//! The stores beside the home store: how each is reached, and how its PIN is asked for when it is first needed. What can
//! be asked of them is in `store`.

#[cfg(feature = "pkcs11")]
use std::collections::{HashMap, HashSet};
#[cfg(feature = "pkcs11")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::core::Custodian;
#[cfg(feature = "pkcs11")]
use super::core::hold;
use super::environment::Environment;
use super::error::CustodianError;
use crate::model::Store;
#[cfg(feature = "pkcs11")]
use crate::model::{Event, Token};
use crate::secret::Passphrase;
#[cfg(feature = "pkcs11")]
use crate::stores::pkcs11::{PinEachTime, TokenError, TokenStore, Tries, Workers};
use crate::stores::{Capabilities, KeyStore, StoreError};

/// For which token a PIN is needed.
#[derive(Debug, Clone)]
pub struct PinAsk {
    /// The store.
    pub store: String,
    /// What the token says of wrong PINs, as a sentence with a blank in front, or nothing.
    pub tries: &'static str,
    /// The token's reader asks for it: a person is to be told to look there, and nothing is to be typed.
    pub at_reader: bool,
    /// A person may be asked; otherwise only what was given beforehand counts.
    pub may_prompt: bool,
    /// The token is open, and the key wants the PIN for each use all the same.
    pub each_time: bool,
}

/// Where PINs come from when a token is first used. `None` when there is none; then the token stays locked. It is asked
/// at most once for each token: a wrong PIN is never tried again unasked.
pub type PinSource = Box<dyn Fn(&PinAsk) -> Result<Option<Passphrase>, CustodianError> + Send + Sync>;

/// The stores beside the home store.
pub(super) struct Engines {
    #[cfg(feature = "pkcs11")]
    workers: Workers,
    #[cfg(feature = "pkcs11")]
    tokens: Mutex<HashMap<Box<str>, Arc<TokenStore>>>,
    /// Stores whose PIN was asked for and did not open them.
    #[cfg(feature = "pkcs11")]
    refused: Mutex<HashSet<Box<str>>>,
    #[cfg(feature = "pkcs11")]
    quiet: Arc<AtomicBool>,
    pins: Arc<Mutex<Option<PinSource>>>,
}

/// While it lives no person is asked for a PIN.
pub(super) struct Quiet<'a>(#[cfg_attr(not(feature = "pkcs11"), allow(dead_code))] &'a Engines);

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        #[cfg(feature = "pkcs11")]
        self.0.quiet.store(false, Ordering::Release);
    }
}

impl Engines {
    pub(super) fn new(env: &Environment) -> Self {
        #[cfg(not(feature = "pkcs11"))]
        let _ = env;
        Self {
            #[cfg(feature = "pkcs11")]
            workers: Workers { program: env.program.clone(), wait: env.keychain_wait },
            #[cfg(feature = "pkcs11")]
            tokens: Mutex::default(),
            #[cfg(feature = "pkcs11")]
            refused: Mutex::default(),
            #[cfg(feature = "pkcs11")]
            quiet: Arc::default(),
            pins: Arc::default(),
        }
    }

    /// Ends every worker: each token is logged out.
    pub(super) fn lock(&self) {
        #[cfg(feature = "pkcs11")]
        {
            hold(&self.tokens).clear();
            hold(&self.refused).clear();
        }
    }

    /// From here on no person is asked for a PIN.
    pub(super) fn quietly(&self) -> Quiet<'_> {
        #[cfg(feature = "pkcs11")]
        self.quiet.store(true, Ordering::Release);
        Quiet(self)
    }
}

#[cfg(feature = "pkcs11")]
impl Engines {
    /// How workers are started.
    pub(super) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// A PIN, from where they come; an error where there is none.
    pub(super) fn pin(&self, store: &str, tries: Tries, at_reader: bool) -> Result<Option<Passphrase>, CustodianError> {
        let may_prompt = !self.quiet.load(Ordering::Acquire);
        if at_reader && !may_prompt {
            return Err(StoreError::Locked { store: store.to_owned() }.into());
        }
        let pins = hold(&self.pins);
        let Some(pins) = &*pins else { return Err(StoreError::Locked { store: store.to_owned() }.into()) };
        let pin = pins(&PinAsk { store: store.to_owned(), tries: tries.sentence(), at_reader, may_prompt, each_time: false })?;
        if pin.is_none() && !at_reader {
            return Err(StoreError::from(TokenError::PinNeeded(store.to_owned())).into());
        }
        Ok(pin)
    }

    /// Where the PIN comes from for keys of a token that want it for each use. It is kept nowhere in between.
    fn each_time(&self, store: &str) -> PinEachTime {
        let (pins, quiet, store) = (self.pins.clone(), self.quiet.clone(), store.to_owned());
        Box::new(move |tries, at_reader| {
            let may_prompt = !quiet.load(Ordering::Acquire);
            let ask = PinAsk { store: store.clone(), tries: tries.sentence(), at_reader, may_prompt, each_time: true };
            // Why there is none was told where it was asked for; the signature says that there is none.
            hold(&pins).as_ref().and_then(|pins| pins(&ask).ok().flatten())
        })
    }

    /// The token of a store is not held any more: it is another, or the store was removed.
    pub(super) fn forget(&self, store: &str) {
        // Whoever still holds it, as the agent does, finds it logged out.
        if let Some(token) = hold(&self.tokens).remove(store) {
            token.lock();
        }
        hold(&self.refused).remove(store);
    }
}

impl Custodian {
    /// Where PINs come from when a token is first used. Without it a token is used once it was logged in to.
    pub fn ask_pins_of(&self, source: PinSource) {
        *super::core::hold(&self.engines.pins) = Some(source);
    }

    /// Works with a store beside the home store.
    #[cfg(not(feature = "pkcs11"))]
    pub(super) fn with_engine<R>(
        &self,
        store: &Store,
        _work: impl FnOnce(&dyn KeyStore) -> Result<R, CustodianError>,
    ) -> Result<R, CustodianError> {
        Err(unreachable_here(store).into())
    }

    /// What a store beside the home store can do.
    #[cfg(not(feature = "pkcs11"))]
    pub(super) fn engine_capabilities(&self, store: &Store) -> Result<Capabilities, CustodianError> {
        Err(unreachable_here(store).into())
    }
}

#[cfg(feature = "pkcs11")]
impl Custodian {
    /// Works with a store beside the home store, opened first if that can be done.
    pub(super) fn with_engine<R>(
        &self,
        store: &Store,
        work: impl FnOnce(&dyn KeyStore) -> Result<R, CustodianError>,
    ) -> Result<R, CustodianError> {
        let token = self.token(store)?;
        self.open_token(store, &token)?;
        work(&*token)
    }

    /// What a store beside the home store can do. Its record says of which kind it is, and that is enough.
    pub(super) fn engine_capabilities(&self, store: &Store) -> Result<Capabilities, CustodianError> {
        match store.token.as_deref() {
            Some(_) => Ok(TokenStore::CAPABILITIES),
            None => Err(no_token(store).into()),
        }
    }

    /// The token of a store. Its module is named by a record, so the log has to be authenticated and whole.
    pub(super) fn token(&self, store: &Store) -> Result<Arc<TokenStore>, CustodianError> {
        if !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        self.writable()?;
        let Some(facts) = store.token.as_deref() else { return Err(no_token(store).into()) };
        let mut tokens = hold(&self.engines.tokens);
        if let Some(known) = tokens.get(&store.name).filter(|known| known.token() == *facts || known.is_open()) {
            return Ok(known.clone());
        }
        let token = Arc::new(TokenStore::new(&store.name, self.engines.workers.clone(), facts.clone()));
        token.ask_each_time_of(self.engines.each_time(&store.name));
        tokens.insert(store.name.clone(), token.clone());
        Ok(token)
    }

    /// Gives the token its PIN, if it has none yet and there is one to be had.
    fn open_token(&self, store: &Store, token: &TokenStore) -> Result<(), CustodianError> {
        if token.is_open() {
            return Ok(());
        }
        if hold(&self.engines.refused).contains(&store.name) {
            return Err(StoreError::Locked { store: store.name.to_string() }.into());
        }
        self.let_know(store, token);
        let facts = token.look()?.facts;
        let pin = self.engines.pin(&store.name, facts.tries, facts.asks_itself)?;
        self.log_in(store, token, pin.as_ref())
    }

    /// Logs in, and notes by which facts the token is found from now on.
    pub(super) fn log_in(&self, store: &Store, token: &TokenStore, pin: Option<&Passphrase>) -> Result<(), CustodianError> {
        if let Err(error) = token.login(pin) {
            hold(&self.engines.refused).insert(store.name.clone());
            return Err(error.into());
        }
        hold(&self.engines.refused).remove(&store.name);
        self.note_token(store, token.token())
    }

    /// By which keys the token is known, should its serial number be another.
    pub(super) fn let_know(&self, store: &Store, token: &TokenStore) {
        let keys = self.read(|inventory| {
            let of = |version: &crate::model::Version| (version.locator.object.clone(), version.public_key.clone());
            inventory.in_store(&store.name).map(|(_, version)| of(version)).collect()
        });
        token.know(keys);
    }

    fn note_token(&self, store: &Store, found: Token) -> Result<(), CustodianError> {
        if store.token.as_deref() == Some(&found) {
            return Ok(());
        }
        self.append(vec![Event::StoreMoved(Store { token: Some(Box::new(found)), ..store.clone() })]).map(drop)
    }
}

/// Its kind needs a part that this build was made without.
#[cfg(not(feature = "pkcs11"))]
fn unreachable_here(store: &Store) -> StoreError {
    let what = "be reached: this build of Keystead has no PKCS#11";
    StoreError::Unsupported { store: store.name.to_string(), what }
}

/// A store of another kind, or one whose record lacks its token.
#[cfg(feature = "pkcs11")]
pub(super) fn no_token(store: &Store) -> StoreError {
    StoreError::Unsupported { store: store.name.to_string(), what: "be reached as a token: it is none" }
}
