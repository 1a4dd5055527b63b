//! The private keys of OpenSSH.

use super::found::{Found, Kind, Place, Reason};
use crate::secret::Passphrase;

/// Reads the bytes of an `OPENSSH PRIVATE KEY` block.
pub fn read(_der: &[u8], _passphrases: &[Passphrase], place: Place) -> Vec<Found> {
    vec![Found { place, kind: Kind::OpenSsh, name: None, content: Err(Reason::Unsupported("This form".to_owned())) }]
}
