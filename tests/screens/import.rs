//! Bringing in what lies in files: what a person does, and the pictures of each step.

use std::path::Path;

use egui::{Event, Key, Modifiers, Role, Theme, vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::import::{Choice, Ended, Facts, Link, Object, Reason, Source, Verdict};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::{CustodianError, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::formats::found::{Kind, Place};
use keystead::model::{Algorithm, CertificateFacts, Digest, Purpose};

use crate::policies::shows;
use crate::stage::{self, Window, click, picture, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const NONE: Modifiers = Modifiers::NONE;

fn object(path: &str, kind: Kind, algorithm: Option<Algorithm>, facts: Facts, verdict: Verdict) -> Object {
    let name = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or(path).to_owned();
    Object {
        path: path.into(),
        place: Place::Whole,
        kind,
        label: None,
        facts,
        algorithm,
        public_key: Box::default(),
        spki_sha256: Some(Digest([path.len() as u8; 32])),
        link: Link::Alone,
        verdict,
        name,
        purpose: Purpose::Ssh,
        warnings: Vec::new(),
        beside: keystead::custodian::import::Beside::Nothing,
    }
}

fn secret(path: &str, kind: Kind, algorithm: Algorithm) -> Object {
    object(path, kind, Some(algorithm), Facts::Secret { encrypted: false }, Verdict::New)
}

fn unread(path: &str, kind: Kind, reason: Reason) -> Object {
    let said = reason.to_string();
    Object { spki_sha256: None, name: String::new(), ..object(path, kind, None, Facts::Unread(reason), Verdict::Refused(said)) }
}

fn certificate(until: &str) -> Facts {
    Facts::Certificate(Box::new(CertificateFacts {
        der: Box::default(),
        chain: Vec::new(),
        subject: "CN=shop.example.com".into(),
        issuer: "CN=Example CA".into(),
        serial: "0a".into(),
        not_before: world::day("2026-01-01"),
        not_after: world::day(until),
        names: vec!["DNS:shop.example.com".into()],
        usages: vec!["server authentication".into()],
        sha256: Digest([9; 32]),
        authority: false,
    }))
}

/// What a home folder of some years holds.
fn found() -> Vec<Object> {
    let mut objects = vec![
        secret("/home/mira/.ssh/id_ed25519", Kind::OpenSsh, Algorithm::Ed25519),
        object(
            "/home/mira/.ssh/id_ed25519.pub",
            Kind::OpenSshPublic,
            Some(Algorithm::Ed25519),
            Facts::Public,
            Verdict::Present { key: None, why: "It belongs to id_ed25519, whose private half is beside it.".into() },
        ),
        secret("/srv/tls/new.example.com/privkey.pem", Kind::Pkcs8, Algorithm::EcdsaP256),
        object(
            "/srv/tls/new.example.com/fullchain.pem",
            Kind::Certificate,
            Some(Algorithm::EcdsaP256),
            certificate("2027-02-14"),
            Verdict::Certifies(None),
        ),
        secret("/home/mira/.ssh/legacy_rsa", Kind::Pkcs1, Algorithm::rsa(1024)),
        object(
            "/srv/tls/shop.pem",
            Kind::Certificate,
            Some(Algorithm::EcdsaP256),
            certificate("2027-03-18"),
            Verdict::Certifies(Some(keystead::model::VersionRef { key: world::id("shop.example.com"), version: 1 })),
        ),
        object("/home/mira/keys/partner.pub", Kind::Spki, Some(Algorithm::EcdsaP384), Facts::Public, Verdict::NewElsewhere),
        object(
            "/home/mira/.ssh/deploy-infra",
            Kind::OpenSsh,
            Some(Algorithm::Ed25519),
            Facts::Secret { encrypted: false },
            Verdict::Present { key: Some(world::id("deploy-infra")), why: "It is here already, as deploy-infra.".into() },
        ),
        unread("/home/mira/backup/server.p12", Kind::Pkcs12, Reason::PassphraseNeeded),
        unread("/home/mira/backup/keystore.jks", Kind::Jks, Reason::PassphraseNeeded),
        unread("/home/mira/backup/old.pem", Kind::Pkcs8, Reason::Truncated("its PEM has no end")),
    ];
    objects[1].link = Link::Of(0);
    objects[2].name = "new.example.com".into();
    objects[2].purpose = Purpose::TlsServer;
    objects[3].link = Link::Of(2);
    objects[3].name = "new.example.com".into();
    objects[4].warnings = vec!["RSA is a legacy algorithm.".into()];
    objects[5].name = "shop.example.com".into();
    objects
}

/// The dialog with something chosen to be read.
fn reading(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, CTRL, Key::I);
    click(&mut window, "Choose files");
    assert!(matches!(window.state_mut().wanted(), Some(Pick::OpenMany { .. })));
    window.state_mut().picked(Picked::Paths(vec!["/home/mira/.ssh".into()]));
    settle(&mut window);
    window
}

/// The newest request is answered with what was found.
fn answered(window: &mut Window<'_>, objects: Vec<Object>) {
    let stage = window.state_mut();
    let ticket = stage.asked.last().expect("something is to be read").0;
    stage.report(Report::Read { ticket, objects: objects.into(), files: 12 });
    stage.finish(Ok(Outcome::default()));
    settle(window);
}

fn preview(appearance: Theme) -> Window<'static> {
    let mut window = reading(appearance);
    answered(&mut window, found());
    window
}

fn choices(window: &Window<'_>) -> Vec<Choice> {
    let asked = window.state().asked.iter().rev().find_map(|(_, request)| match request {
        Request::Import(choices) => Some(choices.clone()),
        _ => None,
    });
    asked.expect("something was to be brought in")
}

/// Without anything locked the keyboard is in the table.
fn unlocked(appearance: Theme) -> Window<'static> {
    let mut window = reading(appearance);
    let objects = found().into_iter().filter(|object| !object.facts.wants_passphrase()).collect();
    answered(&mut window, objects);
    window
}

