//! Removing a loose file once all it holds was brought in. A file is removed only when its bytes are those
//! that were read, every object in it lies in this inventory, the private halves were read back from their
//! stores just now, and nothing else stands in it.
//!
//! Removing takes the name away and no more: a disk that copies on write, keeps a journal or levels its
//! wear may hold the old blocks for a while. Nothing here pretends otherwise.

use std::fs;
use std::path::Path;

use crate::crypto;
use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::file::sync_folder;
use crate::custodian::import::{Beside, Facts, Object, Reading, load};
use crate::model::{Digest, Held, Intent, Version, VersionRef};

/// What a person should know after a removal.
pub const OLD_BLOCKS: &str = "A disk that copies on write or keeps a journal may still hold old blocks for a while.";

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The file.
    pub path: String,
    /// Why it is still there, as a sentence; `None` when it was removed.
    pub kept: Option<String>,
}

impl Custodian {
    /// Removes a file of a reading, or says why it stays.
    pub fn remove_loose(&self, reading: &Reading, path: &str) -> Removal {
        let kept = match self.try_remove(reading, path) {
            Ok(()) => None,
            Err(Kept::Because(why)) => Some(format!("{why} The file stays where it is.")),
            Err(Kept::Error(error)) => Some(error.to_string()),
        };
        Removal { path: path.to_owned(), kept }
    }

    fn try_remove(&self, reading: &Reading, path: &str) -> Result<(), Kept> {
        let because = |why: &str| Kept::Because(why.to_owned());
        let sha256 = *reading.digests.get(path).ok_or_else(|| because("It is not one of the files that were read."))?;
        // The whole path: whoever settles it after a crash may stand in another folder.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let file = whole.as_path();
        let before = fs::symlink_metadata(file).map_err(|_| because("It is not there any more."))?;
        if !before.is_file() {
            return Err(because("It is a link or no regular file."));
        }
        self.still_the_same(file, sha256)?;
        let mut versions = Vec::new();
        for object in reading.objects.iter().filter(|object| object.path == path) {
            if let Beside::Other(why) = object.beside {
                return Err(because(why));
            }
            versions.extend(self.is_kept(reading, object)?);
        }
        if versions.is_empty() {
            return Err(because("It holds no private key that was brought in."));
        }
        versions.sort_unstable();
        versions.dedup();
        let named = whole.to_str().ok_or_else(|| because("Its name is no text, so that its removal cannot be put on record."))?;
        let operation = self.begin(Intent::RemoveFile { versions, path: named.into(), sha256 })?;
        let removed = self.still_the_same(file, sha256).and_then(|()| {
            let now = fs::symlink_metadata(file).map_err(|_| because("It is not there any more."))?;
            if !same_file(&before, &now) {
                return Err(because("Another file took its place meanwhile."));
            }
            fs::remove_file(file).map_err(|cause| because(&format!("It cannot be removed: {cause}.")))
        });
        match removed {
            Ok(()) => {
                // Removed it is in any case; without this a power cut may bring the name back.
                let _ = file.parent().map(sync_folder);
                self.done(&operation).map_err(|error| error.after(format!("{path} was removed")))?;
                self.forget_tracked(named);
                Ok(())
            }
            Err(kept) => {
                self.failed(&operation, &kept.to_string());
                Err(kept)
            }
        }
    }

    /// Nothing else is tracked at a path whose file was removed on purpose.
    fn forget_tracked(&self, path: &str) {
        let at_path = |version: &Version| matches!(version.held(), Held::Tracked { path: tracked, .. } if **tracked == *path);
        let tracked: Vec<VersionRef> = self.read(|inventory| {
            let all = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
            let found = all.filter(|(_, version)| at_path(version) && version.life.destroyed.is_none());
            found.map(|(key, version)| VersionRef { key, version: version.number }).collect()
        });
        if !tracked.is_empty() {
            // The file is gone; should this fail, an alert says so.
            let _ = self.stop_tracking(&tracked);
        }
    }

    fn still_the_same(&self, file: &Path, sha256: Digest) -> Result<(), Kept> {
        let bytes = load(file).map_err(|why| Kept::Because(format!("It was not removed: {why}.")))?;
        if crypto::sha256(bytes.expose()) != sha256 {
            return Err(Kept::Because("It changed since it was read.".into()));
        }
        Ok(())
    }

    /// The object lies in this inventory: a private half is read back from its store now. The version it
    /// belongs to comes back for a private half.
    fn is_kept(&self, reading: &Reading, object: &Object) -> Result<Option<VersionRef>, Kept> {
        let not_here = || Kept::Because(format!("The {} at {} in it was not brought in.", object.kind.name(), object.place));
        match &object.facts {
            Facts::Secret { .. } => {
                let found = self.version_of(reading, object).ok_or_else(not_here)?;
                let fits = self.with_store(&found.1.locator.store, |store| self.fits(store, &(&found.1).into()))?;
                if fits { Ok(Some(found.0)) } else { Err(Kept::Because("What its store gives back is another key.".into())) }
            }
            Facts::Public => {
                let known = |version: &Version| version.spki().is_some() && version.spki() == object.spki_sha256;
                if self.any_version(known) { Ok(None) } else { Err(not_here()) }
            }
            Facts::Certificate(facts) => {
                let attached = |version: &Version| {
                    version.certificate.as_ref().is_some_and(|attached| {
                        attached.sha256 == facts.sha256 || attached.chain.iter().any(|link| link.0 == facts.der)
                    })
                };
                if self.any_version(attached) { Ok(None) } else { Err(not_here()) }
            }
            _ => Err(not_here()),
        }
    }

    fn any_version(&self, wanted: impl Fn(&Version) -> bool) -> bool {
        self.read(|inventory| inventory.keys().iter().any(|key| key.versions.iter().any(&wanted)))
    }

    /// The living version of this inventory's stores that a private half is: by its public half, or where it
    /// has none by its MAC.
    fn version_of(&self, reading: &Reading, object: &Object) -> Option<(VersionRef, Version)> {
        let secret = reading.secret_of(object)?;
        let candidates: Vec<(VersionRef, Version)> = self.read(|inventory| {
            let all = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key.id, version)));
            let living = all.filter(|(_, version)| *version.held() == Held::Here && version.life.destroyed.is_none());
            let fitting = living.filter(|(_, version)| match object.spki_sha256 {
                Some(spki) => version.spki() == Some(spki),
                None => version.mac.is_some(),
            });
            fitting.map(|(key, version)| (VersionRef { key, version: version.number }, version.clone())).collect()
        });
        candidates.into_iter().find(|(_, version)| match version.mac {
            Some(mac) => self.secret_mac(&version.locator.object, secret).is_ok_and(|found| found == mac),
            None => true,
        })
    }
}

/// Why a file stays.
#[derive(Debug, thiserror::Error)]
enum Kept {
    #[error("{0}")]
    Because(String),
    #[error(transparent)]
    Error(#[from] CustodianError),
}

#[cfg(unix)]
fn same_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    other.is_file() && (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, other: &fs::Metadata) -> bool {
    other.is_file()
}
