//! Certificates that a key server issued, and whether they were revoked there. What a certificate says is in `certificate`.

use serde::{Deserialize, Serialize};

use super::key::Version;
use super::time::Time;

/// Where a certificate came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// The store whose server issued it.
    pub store: Box<str>,
    /// Where its PKI engine is mounted.
    pub mount: Box<str>,
    /// The serial number as the engine writes it, by which it is revoked: `12:ab:…`.
    pub serial: Box<str>,
}

/// A certificate that a server issued for a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCertificate {
    /// Where it came from.
    pub issuer: Issuer,
    /// The end of its validity.
    pub not_after: Time,
    /// Since when its server says that it is revoked, by the server's clock.
    pub revoked: Option<Time>,
}

impl Version {
    /// Certificates of a revoked version that their servers still vouch for, as far as is known. One that has ended needs no
    /// revocation.
    pub fn still_vouched_for(&self, now: Time) -> impl Iterator<Item = &IssuedCertificate> {
        let wanted = self.revocation.is_some();
        self.issued.iter().filter(move |issued| wanted && issued.revoked.is_none() && issued.not_after > now)
    }
}
