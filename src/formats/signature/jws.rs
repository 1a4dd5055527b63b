//! JSON Web Signatures whose payload lies beside them (RFC 7515 appendix F), compact: two parts with two points between
//! them. ECDSA by RFC 7518 section 3.4, `EdDSA` by RFC 8037, ML-DSA by draft-ietf-cose-dilithium.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::json;

use super::{Message, Over, Read, SignatureError, pair};
use crate::crypto::{self, SignatureHash};
use crate::formats::jwk;
use crate::model::{Algorithm, name};

const FORM: &str = "JSON Web Signature";

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
pub fn signed_data<M: Message + ?Sized>(head: &str, message: &M) -> Result<Vec<u8>, SignatureError> {
    Ok(format!("{head}.{}", Base64UrlUnpadded::encode_string(&message.whole()?)).into_bytes())
}

/// The signature file, without a newline, which `jose` takes for a part of the signature.
pub fn write(head: &str, algorithm: Algorithm, signature: &[u8]) -> Result<String, SignatureError> {
    let signature = match coordinate(algorithm) {
        Some(bytes) => pair::side_by_side(signature, bytes).ok_or(malformed("its signature"))?,
        None => signature.to_vec(),
    };
    Ok(format!("{head}..{}", Base64UrlUnpadded::encode_string(&signature)))
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
    text.starts_with(b"eyJ") && text.split(|byte| *byte == b'.').count() == 3 && text.iter().all(letter)
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// Extensions that have to be understood (RFC 7515 section 4.1.11); none is.
    crit: Option<Vec<String>>,
}

/// Which keys an algorithm's word is for, with the hash of RSA.
type Scheme = (fn(Algorithm) -> bool, Option<SignatureHash>);

fn scheme(word: &str) -> Option<Scheme> {
    use Algorithm as A;
    Some(match word {
        "ES256" => (|algorithm| algorithm == A::EcdsaP256, None),
        "ES384" => (|algorithm| algorithm == A::EcdsaP384, None),
        "ES512" => (|algorithm| algorithm == A::EcdsaP521, None),
        "ES256K" => (|algorithm| algorithm == A::EcdsaSecp256k1, None),
        "RS256" => (Algorithm::is_rsa, Some(SignatureHash::Sha256)),
        "RS384" => (Algorithm::is_rsa, Some(SignatureHash::Sha384)),
        "RS512" => (Algorithm::is_rsa, Some(SignatureHash::Sha512)),
        "EdDSA" => (|algorithm| matches!(algorithm, A::Ed25519 | A::Ed448), None),
        "Ed25519" => (|algorithm| algorithm == A::Ed25519, None),
        "Ed448" => (|algorithm| algorithm == A::Ed448, None),
        "ML-DSA-44" => (|algorithm| algorithm == A::MlDsa44, None),
        "ML-DSA-65" => (|algorithm| algorithm == A::MlDsa65, None),
        "ML-DSA-87" => (|algorithm| algorithm == A::MlDsa87, None),
        _ => return None,
    })
}

/// Reads a signature over a message that lies beside it, or inside if it is the very message.
pub fn read<M: Message + ?Sized>(bytes: &[u8], message: &M) -> Result<Read, SignatureError> {
    let text = std::str::from_utf8(bytes.trim_ascii()).map_err(|_| malformed("it is no text"))?;
    let parts: Vec<&str> = text.split('.').collect();
    let [head, payload, signature] = parts[..] else { return Err(malformed("it has not three parts")) };
    let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| malformed("a part is no base64url"));
    let fields: Head = serde_json::from_slice(&decode(head)?).map_err(|_| malformed("its head is no JSON of its kind"))?;
    if let Some(extensions) = fields.crit {
        return Err(unsupported(&format!("the extension {}", extensions.join(", "))));
    }
    let (fits, hash) = scheme(&fields.alg).ok_or_else(|| unsupported(&format!("the algorithm {}", fields.alg)))?;
    let raw = decode(signature)?;
    let bytes = match &*fields.alg {
        "ES256" | "ES256K" => Some(32),
        "ES384" => Some(48),
        "ES512" => Some(66),
        _ => None,
    };
    let signature = match bytes {
        Some(bytes) => pair::from_side_by_side(&raw, bytes).ok_or(malformed("its signature has another length"))?,
        None => raw,
    };
    let signed = signed_data(head, message)?;
    let beside = signed.get(head.len() + 1..).unwrap_or_default();
    if !payload.is_empty() && payload.as_bytes() != beside {
        return Err(SignatureError::OtherMessage);
    }
    Ok(Read {
        public_key: None,
        signer: fields.kid,
        certificate: None,
        said_at: None,
        namespace: None,
        over: Over::Bytes(signed, hash),
        signature,
        fits,
    })
}

fn unsupported(what: &str) -> SignatureError {
    let short: String = what.chars().take(60).collect();
    SignatureError::Unsupported { form: FORM, what: name::shown(&short).into_owned() }
}
