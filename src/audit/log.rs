//! The log that is open: reading what is new, and what it replays to. Writing to it is in `append`.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::append::body;
use super::chain::{self, LogKeys};
use super::error::{Damage, DamageKind, LogError};
use super::lock::Guard;
use super::reader::Reader;
use super::{Anchor, FILE, checkpoint, reader, verify};
use crate::model::event::RECORD_VERSION;
use crate::model::{Digest, Event, InstallationId, Inventory, InventoryId, Record, Time};

/// A checkpoint is due after so many events.
const CHECKPOINT_EVENTS: u64 = 10_000;

/// The last record.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 before the first.
    pub seq: u64,
    /// Its hash; zeros before the first.
    pub hash: Digest,
}

/// A log that was opened, and what it replays to.
pub struct Opened {
    /// The log.
    pub log: Log,
    /// The inventory as of its last good record.
    pub inventory: Inventory,
    /// What was found.
    pub report: OpenReport,
}

/// What was found while opening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// The inventory came from the checkpoint; what lies before it was not looked at yet.
    pub from_checkpoint: bool,
    /// The log is not whole: it may only be read.
    pub damage: Option<Damage>,
    /// The last good record.
    pub good_until: u64,
    /// What a person should know though nothing is wrong.
    pub notices: Vec<String>,
}

/// The log of an inventory folder.
pub struct Log {
    pub(super) folder: PathBuf,
    pub(super) file: File,
    pub(super) writable: bool,
    /// The good length: everything before it was applied.
    pub(super) offset: u64,
    pub(super) head: Head,
    /// Up to here the file is known to be on the disk.
    pub(super) synced: u64,
    /// Up to here records were written here that were not synced at once.
    pub(super) soon: u64,
    /// Where the checkpoint that was loaded stood; 0 when the log was replayed from its start.
    replayed_from: u64,
    pub(super) events_since_checkpoint: u64,
    pub(super) failed: Option<String>,
    /// What was put right while writing.
    pub(super) repaired: Option<String>,
}