#[test]
fn what_is_found_is_renamed_unticked_given_a_purpose_and_brought_in() {
    let mut window = unlocked(Theme::Light);
    assert!(shows(&window, "id_ed25519, OpenSSH private key, Ed25519, New"));
    assert!(shows(&window, "Certificate for new.example.com") && shows(&window, "Here as deploy-infra"));
    press(&mut window, NONE, Key::F2);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "deploy-infra");
    press(&mut window, NONE, Key::Enter);
    assert!(shows(&window, "There is already a key called deploy-infra."));
    assert!(!window.state().asked.iter().any(|(_, request)| matches!(request, Request::Import(_))), "Enter ended the name only");
    press(&mut window, CTRL, Key::Enter);
    assert!(
        !window.state().asked.iter().any(|(_, request)| matches!(request, Request::Import(_))),
        "a name that is taken is refused"
    );
    press(&mut window, NONE, Key::F2);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "mira-laptop");
    press(&mut window, NONE, Key::Enter);
    // From the key over its public half to the next, whose certificate goes with it.
    for _ in 0..2 {
        press(&mut window, NONE, Key::ArrowDown);
    }
    press(&mut window, NONE, Key::Space);
    click(&mut window, "Purpose of mira-laptop: SSH");
    window.get_by_role_and_label(Role::MenuItem, "Code signing").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let chosen = choices(&window);
    assert_eq!(chosen.iter().map(|choice| choice.object).collect::<Vec<_>>(), [0, 4, 5, 6]);
    assert_eq!(
        (chosen[0].name.as_str(), chosen[0].purpose, chosen[0].owner.as_str()),
        ("mira-laptop", Purpose::CodeSigning, "Mira")
    );
}

#[test]
fn a_passphrase_is_tried_on_all_and_what_was_changed_stays() {
    let mut window = preview(Theme::Light);
    assert!(shows(&window, "2 files are encrypted."));
    window.get_by_role_and_label(Role::CheckBox, &spoken(&window, "legacy_rsa,")).focus();
    settle(&mut window);
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the files").focus();
    settle(&mut window);
    type_text(&mut window, "old secret");
    press(&mut window, NONE, Key::Enter);
    let Some((_, Request::ReadAgain(passphrase))) = window.state().asked.last() else { panic!("nothing was tried") };
    assert_eq!(passphrase.expose(), "old secret");
    let mut objects = found();
    objects[8] = secret("/home/mira/backup/server.p12", Kind::Pkcs12, Algorithm::Rsa3072);
    objects[9] = unread("/home/mira/backup/keystore.jks", Kind::Jks, Reason::WrongPassphraseOrDamaged);
    answered(&mut window, objects);
    assert!(shows(&window, "1 opened, 1 file is still encrypted."));
    assert!(shows(&window, "No passphrase opens it, or it is damaged"));
    assert!(shows(&window, "server, PKCS#12 keystore, RSA 3072, New"));
}

