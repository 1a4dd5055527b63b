//! What comes back from the custodian.

use std::path::PathBuf;

use super::error::{CustodianError, ErrorClass};
use super::restore::Restoration;
use crate::model::{Backup, Conditions, KeyId, StoreKind, Time};
use crate::secret::Passphrase;

/// Told how far long work is, and asked whether to go on.
pub trait Progress: Sync {
    /// So many of so many are done.
    fn report(&self, done: u64, total: u64);

    /// A person asked to stop at the next item.
    fn cancelled(&self) -> bool;
}

/// Nobody watches and nobody cancels.
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Keys it made or changed.
    pub keys: Vec<KeyId>,
    /// The file it wrote, read back and verified.
    pub written: Option<PathBuf>,
    /// What is to go to standard output.
    pub output: Vec<u8>,
    /// Something a person should know, though all was done.
    pub notice: Option<String>,
    /// Keys of a batch for which it was refused or failed, and why.
    pub refused: Vec<(KeyId, String)>,
    /// The gravest kind of end among those.
    pub gravest: Option<ErrorClass>,
    /// The backup it made.
    pub backup: Option<Box<Backup>>,
    /// What became of a backup that was looked at or restored.
    pub restoration: Option<Box<Restoration>>,
    /// The sheets of shares that it wrote.
    pub sheets: Vec<PathBuf>,
    /// A person cancelled: this many of so many were done.
    pub cancelled: Option<(u64, u64)>,
}

impl Outcome {
    /// Of a batch this key could not be done.
    pub(super) fn refuse(&mut self, key: KeyId, error: &CustodianError) {
        self.gravest = self.gravest.max(Some(error.class()));
        self.refused.push((key, error.to_string()));
    }
}

/// How an inventory is to be set up.
pub struct Setup {
    /// Where private halves are to lie.
    pub kind: StoreKind,
    /// For encrypted files: the passphrase that opens them.
    pub passphrase: Option<Passphrase>,
    /// For keychain homes: the recovery passphrase. Encrypted files opened by the keychain need
    /// one; with keys in the keychain `None` means that recovery copies were declined.
    pub recovery: Option<Passphrase>,
}

/// Which keychain this machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeychainFinding {
    /// It works: an item was written, read back and deleted.
    Works {
        /// What it calls itself, such as “GNOME Keyring”.
        name: String,
    },
    /// There is none, or it does not work.
    Fails {
        /// What it calls itself, if it could be asked.
        name: Option<String>,
        /// Why, and what to do.
        reason: String,
    },
}

/// Whether secrets can be used.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub enum LockState {
    /// Nothing secret is in memory.
    #[default]
    Locked,
    /// The home store is open.
    Unlocked,
}

/// How the parts are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether secrets can be used.
    pub lock: LockState,
    /// What is wrong.
    pub conditions: Conditions,
    /// The last verification of the log since the program started.
    pub verification: Option<Verification>,
    /// The log cannot be appended to, because of what `conditions.log` says.
    pub read_only: bool,
    /// The last good record of a damaged log.
    pub good_until: Option<u64>,
    /// Something that was put right at the start and should be known (a torn line, a checkpoint made anew).
    pub notices: Vec<String>,
    /// What the home store calls itself: “GNOME Keyring”.
    pub home_name: String,
    /// Whether opening it asks for a passphrase.
    pub asks_passphrase: bool,
    /// The inventory folder.
    pub folder: PathBuf,
}

/// The result of verifying the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Records that are whole and in order.
    pub records: u64,
    /// Their size.
    pub bytes: u64,
    /// The MAC was checked too; otherwise only the chain of hashes.
    pub authenticated: bool,
    /// When.
    pub at: Time,
    /// What is wrong, as a sentence; `None` when all is well.
    pub damage: Option<String>,
}

/// One sentence of a key's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When.
    pub time: Time,
    /// What, as a sentence.
    pub sentence: String,
}

/// One record of the log as screens show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number.
    pub seq: u64,
    /// Where its line begins, to page on from here.
    pub offset: u64,
    /// When.
    pub time: Time,
    /// Who.
    pub actor: String,
    /// What, in sentences.
    pub sentences: Vec<String>,
    /// The keys it speaks of.
    pub keys: Vec<KeyId>,
}

/// How good a passphrase is (zxcvbn).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseStrength {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    /// “weak”, “fair”, “strong”.
    pub word: &'static str,
    /// What makes it weak and what would make it better.
    pub advice: Option<String>,
}
