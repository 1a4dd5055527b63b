//! Signing with keys that want the PIN for each use (`CKA_ALWAYS_AUTHENTICATE`): a person is asked before the token is, so
//! that nothing of the token is held while somebody thinks. A wrong PIN is never given twice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{Asked, TokenError};
use super::protocol::{Fault, Hashing, Id, Reply, Request, TokenFacts, Tries};
use super::{OneUse, TokenStore, UsePin};
use crate::secret::{Passphrase, SecretBytes};
use crate::stores::StoreError;

/// Where the PIN comes from for a key that wants it for each use; asked for every signature, and once more after a wrong one.
pub type PinEachTime = Arc<dyn Fn(&OneUse<'_>) -> UsePin + Send + Sync>;

/// Who is asked, and which items were found to ask.
#[derive(Default)]
pub(super) struct Uses {
    source: Mutex<Option<PinEachTime>>,
    asking: Mutex<HashSet<Box<str>>>,
}

impl Uses {
    /// An item was found to want the PIN each time.
    pub(super) fn are_asked_for(&self, object: &str) -> bool {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).contains(object)
    }

    fn note(&self, object: &str) {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).insert(object.into());
    }

    /// Asks; nothing is locked while the person thinks.
    fn ask(&self, one: &OneUse<'_>) -> UsePin {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner).clone();
        source.map_or(UsePin::Nobody, |source| source(one))
    }
}

/// What goes to the token for one use.
enum Given {
    Pin(Passphrase),
    /// What is shown while the reader asks.
    AtReader(#[expect(dead_code, reason = "it is kept for its end")] Box<dyn Send>),
}

impl TokenStore {
    /// Where the PIN comes from for keys that want it for each use. Without it they do not sign.
    pub fn ask_each_time_of(&self, source: PinEachTime) {
        *self.uses.source.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
    }

    /// Signs with a key that wants the PIN for each use. After a wrong one a person may type another; where nobody does, the
    /// token is logged out, so that what was given beforehand cannot be given again.
    pub(super) fn sign_anew(&self, id: &Id, with: Hashing, message: &[u8], asked: &Asked) -> Result<Vec<u8>, StoreError> {
        self.uses.note(asked.object);
        let mut wrong: Option<Option<Passphrase>> = None;
        loop {
            let facts = self.state().facts(&self.workers, &self.name)?;
            let given = self.given(&facts, wrong.as_ref(), asked)?;
            let secret = match &given {
                Given::Pin(pin) => Some(SecretBytes::new(pin.expose().as_bytes().to_vec())),
                Given::AtReader(_) => None,
            };
            let request = Request::SignAnew { id: id.clone(), with, message: message.to_vec(), at_reader: secret.is_none() };
            match self.call(request, secret, asked) {
                Ok((Reply::Bytes(signature), _)) => return Ok(signature),
                Ok(_) => return Err(self.garbled()),
                Err(StoreError::Token(TokenError::WrongPin { .. })) => {
                    wrong = Some(match given {
                        Given::Pin(pin) => Some(pin),
                        Given::AtReader(_) => None,
                    });
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What a person gives for one use, after what was wrong before: the PIN, where it was typed here.
    fn given(&self, facts: &TokenFacts, wrong: Option<&Option<Passphrase>>, asked: &Asked) -> Result<Given, StoreError> {
        if facts.tries == Tries::Locked {
            return Err(TokenError::PinLocked(self.name.to_string()).into());
        }
        let (known, at_reader) = (facts.tries.sentence(), facts.asks_itself);
        let one = OneUse { object: asked.object, known, at_reader, was_wrong: wrong.is_some() };
        let error = match (self.uses.ask(&one), wrong) {
            (UsePin::Typed(pin), Some(Some(wrong))) if pin.same_as(wrong) => self.given_up(facts.tries),
            (UsePin::Typed(pin), _) if !at_reader => return Ok(Given::Pin(pin)),
            (UsePin::AtReader(shown), _) if at_reader => return Ok(Given::AtReader(shown)),
            (UsePin::Refused, _) => TokenError::UseRefused(self.name.to_string()).into(),
            (UsePin::Unanswered, _) => TokenError::UseUnanswered(self.name.to_string()).into(),
            (_, Some(_)) => self.given_up(facts.tries),
            (_, None) => asked.error(Fault::PinEachTime),
        };
        Err(error)
    }

    /// A wrong PIN was the last that there is.
    fn given_up(&self, tries: Tries) -> StoreError {
        self.lock();
        TokenError::WrongPin { tries }.into()
    }
}
