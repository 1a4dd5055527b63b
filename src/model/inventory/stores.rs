//! What the log says of stores, and which of them can be removed.

use super::{Inventory, RuleError};
use crate::model::event::Event;
use crate::model::intent::{Intent, NewVersion, VersionRef};
use crate::model::key::{Key, Locator, Version};
use crate::model::state::{State, Suspension};
use crate::model::store::Store;
use crate::model::time::Time;

impl Inventory {
    /// The store, if it may be removed: it is not the home store, and no private half lies in it or is on its way there.
    pub fn may_remove_store(&self, name: &str) -> Result<&Store, RuleError> {
        let store = self.store(name).ok_or_else(|| RuleError::NoStore(name.to_owned()))?;
        if *self.home == *name {
            return Err(RuleError::Misplaced("the home store holds the log key, so that it cannot be removed"));
        }
        if self.open.values().any(|operation| goes_to(&operation.intent, name)) {
            return Err(RuleError::Busy(name.to_owned()));
        }
        match self.in_store(name).count() {
            0 => Ok(store),
            1 => Err(RuleError::StoreInUse { store: name.to_owned(), keys: "there is 1 key".into() }),
            many => Err(RuleError::StoreInUse { store: name.to_owned(), keys: format!("there are {many} keys") }),
        }
    }

    /// The versions whose private halves lie in a store, with their keys.
    pub fn in_store<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Key, &'a Version)> {
        self.keys.iter().flat_map(move |key| {
            let here = |version: &&Version| {
                *version.locator.store == *name && version.held().is_here() && version.life.destroyed.is_none()
            };
            key.versions.iter().filter(here).map(move |version| (&**key, version))
        })
    }

    /// The store that would let a version be used past this program although its state here forbids that: such a state is
    /// enforced here alone. What an engine was found to hold back by itself is not among them.
    pub fn enforced_here_alone(&self, version: &Version, now: Time) -> Option<&Store> {
        let lies = version.held().is_here() && version.life.destroyed.is_none();
        let state = version.state(now);
        let store = self.store(&version.locator.store).filter(|store| store.kind.uses_keys())?;
        let held = version.life.suspension_at(now).filter(|_| state == State::Suspended);
        let by_itself = held.is_some_and(|span| span.reason == Suspension::held_back_by(&store.name));
        (lies && state != State::Active && !by_itself).then_some(store)
    }

    /// How many keys have a version in a store whose state is enforced here alone.
    pub fn keys_enforced_here_alone(&self, store: &str, now: Time) -> usize {
        let here = |version: &Version| *version.locator.store == *store && self.enforced_here_alone(version, now).is_some();
        self.keys.iter().filter(|key| key.versions.iter().any(here)).count()
    }

    /// Whether the private half of a version may be put into another store: it lies where it is said to lie.
    pub(super) fn may_move(&self, of: VersionRef, from: &Locator, to: &Locator) -> Result<(), RuleError> {
        self.free(of.key)?;
        let (_, found) = self.version(of)?;
        if !found.held().is_here() || found.life.destroyed.is_some() || found.locator != *from {
            return Err(RuleError::Misplaced("its private half does not lie there any more. Look at it again"));
        }
        if from.store == to.store {
            return Err(RuleError::Misplaced("its private half lies in that store already"));
        }
        self.store(&to.store).map(drop).ok_or_else(|| RuleError::NoStore(to.store.to_string()))
    }

    /// One of the events ends the operation that makes this version, so that it is there by then.
    pub(super) fn ends_making(&self, events: &[Event], of: VersionRef) -> bool {
        events.iter().any(|event| {
            let Event::Done { operation } = event else { return false };
            self.open.get(operation).is_some_and(|open| made_by(&open.intent).any(|(made, _)| made == of))
        })
    }
}

/// The versions that an operation makes.
pub fn made_by(intent: &Intent) -> impl Iterator<Item = (VersionRef, &NewVersion)> {
    let (keys, rotations) = match intent {
        Intent::Generate { keys } => (&keys[..], &[][..]),
        Intent::Rotate { rotations, .. } => (&[][..], &rotations[..]),
        _ => (&[][..], &[][..]),
    };
    let new = keys.iter().map(|key| (VersionRef { key: key.id, version: key.version.number }, &key.version));
    new.chain(rotations.iter().map(|one| (VersionRef { key: one.key, version: one.version.number }, &one.version)))
}

fn goes_to(intent: &Intent, name: &str) -> bool {
    let adopted = match intent {
        Intent::Adopt { adoptions } => adoptions.iter().any(|adoption| *adoption.locator.store == *name),
        _ => false,
    };
    let moved = matches!(intent, Intent::Move { to, .. } if *to.store == *name);
    adopted || moved || made_by(intent).any(|(_, version)| *version.locator.store == *name)
}
