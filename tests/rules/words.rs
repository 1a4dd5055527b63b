//! The project's files speak of the project alone: not of the machine on which somebody wrote them, nor
//! of papers that a reader does not have.

use std::process::Command;

use crate::expect_none;
use crate::source::project;

/// What no tracked file names; each is put together here, so that this file is no exception.
const FOREIGN: [&str; 12] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/", "wt/"),
    concat!("/tmp/", "target-"),
    concat!("DES", "IGN.md"),
    concat!("VIS", "UAL.md"),
    concat!("CRA", "FT.md"),
    concat!("FAC", "TS.md"),
    concat!("shared/", "vectors"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi", ".org"),
];

fn foreign_words(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(number, line)| FOREIGN.iter().filter(move |word| line.contains(**word)).map(move |word| (number + 1, word)))
        .map(|(number, word)| format!("{path}:{number} names {word}"))
        .collect()
}

/// Every file that git tracks; `None` where this is no clone.
fn tracked() -> Option<Vec<String>> {
    let listing = Command::new("git").args(["-c", "safe.directory=*", "ls-files", "-z"]).current_dir(project()).output().ok()?;
    let names = String::from_utf8(listing.stdout).ok()?;
    (listing.status.success() && !names.is_empty()).then(|| names.split_terminator('\0').map(str::to_owned).collect())
}

#[test]
fn files_speak_of_the_project_alone() {
    let Some(paths) = tracked() else {
        skip("tracked-files", "this is no git clone");
        return;
    };
    // Files that are no text, and links to nowhere, have no words.
    let read = |path: &String| Some((path.clone(), std::fs::read_to_string(project().join(path)).ok()?));
    let found: Vec<String> = paths.iter().filter_map(read).flat_map(|(path, text)| foreign_words(&path, &text)).collect();
    expect_none(&found);
}

#[test]
fn a_foreign_word_is_found_with_its_line() {
    let text = format!("first\nread {}\n", FOREIGN[0]);
    assert_eq!(foreign_words("README.md", &text), [format!("README.md:2 names {}", FOREIGN[0])]);
    expect_none(&foreign_words("README.md", "at work/shop, /workshop\n"));
}

/// Says that a test could not run here, also in the list that packaging/test prints at its end.
fn skip(name: &str, reason: &str) {
    println!("skipped: {name}: {reason}");
    let Some(list) = std::env::var_os("KEYSTEAD_SKIPPED") else { return };
    let mut list = std::fs::OpenOptions::new().create(true).append(true).open(list).expect("the list of skips can be written");
    std::io::Write::write_all(&mut list, format!("{name}: {reason}\n").as_bytes()).expect("the list of skips can be written");
}
