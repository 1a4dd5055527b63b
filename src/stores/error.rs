//! What can go wrong in a store, what it means for the keys, and what to do.

use std::time::Duration;

/// A store could not do what was asked. Nothing it held before is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing lies under that name. It does not mean that it was destroyed.
    #[error("{store} has no item “{object}”. It may have been removed by another program; a backup may still hold it.")]
    Absent {
        /// The store as screens call it.
        store: String,
        /// The item.
        object: String,
    },
    /// It works, and holds nothing of what opens the inventory.
    #[error(
        "{store} holds nothing that opens this inventory: it was cleared, or belongs to another machine or person. The recovery passphrase opens it: keystead recover DIR"
    )]
    NoOpener {
        /// The store as screens call it.
        store: String,
    },
    /// It said that an item was removed, and still has it.
    #[error("{store} still holds “{object}” after it was told to remove it. The key counts as not destroyed; try again.")]
    StillThere {
        /// The store as screens call it.
        store: String,
        /// The item.
        object: String,
    },
    /// Something else lies under that name already.
    #[error("{store} already holds another secret under “{object}”; it was left as it is.")]
    Occupied {
        /// The store as screens call it.
        store: String,
        /// The item.
        object: String,
    },
    /// It holds secrets that are not open now.
    #[error("{store} is locked. Unlock it and try again.")]
    Locked {
        /// The store as screens call it.
        store: String,
    },
    /// The passphrase is not the one.
    #[error("That passphrase does not open this inventory. Nothing was changed.")]
    WrongPassphrase,
    /// A person refused its prompt, or there was no display to show it on.
    #[error("{store} is locked, and its prompt was refused or could not be shown. Nothing was changed. Unlock it and try again.")]
    PromptRefused {
        /// The store as screens call it.
        store: String,
    },
    /// It did not answer in time. The call may still end later; its result is read back then.
    #[error("{store} has not answered for {} seconds. Look for its prompt, or cancel.", waited.as_secs())]
    NoAnswer {
        /// The store as screens call it.
        store: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It cannot be reached at all.
    #[error("{store} cannot be reached: {reason}")]
    Absence {
        /// The store as screens call it.
        store: String,
        /// Why, in the words of the system.
        reason: String,
    },
    /// The item is larger than the store takes.
    #[error("{store} holds at most {limit} bytes an item, and this key needs {size}. Choose encrypted files or a smaller key.")]
    TooLarge {
        /// The store as screens call it.
        store: String,
        /// Bytes needed.
        size: usize,
        /// Bytes it takes.
        limit: usize,
    },
    /// What was read back is not what was written, or cannot be opened.
    #[error("{store}: the item “{object}” is damaged or was swapped. It is not used; restore it from a backup.")]
    Damaged {
        /// The store as screens call it.
        store: String,
        /// The item.
        object: String,
    },
    /// The keys of this store do not leave it, or it cannot do this at all.
    #[error("{store} cannot {what}.")]
    Unsupported {
        /// The store as screens call it.
        store: String,
        /// What was asked, as a verb.
        what: &'static str,
    },
    /// The disk failed while something was written.
    #[error("Not saved: {} ({}). What was there before is unchanged.", disk(cause), path.display())]
    Disk {
        /// The file or folder.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Something cannot be read.
    #[error("{} cannot be read: {cause}. Check the disk and the permissions of the folder.", path.display())]
    Unreadable {
        /// The file or folder.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The disk failed when a file had just been replaced, and again when the old one was put back.
    #[error("{} may be the old file or the new one: the disk failed ({cause}). Keep both passphrases, copy the folder to another disk, and try there.", path.display())]
    Unsettled {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A token or its module failed.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] super::pkcs11::TokenError),
    /// The server behind it did not do it.
    #[error("{store}: {reason}")]
    Server {
        /// The store as screens call it.
        store: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Key work failed.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
}

fn disk(cause: &std::io::Error) -> String {
    match cause.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full".into(),
        std::io::ErrorKind::PermissionDenied => "the folder may not be written by you".into(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the disk can only be read".into(),
        _ => format!("the disk failed ({cause})"),
    }
}
