//! What was seen at servers, beside the log: looking unlocks nothing, so it cannot be in it. Lost or
//! damaged, the servers are looked at again and nothing worse follows.

use std::path::{Path, PathBuf};

use crate::custodian::file;
use crate::model::{Address, InventoryId, Sighting, Watched};

/// More is no memory of this program.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

fn path(state_folder: &Path, inventory: InventoryId) -> PathBuf {
    state_folder.join(format!("servers-{inventory}.ron"))
}

/// What was seen last; nothing where that cannot be read.
pub(super) fn read(state_folder: &Path, inventory: InventoryId) -> Vec<Watched> {
    let path = path(state_folder, inventory);
    if std::fs::metadata(&path).is_ok_and(|facts| facts.len() > MOST_BYTES) {
        return Vec::new();
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    ron::from_str(&text).unwrap_or_default()
}

/// Takes in what was just seen; of servers that are no longer looked at nothing stays.
pub(super) fn take_in(watched: &mut Vec<Watched>, sightings: &[Sighting], servers: &[Address]) {
    watched.retain(|known| servers.contains(&known.latest.address));
    for sighting in sightings.iter().filter(|sighting| servers.contains(&sighting.address)) {
        match watched.iter_mut().find(|known| known.latest.address == sighting.address) {
            Some(known) => known.look(sighting.clone()),
            None => watched.push(Watched::first(sighting.clone())),
        }
    }
}

/// Keeps it.
pub(super) fn write(state_folder: &Path, inventory: InventoryId, watched: &[Watched]) -> std::io::Result<()> {
    file::private_folder(state_folder)?;
    let text = ron::to_string(watched).map_err(std::io::Error::other)?;
    file::replace_private(&path(state_folder, inventory), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_counts_as_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let id = InventoryId([7; 16]);
        assert_eq!(read(folder.path(), id), []);
        for damage in ["", "[(", "\0", "[1]"] {
            std::fs::write(path(folder.path(), id), damage).unwrap();
            assert_eq!(read(folder.path(), id), []);
        }
    }
}
