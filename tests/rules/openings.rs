//! Every file says in its first line what lives there.

use crate::expect_none;
use crate::source::rust_files;

fn silent(path: &str, text: &str) -> Option<String> {
    let says = text.lines().next().is_some_and(|line| line.strip_prefix("//! ").is_some_and(|rest| !rest.trim().is_empty()));
    (!says).then(|| format!("{path} does not begin with `//!` and what lives there"))
}

#[test]
fn every_file_says_what_lives_there() {
    let files = rust_files(&["src", "tests", "benches", "fuzz"]);
    let found: Vec<String> = files.iter().filter_map(|file| silent(&file.path, &file.text)).collect();
    expect_none(&found);
}

#[test]
fn a_silent_file_is_found() {
    for text in ["", "use std::fs;\n", "//!\nuse x;", "// Not a crate comment\n"] {
        assert!(silent("src/model/key.rs", text).is_some(), "{text}");
    }
    assert!(silent("src/model/key.rs", "//! Keys.\n").is_none());
}
