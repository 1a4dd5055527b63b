//! Putting a restored inventory folder in the place of the one that is there, in one step, and finishing or undoing that
//! after a crash.
//!
//! The new folder is built beside as `NAME.restoring`. Once it is whole a mark in it says what the old one is to be
//! called; then both change places at once, where the system can do that. So whatever happens there is one whole
//! inventory under the name: with the mark the new one, without it the old one.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::custodian::error::CustodianError;
use crate::custodian::file;

use super::stored::NOTE;

/// In a folder that was built whole: the name that the old one is to have.
const MARK: &str = "restored";

/// Held locked by whoever builds the folder; only folders that have it are ever removed.
const OWNER: &str = "restoring.lock";

/// Removes what a restore put elsewhere, by what stands in its folder; whether nothing of it is left.
pub(super) type Clear<'a> = dyn Fn(&Path) -> bool + 'a;

/// A new inventory folder beside the one it is to replace. Dropped before it is in place, it is removed.
pub(super) struct Beside<'a> {
    folder: PathBuf,
    target: PathBuf,
    /// Released when this goes away.
    _owner: File,
    placed: bool,
    clear: Box<Clear<'a>>,
}

fn beside(target: &Path) -> Option<PathBuf> {
    let mut name = target.file_name()?.to_owned();
    name.push(".restoring");
    Some(target.with_file_name(name))
}

impl<'a> Beside<'a> {
    /// An empty folder beside the inventory folder.
    pub(super) fn make(target: &Path, clear: Box<Clear<'a>>) -> Result<Self, CustodianError> {
        settle(target, &clear);
        let trouble = |cause| CustodianError::Folder { path: target.to_owned(), cause };
        let folder = beside(target).ok_or_else(|| trouble(ErrorKind::InvalidInput.into()))?;
        let made = || file::private_folder(&folder).and_then(|()| owner(&folder));
        // Another start may have taken the empty folder for a left one.
        let owner = made().or_else(|_| made()).map_err(trouble)?.ok_or(CustodianError::Restoring)?;
        if folder.join(NOTE).exists() {
            return Err(CustodianError::LeftInKeychain);
        }
        let others = fs::read_dir(&folder).map_err(trouble)?.flatten().any(|entry| entry.file_name() != OWNER);
        if others {
            return Err(trouble(std::io::Error::other(format!(
                "{} lies beside it and was not made by a restore",
                folder.display()
            ))));
        }
        Ok(Self { folder, target: target.to_owned(), _owner: owner, placed: false, clear })
    }

    /// Where it is built.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts it in its place. Returns where the old one lies now, if there was one.
    pub(super) fn place(mut self, day: &str) -> Result<Option<PathBuf>, CustodianError> {
        let trouble = |cause| CustodianError::Folder { path: self.target.clone(), cause };
        let occupied = fs::read_dir(&self.target).is_ok_and(|mut entries| entries.next().is_some());
        let kept = free_name(&self.target, day);
        let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
        file::replace_private(&self.folder.join(MARK), name.as_bytes()).map_err(trouble)?;
        if occupied {
            change_places(&self.folder, &self.target, &kept).map_err(trouble)?;
        } else {
            // An empty folder may stand there.
            let _ = fs::remove_dir(&self.target);
            fs::rename(&self.folder, &self.target).map_err(trouble)?;
        }
        self.placed = true;
        sync_parent(&self.target).map_err(trouble)?;
        finish(&self.target).map_err(trouble)?;
        Ok(occupied.then_some(kept))
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if !self.placed && (self.clear)(&self.folder) {
            // What cannot be removed now is at the next start.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Finishes or undoes a restore that was interrupted, unless somebody is still at it. What cannot be done now is tried
/// at the next start.
pub(super) fn settle(target: &Path, clear: &Clear<'_>) {
    if target.join(MARK).is_file() {
        let _ = finish(target);
        return;
    }
    let Some(folder) = beside(target).filter(|folder| folder.is_dir()) else { return };
    if !folder.join(OWNER).is_file() {
        // Made, and nothing put into it yet; what holds something stays.
        let _ = fs::remove_dir(&folder);
        return;
    }
    let Ok(Some(_owner)) = owner(&folder) else { return };
    if target.join(MARK).is_file() {
        // It was put in its place between the two looks.
        let _ = finish(target);
    } else if !target.exists() && folder.join(MARK).is_file() {
        let _ = fs::rename(&folder, target).and_then(|()| sync_parent(target)).and_then(|()| finish(target));
    } else if folder.join(OWNER).is_file() && clear(&folder) {
        let _ = fs::remove_dir_all(&folder);
    }
}

/// The new folder is in its place: the old one gets its name, and then the mark goes.
fn finish(target: &Path) -> std::io::Result<()> {
    let mark = target.join(MARK);
    let name = match fs::read_to_string(&mark) {
        // Another start was faster.
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "." && name != "..";
    let old = beside(target).filter(|old| old.is_dir() && !old.join(OWNER).exists());
    if let Some(old) = old.filter(|_| plain) {
        let kept = target.with_file_name(&name);
        if !kept.exists() {
            fs::rename(old, kept)?;
            sync_parent(target)?;
        }
    }
    for left in [OWNER, NOTE, MARK] {
        match fs::remove_file(target.join(left)) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
    }
    file::sync_folder(target)
}

/// What an interrupted restore left beside.
pub(super) fn left(target: &Path) -> Option<PathBuf> {
    beside(target).filter(|folder| folder.is_dir())
}

/// The lock of whoever builds a folder; `None` while another holds it.
fn owner(folder: &Path) -> std::io::Result<Option<File>> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(folder.join(OWNER))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(cause)) => Err(cause),
    }
}

/// Both folders get each other's name at once. Where the system cannot do that the old one steps aside first; a crash in
/// between is finished by [`settle`].
fn change_places(new: &Path, old: &Path, kept: &Path) -> std::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    fs::rename(old, kept)?;
    fs::rename(new, old).inspect_err(|_| {
        // The first error is the one to tell; the next start does this as well.
        let _ = fs::rename(kept, old);
    })
}

