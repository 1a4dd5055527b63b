//! Private keys on their way out: one file a form. What the forms share stands in `parts` (a key in
//! its numbers), `sealing` (encryption under a passphrase) and here (which form holds which key). What is sealed to
//! recipients is in `sealed`, what is wrapped under another key in `wrapped`.
//!
//! Everything written is treated as a secret, also what is encrypted. Nothing is written to disk here,
//! and nothing that was read from one is trusted: whoever writes reads back.

mod jwe;
mod jwk;
#[cfg(test)]
mod newer;
mod openssh;
mod parts;
mod pkcs12;
mod pkcs8;
mod ppk;
pub mod sealed;
mod sealing;
#[cfg(test)]
mod tests;
pub mod wrapped;

pub(in crate::formats) use openssh::key_fields as openssh_fields;

use crate::crypto::CryptoError;
use crate::model::name::shown;
use crate::model::{Algorithm, Format};
use crate::secret::{Passphrase, SecretBytes};

/// A private or symmetric key to be written.
pub struct PrivateEntry<'a> {
    /// What the file is to call it.
    pub name: &'a str,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// PKCS#8 DER (RFC 5958), or the bytes of a symmetric key.
    pub secret: &'a SecretBytes,
    /// Its public half (DER `SubjectPublicKeyInfo`); empty where it has none.
    pub public_key: &'a [u8],
    /// Its certificate and those that signed it, in DER, its own first; may be empty.
    pub certificates: Vec<&'a [u8]>,
}

/// A private key cannot be written so. Nothing left its store.
#[derive(Debug, thiserror::Error)]
pub enum LeavingError {
    /// The form has no place for the algorithm.
    #[error("{name} is a key of {algorithm}, for which this form ({format}) has no place. {instead}")]
    NoForm {
        /// The key.
        name: String,
        /// The algorithm.
        algorithm: &'static str,
        /// The form.
        format: &'static str,
        /// Which forms hold it.
        instead: String,
    },
    /// The form holds one key.
    #[error("A file of this form ({0}) holds one key. Choose PKCS#12 or PKCS#8 for several, or export them one at a time.")]
    One(&'static str),
    /// The form holds one key, whoever it is for.
    #[error("A file of this form ({0}) holds one key. Name one.")]
    OneKey(&'static str),
    /// What a recipient has cannot be sealed to.
    #[error("Nothing can be sealed to the {kind} of {name}: {reason}.")]
    Recipient {
        /// The recipient.
        name: String,
        /// Which kind of key it is.
        kind: &'static str,
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// Symmetric keys are written as JSON, for which another key has no form.
    #[error(
        "{0} has no form as a JSON Web Key, which is how symmetric keys are written. Seal it in a file of its own, without symmetric keys."
    )]
    Mixed(String),
    /// The key is longer or shorter than the form takes.
    #[error("{name} has {length} bytes, and {format} takes {takes}.")]
    Length {
        /// The key.
        name: String,
        /// Its bytes.
        length: usize,
        /// The form.
        format: &'static str,
        /// What it takes, and what to do instead.
        takes: String,
    },
    /// The form is encrypted, and no passphrase was given.
    #[error("This form ({0}) is encrypted. Give the passphrase that is to open it.")]
    PassphraseNeeded(&'static str),
    /// The form is not encrypted, and a passphrase was given.
    #[error("This form ({0}) is not encrypted, so it takes no passphrase. Choose an encrypted one.")]
    NoPassphrase(&'static str),
    /// The key in the store has another form than its entry says.
    #[error("The key could not be taken apart: {0}.")]
    Unreadable(&'static str),
    /// It is no form of private keys.
    #[error("{0} is no form of private keys.")]
    Public(&'static str),
    /// The system gave no random bytes.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Writes private keys in a form. Encrypted forms take the passphrase, plain ones take none.
pub fn write_private(
    entries: &[PrivateEntry],
    format: Format,
    passphrase: Option<&Passphrase>,
) -> Result<SecretBytes, LeavingError> {
    entries.iter().try_for_each(|entry| check(entry.name, entry.algorithm, format))?;
    let given = || passphrase.ok_or(LeavingError::PassphraseNeeded(format.name()));
    if !format.is_encrypted() && passphrase.is_some() {
        return Err(LeavingError::NoPassphrase(format.name()));
    }
    let one = || match entries {
        [entry] => Ok(entry),
        _ => Err(LeavingError::One(format.name())),
    };
    match format {
        Format::Pkcs8 => pkcs8::encrypted(entries, given()?),
        Format::Pkcs8Plain => Ok(pkcs8::plain(entries)),
        Format::Pkcs12 => pkcs12::write(entries, given()?, sealing::Strength::Modern),
        Format::Pkcs12Legacy => pkcs12::write(entries, given()?, sealing::Strength::Legacy),
        Format::OpenSshPrivate => openssh::write(one()?, given()?),
        Format::Ppk => ppk::write(one()?, given()?),
        Format::JwkPrivate => jwk::write(entries),
        Format::Jwe => jwe::write(entries, given()?),
        public => Err(LeavingError::Public(public.name())),
    }
}

/// Whether a form has a place for a key, before its secret is touched.
pub fn check(name: &str, algorithm: Algorithm, format: Format) -> Result<(), LeavingError> {
    if !format.is_private() {
        return Err(LeavingError::Public(format.name()));
    }
    if format.holds(algorithm) {
        return Ok(());
    }
    let others: Vec<_> = Format::private_of(algorithm).map(Format::name).collect();
    let instead = if others.is_empty() {
        "No form that is written here does; it stays in its store.".to_owned()
    } else {
        format!("These do: {}.", others.join("; "))
    };
    Err(LeavingError::NoForm { name: shown(name).into_owned(), algorithm: algorithm.name(), format: format.name(), instead })
}
