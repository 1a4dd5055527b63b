//! Tokens: how one is added, reached and opened, and by which facts it is found again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::at_stores::PinState;
use super::core::{Custodian, hold};
use super::engines::{Opener, OpenerAsk, unreached};
use super::environment::Environment;
use super::error::CustodianError;
use super::outcome::Outcome;
use super::store::{Absence, Reach, StoreHealth, new_name};
use crate::model::{Event, Store, StoreKind, Token, name};
use crate::secret::Passphrase;
use crate::stores::StoreError;
use crate::stores::pkcs11::{self, TokenError, TokenFacts, TokenStore, Workers};

/// The file that workers hold locked while they change a token.
const CALLS: &str = "token-calls";

/// The tokens that are reached.
pub(super) struct Tokens {
    workers: Workers,
    held: Mutex<HashMap<Box<str>, Arc<TokenStore>>>,
}

impl Tokens {
    pub(super) fn new(env: &Environment) -> Self {
        Self {
            workers: Workers { program: env.program.clone(), wait: env.keychain_wait, calls: env.state_folder.join(CALLS) },
            held: Mutex::default(),
        }
    }

    /// How workers are started.
    pub(super) fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Waits until no worker of a program that is gone changes a token any more; an error where that takes too long.
    pub(super) fn calls_have_ended(&self) -> Result<(), CustodianError> {
        let Workers { calls, wait, .. } = &self.workers;
        match pkcs11::calls::have_ended(calls, *wait) {
            Ok(true) => Ok(()),
            Ok(false) => Err(CustodianError::Input("A token is being changed by another process.".into())),
            Err(cause) => Err(CustodianError::Folder { path: calls.clone(), cause }),
        }
    }

    /// Ends every worker: each token is logged out.
    pub(super) fn lock(&self) {
        hold(&self.held).clear();
    }

    /// Logs out of a token. Whoever still holds it, as the agent does, finds it so.
    pub(super) fn forget(&self, store: &str) {
        let held = hold(&self.held).remove(store);
        if let Some(token) = held {
            token.lock();
        }
    }
}

impl Custodian {
    /// A token is among the stores.
    pub(super) fn reaches_tokens(&self) -> bool {
        self.read(|inventory| inventory.stores().iter().any(|store| store.kind == StoreKind::Pkcs11))
    }

    /// The token of a store, its PIN given.
    pub(super) fn opened_token(&self, store: &Store) -> Result<Arc<TokenStore>, CustodianError> {
        let token = self.token(store)?;
        if token.is_open() {
            return Ok(token);
        }
        if self.engines.was_refused(&store.name) {
            return Err(StoreError::Locked { store: store.name.to_string() }.into());
        }
        self.let_know(store, &token);
        let facts = token.look()?.facts;
        let pin = self.pin(store, &facts)?;
        self.log_in(store, &token, pin.as_ref())?;
        Ok(token)
    }

    /// The PIN of a token, from where PINs come; `None` where its reader asks for it.
    pub(super) fn pin(&self, store: &Store, facts: &TokenFacts) -> Result<Option<Passphrase>, CustodianError> {
        let (name, at_reader) = (store.name.to_string(), facts.asks_itself);
        let known = facts.tries.sentence();
        let pin =
            self.engines.ask(&OpenerAsk { store: name.clone(), opener: Opener::Pin, known, at_reader, may_prompt: false })?;
        if pin.is_none() && !at_reader {
            return Err(StoreError::from(TokenError::PinNeeded(name)).into());
        }
        Ok(pin)
    }

    /// The token of a store. Its module is named by a record, so the log has to be authenticated and whole.
    pub(super) fn token(&self, store: &Store) -> Result<Arc<TokenStore>, CustodianError> {
        self.may_reach()?;
        let Some(facts) = store.token.as_deref() else { return Err(unreached(store, StoreKind::Pkcs11).into()) };
        let mut held = hold(&self.engines.tokens.held);
        if let Some(known) = held.get(&store.name).filter(|known| known.token() == *facts || known.is_open()) {
            return Ok(known.clone());
        }
        let token = Arc::new(TokenStore::new(&store.name, self.engines.tokens.workers.clone(), facts.clone()));
        token.ask_each_time_of(self.engines.each_use(&store.name));
        held.insert(store.name.clone(), token.clone());
        Ok(token)
    }

    /// Logs in, and notes by which facts the token is found from now on.
    pub(super) fn log_in(&self, store: &Store, token: &TokenStore, pin: Option<&Passphrase>) -> Result<(), CustodianError> {
        let opened = token.login(pin);
        self.engines.note_opened(&store.name, opened.is_ok());
        opened?;
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
        let name = new_name(self, named)?;
        let facts = self.token_called(module, token)?;
        let store = Store {
            name,
            kind: StoreKind::Pkcs11,
            token: Some(Box::new(Token {
                module: absolute(module)?.into(),
                label: facts.label.as_str().into(),
                serial: facts.serial.as_str().into(),
            })),
            server: None,
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
        let there = pkcs11::tokens(self.engines.tokens.workers(), &module)?;
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

    pub(super) fn log_in_to_token(&self, store: &Store, pin: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
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
        let asked = self.pin(store, facts)?;
        self.log_in(store, token, asked.as_ref())
    }

    pub(super) fn health_of_token(&self, blank: StoreHealth) -> StoreHealth {
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
pub(super) fn product(facts: &TokenFacts) -> String {
    format!("{} by {}", name::shown(&facts.model), name::shown(&facts.manufacturer))
}

/// What a token says of its PIN.
pub(super) fn pin_state(facts: &TokenFacts) -> PinState {
    let is_locked = facts.tries == pkcs11::Tries::Locked;
    PinState { at_reader: facts.asks_itself, tries: facts.tries.sentence().trim_start(), is_locked }
}

/// A module is named by its whole path: what would be looked up by its name could be another one tomorrow.
pub(super) fn absolute(module: &Path) -> Result<String, CustodianError> {
    let whole = std::path::absolute(module).ok().and_then(|path| path.to_str().map(str::to_owned));
    whole.ok_or_else(|| CustodianError::Input(format!("{} cannot be used as the path of a module.", module.display())))
}
