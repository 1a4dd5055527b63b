//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 8812; ML-DSA as key type `AKP` by
//! draft-ietf-cose-dilithium).

use ::spki::SubjectPublicKeyInfoRef;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use der::Decode as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::spki::RsaPublicKey;
use super::{FormatError, spki};
use crate::crypto;
use crate::model::Algorithm;

const UNREADABLE: FormatError = FormatError::Unreadable("JSON Web Key");

/// One key as JSON.
pub fn one(spki: &[u8]) -> Result<Vec<u8>, FormatError> {
    pretty(&value(spki)?)
}

/// Several keys as a JWK set.
pub fn set<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, FormatError> {
    let keys = keys.map(value).collect::<Result<Vec<_>, _>>()?;
    pretty(&json!({ "keys": keys }))
}

fn pretty(value: &Value) -> Result<Vec<u8>, FormatError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|_| UNREADABLE)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The key with its RFC 7638 thumbprint as `kid`.
pub(super) fn value(spki: &[u8]) -> Result<Value, FormatError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| UNREADABLE)?;
    let info = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| UNREADABLE)?;
    let key = info.subject_public_key.as_bytes().ok_or(UNREADABLE)?;
    // Members in the order of their names, because the thumbprint is taken over this form.
    let (mut value, required) = match algorithm {
        Algorithm::Ed25519 | Algorithm::Ed448 => (json!({"crv": algorithm.name(), "kty": "OKP", "x": encode(key)}), "EdDSA"),
        Algorithm::X25519 | Algorithm::X448 => (json!({"crv": algorithm.name(), "kty": "OKP", "x": encode(key)}), "ECDH-ES"),
        Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521 | Algorithm::EcdsaSecp256k1 => {
            let (curve, signature) = match algorithm {
                Algorithm::EcdsaP256 => ("P-256", "ES256"),
                Algorithm::EcdsaP384 => ("P-384", "ES384"),
                Algorithm::EcdsaP521 => ("P-521", "ES512"),
                _ => ("secp256k1", "ES256K"),
            };
            let point = key.strip_prefix(&[4]).ok_or(UNREADABLE)?;
            let (x, y) = point.split_at(point.len() / 2);
            (json!({"crv": curve, "kty": "EC", "x": encode(x), "y": encode(y)}), signature)
        }
        Algorithm::Rsa2048 | Algorithm::Rsa3072 | Algorithm::Rsa4096 | Algorithm::Rsa(_) => {
            let rsa = RsaPublicKey::from_der(key).map_err(|_| UNREADABLE)?;
            let value = json!({"e": encode(rsa.public_exponent.as_bytes()), "kty": "RSA", "n": encode(rsa.modulus.as_bytes())});
            (value, "RS256")
        }
        Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 => {
            (json!({"alg": algorithm.name(), "kty": "AKP", "pub": encode(key)}), algorithm.name())
        }
        _ => return Err(FormatError::NoForm { algorithm: algorithm.name(), format: "JSON Web Key" }),
    };
    let thumbprint = crypto::sha256(value.to_string().as_bytes());
    if let Some(members) = value.as_object_mut() {
        members.insert("alg".into(), required.into());
        members.insert("kid".into(), encode(thumbprint.as_bytes()).into());
        members.insert("use".into(), if algorithm.agrees() { "enc" } else { "sig" }.into());
    }
    Ok(value)
}

/// The RFC 7638 thumbprint of a key, in base64url.
pub fn thumbprint(spki: &[u8]) -> Result<String, FormatError> {
    let value = value(spki)?;
    value.get("kid").and_then(Value::as_str).map(str::to_owned).ok_or(UNREADABLE)
}

#[derive(Deserialize)]
struct Members {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    alg: Option<String>,
    #[serde(rename = "pub")]
    public: Option<String>,
}

/// Reads one key or a set back to DER `SubjectPublicKeyInfo`s.
pub fn parse(bytes: &[u8]) -> Result<Vec<Box<[u8]>>, FormatError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| UNREADABLE)?;
    match value.get("keys") {
        Some(Value::Array(keys)) => keys.iter().map(spki_of).collect(),
        _ => Ok(vec![spki_of(&value)?]),
    }
}

fn spki_of(value: &Value) -> Result<Box<[u8]>, FormatError> {
    let members = Members::deserialize(value).map_err(|_| UNREADABLE)?;
    let bytes = |member: &Option<String>| {
        let text = member.as_deref().ok_or(UNREADABLE)?;
        Base64UrlUnpadded::decode_vec(text).map_err(|_| UNREADABLE)
    };
    let spki = match (members.kty.as_str(), members.crv.as_deref()) {
        ("OKP", Some(curve)) => {
            let known = [Algorithm::Ed25519, Algorithm::Ed448, Algorithm::X25519, Algorithm::X448];
            let algorithm = known.into_iter().find(|algorithm| algorithm.name() == curve).ok_or(UNREADABLE)?;
            spki::compose(algorithm, &bytes(&members.x)?)
        }
        ("EC", Some(curve)) => {
            let point = [&[4][..], &bytes(&members.x)?, &bytes(&members.y)?].concat();
            let algorithm = match curve {
                "P-256" => Algorithm::EcdsaP256,
                "P-384" => Algorithm::EcdsaP384,
                "P-521" => Algorithm::EcdsaP521,
                "secp256k1" => Algorithm::EcdsaSecp256k1,
                _ => return Err(UNREADABLE),
            };
            spki::compose(algorithm, &point)
        }
        ("RSA", _) => spki::compose_rsa(&bytes(&members.n)?, &bytes(&members.e)?),
        ("AKP", _) => {
            let named = |algorithm: &Algorithm| Some(algorithm.name()) == members.alg.as_deref();
            let algorithm = Algorithm::GENERATED.into_iter().find(named).ok_or(UNREADABLE)?;
            spki::compose(algorithm, &bytes(&members.public)?)
        }
        _ => return Err(UNREADABLE),
    };
    spki.ok_or(UNREADABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 appendix A.3.
    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let key = parse(br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
        let value: Value = serde_json::from_slice(&one(&key[0]).unwrap()).unwrap();
        assert_eq!(value["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn jose_finds_the_same_thumbprint() {
        for algorithm in [Algorithm::EcdsaP256, Algorithm::EcdsaP384, Algorithm::EcdsaP521, Algorithm::Rsa2048] {
            let key = one(&crypto::generate(algorithm).unwrap().public_key).unwrap();
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &key).unwrap();
            let output =
                std::process::Command::new("jose").args(["jwk", "thp", "-a", "S256", "-i"]).arg(file.path()).output().unwrap();
            let value: Value = serde_json::from_slice(&key).unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), value["kid"].as_str().unwrap());
        }
    }
}
