//! Backing up: the log, the settings, what opens them, and every secret that may leave, in one file. The intent is on
//! record before a byte is written; secrets go straight into the encrypted file; it is read back before it gets its name.

mod compare;
mod sheets;

pub(super) use compare::digest_of;
pub(super) use sheets::remove_sheets;

use std::collections::HashSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use crate::custodian::core::{Custodian, Operation};
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::group::in_parallel;
use crate::custodian::held::Held;
use crate::custodian::outcome::{Outcome, Progress};
use crate::custodian::passphrase::strong_enough;
use compare::{Hashed, Hashing, compare};
use sheets::write_sheets;

use crate::audit::Anchor;
use crate::crypto::{self, Sha256};
use crate::formats::backup::share::{self, Share, Split};
use crate::formats::backup::{self as format, BackupError, Head, Lacking, Listed, Manifest, Seen, To, Writer};
use crate::model::{
    Backup, BackupId, Digest, Event, Intent, Inventory, KeyId, LeftOut, Omission, RecipientKey, ShareSet, Version, name,
};
use crate::secret::{Passphrase, SecretBytes};
use crate::stores::Material;

pub use crate::formats::backup::share::{MOST as MOST_SHARES, Split as SplitInto};

/// Secrets that are in memory at once.
const GROUP: usize = 256;

/// A backup that a person wants. It may carry a passphrase, so it derives nothing.
pub struct NewBackup {
    /// The file.
    pub path: PathBuf,
    /// The person agreed to replace what is there.
    pub replace: bool,
    /// Who is to open it.
    pub protection: Protection,
}

/// Who is to open a backup.
pub enum Protection {
    /// Whoever knows the passphrase.
    Passphrase(Passphrase),
    /// Whoever has so many shares of a passphrase: of this one, or of one that is made here and nobody is shown.
    Shares(Split, Option<Passphrase>),
    /// These recipients of the address book.
    Recipients(Vec<String>),
}

/// The inventory at one instant, and what opens it.
struct Snapshot {
    inventory: Inventory,
    head: Head,
    log: (u64, std::io::Take<File>),
    material: Material,
    backup: Backup,
    holds: Vec<(KeyId, u32)>,
}

/// Who opens it, with all that is needed at hand.
enum Sealed {
    Passphrase(Passphrase, Vec<Share>),
    Recipients(Vec<(Box<str>, RecipientKey)>),
}

/// What was written, to be compared with what is read back.
#[derive(Default)]
struct Written {
    /// What it is made of.
    parts: Seen,
    /// What a reader found in it on its way, where nobody here can open the file.
    rehearsed: Option<Seen>,
    /// Of the whole file.
    sha256: Digest,
}

impl Custodian {
    /// Makes a backup.
    pub fn back_up(&self, wanted: &NewBackup, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        self.take_up();
        if !self.is_unlocked() {
            return Err(CustodianError::Locked);
        }
        let held = Held::of(&wanted.path, wanted.replace)?;
        let path = held.path();
        let sealed = self.sealed(&wanted.protection)?;
        let snapshot = self.snapshot(path, &sealed)?;
        let backup = Box::new(snapshot.backup.clone());
        let operation = self.begin(Intent::Backup { backup })?;
        let begun = snapshot.backup.clone();
        let made = self.write_backup(&operation, snapshot, &sealed, &held, progress);
        if let Err(error) = &made
            && !self.stands(&operation, path)
        {
            remove_sheets(&begun);
            self.failed(&operation, &error.to_string());
        }
        made
    }

    /// The very backup is in its place, whatever could not be put on record: the operation stays open until it can.
    fn stands(&self, operation: &Operation, path: &Path) -> bool {
        let sealed = self.read(|inventory| match &inventory.open_operations().get(&operation.id)?.intent {
            Intent::Backup { backup } => backup.sha256,
            _ => None,
        });
        sealed.is_some_and(|sha256| digest_of(path).ok() == Some(sha256))
    }

    fn sealed(&self, protection: &Protection) -> Result<Sealed, CustodianError> {
        match protection {
            Protection::Passphrase(passphrase) => {
                strong_enough(passphrase)?;
                Ok(Sealed::Passphrase(Passphrase::new(passphrase.expose().to_owned()), Vec::new()))
            }
            Protection::Shares(split, given) => {
                let words = match given {
                    Some(given) => Passphrase::new(given.expose().to_owned()),
                    None => crate::custodian::passphrase::seven_words()?,
                };
                strong_enough(&words)?;
                let shares = share::split(&words, *split)?;
                Ok(Sealed::Passphrase(words, shares))
            }
            Protection::Recipients(names) if names.is_empty() => {
                Err(CustodianError::Input("Name at least one recipient, or take a passphrase.".into()))
            }
            Protection::Recipients(names) => {
                let now = self.now();
                let found = names.iter().map(|wanted| self.addressee(wanted, now)).collect::<Result<Vec<_>, _>>()?;
                Ok(Sealed::Recipients(found))
            }
        }
    }

