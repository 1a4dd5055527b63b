//! Certificates and revocation lists in PKCS#7 and CMS (`SignedData`, RFC 5652 section 5), with signatures or, as a mere bag,
//! without.
//!
//! The set is walked here and not decoded by the crate `cms`: one odd entry, say an attribute certificate, must not make
//! all others unreadable.

use der::asn1::ObjectIdentifier;

use super::ber::{self, INTEGER, OID, SEQUENCE, SET};
use super::found::{Content, Found, Kind, Place, Reason};
use super::{pbe, x509};

/// `id-signedData`.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// `netscape-cert-sequence`, an older bag of certificates.
const NETSCAPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.2.5");

/// Every certificate and revocation list of a `ContentInfo`.
pub(super) fn read(der: &[u8], place: &Place) -> Vec<Found> {
    match entries(der) {
        Ok(entries) if entries.is_empty() => {
            vec![refused(place, Reason::Unsupported("PKCS#7 with neither certificates nor revocation lists in it".to_owned()))]
        }
        Ok(entries) => entries,
        Err(reason) => vec![refused(place, reason)],
    }
}

fn refused(place: &Place, reason: Reason) -> Found {
    Found { place: place.clone(), kind: Kind::Pkcs7, name: None, content: Err(reason) }
}

fn entries(der: &[u8]) -> Result<Vec<Found>, Reason> {
    let malformed = || Reason::Malformed("the form of PKCS#7".to_owned());
    let (kind, wrapped) = pbe::identifier(ber::only(der, SEQUENCE).ok_or_else(malformed)?)?;
    let content = ber::only(wrapped, ber::context(0)).ok_or_else(malformed)?;
    match kind {
        SIGNED_DATA => {}
        NETSCAPE => return path(content),
        other => return Err(Reason::Unsupported(format!("PKCS#7 of the type {}", name_of(&other.to_string())))),
    }
    let mut rest = ber::only(content, SEQUENCE).ok_or_else(malformed)?;
    ber::take(&mut rest, INTEGER).ok_or_else(malformed)?;
    ber::take(&mut rest, SET).ok_or_else(malformed)?;
    let inner = ber::take(&mut rest, SEQUENCE).ok_or_else(malformed)?;
    ber::take(&mut { inner.content }, OID).ok_or_else(malformed)?;
    let certificates = ber::take(&mut rest, ber::context(0)).map_or(&[][..], |set| set.content);
    let lists = ber::take(&mut rest, ber::context(1)).map_or(&[][..], |set| set.content);
    ber::take(&mut rest, SET).ok_or_else(malformed)?;
    let certificates = ber::all(certificates).ok_or_else(malformed)?;
    let lists = ber::all(lists).ok_or_else(malformed)?;
    let certificates = certificates.iter().map(|entry| (Kind::Certificate, entry));
    let lists = lists.iter().map(|entry| (Kind::RevocationList, entry));
    Ok(certificates.chain(lists).enumerate().map(|(index, (kind, entry))| found(index, kind, entry)).collect())
}

/// A sequence of certificates and nothing else, as `PkiPath` has it (X.509).
pub(super) fn path(der: &[u8]) -> Result<Vec<Found>, Reason> {
    let entries = ber::only(der, SEQUENCE).and_then(ber::all);
    let entries = entries.ok_or_else(|| Reason::Malformed("the row of certificates".to_owned()))?;
    Ok(entries.iter().enumerate().map(|(index, entry)| found(index, Kind::Certificate, entry)).collect())
}

fn found(index: usize, kind: Kind, entry: &ber::Element) -> Found {
    let content: Result<Content, Reason> = match kind {
        _ if entry.tag != SEQUENCE => Err(Reason::Unsupported("An entry that is no certificate of X.509".to_owned())),
        Kind::Certificate => x509::certificate(entry.whole),
        _ => x509::revocation_list(entry.whole),
    };
    Found { place: Place::Entry((index + 1).to_string()), kind, name: None, content }
}

/// What the types of CMS are called.
fn name_of(oid: &str) -> &str {
    match oid {
        "1.2.840.113549.1.7.1" => "data",
        "1.2.840.113549.1.7.3" => "enveloped data",
        "1.2.840.113549.1.7.4" => "signed and enveloped data",
        "1.2.840.113549.1.7.5" => "digested data",
        "1.2.840.113549.1.7.6" => "encrypted data",
        other => other,
    }
}
