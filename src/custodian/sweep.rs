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
            for path in old_files(&place).filter(|path| name_of(path).is_some_and(is_temporary)) {
                let _ = fs::remove_file(path);
            }
        }
        let open = self.read(|inventory| inventory.open_operations().clone());
        for path in old_files(&folder.join("operations")) {
            let id = name_of(&path).and_then(|name| name.parse().ok());
            // Begun by a program that was killed before it could say so in the log.
            if let Some(id) = id.filter(|id| !open.contains_key(id))
                && let Ok(Some(left)) = Operation::adopt(folder, id)
            {
                left.close();
            }
        }
    }
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

fn is_temporary(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Regular files of a folder that were last written long ago.
fn old_files(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.metadata().is_ok_and(|found| found.is_file() && is_old(&found))).map(|entry| entry.path())
}

fn is_old(found: &fs::Metadata) -> bool {
    found.modified().is_ok_and(|written| written.elapsed().is_ok_and(|age| age > OLD))
}
