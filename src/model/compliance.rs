//! Which figures of a key break its policy.

use super::algorithm::Algorithm;
use super::key::Version;
use super::policy::Policy;
use super::state::State;
use super::store::StoreKind;
use super::time::{DAY, Time};

/// A figure that breaks a policy.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The algorithm is not among those allowed.
    Algorithm(Algorithm),
    /// It is weaker than the policy wants.
    Strength {
        /// Its security strength.
        bits: u16,
        /// The least the policy wants now.
        least: u32,
    },
    /// It lasts longer than the policy wants.
    Cryptoperiod {
        /// Its days from activation to expiry; `None` without an expiry.
        days: Option<i64>,
        /// The most that the policy wants.
        most: u32,
    },
    /// Its private half lies in a kind of store that is not allowed.
    Store(StoreKind),
}

/// The facts of a version that policies speak of, of one that exists or is about to be made.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Algorithm and parameters.
    pub algorithm: Algorithm,
    /// From here, or from its making where nobody has activated it.
    pub from: Time,
    /// The end of its cryptoperiod.
    pub expires: Option<Time>,
    /// Where its private half lies.
    pub store: Option<StoreKind>,
}

/// What breaks the policy at an instant.
pub fn breaches(candidate: Candidate, policy: &Policy, now: Time) -> Vec<Breach> {
    let mut found = Vec::new();
    if !policy.algorithms.contains(&candidate.algorithm) {
        found.push(Breach::Algorithm(candidate.algorithm));
    }
    let (bits, least) = (candidate.algorithm.strength_bits(), policy.least_strength.at(now));
    if u32::from(bits) < least {
        found.push(Breach::Strength { bits, least });
    }
    let most = policy.cryptoperiod.at(candidate.from);
    let seconds = candidate.expires.map(|expires| expires.seconds_since(candidate.from));
    // A day typed by a person ends with the day, so up to a day more is the same promise.
    if seconds.is_none_or(|seconds| seconds >= DAY * (i64::from(most) + 1)) {
        found.push(Breach::Cryptoperiod { days: seconds.map(|seconds| seconds / DAY), most });
    }
    if let Some(kind) = candidate.store.filter(|kind| !policy.stores.is_empty() && !policy.stores.contains(kind)) {
        found.push(Breach::Store(kind));
    }
    found
}

/// What of a version breaks its policy; nothing, once its use is over.
pub fn of_version(version: &Version, policy: &Policy, store: Option<StoreKind>, now: Time) -> Vec<Breach> {
    if !matches!(version.state(now), State::PreActive | State::Active | State::Suspended) {
        return Vec::new();
    }
    let from = version.life.activates.unwrap_or(version.life.created);
    breaches(Candidate { algorithm: version.algorithm, from, expires: version.life.expires, store }, policy, now)
}

impl Breach {
    /// What breaks the policy, as a sentence.
    pub fn sentence(self) -> String {
        match self {
            Self::Algorithm(algorithm) => format!("{} is not among the algorithms of its policy.", algorithm.name()),
            Self::Strength { bits, least } => format!("It has {bits} bits of strength, and its policy wants {least}."),
            Self::Cryptoperiod { days: Some(days), most } => format!("It lasts {days} days, and its policy allows {most}."),
            Self::Cryptoperiod { days: None, most } => format!("It never expires, and its policy allows {most} days."),
            Self::Store(kind) => format!("Its policy does not allow this kind of store: {}.", kind.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, profile};

    #[test]
    fn each_figure_can_break_the_policy() {
        let now: Time = "2031-06-01T00:00:00Z".parse().unwrap();
        let mut policy = profile::standard(Purpose::TlsClient).clone();
        policy.stores = vec![StoreKind::Keychain];
        policy.algorithms.retain(|algorithm| *algorithm != Algorithm::Rsa2048);
        let sound = Candidate {
            algorithm: Algorithm::EcdsaP256,
            from: now,
            expires: Some(now.plus_days(365)),
            store: Some(StoreKind::Keychain),
        };
        assert_eq!(breaches(sound, &policy, now), []);
        let weak = Candidate { algorithm: Algorithm::Rsa2048, expires: None, store: Some(StoreKind::Files), ..sound };
        assert_eq!(
            breaches(weak, &policy, now),
            [
                Breach::Algorithm(Algorithm::Rsa2048),
                Breach::Strength { bits: 112, least: 128 },
                Breach::Cryptoperiod { days: None, most: 365 },
                Breach::Store(StoreKind::Files),
            ]
        );
        let before: Time = "2030-12-31T00:00:00Z".parse().unwrap();
        assert!(!breaches(weak, &policy, before).contains(&Breach::Strength { bits: 112, least: 128 }));
        let long = Candidate { expires: Some(now.plus_days(366)), ..sound };
        assert_eq!(breaches(long, &policy, now), [Breach::Cryptoperiod { days: Some(366), most: 365 }]);
    }
}
