//! What the custodian told of the certificates of keys, kept for as long as it holds, so that no frame
//! builds a chain.

use std::sync::Arc;

use crate::custodian::link::Ticket;
use crate::model::{Digest, Key, KeyCertificates, KeyId, Time};

/// Keys whose certificates are kept; the one asked for longest ago goes first.
const MOST: usize = 64;

/// The certificates of keys that were looked at.
#[derive(Default)]
pub struct Certificates(Vec<Known>);

struct Known {
    key: KeyId,
    ticket: Ticket,
    /// The certificates that the versions had when it was asked.
    digests: Vec<Digest>,
    /// When it was asked.
    asked: Time,
    /// No answer came yet.
    pending: bool,
    answer: Answer,
}

enum Answer {
    Awaited,
    Found(Arc<KeyCertificates>),
    Failed,
}

/// What is known of the certificates of a key.
pub enum Told<'a> {
    /// It is being asked.
    Awaited,
    /// They.
    Found(&'a Arc<KeyCertificates>),
    /// They could not be looked at; why was told.
    Failed,
}

impl Certificates {
    /// What is known of a key.
    pub fn of(&self, key: KeyId) -> Told<'_> {
        match self.0.iter().find(|known| known.key == key).map(|known| &known.answer) {
            Some(Answer::Found(found)) => Told::Found(found),
            Some(Answer::Failed) => Told::Failed,
            Some(Answer::Awaited) | None => Told::Awaited,
        }
    }

    /// Whether a key is to be asked about now, under this ticket; then it counts as asked.
    pub fn wants(&mut self, key: &Key, ticket: Ticket, now: Time) -> bool {
        if digests(key).next().is_none() {
            return false;
        }
        let known = self.0.iter().position(|known| known.key == key.id);
        let answer = match known {
            Some(at) if self.0[at].holds(key, now) => return false,
            // What was told of other certificates would be wrong; what only grew old shows until the answer.
            Some(at) => {
                let old = self.0.remove(at);
                if old.is_of(key) { old.answer } else { Answer::Awaited }
            }
            None => Answer::Awaited,
        };
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(Known { key: key.id, ticket, digests: digests(key).collect(), asked: now, pending: true, answer });
        true
    }

    /// The custodian answered.
    pub fn take(&mut self, ticket: Ticket, found: Arc<KeyCertificates>) {
        if let Some(known) = self.0.iter_mut().find(|known| known.ticket == ticket) {
            (known.pending, known.answer) = (false, Answer::Found(found));
        }
    }

    /// The custodian could not answer.
    pub fn failed(&mut self, ticket: Ticket) {
        if let Some(known) = self.0.iter_mut().find(|known| known.ticket == ticket) {
            (known.pending, known.answer) = (false, Answer::Failed);
        }
    }
}

impl Known {
    fn is_of(&self, key: &Key) -> bool {
        digests(key).eq(self.digests.iter().copied())
    }

    fn holds(&self, key: &Key, now: Time) -> bool {
        let old = match &self.answer {
            // A date that was past already when it was asked asks for nothing more.
            Answer::Found(found) => found.good_until.is_some_and(|until| self.asked < until && until <= now),
            Answer::Awaited | Answer::Failed => false,
        };
        self.is_of(key) && (self.pending || !old)
    }
}

fn digests(key: &Key) -> impl Iterator<Item = Digest> + '_ {
    key.versions.iter().filter_map(|version| version.certificate.as_ref()).map(|certificate| certificate.sha256)
}