impl Log {
    /// Makes the log of a new inventory with its first record.
    pub fn create(
        folder: &Path,
        keys: &LogKeys,
        inventory: InventoryId,
        now: Time,
        actor: &str,
        installation: InstallationId,
        events: Vec<Event>,
    ) -> Result<Opened, LogError> {
        let record =
            Record { v: RECORD_VERSION, seq: 1, time: now, actor: actor.into(), installation, inventory, events, offset: 0 };
        let mut replayed = Inventory::default();
        replayed.apply(&record).map_err(|error| Damage { seq: 1, offset: 0, kind: DamageKind::Rule(error) })?;
        let (line, hash) = chain::seal(&body(&record)?, &Digest::default(), keys);
        let path = folder.join(FILE);
        if path.exists() {
            return Err(LogError::Exists);
        }
        let temporary = tempfile::Builder::new().prefix(".audit-").tempfile_in(folder).map_err(LogError::NotSaved)?;
        (temporary.as_file()).write_all(&line).and_then(|()| temporary.as_file().sync_all()).map_err(LogError::NotSaved)?;
        temporary.persist_noclobber(&path).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => LogError::Exists,
            _ => LogError::NotSaved(failed.error),
        })?;
        let synced = sync_folder(folder).map_err(LogError::NotSaved);
        let (file, writable) = synced.and_then(|()| open_file(&path)).inspect_err(|_| {
            // Said not to be saved, it must not be found at the next start.
            let _ = std::fs::remove_file(&path);
        })?;
        let log = Self {
            folder: folder.to_owned(),
            file,
            writable,
            offset: line.len() as u64,
            head: Head { seq: 1, hash },
            synced: line.len() as u64,
            soon: 0,
            replayed_from: 0,
            events_since_checkpoint: 0,
            failed: None,
            repaired: None,
        };
        Ok(Opened { log, inventory: replayed, report: OpenReport { good_until: 1, ..OpenReport::default() } })
    }

    /// Opens the log of a folder and replays it, from its checkpoint where that fits. Hashes are
    /// checked; MACs are, once [`Log::authenticate`] has the keys.
    pub fn open(folder: &Path) -> Result<Opened, LogError> {
        let (file, writable) = open_file(&folder.join(FILE))?;
        let mut log = Self {
            folder: folder.to_owned(),
            file,
            writable,
            offset: 0,
            head: Head::default(),
            synced: 0,
            soon: 0,
            replayed_from: 0,
            events_since_checkpoint: 0,
            failed: None,
            repaired: None,
        };
        let mut report = OpenReport::default();
        let mut inventory = Inventory::default();
        match checkpoint::load(folder, &log.file) {
            checkpoint::Loaded::Fits(loaded) => {
                log.offset = loaded.offset;
                log.head = loaded.head;
                log.replayed_from = loaded.offset;
                inventory = loaded.inventory;
                report.from_checkpoint = true;
            }
            checkpoint::Loaded::Unusable => {
                report.notices.push("The checkpoint was damaged. The inventory was rebuilt from the log.".into());
            }
            checkpoint::Loaded::None => {}
        }
        match log.catch_up(None, &mut inventory) {
            Ok(_) => {}
            Err(LogError::Damaged(damage)) => {
                log.failed = Some(damage.to_string());
                report.damage = Some(damage);
            }
            Err(error) => return Err(error),
        }
        report.good_until = log.head.seq;
        Ok(Opened { log, inventory, report })
    }

    /// The last record.
    pub fn head(&self) -> Head {
        self.head
    }

    /// A second look at the file, as far as it was applied.
    pub fn reader(&self) -> Result<Reader, LogError> {
        Reader::open(&self.folder, self.offset)
    }

    /// The hash of the record of this number, as far as the log goes.
    pub fn hash_at(&self, seq: u64) -> Result<Option<Digest>, LogError> {
        if seq == 0 || seq > self.head.seq {
            return Ok(None);
        }
        self.reader()?.hash_back(self.head.seq - seq)
    }

    /// Takes the folder's lock, waiting a while for whoever holds it.
    pub fn lock(&self, wait: Duration) -> Result<Guard, LogError> {
        Guard::take(&self.folder, wait)
    }

    /// Reads, checks and applies whole lines that were appended since, by anyone. With nothing new
    /// it costs one look at the file's length.
    pub fn catch_up(&mut self, keys: Option<&LogKeys>, inventory: &mut Inventory) -> Result<Vec<Record>, LogError> {
        let length = self.length()?;
        if length == self.offset {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::with_capacity((length - self.offset) as usize);
        self.file.seek(SeekFrom::Start(self.offset)).map_err(|cause| self.unreadable(cause))?;
        let rest = length - self.offset;
        (&self.file).take(rest).read_to_end(&mut bytes).map_err(|cause| self.unreadable(cause))?;
        let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (good, damage) = match verify::check(&bytes[..whole], &self.head, self.offset, keys, cores) {
            Ok(_) => (whole, None),
            Err(damage) => ((damage.offset - self.offset) as usize, Some(damage)),
        };
        let records = self.apply_lines(&bytes[..good], inventory)?;
        match damage {
            Some(damage) => Err(self.damaged(damage)),
            None => Ok(records),
        }
    }

    fn apply_lines(&mut self, bytes: &[u8], inventory: &mut Inventory) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut from = 0;
        for to in memchr::memchr_iter(b'\n', bytes) {
            let seq = self.head.seq + 1;
            let offset = self.offset;
            let wrong = |kind| Damage { seq, offset, kind };
            let Some(line) = chain::split(&bytes[from..to]) else { return Err(self.damaged(wrong(DamageKind::Malformed))) };
            let record = match reader::parse(line.body, seq, offset) {
                Ok(record) => record,
                Err(kind) => return Err(self.damaged(wrong(kind))),
            };
            if let Err(error) = inventory.apply(&record) {
                return Err(self.damaged(wrong(DamageKind::Rule(error))));
            }
            self.head = Head { seq, hash: line.hash };
            self.offset += (to + 1 - from) as u64;
            self.events_since_checkpoint += record.events.len() as u64;
            records.push(record);
            from = to + 1;
        }
        Ok(records)
    }

    pub(super) fn damaged(&mut self, damage: Damage) -> LogError {
        self.failed.get_or_insert_with(|| damage.to_string());
        damage.into()
    }

    fn unreadable(&self, cause: std::io::Error) -> LogError {
        LogError::Unreadable { path: self.folder.join(FILE), cause }
    }

    /// The length of the file, which must still be the file that was opened, and no shorter.
    pub(super) fn length(&mut self) -> Result<u64, LogError> {
        let own = self.file.metadata().map_err(|cause| self.unreadable(cause))?;
        let named = std::fs::metadata(self.folder.join(FILE)).map_err(|cause| self.unreadable(cause))?;
        if own.len() < self.offset || !same_file(&own, &named) {
            let damage = Damage { seq: self.head.seq, offset: self.offset, kind: DamageKind::Exchanged };
            return Err(self.damaged(damage));
        }
        Ok(own.len())
    }

    /// Checks with the keys what was read without them: the checkpoint, and the lines after it.
    /// A checkpoint that is not authentic is given up for the whole log; `true` when the inventory
    /// was replaced so.
    pub fn authenticate(&mut self, keys: &LogKeys, inventory: &mut Inventory) -> Result<bool, LogError> {
        if self.failed.is_some() {
            return Ok(false);
        }
        let mut replaced = false;
        if self.replayed_from > 0 && !checkpoint::is_authentic(&self.folder, keys) {
            // Records are read anew from the start.
            let known = std::mem::take(inventory);
            self.offset = 0;
            self.head = Head::default();
            self.replayed_from = 0;
            self.catch_up(Some(keys), inventory)?;
            replaced = known != *inventory;
        } else if self.offset > self.replayed_from {
            let (from, to) = (self.replayed_from, self.offset);
            let bytes = self.reader()?.bytes(from, to)?;
            let before = if from == 0 { Some(Head::default()) } else { checkpoint::head_at(&self.file, from) };
            let first = before.unwrap_or_default();
            // Its number only names a damaged record; the checkpoint knows how many lie before it.
            let count = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            let first = Head { seq: self.head.seq - count, ..first };
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            verify::check(&bytes, &first, from, Some(keys), cores).map_err(|damage| self.damaged(damage))?;
        }
        Ok(replaced)
    }

    /// Compares with what was noted outside: behind the log is normal, ahead of it or with another
    /// hash at its number means that the log was cut or changed.
    pub fn check_anchor(&mut self, anchor: &Anchor) -> Result<(), LogError> {
        let damage = |seq, kind| Damage { seq, offset: self.offset, kind };
        let found = if anchor.seq > self.head.seq {
            Err(damage(self.head.seq + 1, DamageKind::Cut { anchored: anchor.seq }))
        } else {
            match self.reader()?.hash_back(self.head.seq - anchor.seq)? {
                Some(hash) if hash == anchor.hash => Ok(()),
                _ => Err(damage(anchor.seq, DamageKind::Replaced)),
            }
        };
        found.map_err(|damage| self.damaged(damage))
    }

    /// What was put right since this was last asked, for a person to know.
    pub fn take_notice(&mut self) -> Option<String> {
        self.repaired.take()
    }

    /// Enough happened since the last checkpoint.
    pub fn checkpoint_due(&self) -> bool {
        self.events_since_checkpoint >= CHECKPOINT_EVENTS
    }

    /// Something happened since the last checkpoint.
    pub fn checkpoint_stale(&self) -> bool {
        self.events_since_checkpoint > 0
    }

    /// Writes the checkpoint of an inventory that stands at the head.
    pub fn write_checkpoint(&mut self, inventory: &Inventory, keys: &LogKeys) -> Result<(), LogError> {
        if self.failed.is_some() {
            return Ok(());
        }
        checkpoint::write(&self.folder, inventory, self.offset, self.head, keys).map_err(LogError::NotSaved)?;
        self.events_since_checkpoint = 0;
        Ok(())
    }
}

fn open_file(path: &Path) -> Result<(File, bool), LogError> {
    match OpenOptions::new().read(true).append(true).open(path) {
        Ok(file) => Ok((file, true)),
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            let file = File::open(path).map_err(|cause| LogError::Unreadable { path: path.to_owned(), cause })?;
            Ok((file, false))
        }
        Err(cause) => Err(LogError::Unreadable { path: path.to_owned(), cause }),
    }
}

pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(unix)]
pub(super) fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
pub(super) fn same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    one.len() <= other.len()
}
