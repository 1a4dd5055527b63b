//! A clock that is wrong, and a clock that is put right.

use keystead::custodian::NoProgress;
use keystead::model::{Command, State, StoreKind};

use crate::alone::alone;
use crate::lab::{Lab, alerts, assert_verified, generate, key, request};

fn correct(
    custodian: &keystead::custodian::Custodian,
) -> Result<keystead::custodian::Outcome, keystead::custodian::CustodianError> {
    custodian.run(&Command::CorrectClock { reason: "the battery was empty".into() }, &NoProgress)
}

#[test]
fn clock_set_back() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "a.example");
        let floor = lab.now();
        lab.pass_days(-30);
        assert_eq!(custodian.now(), floor, "time does not go back");
        assert!(alerts(&custodian).contains(&"clock-set-back"));
        assert_eq!(key(&custodian, "a.example").current(custodian.now()).unwrap().state(custodian.now()), State::Active);
        // Work goes on, dated at the floor, and every record still verifies.
        generate(&custodian, "b.example");
        assert_eq!(key(&custodian, "b.example").versions[0].life.created, floor);
        request(&custodian, made).unwrap();
        let custodian = lab.open();
        assert!(alerts(&custodian).contains(&"clock-set-back"));
        assert_verified(&custodian);
        // A little is drift, not a wrong clock.
        lab.pass_days(30);
        assert!(!alerts(&custodian).contains(&"clock-set-back"));
        assert!(correct(&custodian).is_err(), "there is nothing to correct");
    });
}

#[test]
fn clock_a_year_ahead_for_one_start_and_then_right_again() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "a.example");
        let before = key(&custodian, "a.example");
        drop(custodian);
        // The start with the wrong clock: it warns, and the record it writes lifts the floor.
        lab.pass_days(365);
        let custodian = lab.open();
        assert!(alerts(&custodian).contains(&"clock-ahead"));
        custodian.note_unlock().unwrap();
        assert!(alerts(&custodian).contains(&"expired"));
        custodian.lock(true);
        drop(custodian);
        // Right again: nothing happened that cannot be undone.
        lab.pass_days(-365);
        let custodian = lab.open();
        assert!(alerts(&custodian).contains(&"clock-set-back"));
        assert_eq!(key(&custodian, "a.example"), before, "no state was written");
        assert_eq!(before.current(custodian.now()).unwrap().state(custodian.now()), State::Deactivated, "the floor holds");
        correct(&custodian).unwrap();
        assert_eq!(custodian.now(), lab.now());
        assert_eq!(before.current(custodian.now()).unwrap().state(custodian.now()), State::Active);
        assert!(!alerts(&custodian).iter().any(|alert| ["clock-set-back", "clock-ahead", "expired"].contains(alert)));
        request(&custodian, made).unwrap();
        generate(&custodian, "b.example");
        assert_verified(&custodian);
        let (page, _) = custodian.log_page(None, "battery", 9).unwrap();
        assert_eq!(page.len(), 1, "on record, with its reason");
        assert_eq!(lab.open().read(|inventory| inventory.facts().clock_corrections), 1);
    });
}
