//! Policies: what holds for every key of a purpose, and what a single key has instead.
//!
//! A policy is facts only. What follows from it for a key stands in [`compliance`](super::compliance)
//! and [`rotation`](super::rotation).

use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::figure::Figure;
use super::store::StoreKind;
use super::time::Time;

/// What holds for every key of a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The shipped profile from which it was taken; figures may differ from it.
    #[serde(default)]
    pub profile: Box<str>,
    /// The algorithms that are allowed, the preferred one first.
    pub algorithms: Vec<Algorithm>,
    /// The least security strength in bits (SP 800-57 part 1 table 2).
    pub least_strength: Steps,
    /// The longest time from activation to expiry, in days, by the date of activation.
    pub cryptoperiod: Steps,
    /// Days before expiry at which a person is warned, the earliest first.
    pub warn_days: Vec<u32>,
    /// A new version is due so many days before expiry.
    pub rotate_before_days: u32,
    /// For so many days the old and the new version are both valid.
    pub overlap_days: u32,
    /// Whether a rotation that is due happens by itself.
    pub rotation: RotationMode,
    /// The kinds of store in which private halves may lie; none means any.
    pub stores: Vec<StoreKind>,
    /// Days between the order to destroy and the destruction.
    pub destruction_wait_days: u32,
    /// Private halves may be exported, where their store allows it.
    pub exportable: bool,
}

/// Whether a rotation that is due happens by itself.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RotationMode {
    /// A person is asked.
    Ask,
    /// It happens without asking, while the home store can be opened.
    ByItself,
}

impl RotationMode {
    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::ByItself => "by-itself",
        }
    }
}

/// A figure that changes on fixed dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(pub Vec<Step>);

/// From an instant on a figure has this value.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// From here; `None` from the beginning.
    #[serde(default)]
    pub from: Option<Time>,
    /// The value.
    pub value: u32,
}

impl Steps {
    /// A figure that never changes.
    pub fn always(value: u32) -> Self {
        Self(vec![Step { from: None, value }])
    }

    /// The value at an instant; before the first step that of the first.
    pub fn at(&self, time: Time) -> u32 {
        let reached = |step: &&Step| step.from.is_none_or(|from| from <= time);
        let current = self.0.iter().rev().find(reached).or_else(|| self.0.first());
        current.map_or(0, |step| step.value)
    }

    /// The next instant after `time` at which the value changes.
    pub fn next_change(&self, time: Time) -> Option<Time> {
        self.0.iter().filter_map(|step| step.from).filter(|&from| from > time).min()
    }

    /// The smallest value it ever has.
    pub fn least(&self) -> u32 {
        self.0.iter().map(|step| step.value).min().unwrap_or(0)
    }
}

/// Figures that a single key has instead of its purpose's; `None` leaves the purpose's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    /// See [`Policy::algorithms`].
    pub algorithms: Option<Vec<Algorithm>>,
    /// See [`Policy::least_strength`].
    pub least_strength: Option<Steps>,
    /// See [`Policy::cryptoperiod`].
    pub cryptoperiod: Option<Steps>,
    /// See [`Policy::rotate_before_days`].
    pub rotate_before_days: Option<u32>,
    /// See [`Policy::overlap_days`].
    pub overlap_days: Option<u32>,
    /// See [`Policy::rotation`].
    pub rotation: Option<RotationMode>,
    /// See [`Policy::stores`].
    pub stores: Option<Vec<StoreKind>>,
    /// See [`Policy::destruction_wait_days`].
    pub destruction_wait_days: Option<u32>,
    /// See [`Policy::exportable`].
    pub exportable: Option<bool>,
}

impl Overrides {
    /// It changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The policy with these figures in place of its own.
    pub fn over(&self, policy: &Policy) -> Policy {
        fn set<T: Clone>(slot: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                slot.clone_from(new);
            }
        }
        let mut result = policy.clone();
        set(&mut result.algorithms, self.algorithms.as_ref());
        set(&mut result.least_strength, self.least_strength.as_ref());
        set(&mut result.cryptoperiod, self.cryptoperiod.as_ref());
        set(&mut result.rotate_before_days, self.rotate_before_days.as_ref());
        set(&mut result.overlap_days, self.overlap_days.as_ref());
        set(&mut result.rotation, self.rotation.as_ref());
        set(&mut result.stores, self.stores.as_ref());
        set(&mut result.destruction_wait_days, self.destruction_wait_days.as_ref());
        set(&mut result.exportable, self.exportable.as_ref());
        result
    }
}

