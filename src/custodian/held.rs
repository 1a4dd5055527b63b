//! A file that is written outside the inventory, and its folder, which is held open from the moment its path is resolved.
//! A share that goes away in between leaves a folder of the same name, which would take what was meant for the share: so
//! everything is done in the folder that is held, and at the end the path has to lead to the very file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::CustodianError;
use super::file::{MARK, not_written, target};
use super::folder::{Folder, Kind, Rights};
use crate::secret::SecretBytes;

/// Anyone may read it.
const PUBLIC: Rights = 0o644;
/// Its owner alone may.
const PRIVATE: Rights = 0o600;

/// Where a file goes.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    name: OsString,
    replace: bool,
    folder: Folder,
}

impl Held {
    /// Resolves a path, and says why nothing can be written there. What stands there is replaced only when `replace` says so.
    pub(super) fn of(path: &Path, replace: bool) -> Result<Self, CustodianError> {
        let path = std::path::absolute(path).map_err(|cause| not_written(path, &cause))?;
        let (Some(name), Some(folder)) = (path.file_name(), path.parent()) else {
            return Err(target(&path, "is a folder. Name a file in it"));
        };
        let folder = Folder::open(folder).map_err(|cause| not_written(&path, &cause))?;
        let held = Self { name: name.to_owned(), replace, folder, path };
        held.check()?;
        Ok(held)
    }

    /// The whole path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole path, for the log.
    pub(super) fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn check(&self) -> Result<(), CustodianError> {
        match self.folder.kind(&self.name) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(not_written(&self.path, &cause)),
            Ok(Kind::Folder) => Err(target(&self.path, "is a folder. Name a file in it")),
            Ok(Kind::Link) => Err(target(&self.path, "is a symbolic link. Name the file itself")),
            Ok(Kind::Other) => Err(target(&self.path, "is not a regular file (a pipe or a device). Name a file")),
            Ok(Kind::File) if self.replace => Ok(()),
            Ok(Kind::File) => Err(CustodianError::Exists(self.path.clone())),
        }
    }

    /// Writes a file that anyone may read: beside it first, synced, moved to its place, and read back. What stood there is
    /// replaced whole.
    pub(super) fn write_public(&self, bytes: &[u8]) -> Result<PathBuf, CustodianError> {
        self.write(bytes, PUBLIC, MARK)
    }

    /// The same for a secret: only its owner may read it, from its creation on. `operation` is in the name of the file that
    /// is written first, so that [`super::file::remove_left`] finds it after a crash.
    pub(super) fn write_private(&self, secret: &SecretBytes, operation: &str) -> Result<PathBuf, CustodianError> {
        self.write(secret.expose(), PRIVATE, &format!("{MARK}{operation}-"))
    }

    /// Begins a file that holds secrets and is written bit by bit; [`Begun::place`] moves it to its place.
    pub(super) fn begin_private(&self, operation: &str) -> Result<Begun<'_>, CustodianError> {
        self.check()?;
        self.begin(PRIVATE, &format!("{MARK}{operation}-")).map_err(|cause| not_written(&self.path, &cause))
    }

    /// Makes a folder beside the file that only its owner may enter.
    pub(super) fn make_folder(&self, name: &OsStr) -> Result<Folder, CustodianError> {
        let path = self.path.with_file_name(name);
        self.folder.make(name).map_err(|cause| match cause.kind() {
            ErrorKind::AlreadyExists => CustodianError::Exists(path),
            _ => not_written(&path, &cause),
        })
    }

    fn begin(&self, mode: Rights, mark: &str) -> std::io::Result<Begun<'_>> {
        let random: [u8; 8] = crate::crypto::random().map_err(std::io::Error::other)?;
        let name = OsString::from(format!("{mark}{}", crate::model::hex::encode(&random)));
        let file = self.folder.create(&name, mode)?;
        Ok(Begun { held: self, name, file, placed: false })
    }

    fn write(&self, bytes: &[u8], mode: Rights, mark: &str) -> Result<PathBuf, CustodianError> {
        let io = |cause: &std::io::Error| not_written(&self.path, cause);
        self.check()?;
        let mut begun = self.begin(mode, mark).map_err(|cause| io(&cause))?;
        begun.file.write_all(bytes).and_then(|()| begun.file.sync_all()).map_err(|cause| io(&cause))?;
        let before = if self.replace { self.before() } else { None };
        begun.move_in()?;
        if let Err(cause) = self.folder.sync() {
            let put_back = self.put_back(before.as_ref());
            return Err(put_back.map_or_else(|_| CustodianError::ReadBack(self.path.clone()), |()| io(&cause)));
        }
        if !Folder::is_at(&self.path, &begun.file) {
            let left = self.put_back(before.as_ref()).is_err();
            return Err(CustodianError::FolderGone { path: self.path.clone(), left });
        }
        match self.folder.read(&self.name) {
            Ok(found) if found.expose() == bytes => Ok(self.path.clone()),
            _ => Err(CustodianError::ReadBack(self.path.clone())),
        }
    }

    /// What the file holds that is being replaced, and who can read it.
    pub(super) fn before(&self) -> Option<Before> {
        Some(Before { bytes: self.folder.read(&self.name).ok()?, mode: self.folder.rights(&self.name).unwrap_or(PUBLIC) })
    }

    /// Undoes a write, so that it did not happen.
    pub(super) fn put_back(&self, before: Option<&Before>) -> std::io::Result<()> {
        let Some(before) = before else { return self.folder.remove(&self.name) };
        let mut begun = self.begin(before.mode, MARK)?;
        begun.file.write_all(before.bytes.expose())?;
        self.folder.rename(&begun.name, &self.name, true)?;
        begun.placed = true;
        Ok(())
    }
}

