//! What the agent answers to a request, whatever it came in by.

use std::sync::Arc;

use super::ask::{Confirm, Question};
use super::sign::{Offered, Signing};
use crate::crypto;
use crate::custodian::core::Custodian;
use crate::formats::found::Reason;
use crate::formats::ssh_agent::{self, Answer, Data, Foreign, Request};
use crate::model::{Asker, Digest, KeyId, SignedFor, Time, ssh_fingerprint};

/// Told of what was refused, as a sentence.
pub type Tell = dyn Fn(String) + Send + Sync;

/// What all connections share.
pub(in crate::custodian) struct Core {
    pub(super) custodian: Arc<Custodian>,
    pub(super) keys: Option<Vec<KeyId>>,
    confirm: Arc<dyn Confirm>,
    tell: Arc<Tell>,
    started: Time,
}

/// Sessions that a connection may be bound to (`AGENT_MAX_SESSION_IDS` of OpenSSH).
const MOST_SESSIONS: usize = 16;

/// What is known of one connection.
pub(super) struct Session {
    /// Who is at its other end.
    pub(super) asker: Asker,
    /// The sessions it was bound to, each with its host.
    bound: Vec<(Vec<u8>, Box<str>)>,
}

/// An answer, or the work that gives it and may take long.
pub(super) enum Reply {
    Now(Answer),
    Later(Box<dyn FnOnce() -> Answer + Send>),
}

impl Core {
    pub(super) fn new(custodian: Arc<Custodian>, keys: Option<Vec<KeyId>>, confirm: Arc<dyn Confirm>, tell: Arc<Tell>) -> Self {
        let started = custodian.now();
        Self { custodian, keys, confirm, tell, started }
    }

    /// From here lifetimes count.
    pub(super) fn began(&self) -> Time {
        self.custodian.unlocked_at().map_or(self.started, |unlocked| unlocked.max(self.started))
    }

    /// Opened keys that are no longer offered are let go.
    pub(super) fn forget(&self) {
        self.custodian.forget_signers(self.keys.as_deref(), self.began());
    }

    /// Says that something was refused.
    pub(super) fn tell(&self, sentence: String) {
        (self.tell)(sentence);
    }

    /// The answer to a message; a message that cannot be read ends its connection.
    pub(super) fn answer(self: &Arc<Self>, session: &mut Session, message: &[u8]) -> Result<Reply, Reason> {
        let answer = match ssh_agent::read(message)? {
            Request::Identities => Answer::Identities(self.identities()),
            Request::Sign { key, data, flags } => return Ok(self.sign(session, key, data, flags)),
            Request::SessionBind { host_key, session: id, signature, .. } => self.bind(session, host_key, id, signature),
            Request::Query => Answer::Extensions,
            Request::Foreign(foreign) => self.foreign(session, foreign),
            Request::Extension(_) | Request::Unknown(_) => Answer::Failure,
        };
        Ok(Reply::Now(answer))
    }

    fn identities(&self) -> Vec<(Vec<u8>, String)> {
        let offered = self.custodian.offered(self.keys.as_deref(), self.began());
        offered
            .into_iter()
            .filter_map(|key| Some((ssh_agent::identity(&key.public_key).ok()?, ssh_agent::comment(&key.name))))
            .collect()
    }

    fn bind(&self, session: &mut Session, host_key: &[u8], id: &[u8], signature: &[u8]) -> Answer {
        let Some(host) = ssh_agent::bound_host(host_key, id, signature) else { return Answer::ExtensionFailure };
        if session.bound.len() >= MOST_SESSIONS || id.len() > 128 {
            return Answer::ExtensionFailure;
        }
        session.bound.push((id.to_vec(), self.host(&host)));
        Answer::Success
    }

    /// The address of a server of the inventory that showed this host key, or its fingerprint.
    fn host(&self, key: &Digest) -> Box<str> {
        self.custodian.read(|inventory| {
            let shows = |server: &&crate::model::Server| {
                server.seen.as_ref().is_some_and(|seen| seen.keys.iter().any(|shown| shown.ssh.as_ref() == Some(key)))
            };
            let known = inventory.servers().iter().find(shows);
            known.map_or_else(|| ssh_fingerprint(key).into(), |server| server.address.to_string().into())
        })
    }

