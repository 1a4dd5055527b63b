//! Files that hold secrets: only their owner may read them from the moment they exist, and they
//! are whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::StoreError;

/// No secret is larger; a file that is was put there by someone else.
const LARGEST: u64 = 1 << 20;

pub(super) fn error(path: &Path, cause: std::io::Error) -> StoreError {
    StoreError::Disk { path: path.to_owned(), cause }
}

pub(super) fn unreadable(path: &Path, cause: std::io::Error) -> StoreError {
    StoreError::Unreadable { path: path.to_owned(), cause }
}

/// Makes a folder that only its owner may enter, with its parents, and their names durable.
pub(crate) fn private_folder(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), private_folder)?;
    #[cfg_attr(not(unix), expect(unused_mut, reason = "nothing is set on it"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        // Made by another program in between.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
        other => other?,
    }
    match sync_folder(parent.unwrap_or(Path::new("."))) {
        // A folder may be entered and written without being readable; then it cannot be synced.
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

/// As [`private_folder`], for a store.
pub(super) fn folder(path: &Path) -> Result<(), StoreError> {
    private_folder(path).map_err(|cause| error(path, cause))
}

/// Creates a file; fails if anything of that name exists, be it a dangling link.
pub(super) fn create(path: &Path, bytes: &[u8]) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    match file.write_all(bytes) {
        Ok(()) => Ok(file),
        Err(cause) => {
            // What was not written whole is of no use; the first error is the one to tell.
            let _ = fs::remove_file(path);
            Err(cause)
        }
    }
}

/// Reads a regular file, never through a link, never a pipe or a device.
pub(super) fn read(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(no_link)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(std::io::Error::other("it is not a regular file of a sensible size"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the system says of a link that is not to be followed is worded for something else.
fn no_link(cause: std::io::Error) -> std::io::Error {
    #[cfg(unix)]
    if cause.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return std::io::Error::other("it is a symbolic link");
    }
    cause
}

/// Puts a file in place of another, or where none was: beside it first, synced, proven by
/// `prove`, moved, and the folder synced. Until then the old one stands, and it is put back when
/// the folder cannot be synced.
pub(super) fn replace(path: &Path, bytes: &[u8], prove: impl FnOnce(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let io = |cause| error(path, cause);
    // Temporary files are private from the moment they exist.
    let mut temporary = tempfile::Builder::new().prefix(".keystead-").tempfile_in(folder).map_err(io)?;
    temporary.write_all(bytes).and_then(|()| temporary.as_file().sync_all()).map_err(io)?;
    prove(&read(temporary.path()).map_err(io)?)?;
    let before = match read(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => None,
        found => Some(found.map_err(io)?),
    };
    temporary.persist(path).map_err(|failed| io(failed.error))?;
    let Err(cause) = sync_folder(folder) else { return Ok(()) };
    match put_back(path, before.as_deref().map(Vec::as_slice)) {
        Ok(()) => Err(io(cause)),
        Err(_) => Err(StoreError::Unsettled { path: path.to_owned(), cause }),
    }
}

/// Undoes a replacement that could not be made durable.
fn put_back(path: &Path, before: Option<&[u8]>) -> std::io::Result<()> {
    let Some(bytes) = before else { return fs::remove_file(path) };
    let mut temporary = tempfile::Builder::new().prefix(".keystead-").tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Makes what was created, renamed or removed in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Makes everything on the disk of a folder durable at once.
#[cfg(target_os = "linux")]
pub(super) fn sync_disk(folder: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}