/// What stood in the place of a file.
pub(super) struct Before {
    bytes: SecretBytes,
    mode: Rights,
}

/// A file that is not in its place yet; dropped before, it is removed.
pub(super) struct Begun<'a> {
    held: &'a Held,
    name: OsString,
    file: File,
    placed: bool,
}

impl Begun<'_> {
    /// What is written to.
    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    /// What was written, opened anew.
    pub(super) fn reopened(&self) -> std::io::Result<File> {
        self.held.folder.open_file(&self.name)
    }

    /// Moves what was written, synced and read back to its place.
    pub(super) fn place(mut self) -> Result<(), CustodianError> {
        let held = self.held;
        held.check()?;
        self.move_in()?;
        // It is whole where it stands; whether its name outlives a loss of power is not known.
        held.folder.sync().map_err(|_| CustodianError::ReadBack(held.path.clone()))?;
        if Folder::is_at(&held.path, &self.file) {
            return Ok(());
        }
        // What it replaced is gone, so that a whole one stays rather than none.
        let left = held.replace || held.folder.remove(&held.name).is_err();
        Err(CustodianError::FolderGone { path: held.path.clone(), left })
    }

    fn move_in(&mut self) -> Result<(), CustodianError> {
        let held = self.held;
        held.folder.rename(&self.name, &held.name, held.replace).map_err(|cause| match cause.kind() {
            ErrorKind::AlreadyExists => CustodianError::Exists(held.path.clone()),
            _ => not_written(&held.path, &cause),
        })?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.placed {
            // A secret that cannot be removed now is removed by `remove_left`.
            let _ = self.held.folder.remove(&self.name);
        }
    }
}

