//! Writing files so that they are whole or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::error::CustodianError;
use crate::secret::SecretBytes;
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
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Writes a file outside the inventory that anyone may read: beside it first, synced, moved to its
/// place, and read back. What stood there is replaced whole, and only when `replace` says so.
pub(super) fn write_public(path: &Path, bytes: &[u8], replace: bool) -> Result<PathBuf, CustodianError> {
    write(path, bytes, replace, PUBLIC, MARK)
}

/// The same for a secret: only its owner may read it, from its creation on. `operation` is in the name of the file that is
/// written first, so that [`remove_left`] finds it after a crash.
pub(super) fn write_private(
    path: &Path,
    secret: &SecretBytes,
    replace: bool,
    operation: &str,
) -> Result<PathBuf, CustodianError> {
    write(path, secret.expose(), replace, PRIVATE, &format!("{MARK}{operation}-"))
}

/// Begins a file that holds secrets and is written bit by bit, beside its target; [`place_private`] moves it there.
pub(super) fn begin_private(path: &Path, replace: bool, operation: &str) -> Result<tempfile::NamedTempFile, CustodianError> {
    check_target(path, replace)?;
    let folder = path.parent().ok_or_else(|| target(path, "has no folder"))?;
    beside(folder, PRIVATE, &format!("{MARK}{operation}-")).map_err(|cause| refused(path, &cause))
}

/// Moves a file that was written, synced and read back to its place.
pub(super) fn place_private(temporary: tempfile::NamedTempFile, path: &Path, replace: bool) -> Result<(), CustodianError> {
    check_target(path, replace)?;
    if replace {
        temporary.persist(path).map_err(|failed| refused(path, &failed.error))?;
    } else {
        temporary.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => CustodianError::Exists(path.to_owned()),
            _ => refused(path, &failed.error),
        })?;
    }
    let folder = path.parent().ok_or_else(|| target(path, "has no folder"))?;
    // It is whole where it stands; whether its name outlives a loss of power is not known.
    sync_folder(folder).map_err(|_| CustodianError::ReadBack(path.to_owned()))
}

/// Why a file cannot be written.
pub(super) fn not_written(path: &Path, cause: &std::io::Error) -> CustodianError {
    refused(path, cause)
}

/// Removes what an interrupted [`write_private`] left beside its target.
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
const MARK: &str = ".keystead-";
const PUBLIC: u32 = 0o644;
const PRIVATE: u32 = 0o600;

#[cfg_attr(not(unix), expect(unused_variables, reason = "a file's mode is known on Unix alone"))]
fn beside(folder: &Path, mode: u32, mark: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(mark);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    builder.tempfile_in(folder)
}

fn write(path: &Path, bytes: &[u8], replace: bool, mode: u32, mark: &str) -> Result<PathBuf, CustodianError> {
    let path = std::path::absolute(path).map_err(|cause| refused(path, &cause))?;
    check_target(&path, replace)?;
    let folder = path.parent().ok_or_else(|| target(&path, "has no folder"))?;
    let io = |cause: &std::io::Error| refused(&path, cause);
    let mut temporary = beside(folder, mode, mark).map_err(|cause| io(&cause))?;
    temporary.write_all(bytes).and_then(|()| temporary.as_file().sync_all()).map_err(|cause| io(&cause))?;
    let before = if replace { Before::of(&path) } else { None };
    if replace {
        temporary.persist(&path).map_err(|failed| io(&failed.error))?;
    } else {
        temporary.persist_noclobber(&path).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => CustodianError::Exists(path.clone()),
            _ => io(&failed.error),
        })?;
    }
    if let Err(cause) = sync_folder(folder) {
        return Err(put_back(&path, before.as_ref()).map_or_else(|_| CustodianError::ReadBack(path.clone()), |()| io(&cause)));
    }
    match fs::read(&path).map(SecretBytes::new) {
        Ok(found) if found.expose() == bytes => Ok(path),
        _ => Err(CustodianError::ReadBack(path)),
    }
}

/// What a file held that is being replaced, and who could read it.
struct Before {
    bytes: SecretBytes,
    mode: u32,
}

impl Before {
    fn of(path: &Path) -> Option<Self> {
        let bytes = SecretBytes::new(fs::read(path).ok()?);
        #[cfg(unix)]
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).ok()?.permissions()) & 0o777;
        #[cfg(not(unix))]
        let mode = PUBLIC;
        Some(Self { bytes, mode })
    }
}

