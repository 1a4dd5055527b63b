//! The public key of a recipient, as it comes by post: a line of age or OpenSSH, an X.509 certificate, the wrapping key of
//! a cloud service. Whatever a key could not be used for later is refused here, in plain words; sealing is elsewhere.

use base64ct::{Base64, Encoding as _};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};

use super::found::{Content, Found, Kind, Reason};
use super::{certificate, compose, openssh, recognise, spki};
use crate::crypto::{self, PointFault};
use crate::model::{Algorithm, RecipientKey, RecipientKeyKind, Time};

/// No key of a recipient is longer, in bytes; files of certificates are not either.
const LONGEST: usize = 1024 * 1024;

/// The shortest RSA modulus to which anything is sealed (SP 800-131A rev. 2 section 6).
const LEAST_BITS: usize = 2_048;

/// The longest RSA modulus of SSH to which the `age` crate seals.
const MOST_SSH_BITS: usize = 4_096;

/// Why something is no key to which can be sealed. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// Nothing is there.
    #[error("Nothing is there to be read. Give a line of age or SSH, a certificate, or the wrapping key of a cloud service.")]
    Empty,
    /// A private key or a keystore.
    #[error(
        "This is a PRIVATE key, or a file that holds one. Nothing of it was kept. Sealing to somebody takes their public key alone, so ask for that. If this one reached you from somebody else, others may have seen it too: it should be replaced."
    )]
    PrivateKey,
    /// More than one key.
    #[error("It holds {0} keys, which may belong to different people. Give one at a time.")]
    Several(usize),
    /// A certificate whose time is over.
    #[error("This certificate expired on {}. Ask for the one that took its place.", day(.0))]
    Expired(Time),
    /// An age recipient of the post-quantum kind.
    #[error(
        "This is a post-quantum recipient of age (age1pq1…). The library with which Keystead seals cannot do those yet, and no other way is safe. Ask for a recipient of the usual kind (age1…, of 62 letters)."
    )]
    PostQuantum,
    /// An age recipient that only a plugin can seal to.
    #[error("This is a recipient of the age plugin “{}”, to which Keystead cannot seal. Ask for one without a plugin (age1…, of 62 letters).", crate::model::name::shown(.0))]
    Plugin(String),
    /// A point that is not on its curve.
    #[error(
        "This {0} is not a real key: its point does not lie on the curve. It was damaged, or made to do harm. Ask for it again."
    )]
    OffCurve(&'static str),
    /// A point that gives every secret away.
    #[error(
        "This {0} is not a real key: its point is of small order, so that anybody could open what is sealed to it. Ask for another."
    )]
    SmallOrder(&'static str),
    /// An RSA key that is too short.
    #[error("This RSA key has {0} bits, and {LEAST_BITS} is the least to which anything is sealed. Ask for a longer one.")]
    TooShort(u64),
    /// An RSA key that is too long for where it is to be used.
    #[error("This RSA key has {has} bits, and {most} is the most to which can be sealed.")]
    TooLong {
        /// Its bits.
        has: u64,
        /// The most.
        most: u64,
    },
    /// A certificate that says its key is not for this.
    #[error("This certificate does not let its key be sealed to: its key usage has no {0}. Ask for one for encryption.")]
    KeyUsage(&'static str),
    /// A key of a kind to which cannot be sealed.
    #[error(
        "{0}. Give a line of age (age1…), ssh-ed25519 or ssh-rsa, a certificate with an RSA or P-256, P-384 or P-521 key, or the RSA wrapping key of a cloud service."
    )]
    Unsupported(String),
    /// It is damaged, or nothing that is known.
    #[error("This is not a readable public key: {0}. Ask for it again, and mind that all of it is copied.")]
    Malformed(String),
}

/// The day of an instant, as texts have it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the message of an error hands it on so")]
fn day(at: &Time) -> String {
    at.to_string().chars().take(10).collect()
}

fn malformed(why: impl Into<String>) -> RecipientError {
    RecipientError::Malformed(why.into())
}

