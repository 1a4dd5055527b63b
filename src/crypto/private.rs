//! Private keys: generate, derive the public half, sign.

use der::Decode as _;
use ed25519_dalek::pkcs8::KeypairBytes;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87};
use pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, PrivateKeyInfoRef, SecretDocument};
use rand::rngs::SysRng;
use rsa::Generate as _;
use signature::{Keypair as _, SignatureEncoding as _, Signer as _};
use zeroize::Zeroizing;

use super::{CryptoError, random, verify};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// A new pair.
pub struct KeyPair {
    /// PKCS#8 DER (RFC 5958): Ed25519 without its public key, because OpenSSL 3.0 refuses the form
    /// with it; ML-DSA as its seed (RFC 9881 section 6).
    pub private: SecretBytes,
    /// DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    pub public_key: Box<[u8]>,
}

/// A private key of any algorithm, in memory for the time of one call.
enum Private {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Box<rsa::PrivateKey>),
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
    MlDsa65(Box<ml_dsa::SigningKey<MlDsa65>>),
    MlDsa87(Box<ml_dsa::SigningKey<MlDsa87>>),
}

/// Makes a pair with the operating system's randomness. Except for Ed25519, where both halves
/// follow from the same seed by one deterministic step, the pair has to verify a signature of its
/// own first (FIPS 140-3 IG 10.3.A, pairwise consistency).
pub fn generate(algorithm: Algorithm) -> Result<KeyPair, CryptoError> {
    let no_randomness = |error: &dyn std::fmt::Display| CryptoError::NoRandomness(error.to_string());
    let seed = || random::<32>().map(Zeroizing::new);
    let private = match algorithm {
        Algorithm::Ed25519 => Private::Ed25519(ed25519_dalek::SigningKey::from_bytes(&*seed()?)),
        Algorithm::EcdsaP256 => {
            Private::P256(p256::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng).map_err(|error| no_randomness(&error))?)
        }
        Algorithm::EcdsaP384 => {
            Private::P384(p384::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng).map_err(|error| no_randomness(&error))?)
        }
        Algorithm::Rsa2048 => rsa(2048)?,
        Algorithm::Rsa3072 => rsa(3072)?,
        Algorithm::Rsa4096 => rsa(4096)?,
        Algorithm::MlDsa44 => Private::MlDsa44(Box::new(ml_dsa::SigningKey::from_seed(&(*seed()?).into()))),
        Algorithm::MlDsa65 => Private::MlDsa65(Box::new(ml_dsa::SigningKey::from_seed(&(*seed()?).into()))),
        Algorithm::MlDsa87 => Private::MlDsa87(Box::new(ml_dsa::SigningKey::from_seed(&(*seed()?).into()))),
    };
    let pair = KeyPair { private: private.to_pkcs8()?, public_key: private.public_key()? };
    if algorithm != Algorithm::Ed25519 {
        const PROBE: &[u8] = b"keystead pairwise consistency";
        let consistent = verify(&pair.public_key, PROBE, &private.sign(PROBE)?)?;
        if !consistent {
            return Err(CryptoError::Inconsistent);
        }
    }
    Ok(pair)
}

fn rsa(bits: usize) -> Result<Private, CryptoError> {
    let key = rsa::PrivateKey::new(&mut SysRng, bits).map_err(|error| CryptoError::NoRandomness(error.to_string()))?;
    Ok(Private::Rsa(Box::new(key)))
}

/// The algorithm and the public half of a private key in PKCS#8 DER.
pub fn public_key(pkcs8: &SecretBytes) -> Result<(Algorithm, Box<[u8]>), CryptoError> {
    let public_key = Private::read(pkcs8)?.public_key()?;
    Ok((super::algorithm_of(&public_key)?, public_key))
}

/// Signs a message. ECDSA: DER (RFC 3279 section 2.2.3) with SHA-256 on P-256 and SHA-384 on
/// P-384; RSA: PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2); ML-DSA: with an empty context
/// (RFC 9881 section 3).
pub fn sign(pkcs8: &SecretBytes, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let private = Private::read(pkcs8)?;
    if super::algorithm_of(&private.public_key()?)? != algorithm {
        return Err(CryptoError::Unreadable("private key of the algorithm named"));
    }
    private.sign(message)
}

