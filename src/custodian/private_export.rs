//! Handing out private halves: the one way on which a secret leaves its store. Policy and state are asked
//! in the model, the secret is taken here and compared with what the log knows, the form writes it, it is read back
//! before anything is written and again from the file, and it is on record to whom it went.

use std::path::{Path, PathBuf};

use super::core::Custodian;
use super::error::CustodianError;
use super::export::check;
use super::file;
use super::outcome::Outcome;
use super::passphrase::{at_least, least_score};
use crate::crypto;
use crate::formats::found::Content;
use crate::formats::leaving::{self, PrivateEntry};
use crate::formats::recognise;
use crate::model::name;
use crate::model::{Digest, Format, Intent, RuleError, Target, Version, VersionRef};
use crate::secret::{Passphrase, SecretBytes};

/// What is to leave, how, to whom and where to. It carries a passphrase, so it derives nothing.
pub struct PrivateExport {
    /// Which versions.
    pub versions: Vec<VersionRef>,
    /// In which form: one of [`Format::PRIVATE`].
    pub format: Format,
    /// Who gets it; the person who asks where nobody is named.
    pub recipient: Option<String>,
    /// The file.
    pub path: PathBuf,
    /// The person agreed to replace what is there.
    pub replace: bool,
    /// What is to open it; none for forms in clear.
    pub passphrase: Option<Passphrase>,
    /// For forms in clear: the name of the key, typed by the person.
    pub typed_name: Option<String>,
}

/// A version with its secret in hand.
pub(super) struct Taken {
    name: Box<str>,
    pub(super) version: Version,
    secret: SecretBytes,
}

impl Custodian {
    /// Writes private halves to a file that only its owner may read.
    pub fn export_private(&self, wanted: &PrivateExport) -> Result<Outcome, CustodianError> {
        self.take_up();
        let recipient = wanted.recipient.clone().unwrap_or_else(|| self.environment().actor.clone());
        let recipient = name::parse(&recipient).map_err(RuleError::from)?;
        self.check_private(wanted)?;
        let target = Target::File { path: wanted.path.clone(), replace: wanted.replace };
        let path = check(&target)?;
        let taken = wanted.versions.iter().map(|of| self.take(*of)).collect::<Result<Vec<_>, _>>()?;
        let entries: Vec<_> = taken.iter().map(Taken::entry).collect();
        let bytes = leaving::write_private(&entries, wanted.format, wanted.passphrase.as_ref())?;
        drop(entries);
        if !holds_all(bytes.expose(), wanted.passphrase.as_ref(), &taken) {
            return Err(CustodianError::Unreadable(wanted.format.name()));
        }
        let sha256 = crypto::sha256(bytes.expose());
        let intent = Intent::Export { versions: wanted.versions.clone(), format: wanted.format, recipient, path, sha256 };
        let still = |inventory: &crate::model::Inventory, now| {
            wanted.versions.iter().try_for_each(|of| inventory.may_leave(*of, now).map(drop))
        };
        let operation = self.begin_if(intent, &still)?;
        let written = file::write_private(&wanted.path, &bytes, wanted.replace, &operation.id.to_string())
            .and_then(|path| read_back(path, &sha256));
        match written {
            Ok(path) => {
                self.done(&operation).map_err(|error| error.after_writing(Some(&path)))?;
                let keys = wanted.versions.iter().map(|of| of.key).collect();
                Ok(Outcome {
                    keys,
                    written: Some(path),
                    notice: without_certificate(wanted.format, &taken),
                    ..Outcome::default()
                })
            }
            Err(error) => {
                self.failed(&operation, &error.to_string());
                Err(error)
            }
        }
    }

