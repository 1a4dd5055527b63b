//! Public keys: verify.

use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;

use super::{CryptoError, algorithm, family};

/// Whether a signature in the form that [`sign`](super::sign) makes fits a message and a DER
/// `SubjectPublicKeyInfo`. A signature that cannot be read fits nothing; a key that signs nothing is an error.
pub fn verify(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| unreadable())?;
    let key = info.subject_public_key.as_bytes().ok_or_else(unreadable)?;
    family::verify(algorithm::of(&info.algorithm, key)?, &info.algorithm, key, message, signature)
}