/// Why figures of a policy contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No algorithm is allowed.
    #[error("a policy needs at least one algorithm")]
    NoAlgorithm,
    /// No allowed algorithm is as strong as the policy wants.
    #[error("no allowed algorithm has {0} bits of strength. Allow a stronger one, or ask for less")]
    TooStrong(u32),
    /// A cryptoperiod of no days.
    #[error("a cryptoperiod has at least one day")]
    NoCryptoperiod,
    /// Longer than a clock can hold.
    #[error("{}: {days} days are more than {LONGEST_DAYS}", .figure.id())]
    TooLong {
        /// Of which figure.
        figure: Figure,
        /// How long it would be.
        days: u32,
    },
    /// A warning would come before the key is active.
    #[error("a warning {warn} days before expiry does not fit a cryptoperiod of {period} days")]
    WarningTooEarly {
        /// The earliest warning, in days before expiry.
        warn: u32,
        /// The shortest cryptoperiod.
        period: u32,
    },
    /// A rotation would be due before the key is active.
    #[error("a rotation {before} days before expiry does not fit a cryptoperiod of {period} days")]
    RotationTooEarly {
        /// Days before expiry.
        before: u32,
        /// The shortest cryptoperiod.
        period: u32,
    },
    /// The old version would expire before the overlap is over.
    #[error("an overlap of {overlap} days is longer than the {before} days that are left after the rotation")]
    OverlapTooLong {
        /// Days of overlap.
        overlap: u32,
        /// Days before expiry at which a rotation is due.
        before: u32,
    },
    /// Steps that are not in order.
    #[error("{}: dates from which it holds come in order, the first without a date", .0.id())]
    StepsOutOfOrder(Figure),
    /// A figure cannot be read.
    #[error("“{value}” cannot be read as {}: {wanted}", .figure.id())]
    Unreadable {
        /// Which figure.
        figure: Figure,
        /// What was written.
        value: String,
        /// What can be.
        wanted: &'static str,
    },
    /// There is no such figure.
    #[error("there is no figure “{0}”; there are: {1}")]
    NoFigure(String, String),
}

impl PolicyError {
    /// The figure at which it is to be put right.
    pub const fn figure(&self) -> Option<Figure> {
        match self {
            Self::NoAlgorithm => Some(Figure::Algorithms),
            Self::TooStrong(_) => Some(Figure::LeastStrength),
            Self::NoCryptoperiod => Some(Figure::Cryptoperiod),
            Self::TooLong { figure, .. } | Self::StepsOutOfOrder(figure) | Self::Unreadable { figure, .. } => Some(*figure),
            Self::WarningTooEarly { .. } => Some(Figure::Warnings),
            Self::RotationTooEarly { .. } => Some(Figure::RotateBefore),
            Self::OverlapTooLong { .. } => Some(Figure::Overlap),
            Self::NoFigure(..) => None,
        }
    }
}

/// The longest time that a figure in days may have: a century.
pub const LONGEST_DAYS: u32 = 36_525;