/// The whole name of the line that begins so.
fn spoken(window: &Window<'_>, start: &str) -> String {
    use egui_kittest::kittest::NodeT as _;
    let node = window.query_all_by_label_contains(start).next().expect("a line");
    node.accesskit_node().label().unwrap_or_default()
}

#[test]
fn what_is_pasted_is_handed_on_and_shows_nowhere() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::I);
    let text = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n";
    window.event(Event::Paste(text.into()));
    settle(&mut window);
    let Some((_, Request::Read(sources))) = window.state().asked.last() else { panic!("nothing is read") };
    assert!(matches!(&sources[..], [Source::Pasted(bytes)] if bytes.expose() == text.as_bytes()));
    assert!(!shows(&window, "MIGH"));
}

#[test]
fn where_no_dialog_answers_a_path_is_typed() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::I);
    click(&mut window, "Choose files");
    window.state_mut().wanted();
    window.state_mut().picked(Picked::NoDialog);
    settle(&mut window);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "/srv/tls");
    press(&mut window, NONE, Key::Enter);
    let Some((_, Request::Read(sources))) = window.state().asked.last() else { panic!("nothing is read") };
    assert!(matches!(&sources[..], [Source::Path(path)] if path.as_path() == Path::new("/srv/tls")));
}

/// What was asked to be read beside what shows.
fn added(window: &Window<'_>) -> Vec<String> {
    let asked = window.state().asked.last().and_then(|(_, request)| match request {
        Request::ReadMore(sources) => Some(sources),
        _ => None,
    });
    let sources = asked.expect("more is to be read");
    let told = sources.iter().map(|source| match source {
        Source::Path(path) => path.display().to_string(),
        Source::Pasted(_) => "pasted".to_owned(),
    });
    told.collect()
}

/// What goes on shows once it takes its time.
fn patience(window: &mut Window<'_>) {
    std::thread::sleep(std::time::Duration::from_millis(650));
    settle(window);
}

/// A file that falls on the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file".into())
    }
}

/// Files fall on the window.
fn drop_on(window: &mut Window<'_>, paths: &[&str]) {
    for path in paths {
        window.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.into())));
    }
    settle(window);
}

#[test]
fn files_dropped_on_the_window_open_the_import_and_are_read() {
    let mut window = stage::usual(Theme::Light);
    drop_on(&mut window, &["/home/mira/one.pem", "/home/mira/two.p12"]);
    let Some((_, Request::Read(sources))) = window.state().asked.last() else { panic!("nothing is read") };
    assert_eq!(sources.len(), 2);
    assert!(shows(&window, "Looking into files"));
}

#[test]
fn files_are_added_to_those_that_were_read_and_what_was_changed_stays() {
    let mut window = unlocked(Theme::Light);
    press(&mut window, NONE, Key::F2);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "mira-laptop");
    press(&mut window, NONE, Key::Enter);
    click(&mut window, "Add files");
    assert!(matches!(window.state_mut().wanted(), Some(Pick::OpenMany { .. })));
    window.state_mut().picked(Picked::Paths(vec!["/home/mira/more.pem".into()]));
    settle(&mut window);
    assert_eq!(added(&window), ["/home/mira/more.pem"]);
    patience(&mut window);
    assert!(shows(&window, "Looking into more files"));
    let mut objects: Vec<Object> = found().into_iter().filter(|object| !object.facts.wants_passphrase()).collect();
    objects.push(secret("/home/mira/more.pem", Kind::Pkcs8, Algorithm::Ed25519));
    answered(&mut window, objects);
    assert!(shows(&window, "mira-laptop, OpenSSH private key") && shows(&window, "more, PKCS#8 private key, Ed25519, New"));
}

#[test]
fn a_drop_and_a_paste_at_the_second_step_add_to_it() {
    let mut window = unlocked(Theme::Light);
    drop_on(&mut window, &["/home/mira/dropped.pem"]);
    assert_eq!(added(&window), ["/home/mira/dropped.pem"]);
    let objects: Vec<Object> = found().into_iter().filter(|object| !object.facts.wants_passphrase()).collect();
    answered(&mut window, objects);
    window.event(Event::Paste("-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n".into()));
    settle(&mut window);
    assert_eq!(added(&window), ["pasted"]);
    assert!(!shows(&window, "MIGH"));
}

