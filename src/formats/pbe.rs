//! Encryption under a passphrase: PBES1 and PBES2 (RFC 8018) and the schemes of PKCS#12 (RFC 7292 appendix C), for reading
//! only.
//!
//! The parameters are taken apart here, because what they ask for is looked at before any work begins, and because
//! the crate `pkcs5` 0.8 reads neither PBES1 nor RC2 and indexes past a short initialisation vector of DES.

use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::ber::{self, Bytes, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::cipher::{Block, Cipher};
use super::found::Reason;
use super::kdf::{Hash, Kdf, Use};
use super::opening::Opening;

/// How something is encrypted under a passphrase.
pub(super) struct Scheme {
    kdf: Kdf,
    cipher: Cipher,
    /// The initialisation vector comes of the passphrase too.
    derived_iv: bool,
}

/// How a passphrase becomes bytes.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As the scheme says: UTF-8, or UTF-16 with a zero at the end for the schemes of PKCS#12.
    Standard,
    /// As OpenSSL before 1.1.0 did for PKCS#12: each byte of UTF-8 as one letter of UTF-16.
    BytesAsLetters,
    /// UTF-16 with a zero at the end also where UTF-8 is due, as old versions of NSS did.
    Utf16,
    /// No passphrase at all, which in PKCS#12 is another than the empty one.
    None,
}

impl Scheme {
    /// Reads an `AlgorithmIdentifier` (its content), and refuses what asks for too much.
    pub(super) fn parse(algorithm: &[u8]) -> Result<Self, Reason> {
        let (oid, parameters) = identifier(algorithm)?;
        let scheme = match oid.to_string().as_str() {
            "1.2.840.113549.1.5.13" => pbes2(parameters)?,
            "1.2.840.113549.1.5.3" => pbes1(parameters, Hash::Md5, Block::Des)?,
            "1.2.840.113549.1.5.6" => pbes1(parameters, Hash::Md5, Block::Rc2 { bytes: 8, bits: 64 })?,
            "1.2.840.113549.1.5.10" => pbes1(parameters, Hash::Sha1, Block::Des)?,
            "1.2.840.113549.1.5.11" => pbes1(parameters, Hash::Sha1, Block::Rc2 { bytes: 8, bits: 64 })?,
            "1.2.840.113549.1.12.1.1" => pkcs12(parameters, Cipher::Rc4(16))?,
            "1.2.840.113549.1.12.1.2" => pkcs12(parameters, Cipher::Rc4(5))?,
            "1.2.840.113549.1.12.1.3" => pkcs12(parameters, Cipher::Cbc(Block::DesEde3, Vec::new()))?,
            "1.2.840.113549.1.12.1.4" => pkcs12(parameters, Cipher::Cbc(Block::DesEde2, Vec::new()))?,
            "1.2.840.113549.1.12.1.5" => pkcs12(parameters, Cipher::Cbc(Block::Rc2 { bytes: 16, bits: 128 }, Vec::new()))?,
            "1.2.840.113549.1.12.1.6" => pkcs12(parameters, Cipher::Cbc(Block::Rc2 { bytes: 5, bits: 40 }, Vec::new()))?,
            other => return Err(Reason::Unsupported(format!("Encryption with the algorithm {other}"))),
        };
        scheme.kdf.check()?;
        Ok(scheme)
    }

    /// What can be said of the encrypted bytes before a passphrase is tried.
    pub(super) fn check(&self, encrypted: &[u8]) -> Result<(), Reason> {
        if let (true, Cipher::Cbc(block, _)) = (self.derived_iv, &self.cipher) {
            return Cipher::Cbc(*block, vec![0; block.block_len()]).check(encrypted);
        }
        self.cipher.check(encrypted)
    }

    /// Tries one passphrase: once the derivation, `None` where it does not fit.
    pub(super) fn open(
        &self,
        encrypted: &[u8],
        passphrase: &str,
        encoding: Encoding,
        opening: &Opening,
    ) -> Result<Option<Bytes>, Reason> {
        let secret = self.secret(passphrase, encoding);
        let length = self.cipher.key_len();
        opening.spend(self.kdf.cost(length))?;
        Ok(match (&self.cipher, &self.kdf) {
            (Cipher::Cbc(block, _), Kdf::Pbkdf1 { .. }) => {
                let both = self.kdf.derive(&secret, Use::Key, length + block.block_len());
                both.and_then(|both| {
                    let (key, iv) = both.split_at(length);
                    Cipher::Cbc(*block, iv.to_vec()).open(key, encrypted)
                })
            }
            (Cipher::Cbc(block, _), Kdf::Pkcs12 { .. }) => {
                let key = self.kdf.derive(&secret, Use::Key, length);
                let iv = self.kdf.derive(&secret, Use::Iv, block.block_len());
                key.zip(iv).and_then(|(key, iv)| Cipher::Cbc(*block, iv.to_vec()).open(&key, encrypted))
            }
            (cipher, kdf) => kdf.derive(&secret, Use::Key, length).and_then(|key| cipher.open(&key, encrypted)),
        })
    }

