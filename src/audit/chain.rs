//! The trailer of a line: hash chain and MAC.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::model::{Digest, hex};
use crate::secret::SecretBytes;

const HASH_MARK: &[u8] = b",hash:\"";
const MAC_MARK: &[u8] = b"\",mac:\"";
const END: &[u8] = b"\")";
const HEX: usize = 64;

/// From `,hash:"` to the end of the line, without the newline.
pub(super) const TRAILER: usize = HASH_MARK.len() + HEX + MAC_MARK.len() + HEX + END.len();

/// The keys of the log: one for its lines, one for its checkpoint, one for secrets that have no
/// public half, all derived from the log key (HKDF-SHA256, RFC 5869).
pub struct LogKeys {
    line: Zeroizing<[u8; 32]>,
    checkpoint: Zeroizing<[u8; 32]>,
    secret: Zeroizing<[u8; 32]>,
}

impl LogKeys {
    /// Derives all of them.
    pub fn derive(log_key: &SecretBytes) -> Self {
        let derived = Hkdf::<Sha256>::new(Some(b"keystead"), log_key.expose());
        let expand = |info: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            // 32 bytes are always within what HKDF gives.
            let _ = derived.expand(info, &mut *key);
            key
        };
        Self {
            line: expand(b"keystead log mac 1"),
            checkpoint: expand(b"keystead checkpoint mac 1"),
            secret: expand(b"keystead secret mac 1"),
        }
    }

    fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The MAC of a line, over everything before its own trailer part.
    pub(super) fn line_mac(&self, covered: &[u8]) -> [u8; 32] {
        Self::mac(&self.line, &[covered])
    }

    /// What a secret without a public half is known by, under its name in the store.
    pub fn secret_mac(&self, object: &str, secret: &SecretBytes) -> Digest {
        let length = (object.len() as u64).to_be_bytes();
        Digest(Self::mac(&self.secret, &[&length, object.as_bytes(), secret.expose()]))
    }

    /// The MAC of a checkpoint.
    pub(super) fn checkpoint_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        Self::mac(&self.checkpoint, parts)
    }
}

/// SHA-256 over the hash before and the bytes of a line before its trailer.
pub(super) fn link(previous: &Digest, body: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(body);
    Digest(hasher.finalize().into())
}

/// SHA-256 of bytes, for damage that no key is needed to see.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// Compares without telling where the difference lies.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// A line taken apart.
pub(super) struct Line<'a> {
    /// Everything before the trailer; with `)` it is the record in RON.
    pub(super) body: &'a [u8],
    /// What the MAC covers.
    pub(super) covered: &'a [u8],
    /// The hash it states.
    pub(super) hash: Digest,
    /// The MAC it states.
    pub(super) mac: Digest,
}

/// Takes a line apart, without its newline; `None` when it has no trailer.
pub(super) fn split(line: &[u8]) -> Option<Line<'_>> {
    let at = line.len().checked_sub(TRAILER)?;
    let (body, trailer) = line.split_at(at);
    let rest = trailer.strip_prefix(HASH_MARK)?;
    let (hash, rest) = rest.split_at_checked(HEX)?;
    let rest = rest.strip_prefix(MAC_MARK)?;
    let (mac, end) = rest.split_at_checked(HEX)?;
    if end != END {
        return None;
    }
    let covered = &line[..at + HASH_MARK.len() + HEX];
    Some(Line { body, covered, hash: unhex(hash)?, mac: unhex(mac)? })
}

/// Exactly the lower-case digits that are written: another spelling of the same bytes is a change.
fn unhex(digits: &[u8]) -> Option<Digest> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(Digest(bytes))
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Puts the trailer to a body; with newline.
pub(super) fn seal(body: &[u8], previous: &Digest, keys: &LogKeys) -> (Vec<u8>, Digest) {
    let hash = link(previous, body);
    let mut line = Vec::with_capacity(body.len() + TRAILER + 1);
    line.extend_from_slice(body);
    line.extend_from_slice(HASH_MARK);
    line.extend_from_slice(hex::encode(hash.as_bytes()).as_bytes());
    let mac = keys.line_mac(&line);
    line.extend_from_slice(MAC_MARK);
    line.extend_from_slice(hex::encode(&mac).as_bytes());
    line.extend_from_slice(END);
    line.push(b'\n');
    (line, hash)
}