    fn addressee(&self, wanted: &str, now: crate::model::Time) -> Result<(Box<str>, RecipientKey), CustodianError> {
        let shown = name::shown(wanted).into_owned();
        self.read(|inventory| {
            let found = inventory.recipient(wanted);
            let recipient = found.ok_or_else(|| {
                CustodianError::Addressee(format!("“{shown}” is not in the address book. Add it with: keystead recipient add"))
            })?;
            let key = recipient.key(now, crate::model::RecipientKeyKind::opens_age);
            let key = key.ok_or_else(|| {
                CustodianError::Addressee(format!(
                    "{shown} has no age or SSH key in the address book, and nothing else opens a backup"
                ))
            })?;
            Ok((recipient.name.clone(), key.clone()))
        })
    }

    /// What there is now. What is changed from here on is not in the backup.
    fn snapshot(&self, path: &Path, sealed: &Sealed) -> Result<Snapshot, CustodianError> {
        self.refresh()?;
        let material = self.home.read().unwrap_or_else(PoisonError::into_inner).material()?;
        let home = self.home.read().unwrap_or_else(PoisonError::into_inner).kind();
        let (inventory, head, log) = {
            let desk = self.desk();
            (desk.inventory.clone(), desk.log.head(), desk.log.reader()?.into_bytes()?)
        };
        let gives = |store: &str| self.capabilities_of(store).is_ok_and(|store| store.keys_can_leave);
        let plan = inventory.backup_plan(&gives);
        let id = BackupId(crypto::random()?);
        let at = self.now();
        let backup = Backup {
            id,
            at,
            place: path.to_string_lossy().into(),
            covers: head.seq,
            except: plan.left_out,
            recipients: sealed.recipients(),
            shares: sealed.shares(),
            sha256: None,
            rehearsed: None,
        };
        let head = Head {
            form: format::FORM,
            program: env!("CARGO_PKG_VERSION").into(),
            backup: id,
            inventory: inventory.id(),
            home,
            made: at,
            seq: head.seq,
            hash: head.hash,
        };
        Ok(Snapshot { inventory, head, log, material, backup, holds: plan.holds })
    }

    /// Writes, reads back, seals and places it.
    fn write_backup(
        &self,
        operation: &Operation,
        mut snapshot: Snapshot,
        sealed: &Sealed,
        held: &Held,
        progress: &dyn Progress,
    ) -> Result<Outcome, CustodianError> {
        let path = held.path();
        let sheets = write_sheets(&snapshot.backup, sealed, held, &self.env.zone)?;
        let begun = held.begin_private(&operation.id.to_string())?;
        let written = self.pour(&mut snapshot, sealed, begun.file(), path, progress)?;
        begun.file().sync_all().map_err(|cause| file::not_written(path, &cause))?;
        let total = snapshot.holds.len() as u64;
        compare(|| begun.reopened(), path, sealed, &written, total, progress)?;
        let mut backup = snapshot.backup.clone();
        backup.sha256 = Some(written.sha256);
        let seal = Event::BackupSealed { operation: operation.id, backup: Box::new(backup.clone()) };
        self.append(vec![seal])?;
        begun.place()?;
        let place = backup.place.to_string();
        let made = Event::BackupMade { place, backup: Some(Box::new(backup.clone())) };
        let stays = || format!("The backup {} was written", path.display());
        self.done_with(operation, vec![made]).map_err(|error| error.after(stays()))?;
        let notice = snapshot.without(&backup.except);
        Ok(Outcome { written: Some(path.to_owned()), notice, backup: Some(Box::new(backup)), sheets, ..Outcome::default() })
    }

