//! Records that are synced soon instead of at once: those of which a crash may lose the last second.

use std::fs::File;
use std::io::Result;

use super::error::LogError;
use super::log::Log;

/// Records that were written and are not known to be on the disk.
pub struct Unsynced {
    file: Result<File>,
    /// Up to here.
    until: u64,
}

impl Unsynced {
    /// Syncs; hand what comes back to [`Log::synced`].
    pub fn sync(self) -> (u64, Result<()>) {
        (self.until, self.file.and_then(|file| file.sync_data()))
    }
}

impl Log {
    /// What is to be synced, if anything is: a handle that needs no lock, and up to where it counts.
    pub fn unsynced(&self) -> Option<Unsynced> {
        if self.synced >= self.offset || self.failed.is_some() || !self.writable {
            return None;
        }
        Some(Unsynced { file: self.file.try_clone(), until: self.offset })
    }

    /// Records that were appended here wait for their sync.
    pub fn is_unsynced(&self) -> bool {
        self.soon > self.synced && self.failed.is_none()
    }

    /// Takes in how the sync went. A failed one is never tried again: nothing is written any more.
    pub fn synced(&mut self, until: u64, result: Result<()>) -> std::result::Result<(), LogError> {
        match result {
            Ok(()) => {
                self.synced = self.synced.max(until);
                Ok(())
            }
            Err(cause) => Err(self.lost(&cause)),
        }
    }

    /// Records may be lost that were said to be appended: nothing is written again.
    pub(super) fn lost(&mut self, cause: &std::io::Error) -> LogError {
        let reason = format!(
            "The last records of the log may not be on the disk: {cause}. It is open for reading. Restart Keystead once the disk is well, and look whether signatures of the last second are missing."
        );
        LogError::ReadOnly(self.failed.get_or_insert(reason).clone())
    }
}
