//! What is due without anybody asking: rotations whose policy says “by itself”, and destructions
//! whose waiting time is over.

use super::core::Custodian;
use super::destroy::OVER;
use super::error::CustodianError;
use super::outcome::{Outcome, Progress};
use crate::model::alert::{CLOCK_AHEAD, DRIFT};
use crate::model::{
    Event, Inventory, Key, KeyId, RotateSpec, RotationMode, RuleError, Time, Version, VersionRef, name, rotation,
};

/// What is due at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Keys to be rotated by themselves.
    pub rotations: Vec<KeyId>,
    /// Keys whose rotation waits for a person.
    pub asking: Vec<KeyId>,
    /// Versions whose waiting time is over.
    pub destructions: Vec<VersionRef>,
}

impl Due {
    /// Looks for what is due.
    pub fn of(inventory: &Inventory, now: Time) -> Self {
        let mut due = Self::default();
        inventory.keys().iter().for_each(|key| due.look(inventory, key, now));
        due
    }

    /// Looks for what is due of one key.
    pub(super) fn of_key(inventory: &Inventory, key: KeyId, now: Time) -> Self {
        let mut due = Self::default();
        if let Some(key) = inventory.key(key) {
            due.look(inventory, key, now);
        }
        due
    }

    fn look(&mut self, inventory: &Inventory, key: &Key, now: Time) {
        let policy = inventory.policy_of(key);
        if rotation::due(key, &policy, now).is_some_and(|at| at <= now) {
            let list = if policy.rotation == RotationMode::ByItself { &mut self.rotations } else { &mut self.asking };
            list.push(key.id);
        }
        let over = |version: &&Version| version.life.destroyed.is_none() && reached(version.life.destruction_due, now);
        let over = key.versions.iter().filter(over);
        self.destructions.extend(over.map(|version| VersionRef { key: key.id, version: version.number }));
    }

    /// Nothing would happen by itself.
    pub fn is_empty(&self) -> bool {
        self.rotations.is_empty() && self.destructions.is_empty()
    }
}

fn reached(at: Option<Time>, now: Time) -> bool {
    at.is_some_and(|at| at <= now)
}

/// A rotation happens by itself only while it is due: another program may have done it, or a person
/// may have put it off.
pub(super) fn still_to_be_rotated(inventory: &Inventory, key: KeyId, now: Time) -> Result<(), RuleError> {
    let due = Due::of_key(inventory, key, now).rotations.contains(&key);
    if due { Ok(()) } else { Err(not_due(inventory, key)) }
}

/// As [`still_to_be_rotated`], of a destruction.
fn still_to_be_destroyed(inventory: &Inventory, of: VersionRef, now: Time) -> Result<(), RuleError> {
    let due = Due::of_key(inventory, of.key, now).destructions.contains(&of);
    if due { Ok(()) } else { Err(not_due(inventory, of.key)) }
}

fn not_due(inventory: &Inventory, key: KeyId) -> RuleError {
    let name = |key: &std::sync::Arc<Key>| RuleError::NotDue(name::shown(&key.name).into_owned());
    inventory.key(key).map_or(RuleError::NoKey(key), name)
}

impl Custodian {
    /// Carries out what is due. With the clock far after the last record it asks instead.
    pub(super) fn carry_out_due(&self, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let now = self.now();
        let due = self.read(|inventory| Due::of(inventory, now));
        match self.trust_the_clock(now) {
            // A record now would make a wrong clock the floor of the right one.
            Err(_) if due.is_empty() => return Ok(Outcome::default()),
            trusted => trusted?,
        }
        let specs: Vec<RotateSpec> = due.rotations.iter().copied().map(RotateSpec::same).collect();
        let mut outcome = if specs.is_empty() { Outcome::default() } else { self.rotate_all(&specs, progress)? };
        let rotated = outcome.keys.len() as u32;
        let mut destroyed = 0;
        for version in due.destructions {
            if progress.cancelled() {
                break;
            }
            let still_due = |inventory: &Inventory, now: Time| still_to_be_destroyed(inventory, version, now);
            match self.destroy_versions_if(&[version], OVER, &still_due) {
                Ok(()) => {
                    destroyed += 1;
                    outcome.keys.push(version.key);
                }
                Err(error) => self.refuse_unless_done(&mut outcome, version.key, &error),
            }
        }
        let waiting = (due.asking.len() + outcome.refused.len()) as u32;
        self.append(vec![Event::DueRun { rotated, destroyed, waiting }])?;
        Ok(outcome)
    }

    /// Carries out what is due, if anything is; otherwise nothing is on record.
    pub(super) fn run_due(&self, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let now = self.now();
        if self.read(|inventory| Due::of(inventory, now)).is_empty() {
            return Ok(Outcome::default());
        }
        self.carry_out_due(progress)
    }

    /// As [`Custodian::rotate`] for rotations by themselves: one that fails is reported, not an end.
    fn rotate_all(&self, specs: &[RotateSpec], progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        match self.rotate(specs, true, progress) {
            Err(error @ (CustodianError::Locked | CustodianError::Cancelled | CustodianError::ReadOnly(_))) => Err(error),
            Err(error) => {
                let mut outcome = Outcome::default();
                specs.iter().for_each(|spec| outcome.refuse(spec.key, &error));
                Ok(outcome)
            }
            done => done,
        }
    }

    /// What was due and could not be done is reported, unless another program did it, is at it, or a
    /// person put it off meanwhile.
    pub(super) fn refuse_unless_done(&self, outcome: &mut Outcome, key: KeyId, error: &CustodianError) {
        let now = self.now();
        let left = self.read(|inventory| {
            let due = Due::of_key(inventory, key, now);
            !inventory.is_busy(key) && !due.is_empty()
        });
        if left || !matches!(error, CustodianError::Rule(_) | CustodianError::State { .. }) {
            outcome.refuse(key, error);
        }
    }

    /// A clock that is wrong for one start must not end keys, neither in that start nor when it is
    /// right again: a person looks first.
    fn trust_the_clock(&self, now: Time) -> Result<(), CustodianError> {
        let (floor, trusted) = self.read(|inventory| (inventory.floor(), inventory.facts().trusted));
        if floor.seconds_since(self.env.machine_time()) > DRIFT {
            return Err(CustodianError::ClockBehind);
        }
        let ahead = now.seconds_since(trusted);
        if ahead > CLOCK_AHEAD { Err(CustodianError::ClockAhead { days: ahead / 86_400 }) } else { Ok(()) }
    }
}
