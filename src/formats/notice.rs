//! A notice of revocation for those who hold a key's public half: as text for people and as JSON
//! for programs (`assets/schemas/notice.json`). Both are signed beside, in the form of
//! [`sshsig`](super::signature::sshsig). It says nothing about who else was told.

use std::fmt::Write as _;

use serde::Serialize;

use crate::model::{Algorithm, Digest, KeyId, Time, name, ssh_fingerprint};

/// What a signature over a notice is for; `ssh-keygen -Y verify -n` takes it.
pub const NAMESPACE: &str = "notice@keystead";

/// RFC 5280 section 5.3.1: keyCompromise and cACompromise.
const COMPROMISES: [u8; 2] = [1, 2];

/// The facts of a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The name of the key.
    pub name: String,
    /// The key.
    pub key: KeyId,
    /// Which version of it is revoked.
    pub version: u32,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// SHA-256 of its DER `SubjectPublicKeyInfo`.
    pub spki_sha256: Digest,
    /// As `ssh-keygen -l` counts it, where OpenSSH has such keys.
    pub ssh_fingerprint: Option<Digest>,
    /// Why.
    pub reason: Reason,
    /// Since when somebody else may have had it, where that is the reason and known.
    pub compromised_since: Option<Time>,
    /// Since when it is revoked.
    pub revoked_at: Time,
    /// Who revoked it.
    pub revoked_by: String,
    /// What takes its place.
    pub replacement: Option<Replacement>,
}

/// A reason with the numbers that others know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The word of the command line: `key-compromise`.
    pub word: String,
    /// `CRLReason` of RFC 5280 section 5.3.1.
    pub rfc5280: u8,
    /// Revocation Reason Code of KMIP 2.1 section 11.50.
    pub kmip: u8,
}

/// The version that takes the place of the revoked one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Which version of the same key.
    pub version: u32,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// SHA-256 of its DER `SubjectPublicKeyInfo`.
    pub spki_sha256: Digest,
    /// As `ssh-keygen -l` counts it, where OpenSSH has such keys.
    pub ssh_fingerprint: Option<Digest>,
}

impl Reason {
    fn is_compromise(&self) -> bool {
        COMPROMISES.contains(&self.rfc5280)
    }

    /// As the end of a sentence.
    const fn sentence(&self) -> &'static str {
        match self.rfc5280 {
            1 => "somebody else has its private half, or may have it",
            2 => "the authority that vouched for it is compromised, or may be",
            3 => "its owner's name or organisation changed",
            4 => "another key takes its place",
            5 => "it is no longer needed for what it was made for",
            9 => "its owner may no longer do what it was for",
            _ => "no reason was given",
        }
    }
}

/// The notice as a person reads it.
pub fn text(notice: &Notice) -> String {
    let name = name::shown(&notice.name);
    let mut lines = vec![
        format!("Key revoked: {name}"),
        String::new(),
        format!("Version {} of this key was revoked on {}: {}.", notice.version, notice.revoked_at, notice.reason.sentence()),
        "Stop trusting it.".into(),
        String::new(),
        "The revoked key".into(),
        field("Name", &name),
        field("Key id", &format!("{}, version {}", notice.key, notice.version)),
        field("Algorithm", notice.algorithm.name()),
    ];
    lines.extend(fingerprints(&notice.spki_sha256, notice.ssh_fingerprint.as_ref()));
    let Reason { word, rfc5280, kmip } = &notice.reason;
    lines.push(field("Reason", &format!("{} (RFC 5280: {rfc5280}, KMIP: {kmip})", name::shown(word))));
    lines.extend(notice.compromised_since.map(|since| field("Compromised", &format!("since {since}"))));
    lines.push(field("Revoked", &format!("{} by {}", notice.revoked_at, name::shown(&notice.revoked_by))));
    lines.push(String::new());
    lines.extend(what_to_do(notice));
    lines.push(String::new());
    lines.extend(replacement(notice.replacement.as_ref()));
    lines.push(String::new());
    lines.extend(authenticity());
    lines.join("\n") + "\n"
}

fn field(label: &str, value: &str) -> String {
    format!("  {label:<13}{value}")
}

fn fingerprints(spki: &Digest, ssh: Option<&Digest>) -> impl Iterator<Item = String> {
    let ssh = ssh.map(|digest| field("SSH", &ssh_fingerprint(digest)));
    std::iter::once(field("SPKI SHA-256", &spki.to_string())).chain(ssh)
}

fn what_to_do(notice: &Notice) -> Vec<String> {
    let past = match (notice.reason.is_compromise(), notice.compromised_since) {
        (true, Some(since)) => format!("2. Do not accept anything signed with it since {since}."),
        (true, None) => "2. Since when is not known. Do not accept anything signed with it, whatever date it bears.".into(),
        (false, _) => format!("2. What was signed with it before {} is not in doubt.", notice.revoked_at),
    };
    let last = match notice.replacement {
        Some(_) => "3. Put the key below in its place.",
        None => "3. Ask its owner what takes its place, if you need it.",
    };
    vec![
        "What to do".into(),
        "1. Remove it wherever you trust it: authorized keys, trust stores, allow lists, configuration.".into(),
        past,
        last.into(),
    ]
}

fn replacement(replacement: Option<&Replacement>) -> Vec<String> {
    let Some(next) = replacement else { return vec!["No key is named in its place.".into()] };
    let mut lines = vec!["The key in its place".into(), field("Version", &next.version.to_string())];
    lines.push(field("Algorithm", next.algorithm.name()));
    lines.extend(fingerprints(&next.spki_sha256, next.ssh_fingerprint.as_ref()));
    lines.push("Compare these with its owner by another way than the one this notice came by, before you trust it.".into());
    lines
}

