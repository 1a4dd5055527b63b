//! Encryption under a passphrase, for writing: PBES2 (RFC 8018 section 6.2) with PBKDF2 and AES-256, and for old
//! systems the scheme of PKCS#12 with three-key triple DES (RFC 7292 appendix C).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherEncrypt, BlockModeEncrypt as _, BlockSizeUser, InnerIvInit as _, KeyInit};
use hmac::Hmac;

use super::LeavingError;
use crate::crypto;
use crate::formats::ber::{self, Bytes, NULL, OCTET_STRING, SEQUENCE, identifier, integer};
use crate::formats::kdf::{Hash, Kdf, Use};
use crate::formats::pbe::{Encoding, utf16};
use crate::secret::Passphrase;

/// OWASP's figure for PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet, 2023), and the most that NSS reads.
pub(super) const ITERATIONS: u64 = 600_000;
/// A debug build derives too slowly for tests: told so, it does little work. A release build knows no such setting.
fn work(usual: u64) -> u64 {
    let little = cfg!(debug_assertions) && std::env::var_os("KEYSTEAD_TEST_WORK_FACTOR").is_some();
    if little || cfg!(test) { usual.min(2_048) } else { usual }
}

/// For old systems, whose own figure is 2,048: enough that they still answer in a moment.
const OLD_ITERATIONS: u64 = 50_000;

/// With what is encrypted.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Strength {
    /// PBKDF2-HMAC-SHA-256 and AES-256-CBC; the integrity check with HMAC-SHA-256.
    Modern,
    /// Triple DES; the integrity check with HMAC-SHA-1. For systems that read nothing else.
    Legacy,
}

/// An `AlgorithmIdentifier`, and what it made of the plain bytes.
pub(super) struct Sealed {
    /// Whole, in DER.
    pub(super) algorithm: Bytes,
    /// Encrypted.
    pub(super) data: Vec<u8>,
}

const UNMADE: LeavingError = LeavingError::Unreadable("its key could not be derived");

/// Encrypts under a passphrase.
pub(super) fn seal(plain: &[u8], passphrase: &Passphrase, strength: Strength) -> Result<Sealed, LeavingError> {
    match strength {
        Strength::Modern => modern(plain, passphrase),
        Strength::Legacy => legacy(plain, passphrase),
    }
}

fn modern(plain: &[u8], passphrase: &Passphrase) -> Result<Sealed, LeavingError> {
    let (salt, iv) = (crypto::random::<16>()?, crypto::random::<16>()?);
    let iterations = work(ITERATIONS);
    let kdf = Kdf::Pbkdf2 { hash: Hash::Sha256, salt: salt.to_vec(), iterations };
    let key = kdf.derive(passphrase.expose().as_bytes(), Use::Key, 32).ok_or(UNMADE)?;
    let prf = identifier("1.2.840.113549.2.9", &NULL);
    let parameters = ber::wrap(SEQUENCE, &[&ber::wrap(OCTET_STRING, &[&salt]), &integer(iterations), &prf]);
    let derivation = identifier("1.2.840.113549.1.5.12", &parameters);
    let cipher = identifier("2.16.840.1.101.3.4.1.42", &ber::wrap(OCTET_STRING, &[&iv]));
    let algorithm = identifier("1.2.840.113549.1.5.13", &ber::wrap(SEQUENCE, &[&derivation, &cipher]));
    Ok(Sealed { algorithm, data: cbc::<aes::Aes256>(&key, &iv, plain)? })
}

fn legacy(plain: &[u8], passphrase: &Passphrase) -> Result<Sealed, LeavingError> {
    let salt = crypto::random::<8>()?;
    let iterations = work(OLD_ITERATIONS);
    let kdf = Kdf::Pkcs12 { hash: Hash::Sha1, salt: salt.to_vec(), iterations };
    let secret = utf16(passphrase.expose(), Encoding::Standard);
    let key = kdf.derive(&secret, Use::Key, 24).ok_or(UNMADE)?;
    let iv = kdf.derive(&secret, Use::Iv, 8).ok_or(UNMADE)?;
    let parameters = ber::wrap(SEQUENCE, &[&ber::wrap(OCTET_STRING, &[&salt]), &integer(iterations)]);
    Ok(Sealed { algorithm: identifier("1.2.840.113549.1.12.1.3", &parameters), data: cbc::<des::TdesEde3>(&key, &iv, plain)? })
}

/// CBC with the padding of RFC 5652 section 6.3.
pub(super) fn cbc<C: KeyInit + BlockCipherEncrypt + BlockSizeUser>(
    key: &[u8],
    iv: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, LeavingError> {
    let cipher = C::new_from_slice(key).map_err(|_| UNMADE)?;
    let mode = cbc::Encryptor::inner_iv_slice_init(cipher, iv).map_err(|_| UNMADE)?;
    Ok(mode.encrypt_padded_vec::<Pkcs7>(plain))
}

/// `MacData` of a PKCS#12 keystore (RFC 7292 section 5.1).
pub(super) fn integrity(data: &[u8], passphrase: &Passphrase, strength: Strength) -> Result<Bytes, LeavingError> {
    let salt = crypto::random::<16>()?;
    let (hash, name, iterations) = match strength {
        Strength::Modern => (Hash::Sha256, "2.16.840.1.101.3.4.2.1", work(ITERATIONS)),
        Strength::Legacy => (Hash::Sha1, "1.3.14.3.2.26", work(OLD_ITERATIONS)),
    };
    let kdf = Kdf::Pkcs12 { hash, salt: salt.to_vec(), iterations };
    let key = kdf.derive(&utf16(passphrase.expose(), Encoding::Standard), Use::Mac, hash.len()).ok_or(UNMADE)?;
    let mac = match strength {
        Strength::Modern => hmac::<Hmac<sha2::Sha256>>(&key, data)?,
        Strength::Legacy => hmac::<Hmac<sha1::Sha1>>(&key, data)?,
    };
    let info = ber::wrap(SEQUENCE, &[&identifier(name, &NULL), &ber::wrap(OCTET_STRING, &[&mac])]);
    Ok(ber::wrap(SEQUENCE, &[&info, &ber::wrap(OCTET_STRING, &[&salt]), &integer(iterations)]))
}

fn hmac<M: hmac::Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Result<Vec<u8>, LeavingError> {
    let mut mac = <M as hmac::digest::KeyInit>::new_from_slice(key).map_err(|_| UNMADE)?;
    mac.update(data);
    Ok(mac.finalize().into_bytes().to_vec())
}
