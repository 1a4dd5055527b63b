//! PKCS#12 keystores (RFC 7292, RFC 9579): every key, certificate, revocation list and secret in them.
//!
//! The bags are walked here; key derivation is that of the crate `pkcs12`. Its types and those of `cms` decode a keystore as
//! a whole or not at all, and only DER: here each entry is read or refused with its own reason, and keystores in BER,
//! as older programs write them, have been brought to DER before.

use der::asn1::ObjectIdentifier;

use super::ber::{self, Bytes, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
use super::found::{Content, Found, Kind, Place, Reason, SymmetricKind};
use super::opening::Opening;
use super::pbe::{Encoding, Scheme};
use super::pkcs12_mac::{self, Integrity};
use super::{limits, pkcs8, x509};
use crate::secret::SecretBytes;

const BAGS: &str = "1.2.840.113549.1.12.10.1.";
const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";

/// A passphrase that is tried, with how it becomes bytes.
pub(super) type Candidate<'a> = (&'a str, Encoding);

/// Every entry of a keystore, or what keeps the whole of it from being read.
pub(super) fn read(der: &[u8], place: &Place, opening: &Opening) -> Vec<Found> {
    let mut keystore =
        Keystore { candidates: candidates(opening), opening, verified: false, entries: Vec::new(), ids: Vec::new() };
    if let Err(reason) = keystore.read(der) {
        return vec![Found { place: place.clone(), kind: Kind::Pkcs12, name: None, content: Err(reason) }];
    }
    keystore.pair();
    if keystore.entries.is_empty() {
        let reason = Reason::Unsupported("A keystore without entries".to_owned());
        return vec![Found { place: place.clone(), kind: Kind::Pkcs12, name: None, content: Err(reason) }];
    }
    keystore.entries
}

/// Those given, in both forms where they differ, and behind them no passphrase and the empty one, which programs write
/// where none was asked for.
fn candidates<'a>(opening: &Opening<'a>) -> Vec<Candidate<'a>> {
    let given = opening.passphrases.iter().map(|passphrase| passphrase.expose());
    let mut candidates: Vec<Candidate> = given.clone().map(|passphrase| (passphrase, Encoding::Standard)).collect();
    let other_letters = given.filter(|passphrase| !passphrase.is_ascii());
    candidates.extend(other_letters.map(|passphrase| (passphrase, Encoding::BytesAsLetters)));
    if !candidates.iter().any(|(passphrase, _)| passphrase.is_empty()) {
        candidates.push(("", Encoding::Standard));
    }
    candidates.push(("", Encoding::None));
    candidates
}

struct Keystore<'a> {
    /// The one that fits the integrity check stands first.
    candidates: Vec<Candidate<'a>>,
    opening: &'a Opening<'a>,
    verified: bool,
    entries: Vec<Found>,
    /// What joins a key with its certificate, for each entry.
    ids: Vec<Option<Vec<u8>>>,
}

fn malformed(what: &str) -> Reason {
    Reason::Malformed(what.to_owned())
}

/// An object identifier and the content of what stands in `[0]` behind it.
fn tagged(content: &[u8]) -> Result<(ObjectIdentifier, &[u8]), Reason> {
    let mut rest = content;
    let kind = ber::take(&mut rest, OID).and_then(|kind| ObjectIdentifier::from_bytes(kind.content).ok());
    let value = ber::take(&mut rest, ber::context(0));
    kind.zip(value.map(|value| value.content)).ok_or_else(|| malformed("a part of the keystore"))
}

