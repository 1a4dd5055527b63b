//! The part that carries out what a person asks: one file a use case.
//!
//! Everything here blocks and may be called from any thread; the desktop calls it through
//! [`link`], scripts call it directly.

pub mod agent;
mod ahead;
pub mod at_stores;
mod attach;
pub mod backup;
#[cfg(feature = "openbao")]
mod browser;
pub mod certificate;
mod copies;
mod core;
mod destroy;
pub mod discover;
mod due;
mod edit;
mod engines;
mod environment;
mod error;
mod export;
mod file;
mod fill;
mod folder;
mod generate;
mod group;
mod held;
mod how_to_verify;
mod identity;
pub mod import;
#[cfg(feature = "pkcs11")]
pub mod init_token;
mod inside;
#[cfg(feature = "openbao")]
pub mod issue;
pub mod issued;
mod keeper;
#[cfg(feature = "openbao")]
mod key_servers;
mod leaving;
pub mod link;
mod login_page;
mod look;
mod measure;
pub mod modules;
mod move_key;
pub mod new_server;
mod notice;
pub mod notify;
mod one_use;
mod outcome;
pub mod passphrase;
mod private_export;
pub mod probe;
pub mod questions;
pub mod recipients;
pub mod reconcile;
mod recover;
mod request;
pub mod restore;
mod resume;
mod rotate;
mod seal;
mod service;
mod setup;
mod sign_file;
mod signed_file;
pub mod store;
mod sweep;
#[cfg(feature = "pkcs11")]
mod tokens;
pub mod told;
mod turn;
mod unwrap;
mod verdict;
mod verify_file;
mod wrap;

pub use core::Custodian;
pub use due::Due;
pub use engines::{Opener, OpenerAsk, OpenerSource, opener_of};
pub use environment::Environment;
pub use error::{CustodianError, ErrorClass};
pub use fill::synthetic_pem;
pub use how_to_verify::{HowToVerify, how_to_verify};
pub use login_page::{LoginPage, PageSource};
pub use one_use::{UseAsk, UseSource};
pub use outcome::{
    Health, HistoryEntry, KeychainFinding, LockState, LogLine, NoProgress, Outcome, PassphraseStrength, Progress, Setup,
    Verification,
};
pub use private_export::PrivateExport;
pub use seal::{Seal, Sealed};
pub use service::{Wake, serve};
pub use setup::probe_keychain;
pub use sign_file::FILE_NAMESPACE;
pub use unwrap::Unwrap;
pub use verdict::{Finding, Maker, Verdict};
pub use verify_file::Verified;
pub use wrap::Wrap;

pub use crate::stores::UsePin;
