//! Recipients: named people and systems to whom keys are given, with their public keys.

use serde::{Deserialize, Serialize};

use super::handover::ssh_fingerprint;
use super::ids::Digest;
use super::time::Time;

/// A certificate of a recipient that ends within so many days is told apart.
pub const EXPIRES_SOON_DAYS: i64 = 30;

/// A person or a system that gets keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Unique among recipients, in Unicode NFC. Hand-overs name recipients by it, so it never changes.
    pub name: Box<str>,
    /// Free text; may be empty.
    pub note: Box<str>,
    /// What can be sealed to it; the first that fits is used.
    pub keys: Vec<RecipientKey>,
}

/// A public key of a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientKey {
    /// Which kind of key.
    pub kind: RecipientKeyKind,
    /// The key itself: a line (`age1…`; `ssh-ed25519 AAAA…` without its comment) or, for a certificate and a wrapping
    /// key, its DER in base64 without line breaks.
    pub encoded: Box<str>,
    /// SHA-256 that a person compares: of the key's blob for SSH (RFC 4253 section 6.6), of the DER for a
    /// certificate or a wrapping key, of the 32 raw bytes for age.
    pub sha256: Digest,
    /// From when on it may be used; certificates alone say so.
    pub begins: Option<Time>,
    /// Until when it may be used; certificates alone say so.
    pub expires: Option<Time>,
    /// How a cloud service names its wrapping key (Azure: the key's address); empty for every other kind.
    pub service_id: Box<str>,
    /// How it became known that the key is theirs; `None` while nobody made sure.
    pub confirmed: Option<Confirmed>,
}

/// The kinds of public keys a recipient can have.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecipientKeyKind {
    /// `age1…` (C2SP age, X25519).
    AgeX25519,
    /// `ssh-ed25519` (RFC 8709), to which age seals.
    SshEd25519,
    /// `ssh-rsa` (RFC 4253) of at least 2048 bits, to which age seals.
    SshRsa,
    /// An X.509 certificate (RFC 5280), to whose key CMS seals.
    Certificate,
    /// The RSA key (`SubjectPublicKeyInfo`) that a cloud service gave to wrap keys for it.
    WrappingKey,
}

impl RecipientKeyKind {
    /// Every kind, in the order menus show them.
    pub const ALL: [Self; 5] = [Self::AgeX25519, Self::SshEd25519, Self::SshRsa, Self::Certificate, Self::WrappingKey];

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgeX25519 => "age X25519",
            Self::SshEd25519 => "SSH Ed25519",
            Self::SshRsa => "SSH RSA",
            Self::Certificate => "X.509 certificate",
            Self::WrappingKey => "wrapping key",
        }
    }

    /// The word of the command line and of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AgeX25519 => "age-x25519",
            Self::SshEd25519 => "ssh-ed25519",
            Self::SshRsa => "ssh-rsa",
            Self::Certificate => "certificate",
            Self::WrappingKey => "wrapping-key",
        }
    }

    /// An age file can be sealed to it.
    pub const fn opens_age(self) -> bool {
        matches!(self, Self::AgeX25519 | Self::SshEd25519 | Self::SshRsa)
    }
}

/// How a fingerprint was found to be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// On which way.
    pub way: Confirmation,
    /// When.
    pub at: Time,
    /// More about it; may be empty.
    pub note: Box<str>,
}

/// The ways on which a fingerprint is compared.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Face to face.
    InPerson,
    /// Read out by voice over a number known before.
    ByCall,
    /// In a message whose signature was verified.
    SignedMessage,
    /// On a page or in a directory that they keep.
    Published,
    /// On another way, which the note tells.
    Otherwise,
}

impl Confirmation {
    /// Every way, the surest first.
    pub const ALL: [Self; 5] = [Self::InPerson, Self::ByCall, Self::SignedMessage, Self::Published, Self::Otherwise];

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InPerson => "in person",
            Self::ByCall => "by a call",
            Self::SignedMessage => "by a signed message",
            Self::Published => "where they publish it",
            Self::Otherwise => "in another way",
        }
    }

    /// The word of the command line and of JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::InPerson => "in-person",
            Self::ByCall => "call",
            Self::SignedMessage => "signed-message",
            Self::Published => "published",
            Self::Otherwise => "otherwise",
        }
    }

    /// Reads the word of the command line.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.id() == id)
    }
}

/// What a person can change about a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipientChange {
    /// Put it into the address book, or give one that is there more keys. A key that it has already stays as it is.
    Add {
        /// The note of a new recipient; `None` leaves that of a known one.
        note: Option<String>,
        /// Its keys.
        keys: Vec<RecipientKey>,
    },
    /// Give it another note.
    Note(String),
    /// Take keys away from it, by what is compared of them.
    DropKeys(Vec<Digest>),
    /// Say how the fingerprint of a key was found to be right, or that nobody made sure of it.
    Confirm {
        /// Which key, by what is compared of it.
        key: Digest,
        /// On which way and what there is to say of it; `None` where it is not confirmed any more.
        how: Option<(Confirmation, String)>,
    },
    /// Take it out of the address book. What was given to it stays on record.
    Remove,
    /// Have it as it was before.
    Restore(Box<Recipient>),
}

impl Recipient {
    /// The key of which this is compared.
    pub fn key_of(&self, sha256: &Digest) -> Option<&RecipientKey> {
        self.keys.iter().find(|key| key.sha256 == *sha256)
    }

    /// The first key that can be used at an instant and that `fits`.
    pub fn key(&self, now: Time, fits: impl Fn(RecipientKeyKind) -> bool) -> Option<&RecipientKey> {
        self.keys.iter().find(|key| fits(key.kind) && key.is_usable(now))
    }
}

impl RecipientKey {
    /// What a person compares, in the form in which the key's own tools show it: the line of age itself, `SHA256:…` of
    /// `ssh-keygen -l`, and 64 hexadecimal digits for a certificate or a wrapping key.
    pub fn fingerprint(&self) -> String {
        match self.kind {
            RecipientKeyKind::AgeX25519 => self.encoded.to_string(),
            RecipientKeyKind::SshEd25519 | RecipientKeyKind::SshRsa => ssh_fingerprint(&self.sha256),
            RecipientKeyKind::Certificate | RecipientKeyKind::WrappingKey => self.sha256.to_string(),
        }
    }

    /// Whether a fingerprint that a person gives is the one of this key: as it is shown, or its 64 hexadecimal digits, in
    /// groups or not.
    pub fn has_fingerprint(&self, given: &str) -> bool {
        let given: String = given.chars().filter(|letter| !letter.is_whitespace()).collect();
        let plain = given.replace(':', "").to_ascii_lowercase();
        given == self.fingerprint() || plain == self.sha256.to_string()
    }

    /// Its time is over.
    pub fn is_expired(&self, now: Time) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// It ends within [`EXPIRES_SOON_DAYS`].
    pub fn expires_soon(&self, now: Time) -> bool {
        !self.is_expired(now) && self.expires.is_some_and(|expires| expires <= now.plus_days(EXPIRES_SOON_DAYS))
    }

    /// Its dates, where it has any, let it be used now.
    pub fn is_usable(&self, now: Time) -> bool {
        self.begins.is_none_or(|begins| begins <= now) && self.expires.is_none_or(|expires| now < expires)
    }
}