#[test]
fn a_passphrase_that_is_pasted_goes_into_its_field_and_is_no_file() {
    let mut window = preview(Theme::Light);
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the files").focus();
    settle(&mut window);
    window.event(Event::Paste("old secret".into()));
    settle(&mut window);
    assert!(!window.state().asked.iter().any(|(_, request)| matches!(request, Request::ReadMore(_))));
    press(&mut window, NONE, Key::Enter);
    let Some((_, Request::ReadAgain(passphrase))) = window.state().asked.last() else { panic!("nothing was tried") };
    assert_eq!(passphrase.expose(), "old secret");
}

#[test]
fn adding_that_fails_says_why_and_keeps_what_was_found() {
    let mut window = unlocked(Theme::Light);
    drop_on(&mut window, &["/home/mira/dropped.pem"]);
    window.state_mut().finish(Err(CustodianError::Input("The files cannot be read.".into())));
    settle(&mut window);
    assert!(shows(&window, "The files cannot be read.") && shows(&window, "id_ed25519, OpenSSH private key, Ed25519, New"));
    click(&mut window, "Add files");
    window.state_mut().wanted();
    window.state_mut().picked(Picked::NoDialog);
    settle(&mut window);
    assert!(shows(&window, "Paste paths with Ctrl V"));
}

#[test]
fn locking_while_files_are_read_leaves_nothing_of_it() {
    let mut window = reading(Theme::Light);
    let (session, locked) = std::sync::mpsc::channel();
    window.state_mut().app.lock_with(locked);
    session.send(()).unwrap();
    settle(&mut window);
    assert!(matches!(window.state().asked.last(), Some((_, Request::Lock))));
    assert!(!shows(&window, "Looking into files"), "the dialog is gone with the lock");
    let ticket = window.state().asked.iter().rev().find(|(_, request)| matches!(request, Request::Read(_))).unwrap().0;
    window.state_mut().report(Report::Read { ticket, objects: found().into(), files: 12 });
    settle(&mut window);
    assert!(!shows(&window, "legacy_rsa"), "what still arrives shows nowhere");
}

#[test]
fn storing_shows_how_far_it_is_and_can_be_stopped() {
    let mut window = unlocked(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    let ticket = window.state().asked.last().expect("something is brought in").0;
    window.state_mut().report(Report::Progress { ticket, done: 2, total: 6 });
    patience(&mut window);
    assert!(shows(&window, "Bringing in") && shows(&window, "2 of 6"));
    press(&mut window, NONE, Key::Escape);
    assert_eq!(window.state().cancelled(), [ticket]);
}

/// A window as narrow as it can be.
fn narrow(objects: Vec<Object>, appearance: Theme) -> Window<'static> {
    let mut window = stage::opened(world::usual(), vec2(640.0, 600.0), appearance, 1.0);
    press(&mut window, CTRL, Key::I);
    window.event(Event::Paste("x".into()));
    settle(&mut window);
    answered(&mut window, objects);
    window
}

#[test]
fn a_narrow_window_still_says_where_each_thing_lies() {
    let objects = found().into_iter().filter(|object| !object.facts.wants_passphrase()).collect();
    let window = narrow(objects, Theme::Light);
    assert!(window.query_by_label("Add files").is_some());
    assert!(shows(&window, "/home/mira/.ssh/id_ed25519"), "the line tells its whole path");
}

#[test]
fn pictures_of_a_narrow_window_and_of_names_that_do_not_fit() {
    let long = |path: &str| {
        let mut object = secret(path, Kind::Pkcs8, Algorithm::EcdsaP256);
        object.name = "a-rather-long-name-of-a-key-for-the-payment-gateway-of-the-shop.example.com-2026".into();
        object
    };
    let mut objects: Vec<Object> = found().into_iter().filter(|object| !object.facts.wants_passphrase()).collect();
    objects
        .insert(0, long("/home/mira/keys/archive/2024/customers/north/a-rather-long-name-of-a-file-for-the-payment-gateway.pem"));
    objects.insert(1, secret("/home/mira/keys/pay\u{202e}moc.knab.pem", Kind::Pkcs8, Algorithm::Ed25519));
    objects[1].name = "pay\u{202e}exe.txt".into();
    for object in objects.iter_mut().skip(2) {
        if let Link::Of(other) = &mut object.link {
            *other += 2;
        }
    }
    pictured(vec![
        (narrow(objects.clone(), Theme::Light), "import-narrow", Theme::Light),
        (narrow(objects, Theme::Dark), "import-narrow", Theme::Dark),
    ]);
}

