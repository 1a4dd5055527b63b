//! The stores an inventory knows.

use serde::{Deserialize, Serialize};

/// A place that holds private material, as the inventory knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its name in this inventory; never changes.
    pub name: Box<str>,
    /// What it is.
    pub kind: StoreKind,
}

/// What kind of place a store is.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoreKind {
    /// The operating system's keychain, one item a key.
    Keychain,
    /// Encrypted files opened by a passphrase.
    Files,
    /// Encrypted files opened by the operating system's keychain.
    FilesByKeychain,
}

impl StoreKind {
    /// Every kind in the order screens show them.
    pub const ALL: [Self; 3] = [Self::Keychain, Self::FilesByKeychain, Self::Files];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Files => "files",
            Self::FilesByKeychain => "files-by-keychain",
        }
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keychain => "OS keychain",
            Self::Files => "Encrypted files",
            Self::FilesByKeychain => "Encrypted files, opened by the keychain",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id().eq_ignore_ascii_case(id))
    }

    /// It opens with a passphrase that a person types.
    pub const fn needs_passphrase(self) -> bool {
        matches!(self, Self::Files)
    }
}
