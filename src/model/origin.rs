//! Where a version came from that was not made here, and who has its private half.

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::ids::Digest;

/// Of a version that was taken in from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The word of the form in which it came: `pkcs12`, `openssh`, ...
    pub form: Box<str>,
    /// Where it lay: a path and the place in the file, or `pasted text`.
    pub place: Box<str>,
    /// Where its private half is now.
    pub held: Held,
}

/// Where the private half of a version is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// In a store of this inventory, as the version's locator says.
    #[default]
    Here,
    /// Elsewhere: only its public half or its certificate is known.
    Elsewhere {
        /// Where, in a person's words or as the file told; may be empty.
        place: Box<str>,
    },
    /// In a loose file that is watched.
    Tracked {
        /// The file.
        path: Box<str>,
        /// SHA-256 of the whole file; another one is an alert.
        sha256: Digest,
    },
}

/// What a version is known by once its file was opened; before, nothing but the file was known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Algorithm and parameters.
    pub algorithm: Algorithm,
    /// DER `SubjectPublicKeyInfo`; empty for a symmetric key.
    #[serde(with = "super::hex")]
    pub public_key: Box<[u8]>,
    /// SHA-256 of it; zeros where there is none.
    pub spki_sha256: Digest,
    /// SHA-256 of the OpenSSH public key blob, where there is one (RFC 4253 section 6.6).
    pub ssh_sha256: Option<Digest>,
    /// What a secret without a public half is known by in its store.
    pub mac: Option<Digest>,
}

/// What screens show in place of a store's name for a version whose private half is elsewhere.
pub const HELD_ELSEWHERE: &str = "Held elsewhere";

/// What screens show in place of a store's name for a version whose private half is tracked.
pub const TRACKED: &str = "Tracked file";

/// What screens show in place of a store's name.
pub const fn store_of(held: &Held) -> &'static str {
    match held {
        Held::Tracked { .. } => TRACKED,
        Held::Here | Held::Elsewhere { .. } => HELD_ELSEWHERE,
    }
}

impl Held {
    /// In a store of this inventory.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here)
    }

    /// Where it is, for a sentence, when it is not here.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Here => None,
            Self::Elsewhere { place } if place.is_empty() => Some("elsewhere"),
            Self::Elsewhere { place } => Some(place),
            Self::Tracked { path, .. } => Some(path),
        }
    }
}