    fn secret(&self, passphrase: &str, encoding: Encoding) -> Bytes {
        let letters = matches!(self.kdf, Kdf::Pkcs12 { .. });
        match encoding {
            Encoding::Standard if !letters => Zeroizing::new(passphrase.as_bytes().to_vec()),
            _ => utf16(passphrase, encoding),
        }
    }

    /// Whether the passphrase goes in as UTF-16.
    pub(super) fn is_of_pkcs12(&self) -> bool {
        matches!(self.kdf, Kdf::Pkcs12 { .. })
    }
}

/// A passphrase for PKCS#12's derivation (RFC 7292 appendix B.1).
pub(super) fn utf16(passphrase: &str, encoding: Encoding) -> Bytes {
    let mut secret = Zeroizing::new(Vec::with_capacity(passphrase.len() * 2 + 2));
    match encoding {
        Encoding::None => return secret,
        Encoding::BytesAsLetters => passphrase.bytes().for_each(|byte| secret.extend_from_slice(&[0, byte])),
        Encoding::Standard | Encoding::Utf16 => {
            passphrase.encode_utf16().for_each(|letter| secret.extend_from_slice(&letter.to_be_bytes()));
        }
    }
    secret.extend_from_slice(&[0, 0]);
    secret
}

/// An `AlgorithmIdentifier`: its name, and its parameters as a whole element.
pub(super) fn identifier(mut content: &[u8]) -> Result<(ObjectIdentifier, &[u8]), Reason> {
    let name = ber::take(&mut content, OID).and_then(|name| ObjectIdentifier::from_bytes(name.content).ok());
    name.map(|name| (name, content)).ok_or_else(|| Reason::Malformed("the name of an algorithm".to_owned()))
}

fn parameters() -> Reason {
    Reason::Malformed("the parameters of its encryption".to_owned())
}

/// A salt and a count of iterations.
fn salt_and_count(element: &[u8]) -> Result<(Vec<u8>, u64), Reason> {
    let mut content = ber::only(element, SEQUENCE).ok_or_else(parameters)?;
    let salt = ber::take(&mut content, OCTET_STRING).ok_or_else(parameters)?.content.to_vec();
    let iterations = ber::take_number(&mut content).ok_or_else(parameters)?;
    if content.is_empty() { Ok((salt, iterations)) } else { Err(parameters()) }
}

fn pbes1(element: &[u8], hash: Hash, block: Block) -> Result<Scheme, Reason> {
    let (salt, iterations) = salt_and_count(element)?;
    let cipher = Cipher::Cbc(block, Vec::new());
    Ok(Scheme { kdf: Kdf::Pbkdf1 { hash, salt, iterations }, cipher, derived_iv: true })
}

fn pkcs12(element: &[u8], cipher: Cipher) -> Result<Scheme, Reason> {
    let (salt, iterations) = salt_and_count(element)?;
    Ok(Scheme { kdf: Kdf::Pkcs12 { hash: Hash::Sha1, salt, iterations }, cipher, derived_iv: true })
}

fn pbes2(element: &[u8]) -> Result<Scheme, Reason> {
    let mut content = ber::only(element, SEQUENCE).ok_or_else(parameters)?;
    let (kdf, length) = derivation(ber::take(&mut content, SEQUENCE).ok_or_else(parameters)?.content)?;
    let cipher = encryption(ber::take(&mut content, SEQUENCE).ok_or_else(parameters)?.content, length)?;
    if length.is_some_and(|length| length != cipher.key_len() as u64) {
        return Err(Reason::Malformed("the length of its key is not that of its cipher".to_owned()));
    }
    Ok(Scheme { kdf, cipher, derived_iv: false })
}

/// PBKDF2 or scrypt, and the length of the key where it is said.
pub(super) fn derivation(algorithm: &[u8]) -> Result<(Kdf, Option<u64>), Reason> {
    let (oid, element) = identifier(algorithm)?;
    let mut content = ber::only(element, SEQUENCE).ok_or_else(parameters)?;
    let salt = ber::take(&mut content, OCTET_STRING);
    let salt = salt.ok_or_else(|| Reason::Unsupported("A salt that is not written in the file".to_owned()))?.content.to_vec();
    let number = |content: &mut &[u8]| ber::take_number(content).ok_or_else(parameters);
    match oid.to_string().as_str() {
        "1.2.840.113549.1.5.12" => {
            let iterations = number(&mut content)?;
            let length = ber::take_number(&mut content);
            let hash = match ber::take(&mut content, SEQUENCE) {
                Some(prf) => prf_hash(identifier(prf.content)?.0)?,
                None => Hash::Sha1,
            };
            Ok((Kdf::Pbkdf2 { hash, salt, iterations }, length))
        }
        "1.3.6.1.4.1.11591.4.11" => {
            let (n, r, p) = (number(&mut content)?, number(&mut content)?, number(&mut content)?);
            Ok((Kdf::Scrypt { salt, n, r, p }, ber::take_number(&mut content)))
        }
        other => Err(Reason::Unsupported(format!("The key derivation {other}"))),
    }
}

