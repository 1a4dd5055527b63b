//! When a key is to be rotated, with which dates, and who then has to get the new version.

use serde::{Deserialize, Serialize};

use super::handover::Format;
use super::key::{Key, Version};
use super::policy::Policy;
use super::state::State;
use super::time::Time;

/// A hand-over still due to a holder after a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The version the holder has.
    pub holds: u32,
    /// The version the holder is to get.
    pub version: u32,
    /// Who.
    pub recipient: Box<str>,
    /// In which form.
    pub format: Format,
    /// Since the rotation.
    pub since: Time,
    /// How it ended; `None` while it is open.
    pub ended: Option<DeliveryEnd>,
}

/// How a delivery ended.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryEnd {
    /// The holder has the new version since then.
    Delivered(Time),
    /// The holder no longer needs it, as a person said then.
    Dropped(Time),
}

impl Delivery {
    /// It is still due.
    pub const fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// The dates of a new version and of the end of the old one.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Dates {
    /// From here the new version may be used.
    pub activates: Time,
    /// The end of its cryptoperiod.
    pub expires: Time,
    /// Here the overlap ends, if the old version does not end before.
    pub overlap_ends: Time,
}

/// The dates of a rotation at an instant, by policy. An overlap never outlasts the old version.
pub fn dates(old: &Version, policy: &Policy, overlap_days: Option<u32>, now: Time) -> Dates {
    let overlap_ends = now.plus_days(i64::from(overlap_days.unwrap_or(policy.overlap_days)));
    let overlap_ends = old.life.expires.map_or(overlap_ends, |expires| expires.min(overlap_ends)).max(now);
    Dates { activates: now, expires: policy.expiry(now), overlap_ends }
}

/// When the key is due to be rotated: so long before its current version expires as its policy
/// says. Nothing is due while a newer version waits, where the current one is not active, or where
/// it is to be destroyed.
pub fn due(key: &Key, policy: &Policy, now: Time) -> Option<Time> {
    let current = key.current(now)?;
    let newer = key.versions.iter().any(|version| version.number > current.number && !version.state(now).is_destroyed());
    if newer || current.state(now) != State::Active || current.life.destruction_due.is_some() {
        return None;
    }
    let due = current.life.expires?.plus_days(-i64::from(policy.rotate_before_days));
    Some(due.max(current.life.activates.unwrap_or(current.life.created)))
}

/// A version that will be made if every rotation happens on its day.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Planned {
    /// From here.
    pub activates: Time,
    /// To here.
    pub expires: Time,
    /// The version before it ends here.
    pub overlap_ends: Time,
}

/// The versions that today's policy will bring until an instant, at most `most` of them.
pub fn planned(key: &Key, policy: &Policy, now: Time, until: Time, most: usize) -> Vec<Planned> {
    let Some(first) = due(key, policy, now) else { return Vec::new() };
    let mut at = first.max(now);
    let mut ends = key.current(now).and_then(|version| version.life.expires);
    let mut found = Vec::new();
    while at <= until && found.len() < most {
        let expires = policy.expiry(at);
        let overlap = at.plus_days(i64::from(policy.overlap_days));
        found.push(Planned { activates: at, expires, overlap_ends: ends.map_or(overlap, |end| end.min(overlap)) });
        ends = Some(expires);
        let next = expires.plus_days(-i64::from(policy.rotate_before_days));
        if next <= at {
            break;
        }
        at = next;
    }
    found
}

impl Key {
    /// Deliveries that are still due.
    pub fn open_deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(|delivery| delivery.is_open())
    }

    /// Who holds a version, in which form: what was handed over last to each.
    pub fn holders(&self, version: u32) -> Vec<(&str, Format)> {
        let mut holders: Vec<(&str, Format)> = Vec::new();
        for given in self.hand_overs.iter().filter(|given| given.version == version) {
            if !holders.contains(&(&given.recipient, given.format)) {
                holders.push((&given.recipient, given.format));
            }
        }
        holders
    }

    /// Every holder of the old version has to get the new one; what was due of the old one is due
    /// of the new one.
    pub(super) fn open_delivery_list(&mut self, old: u32, new: u32, now: Time) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.is_open()) {
            delivery.version = new;
        }
        let holders: Vec<(Box<str>, Format)> =
            self.holders(old).into_iter().map(|(name, format)| (name.into(), format)).collect();
        for (recipient, format) in holders {
            let due = |delivery: &Delivery| delivery.is_open() && delivery.recipient == recipient && delivery.format == format;
            if !self.deliveries.iter().any(due) {
                self.deliveries.push(Delivery { holds: old, version: new, recipient, format, since: now, ended: None });
            }
        }
        self.count_deliveries(now);
    }

    /// What was handed over ends the delivery that it is.
    pub(super) fn deliver(&mut self, version: u32, recipient: &str, format: Format, now: Time) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.is_open()) {
            if delivery.version == version && *delivery.recipient == *recipient && delivery.format == format {
                delivery.ended = Some(DeliveryEnd::Delivered(now));
            }
        }
        self.count_deliveries(now);
    }

    /// The holder no longer needs the key.
    pub(super) fn drop_delivery(&mut self, recipient: &str, now: Time) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.is_open()) {
            if *delivery.recipient == *recipient {
                delivery.ended = Some(DeliveryEnd::Dropped(now));
            }
        }
        self.count_deliveries(now);
    }

    /// Notes with each version how many deliveries keep it from its end. A version that has ended
    /// stays ended; an overlap that only deliveries kept open ends when the last of them does.
    fn count_deliveries(&mut self, now: Time) {
        for version in &mut self.versions {
            if !matches!(version.state(now), State::PreActive | State::Active | State::Suspended) {
                continue;
            }
            let open = |delivery: &&Delivery| delivery.is_open() && delivery.holds == version.number;
            let count = self.deliveries.iter().filter(open).count() as u32;
            if version.life.open_deliveries > 0 && count == 0 {
                version.life.overlap_ends = version.life.overlap_ends.map(|ends| ends.max(now));
            }
            version.life.open_deliveries = count;
        }
    }
}
