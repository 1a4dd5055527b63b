//! Private halves into a transit engine and out of it. What goes in is wrapped to the engine's own key, so that nothing on
//! the way can read it, the end of the TLS connection included.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answer;
use super::call::Call;
use super::error::BaoError;
use super::key_type::KeyType;
use super::server::Late;
use super::transit::{Transit, TransitKey};
use super::{base64, base64_of, name};
use crate::crypto::{self, KeyWrap, OaepHash};
use crate::formats::found::Content;
use crate::formats::{recognise, spki};
use crate::secret::SecretBytes;

#[derive(Deserialize)]
struct WrappingKey {
    public_key: String,
}

#[derive(Deserialize)]
struct Exported {
    keys: BTreeMap<String, String>,
}

impl Transit<'_> {
    /// The RSA key that imports are wrapped to (DER `SubjectPublicKeyInfo`).
    pub fn wrapping_key(&self) -> Result<Box<[u8]>, BaoError> {
        let path = format!("{}/wrapping_key", name::segment(self.mount)?);
        let answer = self.server.call(&Call::read(&path, self.mount)).map_err(|error| match error {
            BaoError::OtherVersion { version, .. } => {
                BaoError::OtherVersion { version, lacks: "take keys that were made elsewhere" }
            }
            error => error,
        })?;
        let found: WrappingKey = answer::data(&answer, &self.server.address())?;
        let keys = spki::from_pem(&found.public_key).ok();
        keys.and_then(|keys| keys.into_iter().next()).ok_or_else(|| self.odd("its wrapping key cannot be read"))
    }

    /// Brings a key in: PKCS#8 DER of a pair, or the bytes of a symmetric key. It is wrapped under a new AES key (RFC 5649),
    /// and that under the engine's RSA key (RFC 8017 section 7.1, SHA-256); what then lies there is compared.
    pub fn import(&self, key: &str, key_type: KeyType, exportable: bool, secret: &SecretBytes) -> Result<TransitKey, BaoError> {
        if self.found(key)?.is_some() {
            return Err(BaoError::Occupied(key.to_owned()));
        }
        let ciphertext = wrapped(&self.wrapping_key()?, secret)?;
        let body = json!({
            "type": key_type.word(), "hash_function": "SHA256", "ciphertext": base64(&ciphertext),
            "exportable": exportable, "allow_rotation": true,
        });
        let path = self.path("keys", key, "/import")?;
        let act = || self.changed(key, &Call::change(&path, self.mount, &body)?);
        let arrived = self.server.settled(Late::Harmless, act, || self.found(key))?;
        let there = arrived
            .versions
            .iter()
            .find(|version| version.number == arrived.latest)
            .and_then(|version| version.public_key.clone());
        let here = if key_type.algorithm().is_symmetric() { None } else { Some(crypto::public_key(secret)?.1) };
        if there == here && arrived.key_type == key_type { Ok(arrived) } else { Err(BaoError::Swapped(key.to_owned())) }
    }

    /// Reads a private half: PKCS#8 DER, or the bytes of a symmetric key. The server permits it for exportable keys only.
    pub fn export(&self, key: &str, key_type: KeyType, version: u32) -> Result<SecretBytes, BaoError> {
        let path = self.path(&format!("export/{}", key_type.export_word()), key, &format!("/{version}"))?;
        let answer = self.server.call(&Call::read(&path, self.mount))?;
        let mut found: Exported = answer::data(&answer, &self.server.address())?;
        let text =
            found.keys.remove(&version.to_string()).ok_or_else(|| self.odd("it holds another version than was asked for"))?;
        let text = SecretBytes::new(text.into_bytes());
        private(&text, key_type).ok_or_else(|| self.odd("its private half cannot be read"))
    }
}

fn wrapped(wrapping_key: &[u8], secret: &SecretBytes) -> Result<Vec<u8>, BaoError> {
    let key = SecretBytes::new(Zeroizing::new(crypto::random::<32>()?).to_vec());
    let mut bytes = crypto::oaep(wrapping_key, OaepHash::Sha256, key.expose())?;
    bytes.extend(KeyWrap::Kwp.wrap(key.expose(), secret.expose())?);
    Ok(bytes)
}

/// PEM for pairs; for Ed25519 the seed with the public half behind it, for symmetric keys their bytes, both in base64.
fn private(text: &SecretBytes, key_type: KeyType) -> Option<SecretBytes> {
    if text.expose().starts_with(b"-----") {
        let found = recognise::read(text.expose(), &[]);
        return found.into_iter().find_map(|found| match found.content {
            Ok(Content::Private { pkcs8, .. }) => Some(pkcs8),
            _ => None,
        });
    }
    let bytes = SecretBytes::new(base64_of(std::str::from_utf8(text.expose()).ok()?)?);
    if key_type == KeyType::Ed25519 { ed25519(&bytes) } else { Some(bytes) }
}

/// RFC 8410 section 7: the seed in an octet string in an octet string.
fn ed25519(bytes: &SecretBytes) -> Option<SecretBytes> {
    const HEAD: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let (seed, rest) = bytes.expose().split_at_checked(32)?;
    if rest.len() != 32 {
        return None;
    }
    let pkcs8 = SecretBytes::new([&HEAD[..], seed].concat());
    let (_, public_key) = crypto::public_key(&pkcs8).ok()?;
    public_key.ends_with(rest).then_some(pkcs8)
}