impl Keystore<'_> {
    fn read(&mut self, der: &[u8]) -> Result<(), Reason> {
        let mut rest = ber::only(der, SEQUENCE).ok_or_else(|| malformed("the form of PKCS#12"))?;
        ber::take(&mut rest, INTEGER).ok_or_else(|| malformed("its version"))?;
        let safe = ber::take(&mut rest, SEQUENCE).ok_or_else(|| malformed("its contents"))?;
        let (kind, safe) = tagged(safe.content)?;
        if kind.to_string() != DATA {
            return Err(Reason::Unsupported("A keystore whose integrity rests on a signature".to_owned()));
        }
        let safe = ber::only(safe, OCTET_STRING).ok_or_else(|| malformed("its contents"))?;
        let integrity = match ber::take(&mut rest, SEQUENCE) {
            Some(mac) => pkcs12_mac::verify(mac.content, safe, &self.candidates, self.opening)?,
            None => Integrity::Absent,
        };
        let (parts, _) = ber::to_der(safe)?;
        let parts = ber::only(&parts, SEQUENCE).and_then(ber::all).ok_or_else(|| malformed("its list of parts"))?;
        match integrity {
            Integrity::Absent => {}
            Integrity::Verified(index) => {
                self.verified = true;
                let fitting = self.candidates.remove(index);
                self.candidates.insert(0, fitting);
            }
            Integrity::Failed => return Err(self.why_integrity_failed(&parts)),
        }
        for part in parts {
            self.part(part.content)?;
        }
        Ok(())
    }

    /// A wrong passphrase, unless one of them opens something all the same.
    fn why_integrity_failed(&self, parts: &[ber::Element]) -> Reason {
        let opens = |part: &ber::Element| {
            let (kind, content) = tagged(part.content).ok()?;
            if kind.to_string() == ENCRYPTED_DATA {
                return self.decrypt(content).ok().map(drop);
            }
            let (bags, _) = ber::to_der(ber::only(content, OCTET_STRING)?).ok()?;
            let bags = ber::only(&bags, SEQUENCE).and_then(ber::all)?;
            let shrouded = |bag: &ber::Element| {
                let (kind, value) = tagged(bag.content).ok()?;
                (kind.to_string().strip_prefix(BAGS) == Some("2")).then(|| self.shrouded(value).ok())?.map(drop)
            };
            bags.iter().find_map(shrouded)
        };
        if self.opening.passphrases.is_empty() {
            Reason::PassphraseNeeded
        } else if parts.iter().find_map(opens).is_some() {
            malformed(
                "a passphrase opens it, but its integrity check fails; it was changed, or the check has a passphrase of its own",
            )
        } else {
            Reason::WrongPassphrase
        }
    }

    /// One `ContentInfo`. A part that cannot be opened is one entry that says so.
    fn part(&mut self, content: &[u8]) -> Result<(), Reason> {
        let (kind, content) = tagged(content)?;
        let opened = match kind.to_string().as_str() {
            DATA => ber::only(content, OCTET_STRING).ok_or_else(|| malformed("one of its parts")).and_then(bags),
            ENCRYPTED_DATA => self.decrypt(content),
            _ => Err(Reason::Unsupported("A part that is encrypted to a certificate".to_owned())),
        };
        match opened {
            Ok(bags) => self.bags(&bags, kind.to_string() == ENCRYPTED_DATA),
            Err(reason) => {
                self.push(None, None, Err(reason));
                Ok(())
            }
        }
    }

    fn decrypt(&self, content: &[u8]) -> Result<Bytes, Reason> {
        let form = || malformed("an encrypted part of it");
        let mut rest = ber::only(content, SEQUENCE).ok_or_else(form)?;
        ber::take(&mut rest, INTEGER).ok_or_else(form)?;
        let mut inner = ber::take(&mut rest, SEQUENCE).ok_or_else(form)?.content;
        ber::take(&mut inner, OID).ok_or_else(form)?;
        let scheme = Scheme::parse(ber::take(&mut inner, SEQUENCE).ok_or_else(form)?.content)?;
        let encrypted = ber::next(&mut inner).and_then(|element| ber::implicit_octets(&element)).ok_or_else(form)?;
        scheme.check(&encrypted)?;
        self.try_all(&scheme, &encrypted, |plain| Ok(bags(plain).ok()))
    }

    /// Tries the candidates, each once, on one encrypted thing.
    fn try_all<T>(
        &self,
        scheme: &Scheme,
        encrypted: &[u8],
        mut sound: impl FnMut(&[u8]) -> Result<Option<T>, Reason>,
    ) -> Result<T, Reason> {
        let mut attempt = |passphrase: &str, encoding| match scheme.open(encrypted, passphrase, encoding, self.opening)? {
            Some(plain) => sound(&plain),
            None => Ok(None),
        };
        for (passphrase, encoding) in &self.candidates {
            if !scheme.is_of_pkcs12() && *encoding != Encoding::Standard {
                continue;
            }
            if let Some(opened) = attempt(passphrase, *encoding)? {
                return Ok(opened);
            }
        }
        if let (true, false, Some((passphrase, _))) = (self.verified, scheme.is_of_pkcs12(), self.candidates.first())
            && let Some(opened) = attempt(passphrase, Encoding::Utf16)?
        {
            return Ok(opened);
        }
        Err(match (self.opening.passphrases.is_empty(), self.verified) {
            (true, _) => Reason::PassphraseNeeded,
            (false, true) => Reason::WrongPassphrase,
            (false, false) => Reason::WrongPassphraseOrDamaged,
        })
    }

    /// `SafeContents` in DER.
    fn bags(&mut self, der: &[u8], encrypted: bool) -> Result<(), Reason> {
        let bags = ber::only(der, SEQUENCE).and_then(ber::all).ok_or_else(|| malformed("its list of entries"))?;
        for bag in bags {
            if self.entries.len() >= limits::OBJECTS {
                let asked = self.entries.len() as u64 + 1;
                return Err(Reason::OverLimit { what: "objects", asked, limit: limits::OBJECTS as u64 });
            }
            self.bag(bag.content, encrypted);
        }
        Ok(())
    }

    fn bag(&mut self, content: &[u8], encrypted: bool) {
        let (kind, value) = match tagged(content) {
            Ok(parts) => parts,
            Err(reason) => return self.push(None, None, Err(reason)),
        };
        let (name, id) = attributes(content);
        let kind = kind.to_string();
        let read = match kind.strip_prefix(BAGS) {
            Some("1") => pkcs8::private(value, encrypted),
            Some("2") => self.shrouded(value),
            Some("3") => wrapped(value, "1.2.840.113549.1.9.22.1").and_then(x509::certificate),
            Some("4") => wrapped(value, "1.2.840.113549.1.9.23.1").and_then(x509::revocation_list),
            Some("5") => self.secret(value, encrypted),
            Some("6") => match self.bags(value, encrypted) {
                Ok(()) => return,
                Err(reason) => Err(reason),
            },
            _ => Err(Reason::Unsupported(format!("An entry of the type {kind}"))),
        };
        self.push(name, id, read);
    }

    fn shrouded(&self, value: &[u8]) -> Result<Content, Reason> {
        let key = pkcs8::encrypted(value)?;
        self.try_all(&key.scheme, key.bytes, |plain| pkcs8::sound(pkcs8::private(plain, true)))
    }

    /// A secret: as Java writes it in the form of a private key, under a passphrase of its own or not, or as it is.
    fn secret(&self, value: &[u8], encrypted: bool) -> Result<Content, Reason> {
        let (kind, value) = tagged(ber::only(value, SEQUENCE).ok_or_else(|| malformed("a secret"))?)?;
        let no_bytes = || Reason::Unsupported(format!("A secret of the type {kind}"));
        let bytes = ber::only(value, OCTET_STRING).ok_or_else(no_bytes)?;
        let symmetric = |plain: &[u8], encrypted| {
            let (algorithm, key) = pkcs8::bare(plain)?;
            let secret = SecretBytes::new(key.to_vec());
            Some(Content::Symmetric { secret, cipher: symmetric_kind(algorithm), encrypted })
        };
        match kind.to_string().strip_prefix(BAGS) {
            Some("1") => symmetric(bytes, encrypted).ok_or_else(|| malformed("a secret")),
            Some("2") => {
                let key = pkcs8::encrypted(bytes)?;
                self.try_all(&key.scheme, key.bytes, |plain| Ok(symmetric(plain, true)))
            }
            _ => Ok(Content::Symmetric { secret: SecretBytes::new(bytes.to_vec()), cipher: SymmetricKind::Other, encrypted }),
        }
    }

    fn push(&mut self, name: Option<String>, id: Option<Vec<u8>>, content: Result<Content, Reason>) {
        let place = Place::Entry(name.clone().unwrap_or_else(|| (self.entries.len() + 1).to_string()));
        self.entries.push(Found { place, kind: Kind::Pkcs12, name, content });
        self.ids.push(id);
    }

    /// Gives each key the public half of the certificate that bears its id.
    fn pair(&mut self) {
        let key_of = |entry: &Found| match &entry.content {
            Ok(Content::Certificate(der)) => x509::key_of_certificate(der).map(Box::<[u8]>::from),
            _ => None,
        };
        let mut known = std::collections::HashMap::new();
        for (entry, id) in self.entries.iter().zip(&self.ids) {
            if let (Some(id), Some(key)) = (id, key_of(entry)) {
                known.entry(id.clone()).or_insert(key);
            }
        }
        for (entry, id) in self.entries.iter_mut().zip(&self.ids) {
            if let (Ok(Content::Private { public_key: public_key @ None, .. }), Some(id)) = (&mut entry.content, id) {
                *public_key = known.get(id).cloned();
            }
        }
    }
}

