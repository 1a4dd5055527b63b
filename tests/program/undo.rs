//! Ctrl+Z over every command there is: what it takes back is as it was, and what it cannot take back
//! has no undo to offer. That their dialogs say so before is tried with the screens.

use std::path::PathBuf;

use keystead::custodian::{Custodian, NoProgress};
use keystead::desktop::undo;
use keystead::model::{
    Activation, Address, Command, Confirmation, Digest, Edit, Format, Inventory, Key, KeyId, Overrides, Policy, Protocol,
    Purpose, Quiet, Recipient, RecipientChange, RecipientKey, RecipientKeyKind, RevocationReason, RotateSpec, RotationMode,
    ShownKey, Sighting, State, StoreKind, Target, Time, Transition, VersionRef,
};

use crate::alone::alone;
use crate::lab::{Lab, assert_verified, certificate, first, generate, key, spec};

/// Whether Ctrl+Z takes a command back. A command that is new finds no arm here.
fn is_taken_back(command: &Command) -> bool {
    match command {
        Command::Edit(_)
        | Command::SetPolicies(_)
        | Command::SetKeyPolicies(_)
        | Command::Quiet(_)
        | Command::Reopen(_)
        | Command::AddServers(_)
        | Command::ForgetServers(_)
        | Command::TakeDownServers(_)
        | Command::ChangeRecipients(_)
        | Command::SetBackupAge(_)
        | Command::ChooseNoticeKey(_) => true,
        Command::Turn { turns, .. } => turns.iter().all(|(_, turn)| match turn {
            Transition::Suspend { .. }
            | Transition::Resume { .. }
            | Transition::ChangeExpiry { .. }
            | Transition::PlanDestruction { .. }
            | Transition::CancelDestruction => true,
            Transition::Activate { .. }
            | Transition::Deactivate { .. }
            | Transition::EndOverlap { .. }
            | Transition::Compromise { .. } => false,
        }),
        Command::Generate(_)
        | Command::Export { .. }
        | Command::Request { .. }
        | Command::Sign { .. }
        | Command::Attach { .. }
        | Command::RecordHandOver { .. }
        | Command::Rotate(_)
        | Command::CarryOutDue
        | Command::Revoke { .. }
        | Command::Destroy { .. }
        | Command::DestroyDue(_)
        | Command::Deliver { .. }
        | Command::DropDelivery { .. }
        | Command::Notice { .. }
        | Command::NoticeSent { .. }
        | Command::CorrectClock { .. }
        | Command::NoteBackup { .. }
        | Command::SetAgent { .. }
        | Command::Track(_)
        | Command::StopTracking(_) => false,
    }
}

/// What a person can see of a key, today and on days to come.
#[derive(Debug, PartialEq)]
struct Seen {
    key: Key,
    states: Vec<Vec<State>>,
}

/// A server that is looked at, with what it is held against.
type Watched = (Address, Option<Box<Sighting>>);

fn server(host: &str, seen: Option<u8>) -> Watched {
    let address = Address { host: host.into(), port: 443, protocol: Protocol::Tls };
    let seen = seen.map(|number| Box::new(sighting(&address, number)));
    (address, seen)
}

fn sighting(address: &Address, number: u8) -> Sighting {
    let key = ShownKey {
        spki: Digest([number; 32]),
        algorithm: "Ed25519".into(),
        ssh: None,
        certificate: None,
        trust: None,
        agreed: "TLS 1.3".into(),
    };
    Sighting { address: address.clone(), at: Time::from_second(0), keys: vec![key], trouble: None, hindrance: None }
}

/// Keys, policies, what is quiet, the notice key, servers, recipients.
type Everything = (Vec<Seen>, Vec<Policy>, Vec<Quiet>, (Option<KeyId>, u32), Vec<Watched>, Vec<Recipient>);

/// A key of a recipient that is a real one: Ed25519 of RFC 8032 section 7.1, tests 1 and 2.
fn recipient_key(second: bool) -> RecipientKey {
    let lines = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM",
    ];
    let line = lines[usize::from(second)];
    let key = keystead::formats::recipient::read(line.as_bytes(), Time::from_second(0)).unwrap();
    assert_eq!(key.kind, RecipientKeyKind::SshEd25519);
    key
}

/// What a person can see of everything. The log itself only grows, so dates of records are left out.
fn seen(inventory: &Inventory, now: Time) -> Everything {
    let undated = |quiet: &[Quiet]| quiet.iter().map(|quiet| Quiet { at: now, ..quiet.clone() }).collect::<Vec<_>>();
    let of_key = |key: &Key| {
        let days = [0, 1, 6, 8, 29, 31, 89, 91, 400];
        let states = days.iter().map(|days| key.versions.iter().map(|version| version.state(now.plus_days(*days))).collect());
        let states = states.collect();
        let mut key = Key { history: Vec::new(), quiet: undated(&key.quiet), ..key.clone() };
        // What a suspension that was taken back leaves is its record; what it means are the states.
        key.versions.iter_mut().for_each(|version| version.life.suspensions.clear());
        Seen { key, states }
    };
    let keys = inventory.keys().iter().map(|key| of_key(key)).collect();
    let policies = Purpose::ALL.into_iter().map(|purpose| inventory.policy(purpose).clone()).collect();
    let servers = inventory.servers().iter().map(|known| (known.address.clone(), known.seen.clone())).collect();
    let recipients = inventory.recipients().to_vec();
    let facts = inventory.facts();
    (keys, policies, undated(&facts.quiet), (facts.notice_key, inventory.old_backup_days()), servers, recipients)
}

