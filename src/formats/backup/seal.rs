//! Who opens a backup: a passphrase (scrypt) or recipients (X25519 and SSH keys), all as age has them.

use std::io::{BufRead, Cursor, Read, Write};
use std::str::FromStr as _;

use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, scrypt, ssh, x25519};

use super::BackupError;
use crate::model::{RecipientKey, RecipientKeyKind};
use crate::secret::{Passphrase, SecretBytes};

/// Above this work factor a file was made to keep a machine busy (2^22: about 4 GiB, 16 s).
const MOST_WORK: u8 = 22;

/// What every age file begins with (C2SP age, “version line”).
const MAGIC: &[u8] = b"age-encryption.org/";

/// Who is to open a new backup.
pub enum To<'a> {
    /// Whoever knows the passphrase.
    Passphrase(&'a Passphrase),
    /// Each of these, named for errors.
    Recipients(Vec<(&'a str, &'a RecipientKey)>),
}

/// What opens a backup.
pub enum Opener {
    /// Its passphrase.
    Passphrase(Passphrase),
    /// The text of a file with age identities, or an SSH private key in clear.
    Identity(SecretBytes),
}

/// Begins an age file.
pub(super) fn begin<W: Write>(to: &To<'_>, output: W) -> Result<StreamWriter<W>, BackupError> {
    let encryptor = match to {
        To::Passphrase(passphrase) => {
            let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.expose().to_owned()));
            if let Some(factor) = test_work_factor() {
                recipient.set_work_factor(factor);
            }
            Encryptor::with_recipients(std::iter::once(&recipient as _))
        }
        To::Recipients(several) => {
            let keys = several.iter().map(|(name, key)| recipient(name, key)).collect::<Result<Vec<_>, _>>()?;
            Encryptor::with_recipients(keys.iter().map(|key| &**key as &dyn age::Recipient))
        }
    };
    let encryptor = encryptor.map_err(|_| BackupError::Recipient("the recipients".into()))?;
    encryptor.wrap_output(output).map_err(BackupError::Disk)
}

fn recipient(name: &str, key: &RecipientKey) -> Result<Box<dyn age::Recipient>, BackupError> {
    let unusable = || BackupError::Recipient(name.to_owned());
    match key.kind {
        RecipientKeyKind::AgeX25519 => {
            x25519::Recipient::from_str(&key.encoded).map(|key| Box::new(key) as _).map_err(|_| unusable())
        }
        RecipientKeyKind::SshEd25519 | RecipientKeyKind::SshRsa => {
            ssh::Recipient::from_str(&key.encoded).map(|key| Box::new(key) as _).map_err(|_| unusable())
        }
        RecipientKeyKind::Certificate | RecipientKeyKind::WrappingKey => Err(unusable()),
    }
}

/// Opens an age file, and tells apart why it does not open.
pub(super) fn open<R: BufRead>(mut input: R, opener: &Opener) -> Result<StreamReader<R>, BackupError> {
    let start = input.fill_buf().map_err(BackupError::Disk)?;
    let common = start.len().min(MAGIC.len());
    if start[..common] != MAGIC[..common] || start.is_empty() {
        return Err(BackupError::NoAgeFile);
    }
    let decryptor = Decryptor::new_buffered(input).map_err(|error| refused(error, BackupError::Truncated))?;
    match (opener, decryptor.is_scrypt()) {
        (Opener::Passphrase(_), false) => Err(BackupError::ForRecipients),
        (Opener::Identity(_), true) => Err(BackupError::UnderPassphrase),
        (Opener::Passphrase(passphrase), true) => {
            let mut identity = scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
            identity.set_max_work_factor(MOST_WORK);
            let opened = decryptor.decrypt(std::iter::once(&identity as _));
            opened.map_err(|error| refused(error, BackupError::WrongPassphrase))
        }
        (Opener::Identity(text), false) => {
            let identities = identities(text)?;
            let opened = decryptor.decrypt(identities.iter().map(|identity| &**identity as &dyn age::Identity));
            opened.map_err(|error| refused(error, BackupError::NoSuchIdentity))
        }
    }
}

fn refused(error: DecryptError, no_key: BackupError) -> BackupError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => no_key,
        DecryptError::ExcessiveWork { required, .. } => BackupError::TooMuchWork(required),
        DecryptError::Io(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => BackupError::Truncated,
        DecryptError::Io(cause) => BackupError::Disk(cause),
        DecryptError::UnknownFormat => BackupError::damaged("its first line is of an age that is not known"),
        _ => BackupError::damaged("its header is not what was written"),
    }
}

fn identities(text: &SecretBytes) -> Result<Vec<Box<dyn age::Identity>>, BackupError> {
    if text.expose().starts_with(b"-----BEGIN") {
        let found = ssh::Identity::from_buffer(Cursor::new(text.expose()), None)
            .map_err(|_| BackupError::Identity("it is no SSH private key that age can use"))?;
        return match found {
            ssh::Identity::Unencrypted(_) => Ok(vec![Box::new(found)]),
            ssh::Identity::Encrypted(_) => {
                Err(BackupError::Identity("the SSH key is under a passphrase. Decrypt a copy of it first"))
            }
            ssh::Identity::Unsupported(_) => Err(BackupError::Identity("age has no use for SSH keys of this kind")),
        };
    }
    let text = std::str::from_utf8(text.expose()).map_err(|_| BackupError::Identity("it is no text"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parsed: Result<Vec<_>, _> = lines.map(x25519::Identity::from_str).collect();
    match parsed {
        Ok(found) if !found.is_empty() => Ok(found.into_iter().map(|one| Box::new(one) as _).collect()),
        _ => Err(BackupError::Identity("it holds no line that begins with AGE-SECRET-KEY-1")),
    }
}

/// A reader whose last byte was read, so that an error there tells of the end.
pub(super) struct Watched<R> {
    inner: R,
    pub(super) ended: std::rc::Rc<std::cell::Cell<bool>>,
}

impl<R> Watched<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, ended: std::rc::Rc::default() }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.ended.set(true);
        }
        Ok(read)
    }
}

/// Tests would wait a second for each passphrase; only a debug build can be told to work less.
fn test_work_factor() -> Option<u8> {
    if cfg!(test) {
        return Some(4);
    }
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("KEYSTEAD_TEST_WORK_FACTOR").ok()?.parse().ok().filter(|factor| (1..=MOST_WORK).contains(factor))
}
