//! A policy while a person edits it: the figures as they were last readable, and what is typed.

use std::collections::BTreeMap;

use super::words::complaint;
use crate::model::{Figure, Policy, PolicyError};

/// A policy while a person edits it.
#[derive(Debug, Clone)]
pub struct Draft {
    policy: Policy,
    /// What stands in the fields of figures that are written.
    typed: BTreeMap<Figure, String>,
    /// What of it cannot be read.
    unreadable: BTreeMap<Figure, PolicyError>,
    /// Its figures are no policy together, so they are not held against each other.
    loose: bool,
}

impl Draft {
    /// Begins with these figures.
    pub fn of(policy: &Policy) -> Self {
        Self { policy: policy.clone(), typed: BTreeMap::new(), unreadable: BTreeMap::new(), loose: false }
    }

    /// Begins with these figures, of which each is used alone.
    pub fn loose(policy: &Policy) -> Self {
        Self { loose: true, ..Self::of(policy) }
    }

    /// The figures; of one that cannot be read the last that could.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What stands in the field of a figure.
    pub fn typed(&mut self, figure: Figure) -> &mut String {
        self.typed.entry(figure).or_insert_with(|| as_typed(figure, &self.policy))
    }

    /// Reads what was typed.
    pub fn read(&mut self, figure: Figure) {
        let text = self.typed.get(&figure).cloned().unwrap_or_default();
        match figure.read(&text, &mut self.policy) {
            Ok(()) => drop(self.unreadable.remove(&figure)),
            Err(error) => drop(self.unreadable.insert(figure, error)),
        }
    }

    /// Changes figures that are not written but chosen.
    pub fn change(&mut self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.policy);
    }

    /// Takes a figure of another policy.
    pub fn take(&mut self, figure: Figure, from: &Policy) {
        self.typed.remove(&figure);
        self.unreadable.remove(&figure);
        // What was written can be read.
        let _ = figure.read(&figure.written(from), &mut self.policy);
    }

    /// It differs from a policy, or something in it cannot be read.
    pub fn differs(&self, policy: &Policy) -> bool {
        !self.unreadable.is_empty() || self.policy != *policy
    }

    /// What cannot be read.
    pub fn unreadable(&self) -> impl Iterator<Item = &PolicyError> {
        self.unreadable.values()
    }

    fn contradiction(&self) -> Option<PolicyError> {
        if self.loose { None } else { self.policy.check().err() }
    }

    /// What keeps it from being saved: what cannot be read first, then what contradicts itself.
    pub fn trouble(&self) -> Option<PolicyError> {
        self.unreadable.values().next().cloned().or_else(|| self.contradiction())
    }

    /// What is wrong with a figure, as a sentence.
    pub fn complaint(&self, figure: Figure) -> Option<String> {
        let contradiction = || self.contradiction().filter(|error| error.figure() == Some(figure));
        self.unreadable.get(&figure).cloned().or_else(contradiction).map(|error| complaint(&error))
    }
}

/// As it is typed: days without their unit where that stands beside the field, room after commas.
fn as_typed(figure: Figure, policy: &Policy) -> String {
    let written = figure.written(policy);
    match figure {
        Figure::RotateBefore | Figure::Overlap | Figure::DestructionWait => written.trim_end_matches('d').to_owned(),
        _ => written.replace(',', ", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, profile};

    #[test]
    fn what_stands_in_a_field_is_read_as_it_stands() {
        for purpose in Purpose::ALL {
            let policy = profile::standard(purpose);
            let mut draft = Draft::of(policy);
            for figure in Figure::ALL {
                draft.typed(figure);
                draft.read(figure);
            }
            assert!(!draft.differs(policy), "{purpose:?}");
        }
    }

    #[test]
    fn a_figure_that_cannot_be_read_keeps_its_last_value_and_says_so() {
        let policy = profile::standard(Purpose::Ssh);
        let mut draft = Draft::of(policy);
        *draft.typed(Figure::Cryptoperiod) = "90d, soon".into();
        draft.read(Figure::Cryptoperiod);
        assert_eq!(draft.policy(), policy);
        assert!(draft.differs(policy) && draft.complaint(Figure::Cryptoperiod).is_some());
        assert_eq!(draft.trouble().and_then(|error| error.figure()), Some(Figure::Cryptoperiod));
        draft.take(Figure::Cryptoperiod, policy);
        assert!(!draft.differs(policy) && draft.trouble().is_none());
        draft.change(|policy| policy.overlap_days = 300);
        assert!(draft.complaint(Figure::Overlap).is_some() && draft.complaint(Figure::Cryptoperiod).is_none());
    }
}
