//! The states of a version, what each permits and what can follow.
//!
//! State is a pure function of the facts and of now: a date passing needs no event.

use serde::{Deserialize, Serialize};

use super::name;
use super::time::Time;

/// The state of a key or version (SP 800-57 part 1 section 7, KMIP 2.1 section 4.57).
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Made, and not yet to be used.
    PreActive,
    /// May do all its purpose allows.
    Active,
    /// Held for a while: verifies, decrypts and unwraps only.
    Suspended,
    /// Its originator period is over.
    Deactivated,
    /// Known or suspected to be in other hands.
    Compromised,
    /// The private material is gone.
    Destroyed,
    /// The private material is gone, and it was compromised before or after.
    DestroyedCompromised,
}

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 7] = [
        Self::PreActive,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
        Self::Compromised,
        Self::Destroyed,
        Self::DestroyedCompromised,
    ];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PreActive => "pre-active",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
            Self::DestroyedCompromised => "destroyed-compromised",
        }
    }

    /// The word shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreActive => "Pre-active",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Deactivated => "Deactivated",
            Self::Compromised => "Compromised",
            Self::Destroyed => "Destroyed",
            Self::DestroyedCompromised => "Destroyed, compromised",
        }
    }

    /// Reads the command-line word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.id().eq_ignore_ascii_case(id))
    }

    /// The states that can follow.
    pub const fn leads_to(self) -> &'static [Self] {
        match self {
            Self::PreActive => &[Self::Active, Self::Compromised, Self::Destroyed],
            Self::Active => &[Self::Suspended, Self::Deactivated, Self::Compromised, Self::Destroyed],
            Self::Suspended => &[Self::Active, Self::Deactivated, Self::Compromised, Self::Destroyed],
            Self::Deactivated => &[Self::Compromised, Self::Destroyed],
            Self::Compromised | Self::Destroyed => &[Self::DestroyedCompromised],
            Self::DestroyedCompromised => &[],
        }
    }

    /// The private material is gone.
    pub const fn is_destroyed(self) -> bool {
        matches!(self, Self::Destroyed | Self::DestroyedCompromised)
    }

    /// Whether the pair may be used so in this state.
    pub const fn permits(self, usage: Use) -> bool {
        match usage {
            Use::ExportPublic | Use::Describe => true,
            Use::ProvePossession => matches!(self, Self::PreActive | Self::Active),
            Use::Sign | Use::Wrap => matches!(self, Self::Active),
            Use::HandOut => matches!(self, Self::PreActive | Self::Active),
            Use::HandOutToDecrypt => {
                matches!(self, Self::PreActive | Self::Active | Self::Suspended | Self::Deactivated)
            }
            Use::Verify => {
                matches!(self, Self::Active | Self::Suspended | Self::Deactivated | Self::Compromised)
            }
        }
    }
}

/// A use of a key pair, as the state table knows it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Use {
    /// Sign a certificate request, which proves that the private half is at hand.
    ProvePossession,
    /// Hand out the public half.
    ExportPublic,
    /// Sign data.
    Sign,
    /// Wrap another key.
    Wrap,
    /// Verify signatures, decrypt, unwrap.
    Verify,
    /// Hand out the private half of a key that signs.
    HandOut,
    /// Hand out the private half of a key that decrypts or unwraps.
    HandOutToDecrypt,
    /// Change the name, owner, tags, warnings or note.
    Describe,
}

/// A span during which a version was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// From this instant.
    pub from: Time,
    /// To this instant, or still.
    pub until: Option<Time>,
    /// Why, in the person's words.
    pub reason: String,
}

impl Suspension {
    /// The reason of one that follows what an engine said: it holds the version back by itself.
    pub fn held_back_by(store: &str) -> String {
        format!("{} does not let it sign or encrypt any more.", name::shown(store))
    }
}

/// The facts from which the state of a version follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Made.
    pub created: Time,
    /// May be used from here; `None` until a person activates it.
    pub activates: Option<Time>,
    /// `use until`: the end of the originator period.
    pub expires: Option<Time>,
    /// `process until`: the end of the recipient period of keys that decrypt or unwrap.
    pub process_until: Option<Time>,
    /// The planned end of the overlap with its successor.
    pub overlap_ends: Option<Time>,
    /// Hand-overs still due to holders after a rotation.
    pub open_deliveries: u32,
    /// Spans of suspension, oldest first.
    pub suspensions: Vec<Suspension>,
    /// Deactivated by a person, from here.
    pub deactivated: Option<Time>,
    /// Compromised, as far as is known from here.
    pub compromised: Option<Time>,
    /// Planned destruction, after the waiting time.
    pub destruction_due: Option<Time>,
    /// Destroyed, read back and found gone.
    pub destroyed: Option<Time>,
}

impl Life {
    /// A life that starts now.
    pub fn new(created: Time, activates: Option<Time>, expires: Option<Time>) -> Self {
        Self {
            created,
            activates,
            expires,
            process_until: None,
            overlap_ends: None,
            open_deliveries: 0,
            suspensions: Vec::new(),
            deactivated: None,
            compromised: None,
            destruction_due: None,
            destroyed: None,
        }
    }

    /// The state at an instant.
    pub fn state(&self, now: Time) -> State {
        let reached = |time: Option<Time>| time.is_some_and(|time| time <= now);
        if reached(self.destroyed) {
            return if self.compromised.is_some() { State::DestroyedCompromised } else { State::Destroyed };
        }
        // Knowledge of a compromise counts at once, also when its time is given as later.
        if self.compromised.is_some() {
            return State::Compromised;
        }
        if reached(self.deactivated) || reached(self.expires) || (reached(self.overlap_ends) && self.open_deliveries == 0) {
            return State::Deactivated;
        }
        if !reached(self.activates) {
            return State::PreActive;
        }
        if self.suspended_at(now) { State::Suspended } else { State::Active }
    }

