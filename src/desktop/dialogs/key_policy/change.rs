//! What a person chose for the figures of keys, and what becomes of each key by it.

use std::collections::BTreeMap;

use crate::desktop::dialogs::batch::Subjects;
use crate::desktop::figures::{Draft, complaint};
use crate::model::{Breach, Figure, Inventory, Key, KeyId, Overrides, Policy, PolicyError, Purpose, State, Time, compliance};

/// What becomes of a figure.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Each key keeps what it has.
    Keep,
    /// The value of the draft.
    Own,
    /// That of the purpose.
    Purpose,
}

/// What was chosen for each figure, and the values of those that keys are to have of their own.
pub struct Change {
    choices: BTreeMap<Figure, Choice>,
    /// The values; of a single key its whole policy as it would be.
    pub draft: Draft,
    purpose: Purpose,
    one: bool,
}

impl Change {
    /// Begins with what is: of one key its own figures, of several no choice.
    pub fn of(subjects: &Subjects, inventory: &Inventory) -> Option<Self> {
        let first = subjects.0.first()?;
        let policy = inventory.policy_of(first);
        let one = subjects.one().is_some();
        let choice = |figure: Figure| match &first.overrides {
            _ if !one => Choice::Keep,
            Some(own) if figure.is_in(own) => Choice::Own,
            _ => Choice::Purpose,
        };
        let choices = Figure::of_keys().map(|figure| (figure, choice(figure))).collect();
        let draft = if one { Draft::of(&policy) } else { Draft::loose(&policy) };
        Some(Self { choices, draft, purpose: first.purpose, one })
    }

    /// What was chosen for a figure.
    pub fn choice(&self, figure: Figure) -> Choice {
        self.choices.get(&figure).copied().unwrap_or(Choice::Keep)
    }

    /// Chooses; a figure that goes back to the purpose shows the purpose's value again.
    pub fn choose(&mut self, figure: Figure, choice: Choice, inventory: &Inventory) {
        self.choices.insert(figure, choice);
        if self.one && choice == Choice::Purpose {
            self.draft.take(figure, inventory.policy(self.purpose));
        }
    }

    /// The same for every figure.
    pub fn choose_all(&mut self, choice: Choice, inventory: &Inventory) {
        Figure::of_keys().for_each(|figure| self.choose(figure, choice, inventory));
    }

    /// Nothing was chosen for several keys.
    pub fn is_idle(&self) -> bool {
        self.choices.values().all(|choice| *choice == Choice::Keep)
    }

    /// The figures of its own that a key would have.
    fn overrides(&self, key: &Key) -> Overrides {
        let mut own = key.overrides.as_deref().cloned().unwrap_or_default();
        for (figure, choice) in &self.choices {
            match choice {
                Choice::Keep => {}
                Choice::Own => figure.override_with(self.draft.policy(), &mut own),
                Choice::Purpose => figure.clear(&mut own),
            }
        }
        own
    }

    /// The policy that a key would have.
    pub fn policy_of(&self, key: &Key, inventory: &Inventory) -> Policy {
        self.overrides(key).over(inventory.policy(key.purpose))
    }

    /// The key has these figures already.
    pub fn is_same(&self, key: &Key) -> bool {
        key.overrides.as_deref().map_or_else(|| self.overrides(key).is_empty(), |own| self.overrides(key) == *own)
    }

    /// What cannot be read of a chosen value, or of a single key what contradicts itself.
    pub fn trouble(&self, one: Option<&Key>, inventory: &Inventory) -> Option<PolicyError> {
        let own = |error: &PolicyError| error.figure().is_some_and(|figure| self.choice(figure) == Choice::Own);
        let contradiction = || one.and_then(|key| self.policy_of(key, inventory).check().err());
        self.draft.unreadable().find(|error| own(error)).cloned().or_else(contradiction)
    }

    /// The keys that change and can, with their new figures.
    pub fn able(&self, subjects: &Subjects, inventory: &Inventory) -> Vec<(KeyId, Overrides)> {
        let changes = subjects.0.iter().filter(|key| !self.is_same(key));
        let able = changes.filter(|key| self.policy_of(key, inventory).check().is_ok());
        able.map(|key| (key.id, self.overrides(key))).collect()
    }

    /// What becomes of a key, in a few words, or why nothing.
    pub fn becomes(&self, key: &Key, inventory: &Inventory, now: Time) -> Result<String, String> {
        let then = self.policy_of(key, inventory);
        then.check().map_err(|error| complaint(&error))?;
        let before = inventory.breaches(key, now);
        let after = breaches(key, &then, inventory, now);
        let over = !matches!(key.state(now), State::PreActive | State::Active | State::Suspended);
        Ok(match (before.is_empty(), after.first()) {
            (_, _) if self.is_same(key) => "Stays as it is".into(),
            (_, None) if over => "Not marked: its use is over".into(),
            (true, None) => "Keeps its policy".into(),
            (false, None) => "No longer marked".into(),
            (true, Some(breach)) => format!("Marked: {}", breach.sentence()),
            (false, Some(breach)) => format!("Stays marked: {}", breach.sentence()),
        })
    }
}

/// What of a key's current version breaks a policy.
pub fn breaches(key: &Key, policy: &Policy, inventory: &Inventory, now: Time) -> Vec<Breach> {
    let Some(version) = key.current(now) else { return Vec::new() };
    compliance::of_version(version, policy, inventory.kind_of(version), now)
}
