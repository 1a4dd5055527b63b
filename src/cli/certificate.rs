//! A certificate as JSON holds it, wherever one is shown.

use serde::Serialize;

use crate::model::{CertificateFacts, Digest, Time, Trust};

/// What is said of a certificate; `C` is what is said of those that were found beside it.
#[derive(Serialize)]
pub(super) struct Certificate<C> {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) names: Vec<String>,
    pub(super) usages: Vec<String>,
    pub(super) not_before: Time,
    pub(super) not_after: Time,
    pub(super) sha256: Digest,
    pub(super) chain: C,
    /// What this system's roots say of it; `null` where that was not asked.
    pub(super) trust: Option<&'static str>,
    pub(super) trust_sentence: Option<String>,
}

impl<C> Certificate<C> {
    pub(super) fn new(found: &CertificateFacts, chain: C, trust: Option<&Trust>, sentence: impl Into<String>) -> Self {
        Self {
            subject: found.subject.clone(),
            issuer: found.issuer.clone(),
            serial: found.serial.clone(),
            names: found.names.clone(),
            usages: found.usages.clone(),
            not_before: found.not_before,
            not_after: found.not_after,
            sha256: found.sha256,
            chain,
            trust: trust.map(Trust::id),
            trust_sentence: trust.map(|_| sentence.into()),
        }
    }
}
