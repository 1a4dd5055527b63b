//! Servers that are looked at: where they answer, and what they showed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alert::Urgency;
use super::certificate::CertificateFacts;
use super::ids::Digest;
use super::inventory::Inventory;
use super::key::Key;
use super::name::shown;
use super::time::Time;
use super::watch::Hindrance;

/// How a server is spoken to until it shows its key.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS of SMTP (RFC 3207).
    Smtp,
    /// TLS after STARTTLS of IMAP (RFC 9051 section 6.2.1).
    Imap,
    /// TLS after `SSLRequest` of `PostgreSQL`.
    Postgres,
    /// TLS after the extended request of LDAP (RFC 4511 section 4.14).
    Ldap,
    /// SSH (RFC 4253).
    Ssh,
}

impl Protocol {
    /// Each, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Tls, Self::Smtp, Self::Imap, Self::Postgres, Self::Ldap, Self::Ssh];

    /// The word beside an address: short.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Smtp => "SMTP",
            Self::Imap => "IMAP",
            Self::Postgres => "Postgres",
            Self::Ldap => "LDAP",
            Self::Ssh => "SSH",
        }
    }

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Postgres => "postgres",
            Self::Ldap => "ldap",
            Self::Ssh => "ssh",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Smtp => "SMTP, STARTTLS",
            Self::Imap => "IMAP, STARTTLS",
            Self::Postgres => "PostgreSQL, TLS",
            Self::Ldap => "LDAP, STARTTLS",
            Self::Ssh => "SSH",
        }
    }
}

/// Where a server answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Its name, or its address without brackets.
    pub host: Box<str>,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// A text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” names no server. Write HOST:PORT, [ADDRESS]:PORT or ssh://HOST, such as shop.example.com:443.")]
pub struct AddressError(String);

/// The port of SSH.
const SSH_PORT: u16 = 22;

/// The longest host name (RFC 1035 section 2.3.4).
const LONGEST_HOST: usize = 253;

impl Address {
    /// Reads `HOST:PORT`. `ssh://` in front or the port 22 mean SSH, otherwise it is spoken to as said.
    pub fn parse(text: &str, protocol: Protocol) -> Result<Self, AddressError> {
        let wrong = || AddressError(super::name::shown(&text.chars().take(80).collect::<String>()).into_owned());
        let (rest, is_ssh) = text.strip_prefix("ssh://").map_or((text, false), |rest| (rest.trim_end_matches('/'), true));
        let (host, port) = match rest.strip_prefix('[').map(|rest| rest.split_once(']')) {
            Some(Some((host, port))) => (host, port.strip_prefix(':')),
            Some(None) => return Err(wrong()),
            None => rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().map_err(|_| wrong())?,
            None if is_ssh => SSH_PORT,
            _ => return Err(wrong()),
        };
        let is_address = host.parse::<std::net::Ipv6Addr>().is_ok();
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        let bracketed = rest.starts_with('[');
        if port == 0
            || (bracketed && !is_address)
            || host.is_empty()
            || host.len() > LONGEST_HOST
            || !(is_address || host.chars().all(is_letter))
        {
            return Err(wrong());
        }
        let protocol = if is_ssh || (port == SSH_PORT && protocol == Protocol::Tls) { Protocol::Ssh } else { protocol };
        Ok(Self { host: host.to_ascii_lowercase().into(), port, protocol })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.host, self.port)
    }
}

/// Whether a certificate leads to a root that this system trusts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// It does, and the name fits.
    Trusted,
    /// It does, and it is for other names.
    OtherName,
    /// It, or a certificate of its chain, is over.
    Expired,
    /// It, or a certificate of its chain, does not hold yet.
    NotYet,
    /// It signed itself.
    SelfSigned,
    /// No root of the system issued it, or a certificate between is missing.
    UnknownIssuer,
    /// It is not meant for servers.
    NotForServers,
    /// It is an authority's own, which no server shows as its own.
    Authority,
    /// A signature of the chain is wrong.
    BadSignature,
    /// The system has no roots, so nothing can be said.
    NoRoots,
    /// Anything else.
    Other(String),
}

