//! Reading a backup, piece by piece, to its very end: only there is it known to be whole.

use std::collections::HashSet;
use std::io::{BufReader, ErrorKind, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::seal::{self, Opener, Watched};
use super::{BackupError, FOLDER, FORM, Head, Manifest, Piece, entry};
use crate::secret::SecretBytes;

/// No single secret is larger, and nothing else that is kept in memory but the list of what is in it.
const LARGEST: u64 = 1 << 20;

/// A list of a hundred thousand secrets takes about 30 MB.
const LARGEST_LIST: u64 = 256 << 20;

/// What every form of a backup begins with.
#[derive(Deserialize)]
struct Form {
    form: u32,
}

/// Reads a backup and hands over each piece as it comes. The list comes back once the end was read and everything it
/// names was there.
pub fn read<R: Read, E: From<BackupError>>(
    input: R,
    opener: &Opener,
    take: &mut dyn FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<Manifest, E> {
    let watched = Watched::new(input);
    let ended = watched.ended.clone();
    let mut stream = seal::open(BufReader::with_capacity(64 << 10, watched), opener)?;
    let trouble = |cause: std::io::Error| -> E {
        let error = match cause.kind() {
            ErrorKind::UnexpectedEof => BackupError::Truncated,
            // Whether it was cut or changed there cannot be told apart: its last piece does not open.
            ErrorKind::InvalidData if ended.get() => BackupError::Truncated,
            ErrorKind::InvalidData | ErrorKind::Other => BackupError::damaged("what is inside is not what was written"),
            _ => BackupError::Disk(cause),
        };
        error.into()
    };
    let manifest = entries(&mut stream, &trouble, take)?;
    // What follows the tar is zeros, and the last piece of the age file proves that nothing was cut.
    let mut rest = [0; 4096];
    while stream.read(&mut rest).map_err(trouble)? > 0 {}
    Ok(manifest)
}

/// Reads what is inside a backup, and keeps none of it; for the fuzzing of parsers.
pub fn read_inside(mut inside: &[u8]) {
    let trouble = |cause: std::io::Error| BackupError::damaged(cause.to_string());
    let _ = entries(&mut inside, &trouble, &mut |piece| match piece {
        Piece::Log(log) => std::io::copy(log, &mut std::io::sink()).map(drop).map_err(BackupError::Disk),
        _ => Ok(()),
    });
}

pub(super) fn entries<E: From<BackupError>>(
    stream: &mut dyn Read,
    trouble: &dyn Fn(std::io::Error) -> E,
    take: &mut dyn FnMut(Piece<'_>) -> Result<(), E>,
) -> Result<Manifest, E> {
    let mut archive = tar::Archive::new(stream);
    let (mut seen, mut objects, mut manifest) = (HashSet::new(), HashSet::new(), None);
    let mut first = true;
    for entry in archive.entries().map_err(trouble)? {
        let mut entry = entry.map_err(|cause| {
            if first && cause.kind() == ErrorKind::Other { BackupError::Foreign.into() } else { trouble(cause) }
        })?;
        let name = name_of(&entry).ok_or_else(|| {
            if first { BackupError::Foreign } else { BackupError::damaged("an entry has a name that none may have") }
        })?;
        if std::mem::take(&mut first) && name != entry::FORM {
            return Err(BackupError::Foreign.into());
        }
        if manifest.is_some() || !seen.insert(name.clone()) {
            return Err(BackupError::damaged(format!("“{name}” stands where it may not")).into());
        }
        if let Some(object) = name.strip_prefix(entry::SECRETS) {
            let secret = SecretBytes::new(bytes(&mut entry, LARGEST, trouble)?);
            objects.insert(object.to_owned());
            take(Piece::Secret { object: object.to_owned(), secret })?;
            continue;
        }
        match &*name {
            entry::FORM => take(Piece::Head(head(&bytes(&mut entry, LARGEST, trouble)?)?))?,
            entry::LOG_KEY => take(Piece::LogKey(SecretBytes::new(bytes(&mut entry, LARGEST, trouble)?)))?,
            entry::IDENTITY => take(Piece::Identity(SecretBytes::new(bytes(&mut entry, LARGEST, trouble)?)))?,
            entry::IDENTITY_FILE => take(Piece::IdentityFile(bytes(&mut entry, LARGEST, trouble)?))?,
            entry::RECIPIENT => take(Piece::Recipient(SecretBytes::new(bytes(&mut entry, LARGEST, trouble)?)))?,
            entry::ANCHOR => take(Piece::Anchor(bytes(&mut entry, LARGEST, trouble)?))?,
            entry::SETTINGS => take(Piece::Settings(bytes(&mut entry, LARGEST, trouble)?))?,
            entry::LOG => {
                let mut told = Telling { inner: &mut entry, failed: None };
                let taken = take(Piece::Log(&mut told));
                if let Some(cause) = told.failed {
                    return Err(trouble(cause));
                }
                taken?;
            }
            entry::MANIFEST => manifest = Some(parsed::<Manifest>(&bytes(&mut entry, LARGEST_LIST, trouble)?)?),
            _ => return Err(BackupError::damaged(format!("“{name}” is not known in this form")).into()),
        }
    }
    if first {
        return Err(BackupError::Foreign.into());
    }
    let manifest = manifest.ok_or_else(|| BackupError::damaged("the list of what is in it is missing"))?;
    for wanted in [entry::LOG_KEY, entry::LOG] {
        if !seen.contains(wanted) {
            return Err(BackupError::damaged(format!("“{wanted}” is missing")).into());
        }
    }
    let listed: HashSet<&str> = manifest.holds.iter().map(|listed| &*listed.object).collect();
    if listed.len() != objects.len() || !objects.iter().all(|object| listed.contains(&**object)) {
        return Err(BackupError::damaged("the secrets in it are not those of its list").into());
    }
    Ok(manifest)
}

/// The name of a regular file under the one folder, that leads nowhere else.
fn name_of<R: Read>(entry: &tar::Entry<'_, R>) -> Option<String> {
    let path = entry.path_bytes();
    let name = std::str::from_utf8(&path).ok()?.strip_prefix(FOLDER)?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_/".contains(&byte));
    (entry.header().entry_type().is_file() && plain && !name.split('/').any(|part| part.is_empty() || part == ".."))
        .then(|| name.to_owned())
}

/// All of an entry, in a buffer that never grows: none of it stays behind in one that was too small.
fn bytes<R: Read, E: From<BackupError>>(
    entry: &mut tar::Entry<'_, R>,
    most: u64,
    trouble: &dyn Fn(std::io::Error) -> E,
) -> Result<Vec<u8>, E> {
    let size = entry.size();
    if size > most {
        return Err(BackupError::damaged("an entry is larger than any may be").into());
    }
    if size > LARGEST {
        // No secret is so large. The buffer grows with what is really there.
        let mut bytes = Vec::new();
        let read = entry.read_to_end(&mut bytes).map_err(trouble)?;
        return if read as u64 == size { Ok(bytes) } else { Err(BackupError::Truncated.into()) };
    }
    let mut bytes = Zeroizing::new(vec![0; size as usize]);
    entry.read_exact(&mut bytes).map_err(trouble)?;
    Ok(std::mem::take(&mut *bytes))
}

fn head(text: &[u8]) -> Result<Head, BackupError> {
    match parsed::<Form>(text) {
        Ok(Form { form }) if form > FORM => Err(BackupError::Newer { found: form }),
        Ok(_) => parsed(text),
        Err(_) => Err(BackupError::Foreign),
    }
}

fn parsed<T: DeserializeOwned>(text: &[u8]) -> Result<T, BackupError> {
    ron::de::from_bytes(text).map_err(|_| BackupError::damaged("what describes it cannot be read"))
}

/// Keeps why reading failed, whatever the reader makes of it.
struct Telling<'a> {
    inner: &'a mut dyn Read,
    failed: Option<std::io::Error>,
}

impl Read for Telling<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(buffer).inspect_err(|cause| self.failed = Some(std::io::Error::new(cause.kind(), cause.to_string())))
    }
}
