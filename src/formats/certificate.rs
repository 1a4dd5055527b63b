//! X.509 certificates (RFC 5280), PEM or DER: the facts that the inventory keeps.

use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid as _;
use der::{Decode as _, Encode as _};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier};

use super::{pem, validity};
use crate::crypto;
use crate::model::{CertificateFacts, Der, Time, hex};

const LABEL: &str = "CERTIFICATE";

/// A certificate that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What it says.
    pub facts: CertificateFacts,
    /// The key it is for (DER `SubjectPublicKeyInfo`).
    pub public_key: Box<[u8]>,
}

/// The file holds no certificate that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It holds something else.
    #[error("This file holds a {0}, not a certificate. Choose the certificate that came back.")]
    SomethingElse(String),
    /// It is damaged, or nothing that is known.
    #[error("This file holds no certificate that can be read. It takes PEM and DER.")]
    Unreadable,
}

/// Every certificate of a file that can be read: DER, or those of a PEM text in their order.
pub fn read_all(bytes: &[u8]) -> Result<Vec<Parsed>, CertificateError> {
    let blocks = std::str::from_utf8(bytes).map(pem::blocks).unwrap_or_default();
    let read: Vec<Parsed> =
        blocks.iter().filter(|(label, _)| *label == LABEL).filter_map(|(_, der)| parse(der.as_deref()?).ok()).collect();
    if read.is_empty() { read_one(bytes) } else { Ok(read) }
}

fn read_one(bytes: &[u8]) -> Result<Vec<Parsed>, CertificateError> {
    read(bytes).map(|one| vec![one])
}

/// The issuers of a certificate among others, its own issuer first.
pub fn issuers<'a>(leaf: &CertificateFacts, others: &(impl Iterator<Item = &'a CertificateFacts> + Clone)) -> Vec<Der> {
    let (mut chain, mut current) = (Vec::new(), leaf);
    // No chain is longer; one that leads round in a circle ends here.
    while chain.len() < 16 && current.issuer != current.subject {
        let issued = |facts: &&CertificateFacts| facts.authority && facts.subject == current.issuer;
        let Some(issuer) = others.clone().filter(issued).find(|facts| facts.sha256 != current.sha256) else { break };
        chain.push(Der(issuer.der.clone()));
        current = issuer;
    }
    chain
}

/// A certificate in PEM (RFC 7468 section 5).
pub fn pem(der: &[u8]) -> String {
    pem::write(LABEL, der)
}

/// Reads a certificate: DER, or the first one of a PEM text.
pub fn read(bytes: &[u8]) -> Result<Parsed, CertificateError> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let blocks = pem::blocks(text);
        if let Some((_, der)) = blocks.iter().find(|(label, _)| *label == LABEL) {
            return parse(der.as_deref().ok_or(CertificateError::Unreadable)?);
        }
        if let Some((label, _)) = blocks.first() {
            let label: String = label.chars().filter(|letter| !letter.is_control()).take(40).collect();
            return Err(CertificateError::SomethingElse(label.to_lowercase()));
        }
    }
    parse(bytes)
}

/// Certificates are read as they are: serial numbers that RFC 5280 forbids are out there.
pub(super) type Certificate = CertificateInner<Raw>;

/// Whether bytes are a certificate, with what is wrong where they are not.
pub(super) fn check(der: &[u8]) -> der::Result<()> {
    decoded(der).map(drop)
}

/// A certificate and its dates. The crate reads none before 1970 and only in the forms of RFC 5280; where it stops at
/// that, they are read here and the rest is read with others in their place.
fn decoded(der: &[u8]) -> der::Result<(Certificate, [Time; 2])> {
    let time = |time: &x509_cert::time::Time| Time::from_second(time.to_unix_duration().as_secs().try_into().unwrap_or(i64::MAX));
    match (Certificate::from_der(der), validity::of(der)) {
        (Ok(certificate), _) => {
            let validity = certificate.tbs_certificate().validity();
            let dates = [time(&validity.not_before), time(&validity.not_after)];
            Ok((certificate, dates))
        }
        (Err(error), None) => Err(error),
        (Err(error), Some(found)) => match Certificate::from_der(&found.with_others) {
            Ok(certificate) => Ok((certificate, found.dates)),
            Err(_) => Err(error),
        },
    }
}

pub(super) fn parse(der: &[u8]) -> Result<Parsed, CertificateError> {
    let unreadable = |_| CertificateError::Unreadable;
    let (certificate, [not_before, not_after]) = decoded(der).map_err(unreadable)?;
    let facts = certificate.tbs_certificate();
    let public_key = facts.subject_public_key_info().to_der().map_err(unreadable)?;
    Ok(Parsed {
        facts: CertificateFacts {
            subject: facts.subject().to_string(),
            issuer: facts.issuer().to_string(),
            serial: hex::encode(facts.serial_number().as_bytes()),
            names: names(&certificate),
            not_before,
            not_after,
            sha256: crypto::sha256(der),
            der: der.into(),
            usages: usages(&certificate),
            authority: authority(&certificate),
            chain: Vec::new(),
        },
        public_key: public_key.into(),
    })
}

