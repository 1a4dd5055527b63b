//! Public keys: verify.

use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;

use super::{CryptoError, SignatureHash, algorithm, family};

/// Whether a signature in the form that [`sign`](super::sign) makes fits a message and a DER
/// `SubjectPublicKeyInfo`. A signature that cannot be read fits nothing; a key that signs nothing is an error.
pub fn verify(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| unreadable())?;
    let key = info.subject_public_key.as_bytes().ok_or_else(unreadable)?;
    family::verify(algorithm::of(&info.algorithm, key)?, &info.algorithm, key, message, signature)
}

/// Whether a signature fits the digest of a message: RSA PKCS#1 v1.5 (RFC 8017 section 8.2) and ECDSA (FIPS 186-5) with a
/// hash that the signature names. Keys of other algorithms sign no digests, and nothing fits them.
pub fn verify_digest(spki: &[u8], hash: SignatureHash, digest: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| unreadable())?;
    let key = info.subject_public_key.as_bytes().ok_or_else(unreadable)?;
    family::verify_digest(algorithm::of(&info.algorithm, key)?, key, hash, digest, signature)
}
