//! Certificate revocation lists (RFC 5280 section 5): who issued one, and what it revokes.

use der::Decode as _;
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::CertificateList;

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

/// Reads a list in DER.
pub fn read(der: &[u8]) -> Result<RevocationList, Reason> {
    let list = CertificateList::<Rfc5280>::from_der(der).map_err(|error| Reason::Malformed(error.to_string()))?;
    let revoked = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
    let serial = |bytes: &[u8]| hex::encode(bytes).trim_start_matches('0').to_owned();
    Ok(RevocationList {
        issuer: list.tbs_cert_list.issuer.to_string(),
        serials: revoked.iter().map(|entry| serial(entry.serial_number.as_bytes())).collect(),
    })
}
