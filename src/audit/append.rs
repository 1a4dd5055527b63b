//! Writing to the log: one record at a time, whole and synced, or taken back.

use std::io::{ErrorKind, Write as _};

use super::chain::{self, LogKeys};
use super::error::{Damage, DamageKind, LogError};
use super::lock::Guard;
use super::log::{Head, Log};
use super::torn;
use crate::model::event::RECORD_VERSION;
use crate::model::{ApplyError, Event, InstallationId, Inventory, Record, Time};

/// By whom, when and with what a record is written.
#[derive(Copy, Clone)]
pub struct Writing<'a> {
    /// The log is held.
    pub guard: &'a Guard,
    /// They seal the record.
    pub keys: &'a LogKeys,
    /// The machine's clock.
    pub now: Time,
    /// Who acts.
    pub actor: &'a str,
    /// On which installation.
    pub installation: InstallationId,
}

/// When a record has to be on the disk.
#[derive(Copy, Clone)]
enum Durable {
    Now,
    Soon,
}

impl Log {
    /// Appends one record under the lock and applies it. Call [`Log::catch_up`] under the same lock
    /// first: what others wrote may forbid it.
    pub fn append(&mut self, by: &Writing<'_>, inventory: &mut Inventory, events: Vec<Event>) -> Result<Record, LogError> {
        self.append_as(by, inventory, events, Durable::Now)
    }

    /// As [`Log::append`], but the record is written and not synced: whoever asks sees to it that what
    /// [`Log::unsynced`] gives is synced within a second. For records of which a crash may lose the last second.
    pub fn append_soon(&mut self, by: &Writing<'_>, inventory: &mut Inventory, events: Vec<Event>) -> Result<Record, LogError> {
        self.append_as(by, inventory, events, Durable::Soon)
    }

    fn append_as(
        &mut self,
        by: &Writing<'_>,
        inventory: &mut Inventory,
        events: Vec<Event>,
        durable: Durable,
    ) -> Result<Record, LogError> {
        if !by.guard.holds() {
            return Err(LogError::Busy);
        }
        if let Some(reason) = &self.failed {
            return Err(LogError::ReadOnly(reason.clone()));
        }
        if self.length()? > self.offset {
            torn::repair(self, by.keys, inventory)?;
        }
        let corrects = events.iter().any(|event| matches!(event, Event::ClockCorrected { .. }));
        let record = Record {
            v: RECORD_VERSION,
            seq: self.head.seq + 1,
            time: if corrects { by.now } else { inventory.clock(by.now) },
            actor: by.actor.into(),
            installation: by.installation,
            inventory: inventory.id(),
            events,
            offset: self.offset,
        };
        try_out(inventory, &record)?;
        let (line, hash) = chain::seal(&body(&record)?, &self.head.hash, by.keys);
        match durable {
            Durable::Now => self.write(&line)?,
            Durable::Soon => self.write_unsynced(&line)?,
        }
        self.head = Head { seq: record.seq, hash };
        self.offset += line.len() as u64;
        self.events_since_checkpoint += record.events.len() as u64;
        inventory
            .apply(&record)
            .map_err(|error| self.damaged(Damage { seq: record.seq, offset: record.offset, kind: DamageKind::Rule(error) }))?;
        Ok(record)
    }

    /// Writes and syncs; a failure is taken back to the last good length, or nothing is written again.
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), LogError> {
        if !self.writable {
            return Err(LogError::NotSaved(ErrorKind::PermissionDenied.into()));
        }
        // Of records that were answered for already, a failed sync may have lost some: they cannot be cut away.
        let all_synced = self.synced >= self.soon;
        let written = self.file.write_all(line).map_err(|cause| (cause, true));
        let written = written.and_then(|()| self.file.sync_data().map_err(|cause| (cause, all_synced)));
        let Err((cause, may_cut)) = written else {
            self.synced = self.offset + line.len() as u64;
            return Ok(());
        };
        if !may_cut {
            return Err(self.lost(&cause));
        }
        self.take_back(cause)
    }

    /// Writes and leaves the sync to whoever asks for [`Log::unsynced`].
    fn write_unsynced(&mut self, line: &[u8]) -> Result<(), LogError> {
        if !self.writable {
            return Err(LogError::NotSaved(ErrorKind::PermissionDenied.into()));
        }
        self.file.write_all(line).or_else(|cause| self.take_back(cause))?;
        self.soon = self.offset + line.len() as u64;
        Ok(())
    }

    /// The last good length again, after a write that failed; where not even that can be had, nothing is written again.
    fn take_back(&mut self, cause: std::io::Error) -> Result<(), LogError> {
        if let Err(second) = self.file.set_len(self.offset).and_then(|()| self.file.sync_all()) {
            let reason = format!(
                "Not saved: {cause}; and the log could not be brought back to its last good record: {second}. It is open for reading. Restart Keystead once the disk is well."
            );
            self.failed = Some(reason.clone());
            return Err(LogError::ReadOnly(reason));
        }
        Err(LogError::NotSaved(cause))
    }

    /// Cuts the file back to the good length.
    pub(super) fn cut(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.offset)?;
        self.file.sync_all()
    }
}

/// The record in RON without its closing bracket.
pub(super) fn body(record: &Record) -> Result<Vec<u8>, LogError> {
    let text = ron::to_string(record).map_err(|error| LogError::NotSaved(std::io::Error::other(error)))?;
    match text.strip_suffix(')') {
        Some(body) if !body.contains('\n') => Ok(body.as_bytes().to_vec()),
        _ => Err(LogError::NotSaved(std::io::Error::other("the record is not one line"))),
    }
}

/// Asks the rules before anything is written. Events that may depend on each other are tried on a
/// copy, because each is asked as if it came first.
fn try_out(inventory: &Inventory, record: &Record) -> Result<(), LogError> {
    inventory.check(&record.events, record.time)?;
    let ends = record.events.iter().filter(|event| matches!(event, Event::Done { .. } | Event::Failed { .. })).count();
    let entangled = |event: &Event| match event {
        Event::InventoryCreated { .. } | Event::StoreAdded(_) | Event::Transitioned { .. } | Event::Begun { .. } => true,
        Event::Done { .. } | Event::Failed { .. } => ends > 1,
        Event::KeyEdited { edit, .. } => edit.name.is_some(),
        _ => false,
    };
    if record.events.len() > 1 && record.events.iter().any(entangled) {
        match inventory.clone().apply(record) {
            Err(ApplyError::Rule { rule, .. }) => return Err(rule.into()),
            Err(error) => return Err(LogError::ReadOnly(error.to_string())),
            Ok(_) => {}
        }
    }
    Ok(())
}
