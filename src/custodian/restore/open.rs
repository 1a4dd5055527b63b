//! Going through a backup: its log is verified with the log key in it and replayed, and every secret is compared with
//! what that log says of it, a group at a time.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::audit::{self, Anchor, Log, LogKeys};
use crate::crypto;
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::group::in_parallel;
use crate::custodian::outcome::Progress;
use crate::formats::backup::{self as format, BackupError, Head, Manifest, Opener, Piece};
use crate::model::{Inventory, Key, Version, name};
use crate::secret::SecretBytes;
use crate::stores::Material;

/// Secrets that are in memory at once.
pub(super) const GROUP: usize = 500;

/// A backup that was gone through, and all in it was as it should be.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) manifest: Manifest,
    pub(super) inventory: Inventory,
    pub(super) log: Log,
    /// The items whose secret is in it.
    pub(super) objects: HashSet<Box<str>>,
    /// The log lies there as long as this lives.
    _folder: Option<TempDir>,
}

/// A secret that is the one the backup's log knows.
pub(super) struct Checked {
    pub(super) key: Arc<Key>,
    pub(super) version: Version,
    pub(super) secret: SecretBytes,
}

/// What is known once the log was read, before the first secret.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) keys: LogKeys,
    pub(super) material: Material,
    pub(super) inventory: Inventory,
    pub(super) log: Log,
    /// Where each item belongs: the key's place and the version's number.
    items: HashMap<Box<str>, (u32, u32)>,
}

/// Takes what a backup holds, while it is gone through.
pub(super) trait Sink {
    /// The folder into which the log is to be written.
    fn folder(&mut self) -> Result<PathBuf, CustodianError>;

    /// The log was verified and replayed.
    fn begin(&mut self, _opened: &Opened) -> Result<(), CustodianError> {
        Ok(())
    }

    /// Settings were in it.
    fn settings(&mut self, _settings: Vec<u8>) -> Result<(), CustodianError> {
        Ok(())
    }

    /// Secrets, each the one that the log knows.
    fn group(&mut self, _opened: &Opened, _group: Vec<Checked>) -> Result<(), CustodianError> {
        Ok(())
    }
}

/// Only looks.
struct Looking(TempDir);

impl Sink for Looking {
    fn folder(&mut self) -> Result<PathBuf, CustodianError> {
        Ok(self.0.path().to_owned())
    }
}

/// Goes through a backup and changes nothing.
pub(super) fn look(path: &Path, opener: &Opener, progress: &dyn Progress) -> Result<Found, CustodianError> {
    let mut looking = Looking(scratch()?);
    let (found, ..) = walk(path, opener, &mut looking, progress)?;
    Ok(Found { _folder: Some(looking.0), ..found })
}

/// A folder for the log, which is in clear wherever it lies; no secret comes there.
pub(super) fn scratch() -> Result<TempDir, CustodianError> {
    let folder = std::env::temp_dir();
    tempfile::Builder::new()
        .prefix("keystead-log-")
        .tempdir_in(&folder)
        .map_err(|cause| CustodianError::Folder { path: folder, cause })
}

/// What came so far.
#[derive(Default)]
struct Parts {
    head: Option<Head>,
    log_key: Option<SecretBytes>,
    identity: Option<SecretBytes>,
    identity_file: Option<Vec<u8>>,
    recipient: Option<SecretBytes>,
    anchor: Option<Vec<u8>>,
    opened: Option<Opened>,
    pending: Vec<(String, SecretBytes)>,
    objects: HashSet<Box<str>>,
}

