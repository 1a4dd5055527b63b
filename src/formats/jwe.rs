//! JSON Web Encryption of keys under a passphrase (RFC 7516; PBES2 of RFC 7518 section 4.8). Other
//! recipients' keys are told by name.
//!
//! By hand over `pbkdf2`, `aes-kw`, `aes-gcm`, `hmac` and `ssh-cipher`: the crates for JOSE derive with as
//! many iterations as a file asks for.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::Hmac;
use serde::Deserialize;
use sha2::{Sha256, Sha384, Sha512};
use ssh_cipher::Cipher;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::found::Reason;
use super::json::{Json, Members};
use super::limits;
use super::ssh_wire::quoted;
use crate::secret::Passphrase;

/// Five parts with points between them, the first a JSON object.
pub(super) fn is_compact(bytes: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = bytes.trim_ascii_end();
    bytes.starts_with(b"eyJ") && bytes.split(|byte| *byte == b'.').count() == 5 && bytes.iter().all(letter)
}

/// The parts of a JWE that has one recipient.
struct Sealed<'a> {
    /// As it stands, because it is authenticated in this form.
    protected: &'a str,
    wrapped: &'a str,
    vector: &'a str,
    data: &'a str,
    tag: &'a str,
    /// Beside what is authenticated: members of the head that the JSON form may put elsewhere.
    beside: [Option<&'a Members>; 2],
}

/// RFC 7518 sections 4.8 and 5.
#[derive(Default, Deserialize)]
struct Header {
    alg: Option<String>,
    enc: Option<String>,
    p2s: Option<String>,
    p2c: Option<u64>,
    zip: Option<String>,
}

impl Header {
    /// The authenticated part, and beside it what stands nowhere else (RFC 7516 section 7.2.1).
    fn read(sealed: &Sealed<'_>) -> Result<Self, Reason> {
        let damaged = |_| Reason::Malformed("the head of its encryption is no JSON".into());
        let mut header = match sealed.protected {
            "" => Self::default(),
            protected => serde_json::from_slice(&decoded(protected)?).map_err(damaged)?,
        };
        for members in sealed.beside.into_iter().flatten() {
            let text = |name| members.text(name).map(str::to_owned);
            header.alg = header.alg.or_else(|| text("alg"));
            header.enc = header.enc.or_else(|| text("enc"));
            header.zip = header.zip.or_else(|| text("zip"));
            header.p2s = header.p2s.or_else(|| text("p2s"));
            if let Some(Json::Number(count)) = members.get("p2c") {
                header.p2c = header.p2c.or(Some(*count));
            }
        }
        Ok(header)
    }
}

/// Opens the compact form.
pub(super) fn open_compact(bytes: &[u8], passphrases: &[Passphrase]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|_| Reason::Malformed("it is no text".into()))?;
    let mut parts = text.trim_end().split('.');
    let mut part = || parts.next().unwrap_or_default();
    open(
        &Sealed { protected: part(), wrapped: part(), vector: part(), data: part(), tag: part(), beside: [None, None] },
        passphrases,
    )
}

/// Opens the general JSON form with one recipient, or the flattened JSON form.
pub(super) fn open_json(members: &Members, passphrases: &[Passphrase]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let recipient = match members.get("recipients") {
        Some(Json::List(recipients)) => match &recipients[..] {
            [Json::Object(recipient)] => recipient,
            _ => return Err(Reason::Unsupported("An encrypted JSON Web Key for several recipients".into())),
        },
        _ => members,
    };
    if members.get("aad").is_some() {
        return Err(Reason::Unsupported("An encrypted JSON Web Key with more authenticated data".into()));
    }
    let beside = [members.object("unprotected"), recipient.object("header")];
    let [protected, vector, data, tag] =
        ["protected", "iv", "ciphertext", "tag"].map(|name| members.text(name).unwrap_or_default());
    let wrapped = recipient.text("encrypted_key").unwrap_or_default();
    open(&Sealed { protected, wrapped, vector, data, tag, beside }, passphrases)
}

fn decoded(part: &str) -> Result<Vec<u8>, Reason> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| Reason::Malformed("a part of its encryption is no base64url".into()))
}

