//! Signatures beside a file, one file a form: how the bytes that a key signs are made of a message, how the
//! signature is written, and how one is read again.
//!
//! Nothing is signed here: a store does that. Whether a signature fits is asked of `crypto`.

pub mod cms;
pub mod jws;
mod pair;
pub mod raw;
pub mod sshsig;
#[cfg(test)]
mod tests;

use crate::crypto::{self, CryptoError, SignatureHash};
use crate::model::{Algorithm, SignatureForm};

/// The message that signatures are made over: its digests, and all of it where a form asks for that.
pub trait Message {
    /// Its digest.
    fn digest(&self, hash: SignatureHash) -> Result<Vec<u8>, SignatureError>;

    /// All of it.
    fn whole(&self) -> Result<Vec<u8>, SignatureError>;
}

impl Message for [u8] {
    fn digest(&self, hash: SignatureHash) -> Result<Vec<u8>, SignatureError> {
        Ok(hash.digest(self))
    }

    fn whole(&self) -> Result<Vec<u8>, SignatureError> {
        Ok(self.to_vec())
    }
}

/// A signature cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The algorithm has no such form.
    #[error("{algorithm} keys make no {form} here. Choose another form")]
    NoForm {
        /// The algorithm.
        algorithm: &'static str,
        /// The form.
        form: &'static str,
    },
    /// CMS names its signer by a certificate.
    #[error(
        "a CMS signature names its signer by a certificate, and this key has none. Attach its certificate first, or choose another form"
    )]
    NoCertificate,
    /// It does not follow its form.
    #[error("this is no {form} that can be read: {what}")]
    Malformed {
        /// The form.
        form: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// It follows its form and is over another message.
    #[error("it was made over another file than this one, or the file was changed since")]
    OtherMessage,
    /// It follows its form and uses something that is not known here.
    #[error("this {form} uses {what}, which is not verified here")]
    Unsupported {
        /// The form.
        form: &'static str,
        /// What it uses.
        what: String,
    },
    /// The message cannot be read; a sentence.
    #[error("{0}")]
    Unread(String),
}

/// What a signature was made over.
pub enum Over {
    /// These bytes, with the hash that is named or with that of the key's algorithm.
    Bytes(Vec<u8>, Option<SignatureHash>),
    /// What has this digest.
    Digest(SignatureHash, Vec<u8>),
}

/// A signature as its form holds it, ready to be verified.
pub struct Read {
    /// The key that is said to have made it (DER `SubjectPublicKeyInfo`), where the form holds one.
    pub public_key: Option<Box<[u8]>>,
    /// What it calls its signer: a subject, a key id.
    pub signer: Option<String>,
    /// How CMS names the signer's certificate, for [`cms::is_named`].
    pub certificate: Option<Vec<u8>>,
    /// When, as the signer says; in seconds since 1970.
    pub said_at: Option<i64>,
    /// What OpenSSH's form says that it is for.
    pub namespace: Option<String>,
    /// What was signed.
    pub over: Over,
    /// The signature, as [`crypto::verify`] takes it.
    pub signature: Vec<u8>,
    /// Whether a key of an algorithm can have made it.
    pub fits: fn(Algorithm) -> bool,
}

impl Read {
    /// Whether a key made it.
    pub fn verify(&self, spki: &[u8]) -> Result<bool, CryptoError> {
        if !(self.fits)(crypto::algorithm_of(spki)?) {
            return Ok(false);
        }
        match &self.over {
            Over::Bytes(signed, None) => crypto::verify(spki, signed, &self.signature),
            Over::Bytes(signed, Some(hash)) => crypto::verify_digest(spki, *hash, &hash.digest(signed), &self.signature),
            Over::Digest(hash, digest) => crypto::verify_digest(spki, *hash, digest, &self.signature),
        }
    }
}

/// The form of a signature, by what it holds; what has no form of its own is raw.
pub fn recognise(bytes: &[u8]) -> SignatureForm {
    if sshsig::is(bytes) {
        SignatureForm::SshSig
    } else if cms::is(bytes) {
        SignatureForm::Cms
    } else if jws::is(bytes) {
        SignatureForm::Jws
    } else {
        SignatureForm::Raw
    }
}

/// The elliptic curves that ECDSA signs on.
fn is_ecdsa(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    matches!(algorithm, A::EcdsaP256 | A::EcdsaP384 | A::EcdsaP521 | A::EcdsaSecp256k1)
}

/// The hash that a key's own signatures are made with, which a form has to name.
fn hash_of(algorithm: Algorithm) -> Option<SignatureHash> {
    use Algorithm as A;
    match algorithm {
        A::EcdsaP256 | A::EcdsaSecp256k1 => Some(SignatureHash::Sha256),
        A::EcdsaP384 => Some(SignatureHash::Sha384),
        A::EcdsaP521 => Some(SignatureHash::Sha512),
        algorithm if algorithm.is_rsa() => Some(SignatureHash::Sha256),
        _ => None,
    }
}