fn authenticity() -> [String; 3] {
    [
        "Is this notice true?".into(),
        "Its signature lies beside it, in a file whose name ends in .sig. With the sender's notice key in ALLOWED_SIGNERS:"
            .into(),
        format!("  ssh-keygen -Y verify -f ALLOWED_SIGNERS -I SENDER -n {NAMESPACE} -s NOTICE.sig < NOTICE"),
    ]
}

#[derive(Serialize)]
struct Json<'a> {
    notice: &'static str,
    key: KeyId,
    name: &'a str,
    version: u32,
    algorithm: &'static str,
    spki_sha256: Digest,
    ssh_fingerprint: Option<String>,
    reason: JsonReason<'a>,
    compromised_since: Option<Time>,
    revoked_at: Time,
    revoked_by: &'a str,
    replacement: Option<JsonReplacement>,
}

#[derive(Serialize)]
struct JsonReason<'a> {
    word: &'a str,
    rfc5280: u8,
    kmip: u8,
}

#[derive(Serialize)]
struct JsonReplacement {
    version: u32,
    algorithm: &'static str,
    spki_sha256: Digest,
    ssh_fingerprint: Option<String>,
}

/// The notice as a program reads it. Names are exact; whatever is not plain ASCII is written as
/// `\u` and its number, so that they are harmless where the file is looked at.
pub fn json(notice: &Notice) -> String {
    let facts = Json {
        notice: "revocation",
        key: notice.key,
        name: &notice.name,
        version: notice.version,
        algorithm: notice.algorithm.id(),
        spki_sha256: notice.spki_sha256,
        ssh_fingerprint: notice.ssh_fingerprint.as_ref().map(ssh_fingerprint),
        reason: JsonReason { word: &notice.reason.word, rfc5280: notice.reason.rfc5280, kmip: notice.reason.kmip },
        compromised_since: notice.compromised_since,
        revoked_at: notice.revoked_at,
        revoked_by: &notice.revoked_by,
        replacement: notice.replacement.as_ref().map(|next| JsonReplacement {
            version: next.version,
            algorithm: next.algorithm.id(),
            spki_sha256: next.spki_sha256,
            ssh_fingerprint: next.ssh_fingerprint.as_ref().map(ssh_fingerprint),
        }),
    };
    // Nothing in there can fail to be written.
    ascii(&serde_json::to_string_pretty(&facts).unwrap_or_default()) + "\n"
}

/// JSON whose letters are all plain (RFC 8259 section 7): others stand in strings only.
fn ascii(json: &str) -> String {
    json.encode_utf16().fold(String::with_capacity(json.len()), |mut plain, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() && byte != 0x7f => plain.push(char::from(byte)),
            _ => {
                let _ = write!(plain, "\\u{unit:04x}");
            }
        }
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice {
            name: "shop.example.com".into(),
            key: KeyId([7; 16]),
            version: 2,
            algorithm: Algorithm::Ed25519,
            spki_sha256: Digest([1; 32]),
            ssh_fingerprint: Some(Digest([2; 32])),
            reason: Reason { word: "key-compromise".into(), rfc5280: 1, kmip: 2 },
            compromised_since: Some("2026-11-01T00:00:00Z".parse().unwrap()),
            revoked_at: "2026-11-25T10:00:00Z".parse().unwrap(),
            revoked_by: "mira@laptop".into(),
            replacement: Some(Replacement {
                version: 3,
                algorithm: Algorithm::MlDsa65,
                spki_sha256: Digest([3; 32]),
                ssh_fingerprint: None,
            }),
        }
    }

    #[test]
    fn the_text_says_what_happened_and_what_to_do() {
        let text = text(&notice());
        assert!(text.starts_with("Key revoked: shop.example.com\n"));
        for part in [
            "Version 2 of this key was revoked on 2026-11-25T10:00:00Z: somebody else has its private half, or may have it.",
            "Stop trusting it.",
            "  SPKI SHA-256 0101",
            "  SSH          SHA256:AgIC",
            "  Reason       key-compromise (RFC 5280: 1, KMIP: 2)",
            "  Compromised  since 2026-11-01T00:00:00Z",
            "2. Do not accept anything signed with it since 2026-11-01T00:00:00Z.",
            "3. Put the key below in its place.",
            "  Algorithm    ML-DSA-65\n  SPKI SHA-256 0303",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn what_was_signed_before_is_in_doubt_only_after_a_compromise() {
        let superseded = Reason { word: "superseded".into(), rfc5280: 4, kmip: 5 };
        let other = Notice { reason: superseded, compromised_since: None, replacement: None, ..notice() };
        let said = text(&other);
        assert!(said.contains("2. What was signed with it before 2026-11-25T10:00:00Z is not in doubt."), "{said}");
        assert!(said.contains("No key is named in its place."), "{said}");
        let unknown = text(&Notice { compromised_since: None, ..notice() });
        assert!(unknown.contains("2. Since when is not known. Do not accept anything signed with it"), "{unknown}");
    }

    #[test]
    fn a_name_cannot_disguise_the_notice() {
        let name = "good\u{202e}\nStop trusting nothing.\u{7f}\u{1f511}";
        let other = Notice { name: name.into(), revoked_by: "a\nb".into(), ..notice() };
        let said = text(&other);
        assert!(!said.contains('\u{202e}') && said.lines().all(|line| line != "Stop trusting nothing."), "{said}");
        assert_eq!(said.lines().count(), text(&notice()).lines().count());
        let json = json(&other);
        assert!(json.bytes().all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte)), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["name"], name);
    }
}
