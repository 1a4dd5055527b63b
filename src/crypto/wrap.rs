//! Keys under other keys: RSA-OAEP, AES key wrap, and a secret agreed on over a curve; and the value by which two
//! people compare a symmetric key. What the bytes look like outside is the business of `formats`.

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use aes_kw::{KwAes128, KwAes192, KwAes256, KwpAes128, KwpAes192, KwpAes256};
use der::Decode as _;
use hmac::{Hmac, Mac as _};
use spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use super::family::{ec, rsa};
use super::{CryptoError, algorithm};
use crate::model::Algorithm;
use crate::secret::SecretBytes;

/// The hash of RSA-OAEP, for its label and for MGF1 alike.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum OaepHash {
    /// SHA-1, where a service asks for it: OAEP does not rest on its collisions.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl OaepHash {
    /// How many bytes fit beneath a modulus of so many bits (RFC 8017 section 7.1.1).
    pub const fn most(self, bits: usize) -> usize {
        let hash = match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        };
        (bits / 8).saturating_sub(2 * hash + 2)
    }
}

fn parts(spki: &[u8]) -> Result<(Algorithm, &[u8]), CryptoError> {
    let unreadable = CryptoError::Unreadable("public key");
    let Ok(info) = SubjectPublicKeyInfoRef::from_der(spki) else { return Err(unreadable) };
    let key = info.subject_public_key.as_bytes().ok_or(unreadable)?;
    Ok((algorithm::of(&info.algorithm, key)?, key))
}

/// Encrypts to an RSA public key (DER `SubjectPublicKeyInfo`) by RSAES-OAEP with an empty label (RFC 8017 section 7.1).
pub fn oaep(spki: &[u8], hash: OaepHash, secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
    match parts(spki)? {
        (algorithm, key) if algorithm.is_rsa() => rsa::encrypt_oaep(key, hash, secret),
        (algorithm, _) => Err(CryptoError::NoWrapping(algorithm.name())),
    }
}

/// A secret that only the holder of a public key on a NIST curve and this call know (SP 800-56A rev. 3 section 6.2.2.2,
/// ephemeral to static): the point to send, uncompressed, and the shared secret.
pub fn agree(spki: &[u8]) -> Result<(Vec<u8>, SecretBytes), CryptoError> {
    let (algorithm, point) = parts(spki)?;
    let curve = ec::Curve::of(algorithm).filter(|_| algorithm != Algorithm::EcdsaSecp256k1);
    curve.ok_or(CryptoError::NoWrapping(algorithm.name()))?.agree(point)
}

/// A key of 32 bytes out of an agreed secret (ANSI X9.63 section 5.6.3 with SHA-256).
pub fn x963_sha256(shared: &SecretBytes, info: &[u8]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    let mut key = Zeroizing::new([0; 32]);
    ansi_x963_kdf::derive_key_into::<sha2::Sha256>(shared.expose(), info, &mut *key)
        .map_err(|_| CryptoError::Wrapping("its key could not be derived"))?;
    Ok(key)
}

/// Which AES key wrap.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum KeyWrap {
    /// RFC 3394: secrets whose length is a multiple of 8 bytes, at least 16.
    Kw,
    /// RFC 5649: secrets of any length.
    Kwp,
}

/// The same code on the wrap of each key length.
macro_rules! with_aes {
    ($key:expr, [$a128:ident, $a192:ident, $a256:ident], $cipher:ident => $body:expr) => {
        match $key.len() {
            16 => $a128::new_from_slice($key).ok().map(|$cipher| $body),
            24 => $a192::new_from_slice($key).ok().map(|$cipher| $body),
            32 => $a256::new_from_slice($key).ok().map(|$cipher| $body),
            _ => None,
        }
    };
}

const NO_AES_KEY: CryptoError = CryptoError::Wrapping("the wrapping key is no AES key of 16, 24 or 32 bytes");

impl KeyWrap {
    /// A secret of this length can be wrapped.
    pub const fn takes(self, length: usize) -> bool {
        match self {
            Self::Kw => length >= 16 && length.is_multiple_of(8),
            Self::Kwp => length >= 1,
        }
    }

    /// Wraps a secret under an AES key of 16, 24 or 32 bytes.
    pub fn wrap(self, key: &[u8], secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if !self.takes(secret.len()) {
            return Err(CryptoError::Wrapping("its length does not fit"));
        }
        let mut wrapped = vec![0; secret.len().next_multiple_of(8) + 8];
        let result = match self {
            Self::Kw => with_aes!(key, [KwAes128, KwAes192, KwAes256], cipher => cipher.wrap_key(secret, &mut wrapped).map(drop)),
            Self::Kwp => {
                with_aes!(key, [KwpAes128, KwpAes192, KwpAes256], cipher => cipher.wrap_key(secret, &mut wrapped).map(drop))
            }
        };
        result.ok_or(NO_AES_KEY)?.map_err(|_| CryptoError::Wrapping("its length does not fit"))?;
        Ok(wrapped)
    }

