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
    /// For a key server: its addresses, and how one logs in to it.
    #[serde(default)]
    pub server: Option<Box<KeyServer>>,
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

/// A server of OpenBao or Vault and its transit engine, as the person named them. It is contacted only from a record
/// whose MAC was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyServer {
    /// The addresses of the server, or of all servers of one cluster.
    pub addresses: Box<[Box<str>]>,
    /// The namespace in which everything lies, if any.
    pub namespace: Option<Box<str>>,
    /// Where the transit engine is mounted.
    pub mount: Box<str>,
    /// The certificates, in PEM, that vouch for it; those of the system where there are none.
    pub ca: Option<Box<str>>,
    /// How one logs in.
    pub login: ServerLogin,
}

/// How one logs in to a key server. What is secret of it is asked for and never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerLogin {
    /// With a token that exists.
    Token,
    /// As a machine, by the id of a role and a secret id.
    AppRole {
        /// The id of the role.
        role: Box<str>,
    },
    /// By name and password.
    UserPass {
        /// The name.
        user: Box<str>,
    },
    /// With a TLS certificate. Its files are read at each login and stay where they are.
    Certificate {
        /// The file of the certificate, in PEM: an absolute path.
        certificate: Box<str>,
        /// The file of its private key, in PEM: an absolute path.
        key: Box<str>,
        /// The role; the server finds one that fits where none is named.
        role: Option<Box<str>>,
    },
    /// Through the browser (`OpenID` Connect).
    Browser {
        /// The role; the server's default where none is named.
        role: Option<Box<str>>,
        /// The port of this machine to which the browser comes back.
        port: u16,
    },
}

impl ServerLogin {
    /// The port that roles are usually set up with, because the server's own command uses it.
    pub const BROWSER_PORT: u16 = 8_250;

    /// The word used in JSON.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::AppRole { .. } => "approle",
            Self::UserPass { .. } => "userpass",
            Self::Certificate { .. } => "certificate",
            Self::Browser { .. } => "oidc",
        }
    }
}

impl Store {
    /// A store that needs no facts beside its kind.
    pub fn new(name: impl Into<Box<str>>, kind: StoreKind) -> Self {
        Self { name: name.into(), kind, token: None, server: None }
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
    /// The transit engine of an OpenBao or Vault server.
    OpenBao,
}

impl StoreKind {
    /// Every kind in the order screens show them.
    pub const ALL: [Self; 5] = [Self::Keychain, Self::FilesByKeychain, Self::Files, Self::Pkcs11, Self::OpenBao];

    /// Those that can be the home store, which also holds the log key.
    pub const HOMES: [Self; 3] = [Self::Keychain, Self::FilesByKeychain, Self::Files];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Files => "files",
            Self::FilesByKeychain => "files-by-keychain",
            Self::Pkcs11 => "pkcs11",
            Self::OpenBao => "openbao",
        }
    }

    /// The name shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keychain => "OS keychain",
            Self::Files => "Encrypted files",
            Self::FilesByKeychain => "Encrypted files, opened by the keychain",
            Self::Pkcs11 => "PKCS#11 token",
            Self::OpenBao => "OpenBao server",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id().eq_ignore_ascii_case(id))
    }

    /// It uses keys itself for whoever is permitted there, past this program too.
    pub const fn uses_keys(self) -> bool {
        matches!(self, Self::Pkcs11 | Self::OpenBao)
    }

    /// It opens with a passphrase that a person types.
    pub const fn needs_passphrase(self) -> bool {
        matches!(self, Self::Files)
    }
}