    /// Everything goes into the file, secrets last, a group at a time.
    fn pour(
        &self,
        snapshot: &mut Snapshot,
        sealed: &Sealed,
        output: &File,
        path: &Path,
        progress: &dyn Progress,
    ) -> Result<Written, CustodianError> {
        let to = sealed.to();
        let full = |error: BackupError| match error {
            BackupError::Disk(cause) => file::not_written(path, &cause),
            other => other.into(),
        };
        let mut writer = Writer::begin(
            BufWriter::with_capacity(256 << 10, Hashed { inner: output, hash: Sha256::new() }),
            &to,
            &snapshot.head,
        )
        .map_err(full)?;
        let material = &snapshot.material;
        let (identity, recipient) = (material.identity.as_ref(), material.recipient.as_ref());
        writer.keys(&material.log_key, identity, material.identity_file.as_deref(), recipient).map_err(full)?;
        let anchor = Anchor { inventory: snapshot.head.inventory, seq: snapshot.head.seq, hash: snapshot.head.hash };
        let anchor = ron::to_string(&anchor).map_err(|error| CustodianError::Log(error.to_string()))?;
        writer.anchor(anchor.as_bytes()).map_err(full)?;
        let mut log = Hashing { inner: &mut snapshot.log.1, hash: Sha256::new() };
        writer.log(snapshot.log.0, &mut log).map_err(full)?;
        let mut written = Written::default();
        written.parts.log = Some(log.hash.end());
        if let Ok(settings) = std::fs::read(self.env.folder.join("settings.ron")) {
            writer.settings(&settings).map_err(full)?;
        }
        let (total, mut done, mut holds) = (snapshot.holds.len() as u64, 0, Vec::with_capacity(snapshot.holds.len()));
        for group in snapshot.holds.chunks(GROUP) {
            if progress.cancelled() {
                return Err(CustodianError::Cancelled);
            }
            let versions = snapshot.inventory.named_versions(group);
            let secrets = in_parallel(&versions, |(_, version)| self.stored_secret(version))?;
            for ((key, version), secret) in versions.iter().zip(secrets) {
                let of = (key.id, version.number);
                let Some(secret) = secret else {
                    let left_out = LeftOut { key: of.0, version: of.1, reason: Omission::Missing };
                    snapshot.backup.except.push(left_out);
                    continue;
                };
                writer.secret(&version.locator.object, &secret).map_err(full)?;
                written.parts.secrets.insert(version.locator.object.clone(), crypto::sha256(secret.expose()));
                holds.push(Listed {
                    key: of.0,
                    name: key.name.clone(),
                    version: of.1,
                    object: version.locator.object.clone(),
                    known_by: version.spki().or(version.mac).unwrap_or_default(),
                });
            }
            done += group.len() as u64;
            // Half of the work is reading it back.
            progress.report(done / 2, total);
        }
        let lacks = snapshot.backup.except.iter().map(|one| snapshot.lacking(one)).collect();
        let manifest = Manifest { backup: snapshot.backup.clone(), holds, lacks };
        let (output, rehearsed) = writer.finish(&manifest).map_err(full)?;
        let output = output.into_inner().map_err(|failed| file::not_written(path, failed.error()))?;
        written.sha256 = output.hash.end();
        written.rehearsed = rehearsed;
        written.parts.manifest = Some(manifest);
        Ok(written)
    }

    /// The secret of a version, if its store has it and it is the one that the log knows.
    fn stored_secret(&self, version: &Version) -> Result<Option<SecretBytes>, CustodianError> {
        use crate::stores::StoreError as E;
        let locator = &version.locator;
        match self.with_store(&locator.store, |store| Ok(store.export(&locator.object)?)) {
            Ok(secret) => Ok(self.is_known(version, &secret)?.then_some(secret)),
            Err(CustodianError::Store(E::Absent { .. } | E::Damaged { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A secret is the one that the log knows of a version.
    pub(in crate::custodian) fn is_known(&self, version: &Version, secret: &SecretBytes) -> Result<bool, CustodianError> {
        match version.mac {
            Some(mac) => Ok(self.secret_mac(&version.locator.object, secret)? == mac),
            None => Ok(crypto::public_key(secret).is_ok_and(|(_, public_key)| public_key == version.public_key)),
        }
    }
}

impl Inventory {
    /// These versions with their keys; those that are not known are left out.
    fn named_versions(&self, of: &[(KeyId, u32)]) -> Vec<(std::sync::Arc<crate::model::Key>, Version)> {
        let found = |(key, number): &(KeyId, u32)| {
            let key = self.key(*key)?;
            Some((key.clone(), key.version(*number)?.clone()))
        };
        of.iter().filter_map(found).collect()
    }
}

impl Snapshot {
    fn lacking(&self, one: &LeftOut) -> Lacking {
        let name = self.inventory.key(one.key).map_or_else(Default::default, |key| key.name.clone());
        Lacking { key: one.key, name, version: one.version, why: one.reason.why().into() }
    }

    /// What is not in it, as a sentence.
    fn without(&self, except: &[LeftOut]) -> Option<String> {
        let parts = Omission::ALL.into_iter().filter_map(|reason| {
            let keys: HashSet<KeyId> = except.iter().filter(|one| one.reason == reason).map(|one| one.key).collect();
            let first = keys.iter().next().and_then(|id| self.inventory.key(*id)).map(|key| name::shown(&key.name).into_owned());
            match (keys.len(), first) {
                (0, _) => None,
                (1, Some(name)) => Some(format!("{name}, because {}", reason.why())),
                (count, _) => Some(format!("{count} keys, each because {}", reason.why())),
            }
        });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| format!("Not in it: {}.", parts.join("; ")))
    }
}

impl Sealed {
    fn to(&self) -> To<'_> {
        match self {
            Self::Passphrase(passphrase, _) => To::Passphrase(passphrase),
            Self::Recipients(several) => To::Recipients(several.iter().map(|(name, key)| (&**name, key)).collect()),
        }
    }

    fn recipients(&self) -> Vec<Box<str>> {
        match self {
            Self::Passphrase(..) => Vec::new(),
            Self::Recipients(several) => several.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    fn shares(&self) -> Option<ShareSet> {
        match self {
            Self::Passphrase(_, shares) => {
                shares.first().map(|share| ShareSet { id: share.set().into(), needed: share.needed(), made: share.made() })
            }
            Self::Recipients(_) => None,
        }
    }
}
