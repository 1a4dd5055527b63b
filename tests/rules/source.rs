//! Reading the project's source: its files, and the tokens of a Rust file without its comments.

use std::path::{Path, PathBuf};

/// A Rust file of the project.
pub struct Source {
    /// Relative to the project, with forward slashes: `src/model/key.rs`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A piece of Rust text that matters to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword.
    Word(String),
    /// A string literal, without its quotes.
    Text(String),
    /// `::`
    Path,
    /// Any other single character.
    Mark(char),
}

impl Token {
    /// The name, if it is one.
    pub fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

/// The folder that holds Cargo.toml.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under the folders named, in a fixed order.
pub fn rust_files(folders: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&project().join(folder), &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("the folder can be read").path()) {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            let relative = path.strip_prefix(project()).expect("the file lies in the project");
            found.push(Source { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// The tokens of a Rust text; comments and character literals are left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        at = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => comment_end(&chars, at),
            ('"', _) => string(&chars, at, &mut found),
            ('r', Some('"' | '#')) if raw_hashes(&chars, at + 1).is_some() => {
                let hashes = raw_hashes(&chars, at + 1).unwrap_or(0);
                raw_string(&chars, at + 2 + hashes, hashes, &mut found)
            }
            ('\'', _) => after_quote(&chars, at),
            (':', Some(':')) => push(&mut found, Token::Path, at + 2),
            (c, _) if c.is_alphabetic() || c == '_' => word(&chars, at, &mut found),
            (c, _) if c.is_whitespace() => at + 1,
            (c, _) => push(&mut found, Token::Mark(c), at + 1),
        };
    }
    found
}

fn push(found: &mut Vec<Token>, token: Token, next: usize) -> usize {
    found.push(token);
    next
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn comment_end(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    let end = end.min(chars.len());
    push(found, Token::Text(chars[at + 1..end].iter().collect()), end + 1)
}

/// How many `#` stand before the quote of a raw string; `None` where it is no raw string.
fn raw_hashes(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    (chars.get(at + hashes) == Some(&'"')).then_some(hashes)
}

fn raw_string(chars: &[char], start: usize, hashes: usize, found: &mut Vec<Token>) -> usize {
    let closes = |at: usize| chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    let end = (start..chars.len()).find(|at| closes(*at)).unwrap_or(chars.len());
    push(found, Token::Text(chars[start..end].iter().collect()), end + 1 + hashes)
}

/// Behind a quote stands a character literal, which is skipped, or a lifetime, whose name is read on.
fn after_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => (at + 3..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |end| end + 1),
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

fn word(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let word: String = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
    let next = at + word.chars().count();
    push(found, Token::Word(word), next)
}

#[test]
fn comments_and_literals_hide_nothing_and_add_nothing() {
    let found = tokens("/* a /* b */ */ use x::y; // z\nlet c = '\"'; let s: &'a str = r#\"q\"w\"#; \"e\\\"f\"");
    let words: Vec<&str> = found.iter().filter_map(Token::word).collect();
    assert_eq!(words, ["use", "x", "y", "let", "c", "let", "s", "a", "str"]);
    let texts: Vec<&Token> = found.iter().filter(|t| matches!(t, Token::Text(_))).collect();
    assert_eq!(texts, [&Token::Text("q\"w".into()), &Token::Text("e\\\"f".into())]);
}