fn run(custodian: &Custodian, command: &Command) {
    if let Err(error) = custodian.run(command, &NoProgress) {
        panic!("{command:?}: {error}");
    }
}

fn turn(of: KeyId, turn: Transition) -> Command {
    Command::Turn { turns: vec![(first(of), turn)], reason: "because".into() }
}

fn book(name: &str, change: RecipientChange) -> Command {
    Command::ChangeRecipients(vec![(name.into(), change)])
}

fn snooze(custodian: &Custodian, until: i64) -> Quiet {
    let until = Some(custodian.now().plus_days(until));
    Quiet { kind: "expiring".into(), version: Some(1), at: custodian.now(), until, reason: "later".into(), subject: "".into() }
}

/// An inventory in which each command has something to do.
fn stage(lab: &Lab) -> Custodian {
    let custodian = lab.set_up(StoreKind::Files);
    for name in ["plain", "held", "going", "quiet", "signer", "other-signer", "given", "lost", "over"] {
        generate(&custodian, name);
    }
    let id = |name: &str| key(&custodian, name).id;
    let now = custodian.now();
    run(&custodian, &turn(id("held"), Transition::Suspend { from: now, until: Some(now.plus_days(30)) }));
    run(&custodian, &turn(id("going"), Transition::PlanDestruction { due: now.plus_days(7) }));
    run(&custodian, &turn(id("over"), Transition::PlanDestruction { due: now }));
    run(&custodian, &Command::Quiet(vec![(Some(id("quiet")), snooze(&custodian, 20))]));
    run(&custodian, &Command::ChooseNoticeKey(Some(id("signer"))));
    let given = Command::RecordHandOver { version: first(id("given")), recipient: "Eve".into(), format: Format::Jwk, at: now };
    run(&custodian, &given);
    let also = Command::RecordHandOver { version: first(id("given")), recipient: "Bob".into(), format: Format::Jwk, at: now };
    run(&custodian, &also);
    run(&custodian, &Command::Rotate(vec![RotateSpec::same(id("given"))]));
    let lost = Command::RecordHandOver { version: first(id("lost")), recipient: "Eve".into(), format: Format::Jwk, at: now };
    run(&custodian, &lost);
    let reason = RevocationReason::Cessation;
    let versions = vec![first(id("lost"))];
    run(&custodian, &Command::Revoke { versions, reason, since: None, note: String::new(), replace: false });
    let later = keystead::model::KeySpec { activates: Activation::Later, ..spec("waiting", now) };
    run(&custodian, &Command::Generate(vec![later]));
    run(&custodian, &Command::AddServers(vec![server("known", Some(1))]));
    let ada = RecipientChange::Add { note: Some("of the web team".into()), keys: vec![recipient_key(false)] };
    run(&custodian, &Command::ChangeRecipients(vec![("Ada".into(), ada)]));
    let endless = keystead::model::KeySpec { expires: None, ..spec("endless", now) };
    run(&custodian, &Command::Generate(vec![endless]));
    custodian
}

