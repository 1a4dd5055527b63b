//! A certificate shown whole: what a person does with it, and its pictures. The certificates lie beside, made
//! once, so that pictures hold still.

use std::path::PathBuf;

use egui::{Key, Modifiers, Role, Theme, vec2};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use keystead::custodian::certificate::{pem, whole};
use keystead::custodian::link::Request;
use keystead::custodian::{CustodianError, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::formats::certificate;
use keystead::model::whole::Standing;
use keystead::model::{CertificateFacts, Der, Event, KeyCertificates, KeyId, Time, Trust, VersionRef, WholeCertificate};

use crate::pictures::Album;
use crate::stage::{self, Window, act, press, row, settle, type_text};
use crate::world::{self, World};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };
const NONE: Modifiers = Modifiers::NONE;

/// A certificate that lies beside, with its issuers.
pub fn facts(name: &str) -> CertificateFacts {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/certificates");
    let bytes = std::fs::read(folder.join(format!("{name}.pem"))).expect("a certificate");
    let all = certificate::read_all(&bytes).expect("it can be read");
    let chain = all[1..].iter().map(|issuer| Der(issuer.facts.der.clone())).collect();
    CertificateFacts { chain, ..all[0].facts.clone() }
}

/// What the custodian of a system that trusts `root` would answer.
pub fn answer(world: &World, id: KeyId, now: Time) -> KeyCertificates {
    let root = facts("root");
    let standing = |facts: &CertificateFacts| {
        let unread = facts.chain.iter().any(|one| certificate::read(&one.0).is_err());
        let (trust, vouches) = match () {
            () if unread => (Trust::UnknownIssuer, false),
            () if facts.not_after < now => (Trust::Expired, false),
            () if facts.subject == facts.issuer && facts.not_before > now => (Trust::NotYet, false),
            () => (Trust::Trusted, true),
        };
        Some(Standing { trust, root: vouches.then(|| root.der.clone()) })
    };
    let attached = world.records.iter().rev().flat_map(|record| {
        record.events.iter().filter_map(|event| match event {
            Event::CertificateAttached { version, certificate, .. } if version.key == id => {
                Some((version.version, record.time, &**certificate))
            }
            _ => None,
        })
    });
    let key = world.inventory.key(id).expect("a key of the world");
    let mut all: Vec<WholeCertificate> = attached
        .map(|(version, at, facts)| {
            let current = key.version(version).and_then(|version| version.certificate.as_ref());
            let replaced = current.is_some_and(|current| current.sha256 != facts.sha256);
            WholeCertificate { since: Some(at), replaced, ..whole(version, facts, standing(facts)) }
        })
        .collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.version), one.replaced));
    let good_until = all.iter().filter_map(|one| one.next_change(now)).min();
    KeyCertificates { key: id, all, good_until }
}

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn is_open(window: &Window<'_>) -> bool {
    window
        .query_all(By::new().role(Role::Dialog))
        .any(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Certificate of ")))
}

/// A certificate is attached to a version of a key.
fn attached(name: &str, version: u32, certificate: CertificateFacts) -> Event {
    let version = VersionRef { key: world::id(name), version };
    Event::CertificateAttached { version, certificate: Box::new(certificate), issuer: None }
}

/// A key that got this certificate, selected.
fn with(appearance: Theme, name: &str, certificate: CertificateFacts) -> Window<'static> {
    let mut window = stage::usual(appearance);
    window.state_mut().happened(vec![attached(name, 1, certificate)]);
    settle(&mut window);
    // By its name: its row may be below those that show.
    act(&mut window, name);
    window
}

