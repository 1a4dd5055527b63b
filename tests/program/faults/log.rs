//! The log and the checkpoint, cut, edited, exchanged or carried elsewhere.

use std::fs;

use keystead::crypto;
use keystead::custodian::{Custodian, CustodianError, NoProgress};
use keystead::model::StoreKind;

use crate::alone::{alone, with_keychain};
use crate::lab::{Lab, RECOVERY, alerts, assert_verified, generate, key, names, passphrase, request, try_generate};
use crate::support::PASSPHRASE;

/// Three keys, all noted in the anchor.
fn usual(lab: &Lab) {
    let custodian = lab.set_up(StoreKind::Files);
    for name in ["a.example", "b.example", "c.example"] {
        generate(&custodian, name);
    }
    custodian.close();
}

fn lines(lab: &Lab) -> Vec<Vec<u8>> {
    fs::read(lab.file("audit.ron")).unwrap().split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Open it is read-only, says why, and can be looked at.
#[track_caller]
fn assert_read_only(custodian: &Custodian, why: &str) {
    let health = custodian.health();
    let trouble = health.conditions.log.unwrap();
    assert!(health.read_only && trouble.contains(why), "{trouble}");
    assert!(trouble.contains("It is open for reading") && trouble.contains("go on"), "{trouble}");
    assert!(alerts(custodian).contains(&"log-trouble"));
    let refused = try_generate(custodian, &["new.example"]).unwrap_err();
    assert!(matches!(&refused, CustodianError::ReadOnly(said) if *said == trouble), "{refused}");
    let found = custodian.verify(&NoProgress).unwrap();
    assert!(found.damage.unwrap().contains(why));
}

/// Going on is on record for ever, and the log as it was lies beside.
#[track_caller]
fn assert_goes_on(lab: &Lab, custodian: &Custodian, kept: &[&str]) {
    let before = fs::read(lab.file("audit.ron")).unwrap();
    assert!(custodian.accept_history(" ").is_err(), "a reason is asked for");
    let outcome = custodian.accept_history("compared with the backup of Monday").unwrap();
    assert_eq!(names(custodian), kept);
    let beside = fs::read_dir(lab.inventory()).unwrap().map(|entry| entry.unwrap().path());
    let beside = beside.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("audit.ron.before-"));
    let beside: Vec<_> = beside.collect();
    assert_eq!(beside.len(), 1);
    assert!(outcome.notice.unwrap().contains(beside[0].to_str().unwrap()));
    assert_eq!(fs::read(&beside[0]).unwrap(), before);
    generate(custodian, "after.example");
    assert_verified(custodian);
    let again = lab.open();
    assert!(again.health().conditions.log.is_none());
    assert!(alerts(&again).contains(&"history-accepted"));
    assert_eq!(again.read(|inventory| inventory.facts().accepted[0].reason.clone()), "compared with the backup of Monday");
    assert_eq!(names(&again).last().unwrap(), "after.example");
}

#[test]
fn log_cut() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        let lines = lines(&lab);
        fs::write(lab.file("audit.ron"), lines[..lines.len() - 2].concat()).unwrap();
        assert_eq!(names(&lab.look()), ["a.example", "b.example"]);
        let custodian = lab.open();
        assert_read_only(&custodian, "The log was cut");
        request(&custodian, key(&custodian, "a.example").id).unwrap_err();
        assert_goes_on(&lab, &custodian, &["a.example", "b.example"]);
    });
}

