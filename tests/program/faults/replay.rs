//! Whatever a person does, in whatever order and with whatever clock: a new start finds the very
//! same inventory, from the log alone and from a checkpoint.

use keystead::custodian::{Custodian, NoProgress};
use keystead::model::{Command, Edit, Format, Inventory, StoreKind};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::alone::alone;
use crate::lab::{Lab, assert_verified, export, first, request, try_generate};

/// One thing a person does; numbers choose among the keys there are.
#[derive(Debug, Clone)]
enum Step {
    Generate(Vec<u8>),
    Rename(u8, u8),
    Describe(Vec<u8>, String),
    Export(u8),
    Request(u8),
    Record(u8, i64),
    CorrectClock,
    Wait(i64),
    Checkpoint,
    Restart,
    Lock,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..12_u8;
    prop_oneof![
        4 => proptest::collection::vec(key(), 1..4).prop_map(Step::Generate),
        2 => (key(), key()).prop_map(|(key, name)| Step::Rename(key, name)),
        2 => (proptest::collection::vec(key(), 0..4), ".{0,20}").prop_map(|(keys, text)| Step::Describe(keys, text)),
        1 => key().prop_map(Step::Export),
        1 => key().prop_map(Step::Request),
        1 => (key(), -3..3_i64).prop_map(|(key, days)| Step::Record(key, days)),
        1 => Just(Step::CorrectClock),
        1 => (-40..40_i64).prop_map(Step::Wait),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::Restart),
        1 => Just(Step::Lock),
    ]
}

/// Does it; what is refused is refused.
fn take(lab: &Lab, custodian: &Custodian, step: &Step, number: usize) -> Option<Custodian> {
    let made = |choice: u8| {
        custodian.read(|inventory| {
            let keys = inventory.keys();
            keys.get(usize::from(choice) % keys.len().max(1)).map(|key| key.id)
        })
    };
    let run = |command: &Command| drop(custodian.run(command, &NoProgress));
    match step {
        Step::Generate(keys) => {
            let names: Vec<String> = keys.iter().map(|key| format!("key-{key}")).collect();
            drop(try_generate(custodian, &names.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        Step::Rename(key, name) => {
            let edit = Edit { name: Some(format!("key-{name}").into()), ..Edit::default() };
            run(&Command::Edit(made(*key).map(|key| (key, edit)).into_iter().collect()));
        }
        Step::Describe(keys, text) => {
            let edit = Edit { note: Some(text.as_str().into()), owner: Some(text.as_str().into()), ..Edit::default() };
            run(&Command::Edit(keys.iter().filter_map(|key| made(*key)).map(|key| (key, edit.clone())).collect()));
        }
        Step::Export(key) => drop(made(*key).map(|key| export(custodian, key, &lab.path(&format!("{number}.pem"))))),
        Step::Request(key) => drop(made(*key).map(|key| request(custodian, key))),
        Step::Record(key, days) => {
            let at = custodian.now().plus_days(*days);
            if let Some(key) = made(*key) {
                run(&Command::RecordHandOver { version: first(key), recipient: "Legal".into(), format: Format::Jwk, at });
            }
        }
        Step::CorrectClock => run(&Command::CorrectClock { reason: "it was wrong".into() }),
        Step::Wait(days) => lab.pass_days(*days),
        Step::Checkpoint => custodian.write_checkpoint(true),
        Step::Restart => return Some(lab.open()),
        Step::Lock => {
            custodian.lock(true);
            return Some(lab.open());
        }
    }
    None
}

#[test]
fn any_sequence_of_what_a_person_does_replayed_gives_the_same_inventory() {
    alone(|| {
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let steps = proptest::collection::vec(step(), 0..25);
        let ended = runner.run(&steps, |steps| {
            let lab = Lab::new();
            let mut custodian = lab.set_up(StoreKind::Files);
            for (number, step) in steps.iter().enumerate() {
                if let Some(next) = take(&lab, &custodian, step, number) {
                    custodian = next;
                }
            }
            let here: Inventory = custodian.read(Inventory::clone);
            prop_assert_eq!(&lab.look().read(Inventory::clone), &here, "by its checkpoint, if there is one");
            let _ = std::fs::remove_file(lab.file("checkpoint"));
            prop_assert_eq!(&lab.look().read(Inventory::clone), &here, "from the log alone");
            prop_assert!(here.open_operations().is_empty());
            assert_verified(&lab.open());
            Ok(())
        });
        if let Err(error) = ended {
            panic!("{error}");
        }
    });
}
