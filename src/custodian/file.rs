//! Writing files so that they are whole or not there at all. What is written outside the inventory goes through `held`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::error::CustodianError;
pub(super) use crate::stores::private_folder;

/// Creates a file that only its owner may read; fails if it exists.
pub(super) fn create_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates a file that only its owner may read, out of what a reader gives; fails if it exists.
pub(super) fn pour_private(path: &Path, from: &mut dyn std::io::Read) -> std::io::Result<()> {
    create_private(path, b"")?;
    let mut file = OpenOptions::new().append(true).open(path)?;
    std::io::copy(from, &mut file)?;
    file.sync_all()
}

/// Makes what was created, renamed or removed in a folder durable.
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes what an interrupted [`super::held::Held::write_private`] left beside its target.
pub(super) fn remove_left(path: &Path, operation: &str) -> std::io::Result<()> {
    let (Some(folder), mark) = (path.parent(), format!("{MARK}{operation}-")) else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&mark) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// How the names of files begin that are not in their place yet.
pub(super) const MARK: &str = ".keystead-";
/// Replaces a file of the inventory folder whole.
pub(super) fn replace_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut temporary = tempfile::Builder::new().prefix(".keystead-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

/// Why a file cannot be written, in words.
pub(super) fn target(path: &Path, reason: &str) -> CustodianError {
    CustodianError::Target { path: path.to_owned(), reason: reason.to_owned() }
}

/// Why a file cannot be written.
pub(super) fn not_written(path: &Path, cause: &std::io::Error) -> CustodianError {
    let reason = match cause.kind() {
        ErrorKind::PermissionDenied => "may not be written by you".to_owned(),
        ErrorKind::NotFound => "lies in a folder that does not exist".to_owned(),
        ErrorKind::StorageFull => "does not fit: the disk is full".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "lies on a disk that can only be read".to_owned(),
        _ => format!("cannot be written: {cause}"),
    };
    target(path, &reason)
}
