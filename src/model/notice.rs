//! The notice of a revocation: who may sign it, in which files it lies, who is still to be told.

use std::path::{Path, PathBuf};

use super::algorithm::Algorithm;
use super::handover::Format;
use super::ids::KeyId;
use super::intent::VersionRef;
use super::inventory::Inventory;
use super::key::{Key, Version};
use super::name::shown;
use super::state::State;
use super::time::Time;

/// What the key that signs notices is called when it is made on first use.
const MADE: &str = "Revocation notices";

/// Why a key does not sign a notice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// It is the key that was revoked.
    #[error("{0} signs notices, and cannot sign the notice of its own revocation. Choose another notice key first.")]
    Concerned(String),
    /// Its state does not allow it.
    #[error("{name} cannot sign notices: it is {}. Choose another notice key, or have one made.", state.id())]
    State {
        /// The key.
        name: String,
        /// Its state.
        state: State,
    },
    /// OpenSSH could not check the signature.
    #[error("{name} cannot sign notices: OpenSSH has no form for {}. Choose another notice key, or have one made.", algorithm.name())]
    NoForm {
        /// The key.
        name: String,
        /// What it has.
        algorithm: Algorithm,
    },
    /// It is not in the inventory.
    #[error("The key that signs notices is not in the inventory. Choose another notice key, or have one made.")]
    Unknown,
}

/// The version that signs the notice about a key; none where one is made for it on first use.
pub fn signer(inventory: &Inventory, concerned: KeyId, now: Time) -> Result<Option<VersionRef>, SignerError> {
    let Some(chosen) = inventory.facts().notice_key else { return Ok(None) };
    let key = inventory.key(chosen).ok_or(SignerError::Unknown)?;
    if chosen == concerned {
        return Err(SignerError::Concerned(shown(&key.name).into_owned()));
    }
    may_sign(key, now).map(Some)
}

/// The current version of a key, if it may sign notices.
pub fn may_sign(key: &Key, now: Time) -> Result<VersionRef, SignerError> {
    let name = || shown(&key.name).into_owned();
    let version = key.current(now).ok_or(SignerError::Unknown)?;
    let state = version.state(now);
    if state != State::Active {
        return Err(SignerError::State { name: name(), state });
    }
    if !version.algorithm.has_openssh_form() {
        return Err(SignerError::NoForm { name: name(), algorithm: version.algorithm });
    }
    Ok(VersionRef { key: key.id, version: version.number })
}

/// The name of a notice key that is made now.
pub fn free_name(inventory: &Inventory) -> String {
    let numbered = (2..).map(|number| format!("{MADE} {number}"));
    let mut names = std::iter::once(MADE.to_owned()).chain(numbered);
    names.find(|name| !inventory.name_taken(name)).unwrap_or_default()
}

/// The JSON file, its signature, the text and its signature; none where the JSON file ends in `.txt`,
/// which is the name of the text.
pub fn files(json: &Path) -> Option<[PathBuf; 4]> {
    let text = json.with_extension("txt");
    let signed = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".sig");
        PathBuf::from(name)
    };
    let clash = json.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
    (!clash).then(|| [json.to_owned(), signed(json), text.clone(), signed(&text)])
}

impl Key {
    /// The newest version that was revoked and of which someone is to be told; else the newest revoked.
    pub fn revoked(&self) -> Option<&Version> {
        let mut revoked = self.versions.iter().rev().filter(|version| version.revocation.is_some());
        let newest = revoked.clone().next();
        revoked.find(|version| !self.untold(version).is_empty()).or(newest)
    }

    /// Who holds a version, each once with the form that was given first, and whether they were told of
    /// its revocation.
    pub fn to_tell<'k>(&'k self, version: &Version) -> Vec<(&'k str, Format, bool)> {
        let told =
            |name: &str| version.revocation.as_ref().is_some_and(|revocation| revocation.told.iter().any(|told| **told == *name));
        let mut found: Vec<(&str, Format, bool)> = Vec::new();
        for (name, format) in self.holders(version.number) {
            if !found.iter().any(|(other, ..)| *other == name) {
                found.push((name, format, told(name)));
            }
        }
        found
    }

    /// Holders of a version who were not told of its revocation.
    pub fn untold(&self, version: &Version) -> Vec<(&str, Format)> {
        self.to_tell(version).into_iter().filter(|(.., told)| !told).map(|(name, format, _)| (name, format)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_files_of_a_notice_never_share_a_name() {
        let names = |path: &str| files(Path::new(path)).map(|files| files.map(|file| file.to_str().unwrap().to_owned()));
        let beside = ["/a/shop.json", "/a/shop.json.sig", "/a/shop.txt", "/a/shop.txt.sig"].map(str::to_owned);
        assert_eq!(names("/a/shop.json"), Some(beside));
        assert_eq!(names("shop"), Some(["shop", "shop.sig", "shop.txt", "shop.txt.sig"].map(str::to_owned)));
        assert_eq!(names("shop.TXT"), None);
    }
}
