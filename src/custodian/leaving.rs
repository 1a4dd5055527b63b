//! The one way on which a secret leaves its store. Policy and state are asked in the model, the secret is taken here and
//! compared with what the log knows, the form writes it, it is read back before anything is written and again from the
//! file, and it is on record to whom it went. What leaves under a passphrase or in clear is asked for in
//! `private_export`, what is sealed to recipients in `seal`, what is wrapped under another key in `wrap`.

use std::path::{Path, PathBuf};

use super::core::Custodian;
use super::error::CustodianError;
use super::held::Held;
use crate::crypto;
use crate::formats::found::Content;
use crate::formats::leaving::PrivateEntry;
use crate::formats::recognise;
use crate::model::name;
use crate::model::{Algorithm, Digest, Format, Intent, Inventory, Locator, RuleError, StoreKind, Time, Version, VersionRef};
use crate::secret::{Passphrase, SecretBytes};

/// What leaves, for whom, and where to.
pub(super) struct Leaving<'a> {
    pub(super) versions: &'a [VersionRef],
    pub(super) format: Format,
    /// At least one.
    pub(super) recipients: Vec<Box<str>>,
    /// The version under whose key they are wrapped.
    pub(super) under: Option<VersionRef>,
    pub(super) path: &'a Path,
    pub(super) replace: bool,
    /// What else has to hold when it is put on record.
    pub(super) still: &'a dyn Fn(&Inventory, Time) -> Result<(), RuleError>,
}

/// A version with its secret in hand.
pub(super) struct Taken {
    pub(super) name: Box<str>,
    pub(super) version: Version,
    pub(super) secret: SecretBytes,
}

impl Custodian {
    /// The names and algorithms of versions that may leave, before a secret is touched.
    pub(super) fn may_all_leave(&self, versions: &[VersionRef]) -> Result<Vec<(Box<str>, Algorithm)>, CustodianError> {
        if versions.is_empty() {
            return Err(CustodianError::Input("Name at least one key.".into()));
        }
        let now = self.now();
        self.read(|inventory| {
            let found = versions.iter().map(|of| {
                let (key, version) = inventory.may_leave(*of, now)?;
                Ok((key.name.clone(), version.algorithm))
            });
            found.collect()
        })
    }

    /// Takes the secrets, has them written and verified by `write`, and puts the file in its place and on record.
    pub(super) fn leave(
        &self,
        leaving: &Leaving,
        write: &dyn Fn(&[Taken]) -> Result<SecretBytes, CustodianError>,
    ) -> Result<(PathBuf, Vec<Taken>), CustodianError> {
        let Leaving { versions, format, under, replace, still, .. } = *leaving;
        let held = Held::of(leaving.path, replace)?;
        let mut others = leaving.recipients.clone();
        if others.is_empty() {
            return Err(CustodianError::Input("Name at least one recipient.".into()));
        }
        let recipient = others.remove(0);
        let taken = versions.iter().map(|of| self.take(*of)).collect::<Result<Vec<_>, _>>()?;
        let bytes = write(&taken)?;
        let (path, sha256) = (held.name(), crypto::sha256(bytes.expose()));
        let intent = Intent::Export { versions: versions.to_vec(), format, recipient, others, under, path, sha256 };
        let still = |inventory: &Inventory, now| {
            versions.iter().try_for_each(|of| inventory.may_leave(*of, now).map(drop))?;
            still(inventory, now)
        };
        let operation = self.begin_if(intent, &still)?;
        let written = held.write_private(&bytes, &operation.id.to_string()).and_then(|path| read_back(path, &sha256));
        match written {
            Ok(path) => {
                self.done(&operation).map_err(|error| error.after_writing(Some(&path)))?;
                Ok((path, taken))
            }
            Err(error) => {
                self.failed(&operation, &error.to_string());
                Err(error)
            }
        }
    }

    /// The secret of a version, as the log knows it.
    pub(super) fn take(&self, of: VersionRef) -> Result<Taken, CustodianError> {
        let now = self.now();
        let (name, version) =
            self.read(|inventory| inventory.may_leave(of, now).map(|(key, version)| (key.name.clone(), version.clone())))?;
        let secret = self.secret_of(of, &name, &version)?;
        Ok(Taken { name, version, secret })
    }

    /// The secret of a version, compared with what the log knows. It is in this program's hands then, so its store has to
    /// let it leave; that is asked before anybody is asked for a PIN.
    pub(super) fn secret_of(&self, of: VersionRef, name: &str, version: &Version) -> Result<SecretBytes, CustodianError> {
        let locator = &version.locator;
        if !self.lets_out(locator)? {
            let (name, store) = (name::shown(name).into_owned(), locator.store.to_string());
            return Err(CustodianError::StaysInStore { name, store });
        }
        let secret = self.with_store(&locator.store, |store| {
            if !self.fits(store, &version.into())? {
                return Err(CustodianError::Swapped { name: name::shown(name).into_owned(), store: locator.store.to_string() });
            }
            Ok(store.export(&locator.object)?)
        });
        self.note_secret(of.key, secret.as_ref().err());
        secret
    }
}

impl Custodian {
    /// Whether a private half may leave its store: every one does, none does, or its server was told so of this one.
    pub(super) fn lets_out(&self, locator: &Locator) -> Result<bool, CustodianError> {
        let all = self.capabilities_of(&locator.store)?.keys_can_leave;
        let decides =
            self.read(|inventory| inventory.store(&locator.store).is_some_and(|store| store.kind == StoreKind::OpenBao));
        if all || !decides {
            return Ok(all);
        }
        self.with_store(&locator.store, |store| Ok(store.lets_out(&locator.object)?))
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
pub(super) fn holds_all(bytes: &[u8], passphrase: Option<&Passphrase>, taken: &[Taken]) -> bool {
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
    match std::fs::read(&path).ok().map(SecretBytes::new) {
        Some(found) if crypto::sha256(found.expose()) == *sha256 => Ok(path),
        _ => Err(CustodianError::ReadBack(path)),
    }
}
