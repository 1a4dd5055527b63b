//! Operations that were begun and whose owner died: completed, undone, or left open while their
//! store is away.

use std::sync::Arc;

use super::core::{Custodian, Operation};
use super::engines::quietly;
use super::error::CustodianError;
use super::group::remove;
use super::identity::Known;
use super::inside::{unmake, was_made_inside};
use crate::crypto;
use crate::model::inventory::made_by;
use crate::model::{Adoption, Backup, Digest, Event, Format, Intent, Key, Locator, Merge, OperationId, Version, VersionRef};
use crate::stores::StoreError;

/// What became of an operation.
enum End {
    Done(Vec<Event>),
    Undone(&'static str),
}

impl Custodian {
    /// Takes up every open operation whose owner is dead. What cannot be decided now stays open
    /// and is shown.
    pub(super) fn take_up(&self) {
        if self.is_unlocked() && self.read(|inventory| !inventory.open_operations().is_empty()) {
            self.resume();
        }
    }

    /// As [`Custodian::take_up`], right after unlocking.
    pub(super) fn resume(&self) {
        let open = self.read(|inventory| inventory.open_operations().clone());
        // Nobody asked for this now, so nobody is asked for a PIN.
        let _quiet = quietly();
        for (id, operation) in open {
            let Ok(Some(adopted)) = Operation::adopt(&self.env.folder, id) else { continue };
            // What the dead one asked of a token may still be under way.
            #[cfg(feature = "pkcs11")]
            if self.reaches_tokens() && self.engines.tokens.calls_have_ended().is_err() {
                continue;
            }
            // Its owner may have ended it since the log was last read; what lies in the store then
            // belongs to living keys.
            if self.refresh().is_err() {
                continue;
            }
            if !self.read(|inventory| inventory.open_operations().contains_key(&id)) {
                adopted.close();
            } else if let Ok(end) = self.settle(id, &operation.intent) {
                self.end(&adopted, id, end);
            }
        }
    }

    fn end(&self, adopted: &Operation, id: OperationId, end: End) {
        let events = match end {
            End::Done(mut more) => {
                more.insert(0, Event::Done { operation: id });
                more
            }
            End::Undone(reason) => vec![Event::Failed { operation: id, reason: reason.to_owned() }],
        };
        // Its owner may have ended it while it was looked at.
        if self.append(events).is_ok() || self.read(|inventory| !inventory.open_operations().contains_key(&id)) {
            adopted.close();
        }
    }

    fn settle(&self, id: OperationId, intent: &Intent) -> Result<End, CustodianError> {
        match intent {
            Intent::Generate { .. } | Intent::Rotate { .. } if was_made_inside(intent) => self.settle_inside(intent),
            Intent::Generate { keys } => self.settle_made(&keys.iter().map(|key| (&key.version).into()).collect::<Vec<_>>()),
            Intent::Rotate { rotations, .. } => {
                self.settle_made(&rotations.iter().map(|rotation| (&rotation.version).into()).collect::<Vec<_>>())
            }
            Intent::Adopt { adoptions } => self.settle_adopted(adoptions),
            Intent::Move { version, from, to } => self.settle_moved(*version, from, to),
            // A person ordered it and said so twice: it is carried through.
            Intent::Destroy { versions, .. } => self.erase(versions).map(|()| End::Done(Vec::new())),
            // Whether the agent took it nobody can tell: who holds the key is told rather once too often.
            Intent::Export { format: Format::AgentKey, .. } => Ok(End::Done(Vec::new())),
            Intent::Export { path, sha256, format, .. } if format.is_private() => Ok(settle_private(id, path, sha256)),
            Intent::Export { path, sha256, .. } | Intent::Request { path, sha256, .. } => Ok(if was_written(path, sha256) {
                End::Done(Vec::new())
            } else {
                End::Undone("it was interrupted before its file was written")
            }),
            Intent::Backup { backup } => Ok(self.settle_backup(id, backup)),
            Intent::Restore { merge } => self.settle_merge(merge),
            // What is still there stays: removing it again would need all that was compared before.
            Intent::RemoveFile { path, .. } => Ok(match std::fs::symlink_metadata(&**path) {
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && has_folder(path) => End::Done(Vec::new()),
                Err(_) => End::Undone("it was interrupted, and whether the file is still there cannot be told now"),
                Ok(_) => End::Undone("it was interrupted before the file was removed; the file is still there"),
            }),
            Intent::ChangePassphrase { before } => {
                let now = self.home.read().map_err(|_| CustodianError::Locked)?.identity_digest()?;
                Ok(if now == *before {
                    End::Undone("it was interrupted; the passphrase is the one from before")
                } else {
                    End::Done(vec![Event::PassphraseChanged])
                })
            }
        }
    }

