//! States and the clock: what changes them, and what does not.

use proptest::prelude::*;

use super::tests::{Stage, day};
use crate::model::{Event, Intent, KeyId, Purpose, State, Time, Transition, VersionRef};

fn states(stage: &Stage, id: KeyId, now: Time) -> Vec<State> {
    stage.inventory.key(id).unwrap().versions.iter().map(|version| version.state(now)).collect()
}

/// One thing that happens to the key or elsewhere, at an instant; what the rules refuse is refused.
fn happens(stage: &mut Stage, id: KeyId, what: u8, now: Time) {
    let version = VersionRef { key: id, version: 1 };
    let _ = match what {
        0 => stage.turn(id, 1, Transition::Suspend { from: now, until: Some(now.plus_days(9)) }, now),
        1 => stage.turn(id, 1, Transition::Resume { at: now }, now),
        2 => stage.turn(id, 1, Transition::Deactivate { at: now }, now),
        3 => stage.turn(id, 1, Transition::Compromise { since: now }, now),
        4 => stage.operation(now, Intent::Destroy { versions: vec![version], reason: String::new() }),
        5 => stage.rotate(id, now, false),
        // Nothing of the key, and yet a record: the clock was seen to stand here.
        _ => stage.append(now, vec![Event::Unlocked]),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What a record found ended stays ended, wherever the machine's clock goes afterwards.
    #[test]
    fn a_clock_set_back_never_revives_a_key(steps in proptest::collection::vec((0..12_u8, -500..500_i64), 1..24)) {
        let start = day("2026-11-25");
        let mut stage = Stage::new(start);
        let id = stage.make(1, Purpose::TokenSigning, start);
        let (mut machine, mut ended) = (start, Vec::<bool>::new());
        for (what, wait) in steps {
            machine = machine.plus_days(wait);
            let now = stage.inventory.clock(machine);
            happens(&mut stage, id, what, now);
            let seen = states(&stage, id, stage.inventory.clock(machine));
            for (version, (state, ended)) in seen.iter().zip(&ended).enumerate() {
                let over = matches!(state, State::Deactivated | State::Compromised) || state.is_destroyed();
                prop_assert!(over || !ended, "version {} is {state:?} again at {machine}", version + 1);
            }
            // Only what a record stands behind is known: a clock that ran ahead unseen proves nothing.
            let floor = stage.inventory.floor();
            let over = |state: &State| matches!(state, State::Deactivated | State::Compromised) || state.is_destroyed();
            ended = states(&stage, id, floor).iter().map(over).collect();
        }
    }

    /// Between two looks with no record in between a state changed only where a date passed.
    #[test]
    fn states_only_change_by_an_event_or_by_a_date_passing(steps in proptest::collection::vec((0..7_u8, 0..60_i64), 1..16)) {
        let start = day("2026-11-25");
        let mut stage = Stage::new(start);
        let id = stage.make(1, Purpose::TokenSigning, start);
        let mut now = start;
        for (what, wait) in steps {
            let (before, then) = (states(&stage, id, now), now.plus_days(wait));
            let dates: Vec<_> = stage.inventory.key(id).unwrap().versions.iter().map(|version| version.life.next_change(now)).collect();
            for ((before, after), date) in before.iter().zip(states(&stage, id, then)).zip(dates) {
                let passed = date.is_some_and(|date| date <= then);
                prop_assert!(*before == after || (passed && before.leads_to().contains(&after)) || passed && after == State::Deactivated,
                    "{before:?} became {after:?} without an event, and no date passed");
            }
            now = then;
            // A record about something else changes no state of this key.
            let before = states(&stage, id, now);
            happens(&mut stage, id, 6, now);
            prop_assert_eq!(before, states(&stage, id, now));
            happens(&mut stage, id, what, now);
        }
    }
}
