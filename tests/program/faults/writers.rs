//! Four programs at work on one inventory at once.

use std::collections::HashSet;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use keystead::custodian::NoProgress;
use keystead::model::{Command, Edit, Format, StoreKind};

use super::calls::{Act, Call, Scene, can_watch};
use crate::alone::alone;
use crate::lab::{Lab, assert_verified, export, first, generate, key, names, request, try_generate};

/// `KEYSTEAD_TEST_SECONDS` makes it longer: the full minute takes a minute.
const SECONDS: u64 = 10;

#[test]
fn four_writers_at_once() {
    alone(|| {
        let seconds = std::env::var("KEYSTEAD_TEST_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let writers: Vec<_> = (0..4).map(|writer| start(&lab, writer, seconds)).collect();
        // One that looks all the while sees every record once and in order.
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut seen = custodian.read(keystead::model::Inventory::seq);
        while Instant::now() < until {
            custodian.refresh().unwrap();
            let now = custodian.read(keystead::model::Inventory::seq);
            assert!(now >= seen);
            seen = now;
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut acknowledged = Vec::new();
        for writer in writers {
            let ended = writer.wait_with_output().unwrap();
            let text = String::from_utf8(ended.stdout).unwrap();
            assert!(ended.status.success(), "{text}\n{}", String::from_utf8_lossy(&ended.stderr));
            let lines = text.lines().filter_map(|line| line.split_once("did: ").map(|(_, what)| what.to_owned()));
            acknowledged.push(lines.collect::<Vec<_>>());
        }
        let counts: Vec<_> = acknowledged.iter().map(Vec::len).collect();
        println!("acknowledged: {counts:?}");
        assert!(counts.iter().all(|count| *count > 10), "every writer gets its turn: {counts:?}");
        custodian.refresh().unwrap();
        assert_all_there(&lab.open(), &acknowledged.concat());
        assert_all_there(&custodian, &acknowledged.concat());
    });
}

/// A program that stands still in the middle of its work has not given it up.
#[test]
fn an_operation_whose_owner_lives_is_left_alone() {
    alone(|| {
        if !can_watch("an_operation_whose_owner_lives_is_left_alone") {
            return;
        }
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "first");
        // It stands still once its secret was written, before that is durable.
        let scene = Scene { lab: &lab, kind: StoreKind::Files, act: Act::Generate, number: 7, program: true };
        let call = Call { name: "fsync".into(), number: 1, path: None, shared: false };
        let mut owner = scene.disturbing(&call, "signal=STOP").spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while custodian.read(|inventory| inventory.open_operations().is_empty()) {
            assert!(Instant::now() < until, "it did not begin");
            custodian.refresh().unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        let other = lab.open();
        assert_eq!(other.read(|inventory| inventory.open_operations().len()), 1);
        let refused = try_generate(&other, &["key-7"]).unwrap_err();
        assert!(refused.to_string().contains("already a key “key-7”"), "{refused}");
        generate(&other, "another");
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", owner.id())).unwrap();
        let stopped = children.split_whitespace().next().unwrap();
        assert!(Process::new("kill").args(["-s", "CONT", stopped]).status().unwrap().success());
        assert!(owner.wait().unwrap().success());
        custodian.refresh().unwrap();
        assert_eq!(names(&custodian).len(), 3);
        request(&custodian, key(&custodian, "key-7").id).unwrap();
        assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
        assert_verified(&custodian);
    });
}

/// Every change that was said to be done.
#[track_caller]
fn assert_all_there(custodian: &keystead::custodian::Custodian, acknowledged: &[String]) {
    assert_verified(custodian);
    assert!(custodian.read(|inventory| inventory.open_operations().is_empty()));
    let there: HashSet<String> = names(custodian).into_iter().collect();
    let notes: HashSet<String> = custodian.read(|inventory| inventory.keys().iter().map(|key| key.owner.to_string()).collect());
    let given = custodian.read(|inventory| inventory.keys().iter().map(|key| key.hand_overs.len()).sum::<usize>());
    let mut hand_overs = 0;
    for line in acknowledged {
        let (what, name) = line.split_once(' ').unwrap();
        match what {
            "generate" => assert!(there.contains(name), "{line}"),
            "edit" => assert!(notes.contains(name), "{line}"),
            _ => hand_overs += 1,
        }
    }
    assert_eq!(given, hand_overs);
    let made = acknowledged.iter().filter(|line| line.starts_with("generate")).count();
    assert_eq!(there.len(), made, "and no other");
}

fn start(lab: &Lab, writer: u32, seconds: u64) -> std::process::Child {
    let mut command = Process::new(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::writers::writer", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("KEYSTEAD_TEST_FOLDER", lab.path("")).env("KEYSTEAD_TEST_WRITER", format!("{writer} {seconds}"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Not a test: one writer in a process of its own.
#[test]
#[ignore = "run by another test in a process of its own"]
fn writer() {
    let Ok(what) = std::env::var("KEYSTEAD_TEST_WRITER") else { return };
    let (writer, seconds) = what.split_once(' ').unwrap();
    let until = Instant::now() + Duration::from_secs(seconds.parse().unwrap());
    let lab = Lab::at(std::env::var_os("KEYSTEAD_TEST_FOLDER").unwrap().into());
    let custodian = lab.open();
    for number in 0_u32.. {
        if Instant::now() > until {
            break;
        }
        let name = format!("key-{writer}-{number}");
        let made = generate(&custodian, &name);
        println!("\ndid: generate {name}");
        let edit = Edit { owner: Some(format!("owner-{writer}-{number}").into()), ..Edit::default() };
        custodian.run(&Command::Edit(vec![(made, edit)]), &NoProgress).unwrap();
        println!("\ndid: edit owner-{writer}-{number}");
        export(&custodian, made, &lab.path(&format!("{name}.pem"))).unwrap();
        println!("\ndid: export {name}");
        let record =
            Command::RecordHandOver { version: first(made), recipient: "Legal".into(), format: Format::Jwk, at: custodian.now() };
        custodian.run(&record, &NoProgress).unwrap();
        println!("\ndid: record {name}");
        assert_eq!(key(&custodian, &name).hand_overs.len(), 2);
        if number.is_multiple_of(16) {
            request(&custodian, made).unwrap();
            custodian.close();
            custodian.write_checkpoint(true);
        }
    }
    custodian.close();
}