#[test]
fn closing_forgets_what_was_read_and_stopping_waits_for_the_end() {
    let mut window = reading(Theme::Light);
    press(&mut window, NONE, Key::Escape);
    assert_eq!(window.state().cancelled().len(), 1);
    assert!(shows(&window, "Stopping"));
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(window.query_by_label("Choose files").is_none());
    assert!(window.state().asked.iter().any(|(_, request)| matches!(request, Request::ForgetRead)));
}

/// The preview after all was brought in.
fn reported(appearance: Theme) -> Window<'static> {
    let mut window = preview(appearance);
    click(&mut window, "Import 6");
    let stage = window.state_mut();
    let ticket = stage.asked.last().expect("something is brought in").0;
    let end = |object: &Object| match &object.verdict {
        Verdict::Present { key, why } => Ended { outcome: "present", reason: why.clone(), name: None, key: *key },
        Verdict::Refused(reason) => Ended { outcome: "refused", reason: reason.clone(), name: None, key: None },
        _ => Ended { outcome: "imported", reason: String::new(), name: None, key: Some(world::id("shop.example.com")) },
    };
    stage.report(Report::Imported { ticket, ended: found().iter().map(end).collect() });
    stage.finish(Ok(Outcome { keys: vec![world::id("shop.example.com")], ..Outcome::default() }));
    settle(&mut window);
    window
}

#[test]
fn the_report_leads_to_the_keys() {
    let mut window = reported(Theme::Light);
    assert!(shows(&window, "6 were brought in") && shows(&window, "2 here already. 3 not brought in"));
    click(&mut window, "Show them");
    assert!(window.query_by_label("Show them").is_none());
    assert!(shows(&window, "SPKI SHA-256"));
}

/// The pictures of a test, told together.
fn pictured(windows: Vec<(Window<'static>, &str, Theme)>) {
    let mut results = SnapshotResults::new();
    for (mut window, name, appearance) in windows {
        picture(&mut window, name, appearance);
        results.extend(window.take_snapshot_results());
    }
}

#[test]
fn pictures_of_the_start() {
    let start = |appearance| {
        let mut window = stage::usual(appearance);
        press(&mut window, CTRL, Key::I);
        (window, "import-start", appearance)
    };
    pictured(vec![start(Theme::Light), start(Theme::Dark)]);
}

#[test]
fn pictures_of_the_preview() {
    pictured(vec![
        (unlocked(Theme::Light), "import-preview", Theme::Light),
        (unlocked(Theme::Dark), "import-preview", Theme::Dark),
        (preview(Theme::Light), "import-locked", Theme::Light),
    ]);
}

#[test]
fn pictures_of_the_report() {
    let of = |appearance| (reported(appearance), "import-report", appearance);
    pictured(vec![of(Theme::Light), of(Theme::Dark)]);
}

#[test]
fn pictures_of_what_is_not_found_and_not_read() {
    let mut empty = reading(Theme::Light);
    answered(&mut empty, Vec::new());
    let mut error = reading(Theme::Light);
    error.state_mut().finish(Err(CustodianError::Locked));
    settle(&mut error);
    pictured(vec![(empty, "import-empty", Theme::Light), (error, "import-error", Theme::Light)]);
}

#[test]
fn ten_thousand_lines_draw_only_those_that_show() {
    let objects = (0..10_000).map(|number| secret(&format!("/keys/{number:05}"), Kind::Pkcs8, Algorithm::Ed25519)).collect();
    let mut window = stage::opened(world::usual(), vec2(800.0, 600.0), Theme::Light, 1.0);
    press(&mut window, CTRL, Key::I);
    window.event(Event::Paste("x".into()));
    settle(&mut window);
    answered(&mut window, objects);
    assert!(window.query_all_by_role(Role::CheckBox).count() < 40);
    press(&mut window, NONE, Key::End);
    assert!(shows(&window, "09999, PKCS#8 private key"));
}
