//! The age identity of an inventory, and the file that holds it under a passphrase.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::str::FromStr as _;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{Decryptor, Encryptor, scrypt, x25519};
use zeroize::Zeroizing;

use super::{StoreError, disk};
use crate::secret::{Passphrase, SecretBytes};

/// The file's name in the inventory folder.
pub(super) const FILE: &str = "identity.age";

/// Above this work factor a file was made to keep a machine busy (2^22: about 4 GiB, 16 s).
const MOST_WORK: u8 = 22;

/// An identity with which secrets are opened. Its recipient is a secret too, so that nobody can
/// plant a file.
pub(super) struct Identity(x25519::Identity);

impl Identity {
    /// A new one.
    pub(super) fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// As `AGE-SECRET-KEY-1…`.
    pub(super) fn text(&self) -> SecretBytes {
        SecretBytes::new(self.0.to_string().expose_secret().as_bytes().to_vec())
    }

    /// From `AGE-SECRET-KEY-1…`.
    pub(super) fn parse(text: &SecretBytes) -> Option<Self> {
        let text = std::str::from_utf8(text.expose()).ok()?;
        x25519::Identity::from_str(text.trim()).ok().map(Self)
    }

    /// The recipient to which secrets are encrypted.
    pub(super) fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// Opens a file encrypted to this identity.
    pub(super) fn decrypt(&self, file: &[u8]) -> Option<SecretBytes> {
        age::decrypt(&self.0, file).ok().map(SecretBytes::new)
    }

    /// This identity as a standard age file under a passphrase.
    pub(super) fn seal(&self, passphrase: &Passphrase) -> Result<Vec<u8>, StoreError> {
        let secret = SecretString::from(passphrase.expose().to_owned());
        let mut recipient = scrypt::Recipient::new(secret);
        if let Some(factor) = test_work_factor() {
            recipient.set_work_factor(factor);
        }
        let failed = |_| StoreError::Unsupported { store: FILE.into(), what: "be encrypted" };
        let encryptor =
            Encryptor::with_recipients(std::iter::once(&recipient as _)).map_err(|_| failed(std::io::Error::other("")))?;
        let mut file = Vec::new();
        let mut writer = encryptor.wrap_output(&mut file).map_err(failed)?;
        writer.write_all(self.text().expose()).and_then(|()| writer.write_all(b"\n")).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }

    /// Opens such a file; a wrong passphrase is told apart from a damaged file.
    pub(super) fn open(file: &[u8], passphrase: &Passphrase) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged { store: "Encrypted files".into(), object: FILE.into() };
        let decryptor = Decryptor::new_buffered(file).map_err(|_| damaged())?;
        let mut identity = scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
        identity.set_max_work_factor(MOST_WORK);
        let mut reader = decryptor.decrypt(std::iter::once(&identity as _)).map_err(|error| match error {
            age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed | age::DecryptError::NoMatchingKeys => {
                StoreError::WrongPassphrase
            }
            _ => damaged(),
        })?;
        let mut text = Zeroizing::new(Vec::with_capacity(128));
        reader.read_to_end(&mut text).map_err(|_| damaged())?;
        Self::parse(&SecretBytes::new(std::mem::take(&mut *text))).ok_or_else(damaged)
    }

    /// Writes the file of a folder; what stood there is replaced once the new one was proven.
    pub(super) fn write(&self, folder: &Path, passphrase: &Passphrase) -> Result<(), StoreError> {
        let file = self.seal(passphrase)?;
        disk::replace(&folder.join(FILE), &file, |written| {
            let found = Self::open(written, passphrase)?;
            if found.text().same_as(&self.text()) {
                Ok(())
            } else {
                Err(StoreError::Damaged { store: "Encrypted files".into(), object: FILE.into() })
            }
        })
    }

    /// Reads the file of a folder.
    pub(super) fn read(folder: &Path, passphrase: &Passphrase) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let file = disk::read(&path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => StoreError::Absent { store: "This folder".into(), object: FILE.into() },
            _ => disk::unreadable(&path, cause),
        })?;
        Self::open(&file, passphrase)
    }
}

/// To whom secrets are encrypted.
#[derive(Clone)]
pub(super) struct Recipient(x25519::Recipient);

impl Recipient {
    /// A secret as a standard age file.
    pub(super) fn encrypt(&self, secret: &SecretBytes) -> Option<Vec<u8>> {
        age::encrypt(&self.0, secret.expose()).ok()
    }

    /// As `age1…`, to be kept as a secret.
    pub(super) fn text(&self) -> SecretBytes {
        SecretBytes::new(self.0.to_string().into_bytes())
    }

    /// From `age1…`.
    pub(super) fn parse(text: &SecretBytes) -> Option<Self> {
        std::str::from_utf8(text.expose()).ok().and_then(|text| x25519::Recipient::from_str(text.trim()).ok()).map(Self)
    }
}

/// Tests would wait a second for each passphrase; only a debug build can be told to work less.
fn test_work_factor() -> Option<u8> {
    if !cfg!(debug_assertions) {
        return None;
    }
    std::env::var("KEYSTEAD_TEST_WORK_FACTOR").ok()?.parse().ok().filter(|factor| (1..=MOST_WORK).contains(factor))
}