/// Goes through a backup and hands what it holds to a sink.
pub(super) fn walk(
    path: &Path,
    opener: &Opener,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<(Found, Material, LogKeys), CustodianError> {
    let unread = |cause: std::io::Error| CustodianError::Unread(format!("{} cannot be read: {cause}.", path.display()));
    let file = File::open(path).map_err(unread)?;
    let facts = file.metadata().map_err(unread)?;
    if !facts.is_file() {
        return Err(BackupError::NoAgeFile.into());
    }
    let counted = Counted { inner: file, read: 0, total: facts.len().max(1), progress };
    let mut parts = Parts::default();
    let manifest = format::read(counted, opener, &mut |piece| parts.take(piece, sink, progress))?;
    parts.flush(sink)?;
    let Some(opened) = parts.opened else { return Err(BackupError::Foreign.into()) };
    if manifest.backup.id != opened.head.backup || manifest.backup.covers != opened.head.seq {
        return Err(damaged("its list is of another backup"));
    }
    let Opened { head, keys, material, inventory, log, .. } = opened;
    Ok((Found { head, manifest, inventory, log, objects: parts.objects, _folder: None }, material, keys))
}

fn damaged(what: impl Into<String>) -> CustodianError {
    BackupError::Damaged(what.into()).into()
}

impl Parts {
    fn take(&mut self, piece: Piece<'_>, sink: &mut dyn Sink, progress: &dyn Progress) -> Result<(), CustodianError> {
        if progress.cancelled() {
            return Err(CustodianError::Cancelled);
        }
        match piece {
            Piece::Head(head) => self.head = Some(head),
            Piece::LogKey(key) => self.log_key = Some(key),
            Piece::Identity(text) => self.identity = Some(text),
            Piece::IdentityFile(file) => self.identity_file = Some(file),
            Piece::Recipient(text) => self.recipient = Some(text),
            Piece::Anchor(anchor) => self.anchor = Some(anchor),
            Piece::Log(log) => self.open_log(log, sink)?,
            Piece::Settings(settings) => sink.settings(settings)?,
            Piece::Secret { object, secret } => {
                self.pending.push((object, secret));
                if self.pending.len() >= GROUP {
                    self.flush(sink)?;
                }
            }
        }
        Ok(())
    }

    /// The log is verified from its first record to its last, and is the one that the head and the anchor name.
    fn open_log(&mut self, log: &mut dyn Read, sink: &mut dyn Sink) -> Result<(), CustodianError> {
        let (Some(head), Some(log_key)) = (self.head.clone(), self.log_key.take()) else {
            return Err(damaged("its parts stand in another order than they are written"));
        };
        let folder = sink.folder()?;
        let io = |cause| CustodianError::Folder { path: folder.clone(), cause };
        file::pour_private(&folder.join(audit::FILE), log).map_err(io)?;
        let keys = LogKeys::derive(&log_key);
        let broken = |what: &dyn std::fmt::Display| {
            let what = what.to_string();
            damaged(format!("its log does not verify ({})", what.split(". ").next().unwrap_or_default().trim_end_matches('.')))
        };
        audit::verify(&folder, Some(&keys), |_, _| true).map_err(|error| broken(&error))?;
        let opened = Log::open(&folder)?;
        if let Some(damage) = opened.report.damage {
            return Err(broken(&damage));
        }
        let (inventory, log) = (opened.inventory, opened.log);
        let anchor = self.anchor.take().and_then(|bytes| ron::de::from_bytes::<Anchor>(&bytes).ok());
        let at = log.head();
        let named =
            anchor.is_some_and(|anchor| (anchor.inventory, anchor.seq, anchor.hash) == (head.inventory, head.seq, head.hash));
        if !named || (at.seq, at.hash) != (head.seq, head.hash) || inventory.id() != head.inventory {
            return Err(damaged("its log is not the one that its anchor names"));
        }
        let material = Material {
            log_key,
            identity: self.identity.take(),
            identity_file: self.identity_file.take(),
            recipient: self.recipient.take(),
        };
        let mut items = HashMap::new();
        for (index, key) in (0_u32..).zip(inventory.keys()) {
            items.extend(key.versions.iter().map(|version| (version.locator.object.clone(), (index, version.number))));
        }
        let opened = Opened { head, keys, material, inventory, log, items };
        sink.begin(&opened)?;
        self.opened = Some(opened);
        Ok(())
    }

    /// Secrets that are held are compared with the log and handed on.
    fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), CustodianError> {
        let group = std::mem::take(&mut self.pending);
        let Some(opened) = &self.opened else {
            return if group.is_empty() { Ok(()) } else { Err(damaged("a secret stands before the log")) };
        };
        let known = in_parallel(&group, |(object, secret)| opened.known(object, secret))?;
        let checked = known.into_iter().zip(group).map(|((key, version), (object, secret))| {
            self.objects.insert(object.into());
            Checked { key, version, secret }
        });
        let checked: Vec<Checked> = checked.collect();
        if checked.is_empty() { Ok(()) } else { sink.group(opened, checked) }
    }
}

impl Opened {
    /// The version whose secret this is, if its log says so.
    fn known(&self, object: &str, secret: &SecretBytes) -> Result<(Arc<Key>, Version), CustodianError> {
        let place = self.items.get(object).and_then(|(index, number)| {
            let key = self.inventory.at(*index)?;
            Some((key.clone(), key.version(*number)?.clone()))
        });
        let (key, version) = place.ok_or_else(|| damaged("a secret in it belongs to no key of its log"))?;
        let fits = match version.mac {
            Some(mac) => self.keys.secret_mac(object, secret) == mac,
            None => crypto::public_key(secret).is_ok_and(|(_, public_key)| public_key == version.public_key),
        };
        if fits && version.life.destroyed.is_none() {
            Ok((key, version))
        } else {
            Err(damaged(format!("the secret of {} is not the one that its log knows", name::shown(&key.name))))
        }
    }
}

/// Tells how far a file was read, in hundredths.
struct Counted<'a> {
    inner: File,
    read: u64,
    total: u64,
    progress: &'a dyn Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let before = self.read * 100 / self.total;
        self.read += read as u64;
        let now = (self.read * 100 / self.total).min(99);
        if now != before {
            self.progress.report(now, 100);
        }
        Ok(read)
    }
}
