//! Which algorithm a public key has, and public keys put together.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

use super::envelope::Envelope;
use super::family::{Half, dsa, ec, ml_dsa, ml_kem, rsa};
use super::{CryptoError, oid};
use crate::model::Algorithm;

/// The algorithm of a DER `SubjectPublicKeyInfo`. A key whose bits cannot be one of its algorithm is
/// unreadable.
pub fn algorithm_of(spki: &[u8]) -> Result<Algorithm, CryptoError> {
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| UNREADABLE)?;
    let key = info.subject_public_key.as_bytes().ok_or(UNREADABLE)?;
    of(&info.algorithm, key)
}

const UNREADABLE: CryptoError = CryptoError::Unreadable("public key");

pub(super) fn of(identifier: &AlgorithmIdentifierRef<'_>, key: &[u8]) -> Result<Algorithm, CryptoError> {
    match identifier.oid {
        oid::EC => {
            let named = identifier.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok()).ok_or(UNREADABLE)?;
            let curve = ec::Curve::named(named);
            let curve = curve.ok_or(CryptoError::Unreadable("public key: its curve is not one that is understood"))?;
            curve.uncompressed(key).map(|_| curve.algorithm()).ok_or(UNREADABLE)
        }
        oid::RSA => rsa::algorithm_of(false, key),
        oid::RSA_PSS => rsa::algorithm_of(true, key),
        oid::DSA => dsa::algorithm_of(identifier, key),
        other => {
            let unknown = CryptoError::Unreadable("public key: its algorithm is not one that is understood");
            let algorithm = oid::algorithm(other).ok_or(unknown)?;
            if public_length(algorithm) == Some(key.len()) { Ok(algorithm) } else { Err(UNREADABLE) }
        }
    }
}

/// The bytes of a public key of one length.
fn public_length(algorithm: Algorithm) -> Option<usize> {
    Some(match algorithm {
        Algorithm::Ed25519 | Algorithm::X25519 => 32,
        Algorithm::X448 => 56,
        Algorithm::Ed448 => 57,
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => ml_dsa::public_length(algorithm),
        Algorithm::MlKem512 | Algorithm::MlKem768 | Algorithm::MlKem1024 => ml_kem::public_length(algorithm),
        Algorithm::SlhDsa(set) => 2 * set.n(),
        _ => return None,
    })
}

/// A public key around what follows from a private one: its parameters are those of the private key where the
/// algorithm has some, NULL for RSA (RFC 3279 section 2.3.1), and absent for the others.
pub(super) fn spki(envelope: &Envelope<'_>, half: &Half) -> Result<Box<[u8]>, CryptoError> {
    let oid = envelope.algorithm.oid;
    let parameters = match oid {
        oid::EC | oid::DSA | oid::RSA_PSS => envelope.algorithm.parameters,
        oid::RSA => Some(AnyRef::NULL),
        _ => None,
    };
    let info = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(&half.bits).map_err(|_| UNREADABLE)?,
    };
    info.to_der().map(Into::into).map_err(|_| UNREADABLE)
}