fn free_name(target: &Path, day: &str) -> PathBuf {
    let named = |suffix: String| {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        target.with_file_name(name)
    };
    let mut kept = named(format!(".before-restore-{day}"));
    let mut number = 2_u32;
    while kept.exists() {
        kept = named(format!(".before-restore-{day}-{number}"));
        number += 1;
    }
    kept
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), file::sync_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(folder: &Path) -> String {
        fs::read_to_string(folder.join("audit.ron")).unwrap_or_default()
    }

    /// A live folder, and a new one beside it, as far as a restore got.
    fn stage(whole: bool) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("keys");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("audit.ron"), "old").unwrap();
        let new = beside(&target).unwrap();
        fs::create_dir(&new).unwrap();
        fs::write(new.join(OWNER), "").unwrap();
        fs::write(new.join("audit.ron"), "new").unwrap();
        if whole {
            fs::write(new.join(MARK), "keys.before").unwrap();
        }
        (home, target)
    }

    #[test]
    fn the_new_one_takes_the_place_and_the_old_one_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("keys");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("audit.ron"), "old").unwrap();
        let beside = Beside::make(&target, Box::new(|_| true)).unwrap();
        assert!(matches!(Beside::make(&target, Box::new(|_| true)), Err(CustodianError::Restoring)), "two at once");
        fs::write(beside.folder().join("audit.ron"), "new").unwrap();
        let kept = beside.place("2026-11-26").unwrap().unwrap();
        assert_eq!((content(&target).as_str(), content(&kept).as_str()), ("new", "old"));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing else is left");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    }

    #[test]
    fn given_up_before_it_is_in_place_it_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("keys");
        let beside = Beside::make(&target, Box::new(|_| true)).unwrap();
        fs::write(beside.folder().join("audit.ron"), "new").unwrap();
        drop(beside);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn interrupted_before_the_change_the_old_one_stays() {
        for whole in [false, true] {
            let (home, target) = stage(whole);
            settle(&target, &|_| true);
            assert_eq!(content(&target), "old");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn interrupted_after_the_change_it_is_finished() {
        let (home, target) = stage(true);
        let new = beside(&target).unwrap();
        change_places(&new, &target, &home.path().join("unused")).unwrap();
        settle(&target, &|_| true);
        assert_eq!((content(&target).as_str(), content(&home.path().join("keys.before")).as_str()), ("new", "old"));
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
        settle(&target, &|_| true);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn interrupted_while_the_old_one_stepped_aside_it_is_finished() {
        let (home, target) = stage(true);
        fs::rename(&target, home.path().join("keys.before")).unwrap();
        settle(&target, &|_| true);
        assert_eq!((content(&target).as_str(), content(&home.path().join("keys.before")).as_str()), ("new", "old"));
    }

    #[test]
    fn what_cannot_be_cleared_now_is_cleared_at_a_later_start() {
        let (_home, target) = stage(false);
        let new = beside(&target).unwrap();
        fs::write(new.join(NOTE), "").unwrap();
        settle(&target, &|_| false);
        assert_eq!((content(&target).as_str(), left(&target)), ("old", Some(new)));
        assert!(matches!(Beside::make(&target, Box::new(|_| false)), Err(CustodianError::LeftInKeychain)));
        settle(&target, &|_| true);
        assert_eq!(left(&target), None);
    }

    #[test]
    fn a_folder_that_no_restore_made_is_never_removed() {
        let (home, target) = stage(false);
        let new = beside(&target).unwrap();
        fs::remove_file(new.join(OWNER)).unwrap();
        settle(&target, &|_| true);
        assert_eq!(content(&new), "new");
        assert!(Beside::make(&target, Box::new(|_| true)).is_err());
        drop(home);
    }
}
