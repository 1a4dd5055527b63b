//! Sealing private halves to recipients of the address book: nothing but their own tools opens the file.

use std::path::PathBuf;

use super::core::Custodian;
use super::error::CustodianError;
use super::leaving::{Leaving, Taken, holds_all};
use super::outcome::Outcome;
use crate::formats::leaving::sealed::{Plain, Sealer};
use crate::model::name::shown;
use crate::model::{Format, Inventory, RuleError, SealedTo, Time, VersionRef};

/// What is to be sealed, to whom and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Which versions.
    pub versions: Vec<VersionRef>,
    /// One of [`Format::SEALED`]; where none is named age, or else CMS, as the recipients' keys allow.
    pub format: Option<Format>,
    /// The names of the recipients.
    pub recipients: Vec<String>,
    /// The file.
    pub path: PathBuf,
    /// The person agreed to replace what is there.
    pub replace: bool,
}

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The form.
    pub format: Format,
    /// To whom, with which keys.
    pub recipients: Vec<SealedTo>,
    /// What a cloud service calls the way of wrapping.
    pub method: Option<&'static str>,
}

impl Custodian {
    /// Writes a file that its recipients alone can open, and puts it on record as handed to each of them.
    pub fn seal(&self, wanted: &Seal) -> Result<(Outcome, Sealed), CustodianError> {
        self.take_up();
        let (format, recipients) = self.addressed(wanted)?;
        let sealer = Sealer::new(format, &recipients)?;
        let versions = each_once(&wanted.versions);
        let keys = self.may_all_leave(&versions)?;
        sealer.check(&keys.iter().map(|(name, algorithm)| (&**name, *algorithm)).collect::<Vec<_>>())?;
        let leaving = Leaving {
            versions: &versions,
            format,
            recipients: recipients.iter().map(|to| to.name.clone()).collect(),
            under: None,
            path: &wanted.path,
            replace: wanted.replace,
            still: &|inventory, now| same_recipients(inventory, &recipients, now),
        };
        let (written, taken) = self.leave(&leaving, &|taken| {
            let entries: Vec<_> = taken.iter().map(Taken::entry).collect();
            let plain = sealer.plain(&entries)?;
            if !holds(&plain, taken) {
                return Err(CustodianError::Unreadable(format.name()));
            }
            Ok(sealer.seal(&plain)?)
        })?;
        let symmetric = taken.iter().any(|one| one.version.algorithm.is_symmetric());
        let outcome = Outcome {
            keys: versions.iter().map(|of| of.key).collect(),
            written: Some(written),
            notice: unconfirmed(&recipients),
            ..Outcome::default()
        };
        Ok((outcome, Sealed { format, recipients, method: format.service_method(symmetric) }))
    }

    /// The form, and the keys of the recipients that it takes now.
    fn addressed(&self, wanted: &Seal) -> Result<(Format, Vec<SealedTo>), CustodianError> {
        let now = self.now();
        let (format, recipients) = self.read(|inventory| {
            let format = wanted.format.map_or_else(|| inventory.sealing_form(&wanted.recipients), Ok)?;
            inventory.sealed_to(&wanted.recipients, format, now).map(|recipients| (format, recipients))
        })?;
        if format.is_sealed() {
            Ok((format, recipients))
        } else {
            Err(CustodianError::Input(format!("{} is no form that is sealed to recipients.", format.name())))
        }
    }
}

/// What is named twice lies in the file once.
fn each_once(versions: &[VersionRef]) -> Vec<VersionRef> {
    let mut once = Vec::with_capacity(versions.len());
    for of in versions {
        if !once.contains(of) {
            once.push(*of);
        }
    }
    once
}

/// What is about to be sealed holds the very keys: a single one as it is, or several in a text.
fn holds(plain: &Plain, taken: &[Taken]) -> bool {
    match taken {
        [one] if plain.bytes.same_as(&one.secret) => true,
        all => holds_all(plain.bytes.expose(), None, all),
    }
}

/// Nobody changed a recipient's key meanwhile.
fn same_recipients(inventory: &Inventory, recipients: &[SealedTo], now: Time) -> Result<(), RuleError> {
    let holds = |to: &&SealedTo| {
        let known = inventory.recipient(&to.name).is_some_and(|found| found.keys.contains(&to.key));
        known && to.key.is_usable(now)
    };
    if recipients.iter().all(|to| holds(&to)) {
        Ok(())
    } else {
        Err(RuleError::Misplaced("a recipient was changed meanwhile. Look at its keys, and seal again"))
    }
}

/// Nobody made sure whose keys these are.
fn unconfirmed(recipients: &[SealedTo]) -> Option<String> {
    let open: Vec<_> = recipients.iter().filter(|to| to.key.confirmed.is_none()).map(|to| shown(&to.name)).collect();
    let (last, before) = open.split_last()?;
    let names = if before.is_empty() { last.to_string() } else { format!("{} and {last}", before.join(", ")) };
    Some(format!(
        "Nobody has confirmed the fingerprint of {names}. Compare it with them before you send the file: whoever owns the key can open it."
    ))
}
