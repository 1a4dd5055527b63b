//! Public keys of SSH in lines: `.pub` files, `authorized_keys` with options, `known_hosts` with plain and
//! hashed names and marks, and certificates of OpenSSH. A bad line refuses only itself.
//!
//! Certificates are parsed whole by the `ssh-key` crate. Whether their authority is trusted, and whether
//! its signature holds, is asked where they are used.

use base64ct::{Base64, Encoding as _};

use super::found::{Content, Found, Kind, Place, Reason};
use super::limits;
use super::ssh_wire::{self, Wire, held_name, named, quoted};

const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// Every type of key that OpenSSH has or had, and those of RFC 8709 and PuTTY beside them.
const TYPES: [&str; 12] = [
    "ssh-ed25519",
    "ssh-ed448",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-xmss@openssh.com",
    "ssh-mldsa44-ed25519@openssh.com",
];

/// Whether some line of a text is a public key or certificate of SSH.
pub fn is(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').lines().any(|line| Line::parse(line).is_some_and(|line| line.blob.starts_with("AAAA")))
}

/// Reads each line.
pub fn read(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = Place::Line(u32::try_from(index + 1).unwrap_or(u32::MAX));
        if found.len() >= limits::OBJECTS {
            let (asked, limit) = (limits::OBJECTS as u64 + 1, limits::OBJECTS as u64);
            let content = Err(Reason::OverLimit { what: "lines", asked, limit });
            found.push(Found { place, kind: Kind::OpenSshPublic, name: None, content });
            break;
        }
        found.push(read_line(line, place));
    }
    found
}

/// The fields of a line.
struct Line<'a> {
    /// Before the type: options of `authorized_keys`, or a mark and hosts of `known_hosts`.
    front: &'a str,
    kind: &'a str,
    blob: &'a str,
    comment: &'a str,
}

/// The first word, where white space inside quotes does not end it, and the rest.
fn word(text: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.find(|letter: char| {
        let ends = !quoted && matches!(letter, ' ' | '\t');
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word, rest.trim_start())
}

impl<'a> Line<'a> {
    /// `None` where no word is the name of a type.
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let mut rest = line;
        // A mark, hosts or options, and the type: no line has it later.
        for _ in 0..3 {
            let before = rest;
            let (kind, after) = word(rest);
            if TYPES.contains(&kind.strip_suffix(CERTIFICATE).unwrap_or(kind)) || certified(kind).is_some() {
                let front = line[..line.len() - before.len()].trim();
                let (blob, comment) = word(after);
                return Some(Self { front, kind, blob, comment: comment.trim() });
            }
            rest = after;
        }
        None
    }

    /// What the line calls its key: the comment, else the hosts, and the mark beside them.
    fn name(&self) -> Option<String> {
        let (mark, hosts) = match self.front.split_once([' ', '\t']) {
            Some((mark, hosts)) if mark.starts_with('@') => (mark, hosts.trim()),
            _ if self.front.starts_with('@') => (self.front, ""),
            _ => ("", self.front),
        };
        let hosts = if hosts.starts_with("|1|") || is_options(hosts) { None } else { named(hosts) };
        let name = named(self.comment).or(hosts);
        let said = match mark {
            "@revoked" => "revoked",
            "@cert-authority" => "certificate authority",
            _ => return name,
        };
        Some(name.map_or_else(|| said.to_owned(), |name| format!("{name} ({said})")))
    }
}

/// The type that a certificate's type is for; security keys have theirs before the `@`.
fn certified(kind: &str) -> Option<&'static str> {
    match kind {
        "sk-ssh-ed25519-cert-v01@openssh.com" => Some("sk-ssh-ed25519@openssh.com"),
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" => Some("sk-ecdsa-sha2-nistp256@openssh.com"),
        kind => TYPES.into_iter().find(|plain| kind.strip_suffix(CERTIFICATE) == Some(plain)),
    }
}

/// Options of `authorized_keys` (sshd(8)) are no name of a host.
fn is_options(front: &str) -> bool {
    const OPTIONS: [&str; 14] = [
        "agent-forwarding",
        "cert-authority",
        "no-agent-forwarding",
        "no-port-forwarding",
        "no-pty",
        "no-user-rc",
        "no-x11-forwarding",
        "no-touch-required",
        "verify-required",
        "port-forwarding",
        "pty",
        "restrict",
        "user-rc",
        "x11-forwarding",
    ];
    front.contains('=') || front.split(',').any(|option| OPTIONS.contains(&option.to_ascii_lowercase().as_str()))
}

fn read_line(line: &str, place: Place) -> Found {
    let Some(fields) = Line::parse(line) else {
        let old = line.split_whitespace().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).count() >= 3;
        let reason = if old {
            Reason::Unsupported("A public key of SSH version 1".into())
        } else {
            Reason::Malformed("it is no public key line: no word of it is a type of key".into())
        };
        return Found { place, kind: Kind::OpenSshPublic, name: None, content: Err(reason) };
    };
    let name = fields.name();
    let blob = Base64::decode_vec(fields.blob).or_else(|_| base64ct::Base64Unpadded::decode_vec(fields.blob));
    let kind = if certified(fields.kind).is_some() { Kind::OpenSshCertificate } else { Kind::OpenSshPublic };
    let blob = match blob {
        _ if fields.blob.is_empty() => Err(Reason::Truncated("the key behind its type is missing")),
        Ok(blob) => Ok(blob),
        Err(_) => Err(Reason::Malformed("the key behind its type is no base64".into())),
    };
    let blob = blob.and_then(|blob| {
        let inner = Wire(&blob).string()?;
        if inner == fields.kind.as_bytes() {
            return Ok(blob);
        }
        let types = format!("the line says {} and its key {}", quoted(fields.kind.as_bytes()), quoted(inner));
        Err(Reason::Inconsistent(types))
    });
    if kind == Kind::OpenSshCertificate {
        let content = blob.and_then(|blob| certificate(&fields, &blob));
        return Found { place, kind, name, content };
    }
    match blob.and_then(|blob| ssh_wire::public(&blob)) {
        Ok(public) => {
            let name = if public.held { Some(held_name(name)) } else { name };
            Found { place, kind, name, content: Ok(Content::Public(public.spki)) }
        }
        Err(reason) => Found { place, kind, name, content: Err(reason) },
    }
}

fn certificate(fields: &Line<'_>, blob: &[u8]) -> Result<Content, Reason> {
    let damaged = |error: ssh_key::Error| match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            Reason::Unsupported("A certificate with a key or signature of this kind".into())
        }
        _ => Reason::Malformed("its certificate does not follow the form of OpenSSH".into()),
    };
    let parsed = ssh_key::Certificate::from_bytes(blob).map_err(damaged)?;
    let key = ssh_key::PublicKey::new(parsed.public_key().clone(), "").to_bytes().map_err(damaged)?;
    let until = parsed.valid_before();
    Ok(Content::SshCertificate {
        line: format!("{} {}", fields.kind, fields.blob).into(),
        public_key: ssh_wire::public(&key)?.spki,
        principals: parsed.valid_principals().to_vec(),
        valid: (parsed.valid_after(), (until != u64::MAX).then_some(until)),
    })
}

/// The body of the fuzz target.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = is(text);
        drop(read(text));
    }
}
