//! The address book: the keys of recipients are read, and who is in it is changed. What they were given is the business of
//! the hand-overs.

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::note;
use super::import::{Source, load};
use super::outcome::Outcome;
use super::turn::reason_of;
use crate::formats::recipient::{self, RecipientError};
use crate::model::name;
use crate::model::{Confirmed, Event, Recipient, RecipientChange, RecipientKey, RuleError, Time};

/// More keys than one recipient ever has.
const MOST_KEYS: usize = 100;

/// A key of a recipient that was to be read.
#[derive(Debug)]
pub struct ReadKey {
    /// Where it came from: a path, or “pasted text”.
    pub from: String,
    /// The key, or why it is none to which can be sealed.
    pub key: Result<RecipientKey, CustodianError>,
    /// Who has this very key in the address book already.
    pub known: Vec<Box<str>>,
}

impl Custodian {
    /// Reads the public keys of a recipient, one from each source. Nothing is kept, least of all a private key that was
    /// given by mistake.
    pub fn read_recipient_keys(&self, sources: &[Source]) -> Vec<ReadKey> {
        let now = self.now();
        let one = |source: &Source| {
            let (from, key) = match source {
                Source::Pasted(bytes) => (super::import::PASTED.to_owned(), recipient::read(bytes.expose(), now)),
                Source::Path(path) => {
                    let from = path.to_string_lossy().into_owned();
                    match load(path) {
                        Ok(bytes) => (from, recipient::read(bytes.expose(), now)),
                        Err(why) => {
                            let why = format!("{}: {why}. Nothing was changed.", name::shown(&from));
                            return ReadKey { from, key: Err(CustodianError::Input(why)), known: Vec::new() };
                        }
                    }
                }
            };
            let known = key.as_ref().map(|key| self.known_by(key)).unwrap_or_default();
            let key = key.map_err(|cause| CustodianError::Recipient { from: from.clone(), cause });
            ReadKey { from, key, known }
        };
        sources.iter().map(one).collect()
    }

    /// The names under which a key is in the address book.
    fn known_by(&self, key: &RecipientKey) -> Vec<Box<str>> {
        self.read(|inventory| {
            let has = inventory.recipients().iter().filter(|known| known.key_of(&key.sha256).is_some());
            has.map(|known| known.name.clone()).collect()
        })
    }

    /// Changes the address book: one record for all, or nothing.
    pub(super) fn change_recipients(&self, changes: &[(String, RecipientChange)]) -> Result<Outcome, CustodianError> {
        let now = self.now();
        let mut outcome = Outcome::default();
        let (mut events, mut before) = (Vec::new(), Vec::new());
        for (typed, change) in changes {
            let name = name::parse(typed).map_err(RuleError::from)?;
            let known = self.read(|inventory| inventory.recipient(&name).cloned());
            let after = changed(&name, known.as_ref(), change, now)?;
            if let RecipientChange::Add { keys, .. } = change {
                outcome.notice = self.shared(&name, keys).or(outcome.notice);
            }
            match after {
                Some(after) if known.as_ref() != Some(&after) => events.push(Event::RecipientSet { recipient: Box::new(after) }),
                None if known.is_some() => events.push(Event::RecipientRemoved { name: name.clone() }),
                _ => {}
            }
            before.push((name, known));
        }
        if events.is_empty() {
            return Ok(outcome);
        }
        self.append_if(events, &|inventory, _| {
            let same = before.iter().all(|(name, known)| inventory.recipient(name) == known.as_ref());
            if same {
                Ok(())
            } else {
                Err(RuleError::Misplaced("the address book was changed meanwhile; look at it and try again"))
            }
        })?;
        Ok(outcome)
    }

    /// Says who else has one of these keys: two people do not share one by chance.
    fn shared(&self, name: &str, keys: &[RecipientKey]) -> Option<String> {
        let other = keys.iter().flat_map(|key| self.known_by(key)).find(|other| **other != *name)?;
        Some(format!(
            "“{}” has one of these keys too. Two people do not have the same key by chance: make sure whose it is.",
            name::shown(&other)
        ))
    }
}

/// A recipient after a change; `None` where it is not in the address book any more.
fn changed(
    name: &str,
    known: Option<&Recipient>,
    change: &RecipientChange,
    now: Time,
) -> Result<Option<Recipient>, CustodianError> {
    let absent = || CustodianError::NoRecipient(name::shown(name).into_owned());
    match change {
        RecipientChange::Add { note: text, keys } => {
            let new = || Recipient { name: name.into(), note: "".into(), keys: Vec::new() };
            let mut recipient = known.cloned().unwrap_or_else(new);
            if let Some(text) = text {
                recipient.note = noted(text)?;
            }
            add_keys(&mut recipient, keys, now)?;
            Ok(Some(recipient))
        }
        RecipientChange::Note(text) => {
            let mut recipient = known.cloned().ok_or_else(absent)?;
            recipient.note = noted(text)?;
            Ok(Some(recipient))
        }
        RecipientChange::DropKeys(dropped) => {
            let mut recipient = known.cloned().ok_or_else(absent)?;
            if dropped.iter().any(|sha256| recipient.key_of(sha256).is_none()) {
                return Err(CustodianError::NoRecipientKey(name::shown(name).into_owned()));
            }
            recipient.keys.retain(|key| !dropped.contains(&key.sha256));
            Ok(Some(recipient))
        }
        RecipientChange::Confirm { key, how } => {
            let mut recipient = known.cloned().ok_or_else(absent)?;
            let found = recipient.keys.iter_mut().find(|known| known.sha256 == *key);
            let found = found.ok_or_else(|| CustodianError::NoRecipientKey(name::shown(name).into_owned()))?;
            found.confirmed = match how {
                Some((way, text)) => Some(Confirmed { way: *way, at: now, note: reason_of(text)?.into() }),
                None => None,
            };
            Ok(Some(recipient))
        }
        RecipientChange::Remove => known.map(|_| None).ok_or_else(absent),
        RecipientChange::Restore(before) if *before.name == *name => Ok(Some((**before).clone())),
        RecipientChange::Restore(_) => Err(absent()),
    }
}

fn noted(text: &str) -> Result<Box<str>, CustodianError> {
    note(text)?;
    Ok(text.trim().into())
}

/// Each key is read again first, so that none comes into the book which the readers would refuse.
fn add_keys(recipient: &mut Recipient, keys: &[RecipientKey], now: Time) -> Result<(), CustodianError> {
    for key in keys {
        let refused = |cause: RecipientError| CustodianError::Recipient { from: key.kind.name().to_owned(), cause };
        let mut key = recipient::again(key, now).map_err(refused)?;
        if recipient.key_of(&key.sha256).is_some() {
            continue;
        }
        if !key.service_id.is_empty() {
            key.service_id = name::parse(&key.service_id).map_err(RuleError::from)?;
        }
        key.confirmed = None;
        recipient.keys.push(key);
    }
    if recipient.keys.len() > MOST_KEYS {
        return Err(CustodianError::Input(format!("A recipient has at most {MOST_KEYS} keys. Nothing was changed.")));
    }
    Ok(())
}
