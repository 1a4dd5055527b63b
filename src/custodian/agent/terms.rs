//! Which keys the agent offers from here on, and how.

use crate::custodian::core::Custodian;
use crate::custodian::error::CustodianError;
use crate::custodian::outcome::Outcome;
use crate::model::{AgentUse, Event, KeyId, Time};

impl Custodian {
    /// Has the agent offer keys, or no longer. A lifetime that was running begins anew.
    pub(in crate::custodian) fn set_agent(&self, keys: &[KeyId], usage: Option<AgentUse>) -> Result<Outcome, CustodianError> {
        let mut outcome = Outcome::default();
        for key in keys {
            match self.append(vec![Event::AgentSet { key: *key, usage }]) {
                Ok(_) => outcome.keys.push(*key),
                Err(error @ CustodianError::Rule(_)) if keys.len() > 1 => outcome.refuse(*key, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(outcome)
    }

    /// When the inventory was unlocked, as long as it is.
    pub(super) fn unlocked_at(&self) -> Option<Time> {
        self.desk().unlocked_at
    }
}
