//! Certificate revocation lists (RFC 5280 section 5): who issued one, and what it revokes.

use der::Decode as _;
use x509_cert::certificate::Raw;
use x509_cert::crl::CertificateList;

use super::ber::{self, INTEGER, SEQUENCE};
use super::found::Reason;
use crate::model::hex;

/// A revocation list that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    /// Who issued it (RFC 4514).
    pub issuer: String,
    /// The serial numbers that it revokes, in hexadecimal without leading zeros.
    pub serials: Vec<String>,
}

/// Whether bytes are a list, with what is wrong where they are not.
pub(super) fn check(der: &[u8]) -> Result<(), Reason> {
    decoded(der).map(drop)
}

/// The crate reads version 2 alone. Version 1 says no version and has no extensions, and is the same otherwise.
fn decoded(der: &[u8]) -> Result<CertificateList<Raw>, Reason> {
    let second = || {
        let parts = ber::only(der, SEQUENCE).and_then(ber::all)?;
        let (list, rest) = parts.split_first()?;
        if ber::first(list.content, 1).first()?.tag == INTEGER {
            return None;
        }
        let list = ber::wrap(SEQUENCE, &[&[INTEGER, 1, 1], list.content]);
        let parts: Vec<&[u8]> = std::iter::once(list.as_slice()).chain(rest.iter().map(|part| part.whole)).collect();
        Some(ber::wrap(SEQUENCE, &parts))
    };
    let second = second();
    let list = CertificateList::<Raw>::from_der(second.as_ref().map_or(der, |second| second));
    list.map_err(|error| Reason::Malformed(format!("the revocation list's form: {error}")))
}

/// Reads a list in DER.
pub fn read(der: &[u8]) -> Result<RevocationList, Reason> {
    let list = decoded(der)?;
    let revoked = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let serial = |bytes: &[u8]| hex::encode(bytes).trim_start_matches('0').to_owned();
    Ok(RevocationList {
        issuer: list.tbs_cert_list.issuer.to_string(),
        serials: revoked.iter().map(|entry| serial(entry.serial_number.as_bytes())).collect(),
    })
}
