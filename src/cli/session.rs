//! An inventory that a command works with: opened for looking, or unlocked for work.

use std::sync::{Arc, Mutex, PoisonError};

use super::args::Common;
use super::end::Failure;
use super::output::say;
use super::passphrase::{Source, ask, can_ask};
use crate::custodian::{
    Custodian, CustodianError, Environment, Health, Opener, OpenerAsk, OpenerSource, UseAsk, UsePin, UseSource,
};
use crate::model::{KeyId, name};
use crate::secret::{Passphrase, wipe_stack};

/// An open inventory.
pub(super) struct Session {
    pub(super) custodian: Custodian,
}

/// This machine and the inventory folder that was named.
pub(super) fn environment(common: &Common) -> Result<Environment, Failure> {
    Ok(Environment::of_this_machine(common.inventory.clone())?)
}

impl Session {
    /// Opens it for looking. It is unlocked only where a passphrase was given; otherwise it is said
    /// that the log was not authenticated.
    pub(super) fn look(common: &Common) -> Result<Self, Failure> {
        let session = Self::open(common)?;
        if common.passphrase.is_given() {
            session.unlock(common)?;
        }
        session.tell();
        if !session.custodian.is_unlocked() {
            say("Not authenticated: the log's hashes were checked, and its MAC was not, because the inventory is locked.");
        }
        Ok(session)
    }

    /// Opens it and unlocks it, asking for the passphrase if there is someone to ask.
    pub(super) fn work(common: &Common) -> Result<Self, Failure> {
        let session = Self::open(common)?;
        session.unlock(common)?;
        session.tell();
        Ok(session)
    }

    /// Opens it for handing out public halves: unlocked where that asks nothing of a person, so that
    /// the export can be put on record, and for looking otherwise.
    pub(super) fn hand_out(common: &Common) -> Result<Self, Failure> {
        let session = Self::open(common)?;
        if common.passphrase.is_given() {
            session.unlock(common)?;
        } else if !session.custodian.asks_passphrase() {
            // The keychain may be away; public halves can be read all the same.
            let _ = session.custodian.unlock(None);
        }
        session.tell();
        Ok(session)
    }

    /// Opens it for what is due without anybody asking: unlocked where a passphrase is at hand or none is
    /// needed, and for looking otherwise.
    pub(super) fn unattended(common: &Common) -> Result<Self, Failure> {
        let session = Self::open(common)?;
        if common.passphrase.is_given() || !session.custodian.asks_passphrase() || can_ask() {
            session.unlock(common)?;
        }
        session.tell();
        Ok(session)
    }

    /// The name of a key; its id, should it be gone.
    pub(super) fn name(&self, key: KeyId) -> String {
        let name = self.custodian.read(|inventory| inventory.key(key).map(|key| key.name.to_string()));
        name.unwrap_or_else(|| key.to_string())
    }

    /// Opens it and nothing more: no unlock, nothing said.
    pub(super) fn open(common: &Common) -> Result<Self, Failure> {
        let custodian = Custodian::open(environment(common)?)?;
        let given = Arc::new(Mutex::new(Given { fds: common.openers.given(), read: None }));
        custodian.ask_openers_of(openers(given.clone()));
        custodian.ask_each_use_of(each_use(given));
        custodian.show_pages_by(Box::new(|page| {
            let (store, url, minutes) = (name::shown(&page.store), &page.url, page.left.as_secs() / 60);
            say(&format!("Log in to {store} in a browser on this machine, within {minutes} minutes (Ctrl+C gives up): {url}"));
        }));
        Ok(Self { custodian })
    }

    fn unlock(&self, common: &Common) -> Result<(), Failure> {
        let given = common.passphrase.source().read()?;
        let passphrase = match given {
            Some(passphrase) => Some(passphrase),
            None if !self.custodian.asks_passphrase() => None,
            None if can_ask() => Some(ask("Passphrase: ")?),
            None => return Err(CustodianError::PassphraseNeeded.into()),
        };
        Ok(self.custodian.unlock(passphrase)?)
    }

    /// Says what a person should know of log and stores before anything else.
    fn tell(&self) {
        let Health { conditions, notices, .. } = self.custodian.health();
        let troubles =
            conditions.log.iter().chain(conditions.anchor.iter()).chain(conditions.stores.iter().map(|(_, text)| text));
        notices.iter().chain(troubles).for_each(|text| say(text));
    }

    /// The end of a command: anchor and, if it is due, checkpoint. Nothing secret is left; what is told
    /// afterwards may wait for long until somebody reads it.
    pub(super) fn close(self) {
        self.custodian.close();
        drop(self.custodian);
        wipe_stack();
    }
}

/// What was given beforehand.
struct Given {
    fds: Vec<(Opener, u32)>,
    /// The PIN that came from there and for which store; wiped at the end of the command.
    read: Option<(String, Passphrase)>,
}

/// Where what opens a store comes from: the descriptor that was named, for the first store that needs one of its kind, or a
/// prompt.
fn openers(given: Arc<Mutex<Given>>) -> OpenerSource {
    Box::new(move |ask: &OpenerAsk| {
        let store = name::shown(&ask.store);
        if ask.at_reader {
            say(&format!("Enter the {} of {store} at its reader.{}", ask.opener.name(), ask.known));
            return Ok(None);
        }
        let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
        match given.of(ask.opener, &ask.store) {
            Ok(None) if ask.may_prompt && can_ask() => {
                super::passphrase::ask(&format!("{} of {store}:{} ", capital(ask.opener.name()), ask.known)).map(Some)
            }
            read => read,
        }
        .map_err(|failure| CustodianError::Input(failure.sentence))
    })
}

/// The same for a key that wants the PIN for each use: it gets the one from the descriptor as often as this one command uses
/// it, and a wrong one is asked for no more.
fn each_use(given: Arc<Mutex<Given>>) -> UseSource {
    Arc::new(move |ask: &UseAsk| {
        let store = name::shown(&ask.store);
        let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
        if ask.was_wrong || ask.at_reader && !ask.may_prompt {
            given.read = None;
            return UsePin::Nobody;
        }
        if ask.at_reader {
            say(&format!("Enter the PIN of {store} at its reader.{}", ask.known));
            return UsePin::AtReader(Box::new(()));
        }
        if let Some(pin) = given.read.as_ref().filter(|(known, _)| *known == ask.store).map(|(_, pin)| pin) {
            return UsePin::Typed(Passphrase::new(pin.expose().to_owned()));
        }
        let pin = match given.of(Opener::Pin, &ask.store) {
            Ok(None) if ask.may_prompt && can_ask() => {
                super::passphrase::ask(&format!("PIN of {store}, which this key wants for each use:{} ", ask.known)).map(Some)
            }
            read => read,
        };
        // Why there is none was told where it was asked for; the signature says that there is none.
        pin.ok().flatten().map_or(UsePin::Nobody, UsePin::Typed)
    })
}

impl Given {
    /// What the descriptor of its kind has, once; a PIN is remembered for its store.
    fn of(&mut self, opener: Opener, store: &str) -> Result<Option<Passphrase>, Failure> {
        let at = self.fds.iter().position(|(kind, _)| *kind == opener);
        let fd = at.map(|at| self.fds.remove(at).1);
        let read = (Source { fd, file: None, option: opener.option().trim_end_matches("-fd") }).read()?;
        if let (Opener::Pin, Some(pin)) = (opener, &read) {
            self.read = Some((store.to_owned(), Passphrase::new(pin.expose().to_owned())));
        }
        Ok(read)
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
