//! The inventory against a real keychain (gnome-keyring) in a session of its own, and against what
//! people and programs do to it.

mod checking;
mod prompts;
mod restoring;
pub mod session;
mod troubles;