/// Reads the one public key that a text or a file holds, if it can be sealed to at this instant.
pub fn read(bytes: &[u8], now: Time) -> Result<RecipientKey, RecipientError> {
    if bytes.len() > LONGEST {
        return Err(malformed(format!("it has {} bytes, and {LONGEST} is the limit", bytes.len())));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(RecipientError::Empty);
    }
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    if says_private(text) {
        return Err(RecipientError::PrivateKey);
    }
    if let Some(recipients) = age_lines(text) {
        return match recipients[..] {
            [one] => age(one),
            _ => Err(RecipientError::Several(recipients.len())),
        };
    }
    let found = recognise::read(bytes, &[]);
    if found.iter().any(is_private) {
        return Err(RecipientError::PrivateKey);
    }
    match &found[..] {
        [one] => object(one, text, now),
        several => match end_of_chain(several) {
            Some(der) => certificate(der, now),
            None => Err(RecipientError::Several(several.len())),
        },
    }
}

/// Reads a key again that the address book has, as it is kept there.
pub fn again(key: &RecipientKey, now: Time) -> Result<RecipientKey, RecipientError> {
    let der = || Base64::decode_vec(&key.encoded).map_err(|_| malformed("it is no base64"));
    let read = match key.kind {
        RecipientKeyKind::AgeX25519 | RecipientKeyKind::SshEd25519 | RecipientKeyKind::SshRsa => {
            read(key.encoded.as_bytes(), now)?
        }
        RecipientKeyKind::Certificate => certificate(&der()?, now)?,
        RecipientKeyKind::WrappingKey => wrapping(&der()?)?,
    };
    Ok(RecipientKey { service_id: key.service_id.clone(), confirmed: key.confirmed.clone(), ..read })
}

/// Words that only private keys have, also where nothing else of them can be read.
fn says_private(text: &str) -> bool {
    text.contains("PRIVATE KEY")
        || text.contains("PuTTY-User-Key-File")
        || text.lines().any(|line| {
            let line = line.trim_start().to_ascii_uppercase();
            line.starts_with("AGE-SECRET-KEY-") || line.starts_with("AGE-PLUGIN-")
        })
}

fn is_private(found: &Found) -> bool {
    match (found.kind, &found.content) {
        (_, Ok(Content::Private { .. } | Content::Symmetric { .. })) => true,
        (_, Ok(_)) => false,
        (kind, Err(_)) => matches!(
            kind,
            Kind::Pkcs1
                | Kind::Sec1
                | Kind::DsaPrivate
                | Kind::Pkcs8
                | Kind::Pkcs8Encrypted
                | Kind::OldPem
                | Kind::Pkcs12
                | Kind::OpenSsh
                | Kind::Ppk
                | Kind::Jks
                | Kind::Jceks
                | Kind::AgeIdentity
        ),
    }
}

/// The recipients of age in a text that holds nothing else.
fn age_lines(text: &str) -> Option<Vec<&str>> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
    // `age-keygen` says “Public key: age1…”.
    let bare = lines.map(|line| line.strip_prefix("Public key:").map_or(line, str::trim)).filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = bare.collect();
    let is_age = |line: &&str| line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("age1"));
    (!lines.is_empty() && lines.iter().all(is_age)).then_some(lines)
}

/// A recipient of age (C2SP age.md, “The X25519 recipient type”).
fn age(line: &str) -> Result<RecipientKey, RecipientError> {
    // The whole in capitals means the same (BIP 173) and is what QR codes hold.
    let capitals = !line.contains(|letter: char| letter.is_ascii_lowercase());
    let line = if capitals { line.to_ascii_lowercase() } else { line.to_owned() };
    match line.rsplit_once('1').map(|(kind, _)| kind) {
        Some("age") => {}
        Some("age1pq") => return Err(RecipientError::PostQuantum),
        Some(kind) if kind.starts_with("age1") && kind.len() > 4 => return Err(RecipientError::Plugin(kind[4..].to_owned())),
        _ => return Err(malformed("its letters do not fit its check code")),
    }
    let wrong = |_| malformed("its letters do not fit its check code");
    let decoded = CheckedHrpstring::new::<Bech32>(&line).map_err(wrong)?;
    let key: Vec<u8> = decoded.byte_iter().collect();
    if decoded.hrp() != Hrp::parse_unchecked("age") || key.len() != 32 {
        return Err(malformed(format!("it has {} bytes, and a recipient of age has 32", key.len())));
    }
    let spki = compose::edwards_public(compose::X25519, &key).map_err(|reason| refused(&reason))?;
    sound(&spki, "age recipient")?;
    Ok(made(RecipientKeyKind::AgeX25519, line.as_str(), &key))
}

