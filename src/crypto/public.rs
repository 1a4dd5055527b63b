//! Public keys: verify.

use ml_dsa::{MlDsa44, MlDsa65, MlDsa87};
use pkcs8::DecodePublicKey as _;
use signature::Verifier as _;

use super::CryptoError;
use super::algorithm::algorithm_of;
use crate::model::Algorithm;

/// Whether a signature in the form that [`sign`](super::sign) makes fits a message and a DER
/// `SubjectPublicKeyInfo`. A signature that cannot be read fits nothing.
pub fn verify(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
    let unreadable = |_| CryptoError::Unreadable("public key");
    Ok(match algorithm_of(spki)? {
        Algorithm::Ed25519 => {
            let key = ed25519_dalek::VerifyingKey::from_public_key_der(spki).map_err(unreadable)?;
            ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
        }
        Algorithm::EcdsaP256 => {
            let key = p256::ecdsa::VerifyingKey::from_public_key_der(spki).map_err(unreadable)?;
            p256::ecdsa::DerSignature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        Algorithm::EcdsaP384 => {
            let key = p384::ecdsa::VerifyingKey::from_public_key_der(spki).map_err(unreadable)?;
            p384::ecdsa::DerSignature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 => {
            let key = rsa::PublicKey::from_public_key_der(spki).map_err(unreadable)?;
            let key = rsa::pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key);
            rsa::pkcs1v15::Signature::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        Algorithm::MlDsa44 => {
            let key = ml_dsa::VerifyingKey::<MlDsa44>::from_public_key_der(spki).map_err(unreadable)?;
            ml_dsa::Signature::<MlDsa44>::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        Algorithm::MlDsa65 => {
            let key = ml_dsa::VerifyingKey::<MlDsa65>::from_public_key_der(spki).map_err(unreadable)?;
            ml_dsa::Signature::<MlDsa65>::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
        Algorithm::MlDsa87 => {
            let key = ml_dsa::VerifyingKey::<MlDsa87>::from_public_key_der(spki).map_err(unreadable)?;
            ml_dsa::Signature::<MlDsa87>::try_from(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
        }
    })
}
