//! What lies in a file, by its content and never by its ending.

use memchr::memmem;
use zeroize::Zeroizing;

use super::armour::{self, Block, Blocks, Style};
use super::found::{Found, Kind, Place, Reason};
use super::opening::Opening;
use super::structure::{self, Around};
use super::{age_identity, jks, jwk_private, limits, old_pem, openssh_private, ppk, ssh_lines, ssh2};
use crate::secret::Passphrase;

/// Reads every object of a file: what it is and what it holds, or why it could not be read. Never empty: a file with
/// nothing that is known has one entry that says so.
pub fn read(bytes: &[u8], passphrases: &[Passphrase]) -> Vec<Found> {
    read_with(bytes, &Opening::new(passphrases))
}

/// The same with less work than a file may ask for.
pub(super) fn read_with(bytes: &[u8], opening: &Opening) -> Vec<Found> {
    let mut found = if bytes.len() as u64 > limits::FILE {
        let asked = bytes.len() as u64;
        vec![unknown(Place::Whole, Reason::OverLimit { what: "bytes in one file", asked, limit: limits::FILE })]
    } else if let Some(text) = utf16(bytes) {
        file(text.as_bytes(), opening)
    } else {
        file(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), opening)
    };
    if found.is_empty() {
        found.push(unknown(Place::Whole, Reason::Unrecognised));
    }
    if found.len() > limits::OBJECTS {
        let asked = found.len() as u64;
        found.truncate(limits::OBJECTS);
        found.push(unknown(Place::Whole, Reason::OverLimit { what: "objects", asked, limit: limits::OBJECTS as u64 }));
    }
    found
}

fn unknown(place: Place, reason: Reason) -> Found {
    refused(place, Kind::Unknown, reason)
}

fn refused(place: Place, kind: Kind, reason: Reason) -> Found {
    Found { place, kind, name: None, content: Err(reason) }
}

/// Text in UTF-16 with its mark, as Windows writes it.
fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (marked, wide): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, marked @ ..] => (marked, u16::from_le_bytes),
        [0xfe, 0xff, marked @ ..] => (marked, u16::from_be_bytes),
        _ => return None,
    };
    let letters = marked.chunks_exact(2).map(|pair| wide([pair[0], pair[1]]));
    let mut text = Zeroizing::new(String::with_capacity(marked.len() * 2));
    text.extend(char::decode_utf16(letters).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Some(text)
}

fn file(bytes: &[u8], opening: &Opening) -> Vec<Found> {
    let passphrases = opening.passphrases;
    if jks::is(bytes) {
        return jks::read(bytes, passphrases);
    }
    if structure::is(bytes) {
        return der(bytes, Place::Whole, opening);
    }
    if let Some(what) = known_by_first_bytes(bytes) {
        return vec![unknown(Place::Whole, Reason::Unsupported(what.to_owned()))];
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    if age_identity::is(text) {
        return age_identity::read(bytes, passphrases);
    }
    if ppk::is(text) {
        return ppk::read(text, passphrases);
    }
    if jwk_private::is(bytes) {
        return jwk_private::read_with(bytes, passphrases);
    }
    let found = match unescaped(bytes) {
        Some(lines) => blocks(&lines, opening),
        None => blocks(bytes, opening),
    };
    if !found.is_empty() {
        return found;
    }
    if ssh_lines::is(text) {
        return ssh_lines::read(text);
    }
    match bare_base64(bytes) {
        Some(bytes) => der(&bytes, Place::Whole, opening),
        None => Vec::new(),
    }
}

fn der(bytes: &[u8], place: Place, opening: &Opening) -> Vec<Found> {
    let mut found = Vec::new();
    structure::read(bytes, &Around { place, name: None, label: None, curve: None, opening }, &mut found);
    found
}

/// Forms that are known and not read, by how they begin.
fn known_by_first_bytes(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x1e, 0xf1, 0xb5, 0xb0, ..] => Some("A private key file of Microsoft (PVK)"),
        [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..] => Some("A keystore of Bouncy Castle (BKS or UBER)"),
        _ if bytes.starts_with(b"SPKAC=") => Some("A request of the keygen element (SPKAC)"),
        _ if bytes.starts_with(b"Private-key-format:") => Some("A key of BIND for DNSSEC"),
        _ if bytes.starts_with(b"SSH PRIVATE KEY FILE FORMAT 1.1") => Some("A private key of SSH version 1"),
        _ => None,
    }
}

/// A block written as a text within JSON or a settings file, with `\n` for each end of line.
fn unescaped(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    memmem::find(bytes, b"-----\\n")?;
    let mut lines = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes;
    while let Some(at) = memmem::find(rest, b"\\n") {
        lines.extend_from_slice(rest[..at].strip_suffix(b"\\r").unwrap_or(&rest[..at]));
        lines.push(b'\n');
        rest = &rest[at + 2..];
    }
    lines.extend_from_slice(rest);
    Some(lines)
}