/// What a certificate calls its key (RFC 5280 section 4.2.1.2).
pub(super) fn key_identifier(der: &[u8]) -> Option<Vec<u8>> {
    let certificate = Certificate::from_der(der).ok()?;
    let SubjectKeyIdentifier(id) = extension(&certificate, SubjectKeyIdentifier::OID)?;
    Some(id.as_bytes().to_vec())
}

/// An extension of a kind, once; one that cannot be read counts as absent.
pub(super) fn extension<T: for<'a> der::Decode<'a>>(certificate: &Certificate, oid: ObjectIdentifier) -> Option<T> {
    let extensions = certificate.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    let found = extensions.iter().find(|extension| extension.extn_id == oid)?;
    T::from_der(found.extn_value.as_bytes()).ok()
}

/// RFC 5280 section 4.2.1.9.
fn authority(certificate: &Certificate) -> bool {
    extension::<BasicConstraints>(certificate, BasicConstraints::OID).is_some_and(|found| found.ca)
}

/// RFC 5280 sections 4.2.1.3 and 4.2.1.12, in words.
fn usages(certificate: &Certificate) -> Vec<String> {
    [key_usages(certificate), purposes(certificate)].concat()
}

/// The key usages of a certificate in DER, in words; empty where it has none.
pub(super) fn usages_of_key(der: &[u8]) -> Vec<String> {
    decoded(der).map(|(certificate, _)| key_usages(&certificate)).unwrap_or_default()
}

/// RFC 5280 section 4.2.1.3, in words.
pub(super) fn key_usages(certificate: &Certificate) -> Vec<String> {
    let Some(KeyUsage(bits)) = extension(certificate, KeyUsage::OID) else { return Vec::new() };
    BITS.iter().filter(|(bit, _)| bits.contains(*bit)).map(|(_, word)| (*word).to_owned()).collect()
}

/// RFC 5280 section 4.2.1.12, in words.
pub(super) fn purposes(certificate: &Certificate) -> Vec<String> {
    let Some(ExtendedKeyUsage(purposes)) = extension(certificate, ExtendedKeyUsage::OID) else { return Vec::new() };
    let word = |oid: &ObjectIdentifier| {
        let text = oid.to_string();
        PURPOSES.iter().find(|(known, _)| *known == text).map_or(text, |(_, word)| (*word).to_owned())
    };
    purposes.iter().map(word).collect()
}

const BITS: [(KeyUsages, &str); 9] = [
    (KeyUsages::DigitalSignature, "digital signature"),
    (KeyUsages::NonRepudiation, "non-repudiation"),
    (KeyUsages::KeyEncipherment, "key encipherment"),
    (KeyUsages::DataEncipherment, "data encipherment"),
    (KeyUsages::KeyAgreement, "key agreement"),
    (KeyUsages::KeyCertSign, "certificate signing"),
    (KeyUsages::CRLSign, "revocation list signing"),
    (KeyUsages::EncipherOnly, "encipher only"),
    (KeyUsages::DecipherOnly, "decipher only"),
];

/// RFC 5280 section 4.2.1.12, and the one of Windows for log-in with smart cards.
const PURPOSES: [(&str, &str); 8] = [
    ("1.3.6.1.5.5.7.3.1", "server authentication"),
    ("1.3.6.1.5.5.7.3.2", "client authentication"),
    ("1.3.6.1.5.5.7.3.3", "code signing"),
    ("1.3.6.1.5.5.7.3.4", "e-mail protection"),
    ("1.3.6.1.5.5.7.3.8", "time stamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSP signing"),
    ("1.3.6.1.4.1.311.20.2.2", "smart card log-in"),
    ("2.5.29.37.0", "any purpose"),
];

/// Subject alternative names as text; kinds that no one types are left out.
fn names(certificate: &Certificate) -> Vec<String> {
    let found: Option<SubjectAltName> = extension(certificate, SubjectAltName::OID);
    found.map(|SubjectAltName(names)| names.iter().filter_map(text).collect()).unwrap_or_default()
}

