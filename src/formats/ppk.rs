//! Private keys of PuTTY (PPK versions 2 and 3; appendix C of its manual). Version 1, of before 2002, is
//! told by name.
//!
//! By hand, for the `ppk` part of the `ssh-key` crate derives with as much memory as a file asks for,
//! keeps the passphrase in a plain string and knows no Ed448. Argon2 is that of `argon2`, the cipher that
//! of `ssh-cipher`, the check codes are those of `hmac`.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use ssh_cipher::Cipher;
use zeroize::Zeroizing;

use super::compose::{self, RsaNumbers};
use super::found::{Content, Found, Kind, Place, Reason};
use super::limits;
use super::openssh::strings;
use super::ssh_wire::{self, Wire};
use crate::model::hex;
use crate::secret::{Passphrase, SecretBytes};

const HEADER: &str = "PuTTY-User-Key-File-";

/// The longest salt that is taken, in bytes; PuTTY writes 16.
const SALT: usize = 1_024;

/// Whether a text is a private key of PuTTY, of whatever version.
pub fn is(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').starts_with(HEADER)
}

/// Reads the one key of such a file.
pub fn read(text: &str, passphrases: &[Passphrase]) -> Vec<Found> {
    let (name, content) = match File::parse(text) {
        Ok(file) => (ssh_wire::named(file.comment), open(&file, passphrases)),
        Err(reason) => (None, Err(reason)),
    };
    vec![Found { place: Place::Whole, kind: Kind::Ppk, name, content }]
}

/// The parts of the file.
struct File<'a> {
    version: u8,
    algorithm: &'a str,
    encryption: &'a str,
    comment: &'a str,
    public: Vec<u8>,
    /// It ends behind its public half, as some programs write a public key.
    alone: bool,
    private: Zeroizing<Vec<u8>>,
    derivation: Option<Derivation<'a>>,
    mac: Vec<u8>,
}

/// How version 3 makes keys of a passphrase.
struct Derivation<'a> {
    flavour: &'a str,
    /// In KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
}

/// The next line, which must be this header.
fn header<'a>(lines: &mut std::str::Lines<'a>, name: &'static str) -> Result<&'a str, Reason> {
    let line = lines.next().ok_or(Reason::Truncated("a line of its head is missing"))?;
    let (found, value) = line.split_once(':').unwrap_or((line, ""));
    if found != name {
        return Err(Reason::Malformed(format!("where “{name}” should stand there is something else")));
    }
    Ok(value.strip_prefix(' ').unwrap_or(value))
}

fn number(lines: &mut std::str::Lines<'_>, name: &'static str) -> Result<u32, Reason> {
    header(lines, name)?.trim().parse().map_err(|_| Reason::Malformed(format!("“{name}” is no number")))
}

/// As many lines of base64 as a header says.
fn block(lines: &mut std::str::Lines<'_>, name: &'static str) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let count = number(lines, name)?;
    let mut encoded = Zeroizing::new(String::new());
    for _ in 0..count {
        let line = lines.next().ok_or(Reason::Truncated("it has fewer lines of a key than it says"))?;
        if encoded.len() + line.len() > limits::OBJECT {
            let (asked, limit) = ((encoded.len() + line.len()) as u64, limits::OBJECT as u64);
            return Err(Reason::OverLimit { what: "bytes of a key", asked, limit });
        }
        // Growing by hand, so that no copy is left behind unwiped.
        let mut grown = Zeroizing::new(String::with_capacity((encoded.len() + line.len()).next_power_of_two()));
        if encoded.capacity() < encoded.len() + line.len() {
            grown.push_str(&encoded);
            encoded = grown;
        }
        encoded.push_str(line.trim());
    }
    let decoded = Base64::decode_vec(&encoded).map_err(|_| Reason::Malformed(format!("what “{name}” counts is no base64")))?;
    Ok(Zeroizing::new(decoded))
}