    /// What can be said before a secret is touched.
    fn check_private(&self, wanted: &PrivateExport) -> Result<(), CustodianError> {
        if wanted.versions.is_empty() {
            return Err(CustodianError::Input("Name at least one key to export.".into()));
        }
        let now = self.now();
        let names = self.read(|inventory| {
            let names = wanted.versions.iter().map(|of| {
                let (key, version) = inventory.may_leave(*of, now)?;
                leaving::check(&key.name, version.algorithm, wanted.format)?;
                Ok(key.name.clone())
            });
            names.collect::<Result<Vec<_>, CustodianError>>()
        })?;
        if wanted.format.is_encrypted() {
            let passphrase = wanted.passphrase.as_ref().ok_or(CustodianError::OutputPassphraseNeeded)?;
            return at_least(passphrase, least_score(wanted.format));
        }
        let typed = wanted.typed_name.as_deref().map(name::normal);
        match (&names[..], typed) {
            ([name], Some(typed)) if **name == *typed => Ok(()),
            ([name], _) => Err(CustodianError::NameNotTyped(name::shown(name).into_owned())),
            _ => Err(CustodianError::Input("In clear one key leaves at a time, under its typed name.".into())),
        }
    }

    /// The secret of a version, as the log knows it.
    pub(super) fn take(&self, of: VersionRef) -> Result<Taken, CustodianError> {
        let now = self.now();
        let (name, version) =
            self.read(|inventory| inventory.may_leave(of, now).map(|(key, version)| (key.name.clone(), version.clone())))?;
        let locator = &version.locator;
        let secret = self.with_store(&locator.store, |store| {
            if !store.capabilities().keys_can_leave {
                let (name, store) = (name::shown(&name).into_owned(), locator.store.to_string());
                return Err(CustodianError::StaysInStore { name, store });
            }
            if !self.fits(store, &(&version).into())? {
                return Err(CustodianError::Swapped { name: name::shown(&name).into_owned(), store: locator.store.to_string() });
            }
            Ok(store.export(&locator.object)?)
        });
        self.note_secret(of.key, secret.as_ref().err());
        Ok(Taken { name, version, secret: secret? })
    }
}

impl Taken {
    pub(super) fn entry(&self) -> PrivateEntry<'_> {
        let certificates = self
            .version
            .certificate
            .iter()
            .flat_map(|facts| std::iter::once(&*facts.der).chain(facts.chain.iter().map(|issuer| &*issuer.0)));
        PrivateEntry {
            name: &self.name,
            algorithm: self.version.algorithm,
            secret: &self.secret,
            public_key: &self.version.public_key,
            certificates: certificates.collect(),
        }
    }

    /// A key that was read is this one.
    fn is(&self, content: &Content) -> bool {
        match content {
            Content::Symmetric { secret, .. } => secret.same_as(&self.secret),
            Content::Private { pkcs8, .. } if self.version.public_key.is_empty() => pkcs8.same_as(&self.secret),
            Content::Private { pkcs8, .. } => {
                crypto::public_key(pkcs8).is_ok_and(|(_, public_key)| public_key == self.version.public_key)
            }
            _ => false,
        }
    }
}

/// What was written opens again, and holds the very keys and nothing else that is secret.
fn holds_all(bytes: &[u8], passphrase: Option<&Passphrase>, taken: &[Taken]) -> bool {
    let passphrases: Vec<_> = passphrase.map(|given| Passphrase::new(given.expose().to_owned())).into_iter().collect();
    let found = recognise::read(bytes, &passphrases);
    let secrets: Vec<&Content> = found
        .iter()
        .filter_map(|found| found.content.as_ref().ok())
        .filter(|content| matches!(content, Content::Private { .. } | Content::Symmetric { .. }))
        .collect();
    secrets.len() == taken.len() && taken.iter().all(|one| secrets.iter().any(|content| one.is(content)))
}

/// The file holds what was written.
fn read_back(path: PathBuf, sha256: &Digest) -> Result<PathBuf, CustodianError> {
    match read(&path) {
        Some(found) if crypto::sha256(found.expose()) == *sha256 => Ok(path),
        _ => Err(CustodianError::ReadBack(path)),
    }
}

fn read(path: &Path) -> Option<SecretBytes> {
    std::fs::read(path).ok().map(SecretBytes::new)
}

/// Some programs ignore a key of a keystore that has no certificate.
fn without_certificate(format: Format, taken: &[Taken]) -> Option<String> {
    let keystore = matches!(format, Format::Pkcs12 | Format::Pkcs12Legacy);
    let bare = taken.iter().find(|one| one.version.certificate.is_none()).filter(|_| keystore)?;
    Some(format!(
        "{} has no certificate here, and Java and NSS ignore keys without one. Attach it first if the file is for them.",
        name::shown(&bare.name)
    ))
}
