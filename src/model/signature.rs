//! Signatures over files: their forms, and whether what a key signed is to be trusted, as its state was then and is now.

use serde::{Deserialize, Serialize};

use super::key::Version;
use super::state::{State, Use};
use super::time::Time;

/// The form in which a signature lies beside its file. It is written to the log by the name of its variant.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignatureForm {
    /// OpenSSH's own (PROTOCOL.sshsig).
    SshSig,
    /// Detached Cryptographic Message Syntax in DER (RFC 5652).
    Cms,
    /// What the algorithm makes and nothing else.
    Raw,
    /// JSON Web Signature, compact, with its payload detached (RFC 7515 appendix F).
    Jws,
}

impl SignatureForm {
    /// Every form in the order menus show them.
    pub const ALL: [Self; 4] = [Self::SshSig, Self::Cms, Self::Raw, Self::Jws];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::SshSig => "sshsig",
            Self::Cms => "cms",
            Self::Raw => "raw",
            Self::Jws => "jws",
        }
    }

    /// The words shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SshSig => "OpenSSH signature",
            Self::Cms => "CMS signature",
            Self::Raw => "raw signature",
            Self::Jws => "JSON Web Signature",
        }
    }

    /// The usual ending of a file in this form.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::SshSig | Self::Raw => "sig",
            Self::Cms => "p7s",
            Self::Jws => "jws",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.id().eq_ignore_ascii_case(id))
    }
}

/// When a signature was made, and who says so.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum SignedAt {
    /// The audit log has it on record.
    Logged(Time),
    /// The signature says it, and its signer could have written any time.
    Said(Time),
    /// Nothing says it.
    Unknown,
}

impl SignedAt {
    /// The instant, whoever says it.
    pub const fn time(self) -> Option<Time> {
        match self {
            Self::Logged(time) | Self::Said(time) => Some(time),
            Self::Unknown => None,
        }
    }

    /// Who says it, as a word of JSON.
    pub const fn source(self) -> Option<&'static str> {
        match self {
            Self::Logged(_) => Some("log"),
            Self::Said(_) => Some("signer"),
            Self::Unknown => None,
        }
    }
}

/// What a key's state means for a signature that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The state when it was made, where that is known.
    pub then: Option<State>,
    /// The state now.
    pub now: State,
    /// Why the signature is not to be trusted although it fits, as a sentence.
    pub doubt: Option<String>,
}

/// How far a clock of somebody else may run ahead, in seconds.
const CLOCK_SKEW: i64 = 300;

/// Holds a signature that fits against the life of the version that made it.
pub fn standing(version: &Version, at: SignedAt, now: Time) -> Standing {
    let then = at.time().and_then(|time| state_then(version, time));
    let state = version.state(now);
    let doubt = compromise(version, at).or_else(|| early_or_late(version, at, now)).or_else(|| match then {
        Some(then) if then.permits(Use::Sign) => None,
        Some(then) => Some(format!("The key was {} when the signature was made, so it was not to sign.", then.id())),
        None if state.permits(Use::Sign) => None,
        None => {
            Some(format!("The key is {} now, and nothing shows that the signature was made while it was active.", state.id()))
        }
    });
    Standing { then, now: state, doubt }
}

/// The state at an instant that has passed: a compromise counts from when it is known to have begun. What was made
/// elsewhere has no known state before it came here.
fn state_then(version: &Version, time: Time) -> Option<State> {
    let mut life = version.life.clone();
    if time < life.created && version.origin.is_some() {
        return None;
    }
    if life.compromised.is_some_and(|since| time < since) {
        life.compromised = None;
    }
    Some(life.state(time))
}

/// Only the log can show that a signature is older than a compromise: whoever has the key can write any time into one.
fn compromise(version: &Version, at: SignedAt) -> Option<String> {
    let since = version.life.compromised?;
    match at {
        SignedAt::Logged(time) if time < since => None,
        SignedAt::Logged(_) => {
            Some(format!("The key is compromised since {since}, and the signature was made after that. Do not rely on it."))
        }
        SignedAt::Said(_) | SignedAt::Unknown => Some(format!(
            "The key is compromised since {since}, and nothing but the signature itself says when it was made: whoever has the key can have made it. Do not rely on it."
        )),
    }
}

