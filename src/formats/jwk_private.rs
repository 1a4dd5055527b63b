//! JSON Web Keys and sets of them (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 8812, ML-DSA as `AKP` by
//! draft-ietf-cose-dilithium), private, symmetric and public, with certificates beside them.
//! Keys in JWE are in `jwe.rs`.
//!
//! By hand over `serde_json`: the crates for JOSE keep secrets in plain strings and read one kind each.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::compose::{self, Curve, RsaNumbers};
use super::found::{Content, Found, Kind, Place, Reason, SymmetricKind};
use super::json::{self, Json, Members};
use super::ssh_wire::quoted;
use super::{jwe, limits};
use crate::secret::{Passphrase, SecretBytes};

/// Whether bytes look like a JSON Web Key, a set of them, or a JWE.
pub fn is(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    let has = |word: &[u8]| memchr::memmem::find(start, word).is_some();
    (start.starts_with(b"{") && (has(b"\"kty\"") || has(b"\"keys\"") || (has(b"\"ciphertext\"") && has(b"\"iv\""))))
        || jwe::is_compact(start)
}

/// Reads one key, or each key of a set, without passphrases.
pub fn read(bytes: &[u8]) -> Vec<Found> {
    read_with(bytes, &[])
}

/// The same, with passphrases for keys in JWE.
pub fn read_with(bytes: &[u8], passphrases: &[Passphrase]) -> Vec<Found> {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let whole = |reason| vec![Found { place: Place::Whole, kind: Kind::Jwk, name: None, content: Err(reason) }];
    if jwe::is_compact(bytes) {
        return match jwe::open_compact(bytes, passphrases) {
            Ok(opened) => read_plain(&opened, true).unwrap_or_else(whole),
            Err(reason) => whole(reason),
        };
    }
    read_plain(bytes, false).unwrap_or_else(|reason| match reason {
        Reason::Unrecognised => match json::parse(bytes) {
            Ok(Json::Object(members)) if members.get("ciphertext").is_some() => match jwe::open_json(&members, passphrases) {
                Ok(opened) => read_plain(&opened, true).unwrap_or_else(whole),
                Err(reason) => whole(reason),
            },
            _ => whole(reason),
        },
        reason => whole(reason),
    })
}

fn read_plain(bytes: &[u8], encrypted: bool) -> Result<Vec<Found>, Reason> {
    // What serde says of an error may quote the text, so only the place is told.
    let damaged = |error: serde_json::Error| {
        if error.is_eof() {
            Reason::Truncated("its JSON ends early")
        } else {
            Reason::Malformed(format!("its JSON breaks off in line {}, column {}", error.line(), error.column()))
        }
    };
    let Json::Object(members) = json::parse(bytes).map_err(damaged)? else { return Err(Reason::Unrecognised) };
    let mut found = Vec::new();
    match members.get("keys") {
        Some(Json::List(keys)) => {
            if keys.len() > limits::OBJECTS {
                let (asked, limit) = (keys.len() as u64, limits::OBJECTS as u64);
                return Err(Reason::OverLimit { what: "keys", asked, limit });
            }
            if keys.is_empty() {
                return Err(Reason::Malformed("it is a set without a key".into()));
            }
            for (index, key) in keys.iter().enumerate() {
                let number = || Place::Entry((index + 1).to_string());
                if let Json::Object(members) = key {
                    let place = members.text("kid").map_or_else(number, |kid| Place::Entry(kid.to_owned()));
                    read_one(members, &place, encrypted, &mut found);
                } else {
                    let content = Err(Reason::Malformed("it is no JSON object".into()));
                    found.push(Found { place: number(), kind: Kind::Jwk, name: None, content });
                }
            }
        }
        _ if members.get("kty").is_some() => read_one(&members, &Place::Whole, encrypted, &mut found),
        _ => return Err(Reason::Unrecognised),
    }
    Ok(found)
}

fn read_one(members: &Members, place: &Place, encrypted: bool, found: &mut Vec<Found>) {
    let name = members.text("kid").filter(|kid| !kid.is_empty()).map(str::to_owned);
    let mut push = |kind, content| found.push(Found { place: place.clone(), kind, name: name.clone(), content });
    push(Kind::Jwk, key(members, encrypted));
    match members.get("x5c") {
        Some(Json::List(chain)) => {
            for certificate in chain.iter().take(limits::OBJECTS) {
                let der = match certificate {
                    Json::Text(text) => Base64::decode_vec(text).ok(),
                    _ => None,
                };
                let damaged = || Reason::Malformed("a certificate of its chain is no base64".into());
                push(Kind::Certificate, der.map(|der| Content::Certificate(der.into())).ok_or_else(damaged));
            }
        }
        Some(_) => push(Kind::Certificate, Err(Reason::Malformed("its chain is no list".into()))),
        None => {}
    }
}

