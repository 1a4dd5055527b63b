//! Opening a copied folder with its passphrase alone.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::core::Custodian;
use super::environment::Environment;
use super::error::CustodianError;
use super::file;
use crate::audit::LogKeys;
use crate::model::{Event, InventoryId, RuleError, Store};
use crate::secret::Passphrase;
use crate::stores::Home;

impl Custodian {
    /// Opens the folder `from` with the passphrase of its `identity.age`, without any keychain.
    /// Unless it is the inventory folder itself it is copied there first, whole or not at all.
    /// From then on its secrets are encrypted files under that passphrase.
    pub fn recover(env: Environment, from: &Path, passphrase: &Passphrase) -> Result<Self, CustodianError> {
        let from = std::path::absolute(from).map_err(|cause| CustodianError::Folder { path: from.to_owned(), cause })?;
        if !from.join("audit.ron").is_file() {
            return Err(CustodianError::NoInventory(from));
        }
        let own = same_folder(&from, &env.folder);
        if !own && Self::exists(&env) {
            return Err(CustodianError::InventoryExists(env.folder));
        }
        // Prove that the passphrase opens the copy before anything is copied.
        Home::recover(Environment { folder: from.clone(), ..env.clone() }.place(InventoryId::default()), passphrase)?;
        if !own {
            copy_whole(&from, &env.folder)?;
        }
        Self::recover_here(env, passphrase)
    }

    fn recover_here(env: Environment, passphrase: &Passphrase) -> Result<Self, CustodianError> {
        let custodian = Self::open(env)?;
        if custodian.read(|inventory| inventory.home().is_none()) {
            return Err(RuleError::NoStore("home".into()).into());
        }
        let place = custodian.env.place(custodian.read(|inventory| inventory.id()));
        let recovered = Home::recover(place, passphrase)?;
        let keys = LogKeys::derive(recovered.log_key()?);
        *custodian.home.write().map_err(|_| CustodianError::Locked)? = recovered;
        custodian.authenticate(&keys);
        custodian.set_unlocked(Some(Arc::new(keys)));
        let mut events = Vec::new();
        events.extend(custodian.moved_home());
        let last = custodian.read(|inventory| inventory.installation());
        if last != custodian.env.installation {
            events.push(Event::TakenOver { from: last });
        }
        if !events.is_empty() {
            match custodian.append(events) {
                // A log that is not whole can be looked at, and gone on from on record.
                Ok(_) | Err(CustodianError::ReadOnly(_)) => {}
                Err(error) => return Err(error),
            }
        }
        custodian.write_anchor();
        custodian.resume();
        Ok(custodian)
    }
}

impl Custodian {
    /// The home store that is open is of another kind than the log says: it was recovered.
    fn moved_home(&self) -> Option<Event> {
        let kind = self.home.read().unwrap_or_else(PoisonError::into_inner).kind();
        let known = self.read(|inventory| inventory.home().cloned())?;
        (known.kind != kind).then_some(Event::StoreMoved(Store::new(known.name, kind)))
    }

    /// Says so in a log that could not be written when it was recovered.
    pub(super) fn note_recovered_home(&self) -> Result<(), CustodianError> {
        self.moved_home().map_or(Ok(()), |event| self.append(vec![event]).map(drop))
    }
}

fn same_folder(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Copies regular files and folders, beside the target first, and moves the copy to its place.
fn copy_whole(from: &Path, to: &Path) -> Result<(), CustodianError> {
    let trouble = |cause| CustodianError::Folder { path: to.to_owned(), cause };
    let parent = to.parent().ok_or_else(|| trouble(std::io::ErrorKind::InvalidInput.into()))?;
    file::private_folder(parent).map_err(trouble)?;
    let temporary = tempfile::Builder::new().prefix(".keystead-recover-").tempdir_in(parent).map_err(trouble)?;
    let inside = temporary.path().join("inventory");
    copy_folder(from, &inside).map_err(trouble)?;
    // An empty folder may stand there already; a full one is refused by the system.
    fs::rename(&inside, to).and_then(|()| file::sync_folder(parent)).map_err(trouble)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    file::private_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if kind.is_file() {
            file::create_private(&target, &fs::read(entry.path())?)?;
        }
    }
    file::sync_folder(to)
}
