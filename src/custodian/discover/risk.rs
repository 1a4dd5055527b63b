//! What is risky about a key that lies in a file: a word for scripts, a sentence, and what to do.

use std::path::PathBuf;

use super::tree::Tree;
use crate::model::{Algorithm, Time};

/// Before a certificate ends a person is told so many days ahead.
pub(super) const SOON_DAYS: i64 = 30;

/// Less strength than this protects nothing any more (SP 800-131A rev. 2 section 1.2.3).
const LEAST_BITS: u16 = 112;

/// One risk of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Risk {
    /// The private key lies there in clear.
    NoPassphrase,
    /// Its file can be read by others than its owner.
    ReadableByOthers {
        /// Its permission bits.
        mode: u32,
    },
    /// The algorithm is weak or no longer allowed.
    WeakAlgorithm(Algorithm),
    /// The certificate ended.
    Expired(Time),
    /// The certificate ends soon.
    ExpiresSoon(Time),
    /// The same private key lies in other files too.
    SeveralPlaces(Vec<String>),
    /// The private key lies in a version-control tree.
    InVersionControl {
        /// The folder that holds the tree.
        root: PathBuf,
        /// Which system.
        system: &'static str,
        /// Git tracks the file; `None` where that cannot be told.
        tracked: Option<bool>,
    },
}

impl Risk {
    /// The words of all risks, as command line and filters know them.
    pub const IDS: [&str; 7] = [
        "no-passphrase",
        "readable-by-others",
        "weak-algorithm",
        "expired",
        "expires-soon",
        "several-places",
        "in-version-control",
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(&self) -> &'static str {
        Self::IDS[match self {
            Self::NoPassphrase => 0,
            Self::ReadableByOthers { .. } => 1,
            Self::WeakAlgorithm(_) => 2,
            Self::Expired(_) => 3,
            Self::ExpiresSoon(_) => 4,
            Self::SeveralPlaces(_) => 5,
            Self::InVersionControl { .. } => 6,
        }]
    }

    /// What is so, as a sentence.
    pub fn sentence(&self) -> String {
        let day = |time: &Time| crate::model::time::short_date(*time, &jiff::tz::TimeZone::UTC);
        match self {
            Self::NoPassphrase => "The private key has no passphrase.".into(),
            Self::ReadableByOthers { mode } => {
                let who = if mode & 0o004 == 0 { "its group" } else { "everyone on this machine" };
                format!("The file can be read by {who} (mode {:04o}).", mode & 0o7777)
            }
            Self::WeakAlgorithm(algorithm) if algorithm.is_legacy() => {
                format!("{} is a legacy algorithm that should protect nothing any more.", algorithm.name())
            }
            Self::WeakAlgorithm(algorithm) => {
                format!("{} has {}, less than the {LEAST_BITS} that are needed.", algorithm.name(), algorithm.strength_words())
            }
            Self::Expired(end) => format!("The certificate expired on {}.", day(end)),
            Self::ExpiresSoon(end) => format!("The certificate ends on {}.", day(end)),
            Self::SeveralPlaces(others) => match &others[..] {
                [one] => format!("The same key also lies in {one}."),
                many => format!("The same key lies in {} more places: {}.", many.len(), many.join(", ")),
            },
            Self::InVersionControl { root, system, tracked } => {
                let root = root.display();
                match tracked {
                    Some(true) => format!("It is tracked by {system} in {root}: every clone of the tree has it."),
                    Some(false) => format!("It lies in the {system} tree {root}, and is not tracked so far."),
                    None => format!("It lies in the {system} tree {root}."),
                }
            }
        }
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoPassphrase => "Bring it in and remove the file, or give it a passphrase.",
            Self::ReadableByOthers { .. } => {
                "Let only its owner read the file (chmod 600); if others could read it, replace the key."
            }
            Self::WeakAlgorithm(_) => "Replace it with a key of a current algorithm.",
            Self::Expired(_) => "Request a new certificate, or remove the old one.",
            Self::ExpiresSoon(_) => "Request a new certificate in time.",
            Self::SeveralPlaces(_) => "Keep it in one place, and remove the copies.",
            Self::InVersionControl { tracked: Some(true), .. } => {
                "Replace the key: removing the file leaves it in the tree's history."
            }
            Self::InVersionControl { .. } => "Move it out of the tree before somebody commits it.",
        }
    }

    /// The risk of an algorithm, if it has one.
    pub(super) fn of_algorithm(algorithm: Algorithm) -> Option<Self> {
        let weak = algorithm.is_legacy() || (1..LEAST_BITS).contains(&algorithm.strength_bits());
        weak.then_some(Self::WeakAlgorithm(algorithm))
    }

    /// The risk of a certificate's end, if it has one.
    pub(super) fn of_end(end: Time, now: Time) -> Option<Self> {
        match () {
            () if end <= now => Some(Self::Expired(end)),
            () if end <= now.plus_days(SOON_DAYS) => Some(Self::ExpiresSoon(end)),
            () => None,
        }
    }

    /// The risk of a file's permission bits, if it has one.
    pub(super) fn of_mode(mode: Option<u32>) -> Option<Self> {
        mode.filter(|mode| mode & 0o044 != 0).map(|mode| Self::ReadableByOthers { mode: mode & 0o7777 })
    }

    /// The risk of lying in a tree.
    pub(super) fn of_tree(tree: &Tree, path: &std::path::Path) -> Self {
        Self::InVersionControl { root: tree.root.clone(), system: tree.system, tracked: tree.tracks(path) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_below_112_bits_and_legacy_are_weak() {
        assert!(Risk::of_algorithm(Algorithm::rsa(1024)).is_some());
        assert!(Risk::of_algorithm(Algorithm::Dsa(3072)).is_some());
        for fine in [Algorithm::Ed25519, Algorithm::Rsa2048, Algorithm::Aes256, Algorithm::Unknown] {
            assert_eq!(Risk::of_algorithm(fine), None, "{}", fine.name());
        }
    }

    #[test]
    fn only_reading_by_others_is_a_risk_of_the_mode() {
        assert_eq!(Risk::of_mode(Some(0o100_600)), None);
        assert_eq!(Risk::of_mode(None), None);
        assert_eq!(Risk::of_mode(Some(0o100_640)).unwrap().sentence(), "The file can be read by its group (mode 0640).");
        assert!(Risk::of_mode(Some(0o644)).unwrap().sentence().contains("everyone on this machine"));
    }

    #[test]
    fn a_certificate_is_told_of_30_days_ahead() {
        let now: Time = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(Risk::of_end(now.plus_days(31), now), None);
        assert!(matches!(Risk::of_end(now.plus_days(30), now), Some(Risk::ExpiresSoon(_))));
        assert!(matches!(Risk::of_end(now, now), Some(Risk::Expired(_))));
    }
}
