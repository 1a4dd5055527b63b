//! The way to one token: its worker is started, the token found among those that are there now, a session opened. And
//! what is done when any of it is lost.

use std::path::Path;

use super::error::{Asked, TokenError};
use super::link::{Link, Lost};
use super::protocol::{EmptySlot, Fault, Mechanism, Reply, Request, TokenFacts};
use super::{State, Workers};
use crate::model::{Token, hex};
use crate::secret::SecretBytes;
use crate::stores::StoreError;

/// So many keys are compared to know a token again; one that is another's is enough to know that it is not.
const COMPARED: usize = 8;

/// A worker with a session open at the token.
pub(super) struct Line {
    link: Link,
    /// The PIN was given.
    pub(super) open: bool,
    pub(super) mechanisms: Vec<Mechanism>,
}

type Answer = (Reply, SecretBytes);

/// Every token that a module sees now, by a worker for just that.
pub(super) fn tokens(workers: &Workers, asked: &Asked) -> Result<Vec<TokenFacts>, StoreError> {
    let mut link = start(workers, asked)?;
    listed(&mut link, workers, asked)
}

/// The same, and the slots without one, by one worker.
pub(super) fn slots(workers: &Workers, asked: &Asked) -> Result<(Vec<TokenFacts>, Vec<EmptySlot>), StoreError> {
    let mut link = start(workers, asked)?;
    let tokens = listed(&mut link, workers, asked)?;
    match plain(&mut link, Request::EmptySlots, workers, asked)? {
        Reply::EmptySlots(empty) => Ok((tokens, empty)),
        _ => Err(TokenError::Garbled { store: asked.store.to_owned() }.into()),
    }
}

fn start(workers: &Workers, asked: &Asked) -> Result<Link, StoreError> {
    if !Path::new(asked.module).is_file() {
        return Err(TokenError::NoModule(asked.module.to_owned()).into());
    }
    let no_worker = |cause| TokenError::NoWorker { store: asked.store.to_owned(), cause };
    Ok(Link::start(workers, asked.module).map_err(no_worker)?)
}

fn listed(link: &mut Link, workers: &Workers, asked: &Asked) -> Result<Vec<TokenFacts>, StoreError> {
    match plain(link, Request::Tokens, workers, asked)? {
        Reply::Tokens(tokens) => Ok(tokens),
        _ => Err(TokenError::Garbled { store: asked.store.to_owned() }.into()),
    }
}

/// A worker for one task, before any token is a store.
pub(super) struct Worker(Link);

impl Worker {
    /// Starts it.
    pub(super) fn start(workers: &Workers, asked: &Asked) -> Result<Self, StoreError> {
        start(workers, asked).map(Self)
    }

    /// The tokens that are there now.
    pub(super) fn tokens(&mut self, workers: &Workers, asked: &Asked) -> Result<Vec<TokenFacts>, StoreError> {
        listed(&mut self.0, workers, asked)
    }

    /// Asks something that is no secret and whose failure is final.
    pub(super) fn plain(&mut self, request: Request, workers: &Workers, asked: &Asked) -> Result<Reply, StoreError> {
        plain(&mut self.0, request, workers, asked)
    }

    /// Asks with a secret.
    pub(super) fn ask(
        &mut self,
        request: Request,
        secret: Option<SecretBytes>,
        wait: std::time::Duration,
    ) -> Result<Answer, Lost> {
        self.0.ask(request, secret, wait)
    }
}

/// Asks something that is no secret and whose failure is final.
fn plain(link: &mut Link, request: Request, workers: &Workers, asked: &Asked) -> Result<Reply, StoreError> {
    match link.ask(request, None, workers.wait) {
        Ok((Reply::Failed(fault), _)) => Err(asked.error(fault)),
        Ok((reply, _)) => Ok(reply),
        Err(cause) => Err(lost(cause, asked.store)),
    }
}

/// How a worker was lost, as an error of its store.
pub(super) fn lost(cause: Lost, store: &str) -> StoreError {
    let store = store.to_owned();
    StoreError::Token(match cause {
        Lost::Crashed(how) => TokenError::Crashed { store, how },
        Lost::Hung(waited) => TokenError::Hung { store, waited },
        Lost::Garbled => TokenError::Garbled { store },
    })
}

impl State {
    /// What the token says of itself now.
    pub(super) fn facts(&mut self, workers: &Workers, store: &str) -> Result<TokenFacts, StoreError> {
        self.connect(workers, store)?;
        let (label, serial) = (self.token.label.clone(), self.token.serial.clone());
        let asked = Asked { store, module: "", object: "", what: "describe itself" };
        match self.ask(workers, Request::Tokens, None, workers.wait, &asked)? {
            Ok((Reply::Tokens(tokens), _)) => {
                let found = tokens.into_iter().find(|facts| *facts.label == *label && *facts.serial == *serial);
                found.ok_or_else(|| self.away(store))
            }
            Ok(_) => Err(TokenError::Garbled { store: store.to_owned() }.into()),
            Err(fault) => Err(asked.error(fault)),
        }
    }

