//! Version-control trees, and whether git tracks a file. The index is read as a file: running git in a
//! folder of others would run what its settings say.

use std::path::{Path, PathBuf};

/// A larger index is not read; nothing is said then.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A folder under version control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The folder that holds the whole tree.
    pub root: PathBuf,
    /// “git”, “Mercurial” or “Subversion”.
    pub system: &'static str,
}

impl Tree {
    /// The tree that begins in this very folder.
    pub(super) fn at(folder: &Path) -> Option<Self> {
        let systems = [(".git", "git"), (".hg", "Mercurial"), (".svn", "Subversion")];
        let (_, system) = systems.into_iter().find(|(name, _)| folder.join(name).symlink_metadata().is_ok())?;
        Some(Self { root: folder.to_owned(), system })
    }

    /// The nearest tree that a folder lies in.
    pub(super) fn above(folder: &Path) -> Option<Self> {
        folder.ancestors().find_map(Self::at)
    }

    /// Whether git tracks a file of the tree; `None` where that cannot be told cheaply.
    pub(super) fn tracks(&self, file: &Path) -> Option<bool> {
        let inner = file.strip_prefix(&self.root).ok()?;
        let name = inner.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
        let path = self.root.join(".git");
        if self.system != "git" || !path.symlink_metadata().ok()?.is_dir() {
            return None;
        }
        let index = path.join("index");
        match index.symlink_metadata() {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Some(false),
            Ok(found) if found.is_file() && found.len() <= LARGEST => {}
            _ => return None,
        }
        names(crate::custodian::import::load(&index).ok()?.expose(), name.as_bytes())
    }
}

/// Whether an index of version 2 or 3 names a path (gitformat-index(5)).
fn names(index: &[u8], wanted: &[u8]) -> Option<bool> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    let version = number(4)?;
    if !index.starts_with(b"DIRC") || !(2..=3).contains(&version) {
        return None;
    }
    let mut at = 12_usize;
    for _ in 0..number(8)? {
        // Times, numbers, size and hash take 60 bytes, the flags 2, and 2 more where they say so.
        let flags = u16::from_be_bytes(index.get(at + 60..at + 62)?.try_into().ok()?);
        let start = at + 62 + if flags & 0x4000 == 0 { 0 } else { 2 };
        let rest = index.get(start..)?;
        let length = memchr::memchr(0, rest)?;
        if &rest[..length] == wanted {
            return Some(true);
        }
        at += (start - at + length + 8) & !7;
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let run = std::process::Command::new("git").current_dir(folder).args(arguments).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }

    #[test]
    fn a_tree_is_found_from_within_and_its_index_tells_what_git_tracks() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(Tree::at(root), None);
        git(root, &["init", "-q"]);
        std::fs::create_dir(root.join("keys")).unwrap();
        for name in ["keys/a", "keys/b", "keys/longer-name", "z"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        let tree = Tree::above(&root.join("keys")).unwrap();
        assert_eq!((tree.root.as_path(), tree.system), (root, "git"));
        assert_eq!(tree.tracks(&root.join("keys/a")), Some(false), "no index yet");
        git(root, &["add", "keys/a", "keys/longer-name", "z"]);
        let tracked = ["keys/a", "keys/b", "keys/longer-name", "z"].map(|name| tree.tracks(&root.join(name)));
        assert_eq!(tracked, [Some(true), Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn a_damaged_index_says_nothing() {
        assert_eq!(names(b"DIRC\0\0\0\x04\0\0\0\x01", b"a"), None);
        assert_eq!(names(b"DIRC\0\0\0\x02\xff\xff\xff\xff", b"a"), None);
        assert_eq!(names(b"", b"a"), None);
    }
}
