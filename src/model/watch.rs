//! Servers over time: the latest look, what was shown before it, and what became other in between. Where a
//! server answers and what one look shows is in `server`.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::name::shown;
use super::server::{ShownKey, Sighting, Trust};
use super::time::{Time, short_date};

/// What looking at a server found so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The latest look.
    pub latest: Sighting,
    /// The latest that showed keys, where the latest of all showed none.
    shown: Option<Box<Sighting>>,
    /// What was shown before that, and was something else.
    before: Option<Box<Sighting>>,
}

impl Watched {
    /// A first look.
    pub fn first(latest: Sighting) -> Self {
        Self { latest, shown: None, before: None }
    }

    /// Another look at the same server.
    pub fn look(&mut self, sighting: Sighting) {
        let earlier = std::mem::replace(&mut self.latest, sighting);
        if !earlier.keys.is_empty() {
            self.shown = Some(Box::new(earlier));
        }
        if self.latest.keys.is_empty() {
            return;
        }
        // What was shown last is at hand again: it is the earlier one of two that differ, or of no more interest.
        if let Some(earlier) = self.shown.take().filter(|earlier| differ(earlier, &self.latest)) {
            self.before = Some(earlier);
        }
    }

    /// The latest look that showed keys.
    pub fn shown(&self) -> Option<&Sighting> {
        if self.latest.keys.is_empty() { self.shown.as_deref() } else { Some(&self.latest) }
    }

    /// What it showed before, where that was something else.
    pub fn before(&self) -> Option<&Sighting> {
        self.before.as_deref()
    }

    /// What became other since it showed something else.
    pub fn changes(&self) -> Vec<Change> {
        match (self.before(), self.shown()) {
            (Some(before), Some(now)) => changes(before, now),
            _ => Vec::new(),
        }
    }
}

/// Keys or certificates are not the same.
fn differ(one: &Sighting, other: &Sighting) -> bool {
    let marks = |sighting: &Sighting| {
        let mark = |key: &ShownKey| (key.spki, key.certificate.as_ref().map(|found| found.sha256));
        let mut marks: Vec<_> = sighting.keys.iter().map(mark).collect();
        marks.sort_unstable();
        marks
    };
    marks(one) != marks(other)
}

/// Something that became other between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another key stands in the place of one.
    Key {
        /// The algorithm before.
        before: Box<str>,
        /// The algorithm now.
        now: Box<str>,
    },
    /// A host key of a type that was not shown before.
    HostKeyCame(Box<str>),
    /// A host key of a type that is not shown any more.
    HostKeyWent(Box<str>),
    /// Another certificate.
    Certificate {
        /// The end of the one before.
        before: Time,
        /// The end of the one now.
        now: Time,
    },
    /// Another issuer.
    Issuer {
        /// Before.
        before: String,
        /// Now.
        now: String,
    },
    /// Other names.
    Names {
        /// Those that came.
        came: Vec<String>,
        /// Those that went.
        went: Vec<String>,
    },
    /// The chain leads elsewhere.
    Trust(Trust),
    /// Another protocol version or cipher suite.
    Agreed {
        /// Before.
        before: Box<str>,
        /// Now.
        now: Box<str>,
    },
}

impl Change {
    /// In a sentence.
    pub fn sentence(&self, zone: &TimeZone) -> String {
        match self {
            Self::Key { before, now } if before == now => format!("Another {now} key in the place of the one before."),
            Self::Key { before, now } => format!("Another key: {now}, before {before}."),
            Self::HostKeyCame(algorithm) => format!("A host key came: {algorithm}."),
            Self::HostKeyWent(algorithm) => format!("A host key went: {algorithm}."),
            Self::Certificate { before, now } => {
                format!("Another certificate: until {}, before until {}.", short_date(*now, zone), short_date(*before, zone))
            }
            Self::Issuer { before, now } => format!("Another issuer: {}, before {}.", shown(now), shown(before)),
            Self::Names { came, went } => {
                let mut text = String::from("Other names:");
                if !came.is_empty() {
                    let _ = write!(text, " {} came", shown(&came.join(", ")));
                }
                if !went.is_empty() {
                    let _ = write!(text, "{} {} went", if came.is_empty() { "" } else { "," }, shown(&went.join(", ")));
                }
                text + "."
            }
            Self::Trust(trust) => trust.sentence(),
            Self::Agreed { before, now } => format!("Agreed on {}, before on {}.", shown(now), shown(before)),
        }
    }
}