/// Commands that change something on that stage, each variant at least once.
fn commands(lab: &Lab, custodian: &Custodian) -> Vec<Command> {
    let id = |name: &str| key(custodian, name).id;
    let now = custodian.now();
    let (plain, going, given) = (id("plain"), id("going"), id("given"));
    let mut policy = custodian.read(|inventory| inventory.policy(Purpose::Ssh).clone());
    (policy.overlap_days, policy.rotation) = (3, RotationMode::ByItself);
    let edit =
        Edit { name: Some("renamed".into()), owner: Some("Mira".into()), note: Some("two\nlines".into()), ..Edit::default() };
    let tags = Edit { tags: Some(vec!["x".into()]), warn_days: Some(Box::new([3])), ..Edit::default() };
    let target = |name: &str| Target::File { path: lab.path(name), replace: false };
    let (version, recipient, format) = (first(plain), Some("Jonas".to_owned()), Format::SpkiPem);
    let overrides = Overrides { overlap_days: Some(3), ..Overrides::default() };
    let certificate: PathBuf = certificate(lab, custodian, plain);
    let (due, reason) = (now.plus_days(3), String::new());
    vec![
        Command::Edit(vec![(plain, edit), (going, tags)]),
        Command::SetPolicies(vec![(Purpose::Ssh, policy)]),
        Command::SetKeyPolicies(vec![(plain, overrides)]),
        Command::SetBackupAge(90),
        Command::Quiet(vec![(Some(plain), snooze(custodian, 5))]),
        Command::Quiet(vec![(Some(id("quiet")), snooze(custodian, 5))]),
        Command::Quiet(vec![(None, Quiet { kind: "no-backup".into(), version: None, ..snooze(custodian, 5) })]),
        Command::Reopen(vec![(Some(id("quiet")), "expiring".into(), "".into())]),
        Command::ChooseNoticeKey(Some(id("other-signer"))),
        Command::AddServers(vec![server("new", None), server("known", None)]),
        Command::ForgetServers(vec![server("known", None).0]),
        Command::TakeDownServers(vec![sighting(&server("known", None).0, 2)]),
        book("New", RecipientChange::Add { note: None, keys: vec![recipient_key(true)] }),
        book("Ada", RecipientChange::Add { note: None, keys: vec![recipient_key(true)] }),
        book("Ada", RecipientChange::Note("of the mail team".into())),
        book(
            "Ada",
            RecipientChange::Confirm { key: recipient_key(false).sha256, how: Some((Confirmation::ByCall, String::new())) },
        ),
        book("Ada", RecipientChange::DropKeys(vec![recipient_key(false).sha256])),
        book("Ada", RecipientChange::Remove),
        turn(plain, Transition::Suspend { from: now, until: None }),
        turn(plain, Transition::Suspend { from: now.plus_days(5), until: Some(now.plus_days(30)) }),
        turn(id("held"), Transition::Resume { at: now }),
        turn(plain, Transition::ChangeExpiry { expires: now.plus_days(30) }),
        turn(plain, Transition::PlanDestruction { due }),
        turn(going, Transition::PlanDestruction { due }),
        turn(going, Transition::CancelDestruction),
        turn(id("waiting"), Transition::Activate { at: now }),
        turn(id("quiet"), Transition::Deactivate { at: now }),
        Command::Export { versions: vec![version], format, recipient: recipient.clone(), target: target("a.pem") },
        Command::Request {
            version,
            profile: keystead::model::RequestProfile { subject: "CN=a".into(), ..Default::default() },
            format: Format::RequestPem,
            recipient,
            target: target("a.csr"),
        },
        Command::Attach { version, path: certificate },
        Command::RecordHandOver { version, recipient: "Eve".into(), format, at: now },
        Command::Generate(vec![spec("new", now)]),
        Command::Rotate(vec![RotateSpec::same(plain)]),
        Command::DestroyDue(vec![first(id("over"))]),
        Command::CarryOutDue,
        Command::Deliver { key: given, recipient: "Eve".into() },
        Command::DropDelivery { key: given, recipient: "Bob".into(), reason: reason.clone() },
        Command::Notice { version: first(id("lost")), target: target("notice.json") },
        Command::NoticeSent { version: first(id("lost")), recipient: "Eve".into() },
        Command::Revoke {
            versions: vec![VersionRef { key: plain, version: 2 }],
            reason: RevocationReason::KeyCompromise,
            since: None,
            note: String::new(),
            replace: true,
        },
        Command::Destroy { keys: vec![plain], reason },
        Command::NoteBackup { place: "the safe".into() },
        Command::CorrectClock { reason: "it ran ahead".into() },
    ]
}

#[test]
fn ctrl_z_brings_back_what_each_command_changed_or_there_is_none() {
    alone(|| {
        let lab = Lab::new();
        let custodian = stage(&lab);
        let commands = commands(&lab, &custodian);
        for command in &commands {
            let now = custodian.now();
            let before = custodian.read(|inventory| seen(inventory, now));
            let inverse = custodian.read(|inventory| undo::inverse(command, inventory, now));
            assert_eq!(inverse.is_some(), is_taken_back(command), "{command:?}");
            if matches!(command, Command::CorrectClock { .. }) {
                lab.pass_days(-1);
            }
            run(&custodian, command);
            let Some(inverse) = inverse else { continue };
            assert_ne!(custodian.read(|inventory| seen(inventory, now)), before, "{command:?} changed nothing");
            run(&custodian, &undo::at(inverse, custodian.now()));
            assert_eq!(custodian.read(|inventory| seen(inventory, now)), before, "{command:?}");
        }
        // Each variant was there.
        let mut variants: Vec<_> = commands.iter().map(std::mem::discriminant).collect();
        variants.sort_by_key(|variant| format!("{variant:?}"));
        variants.dedup();
        assert_eq!(variants.len(), 28, "every kind of command is tried");
        assert_verified(&custodian);
    });
}

/// A key that never ended has no end to go back to.
#[test]
fn a_first_end_cannot_be_taken_back() {
    alone(|| {
        let lab = Lab::new();
        let custodian = stage(&lab);
        let endless = turn(key(&custodian, "endless").id, Transition::ChangeExpiry { expires: custodian.now().plus_days(9) });
        let now = custodian.now();
        assert_eq!(custodian.read(|inventory| undo::inverse(&endless, inventory, now)), None);
    });
}
