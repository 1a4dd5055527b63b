//! What the window asks about stores, and what it is told: each store is asked on a thread of its own, so that one that
//! hangs keeps no other from answering.

use std::path::PathBuf;

use super::core::Custodian;
use super::error::CustodianError;
use super::login_page::{LoginPage, Waiting};
use super::modules::{Module, modules};
use super::new_server::NewServer;
use super::outcome::{Outcome, Progress};
use super::reconcile::{Adoptee, Looked};
use super::store::StoreHealth;
use crate::model::KeyId;
use crate::secret::{Passphrase, on_wiped_stack};

/// Something about stores. It may carry what opens one, so it derives nothing.
pub enum StoreRequest {
    /// How each is: the one named, or all.
    Health(Option<String>),
    /// Which modules this machine has.
    Modules,
    /// Which tokens a module sees.
    Tokens(PathBuf),
    /// Add a token as a store.
    AddToken {
        /// What it is to be called.
        name: String,
        /// The module that reaches it.
        module: PathBuf,
        /// Its label or its serial number.
        token: String,
        /// Its PIN; none where its reader asks for it.
        pin: Option<Passphrase>,
    },
    /// Add the transit engine of a key server as a store.
    AddServer(Box<NewServer>),
    /// Initialise a token, before it is added.
    InitToken(Box<NewToken>),
    /// Log in.
    LogIn {
        /// The store.
        store: String,
        /// What opens it: a PIN, a token, a password; none where nothing is typed for it.
        given: Option<Passphrase>,
    },
    /// Open the page of a login that waits once more.
    OpenPage(String),
    /// Log out.
    Lock(String),
    /// Remove one in which no key lies.
    Remove(String),
    /// Hold one against the inventory, or all.
    Reconcile(Option<String>),
    /// Take over what lies in a store already.
    Adopt(String, Adoptee),
    /// Move the private half of a key to a store.
    Move(KeyId, String),
}

/// A token that is to be initialised. It carries PINs, so it derives nothing.
pub struct NewToken {
    /// The module that reaches it.
    pub module: PathBuf,
    /// The number of its slot.
    pub slot: u64,
    /// What it is to be called: 1 to 32 bytes.
    pub label: String,
    /// Its present label, typed by a person who agrees that whatever is in it is destroyed; none for a blank one.
    pub confirmed: Option<String>,
    /// The PIN of its security officer: a new one where it is blank.
    pub so_pin: Passphrase,
    /// The new PIN of its user.
    pub pin: Passphrase,
}

/// What comes of it.
#[derive(Debug)]
pub enum StoreReport {
    /// How a store is.
    Health(Box<StoreHealth>),
    /// Modules of this machine.
    Modules(Vec<Module>),
    /// Tokens that a module sees, and its slots without one.
    Tokens(Vec<SeenToken>, Vec<SeenSlot>),
    /// What stores have and the inventory has not, and the other way round.
    Reconciled(Vec<Looked>),
    /// A token's reader asks for the PIN of this store.
    AtReader(String),
    /// Somebody is to log in to a store at a page, and the login waits.
    Page(LoginPage),
    /// What became of opening such a page in the browser.
    Browser {
        /// The address of the page.
        url: String,
        /// It was opened, or why not, as a sentence without its full stop.
        opened: Result<(), String>,
    },
}

/// A token that a module sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenToken {
    /// Its name.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// “SoftHSM v2 by SoftHSM project”.
    pub product: String,
    /// The number of its slot; changes whenever it is plugged in.
    pub slot: u64,
    /// It has a PIN, and can be used.
    pub initialised: bool,
    /// It was never initialised, so that nothing can be in it.
    pub blank: bool,
    /// What is known of its PIN.
    pub pin: PinState,
}

/// A slot in which no token can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSlot {
    /// Its number.
    pub slot: u64,
    /// What the module calls it, often the reader.
    pub reader: String,
    /// Why none, as a sentence without its full stop.
    pub why: String,
}

/// What is known of a PIN before it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinState {
    /// The token's reader asks for it, and nothing is typed here.
    pub at_reader: bool,
    /// What the token says of wrong ones, as a sentence; empty where it says nothing.
    pub tries: &'static str,
    /// It is locked after too many wrong ones.
    pub is_locked: bool,
}

impl Custodian {
    /// Does what the window asks about stores, and tells what it finds.
    pub(super) fn at_stores(
        &self,
        wanted: StoreRequest,
        progress: &dyn Progress,
        tell: &(dyn Fn(StoreReport) + Sync),
    ) -> Result<Outcome, CustodianError> {
        let waiting = Waiting { progress, tell: Some(tell) };
        match wanted {
            StoreRequest::Health(only) => self.tell_health(only.as_deref(), tell),
            StoreRequest::Modules => tell(StoreReport::Modules(modules())),
            StoreRequest::Tokens(module) => {
                let (tokens, empty) = self.tokens_of(&module)?;
                tell(StoreReport::Tokens(tokens, empty));
            }
            StoreRequest::AddToken { name, module, token, pin } => {
                return self.then_told(&name, tell, self.add_seen_token(&name, &module, &token, pin.as_ref()));
            }
            StoreRequest::AddServer(wanted) => {
                let name = wanted.name.clone();
                return self.then_told(&name, tell, self.add_new_server(*wanted, &waiting));
            }
            StoreRequest::InitToken(wanted) => return self.init_seen_token(*wanted),
            StoreRequest::LogIn { store, given } => {
                return self.then_told(&store, tell, self.log_in_for(&store, given.as_ref(), &waiting));
            }
            StoreRequest::OpenPage(url) => open_page(url, tell),
            StoreRequest::Lock(store) => return self.then_told(&store, tell, self.lock_store(&store)),
            StoreRequest::Remove(store) => return self.remove_store(&store),
            StoreRequest::Reconcile(only) => tell(StoreReport::Reconciled(self.reconcile(only.as_deref())?)),
            StoreRequest::Adopt(store, wanted) => return self.adopt_object(&store, &wanted),
            StoreRequest::Move(key, store) => return self.move_key(key, &store),
        }
        Ok(Outcome::default())
    }