/// Members that describe a key (RFC 7517 section 4; `ext` of the Web Cryptography API). Certificates (`x5c`)
/// are objects of their own.
const DESCRIBING: [&str; 8] = ["alg", "ext", "key_ops", "kid", "use", "x5t", "x5t#S256", "x5u"];

/// The names of what describes the keys of a file, each once and in order; `None` when anything else stands in
/// it, or when it is under a passphrase.
pub fn beside(bytes: &[u8]) -> Option<Vec<String>> {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let Json::Object(members) = json::parse(bytes).ok()? else { return None };
    let mut names = std::collections::BTreeSet::new();
    match members.get("keys") {
        Some(Json::List(keys)) if members.all().count() == 1 => {
            for key in keys {
                let Json::Object(members) = key else { return None };
                describing(members, &mut names)?;
            }
        }
        _ => describing(&members, &mut names)?,
    }
    Some(names.into_iter().collect())
}

fn describing(members: &Members, names: &mut std::collections::BTreeSet<String>) -> Option<()> {
    let own: &[&str] = match members.text("kty")? {
        "RSA" => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
        "EC" => &["crv", "x", "y", "d"],
        "OKP" => &["crv", "x", "d"],
        "AKP" => &["alg", "pub", "priv"],
        "oct" => &["k"],
        _ => return None,
    };
    for (name, value) in members.all() {
        let plain = match value {
            Json::Text(_) | Json::Other => true,
            Json::List(list) => list.iter().all(|one| matches!(one, Json::Text(_))),
            Json::Object(_) | Json::Number(_) => false,
        };
        match name {
            "kty" | "x5c" => {}
            _ if own.contains(&name) => {}
            _ if DESCRIBING.contains(&name) && plain => drop(names.insert(name.to_owned())),
            _ => return None,
        }
    }
    Some(())
}

/// A member in base64url, wiped when dropped.
fn bytes(members: &Members, name: &'static str) -> Result<Zeroizing<Vec<u8>>, Reason> {
    match members.get(name) {
        Some(Json::Text(text)) => match Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')) {
            Ok(bytes) => Ok(Zeroizing::new(bytes)),
            Err(_) => Err(Reason::Malformed(format!("its member “{name}” is no base64url"))),
        },
        Some(_) => Err(Reason::Malformed(format!("its member “{name}” is no text"))),
        None => Err(Reason::Malformed(format!("its member “{name}” is missing"))),
    }
}

fn key(members: &Members, encrypted: bool) -> Result<Content, Reason> {
    if members.repeated() {
        return Err(Reason::Malformed("a member stands in it twice".into()));
    }
    let kty = members.text("kty").ok_or_else(|| Reason::Malformed("its member “kty” is no text".into()))?;
    let private_member = if kty == "AKP" { "priv" } else { "d" };
    let private = members.get(private_member).is_some();
    let (public_key, pkcs8) = match kty {
        "RSA" => {
            let [modulus, exponent] = [bytes(members, "n")?, bytes(members, "e")?];
            let pkcs8 = if private { Some(rsa(members, &modulus, &exponent)?) } else { None };
            (compose::rsa_public(&modulus, &exponent)?, pkcs8)
        }
        "EC" => elliptic(members, private)?,
        "OKP" => {
            let oid = match members.text("crv").unwrap_or_default() {
                "Ed25519" => compose::ED25519,
                "Ed448" => compose::ED448,
                "X25519" => compose::X25519,
                "X448" => compose::X448,
                other => return Err(Reason::Unsupported(format!("The curve {}", quoted(other.as_bytes())))),
            };
            let pkcs8 = if private { Some(compose::edwards(oid, &bytes(members, "d")?)?) } else { None };
            (compose::edwards_public(oid, &bytes(members, "x")?)?, pkcs8)
        }
        "AKP" => {
            let name = members.text("alg").unwrap_or_default();
            let oid = ml_dsa(name).ok_or_else(|| Reason::Unsupported(format!("The algorithm {}", quoted(name.as_bytes()))))?;
            let pkcs8 = if private { Some(compose::ml_dsa(oid, &bytes(members, "priv")?)?) } else { None };
            (compose::plain_public(oid, &bytes(members, "pub")?)?, pkcs8)
        }
        "oct" => return symmetric(members, encrypted),
        other => return Err(Reason::Unsupported(format!("The key type {}", quoted(other.as_bytes())))),
    };
    Ok(match pkcs8 {
        Some(pkcs8) => Content::Private { pkcs8, public_key: Some(public_key), encrypted },
        None => Content::Public(public_key),
    })
}

