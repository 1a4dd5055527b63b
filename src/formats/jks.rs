//! Java keystores.

use super::found::{Found, Kind, Place, Reason};
use crate::secret::Passphrase;

/// Whether bytes are one.
pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0xce, 0xce, 0xce, 0xce])
}

/// Reads it.
pub fn read(_bytes: &[u8], _passphrases: &[Passphrase]) -> Vec<Found> {
    vec![Found { place: Place::Whole, kind: Kind::Jks, name: None, content: Err(Reason::Unsupported("This form".to_owned())) }]
}
