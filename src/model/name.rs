//! Names of keys, owners, tags and recipients: what is allowed, how they are compared and shown.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The longest name in characters.
pub const LONGEST: usize = 200;

/// The longest note in characters.
pub const LONGEST_NOTE: usize = 10_000;

/// A name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is empty or only spaces.
    #[error("a name cannot be empty")]
    Empty,
    /// It is longer than screens and files can bear.
    #[error("a name has at most {LONGEST} characters, and this one has {0}")]
    TooLong(usize),
    /// It is not in the form in which names are compared.
    #[error("“{}” is not in Unicode normal form C", shown(.0))]
    NotNormal(String),
}

/// The form in which names are kept and compared: NFC, without spaces around.
pub fn normal(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if is_nfc(name) { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) }
}

/// Brings what a person typed into the form in which names are kept.
pub fn parse(typed: &str) -> Result<Box<str>, NameError> {
    let name = normal(typed);
    check(&name)?;
    Ok(name.into())
}

/// Checks a name that is already in its form.
pub fn check(name: &str) -> Result<(), NameError> {
    let length = name.chars().count();
    if name.trim().is_empty() {
        Err(NameError::Empty)
    } else if length > LONGEST {
        Err(NameError::TooLong(length))
    } else if normal(name) != name {
        Err(NameError::NotNormal(name.to_owned()))
    } else {
        Ok(())
    }
}

/// A name as screens, messages and terminals show it: control characters and those that turn the
/// direction of writing are escaped, so that no name can pose as another or drive a terminal.
pub fn shown(name: &str) -> Cow<'_, str> {
    if !name.contains(is_disguising) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().fold(String::new(), |mut text, letter| {
        if is_disguising(letter) {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(letter));
        } else {
            text.push(letter);
        }
        text
    }))
}

/// Controls, marks and overrides of direction, invisible characters, line and paragraph separators.
fn is_disguising(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Tags in the form in which they are kept: each a name, sorted, without repetition.
pub fn tags<'a>(typed: impl IntoIterator<Item = &'a str>) -> Result<Vec<Box<str>>, NameError> {
    let mut tags = typed.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_control_or_right_to_left_characters_are_shown_escaped() {
        assert_eq!(shown("a\u{202e}txt.exe"), "a\\u{202e}txt.exe");
        assert_eq!(shown("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(shown("مفتاح"), "مفتاح");
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert_eq!(parse("  "), Err(NameError::Empty));
    }

    #[test]
    fn a_name_of_10_000_characters_is_refused_with_the_limit() {
        assert_eq!(parse(&"x".repeat(10_000)), Err(NameError::TooLong(10_000)));
    }

    #[test]
    fn composed_and_decomposed_names_are_the_same() {
        assert_eq!(parse("cafe\u{301}").unwrap(), parse(" caf\u{e9}").unwrap());
    }
}
