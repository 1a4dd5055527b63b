//! Passphrases: how good one is, and a generator of good ones.

use super::error::CustodianError;
use super::outcome::PassphraseStrength;
use crate::model::Format;
use crate::secret::{Passphrase, on_wiped_stack};
use crate::stores::passphrase;

/// The lowest score that is accepted for something new (zxcvbn: 0 to 4; 3 withstands an offline
/// attack on a slow hash for years).
pub const LEAST_SCORE: u8 = 3;

/// How good a passphrase is.
pub fn strength(typed: &Passphrase) -> PassphraseStrength {
    let found = on_wiped_stack(|| passphrase::strength(typed));
    PassphraseStrength { score: found.score, word: found.word, advice: found.advice }
}

/// Seven words, each one of 7,776, chosen by the operating system's randomness: 90 bits.
pub fn seven_words() -> Result<Passphrase, CustodianError> {
    Ok(passphrase::seven_words()?)
}

/// The lowest score for a form whose derivation is weak.
pub const LEAST_SCORE_ALONE: u8 = 4;

/// The lowest score for the passphrase of a file in a form.
pub const fn least_score(format: Format) -> u8 {
    if format.asks_strongest() { LEAST_SCORE_ALONE } else { LEAST_SCORE }
}

/// Refuses what is too easily guessed.
pub(super) fn strong_enough(typed: &Passphrase) -> Result<(), CustodianError> {
    at_least(typed, LEAST_SCORE)
}

/// Refuses what scores lower.
pub(super) fn at_least(typed: &Passphrase, least: u8) -> Result<(), CustodianError> {
    let found = strength(typed);
    if found.score < least {
        let advice = found.advice.unwrap_or_else(|| "Take seven words from the generator.".into());
        return Err(CustodianError::PassphraseWeak(advice));
    }
    Ok(())
}
