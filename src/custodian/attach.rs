//! Taking in the certificate of a version, with the issuers that stand beside it in its file.

use std::io::Read as _;
use std::path::Path;

use super::core::Custodian;
use super::error::CustodianError;
use super::outcome::Outcome;
use crate::formats::certificate;
use crate::model::name;
use crate::model::{CertificateFacts, Event, RuleError, VersionRef};

/// No certificate is larger.
const LARGEST: u64 = 1 << 20;

impl Custodian {
    /// Attaches a certificate whose public key is the version's.
    pub(super) fn attach(&self, of: VersionRef, path: &Path) -> Result<Outcome, CustodianError> {
        let unreadable = |reason: String| CustodianError::Certificate { path: path.to_owned(), reason };
        let bytes = read_regular(path).map_err(unreadable)?;
        let found = certificate::read_all(&bytes).map_err(|error| unreadable(error.to_string()))?;
        let own = self.read(|inventory| inventory.key(of.key)?.version(of.version).map(|version| version.public_key.clone()));
        // The key's own certificate usually stands first; its issuers may stand before it.
        let fits = |parsed: &&certificate::Parsed| own.as_ref() == Some(&parsed.public_key);
        let Some(parsed) = found.iter().find(fits).or(found.first()) else { return Err(unreadable("holds none.".into())) };
        self.read(|inventory| {
            let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
            let shown = || name::shown(&key.name).into_owned();
            let version = key.version(of.version).ok_or_else(|| RuleError::NoVersion { name: shown(), version: of.version })?;
            if version.public_key == parsed.public_key {
                return Ok(());
            }
            let fits = |other: &&std::sync::Arc<crate::model::Key>| {
                other.versions.iter().any(|version| version.public_key == parsed.public_key)
            };
            let owner = inventory.keys().iter().find(fits).map(|other| name::shown(&other.name).into_owned());
            Err(CustodianError::OtherKey { name: shown(), owner })
        })?;
        let ends = parsed.facts.not_after;
        let chain = certificate::issuers(&parsed.facts, &found.iter().map(|other| &other.facts));
        let certificate = Box::new(CertificateFacts { chain, ..parsed.facts.clone() });
        self.append(vec![Event::CertificateAttached { version: of, certificate, issuer: None }])?;
        let notice = (ends <= self.now()).then(|| format!("This certificate is no longer valid: it ended on {ends}."));
        Ok(Outcome { keys: vec![of.key], notice, ..Outcome::default() })
    }
}

/// Reads a regular file that is not absurdly large; never blocks on a pipe or a device.
fn read_regular(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|cause| format!("cannot be read: {cause}"))?;
    if !metadata.is_file() {
        return Err("is not a regular file.".into());
    }
    if metadata.len() > LARGEST {
        return Err(format!("is larger than any certificate ({} bytes).", metadata.len()));
    }
    let file = std::fs::File::open(path).map_err(|cause| format!("cannot be read: {cause}"))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|cause| format!("cannot be read: {cause}"))?;
    Ok(bytes)
}
