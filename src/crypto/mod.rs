//! Algorithms: generate, sign, verify. The one place that names a crypto crate for key work.

mod algorithm;
mod private;
mod public;

pub use algorithm::algorithm_of;
pub use private::{KeyPair, generate, public_key, sign};
pub use public::verify;

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

/// SHA-512 (FIPS 180-4), for forms that ask for it.
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    sha2::Sha512::digest(bytes).into()
}
