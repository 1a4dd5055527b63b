//! Going on from a log that is not whole.

use std::io::Write as _;
use std::path::PathBuf;

use super::FILE;
use super::append::Writing;
use super::chain::LogKeys;
use super::error::LogError;
use super::log::{Log, sync_folder};
use super::verify::{self, VerifyError};
use crate::model::{Event, Inventory, Record};

impl Log {
    /// The last good record and where it ends. What was read from a checkpoint was not checked
    /// when it was opened, so all of it is now.
    fn good_until(&self, keys: &LogKeys) -> Result<(u64, u64), LogError> {
        let known = (self.head.seq, self.offset);
        match verify::verify(&self.folder, Some(keys), |_, _| true) {
            Err(VerifyError::Damage(damage)) if damage.offset == 0 => Err(LogError::Damaged(damage)),
            Err(VerifyError::Damage(damage)) if damage.offset < self.offset => Ok((damage.seq - 1, damage.offset)),
            Err(VerifyError::Log(error)) => Err(error),
            Ok(_) | Err(VerifyError::Damage(_) | VerifyError::Cancelled) => Ok(known),
        }
    }

    /// Keeps the old file beside, goes back to the last good record, and says so in the log for
    /// ever. Returns the record and where the old file lies.
    pub fn accept_history(
        &mut self,
        by: &Writing<'_>,
        inventory: &mut Inventory,
        reason: &str,
        anchored: Option<u64>,
    ) -> Result<(Record, PathBuf), LogError> {
        let (found, length) = self.good_until(by.keys)?;
        let good = self.reader()?.bytes(0, length)?;
        let path = self.folder.join(FILE);
        let kept = free_name(&self.folder, found + 1);
        let mut temporary = tempfile::Builder::new().prefix(".audit-").tempfile_in(&self.folder).map_err(LogError::NotSaved)?;
        temporary.write_all(&good).and_then(|()| temporary.as_file().sync_all()).map_err(LogError::NotSaved)?;
        std::fs::hard_link(&path, &kept).or_else(|_| copy(&path, &kept)).map_err(LogError::NotSaved)?;
        sync_folder(&self.folder).map_err(LogError::NotSaved)?;
        temporary.persist(&path).map_err(|failed| LogError::NotSaved(failed.error))?;
        sync_folder(&self.folder).map_err(LogError::NotSaved)?;
        let opened = Self::open(&self.folder)?;
        *inventory = opened.inventory;
        *self = opened.log;
        let event = Event::HistoryAccepted { found, anchored, reason: reason.to_owned() };
        let record = self.append(by, inventory, vec![event])?;
        Ok((record, kept))
    }
}

/// Where the disk has no hard links.
fn copy(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    std::fs::File::open(to)?.sync_all()
}

fn free_name(folder: &std::path::Path, seq: u64) -> PathBuf {
    let mut name = folder.join(format!("audit.ron.before-{seq}"));
    let mut number = 2_u32;
    while name.exists() {
        name = folder.join(format!("audit.ron.before-{seq}-{number}"));
        number += 1;
    }
    name
}
