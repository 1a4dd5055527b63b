//! Tokens: hardware and software that a PKCS#11 module reaches. Keys are made inside, sensitive and never extractable,
//! and used there.
//!
//! A module is foreign code that is loaded into a process, and some crash, hang, print or leak. So none is ever loaded
//! into Keystead: the program starts itself again with a hidden command, one worker a module ([`worker`]), and speaks to
//! it in frames over its standard input and output (`protocol`). A crash, a call that takes too long or an answer that is
//! none ends the worker and is a [`TokenError`]; the program and the other stores go on. The PIN and what is wrapped pass
//! beside the frames' heads, in secret types at both ends, and are kept by neither.
//!
//! An item is named by its `CKA_ID` in hexadecimal digits. What is under it is held against the public key that the log
//! knows, every time. The token is found by its label and its serial number; where one of them changed (drivers do
//! that), by the keys in it, which are asked for before any PIN is given.

pub mod calls;
mod each_use;
mod error;
pub mod initialise;
mod lattice;
mod line;
mod link;
mod making_anew;
mod mechanisms;
mod objects;
mod pipes;
mod protocol;
mod session;
mod signing_anew;
pub mod worker;
mod wrapping;

pub use each_use::PinEachTime;
pub use error::TokenError;
pub use link::WORKER;
pub use protocol::{EmptySlot, NoToken, TokenFacts, TokenObject, Tries};

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use each_use::Uses;
use error::Asked;
use line::Line;
use protocol::{Fault, Reply, Request};

use super::{Capabilities, Granularity, Item, KeyStore, OneUse, Signer, StoreError, Unwrapped, UsePin, Wrapping};
use crate::crypto::{self, SignatureHash};
use crate::model::{Algorithm, Token, hex};
use crate::secret::{Passphrase, SecretBytes};

/// RSA keys take a card a minute; a person at a PIN pad takes a while as well.
const SLOW: u32 = 6;

/// With how workers are started, and how long one of their calls may take.
#[derive(Debug, Clone)]
pub struct Workers {
    /// This program.
    pub program: PathBuf,
    /// The limit of a call; making a key and typing at a reader may take six times as long.
    pub wait: Duration,
    /// A file that they hold locked while they change a token.
    pub calls: PathBuf,
}

/// How a token is now.
#[derive(Debug, Clone)]
pub struct TokenHealth {
    /// What it says of itself.
    pub facts: TokenFacts,
    /// Its PIN was given.
    pub open: bool,
    /// The algorithms it makes keys of.
    pub algorithms: Vec<Algorithm>,
    /// How it wraps.
    pub wrappings: Vec<Wrapping>,
}

/// A token as a store; copies share its worker.
#[derive(Clone)]
pub struct TokenStore {
    name: Arc<str>,
    workers: Workers,
    state: Arc<Mutex<State>>,
    uses: Arc<Uses>,
}

/// A key of a token to sign with often. It asks the token each time, and nothing of the key is here.
struct TokenSigner {
    store: TokenStore,
    object: Box<str>,
    algorithm: Algorithm,
    public_key: Box<[u8]>,
}

impl Signer for TokenSigner {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, hash: Option<SignatureHash>, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.store.sign_by(&self.object, self.algorithm, hash, message)
    }

    fn asks_a_person(&self) -> bool {
        self.store.uses.are_asked_for(&self.object)
    }
}

struct State {
    token: Token,
    /// Items and their public keys, by which the token is known when its serial number is another.
    known: Vec<(Box<str>, Box<[u8]>)>,
    line: Option<Line>,
}

/// Every token that a module sees now, for a store that is about to be added.
pub fn tokens(workers: &Workers, module: &str) -> Result<Vec<TokenFacts>, StoreError> {
    let asked = Asked { store: "the new store", module, object: "", what: "list its tokens" };
    line::tokens(workers, &asked)
}

/// The same, and the slots in which no token can be used.
pub fn slots(workers: &Workers, module: &str) -> Result<(Vec<TokenFacts>, Vec<EmptySlot>), StoreError> {
    let asked = Asked { store: "the new store", module, object: "", what: "list its slots" };
    line::slots(workers, &asked)
}

impl TokenStore {
    /// What every token can do.
    pub const CAPABILITIES: Capabilities = Capabilities {
        keys_can_leave: false,
        makes_inside: true,
        holds_many: false,
        largest_item: None,
        destroys: Granularity::Item,
    };

    /// The store of a token, which may be away; nothing is loaded yet.
    pub fn new(name: &str, workers: Workers, token: Token) -> Self {
        let state = State { token, known: Vec::new(), line: None };
        Self { name: name.into(), workers, state: Arc::new(Mutex::new(state)), uses: Arc::default() }
    }