/// Writes files that belong together: where one cannot be written, those before it are as they were.
pub(super) fn write_public_together(targets: &[Held], bytes: &[Vec<u8>]) -> Result<Vec<PathBuf>, CustodianError> {
    let (mut written, mut before) = (Vec::new(), Vec::new());
    for (held, bytes) in targets.iter().zip(bytes) {
        let stood = if held.replace { held.before() } else { None };
        match held.write_public(bytes) {
            Ok(path) => written.push(path),
            Err(error) => {
                for (held, stood) in targets.iter().zip(&before) {
                    held.put_back(Option::as_ref(stood)).map_err(|_| CustodianError::ReadBack(held.path.clone()))?;
                }
                return Err(error);
            }
        }
        before.push(stood);
    }
    Ok(written)
}

impl Folder {
    /// What a file of it holds.
    pub(super) fn read(&self, name: &OsStr) -> std::io::Result<SecretBytes> {
        let mut file = self.open_file(name)?;
        let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(SecretBytes::new(bytes))
    }

    /// Writes a file that only its owner may read; fails if it exists.
    pub(super) fn write_new(&self, name: &OsStr, secret: &SecretBytes) -> std::io::Result<()> {
        let mut file = self.create(name, PRIVATE)?;
        file.write_all(secret.expose())?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write_public(path: &Path, bytes: &[u8], replace: bool) -> Result<PathBuf, CustodianError> {
        Held::of(path, replace)?.write_public(bytes)
    }

    #[test]
    fn an_export_target_that_is_a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/")] {
            let error = write_public(path, b"x", true).unwrap_err();
            assert!(error.to_string().contains("is a folder"), "{error}");
        }
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
        fs::write(&paths[1], b"old").unwrap();
        let bytes = [b"1".to_vec(), b"2".to_vec(), b"3".to_vec()];
        let targets = paths.each_ref().map(|path| Held::of(path, true).unwrap());
        fs::create_dir(&paths[2]).unwrap();
        assert!(write_public_together(&targets, &bytes).unwrap_err().to_string().contains("is a folder"));
        assert!(!paths[0].exists());
        assert_eq!(fs::read(&paths[1]).unwrap(), b"old");
        fs::remove_dir(&paths[2]).unwrap();
        assert_eq!(write_public_together(&targets, &bytes).unwrap(), paths);
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

    #[test]
    fn what_came_into_its_place_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.pem");
        let held = Held::of(&file, false).unwrap();
        let mut begun = held.begin(PUBLIC, MARK).unwrap();
        fs::write(&file, b"another").unwrap();
        assert!(matches!(begun.move_in(), Err(CustodianError::Exists(_))));
        drop(begun);
        assert_eq!(fs::read(&file).unwrap(), b"another");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside");
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_that_goes_away_takes_nothing_and_neither_does_what_comes_in_its_place() {
        let outer = tempfile::tempdir().unwrap();
        let (folder, away) = (outer.path().join("share"), outer.path().join("away"));
        let files = |folder: &Path| fs::read_dir(folder).unwrap().count();
        for replace in [false, true] {
            fs::create_dir(&folder).unwrap();
            if replace {
                fs::write(folder.join("a.pem"), b"old").unwrap();
            }
            let held = Held::of(&folder.join("a.pem"), replace).unwrap();
            fs::rename(&folder, &away).unwrap();
            fs::create_dir(&folder).unwrap();
            let error = held.write_private(&SecretBytes::new(b"secret".to_vec()), "1").unwrap_err();
            assert!(matches!(error, CustodianError::FolderGone { left: false, .. }), "{error}");
            assert_eq!((files(&folder), files(&away)), (0, usize::from(replace)), "{error}");
            if replace {
                assert_eq!(fs::read(away.join("a.pem")).unwrap(), b"old");
            }
            let mut begun = held.begin_private("2").unwrap();
            begun.file.write_all(b"secret").unwrap();
            let error = begun.place().unwrap_err();
            assert!(matches!(error, CustodianError::FolderGone { left, .. } if left == replace), "{error}");
            assert_eq!((files(&folder), files(&away)), (0, usize::from(replace)), "{error}");
            fs::remove_dir_all(&folder).unwrap();
            fs::remove_dir_all(&away).unwrap();
        }
    }
}
