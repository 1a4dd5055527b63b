//! Text armour as it is found in the files of others: PEM (RFC 7468, RFC 1421) and the blocks of RFC 4716.
//!
//! Written by hand: `pem-rfc7468` refuses text around, headers, several blocks and lines of odd lengths, all of which
//! OpenSSL and others write. It runs over the text once, whatever is in it. Decoding is `base64ct`'s.

use base64ct::{Base64Unpadded, Encoding as _};
use memchr::memmem;
use zeroize::Zeroizing;

use super::ber::Bytes;
use super::found::Reason;
use super::limits;

/// The longest label that is looked for.
const LABEL: usize = 80;

/// The style of a block's first line.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Style {
    /// `-----BEGIN …-----`
    Pem,
    /// `---- BEGIN … ----`
    Ssh2,
}

impl Style {
    const fn dashes(self) -> &'static [u8] {
        match self {
            Self::Pem => b"-----",
            Self::Ssh2 => b"---- ",
        }
    }

    const fn closing(self) -> &'static [u8] {
        match self {
            Self::Pem => b"-----",
            Self::Ssh2 => b" ----",
        }
    }
}

/// One block.
pub(super) struct Block<'a> {
    pub(super) style: Style,
    /// The line it begins on, counted from 1.
    pub(super) line: u32,
    pub(super) label: &'a str,
    /// The text between this block and the one before.
    pub(super) before: &'a [u8],
    /// It as a whole, with its first and last line.
    pub(super) whole: &'a [u8],
    body: &'a [u8],
    /// It has its last line.
    pub(super) ends: bool,
}

/// Every block of a text.
pub(super) struct Blocks<'a> {
    text: &'a [u8],
    /// Behind the last block.
    at: usize,
    /// Lines counted up to here, and how many there are.
    counted: usize,
    line: u32,
}

impl<'a> Blocks<'a> {
    /// Of a text that need not be UTF-8 around its blocks.
    pub(super) const fn of(text: &'a [u8]) -> Self {
        Self { text, at: 0, counted: 0, line: 1 }
    }

    fn line_of(&mut self, at: usize) -> u32 {
        let passed = &self.text[self.counted..at];
        let mut last = self.counted.checked_sub(1).map_or(0, |before| self.text[before]);
        for byte in passed {
            // A carriage return counts, and the line feed behind it does not.
            self.line += u32::from(*byte == b'\r' || (*byte == b'\n' && last != b'\r'));
            last = *byte;
        }
        self.counted = at;
        self.line
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        let mut from = self.at;
        loop {
            let begin = from + memmem::find(&self.text[from..], b"BEGIN ")?;
            from = begin + 6;
            let start = begin.saturating_sub(5);
            let style = match &self.text[start.max(self.at)..begin] {
                b"-----" => Style::Pem,
                b"---- " => Style::Ssh2,
                _ => continue,
            };
            let line = &self.text[from..self.text.len().min(from + LABEL)];
            let Some(length) = memmem::find(line, style.closing()) else { continue };
            let Ok(label) = std::str::from_utf8(&line[..length]) else { continue };
            if label.is_empty() || label.contains(['\n', '\r']) {
                continue;
            }
            let body = from + length + style.closing().len();
            let (end, behind, ends) = end_of(self.text, body, style);
            let block = Block {
                style,
                line: self.line_of(start),
                label,
                before: &self.text[self.at..start],
                whole: &self.text[start..behind],
                body: &self.text[body..end],
                ends,
            };
            self.at = behind;
            return Some(block);
        }
    }
}

/// Where a body ends, where its block ends, and whether that is by its last line.
fn end_of(text: &[u8], body: usize, style: Style) -> (usize, usize, bool) {
    let mut at = body;
    while let Some(found) = memmem::find(&text[at..], style.dashes()) {
        let end = at + found;
        let mark = end + style.dashes().len();
        if text[mark..].starts_with(b"END ") {
            let line = &text[mark..text.len().min(mark + LABEL + 8)];
            let closing = memmem::find(line, style.closing()).map(|closing| closing + style.closing().len());
            let stop = line.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(line.len());
            return (end, mark + closing.filter(|closing| *closing <= stop).unwrap_or(stop), true);
        }
        if text[mark..].starts_with(b"BEGIN ") {
            return (end, end, false);
        }
        at = end + 1;
    }
    (text.len(), text.len(), false)
}

