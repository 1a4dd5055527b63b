//! Profiles: policies as they are shipped, each figure with the clause it comes from.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::figure::Figure;
use super::policy::{Policy, PolicyError};
use super::purpose::Purpose;

/// A set of policies that a person can choose.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Profile {
    /// The word used on the command line and in JSON.
    pub name: String,
    /// The name shown on screen.
    pub title: String,
    /// For whom it is, in one sentence.
    pub about: String,
    policies: BTreeMap<Purpose, Shipped>,
}

/// A policy with the clause of each figure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Shipped {
    figures: Policy,
    clauses: BTreeMap<Figure, String>,
}

/// A file of policies could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// It is not what a profile looks like.
    #[error("line {line}, column {column}: {reason}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Its figures contradict each other.
    #[error("line {line}, the policy for {purpose}: {error}")]
    Contradiction {
        /// Where the policy begins, counted from 1.
        line: usize,
        /// Of which purpose.
        purpose: &'static str,
        /// What is wrong.
        error: PolicyError,
    },
}

impl Profile {
    /// Reads a profile as the shipped ones are written (RON).
    pub fn read(text: &str) -> Result<Self, ProfileError> {
        let mut profile: Self = ron::from_str(text).map_err(|error| ProfileError::Unreadable {
            line: error.span.start.line,
            column: error.span.start.col,
            reason: error.code.to_string(),
        })?;
        for (purpose, shipped) in &mut profile.policies {
            shipped.figures.profile = profile.name.as_str().into();
            shipped.figures.check().map_err(|error| ProfileError::Contradiction {
                line: line_of(text, *purpose),
                purpose: purpose.id(),
                error,
            })?;
        }
        Ok(profile)
    }

    /// Its policy for a purpose, if it has one.
    pub fn policy(&self, purpose: Purpose) -> Option<&Policy> {
        self.policies.get(&purpose).map(|shipped| &shipped.figures)
    }

    /// Where a figure of its policy for a purpose comes from.
    pub fn clause(&self, purpose: Purpose, figure: Figure) -> Option<&str> {
        self.policies.get(&purpose)?.clauses.get(&figure).map(String::as_str)
    }
}

/// The line in which the policy of a purpose begins.
fn line_of(text: &str, purpose: Purpose) -> usize {
    let head = format!("{purpose:?}:");
    text.lines().position(|line| line.trim_start().starts_with(&head)).map_or(1, |at| at + 1)
}

/// Every profile that is shipped. A test reads the files, so a mistake in one never reaches a person.
pub fn all() -> &'static [Profile] {
    static SHIPPED: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        let files = [
            include_str!("../../assets/profiles/sp800-57.ron"),
            include_str!("../../assets/profiles/cab-forum.ron"),
            include_str!("../../assets/profiles/cnsa-2.0.ron"),
            include_str!("../../assets/profiles/ssh.ron"),
            include_str!("../../assets/profiles/relaxed.ron"),
        ];
        files.into_iter().filter_map(|text| Profile::read(text).ok()).collect()
    });
    &SHIPPED
}

/// The shipped profile of this name.
pub fn named(name: &str) -> Option<&'static Profile> {
    all().iter().find(|profile| profile.name.eq_ignore_ascii_case(name))
}

/// The policy of a purpose for which nobody chose another.
pub fn standard(purpose: Purpose) -> &'static Policy {
    static NONE: LazyLock<Policy> = LazyLock::new(|| Policy {
        profile: "".into(),
        algorithms: super::Algorithm::GENERATED.to_vec(),
        least_strength: super::policy::Steps::always(112),
        cryptoperiod: super::policy::Steps::always(365),
        warn_days: vec![30],
        rotate_before_days: 14,
        overlap_days: 7,
        rotation: super::policy::RotationMode::Ask,
        stores: Vec::new(),
        destruction_wait_days: 7,
        exportable: false,
    });
    let name = match purpose {
        Purpose::TlsServer | Purpose::CodeSigning => "cab-forum",
        Purpose::Ssh => "ssh",
        _ => "sp800-57",
    };
    named(name).and_then(|profile| profile.policy(purpose)).unwrap_or(&NONE)
}

/// Where a figure of a policy comes from: the clause of its profile, if the figure is still the profile's.
pub fn clause_of(purpose: Purpose, policy: &Policy, figure: Figure) -> Option<&'static str> {
    let profile = named(&policy.profile)?;
    let own = profile.policy(purpose)?;
    figure.same(own, policy).then(|| profile.clause(purpose, figure)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shipped_file_is_whole_and_has_a_clause_for_each_figure() {
        assert_eq!(all().len(), 5);
        for profile in all() {
            for purpose in Purpose::ALL {
                let Some(policy) = profile.policy(purpose) else { continue };
                assert_eq!(policy.check(), Ok(()), "{} {purpose:?}", profile.name);
                for figure in Figure::ALL {
                    let clause = profile.clause(purpose, figure);
                    assert!(clause.is_some_and(|clause| clause.len() > 10), "{} {purpose:?} {figure:?}", profile.name);
                }
            }
        }
    }

    #[test]
    fn each_purpose_has_a_standard_policy() {
        for purpose in Purpose::ALL {
            let policy = standard(purpose);
            assert!(!policy.profile.is_empty(), "{purpose:?}");
            assert!(clause_of(purpose, policy, Figure::Cryptoperiod).is_some());
            let mut own = policy.clone();
            own.cryptoperiod = super::super::policy::Steps::always(1_000);
            assert_eq!(clause_of(purpose, &own, Figure::Cryptoperiod), None);
        }
    }

    #[test]
    fn public_tls_lifetimes_go_by_the_day_of_issue() {
        let policy = standard(Purpose::TlsServer);
        let days = |day: &str| policy.cryptoperiod.at(format!("{day}T00:00:00Z").parse().unwrap());
        assert_eq!(
            ["2026-03-14", "2026-03-15", "2027-03-14", "2027-03-15", "2029-03-14", "2029-03-15"].map(days),
            [398, 200, 200, 100, 100, 47]
        );
    }

    #[test]
    fn a_damaged_or_contradictory_file_names_line_and_reason() {
        let shipped = include_str!("../../assets/profiles/ssh.ron");
        let cut = &shipped[..shipped.len() / 2];
        assert!(matches!(Profile::read(cut), Err(ProfileError::Unreadable { line, .. }) if line > 5));
        let contradictory = shipped.replace("overlap_days: 7", "overlap_days: 700");
        let error = Profile::read(&contradictory).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 7, the policy for ssh: an overlap of 700 days is longer than the 7 days that are left after the rotation"
        );
    }
}
