//! Reading files that others wrote: never blocked by a pipe or a device, never led out of a folder
//! by a link, never more than fits.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::custodian::outcome::Progress;
use crate::formats::limits;
use crate::secret::SecretBytes;

/// Something to look into.
pub enum Source {
    /// A file, or a folder with all below it.
    Path(PathBuf),
    /// Text or bytes that were pasted or came on standard input.
    Pasted(SecretBytes),
}

/// What stands for the path of what was pasted or came on standard input.
pub const PASTED: &str = "pasted text";

/// What could not be read, as the end of a sentence.
pub(in crate::custodian) type Refused = String;

/// No folder is looked into deeper than this.
const DEEPEST: usize = 64;

impl Source {
    /// Takes over bytes that were pasted; they are wiped when they are no longer needed.
    pub fn pasted(bytes: Vec<u8>) -> Self {
        Self::Pasted(SecretBytes::new(bytes))
    }
}

/// A file that was looked into.
pub(super) struct Loaded<'a> {
    /// Its path, or what stands for it.
    pub(super) path: &'a str,
    /// A person named it; otherwise it lay in a folder that was named.
    pub(super) named: bool,
    /// Its bytes, or why it was not read.
    pub(super) bytes: Result<&'a SecretBytes, Refused>,
}

/// Every file of the sources. Ends early when a person cancels.
pub(super) fn each(sources: &[Source], progress: &dyn Progress, mut found: impl FnMut(Loaded)) {
    for source in sources {
        match source {
            Source::Pasted(bytes) => found(Loaded { path: PASTED, named: true, bytes: Ok(bytes) }),
            Source::Path(path) => {
                if !below(path, 0, progress, &mut found) {
                    return;
                }
            }
        }
    }
}

/// A path and, of a folder, all below it, in the order of names. What was named by a person may be
/// a link; within a folder none is followed.
fn below(path: &Path, depth: usize, progress: &dyn Progress, found: &mut impl FnMut(Loaded)) -> bool {
    if progress.cancelled() {
        return false;
    }
    let shown = path.to_string_lossy();
    let mut tell = |bytes: Result<&SecretBytes, Refused>| {
        found(Loaded { path: &shown, named: depth == 0, bytes });
        true
    };
    let metadata = if depth == 0 { fs::metadata(path) } else { fs::symlink_metadata(path) };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(cause) => return tell(Err(format!("it cannot be read: {cause}"))),
    };
    if metadata.is_dir() {
        if depth >= DEEPEST {
            return tell(Err(format!("its folders lie deeper than {DEEPEST} in each other")));
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(cause) => return tell(Err(format!("it cannot be read: {cause}"))),
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort_unstable();
        return paths.iter().all(|path| below(path, depth + 1, progress, found));
    }
    if depth > 0 && !metadata.is_file() {
        // Links, pipes, sockets and devices that merely lie in a folder are nobody's wish.
        return true;
    }
    match load(path) {
        Ok(bytes) => tell(Ok(&bytes)),
        Err(refused) => tell(Err(refused)),
    }
}

/// A regular file whole, wiped when it is dropped.
pub(in crate::custodian) fn load(path: &Path) -> Result<SecretBytes, Refused> {
    let unreadable = |cause: std::io::Error| format!("it cannot be read: {cause}");
    let mut options = File::options();
    options.read(true);
    // Opening a pipe without a writer would wait for ever.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    // Asked before it is opened too: opening some devices already does something.
    let before = fs::metadata(path).map_err(unreadable)?;
    if !before.is_file() {
        return Err("it is not a regular file".into());
    }
    let file = options.open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("it is not a regular file".into());
    }
    if metadata.len() > limits::FILE {
        return Err(format!("it has {} bytes, and {} is the limit", metadata.len(), limits::FILE));
    }
    // Made large enough at once: a buffer that grows leaves copies behind.
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1));
    file.take(limits::FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limits::FILE {
        return Err(format!("it has more than {} bytes", limits::FILE));
    }
    Ok(SecretBytes::new(std::mem::take(&mut *bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custodian::NoProgress;

    fn all(path: &Path) -> Vec<(String, Result<usize, String>)> {
        let mut found = Vec::new();
        each(&[Source::Path(path.to_owned())], &NoProgress, |file| {
            let name = file.path.rsplit('/').next().unwrap_or("").to_owned();
            found.push((name, file.bytes.map(|bytes| bytes.expose().len())));
        });
        found
    }

    #[test]
    fn a_2_gb_file_is_refused_naming_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        File::create(&path).unwrap().set_len(2 << 30).unwrap();
        let error = load(&path).err().unwrap();
        assert_eq!(error, "it has 2147483648 bytes, and 67108864 is the limit");
    }

    #[test]
    #[cfg(unix)]
    fn dev_zero_is_refused() {
        assert_eq!(load(Path::new("/dev/zero")).err().unwrap(), "it is not a regular file");
    }

    #[test]
    #[cfg(unix)]
    fn a_fifo_and_a_socket_are_refused_without_blocking() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        assert_eq!(load(&pipe).err().unwrap(), "it is not a regular file");
        assert_eq!(load(&folder.path().join("socket")).err().unwrap(), "it is not a regular file");
        assert!(all(folder.path()).is_empty(), "and in a folder they are passed over");
    }

    #[test]
    #[cfg(unix)]
    fn no_link_leads_out_of_a_folder() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("a"), b"1").unwrap();
        fs::write(other.path().join("b"), b"22").unwrap();
        std::os::unix::fs::symlink(other.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(other.path().join("b"), folder.path().join("link")).unwrap();
        assert_eq!(all(folder.path()), [("a".to_owned(), Ok(1))]);
        assert_eq!(all(&folder.path().join("link")), [("link".to_owned(), Ok(2))], "named by a person it is followed");
    }

    #[test]
    #[cfg(unix)]
    fn a_name_that_is_not_utf_8_is_read_and_shown() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"k\xff.pem")), b"1").unwrap();
        assert_eq!(all(folder.path()), [("k\u{fffd}.pem".to_owned(), Ok(1))]);
    }
}