impl Block<'_> {
    /// The headers of RFC 1421, and the bytes.
    pub(super) fn decode(&self) -> (Vec<(String, String)>, Result<Bytes, Reason>) {
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut rest = self.body;
        while let Some((line, behind)) = line(rest) {
            let text = line.trim_ascii();
            let continued = line.first().is_some_and(|first| matches!(first, b' ' | b'\t')) && !headers.is_empty();
            match text.iter().position(|byte| *byte == b':') {
                Some(colon) if !continued => headers.push((shown(&text[..colon]), shown(&text[colon + 1..]))),
                _ if text.is_empty() && headers.is_empty() => {}
                _ if continued && !text.is_empty() => {
                    if let Some((_, value)) = headers.last_mut() {
                        value.push_str(&shown(text));
                    }
                }
                _ => break,
            }
            rest = behind;
        }
        (headers, base64(rest))
    }

    /// What `openssl pkcs12` says before a block of what lay in a keystore.
    pub(super) fn friendly_name(&self) -> Option<String> {
        const NAME: &[u8] = b"friendlyName:";
        let at = memmem::rfind(self.before, NAME)?;
        let (line, _) = line(&self.before[at + NAME.len()..])?;
        Some(shown(line)).filter(|name| !name.is_empty())
    }
}

/// The first line without its end, and what follows; `None` at the end.
fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let stop = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    let ending = if text[stop..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((&text[..stop], text.get(stop + ending..).unwrap_or_default()))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text.trim_ascii()).into_owned()
}

/// Decodes base64 with white space anywhere, with or without padding, in either alphabet.
pub(super) fn base64(text: &[u8]) -> Result<Bytes, Reason> {
    if text.len() / 4 * 3 > limits::OBJECT + limits::OBJECT / 16 {
        let asked = (text.len() / 4 * 3) as u64;
        return Err(Reason::OverLimit { what: "bytes in one object", asked, limit: limits::OBJECT as u64 });
    }
    let mut letters = Zeroizing::new(String::with_capacity(text.len()));
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        letters.push(match byte {
            b'-' => '+',
            b'_' => '/',
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => char::from(*byte),
            _ => return Err(Reason::Malformed("it holds letters that are not of base64".to_owned())),
        });
    }
    let digits = letters.trim_end_matches('=');
    if digits.len() % 4 == 1 {
        return Err(Reason::Truncated("its base64 stops within a byte"));
    }
    match Base64Unpadded::decode_vec(digits) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(_) => Err(Reason::Malformed("its base64".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<(String, u32, bool)> {
        Blocks::of(text.as_bytes()).map(|block| (block.label.to_owned(), block.line, block.ends)).collect()
    }

    #[test]
    fn blocks_are_found_on_their_lines_whatever_ends_a_line() {
        for ending in ["\n", "\r\n", "\r"] {
            let text = "one\n\n-----BEGIN A-----\nAAAA\n-----END A-----\nx\n-----BEGIN B-----\n\nAA==\n-----END B-----"
                .replace('\n', ending);
            assert_eq!(labels(&text), [("A".into(), 3, true), ("B".into(), 7, true)], "{ending:?}");
            let bytes: Vec<usize> = Blocks::of(text.as_bytes()).map(|block| block.decode().1.unwrap().len()).collect();
            assert_eq!(bytes, [3, 1]);
        }
    }

    #[test]
    fn a_block_without_its_last_line_stops_at_the_next() {
        let text = "-----BEGIN A-----\nAAAA\n-----BEGIN B-----\nAAAA\n-----END A-----\n-----BEGIN C-----\nAA";
        assert_eq!(labels(text), [("A".into(), 1, false), ("B".into(), 3, true), ("C".into(), 6, false)]);
    }

    #[test]
    fn headers_are_read_with_their_continuations() {
        let text = "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,\n 00\n\nAAAA\n-----END A-----\n";
        let (headers, bytes) = Blocks::of(text.as_bytes()).next().unwrap().decode();
        assert_eq!(headers[1], ("DEK-Info".to_owned(), "AES-128-CBC,00".to_owned()));
        assert_eq!(bytes.unwrap().len(), 3);
    }

    #[test]
    fn dashes_without_end_are_read_once() {
        let text = "-----BEGIN A-----".to_owned() + &"-".repeat(4_000_000);
        assert_eq!(Blocks::of(text.as_bytes()).count(), 1);
        assert_eq!(Blocks::of("BEGIN ".repeat(500_000).as_bytes()).count(), 0);
        assert_eq!(Blocks::of("-----BEGIN ".repeat(500_000).as_bytes()).count(), 0);
    }
}