/// `SafeContents` brought to DER, where they are that.
fn bags(plain: &[u8]) -> Result<Bytes, Reason> {
    let (der, used) = ber::to_der(plain)?;
    let sound = used == plain.len() && ber::only(&der, SEQUENCE).and_then(ber::all).is_some();
    if sound { Ok(der) } else { Err(malformed("its list of entries")) }
}

/// A certificate or revocation list in its bag.
fn wrapped<'a>(value: &'a [u8], x509: &str) -> Result<&'a [u8], Reason> {
    let (kind, value) = tagged(ber::only(value, SEQUENCE).ok_or_else(|| malformed("an entry"))?)?;
    if kind.to_string() != x509 {
        return Err(Reason::Unsupported(format!("An entry of the type {kind}")));
    }
    ber::only(value, OCTET_STRING).ok_or_else(|| malformed("an entry"))
}

/// The friendly name and the local key id of a bag.
fn attributes(bag: &[u8]) -> (Option<String>, Option<Vec<u8>>) {
    let (mut name, mut id) = (None, None);
    let set = ber::first(bag, 3).into_iter().nth(2).filter(|element| element.tag == SET);
    for attribute in set.map(|set| ber::first(set.content, 64)).unwrap_or_default() {
        let parts = ber::first(attribute.content, 2);
        let [kind, values] = parts.as_slice() else { continue };
        let Some(value) = ber::first(values.content, 1).pop() else { continue };
        match ObjectIdentifier::from_bytes(kind.content).map(|kind| kind.to_string()).as_deref() {
            Ok("1.2.840.113549.1.9.20") => name = text(&value),
            Ok("1.2.840.113549.1.9.21") => id = Some(value.content.to_vec()),
            _ => {}
        }
    }
    (name.filter(|name| !name.is_empty()), id)
}

fn text(value: &ber::Element) -> Option<String> {
    const BMP_STRING: u8 = 0x1e;
    if value.tag != BMP_STRING {
        return std::str::from_utf8(value.content).ok().map(str::to_owned);
    }
    let letters = value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(letters).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.trim_end_matches('\0').to_owned())
}

/// AES under NIST's arc, HMAC under RSA's.
fn symmetric_kind(algorithm: ObjectIdentifier) -> SymmetricKind {
    let algorithm = algorithm.to_string();
    if algorithm.starts_with("2.16.840.1.101.3.4.1") {
        SymmetricKind::Aes
    } else if algorithm.starts_with("1.2.840.113549.2.") {
        SymmetricKind::Hmac
    } else {
        SymmetricKind::Other
    }
}
