//! Algorithms: generate, sign, verify, wrap, and look at what others made. The one place that names a crypto
//! crate for key work.

mod algorithm;
mod digest;
mod envelope;
mod family;
mod fault;
mod inspect;
mod oid;
mod private;
mod public;
mod signing_key;
#[cfg(test)]
mod tests;
mod wrap;

pub use algorithm::algorithm_of;
pub use digest::{Hasher, SignatureHash};
pub use family::{PSS_STANDARD, rsa_with_its_primes};
pub use fault::{Beside, KeyFault};
pub use inspect::{Inspected, expanded, inspect, public_key, seed};
pub use private::{KeyPair, generate, sign};
pub use public::{PointFault, point_fault, verify, verify_digest};
pub use signing_key::SigningKey;
pub use wrap::{KeyWrap, OaepHash, agree, check_value, oaep, x963_sha256};

use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::Digest as _;

use crate::model::Digest;

/// Key work failed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The system gave no random bytes.
    #[error("The operating system gave no random bytes: {0}. No key was made.")]
    NoRandomness(String),
    /// The bytes are no key that is understood.
    #[error("This is not a readable {0}.")]
    Unreadable(&'static str),
    /// A key that others made does not fit together.
    #[error("This key is not sound: {0}.")]
    Fault(#[from] KeyFault),
    /// A sound private key of an algorithm that is not known has no public half here.
    #[error("The algorithm of this key is not known, so that its public half cannot be had from it.")]
    UnknownAlgorithm,
    /// The key is of another algorithm than the one it was asked for as.
    #[error("This key is of another algorithm than its entry says.")]
    OtherAlgorithm,
    /// Keys of the algorithm sign nothing.
    #[error("{0} keys sign nothing here.")]
    NoSignatures(&'static str),
    /// Keys of the algorithm are kept and not made.
    #[error("{0} keys are kept and not made here. Choose another algorithm.")]
    NotMade(&'static str),
    /// Nothing is wrapped or sealed to keys of the algorithm.
    #[error("Nothing is sealed to {0} keys here. RSA keys and those on the curves of NIST can be sealed to.")]
    NoWrapping(&'static str),
    /// A key could not be wrapped.
    #[error("The key could not be wrapped: {0}.")]
    Wrapping(&'static str),
    /// A new pair does not fit together.
    #[error(
        "The new key does not verify its own signature. It was thrown away; try again, and have the machine checked if it happens twice."
    )]
    Inconsistent,
    /// Signing failed.
    #[error("Signing failed: {0}.")]
    Signing(String),
}

/// Random bytes from the operating system.
pub fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], CryptoError> {
    let mut bytes = [0; LENGTH];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| CryptoError::NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(bytes).into())
}

/// A SHA-256 under way, of what is too large to be held in memory.
#[derive(Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// More bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest.
    pub fn end(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// SHA-1 (FIPS 180-4), for the names that other tools give to certificates. Nothing may rely on it.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(bytes).into()
}