    /// A backup that was written, read back and sealed is one; of any other nothing stays.
    fn settle_backup(&self, id: OperationId, backup: &Backup) -> End {
        let place = &*backup.place;
        let left = super::file::remove_left(std::path::Path::new(place), &id.to_string());
        if backup.sha256.is_some_and(|sha256| super::backup::digest_of(std::path::Path::new(place)).ok() == Some(sha256)) {
            let (place, backup) = (place.to_owned(), Some(Box::new(backup.clone())));
            return End::Done(vec![Event::BackupMade { place, backup }]);
        }
        super::backup::remove_sheets(backup);
        match left {
            Ok(()) => End::Undone("it was interrupted before the backup was in its place"),
            Err(_) => End::Undone(
                "it was interrupted before the backup was in its place, and its folder could not be looked into: \
                 a file named .keystead-… there is the beginning of a backup. Remove it",
            ),
        }
    }

    /// What a merge puts into the store is there whole or removed; what it ends is ended.
    fn settle_merge(&self, merge: &Merge) -> Result<End, CustodianError> {
        let returned: Vec<(Version, &Locator)> = self.read(|inventory| {
            let found =
                merge.returned.iter().filter_map(|(of, to)| Some((inventory.key(of.key)?.version(of.version)?.clone(), to)));
            found.collect()
        });
        let mut known: Vec<Known> = merge.stored().map(Known::from).collect();
        known.extend(returned.iter().map(|(version, locator)| Known { locator, ..version.into() }));
        let end = self.settle_made(&known)?;
        if matches!(end, End::Done(_)) {
            self.erase(&merge.ended())?;
        }
        Ok(end)
    }

    /// An engine that was about to make keys made them all, and says which they are; or what it made goes again.
    fn settle_inside(&self, intent: &Intent) -> Result<End, CustodianError> {
        match self.identified_inside(intent) {
            Ok(events) => return Ok(End::Done(events)),
            Err(CustodianError::Store(StoreError::Damaged { .. } | StoreError::Absent { .. })) => {}
            Err(error) => return Err(error),
        }
        for (_, version) in made_by(intent) {
            self.with_store(&version.locator.store, |store| unmake(store, &version.locator))?;
        }
        Ok(End::Undone("it was interrupted before all of it was made; none of it is kept"))
    }

    /// A private half that arrived leaves the store it came from; one that did not stays there.
    fn settle_moved(&self, of: VersionRef, from: &Locator, to: &Locator) -> Result<End, CustodianError> {
        if self.has_arrived(of, to)? {
            self.take_away(from)?;
            return Ok(End::Done(Vec::new()));
        }
        self.with_store(&to.store, |store| remove(store, &to.object))?;
        Ok(End::Undone("it was interrupted before the private half arrived; it lies where it lay before"))
    }

    fn settle_adopted(&self, adoptions: &[Adoption]) -> Result<End, CustodianError> {
        let keys: Vec<Option<Arc<Key>>> =
            self.read(|inventory| adoptions.iter().map(|adoption| inventory.key(adoption.version.key).cloned()).collect());
        let known = keys.iter().zip(adoptions).filter_map(|(key, adoption)| {
            let version = key.as_ref()?.version(adoption.version.version)?;
            Some(Known { locator: &adoption.locator, ..version.into() })
        });
        self.settle_made(&known.collect::<Vec<_>>())
    }

    /// A group is whole in the store, or what is there of it is removed: the pairs that are
    /// missing existed only in the memory of a program that is gone.
    fn settle_made(&self, made: &[Known]) -> Result<End, CustodianError> {
        let mut whole = true;
        for version in made {
            let locator = version.locator;
            match self.with_store(&locator.store, |store| self.fits(store, version)) {
                Ok(fits) => whole &= fits,
                // Half written, or not at all.
                Err(CustodianError::Store(StoreError::Damaged { .. } | StoreError::Absent { .. })) => whole = false,
                Err(error) => return Err(error),
            }
        }
        if whole {
            return Ok(End::Done(Vec::new()));
        }
        // Also of an absent one there may be a recovery copy. All are ours by their names.
        for version in made {
            let locator = version.locator;
            self.with_store(&locator.store, |store| remove(store, &locator.object))?;
        }
        Ok(End::Undone("it was interrupted before all of it was stored; none of it is kept"))
    }
}

/// The folder of a file is there: without it (another disk, say) nothing can be said of the file.
fn has_folder(path: &str) -> bool {
    std::path::Path::new(path).parent().is_some_and(std::path::Path::is_dir)
}

/// The file holds exactly what was to be written. Standard output is written once the operation
/// has ended, so it was not.
/// A secret that was on its way: what was written beside its target goes, whether it arrived or not. Where the folder
/// cannot be looked into now it is told; a disk that is away for ever must not keep the key busy.
fn settle_private(id: OperationId, path: &str, sha256: &Digest) -> End {
    let left = super::file::remove_left(std::path::Path::new(path), &id.to_string());
    match (was_written(path, sha256), left) {
        (true, _) => End::Done(Vec::new()),
        (false, Ok(())) => End::Undone("it was interrupted before its file was written"),
        (false, Err(_)) => End::Undone(
            "it was interrupted before its file was written, and its folder could not be looked into: \
             a file named .keystead-… may hold the secret there. Remove it",
        ),
    }
}

fn was_written(path: &str, sha256: &Digest) -> bool {
    path != "-" && std::fs::read(path).is_ok_and(|bytes| crypto::sha256(&bytes) == *sha256)
}