/// The hash of an HMAC (RFC 8018 appendix B.1.2).
pub(super) fn prf_hash(oid: ObjectIdentifier) -> Result<Hash, Reason> {
    Ok(match oid.to_string().as_str() {
        "1.2.840.113549.2.6" => Hash::Md5,
        "1.2.840.113549.2.7" => Hash::Sha1,
        "1.2.840.113549.2.8" => Hash::Sha224,
        "1.2.840.113549.2.9" => Hash::Sha256,
        "1.2.840.113549.2.10" => Hash::Sha384,
        "1.2.840.113549.2.11" => Hash::Sha512,
        "1.2.840.113549.2.12" => Hash::Sha512With224,
        "1.2.840.113549.2.13" => Hash::Sha512With256,
        other => return Err(Reason::Unsupported(format!("The pseudo-random function {other}"))),
    })
}

fn encryption(algorithm: &[u8], length: Option<u64>) -> Result<Cipher, Reason> {
    let (oid, element) = identifier(algorithm)?;
    let block = match oid.to_string().as_str() {
        "2.16.840.1.101.3.4.1.2" => Block::Aes128,
        "2.16.840.1.101.3.4.1.22" => Block::Aes192,
        "2.16.840.1.101.3.4.1.42" => Block::Aes256,
        "2.16.840.1.101.3.4.1.6" => return gcm(element, 16),
        "2.16.840.1.101.3.4.1.26" => return gcm(element, 24),
        "2.16.840.1.101.3.4.1.46" => return gcm(element, 32),
        "1.2.840.113549.3.7" => Block::DesEde3,
        "1.3.14.3.2.7" => Block::Des,
        "1.2.840.113549.3.2" => return rc2(element, length),
        "1.2.392.200011.61.1.1.1.2" => Block::Camellia128,
        "1.2.392.200011.61.1.1.1.3" => Block::Camellia192,
        "1.2.392.200011.61.1.1.1.4" => Block::Camellia256,
        "1.2.410.200046.1.1.2" => Block::Aria128,
        "1.2.410.200046.1.1.7" => Block::Aria192,
        "1.2.410.200046.1.1.12" => Block::Aria256,
        "1.3.6.1.4.1.3029.1.2" => Block::Blowfish,
        "1.2.840.113533.7.66.10" => return cast5(element),
        other => return Err(Reason::Unsupported(format!("The cipher {other}"))),
    };
    Ok(Cipher::Cbc(block, ber::only(element, OCTET_STRING).ok_or_else(parameters)?.to_vec()))
}

/// As RFC 5084 has it, or with the nonce alone, as some programs write it.
fn gcm(element: &[u8], bytes: usize) -> Result<Cipher, Reason> {
    let mut inner = element;
    let nonce = match ber::only(element, SEQUENCE) {
        Some(mut content) => {
            let nonce = ber::take(&mut content, OCTET_STRING);
            // The tag has 12 bytes where nothing is said, which no program here writes.
            if nonce.is_some() && ber::take_number(&mut content) != Some(16) {
                return Err(Reason::Unsupported("AES in GCM with a tag of other than 16 bytes".to_owned()));
            }
            nonce
        }
        None => ber::take(&mut inner, OCTET_STRING),
    };
    let nonce = nonce.ok_or_else(parameters)?.content;
    nonce.try_into().map(|nonce| Cipher::Gcm(bytes, nonce)).map_err(|_| parameters())
}

/// RFC 8018 appendix B.2.3: a number that stands for the bits that count.
fn rc2(element: &[u8], length: Option<u64>) -> Result<Cipher, Reason> {
    let mut content = ber::only(element, SEQUENCE).ok_or_else(parameters)?;
    let bits = match ber::take(&mut content, INTEGER).map(|version| ber::number(version.content)) {
        Some(Some(160)) => 40,
        Some(Some(120)) => 64,
        Some(Some(58)) => 128,
        Some(Some(bits @ 256..=1_024)) => bits as usize,
        None => 32,
        Some(_) => return Err(Reason::Unsupported("RC2 with that many bits".to_owned())),
    };
    let iv = ber::take(&mut content, OCTET_STRING).ok_or_else(parameters)?.content.to_vec();
    let bytes = length.map_or(Ok(bits.div_ceil(8)), usize::try_from).map_err(|_| parameters())?;
    if !(1..=128).contains(&bytes) {
        return Err(parameters());
    }
    Ok(Cipher::Cbc(Block::Rc2 { bytes, bits }, iv))
}

/// RFC 2984 section 2.5, or with the initialisation vector alone, as OpenSSL writes it.
fn cast5(element: &[u8]) -> Result<Cipher, Reason> {
    if let Some(iv) = ber::only(element, OCTET_STRING) {
        return Ok(Cipher::Cbc(Block::Cast5, iv.to_vec()));
    }
    let mut content = ber::only(element, SEQUENCE).ok_or_else(parameters)?;
    let iv = ber::take(&mut content, OCTET_STRING).ok_or_else(parameters)?.content.to_vec();
    if ber::take_number(&mut content).is_some_and(|bits| bits != 128) {
        return Err(Reason::Unsupported("CAST5 with a key of other than 128 bits".to_owned()));
    }
    Ok(Cipher::Cbc(Block::Cast5, iv))
}
