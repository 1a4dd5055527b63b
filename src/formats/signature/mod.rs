//! Signatures beside a file, one file a form: how the bytes that a key signs are made of a message, how the
//! signature is written, and how one is read again.
//!
//! Nothing is signed here: a store does that. Whether a signature fits is asked of `crypto`.

pub mod cms;
pub mod jws;
pub mod sshsig;
#[cfg(test)]
mod tests;

use crate::crypto::SignatureHash;
use crate::model::Algorithm;

/// The hashes of a message that signatures are made over, and the message itself where a form asks for it.
pub trait Message {
    /// What keeps it from being read.
    type Error;

    /// Its digest.
    fn digest(&self, hash: SignatureHash) -> Result<Vec<u8>, Self::Error>;

    /// All of it.
    fn whole(&self) -> Result<Vec<u8>, Self::Error>;
}

/// A signature cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The algorithm has no such form.
    #[error("{algorithm} keys make no {form} here.")]
    NoForm {
        /// The algorithm.
        algorithm: &'static str,
        /// The form.
        form: &'static str,
    },
    /// CMS names its signer by a certificate.
    #[error("A CMS signature names its signer by a certificate, and this key has none. Attach its certificate first, or choose another form.")]
    NoCertificate,
    /// It does not follow its form.
    #[error("This is no {form} that can be read: {what}.")]
    Malformed {
        /// The form.
        form: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// It follows its form and uses something that is not known here.
    #[error("This {form} uses {what}, which is not verified here.")]
    Unsupported {
        /// The form.
        form: &'static str,
        /// What it uses.
        what: String,
    },
}

/// A signature as its form holds it, ready to be verified.
pub struct Read {
    /// The key that is said to have made it (DER `SubjectPublicKeyInfo`), where the form holds one.
    pub public_key: Option<Box<[u8]>>,
    /// What it calls its signer: a subject, a key id.
    pub signer: Option<String>,
    /// When, as the signer says; in seconds since 1970.
    pub said_at: Option<i64>,
    /// The bytes that were signed.
    pub signed: Vec<u8>,
    /// The signature, as [`crypto::verify`](crate::crypto::verify) takes it.
    pub signature: Vec<u8>,
    /// The hash of RSA, where the form says which.
    pub hash: Option<SignatureHash>,
}

/// The hash that a key's own signatures are made with, which a form has to name.
pub fn hash_of(algorithm: Algorithm) -> Option<SignatureHash> {
    use Algorithm as A;
    match algorithm {
        A::EcdsaP256 | A::EcdsaSecp256k1 => Some(SignatureHash::Sha256),
        A::EcdsaP384 => Some(SignatureHash::Sha384),
        A::EcdsaP521 => Some(SignatureHash::Sha512),
        algorithm if algorithm.is_rsa() => Some(SignatureHash::Sha256),
        _ => None,
    }
}
