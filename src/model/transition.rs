//! The turns a life can take, and which state allows which.

use serde::{Deserialize, Serialize};

use super::state::{Life, State, Suspension};
use super::time::Time;

/// A turn in the life of a version.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transition {
    /// May be used from an instant on.
    Activate {
        /// From here.
        at: Time,
    },
    /// Its cryptoperiod ends at another instant.
    ChangeExpiry {
        /// The new end.
        expires: Time,
    },
    /// Held for a while.
    Suspend {
        /// From here.
        from: Time,
        /// To here, or until a person resumes it.
        until: Option<Time>,
    },
    /// Held no more.
    Resume {
        /// From here.
        at: Time,
    },
    /// Its use ends.
    Deactivate {
        /// From here.
        at: Time,
    },
    /// Its overlap with a successor will end.
    EndOverlap {
        /// Here, if no delivery is open then.
        at: Time,
    },
    /// Known or suspected to be in other hands.
    Compromise {
        /// As far as is known from here.
        since: Time,
    },
    /// Will be destroyed unless someone cancels.
    PlanDestruction {
        /// At this instant.
        due: Time,
    },
    /// Will not be destroyed.
    CancelDestruction,
}

/// Why a turn is not possible.
#[derive(Debug, Copy, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not lead there.
    #[error("cannot be {verb}: it is {}, not {wanted}", state.id())]
    State {
        /// What was asked, as a participle.
        verb: &'static str,
        /// The state it is in.
        state: State,
        /// The states from which it can be.
        wanted: &'static str,
    },
    /// An end would lie before its beginning.
    #[error("cannot have its dates the wrong way round: {earlier} has to lie before {later}")]
    Order {
        /// What has to come first.
        earlier: &'static str,
        /// What has to come after it.
        later: &'static str,
    },
    /// Nothing of the kind was planned.
    #[error("has no planned destruction to cancel")]
    NothingPlanned,
}

impl Transition {
    /// The participle that sentences use: “cannot be *resumed*”.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Activate { .. } => "activated",
            Self::ChangeExpiry { .. } => "given another expiry",
            Self::Suspend { .. } => "suspended",
            Self::Resume { .. } => "resumed",
            Self::Deactivate { .. } => "deactivated",
            Self::EndOverlap { .. } => "given an end of overlap",
            Self::Compromise { .. } => "marked compromised",
            Self::PlanDestruction { .. } => "destroyed",
            Self::CancelDestruction => "kept",
        }
    }
}

impl Life {
    /// Takes a turn at an instant, or says why it cannot.
    pub fn turn(&mut self, transition: Transition, now: Time) -> Result<(), Refusal> {
        let state = self.state(now);
        let verb = transition.verb();
        let only = |allowed: &[State], wanted: &'static str| {
            if allowed.contains(&state) { Ok(()) } else { Err(Refusal::State { verb, state, wanted }) }
        };
        match transition {
            Transition::Activate { at } => {
                only(&[State::PreActive], "pre-active")?;
                before(Some(at), self.expires, "activation", "expiry")?;
                self.activates = Some(at);
            }
            Transition::ChangeExpiry { expires } => {
                only(&[State::PreActive, State::Active], "pre-active or active")?;
                before(self.activates, Some(expires), "activation", "expiry")?;
                before(Some(now), Some(expires), "today", "expiry")?;
                self.expires = Some(expires);
            }
            Transition::Suspend { from, until } => {
                only(&[State::Active], "active")?;
                before(Some(from), until, "the start of the suspension", "its end")?;
                self.suspensions.push(Suspension { from, until, reason: String::new() });
            }
            Transition::Resume { at } => {
                if state == State::Active && self.suspensions.iter().any(|span| span.from > now) {
                    // A suspension that has not begun is taken back whole.
                    self.suspensions.retain(|span| span.from <= now);
                    return Ok(());
                }
                only(&[State::Suspended], "suspended")?;
                for span in &mut self.suspensions {
                    if span.from <= now && span.until.is_none_or(|until| until > now) {
                        span.until = Some(at);
                    }
                }
            }
            Transition::Deactivate { at } => {
                only(&[State::Active, State::Suspended], "active or suspended")?;
                // It may end in the very second in which it began, as a revocation can want it.
                before(self.activates, Some(at.plus_seconds(1)), "activation", "deactivation")?;
                self.deactivated = Some(at);
            }
            Transition::EndOverlap { at } => {
                only(&[State::Active, State::Suspended], "active or suspended")?;
                self.overlap_ends = Some(at);
            }
            Transition::Compromise { since } => {
                if matches!(state, State::Compromised | State::DestroyedCompromised) {
                    return Err(Refusal::State { verb, state, wanted: "in any other state" });
                }
                self.compromised = Some(since);
            }
            Transition::PlanDestruction { due } => {
                if state.is_destroyed() {
                    return Err(Refusal::State { verb, state, wanted: "in any other state" });
                }
                self.destruction_due = Some(due);
            }
            Transition::CancelDestruction => {
                self.destruction_due.take().ok_or(Refusal::NothingPlanned)?;
            }
        }
        Ok(())
    }
}