impl Private {
    fn read(pkcs8: &SecretBytes) -> Result<Self, CryptoError> {
        let bytes = pkcs8.expose();
        let unreadable = |_| CryptoError::Unreadable("private key");
        let info = PrivateKeyInfoRef::from_der(bytes).map_err(|_| CryptoError::Unreadable("private key"))?;
        let oid = info.algorithm.oid.to_string();
        Ok(match oid.as_str() {
            "1.3.101.112" => Self::Ed25519(ed25519_dalek::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?),
            "1.2.840.10045.2.1" => match info.algorithm.parameters_oid().map(|curve| curve.to_string()).as_deref() {
                Ok("1.2.840.10045.3.1.7") => Self::P256(p256::ecdsa::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?),
                Ok("1.3.132.0.34") => Self::P384(p384::ecdsa::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?),
                _ => return Err(CryptoError::Unreadable("private key: its curve is not one that is understood")),
            },
            "1.2.840.113549.1.1.1" => Self::Rsa(Box::new(rsa::PrivateKey::from_pkcs8_der(bytes).map_err(unreadable)?)),
            "2.16.840.1.101.3.4.3.17" => Self::MlDsa44(Box::new(ml_dsa::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?)),
            "2.16.840.1.101.3.4.3.18" => Self::MlDsa65(Box::new(ml_dsa::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?)),
            "2.16.840.1.101.3.4.3.19" => Self::MlDsa87(Box::new(ml_dsa::SigningKey::from_pkcs8_der(bytes).map_err(unreadable)?)),
            _ => return Err(CryptoError::Unreadable("private key: its algorithm is not one that is understood")),
        })
    }

    fn to_pkcs8(&self) -> Result<SecretBytes, CryptoError> {
        let document = match self {
            Self::Ed25519(key) => {
                let bytes = Zeroizing::new(key.to_bytes());
                KeypairBytes { secret_key: *bytes, public_key: None }.to_pkcs8_der()
            }
            Self::P256(key) => key.to_pkcs8_der(),
            Self::P384(key) => key.to_pkcs8_der(),
            Self::Rsa(key) => key.to_pkcs8_der(),
            Self::MlDsa44(key) => key.to_pkcs8_der(),
            Self::MlDsa65(key) => key.to_pkcs8_der(),
            Self::MlDsa87(key) => key.to_pkcs8_der(),
        };
        let document: SecretDocument = document.map_err(|_| CryptoError::Unreadable("private key"))?;
        Ok(SecretBytes::new(document.as_bytes().to_vec()))
    }

    fn public_key(&self) -> Result<Box<[u8]>, CryptoError> {
        let document = match self {
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::MlDsa44(key) => key.verifying_key().to_public_key_der(),
            Self::MlDsa65(key) => key.verifying_key().to_public_key_der(),
            Self::MlDsa87(key) => key.verifying_key().to_public_key_der(),
        };
        document.map(|document| document.as_bytes().into()).map_err(|_| CryptoError::Unreadable("public key"))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let failed = |error: signature::Error| CryptoError::Signing(error.to_string());
        Ok(match self {
            Self::Ed25519(key) => key.try_sign(message).map_err(failed)?.to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.try_sign(message).map_err(failed)?;
                signature.to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::DerSignature = key.try_sign(message).map_err(failed)?;
                signature.to_vec()
            }
            Self::Rsa(key) => {
                let signer = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new((**key).clone());
                signer.try_sign(message).map_err(failed)?.to_vec()
            }
            Self::MlDsa44(key) => key.try_sign(message).map_err(failed)?.to_vec(),
            Self::MlDsa65(key) => key.try_sign(message).map_err(failed)?.to_vec(),
            Self::MlDsa87(key) => key.try_sign(message).map_err(failed)?.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_makes_a_pair_that_signs_and_is_read_again() {
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Rsa4096) {
            let pair = generate(algorithm).unwrap();
            assert_eq!(public_key(&pair.private).unwrap(), (algorithm, pair.public_key.clone()));
            let signature = sign(&pair.private, algorithm, b"message").unwrap();
            assert!(verify(&pair.public_key, b"message", &signature).unwrap(), "{algorithm:?}");
            assert!(!verify(&pair.public_key, b"massage", &signature).unwrap(), "{algorithm:?}");
        }
    }

    #[test]
    fn ml_dsa_is_kept_as_its_seed() {
        let pair = generate(Algorithm::MlDsa65).unwrap();
        assert_eq!(pair.private.expose().len(), 54);
    }

    #[test]
    fn an_ed25519_key_is_written_as_version_one() {
        let pair = generate(Algorithm::Ed25519).unwrap();
        assert_eq!(pair.private.expose().len(), 48);
        assert_eq!(pair.private.expose()[2..5], [2, 1, 0]);
    }

    #[test]
    fn another_algorithm_than_named_is_refused() {
        let pair = generate(Algorithm::EcdsaP256).unwrap();
        assert!(sign(&pair.private, Algorithm::EcdsaP384, b"x").is_err());
        assert!(public_key(&SecretBytes::new(vec![0x30, 0])).is_err());
    }
}
