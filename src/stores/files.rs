//! Encrypted files: one standard age file a secret.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::identity::{Identity, Recipient};
use super::{Capabilities, Granularity, Item, KeyStore, StoreError, disk};
use crate::secret::{SecretBytes, on_wiped_stack};

/// From so many files on they are synced by one call for the whole disk.
const SYNC_TOGETHER: usize = 9;

/// No key comes near it; a larger file would not be read back.
const LARGEST: usize = 512 << 10;

/// What it is called on screens.
const NAME: &str = "Encrypted files";

/// A folder of age files, opened by an identity.
pub struct FileStore {
    folder: PathBuf,
    open: RwLock<Option<Open>>,
}

/// What is in memory while it is open. With a recipient alone, secrets can be put in but not read.
#[derive(Clone)]
struct Open {
    identity: Option<Arc<Identity>>,
    recipient: Recipient,
}

impl FileStore {
    /// The store in a folder, locked.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder, open: RwLock::new(None) }
    }

    pub(super) fn open(&self, identity: Identity) {
        let recipient = identity.recipient();
        self.set(Some(Open { identity: Some(Arc::new(identity)), recipient }));
    }

    pub(super) fn open_for_writing(&self, recipient: Recipient) {
        self.set(Some(Open { identity: None, recipient }));
    }

    /// The identity that opens it, as text, while it is open for reading.
    pub(super) fn identity_text(&self) -> Option<SecretBytes> {
        self.opened().ok()?.identity.map(|identity| identity.text())
    }

    pub(super) fn lock(&self) {
        self.set(None);
    }

    fn set(&self, open: Option<Open>) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = open;
    }

    pub(super) fn is_open(&self) -> bool {
        self.opened().is_ok()
    }

    fn opened(&self) -> Result<Open, StoreError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone().ok_or_else(|| StoreError::Locked { store: NAME.into() })
    }

    /// Names that could lead out of the folder are refused.
    fn path(&self, object: &str) -> Result<PathBuf, StoreError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if object.is_empty() || object.len() > 64 || !object.bytes().all(plain) {
            return Err(self.absent(object));
        }
        Ok(self.folder.join(format!("{object}.age")))
    }

    fn absent(&self, object: &str) -> StoreError {
        StoreError::Absent { store: NAME.into(), object: object.into() }
    }

    fn damaged(&self, object: &str) -> StoreError {
        StoreError::Damaged { store: NAME.into(), object: object.into() }
    }

    /// Writes one file, or finds that it is there already. `true` when it was written.
    fn put(&self, open: &Open, item: &Item) -> Result<bool, StoreError> {
        let path = self.path(item.object)?;
        let file = open.recipient.encrypt(item.secret).ok_or_else(|| self.damaged(item.object))?;
        match disk::create(&path, &file) {
            Ok(_) => Ok(true),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                let same = open.identity.is_some() && self.export(item.object).is_ok_and(|found| found.same_as(item.secret));
                if same { Ok(false) } else { Err(StoreError::Occupied { store: NAME.into(), object: item.object.into() }) }
            }
            Err(cause) => Err(disk::error(&path, cause)),
        }
    }

    /// Writes secrets over whatever lies under their names, each whole or not at all. For copies,
    /// which cannot be read to be compared.
    pub(super) fn put_over(&self, items: &[Item]) -> Result<(), StoreError> {
        let open = self.opened()?;
        disk::folder(&self.folder)?;
        for item in items {
            let path = self.path(item.object)?;
            let file = open.recipient.encrypt(item.secret).ok_or_else(|| self.damaged(item.object))?;
            disk::replace(&path, &file, |written| if written == file { Ok(()) } else { Err(self.damaged(item.object)) })?;
        }
        Ok(())
    }

    /// Writes a share of a batch; what was written before an error is named with it.
    fn put_all(&self, open: &Open, items: &[Item]) -> (Vec<PathBuf>, Result<(), StoreError>) {
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            match self.put(open, item) {
                Ok(true) => written.extend(self.path(item.object)),
                Ok(false) => {}
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }

    /// Makes a batch durable, with what of it was there before: whoever wrote that may have been
    /// stopped before it was.
    fn sync(&self, items: &[Item]) -> Result<(), StoreError> {
        #[cfg(target_os = "linux")]
        if items.len() >= SYNC_TOGETHER {
            return disk::sync_disk(&self.folder).map_err(|cause| disk::error(&self.folder, cause));
        }
        for item in items {
            let path = &self.path(item.object)?;
            fs::File::open(path).and_then(|file| file.sync_all()).map_err(|cause| disk::error(path, cause))?;
        }
        disk::sync_folder(&self.folder).map_err(|cause| disk::error(&self.folder, cause))
    }
}

