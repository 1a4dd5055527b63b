//! How good a passphrase is, and good ones made of words.

use zeroize::Zeroizing;

use crate::crypto::{self, CryptoError};
use crate::secret::Passphrase;

/// How good a passphrase is, by zxcvbn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    /// The score as a word.
    pub word: &'static str,
    /// What makes it weak, and what would make it better.
    pub advice: Option<String>,
}

/// zxcvbn looks at this much; more is as good as its beginning.
const LOOKED_AT: usize = 128;

/// How good a passphrase is.
pub fn strength(passphrase: &Passphrase) -> Strength {
    let start: Zeroizing<String> = Zeroizing::new(passphrase.expose().chars().take(LOOKED_AT).collect());
    let found = zxcvbn::zxcvbn(&start, &["keystead"]);
    let score = u8::from(found.score());
    let word = ["very weak", "weak", "fair", "strong", "very strong"][usize::from(score.min(4))];
    let advice = found.feedback().map(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(ToString::to_string);
        warning.into_iter().chain(suggestions).collect::<Vec<_>>().join(" ")
    });
    Strength { score, word, advice: advice.filter(|text| !text.is_empty()) }
}

/// One word a line; lines that begin with `#` say where they come from.
const WORDS: &str = include_str!("../../assets/words.txt");

/// Words chosen from.
const COUNT: u32 = 7_776;

/// Seven words of 7,776, each with the same chance: 90 bits.
pub fn seven_words() -> Result<Passphrase, CryptoError> {
    let words: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
    let mut text = Zeroizing::new(String::with_capacity(96));
    for number in 0..7 {
        if number > 0 {
            text.push('-');
        }
        text.push_str(words.get(chosen()?).copied().unwrap_or_default());
    }
    Ok(Passphrase::new(std::mem::take(&mut *text)))
}

/// A number below the count; those that would favour some are drawn again.
fn chosen() -> Result<usize, CryptoError> {
    const FAIR: u32 = u32::MAX - u32::MAX % COUNT;
    loop {
        let drawn = u32::from_le_bytes(crypto::random()?);
        if drawn < FAIR {
            return Ok((drawn % COUNT) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_list_has_7776_different_words() {
        let words: HashSet<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(words.len(), COUNT as usize);
    }

    #[test]
    fn seven_words_are_very_strong_and_never_the_same() {
        let (one, other) = (seven_words().unwrap(), seven_words().unwrap());
        assert!(!one.same_as(&other));
        assert!(one.expose().split('-').count() >= 7);
        assert_eq!(strength(&one).score, 4);
        assert!(strength(&Passphrase::new("password1".into())).score < 2);
    }
}
