//! Questions to the person at the window: whether the SSH agent may sign, and the PIN for one use of a key. Whoever asks
//! waits on the thread of its own request, for a bounded time, and holds nothing meanwhile that others wait for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::agent::{Confirm, PATIENCE, Question};
use super::at_stores::StoreRequest;
use super::core::{Custodian, hold};
use super::link::{Report, Request};
use super::one_use::{UseAsk, UseSource};
use super::service::Outbox;
use crate::model::{Command, KeyId, name::shown};
use crate::secret::Passphrase;
use crate::stores::UsePin;

/// So long a person has to type the PIN for one use of a key; then the use is cancelled.
pub const PIN_PATIENCE: Duration = Duration::from_mins(2);

/// A test would wait minutes; only a debug build can be told to wait less, in milliseconds.
fn pin_patience() -> Duration {
    let told = std::env::var("KEYSTEAD_TEST_PIN_PATIENCE").ok().filter(|_| cfg!(debug_assertions));
    told.and_then(|text| text.parse().ok()).map_or(PIN_PATIENCE, Duration::from_millis)
}

/// A key wants the PIN of its token for one use, as the window tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinQuestion {
    /// The store.
    pub store: String,
    /// The key, where it is in the inventory already.
    pub key: Option<KeyId>,
    /// The item in the store.
    pub object: String,
    /// For what, as the end of a sentence that begins with “for”.
    pub purpose: String,
    /// What the token says of wrong PINs, as a sentence; empty where it says nothing.
    pub tries: &'static str,
    /// The token's reader asks for it, and nothing is typed here.
    pub at_reader: bool,
    /// The last one for this use was wrong. A reader is not asked again before the person says so.
    pub was_wrong: bool,
}

/// What a person answers. It may carry a PIN, so it derives nothing.
pub enum PinAnswer {
    /// The PIN.
    Typed(Passphrase),
    /// Ask at the reader once more.
    AtReader,
    /// Do not use the key.
    Refused,
}

/// Questions that a person has not answered yet.
pub(super) struct Questions {
    outbox: Outbox,
    next: AtomicU64,
    consents: Mutex<HashMap<u64, Sender<bool>>>,
    pins: Mutex<HashMap<u64, Sender<PinAnswer>>>,
}

/// While it lives the window says that a reader asks.
struct Shown {
    questions: Arc<Questions>,
    id: u64,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.questions.outbox.send(Report::PinSettled(self.id));
    }
}

impl Questions {
    /// They go out by this way.
    pub(super) fn by(outbox: Outbox) -> Arc<Self> {
        Arc::new(Self { outbox, next: AtomicU64::new(0), consents: Mutex::default(), pins: Mutex::default() })
    }

    /// Whoever waits for an answer gets none.
    pub(super) fn end(&self) {
        self.end_consents();
        hold(&self.pins).clear();
    }

    /// The same for those of the SSH agent alone.
    pub(super) fn end_consents(&self) {
        hold(&self.consents).clear();
    }

    /// A person said whether the SSH agent may sign. It may have waited long enough just before.
    pub(super) fn consented(&self, id: u64, allow: bool) {
        if let Some(waiting) = hold(&self.consents).remove(&id) {
            let _ = waiting.send(allow);
        }
    }

    /// A person answered for one use of a key. Where nobody waits any more the PIN is wiped.
    pub(super) fn answered(&self, id: u64, answer: PinAnswer) {
        if let Some(waiting) = hold(&self.pins).remove(&id) {
            let _ = waiting.send(answer);
        }
    }

    /// Asks at the window for the PIN of one use of a key of this inventory.
    pub(super) fn each_use(self: &Arc<Self>, custodian: Weak<Custodian>) -> UseSource {
        let questions = self.clone();
        Arc::new(move |ask: &UseAsk| match (custodian.upgrade(), &ask.purpose) {
            (Some(custodian), Some(purpose)) if ask.may_prompt => {
                let key = custodian.read(|inventory| {
                    let found = inventory.in_store(&ask.store).find(|(_, version)| *version.locator.object == *ask.object);
                    found.map(|(key, _)| key.id)
                });
                let question = PinQuestion {
                    store: ask.store.clone(),
                    key,
                    object: ask.object.clone(),
                    purpose: purpose.clone(),
                    tries: ask.known.trim_start(),
                    at_reader: ask.at_reader,
                    was_wrong: ask.was_wrong,
                };
                questions.pin(&custodian, question)
            }
            // Nobody at the window asked for it: what is due by itself waits for a person.
            _ => UsePin::Nobody,
        })
    }

    fn pin(self: &Arc<Self>, custodian: &Custodian, question: PinQuestion) -> UsePin {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if question.at_reader && !question.was_wrong {
            self.outbox.send(Report::PinAsked { id, question });
            return UsePin::AtReader(Box::new(Shown { questions: self.clone(), id }));
        }
        let (send, answer) = channel();
        hold(&self.pins).insert(id, send);
        // Whoever locks says so first and ends the questions then: one of the two is seen here.
        if !custodian.is_unlocked() {
            hold(&self.pins).remove(&id);
            return UsePin::Refused;
        }
        self.outbox.send(Report::PinAsked { id, question });
        let answer = answer.recv_timeout(pin_patience());
        hold(&self.pins).remove(&id);
        let shown = Shown { questions: self.clone(), id };
        match answer {
            Ok(PinAnswer::Typed(pin)) => UsePin::Typed(pin),
            Ok(PinAnswer::AtReader) => UsePin::AtReader(Box::new(shown)),
            Ok(PinAnswer::Refused) | Err(RecvTimeoutError::Disconnected) => UsePin::Refused,
            Err(RecvTimeoutError::Timeout) => UsePin::Unanswered,
        }
    }
}

impl Confirm for Questions {
    fn ask(&self, question: &Question) -> Result<(), String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (send, answer) = channel();
        hold(&self.consents).insert(id, send);
        self.outbox.send(Report::AgentAsks { id, question: question.clone() });
        let answer = answer.recv_timeout(PATIENCE);
        hold(&self.consents).remove(&id);
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err("The person refused.".into()),
            Err(_) => Err("Nobody answered within a minute.".into()),
        }
    }
}

/// For what keys are used by a request, as the end of a sentence that begins with “for”.
pub(super) fn purpose_of(request: &Request) -> String {
    let made = |names: &mut dyn Iterator<Item = &str>| match (names.next(), names.count()) {
        (Some(one), 0) => format!("a first signature, which proves the new key {}", shown(one)),
        _ => "first signatures, which prove the new keys".to_owned(),
    };
    match request {
        Request::Run(Command::Request { .. }) => "a certificate request".into(),
        Request::Run(Command::Sign { file, .. }) => {
            let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
            format!("a signature of {}", shown(&file))
        }
        Request::Run(Command::Notice { .. }) => "the signature of a notice to its holders".into(),
        Request::Run(Command::Generate(specs)) => made(&mut specs.iter().map(|spec| spec.name.as_str())),
        Request::Run(Command::Rotate(_) | Command::Revoke { .. }) => "a first signature, which proves the new version".into(),
        Request::Stores(StoreRequest::Adopt(_, wanted)) => {
            format!("a signature that proves it, to take it over as {}", shown(&wanted.name))
        }
        Request::Stores(StoreRequest::Move(..)) => "a signature that proves that it arrived".into(),
        _ => "what was asked for in this window".into(),
    }
}
