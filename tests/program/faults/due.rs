//! What happens by itself: rotations that are due, destructions whose waiting time is over, and
//! the clock that must be trusted before.

use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::{Command, KeyId, Purpose, RotateSpec, RotationMode, State, StoreKind, Transition, VersionRef};

use crate::alone::{alone, with_keychain};
use crate::keychain::session;
use crate::lab::{Lab, assert_verified, first, generate, key, request_of, try_generate};

fn run(custodian: &Custodian, command: &Command) -> Result<keystead::custodian::Outcome, CustodianError> {
    custodian.run(command, &NoProgress)
}

/// Every SSH key rotates by itself from here on.
fn by_itself(custodian: &Custodian) {
    let mut policy = custodian.read(|inventory| inventory.policy(Purpose::Ssh).clone());
    policy.rotation = RotationMode::ByItself;
    run(custodian, &Command::SetPolicies(vec![(Purpose::Ssh, policy)])).unwrap();
}

fn plan_destruction(custodian: &Custodian, key: KeyId, days: i64) {
    let due = custodian.now().plus_days(days);
    let turns = vec![(first(key), Transition::PlanDestruction { due })];
    run(custodian, &Command::Turn { turns, reason: "no longer used".into() }).unwrap();
}

#[test]
fn what_is_due_is_carried_out_once_and_is_on_record() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        by_itself(&custodian);
        generate(&custodian, "due");
        // A key of 90 days is rotated 7 days before its end. The log is written to meanwhile.
        for _ in 0..28 {
            lab.pass_days(3);
            run(&custodian, &Command::CarryOutDue).unwrap();
        }
        let gone = generate(&custodian, "gone");
        let object = key(&custodian, "gone").versions[0].locator.object.clone();
        let secret = lab.file(&format!("secrets/{object}.age"));
        plan_destruction(&custodian, gone, 2);
        assert!(secret.exists());
        lab.pass_days(3);
        let outcome = run(&custodian, &Command::CarryOutDue).unwrap();
        assert_eq!(outcome.refused, []);
        let due = key(&custodian, "due");
        assert_eq!(due.versions.len(), 2, "rotated once");
        request_of(&custodian, due.id, 2).unwrap();
        assert!(!secret.exists(), "the material is gone");
        let state = custodian.read(|inventory| inventory.key(gone).unwrap().state(lab.now()));
        assert_eq!(state, State::Destroyed);
        assert!(run(&custodian, &Command::CarryOutDue).unwrap().keys.is_empty());
        assert_verified(&custodian);
    });
}

#[test]
fn a_planned_destruction_can_be_cancelled_at_any_moment_within_its_waiting_time() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let kept = generate(&custodian, "kept");
        plan_destruction(&custodian, kept, 7);
        lab.pass_days(6);
        let cancel = Command::Turn { turns: vec![(first(kept), Transition::CancelDestruction)], reason: String::new() };
        run(&custodian, &cancel).unwrap();
        lab.pass_days(6);
        run(&custodian, &Command::CarryOutDue).unwrap();
        assert_eq!(key(&custodian, "kept").state(lab.now()), State::Active);
        let error = run(&custodian, &cancel).unwrap_err();
        assert!(error.to_string().contains("no planned destruction to cancel"), "{error}");
    });
}

#[test]
fn what_is_destroyed_by_name_is_due_and_nothing_else_goes_with_it() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let [due, other] = ["due", "other"].map(|name| generate(&custodian, name));
        for key in [due, other] {
            plan_destruction(&custodian, key, 7);
        }
        let destroy = |of| run(&custodian, &Command::DestroyDue(vec![first(of)]));
        let error = destroy(due).unwrap_err();
        assert!(error.to_string().contains("its waiting time is not over"), "{error}");
        lab.pass_days(7);
        destroy(due).unwrap();
        let state = |of| custodian.read(|inventory| inventory.key(of).unwrap().state(lab.now()));
        assert_eq!((state(due), state(other)), (State::Destroyed, State::Active));
        assert!(destroy(due).is_err(), "once");
        assert_verified(&custodian);
    });
}

#[test]
fn a_clock_a_year_ahead_for_one_start_destroys_and_rotates_nothing() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        by_itself(&custodian);
        let due = generate(&custodian, "due");
        let gone = generate(&custodian, "gone");
        plan_destruction(&custodian, gone, 7);
        drop(custodian);
        lab.pass_days(85);
        let custodian = lab.look();
        custodian.unlock(Some(crate::lab::passphrase(crate::support::PASSPHRASE))).unwrap();
        let error = run(&custodian, &Command::CarryOutDue).unwrap_err();
        assert!(matches!(error, CustodianError::ClockAhead { days: 85 }), "{error}");
        drop(custodian);
        lab.pass_days(-85);
        let custodian = lab.open();
        assert_eq!(custodian.read(|inventory| inventory.key(due).unwrap().versions.len()), 1);
        assert_eq!(key(&custodian, "gone").state(custodian.now()), State::Active);
        assert!(key(&custodian, "gone").versions[0].life.destruction_due.is_some());
    });
}

#[test]
fn a_store_that_is_gone_in_the_middle_of_a_batch_is_reported_and_nothing_is_half_done() {
    with_keychain(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Keychain);
        let ids = try_generate(&custodian, &["a", "b", "c"]).unwrap().keys;
        let _silence = session::stop();
        let specs = ids.iter().copied().map(RotateSpec::same).collect();
        let outcome = run(&custodian, &Command::Rotate(specs));
        let refused = outcome.map_or(3, |outcome| outcome.refused.len());
        assert_eq!(refused, 3);
        let destroyed = run(&custodian, &Command::Destroy { keys: ids.clone(), reason: String::new() });
        assert!(destroyed.is_err() || destroyed.unwrap().keys.is_empty());
        for id in ids {
            let versions = custodian.read(|inventory| inventory.key(id).unwrap().versions.len());
            assert_eq!(versions, 1);
            assert!(custodian.read(|inventory| inventory.key(id).unwrap().versions[0].life.destroyed.is_none()));
        }
    });
}

#[test]
fn a_new_version_is_never_weaker_and_a_destroyed_key_stays_destroyed() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = generate(&custodian, "a.example");
        let weaker = RotateSpec { algorithm: Some(keystead::model::Algorithm::Rsa2048), ..RotateSpec::same(made) };
        let error = run(&custodian, &Command::Rotate(vec![weaker])).unwrap_err();
        assert!(error.to_string().contains("112 bits"), "{error}");
        let stronger = RotateSpec { algorithm: Some(keystead::model::Algorithm::MlDsa65), ..RotateSpec::same(made) };
        run(&custodian, &Command::Rotate(vec![stronger])).unwrap();
        request_of(&custodian, made, 2).unwrap();
        run(&custodian, &Command::Destroy { keys: vec![made], reason: "done".into() }).unwrap();
        let left = std::fs::read_dir(lab.file("secrets")).unwrap().count();
        assert_eq!(left, 0, "both versions are gone");
        assert!(request_of(&custodian, made, 2).is_err());
        assert!(run(&custodian, &Command::Rotate(vec![RotateSpec::same(made)])).is_err());
        assert!(run(&custodian, &Command::Destroy { keys: vec![made], reason: String::new() }).is_err());
        let revive = Transition::Activate { at: custodian.now() };
        let turn = Command::Turn { turns: vec![(VersionRef { key: made, version: 1 }, revive)], reason: String::new() };
        assert!(run(&custodian, &turn).is_err());
        // Its name is free again.
        generate(&custodian, "a.example");
        assert_verified(&lab.open());
    });
}
