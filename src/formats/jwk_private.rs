//! JSON Web Keys.

use super::found::{Found, Kind, Place, Reason};
use crate::secret::Passphrase;

/// Whether bytes are one.
pub fn is(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(bytes, b"\"kty\"").is_some()
}

/// Reads it, without passphrases.
pub fn read(bytes: &[u8]) -> Vec<Found> {
    read_with(bytes, &[])
}

/// The same, with passphrases for keys in JWE.
pub fn read_with(_bytes: &[u8], _passphrases: &[Passphrase]) -> Vec<Found> {
    vec![Found { place: Place::Whole, kind: Kind::Jwk, name: None, content: Err(Reason::Unsupported("This form".to_owned())) }]
}
