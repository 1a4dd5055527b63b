//! Ed25519 and Ed448 (RFC 8032), in the forms of RFC 8410.
//!
//! Ed448 comes from a release candidate of `ed448-goldilocks`: it is the one maintained crate for this curve,
//! made by the people who make those of the other curves here, and it is held to its exact version.

use ed25519_dalek::Signer as _;
use signature::Verifier as _;
use zeroize::Zeroizing;

use super::{Half, exactly, signing_failed};
use crate::crypto::envelope::{Envelope, octets};
use crate::crypto::{CryptoError, KeyFault, PointFault};
use crate::model::Algorithm;

/// The secret is an `OCTET STRING` in the one of PKCS#8 (RFC 8410 section 7).
fn secret<const LENGTH: usize>(envelope: &Envelope<'_>) -> Result<Zeroizing<[u8; LENGTH]>, KeyFault> {
    exactly("secret", octets(envelope.private)?).map(Zeroizing::new)
}

fn ed448(envelope: &Envelope<'_>) -> Result<ed448_goldilocks::SigningKey, KeyFault> {
    let bytes = secret::<57>(envelope)?;
    ed448_goldilocks::SigningKey::try_from(&bytes[..]).map_err(|_| KeyFault::Malformed)
}

pub(super) fn public_half(envelope: &Envelope<'_>, algorithm: Algorithm) -> Result<Half, CryptoError> {
    let bits = if algorithm == Algorithm::Ed25519 {
        ed25519_dalek::SigningKey::from_bytes(&*secret(envelope)?).verifying_key().to_bytes().to_vec()
    } else {
        ed448(envelope)?.verifying_key().to_bytes().to_vec()
    };
    Ok(Half { algorithm, bits })
}

pub(super) fn sign(envelope: &Envelope<'_>, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if algorithm == Algorithm::Ed25519 {
        let key = ed25519_dalek::SigningKey::from_bytes(&*secret(envelope)?);
        return Ok(key.try_sign(message).map_err(|error| signing_failed(&error))?.to_vec());
    }
    let signature: ed448_goldilocks::Signature =
        signature::Signer::try_sign(&ed448(envelope)?, message).map_err(|error| signing_failed(&error))?;
    Ok(signature.to_bytes().to_vec())
}

pub(super) fn verify(algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    if algorithm == Algorithm::Ed25519 {
        let key = key.try_into().ok().and_then(|key| ed25519_dalek::VerifyingKey::from_bytes(key).ok()).ok_or_else(unreadable)?;
        let signature = ed25519_dalek::Signature::from_slice(signature);
        return Ok(signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()));
    }
    let bytes: [u8; 57] = key.try_into().map_err(|_| unreadable())?;
    // Bits 448 to 454 of a point are zero (RFC 8032 section 5.2.2); the crate ignores them.
    let spare = |point: Option<&u8>| point.is_none_or(|last| last & 0x7f != 0);
    if spare(bytes.get(56)) || spare(signature.get(56)) {
        return Ok(false);
    }
    let key = ed448_goldilocks::VerifyingKey::from_bytes(&bytes).map_err(|_| unreadable())?;
    let signature = ed448_goldilocks::Signature::from_slice(signature);
    Ok(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

/// Whether 32 bytes are a point of Ed25519, and one of large order.
pub(in crate::crypto) fn point_fault(key: &[u8]) -> Option<PointFault> {
    match ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?) {
        Ok(key) => key.is_weak().then_some(PointFault::SmallOrder),
        Err(_) => Some(PointFault::OffCurve),
    }
}
