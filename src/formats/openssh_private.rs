//! Private keys of OpenSSH (`PROTOCOL.key`: `openssh-key-v1`), with and without a passphrase.
//!
//! By hand, for the `ssh-key` crate reads one key a file, refuses a key for a part it does not know, and
//! derives with as many rounds as a file asks for. Ciphers are those of `ssh-cipher`, the derivation is
//! that of `bcrypt-pbkdf`.

use ssh_cipher::{Cipher, Tag};
use zeroize::Zeroizing;

use super::compose::{self, RsaNumbers};
use super::found::{Content, Found, Kind, Place, Reason};
use super::limits;
use super::ssh_wire::{self, Wire};
use crate::secret::{Passphrase, SecretBytes};

const MAGIC: &[u8] = b"openssh-key-v1\0";

const CIPHERS: [Cipher; 10] = [
    Cipher::Aes128Cbc,
    Cipher::Aes192Cbc,
    Cipher::Aes256Cbc,
    Cipher::Aes128Ctr,
    Cipher::Aes192Ctr,
    Cipher::Aes256Ctr,
    Cipher::Aes128Gcm,
    Cipher::Aes256Gcm,
    Cipher::ChaCha20Poly1305,
    Cipher::TdesCbc,
];

/// Reads what lies inside an `OPENSSH PRIVATE KEY` block: one entry a key.
pub fn read(der: &[u8], passphrases: &[Passphrase], place: Place) -> Vec<Found> {
    let mut keys = Vec::new();
    if let Err(reason) = read_all(der, passphrases, &place, &mut keys) {
        keys.push(Found { place, kind: Kind::OpenSsh, name: None, content: Err(reason) });
    }
    keys
}

/// Every key that can be read, and the reason where it ends early.
fn read_all(der: &[u8], passphrases: &[Passphrase], place: &Place, keys: &mut Vec<Found>) -> Result<(), Reason> {
    let mut wire = Wire(der);
    if wire.take(MAGIC.len()).ok() != Some(MAGIC) {
        return Err(Reason::Malformed("it does not begin as a private key of OpenSSH".into()));
    }
    let (cipher, derivation, options) = (wire.string()?, wire.string()?, wire.string()?);
    let count = wire.number()?;
    if count as usize > limits::OBJECTS {
        return Err(Reason::OverLimit { what: "keys", asked: count.into(), limit: limits::OBJECTS as u64 });
    }
    if count == 0 {
        return Err(Reason::Malformed("it holds no key".into()));
    }
    let mut publics = Vec::new();
    for _ in 0..count {
        publics.push(wire.string()?);
    }
    let sealed = wire.string()?;
    let encrypted = cipher != b"none";
    let opened = if encrypted {
        open(cipher, derivation, options, sealed, wire, passphrases)?
    } else {
        wire.end()?;
        Zeroizing::new(sealed.to_vec())
    };
    let mut wire = Wire(&opened);
    if wire.number()? != wire.number()? {
        return Err(Reason::Malformed("its two check numbers differ".into()));
    }
    for public in publics {
        keys.push(read_one(&mut wire, public, encrypted, place)?);
    }
    let padded = wire.0.iter().zip(1_u8..=255).all(|(found, expected)| *found == expected) && wire.0.len() < 256;
    if padded { Ok(()) } else { Err(Reason::Malformed("its padding is not the one of its form".into())) }
}

