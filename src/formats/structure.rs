//! What a DER value is, by its structure alone, and the one way from there to its reader.

use super::ber::{self, BIT_STRING, Element, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::found::{Content, Found, Kind, Place, Reason};
use super::opening::Opening;
use super::{dsa, limits, pkcs1, pkcs7, pkcs8, pkcs12, sec1, x509};

/// What surrounds an object.
pub(super) struct Around<'a> {
    /// Where it lies.
    pub(super) place: Place,
    /// What the text before it calls it.
    pub(super) name: Option<String>,
    /// What its label says it is, which matters only where the content says nothing.
    pub(super) label: Option<Kind>,
    /// The curve that an `EC PARAMETERS` block before it names.
    pub(super) curve: Option<&'a [u8]>,
    /// The passphrases and the work that is left.
    pub(super) opening: &'a Opening<'a>,
}

/// The shapes of DER that are told apart.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Shape {
    Known(Kind),
    /// The public key of PKCS#1.
    RsaPublic,
    /// The public key of DSA as OpenSSL wrote it.
    DsaPublic,
    /// A row of certificates.
    Path,
    /// A request as the `keygen` element of HTML made it.
    Spkac,
    /// A keystore of Bouncy Castle.
    Bcfks,
    /// What OpenSSL puts behind a trusted certificate.
    Trust,
    Unknown,
}

/// Every object of bytes that hold DER or BER, one behind the other.
pub(super) fn read(bytes: &[u8], around: &Around, found: &mut Vec<Found>) {
    let mut rest = bytes;
    let mut before = Shape::Unknown;
    while rest.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0) && found.len() < limits::OBJECTS {
        let first = rest.len() == bytes.len();
        let (der, used) = match ber::to_der(rest) {
            Ok(element) => element,
            Err(reason) => {
                let kind = around.label.or(kind_of(shape(rest))).unwrap_or(Kind::Unknown);
                let reason = if first { reason } else { Reason::Malformed("bytes follow it that are no object".to_owned()) };
                return found.push(refused(around, kind, reason));
            }
        };
        let shape = shape(&der);
        if shape == Shape::Trust && before == Shape::Known(Kind::Certificate) {
            let alias = ber::only(&der, SEQUENCE).map(|content| ber::first(content, 5)).unwrap_or_default();
            let alias = alias.iter().find(|element| element.tag == 0x0c).and_then(|text| std::str::from_utf8(text.content).ok());
            if let (Some(last), Some(alias)) = (found.last_mut(), alias) {
                last.name = Some(alias.to_owned());
            }
        } else {
            object(&der, shape, around, found);
            if matches!(shape, Shape::Trust | Shape::Unknown) {
                return;
            }
        }
        before = shape;
        rest = &rest[used..];
    }
}

fn refused(around: &Around, kind: Kind, reason: Reason) -> Found {
    Found { place: around.place.clone(), kind, name: around.name.clone(), content: Err(reason) }
}

/// One object.
fn object(der: &[u8], shape: Shape, around: &Around, found: &mut Vec<Found>) {
    let unsupported = |what: &str| Err(Reason::Unsupported(what.to_owned()));
    let content = match shape {
        Shape::Known(Kind::Pkcs12) => return found.extend(pkcs12::read(der, &around.place, around.opening)),
        Shape::Known(Kind::Pkcs7) => return found.extend(pkcs7::read(der, &around.place)),
        Shape::Path => match pkcs7::path(der) {
            Ok(certificates) => return found.extend(certificates),
            Err(reason) => Err(reason),
        },
        Shape::Known(Kind::Pkcs8Encrypted) => pkcs8::open(der, around.opening),
        Shape::Known(Kind::Certificate) => x509::certificate(der),
        Shape::Known(Kind::Request) => x509::request(der),
        Shape::Known(Kind::RevocationList) => x509::revocation_list(der),
        Shape::Known(Kind::Spki) => x509::public(der),
        Shape::Known(kind) => private(kind, der, around.curve, false),
        Shape::RsaPublic => pkcs1::public(der),
        Shape::DsaPublic => dsa::public(der),
        Shape::Spkac => unsupported("A request of the keygen element (SPKAC)"),
        Shape::Bcfks => unsupported("A keystore of Bouncy Castle (BCFKS)"),
        Shape::Trust | Shape::Unknown => Err(match around.label {
            Some(_) => Reason::Malformed("what is in it is not what its label says".to_owned()),
            None => Reason::Unrecognised,
        }),
    };
    let kind = kind_of(shape).or(around.label).unwrap_or(Kind::Unknown);
    found.push(Found { place: around.place.clone(), kind, name: around.name.clone(), content });
}

fn private(kind: Kind, der: &[u8], curve: Option<&[u8]>, encrypted: bool) -> Result<Content, Reason> {
    match kind {
        Kind::Pkcs1 => pkcs1::private(der, encrypted),
        Kind::Sec1 => sec1::private(der, curve, encrypted),
        Kind::DsaPrivate => dsa::private(der, encrypted),
        Kind::Pkcs8 => pkcs8::private(der, encrypted),
        _ => Err(Reason::Unrecognised),
    }
}

/// A private key in any form that has no passphrase of its own, after decrypting; `None` where it is none.
pub(super) fn private_key(der: &[u8], curve: Option<&[u8]>) -> Result<Option<Content>, Reason> {
    match shape(der) {
        Shape::Known(kind @ (Kind::Pkcs1 | Kind::Sec1 | Kind::DsaPrivate | Kind::Pkcs8)) => {
            pkcs8::sound(private(kind, der, curve, true))
        }
        _ => Ok(None),
    }
}

