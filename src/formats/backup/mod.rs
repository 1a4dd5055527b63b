//! Backups: one standard age file, and inside it a plain tar with the log, the settings, what opens them, and every
//! secret that may leave. `age -d` and `tar` open it without this program.
//!
//! The first entry says which form it has, so that a newer one is refused by its number before anything else of it is
//! read; the last one lists what is in it, so that writing takes one pass. Both passes stream: memory does not grow
//! with the number of keys but by their list.

mod read;
mod rehearsal;
mod seal;
pub mod share;
pub mod sheet;
#[cfg(test)]
mod tests;
mod write;

pub use read::{read, read_inside};
pub use rehearsal::Seen;
pub use seal::{Opener, To};
pub use write::Writer;

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::model::{Backup, BackupId, Digest, InventoryId, KeyId, StoreKind, Time};
use crate::secret::SecretBytes;

/// The form that this program writes, and the newest it reads.
pub const FORM: u32 = 1;

/// What every name in the tar begins with.
const FOLDER: &str = "keystead-backup/";

/// The names of the entries that are there once; secrets lie under `secrets/`.
mod entry {
    pub(super) const FORM: &str = "form.ron";
    pub(super) const LOG_KEY: &str = "log-key";
    pub(super) const IDENTITY: &str = "identity.txt";
    pub(super) const IDENTITY_FILE: &str = "identity.age";
    pub(super) const RECIPIENT: &str = "recovery-recipient.txt";
    pub(super) const ANCHOR: &str = "anchor.ron";
    pub(super) const LOG: &str = "audit.ron";
    pub(super) const SETTINGS: &str = "settings.ron";
    pub(super) const SECRETS: &str = "secrets/";
    pub(super) const MANIFEST: &str = "manifest.ron";
}

/// What stands first in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The form of what follows.
    pub form: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// Which backup.
    pub backup: BackupId,
    /// Of which inventory.
    pub inventory: InventoryId,
    /// What its home store was.
    pub home: StoreKind,
    /// When its content was taken.
    pub made: Time,
    /// The number of the last record in it.
    pub seq: u64,
    /// The hash of that record.
    pub hash: Digest,
}

/// What stands last in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The same as in the log of the inventory that made it, without the digest of the file.
    pub backup: Backup,
    /// Every secret in it.
    pub holds: Vec<Listed>,
    /// Every version whose secret is not in it, and why.
    pub lacks: Vec<Lacking>,
}

/// A secret in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub name: Box<str>,
    /// The version's number within it.
    pub version: u32,
    /// The name of its entry under `secrets/`.
    pub object: Box<str>,
    /// SHA-256 of its public half; HMAC of the log where it has none.
    pub known_by: Digest,
}

/// A version whose secret is not in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub name: Box<str>,
    /// The version's number within it.
    pub version: u32,
    /// The end of a sentence that begins with the name.
    pub why: Box<str>,
}

/// One thing in a backup, in the order in which they come.
pub enum Piece<'a> {
    /// What stands first.
    Head(Head),
    /// The log key.
    LogKey(SecretBytes),
    /// The identity that opened the encrypted files, as `AGE-SECRET-KEY-1…`.
    Identity(SecretBytes),
    /// The same under the passphrase of the inventory, as an age file.
    IdentityFile(Vec<u8>),
    /// To whom recovery copies were encrypted, as `age1…`.
    Recipient(SecretBytes),
    /// Where the log stood when it was last noted outside of its folder.
    Anchor(Vec<u8>),
    /// The log, to be read to its end.
    Log(&'a mut dyn Read),
    /// Appearance and columns.
    Settings(Vec<u8>),
    /// A secret and the name of its item.
    Secret {
        /// The item.
        object: String,
        /// It.
        secret: SecretBytes,
    },
}

/// A backup cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is no age file at all.
    #[error("This is no backup: it is not an age file. Nothing was changed. Choose the file that “Back up” wrote.")]
    NoAgeFile,
    /// It opened, and something else is inside.
    #[error("The file opens, but it is no backup of Keystead. Nothing was changed. Choose the file that “Back up” wrote.")]
    Foreign,
    /// A newer program wrote it.
    #[error(
        "The backup has form {found}, and this version reads up to form {FORM}. Nothing was changed. Use the newer version of Keystead that wrote it."
    )]
    Newer {
        /// Its form.
        found: u32,
    },
    /// The passphrase does not open it.
    #[error(
        "That passphrase does not open the backup. Nothing was changed. Each backup has a passphrase of its own; it is not the inventory's."
    )]
    WrongPassphrase,
    /// It was made for recipients.
    #[error(
        "The backup was made for recipients, so a passphrase does not open it. Give the file with the identity of one of them (--identity FILE)."
    )]
    ForRecipients,
    /// It was made under a passphrase.
    #[error("The backup was made under a passphrase, so an identity does not open it. Give the passphrase, or the shares of it.")]
    UnderPassphrase,
    /// None of the identities opens it.
    #[error(
        "None of these identities opens the backup. Nothing was changed. Give the identity of one of the recipients it was made for."
    )]
    NoSuchIdentity,
    /// The file with identities cannot be used.
    #[error("The file with the identity cannot be used: {0}.")]
    Identity(&'static str),
    /// A key of a recipient cannot be used.
    #[error("Nothing was written: the key of {0} cannot be used for a backup. Give it an age or SSH key in the address book.")]
    Recipient(String),
    /// It was made to keep the machine busy.
    #[error(
        "The backup asks for more work than a passphrase ever needs (2^{0}). It was not opened; it may be made to stop this machine."
    )]
    TooMuchWork(u8),
    /// It ends too early.
    #[error(
        "The backup is cut short, or damaged at its end. Nothing was changed. Copy it again from where it came, or take another."
    )]
    Truncated,
    /// Something in it is not what was written.
    #[error("The backup is damaged: {0}. Nothing was changed. Copy it again from where it came, or take another.")]
    Damaged(String),
    /// The disk failed.
    #[error("The file cannot be read or written: {0}. Nothing was changed.")]
    Disk(#[source] std::io::Error),
}

impl BackupError {
    fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}
