//! The private keys of `PuTTY`.

use super::found::{Found, Kind, Place, Reason};
use crate::secret::Passphrase;

/// Whether a text is one.
pub fn is(text: &str) -> bool {
    text.starts_with("PuTTY-User-Key-File-")
}

/// Reads it.
pub fn read(_text: &str, _passphrases: &[Passphrase]) -> Vec<Found> {
    vec![Found { place: Place::Whole, kind: Kind::Ppk, name: None, content: Err(Reason::Unsupported("This form".to_owned())) }]
}