/// Whether bytes are some DER or BER that is known.
pub(super) fn is(bytes: &[u8]) -> bool {
    match ber::to_der(bytes) {
        Ok((der, _)) => shape(&der) != Shape::Unknown,
        Err(_) => shape(bytes) != Shape::Unknown,
    }
}

fn kind_of(shape: Shape) -> Option<Kind> {
    match shape {
        Shape::Known(kind) => Some(kind),
        Shape::RsaPublic | Shape::DsaPublic => Some(Kind::Spki),
        Shape::Path => Some(Kind::Certificate),
        Shape::Spkac => Some(Kind::Request),
        Shape::Bcfks | Shape::Trust | Shape::Unknown => None,
    }
}

/// The shape, also of bytes that are cut off.
fn shape(bytes: &[u8]) -> Shape {
    if bytes.first() != Some(&SEQUENCE) {
        return Shape::Unknown;
    }
    let parts = ber::first_or_cut(ber::inside(bytes), 10);
    let tags: Vec<u8> = parts.iter().map(|part| part.tag).collect();
    let numbers = tags.iter().take_while(|tag| **tag == INTEGER).count();
    match tags.as_slice() {
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Shape::Known(Kind::Pkcs8),
        [INTEGER, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE] if ber::number(parts[0].content) == Some(3) => {
            Shape::Known(Kind::Pkcs12)
        }
        [INTEGER, SEQUENCE] if names_algorithm(&parts[1]) => Shape::Known(Kind::Pkcs8),
        [INTEGER, OCTET_STRING, ..] if ber::number(parts[0].content) == Some(1) => Shape::Known(Kind::Sec1),
        [INTEGER, INTEGER] => Shape::RsaPublic,
        [INTEGER, INTEGER, ..] if numbers == 6 && tags.len() == 6 => Shape::Known(Kind::DsaPrivate),
        [INTEGER, INTEGER, INTEGER, INTEGER] if is_whole(bytes) => Shape::DsaPublic,
        [INTEGER, INTEGER, ..] if numbers >= 4 => Shape::Known(Kind::Pkcs1),
        [OID, tag] if *tag == ber::context(0) => content_info(&parts[0]),
        [SEQUENCE, OCTET_STRING] if names_algorithm(&parts[0]) => Shape::Known(Kind::Pkcs8Encrypted),
        [SEQUENCE, BIT_STRING] if names_algorithm(&parts[0]) => Shape::Known(Kind::Spki),
        [SEQUENCE, SEQUENCE, BIT_STRING] if names_algorithm(&parts[1]) => signed(&parts[0]),
        [SEQUENCE, SEQUENCE] if is_encrypted_store(&parts[0]) => Shape::Bcfks,
        [SEQUENCE] if begins_like_certificate(&parts[0]) => Shape::Known(Kind::Certificate),
        [SEQUENCE, ..] if is_certificate(&parts[0]) => Shape::Path,
        tags if tags.iter().all(|tag| matches!(tag, 0x04 | 0x0c | 0x30 | 0xa0 | 0xa1)) => Shape::Trust,
        _ => Shape::Unknown,
    }
}

/// It is not cut off.
fn is_whole(bytes: &[u8]) -> bool {
    ber::only(bytes, SEQUENCE).is_some()
}

fn names_algorithm(part: &Element) -> bool {
    ber::first_or_cut(part.content, 1).first().is_some_and(|name| name.tag == OID)
}

fn is_certificate(part: &Element) -> bool {
    let inner = ber::first_or_cut(part.content, 4);
    let tags: Vec<u8> = inner.iter().map(|part| part.tag).collect();
    tags == [SEQUENCE, SEQUENCE, BIT_STRING] && signed(&inner[0]) == Shape::Known(Kind::Certificate)
}

/// A certificate that is cut off within what is signed.
fn begins_like_certificate(part: &Element) -> bool {
    let tags: Vec<u8> = ber::first_or_cut(part.content, 3).iter().map(|part| part.tag).collect();
    tags == [ber::context(0), INTEGER, SEQUENCE]
}

fn is_encrypted_store(part: &Element) -> bool {
    matches!(ber::first_or_cut(part.content, 3).as_slice(), [algorithm, bytes] if algorithm.tag == SEQUENCE && names_algorithm(algorithm) && bytes.tag == OCTET_STRING)
}

/// PKCS#7, where the type is one of its own or of Netscape.
fn content_info(kind: &Element) -> Shape {
    const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
    const NETSCAPE: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x02, 0x05];
    if kind.content.starts_with(PKCS7) || kind.content == NETSCAPE { Shape::Known(Kind::Pkcs7) } else { Shape::Unknown }
}

/// Certificate, request or revocation list, by what is signed.
fn signed(part: &Element) -> Shape {
    const TIMES: [u8; 2] = [0x17, 0x18];
    const IA5_STRING: u8 = 0x16;
    let inner = ber::first_or_cut(part.content, 4);
    let tags: Vec<u8> = inner.iter().map(|part| part.tag).collect();
    let is_key = |part: &Element| matches!(ber::first_or_cut(part.content, 3).as_slice(), [algorithm, bits] if algorithm.tag == SEQUENCE && bits.tag == BIT_STRING);
    match tags.as_slice() {
        [SEQUENCE, IA5_STRING] => Shape::Spkac,
        [SEQUENCE, SEQUENCE, time, ..] | [INTEGER, SEQUENCE, SEQUENCE, time] if TIMES.contains(time) => {
            Shape::Known(Kind::RevocationList)
        }
        [INTEGER, SEQUENCE, SEQUENCE, ..] if is_key(&inner[2]) => Shape::Known(Kind::Request),
        _ => Shape::Known(Kind::Certificate),
    }
}
