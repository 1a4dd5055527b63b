//! Whether the beginning of a file looks like a key, a certificate or a keystore.

use std::path::Path;

use memchr::memmem;

/// So much of a file is looked at, in bytes.
pub(super) const FIRST: usize = 16 * 1024;

/// Files of these endings are read whole, up to this size, whatever they begin with.
const ENDINGS: [&str; 5] = ["pem", "key", "crt", "cer", "p8"];
const SMALL: u64 = 1024 * 1024;

/// Texts that stand somewhere near the beginning.
const WORDS: [&[u8]; 9] = [
    b"-----BEGIN ",
    b"---- BEGIN SSH2",
    b"PuTTY-User-Key-File",
    b"AGE-SECRET-KEY-",
    b"\"kty\"",
    b"ssh-rsa AAAA",
    b"ssh-dss AAAA",
    b"ssh-ed25519 AAAA",
    b"ecdsa-sha2-nistp",
];

/// Whether a file is worth being read whole, by its first bytes and its size.
pub(super) fn is_worth_reading(first: &[u8], size: u64, path: &Path) -> bool {
    match first {
        [] => false,
        // JKS and JCEKS.
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => true,
        // Text in UTF-16.
        [0xff, 0xfe, ..] => memmem::find(first, &wide(b"-----BEGIN ", false)).is_some(),
        [0xfe, 0xff, ..] => memmem::find(first, &wide(b"-----BEGIN ", true)).is_some(),
        _ if is_der(first, size) => true,
        _ => {
            WORDS.iter().any(|word| memmem::find(first, word).is_some())
                || memmem::find(first, b"sk-ssh-ed25519@").is_some()
                || (size <= SMALL
                    && ENDINGS.iter().any(|ending| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))))
        }
    }
}

/// A SEQUENCE that ends where the file ends, but for a final newline.
fn is_der(first: &[u8], size: u64) -> bool {
    let whole = match first {
        [0x30, 0x80, ..] => return size > 32 && matches!(first.get(2), Some(0x02 | 0x06 | 0x30)),
        [0x30, length @ 0x10..0x80, ..] => u64::from(*length) + 2,
        [0x30, 0x81, length, ..] => u64::from(*length) + 3,
        [0x30, 0x82, high, low, ..] => u64::from(u16::from_be_bytes([*high, *low])) + 4,
        [0x30, 0x83, high, middle, low, ..] => u64::from(u32::from_be_bytes([0, *high, *middle, *low])) + 5,
        [0x30, 0x84, a, b, c, d, ..] => u64::from(u32::from_be_bytes([*a, *b, *c, *d])) + 6,
        _ => return false,
    };
    (whole..=whole + 2).contains(&size)
}

fn wide(text: &[u8], big: bool) -> Vec<u8> {
    text.iter().flat_map(|&byte| if big { [0, byte] } else { [byte, 0] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worth(bytes: &[u8]) -> bool {
        is_worth_reading(bytes, bytes.len() as u64, Path::new("x"))
    }

    #[test]
    fn what_can_be_a_key_is_worth_reading() {
        assert!(worth(b"# a comment\n-----BEGIN PRIVATE KEY-----\n"));
        assert!(worth(b"PuTTY-User-Key-File-3: ssh-ed25519\n"));
        assert!(worth(b"{\"use\":\"sig\",\"kty\":\"OKP\"}"));
        assert!(worth(&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]));
        let mut der = vec![0x30, 0x82, 1, 0];
        der.resize(260, 0);
        assert!(worth(&der));
        assert!(worth(&[&[0xff, 0xfe][..], &wide(b"-----BEGIN CERTIFICATE-----", false)].concat()));
        assert!(is_worth_reading(b"MIIB", 4, Path::new("server.CRT")));
    }

    #[test]
    fn ordinary_files_are_not() {
        assert!(!worth(b"") && !worth(b"fn main() {}\n") && !worth(b"0.5 of it\n") && !worth(b"\x7fELF"));
        assert!(!worth(&[0x30, 0x82, 9, 9, 1, 2, 3]), "a length that is not the file's");
        assert!(!is_worth_reading(b"text", SMALL + 1, Path::new("big.pem")));
    }
}
