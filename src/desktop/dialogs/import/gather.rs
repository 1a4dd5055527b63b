//! What a person gives to be read: dropped, pasted, or typed as a path.

use std::path::{Path, PathBuf};

use egui::{Context, Event};
use zeroize::Zeroize as _;

use crate::custodian::import::Source;
use crate::desktop::dialogs::place::expanded;

/// Whether files can be dropped on this window: winit hears of none under Wayland.
pub(in crate::desktop::dialogs) fn drops() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("WAYLAND_DISPLAY").is_none_or(|display| display.is_empty())
}

/// What was dropped on the window since the last frame.
pub fn dropped(ctx: &Context) -> Vec<Source> {
    ctx.input_mut(|input| {
        let files = input.raw.dropped_files.drain(..);
        files.map(|file| Source::Path(file.path().to_owned())).collect()
    })
}

/// What was pasted since the last frame: paths, or text that may be secret. The text goes on as it is, is
/// copied nowhere, and what the window keeps of it is wiped.
pub(in crate::desktop::dialogs) fn pasted(ctx: &Context) -> Vec<Source> {
    ctx.input_mut(|input| {
        input.raw.events.retain_mut(|event| match event {
            Event::Paste(text) => {
                text.zeroize();
                false
            }
            _ => true,
        });
        let mut sources = Vec::new();
        input.events.retain_mut(|event| match event {
            Event::Paste(text) => {
                sources.extend(of_text(std::mem::take(text)));
                false
            }
            _ => true,
        });
        sources
    })
}

/// Text as sources: each line a path or the address of a file, or else all of it what is to be read.
fn of_text(mut text: String) -> Vec<Source> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !matches!(*line, "copy" | "cut"));
    let paths: Option<Vec<PathBuf>> = lines().map(path_of).collect();
    match paths {
        Some(paths) if !paths.is_empty() => {
            text.zeroize();
            paths.into_iter().map(Source::Path).collect()
        }
        _ if text.trim().is_empty() => Vec::new(),
        _ => vec![Source::pasted(text.into_bytes())],
    }
}

/// A line as the path of something that is there, or that is plainly meant as a file.
fn path_of(line: &str) -> Option<PathBuf> {
    if let Some(address) = line.strip_prefix("file://") {
        return Some(unescaped(address.strip_prefix("localhost").unwrap_or(address)));
    }
    // Text in base64 may begin with a slash, so it has to be there.
    let path = expanded(line.trim_matches(['\'', '"']));
    (path.is_absolute() && path.exists()).then_some(path)
}

/// The path of an address (RFC 3986 section 2.1).
fn unescaped(address: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        PathBuf::from(std::ffi::OsString::from_vec(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(&bytes).trim_start_matches('/').to_owned())
}

/// A path of which the middle is left out, so that both its folder and its name are told; with little room, its end.
pub(super) fn middle_cut(path: &str, most: usize) -> String {
    let letters: Vec<char> = path.chars().collect();
    if letters.len() <= most {
        return path.to_owned();
    }
    if most < SHORT {
        return std::iter::once('…').chain(letters[letters.len() + 1 - most.max(1)..].iter().copied()).collect();
    }
    let name = Path::new(path).file_name().map_or(0, |name| name.to_string_lossy().chars().count() + 1);
    let tail = name.max(most / 2).min(most.saturating_sub(5).max(4));
    let head = most.saturating_sub(tail + 1);
    let (head, tail) = (&letters[..head], &letters[letters.len() - tail.min(letters.len())..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

/// Room for fewer letters than these is for the end alone.
const SHORT: usize = 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Option<Vec<PathBuf>> {
        let paths = of_text(text.to_owned()).into_iter().map(|source| match source {
            Source::Path(path) => Some(path),
            Source::Pasted(_) => None,
        });
        paths.collect()
    }

    #[test]
    fn what_is_pasted_is_told_apart() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let there = file.path().display().to_string();
        assert_eq!(paths(&format!("{there}\n")), Some(vec![file.path().to_owned()]));
        assert_eq!(paths("copy\nfile:///tmp/a%20b.pem\nfile:///tmp/c"), Some(vec!["/tmp/a b.pem".into(), "/tmp/c".into()]));
        assert_eq!(paths("/9j4AAQSkZJRgABAQ"), None, "text in base64 may begin with a slash");
        assert_eq!(paths("-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"), None);
        assert_eq!(of_text(" \n".into()).len(), 0);
    }

    #[test]
    fn a_long_path_keeps_its_folder_and_its_name() {
        assert_eq!(middle_cut("/home/mira/.ssh/id_ed25519", 40), "/home/mira/.ssh/id_ed25519");
        assert_eq!(middle_cut("/home/mira/keys/archive/2024/id_ed25519", 20), "/home/mi…/id_ed25519");
        assert_eq!(middle_cut("/a/a-rather-long-name-of-a-file.pem", 12), "…-a-file.pem");
        assert_eq!(middle_cut("/a/b", 0), "…");
    }
}