#[test]
fn log_cut_in_the_middle_of_its_last_line_is_completed_or_set_aside() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "a.example");
        custodian.close();
        // What a power cut leaves of a record that nobody was told of.
        for (name, rest) in [("b.example", &b"(v:1,seq:5,time:\"2026-11-2"[..]), ("c.example", &[0; 700])] {
            let torn = [&fs::read(lab.file("audit.ron")).unwrap(), rest].concat();
            fs::write(lab.file("audit.ron"), torn).unwrap();
            let custodian = lab.open();
            assert!(custodian.health().conditions.log.is_none());
            let next = lines(&lab).len();
            generate(&custodian, name);
            assert_verified(&custodian);
            let aside = lab.file(&format!("audit.ron.torn-{next}"));
            assert_eq!(fs::read(&aside).unwrap(), rest);
            let notices = custodian.health().notices;
            assert!(notices.iter().any(|notice| notice.contains(aside.to_str().unwrap())), "{notices:?}");
        }
        assert_eq!(names(&lab.open()), ["a.example", "b.example", "c.example"]);
        // Only the newline is missing: the record is there.
        let whole = fs::read(lab.file("audit.ron")).unwrap();
        fs::write(lab.file("audit.ron"), &whole[..whole.len() - 1]).unwrap();
        let custodian = lab.open();
        generate(&custodian, "d.example");
        assert_eq!(names(&custodian), ["a.example", "b.example", "c.example", "d.example"]);
        assert!(custodian.health().notices.iter().any(|notice| notice.contains("completed")));
    });
}

#[test]
fn log_edited() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        let text = fs::read_to_string(lab.file("audit.ron")).unwrap();
        fs::write(lab.file("audit.ron"), text.replacen("c.example", "x.example", 1)).unwrap();
        let custodian = lab.look();
        assert_eq!(names(&custodian), ["a.example", "b.example"]);
        assert!(alerts(&custodian).contains(&"log-trouble"), "seen before any unlock");
        custodian.unlock(Some(passphrase(PASSPHRASE))).unwrap();
        assert_read_only(&custodian, "altered at record 6");
        assert_goes_on(&lab, &custodian, &["a.example", "b.example"]);
    });
}

#[test]
fn log_edited_behind_a_checkpoint() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        lab.open().write_checkpoint(true);
        let custodian = lab.open();
        generate(&custodian, "d.example");
        custodian.write_checkpoint(true);
        custodian.close();
        let text = fs::read_to_string(lab.file("audit.ron")).unwrap();
        fs::write(lab.file("audit.ron"), text.replacen("b.example", "x.example", 1)).unwrap();
        // The checkpoint stands on a place after it; verifying reads all.
        let custodian = lab.open();
        assert_eq!(names(&custodian).len(), 4);
        assert!(custodian.verify(&NoProgress).unwrap().damage.is_some());
        assert_read_only(&custodian, "altered at record 4");
        assert_goes_on(&lab, &custodian, &["a.example"]);
    });
}

/// A line that follows the chain of hashes, as a newer program would write it.
fn newer_line(lab: &Lab) -> Vec<u8> {
    let last = String::from_utf8(lines(lab).pop().unwrap()).unwrap();
    let (rest, mac) = last.rsplit_once("\",mac:\"").unwrap();
    let (body, hash) = rest.rsplit_once(",hash:\"").unwrap();
    let seq = lines(lab).len();
    let body = body.replacen("(v:1,", "(v:2,", 1).replacen(&format!("seq:{seq},"), &format!("seq:{},", seq + 1), 1);
    let body = format!("{},events:[Teleported(to:3)]", body.split_once(",events:").unwrap().0);
    let bytes: Vec<u8> = (0..64).step_by(2).map(|at| u8::from_str_radix(&hash[at..at + 2], 16).unwrap()).collect();
    let hash = crypto::sha256(&[&bytes, body.as_bytes()].concat());
    format!("{body},hash:\"{hash}\",mac:\"{mac}").into_bytes()
}

#[test]
fn log_from_a_newer_version() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        let longer = [fs::read(lab.file("audit.ron")).unwrap(), newer_line(&lab)].concat();
        fs::write(lab.file("audit.ron"), longer).unwrap();
        let custodian = lab.open();
        let trouble = custodian.health().conditions.log.unwrap();
        assert!(trouble.contains("newer form") && trouble.contains("Use the newer version"), "{trouble}");
        assert_eq!(names(&custodian), ["a.example", "b.example", "c.example"]);
        assert!(matches!(try_generate(&custodian, &["d.example"]), Err(CustodianError::ReadOnly(_))));
        assert_goes_on(&lab, &custodian, &["a.example", "b.example", "c.example"]);
    });
}

