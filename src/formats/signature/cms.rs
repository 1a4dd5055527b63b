//! Detached signatures of Cryptographic Message Syntax (RFC 5652), written in DER and read in BER or PEM: `SignedData`
//! with one signer, named by the certificate that comes with it, over signed attributes. ECDSA by RFC 5753, RSA PKCS#1
//! v1.5 by RFC 3370, Ed25519 by RFC 8419.
//!
//! Whether a certificate is to be trusted is not asked: the inventory knows its keys by themselves.

use der::Decode as _;
use der::asn1::{GeneralizedTime, UtcTime};

use super::{Message, Over, Read, SignatureError, hash_of, is_ecdsa};
use crate::crypto::SignatureHash;
use crate::formats::ber::{self, Bytes, Element, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, identifier, oid};
use crate::formats::{certificate, pbe, pem, x509};
use crate::model::{Algorithm, Time};

const FORM: &str = "CMS signature";

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// The same with its tag and length, as it stands near the beginning.
const SIGNED_DATA_DER: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// RFC 5652 section 11.
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]`, implicit, around octets.
const KEY_IDENTIFIER: u8 = 0x80;
/// 2050-01-01: from here on RFC 5652 section 11.3 writes the year in four digits.
const YEAR_2050: i64 = 2_524_608_000;
/// How far into a file its type can stand.
const HEAD: usize = 32;

/// The labels of PEM that hold one (RFC 7468 sections 8 and 9, and older programs).
const LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];

const fn malformed(what: &'static str) -> SignatureError {
    SignatureError::Malformed { form: FORM, what }
}

fn unsupported(what: impl Into<String>) -> SignatureError {
    SignatureError::Unsupported { form: FORM, what: what.into() }
}

/// RFC 5754 section 2.
const fn hash_name(hash: SignatureHash) -> &'static str {
    match hash {
        SignatureHash::Sha256 => "2.16.840.1.101.3.4.2.1",
        SignatureHash::Sha384 => "2.16.840.1.101.3.4.2.2",
        SignatureHash::Sha512 => "2.16.840.1.101.3.4.2.3",
    }
}

/// The hash of the message and the identifier of the signature, as a key of an algorithm signs.
fn scheme(algorithm: Algorithm) -> Result<(SignatureHash, Bytes), SignatureError> {
    let no_form = SignatureError::NoForm { algorithm: algorithm.name(), form: FORM };
    if algorithm == Algorithm::Ed25519 {
        // RFC 8419 section 3: with signed attributes the hash is SHA-512.
        return Ok((SignatureHash::Sha512, identifier("1.3.101.112", &[])));
    }
    let hash = hash_of(algorithm).ok_or(no_form)?;
    let name = match hash {
        _ if algorithm.is_rsa() => return Ok((hash, identifier("1.2.840.113549.1.1.11", &[5, 0]))),
        SignatureHash::Sha256 => "1.2.840.10045.4.3.2",
        SignatureHash::Sha384 => "1.2.840.10045.4.3.3",
        SignatureHash::Sha512 => "1.2.840.10045.4.3.4",
    };
    Ok((hash, identifier(name, &[])))
}

/// A set in the order that DER asks for (X.690 section 11.6).
pub(in crate::formats) fn set(tag: u8, members: &[Bytes]) -> Bytes {
    let mut members: Vec<&[u8]> = members.iter().map(|member| &member[..]).collect();
    members.sort_unstable();
    members.dedup();
    ber::wrap(tag, &members)
}

/// A signature that is about to be made.
pub struct Draft {
    attributes: Bytes,
    hash: SignatureHash,
    identifier: Bytes,
}

/// The attributes that the key signs: what kind of content, when, and its digest.
pub fn draft<M: Message + ?Sized>(algorithm: Algorithm, message: &M, now: Time) -> Result<Draft, SignatureError> {
    let (hash, identifier) = scheme(algorithm)?;
    let digest = message.digest(hash)?;
    let attribute = |name: &str, value: &[u8]| ber::wrap(SEQUENCE, &[&oid(name), &ber::wrap(SET, &[value])]);
    let attributes = [
        attribute(CONTENT_TYPE, &oid(DATA)),
        attribute(SIGNING_TIME, &time(now)),
        attribute(MESSAGE_DIGEST, &ber::wrap(OCTET_STRING, &[&digest])),
    ];
    Ok(Draft { attributes: set(SET, &attributes), hash, identifier })
}

fn time(now: Time) -> Bytes {
    let (tag, form) = if now.as_second() < YEAR_2050 { (UTC_TIME, "%y%m%d%H%M%SZ") } else { (GENERALIZED_TIME, "%Y%m%d%H%M%SZ") };
    ber::wrap(tag, &[now.timestamp().strftime(form).to_string().as_bytes()])
}

impl Draft {
    /// The bytes to be signed: the attributes as a set (RFC 5652 section 5.4).
    pub fn signed_data(&self) -> &[u8] {
        &self.attributes
    }

    /// The signature file, in DER. The first certificate is the signer's.
    pub fn finish(&self, certificates: &[&[u8]], signature: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let own = certificates.first().ok_or(SignatureError::NoCertificate)?;
        let signer = issuer_and_serial(own).ok_or(malformed("the certificate of the key"))?;
        let digest = identifier(hash_name(self.hash), &[]);
        let attributes = ber::wrap(ber::context(0), &[ber::inside(&self.attributes)]);
        let info = ber::wrap(
            SEQUENCE,
            &[&[INTEGER, 1, 1], &signer, &digest, &attributes, &self.identifier, &ber::wrap(OCTET_STRING, &[signature])],
        );
        let chain: Vec<Bytes> = certificates.iter().map(|certificate| Bytes::new(certificate.to_vec())).collect();
        let parts: [&[u8]; 5] = [
            &[INTEGER, 1, 1],
            &ber::wrap(SET, &[&digest]),
            &identifier(DATA, &[]),
            &set(ber::context(0), &chain),
            &ber::wrap(SET, &[&info]),
        ];
        let content = ber::wrap(ber::context(0), &[&ber::wrap(SEQUENCE, &parts)]);
        Ok(identifier(SIGNED_DATA, &content).to_vec())
    }
}

/// How a certificate is named (RFC 5652 section 10.2.4).
pub(in crate::formats) fn issuer_and_serial(certificate: &[u8]) -> Option<Bytes> {
    let mut facts = ber::first(ber::only(certificate, SEQUENCE)?, 1).first()?.content;
    ber::take(&mut facts, ber::context(0));
    let fields = ber::first(facts, 3);
    let [serial, _, issuer] = fields.as_slice() else { return None };
    Some(ber::wrap(SEQUENCE, &[issuer.whole, serial.whole]))
}

/// Whether a signature names this certificate as its signer's.
pub fn is_named(signer: &[u8], certificate: &[u8]) -> bool {
    match ber::only(signer, KEY_IDENTIFIER) {
        Some(id) => certificate::key_identifier(certificate).is_some_and(|own| own == id),
        None => issuer_and_serial(certificate).is_some_and(|own| own[..] == *signer),
    }
}

/// Whether bytes look like one.
pub fn is(bytes: &[u8]) -> bool {
    let begins = |label: &&str| bytes.trim_ascii_start().starts_with(format!("-----BEGIN {label}-----").as_bytes());
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let typed = head.windows(SIGNED_DATA_DER.len()).any(|window| window == SIGNED_DATA_DER);
    LABELS.iter().any(begins) || (head.first() == Some(&SEQUENCE) && typed)
}

/// Reads a signature over a message that lies beside it, or inside if it is the very message.
pub fn read<M: Message + ?Sized>(bytes: &[u8], message: &M) -> Result<Read, SignatureError> {
    let unarmoured = unarmoured(bytes)?;
    let bytes = unarmoured.as_deref().unwrap_or(bytes);
    let (der, used) = ber::to_der(bytes).map_err(|_| malformed("it is cut off or damaged"))?;
    if used != bytes.len() {
        return Err(malformed("something follows its end"));
    }
    let parts = Parts::of(&der).ok_or(malformed("it is no signed data"))?;
    if let Some(content) = parts.content
        && message.digest(SignatureHash::Sha256)? != SignatureHash::Sha256.digest(content)
    {
        return Err(SignatureError::OtherMessage);
    }
    let signers = ber::all(parts.signers).ok_or(malformed("its signers"))?;
    match signers.as_slice() {
        [] => Err(malformed("nobody signed it")),
        [one] => read_signer(one, &parts, message),
        several => Err(unsupported(format!("{} signers", several.len()))),
    }
}

fn unarmoured(bytes: &[u8]) -> Result<Option<Vec<u8>>, SignatureError> {
    if !bytes.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Ok(None);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is no text"))?;
    let block = pem::blocks(text).into_iter().find(|(label, _)| LABELS.contains(label));
    let (_, body) = block.ok_or(malformed("its armour has no end"))?;
    body.map(Some).ok_or(malformed("its armour holds no base64"))
}

/// The parts of `SignedData`.
struct Parts<'a> {
    /// An object identifier.
    kind: &'a [u8],
    content: Option<&'a [u8]>,
    certificates: Vec<&'a [u8]>,
    signers: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let (kind, wrapped) = pbe::identifier(ber::only(der, SEQUENCE)?).ok()?;
        if kind.to_string() != SIGNED_DATA {
            return None;
        }
        let mut rest = ber::only(ber::only(wrapped, ber::context(0))?, SEQUENCE)?;
        ber::take(&mut rest, INTEGER)?;
        ber::take(&mut rest, SET)?;
        let mut inner = ber::take(&mut rest, SEQUENCE)?.content;
        let kind = ber::take(&mut inner, OID)?.content;
        let content = match ber::take(&mut inner, ber::context(0)) {
            Some(content) => Some(ber::only(content.content, OCTET_STRING)?),
            None => None,
        };
        let certificates = ber::take(&mut rest, ber::context(0)).map_or(&[][..], |set| set.content);
        let certificates =
            ber::all(certificates)?.iter().filter(|entry| entry.tag == SEQUENCE).map(|entry| entry.whole).collect();
        ber::take(&mut rest, ber::context(1));
        let signers = ber::take(&mut rest, SET)?.content;
        Some(Self { kind, content, certificates, signers })
    }
}

fn read_signer<M: Message + ?Sized>(signer: &Element, parts: &Parts, message: &M) -> Result<Read, SignatureError> {
    let fault = || malformed("its signer");
    let mut rest = signer.content;
    ber::take(&mut rest, INTEGER).ok_or_else(fault)?;
    let named = ber::next(&mut rest).ok_or_else(fault)?;
    let digest = ber::take(&mut rest, SEQUENCE).ok_or_else(fault)?;
    let attributes = ber::take(&mut rest, ber::context(0));
    let algorithm = ber::take(&mut rest, SEQUENCE).ok_or_else(fault)?;
    let signature = ber::take(&mut rest, OCTET_STRING).ok_or_else(fault)?.content.to_vec();
    let hash = hash(&identified(digest.content)?)?;
    let scheme = Scheme::of(&identified(algorithm.content)?, hash)?;
    let certificate = parts.certificates.iter().copied().find(|certificate| is_named(named.whole, certificate));
    let (over, said_at) = match attributes {
        Some(attributes) => {
            let said_at = Attributes::of(attributes.content).ok_or(malformed("its attributes"))?.check(parts, hash, message)?;
            (Over::Bytes(ber::wrap(SET, &[attributes.content]).to_vec(), scheme.hash), said_at)
        }
        None => (scheme.over_content(message)?, None),
    };
    Ok(Read {
        public_key: certificate.and_then(x509::key_of_certificate).map(Into::into),
        signer: certificate.and_then(|der| certificate::read(der).ok()).map(|parsed| parsed.facts.subject),
        certificate: Some(named.whole.to_vec()),
        said_at,
        namespace: None,
        over,
        signature,
        fits: scheme.fits,
    })
}

fn identified(algorithm: &[u8]) -> Result<String, SignatureError> {
    pbe::identifier(algorithm).map(|(name, _)| name.to_string()).map_err(|_| malformed("an algorithm of it"))
}

fn hash(name: &str) -> Result<SignatureHash, SignatureError> {
    let known = SignatureHash::ALL.into_iter().find(|hash| hash_name(*hash) == name);
    known.ok_or_else(|| match name {
        "1.3.14.3.2.26" => unsupported("the hash SHA-1, which no longer protects anything"),
        other => unsupported(format!("the hash {other}")),
    })
}

/// How it was signed.
struct Scheme {
    fits: fn(Algorithm) -> bool,
    /// `None` where the algorithm has its own.
    hash: Option<SignatureHash>,
}

impl Scheme {
    fn of(name: &str, digest: SignatureHash) -> Result<Self, SignatureError> {
        use SignatureHash::{Sha256, Sha384, Sha512};
        let rsa = |hash| Ok(Self { fits: Algorithm::is_rsa, hash: Some(hash) });
        let ecdsa = |hash| Ok(Self { fits: is_ecdsa, hash: Some(hash) });
        match name {
            "1.2.840.113549.1.1.1" => rsa(digest),
            "1.2.840.113549.1.1.11" => rsa(Sha256),
            "1.2.840.113549.1.1.12" => rsa(Sha384),
            "1.2.840.113549.1.1.13" => rsa(Sha512),
            "1.2.840.10045.2.1" => ecdsa(digest),
            "1.2.840.10045.4.3.2" => ecdsa(Sha256),
            "1.2.840.10045.4.3.3" => ecdsa(Sha384),
            "1.2.840.10045.4.3.4" => ecdsa(Sha512),
            "1.3.101.112" => Ok(Self { fits: |algorithm| algorithm == Algorithm::Ed25519, hash: None }),
            "1.2.840.113549.1.1.10" => Err(unsupported("RSA-PSS")),
            other => Err(unsupported(format!("the algorithm {other}"))),
        }
    }

    /// Without attributes the content itself is signed. Content that could be the attributes of another signature is
    /// refused, because that signature would fit it as well: both are signed in the same way (RFC 5652 section 5.4).
    fn over_content<M: Message + ?Sized>(&self, message: &M) -> Result<Over, SignatureError> {
        let whole = message.whole()?;
        if ber::only(&whole, SET).and_then(Attributes::of).is_some_and(|found| found.digest.is_some()) {
            return Err(malformed("what it is over has the form of another signature's attributes"));
        }
        Ok(Over::Bytes(whole, self.hash))
    }
}

/// What was signed beside the digest.
#[derive(Default)]
struct Attributes<'a> {
    kind: Option<&'a [u8]>,
    digest: Option<&'a [u8]>,
    time: Option<Element<'a>>,
}

impl<'a> Attributes<'a> {
    fn of(content: &'a [u8]) -> Option<Self> {
        let mut found = Self::default();
        for attribute in ber::all(content)? {
            let (name, values) = pbe::identifier(attribute.content).ok().filter(|_| attribute.tag == SEQUENCE)?;
            let values = ber::all(ber::only(values, SET)?)?;
            let one = |tag: u8| match values.as_slice() {
                [value] if value.tag == tag => Some(value.content),
                _ => None,
            };
            let twice = match name.to_string().as_str() {
                CONTENT_TYPE => found.kind.replace(one(OID)?).is_some(),
                MESSAGE_DIGEST => found.digest.replace(one(OCTET_STRING)?).is_some(),
                SIGNING_TIME => found.time.replace(*values.first()?).is_some(),
                _ => false,
            };
            if twice {
                return None;
            }
        }
        Some(found)
    }

    /// They are about this message (RFC 5652 section 5.6); comes back with the time that they say.
    fn check<M: Message + ?Sized>(&self, parts: &Parts, hash: SignatureHash, message: &M) -> Result<Option<i64>, SignatureError> {
        if self.kind != Some(parts.kind) {
            return Err(malformed("its attributes are about another kind of content"));
        }
        let digest = self.digest.ok_or(malformed("its attributes name no digest"))?;
        if message.digest(hash)? != digest {
            return Err(SignatureError::OtherMessage);
        }
        Ok(self.time.and_then(|element| instant(&element)))
    }
}

fn instant(element: &Element) -> Option<i64> {
    let since_1970 = match element.tag {
        UTC_TIME => UtcTime::from_der(element.whole).ok()?.to_unix_duration(),
        GENERALIZED_TIME => GeneralizedTime::from_der(element.whole).ok()?.to_unix_duration(),
        _ => return None,
    };
    since_1970.as_secs().try_into().ok()
}
