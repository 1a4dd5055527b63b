//! PEM (RFC 7468), strict when writing, lenient about what stands around when reading.

use base64ct::{Base64, Encoding as _};
use der::pem::LineEnding;

/// A block with a label.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    // A label of ours is always valid.
    der::pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
}

/// A block with a label and lines of so many letters, where another length than that of RFC 7468 is usual.
pub(super) fn write_lines(label: &str, der: &[u8], line: usize) -> String {
    let encoded = Base64::encode_string(der);
    // Base64 is one byte a letter, so that it can be cut anywhere.
    let lines: Vec<_> = encoded.as_bytes().chunks(line).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Every block: its label and its bytes. Text between blocks is skipped; a block that cannot be
/// decoded has no bytes.
pub(super) fn blocks(text: &str) -> Vec<(&str, Option<Vec<u8>>)> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, body)) = after.split_once("-----") else { break };
        let end = format!("-----END {label}-----");
        let Some((body, after)) = body.split_once(end.as_str()) else { break };
        let compact: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        blocks.push((label, Base64::decode_vec(&compact).ok()));
        rest = after;
    }
    blocks
}
