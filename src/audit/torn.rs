//! A last line that was not written whole. Only a writer under the lock may touch it, because a
//! reader may be looking at a line that is just being written.

use std::io::Write as _;

use super::chain::{self, LogKeys};
use super::error::LogError;
use super::log::{Log, sync_folder};
use super::reader;
use crate::model::Inventory;

/// Completes a last line whose bytes verify; moves any other to a file of its own and cuts it.
pub(super) fn repair(log: &mut Log, keys: &LogKeys, inventory: &mut Inventory) -> Result<(), LogError> {
    let length = std::fs::metadata(log.folder.join(super::FILE)).map_err(LogError::NotSaved)?.len();
    let bytes = log.reader()?.bytes(log.offset, length)?;
    if bytes.contains(&b'\n') {
        // Whole lines: they are read, not repaired.
        return log.catch_up(Some(keys), inventory).map(drop);
    }
    if is_whole(log, &bytes, keys) {
        let at = log.offset;
        log.offset = length;
        let written = log.write(b"\n");
        log.offset = at;
        written?;
        log.repaired = Some("The last record of the log lacked its end. It verifies, and was completed.".into());
        return log.catch_up(Some(keys), inventory).map(drop);
    }
    let path = set_aside(log, &bytes).and_then(|path| log.cut().map(|()| path)).map_err(LogError::NotSaved)?;
    log.repaired = Some(format!(
        "The log ended in a record that was not written whole. It was set aside as {}; nobody had been told that it was saved.",
        path.display()
    ));
    Ok(())
}

/// Only its newline is missing.
fn is_whole(log: &Log, bytes: &[u8], keys: &LogKeys) -> bool {
    chain::split(bytes).is_some_and(|line| {
        chain::link(&log.head.hash, line.body) == line.hash
            && chain::same(&keys.line_mac(line.covered), line.mac.as_bytes())
            && reader::parse(line.body, log.head.seq + 1, log.offset).is_ok()
    })
}

/// Keeps the bytes beside the log before they are cut.
fn set_aside(log: &Log, bytes: &[u8]) -> std::io::Result<std::path::PathBuf> {
    let path = log.folder.join(format!("audit.ron.torn-{}", log.head.seq + 1));
    let mut temporary = tempfile::Builder::new().prefix(".torn-").tempfile_in(&log.folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|failed| failed.error)?;
    sync_folder(&log.folder)?;
    Ok(path)
}
