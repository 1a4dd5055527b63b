//! Names in paths: what a person or a file gives must not lead to another path.

use super::error::BaoError;

/// A name as a part of a path; it may hold slashes where mounts do, and nothing that leads elsewhere.
pub(super) fn segment(name: &str) -> Result<&str, BaoError> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.-/@+".contains(letter);
    let parts = || name.split('/');
    let sound = !name.is_empty()
        && name.len() <= 512
        && name.chars().all(plain)
        && parts().all(|part| !part.is_empty() && part != "." && part != "..");
    if sound { Ok(name) } else { Err(BaoError::Invalid(format!("“{}” is no name that a path can hold", shown(name)))) }
}

/// A name of a key as the transit engine takes it: letters, digits, `_`, `-` and `.`, the first and the last of them no sign.
pub(super) fn key(name: &str) -> Result<&str, BaoError> {
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let ends = name.starts_with(word) && name.ends_with(word);
    let sound = ends && name.len() <= 200 && name.chars().all(|letter| word(letter) || letter == '-' || letter == '.');
    if sound { Ok(name) } else { Err(BaoError::Invalid(format!("“{}” is no name of a key there", shown(name)))) }
}

fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for good in ["transit", "team/transit", "a.b-c_d", "jane@example.com"] {
            assert!(segment(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "a//b", "../sys", "a/../../sys", ".", "a?list=true", "a#b", "a b", "ä", "a%2f"] {
            assert!(segment(bad).is_err(), "{bad}");
        }
        for bad in ["", "a/b", "-a", "a-", ".", "..", "a@2", "a:b"] {
            assert!(key(bad).is_err(), "{bad}");
        }
        assert!(key("0f-a.b_c").is_ok());
    }
}
