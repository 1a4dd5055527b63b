//! What may be tried on the encrypted objects of one file: the passphrases, and how much work is left.

use std::cell::Cell;

use super::found::Reason;
use super::limits;
use crate::secret::Passphrase;

/// The passphrases given, and the work that all objects of a file share.
pub(super) struct Opening<'a> {
    /// In the order in which they are tried.
    pub(super) passphrases: &'a [Passphrase],
    left: Cell<u64>,
    limit: u64,
}

impl<'a> Opening<'a> {
    /// For a whole file.
    pub(super) fn new(passphrases: &'a [Passphrase]) -> Self {
        Self::with_work(passphrases, limits::FILE_ITERATIONS)
    }

    /// With less work than a file may ask for.
    pub(super) fn with_work(passphrases: &'a [Passphrase], limit: u64) -> Self {
        Self { passphrases, left: Cell::new(limit), limit }
    }

    /// Called before each key derivation: refuses what goes beyond the work that is left.
    pub(super) fn spend(&self, iterations: u64) -> Result<(), Reason> {
        let left = self.left.get();
        if iterations > left {
            let asked = (self.limit - left).saturating_add(iterations);
            return Err(Reason::OverLimit { what: "iterations in one file", asked, limit: self.limit });
        }
        self.left.set(left - iterations);
        Ok(())
    }

    /// Tries every passphrase. `open` says `None` where one does not fit.
    pub(super) fn each<T>(&self, mut open: impl FnMut(&str) -> Result<Option<T>, Reason>) -> Result<T, Reason> {
        if self.passphrases.is_empty() {
            return Err(Reason::PassphraseNeeded);
        }
        for passphrase in self.passphrases {
            if let Some(opened) = open(passphrase.expose())? {
                return Ok(opened);
            }
        }
        Err(Reason::WrongPassphraseOrDamaged)
    }
}
