//! The part that carries out what a person asks: one file a use case.
//!
//! Everything here blocks and may be called from any thread; the desktop calls it through
//! [`link`], scripts call it directly.

mod environment;
mod error;
pub mod link;
mod outcome;

pub use environment::Environment;
pub use error::{CustodianError, ErrorClass};
pub use outcome::{
    Health, HistoryEntry, KeychainFinding, LockState, LogLine, NoProgress, Outcome, PassphraseStrength, Progress, Setup,
    Verification,
};