impl Trust {
    /// The word used in JSON.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::OtherName => "other-name",
            Self::Expired => "expired",
            Self::NotYet => "not-yet-valid",
            Self::SelfSigned => "self-signed",
            Self::UnknownIssuer => "unknown-issuer",
            Self::NotForServers => "not-for-servers",
            Self::Authority => "authority",
            Self::BadSignature => "bad-signature",
            Self::NoRoots => "no-roots",
            Self::Other(_) => "not-trusted",
        }
    }

    /// In a word or two, as the list of servers shows it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::OtherName => "other name",
            Self::Expired => "expired",
            Self::NotYet => "not yet valid",
            Self::SelfSigned => "self-signed",
            Self::UnknownIssuer => "unknown issuer",
            Self::NotForServers => "not for servers",
            Self::Authority => "of an authority",
            Self::BadSignature => "bad signature",
            Self::NoRoots => "not checked",
            Self::Other(_) => "not trusted",
        }
    }

    /// What a person can do where it does not hold.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Trusted => "",
            Self::OtherName => "Look whether the right server answers; then have a certificate issued for this name.",
            Self::Expired => "Put a new certificate in place, with a chain that is valid.",
            Self::NotYet => "Compare the clocks of this machine and of the issuer.",
            Self::SelfSigned => {
                "Where clients know it by itself that can stay; otherwise have it issued by a CA that they trust."
            }
            Self::UnknownIssuer => {
                "Let the server send the certificates between; a CA of your own is added to this system's roots."
            }
            Self::NotForServers | Self::Authority => "Have a certificate issued for server authentication.",
            Self::BadSignature => "Put the chain in place again as the CA gave it.",
            Self::NoRoots => "Install the package of CA certificates of this system.",
            Self::Other(_) => "Have it issued anew, or ask the CA.",
        }
    }

    /// It leads to a root and fits.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Trusted)
    }

    /// What was found, as a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Trusted => "Trusted by this system's roots.".into(),
            Self::OtherName => "Not trusted: it is for other names.".into(),
            Self::Expired => "Not trusted: the certificate, or one of its chain, has expired.".into(),
            Self::NotYet => "Not trusted: the certificate, or one of its chain, does not hold yet.".into(),
            Self::SelfSigned => "Not trusted: it signed itself, so that no issuer vouches for it.".into(),
            Self::UnknownIssuer => "Not trusted: no root of this system issued it, or a certificate between is not sent.".into(),
            Self::NotForServers => "Not trusted: it is not meant for servers.".into(),
            Self::Authority => "Not trusted: it is the certificate of an authority, not of a server.".into(),
            Self::BadSignature => "Not trusted: a signature of its chain is wrong.".into(),
            Self::NoRoots => "Not checked: this system has no root certificates that can be read.".into(),
            Self::Other(why) => format!("Not trusted: {why}."),
        }
    }

    /// The same of a certificate that no server showed, with the name of the root that vouches for it.
    pub fn of_certificate(&self, root: Option<&str>) -> String {
        match (self, root) {
            (Self::Trusted, Some(root)) => format!("Trusted by this system: {}.", shown(root)),
            (Self::UnknownIssuer, _) => {
                "Not trusted: no root of this system issued it, or a certificate between is missing.".into()
            }
            (Self::Authority, _) => {
                "Not checked: it is an authority's own, and only chains of other certificates are checked here.".into()
            }
            _ => self.sentence(),
        }
    }
}

/// A key that a server proved to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownKey {
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki: Digest,
    /// Its algorithm, as shown.
    pub algorithm: Box<str>,
    /// SHA-256 of its SSH form, for host keys.
    pub ssh: Option<Digest>,
    /// The certificate it came in, with its chain.
    pub certificate: Option<Box<CertificateFacts>>,
    /// Whether that leads to a root.
    pub trust: Option<Trust>,
    /// Protocol version and cipher suite, as agreed.
    pub agreed: Box<str>,
}

/// What looking at a server found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which server.
    pub address: Address,
    /// When.
    pub at: Time,
    /// The keys it proved to hold: one of TLS, one for each type of SSH host key.
    pub keys: Vec<ShownKey>,
    /// What hindered it, as a sentence; keys may have been shown all the same.
    pub trouble: Option<String>,
    /// What kind of thing that was.
    #[serde(default)]
    pub hindrance: Option<Hindrance>,
}

/// A server that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Which.
    pub address: Address,
    /// Since then.
    pub added: Time,
    /// What a person saw there last; what comes later is held against it.
    pub seen: Option<Box<Sighting>>,
}

/// The version of a key that a server's key was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Of this key.
    pub key: Arc<Key>,
    /// This version.
    pub version: u32,
}

/// The keys of an inventory that are among these, by the SHA-256 of their public halves.
pub fn matches(inventory: &Inventory, wanted: &BTreeSet<Digest>) -> BTreeMap<Digest, Match> {
    let versions = inventory.keys().iter().flat_map(|key| key.versions.iter().map(move |version| (key, version)));
    versions
        .filter_map(|(key, version)| Some((version.spki().filter(|spki| wanted.contains(spki))?, key, version)))
        .map(|(spki, key, version)| (spki, Match { key: key.clone(), version: version.number }))
        .collect()
}

/// Something about a server that wants attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It did not show its key, and why.
    NoAnswer(String),
    /// It shows another key than it did.
    OtherKey,
    /// Its certificate is over.
    Expired(Time),
    /// Its certificate ends within a warning time.
    Expiring(Time),
    /// It shows another certificate than the newest of its key.
    OtherCertificate(String),
    /// Its chain leads to no root, or it is for other names.
    NotTrusted(Trust),
}

