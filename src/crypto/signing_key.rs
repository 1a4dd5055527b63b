//! A private key that was opened once and signs many times: an agent's signature costs the signature, not
//! the reading of the key.

use ::rsa::PrivateKey;
use signature::{SignatureEncoding as _, Signer as _};

use super::envelope::Envelope;
use super::family::{ec, edwards, rsa};
use super::{CryptoError, SignatureHash, public_key};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// A private key in the form in which it signs. What it holds is wiped when it is dropped; it cannot be
/// copied, shown or written.
pub struct SigningKey {
    public_key: Box<[u8]>,
    kind: Kind,
}

/// What signs. Each of these types wipes itself.
enum Kind {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Rsa(Box<PrivateKey>),
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
    P521(Box<p521::ecdsa::SigningKey>),
    /// The others are read anew each time.
    Other(SecretBytes, Algorithm),
}

impl SigningKey {
    /// Opens a private key in PKCS#8.
    pub fn open(pkcs8: SecretBytes, algorithm: Algorithm) -> Result<Self, CryptoError> {
        if !algorithm.signs() {
            return Err(CryptoError::NoSignatures(algorithm.name()));
        }
        let (found, public_key) = public_key(&pkcs8)?;
        if found != algorithm {
            return Err(CryptoError::OtherAlgorithm);
        }
        let unreadable = |_| CryptoError::Unreadable("private key");
        let kind = match algorithm {
            Algorithm::Ed25519 => Kind::Ed25519(Box::new(edwards::signing_key(&Envelope::read(&pkcs8)?)?)),
            Algorithm::EcdsaP256 => {
                let scalar = ec::scalar(&Envelope::read(&pkcs8)?)?;
                Kind::P256(Box::new(p256::ecdsa::SigningKey::from_slice(&scalar).map_err(unreadable)?))
            }
            Algorithm::EcdsaP384 => {
                let scalar = ec::scalar(&Envelope::read(&pkcs8)?)?;
                Kind::P384(Box::new(p384::ecdsa::SigningKey::from_slice(&scalar).map_err(unreadable)?))
            }
            Algorithm::EcdsaP521 => {
                let scalar = ec::scalar(&Envelope::read(&pkcs8)?)?;
                Kind::P521(Box::new(p521::ecdsa::SigningKey::from_slice(&scalar).map_err(unreadable)?))
            }
            algorithm if algorithm.is_rsa() => Kind::Rsa(Box::new(rsa::signing_key(&Envelope::read(&pkcs8)?)?)),
            algorithm => Kind::Other(pkcs8, algorithm),
        };
        Ok(Self { public_key, kind })
    }

    /// Its public half: DER `SubjectPublicKeyInfo`.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Signs a message as [`super::sign`] does; `hash` is for RSA alone, SHA-256 where none is named.
    pub fn sign(&self, hash: Option<SignatureHash>, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let failed = |error: signature::Error| CryptoError::Signing(error.to_string());
        match &self.kind {
            Kind::Ed25519(key) => Ok(key.try_sign(message).map_err(failed)?.to_vec()),
            Kind::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.try_sign(message).map_err(failed)?;
                Ok(signature.to_vec())
            }
            Kind::P384(key) => {
                let signature: p384::ecdsa::DerSignature = key.try_sign(message).map_err(failed)?;
                Ok(signature.to_vec())
            }
            Kind::P521(key) => {
                let signature: p521::ecdsa::DerSignature = key.try_sign(message).map_err(failed)?;
                Ok(signature.to_vec())
            }
            Kind::Rsa(key) => rsa::sign_with(key, hash.unwrap_or(SignatureHash::Sha256), message),
            Kind::Other(pkcs8, algorithm) => super::sign(pkcs8, *algorithm, message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto;

    #[test]
    fn an_opened_key_signs_as_the_key_itself() {
        for algorithm in Algorithm::GENERATED.into_iter().filter(|algorithm| *algorithm != Algorithm::Rsa4096) {
            let pair = crypto::generate(algorithm).unwrap();
            let public = pair.public_key.clone();
            let key = SigningKey::open(pair.private, algorithm).unwrap();
            assert_eq!(key.public_key(), &*public);
            let signature = key.sign(None, b"message").unwrap();
            assert!(crypto::verify(&public, b"message", &signature).unwrap(), "{algorithm:?}");
        }
    }

    #[test]
    fn rsa_signs_with_the_hash_that_is_asked_for() {
        let pair = crypto::generate(Algorithm::Rsa2048).unwrap();
        let public = pair.public_key.clone();
        let key = SigningKey::open(pair.private, Algorithm::Rsa2048).unwrap();
        for hash in SignatureHash::ALL {
            let signature = key.sign(Some(hash), b"message").unwrap();
            for other in SignatureHash::ALL {
                let fits = crypto::verify_digest(&public, other, &other.digest(b"message"), &signature).unwrap();
                assert_eq!(fits, hash == other, "{hash:?} read as {other:?}");
            }
        }
    }

    #[test]
    fn another_algorithm_than_named_is_refused() {
        let pair = crypto::generate(Algorithm::EcdsaP256).unwrap();
        assert!(matches!(SigningKey::open(pair.private, Algorithm::EcdsaP384), Err(CryptoError::OtherAlgorithm)));
    }
}
