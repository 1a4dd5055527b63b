//! The sheets of a split passphrase: written beside the backup before it, and removed with one that was not made.

use std::path::{Path, PathBuf};

use super::Sealed;
use crate::custodian::error::CustodianError;
use crate::custodian::file;
use crate::custodian::held::Held;
use crate::formats::backup::sheet::{self, About};
use crate::model::Backup;

/// The folder of the sheets beside a backup.
fn sheets_folder(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".shares");
    path.with_file_name(name)
}

/// Before the backup itself: without its shares nobody could open it.
pub(super) fn write_sheets(
    backup: &Backup,
    sealed: &Sealed,
    held: &Held,
    zone: &jiff::tz::TimeZone,
) -> Result<Vec<PathBuf>, CustodianError> {
    let Sealed::Passphrase(_, shares) = sealed else { return Ok(Vec::new()) };
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let path = sheets_folder(held.path());
    let io = |cause: std::io::Error| file::not_written(&path, &cause);
    let folder = held.make_folder(path.file_name().unwrap_or_default())?;
    let file_name = held.path().file_name().unwrap_or_default().to_string_lossy();
    let (day, id) = (crate::model::time::short_date(backup.at, zone), backup.id.to_string());
    let about = About { file: &file_name, day: &day, backup: &id };
    let mut written = Vec::with_capacity(shares.len());
    for share in shares {
        let (sheet, name) = (sheet::sheet(share, &about), sheet::file_name(share));
        folder.write_new(name.as_ref(), &sheet).map_err(io)?;
        match folder.read(name.as_ref()) {
            Ok(found) if found.same_as(&sheet) => written.push(path.join(name)),
            _ => return Err(CustodianError::ReadBack(path.join(name))),
        }
    }
    folder.sync().map_err(io)?;
    Ok(written)
}

/// Removes the sheets of a backup that was not made. Others in the folder stay.
pub(in crate::custodian) fn remove_sheets(backup: &Backup) {
    let Some(set) = &backup.shares else { return };
    let folder = sheets_folder(Path::new(&*backup.place));
    for number in 1..=set.made {
        let path = folder.join(format!("share-{number}-of-{}.html", set.made));
        let own = std::fs::read_to_string(&path).is_ok_and(|text| text.contains(&format!("<td>{}</td>", set.id)));
        if own {
            // What cannot be removed opens nothing.
            let _ = std::fs::remove_file(&path);
        }
    }
    let _ = std::fs::remove_dir(&folder);
}
