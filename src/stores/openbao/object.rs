//! The name of an item: a transit key and one of its versions.

use std::fmt;

/// A version of a transit key, written `NAME@2`, or `NAME` for the first.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) struct Object<'a> {
    pub(super) key: &'a str,
    pub(super) version: u32,
}

impl<'a> Object<'a> {
    /// Reads a name; `None` where no transit key can be called so.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (key, version) = match text.split_once('@') {
            None => (text, 1),
            Some((key, number)) => (key, number.parse().ok().filter(|version| *version > 0 && !number.starts_with(['0', '+']))?),
        };
        let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let sound = key.starts_with(word)
            && key.ends_with(word)
            && key.chars().all(|letter| word(letter) || letter == '-' || letter == '.');
        sound.then_some(Self { key, version })
    }
}

impl fmt::Display for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            1 => f.write_str(self.key),
            version => write!(f, "{}@{version}", self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for (text, key, version) in [("a1", "a1", 1), ("a1@2", "a1", 2), ("team.key-7@31", "team.key-7", 31)] {
            let object = Object::parse(text).unwrap();
            assert_eq!((object.key, object.version, object.to_string().as_str()), (key, version, text));
        }
        for text in ["", "../log-key", "a/b", "a@", "a@0", "a@01", "a@+1", "a@x", "a@2@3", "@2", "a-"] {
            assert_eq!(Object::parse(text), None, "{text}");
        }
    }
}
