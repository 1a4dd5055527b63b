//! Private keys of OpenSSH (PROTOCOL.key: `openssh-key-v1`) under a passphrase: bcrypt and AES-256 in counter mode,
//! which is what `ssh-keygen` writes.

use ssh_cipher::Cipher;
use zeroize::Zeroizing;

use super::parts::{self, Parts};
use super::{LeavingError, PrivateEntry};
use crate::crypto;
use crate::formats::openssh::{blob, mpint, strings};
use crate::formats::pem;
use crate::model::name;
use crate::secret::{Passphrase, SecretBytes};

const MAGIC: &[u8] = b"openssh-key-v1\0";
/// As OpenSSH 9.4 and later write it.
const ROUNDS: u32 = 24;
const BLOCK: usize = 16;

/// An `OPENSSH PRIVATE KEY` block.
pub(super) fn write(entry: &PrivateEntry, passphrase: &Passphrase) -> Result<SecretBytes, LeavingError> {
    let unmade = |_| LeavingError::Unreadable("its key could not be derived");
    let (kind, public) = blob(entry.public_key).map_err(|_| LeavingError::Unreadable("its public half has no OpenSSH form"))?;
    let mut private = plain(entry, kind, &public)?;
    let salt = crypto::random::<16>()?;
    let mut derived = Zeroizing::new([0; 48]);
    bcrypt_pbkdf::bcrypt_pbkdf(passphrase.expose(), &salt, ROUNDS, &mut *derived)
        .map_err(|_| LeavingError::Unreadable("its key could not be derived"))?;
    Cipher::Aes256Ctr.encrypt(&derived[..32], &derived[32..], &mut private).map_err(unmade)?;
    let options = [&strings([&salt]), &ROUNDS.to_be_bytes()[..]].concat();
    let head = strings([Cipher::Aes256Ctr.as_str().as_bytes(), b"bcrypt", &options]);
    let body = strings([&public, &private]);
    let whole = Zeroizing::new([MAGIC, &head, &1_u32.to_be_bytes(), &body].concat());
    Ok(SecretBytes::new(pem::write_lines("OPENSSH PRIVATE KEY", &whole, LINE).into_bytes()))
}

/// As `ssh-keygen` breaks its lines.
const LINE: usize = 70;

/// What is encrypted: a number twice, so that a wrong passphrase shows, the key, its comment, and padding.
fn plain(entry: &PrivateEntry, kind: &str, public: &[u8]) -> Result<Zeroizing<Vec<u8>>, LeavingError> {
    let check = crypto::random::<4>()?;
    let fields = fields(entry, kind, public)?;
    let comment = name::shown(entry.name);
    let mut plain = Zeroizing::new(Vec::with_capacity(fields.len() + comment.len() + 64));
    plain.extend_from_slice(&check);
    plain.extend_from_slice(&check);
    plain.extend_from_slice(&fields);
    plain.extend_from_slice(&strings([comment.as_bytes()]));
    let padding = plain.len().next_multiple_of(BLOCK) - plain.len();
    plain.extend((1..=padding).map(|byte| byte as u8));
    Ok(plain)
}

/// A key in its numbers, as a file and an agent take it.
pub(in crate::formats) fn key_fields(entry: &PrivateEntry) -> Result<Zeroizing<Vec<u8>>, LeavingError> {
    let (kind, public) = blob(entry.public_key).map_err(|_| LeavingError::Unreadable("its public half has no OpenSSH form"))?;
    fields(entry, kind, &public)
}

fn fields(entry: &PrivateEntry, kind: &str, public: &[u8]) -> Result<Zeroizing<Vec<u8>>, LeavingError> {
    Ok(Zeroizing::new(match parts::of(entry)? {
        Parts::Rsa(key) => {
            let numbers = [key.modulus, key.public_exponent, key.private_exponent, key.coefficient, key.prime1, key.prime2];
            let [modulus, public, private, inverse, first, second] =
                numbers.map(|number| Zeroizing::new(mpint(number.as_bytes())));
            strings([kind.as_bytes(), &modulus, &public, &private, &inverse, &first, &second])
        }
        Parts::Edwards { private, public } => {
            let both = Zeroizing::new([private, public].concat());
            strings([kind.as_bytes(), public, &both])
        }
        // The public form is the kind, the curve and the point; the number follows.
        Parts::Ec { scalar, .. } => [public, &strings([&mpint_of(scalar)])].concat(),
        Parts::Dsa { private, .. } => [public, &strings([&mpint_of(private)])].concat(),
        Parts::MlDsa { .. } | Parts::Symmetric(_) => return Err(LeavingError::Unreadable("it has no OpenSSH form")),
    }))
}

/// A positive number without leading zeros.
pub(super) fn mpint_of(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Zeroizing::new(mpint(&bytes[zeros..]))
}
