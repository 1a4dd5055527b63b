//! A folder that is held open: what is done in it is done there, whatever its path leads to meanwhile. Where the system
//! has no such calls it goes by the path.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Result;
use std::path::Path;

#[cfg(unix)]
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags},
    io::Errno,
};

/// What a name in a folder is of.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a device, a socket.
    Other,
}

/// Who may read and write a file.
#[cfg(unix)]
pub(super) type Rights = rustix::fs::RawMode;
#[cfg(not(unix))]
pub(super) type Rights = u32;

/// A folder that is held open.
#[derive(Debug)]
pub(super) struct Folder(#[cfg(unix)] std::os::fd::OwnedFd, #[cfg(not(unix))] std::path::PathBuf);

#[cfg(unix)]
impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self(rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// Makes a folder that only its owner may enter.
    pub(super) fn make(&self, name: &OsStr) -> Result<Self> {
        rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes a file with these rights; fails if there is one.
    pub(super) fn create(&self, name: &OsStr, rights: Rights) -> Result<File> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(rights))?.into())
    }

    /// Opens a file for reading.
    pub(super) fn open_file(&self, name: &OsStr) -> Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into())
    }

    pub(super) fn kind(&self, name: &OsStr) -> Result<Kind> {
        Ok(match FileType::from_raw_mode(self.stat(name)?.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        })
    }

    /// Who may read and write a file.
    pub(super) fn rights(&self, name: &OsStr) -> Result<Rights> {
        Ok(self.stat(name)?.st_mode & 0o777)
    }

    /// Moves a file; what stands there is replaced only when `replace` says so.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> Result<()> {
        if replace {
            return Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?);
        }
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        match rustix::fs::renameat_with(&self.0, from, &self.0, to, rustix::fs::RenameFlags::NOREPLACE) {
            // Some file systems cannot, NFS among them.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
            other => return Ok(other?),
        }
        rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty())?;
        self.remove(from).inspect_err(|_| {
            let _ = self.remove(to);
        })
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &OsStr) -> Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Makes what was created, renamed or removed in it durable.
    pub(super) fn sync(&self) -> Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    /// The path leads to this very file.
    pub(super) fn is_at(path: &Path, file: &File) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let (Ok(there), Ok(own)) = (std::fs::symlink_metadata(path), file.metadata()) else { return false };
        (there.dev(), there.ino()) == (own.dev(), own.ino())
    }

    fn stat(&self, name: &OsStr) -> Result<rustix::fs::Stat> {
        Ok(rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

#[cfg(not(unix))]
impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        std::fs::read_dir(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Makes a folder.
    pub(super) fn make(&self, name: &OsStr) -> Result<Self> {
        std::fs::create_dir(self.0.join(name))?;
        Ok(Self(self.0.join(name)))
    }

    /// Makes a file; fails if there is one. A file's mode is known on Unix alone.
    pub(super) fn create(&self, name: &OsStr, _rights: Rights) -> Result<File> {
        std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Opens a file for reading.
    pub(super) fn open_file(&self, name: &OsStr) -> Result<File> {
        File::open(self.0.join(name))
    }

    pub(super) fn kind(&self, name: &OsStr) -> Result<Kind> {
        let found = std::fs::symlink_metadata(self.0.join(name))?.file_type();
        Ok(match () {
            () if found.is_symlink() => Kind::Link,
            () if found.is_dir() => Kind::Folder,
            () if found.is_file() => Kind::File,
            () => Kind::Other,
        })
    }

    /// A file's mode is known on Unix alone.
    pub(super) fn rights(&self, _name: &OsStr) -> Result<Rights> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    /// Moves a file; what stands there is replaced only when `replace` says so.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr, replace: bool) -> Result<()> {
        let (from, to) = (self.0.join(from), self.0.join(to));
        if replace {
            return std::fs::rename(from, to);
        }
        // It reserves the name, so that nothing that comes meanwhile is replaced.
        std::fs::OpenOptions::new().write(true).create_new(true).open(&to)?;
        std::fs::rename(from, &to).inspect_err(|_| {
            let _ = std::fs::remove_file(&to);
        })
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &OsStr) -> Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    /// There is no such call.
    pub(super) fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// The path leads to a file as long as this one.
    pub(super) fn is_at(path: &Path, file: &File) -> bool {
        let long = |found: Result<std::fs::Metadata>| found.map(|found| found.len()).ok();
        long(std::fs::symlink_metadata(path)).is_some_and(|there| Some(there) == long(file.metadata()))
    }
}