impl<'a> File<'a> {
    fn parse(text: &'a str) -> Result<Self, Reason> {
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let first = lines.next().and_then(|line| line.strip_prefix(HEADER));
        let first = first.ok_or_else(|| Reason::Malformed("it does not begin as a private key of PuTTY".into()))?;
        let (version, algorithm) = first.split_once(':').ok_or(Reason::Truncated("its first line is not whole"))?;
        let version = match version {
            "2" => 2,
            "3" => 3,
            other => {
                return Err(Reason::Unsupported(format!(
                    "Version {} of PuTTY's private keys",
                    ssh_wire::quoted(other.as_bytes())
                )));
            }
        };
        let encryption = header(&mut lines, "Encryption")?;
        let comment = header(&mut lines, "Comment")?;
        let public = block(&mut lines, "Public-Lines")?;
        let (algorithm, public) = (algorithm.trim(), public.to_vec());
        if lines.clone().all(|line| line.trim().is_empty()) {
            let (private, mac) = (Zeroizing::default(), Vec::new());
            return Ok(Self { version, algorithm, encryption, comment, public, alone: true, private, derivation: None, mac });
        }
        let derivation = if version == 3 && encryption != "none" { Some(Derivation::parse(&mut lines)?) } else { None };
        let private = block(&mut lines, "Private-Lines")?;
        let mac = hex::decode(header(&mut lines, "Private-MAC")?.trim());
        let mac = mac.ok_or_else(|| Reason::Malformed("its check code is not hexadecimal".into()))?;
        Ok(Self { version, algorithm, encryption, comment, public, alone: false, private, derivation, mac: mac.into() })
    }

    /// What the check code is taken over.
    fn checked(&self, private: &[u8]) -> Zeroizing<Vec<u8>> {
        let parts = [self.algorithm.as_bytes(), self.encryption.as_bytes(), self.comment.as_bytes(), &self.public, private];
        Zeroizing::new(strings(parts))
    }

    fn checks(&self, key: &[u8], private: &[u8]) -> bool {
        let data = self.checked(private);
        if self.version == 3 {
            Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(&*data).verify_slice(&self.mac).is_ok())
        } else {
            Hmac::<Sha1>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(&*data).verify_slice(&self.mac).is_ok())
        }
    }
}

impl<'a> Derivation<'a> {
    fn parse(lines: &mut std::str::Lines<'a>) -> Result<Self, Reason> {
        let flavour = header(lines, "Key-Derivation")?;
        let memory = number(lines, "Argon2-Memory")?;
        let passes = number(lines, "Argon2-Passes")?;
        let lanes = number(lines, "Argon2-Parallelism")?;
        let salt = hex::decode(header(lines, "Argon2-Salt")?.trim());
        let salt = salt.ok_or_else(|| Reason::Malformed("its salt is not hexadecimal".into()))?;
        let bytes = u64::from(memory) * 1_024;
        let over = |what, asked, limit| Err(Reason::OverLimit { what, asked, limit });
        if bytes > limits::MEMORY {
            return over("bytes of memory", bytes, limits::MEMORY);
        }
        let work = bytes.saturating_mul(u64::from(passes));
        if work > limits::MEMORY_PASSES {
            return over("bytes of memory times passes", work, limits::MEMORY_PASSES);
        }
        if salt.len() > SALT {
            return over("bytes of salt", salt.len() as u64, SALT as u64);
        }
        Ok(Self { flavour, memory, passes, lanes, salt: salt.into() })
    }

    /// Key, initial vector and check key in a row.
    fn derive(&self, passphrase: &[u8]) -> Result<Zeroizing<[u8; 80]>, Reason> {
        let flavour = match self.flavour {
            "Argon2id" => Algorithm::Argon2id,
            "Argon2i" => Algorithm::Argon2i,
            "Argon2d" => Algorithm::Argon2d,
            other => return Err(Reason::Unsupported(format!("The key derivation {}", ssh_wire::quoted(other.as_bytes())))),
        };
        let impossible = |_| Reason::Malformed("the numbers of its key derivation do not go together".into());
        let parameters = Params::new(self.memory, self.passes, self.lanes, None).map_err(impossible)?;
        let mut derived = Zeroizing::new([0; 80]);
        let argon = Argon2::new(flavour, Version::V0x13, parameters);
        argon.hash_password_into(passphrase, &self.salt, &mut *derived).map_err(impossible)?;
        Ok(derived)
    }
}

/// Keys of version 2: two digests in a row, and another for the check code.
fn derive_old(passphrase: &[u8]) -> (Zeroizing<[u8; 80]>, usize) {
    let digest = |front: &[u8]| Sha1::new().chain_update(front).chain_update(passphrase).finalize();
    let mut derived = Zeroizing::new([0; 80]);
    derived[..20].copy_from_slice(&digest(&[0, 0, 0, 0]));
    derived[20..32].copy_from_slice(&digest(&[0, 0, 0, 1])[..12]);
    derived[48..68].copy_from_slice(&digest(b"putty-private-key-file-mac-key"));
    (derived, 20)
}

