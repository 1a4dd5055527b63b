//! What the life of a key brings to people outside: the signed notice of a revocation, the
//! notifications of a desktop, the dates of a calendar.

use std::path::Path;
use std::process::{Command as Process, Stdio};

use keystead::custodian::{Custodian, NoProgress, Outcome};
use keystead::model::{Command, Format, RevocationReason, Target};

use super::notifications::Notifications;
use crate::alone::{alone, on_a_bus};
use crate::lab::{Lab, first, generate, key};
use crate::support::{has, skip};
use keystead::model::StoreKind;

fn run(custodian: &Custodian, command: &Command) -> Outcome {
    custodian.run(command, &NoProgress).unwrap()
}

fn revoked(custodian: &Custodian, name: &str) -> keystead::model::KeyId {
    let made = generate(custodian, name);
    let at = custodian.now();
    for recipient in ["shop", "partner"] {
        let given = Command::RecordHandOver { version: first(made), recipient: recipient.into(), format: Format::Jwk, at };
        run(custodian, &given);
    }
    let revoke = Command::Revoke {
        versions: vec![first(made)],
        reason: RevocationReason::KeyCompromise,
        since: Some(at),
        note: "found in a public image".into(),
        replace: true,
    };
    run(custodian, &revoke);
    made
}

#[test]
fn a_notice_of_revocation_is_signed_by_a_key_of_its_own_and_ssh_keygen_accepts_it() {
    alone(|| {
        if !has("ssh-keygen") {
            return skip("a_notice_of_revocation_is_signed", "ssh-keygen is not installed");
        }
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = revoked(&custodian, "api.example");
        let target = |name: &str| Target::File { path: lab.path(name), replace: false };
        let written = run(&custodian, &Command::Notice { version: first(made), target: target("api.json") });
        assert_eq!(written.written, Some(lab.path("api.json")));
        let signer = key(&custodian, "Revocation notices");
        assert_ne!(signer.id, made);
        let line = custodian.export_public(&[first(signer.id)], Format::OpenSsh).unwrap();
        let line = String::from_utf8(line).unwrap();
        std::fs::write(lab.path("allowed"), format!("keystead {line}")).unwrap();
        for name in ["api.json", "api.txt"] {
            let verify = |message: Vec<u8>| {
                let signature = lab.path(&format!("{name}.sig"));
                let mut process = Process::new("ssh-keygen");
                process.args(["-Y", "verify", "-I", "keystead", "-n", "notice@keystead", "-f"]).arg(lab.path("allowed"));
                let mut child = process.arg("-s").arg(signature).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
                std::io::Write::write_all(&mut child.stdin.take().unwrap(), &message).unwrap();
                child.wait().unwrap().success()
            };
            let mut message = std::fs::read(lab.path(name)).unwrap();
            assert!(verify(message.clone()), "{name}");
            message[10] ^= 1;
            assert!(!verify(message), "{name} changed");
        }
        let text = std::fs::read_to_string(lab.path("api.txt")).unwrap();
        assert!(text.contains(&key(&custodian, "api.example").versions[1].spki_sha256.to_string()), "{text}");
        // The second notice is signed by the same key; that key's own notice by another.
        let other = revoked(&custodian, "other.example");
        run(&custodian, &Command::Notice { version: first(other), target: target("other.json") });
        let revoke = Command::Revoke {
            versions: vec![first(signer.id)],
            reason: RevocationReason::KeyCompromise,
            since: None,
            note: String::new(),
            replace: false,
        };
        run(&custodian, &revoke);
        let own = Command::Notice { version: first(signer.id), target: target("own.json") };
        let error = custodian.run(&own, &NoProgress).unwrap_err();
        assert!(error.to_string().contains("Choose another notice key"), "{error}");
        assert!(!lab.path("own.json").exists());
        let second = generate(&custodian, "second-signer");
        run(&custodian, &Command::ChooseNoticeKey(Some(second)));
        run(&custodian, &own);
    });
}

#[test]
fn a_holder_who_was_told_is_ticked_off() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        let made = revoked(&custodian, "api.example");
        let untold = |custodian: &Custodian| {
            let alerts = custodian.alerts();
            alerts.into_iter().find_map(|alert| match alert.kind {
                keystead::model::AlertKind::Compromised { untold } => Some(untold),
                _ => None,
            })
        };
        // The replacement is the current version now, and the old one is still to be told of.
        assert_eq!(untold(&custodian), Some(2));
        run(&custodian, &Command::NoticeSent { version: first(made), recipient: "shop".into() });
        assert_eq!(untold(&custodian), Some(1));
        run(&custodian, &Command::NoticeSent { version: first(made), recipient: "partner".into() });
        assert_eq!(untold(&custodian), Some(0));
        run(&custodian, &Command::Destroy { keys: vec![made], reason: String::new() });
        assert_eq!(untold(&custodian), None);
    });
}

#[test]
fn news_are_told_once_and_again_when_they_are_news_again() {
    on_a_bus(|| {
        let daemon = Notifications::start(Path::new("seen"), &[]);
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "soon.example");
        run(&custodian, &Command::NoteBackup { place: "safe".into() });
        assert_eq!(custodian.tell_news().unwrap(), 0);
        lab.pass_days(70);
        run(&custodian, &Command::NoteBackup { place: "safe".into() });
        assert_eq!(custodian.tell_news().unwrap(), 1);
        assert_eq!(custodian.tell_news().unwrap(), 0, "told once");
        drop(custodian);
        assert_eq!(lab.look().tell_news().unwrap(), 0, "remembered");
        let seen = daemon.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0]["summary"], "soon.example: expires soon");
    });
}

#[test]
fn a_calendar_holds_every_coming_date() {
    alone(|| {
        let lab = Lab::new();
        let custodian = lab.set_up(StoreKind::Files);
        generate(&custodian, "soon.example");
        let path = lab.path("keys.ics");
        custodian.export_calendar(&Target::File { path: path.clone(), replace: false }).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("SUMMARY:soon.example: rotation is due"), "{text}");
        assert!(text.contains("BEGIN:VALARM"), "{text}");
    });
}
