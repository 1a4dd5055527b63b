//! PEM (RFC 7468), strict when writing, lenient about what stands around when reading.

use base64ct::{Base64, Encoding as _};
use der::pem::LineEnding;

/// A block with a label.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    // A label of ours is always valid.
    der::pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
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
