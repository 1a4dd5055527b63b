//! Stands in until the branch with the parsers is merged.
use super::found::Found;
use crate::secret::Passphrase;
/// Reads.
pub fn read(_bytes: &[u8], _passphrases: &[Passphrase]) -> Vec<Found> {
    Vec::new()
}
