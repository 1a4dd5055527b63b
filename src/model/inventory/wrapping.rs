//! Whether another key may be wrapped under a version.

use std::sync::Arc;

use super::{Inventory, RuleError};
use crate::model::algorithm::Algorithm;
use crate::model::event::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::purpose::Purpose;
use crate::model::state::Use;
use crate::model::time::Time;
use crate::model::transition::Refusal;

impl Inventory {
    /// The version, if others may be wrapped under it now: an AES key that lies here, or an RSA key whose purpose
    /// is nothing else (SP 800-57 part 1 section 5.2), and active.
    pub fn may_wrap(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.version(of)?;
        let name = || name::shown(&key.name).into_owned();
        if !version.algorithm.wraps() {
            return Err(RuleError::WrapsNothing { name: name(), algorithm: version.algorithm.name() });
        }
        // No named purpose is one that an AES key could serve.
        if key.purpose != Purpose::Custom && version.algorithm.signs() {
            return Err(RuleError::WrapsNot { name: name(), purpose: key.purpose.name() });
        }
        if let (Some(place), true) = (version.held().place(), version.algorithm.is_symmetric()) {
            return Err(RuleError::HeldElsewhere { name: name(), place: place.to_owned(), verb: "used to wrap" });
        }
        let state = version.state(now);
        if !state.permits(Use::Wrap) {
            let refusal = Refusal::State { verb: "used to wrap", state, wanted: "active" };
            return Err(RuleError::Refused { name: name(), refusal });
        }
        Ok((key, version))
    }
}

impl Algorithm {
    /// Other keys can be wrapped under it: AES (RFC 3394, RFC 5649), and RSA that protects something still (RFC 8017).
    pub const fn wraps(self) -> bool {
        matches!(self, Self::Aes128 | Self::Aes192 | Self::Aes256) || (self.is_rsa() && !self.is_legacy())
    }
}