fn open(mut window: Window<'static>) -> Window<'static> {
    press(&mut window, CTRL_SHIFT, Key::I);
    assert!(is_open(&window));
    window
}

/// A certificate whose issuer was damaged on its way.
fn damaged() -> CertificateFacts {
    let mut facts = facts("api");
    facts.chain[0] = Der(facts.chain[0].0[..200].into());
    facts
}

/// What was copied in the last frame.
fn copied(window: &Window<'_>) -> Vec<String> {
    let commands = window.output().platform_output.commands.iter();
    commands
        .filter_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

/// Presses what has this name, and what that put on the clipboard.
fn copy(window: &mut Window<'_>, label: &str) -> String {
    // The inspector behind the dialog, at the right, has some of the same names.
    let of_dialog = |node: &egui_kittest::Node<'_>| node.rect().right() < 1_000.0;
    window.query_all_by_role_and_label(Role::Button, label).find(of_dialog).expect("the button").focus();
    window.run();
    // Not released: what is copied stands in the output of the frame in which it is pressed.
    let enter = egui::Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: NONE };
    window.input_mut().events.push(enter);
    // What the window itself copies is asked for in one frame and done in the next.
    let mut copies = (0..3).filter_map(|_| {
        window.step();
        copied(window).pop()
    });
    copies.next().expect("it was copied")
}

#[test]
fn it_opens_by_keyboard_and_its_facts_are_copied() {
    let mut window = open(stage::with_key(Theme::Light, "api.example.com"));
    assert!(shows(&window, "Trusted by this system: Example Trust Root G2."));
    let facts = facts("api");
    assert_eq!(copy(&mut window, "Copy SHA-256"), facts.sha256.to_string());
    assert_eq!(copy(&mut window, "Copy SHA-1").len(), 40);
    assert_eq!(copy(&mut window, "Copy Serial"), "04a1b2");
    assert_eq!(copy(&mut window, "Copy PEM"), pem(&facts.der));
    // An arrow leads to the issuer, and then it is what is copied.
    let mut window = open(stage::with_key(Theme::Light, "api.example.com"));
    press(&mut window, NONE, Key::ArrowDown);
    assert!(shows(&window, "Authority: Yes, with no authority below it"));
    assert_eq!(copy(&mut window, "Copy PEM"), pem(&facts.chain[0].0));
    press(&mut window, NONE, Key::Escape);
    assert!(!is_open(&window));
    // And by its name.
    act(&mut window, "Show the certificate");
    assert!(is_open(&window));
}

#[test]
fn the_focus_returns_to_what_opened_it() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    let has_focus = |window: &Window<'_>| window.get_by_role_and_label(Role::Link, "Show whole").accesskit_node().is_focused();
    window.get_by_role_and_label(Role::Link, "Show whole").focus();
    settle(&mut window);
    press(&mut window, NONE, Key::Enter);
    assert!(is_open(&window));
    assert!(!has_focus(&window), "the dialog has the focus");
    press(&mut window, NONE, Key::Escape);
    assert!(!is_open(&window));
    assert!(has_focus(&window));
    // Opened from nowhere, it leaves the keys to the table again.
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL_SHIFT, Key::I);
    press(&mut window, NONE, Key::Escape);
    press(&mut window, NONE, Key::ArrowDown);
    assert!(!shows(&window, "Trusted by this system"), "another key is selected");
}

#[test]
fn the_certificates_that_were_replaced_are_there_to_be_chosen() {
    let mut window = stage::usual(Theme::Light);
    let older = [attached("api.example.com", 3, facts("api-before")), attached("api.example.com", 3, facts("api"))];
    window.state_mut().happened(older.to_vec());
    settle(&mut window);
    row(&mut window, "api.example.com");
    let mut window = open(window);
    window.query_all_by_label_contains("Certificate: Version 3").last().expect("a choice").click();
    settle(&mut window);
    let replaced = window
        .query_all_by_role(Role::MenuItem)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.contains("until 24 Aug 2026, replaced")));
    replaced.expect("the one that was replaced").click();
    settle(&mut window);
    assert!(shows(&window, "Expired on 24 Aug 2026"));
    assert!(shows(&window, "replaced since"));
    assert!(shows(&window, "Serial: 04a09f"));
}

#[test]
fn it_is_saved_as_pem_chain_or_der_and_shows_again() {
    let forms: [(&str, &str, Vec<u8>); 3] = {
        let facts = facts("api");
        let both = [pem(&facts.der), pem(&facts.chain[0].0)].concat();
        [
            ("PEM", "api.example.com.pem", pem(&facts.der).into_bytes()),
            ("PEM with its chain", "api.example.com-chain.pem", both.into_bytes()),
            ("DER", "api.example.com.der", facts.der.to_vec()),
        ]
    };
    for (form, file, wanted) in forms {
        let mut window = open(stage::with_key(Theme::Light, "api.example.com"));
        press(&mut window, CTRL, Key::Enter);
        window.get_by_role_and_label(Role::RadioButton, form).click();
        settle(&mut window);
        press(&mut window, CTRL, Key::Enter);
        assert!(matches!(window.state_mut().wanted(), Some(Pick::Save { name, .. }) if name == file), "{form}");
        let path = PathBuf::from("/tmp/of-the-test").join(file);
        window.state_mut().picked(Picked::Path(path.clone()));
        settle(&mut window);
        let Some((_, Request::SaveFile { bytes, path: asked, replace: true })) = window.state().asked.last() else {
            panic!("{form} was not saved")
        };
        assert!((bytes, asked) == (&wanted, &path), "{form}");
        window.state_mut().finish(Ok(Outcome { written: Some(path), ..Outcome::default() }));
        settle(&mut window);
        assert!(is_open(&window), "{form}: it shows again");
    }
}

#[test]
fn a_certificate_is_asked_about_once_until_it_is_another_one() {
    let mut window = stage::usual(Theme::Light);
    let asked = |window: &Window<'_>| window.state().looked.len();
    row(&mut window, "api.example.com");
    assert_eq!(asked(&window), 1);
    row(&mut window, "deploy-infra");
    row(&mut window, "api.example.com");
    assert_eq!(asked(&window), 1, "it is known");
    window.state_mut().happened(vec![attached("api.example.com", 3, facts("api-before"))]);
    settle(&mut window);
    assert_eq!(asked(&window), 2, "another one was attached");
    assert!(shows(&window, "the certificate, or one of its chain, has expired"));
}