fn open(sealed: &Sealed<'_>, passphrases: &[Passphrase]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let header = Header::read(sealed)?;
    let (algorithm, cipher) = (header.alg.unwrap_or_default(), header.enc.unwrap_or_default());
    let digest = match &*algorithm {
        "PBES2-HS256+A128KW" => Digest::Sha256,
        "PBES2-HS384+A192KW" => Digest::Sha384,
        "PBES2-HS512+A256KW" => Digest::Sha512,
        other => return Err(Reason::Unsupported(format!("A JSON Web Key encrypted by {}", quoted(other.as_bytes())))),
    };
    let key_bytes = match &*cipher {
        "A128GCM" => 16,
        "A256GCM" | "A128CBC-HS256" => 32,
        "A192CBC-HS384" => 48,
        "A256CBC-HS512" => 64,
        other => return Err(Reason::Unsupported(format!("The cipher {}", quoted(other.as_bytes())))),
    };
    if header.zip.is_some() {
        return Err(Reason::Unsupported("A compressed encrypted JSON Web Key".into()));
    }
    let missing = || Reason::Malformed("the head of its encryption lacks a part".into());
    let iterations = header.p2c.ok_or_else(missing)?;
    if iterations > limits::ITERATIONS {
        return Err(Reason::OverLimit { what: "iterations", asked: iterations, limit: limits::ITERATIONS });
    }
    let iterations = u32::try_from(iterations).ok().filter(|iterations| *iterations > 0).ok_or_else(missing)?;
    let salt = [algorithm.as_bytes(), &[0], &decoded(&header.p2s.ok_or_else(missing)?)?].concat();
    let [wrapped, vector, data, tag] = [sealed.wrapped, sealed.vector, sealed.data, sealed.tag].map(decoded);
    let (wrapped, vector, data, tag) = (wrapped?, vector?, data?, tag?);
    if wrapped.len() != key_bytes + 8 {
        return Err(Reason::Malformed("its wrapped key has not the length of its cipher".into()));
    }
    if passphrases.is_empty() {
        return Err(Reason::PassphraseNeeded);
    }
    let key = passphrases.iter().find_map(|passphrase| {
        let wrapping = digest.derive(passphrase.expose().as_bytes(), &salt, iterations);
        let mut key = Zeroizing::new(vec![0; key_bytes]);
        unwrap(&wrapping, &wrapped, &mut key).then_some(key)
    });
    let key = key.ok_or(Reason::WrongPassphraseOrDamaged)?;
    let opened = decrypt(&cipher, &key, sealed.protected.as_bytes(), &vector, &data, &tag);
    opened.ok_or_else(|| Reason::Malformed("its passphrase fits, but what it seals was changed".into()))
}

#[derive(Copy, Clone)]
enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn derive(self, passphrase: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Vec<u8>> {
        let length = match self {
            Self::Sha256 => 16,
            Self::Sha384 => 24,
            Self::Sha512 => 32,
        };
        let mut key = Zeroizing::new(vec![0; length]);
        match self {
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, iterations, &mut key),
            Self::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(passphrase, salt, iterations, &mut key),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, salt, iterations, &mut key),
        }
        key
    }
}

/// RFC 3394; whether the key fits.
fn unwrap(wrapping: &[u8], wrapped: &[u8], key: &mut [u8]) -> bool {
    use aes_kw::{KwAes128, KwAes192, KwAes256};
    match wrapping.len() {
        16 => KwAes128::new_from_slice(wrapping).is_ok_and(|kek| kek.unwrap_key(wrapped, key).is_ok()),
        24 => KwAes192::new_from_slice(wrapping).is_ok_and(|kek| kek.unwrap_key(wrapped, key).is_ok()),
        _ => KwAes256::new_from_slice(wrapping).is_ok_and(|kek| kek.unwrap_key(wrapped, key).is_ok()),
    }
}

fn decrypt(cipher: &str, key: &[u8], head: &[u8], vector: &[u8], data: &[u8], tag: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if matches!(cipher, "A128GCM" | "A256GCM") {
        let vector = <[u8; 12]>::try_from(vector).ok()?;
        let joined = [data, tag].concat();
        let payload = Payload { msg: &joined, aad: head };
        let opened = if cipher == "A128GCM" {
            Aes128Gcm::new_from_slice(key).ok()?.decrypt(&vector.into(), payload)
        } else {
            Aes256Gcm::new_from_slice(key).ok()?.decrypt(&vector.into(), payload)
        };
        return opened.ok().map(Zeroizing::new);
    }
    // RFC 7518 section 5.2.2.2: the first half authenticates, the second encrypts.
    let (check, key) = key.split_at(key.len() / 2);
    let bits = (head.len() as u64 * 8).to_be_bytes();
    let parts = [head, vector, data, &bits];
    let (expected, block) = match cipher {
        "A128CBC-HS256" => (code::<Hmac<Sha256>>(check, parts)?, Cipher::Aes128Cbc),
        "A192CBC-HS384" => (code::<Hmac<Sha384>>(check, parts)?, Cipher::Aes192Cbc),
        _ => (code::<Hmac<Sha512>>(check, parts)?, Cipher::Aes256Cbc),
    };
    if !bool::from(expected[..expected.len() / 2].ct_eq(tag)) {
        return None;
    }
    let mut opened = Zeroizing::new(data.to_vec());
    block.decrypt(key, vector, &mut opened, None).ok()?;
    let padding = usize::from(*opened.last()?);
    let length = opened.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding))?;
    opened.truncate(length);
    Some(opened)
}

fn code<M: hmac::Mac + hmac::KeyInit>(key: &[u8], parts: [&[u8]; 4]) -> Option<Vec<u8>> {
    let mut code = <M as hmac::KeyInit>::new_from_slice(key).ok()?;
    parts.into_iter().for_each(|part| code.update(part));
    Some(code.finalize().into_bytes().to_vec())
}
