//! JSON Web Keys with their private members (RFC 7518 section 6, RFC 8037, RFC 8812; ML-DSA as `AKP` by
//! draft-ietf-cose-dilithium), symmetric ones as `oct`; several as a set.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::parts::{self, Parts};
use super::{LeavingError, PrivateEntry};
use crate::crypto;
use crate::formats::jwk;
use crate::model::Algorithm;
use crate::secret::SecretBytes;

const UNREADABLE: LeavingError = LeavingError::Unreadable("it has no form as a JSON Web Key");

/// One key, or a set of several, as JSON.
pub(super) fn write(entries: &[PrivateEntry]) -> Result<SecretBytes, LeavingError> {
    let mut values = entries.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let whole = if values.len() == 1 { values.remove(0) } else { json!({ "keys": values }) };
    let mut bytes = Zeroizing::new(serde_json::to_vec_pretty(&whole).map_err(|_| UNREADABLE)?);
    bytes.push(b'\n');
    Ok(SecretBytes::new(bytes.to_vec()))
}

/// A set, also of one.
pub(super) fn set(entries: &[PrivateEntry]) -> Result<SecretBytes, LeavingError> {
    let values = entries.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let mut bytes = Zeroizing::new(serde_json::to_vec_pretty(&json!({ "keys": values })).map_err(|_| UNREADABLE)?);
    bytes.push(b'\n');
    Ok(SecretBytes::new(bytes.to_vec()))
}

fn encode(bytes: &[u8]) -> Value {
    Base64UrlUnpadded::encode_string(bytes).into()
}

/// The public members, and beside them the private ones.
fn value(entry: &PrivateEntry) -> Result<Value, LeavingError> {
    let parts = parts::of(entry)?;
    if let Parts::Symmetric(bytes) = parts {
        return Ok(symmetric(entry, bytes));
    }
    let mut value = jwk::value(entry.public_key).map_err(|_| UNREADABLE)?;
    let members = value.as_object_mut().ok_or(UNREADABLE)?;
    private(&parts, members)?;
    Ok(value)
}

fn private(parts: &Parts, members: &mut Map<String, Value>) -> Result<(), LeavingError> {
    match parts {
        Parts::Rsa(key) => {
            let named = [
                ("d", key.private_exponent),
                ("p", key.prime1),
                ("q", key.prime2),
                ("dp", key.exponent1),
                ("dq", key.exponent2),
                ("qi", key.coefficient),
            ];
            members.extend(named.map(|(name, number)| (name.to_owned(), encode(number.as_bytes()))));
        }
        Parts::Ec { scalar, .. } => drop(members.insert("d".to_owned(), encode(scalar))),
        Parts::Edwards { private, .. } => drop(members.insert("d".to_owned(), encode(private))),
        Parts::MlDsa { seed, .. } => drop(members.insert("priv".to_owned(), encode(seed))),
        Parts::Dsa { .. } | Parts::Symmetric(_) => return Err(UNREADABLE),
    }
    Ok(())
}

/// RFC 7518 section 6.4; the algorithm where its length says which.
fn symmetric(entry: &PrivateEntry, bytes: &[u8]) -> Value {
    let mut value = json!({ "kty": "oct", "k": encode(bytes), "kid": entry.name });
    let algorithm = match (entry.algorithm, bytes.len()) {
        (Algorithm::Aes128, _) => "A128GCM",
        (Algorithm::Aes192, _) => "A192GCM",
        (Algorithm::Aes256, _) => "A256GCM",
        (_, 48..=63) => "HS384",
        (_, 64..) => "HS512",
        _ => "HS256",
    };
    value["alg"] = algorithm.into();
    value
}

/// A name for a JWE that holds it: its `kid`.
pub(super) fn key_id(entry: &PrivateEntry) -> String {
    if entry.public_key.is_empty() {
        entry.name.to_owned()
    } else {
        crate::model::hex::encode(crypto::sha256(entry.public_key).as_bytes())
    }
}
