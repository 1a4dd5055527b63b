//! Whether a private half may leave its store.

use std::sync::Arc;

use super::{Inventory, RuleError};
use crate::model::intent::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::state::Use;
use crate::model::time::Time;
use crate::model::transition::Refusal;

impl Inventory {
    /// The version, if its private half may be handed out now: it lies here, its policy allows it, and its state lets
    /// somebody begin to use it. What only decrypts may leave as long as it may decrypt.
    pub fn may_leave(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.version(of)?;
        let name = || name::shown(&key.name).into_owned();
        if let Some(place) = version.held().place() {
            return Err(RuleError::HeldElsewhere { name: name(), place: place.to_owned(), verb: "exported" });
        }
        let state = version.state(now);
        let algorithm = version.algorithm;
        let decrypts = algorithm.decrypts() || algorithm.agrees() || algorithm.is_symmetric();
        let usage = if decrypts { Use::HandOutToDecrypt } else { Use::HandOut };
        if !state.permits(usage) {
            let refusal = Refusal::State { verb: "exported with its private half", state, wanted: "pre-active or active" };
            return Err(RuleError::Refused { name: name(), refusal });
        }
        if !self.policy_of(key).exportable {
            return Err(RuleError::NotExportable(name()));
        }
        Ok((key, version))
    }
}
