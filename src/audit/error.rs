//! What can be wrong with a log.

use std::path::PathBuf;

use crate::model::{ApplyError, RuleError};

/// A line that is not what was written, and everything after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The record that is wrong, counted from 1.
    pub seq: u64,
    /// Where its line begins, in bytes.
    pub offset: u64,
    /// How it is wrong.
    pub kind: DamageKind,
}

/// How a line is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DamageKind {
    /// Its hash does not follow from its bytes and the line before.
    Hash,
    /// Its MAC was not made with the log key.
    Mac,
    /// It is no record.
    Malformed,
    /// It does not fit what came before.
    Rule(ApplyError),
    /// The log ends before the record that the anchor names.
    Cut {
        /// The record that the anchor names.
        anchored: u64,
    },
    /// Another record stands where the anchor names one.
    Replaced,
    /// The file became shorter or another one while it was open.
    Exchanged,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seq, good) = (self.seq, self.seq.saturating_sub(1));
        match &self.kind {
            DamageKind::Rule(error @ ApplyError::Newer { .. }) => return write!(f, "The log has a newer form: {error}."),
            DamageKind::Cut { anchored } => {
                write!(f, "The log was cut: it ends at record {good}, and record {anchored} was written.")?;
            }
            DamageKind::Exchanged => write!(f, "The log was cut or exchanged while it was open, at record {seq}.")?,
            DamageKind::Rule(error) => write!(f, "The log was altered at record {seq} ({error}).")?,
            DamageKind::Replaced => {
                write!(f, "The log is not the one that was noted: another record stands at number {seq}.")?;
                return write!(f, " It is open for reading. Compare with a backup, or go on from it, on record.");
            }
            DamageKind::Hash | DamageKind::Mac | DamageKind::Malformed => write!(f, "The log was altered at record {seq}.")?,
        }
        if good == 0 {
            return write!(f, " It is open for reading. No record of it is good to go on from: put it back from a backup.");
        }
        write!(f, " It is open for reading. Compare with a backup, or go on from record {good}, on record.")
    }
}

/// A log could not be used. What was in it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A rule of the inventory forbids the change.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Another program holds the log.
    #[error("Not saved: another Keystead is writing to this inventory and did not finish. Try again in a moment.")]
    Busy,
    /// A write or fsync failed; the log was brought back to its last good record.
    #[error("Not saved: {}. Your inventory is as it was before.", disk(.0))]
    NotSaved(std::io::Error),
    /// A write failed and could not be taken back.
    #[error("{0}")]
    ReadOnly(String),
    /// A file cannot be read.
    #[error("{} cannot be read: {cause}. Check the disk and the permissions of the folder.", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what was written.
    #[error("{0}")]
    Damaged(Damage),
    /// It exists already.
    #[error("There is already a log in this folder. Nothing was changed.")]
    Exists,
}

impl From<Damage> for LogError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

fn disk(cause: &std::io::Error) -> String {
    match cause.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full".into(),
        std::io::ErrorKind::PermissionDenied => "the folder may not be written by you".into(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read".into(),
        _ => format!("the disk failed ({cause})"),
    }
}
