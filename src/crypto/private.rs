//! Private keys: generate, sign.

use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::SecretDocument;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

use super::envelope::Envelope;
use super::family::{self, ec, ml_dsa};
use super::{CryptoError, public_key, random, verify};
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

/// Makes a pair with the operating system's randomness. Except for Ed25519, where both halves
/// follow from the same seed by one deterministic step, the pair has to verify a signature of its
/// own first (FIPS 140-3 IG 10.3.A, pairwise consistency).
pub fn generate(algorithm: Algorithm) -> Result<KeyPair, CryptoError> {
    let seed = || random::<32>().map(Zeroizing::new);
    let document = match algorithm {
        Algorithm::Ed25519 => written(&KeypairBytes { secret_key: *seed()?, public_key: None })?,
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 => {
            ec::generate(ec::Curve::of(algorithm).ok_or(CryptoError::NotMade(algorithm.name()))?)?
        }
        Algorithm::Rsa2048 => rsa(2048)?,
        Algorithm::Rsa3072 => rsa(3072)?,
        Algorithm::Rsa4096 => rsa(4096)?,
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => ml_dsa::generate(algorithm, *seed()?)?,
        _ => return Err(CryptoError::NotMade(algorithm.name())),
    };
    let private = SecretBytes::new(document.as_bytes().to_vec());
    let (_, public_key) = public_key(&private)?;
    if algorithm != Algorithm::Ed25519 {
        const PROBE: &[u8] = b"keystead pairwise consistency";
        if !verify(&public_key, PROBE, &sign(&private, algorithm, PROBE)?)? {
            return Err(CryptoError::Inconsistent);
        }
    }
    Ok(KeyPair { private, public_key })
}

fn rsa(bits: usize) -> Result<SecretDocument, CryptoError> {
    let key = rsa::PrivateKey::new(&mut SysRng, bits).map_err(|error| CryptoError::NoRandomness(error.to_string()))?;
    written(&key)
}

fn written(key: &impl pkcs8::EncodePrivateKey) -> Result<SecretDocument, CryptoError> {
    key.to_pkcs8_der().map_err(|_| CryptoError::Unreadable("private key"))
}

/// Signs a message. ECDSA: DER (RFC 3279 section 2.2.3) with SHA-256 on P-256 and secp256k1, SHA-384 on
/// P-384 and SHA-512 on P-521; RSA: PKCS#1 v1.5 with SHA-256 (RFC 8017 section 8.2); RSA-PSS: as its parameters ask,
/// otherwise with SHA-256 and a salt of 32 bytes (RFC 4055 section 3); ML-DSA and SLH-DSA: with an empty context
/// (RFC 9881 section 3, RFC 9909 section 4). A key that signs nothing is an error.
pub fn sign(pkcs8: &SecretBytes, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let envelope = Envelope::read(pkcs8)?;
    if !algorithm.signs() {
        return Err(CryptoError::NoSignatures(algorithm.name()));
    }
    if family::public_half(&envelope)?.is_none_or(|half| half.algorithm != algorithm) {
        return Err(CryptoError::OtherAlgorithm);
    }
    family::sign(&envelope, algorithm, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_makes_a_pair_that_signs_and_is_read_again() {
        for algorithm in Algorithm::GENERATED.into_iter().filter(|algorithm| *algorithm != Algorithm::Rsa4096) {
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
