//! The facts that commands print, in the shape of `assets/schemas`.

use serde::Serialize;

use crate::model::{Format, HandOver, Key, State, Time, Version, ssh_fingerprint};

/// One key in a list.
#[derive(Serialize)]
pub struct KeyFacts {
    pub id: String,
    pub name: String,
    pub purpose: &'static str,
    pub algorithm: &'static str,
    pub strength_bits: u16,
    pub state: &'static str,
    pub version: u32,
    pub versions: usize,
    pub activates: Option<Time>,
    pub expires: Option<Time>,
    pub certificate_expires: Option<Time>,
    pub store: String,
    pub owner: String,
    pub tags: Vec<String>,
    pub warn_days: Vec<u32>,
    pub spki_sha256: String,
    pub ssh_fingerprint: Option<String>,
}

/// Everything of a key.
#[derive(Serialize)]
pub struct WholeKey {
    #[serde(flatten)]
    pub key: KeyFacts,
    pub note: String,
    pub authenticated: bool,
    pub all_versions: Vec<VersionFacts>,
    pub hand_overs: Vec<HandOverFacts>,
    pub history: Vec<HistoryFacts>,
}

/// One version of a key.
#[derive(Serialize)]
pub struct VersionFacts {
    pub version: u32,
    pub state: &'static str,
    pub algorithm: &'static str,
    pub strength_bits: u16,
    pub store: String,
    pub created: Time,
    pub activates: Option<Time>,
    pub expires: Option<Time>,
    pub spki_sha256: String,
    pub ssh_fingerprint: Option<String>,
    pub public_key_pem: String,
    pub request: Option<RequestFacts>,
    pub certificate: Option<CertificateFacts>,
}

/// What the last request asked for.
#[derive(Serialize)]
pub struct RequestFacts {
    pub subject: String,
    pub dns: Vec<String>,
    pub ips: Vec<String>,
    pub emails: Vec<String>,
    pub uris: Vec<String>,
}

/// What the attached certificate says.
#[derive(Serialize)]
pub struct CertificateFacts {
    pub subject: String,
    pub issuer: String,
    pub serial: String,
    pub names: Vec<String>,
    pub not_before: Time,
    pub not_after: Time,
    pub sha256: String,
}

/// One sentence of a key's history.
#[derive(Serialize)]
pub struct HistoryFacts {
    pub time: Time,
    pub sentence: String,
}

/// One hand-over.
#[derive(Serialize)]
pub struct HandOverFacts {
    pub key_id: String,
    pub key: String,
    pub version: u32,
    pub recipient: String,
    pub format: &'static str,
    pub at: Time,
    pub elsewhere: bool,
}

/// A key as a list shows it; `None` only for a key without versions, which the inventory refuses.
pub fn of_key(key: &Key, version: Option<u32>, now: Time) -> Option<KeyFacts> {
    let current = match version {
        Some(number) => key.version(number)?,
        None => key.current(now)?,
    };
    Some(KeyFacts {
        id: key.id.to_string(),
        name: key.name.to_string(),
        purpose: key.purpose.id(),
        algorithm: current.algorithm.id(),
        strength_bits: current.algorithm.strength_bits(),
        state: current.state(now).id(),
        version: current.number,
        versions: key.versions.len(),
        activates: current.life.activates,
        expires: current.life.expires,
        certificate_expires: current.certificate.as_ref().map(|certificate| certificate.not_after),
        store: current.locator.store.to_string(),
        owner: key.owner.to_string(),
        tags: key.tags.iter().map(ToString::to_string).collect(),
        warn_days: key.warn_days.to_vec(),
        spki_sha256: current.spki_sha256.to_string(),
        ssh_fingerprint: current.ssh_sha256.as_ref().map(ssh_fingerprint),
    })
}

/// A version with its public half as PEM.
pub fn of_version(version: &Version, public_key_pem: String, now: Time) -> VersionFacts {
    VersionFacts {
        version: version.number,
        state: State::id(version.state(now)),
        algorithm: version.algorithm.id(),
        strength_bits: version.algorithm.strength_bits(),
        store: version.locator.store.to_string(),
        created: version.life.created,
        activates: version.life.activates,
        expires: version.life.expires,
        spki_sha256: version.spki_sha256.to_string(),
        ssh_fingerprint: version.ssh_sha256.as_ref().map(ssh_fingerprint),
        public_key_pem,
        request: version.request.as_ref().map(|request| RequestFacts {
            subject: request.subject.clone(),
            dns: request.dns.clone(),
            ips: request.ips.clone(),
            emails: request.emails.clone(),
            uris: request.uris.clone(),
        }),
        certificate: version.certificate.as_ref().map(|certificate| CertificateFacts {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            names: certificate.names.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            sha256: certificate.sha256.to_string(),
        }),
    }
}

/// A hand-over of a key.
pub fn of_hand_over(key: &Key, given: &HandOver) -> HandOverFacts {
    HandOverFacts {
        key_id: key.id.to_string(),
        key: key.name.to_string(),
        version: given.version,
        recipient: given.recipient.to_string(),
        format: Format::id(given.format),
        at: given.at,
        elsewhere: given.elsewhere,
    }
}