/// Decrypts with the passphrase that makes both check numbers equal.
fn open(
    name: &[u8],
    derivation: &[u8],
    options: &[u8],
    sealed: &[u8],
    mut tail: Wire<'_>,
    passphrases: &[Passphrase],
) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let unsupported = || Reason::Unsupported(format!("The cipher {}", ssh_wire::quoted(name)));
    let cipher = CIPHERS.into_iter().find(|cipher| cipher.as_str().as_bytes() == name).ok_or_else(unsupported)?;
    let (key_size, iv_size) = match cipher {
        // OpenSSH derives 64 bytes, of which the first 32 encrypt, and takes zeros as the nonce.
        Cipher::ChaCha20Poly1305 => (32, 0),
        cipher => cipher.key_and_iv_size().ok_or_else(unsupported)?,
    };
    if derivation != b"bcrypt" {
        return Err(Reason::Unsupported(format!("The key derivation {}", ssh_wire::quoted(derivation))));
    }
    let mut options = Wire(options);
    let (salt, rounds) = (options.string()?, options.number()?);
    options.end()?;
    if rounds > limits::BCRYPT_ROUNDS {
        return Err(Reason::OverLimit { what: "rounds of bcrypt", asked: rounds.into(), limit: limits::BCRYPT_ROUNDS.into() });
    }
    if rounds == 0 || salt.is_empty() {
        return Err(Reason::Malformed("its key derivation has no salt or no rounds".into()));
    }
    let tag = if cipher.has_tag() { Tag::try_from(tail.take(16)?).ok() } else { None };
    tail.end()?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(cipher.block_size()) {
        return Err(Reason::Malformed("its encrypted part is not a whole number of blocks".into()));
    }
    if passphrases.is_empty() {
        return Err(Reason::PassphraseNeeded);
    }
    for passphrase in passphrases.iter().filter(|passphrase| !passphrase.is_empty()) {
        let derived_size = if cipher == Cipher::ChaCha20Poly1305 { 64 } else { key_size + iv_size };
        let mut derived = Zeroizing::new(vec![0; derived_size]);
        if bcrypt_pbkdf::bcrypt_pbkdf(passphrase.expose(), salt, rounds, &mut derived).is_err() {
            continue;
        }
        let (key, rest) = derived.split_at(key_size);
        let iv = if cipher == Cipher::ChaCha20Poly1305 { &[0; 8][..] } else { rest };
        let mut opened = Zeroizing::new(sealed.to_vec());
        if cipher.decrypt(key, iv, &mut opened, tag).is_ok() && opened.len() >= 8 && opened[..4] == opened[4..8] {
            return Ok(opened);
        }
    }
    Err(Reason::WrongPassphraseOrDamaged)
}

fn read_one(wire: &mut Wire<'_>, public: &[u8], encrypted: bool, place: &Place) -> Result<Found, Reason> {
    let kind = wire.string()?;
    let outer = ssh_wire::public(public)?;
    let private = private_fields(kind, wire)?;
    let name = ssh_wire::named(&wire.text()?);
    if private.public != outer.spki {
        return Err(Reason::Inconsistent("the public half in front is not that of the private half".into()));
    }
    let (name, content) = match private.pkcs8 {
        Some(pkcs8) => (name, Content::Private { pkcs8, public_key: Some(outer.spki), encrypted }),
        None => (Some(ssh_wire::held_name(name)), Content::Public(outer.spki)),
    };
    Ok(Found { place: place.clone(), kind: Kind::OpenSsh, name, content: Ok(content) })
}

pub(super) struct Private {
    /// Nothing where a security key holds it.
    pub(super) pkcs8: Option<SecretBytes>,
    pub(super) public: Box<[u8]>,
}

pub(super) fn private_fields(kind: &[u8], wire: &mut Wire<'_>) -> Result<Private, Reason> {
    let (pkcs8, public) = match kind {
        b"ssh-rsa" => {
            let [modulus, public, private] = [wire.positive()?, wire.positive()?, wire.positive()?];
            let [coefficient, first, second] = [wire.positive()?, wire.positive()?, wire.positive()?];
            let primes = Some([first, second, coefficient]);
            let pkcs8 = compose::rsa(&RsaNumbers { modulus, public, private, primes })?;
            (Some(pkcs8), compose::rsa_public(modulus, public)?)
        }
        b"ssh-dss" => {
            let domain = [wire.positive()?, wire.positive()?, wire.positive()?];
            let (public, private) = (wire.positive()?, wire.positive()?);
            (Some(compose::dsa(domain, private)?), compose::dsa_public(domain, public)?)
        }
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => {
            let (curve, point) = (ssh_wire::curve(wire.string()?)?, wire.string()?);
            let public = compose::ec_public(curve, point)?;
            (Some(compose::ec(curve, wire.positive()?, Some(point))?), public)
        }
        b"ssh-ed25519" | b"ssh-ed448" => {
            let oid = if kind == b"ssh-ed25519" { compose::ED25519 } else { compose::ED448 };
            let (public, both) = (wire.string()?, wire.string()?);
            let seed = both
                .strip_suffix(public)
                .ok_or_else(|| Reason::Inconsistent("the public half behind the private half is another".into()))?;
            (Some(compose::edwards(oid, seed)?), compose::edwards_public(oid, public)?)
        }
        b"sk-ssh-ed25519@openssh.com" | b"sk-ecdsa-sha2-nistp256@openssh.com" => {
            let public = ssh_wire::public_fields(kind, wire)?.spki;
            wire.take(1)?;
            wire.string()?;
            wire.string()?;
            (None, public)
        }
        other => return Err(Reason::Unsupported(format!("The key type {}", ssh_wire::quoted(other)))),
    };
    Ok(Private { pkcs8, public })
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    drop(read(bytes, &[Passphrase::new("passphrase".into())], Place::Whole));
}