    fn foreign(&self, session: &Session, foreign: Foreign) -> Answer {
        let who = session.asker.words();
        let told = match foreign {
            Foreign::Add => format!("{who} wanted to add a key to the agent. It takes none: bring it in with keystead import."),
            Foreign::Remove => format!("{who} wanted to remove a key from the agent. Use keystead agent unset."),
            Foreign::Lock => format!("{who} wanted to lock or unlock the agent. It locks and opens with the inventory."),
            Foreign::Card => return Answer::Failure,
        };
        self.tell(told);
        Answer::Failure
    }

    fn sign(self: &Arc<Self>, session: &Session, key: &[u8], data: &[u8], flags: u32) -> Reply {
        let digest = crypto::sha256(key);
        let Some(offered) = self.find(&digest) else { return Reply::Now(Answer::Failure) };
        let Some(hash) = ssh_agent::hash(offered.algorithm, flags) else {
            self.tell(format!(
                "{} asked for a signature of {} with SHA-1, which is broken. It was refused; a newer client asks for SHA-2.",
                session.asker.words(),
                crate::model::name::shown(&offered.name)
            ));
            return Reply::Now(Answer::Failure);
        };
        let purpose = session.purpose(data);
        let asked = Asked { digest, hash, data: data.to_vec(), asker: session.asker.clone(), purpose };
        // RSA takes its time, a person takes longer, and the first signature reads the key from its store.
        let quick = !offered.usage.confirm && !offered.algorithm.is_rsa() && self.custodian.is_at_hand(offered.of);
        let core = self.clone();
        if quick {
            Reply::Now(core.signed(&offered, asked))
        } else {
            Reply::Later(Box::new(move || core.confirmed(&offered, asked)))
        }
    }

    fn find(&self, digest: &Digest) -> Option<Offered> {
        let offered = self.custodian.offered(self.keys.as_deref(), self.began());
        offered.into_iter().find(|key| key.ssh_sha256 == *digest)
    }

    /// Asks the person where that is wanted, and looks again whether the key is still offered.
    fn confirmed(&self, offered: &Offered, asked: Asked) -> Answer {
        if !offered.usage.confirm {
            return self.signed(offered, asked);
        }
        let question = Question {
            key: offered.of.key,
            name: offered.name.clone(),
            asker: asked.asker.clone(),
            purpose: asked.purpose.clone(),
        };
        if let Err(reason) = self.confirm.ask(&question) {
            self.tell(format!("{} wanted to use {}. {reason}", asked.asker.words(), question.words()));
            return Answer::Failure;
        }
        match self.find(&asked.digest) {
            Some(offered) => self.signed(&offered, asked),
            None => Answer::Failure,
        }
    }

    fn signed(&self, offered: &Offered, asked: Asked) -> Answer {
        let Asked { hash, data, asker, purpose, .. } = asked;
        let signing = Signing { of: offered.of, algorithm: offered.algorithm, hash, asker, purpose };
        let who = signing.asker.words();
        match self.custodian.agent_sign(signing, &data) {
            Ok(signature) => Answer::Signature(signature),
            Err(error) => {
                self.tell(format!("{who} got no signature of {}. {error}", crate::model::name::shown(&offered.name)));
                Answer::Failure
            }
        }
    }
}

/// A signature that was asked for.
struct Asked {
    digest: Digest,
    hash: crypto::SignatureHash,
    data: Vec<u8>,
    asker: Asker,
    purpose: SignedFor,
}

impl Session {
    /// A new connection.
    pub(super) fn of(asker: Asker) -> Self {
        Self { asker, bound: Vec::new() }
    }

    /// What the data is for, with the host where this connection was bound to the session it names.
    fn purpose(&self, data: &[u8]) -> SignedFor {
        match ssh_agent::data(data) {
            Data::Login { session, user } => {
                let host = self.bound.iter().rev().find(|(id, _)| id == session).map(|(_, host)| host.clone());
                SignedFor::Login { user: user.into(), host }
            }
            Data::File { namespace } => SignedFor::File { namespace: namespace.into() },
            Data::Other => SignedFor::Data,
        }
    }
}
