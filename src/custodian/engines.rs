//! The stores beside the home store: how what opens them is asked for when one is first needed, and which part of the program
//! reaches them. Tokens and key servers each have a file (`tokens`, `key_servers`); what can be asked of a store is in `store`.

use std::cell::Cell;
#[cfg(feature = "engines")]
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::core::{Custodian, hold};
use super::environment::Environment;
use super::error::CustodianError;
use super::login_page::PageSource;
use super::one_use::UseSource;
use crate::model::{ServerLogin, Store, StoreKind};
use crate::secret::Passphrase;
use crate::stores::{Capabilities, KeyStore, StoreError};

/// What opens a store.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Opener {
    /// The PIN of a token.
    Pin,
    /// A token of a key server.
    Token,
    /// The secret id of a role.
    SecretId,
    /// A password at a key server.
    Password,
}

impl Opener {
    /// What it is called in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pin => "PIN",
            Self::Token => "token",
            Self::SecretId => "secret id",
            Self::Password => "password",
        }
    }

    /// The option of the command line by which it is given.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Pin => "--pin-fd",
            Self::Token => "--token-fd",
            Self::SecretId => "--secret-id-fd",
            Self::Password => "--password-fd",
        }
    }
}

impl ServerLogin {
    /// What is asked for to log in; `None` where nothing is typed.
    pub const fn opener(&self) -> Option<Opener> {
        match self {
            Self::Token => Some(Opener::Token),
            Self::AppRole { .. } => Some(Opener::SecretId),
            Self::UserPass { .. } => Some(Opener::Password),
            Self::Certificate { .. } | Self::Browser { .. } => None,
        }
    }
}

/// What opens a store beside the home store; `None` where nothing is typed for it.
pub fn opener_of(store: &Store) -> Option<Opener> {
    match (&store.token, &store.server) {
        (Some(_), _) => Some(Opener::Pin),
        (None, Some(server)) => server.login.opener(),
        (None, None) => None,
    }
}

/// For which store something is needed that opens it.
#[derive(Debug, Clone)]
pub struct OpenerAsk {
    /// The store.
    pub store: String,
    /// What opens it.
    pub opener: Opener,
    /// What is to be known before one answers, as a sentence with a blank in front, or nothing.
    pub known: &'static str,
    /// The token's reader asks for it: a person is to be told to look there, and nothing is to be typed.
    pub at_reader: bool,
    /// A person may be asked; otherwise only what was given beforehand counts.
    pub may_prompt: bool,
}

/// Where PINs, tokens and passwords come from when a store is first used. `None` when there is none; then it stays locked. It
/// is asked at most once for each store: what did not open it is never tried again unasked.
pub type OpenerSource = Box<dyn Fn(&OpenerAsk) -> Result<Option<Passphrase>, CustodianError> + Send + Sync>;

/// The stores beside the home store.
pub(super) struct Engines {
    #[cfg(feature = "pkcs11")]
    pub(super) tokens: super::tokens::Tokens,
    #[cfg(feature = "openbao")]
    pub(super) servers: super::key_servers::Servers,
    /// Stores for which something was asked that did not open them.
    #[cfg(feature = "engines")]
    refused: Mutex<HashSet<Box<str>>>,
    pub(super) openers: Mutex<Option<OpenerSource>>,
    /// Who is asked for each use of some keys.
    pub(super) uses: Arc<Mutex<Option<UseSource>>>,
    pub(super) pages: Mutex<Option<PageSource>>,
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// While it lives no person is asked for anything by what this thread does.
#[must_use = "it ends with it"]
pub(super) struct Quiet(bool);

/// From here on no person is asked for anything by what this thread does; what others do at the same time is no matter of it.
pub(super) fn quietly() -> Quiet {
    Quiet(QUIET.replace(true))
}

/// No person is to be asked by what this thread does.
#[cfg(feature = "engines")]
pub(super) fn is_quiet() -> bool {
    QUIET.get()
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(self.0);
    }
}

impl Engines {
    #[cfg_attr(not(feature = "engines"), expect(unused_variables, reason = "there is nothing to set up"))]
    pub(super) fn new(env: &Environment) -> Self {
        Self {
            #[cfg(feature = "pkcs11")]
            tokens: super::tokens::Tokens::new(env),
            #[cfg(feature = "openbao")]
            servers: super::key_servers::Servers::default(),
            #[cfg(feature = "engines")]
            refused: Mutex::default(),
            openers: Mutex::default(),
            uses: Arc::default(),
            pages: Mutex::default(),
        }
    }

    /// Logs out of every store: workers of tokens end, and tokens of servers are forgotten.
    pub(super) fn lock(&self) {
        #[cfg(feature = "pkcs11")]
        self.tokens.lock();
        #[cfg(feature = "openbao")]
        self.servers.lock();
        #[cfg(feature = "engines")]
        hold(&self.refused).clear();
    }

    /// A store is not held any more: it is another, or it was locked or removed.
    #[cfg_attr(not(feature = "engines"), expect(unused_variables, clippy::unused_self, reason = "nothing is held"))]
    pub(super) fn forget(&self, store: &str) {
        #[cfg(feature = "pkcs11")]
        self.tokens.forget(store);
        #[cfg(feature = "openbao")]
        self.servers.forget(store);
        #[cfg(feature = "engines")]
        hold(&self.refused).remove(store);
    }
}

