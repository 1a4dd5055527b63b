//! The stores an inventory knows.

use serde::{Deserialize, Serialize};

/// A place that holds private material, as the inventory knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Its name in this inventory; never changes.
    pub name: Box<str>,
    /// What it is.
    pub kind: StoreKind,
    /// For a PKCS#11 store: which token, and the module that reaches it.
    #[serde(default)]
    pub token: Option<Box<Token>>,
}

/// A token and the module that reaches it, as the person named them. The module is loaded only from a
/// record whose MAC was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The library, an absolute path.
    pub module: Box<str>,
    /// `CK_TOKEN_INFO.label`, without the blanks at its end (PKCS#11 2.40 section 3.2).
    pub label: Box<str>,
    /// `CK_TOKEN_INFO.serialNumber`, likewise. It may change with a driver: then the token is known by its keys.
    pub serial: Box<str>,
}

impl Store {
    /// A store that needs no facts beside its kind.
    pub fn new(name: impl Into<Box<str>>, kind: StoreKind) -> Self {
        Self { name: name.into(), kind, token: None }
    }
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
    /// A token that a PKCS#11 module reaches; its keys never leave it.
    Pkcs11,
}

impl StoreKind {
    /// Every kind in the order screens show them.
    pub const ALL: [Self; 4] = [Self::Keychain, Self::FilesByKeychain, Self::Files, Self::Pkcs11];

    /// Those that can be the home store, which also holds the log key.
    pub const HOMES: [Self; 3] = [Self::Keychain, Self::FilesByKeychain, Self::Files];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Files => "files",
            Self::FilesByKeychain => "files-by-keychain",
            Self::Pkcs11 => "pkcs11",
        }
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keychain => "OS keychain",
            Self::Files => "Encrypted files",
            Self::FilesByKeychain => "Encrypted files, opened by the keychain",
            Self::Pkcs11 => "PKCS#11 token",
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