    /// The facts of two lives of the same version, put together so that at no instant its state is milder than in
    /// either: what ends or holds it on one side does so here too. States stand in the order of a life.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        fn first(one: Option<Time>, other: Option<Time>) -> Option<Time> {
            [one, other].into_iter().flatten().min()
        }
        let mut suspensions = self.suspensions.clone();
        suspensions.extend(other.suspensions.iter().filter(|span| !self.suspensions.contains(span)).cloned());
        suspensions.sort_by_key(|span| span.from);
        // A hand-over that one side waits for does not put off an end that the other side has reached.
        let open_deliveries = match (self.overlap_ends, other.overlap_ends) {
            (Some(_), Some(_)) => self.open_deliveries.min(other.open_deliveries),
            (None, Some(_)) => other.open_deliveries,
            (_, None) => self.open_deliveries,
        };
        Self {
            created: self.created.min(other.created),
            activates: first(self.activates, other.activates),
            expires: first(self.expires, other.expires),
            process_until: first(self.process_until, other.process_until),
            overlap_ends: first(self.overlap_ends, other.overlap_ends),
            open_deliveries,
            suspensions,
            deactivated: first(self.deactivated, other.deactivated),
            compromised: first(self.compromised, other.compromised),
            destruction_due: first(self.destruction_due, other.destruction_due),
            destroyed: first(self.destroyed, other.destroyed),
        }
    }

    /// Something holds or ends it that does not in another life of it.
    pub fn is_stricter(&self, other: &Self, now: Time) -> bool {
        let ends = |life: &Self| (life.expires, life.deactivated, life.compromised, life.destruction_due, life.destroyed);
        // An overlap that is over does not end earlier by another date: the deliveries that kept it open were here.
        let overlap = self.overlap_ends != other.overlap_ends && other.state(now) < State::Deactivated;
        ends(self) != ends(other) || self.suspensions != other.suspensions || overlap
    }

    fn suspended_at(&self, now: Time) -> bool {
        self.suspension_at(now).is_some()
    }

    /// The span during which it is held now.
    pub fn suspension_at(&self, now: Time) -> Option<&Suspension> {
        self.suspensions.iter().find(|span| span.from <= now && span.until.is_none_or(|until| now < until))
    }

    /// The next instant after `now` at which the state changes by itself, if any.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        let overlap = self.overlap_ends.filter(|_| self.open_deliveries == 0);
        let suspensions = self.suspensions.iter().flat_map(|span| [Some(span.from), span.until]);
        [self.activates, self.expires, self.deactivated, self.destroyed, overlap]
            .into_iter()
            .chain(suspensions)
            .flatten()
            .filter(|&time| time > now)
            .min()
    }

    /// When the version was, or will be, deactivated: the earliest of what ends its use.
    pub fn ends(&self) -> Option<Time> {
        let overlap = self.overlap_ends.filter(|_| self.open_deliveries == 0);
        [self.deactivated, self.expires, overlap].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Time {
        Time::from_second(second)
    }

    fn life() -> impl Strategy<Value = Life> {
        let time = || proptest::option::of((0..100_i64).prop_map(at));
        let suspension = (0..100_i64, proptest::option::of(0..100_i64)).prop_map(|(from, until)| Suspension {
            from: at(from),
            until: until.map(at),
            reason: String::new(),
        });
        (time(), time(), time(), 0..2_u32, proptest::collection::vec(suspension, 0..3), time(), time(), time()).prop_map(
            |(activates, expires, overlap_ends, open_deliveries, suspensions, deactivated, compromised, destroyed)| Life {
                overlap_ends,
                open_deliveries,
                suspensions,
                deactivated,
                compromised,
                destroyed,
                ..Life::new(at(0), activates, expires)
            },
        )
    }

    proptest! {
        #[test]
        fn the_state_holds_until_the_next_change(life in life(), now in 0..100_i64) {
            let next = life.next_change(at(now)).unwrap_or(at(200));
            for second in now..next.as_second() {
                prop_assert_eq!(life.state(at(second)), life.state(at(now)));
            }
        }

        #[test]
        fn nothing_comes_back_from_the_end(life in life(), now in 0..100_i64, later in 0..100_i64) {
            let (before, after) = (life.state(at(now)), life.state(at(now + later)));
            if before.is_destroyed() { prop_assert!(after.is_destroyed()); }
            if before == State::Deactivated { prop_assert!(matches!(after, State::Deactivated | State::Destroyed)); }
        }
    }

    #[test]
    fn a_suspended_version_past_its_expiry_is_deactivated() {
        let mut life = Life::new(at(0), Some(at(0)), Some(at(50)));
        life.suspensions.push(Suspension { from: at(10), until: None, reason: String::new() });
        assert_eq!(life.state(at(20)), State::Suspended);
        assert_eq!(life.state(at(50)), State::Deactivated);
    }

    #[test]
    fn an_overlap_ends_only_without_open_deliveries_but_expiry_always() {
        let mut life = Life::new(at(0), Some(at(0)), Some(at(90)));
        life.overlap_ends = Some(at(50));
        life.open_deliveries = 1;
        assert_eq!(life.state(at(60)), State::Active);
        assert_eq!(life.state(at(90)), State::Deactivated);
        life.open_deliveries = 0;
        assert_eq!(life.state(at(60)), State::Deactivated);
    }

    #[test]
    fn uses_follow_the_table() {
        for state in State::ALL {
            assert!(state.permits(Use::ExportPublic));
            assert_eq!(state.permits(Use::Sign), state == State::Active);
            assert_eq!(state.permits(Use::ProvePossession), matches!(state, State::Active | State::PreActive));
        }
    }
}