/// What became other between two looks at a server.
pub fn changes(before: &Sighting, now: &Sighting) -> Vec<Change> {
    let mut found = Vec::new();
    for key in &now.keys {
        match before.keys.iter().find(|other| alike(other, key)) {
            Some(other) => of_key(other, key, &mut found),
            None => found.push(Change::HostKeyCame(key.algorithm.clone())),
        }
    }
    let went = before.keys.iter().filter(|other| !now.keys.iter().any(|key| alike(other, key)));
    found.extend(went.map(|key| Change::HostKeyWent(key.algorithm.clone())));
    found
}

/// They stand in the same place: a server shows one key of TLS, and one SSH host key of each type.
fn alike(one: &ShownKey, other: &ShownKey) -> bool {
    match (&one.ssh, &other.ssh) {
        (None, None) => true,
        (Some(_), Some(_)) => one.algorithm == other.algorithm,
        _ => false,
    }
}

fn of_key(before: &ShownKey, now: &ShownKey, found: &mut Vec<Change>) {
    if before.spki != now.spki {
        found.push(Change::Key { before: before.algorithm.clone(), now: now.algorithm.clone() });
    }
    if let (Some(old), Some(new)) = (&before.certificate, &now.certificate)
        && old.sha256 != new.sha256
    {
        found.push(Change::Certificate { before: old.not_after, now: new.not_after });
        if old.issuer != new.issuer {
            found.push(Change::Issuer { before: old.issuer.clone(), now: new.issuer.clone() });
        }
        let missing = |from: &[String], among: &[String]| -> Vec<String> {
            from.iter().filter(|name| !among.contains(name)).cloned().collect()
        };
        let (came, went) = (missing(&new.names, &old.names), missing(&old.names, &new.names));
        if !(came.is_empty() && went.is_empty()) {
            found.push(Change::Names { came, went });
        }
    }
    if let (Some(old), Some(new)) = (&before.trust, &now.trust)
        && old != new
    {
        found.push(Change::Trust(new.clone()));
    }
    if before.agreed != now.agreed {
        found.push(Change::Agreed { before: before.agreed.clone(), now: now.agreed.clone() });
    }
}

/// What kind of thing hindered a look.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Hindrance {
    /// Its name is not known.
    Name,
    /// Nothing listens, or it cannot be reached.
    Unreachable,
    /// It was too slow.
    Silent,
    /// A person stopped it.
    Stopped,
    /// It hung up.
    Closed,
    /// It speaks something else.
    OtherProtocol,
    /// It does not start TLS.
    NoStartTls,
    /// The handshake failed.
    Handshake,
    /// It did not prove its key.
    NotProved,
    /// This machine cannot do it.
    Machine,
}

