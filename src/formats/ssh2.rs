//! Public keys of SSH in the form of RFC 4716.

use super::found::{Found, Kind, Place, Reason};

/// Reads a block.
pub fn read(_block_text: &str, place: Place) -> Vec<Found> {
    vec![Found { place, kind: Kind::Ssh2Public, name: None, content: Err(Reason::Unsupported("This form".to_owned())) }]
}