fn early_or_late(version: &Version, at: SignedAt, now: Time) -> Option<String> {
    let SignedAt::Said(time) = at else { return None };
    if time.seconds_since(now) > CLOCK_SKEW {
        return Some(format!("It says that it was made at {time}, which lies ahead."));
    }
    let early = version.origin.is_none() && version.life.created.seconds_since(time) > CLOCK_SKEW;
    early.then(|| format!("It says that it was made at {time}, before the key was made."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Algorithm, Digest, Held, Life, Locator, Origin, Suspension};

    fn at(second: i64) -> Time {
        Time::from_second(second)
    }

    fn version(life: Life) -> Version {
        Version {
            number: 1,
            algorithm: Algorithm::Ed25519,
            locator: Locator { store: "files".into(), object: "a".into(), engine_version: None },
            public_key: Box::default(),
            spki_sha256: Digest([0; 32]),
            ssh_sha256: None,
            life,
            zone: "UTC".into(),
            request: None,
            certificate: None,
            revocation: None,
            mac: None,
            origin: None,
            last_used: None,
            stored: 1,
            from: None,
            issued: Vec::new(),
        }
    }

    fn life() -> Life {
        Life::new(at(1_000), Some(at(1_000)), Some(at(10_000)))
    }

    /// Whether it is trusted, and the state when it was made.
    fn stands(life: Life, signed: SignedAt, now: i64) -> (bool, Option<State>) {
        let standing = standing(&version(life), signed, at(now));
        (standing.doubt.is_none(), standing.then)
    }

    #[test]
    fn what_was_signed_while_active_is_trusted_also_after_the_end() {
        let active = Some(State::Active);
        for signed in [SignedAt::Logged(at(2_000)), SignedAt::Said(at(2_000))] {
            assert_eq!(stands(life(), signed, 3_000), (true, active));
            assert_eq!(stands(life(), signed, 20_000), (true, active));
            let destroyed = Life { destroyed: Some(at(11_000)), ..life() };
            assert_eq!(stands(destroyed, signed, 20_000), (true, active));
        }
    }

    #[test]
    fn what_was_signed_in_another_state_is_not() {
        let signed = SignedAt::Said(at(12_000));
        assert_eq!(stands(life(), signed, 20_000), (false, Some(State::Deactivated)));
        let mut held = life();
        held.suspensions.push(Suspension { from: at(2_000), until: Some(at(3_000)), reason: String::new() });
        assert_eq!(stands(held.clone(), SignedAt::Logged(at(2_500)), 4_000), (false, Some(State::Suspended)));
        assert_eq!(stands(held, SignedAt::Logged(at(3_500)), 4_000), (true, Some(State::Active)));
        let early = Life { activates: Some(at(5_000)), ..life() };
        assert_eq!(stands(early, SignedAt::Said(at(2_000)), 6_000), (false, Some(State::PreActive)));
    }

    #[test]
    fn only_the_log_shows_that_it_is_older_than_a_compromise() {
        let lost = Life { compromised: Some(at(5_000)), ..life() };
        assert_eq!(stands(lost.clone(), SignedAt::Logged(at(2_000)), 6_000), (true, Some(State::Active)));
        assert_eq!(stands(lost.clone(), SignedAt::Logged(at(5_500)), 6_000), (false, Some(State::Compromised)));
        assert!(!stands(lost.clone(), SignedAt::Said(at(2_000)), 6_000).0);
        assert!(!stands(lost, SignedAt::Unknown, 6_000).0);
    }

    #[test]
    fn without_a_time_the_state_of_now_decides() {
        assert_eq!(stands(life(), SignedAt::Unknown, 3_000), (true, None));
        assert_eq!(stands(life(), SignedAt::Unknown, 20_000), (false, None));
    }

    #[test]
    fn a_time_that_cannot_be_is_not_believed() {
        assert!(!stands(life(), SignedAt::Said(at(9_000)), 3_000).0);
        assert!(!stands(life(), SignedAt::Said(at(10)), 3_000).0);
        let came = Origin { form: "pkcs8".into(), place: "a.pem".into(), held: Held::Here };
        let brought_in = Version { origin: Some(Box::new(came)), ..version(life()) };
        let standing = standing(&brought_in, SignedAt::Said(at(10)), at(3_000));
        assert_eq!((standing.then, standing.doubt), (None, None), "it may have signed before it came here");
    }

    #[test]
    fn every_word_reads_back() {
        for form in SignatureForm::ALL {
            assert_eq!(SignatureForm::from_id(form.id()), Some(form));
        }
    }
}