    /// By which keys the token is known where its serial number or its label is another.
    pub fn know(&self, keys: Vec<(Box<str>, Box<[u8]>)>) {
        self.state().known = keys;
    }

    /// Which token it is; another than before where it was found by its keys.
    pub fn token(&self) -> Token {
        self.state().token.clone()
    }

    /// Its PIN was given, and its worker lives.
    pub fn is_open(&self) -> bool {
        self.state().line.as_ref().is_some_and(|line| line.open)
    }

    /// Gives the PIN, once. A token whose reader asks for it takes none.
    pub fn login(&self, pin: Option<&Passphrase>) -> Result<(), StoreError> {
        let mut state = self.state();
        let asked = self.asked("", "log in");
        let facts = state.facts(&self.workers, &self.name)?;
        if facts.tries == Tries::Locked {
            return Err(TokenError::PinLocked(self.name.to_string()).into());
        }
        let secret = match (facts.asks_itself, pin) {
            (true, _) => None,
            (false, Some(pin)) => Some(SecretBytes::new(pin.expose().as_bytes().to_vec())),
            (false, None) => return Err(TokenError::PinNeeded(self.name.to_string()).into()),
        };
        let request = Request::Login { at_reader: facts.asks_itself };
        match state.ask(&self.workers, request, secret, self.workers.wait * SLOW, &asked)? {
            Ok(_) => {
                if let Some(line) = &mut state.line {
                    line.open = true;
                }
                Ok(())
            }
            Err(Fault::PinWrong) => {
                let tries = state.facts(&self.workers, &self.name).map_or(Tries::Unsaid, |facts| facts.tries);
                Err(TokenError::WrongPin { tries }.into())
            }
            Err(fault) => Err(asked.error(fault)),
        }
    }

    /// Logs out: the worker ends, and with it all that it holds.
    pub fn lock(&self) {
        self.state().line = None;
    }

    /// How the token is now; it needs no PIN for that.
    pub fn look(&self) -> Result<TokenHealth, StoreError> {
        let mut state = self.state();
        let facts = state.facts(&self.workers, &self.name)?;
        let (open, mechanisms) = state.line.as_ref().map(|line| (line.open, line.mechanisms.clone())).unwrap_or_default();
        let (algorithms, wrappings) = (mechanisms::algorithms(&mechanisms), mechanisms::wrappings(&mechanisms));
        Ok(TokenHealth { facts, open, algorithms, wrappings })
    }

    /// Every key in the token, those of others too.
    pub fn objects(&self) -> Result<Vec<TokenObject>, StoreError> {
        match self.call(Request::Objects, None, &self.asked("", "list its keys"))? {
            (Reply::Objects(objects), _) => Ok(objects),
            _ => Err(self.garbled()),
        }
    }

