//! What programs that were killed left beside: temporary files that nobody will finish. One of
//! them may hold the inventory's identity under a passphrase that was long since given up.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::core::{Custodian, Operation};

/// A temporary file this old belongs to nobody who is still at work.
const OLD: Duration = Duration::from_hours(24);

/// How the names of temporary files begin, in every room that writes here.
const PREFIXES: [&str; 4] = [".keystead-", ".audit-", ".checkpoint-", ".torn-"];

impl Custodian {
    /// Removes old temporary files from the inventory folder. What cannot be removed stays for the
    /// next time.
    pub(super) fn sweep(&self) {
        let folder = &self.env.folder;
        for place in [folder.clone(), folder.join("secrets")] {
            for name in old_files(&place, is_temporary) {
                let _ = fs::remove_file(place.join(name));
            }
        }
        let open = self.read(|inventory| inventory.open_operations().clone());
        for name in old_files(&folder.join("operations"), |_| true) {
            // Begun by a program that was killed before it could say so in the log.
            if let Some(id) = name.parse().ok().filter(|id| !open.contains_key(id))
                && let Ok(Some(left)) = Operation::adopt(folder, id)
            {
                left.close();
            }
        }
    }
}

fn is_temporary(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Names of regular files that were last written long ago. Only those that are wanted are looked
/// at: a folder may hold a hundred thousand others.
fn old_files(folder: &Path, wanted: fn(&str) -> bool) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry)));
    let wanted = named.filter(|(name, entry)| wanted(name) && entry.metadata().is_ok_and(|found| is_old(&found)));
    wanted.map(|(name, _)| name).collect()
}

fn is_old(found: &fs::Metadata) -> bool {
    found.is_file() && found.modified().is_ok_and(|written| written.elapsed().is_ok_and(|age| age > OLD))
}