/// Writes files that belong together: where one cannot be written, those before it are as they were.
pub(super) fn write_public_together<const N: usize>(
    paths: &[PathBuf; N],
    bytes: &[Vec<u8>; N],
    replace: bool,
) -> Result<Vec<PathBuf>, CustodianError> {
    let (mut written, mut before) = (Vec::new(), Vec::new());
    for (path, bytes) in paths.iter().zip(bytes) {
        let stood = if replace { Before::of(path) } else { None };
        match write_public(path, bytes, replace) {
            Ok(path) => written.push(path),
            Err(error) => {
                for (path, stood) in written.iter().zip(&before) {
                    put_back(path, Option::as_ref(stood)).map_err(|_| CustodianError::ReadBack(path.clone()))?;
                }
                return Err(error);
            }
        }
        before.push(stood);
    }
    Ok(written)
}

/// Undoes a write that could not be made durable, so that it did not happen.
fn put_back(path: &Path, before: Option<&Before>) -> std::io::Result<()> {
    match before {
        None => fs::remove_file(path),
        Some(before) => {
            let mut temporary = beside(path.parent().unwrap_or(Path::new(".")), before.mode, MARK)?;
            temporary.write_all(before.bytes.expose())?;
            temporary.persist(path).map(drop).map_err(|failed| failed.error)
        }
    }
}

/// Whether the target can be written to; asked before anything is begun.
pub(super) fn check_target(path: &Path, replace: bool) -> Result<(), CustodianError> {
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(refused(path, &cause)),
        Ok(found) if found.is_dir() => Err(target(path, "is a folder. Name a file in it")),
        Ok(found) if found.is_symlink() => Err(target(path, "is a symbolic link. Name the file itself")),
        Ok(found) if !found.is_file() => Err(target(path, "is not a regular file (a pipe or a device). Name a file")),
        Ok(_) if replace => Ok(()),
        Ok(_) => Err(CustodianError::Exists(path.to_owned())),
    }
}

/// Replaces a file of the inventory folder whole.
pub(super) fn replace_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut temporary = tempfile::Builder::new().prefix(".keystead-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

fn target(path: &Path, reason: &str) -> CustodianError {
    CustodianError::Target { path: path.to_owned(), reason: reason.to_owned() }
}

fn refused(path: &Path, cause: &std::io::Error) -> CustodianError {
    let reason = match cause.kind() {
        ErrorKind::PermissionDenied => "may not be written by you".to_owned(),
        ErrorKind::NotFound => "lies in a folder that does not exist".to_owned(),
        ErrorKind::StorageFull => "does not fit: the disk is full".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "lies on a disk that can only be read".to_owned(),
        _ => format!("cannot be written: {cause}"),
    };
    target(path, &reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_target_that_is_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_public(folder.path(), b"x", true).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn an_export_target_that_is_a_fifo_is_refused_without_blocking() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = write_public(&pipe, b"x", true).unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn an_export_target_that_is_a_symlink_is_refused_and_what_it_names_is_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let error = write_public(&link, b"x", true).unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"old");
    }

    #[test]
    fn an_export_target_that_is_unwritable_is_refused() {
        let error = write_public(Path::new("/proc/keystead.pem"), b"x", false).unwrap_err();
        assert!(error.to_string().starts_with("Nothing was written"), "{error}");
    }

    #[test]
    fn files_that_belong_together_are_all_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b", "c"].map(|name| folder.path().join(name));
        fs::create_dir(&paths[2]).unwrap();
        fs::write(&paths[1], b"old").unwrap();
        let bytes = [b"1".to_vec(), b"2".to_vec(), b"3".to_vec()];
        assert!(write_public_together(&paths, &bytes, true).unwrap_err().to_string().contains("is a folder"));
        assert!(!paths[0].exists());
        assert_eq!(fs::read(&paths[1]).unwrap(), b"old");
        fs::remove_dir(&paths[2]).unwrap();
        assert_eq!(write_public_together(&paths, &bytes, true).unwrap(), paths);
        assert_eq!(fs::read(&paths[1]).unwrap(), b"2");
    }

    #[test]
    fn what_exists_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.pem");
        write_public(&file, b"one", false).unwrap();
        assert!(matches!(write_public(&file, b"two", false), Err(CustodianError::Exists(_))));
        assert_eq!(fs::read(&file).unwrap(), b"one");
        write_public(&file, b"two", true).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
    }
}