    /// Opens what was wrapped; an error where it is not sound.
    pub fn unwrap(self, key: &[u8], wrapped: &[u8]) -> Result<SecretBytes, CryptoError> {
        let mut secret = Zeroizing::new(vec![0; wrapped.len().saturating_sub(8)]);
        let length = match self {
            Self::Kw => {
                with_aes!(key, [KwAes128, KwAes192, KwAes256], cipher => cipher.unwrap_key(wrapped, &mut secret).map(<[u8]>::len))
            }
            Self::Kwp => {
                with_aes!(key, [KwpAes128, KwpAes192, KwpAes256], cipher => cipher.unwrap_key(wrapped, &mut secret).map(<[u8]>::len))
            }
        };
        let length = length.ok_or(NO_AES_KEY)?.map_err(|_| CryptoError::Wrapping("it does not open again"))?;
        Ok(SecretBytes::new(secret.get(..length).unwrap_or_default().to_vec()))
    }
}

/// The value by which people compare a symmetric key without showing it, 24 bits. AES: the first three bytes of a block of
/// zeros encrypted with it, which PKCS#11 v3.1 calls `CKA_CHECK_VALUE`. HMAC: the first three bytes of HMAC-SHA-256 over an empty message, since there
/// is no block to encrypt. `None` for a key with a public half, which has a fingerprint instead.
pub fn check_value(algorithm: Algorithm, secret: &SecretBytes) -> Result<Option<[u8; 3]>, CryptoError> {
    let key = secret.expose();
    let first: [u8; 16] = match algorithm {
        Algorithm::Aes128 | Algorithm::Aes192 | Algorithm::Aes256 => {
            use aes::{Aes128, Aes192, Aes256};
            let mut block = aes::Block::default();
            with_aes!(key, [Aes128, Aes192, Aes256], cipher => cipher.encrypt_block(&mut block)).ok_or(NO_AES_KEY)?;
            block.into()
        }
        Algorithm::Hmac => {
            let mac = <Hmac<sha2::Sha256> as hmac::digest::KeyInit>::new_from_slice(key);
            let mac = mac.map_err(|_| CryptoError::Wrapping("it is no key of HMAC"))?.finalize().into_bytes();
            std::array::from_fn(|at| mac[at])
        }
        _ => return Ok(None),
    };
    Ok(Some([first[0], first[1], first[2]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto;
    use crate::model::hex;

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// RFC 3394 sections 4.1, 4.4 and 4.6; RFC 5649 section 6.
    #[test]
    fn the_vectors_of_the_documents() {
        let kw = [
            (
                "000102030405060708090A0B0C0D0E0F",
                "00112233445566778899AABBCCDDEEFF",
                "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
            ),
            (
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "00112233445566778899AABBCCDDEEFF0001020304050607",
                "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
            ),
            (
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
                "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
            ),
        ];
        let kek = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
        let kwp = [
            (kek, "c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"),
            (kek, "466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ];
        let all = kw.map(|vector| (KeyWrap::Kw, vector)).into_iter().chain(kwp.map(|vector| (KeyWrap::Kwp, vector)));
        for (wrap, (key, secret, wrapped)) in all {
            let [key, secret, wrapped] = [key, secret, wrapped].map(bytes);
            assert_eq!(wrap.wrap(&key, &secret).unwrap(), wrapped);
            assert_eq!(wrap.unwrap(&key, &wrapped).unwrap().expose(), secret);
            let mut harmed = wrapped.clone();
            harmed[3] ^= 1;
            assert!(wrap.unwrap(&key, &harmed).is_err());
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        assert!(KeyWrap::Kw.wrap(&[0; 16], &[0; 17]).is_err());
        assert!(KeyWrap::Kw.wrap(&[0; 16], &[0; 8]).is_err());
        assert!(KeyWrap::Kwp.wrap(&[0; 16], &[]).is_err());
        assert!(KeyWrap::Kwp.wrap(&[0; 17], &[1]).is_err());
    }

    /// FIPS 197 appendix C keys, their zero blocks as openssl enc -aes-*-ecb gives them; HMAC as RFC 4231's function.
    #[test]
    fn check_values() {
        let value = |algorithm, key: &str| {
            let value = check_value(algorithm, &SecretBytes::new(bytes(key))).unwrap();
            value.map(|value| hex::encode(&value))
        };
        let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        assert_eq!(value(Algorithm::Aes128, &key[..32]).as_deref(), Some("c6a13b"));
        assert_eq!(value(Algorithm::Aes192, &key[..48]).as_deref(), Some("916251"));
        assert_eq!(value(Algorithm::Aes256, key).as_deref(), Some("f29000"));
        assert_eq!(value(Algorithm::Hmac, "").as_deref(), Some("b61367"));
        assert_eq!(value(Algorithm::Ed25519, key), None);
        assert!(check_value(Algorithm::Aes128, &SecretBytes::new(vec![0; 15])).is_err());
    }

    #[test]
    fn only_rsa_and_the_curves_of_nist_take_secrets() {
        let ed = crypto::generate(Algorithm::Ed25519).unwrap().public_key;
        assert!(matches!(oaep(&ed, OaepHash::Sha256, b"x"), Err(CryptoError::NoWrapping(_))));
        assert!(matches!(agree(&ed), Err(CryptoError::NoWrapping(_))));
        let p256 = crypto::generate(Algorithm::EcdsaP256).unwrap().public_key;
        let (point, shared) = agree(&p256).unwrap();
        assert_eq!((point.len(), shared.expose().len()), (65, 32));
        assert!(oaep(&[0x30, 0], OaepHash::Sha1, b"x").is_err());
    }
}
