//! JSON Web Keys encrypted under a passphrase (RFC 7516, compact; PBES2 of RFC 7518 section 4.8, and RFC 7517 section 7 for
//! the content type).

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::{LeavingError, PrivateEntry, jwk};
use crate::crypto;
use crate::secret::{Passphrase, SecretBytes};

const ALGORITHM: &str = "PBES2-HS512+A256KW";
/// The most that widespread libraries read without being told to: panva's `jose` 10,000, the `jose` command 32,768. It is
/// little for a passphrase that can be guessed, so who writes a JWE asks for one that cannot
/// ([`Format::asks_strongest`](crate::model::Format::asks_strongest)).
const ITERATIONS: u32 = 10_000;
const UNMADE: LeavingError = LeavingError::Unreadable("its key could not be derived");

/// One line of five parts.
pub(super) fn write(entries: &[PrivateEntry], passphrase: &Passphrase) -> Result<SecretBytes, LeavingError> {
    let plain = jwk::write(entries)?;
    let salt = crypto::random::<16>()?;
    let content_type = if entries.len() == 1 { "jwk+json" } else { "jwk-set+json" };
    let mut head = json!({
        "alg": ALGORITHM, "enc": "A256GCM", "cty": content_type,
        "p2c": ITERATIONS, "p2s": Base64UrlUnpadded::encode_string(&salt),
    });
    if let [entry] = entries {
        head["kid"] = jwk::key_id(entry).into();
    }
    let head = Base64UrlUnpadded::encode_string(head.to_string().as_bytes());
    let content_key = Zeroizing::new(crypto::random::<32>()?);
    let wrapped = wrap(&content_key, passphrase, &salt)?;
    let nonce = crypto::random::<12>()?;
    let cipher = Aes256Gcm::new_from_slice(&*content_key).map_err(|_| UNMADE)?;
    let payload = Payload { msg: plain.expose(), aad: head.as_bytes() };
    let sealed = cipher.encrypt(&nonce.into(), payload).map_err(|_| UNMADE)?;
    let (data, tag) = sealed.split_at(sealed.len() - 16);
    let parts = [&wrapped[..], &nonce, data, tag].map(Base64UrlUnpadded::encode_string);
    Ok(SecretBytes::new(format!("{head}.{}\n", parts.join(".")).into_bytes()))
}

/// The content key under the one of the passphrase. The salt is the algorithm's name, a zero and `p2s`.
fn wrap(content_key: &[u8; 32], passphrase: &Passphrase, salt: &[u8]) -> Result<[u8; 40], LeavingError> {
    let salt = [ALGORITHM.as_bytes(), &[0], salt].concat();
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::pbkdf2_hmac::<sha2::Sha512>(passphrase.expose().as_bytes(), &salt, ITERATIONS, &mut *key);
    let mut wrapped = [0; 40];
    aes_kw::KwAes256::new_from_slice(&*key).map_err(|_| UNMADE)?.wrap_key(content_key, &mut wrapped).map_err(|_| UNMADE)?;
    Ok(wrapped)
}