/// One object of a file.
fn object(found: &Found, text: &str, now: Time) -> Result<RecipientKey, RecipientError> {
    let content = found.content.as_ref().map_err(refused)?;
    let unsupported = |what: &str| Err(RecipientError::Unsupported(what.to_owned()));
    match (found.kind, content) {
        (Kind::OpenSshPublic | Kind::Ssh2Public, Content::Public(spki)) => ssh(spki, text),
        (Kind::Spki, Content::Public(spki)) => wrapping(spki),
        (_, Content::Certificate(der)) => certificate(der, now),
        (_, Content::SshCertificate { .. }) => unsupported("This is a certificate of OpenSSH, to which cannot be sealed"),
        (_, Content::Request { .. }) => unsupported("This is a certificate request, and not the certificate that comes of it"),
        (_, Content::RevocationList(_)) => unsupported("This is a revocation list"),
        (Kind::Jwk, _) => unsupported("Recipients' keys are not taken in as JSON Web Keys"),
        _ => unsupported("Nothing can be sealed to a key of this kind"),
    }
}

/// Why an object could not be read, in the words of this place.
fn refused(reason: &Reason) -> RecipientError {
    match reason {
        Reason::UnderLimit { what, has, .. } if what.contains("RSA") => RecipientError::TooShort(*has),
        Reason::OverLimit { what, asked, limit } if what.contains("RSA") => RecipientError::TooLong { has: *asked, most: *limit },
        Reason::Unsupported(what) => RecipientError::Unsupported(format!("{what} is nothing to which can be sealed")),
        Reason::Unrecognised => malformed("nothing in it is a key or a certificate"),
        Reason::Malformed(why) => malformed(why.as_str()),
        other => {
            let text = other.to_string();
            malformed(format!("{}{}", text[..1].to_lowercase(), text[1..].trim_end_matches('.')))
        }
    }
}

/// A public key of SSH. What stands before its type (hosts, options, a mark of revocation) belongs to another use of it.
fn ssh(spki: &[u8], text: &str) -> Result<RecipientKey, RecipientError> {
    let algorithm = crypto::algorithm_of(spki).map_err(|_| malformed("the key behind its type"))?;
    let (kind, what) = match algorithm {
        Algorithm::Ed25519 => (RecipientKeyKind::SshEd25519, "ssh-ed25519 key"),
        _ if algorithm.is_rsa() => (RecipientKeyKind::SshRsa, "ssh-rsa key"),
        _ => return Err(RecipientError::Unsupported(format!("To an SSH key of {} cannot be sealed", algorithm.name()))),
    };
    let (name, blob) = openssh::blob(spki).map_err(|_| malformed("the key behind its type"))?;
    let encoded = Base64::encode_string(&blob);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let packed: String = text.split_whitespace().collect();
    // A key on a security key has the same point, but another type: nothing can be opened with it.
    if !packed.contains(encoded.trim_end_matches('=')) {
        return Err(RecipientError::Unsupported("A key that stays on a security key signs, and opens nothing".into()));
    }
    if !line.starts_with(name) && !line.starts_with("----") {
        return Err(malformed("something stands before the type of the key; give the key alone, as in a .pub file"));
    }
    sound(spki, what)?;
    if algorithm.is_rsa() {
        rsa(spki, MOST_SSH_BITS)?;
    }
    Ok(made(kind, format!("{name} {encoded}"), &blob))
}

