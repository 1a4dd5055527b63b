//! What is due without anybody asking: rotations whose policy says “by itself”, and destructions
//! whose waiting time is over.

use super::core::Custodian;
use super::destroy::OVER;
use super::error::CustodianError;
use super::outcome::{Outcome, Progress};
use crate::model::alert::CLOCK_AHEAD;
use crate::model::{Event, Inventory, KeyId, RotateSpec, RotationMode, Time, VersionRef, rotation};

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
        for key in inventory.keys() {
            let policy = inventory.policy_of(key);
            if rotation::due(key, &policy, now).is_some_and(|at| at <= now) {
                let list = if policy.rotation == RotationMode::ByItself { &mut due.rotations } else { &mut due.asking };
                list.push(key.id);
            }
            let over = key
                .versions
                .iter()
                .filter(|version| version.life.destroyed.is_none() && version.life.destruction_due.is_some_and(|at| at <= now));
            due.destructions.extend(over.map(|version| VersionRef { key: key.id, version: version.number }));
        }
        due
    }

    /// Nothing would happen by itself.
    pub fn is_empty(&self) -> bool {
        self.rotations.is_empty() && self.destructions.is_empty()
    }
}

impl Custodian {
    /// Carries out what is due. With the clock far after the last record it asks instead.
    pub(super) fn carry_out_due(&self, progress: &dyn Progress) -> Result<Outcome, CustodianError> {
        let now = self.now();
        let due = self.read(|inventory| Due::of(inventory, now));
        if !due.is_empty() {
            self.trust_the_clock(now)?;
        }
        let specs: Vec<RotateSpec> = due.rotations.iter().copied().map(RotateSpec::same).collect();
        let mut outcome = if specs.is_empty() { Outcome::default() } else { self.rotate_all(&specs, progress)? };
        let rotated = outcome.keys.len() as u32;
        let mut destroyed = 0;
        for version in due.destructions {
            if progress.cancelled() {
                break;
            }
            match self.destroy_versions(&[version], OVER) {
                Ok(()) => {
                    destroyed += 1;
                    outcome.keys.push(version.key);
                }
                Err(error) => outcome.refuse(version.key, &error),
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

    /// A clock that ran ahead for one start must not end keys: a person looks first.
    fn trust_the_clock(&self, now: Time) -> Result<(), CustodianError> {
        let floor = self.read(|inventory| inventory.floor());
        let ahead = now.seconds_since(floor);
        if ahead > CLOCK_AHEAD { Err(CustodianError::ClockAhead { days: ahead / 86_400 }) } else { Ok(()) }
    }
}
