//! Public keys: verify, and whether a point is one to which anything may be sealed.

use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;

use super::{CryptoError, SignatureHash, algorithm, family, oid};

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

/// What is wrong with the point of a public key.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum PointFault {
    /// It does not lie on its curve.
    OffCurve,
    /// It has a small order: what is agreed on with it is known to everybody (RFC 7748 section 6.1).
    SmallOrder,
}

/// What is wrong with the point of a DER `SubjectPublicKeyInfo`. Keys without a point on a known curve have no such fault.
pub fn point_fault(spki: &[u8]) -> Option<PointFault> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let key = info.subject_public_key.as_bytes()?;
    match info.algorithm.oid {
        oid::EC => family::ec::point_fault(info.algorithm.parameters, key),
        oid::X25519 => family::montgomery::point_fault(key),
        oid::ED25519 => family::edwards::point_fault(key),
        _ => None,
    }
}