fn rsa(members: &Members, modulus: &[u8], exponent: &[u8]) -> Result<SecretBytes, Reason> {
    if members.get("oth").is_some() {
        return Err(Reason::Unsupported("An RSA key of more than two primes".into()));
    }
    let private = bytes(members, "d")?;
    let crt = ["p", "q", "dp", "dq", "qi"].map(|name| members.get(name).is_some());
    let primes = match crt {
        [true, true, _, _, true] => Some([bytes(members, "p")?, bytes(members, "q")?, bytes(members, "qi")?]),
        [false, false, false, false, false] | [true, true, _, _, false] => None,
        _ => return Err(Reason::Malformed("it has some of the numbers of its primes and lacks others".into())),
    };
    let primes = primes.as_ref().map(|numbers| numbers.each_ref().map(|number| &number[..]));
    compose::rsa(&RsaNumbers { modulus, public: exponent, private: &private, primes })
}

type Halves = (Box<[u8]>, Option<SecretBytes>);

fn elliptic(members: &Members, private: bool) -> Result<Halves, Reason> {
    let curve = match members.text("crv").unwrap_or_default() {
        "P-256" => Curve::P256,
        "P-384" => Curve::P384,
        "P-521" => Curve::P521,
        "secp256k1" | "P-256K" => Curve::K256,
        other => return Err(Reason::Unsupported(format!("The curve {}", quoted(other.as_bytes())))),
    };
    let [x, y] = [bytes(members, "x")?, bytes(members, "y")?];
    let mut point = vec![4];
    for coordinate in [&x, &y] {
        // RFC 7518 asks for the full length; some programs drop leading zeros.
        let zeros = curve.bytes().checked_sub(coordinate.len());
        let zeros = zeros.ok_or_else(|| Reason::Malformed("a coordinate is too long for its curve".into()))?;
        point.resize(point.len() + zeros, 0);
        point.extend_from_slice(coordinate);
    }
    let pkcs8 = if private { Some(compose::ec(curve, &bytes(members, "d")?, Some(&point))?) } else { None };
    Ok((compose::ec_public(curve, &point)?, pkcs8))
}

/// RFC 9881 section 2.
fn ml_dsa(name: &str) -> Option<ObjectIdentifier> {
    match name {
        "ML-DSA-44" => Some(ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17")),
        "ML-DSA-65" => Some(ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18")),
        "ML-DSA-87" => Some(ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19")),
        _ => None,
    }
}

/// A symmetric key is for what its algorithm or use says.
fn symmetric(members: &Members, encrypted: bool) -> Result<Content, Reason> {
    let secret = bytes(members, "k")?;
    if secret.is_empty() {
        return Err(Reason::Malformed("its key is empty".into()));
    }
    let algorithm = members.text("alg").unwrap_or_default();
    let aes = matches!(algorithm, "A128KW" | "A192KW" | "A256KW" | "A128GCM" | "A192GCM" | "A256GCM")
        || matches!(algorithm, "A128GCMKW" | "A192GCMKW" | "A256GCMKW" | "A128CBC" | "A192CBC" | "A256CBC")
        || matches!(algorithm, "A128CTR" | "A192CTR" | "A256CTR");
    let whole = matches!(secret.len(), 16 | 24 | 32);
    let cipher = match (algorithm, members.text("use")) {
        ("HS1" | "HS256" | "HS384" | "HS512", _) | ("", Some("sig")) => SymmetricKind::Hmac,
        _ if aes && whole => SymmetricKind::Aes,
        ("", Some("enc")) if whole => SymmetricKind::Aes,
        _ => SymmetricKind::Other,
    };
    Ok(Content::Symmetric { secret: SecretBytes::new(secret.to_vec()), cipher, encrypted })
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let _ = is(bytes);
    drop(read_with(bytes, &[Passphrase::new("password".into())]));
}
