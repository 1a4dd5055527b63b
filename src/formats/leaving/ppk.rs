//! Private keys of PuTTY, version 3 (appendix C.3 of its manual), under a passphrase: Argon2id, AES-256 in CBC mode,
//! and HMAC-SHA-256 over both halves, the names and the comment.

use std::fmt::Write as _;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use ssh_cipher::Cipher;
use zeroize::Zeroizing;

use super::openssh::mpint_of;
use super::parts::{self, Parts};
use super::{LeavingError, PrivateEntry};
use crate::crypto;
use crate::formats::openssh::{blob, mpint, strings};
use crate::formats::spki;
use crate::model::{hex, name};
use crate::secret::{Passphrase, SecretBytes};

/// KiB of memory and passes over it: RFC 9106 section 4, the second recommended option, with one lane, which is all
/// that PuTTY writes.
const MEMORY: u32 = 65_536;
const PASSES: u32 = 3;
const LANES: u32 = 1;
const BLOCK: usize = 16;
const LINE: usize = 64;

const UNMADE: LeavingError = LeavingError::Unreadable("its key could not be derived");

/// The file as text.
pub(super) fn write(entry: &PrivateEntry, passphrase: &Passphrase) -> Result<SecretBytes, LeavingError> {
    let (kind, public) = public(entry)?;
    let comment = name::shown(entry.name);
    let mut private = private(entry)?;
    let padding = private.len().next_multiple_of(BLOCK) - private.len();
    private.extend_from_slice(&crypto::random::<BLOCK>()?[..padding]);
    let salt = crypto::random::<16>()?;
    let derived = derive(passphrase, &salt)?;
    let signed = Zeroizing::new(strings([kind.as_bytes(), b"aes256-cbc", comment.as_bytes(), &public, &private]));
    let mut mac = <Hmac<Sha256>>::new_from_slice(&derived[48..]).map_err(|_| UNMADE)?;
    mac.update(&signed);
    let mac = mac.finalize().into_bytes();
    Cipher::Aes256Cbc.encrypt(&derived[..32], &derived[32..48], &mut private).map_err(|_| UNMADE)?;

    let mut text = String::new();
    let head = format!("PuTTY-User-Key-File-3: {kind}\nEncryption: aes256-cbc\nComment: {comment}\n");
    text.push_str(&head);
    block(&mut text, "Public-Lines", &public);
    let _ = write!(text, "Key-Derivation: Argon2id\nArgon2-Memory: {MEMORY}\nArgon2-Passes: {PASSES}\n");
    let _ = writeln!(text, "Argon2-Parallelism: {LANES}\nArgon2-Salt: {}", hex::encode(&salt));
    block(&mut text, "Private-Lines", &private);
    let _ = writeln!(text, "Private-MAC: {}", hex::encode(&mac));
    Ok(SecretBytes::new(text.into_bytes()))
}

fn block(text: &mut String, name: &str, bytes: &[u8]) {
    let encoded = Base64::encode_string(bytes);
    // Base64 is one byte a letter, so that it can be cut anywhere.
    let lines: Vec<_> = encoded.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    let _ = write!(text, "{name}: {}\n{}\n", lines.len(), lines.join("\n"));
}

/// PuTTY knows the forms of OpenSSH, and Ed448 (RFC 8709 section 4).
fn public(entry: &PrivateEntry) -> Result<(&'static str, Vec<u8>), LeavingError> {
    if entry.algorithm == crate::model::Algorithm::Ed448 {
        let key = spki::bits(entry.public_key).ok_or(LeavingError::Unreadable("its public half"))?;
        return Ok(("ssh-ed448", strings([b"ssh-ed448", key])));
    }
    blob(entry.public_key).map_err(|_| LeavingError::Unreadable("its public half has no form of PuTTY"))
}

fn private(entry: &PrivateEntry) -> Result<Zeroizing<Vec<u8>>, LeavingError> {
    let bytes = match parts::of(entry)? {
        Parts::Rsa(key) => {
            let numbers = [key.private_exponent, key.prime1, key.prime2, key.coefficient];
            let [d, p, q, inverse] = numbers.map(|number| Zeroizing::new(mpint(number.as_bytes())));
            strings([&d, &p, &q, &inverse])
        }
        Parts::Edwards { private, .. } => strings([private]),
        Parts::Ec { scalar, .. } => strings([&mpint_of(scalar)]),
        Parts::Dsa { private, .. } => strings([&mpint_of(private)]),
        Parts::MlDsa { .. } | Parts::Symmetric(_) => return Err(LeavingError::Unreadable("it has no form of PuTTY")),
    };
    Ok(Zeroizing::new(bytes))
}

/// Key, initial vector and check key in a row.
fn derive(passphrase: &Passphrase, salt: &[u8]) -> Result<Zeroizing<[u8; 80]>, LeavingError> {
    let parameters = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| UNMADE)?;
    let mut derived = Zeroizing::new([0; 80]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon.hash_password_into(passphrase.expose().as_bytes(), salt, &mut *derived).map_err(|_| UNMADE)?;
    Ok(derived)
}
