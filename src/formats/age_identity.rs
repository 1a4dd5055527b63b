//! Identities of age.

use super::found::{Found, Kind, Place, Reason};
use crate::secret::Passphrase;

/// Whether a text holds one.
pub fn is(text: &str) -> bool {
    text.contains("AGE-SECRET-KEY-1") || text.starts_with("age-encryption.org/v1")
}

/// Reads it.
pub fn read(_bytes: &[u8], _passphrases: &[Passphrase]) -> Vec<Found> {
    let content = Err(Reason::Unsupported("This form".to_owned()));
    vec![Found { place: Place::Whole, kind: Kind::AgeIdentity, name: None, content }]
}