impl Policy {
    /// Whether its figures fit each other.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.algorithms.is_empty() {
            return Err(PolicyError::NoAlgorithm);
        }
        let strongest = self.algorithms.iter().map(|algorithm| u32::from(algorithm.strength_bits())).max().unwrap_or(0);
        if let Some(step) = self.least_strength.0.iter().find(|step| step.value > strongest) {
            return Err(PolicyError::TooStrong(step.value));
        }
        for (figure, steps) in [(Figure::LeastStrength, &self.least_strength), (Figure::Cryptoperiod, &self.cryptoperiod)] {
            let first = steps.0.first().is_some_and(|step| step.from.is_none());
            let ordered = steps.0.windows(2).all(|pair| pair[0].from < pair[1].from);
            if !first || !ordered {
                return Err(PolicyError::StepsOutOfOrder(figure));
            }
        }
        let steps = self.cryptoperiod.0.iter().map(|step| (Figure::Cryptoperiod, step.value));
        let warnings = self.warn_days.iter().map(|days| (Figure::Warnings, *days));
        let single = [
            (Figure::RotateBefore, self.rotate_before_days),
            (Figure::Overlap, self.overlap_days),
            (Figure::DestructionWait, self.destruction_wait_days),
        ];
        if let Some((figure, days)) = steps.chain(warnings).chain(single).find(|(_, days)| *days > LONGEST_DAYS) {
            return Err(PolicyError::TooLong { figure, days });
        }
        let period = self.cryptoperiod.least();
        let warn = self.warn_days.iter().copied().max().unwrap_or(0);
        match (period, self.rotate_before_days, self.overlap_days) {
            (0, ..) => Err(PolicyError::NoCryptoperiod),
            _ if warn >= period => Err(PolicyError::WarningTooEarly { warn, period }),
            (_, before, _) if before >= period => Err(PolicyError::RotationTooEarly { before, period }),
            (_, before, overlap) if overlap > before => Err(PolicyError::OverlapTooLong { overlap, before }),
            _ => Ok(()),
        }
    }

    /// The algorithm taken unless another is chosen: of those that are made here, the first that is
    /// strong enough.
    pub fn preferred(&self, now: Time) -> Algorithm {
        let least = self.least_strength.at(now);
        let mut made = self.algorithms.iter().copied().filter(|algorithm| algorithm.is_generated());
        let first = made.clone().next();
        made.find(|algorithm| u32::from(algorithm.strength_bits()) >= least).or(first).unwrap_or(Algorithm::Ed25519)
    }

    /// The end of the longest cryptoperiod that starts at an instant.
    pub fn expiry(&self, activates: Time) -> Time {
        activates.plus_days(i64::from(self.cryptoperiod.at(activates)))
    }

    /// The next instant after `now` at which one of its figures changes.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        self.least_strength.next_change(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Purpose;
    use crate::model::profile;

    fn policy() -> Policy {
        profile::standard(Purpose::TlsServer).clone()
    }

    #[test]
    fn steps_hold_from_their_dates() {
        let at = |second| Time::from_second(second);
        let steps = Steps(vec![Step { from: None, value: 200 }, Step { from: Some(at(10)), value: 100 }]);
        assert_eq!([steps.at(at(9)), steps.at(at(10)), steps.at(at(11))], [200, 100, 100]);
        assert_eq!(steps.next_change(at(9)), Some(at(10)));
        assert_eq!(steps.next_change(at(10)), None);
    }

    #[test]
    fn contradictions_are_named() {
        let with = |change: fn(&mut Policy)| {
            let mut policy = policy();
            change(&mut policy);
            policy.check().unwrap_err().to_string()
        };
        let at = |change: fn(&mut Policy)| {
            let mut policy = policy();
            change(&mut policy);
            policy.check().unwrap_err().figure()
        };
        assert_eq!(at(|policy| policy.algorithms.clear()), Some(Figure::Algorithms));
        assert_eq!(at(|policy| policy.warn_days = vec![400]), Some(Figure::Warnings));
        assert_eq!(at(|policy| policy.destruction_wait_days = 99_999), Some(Figure::DestructionWait));
        assert_eq!(at(|policy| policy.least_strength = Steps(Vec::new())), Some(Figure::LeastStrength));
        assert!(with(|policy| policy.algorithms.clear()).contains("at least one algorithm"));
        assert!(with(|policy| policy.least_strength = Steps::always(300)).contains("300 bits"));
        assert!(with(|policy| policy.cryptoperiod = Steps::always(0)).contains("at least one day"));
        assert!(
            with(|policy| policy.cryptoperiod = Steps(Vec::new()))
                .contains("cryptoperiod: dates from which it holds come in order")
        );
        assert!(with(|policy| policy.cryptoperiod = Steps::always(99_999)).contains("cryptoperiod: 99999 days"));
        assert!(with(|policy| policy.warn_days = vec![400]).contains("warning 400 days"));
        assert!(with(|policy| policy.rotate_before_days = 400).contains("rotation 400 days"));
        assert!(with(|policy| policy.overlap_days = policy.rotate_before_days + 1).contains("overlap"));
    }

    #[test]
    fn a_key_may_have_figures_of_its_own() {
        let own = Overrides { overlap_days: Some(3), ..Overrides::default() };
        assert_eq!(own.over(&policy()).overlap_days, 3);
        assert_eq!(Overrides::default().over(&policy()), policy());
        assert!(!own.is_empty());
    }
}