    /// What was done to a store shows in how it is: open, or with a try less.
    fn then_told(
        &self,
        store: &str,
        tell: &(dyn Fn(StoreReport) + Sync),
        done: Result<Outcome, CustodianError>,
    ) -> Result<Outcome, CustodianError> {
        if done.as_ref().err().is_none_or(answered) {
            self.tell_health(Some(store), tell);
        }
        done
    }

    fn tell_health(&self, only: Option<&str>, tell: &(dyn Fn(StoreReport) + Sync)) {
        let wanted = self.known_stores().into_iter().filter(|known| only.is_none_or(|only| *known.store.name == *only));
        std::thread::scope(|scope| {
            for known in wanted {
                scope.spawn(move || on_wiped_stack(|| tell(StoreReport::Health(Box::new(self.health_of(known))))));
            }
        });
    }
}

/// The store answered, if with a refusal: asking once more will not wait for one that hangs.
fn answered(error: &CustodianError) -> bool {
    #[cfg(feature = "pkcs11")]
    if let CustodianError::Store(crate::stores::StoreError::Token(error)) = error {
        return !error.is_unsettled();
    }
    // What was not reached just now would be waited for once more.
    matches!(error, CustodianError::Store(error) if !matches!(error, crate::stores::StoreError::Absence { .. }))
}

#[cfg(feature = "openbao")]
impl Custodian {
    fn add_new_server(&self, wanted: NewServer, waiting: &Waiting<'_>) -> Result<Outcome, CustodianError> {
        let (name, server, given) = wanted.read()?;
        self.add_server_for(&name, server, given.as_ref(), waiting)
    }
}

#[cfg(feature = "openbao")]
fn open_page(url: String, tell: &(dyn Fn(StoreReport) + Sync)) {
    let opened = super::browser::open(&url);
    tell(StoreReport::Browser { url, opened });
}

#[cfg(not(feature = "openbao"))]
fn open_page(_: String, _: &(dyn Fn(StoreReport) + Sync)) {}

#[cfg(not(feature = "openbao"))]
impl Custodian {
    fn add_new_server(&self, _: NewServer, _: &Waiting<'_>) -> Result<Outcome, CustodianError> {
        let sentence = "This build of Keystead reaches no key servers: it has no OpenBao. Install one that does.";
        Err(CustodianError::Input(sentence.into()))
    }
}

#[cfg(feature = "pkcs11")]
impl Custodian {
    /// What a module sees that a person named.
    fn tokens_of(&self, module: &std::path::Path) -> Result<(Vec<SeenToken>, Vec<SeenSlot>), CustodianError> {
        self.writable()?;
        let module = super::tokens::absolute(module)?;
        let (seen, empty) = crate::stores::pkcs11::slots(self.engines.tokens.workers(), &module)?;
        let of = |facts: crate::stores::pkcs11::TokenFacts| SeenToken {
            product: super::tokens::product(&facts),
            slot: facts.slot(),
            pin: super::tokens::pin_state(&facts),
            initialised: facts.initialised,
            blank: facts.blank,
            label: facts.label,
            serial: facts.serial,
        };
        let without = |empty: crate::stores::pkcs11::EmptySlot| SeenSlot {
            why: empty.why.sentence(),
            slot: empty.slot,
            reader: empty.reader,
        };
        Ok((seen.into_iter().map(of).collect(), empty.into_iter().map(without).collect()))
    }

    fn add_seen_token(
        &self,
        name: &str,
        module: &std::path::Path,
        token: &str,
        pin: Option<&Passphrase>,
    ) -> Result<Outcome, CustodianError> {
        self.add_token(name, module, token, pin)
    }

    fn init_seen_token(&self, wanted: NewToken) -> Result<Outcome, CustodianError> {
        use super::init_token::{InitToken, WhichToken};
        let NewToken { module, slot, label, confirmed, so_pin, pin } = wanted;
        let wanted = InitToken { module, token: WhichToken::Slot(slot), label, confirmed };
        let made = self.init_token(&wanted, &so_pin, &pin)?;
        let notice = format!("The token {} is initialised.", crate::model::name::shown(&made.label));
        Ok(Outcome { notice: Some(notice), ..Outcome::default() })
    }
}

#[cfg(not(feature = "pkcs11"))]
impl Custodian {
    fn init_seen_token(&self, _: NewToken) -> Result<Outcome, CustodianError> {
        Err(without_tokens())
    }

    fn add_seen_token(&self, _: &str, _: &std::path::Path, _: &str, _: Option<&Passphrase>) -> Result<Outcome, CustodianError> {
        Err(without_tokens())
    }

    fn tokens_of(&self, _: &std::path::Path) -> Result<(Vec<SeenToken>, Vec<SeenSlot>), CustodianError> {
        Err(without_tokens())
    }
}

#[cfg(not(feature = "pkcs11"))]
fn without_tokens() -> CustodianError {
    CustodianError::Input("This build of Keystead reaches no tokens: it has no PKCS#11. Install one that does.".into())
}