#[cfg(feature = "engines")]
impl Engines {
    /// What opens a store, from where that comes; an error where there is none. `None` where the token's reader asks.
    pub(super) fn ask(&self, ask: &OpenerAsk) -> Result<Option<Passphrase>, CustodianError> {
        let may_prompt = !is_quiet();
        let locked = || StoreError::Locked { store: ask.store.clone() };
        if ask.at_reader && !may_prompt {
            return Err(locked().into());
        }
        let openers = hold(&self.openers);
        let Some(openers) = &*openers else { return Err(locked().into()) };
        openers(&OpenerAsk { may_prompt, ..ask.clone() })
    }

    /// It was asked for, and did not open the store.
    pub(super) fn was_refused(&self, store: &str) -> bool {
        hold(&self.refused).contains(store)
    }

    /// Notes whether what was given opened the store.
    pub(super) fn note_opened(&self, store: &str, opened: bool) {
        let mut refused = hold(&self.refused);
        if opened {
            refused.remove(store);
        } else {
            refused.insert(store.into());
        }
    }
}

impl Custodian {
    /// Where PINs, tokens and passwords come from when a store is first used. Without it a store is used once it was logged
    /// in to.
    pub fn ask_openers_of(&self, source: OpenerSource) {
        *hold(&self.engines.openers) = Some(source);
    }

    /// Who shows pages at which to log in where a store is first used. Without it one logs in through the browser before that.
    pub fn show_pages_by(&self, source: PageSource) {
        *hold(&self.engines.pages) = Some(source);
    }

    /// The key servers that one logs in to with what is at hand.
    pub fn logins_by(&self, given: &[(Opener, u32)]) -> Vec<String> {
        #[cfg(feature = "openbao")]
        {
            let is_given = |store: &&Store| {
                let opener = store.server.as_ref().and_then(|server| server.login.opener());
                opener.is_some_and(|opener| given.iter().any(|(known, _)| *known == opener))
            };
            self.read(|inventory| inventory.stores().iter().filter(is_given).map(|store| store.name.to_string()).collect())
        }
        #[cfg(not(feature = "openbao"))]
        {
            let _ = given;
            Vec::new()
        }
    }

    /// Renews logins that are due, each on a thread of its own. To be called about every second where a store stays logged in
    /// to for long; it costs nothing while none is due.
    pub fn keep_logins(&self) {
        #[cfg(feature = "openbao")]
        self.engines.servers.renew_due();
    }

    /// Works with a store beside the home store, opened first if that can be done.
    #[cfg_attr(not(feature = "engines"), expect(unused_variables, clippy::unused_self, reason = "no such store is reached"))]
    pub(super) fn with_engine<R>(
        &self,
        store: &Store,
        work: impl FnOnce(&dyn KeyStore) -> Result<R, CustodianError>,
    ) -> Result<R, CustodianError> {
        match store.kind {
            #[cfg(feature = "pkcs11")]
            StoreKind::Pkcs11 => work(&*self.opened_token(store)?),
            #[cfg(feature = "openbao")]
            StoreKind::OpenBao => work(&*self.opened_server(store)?),
            kind => Err(unreached(store, kind).into()),
        }
    }

    /// What a store beside the home store can do. Its record says of which kind it is, and that is enough.
    #[expect(clippy::unused_self, reason = "it is asked as everything else is")]
    pub(super) fn engine_capabilities(&self, store: &Store) -> Result<Capabilities, CustodianError> {
        match store.kind {
            #[cfg(feature = "pkcs11")]
            StoreKind::Pkcs11 => Ok(crate::stores::pkcs11::TokenStore::CAPABILITIES),
            #[cfg(feature = "openbao")]
            StoreKind::OpenBao => Ok(crate::stores::OpenBaoStore::capabilities_with(false)),
            kind => Err(unreached(store, kind).into()),
        }
    }

    /// Everything of the log that stands behind a store beside the home store was authenticated, and is whole.
    #[cfg(feature = "engines")]
    pub(super) fn may_reach(&self) -> Result<(), CustodianError> {
        if self.is_unlocked() { self.writable() } else { Err(CustodianError::Locked) }
    }
}

/// This program reaches no store of the kind, or not this one.
pub(super) fn unreached(store: &Store, kind: StoreKind) -> StoreError {
    let what = match kind {
        StoreKind::Pkcs11 if cfg!(not(feature = "pkcs11")) => "be reached: this build of Keystead has no PKCS#11",
        StoreKind::OpenBao if cfg!(not(feature = "openbao")) => "be reached: this build of Keystead has no OpenBao",
        StoreKind::Pkcs11 | StoreKind::OpenBao => "be reached: its record does not say where it is",
        StoreKind::Keychain | StoreKind::Files | StoreKind::FilesByKeychain => "be reached: only the home store is of this kind",
    };
    StoreError::Unsupported { store: store.name.to_string(), what }
}
