//! What is known of an object that was found, without its secret.

use super::beside::Beside;
use crate::formats::found::{Kind, Place, Reason};
use crate::model::{Algorithm, CertificateFacts, Digest, KeyId, Purpose, VersionRef};

/// An object of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The file, or what was pasted.
    pub path: String,
    /// Where in it.
    pub place: Place,
    /// What it was recognised as.
    pub kind: Kind,
    /// What the file calls it.
    pub label: Option<String>,
    /// What it is.
    pub facts: Facts,
    /// Algorithm of a key, or of the key that a certificate or request is for.
    pub algorithm: Option<Algorithm>,
    /// DER `SubjectPublicKeyInfo`; empty where there is none.
    pub public_key: Box<[u8]>,
    /// SHA-256 of it.
    pub spki_sha256: Option<Digest>,
    /// How it belongs to other objects of the same reading.
    pub link: Link,
    /// What is to be done with it, and why.
    pub verdict: Verdict,
    /// What it is to be called.
    pub name: String,
    /// What it seems to be for.
    pub purpose: Purpose,
    /// What a person should know, as sentences.
    pub warnings: Vec<String>,
    /// What else its file holds, told of the first private key in it.
    pub beside: Beside,
}

impl Object {
    /// A private or symmetric key, or one that lies under a passphrase.
    pub const fn is_private(&self) -> bool {
        self.facts.is_secret() || self.facts.wants_passphrase()
    }
}

/// What an object is.
#[derive(Debug, Clone, PartialEq)]
pub enum Facts {
    /// A private or symmetric key.
    Secret {
        /// It lay under a passphrase.
        encrypted: bool,
    },
    /// A public key.
    Public,
    /// A certificate.
    Certificate(Box<CertificateFacts>),
    /// A certificate of OpenSSH.
    SshCertificate {
        /// The names it is valid for.
        principals: Vec<String>,
        /// Valid from and until, in seconds since 1970.
        valid: (u64, Option<u64>),
    },
    /// A certificate request.
    Request,
    /// A revocation list: the issuer, and the serial numbers it revokes, in hexadecimal.
    RevocationList {
        /// Who issued it.
        issuer: String,
        /// What it revokes.
        serials: Vec<String>,
    },
    /// It could not be read.
    Unread(Reason),
}

/// The words for the form in which something came, by the word that is kept of it.
pub fn form_name(id: &str) -> &'static str {
    Kind::ALL.into_iter().find(|kind| kind.id() == id).unwrap_or(Kind::Unknown).name()
}

impl Facts {
    /// A private or symmetric key.
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Secret { .. })
    }

    /// A passphrase would open it.
    pub const fn wants_passphrase(&self) -> bool {
        matches!(self, Self::Unread(Reason::PassphraseNeeded | Reason::WrongPassphrase | Reason::WrongPassphraseOrDamaged))
    }
}

/// How an object belongs to another of the same reading.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Link {
    /// It stands alone.
    Alone,
    /// It is the same key as that object.
    SameAs(usize),
    /// It is a public half, certificate or request of that object's key.
    Of(usize),
    /// It is an issuer in the chain of that certificate.
    ChainOf(usize),
}

/// What becomes of an object when it is brought in as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A new key of the inventory.
    New,
    /// A new entry whose private half is held elsewhere.
    NewElsewhere,
    /// The private half of an entry that was held elsewhere.
    Completes(VersionRef),
    /// The certificate of a key that is here or is brought in beside it.
    Certifies(Option<VersionRef>),
    /// It is here already, or stands beside it in the files.
    Present {
        /// As this key of the inventory.
        key: Option<KeyId>,
        /// A sentence.
        why: String,
    },
    /// It cannot be brought in.
    Refused(String),
}

impl Verdict {
    /// Something is to be done.
    pub const fn acts(&self) -> bool {
        matches!(self, Self::New | Self::NewElsewhere | Self::Completes(_) | Self::Certifies(_))
    }
}

/// How an object ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// `imported`, `present` or `refused`.
    pub outcome: &'static str,
    /// Why, as a sentence; empty where there is nothing to say.
    pub reason: String,
    /// The name of its key in the inventory.
    pub name: Option<String>,
    /// Its key.
    pub key: Option<KeyId>,
}

impl Ended {
    /// It was brought in.
    pub(super) fn imported(name: &str, key: Option<KeyId>, reason: String) -> Self {
        Self { outcome: "imported", reason, name: Some(name.to_owned()), key }
    }

    /// It was here.
    pub(super) fn present(key: Option<KeyId>, name: Option<String>, reason: String) -> Self {
        Self { outcome: "present", reason, name, key }
    }

    /// A person stopped before its turn came.
    pub(super) fn cancelled() -> Self {
        Self::refused("It was cancelled before this one.".into())
    }

    /// It was not.
    pub(super) fn refused(reason: String) -> Self {
        Self { outcome: "refused", reason, name: None, key: None }
    }
}
