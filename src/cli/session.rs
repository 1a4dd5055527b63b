//! An inventory that a command works with: opened for looking, or unlocked for work.

use std::sync::{Mutex, PoisonError};

use super::args::{Common, OpenerArgs};
use super::end::Failure;
use super::output::say;
use super::passphrase::{Source, ask, can_ask};
use crate::custodian::{Custodian, CustodianError, Environment, Health, Opener, OpenerAsk, OpenerSource};
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
        custodian.ask_openers_of(openers(&common.openers));
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
/// prompt. A key that wants the PIN for each use gets the one from the descriptor as often as this one command uses it.
fn openers(args: &OpenerArgs) -> OpenerSource {
    let given = Mutex::new(Given { fds: args.given(), read: None });
    Box::new(move |ask: &OpenerAsk| {
        let store = name::shown(&ask.store);
        if ask.at_reader {
            say(&format!("Enter the {} of {store} at its reader.{}", ask.opener.name(), ask.known));
            return Ok(None);
        }
        let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some((store, pin))) = (ask.each_time, &given.read)
            && *store == ask.store
        {
            return Ok(Some(Passphrase::new(pin.expose().to_owned())));
        }
        let at = given.fds.iter().position(|(opener, _)| *opener == ask.opener);
        let fd = at.map(|at| given.fds.remove(at).1);
        let option = ask.opener.option().trim_end_matches("-fd");
        let opener = match (Source { fd, file: None, option }).read() {
            Ok(Some(opener)) => {
                if ask.opener == Opener::Pin {
                    given.read = Some((ask.store.clone(), Passphrase::new(opener.expose().to_owned())));
                }
                Ok(Some(opener))
            }
            Ok(None) if ask.may_prompt && can_ask() => {
                let once_more = if ask.each_time { ", which this key wants for each use" } else { "" };
                super::passphrase::ask(&format!("{} of {store}{once_more}:{} ", capital(ask.opener.name()), ask.known)).map(Some)
            }
            read => read,
        };
        opener.map_err(|failure| CustodianError::Input(failure.sentence))
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
