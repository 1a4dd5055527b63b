//! Which algorithm a public key has.

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use spki::SubjectPublicKeyInfoRef;

use super::CryptoError;
use crate::model::Algorithm;

/// RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 5480 section 2.1.1.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 3279 section 2.3.1.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 9881 section 2.
const ML_DSA_44: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17");
const ML_DSA_65: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");
const ML_DSA_87: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19");

/// The algorithm of a DER `SubjectPublicKeyInfo`.
pub fn algorithm_of(spki: &[u8]) -> Result<Algorithm, CryptoError> {
    let unreadable = || CryptoError::Unreadable("public key");
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| unreadable())?;
    match info.algorithm.oid {
        ED25519 => Ok(Algorithm::Ed25519),
        ML_DSA_44 => Ok(Algorithm::MlDsa44),
        ML_DSA_65 => Ok(Algorithm::MlDsa65),
        ML_DSA_87 => Ok(Algorithm::MlDsa87),
        EC => match info.algorithm.parameters_oid().map_err(|_| unreadable())? {
            P256 => Ok(Algorithm::EcdsaP256),
            P384 => Ok(Algorithm::EcdsaP384),
            _ => Err(CryptoError::Unreadable("public key: its curve is not one that is understood")),
        },
        RSA => {
            let key = rsa::PublicKey::from_public_key_der(spki).map_err(|_| unreadable())?;
            match key.n().bit_width() {
                2048 => Ok(Algorithm::Rsa2048),
                3072 => Ok(Algorithm::Rsa3072),
                4096 => Ok(Algorithm::Rsa4096),
                _ => Err(CryptoError::Unreadable("public key: its RSA size is not one that is understood")),
            }
        }
        _ => Err(CryptoError::Unreadable("public key: its algorithm is not one that is understood")),
    }
}