    /// Finds the token and opens a session with it, where none is open.
    pub(super) fn connect(&mut self, workers: &Workers, store: &str) -> Result<(), StoreError> {
        if self.line.is_some() {
            return Ok(());
        }
        let module = self.token.module.clone();
        let asked = Asked { store, module: &module, object: "", what: "be reached" };
        let mut link = start(workers, &asked)?;
        let tokens = listed(&mut link, workers, &asked)?;
        let found = self.found(&mut link, tokens, workers, &asked)?;
        plain(&mut link, Request::Open { slot: found.slot }, workers, &asked)?;
        let Reply::Mechanisms(mechanisms) = plain(&mut link, Request::Mechanisms, workers, &asked)? else {
            return Err(TokenError::Garbled { store: store.to_owned() }.into());
        };
        self.token.label = found.label.into();
        self.token.serial = found.serial.into();
        self.line = Some(Line { link, open: false, mechanisms });
        Ok(())
    }

    /// The token among those that are there: the one of its label and serial number, else the one that has its keys.
    fn found(
        &mut self,
        link: &mut Link,
        tokens: Vec<TokenFacts>,
        workers: &Workers,
        asked: &Asked,
    ) -> Result<TokenFacts, StoreError> {
        let Token { label, serial, .. } = self.token.clone();
        let mut like = Vec::new();
        for token in tokens {
            match (*token.label == *label, *token.serial == *serial) {
                (true, true) => return Ok(token),
                (false, false) => {}
                _ => like.push(token),
            }
        }
        let Some(first) = like.first().map(|token| token.serial.clone()) else { return Err(self.away(asked.store)) };
        for token in like {
            if self.is_in(&token, link, workers, asked)? {
                return Ok(token);
            }
        }
        let (label, serial) = (label.into(), serial.into());
        Err(TokenError::Another { store: asked.store.to_owned(), label, serial, found: first }.into())
    }

    /// Whether the keys of the store lie in a token, as far as everybody may see them: at least one, and none that is another.
    fn is_in(&self, token: &TokenFacts, link: &mut Link, workers: &Workers, asked: &Asked) -> Result<bool, StoreError> {
        plain(link, Request::Open { slot: token.slot }, workers, asked)?;
        let mut same = 0;
        for (object, public_key) in self.known.iter().filter(|(_, public_key)| !public_key.is_empty()) {
            let Some(id) = hex::decode(object) else { continue };
            match plain(link, Request::PublicObject { id: id.into() }, workers, asked) {
                Ok(Reply::Bytes(found)) if *found == **public_key => same += 1,
                Ok(_) => return Ok(false),
                Err(StoreError::Absent { .. }) => {}
                Err(error) => return Err(error),
            }
            if same == COMPARED {
                break;
            }
        }
        Ok(same > 0)
    }

    /// Asks over the open line. Its loss is an error of the store; a fault is one of the call, but where the token went away.
    pub(super) fn ask(
        &mut self,
        workers: &Workers,
        request: Request,
        secret: Option<SecretBytes>,
        wait: std::time::Duration,
        asked: &Asked,
    ) -> Result<Result<Answer, Fault>, StoreError> {
        let Some(line) = &mut self.line else { return Err(self.away(asked.store)) };
        match line.link.ask(request, secret, wait) {
            Err(cause) => {
                self.line = None;
                Err(lost(cause, asked.store))
            }
            Ok((Reply::Failed(Fault::Away), _)) => Err(self.away(asked.store)),
            // Modules answer so as well when the token was pulled out, and it may not be taken for "it is not there".
            Ok((Reply::Failed(fault @ (Fault::Absent | Fault::Damaged | Fault::Other { .. })), _)) => {
                if self.is_gone(workers, asked) { Err(self.away(asked.store)) } else { Ok(Err(fault)) }
            }
            Ok((Reply::Failed(fault), _)) => Ok(Err(fault)),
            Ok(answer) => Ok(Ok(answer)),
        }
    }

    /// The token is away, as a worker sees it that has seen nothing before.
    fn is_gone(&self, workers: &Workers, asked: &Asked) -> bool {
        let module = &*self.token.module;
        let tokens = tokens(workers, &Asked { store: asked.store, module, object: "", what: asked.what });
        let same = |facts: &TokenFacts| *facts.label == *self.token.label && *facts.serial == *self.token.serial;
        tokens.is_ok_and(|tokens| !tokens.iter().any(same))
    }

    /// The line is of no use any more: the token is away.
    fn away(&mut self, store: &str) -> StoreError {
        self.line = None;
        let Token { label, serial, .. } = self.token.clone();
        TokenError::Away { store: store.to_owned(), label: label.into(), serial: serial.into() }.into()
    }
}
