//! What another program did since the log was last read here: no log is called cut, nothing is taken
//! up, rotated or destroyed that is no longer what it was.

use std::process::Command as Process;
use std::time::{Duration, Instant};

use keystead::custodian::{Custodian, NoProgress, Outcome};
use keystead::model::{Command, KeyId, Purpose, RotateSpec, RotationMode, State, StoreKind, Transition};

use super::calls::{Act, Call, MANY, Scene, can_watch};
use crate::alone::alone;
use crate::lab::{Lab, assert_secrets_open, assert_verified, first, generate, key, names, passphrase};
use crate::support::PASSPHRASE;

fn run(custodian: &Custodian, command: &Command) -> Outcome {
    custodian.run(command, &NoProgress).unwrap()
}

/// How SSH keys are rotated from here on.
fn rotation(custodian: &Custodian, mode: RotationMode) {
    let mut policy = custodian.read(|inventory| inventory.policy(Purpose::Ssh).clone());
    policy.rotation = mode;
    run(custodian, &Command::SetPolicies(vec![(Purpose::Ssh, policy)]));
}

fn turn(custodian: &Custodian, key: KeyId, transition: Transition) {
    run(custodian, &Command::Turn { turns: vec![(first(key), transition)], reason: String::new() });
}

#[test]
fn a_log_that_grew_since_it_was_read_is_not_called_cut() {
    alone(|| {
        let lab = Lab::new();
        generate(&lab.set_up(StoreKind::Files), "first");
        let late = lab.look();
        let other = lab.open();
        generate(&other, "second");
        // It notes outside how far the log has come.
        other.close();
        late.unlock(Some(passphrase(PASSPHRASE))).unwrap();
        assert_eq!(late.health().conditions.log, None);
        generate(&late, "third");
        assert_eq!(names(&late), ["first", "second", "third"]);
        assert_verified(&late);
    });
}

/// An operation is open when the log is read, and has ended when the passphrase was typed. One of its
/// keys was destroyed by then, so that its group is not whole in the store.
#[test]
fn an_operation_that_ended_since_the_log_was_read_is_not_undone() {
    alone(|| {
        if !can_watch("an_operation_that_ended_since_the_log_was_read_is_not_undone") {
            return;
        }
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let scene = Scene { lab: &lab, kind: StoreKind::Files, act: Act::GenerateMany, number: 7, program: true };
        let call = Call { name: "syncfs".into(), number: 1, path: None, shared: false };
        let mut owner = scene.disturbing(&call, "signal=STOP").spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while custodian.read(|inventory| inventory.open_operations().is_empty()) {
            assert!(Instant::now() < until, "it did not begin");
            custodian.refresh().unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        let late = lab.look();
        assert_eq!(late.read(|inventory| inventory.open_operations().len()), 1);
        // It may not have come to its stop yet.
        std::thread::sleep(Duration::from_millis(300));
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", owner.id())).unwrap();
        let stopped = children.split_whitespace().next().unwrap();
        assert!(Process::new("kill").args(["-s", "CONT", stopped]).status().unwrap().success());
        assert!(owner.wait().unwrap().success());
        custodian.refresh().unwrap();
        let gone = key(&custodian, "key-7-1").id;
        run(&custodian, &Command::Destroy { keys: vec![gone], reason: String::new() });
        late.unlock(Some(passphrase(PASSPHRASE))).unwrap();
        assert_eq!(late.read(|inventory| inventory.open_operations().len()), 0);
        assert_eq!(names(&late).len(), MANY);
        assert_secrets_open(&lab, &late);
        assert_verified(&late);
    });
}

#[test]
fn what_another_program_rotated_meanwhile_is_not_rotated_again_and_is_no_failure() {
    alone(|| {
        let lab = Lab::new();
        let one = lab.set_up(StoreKind::Files);
        rotation(&one, RotationMode::ByItself);
        let due = [generate(&one, "a"), generate(&one, "b"), generate(&one, "c")];
        lab.pass_days(84);
        // Somebody looked at the clock.
        generate(&one, "today");
        let other = lab.open();
        run(&other, &Command::Rotate(vec![RotateSpec::same(due[1])]));
        assert_eq!(one.read(|inventory| inventory.key(due[1]).unwrap().versions.len()), 1, "it does not know yet");
        let outcome = run(&one, &Command::CarryOutDue);
        assert_eq!(outcome.refused, []);
        assert_eq!(outcome.keys, [due[0], due[2]], "the others are rotated all the same");
        for id in due {
            assert_eq!(one.read(|inventory| inventory.key(id).unwrap().versions.len()), 2);
        }
        assert_secrets_open(&lab, &one);
        assert_verified(&one);
    });
}

#[test]
fn a_rotation_that_a_person_put_off_meanwhile_does_not_happen_by_itself() {
    alone(|| {
        let lab = Lab::new();
        let one = lab.set_up(StoreKind::Files);
        rotation(&one, RotationMode::ByItself);
        let due = generate(&one, "due");
        lab.pass_days(84);
        generate(&one, "today");
        rotation(&lab.open(), RotationMode::Ask);
        let outcome = run(&one, &Command::CarryOutDue);
        assert_eq!((outcome.keys, outcome.refused), (vec![], vec![]));
        assert_eq!(one.read(|inventory| inventory.key(due).unwrap().versions.len()), 1);
        assert_secrets_open(&lab, &one);
    });
}

#[test]
fn a_destruction_that_a_person_cancelled_meanwhile_is_not_carried_out() {
    alone(|| {
        let lab = Lab::new();
        let one = lab.set_up(StoreKind::Files);
        let (kept, gone) = (generate(&one, "kept"), generate(&one, "gone"));
        let due = one.now().plus_days(2);
        [kept, gone].into_iter().for_each(|key| turn(&one, key, Transition::PlanDestruction { due }));
        lab.pass_days(3);
        turn(&lab.open(), kept, Transition::CancelDestruction);
        let outcome = run(&one, &Command::CarryOutDue);
        assert_eq!((outcome.keys, outcome.refused), (vec![gone], vec![]));
        assert_eq!(key(&one, "kept").state(one.now()), State::Active);
        assert_secrets_open(&lab, &one);
    });
}
