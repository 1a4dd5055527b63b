//! JSON Web Signatures whose payload lies beside them (RFC 7515 appendix F), compact: two parts with two points between
//! them. ECDSA by RFC 7518 section 3.4, `EdDSA` by RFC 8037, ML-DSA by draft-ietf-cose-dilithium.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::json;

use super::{Message, Read, SignatureError};
use crate::crypto::{self, SignatureHash};
use crate::formats::jwk;
use crate::model::Algorithm;

const FORM: &str = "JWS";

const fn malformed(what: &'static str) -> SignatureError {
    SignatureError::Malformed { form: FORM, what }
}

/// The word of RFC 7518 section 3.1 and its registry.
fn word(algorithm: Algorithm) -> Result<&'static str, SignatureError> {
    use Algorithm as A;
    Ok(match algorithm {
        A::Ed25519 | A::Ed448 => "EdDSA",
        A::EcdsaP256 => "ES256",
        A::EcdsaP384 => "ES384",
        A::EcdsaP521 => "ES512",
        A::EcdsaSecp256k1 => "ES256K",
        A::MlDsa44 | A::MlDsa65 | A::MlDsa87 => algorithm.name(),
        algorithm if algorithm.is_rsa() => "RS256",
        other => return Err(SignatureError::NoForm { algorithm: other.name(), form: FORM }),
    })
}

/// The head of a signature by the key: its algorithm, and its RFC 7638 thumbprint.
pub fn head(spki: &[u8]) -> Result<String, SignatureError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| malformed("its public key"))?;
    let key_id = jwk::thumbprint(spki).map_err(|_| SignatureError::NoForm { algorithm: algorithm.name(), form: FORM })?;
    let head = json!({ "alg": word(algorithm)?, "kid": key_id });
    Ok(Base64UrlUnpadded::encode_string(head.to_string().as_bytes()))
}

/// The bytes that are signed (RFC 7515 section 5.1).
pub fn signed_data<M: Message>(head: &str, message: &M) -> Result<Vec<u8>, M::Error> {
    Ok(format!("{head}.{}", Base64UrlUnpadded::encode_string(&message.whole()?)).into_bytes())
}

/// The signature file.
pub fn write(head: &str, algorithm: Algorithm, signature: &[u8]) -> Result<String, SignatureError> {
    let signature = match coordinate(algorithm) {
        Some(bytes) => crypto::ecdsa_fixed(signature, bytes).ok_or(malformed("its signature"))?,
        None => signature.to_vec(),
    };
    Ok(format!("{head}..{}\n", Base64UrlUnpadded::encode_string(&signature)))
}

/// The bytes of one of the two numbers of ECDSA.
const fn coordinate(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::EcdsaP256 | Algorithm::EcdsaSecp256k1 => Some(32),
        Algorithm::EcdsaP384 => Some(48),
        Algorithm::EcdsaP521 => Some(66),
        _ => None,
    }
}

/// Whether bytes look like one.
pub fn is(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii();
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.starts_with(b"eyJ") && text.iter().filter(|byte| **byte == b'.').count() == 2 && text.iter().all(letter)
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    crit: Vec<String>,
}

/// Reads a signature over a message that lies beside it, or inside if it is the very message.
pub fn read<M: Message>(bytes: &[u8], message: &M) -> Result<Result<Read, SignatureError>, M::Error> {
    let whole = message.whole()?;
    Ok(parse(bytes, &whole))
}

fn parse(bytes: &[u8], message: &[u8]) -> Result<Read, SignatureError> {
    let text = std::str::from_utf8(bytes.trim_ascii()).map_err(|_| malformed("it is no text"))?;
    let parts: Vec<&str> = text.split('.').collect();
    let [head, payload, signature] = parts[..] else { return Err(malformed("it has not three parts")) };
    let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| malformed("a part is no base64url"));
    let fields: Head = serde_json::from_slice(&decode(head)?).map_err(|_| malformed("its head is no JSON of its kind"))?;
    if !fields.crit.is_empty() {
        return Err(SignatureError::Unsupported { form: FORM, what: fields.crit.join(", ") });
    }
    let beside = Base64UrlUnpadded::encode_string(message);
    if !payload.is_empty() && payload != beside {
        return Err(malformed("it is over another file than this one"));
    }
    let raw = decode(signature)?;
    let (signature, hash) = match fields.alg.as_str() {
        "ES256" | "ES384" | "ES512" | "ES256K" => {
            (crypto::ecdsa_der(&raw).ok_or(malformed("its signature"))?, None)
        }
        "RS256" => (raw, Some(SignatureHash::Sha256)),
        "RS384" => (raw, Some(SignatureHash::Sha384)),
        "RS512" => (raw, Some(SignatureHash::Sha512)),
        "EdDSA" | "Ed25519" | "Ed448" | "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87" => (raw, None),
        other => {
            let what = format!("the algorithm {}", crate::model::name::shown(&other.chars().take(40).collect::<String>()));
            return Err(SignatureError::Unsupported { form: FORM, what });
        }
    };
    let signed = format!("{head}.{beside}").into_bytes();
    Ok(Read { public_key: None, signer: fields.kid, said_at: None, signed, signature, hash })
}
