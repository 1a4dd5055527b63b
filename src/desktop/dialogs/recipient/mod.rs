//! Dialogs of the address book: who is in it, whether a fingerprint is right, taking somebody out.

mod confirm;
mod edit;
mod keys;
mod remove;

pub use confirm::ConfirmKey;
pub use edit::EditRecipient;
pub use remove::RemoveRecipient;
