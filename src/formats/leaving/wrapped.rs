//! A key under another one: AES key wrap (RFC 3394, RFC 5649), RSA-OAEP (RFC 8017 section 7.1), and both together for
//! what is too long for RSA (PKCS#11 v3.1, `CKM_RSA_AES_KEY_WRAP`: the AES key under RSA, then the key under AES-KWP).
//! What is wrapped is the PKCS#8 DER of a pair, or the bytes of a symmetric key.

use zeroize::Zeroizing;

use super::{LeavingError, PrivateEntry};
use crate::crypto::{self, KeyWrap, OaepHash};
use crate::model::name::shown;
use crate::model::{Algorithm, Format};
use crate::secret::SecretBytes;

/// The key under which another is wrapped.
pub enum Under<'a> {
    /// An AES key.
    Aes(&'a SecretBytes),
    /// An AES key that stays in its engine, which wraps by itself.
    AesInside,
    /// An RSA public key, as DER `SubjectPublicKeyInfo`.
    Rsa(&'a [u8]),
}

/// AES-KW takes whole blocks alone.
pub fn check_length(entry: &PrivateEntry) -> Result<(), LeavingError> {
    let length = entry.secret.expose().len();
    if KeyWrap::Kw.takes(length) {
        return Ok(());
    }
    let takes = "multiples of 8 bytes, at least 16. Choose aes-kwp instead".to_owned();
    Err(LeavingError::Length { name: shown(entry.name).into_owned(), length, format: Format::AesKw.name(), takes })
}

/// Wraps a key.
pub fn wrap(entry: &PrivateEntry, format: Format, under: &Under) -> Result<SecretBytes, LeavingError> {
    let secret = entry.secret;
    let length = |takes: String| LeavingError::Length {
        name: shown(entry.name).into_owned(),
        length: secret.expose().len(),
        format: format.name(),
        takes,
    };
    if format == Format::AesKw {
        check_length(entry)?;
    }
    let bytes = match (format, under) {
        (Format::AesKw, Under::Aes(key)) => aes(KeyWrap::Kw, key, secret)?,
        (Format::AesKwp, Under::Aes(key)) => aes(KeyWrap::Kwp, key, secret)?,
        (Format::RsaOaep, Under::Rsa(spki)) => {
            let most = OaepHash::Sha256.most(modulus(spki)? * 8);
            if secret.expose().len() > most {
                return Err(length(format!("at most {most} under this key. Choose rsa-aes-kwp instead")));
            }
            crypto::oaep(spki, OaepHash::Sha256, secret.expose())?
        }
        (Format::RsaAesKwp, Under::Rsa(spki)) => rsa_aes(spki, OaepHash::Sha256, secret)?,
        _ => return Err(LeavingError::Unreadable("this form is for a wrapping key of another kind")),
    };
    Ok(SecretBytes::new(bytes))
}

/// Wrapped, and opened again while the key is at hand.
fn aes(wrap: KeyWrap, key: &SecretBytes, secret: &SecretBytes) -> Result<Vec<u8>, LeavingError> {
    let wrapped = wrap.wrap(key.expose(), secret.expose())?;
    if wrap.unwrap(key.expose(), &wrapped)?.same_as(secret) {
        Ok(wrapped)
    } else {
        Err(LeavingError::Unreadable("what was wrapped does not open again"))
    }
}

/// `CKM_RSA_AES_KEY_WRAP` with an AES key of 256 bits.
pub(super) fn rsa_aes(spki: &[u8], hash: OaepHash, secret: &SecretBytes) -> Result<Vec<u8>, LeavingError> {
    let key = SecretBytes::new(Zeroizing::new(crypto::random::<32>()?).to_vec());
    let mut bytes = crypto::oaep(spki, hash, key.expose())?;
    bytes.extend(aes(KeyWrap::Kwp, &key, secret)?);
    Ok(bytes)
}

/// A length that [`rsa_aes`] writes under a modulus of so many bytes.
pub(super) const fn rsa_aes_length(length: usize, modulus: usize) -> bool {
    length >= modulus + 16 && (length - modulus).is_multiple_of(8)
}

/// The bytes of an RSA key's modulus.
fn modulus(spki: &[u8]) -> Result<usize, LeavingError> {
    Ok(match crypto::algorithm_of(spki)? {
        Algorithm::Rsa2048 => 256,
        Algorithm::Rsa3072 => 384,
        Algorithm::Rsa4096 => 512,
        Algorithm::Rsa(bits) => usize::from(bits).div_ceil(8),
        other => return Err(crypto::CryptoError::NoWrapping(other.name()).into()),
    })
}

/// The file has a length that the form makes of a secret of this length.
pub fn has_form(file: &[u8], format: Format, under: &Under, secret: usize) -> bool {
    let wrapped = secret.next_multiple_of(8) + 8;
    match (format, under) {
        (Format::AesKw | Format::AesKwp, Under::Aes(_) | Under::AesInside) => file.len() == wrapped,
        (Format::RsaOaep, Under::Rsa(spki)) => modulus(spki).is_ok_and(|modulus| file.len() == modulus),
        (Format::RsaAesKwp, Under::Rsa(spki)) => modulus(spki).is_ok_and(|modulus| file.len() == modulus + wrapped),
        _ => false,
    }
}