/// Base64 without armour, of something that is known.
fn bare_base64(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = bytes.trim_ascii();
    let decoded = armour::base64(text).ok().filter(|_| text.len() >= 16)?;
    structure::is(&decoded).then_some(decoded)
}

/// Every block of armoured text.
fn blocks(text: &[u8], opening: &Opening) -> Vec<Found> {
    let mut found = Vec::new();
    // The parameters of a curve belong to the key that follows them.
    let mut curve: Option<(Place, Zeroizing<Vec<u8>>)> = None;
    for block in Blocks::of(text) {
        if found.len() > limits::OBJECTS {
            break;
        }
        let before = curve.take();
        if block.label == "EC PARAMETERS" && block.ends {
            found.extend(before.map(|(place, _)| without_key(place)));
            curve = block.decode().1.ok().map(|bytes| (Place::Line(block.line), bytes));
            continue;
        }
        // A key in PKCS#8 names its curve itself, whatever stands before it.
        let belongs = matches!(block.label, "EC PRIVATE KEY" | "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY");
        let bytes = before.as_ref().filter(|_| belongs).map(|(_, bytes)| bytes.as_slice());
        self::block(&block, bytes, opening, &mut found);
        found.extend(before.filter(|_| !belongs).map(|(place, _)| without_key(place)));
    }
    found.extend(curve.map(|(place, _)| without_key(place)));
    found
}

fn without_key(place: Place) -> Found {
    unknown(place, Reason::Unsupported("A curve without a key".to_owned()))
}

fn block(block: &Block, curve: Option<&[u8]>, opening: &Opening, found: &mut Vec<Found>) {
    let place = Place::Line(block.line);
    let label = kind_of(block.label);
    if !block.ends {
        let kind = label.unwrap_or(Kind::Unknown);
        return found.push(refused(place, kind, Reason::Truncated("the line that ends it is missing")));
    }
    if block.style == Style::Ssh2 {
        return match std::str::from_utf8(block.whole) {
            Ok(text) if label == Some(Kind::Ssh2Public) => found.extend(ssh2::read(text, place)),
            Ok(_) => found.push(unknown(place, Reason::Unsupported(format!("A block labelled “{}”", block.label)))),
            Err(_) => found.push(refused(place, Kind::Ssh2Public, Reason::Malformed("it is no text".to_owned()))),
        };
    }
    if block.label == "AGE ENCRYPTED FILE" {
        return found.extend(age_identity::read(block.whole, opening.passphrases));
    }
    if let Some(what) = not_read(block.label) {
        return found.push(unknown(place, Reason::Unsupported(what)));
    }
    let (headers, bytes) = block.decode();
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(reason) => return found.push(refused(place, label.unwrap_or(Kind::Unknown), reason)),
    };
    if bytes.starts_with(b"openssh-key-v1\0") || label == Some(Kind::OpenSsh) {
        return found.extend(openssh_private::read(&bytes, opening.passphrases, place));
    }
    let name = block.friendly_name();
    if old_pem::is(&headers) {
        let content = old_pem::read(&headers, &bytes, curve, opening);
        return found.push(Found { place, kind: Kind::OldPem, name, content });
    }
    let before = found.len();
    structure::read(&bytes, &Around { place: place.clone(), name, label, curve, opening }, found);
    if found.len() == before {
        found.push(refused(place, label.unwrap_or(Kind::Unknown), Reason::Malformed("it is empty".to_owned())));
    } else if let (None, Some(Found { kind: Kind::Unknown, content, .. })) = (label, found.get_mut(before)) {
        *content = Err(Reason::Unsupported(format!("A block labelled “{}”", block.label)));
    }
}

/// Labels of things that hold no key here, or keys in forms that are not read.
fn not_read(label: &str) -> Option<String> {
    match label {
        _ if label.starts_with("PGP ") => Some("OpenPGP".to_owned()),
        _ if label.ends_with(" PARAMETERS") => Some("A set of parameters without a key".to_owned()),
        "TSS2 PRIVATE KEY" => Some("A key that lies in a TPM".to_owned()),
        _ => None,
    }
}

/// What a label says. The content has the last word.
fn kind_of(label: &str) -> Option<Kind> {
    Some(match label {
        "PRIVATE KEY" => Kind::Pkcs8,
        "ENCRYPTED PRIVATE KEY" => Kind::Pkcs8Encrypted,
        "RSA PRIVATE KEY" => Kind::Pkcs1,
        "EC PRIVATE KEY" => Kind::Sec1,
        "DSA PRIVATE KEY" => Kind::DsaPrivate,
        "OPENSSH PRIVATE KEY" => Kind::OpenSsh,
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "EC PUBLIC KEY" | "DSA PUBLIC KEY" => Kind::Spki,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Kind::Certificate,
        "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" | "CERTIFICATE CHAIN" => Kind::Pkcs7,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Kind::Request,
        "X509 CRL" | "CRL" => Kind::RevocationList,
        "PKCS12" => Kind::Pkcs12,
        "SSH2 PUBLIC KEY" => Kind::Ssh2Public,
        _ => return None,
    })
}
