//! Identities of age (C2SP age.md): X25519 identities in clear or under a passphrase. Those that lie on
//! a device behind a plugin, and post-quantum ones, are told by name. The `age` crate decrypts (it bounds
//! the work before it begins, wipes what it derives and is maintained by age's co-author); it gives no
//! bytes of an identity, so `bech32` decodes the line.

use std::io::Read as _;
use std::str::FromStr as _;

use age::armor::ArmoredReader;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor};
use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use zeroize::Zeroizing;

use super::compose;
use super::found::{Content, Found, Kind, Place, Reason};
use super::limits;
use super::ssh_wire::{named, quoted};
use crate::secret::Passphrase;

const IDENTITY: &str = "AGE-SECRET-KEY-";
const PLUGIN: &str = "AGE-PLUGIN-";
const ARMOR: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const BINARY: &str = "age-encryption.org/";

/// scrypt takes 128 · 8 · 2^factor bytes.
const WORK_FACTOR: u8 = limits::MEMORY.ilog2() as u8 - 10;

/// Whether a text is a file of age identities, or an age file that may hold some.
pub fn is(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with(ARMOR)
        || text.starts_with(BINARY)
        || text.lines().any(|line| line.starts_with(IDENTITY) || line.starts_with(PLUGIN))
}

/// Whether bytes are an age file in its binary form, which is no text.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(BINARY.as_bytes())
}

/// Reads each identity. An age file is opened first, where a passphrase opens it.
pub fn read(bytes: &[u8], passphrases: &[Passphrase]) -> Vec<Found> {
    let whole = |reason| vec![Found { place: Place::Whole, kind: Kind::AgeIdentity, name: None, content: Err(reason) }];
    let start = bytes.trim_ascii_start();
    if start.starts_with(ARMOR.as_bytes()) || is_binary(start) {
        return match open(start, passphrases) {
            Ok(opened) => match std::str::from_utf8(&opened) {
                Ok(text) => lines(text, true).unwrap_or_else(whole),
                Err(_) => whole(Reason::Unrecognised),
            },
            Err(reason) => whole(reason),
        };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => lines(text, false).unwrap_or_else(whole),
        Err(_) => whole(Reason::Malformed("it is no text".into())),
    }
}

fn open(bytes: &[u8], passphrases: &[Passphrase]) -> Result<Zeroizing<Vec<u8>>, Reason> {
    // The crate calls unknown whatever it cannot parse; only another number is another version.
    let first =
        [&b"age-encryption.org/v1\n"[..], b"YWdlLWVuY3J5cHRpb24ub3JnL3YxC"].map(|first| memchr::memmem::find(bytes, first));
    let version = first.into_iter().flatten().next().is_some();
    let head = |error| match error {
        DecryptError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Reason::Truncated("its head is not whole")
        }
        DecryptError::UnknownFormat if !version => Reason::Unsupported("This version of age's files".into()),
        _ => Reason::Malformed("its head does not follow age's form".into()),
    };
    let begin = || Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(head);
    if !begin()?.is_scrypt() {
        return Err(Reason::Unsupported("An age file that is encrypted to a key and not to a passphrase".into()));
    }
    if passphrases.is_empty() {
        return Err(Reason::PassphraseNeeded);
    }
    for passphrase in passphrases {
        let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.expose().to_owned()));
        identity.set_max_work_factor(WORK_FACTOR);
        let reader = match begin()?.decrypt(std::iter::once(&identity as &dyn age::Identity)) {
            Ok(reader) => reader,
            Err(DecryptError::ExcessiveWork { required, .. }) => {
                let asked = 1_u64.checked_shl(u32::from(required) + 10).unwrap_or(u64::MAX);
                return Err(Reason::OverLimit { what: "bytes of memory", asked, limit: limits::MEMORY });
            }
            Err(DecryptError::InvalidMac) => {
                return Err(Reason::Malformed("its passphrase fits, but its head was changed".into()));
            }
            Err(DecryptError::InvalidHeader) => return Err(head(DecryptError::InvalidHeader)),
            Err(_) => continue,
        };
        let mut opened = Zeroizing::new(Vec::new());
        let read = reader.take(limits::OBJECT as u64 + 1).read_to_end(&mut opened);
        if opened.len() > limits::OBJECT {
            let (asked, limit) = (opened.len() as u64, limits::OBJECT as u64);
            return Err(Reason::OverLimit { what: "bytes of identities", asked, limit });
        }
        read.map_err(|_| Reason::Malformed("its passphrase fits, but what it seals is cut off or was changed".into()))?;
        return Ok(opened);
    }
    Err(Reason::WrongPassphraseOrDamaged)
}

fn lines(text: &str, encrypted: bool) -> Result<Vec<Found>, Reason> {
    let mut found = Vec::new();
    let (mut name, mut public) = (None, None);
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            match comment.trim().split_once("public key:") {
                Some(("", recipient)) => public = recipient_of(recipient.trim()),
                _ if comment.trim().starts_with("created:") => {}
                _ => name = named(comment),
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        if found.len() >= limits::OBJECTS {
            let (asked, limit) = (limits::OBJECTS as u64 + 1, limits::OBJECTS as u64);
            return Err(Reason::OverLimit { what: "identities", asked, limit });
        }
        let place = if encrypted { Place::Entry((index + 1).to_string()) } else { Place::Line(index as u32 + 1) };
        let content = identity(line, public.take(), encrypted);
        found.push(Found { place, kind: Kind::AgeIdentity, name: name.take(), content });
    }
    if found.is_empty() || found.iter().all(|one| matches!(one.content, Err(Reason::Unrecognised))) {
        return Err(Reason::Unrecognised);
    }
    Ok(found)
}

fn identity(line: &str, public_key: Option<Box<[u8]>>, encrypted: bool) -> Result<Content, Reason> {
    if let Some(rest) = line.strip_prefix(PLUGIN) {
        let name = rest.rsplit_once("-1").map_or(rest, |(name, _)| name).to_lowercase();
        return Err(Reason::Unsupported(format!("An identity that the age plugin {} holds", quoted(name.as_bytes()))));
    }
    let Some(rest) = line.strip_prefix(IDENTITY) else { return Err(Reason::Unrecognised) };
    if !rest.starts_with('1') {
        let name = rest.split_once('1').map_or(rest, |(name, _)| name).trim_end_matches('-');
        let kind = if name == "PQ" { "post-quantum".into() } else { quoted(name.as_bytes()) };
        return Err(Reason::Unsupported(format!("An age identity of the {kind} kind")));
    }
    let damaged = || Reason::Malformed("its letters do not fit its check code".into());
    age::x25519::Identity::from_str(line).map_err(|_| damaged())?;
    let secret = Zeroizing::new(CheckedHrpstring::new::<Bech32>(line).map_err(|_| damaged())?.byte_iter().collect::<Vec<u8>>());
    Ok(Content::Private { pkcs8: compose::edwards(compose::X25519, &secret)?, public_key, encrypted })
}

/// The public key that a recipient stands for.
fn recipient_of(recipient: &str) -> Option<Box<[u8]>> {
    let decoded = CheckedHrpstring::new::<Bech32>(recipient).ok()?;
    let key: Vec<u8> = decoded.byte_iter().collect();
    compose::edwards_public(compose::X25519, &key).ok()
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = is(text);
    }
    drop(read(bytes, &[Passphrase::new("password".into())]));
}
