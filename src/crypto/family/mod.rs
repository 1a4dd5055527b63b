//! One file a family of algorithms: its public half, its checks, its signatures. Whatever reads a key
//! asks here, and each family answers for its own.

pub(super) mod dsa;
pub(super) mod ec;
pub(super) mod edwards;
pub(super) mod ml_dsa;
pub(super) mod ml_kem;
pub(super) mod montgomery;
mod pss;
pub(super) mod rsa;
pub(super) mod slh_dsa;

pub use pss::STANDARD as PSS_STANDARD;
pub use rsa::with_its_primes as rsa_with_its_primes;
use spki::AlgorithmIdentifierRef;

use super::envelope::Envelope;
use super::{CryptoError, KeyFault, SignatureHash, oid};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// The public half of a private key.
pub(super) struct Half {
    /// The algorithm.
    pub(super) algorithm: Algorithm,
    /// The bits of its `subjectPublicKey`.
    pub(super) bits: Vec<u8>,
}

/// The public half that follows from a private key; `None` where its algorithm is not known here.
pub(super) fn public_half(envelope: &Envelope<'_>) -> Result<Option<Half>, CryptoError> {
    let half = match envelope.algorithm.oid {
        oid::EC => return ec::public_half(envelope),
        oid::RSA | oid::RSA_PSS if rsa::has_many_primes(envelope) => return Ok(None),
        oid::RSA | oid::RSA_PSS => rsa::public_half(envelope)?,
        oid::DSA => dsa::public_half(envelope)?,
        other => match oid::algorithm(other) {
            Some(algorithm @ (Algorithm::Ed25519 | Algorithm::Ed448)) => edwards::public_half(envelope, algorithm)?,
            Some(algorithm @ (Algorithm::X25519 | Algorithm::X448)) => montgomery::public_half(envelope, algorithm)?,
            Some(algorithm @ (Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87)) => {
                ml_dsa::public_half(envelope, algorithm)?
            }
            Some(algorithm @ (Algorithm::MlKem512 | Algorithm::MlKem768 | Algorithm::MlKem1024)) => {
                ml_kem::public_half(envelope, algorithm)?
            }
            Some(Algorithm::SlhDsa(set)) => slh_dsa::public_half(envelope, set)?,
            _ => return Ok(None),
        },
    };
    Ok(Some(half))
}

/// An ML-DSA private key written out in full.
pub(super) fn expanded(envelope: &Envelope<'_>) -> Result<SecretBytes, CryptoError> {
    match oid::algorithm(envelope.algorithm.oid) {
        Some(algorithm) if algorithm.is_ml_dsa() => Ok(ml_dsa::expanded(envelope, algorithm)?),
        _ => Err(CryptoError::OtherAlgorithm),
    }
}

/// The checks of a private key that reading it alone does not make, because they take their time.
pub(super) fn check(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<(), CryptoError> {
    match algorithm {
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 | Algorithm::Rsa(_) | Algorithm::RsaPss(_) => {
            Ok(rsa::check(envelope)?)
        }
        Algorithm::Dsa(_) => Ok(dsa::check(envelope)?),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => Ok(ml_dsa::check(envelope, algorithm)?),
        Algorithm::SlhDsa(set) => Ok(slh_dsa::check(envelope, set)?),
        _ => Ok(()),
    }
}

/// The same key with numbers that were computed anew, where that is all that was wrong with it.
pub(super) fn mended(
    envelope: &Envelope<'_>,
    algorithm: Algorithm,
    error: &CryptoError,
) -> Result<Option<SecretBytes>, CryptoError> {
    match (algorithm, error) {
        (Algorithm::Dsa(_), _) => Ok(None),
        (_, CryptoError::Fault(KeyFault::Remainder(_))) => rsa::with_new_remainders(envelope),
        _ => Ok(None),
    }
}

/// Whether two forms of a public half mean the same key; a point may be compressed.
pub(super) fn same_public(algorithm: Algorithm, derived: &[u8], stated: &[u8]) -> Result<bool, Unlike> {
    match ec::Curve::of(algorithm) {
        Some(curve) => curve.uncompressed(stated).map(|stated| stated == derived).ok_or(Unlike::OffCurve),
        None if algorithm.is_rsa() || matches!(algorithm, Algorithm::RsaPss(_)) => {
            rsa::same_public(derived, stated).ok_or(Unlike::Unreadable)
        }
        // Some programs drop the zeros that a number begins with, and a point of these curves is written as none.
        None if matches!(algorithm, Algorithm::Ed25519 | Algorithm::Ed448) && stated.len() < derived.len() => {
            let zeros = derived.iter().take_while(|byte| **byte == 0).count();
            Ok(zeros >= derived.len() - stated.len() && derived.ends_with(stated))
        }
        None => Ok(derived == stated),
    }
}

/// Why a stated public half cannot be compared.
pub(super) enum Unlike {
    OffCurve,
    Unreadable,
}

/// Whether a signature fits; one that cannot be read fits nothing.
pub(super) fn verify(
    algorithm: Algorithm,
    identifier: &AlgorithmIdentifierRef<'_>,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::Ed448 => edwards::verify(algorithm, key, message, signature),
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 | Algorithm::EcdsaSecp256k1 => {
            ec::verify(algorithm, key, message, signature)
        }
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 | Algorithm::Rsa(_) => rsa::verify(key, message, signature),
        Algorithm::RsaPss(_) => rsa::verify_pss(identifier, key, message, signature),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => ml_dsa::verify(algorithm, key, message, signature),
        Algorithm::SlhDsa(set) => slh_dsa::verify(set, key, message, signature),
        _ => Err(CryptoError::NoSignatures(algorithm.name())),
    }
}

/// Whether a signature fits a digest; only RSA and ECDSA sign digests.
pub(super) fn verify_digest(
    algorithm: Algorithm,
    key: &[u8],
    hash: SignatureHash,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    if ec::Curve::of(algorithm).is_some() {
        ec::verify_digest(algorithm, key, digest, signature)
    } else if algorithm.is_rsa() {
        rsa::verify_digest(key, hash, digest, signature)
    } else {
        Ok(false)
    }
}

/// Signs a message.
pub(super) fn sign(envelope: &Envelope<'_>, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::Ed448 => edwards::sign(envelope, algorithm, message),
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 | Algorithm::EcdsaSecp256k1 => {
            ec::sign(envelope, algorithm, message)
        }
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 | Algorithm::Rsa(_) => rsa::sign(envelope, message),
        Algorithm::RsaPss(_) => rsa::sign_pss(envelope, message),
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => ml_dsa::sign(envelope, algorithm, message),
        Algorithm::SlhDsa(set) => slh_dsa::sign(envelope, set, message),
        _ => Err(CryptoError::NoSignatures(algorithm.name())),
    }
}

/// Bytes of exactly one length.
fn exactly<const LENGTH: usize>(part: &'static str, bytes: &[u8]) -> Result<[u8; LENGTH], KeyFault> {
    bytes.try_into().map_err(|_| KeyFault::Length { part, wanted: LENGTH, found: bytes.len() })
}

/// The length is that of the algorithm.
fn of_length(part: &'static str, bytes: &[u8], wanted: usize) -> Result<(), KeyFault> {
    if bytes.len() == wanted { Ok(()) } else { Err(KeyFault::Length { part, wanted, found: bytes.len() }) }
}

fn signing_failed(error: &signature::Error) -> CryptoError {
    CryptoError::Signing(error.to_string())
}
