//! Whether a version may sign.

use std::sync::Arc;

use super::{Inventory, RuleError};
use crate::model::intent::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::state::Use;
use crate::model::time::Time;
use crate::model::transition::Refusal;

impl Inventory {
    /// The version, if it may sign data now: it signs at all, its private half lies here, and it is active.
    pub fn may_sign(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.version(of)?;
        let name = || name::shown(&key.name).into_owned();
        if !version.algorithm.signs() {
            return Err(RuleError::SignsNothing { name: name(), algorithm: version.algorithm.name() });
        }
        if let Some(place) = version.held().place() {
            return Err(RuleError::HeldElsewhere { name: name(), place: place.to_owned(), verb: "used to sign" });
        }
        let state = version.state(now);
        if !state.permits(Use::Sign) {
            let refusal = Refusal::State { verb: "used to sign", state, wanted: "active" };
            return Err(RuleError::Refused { name: name(), refusal });
        }
        Ok((key, version))
    }
}
