//! What stands in a file beside its keys and certificates. Whoever brings a file in and has it removed is
//! told what goes with it; a file with anything that is neither known nor told is never removed.

use crate::formats::jwk_private;

/// What else a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Beside {
    /// Nothing: all of it is kept once its objects are.
    #[default]
    Nothing,
    /// What describes the key and is not kept, as a sentence.
    NotKept(String),
    /// Something that may matter to somebody, as a sentence. The file is not removed.
    Other(&'static str),
}

const TEXT: Beside = Beside::Other("It holds other text beside the keys.");

/// What OpenSSL writes above a block.
const ATTRIBUTES: [&str; 7] =
    ["Bag Attributes", "Key Attributes", "friendlyName:", "localKeyID:", "subject=", "issuer=", "X509v3 "];

/// Lines of a block's head that say how it is encrypted (RFC 1421 section 4.6).
const HEADS: [&str; 2] = ["Proc-Type:", "DEK-Info:"];

/// Looks at all of a file.
pub(in crate::custodian) fn beside(bytes: &[u8]) -> Beside {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Beside::Other("It is text in UTF-16, of which nothing but the keys is kept.");
    }
    // Forms that are no text are one object as a whole, or a keystore of which each entry is one.
    let Ok(text) = std::str::from_utf8(bytes) else { return Beside::Nothing };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        return of_json(bytes);
    }
    if text.contains("-----BEGIN ") {
        return of_blocks(text);
    }
    let is_identity = |line: &str| line.starts_with("AGE-SECRET-KEY-");
    if text.lines().any(is_identity) {
        return of_lines(text, is_identity);
    }
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(&byte);
    if text.starts_with("PuTTY-User-Key-File-") || is_der(bytes) || text.bytes().all(is_base64) {
        return Beside::Nothing;
    }
    TEXT
}

/// Members that describe a JSON Web Key are told; those that nobody knows are never given up.
fn of_json(bytes: &[u8]) -> Beside {
    match jwk_private::beside(bytes).as_deref() {
        None => Beside::Other("It holds more than a JSON Web Key and what describes it."),
        Some([]) => Beside::Nothing,
        Some([one]) => Beside::NotKept(format!("Its member {one} is not kept.")),
        Some([first @ .., last]) => Beside::NotKept(format!("Its members {} and {last} are not kept.", first.join(", "))),
    }
}

fn of_blocks(text: &str) -> Beside {
    let (mut within, mut comments, mut attributes) = (false, false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----BEGIN ") && line.ends_with("-----") {
            within = true;
        } else if line.starts_with("-----END ") && line.ends_with("-----") {
            within = false;
        } else if within {
            if line.contains(':') && !HEADS.iter().any(|head| line.starts_with(head)) {
                return TEXT;
            }
        } else if ATTRIBUTES.iter().any(|above| line.starts_with(above)) {
            attributes = true;
        } else if line.starts_with('#') {
            comments = true;
        } else if !line.is_empty() {
            return TEXT;
        }
    }
    match (comments, attributes) {
        (true, true) => Beside::NotKept("Its comments and the attributes above its blocks are not kept.".into()),
        (true, false) => Beside::NotKept("Its comments are not kept.".into()),
        (false, true) => Beside::NotKept("The attributes above its blocks are not kept.".into()),
        (false, false) => Beside::Nothing,
    }
}

fn of_lines(text: &str, known: impl Fn(&str) -> bool) -> Beside {
    let mut comments = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !known(line)) {
        if !line.starts_with('#') {
            return TEXT;
        }
        comments = true;
    }
    if comments { Beside::NotKept("Its comments are not kept.".into()) } else { Beside::Nothing }
}

/// DER that happens to be text: a SEQUENCE that ends where the file ends.
fn is_der(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, length, ..] if usize::from(*length) + 2 == bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n";

    fn not_kept(text: &str) -> String {
        match beside(text.as_bytes()) {
            Beside::NotKept(told) => told,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_with_settings_beside_the_key_is_never_only_keys() {
        assert_eq!(beside(KEY.as_bytes()), Beside::Nothing);
        assert_eq!(beside(format!("password: hunter2\n{KEY}").as_bytes()), TEXT);
        assert_eq!(beside(format!("{KEY}trailing").as_bytes()), TEXT);
        assert_eq!(beside(KEY.replace("MC4C", "Password: hunter2\n\nMC4C").as_bytes()), TEXT);
        assert_eq!(beside(b"AGE-SECRET-KEY-1QQ\nhunter2\n"), TEXT);
        assert_eq!(beside(b"hunter2 and\nnothing: else"), TEXT);
        let inside = br#"{"client_id":"1","private_key":"-----BEGIN PRIVATE KEY-----"}"#;
        assert!(matches!(beside(inside), Beside::Other(_)));
    }

    #[test]
    fn comments_and_attributes_are_told() {
        assert_eq!(not_kept(&format!("# shop\n{KEY}")), "Its comments are not kept.");
        assert_eq!(
            not_kept(&format!("Bag Attributes\n    localKeyID: 01\n{KEY}")),
            "The attributes above its blocks are not kept."
        );
        assert_eq!(not_kept("# created: 2026\nAGE-SECRET-KEY-1QQ\n"), "Its comments are not kept.");
    }

    #[test]
    fn members_of_a_json_web_key_are_told_and_unknown_ones_keep_the_file() {
        assert_eq!(beside(br#"{"kty":"oct","k":"AA"}"#), Beside::Nothing);
        assert_eq!(beside(br#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","priv":"AA"}"#), Beside::Nothing);
        assert_eq!(not_kept(r#"{"kty":"oct","k":"AA","kid":"a"}"#), "Its member kid is not kept.");
        let whole =
            r#"{"keys":[{"kty":"oct","k":"AA","use":"sig","ext":true},{"kty":"oct","k":"AA","key_ops":["sign"],"use":"sig"}]}"#;
        assert_eq!(not_kept(whole), "Its members ext, key_ops and use are not kept.");
        for other in [
            r#"{"kty":"oct","k":"AA","note":"the password is hunter2"}"#,
            r#"{"kty":"oct","k":"AA","kid":{"password":"hunter2"}}"#,
            r#"{"kty":"oct","k":"AA","d":"AA"}"#,
            r#"{"keys":[{"kty":"oct","k":"AA"}],"password":"hunter2"}"#,
            r#"{"protected":"","iv":"","ciphertext":"","tag":""}"#,
            r#"{"kty":"oct","k":"AA""#,
        ] {
            assert!(matches!(beside(other.as_bytes()), Beside::Other(_)), "{other}");
        }
    }
}