/// A certificate whose key can be sealed to.
fn certificate(der: &[u8], now: Time) -> Result<RecipientKey, RecipientError> {
    let parsed = certificate::read(der).map_err(|_| malformed("the form of its certificate"))?;
    if parsed.facts.not_after <= now {
        return Err(RecipientError::Expired(parsed.facts.not_after));
    }
    let key = &parsed.public_key;
    sound(key, "certificate")?;
    let algorithm = crypto::algorithm_of(key);
    let usage = match algorithm.as_ref().ok() {
        Some(algorithm) if algorithm.is_rsa() => {
            rsa(key, usize::MAX)?;
            "key encipherment"
        }
        Some(Algorithm::EcdsaP256 | Algorithm::EcdsaP384 | Algorithm::EcdsaP521) => "key agreement",
        Some(other) => {
            return Err(RecipientError::Unsupported(format!("To a certificate with a key of {} cannot be sealed", other.name())));
        }
        None => return Err(rsa(key, usize::MAX).err().unwrap_or_else(|| malformed("the key of its certificate"))),
    };
    let usages = certificate::usages_of_key(der);
    if !usages.is_empty() && !usages.iter().any(|word| word == usage) {
        return Err(RecipientError::KeyUsage(usage));
    }
    let made = made(RecipientKeyKind::Certificate, Base64::encode_string(der), der);
    Ok(RecipientKey { begins: Some(parsed.facts.not_before), expires: Some(parsed.facts.not_after), ..made })
}

/// Of the certificates of a chain the one that stands at its end, if that is clear.
fn end_of_chain(found: &[Found]) -> Option<&[u8]> {
    let ders = found.iter().map(|one| match &one.content {
        Ok(Content::Certificate(der)) => Some(&**der),
        _ => None,
    });
    let ders = ders.collect::<Option<Vec<&[u8]>>>()?;
    let mut ends = ders.iter().filter(|der| certificate::read(der).is_ok_and(|parsed| !parsed.facts.authority));
    let end = ends.next()?;
    ends.next().is_none().then_some(*end)
}

/// The RSA key that a cloud service gave.
fn wrapping(spki: &[u8]) -> Result<RecipientKey, RecipientError> {
    sound(spki, "public key")?;
    rsa(spki, usize::MAX)?;
    match crypto::algorithm_of(spki) {
        Ok(algorithm) if algorithm.is_rsa() => Ok(made(RecipientKeyKind::WrappingKey, Base64::encode_string(spki), spki)),
        Ok(other) => {
            let what = format!("A public key of {} without a certificate is nothing to which can be sealed", other.name());
            Err(RecipientError::Unsupported(what))
        }
        Err(_) => Err(malformed("the form of the public key")),
    }
}

/// The point of a key lies on its curve and is not one of the few that give the secret away.
fn sound(spki: &[u8], what: &'static str) -> Result<(), RecipientError> {
    match crypto::point_fault(spki) {
        Some(PointFault::OffCurve) => Err(RecipientError::OffCurve(what)),
        Some(PointFault::SmallOrder) => Err(RecipientError::SmallOrder(what)),
        None => Ok(()),
    }
}

/// An RSA modulus has a length to which is sealed; other keys have none.
fn rsa(key: &[u8], most: usize) -> Result<(), RecipientError> {
    use der::Decode as _;
    let Some(numbers) = spki::bits(key).and_then(|bits| spki::RsaPublicKey::from_der(bits).ok()) else { return Ok(()) };
    let digits = numbers.modulus.as_bytes();
    let bits = digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    if bits < LEAST_BITS {
        return Err(RecipientError::TooShort(bits as u64));
    }
    if bits > most {
        return Err(RecipientError::TooLong { has: bits as u64, most: most as u64 });
    }
    Ok(())
}

/// A key without dates, which nobody has confirmed yet.
fn made(kind: RecipientKeyKind, encoded: impl Into<Box<str>>, compared: &[u8]) -> RecipientKey {
    RecipientKey {
        kind,
        encoded: encoded.into(),
        sha256: crypto::sha256(compared),
        begins: None,
        expires: None,
        service_id: "".into(),
        confirmed: None,
    }
}

#[cfg(test)]
mod tests;
