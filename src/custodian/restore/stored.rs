//! What a restore puts into the keychain: noted in the folder that is being built before it is there, so that one which
//! is interrupted leaves nothing behind. Only what was not there before is noted, so nothing else is ever removed.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use crate::audit::Log;
use crate::custodian::environment::Environment;
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::model::{InventoryId, StoreKind};
use crate::stores::{Home, Keychain, StoreError};

/// The note: the inventory's id in its first line, then a name in each. A line without its end was never acted on.
pub(super) const NOTE: &str = "restoring.items";

/// The note of a restore that is under way.
pub(super) struct Note {
    file: File,
    keychain: Keychain,
    /// Items that were in the keychain before; `None` where it cannot list them.
    before: Option<HashSet<String>>,
}

impl Note {
    /// Begins the note of a restore into the keychain: what opens the inventory is the first that comes there.
    pub(super) fn begin(
        env: &Environment,
        folder: &Path,
        inventory: InventoryId,
        kind: StoreKind,
    ) -> Result<Self, CustodianError> {
        let path = folder.join(NOTE);
        let trouble = |cause| CustodianError::Folder { path: path.clone(), cause };
        file::create_private(&path, format!("{inventory}\n").as_bytes()).map_err(trouble)?;
        let file = File::options().append(true).open(&path).map_err(trouble)?;
        let before = Home::at(env.place(inventory), kind).store().list().ok().map(|items| items.into_iter().collect());
        let mut note = Self { file, keychain: Keychain::new(inventory, env.keychain_wait), before: None };
        note.add(Home::OPENING.into_iter())?;
        Ok(Self { before, ..note })
    }

    /// Notes those of these items that are not in the keychain yet.
    pub(super) fn add<'a>(&mut self, objects: impl Iterator<Item = &'a str>) -> Result<(), CustodianError> {
        let mut lines = String::new();
        for object in objects {
            let there = match &self.before {
                Some(before) => before.contains(object),
                None => match self.keychain.get(object) {
                    Ok(_) | Err(StoreError::Damaged { .. }) => true,
                    Err(StoreError::Absent { .. }) => false,
                    Err(error) => return Err(error.into()),
                },
            };
            if !there {
                lines.push_str(object);
                lines.push('\n');
            }
        }
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|cause| CustodianError::Folder { path: NOTE.into(), cause })
    }
}

/// Removes from the keychain what an interrupted restore put there, by the note in its folder. An error leaves the note
/// for the next start.
pub(super) fn clear(env: &Environment, folder: &Path) -> Result<(), CustodianError> {
    let text = match fs::read_to_string(folder.join(NOTE)) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(|cause| CustodianError::Folder { path: folder.to_owned(), cause })?,
    };
    let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let Some(inventory) = lines.next().and_then(|line| line.parse::<InventoryId>().ok()) else { return Ok(()) };
    let living = living(env, inventory);
    let keychain = Keychain::new(inventory, env.keychain_wait);
    for object in lines.filter(|object| !living.contains(*object)) {
        match keychain.delete(object) {
            Ok(()) | Err(StoreError::Absent { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The items that the inventory in the folder itself has by now, where it is the same one.
fn living(env: &Environment, inventory: InventoryId) -> HashSet<String> {
    if !env.folder.join(crate::audit::FILE).exists() {
        return HashSet::new();
    }
    // A log that cannot be read took in nothing since.
    let Ok(opened) = Log::open(&env.folder) else { return HashSet::new() };
    let here = opened.inventory;
    let in_keychain = here.home().is_some_and(|home| home.kind != StoreKind::Files);
    if here.id() != inventory || !in_keychain {
        return HashSet::new();
    }
    let versions = here.keys().iter().flat_map(|key| &key.versions).filter(|version| version.life.destroyed.is_none());
    let keys = versions.map(|version| version.locator.object.to_string());
    keys.chain(Home::OPENING.into_iter().map(str::to_owned)).collect()
}