    /// How long each of so many signatures by an item takes in the worker itself, in a loop of nothing but the
    /// module's calls: a yardstick for benchmarks.
    pub fn bare_signatures(
        &self,
        object: &str,
        algorithm: Algorithm,
        message: &[u8],
        times: u32,
    ) -> Result<Vec<Duration>, StoreError> {
        let id = self.id(object)?;
        let asked = self.asked(object, "sign in a loop");
        let (with, data) = mechanisms::signing(algorithm, None, message).ok_or_else(|| asked.error(Fault::NoMechanism))?;
        match self.call(Request::Measure { id, with, data, times }, None, &asked)? {
            (Reply::Times(times), _) => Ok(times.into_iter().map(Duration::from_nanos).collect()),
            _ => Err(self.garbled()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn garbled(&self) -> StoreError {
        self.lock();
        TokenError::Garbled { store: self.name.to_string() }.into()
    }

    fn asked<'a>(&'a self, object: &'a str, what: &'a str) -> Asked<'a> {
        Asked { store: &self.name, module: "", object, what }
    }

    /// Asks something for which the PIN was given.
    fn call(&self, request: Request, secret: Option<SecretBytes>, asked: &Asked) -> Result<(Reply, SecretBytes), StoreError> {
        let slow =
            matches!(request, Request::Generate { .. } | Request::Import { .. } | Request::SignAnew { at_reader: true, .. });
        let wait = self.workers.wait * if slow { SLOW } else { 1 };
        let mut state = self.state();
        state.connect(&self.workers, &self.name)?;
        if !state.line.as_ref().is_some_and(|line| line.open) {
            return Err(StoreError::Locked { store: self.name.to_string() });
        }
        match state.ask(&self.workers, request, secret, wait, asked)? {
            Ok(answer) => Ok(answer),
            Err(Fault::LoggedOut) => {
                state.line = None;
                Err(StoreError::Locked { store: self.name.to_string() })
            }
            Err(fault) => Err(asked.error(fault)),
        }
    }

    fn bytes(&self, request: Request, asked: &Asked) -> Result<Vec<u8>, StoreError> {
        match self.call(request, None, asked)? {
            (Reply::Bytes(bytes), _) => Ok(bytes),
            _ => Err(self.garbled()),
        }
    }

    /// The `CKA_ID` of an item. What cannot be one is under no id.
    fn id(&self, object: &str) -> Result<Vec<u8>, StoreError> {
        let absent = || StoreError::Absent { store: self.name.to_string(), object: object.to_owned() };
        let id = hex::decode(object).filter(|id| !id.is_empty() && id.len() <= 255 && hex::encode(id) == object);
        id.map(Vec::from).ok_or_else(absent)
    }

    /// What lies under an item signs as its public half says.
    fn prove(&self, object: &str, algorithm: Algorithm, public_key: &[u8]) -> Result<(), StoreError> {
        const PROBE: &[u8] = b"keystead pairwise consistency";
        let signature = self.sign(object, algorithm, PROBE)?;
        if crypto::verify(public_key, PROBE, &signature)? { Ok(()) } else { Err(crypto::CryptoError::Inconsistent.into()) }
    }

    /// Signs; with RSA over this hash, or SHA-256 where none is named.
    fn sign_by(
        &self,
        object: &str,
        algorithm: Algorithm,
        hash: Option<SignatureHash>,
        message: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let id = self.id(object)?;
        let what = format!("sign with {} keys", algorithm.name());
        let asked = self.asked(object, &what);
        let (with, data) = mechanisms::signing(algorithm, hash, message).ok_or_else(|| asked.error(Fault::NoMechanism))?;
        let given = match self.bytes(Request::Sign { id: id.clone(), with, data }, &asked) {
            Err(StoreError::Token(TokenError::PinEachTime(_))) => {
                let with = mechanisms::hashing(algorithm, hash).ok_or_else(|| asked.error(Fault::NoMechanism))?;
                let what = format!("sign with {} keys that want the PIN for each use", algorithm.name());
                self.sign_anew(&id, with, message, &self.asked(object, &what))?
            }
            given => given?,
        };
        mechanisms::signature(with, given).ok_or_else(|| self.garbled())
    }

    fn import_one(&self, item: &Item) -> Result<bool, StoreError> {
        let id = self.id(item.object)?;
        let cannot = || StoreError::Unsupported { store: self.name.to_string(), what: "take in a key of this kind" };
        let (algorithm, public_key) = crypto::public_key(item.secret).map_err(|_| cannot())?;
        if mechanisms::signing(algorithm, None, b"").is_none() || matches!(algorithm, Algorithm::RsaPss(_)) {
            return Err(cannot());
        }
        // Most tokens have no word for such keys, and would answer something that nobody understands.
        if algorithm.is_ml_dsa() && !self.algorithms()?.contains(&algorithm) {
            return Err(cannot());
        }
        match self.holds(item) {
            Ok(true) => return Ok(false),
            Err(StoreError::Absent { .. }) => {}
            Ok(false) => return Err(StoreError::Occupied { store: self.name.to_string(), object: item.object.to_owned() }),
            Err(error) => return Err(error),
        }
        let secret = SecretBytes::new(item.secret.expose().to_vec());
        let request = Request::Import { id, algorithm, public_key: public_key.to_vec() };
        self.call(request, Some(secret), &self.asked(item.object, "take in a key of this kind"))?;
        self.prove(item.object, algorithm, &public_key)?;
        Ok(true)
    }
}

impl KeyStore for TokenStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES
    }

    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError> {
        super::check_batch(self, items)?;
        let mut made = Vec::new();
        let imported = items.iter().try_for_each(|item| {
            made.push(item.object);
            if !self.import_one(item).inspect_err(|error| {
                // Something else lies there, or what is there was there before.
                if matches!(error, StoreError::Occupied { .. } | StoreError::Damaged { .. } | StoreError::Unsupported { .. }) {
                    made.pop();
                }
            })? {
                made.pop();
            }
            Ok(())
        });
        imported.inspect_err(|_| {
            for object in made {
                // The first error is the one to tell.
                let _ = self.destroy(object);
            }
        })
    }

    fn holds(&self, item: &Item<'_>) -> Result<bool, StoreError> {
        let found = self.public_key(item.object)?;
        Ok(crypto::public_key(item.secret).is_ok_and(|(_, public_key)| public_key == found))
    }

    fn export(&self, object: &str) -> Result<SecretBytes, StoreError> {
        self.public_key(object)?;
        Err(StoreError::Unsupported { store: self.name.to_string(), what: "give out a key: none leaves it" })
    }

    fn destroy(&self, object: &str) -> Result<(), StoreError> {
        let id = self.id(object)?;
        self.call(Request::Destroy { id }, None, &self.asked(object, "destroy a key")).map(drop)
    }

    fn list(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.objects()?.into_iter().map(|object| object.object).collect())
    }

    fn algorithms(&self) -> Result<Vec<Algorithm>, StoreError> {
        Ok(self.look()?.algorithms)
    }

    fn generate(&self, object: &str, algorithm: Algorithm) -> Result<Box<[u8]>, StoreError> {
        let id = self.id(object)?;
        let what = format!("make {} keys", algorithm.name());
        let asked = self.asked(object, &what);
        if !self.algorithms()?.contains(&algorithm) {
            return Err(asked.error(Fault::NoMechanism));
        }
        let public_key = self.bytes(Request::Generate { id, algorithm }, &asked)?;
        if algorithm.is_symmetric() {
            return if public_key.is_empty() { Ok(Box::default()) } else { Err(self.garbled()) };
        }
        if crypto::algorithm_of(&public_key)? != algorithm {
            return Err(crypto::CryptoError::OtherAlgorithm.into());
        }
        self.prove(object, algorithm, &public_key)?;
        Ok(public_key.into())
    }

    fn public_key(&self, object: &str) -> Result<Box<[u8]>, StoreError> {
        let id = self.id(object)?;
        self.bytes(Request::PublicKey { id }, &self.asked(object, "show a public key")).map(Into::into)
    }

    fn proof(&self, object: &str) -> Result<SecretBytes, StoreError> {
        let id = self.id(object)?;
        self.bytes(Request::CheckValue { id }, &self.asked(object, "compute a check value")).map(SecretBytes::new)
    }

    fn sign(&self, object: &str, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.sign_by(object, algorithm, None, message)
    }

    fn signer(&self, object: &str, algorithm: Algorithm) -> Result<Box<dyn Signer>, StoreError> {
        let public_key = self.public_key(object)?;
        Ok(Box::new(TokenSigner { store: self.clone(), object: object.into(), algorithm, public_key }))
    }

    fn wrappings(&self) -> Result<Vec<Wrapping>, StoreError> {
        Ok(self.look()?.wrappings)
    }

    fn wrap(&self, object: &str, by: Wrapping, secret: &SecretBytes) -> Result<Vec<u8>, StoreError> {
        let id = self.id(object)?;
        let what = format!("wrap by {}", by.name());
        let secret = SecretBytes::new(secret.expose().to_vec());
        match self.call(Request::Wrap { id, by }, Some(secret), &self.asked(object, &what))? {
            (Reply::Bytes(wrapped), _) => Ok(wrapped),
            _ => Err(self.garbled()),
        }
    }

    fn unwrap(&self, object: &str, by: Wrapping, wrapped: &[u8]) -> Result<SecretBytes, StoreError> {
        let id = self.id(object)?;
        let what = format!("unwrap by {}", by.name());
        let request = Request::Unwrap { id, by, wrapped: wrapped.to_vec() };
        match self.call(request, None, &self.asked(object, &what))? {
            (Reply::Secret, secret) => Ok(secret),
            _ => Err(self.garbled()),
        }
    }

    fn unwrap_into(&self, under: &str, by: Wrapping, wrapped: &[u8], made: &Unwrapped<'_>) -> Result<(), StoreError> {
        let (under, id) = (self.id(under)?, self.id(made.object)?);
        let (algorithm, public_key) = (made.algorithm, made.public_key.to_vec());
        let what = format!("unwrap {} keys by {}", algorithm.name(), by.name());
        let request = Request::UnwrapInto { under, by, wrapped: wrapped.to_vec(), id, algorithm, public_key };
        let found = self.bytes(request, &self.asked(made.object, &what))?;
        if algorithm.is_symmetric() {
            return if found.is_empty() { Ok(()) } else { Err(self.garbled()) };
        }
        if crypto::algorithm_of(&found)? != algorithm {
            return Err(crypto::CryptoError::OtherAlgorithm.into());
        }
        // A public half that was named belongs to what was wrapped, or it does not verify.
        self.prove(made.object, algorithm, &found)
    }
}