/// Days before the end of a certificate at which a person is warned where no key says otherwise.
pub const WARN_DAYS: u32 = 30;

impl Finding {
    /// The word used in JSON.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::NoAnswer(_) => "no-answer",
            Self::OtherKey => "other-key",
            Self::Expired(_) => "expired",
            Self::Expiring(_) => "expiring",
            Self::OtherCertificate(_) => "other-certificate",
            Self::NotTrusted(_) => "not-trusted",
        }
    }

    /// How soon it wants attention.
    pub const fn urgency(&self) -> Urgency {
        match self {
            Self::OtherKey | Self::Expired(_) => Urgency::Critical,
            _ => Urgency::Warning,
        }
    }

    /// What was found and what to do, as a sentence or two.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoAnswer(why) => why.clone(),
            Self::OtherKey => {
                "It shows another key than it did. Find out who changed it; then take the new one down with: keystead probe."
                    .into()
            }
            Self::Expired(at) => format!("Its certificate ended at {at}. Put a new one in place."),
            Self::Expiring(at) => format!("Its certificate ends at {at}. Put a new one in place in time."),
            Self::OtherCertificate(name) => {
                format!("It shows another certificate than the newest of {}. Put that one in place.", super::name::shown(name))
            }
            Self::NotTrusted(trust) => trust.sentence(),
        }
    }
}

/// What of a sighting wants attention: by itself, against what was seen before, and against the keys it
/// was matched to.
pub fn findings(sighting: &Sighting, before: Option<&Sighting>, matched: &BTreeMap<Digest, Match>, now: Time) -> Vec<Finding> {
    let mut found: Vec<Finding> = sighting.trouble.iter().cloned().map(Finding::NoAnswer).collect();
    if before.is_some_and(|before| is_replaced(sighting, before)) {
        found.push(Finding::OtherKey);
    }
    for shown in &sighting.keys {
        if let Some(facts) = &shown.certificate {
            of_certificate(facts, shown, matched.get(&shown.spki), now, &mut found);
        }
    }
    found
}

/// Whether something in it stands in the place of a key that was shown before.
pub fn is_replaced(sighting: &Sighting, before: &Sighting) -> bool {
    sighting.keys.iter().any(|shown| replaced(shown, before))
}

/// Another key stood in its place before; a host key of a type that was not shown before is no change.
fn replaced(shown: &ShownKey, before: &Sighting) -> bool {
    let mut alike = before.keys.iter().filter(|known| known.ssh.is_none() || known.algorithm == shown.algorithm).peekable();
    alike.peek().is_some() && alike.all(|known| known.spki != shown.spki)
}

fn of_certificate(facts: &CertificateFacts, shown: &ShownKey, own: Option<&Match>, now: Time, found: &mut Vec<Finding>) {
    let warned = own.and_then(|own| own.key.warn_days.iter().max().copied()).unwrap_or(WARN_DAYS);
    let over = facts.not_after <= now;
    if over {
        found.push(Finding::Expired(facts.not_after));
    } else if facts.not_after.plus_days(-i64::from(warned)) <= now {
        found.push(Finding::Expiring(facts.not_after));
    }
    let newest = own.and_then(|own| own.key.version(own.version)).and_then(|version| version.certificate.as_ref());
    if let (Some(newest), Some(own)) = (newest, own)
        && newest.sha256 != facts.sha256
        && newest.not_after >= facts.not_after
    {
        found.push(Finding::OtherCertificate(own.key.name.to_string()));
    }
    // That it is over was said.
    let trust = shown.trust.as_ref().filter(|trust| !(trust.holds() || over && **trust == Trust::Expired));
    found.extend(trust.cloned().map(Finding::NotTrusted));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_server_is_read() {
        let read = |text| Address::parse(text, Protocol::Tls).map(|found| (found.to_string(), found.protocol));
        for (text, shown, protocol) in [
            ("Shop.Example.com:443", "shop.example.com:443", Protocol::Tls),
            ("[::1]:8443", "[::1]:8443", Protocol::Tls),
            ("192.0.2.1:22", "192.0.2.1:22", Protocol::Ssh),
            ("ssh://git.example.com", "git.example.com:22", Protocol::Ssh),
            ("ssh://git.example.com:2222/", "git.example.com:2222", Protocol::Ssh),
        ] {
            assert_eq!(read(text), Ok((shown.to_owned(), protocol)), "{text}");
        }
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for text in
            ["", "host", ":443", "host:", "host:0", "host:65536", "host:+1", "[::1", "[x]:1", "a b:1", "h\u{202e}:1", "::1:443x"]
        {
            assert!(Address::parse(text, Protocol::Tls).is_err(), "{text}");
        }
        assert!(Address::parse(&format!("{}:1", "a".repeat(254)), Protocol::Tls).is_err());
    }
}
