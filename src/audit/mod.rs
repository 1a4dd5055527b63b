//! The log on disk: append, verify, replay, checkpoint.
//!
//! The log is the truth. It is one RON record a line; each line ends in a trailer of fixed size
//! with the hash of the line before and its own bytes, and a MAC, so that verifying parses nothing:
//!
//! `(v:1,seq:…,time:…,actor:…,installation:…,inventory:…,events:[…],hash:"…",mac:"…")`

mod accept;
mod append;
mod chain;
mod checkpoint;
mod error;
mod lock;
mod log;
mod reader;
mod soon;
#[cfg(test)]
mod tests;
mod torn;
mod verify;

pub use append::Writing;
pub use chain::LogKeys;
pub use error::{Damage, DamageKind, LogError};
pub use lock::Guard;
pub use log::{Head, Log, OpenReport, Opened};
pub use reader::Reader;
pub use soon::Unsynced;
pub use verify::{Verified, VerifyError, verify};

use crate::model::{Digest, InventoryId};
use serde::{Deserialize, Serialize};

/// Where the log stood when it was last noted outside of its folder.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Of which inventory.
    pub inventory: InventoryId,
    /// The number of the last record.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// The log's name in the inventory folder.
pub(crate) const FILE: &str = "audit.ron";
