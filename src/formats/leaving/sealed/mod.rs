//! Keys sealed to recipients: which of their keys can be sealed to is known before a secret is touched, then the plain
//! text is made and sealed, and what can be seen of the file without a recipient's private key is looked at again.

mod age_file;
mod byok;
mod cms;
mod inside;
#[cfg(test)]
mod tests;

use base64ct::{Base64, Encoding as _};

use super::{LeavingError, PrivateEntry};
use crate::model::name::shown;
use crate::model::{Algorithm, Format, SealedTo};
use crate::secret::SecretBytes;

/// Recipients whose keys were read, and a form.
pub struct Sealer {
    format: Format,
    to: To,
}

/// What is to be sealed, in clear.
pub struct Plain {
    /// The bytes.
    pub bytes: SecretBytes,
    /// They are a symmetric key alone, as it is.
    symmetric: bool,
}

enum To {
    Age(Vec<age_file::Recipient>),
    Cms(Vec<cms::Recipient>),
    Byok(byok::Service),
}

impl Sealer {
    /// Reads the keys of the recipients. The dates of the keys are the business of the model.
    pub fn new(format: Format, recipients: &[SealedTo]) -> Result<Self, LeavingError> {
        let to = match (format, recipients) {
            (Format::Age, all) => To::Age(all.iter().map(age_file::Recipient::read).collect::<Result<_, _>>()?),
            (Format::Cms, all) => To::Cms(all.iter().map(cms::Recipient::read).collect::<Result<_, _>>()?),
            (Format::ByokAws | Format::ByokAzure | Format::ByokGcp, [one]) => To::Byok(byok::Service::read(format, one)?),
            _ => return Err(LeavingError::Unreadable("it is sealed to somebody else than this form takes")),
        };
        Ok(Self { format, to })
    }

    /// Whether keys of these names and algorithms can be sealed together.
    pub fn check(&self, keys: &[(&str, Algorithm)]) -> Result<(), LeavingError> {
        keys.iter().try_for_each(|(name, algorithm)| super::check(name, *algorithm, self.format))?;
        match &self.to {
            To::Byok(_) if keys.len() != 1 => Err(LeavingError::OneKey(self.format.name())),
            To::Byok(_) => Ok(()),
            To::Age(_) | To::Cms(_) => inside::check(keys),
        }
    }

    /// What is to be sealed, in clear.
    pub fn plain(&self, entries: &[PrivateEntry]) -> Result<Plain, LeavingError> {
        let keys: Vec<_> = entries.iter().map(|entry| (entry.name, entry.algorithm)).collect();
        self.check(&keys)?;
        match (&self.to, entries) {
            (To::Byok(service), [entry]) => Ok(Plain { bytes: service.plain(entry)?, symmetric: entry.algorithm.is_symmetric() }),
            _ => Ok(Plain { bytes: inside::write(entries)?, symmetric: false }),
        }
    }

    /// Seals it. A file that does not read as one of the form, or does not name each of the recipients, is an error; whether
    /// they can open it only they know.
    pub fn seal(&self, plain: &Plain) -> Result<SecretBytes, LeavingError> {
        let file = match &self.to {
            To::Age(recipients) => age_file::seal(&plain.bytes, recipients)?,
            To::Cms(recipients) => cms::seal(&plain.bytes, recipients)?,
            To::Byok(service) => service.seal(&plain.bytes, plain.symmetric)?,
        };
        if self.names_all(file.expose(), plain) {
            Ok(file)
        } else {
            Err(LeavingError::Unreadable("what was sealed does not name its recipients"))
        }
    }

    fn names_all(&self, file: &[u8], plain: &Plain) -> bool {
        match &self.to {
            To::Age(recipients) => age_file::names_all(file, recipients),
            To::Cms(recipients) => cms::names_all(file, recipients),
            To::Byok(service) => service.has_form(file, plain.symmetric),
        }
    }
}

/// The bytes of a certificate or a wrapping key.
fn der(to: &SealedTo) -> Result<Vec<u8>, LeavingError> {
    Base64::decode_vec(&to.key.encoded).map_err(|_| refused(to, "it cannot be read. Add it to the address book again"))
}

fn refused(to: &SealedTo, reason: impl Into<String>) -> LeavingError {
    LeavingError::Recipient { name: shown(&to.name).into_owned(), kind: to.key.kind.name(), reason: reason.into() }
}
