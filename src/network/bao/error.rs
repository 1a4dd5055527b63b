//! Why a server did not do what it was asked, what that means for the keys, and what to do. No token, no secret id and no
//! password is ever part of one.

use std::time::Duration;

use crate::network::http::HttpError;

/// What a policy lets a token do with a path (OpenBao: Policies, Capabilities).
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Capability {
    /// Read.
    Read,
    /// Make, change, or let it compute something.
    Update,
    /// Remove.
    Delete,
    /// See names.
    List,
}

impl Capability {
    /// The word that policies use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
        }
    }
}

/// A server, or a cluster of them, did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaoError {
    /// No answer from any address.
    #[error("{} Check the addresses and the network; the keys stay at the server.", tried(.0))]
    Away(Vec<(String, HttpError)>),
    /// An address whose certificate is not taken, or that this machine cannot ask. Others were not tried with the token.
    #[error("{address}: {fault}. Nothing was sent to it.")]
    Barred {
        /// Which address.
        address: String,
        /// Why.
        fault: HttpError,
    },
    /// A person stopped it.
    #[error("It was stopped. What the server did until then stands.")]
    Cancelled,
    /// It has no open keyring.
    #[error("{address} is sealed: it holds its keys and can open none. Its administrator unseals it; then try again.")]
    Sealed {
        /// Which address.
        address: String,
    },
    /// It was never set up.
    #[error(
        "{address} is not initialised: it was never set up and holds no keys. Check the address, or have it set up (bao operator init)."
    )]
    NotInitialised {
        /// Which address.
        address: String,
    },
    /// Every address that answers waits for a leader.
    #[error(
        "The cluster at {address} has no leader now and chooses one. Try again in some seconds; if it lasts, too few of its servers are up."
    )]
    NoLeader {
        /// One of its addresses.
        address: String,
    },
    /// It sends elsewhere.
    #[error(
        "{address} sends on to {to}, which is none of the addresses of this store. The token was not sent there; add the address if it is one of the cluster."
    )]
    Redirected {
        /// Which address.
        address: String,
        /// Where.
        to: String,
    },
    /// There is no token.
    #[error("Nobody is logged in at this server. Log in and try again.")]
    LoggedOut,
    /// The token has ended, by time or by revocation.
    #[error("The token has expired or was revoked at the server. Log in again; the keys are untouched.")]
    TokenEnded,
    /// A token that was given to log in with, and that the server does not know. It answers those that never were, that
    /// have expired and that were revoked alike, and those of other namespaces too.
    #[error(
        "The server does not know this token: it is mistyped, of another namespace, has expired or was revoked; the server does not say which. The keys are untouched. Get a new token (bao token create) and log in with that."
    )]
    UnknownToken,
    /// What was given to log in with is not taken.
    #[error("The server does not take this {method} login: {reason}. It is not tried again by itself.")]
    LoginRefused {
        /// Which kind of login.
        method: &'static str,
        /// In the server's words.
        reason: String,
    },
    /// The token's policies do not permit it.
    #[error(
        "The server refuses it: the token's policies lack “{}” on “{path}”. Its administrator adds: path \"{path}\" {{ capabilities = [\"{}\"] }}",
        capability.word(), capability.word()
    )]
    Denied {
        /// Which path.
        path: String,
        /// What is missing there.
        capability: Capability,
    },
    /// Either of the two before; the server did not tell which.
    #[error(
        "The server refuses “{}” on “{path}”, and the token may not ask about itself: it has ended, or its policies lack that. Log in again, or have the policy changed.",
        capability.word()
    )]
    Refused {
        /// Which path.
        path: String,
        /// What is needed there.
        capability: Capability,
    },
    /// No engine of that name is enabled there.
    #[error("The server has no secrets engine at “{mount}”. Check the name of the mount and the namespace.")]
    NoMount {
        /// Which mount.
        mount: String,
    },
    /// What was asked for is not there. It does not mean that it was destroyed.
    #[error(
        "The server has nothing at “{path}”. It may have been removed by somebody else; a backup of the server may still hold it."
    )]
    Absent {
        /// Which path.
        path: String,
    },
    /// Something of that name is there already.
    #[error("The server already has a key “{0}”; it was left as it is.")]
    Occupied(String),
    /// It does not take the request.
    #[error("The server does not do this: {0}. Nothing was changed.")]
    Invalid(String),
    /// It is asked for too much.
    #[error("The server is asked for too much and wants to be left alone{}. Nothing was changed; try again later.", after(*.0))]
    Busy(Option<Duration>),
    /// It has a fault of its own.
    #[error("{address} has a fault (HTTP {status}){}. Its log says more.", colon(words))]
    Fault {
        /// Which address.
        address: String,
        /// Of HTTP, 500 to 599.
        status: u16,
        /// In the server's words.
        words: String,
    },
    /// A web page came.
    #[error(
        "{address} answers with a web page (HTTP {status}), so that a proxy or another server stands there. The address may be wrong, or a proxy asks for a login."
    )]
    WebPage {
        /// Which address.
        address: String,
        /// Of HTTP.
        status: u16,
    },
    /// The answer stops in the middle.
    #[error("The answer of {address} stops in the middle. Try again; if it lasts, a proxy on the way cuts it.")]
    CutShort {
        /// Which address.
        address: String,
    },
    /// The answer has another form than is known.
    #[error(
        "The answer of {address} is not understood: {what}. It may be a server of another version, or none of OpenBao or Vault."
    )]
    Unreadable {
        /// Which address.
        address: String,
        /// What is missing or odd.
        what: String,
    },
    /// It is too old, or another program.
    #[error("This server is of version {version}, which does not {lacks}. OpenBao, or Vault 1.11 and later, do.")]
    OtherVersion {
        /// What it says it is.
        version: String,
        /// As a verb with its object.
        lacks: &'static str,
    },
    /// A change was sent, and whether it was carried out is not known.
    #[error(
        "The server was asked to {what} and did not say what came of it. It is not known whether it did it; look there before you try again. {cause}"
    )]
    Unsettled {
        /// As a verb with its object.
        what: String,
        /// What came instead of an answer.
        cause: Box<BaoError>,
    },
    /// The key that lies there is not the one that was put there, or is damaged.
    #[error("The key “{0}” at the server is another one than it should be. It is not used.")]
    Swapped(String),
    /// Key work on this side failed.
    #[error("{0}")]
    Crypto(String),
}

impl BaoError {
    /// Whoever was asked may be at it still, and end later.
    pub(super) fn may_still_come(&self) -> bool {
        match self {
            Self::Away(tried) => tried.iter().any(|(_, fault)| matches!(fault, HttpError::NoAnswer(_))),
            Self::Fault { status, .. } => matches!(status, 502 | 504),
            _ => false,
        }
    }
}

fn tried(all: &[(String, HttpError)]) -> String {
    let one: Vec<String> = all.iter().map(|(address, fault)| format!("{address}: {fault}.")).collect();
    one.join(" ")
}

fn after(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(" for {} seconds", wait.as_secs())).unwrap_or_default()
}

fn colon(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

impl From<crate::crypto::CryptoError> for BaoError {
    fn from(error: crate::crypto::CryptoError) -> Self {
        Self::Crypto(error.to_string())
    }
}