/// A name as text; `None` for kinds that no one types.
pub(super) fn text(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(format!("DNS:{}", name.as_str())),
        GeneralName::Rfc822Name(name) => Some(format!("email:{}", name.as_str())),
        GeneralName::UniformResourceIdentifier(name) => Some(format!("URI:{}", name.as_str())),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let address = <[u8; 4]>::try_from(bytes)
                .map(std::net::IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from));
            address.ok().map(|address| format!("IP:{address}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn made() -> (Vec<u8>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let (key, pem) = (folder.path().join("key"), folder.path().join("crt"));
        let run = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"])
            .args([
                "-subj",
                "/C=DE/O=Example GmbH/CN=shop.example.com",
                "-addext",
                "subjectAltName=DNS:shop.example.com,IP:192.0.2.1",
            ])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&pem)
            .output()
            .unwrap();
        assert!(run.status.success());
        let spki = Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&key).output().unwrap().stdout;
        (std::fs::read(pem).unwrap(), spki)
    }

    #[test]
    fn what_openssl_made_is_read() {
        let (pem, spki) = made();
        let parsed = read(&pem).unwrap();
        assert_eq!(*parsed.public_key, *spki);
        assert_eq!(parsed.facts.subject, "CN=shop.example.com,O=Example GmbH,C=DE");
        assert_eq!(parsed.facts.names, ["DNS:shop.example.com", "IP:192.0.2.1"]);
        assert_eq!(parsed.facts.not_after.seconds_since(parsed.facts.not_before), 90 * 86_400);
        assert_eq!(read(&parsed.facts.der).unwrap(), parsed);
    }

    /// `made` with other dates, as elements.
    fn dated(der: &[u8], dates: [&[u8]; 2]) -> Vec<u8> {
        validity::with_dates(der, dates).unwrap()
    }

    #[test]
    fn dates_before_1970_and_in_the_forms_of_ber_are_read_and_kept() {
        let der = read(&made().0).unwrap().facts.der;
        let cases: [(&[u8], &[u8], &str, &str); 6] = [
            (b"\x18\x0f17690815154641Z", b"\x18\x0f18210505165321Z", "1769-08-15T15:46:41Z", "1821-05-05T16:53:21Z"),
            (b"\x17\x0d500101000000Z", b"\x17\x0d491231235959Z", "1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z"),
            (b"\x18\x0f00010102000000Z", b"\x18\x0f99991230200000Z", "0001-01-02T00:00:00Z", "9999-12-30T20:00:00Z"),
            (b"\x17\x0b6901010000Z", b"\x17\x11690102003000+0030", "1969-01-01T00:00:00Z", "1969-01-02T00:00:00Z"),
            (b"\x18\x111969010100.5000Z", b"\x18\x0e19690102000000", "1969-01-01T00:30:00Z", "1969-01-02T00:00:00Z"),
            (b"\x18\x1319690101000000-0100", b"\x18\x1319690102000000.75", "1969-01-01T01:00:00Z", "1969-01-02T00:00:00Z"),
        ];
        for (from, to, begins, ends) in cases {
            let changed = dated(&der, [&sized(from), &sized(to)]);
            let facts = read(&changed).unwrap().facts;
            assert_eq!((facts.not_before.to_string(), facts.not_after.to_string()), (begins.to_owned(), ends.to_owned()));
            assert_eq!(*facts.der, *changed, "kept byte for byte");
            assert_eq!(facts.subject, "CN=shop.example.com,O=Example GmbH,C=DE");
        }
        for wrong in [&b"\x17\x0d691301000000Z"[..], b"\x17\x0f19020701025736Z", b"\x18\x0dx9690101000000", b"\x17\x00"] {
            assert!(read(&dated(&der, [&sized(wrong), b"\x17\x0d300101000000Z"])).is_err(), "{wrong:?}");
        }
    }

    /// An element with the length that it has.
    fn sized(element: &[u8]) -> Vec<u8> {
        let mut sized = element.to_vec();
        sized[1] = (element.len() - 2) as u8;
        sized
    }

    #[test]
    fn another_kind_of_file_is_named() {
        let error = read(b"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n").unwrap_err();
        assert!(error.to_string().contains("holds a certificate request"));
        assert_eq!(read(b"hello"), Err(CertificateError::Unreadable));
    }

    #[test]
    fn changed_bytes_are_refused_or_read_but_never_crash() {
        let (pem, _) = made();
        let der = read(&pem).unwrap().facts.der;
        proptest!(|(position in 0..der.len(), value: u8, cut in 0..der.len())| {
            let mut changed = der.to_vec();
            changed[position] = value;
            let _ = read(&changed);
            let _ = read(&der[..cut]);
        });
    }

    #[test]
    fn the_certificates_of_others_are_refused_or_read_but_never_crash() {
        let Some(vectors) = std::env::var_os("KEYSTEAD_VECTORS") else {
            eprintln!("skipped: certificate corpora: KEYSTEAD_VECTORS is not set");
            return;
        };
        let mut read_well = 0;
        for folder in ["openssl+fuzz-corpora/x509", "lamps-wg+dilithium-certificates/examples", "rustls+webpki/tests"] {
            let Ok(entries) = std::fs::read_dir(std::path::Path::new(&vectors).join(folder)) else { continue };
            for entry in entries.flatten().take(4_000) {
                if let Ok(bytes) = std::fs::read(entry.path()) {
                    read_well += usize::from(read(&bytes).is_ok());
                }
            }
        }
        assert!(read_well > 0);
    }
}
