//! Discovering: every key, certificate and keystore that lies in folders, with its risks.
//!
//! What was decided about looking, and why:
//!
//! - `.gitignore` is not followed: a private key that git is told to ignore is just what a person wants
//!   to know of. A file `.ignore` is followed, because it is written for those who look.
//! - Folders that hold `CACHEDIR.TAG`, those of [`walk`]'s list (`node_modules` and the like), what git,
//!   Mercurial and Subversion keep for themselves, and the inventory's own folder are passed over.
//! - No link is followed, and nothing is opened but regular files, so that no pipe or device can block.
//!   Kernel file systems (`/proc`, `/sys`) are passed over.
//! - The first kilobytes of a file decide whether it is read whole. Secrets are dropped as soon as the
//!   facts are known.

mod find;
mod remove;
mod risk;
mod sniff;
mod suggest;
mod track;
mod tree;
mod walk;

pub use find::{Discovery, Finding, discover};
pub use remove::{OLD_BLOCKS, Removal};
pub use risk::Risk;
pub(in crate::custodian) use suggest::suggestions;
pub use track::{TrackedFile, look, tracked_files};