#[test]
fn trust_is_asked_for_again_when_a_date_passes() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    assert_eq!(window.state().looked.len(), 1);
    window.state().wait(20 * 86_400);
    settle(&mut window);
    assert_eq!(window.state().looked.len(), 2, "it expired on 12 December");
}

#[test]
fn while_the_chain_is_checked_the_place_is_held_and_a_failure_is_told() {
    let mut window = stage::usual(Theme::Light);
    window.state_mut().silent = true;
    row(&mut window, "api.example.com");
    assert!(shows(&window, "Checking the chain"));
    press(&mut window, CTRL_SHIFT, Key::I);
    assert!(shows(&window, "The chain is still being checked."));
    press(&mut window, NONE, Key::Escape);
    window.state_mut().finish(Err(CustodianError::Input("The log cannot be read.".into())));
    settle(&mut window);
    assert!(shows(&window, "The chain could not be checked."));
}

#[test]
fn a_key_without_a_certificate_says_so() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL_SHIFT, Key::I);
    assert!(!is_open(&window));
    assert!(shows(&window, "deploy-infra has no certificate. Attach the one that came back."));
    assert!(window.state().looked.is_empty(), "there is nothing to ask about");
}

#[test]
fn a_state_that_would_cut_the_name_stands_below_it() {
    let window = destroyed(Theme::Light);
    let name = window.query_all_by_label("legacy-vpn").last().expect("the name").rect();
    let chip = window.query_all_by_label("Destroyed, compromised").last().expect("the state").rect();
    assert!(chip.top() > name.bottom() || chip.left() >= name.right(), "{name:?} {chip:?}");
    let mut window = stage::usual(Theme::Light);
    let long = "a-name-of-thirty-letters-x.example";
    let edit = keystead::model::Edit { name: Some(long.into()), ..Default::default() };
    window.state_mut().happened(vec![Event::KeyEdited { key: world::id("legacy-vpn"), edit }]);
    settle(&mut window);
    act(&mut window, long);
    let name = window.query_all_by_label(long).last().expect("the name").rect();
    let chip = window.query_all_by_label("Destroyed, compromised").last().expect("the state").rect();
    assert!(chip.top() > name.bottom(), "{name:?} {chip:?}");
}

fn destroyed(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    act(&mut window, "legacy-vpn");
    window
}

#[test]
fn certificate_dialog() {
    let mut album = Album::default();
    album.both("certificate", |appearance| open(stage::with_key(appearance, "api.example.com")));
    album.both("certificate-expired", |appearance| open(with(appearance, "cdn.example.com", facts("old"))));
    album.both("certificate-issuer", |appearance| {
        let mut window = open(stage::with_key(appearance, "api.example.com"));
        press(&mut window, NONE, Key::ArrowDown);
        window
    });
}

#[test]
fn certificates_in_trouble() {
    let mut album = Album::default();
    album.both("certificate-damaged", |appearance| {
        let mut window = open(with(appearance, "git.example.com", damaged()));
        window.query_all_by_label_contains("Damaged certificate").last().expect("it").click();
        settle(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window
    });
    album.one("certificate-alone", Theme::Light, open(with(Theme::Light, "wiki.example.com", facts("alone"))));
}

#[test]
fn certificates_with_long_names() {
    let mut album = Album::default();
    let name = "staging-environment-for-the-quarterly-audit-rehearsal.eu-central-1.internal.example.com";
    album.both("certificate-long", |appearance| open(with(appearance, name, facts("long"))));
    let mut window = stage::opened(world::usual(), vec2(800.0, 600.0), Theme::Light, 1.0);
    window.state_mut().happened(vec![attached(name, 1, facts("long"))]);
    settle(&mut window);
    act(&mut window, name);
    album.one("certificate-narrow", Theme::Light, open(window));
}

#[test]
fn certificates_renewed_saved_and_missing() {
    let mut album = Album::default();
    let mut window = stage::usual(Theme::Light);
    let older = [attached("api.example.com", 3, facts("api-before")), attached("api.example.com", 3, facts("api"))];
    window.state_mut().happened(older.to_vec());
    settle(&mut window);
    row(&mut window, "api.example.com");
    album.one("certificate-renewed", Theme::Light, open(window));
    album.both("certificate-save", |appearance| {
        let mut window = open(stage::with_key(appearance, "api.example.com"));
        press(&mut window, CTRL, Key::Enter);
        window
    });
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL, Key::K);
    type_text(&mut window, "certificate");
    album.one("certificate-none", Theme::Light, window);
    album.both("state-below", destroyed);
}