fn before(earlier: Option<Time>, later: Option<Time>, first: &'static str, second: &'static str) -> Result<(), Refusal> {
    match (earlier, later) {
        (Some(earlier), Some(later)) if earlier >= later => Err(Refusal::Order { earlier: first, later: second }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Time {
        Time::from_second(second)
    }

    fn transition() -> impl Strategy<Value = Transition> {
        prop_oneof![
            (0..50_i64).prop_map(|t| Transition::Activate { at: at(t) }),
            (0..90_i64).prop_map(|t| Transition::ChangeExpiry { expires: at(t) }),
            (0..50_i64, proptest::option::of(0..90_i64))
                .prop_map(|(from, until)| Transition::Suspend { from: at(from), until: until.map(at) }),
            (0..90_i64).prop_map(|t| Transition::Resume { at: at(t) }),
            (0..90_i64).prop_map(|t| Transition::Deactivate { at: at(t) }),
            (0..90_i64).prop_map(|t| Transition::Compromise { since: at(t) }),
            (0..90_i64).prop_map(|t| Transition::PlanDestruction { due: at(t) }),
            Just(Transition::CancelDestruction),
        ]
    }

    proptest! {
        /// A turn taken now at once leads only where the state table says.
        #[test]
        fn a_turn_never_leaves_the_table(turns in proptest::collection::vec(transition(), 0..12)) {
            let mut life = Life::new(at(0), None, Some(at(80)));
            for (now, turn) in (0..).zip(turns) {
                let now = at(now);
                let before = life.state(now);
                let unchanged = life.clone();
                if life.turn(turn, now).is_ok() {
                        let after = life.state(now);
                        prop_assert!(after == before || before.leads_to().contains(&after), "{before:?} to {after:?} by {turn:?}");
                } else {
                    prop_assert_eq!(&life, &unchanged);
                }
            }
        }
    }

    /// A way from state to state: where SP 800-57 part 1 rev. 5 has it, where KMIP 2.1 section 4.57
    /// has it, and the turn that takes it. Where the two differ the one chosen is named.
    struct Way {
        from: State,
        to: State,
        sp800_57: &'static str,
        kmip: &'static str,
        chosen: &'static str,
    }

    const fn way(from: State, to: State, sp800_57: &'static str, kmip: &'static str, chosen: &'static str) -> Way {
        Way { from, to, sp800_57, kmip, chosen }
    }

    const BOTH: &str = "both";
    const SP: &str = "SP 800-57: a person may do it in one step; the log has the reason";

    const WAYS: [Way; 17] = [
        way(State::PreActive, State::Active, "7.1, transition 4", "transition 4", BOTH),
        way(State::PreActive, State::Destroyed, "7.1, transition 2", "transition 2", BOTH),
        way(State::PreActive, State::Compromised, "7.1, transition 3", "transition 3", BOTH),
        way(State::Active, State::Suspended, "7.2", "unknown to it", SP),
        way(State::Active, State::Deactivated, "7.2, transition 8", "transition 6", BOTH),
        way(State::Active, State::Compromised, "7.2", "transition 5", BOTH),
        way(State::Active, State::Destroyed, "7.2, transition 5", "6.1.14: only after deactivation", SP),
        way(State::Suspended, State::Active, "7.3, transition 10", "unknown to it", SP),
        way(State::Suspended, State::Deactivated, "7.3, transition 12", "unknown to it", SP),
        way(State::Suspended, State::Compromised, "7.3, transition 11", "unknown to it", SP),
        way(State::Suspended, State::Destroyed, "7.3, transition 9", "unknown to it", SP),
        way(State::Deactivated, State::Compromised, "7.4", "transition 8", BOTH),
        way(State::Deactivated, State::Destroyed, "7.4", "transition 7", BOTH),
        way(State::Compromised, State::DestroyedCompromised, "7.5", "transition 9", BOTH),
        way(State::Destroyed, State::DestroyedCompromised, "7.6: the metadata says so", "transition 10", BOTH),
        // No way at all: nothing that has ended begins again.
        way(State::Deactivated, State::Active, "none", "none", "neither"),
        way(State::Compromised, State::Active, "none", "none", "neither"),
    ];

    /// A life that is in this state at second 10.
    fn life_in(state: State) -> Life {
        let mut life = Life::new(at(0), Some(at(1)), Some(at(90)));
        match state {
            State::PreActive => life.activates = None,
            State::Active => {}
            State::Suspended => life.suspensions.push(Suspension { from: at(2), until: None, reason: String::new() }),
            State::Deactivated => life.deactivated = Some(at(2)),
            State::Compromised => life.compromised = Some(at(2)),
            State::Destroyed => life.destroyed = Some(at(2)),
            State::DestroyedCompromised => (life.compromised, life.destroyed) = (Some(at(2)), Some(at(2))),
        }
        assert_eq!(life.state(at(10)), state);
        life
    }

    /// What a person can order at second 10; to destroy is an operation that ends in a fact.
    fn orders() -> Vec<fn(&mut Life) -> bool> {
        vec![
            |life| life.turn(Transition::Activate { at: at(10) }, at(10)).is_ok(),
            |life| life.turn(Transition::Suspend { from: at(10), until: None }, at(10)).is_ok(),
            |life| life.turn(Transition::Resume { at: at(10) }, at(10)).is_ok(),
            |life| life.turn(Transition::Deactivate { at: at(10) }, at(10)).is_ok(),
            |life| life.turn(Transition::Compromise { since: at(10) }, at(10)).is_ok(),
            |life| {
                let allowed = life.turn(Transition::PlanDestruction { due: at(10) }, at(10)).is_ok();
                if allowed {
                    life.destroyed = Some(at(10));
                }
                allowed
            },
        ]
    }

    /// Transition 1 of both is the making of a key. It begins pre-active, and at once active where its
    /// activation is given with it (KMIP: an activation date that has passed).
    #[test]
    fn a_life_begins_pre_active_or_active() {
        assert_eq!(Life::new(at(10), None, Some(at(90))).state(at(10)), State::PreActive);
        assert_eq!(Life::new(at(10), Some(at(11)), Some(at(90))).state(at(10)), State::PreActive);
        assert_eq!(Life::new(at(10), Some(at(10)), Some(at(90))).state(at(10)), State::Active);
        for number in 2..=10 {
            let named = |way: &Way| way.kmip == format!("transition {number}");
            assert_eq!(WAYS.iter().filter(|way| named(way)).count(), 1, "KMIP transition {number}");
        }
    }

    #[test]
    fn the_ways_are_those_of_sp_800_57_and_kmip_and_no_others() {
        for from in State::ALL {
            let mut reached: Vec<State> = Vec::new();
            for order in orders() {
                let mut life = life_in(from);
                if order(&mut life) {
                    reached.push(life.state(at(10)));
                }
            }
            reached.retain(|to| *to != from);
            for to in State::ALL {
                let found = WAYS.iter().find(|way| way.from == from && way.to == to);
                let expected = found.is_some_and(|way| way.sp800_57 != "none");
                let clause = found.map_or(String::new(), |way| {
                    format!("SP 800-57 {}; KMIP {}; chosen: {}", way.sp800_57, way.kmip, way.chosen)
                });
                assert_eq!(reached.contains(&to), expected, "{from:?} to {to:?}: {clause}");
                assert_eq!(from.leads_to().contains(&to), expected, "the table, {from:?} to {to:?}: {clause}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state_and_the_wanted_one() {
        let mut life = Life::new(at(0), Some(at(0)), None);
        let refusal = life.turn(Transition::Resume { at: at(1) }, at(1)).unwrap_err();
        assert_eq!(refusal.to_string(), "cannot be resumed: it is active, not suspended");
    }

    #[test]
    fn a_use_may_end_in_the_second_in_which_it_began_and_not_before() {
        let mut life = Life::new(at(5), Some(at(5)), None);
        assert!(life.turn(Transition::Deactivate { at: at(4) }, at(5)).is_err());
        life.turn(Transition::Deactivate { at: at(5) }, at(5)).unwrap();
        assert_eq!(life.state(at(5)), State::Deactivated);
    }

    #[test]
    fn dates_the_wrong_way_round_are_refused() {
        let mut life = Life::new(at(0), None, Some(at(10)));
        assert!(life.turn(Transition::Activate { at: at(20) }, at(1)).is_err());
        assert!(life.turn(Transition::ChangeExpiry { expires: at(0) }, at(1)).is_err());
    }
}
