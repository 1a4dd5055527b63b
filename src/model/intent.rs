//! What an operation is about to do, as the log says it before anything is touched: the intent that an event begins
//! with, and its parts.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::backup::Backup;
use super::certificate::RequestProfile;
use super::handover::Format;
use super::ids::{Digest, KeyId};
use super::inventory::Merge;
use super::key::Locator;
use super::origin::Origin;
use super::purpose::Purpose;
use super::time::Time;

/// What an operation is about to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// Put new keys into their store.
    Generate {
        /// All that is to be known of them.
        keys: Vec<NewKey>,
    },
    /// Put new versions of keys into their store, each in place of an old one.
    Rotate {
        /// All that is to be known of them.
        rotations: Vec<Rotation>,
        /// Nobody asked: it was due, and its policy says that it happens by itself.
        by_itself: bool,
    },
    /// Put private halves into a store whose versions were known already and held elsewhere.
    Adopt {
        /// Which, and where they will lie.
        adoptions: Vec<Adoption>,
    },
    /// Put a private half into another store, and end it in the one it lies in once it arrived.
    Move {
        /// Of which version.
        version: VersionRef,
        /// Where it lies.
        from: Locator,
        /// Where it will lie.
        to: Locator,
    },
    /// End the private material of versions.
    Destroy {
        /// Which.
        versions: Vec<VersionRef>,
        /// Why, in the person's words; may be empty.
        reason: String,
    },
    /// Write public or private halves to a file for recipients.
    Export {
        /// Which versions.
        versions: Vec<VersionRef>,
        /// In which form.
        format: Format,
        /// For whom.
        recipient: Box<str>,
        /// For whom else; each gets the same file.
        #[serde(default)]
        others: Vec<Box<str>>,
        /// The version under whose key they are wrapped.
        #[serde(default)]
        under: Option<VersionRef>,
        /// The file.
        path: String,
        /// SHA-256 of what is to be written.
        sha256: Digest,
    },
    /// Write a certificate request to a file.
    Request {
        /// For which version.
        version: VersionRef,
        /// With this subject, these names and usages.
        profile: Box<RequestProfile>,
        /// In which form.
        format: Format,
        /// For whom, if someone was named.
        recipient: Option<Box<str>>,
        /// The file, or `-` for standard output.
        path: String,
        /// SHA-256 of what is to be written.
        sha256: Digest,
    },
    /// Remove a loose file whose private halves are in stores of this inventory now.
    RemoveFile {
        /// The versions it held.
        versions: Vec<VersionRef>,
        /// The file.
        path: Box<str>,
        /// SHA-256 of it.
        sha256: Digest,
    },
    /// Write a backup to a file.
    Backup {
        /// What it is to hold, and where it is to be.
        backup: Box<Backup>,
    },
    /// Bring in out of a backup what is missing here.
    Restore {
        /// What.
        merge: Box<Merge>,
    },
    /// Put the home store under a new passphrase.
    ChangePassphrase {
        /// SHA-256 of the identity file before; another one after means that it was done.
        before: Digest,
    },
}

impl Intent {
    /// The keys that are busy until the operation ends.
    pub fn keys(&self) -> Vec<KeyId> {
        match self {
            Self::Generate { keys } => keys.iter().map(|key| key.id).collect(),
            Self::Rotate { rotations, .. } => rotations.iter().map(|rotation| rotation.key).collect(),
            Self::Destroy { versions, .. } | Self::Export { versions, .. } | Self::RemoveFile { versions, .. } => {
                versions.iter().map(|version| version.key).collect()
            }
            Self::Adopt { adoptions } => adoptions.iter().map(|adoption| adoption.version.key).collect(),
            Self::Restore { merge } => merge.touched(),
            Self::Backup { .. } | Self::ChangePassphrase { .. } => Vec::new(),
            Self::Request { version, .. } | Self::Move { version, .. } => vec![version.key],
        }
    }
}

/// A version of a key.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionRef {
    /// The key.
    pub key: KeyId,
    /// The version's number within it.
    pub version: u32,
}

/// A private half about to join its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The version.
    pub version: VersionRef,
    /// Where its private half will lie.
    pub locator: Locator,
    /// Where it came from.
    pub place: Box<str>,
}

/// A new version of a key, in place of an old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Of which key.
    pub key: KeyId,
    /// Its new version.
    pub version: NewVersion,
    /// The version whose place it takes.
    pub old: u32,
    /// Here the old version ends, unless a delivery is open then.
    pub overlap_ends: Time,
}

/// A key about to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// See [`Key::id`](super::Key::id).
    pub id: KeyId,
    /// Unique among keys that are not destroyed, in Unicode NFC.
    pub name: Box<str>,
    /// What it is for.
    pub purpose: Purpose,
    /// Who answers for it.
    pub owner: Box<str>,
    /// Sorted, without repetition.
    pub tags: Vec<Box<str>>,
    /// Days before expiry at which a person is warned, the earliest first.
    pub warn_days: Box<[u32]>,
    /// Free text.
    pub note: Box<str>,
    /// Its first version.
    pub version: NewVersion,
}

/// A version about to be made. Its public half is known, because the pair exists in memory (or in
/// the engine) before anything is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewVersion {
    /// Counted from 1 within its key.
    pub number: u32,
    /// Algorithm and parameters.
    pub algorithm: Algorithm,
    /// Where the private half will lie.
    pub locator: Locator,
    /// DER `SubjectPublicKeyInfo`.
    #[serde(with = "super::hex")]
    pub public_key: Box<[u8]>,
    /// SHA-256 of `public_key`.
    pub spki_sha256: Digest,
    /// SHA-256 of the OpenSSH public key blob, where there is one.
    pub ssh_sha256: Option<Digest>,
    /// When it may be used; `None` until a person activates it.
    pub activates: Option<Time>,
    /// The end of its cryptoperiod.
    pub expires: Option<Time>,
    /// The time zone in which the dates were chosen (IANA name).
    pub zone: Box<str>,
    /// What a secret without a public half is known by: HMAC-SHA256 under a key derived from the log
    /// key, over its own name in the store and its bytes.
    #[serde(default)]
    pub mac: Option<Digest>,
    /// Where it came from, if it was not made here.
    #[serde(default)]
    pub origin: Option<Box<Origin>>,
}

/// New values of what describes a key; `None` leaves a value as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The name.
    pub name: Option<Box<str>>,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// All tags.
    pub tags: Option<Vec<Box<str>>>,
    /// All warning times.
    pub warn_days: Option<Box<[u32]>>,
    /// The note.
    pub note: Option<Box<str>>,
}

impl Edit {
    /// It changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
