//! Lines of OpenSSH public keys.

use super::found::{Found, Kind, Place, Reason};

/// Whether a text holds them.
pub fn is(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("ssh-") || line.starts_with("ecdsa-sha2-") || line.starts_with("sk-"))
}

/// Reads them.
pub fn read(_text: &str) -> Vec<Found> {
    let content = Err(Reason::Unsupported("This form".to_owned()));
    vec![Found { place: Place::Whole, kind: Kind::OpenSshPublic, name: None, content }]
}
