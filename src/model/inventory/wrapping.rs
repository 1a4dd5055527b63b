//! Whether another key may be wrapped under a version.

use std::sync::Arc;

use super::{Inventory, RuleError};
use crate::model::algorithm::Algorithm;
use crate::model::intent::VersionRef;
use crate::model::key::{Key, Version};
use crate::model::name;
use crate::model::state::{State, Use};
use crate::model::time::Time;
use crate::model::transition::Refusal;

impl Inventory {
    /// The version, if others may be wrapped under it now: an AES key that lies here, or an RSA key, active, and with a
    /// purpose that allows it. A key serves one purpose alone (SP 800-57 part 1 section 5.2), and every named one signs
    /// or authenticates; key-wrapping keys (section 5.1.1, item 10) are those of a person's own choice.
    pub fn may_wrap(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.version(of)?;
        is_for_wrapping(key, version)?;
        let name = || name::shown(&key.name).into_owned();
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

    /// The version, if something may be unwrapped under it now: in use or held, and once deactivated as long as its
    /// recipient period lasts (SP 800-57 part 1 section 5.3.4). Not under one that was compromised: what comes from under
    /// it may be anybody's.
    pub fn may_unwrap(&self, of: VersionRef, now: Time) -> Result<(&Arc<Key>, &Version), RuleError> {
        let (key, version) = self.version(of)?;
        is_for_wrapping(key, version)?;
        let name = || name::shown(&key.name).into_owned();
        if let Some(place) = version.held().place() {
            return Err(RuleError::HeldElsewhere { name: name(), place: place.to_owned(), verb: "used to unwrap" });
        }
        let state = version.state(now);
        let ended = state == State::Deactivated && version.life.process_until.is_some_and(|until| until <= now);
        if ended || state == State::Compromised || !state.permits(Use::Verify) {
            let refusal = Refusal::State { verb: "used to unwrap", state, wanted: "active or suspended" };
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

/// Others are put under keys of this algorithm, and under keys of this purpose.
fn is_for_wrapping(key: &Key, version: &Version) -> Result<(), RuleError> {
    let name = || name::shown(&key.name).into_owned();
    if !version.algorithm.wraps() {
        return Err(RuleError::WrapsNothing { name: name(), algorithm: version.algorithm.name() });
    }
    if !key.purpose.wraps() {
        return Err(RuleError::WrapsNot { name: name(), purpose: key.purpose.name() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Stage, version};
    use super::*;
    use crate::model::{Intent, KeyId, NewKey, Purpose};

    /// A key of this algorithm and purpose.
    fn stage(algorithm: Algorithm, purpose: Purpose) -> Stage {
        let now = Time::from_second(1_800_000_000);
        let mut stage = Stage::new(now);
        let id = KeyId([7; 16]);
        let key = NewKey {
            id,
            name: "kek".into(),
            purpose,
            owner: "".into(),
            tags: Vec::new(),
            warn_days: Box::default(),
            note: "".into(),
            version: version(1, algorithm, now, now.plus_days(30)),
        };
        stage.operation(now, Intent::Generate { keys: vec![key] }).unwrap();
        stage
    }

    /// Why it wraps nothing.
    fn refusal(algorithm: Algorithm, purpose: Purpose) -> Option<RuleError> {
        let of = VersionRef { key: KeyId([7; 16]), version: 1 };
        stage(algorithm, purpose).inventory.may_wrap(of, Time::from_second(1_800_000_000)).err()
    }

    #[test]
    fn a_key_unwraps_while_it_is_in_use_or_held_and_never_once_it_is_compromised() {
        use crate::model::Transition;
        let now = Time::from_second(1_800_000_000);
        let of = VersionRef { key: KeyId([7; 16]), version: 1 };
        let after = |turns: &[Transition]| {
            let mut stage = stage(Algorithm::Aes256, Purpose::Custom);
            for turn in turns {
                stage.turn(of.key, 1, *turn, now).unwrap();
            }
            (stage.inventory.may_unwrap(of, now).is_ok(), stage.inventory.may_wrap(of, now).is_ok())
        };
        assert_eq!(after(&[]), (true, true));
        assert_eq!(after(&[Transition::Suspend { from: now, until: None }]), (true, false));
        assert_eq!(after(&[Transition::Deactivate { at: now }]), (true, false));
        assert_eq!(after(&[Transition::Compromise { since: now }]), (false, false));
        let stage = stage(Algorithm::EcdsaP256, Purpose::Custom);
        assert!(stage.inventory.may_unwrap(of, now).is_err());
    }

    #[test]
    fn a_key_wraps_by_its_algorithm_and_by_its_purpose() {
        for algorithm in [Algorithm::Aes256, Algorithm::Rsa3072] {
            assert_eq!(refusal(algorithm, Purpose::Custom), None);
            for purpose in Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::Custom) {
                let wanted = RuleError::WrapsNot { name: "kek".into(), purpose: purpose.name() };
                assert_eq!(refusal(algorithm, purpose), Some(wanted));
            }
        }
        let wanted = RuleError::WrapsNothing { name: "kek".into(), algorithm: "HMAC" };
        assert_eq!(refusal(Algorithm::Hmac, Purpose::Custom), Some(wanted));
    }
}
