//! Going on from a log that is not whole.

use std::io::Write as _;
use std::path::PathBuf;

use super::FILE;
use super::chain::LogKeys;
use super::error::LogError;
use super::log::{Guard, Log, sync_folder};
use crate::model::{Event, InstallationId, Inventory, Record, Time};

impl Log {
    /// Keeps the old file beside, goes back to the last good record, and says so in the log for
    /// ever. Returns the record and where the old file lies.
    #[expect(clippy::too_many_arguments, reason = "each is one field of the record")]
    pub fn accept_history(
        &mut self,
        guard: &Guard,
        keys: &LogKeys,
        inventory: &mut Inventory,
        now: Time,
        actor: &str,
        installation: InstallationId,
        reason: &str,
        anchored: Option<u64>,
    ) -> Result<(Record, PathBuf), LogError> {
        let found = self.head.seq;
        let good = self.reader()?.bytes(0, self.offset)?;
        let path = self.folder.join(FILE);
        let kept = free_name(&self.folder, found + 1);
        let mut temporary = tempfile::Builder::new().prefix(".audit-").tempfile_in(&self.folder).map_err(LogError::NotSaved)?;
        temporary.write_all(&good).and_then(|()| temporary.as_file().sync_all()).map_err(LogError::NotSaved)?;
        std::fs::hard_link(&path, &kept).or_else(|_| std::fs::copy(&path, &kept).map(drop)).map_err(LogError::NotSaved)?;
        sync_folder(&self.folder).map_err(LogError::NotSaved)?;
        temporary.persist(&path).map_err(|failed| LogError::NotSaved(failed.error))?;
        sync_folder(&self.folder).map_err(LogError::NotSaved)?;
        let opened = Self::open(&self.folder)?;
        *inventory = opened.inventory;
        *self = opened.log;
        let event = Event::HistoryAccepted { found, anchored, reason: reason.to_owned() };
        let record = self.append(guard, keys, inventory, now, actor, installation, vec![event])?;
        Ok((record, kept))
    }
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
