//! Which policy a key has.

use std::borrow::Cow;

use super::Inventory;
use crate::model::alert::{self, Alert};
use crate::model::compliance::{self, Breach};
use crate::model::key::{Key, Version};
use crate::model::policy::Policy;
use crate::model::profile;
use crate::model::purpose::Purpose;
use crate::model::store::StoreKind;
use crate::model::time::Time;

impl Inventory {
    /// The policy of a purpose: the one a person set, or the standard one.
    pub fn policy(&self, purpose: Purpose) -> &Policy {
        self.policies.get(&purpose).unwrap_or_else(|| profile::standard(purpose))
    }

    /// A person set the policy of a purpose.
    pub fn has_own_policy(&self, purpose: Purpose) -> bool {
        self.policies.contains_key(&purpose)
    }

    /// The policy of a key: that of its purpose, with the figures that the key has of its own.
    pub fn policy_of(&self, key: &Key) -> Cow<'_, Policy> {
        let policy = self.policy(key.purpose);
        match &key.overrides {
            None => Cow::Borrowed(policy),
            Some(own) => Cow::Owned(own.over(policy)),
        }
    }

    /// The kind of the store in which a version lies.
    pub fn kind_of(&self, version: &Version) -> Option<StoreKind> {
        self.store(&version.locator.store).map(|store| store.kind)
    }

    /// The alerts of a key.
    pub fn alerts_of(&self, key: &Key, now: Time) -> Vec<Alert> {
        let store = key.current(now).and_then(|version| self.kind_of(version));
        alert::of_key(key, &self.policy_of(key), store, now)
    }

    /// An alert of the key that is more than a notice is open.
    pub fn needs_attention(&self, key: &Key, now: Time) -> bool {
        self.alerts_of(key, now).iter().any(Alert::wants_attention)
    }

    /// The next instant after `now` at which a key's state or one of its alerts changes by itself.
    pub fn next_change(&self, key: &Key, now: Time) -> Option<Time> {
        key.next_change(&self.policy_of(key), now)
    }

    /// What of a key's current version breaks its policy.
    pub fn breaches(&self, key: &Key, now: Time) -> Vec<Breach> {
        let Some(version) = key.current(now) else { return Vec::new() };
        compliance::of_version(version, &self.policy_of(key), self.kind_of(version), now)
    }

    /// The keys of a purpose whose current version a policy would mark, those that are marked today
    /// among them.
    pub fn marked_by(&self, purpose: Purpose, policy: &Policy, now: Time) -> Vec<(u32, Vec<Breach>)> {
        let mut marked = Vec::new();
        for (index, key) in (0_u32..).zip(self.keys()).filter(|(_, key)| key.purpose == purpose) {
            let Some(version) = key.current(now) else { continue };
            let own = key.overrides.as_ref().map_or(Cow::Borrowed(policy), |own| Cow::Owned(own.over(policy)));
            let breaches = compliance::of_version(version, &own, self.kind_of(version), now);
            if !breaches.is_empty() {
                marked.push((index, breaches));
            }
        }
        marked
    }
}