impl KeyStore for FileStore {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            keys_can_leave: true,
            makes_inside: false,
            holds_many: true,
            largest_item: Some(LARGEST),
            destroys: Granularity::Item,
        }
    }

    fn import(&self, items: &[Item<'_>]) -> Result<(), StoreError> {
        let open = self.opened()?;
        super::check_batch(self, items)?;
        disk::folder(&self.folder)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = items.len().div_ceil(if items.len() < SYNC_TOGETHER { 1 } else { cores }).max(1);
        let parts: Vec<_> = std::thread::scope(|scope| {
            let open = &open;
            let (first, rest) = items.split_at(share.min(items.len()));
            let workers: Vec<_> =
                rest.chunks(share).map(|part| scope.spawn(move || on_wiped_stack(|| self.put_all(open, part)))).collect();
            let own = self.put_all(open, first);
            let stopped = || (Vec::new(), Err(self.damaged("a worker stopped")));
            let others = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| stopped()));
            std::iter::once(own).chain(others.collect::<Vec<_>>()).collect()
        });
        let mut written = Vec::new();
        let mut failed = None;
        for (paths, result) in parts {
            written.extend(paths);
            failed = failed.or(result.err());
        }
        let result = failed.map_or_else(|| self.sync(items), Err);
        if result.is_err() {
            written.iter().for_each(|path| drop(fs::remove_file(path)));
            // What is tried again later finds out itself what is left.
            let _ = disk::sync_folder(&self.folder);
        }
        result
    }

    fn export(&self, object: &str) -> Result<SecretBytes, StoreError> {
        let open = self.opened()?;
        let identity = open.identity.ok_or_else(|| StoreError::Locked { store: NAME.into() })?;
        let path = self.path(object)?;
        let file = disk::read(&path).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => self.absent(object),
            ErrorKind::Other => self.damaged(object),
            _ => disk::unreadable(&path, cause),
        })?;
        identity.decrypt(&file).ok_or_else(|| self.damaged(object))
    }

    fn destroy(&self, object: &str) -> Result<(), StoreError> {
        self.opened()?;
        let path = self.path(object)?;
        let io = |cause: std::io::Error| match cause.kind() {
            ErrorKind::NotFound => self.absent(object),
            _ => disk::error(&path, cause),
        };
        fs::remove_file(&path).map_err(io)?;
        disk::sync_folder(&self.folder).map_err(io)?;
        match fs::symlink_metadata(&path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            _ => Err(disk::error(&path, std::io::Error::other("it is still there after it was removed"))),
        }
    }

    fn list(&self) -> Result<Vec<String>, StoreError> {
        let folder = |cause| disk::unreadable(&self.folder, cause);
        let entries = match fs::read_dir(&self.folder) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(folder)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(folder)?;
            let name = entry.file_name();
            let object = Path::new(&name).extension().filter(|ending| *ending == "age").and(Path::new(&name).file_stem());
            names.extend(object.and_then(|object| object.to_str()).filter(|object| self.path(object).is_ok()).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }
}