fn open(file: &File<'_>, passphrases: &[Passphrase]) -> Result<Content, Reason> {
    let damaged = || Reason::Malformed("its check code does not fit what it holds".into());
    if file.alone {
        return ssh_wire::public(&file.public).map(|public| Content::Public(public.spki));
    }
    match file.encryption {
        "none" => {
            // Version 2 has a check key also without a passphrase; that of version 3 is empty.
            let key = if file.version == 2 { derive_old(b"").0[48..68].to_vec() } else { Vec::new() };
            if !file.checks(&key, &file.private) {
                return Err(damaged());
            }
            return key_of(file, &file.private, false);
        }
        "aes256-cbc" => {}
        other => return Err(Reason::Unsupported(format!("The cipher {}", ssh_wire::quoted(other.as_bytes())))),
    }
    if file.private.is_empty() || !file.private.len().is_multiple_of(16) {
        return Err(Reason::Malformed("its encrypted part is not a whole number of blocks".into()));
    }
    if passphrases.is_empty() {
        return Err(Reason::PassphraseNeeded);
    }
    for passphrase in passphrases {
        for typed in spellings(passphrase, file.version) {
            let (derived, check) = match &file.derivation {
                Some(derivation) => (derivation.derive(&typed)?, 32),
                None => derive_old(&typed),
            };
            let mut opened = file.private.clone();
            if Cipher::Aes256Cbc.decrypt(&derived[..32], &derived[32..48], &mut opened, None).is_err() {
                continue;
            }
            if file.checks(&derived[48..48 + check], &opened) {
                return key_of(file, &opened, true);
            }
            if key_of(file, &opened, true).is_ok() {
                // The passphrase gave a whole key, so what was changed is the rest.
                return Err(damaged());
            }
        }
    }
    Err(Reason::WrongPassphraseOrDamaged)
}

/// A passphrase in the letters that PuTTY may have had: UTF-8, and on Windows of old Latin-1.
fn spellings(passphrase: &Passphrase, version: u8) -> Vec<Zeroizing<Vec<u8>>> {
    let typed = passphrase.expose();
    let mut spellings = vec![Zeroizing::new(typed.as_bytes().to_vec())];
    if version == 2 && !typed.is_ascii() {
        let mut latin = Zeroizing::new(Vec::with_capacity(typed.len()));
        latin.extend(typed.chars().map_while(|letter| u8::try_from(letter).ok()));
        if latin.len() == typed.chars().count() {
            spellings.push(latin);
        }
    }
    spellings
}

/// The key of both halves.
fn key_of(file: &File<'_>, private: &[u8], encrypted: bool) -> Result<Content, Reason> {
    let mut public = Wire(&file.public);
    let kind = public.string()?;
    if kind != file.algorithm.as_bytes() {
        return Err(Reason::Inconsistent("its public half is of another type than it says".into()));
    }
    let spki = ssh_wire::public(&file.public)?.spki;
    let pkcs8 = private_of(kind, public, Wire(private))?;
    Ok(Content::Private { pkcs8, public_key: Some(spki), encrypted })
}

fn private_of(kind: &[u8], mut public: Wire<'_>, mut private: Wire<'_>) -> Result<SecretBytes, Reason> {
    match kind {
        b"ssh-rsa" => {
            let (exponent, modulus) = (public.positive()?, public.positive()?);
            let number = private.positive()?;
            let primes = Some([private.positive()?, private.positive()?, private.positive()?]);
            compose::rsa(&RsaNumbers { modulus, public: exponent, private: number, primes })
        }
        b"ssh-dss" => {
            let domain = [public.positive()?, public.positive()?, public.positive()?];
            compose::dsa(domain, private.positive()?)
        }
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => {
            let curve = ssh_wire::curve(public.string()?)?;
            compose::ec(curve, private.positive()?, Some(public.string()?))
        }
        b"ssh-ed25519" => compose::edwards(compose::ED25519, private.string()?),
        b"ssh-ed448" => compose::edwards(compose::ED448, private.string()?),
        other => Err(Reason::Unsupported(format!("The key type {}", ssh_wire::quoted(other)))),
    }
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = is(text);
        drop(read(text, &[Passphrase::new("passphrase".into())]));
    }
}
