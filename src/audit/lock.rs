//! The lock of the inventory folder. It is held for one append or one group, not for the life of a
//! program.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::LogError;
use super::log::same_file;

/// The lock of the inventory folder: while it is held nobody else appends.
pub struct Guard {
    file: File,
    path: PathBuf,
}

impl Guard {
    /// Takes the lock of a folder, waiting a while for whoever holds it.
    pub fn take(folder: &Path, wait: Duration) -> Result<Self, LogError> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(LogError::NotSaved)?;
        let until = Instant::now() + wait;
        let mut pause = Duration::from_micros(200);
        loop {
            match file.try_lock() {
                Ok(()) => {
                    let guard = Self { file, path: path.clone() };
                    if guard.holds() {
                        return Ok(guard);
                    }
                    file = options.open(&path).map_err(LogError::NotSaved)?;
                }
                Err(std::fs::TryLockError::WouldBlock) if Instant::now() >= until => return Err(LogError::Busy),
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(pause),
                Err(std::fs::TryLockError::Error(cause)) => return Err(LogError::NotSaved(cause)),
            }
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }

    /// Someone may have removed the file, taking it for a leftover; then this keeps nobody away.
    pub(super) fn holds(&self) -> bool {
        match (self.file.metadata(), std::fs::metadata(&self.path)) {
            (Ok(own), Ok(named)) => same_file(&own, &named),
            _ => false,
        }
    }
}
