//! What describes keys, and what is noted about the inventory as a whole.

use super::core::Custodian;
use super::error::CustodianError;
use super::generate::{note, owner, warnings};
use super::outcome::Outcome;
use crate::model::name;
use crate::model::{Edit, Event, Format, KeyId, RuleError, Time, VersionRef};

impl Custodian {
    /// Edits keys: one record, one event each.
    pub(super) fn edit(&self, edits: &[(KeyId, Edit)]) -> Result<Outcome, CustodianError> {
        let mut events = Vec::with_capacity(edits.len());
        for (key, edit) in edits {
            let edit = normal(edit)?;
            if !edit.is_empty() {
                events.push(Event::KeyEdited { key: *key, edit });
            }
        }
        if !events.is_empty() {
            self.append(events)?;
        }
        Ok(Outcome { keys: edits.iter().map(|(key, _)| *key).collect(), ..Outcome::default() })
    }

    /// Records a hand-over that was made elsewhere.
    pub(super) fn record_hand_over(
        &self,
        version: VersionRef,
        recipient: &str,
        format: Format,
        at: Time,
    ) -> Result<Outcome, CustodianError> {
        if at > self.now() {
            return Err(CustodianError::Input(
                "A hand-over cannot be recorded before it was made. Give a date that has passed.".into(),
            ));
        }
        let recipient = name::parse(recipient).map_err(RuleError::from)?;
        self.append(vec![Event::HandedOver { version, recipient, format, at, elsewhere: true }])?;
        Ok(Outcome { keys: vec![version.key], ..Outcome::default() })
    }

    /// Sets the floor of the clock to the machine's time.
    pub(super) fn correct_clock(&self, reason: &str) -> Result<Outcome, CustodianError> {
        let from = self.read(|inventory| inventory.floor());
        let to = self.env.machine_time();
        if to >= from {
            return Err(CustodianError::Input(
                "The clock does not stand before the last record: there is nothing to correct.".into(),
            ));
        }
        self.append(vec![Event::ClockCorrected { from, to, reason: reason.trim().to_owned() }])?;
        Ok(Outcome::default())
    }

    /// Notes that the folder was copied to a safe place.
    pub(super) fn note_backup(&self, place: &str) -> Result<Outcome, CustodianError> {
        let place = name::parse(place).map_err(RuleError::from)?.into();
        self.append(vec![Event::BackupMade { place, backup: None }])?;
        Ok(Outcome::default())
    }
}

/// New values in the form in which they are kept.
fn normal(edit: &Edit) -> Result<Edit, CustodianError> {
    let name_rule = |error| CustodianError::from(RuleError::from(error));
    if let Some(text) = &edit.note {
        note(text)?;
    }
    Ok(Edit {
        name: edit.name.as_deref().map(name::parse).transpose().map_err(name_rule)?,
        owner: edit.owner.as_deref().map(owner).transpose()?,
        tags: edit.tags.as_ref().map(|tags| name::tags(tags.iter().map(|tag| &**tag))).transpose().map_err(name_rule)?,
        warn_days: edit.warn_days.as_deref().map(warnings),
        note: edit.note.clone(),
    })
}
