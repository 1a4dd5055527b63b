//! Public keys of SSH in the form of RFC 4716. Private keys of ssh.com and of SSH version 1 begin alike
//! and are told by name.

use base64ct::{Base64, Encoding as _};

use super::found::{Content, Found, Kind, Place, Reason};
use super::limits;
use super::ssh_wire::{self, held_name, named};

const BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const END: &str = "---- END SSH2 PUBLIC KEY ----";
const SSH_COM: &str = "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----";
const SSH_1: &str = "SSH PRIVATE KEY FILE FORMAT 1.1";

/// Reads the block that a text begins with.
pub fn read(block_text: &str, place: Place) -> Vec<Found> {
    let mut name = None;
    let content = block(block_text, &mut name);
    let (kind, content) = match content {
        Ok(public) => {
            if public.held {
                name = Some(held_name(name));
            }
            (Kind::Ssh2Public, Ok(Content::Public(public.spki)))
        }
        Err(reason @ Reason::Unsupported(_)) if !block_text.trim_start().starts_with(BEGIN) => (Kind::Unknown, Err(reason)),
        Err(reason) => (Kind::Ssh2Public, Err(reason)),
    };
    vec![Found { place, kind, name, content }]
}

fn block(text: &str, name: &mut Option<String>) -> Result<ssh_wire::Public, Reason> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(SSH_COM) {
        return Err(Reason::Unsupported("A private key of ssh.com (SSH2 ENCRYPTED PRIVATE KEY)".into()));
    }
    if text.starts_with(SSH_1) {
        return Err(Reason::Unsupported("A private key of SSH version 1".into()));
    }
    let mut lines = text.lines().map(str::trim_end);
    if lines.next() != Some(BEGIN) {
        return Err(Reason::Malformed("it does not begin as a public key of RFC 4716".into()));
    }
    let mut encoded = String::new();
    while let Some(line) = lines.next() {
        if line == END {
            let blob = Base64::decode_vec(&encoded).or_else(|_| base64ct::Base64Unpadded::decode_vec(&encoded));
            let blob = blob.map_err(|_| Reason::Malformed("what lies between its head and its end is no base64".into()))?;
            return ssh_wire::public(&blob);
        }
        if let Some((tag, value)) = line.split_once(':') {
            if !encoded.is_empty() {
                return Err(Reason::Malformed("a header stands behind its key".into()));
            }
            let mut value = value.trim_start().to_owned();
            // A backslash at the end of a line goes on in the next (section 3.3).
            while value.ends_with('\\') {
                value.pop();
                value.push_str(lines.next().ok_or(Reason::Truncated("a header of its goes beyond its end"))?);
            }
            if tag.eq_ignore_ascii_case("comment") {
                let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(&value);
                *name = named(bare);
            }
            continue;
        }
        if encoded.len() + line.len() > limits::OBJECT {
            let (asked, limit) = ((encoded.len() + line.len()) as u64, limits::OBJECT as u64);
            return Err(Reason::OverLimit { what: "bytes of a key", asked, limit });
        }
        encoded.push_str(line.trim());
    }
    Err(Reason::Truncated("its last line is missing"))
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(read(text, Place::Whole));
    }
}
