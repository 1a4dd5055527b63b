//! Handing out public halves.

use super::core::Custodian;
use super::error::CustodianError;
use super::held::Held;
use super::outcome::Outcome;
use crate::crypto;
use crate::formats::sheet::{self, SheetEntry};
use crate::formats::{self, PublicEntry};
use crate::model::name;
use crate::model::{Event, Format, Intent, RuleError, Target, VersionRef};

impl Custodian {
    /// The bytes of public halves in a form. Needs no unlock.
    pub fn export_public(&self, versions: &[VersionRef], format: Format) -> Result<Vec<u8>, CustodianError> {
        if versions.is_empty() {
            return Err(CustodianError::Input("Name at least one key to export.".into()));
        }
        let now = self.now();
        self.read(|inventory| {
            let mut entries = Vec::with_capacity(versions.len());
            let mut pages = Vec::with_capacity(versions.len());
            for of in versions {
                let key = inventory.key(of.key).ok_or(RuleError::NoKey(of.key))?;
                let version = key
                    .version(of.version)
                    .ok_or_else(|| RuleError::NoVersion { name: key.name.to_string(), version: of.version })?;
                if version.public_key.is_empty() {
                    let (name, reason) = (name::shown(&key.name).into_owned(), "it has no public half".to_owned());
                    return Err(CustodianError::NoSuchForm { name, format: format.name(), reason });
                }
                if crypto::sha256(&version.public_key) != version.spki_sha256 {
                    return Err(CustodianError::Log(format!(
                        "The public key of {} in the log does not match its fingerprint.",
                        key.name
                    )));
                }
                if format == Format::OpenSsh && !version.algorithm.has_openssh_form() {
                    return Err(CustodianError::NoSuchForm {
                        name: name::shown(&key.name).into_owned(),
                        format: format.name(),
                        reason: format!("OpenSSH has no form for {}", version.algorithm.name()),
                    });
                }
                entries.push(PublicEntry { name: &key.name, spki: &version.public_key });
                pages.push(SheetEntry { key, version });
            }
            if format == Format::Sheet {
                return Ok(sheet::html(&pages, now, &self.env.zone).into_bytes());
            }
            formats::write_public(&entries, format).map_err(|error| CustodianError::Input(error.to_string()))
        })
    }

    /// A public half as texts: in PEM, and as a line of OpenSSH where the algorithm has one.
    pub fn public_texts(&self, of: VersionRef) -> Result<Vec<(Format, String)>, CustodianError> {
        let text = |format| {
            let bytes = self.export_public(&[of], format)?;
            Ok((format, String::from_utf8_lossy(&bytes).trim_end().to_owned()))
        };
        let pem = text(Format::SpkiPem)?;
        match text(Format::OpenSsh) {
            Ok(line) => Ok(vec![pem, line]),
            Err(CustodianError::NoSuchForm { .. }) => Ok(vec![pem]),
            Err(error) => Err(error),
        }
    }

    /// Writes public halves to a file, reads them back, and records it.
    pub(super) fn export(
        &self,
        versions: &[VersionRef],
        format: Format,
        recipient: Option<&str>,
        target: &Target,
    ) -> Result<Outcome, CustodianError> {
        let aim = Aim::of(target)?;
        let bytes = self.export_public(versions, format)?;
        let keys = versions.iter().map(|version| version.key).collect();
        let Some(recipient) = recipient else {
            let mut outcome = self.put(&aim, bytes, |written| self.verify_export(versions, format, written))?;
            outcome.keys = keys;
            outcome.notice = self.note_export(versions, format);
            return Ok(outcome);
        };
        let recipient = name::parse(recipient).map_err(RuleError::from)?;
        let path = aim.name();
        let sha256 = crypto::sha256(&bytes);
        let (others, under) = (Vec::new(), None);
        let intent = Intent::Export { versions: versions.to_vec(), format, recipient, others, under, path, sha256 };
        let operation = self.begin(intent)?;
        match self.put(&aim, bytes, |written| self.verify_export(versions, format, written)) {
            Ok(outcome) => {
                self.done(&operation).map_err(|error| error.after_writing(outcome.written.as_ref()))?;
                Ok(Outcome { keys, ..outcome })
            }
            Err(error) => {
                self.failed(&operation, &error.to_string());
                Err(error)
            }
        }
    }

    /// An export without a recipient is logged where that can be done; the file is there anyway.
    fn note_export(&self, versions: &[VersionRef], format: Format) -> Option<String> {
        let logged = if self.is_unlocked() {
            self.append(vec![Event::Exported { versions: versions.to_vec(), format }]).map(drop)
        } else {
            Err(CustodianError::Locked)
        };
        logged.err().map(|error| format!("The export is not in the audit log: {error}"))
    }

    /// Writes there; `verify` looks at what can be read there.
    pub(super) fn put(&self, aim: &Aim, bytes: Vec<u8>, verify: impl FnOnce(&[u8]) -> bool) -> Result<Outcome, CustodianError> {
        match aim {
            Aim::Stdout => Ok(Outcome { output: bytes, ..Outcome::default() }),
            Aim::File(held) => {
                let path = held.write_public(&bytes)?;
                let found = std::fs::read(&path).map_err(|_| CustodianError::ReadBack(path.clone()))?;
                if !verify(&found) {
                    return Err(CustodianError::ReadBack(path));
                }
                Ok(Outcome { written: Some(path), ..Outcome::default() })
            }
        }
    }

    /// What was written, parsed anew, holds the very public keys of the inventory.
    fn verify_export(&self, versions: &[VersionRef], format: Format, bytes: &[u8]) -> bool {
        let Ok(found) = formats::read_public(bytes, format) else { return false };
        self.read(|inventory| {
            found.len() == versions.len()
                && found.iter().zip(versions).all(|(spki, of)| {
                    let version = inventory.key(of.key).and_then(|key| key.version(of.version));
                    version.is_some_and(|version| version.public_key == *spki)
                })
        })
    }
}

/// Where something is to be written, resolved.
pub(super) enum Aim {
    /// Standard output.
    Stdout,
    /// A file, with its folder held open.
    File(Held),
}

impl Aim {
    /// The target, if it can be written to.
    pub(super) fn of(target: &Target) -> Result<Self, CustodianError> {
        match target {
            Target::Stdout => Ok(Self::Stdout),
            Target::File { path, replace } => Held::of(path, *replace).map(Self::File),
        }
    }

    /// Its name for the log.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "-".into(),
            Self::File(held) => held.name(),
        }
    }
}
