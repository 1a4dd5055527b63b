//! Telling holders of a revocation in the window: the notice, the ticks, and the key that signs.

use std::path::PathBuf;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::{CustodianError, Outcome};
use keystead::desktop::pick::Picked;
use keystead::model::{Command, Event, RevocationReason, Target, VersionRef};

use crate::pictures::Album;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn command(window: &Window<'_>) -> Command {
    window.state().command().cloned().expect("something was asked for")
}

/// The version that three hold and that is revoked here.
fn of() -> VersionRef {
    VersionRef { key: world::id("api.example.com"), version: 3 }
}

fn revoked_event() -> Event {
    let since = Some(world::day("2026-11-21"));
    Event::Revoked { version: of(), reason: RevocationReason::KeyCompromise, since, note: "found in a public image".into() }
}

/// A window with a revoked key selected.
fn revoked(appearance: Theme) -> Window<'static> {
    let mut window = stage::with_key(appearance, "api.example.com");
    window.state_mut().happened(vec![revoked_event()]);
    settle(&mut window);
    window
}

/// The dialog that tells its holders, with a path typed.
fn typed(appearance: Theme) -> Window<'static> {
    let mut window = revoked(appearance);
    press(&mut window, CTRL_SHIFT, Key::T);
    click(&mut window, "Type a path instead");
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "/home/mira/notices/api.json");
    window
}

/// The same once the notice is written and one holder was told.
fn saved(appearance: Theme) -> Window<'static> {
    let mut window = typed(appearance);
    press(&mut window, CTRL, Key::Enter);
    let signer = Event::NoticeKeyChosen { key: Some(world::id("contracts-signing")) };
    let told = Event::NoticeSent { version: of(), recipient: "edge-eu-1".into() };
    window.state_mut().happened(vec![signer, told]);
    let written = Some(PathBuf::from("/home/mira/notices/api.json"));
    window.state_mut().finish(Ok(Outcome { keys: vec![of().key], written, ..Outcome::default() }));
    settle(&mut window);
    window
}

#[test]
fn a_revocation_leads_to_the_notice_and_its_holders() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL_SHIFT, Key::R);
    window.get_by_role_and_label(Role::RadioButton, "Key compromise").click();
    settle(&mut window);
    window.query_all_by_role_and_label(Role::Button, "Revoke and replace").last().expect("the button").focus();
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(matches!(command(&window), Command::Revoke { .. }));
    window.state_mut().happened(vec![revoked_event()]);
    window.state_mut().finish(Ok(Outcome { keys: vec![of().key], ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "Tell the holders of api.example.com"));
    assert!(shows(&window, "Revocation notices signs the notice: a key that is made when you save it."));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "Tell the holders of api.example.com"));
    press(&mut window, CTRL_SHIFT, Key::L);
    click(&mut window, "Save the notice");
    assert!(shows(&window, "Tell the holders of api.example.com"));
}

#[test]
fn a_notice_is_saved_where_the_person_says_and_each_holder_is_ticked_off() {
    let mut window = saved(Theme::Light);
    for path in ["api.json", "api.json.sig", "api.txt", "api.txt.sig"] {
        assert!(shows(&window, path), "{path}");
    }
    window.get_by_role_and_label(Role::CheckBox, "Told: partner-gateway").click();
    settle(&mut window);
    let Command::NoticeSent { version, recipient } = command(&window) else { panic!("nobody was ticked off") };
    assert_eq!((version, recipient.as_str()), (of(), "partner-gateway"));
    press(&mut window, CTRL, Key::Enter);
    assert!(!shows(&window, "Tell the holders of"), "the dialog closes");
}

#[test]
fn what_stands_in_the_way_is_replaced_only_when_the_person_agrees() {
    let mut window = revoked(Theme::Light);
    act(&mut window, "Tell holders");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_some(), "the system's file dialog");
    window.state_mut().picked(Picked::Path("/tmp/n.json".into()));
    settle(&mut window);
    let file = |replace| Target::File { path: "/tmp/n.json".into(), replace };
    assert_eq!(command(&window), Command::Notice { version: of(), target: file(false) });
    window.state_mut().finish(Err(CustodianError::Exists("/tmp/n.txt".into())));
    settle(&mut window);
    assert!(shows(&window, "/tmp/n.txt exists already."));
    click(&mut window, "Replace it");
    assert_eq!(command(&window), Command::Notice { version: of(), target: file(true) });
}

#[test]
fn a_key_never_signs_its_own_notice_and_another_is_chosen_on_the_way() {
    let mut window = revoked(Theme::Light);
    window.state_mut().happened(vec![Event::NoticeKeyChosen { key: Some(of().key) }]);
    press(&mut window, CTRL_SHIFT, Key::T);
    assert!(shows(&window, "cannot sign the notice of its own revocation"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    click(&mut window, "Choose a key");
    type_text(&mut window, "contracts");
    window.get_by_role_and_label(Role::RadioButton, "contracts-signing").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let chosen = Some(world::id("contracts-signing"));
    assert_eq!(command(&window), Command::ChooseNoticeKey(chosen));
    window.state_mut().happened(vec![Event::NoticeKeyChosen { key: chosen }]);
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(shows(&window, "contracts-signing signs the notice."));
}

#[test]
fn the_settings_lead_to_the_choice_of_the_notice_key() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Comma);
    click(&mut window, "Choose the notice key");
    let made = window.get_by_role_and_label(Role::RadioButton, "Made on first use");
    assert_eq!(made.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "nothing would change");
    assert!(window.query_by_role_and_label(Role::RadioButton, "cdn.example.com").is_none(), "a deactivated key cannot sign");
}

#[test]
fn notice_dialogs() {
    let mut album = Album::default();
    album.both("notice", |appearance| {
        let mut window = revoked(appearance);
        press(&mut window, CTRL_SHIFT, Key::T);
        window
    });
    album.both("notice-saved", saved);
    let mut window = typed(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    let reason = "does not fit: the disk is full".to_owned();
    window.state_mut().finish(Err(CustodianError::Target { path: "/home/mira/notices/api.json".into(), reason }));
    settle(&mut window);
    album.one("notice-error", Theme::Light, window);
    album.both("notice-key", |appearance| {
        let mut window = stage::usual(appearance);
        act(&mut window, "Choose the notice key");
        window
    });
}