impl Hindrance {
    /// In a word or two, as the list of servers shows it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "not found",
            Self::Unreachable => "refused",
            Self::Silent => "silent",
            Self::Stopped => "stopped",
            Self::Closed => "hung up",
            Self::OtherProtocol => "speaks otherwise",
            Self::NoStartTls => "no STARTTLS",
            Self::Handshake => "no handshake",
            Self::NotProved => "key not proved",
            Self::Machine => "not possible",
        }
    }

    /// What a person can do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Name => "Check how the name is written, and whether its DNS entry still exists.",
            Self::Unreachable => "See that it runs and listens on this port, and that no firewall turns this machine away.",
            Self::Silent => {
                "See that it runs, and that no firewall drops what this machine sends. `keystead probe --timeout` waits longer for a slow one."
            }
            Self::Stopped => "Probe it again.",
            Self::Closed | Self::OtherProtocol => {
                "It may speak another protocol than was chosen. Forget it, and add it with the protocol that it speaks."
            }
            Self::NoStartTls => {
                "Let the server offer STARTTLS; or, where the port speaks TLS at once, forget it and add it as TLS."
            }
            Self::Handshake => "Let the server offer TLS 1.2 or 1.3, or SSH with a usual key exchange. What it said is above.",
            Self::NotProved => "Somebody may stand in between. Trust nothing that it shows, and look at it from another network.",
            Self::Machine => "Look at it from another machine.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, CertificateFacts, Digest, Protocol};

    fn key(number: u8, ssh: bool) -> ShownKey {
        ShownKey {
            spki: Digest([number; 32]),
            algorithm: "Ed25519".into(),
            ssh: ssh.then_some(Digest([number; 32])),
            certificate: None,
            trust: None,
            agreed: "TLS 1.3".into(),
        }
    }

    fn sighting(at: i64, keys: Vec<ShownKey>) -> Sighting {
        let address = Address { host: "a".into(), port: 443, protocol: Protocol::Tls };
        Sighting { address, at: Time::from_second(at), trouble: keys.is_empty().then(|| "Silent.".into()), keys, hindrance: None }
    }

    #[test]
    fn what_was_shown_outlives_silence_and_what_was_before_outlives_sameness() {
        let mut watched = Watched::first(sighting(1, Vec::new()));
        assert_eq!((watched.shown(), watched.before()), (None, None));
        watched.look(sighting(2, vec![key(1, false)]));
        watched.look(sighting(3, Vec::new()));
        watched.look(sighting(4, Vec::new()));
        assert_eq!(watched.shown().map(|shown| shown.at), Some(Time::from_second(2)));
        watched.look(sighting(5, vec![key(1, false)]));
        assert_eq!((watched.shown().unwrap().at, watched.before()), (Time::from_second(5), None));
        watched.look(sighting(6, Vec::new()));
        watched.look(sighting(7, vec![key(2, false)]));
        assert_eq!(watched.before().map(|before| before.at), Some(Time::from_second(5)));
        watched.look(sighting(8, vec![key(2, false)]));
        assert_eq!(watched.before().map(|before| before.at), Some(Time::from_second(5)));
        let same = "Another Ed25519 key in the place of the one before.";
        assert_eq!(watched.changes().iter().map(|change| change.sentence(&TimeZone::UTC)).collect::<Vec<_>>(), [same]);
    }

    #[test]
    fn another_certificate_says_what_of_it_is_other() {
        let facts = |names: &[&str], issuer: &str, days: i64| CertificateFacts {
            subject: "CN=a".into(),
            issuer: issuer.into(),
            serial: String::new(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            not_before: Time::from_second(0),
            not_after: Time::from_second(0).plus_days(days),
            sha256: Digest([days as u8; 32]),
            der: Box::default(),
            usages: Vec::new(),
            authority: false,
            chain: Vec::new(),
        };
        let with = |facts, trust| ShownKey { certificate: Some(Box::new(facts)), trust: Some(trust), ..key(1, false) };
        let before = sighting(1, vec![with(facts(&["a", "b"], "CN=old", 30), Trust::Trusted)]);
        let now = sighting(2, vec![with(facts(&["a", "c"], "CN=new", 60), Trust::OtherName)]);
        assert!(changes(&before, &before).is_empty());
        let told: Vec<String> = changes(&before, &now).iter().map(|change| change.sentence(&TimeZone::UTC)).collect();
        assert_eq!(
            told,
            [
                "Another certificate: until 2 Mar 1970, before until 31 Jan 1970.",
                "Another issuer: CN=new, before CN=old.",
                "Other names: c came, b went.",
                "Not trusted: it is for other names.",
            ]
        );
    }

    #[test]
    fn host_keys_come_and_go_by_their_type() {
        let rsa = ShownKey { algorithm: "RSA 3072".into(), ..key(3, true) };
        let (before, now) = (sighting(1, vec![key(1, true), rsa]), sighting(2, vec![key(2, true)]));
        let same = || "Ed25519".into();
        let wanted = [Change::Key { before: same(), now: same() }, Change::HostKeyWent("RSA 3072".into())];
        assert_eq!(changes(&before, &now), wanted);
        assert_eq!(changes(&now, &before)[1], Change::HostKeyCame("RSA 3072".into()));
    }
}