#[test]
fn checkpoint_damaged() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        lab.open().write_checkpoint(true);
        let good = fs::read(lab.file("checkpoint")).unwrap();
        let damages = [Vec::new(), good[..good.len() / 2].to_vec(), [&good[..90], &[good[90] ^ 1], &good[91..]].concat()];
        for (number, bad) in damages.into_iter().enumerate() {
            fs::write(lab.file("checkpoint"), &bad).unwrap();
            let custodian = lab.open();
            assert_eq!(names(&custodian), ["a.example", "b.example", "c.example"]);
            let told = custodian.health().notices.iter().any(|notice| notice.contains("rebuilt from the log"));
            assert_eq!(told, number > 0, "an empty file is no checkpoint");
            custodian.write_checkpoint(true);
            assert_eq!(fs::read(lab.file("checkpoint")).unwrap(), good, "rebuilt");
        }
    });
}

#[test]
fn folder_copied_to_another_machine() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        let other = lab.copied();
        let custodian = other.open();
        assert!(custodian.health().notices.iter().any(|notice| notice.contains("another installation")));
        assert!(custodian.health().conditions.log.is_none());
        let (page, _) = custodian.log_page(None, "", 1).unwrap();
        assert!(page[0].sentences[0].contains("another installation"), "{:?}", page[0].sentences);
        generate(&custodian, "d.example");
        assert_verified(&custodian);
        assert_eq!(names(&custodian).len(), 4);
        // A second start there is nothing new, and the first machine is as it was.
        assert!(other.open().health().notices.is_empty());
        assert_eq!(names(&lab.open()).len(), 3);
        // Copied back over the old one, it goes on there: it is ahead of what was noted, on the same line.
        let back = fs::read(other.file("audit.ron")).unwrap();
        fs::write(lab.file("audit.ron"), back).unwrap();
        let custodian = lab.open();
        assert!(custodian.health().conditions.log.is_none());
        assert_eq!(names(&custodian).len(), 4);
    });
}

#[test]
fn a_cut_log_in_a_copied_folder_can_still_be_recovered_from() {
    with_keychain(|| {
        for kind in [StoreKind::Keychain, StoreKind::FilesByKeychain] {
            let lab = Lab::new();
            let custodian = lab.set_up(kind);
            let made = generate(&custodian, "a.example");
            generate(&custodian, "b.example");
            drop(custodian);
            let text = fs::read_to_string(lab.file("audit.ron")).unwrap();
            fs::write(lab.file("audit.ron"), text.replacen("b.example", "x.example", 1)).unwrap();
            let other = Lab::new();
            let custodian = Custodian::recover(other.env(), &lab.inventory(), &passphrase(RECOVERY)).unwrap();
            assert_read_only(&custodian, "altered at record 4");
            custodian.accept_history("the keychain is gone too").unwrap();
            request(&custodian, made).unwrap();
            drop(custodian);
            let custodian = other.look();
            custodian.unlock(Some(passphrase(RECOVERY))).unwrap();
            request(&custodian, made).unwrap();
            assert_verified(&custodian);
        }
    });
}

#[test]
fn a_log_of_which_no_record_is_authentic_is_not_gone_on_from() {
    alone(|| {
        let lab = Lab::new();
        usual(&lab);
        let text = fs::read_to_string(lab.file("audit.ron")).unwrap();
        let at = text.find("mac:\"").unwrap() + 5;
        let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
        fs::write(lab.file("audit.ron"), format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();
        let custodian = lab.open();
        assert_eq!(names(&custodian), ["a.example", "b.example", "c.example"], "it can be looked at");
        let before = fs::read(lab.file("audit.ron")).unwrap();
        let error = custodian.accept_history("because").unwrap_err();
        assert!(error.to_string().contains("put it back from a backup"), "{error}");
        assert_eq!(fs::read(lab.file("audit.ron")).unwrap(), before);
    });
}
