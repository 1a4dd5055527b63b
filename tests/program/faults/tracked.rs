//! The window's own look at tracked files, by which a change and a disappearance are noticed while it is open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::custodian::link::{Link, Report, Request, pair};
use keystead::custodian::{CustodianError, NoProgress, serve};
use keystead::model::alert::FileTrouble;
use keystead::model::{Command, Held, StoreKind, VersionRef};

use crate::alone::{alone, alone_after};
use crate::lab::{Lab, key, names};

/// Waits for a report of the health in which the tracked files are like this.
fn until(link: &Link, fits: impl Fn(&[FileTrouble]) -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    let mut last = Vec::new();
    while Instant::now() < until {
        if let Some(Report::Health(health)) = link.poll() {
            last = health.conditions.files.iter().map(|(_, trouble)| trouble.clone()).collect();
            if fits(&last) {
                return;
            }
        } else {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    panic!("last it was: {last:?}");
}

fn loose(lab: &Lab, name: &str) -> std::path::PathBuf {
    let path = lab.path(name);
    let made = std::process::Command::new("openssl").args(["genpkey", "-algorithm", "ED25519", "-out"]).arg(&path).status();
    assert!(made.unwrap().success());
    path
}

#[test]
fn an_open_window_notices_a_tracked_file_that_changes_or_vanishes() {
    alone_after(&["env", "KEYSTEAD_TEST_TRACKED=200"], || {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let (one, two) = (loose(&lab, "one.pem"), loose(&lab, "two.pem"));
        custodian.run(&Command::Track(vec![one.clone(), two.clone()]), &NoProgress).unwrap();
        custodian.close();
        drop(custodian);
        let (link, end) = pair();
        let service = serve(lab.env(), end, Arc::new(|| {})).unwrap();
        until(&link, <[FileTrouble]>::is_empty);
        // Nobody asks for anything from here on.
        std::fs::write(&one, "another").unwrap();
        until(&link, |files| matches!(files, [FileTrouble::Changed(told)] if told.path.contains("one.pem")));
        std::fs::remove_file(&two).unwrap();
        until(&link, |files| files.iter().any(|file| matches!(file, FileTrouble::Gone(told) if told.path.contains("two.pem"))));
        drop(link);
        service.join().unwrap();
    });
}

#[test]
fn tracking_is_stopped_through_the_window_and_its_files_are_looked_at_no_more() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let file = loose(&lab, "one.pem");
        custodian.run(&Command::Track(vec![file.clone()]), &NoProgress).unwrap();
        std::fs::remove_file(&file).unwrap();
        custodian.check_tracked();
        assert_eq!(custodian.health().conditions.files.len(), 1);
        let version = VersionRef { key: key(&custodian, "one").id, version: 1 };
        custodian.close();
        drop(custodian);
        let (mut link, end) = pair();
        let service = serve(lab.env(), end, Arc::new(|| {})).unwrap();
        let stop = || Request::Run(Command::StopTracking(vec![version]));
        assert!(matches!(ended(&mut link, stop()), Err(CustodianError::Locked)), "a locked inventory changes nothing");
        let passphrase = crate::lab::passphrase(crate::support::PASSPHRASE);
        ended(&mut link, Request::Unlock(Some(passphrase))).unwrap();
        assert_eq!(ended(&mut link, stop()).unwrap().keys, [version.key]);
        let error = ended(&mut link, stop()).unwrap_err().to_string();
        assert!(error.contains("It is not tracked in a file. Nothing was changed."), "{error}");
        drop(link);
        service.join().unwrap();
        let custodian = lab.open();
        assert_eq!(names(&custodian), ["one"]);
        let held = key(&custodian, "one").versions[0].held().clone();
        assert_eq!(held, Held::Elsewhere { place: file.to_str().unwrap().into() });
        custodian.check_tracked();
        assert!(custodian.health().conditions.files.is_empty());
    });
}

/// Asks, and waits for the end.
fn ended(link: &mut Link, request: Request) -> Result<keystead::custodian::Outcome, CustodianError> {
    let asked = link.send(request);
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        match link.poll() {
            Some(Report::Finished { ticket, result }) if ticket == asked => return result,
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("no answer");
}
