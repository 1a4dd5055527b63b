//! Private halves that leave: the dialog, what it asks for, and what keeps a key where it is.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::link::Request;
use keystead::custodian::{CustodianError, Outcome, PrivateExport};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::{Event, Format, Overrides};

use crate::pictures::Album;
use crate::stage::{self, Window, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn choose(window: &mut Window<'_>, form: &str) {
    window.get_by_role_and_label(Role::RadioButton, form).click();
    settle(window);
}

/// The dialog of an SSH key, whose policy lets it leave.
fn dialog(appearance: Theme) -> Window<'static> {
    let mut window = stage::with_key(appearance, "bastion.eu-west");
    press(&mut window, CTRL_SHIFT, Key::X);
    window
}

fn asked<'w>(window: &'w Window<'_>) -> Option<&'w PrivateExport> {
    match window.state().request() {
        Some(Request::ExportPrivate(wanted)) => Some(wanted),
        _ => None,
    }
}

/// The dialog with a passphrase of the person's own, so that no picture shows random words.
fn with_own(appearance: Theme) -> Window<'static> {
    let mut window = dialog(appearance);
    click(&mut window, "Choose my own");
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the file").focus();
    settle(&mut window);
    type_text(&mut window, "seven quiet harbours at noon");
    window.get_by_role_and_label(Role::PasswordInput, "Once more").focus();
    settle(&mut window);
    type_text(&mut window, "seven quiet harbours at noon");
    window
}

#[test]
fn a_key_leaves_under_words_that_are_made_here_and_shown() {
    let mut window = dialog(Theme::Light);
    assert!(shows(&window, "Export the private key of bastion.eu-west"));
    assert!(shows(&window, "Write these words down"));
    press(&mut window, CTRL, Key::Enter);
    let Some(Pick::Save { name, .. }) = window.state_mut().wanted() else { panic!("the system's file dialog") };
    assert_eq!(name, "bastion.eu-west");
    window.state_mut().picked(Picked::Path("/tmp/id".into()));
    settle(&mut window);
    let wanted = asked(&window).expect("it was asked for");
    let key = world::id("bastion.eu-west");
    assert_eq!((wanted.format, wanted.versions[0].key), (Format::OpenSshPrivate, key));
    let words = wanted.passphrase.as_ref().expect("words").expose();
    assert_eq!(words.split([' ', '-']).count(), 7, "{words}");
    assert!(wanted.replace && wanted.recipient.is_none() && wanted.typed_name.is_none());
    window.state_mut().finish(Ok(Outcome { written: Some("/tmp/id".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(!shows(&window, "Export the private key of"));
}

#[test]
fn a_failure_leaves_the_dialog_and_its_words_for_another_try() {
    let mut window = dialog(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/id".into()));
    settle(&mut window);
    let first = asked(&window).and_then(|wanted| wanted.passphrase.as_ref()).expect("words").expose().to_owned();
    window.state_mut().finish(Err(CustodianError::Target { path: "/tmp/id".into(), reason: "does not fit".into() }));
    settle(&mut window);
    assert!(shows(&window, "Nothing was written: /tmp/id does not fit."));
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/other".into()));
    settle(&mut window);
    let again = asked(&window).and_then(|wanted| wanted.passphrase.as_ref()).expect("words");
    assert_eq!(again.expose(), first);
}

#[test]
fn in_clear_the_name_has_to_be_typed() {
    let mut window = dialog(Theme::Light);
    choose(&mut window, "PKCS#8 in clear");
    assert!(shows(&window, "The file opens without a passphrase."));
    let confirm = |window: &mut Window<'_>| {
        window.query_all_by_role_and_label(Role::Button, "Save as").last().expect("the button").click();
        settle(window);
    };
    confirm(&mut window);
    assert!(window.state_mut().wanted().is_none(), "the name is missing");
    window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
    settle(&mut window);
    type_text(&mut window, "bastion.eu-west");
    confirm(&mut window);
    assert!(window.state_mut().wanted().is_some());
    window.state_mut().picked(Picked::Path("/tmp/clear".into()));
    settle(&mut window);
    let wanted = asked(&window).expect("it was asked for");
    assert_eq!(wanted.typed_name.as_deref(), Some("bastion.eu-west"));
    assert!(wanted.passphrase.is_none());
}

#[test]
fn the_policy_keeps_a_key_and_says_where_to_change_it() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL_SHIFT, Key::X);
    assert!(shows(&window, "It stays in its store."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none());
    click(&mut window, "Policy of the key");
    assert!(!shows(&window, "Export the private key of"));
    let own = Overrides { exportable: Some(true), ..Overrides::default() };
    let key = world::id("api.example.com");
    window.state_mut().happened(vec![Event::KeyPolicySet { key, overrides: Box::new(own) }]);
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, CTRL_SHIFT, Key::X);
    assert!(shows(&window, "Write these words down"));
}

#[test]
fn a_weak_passphrase_does_not_go() {
    let mut window = dialog(Theme::Light);
    click(&mut window, "Choose my own");
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the file").focus();
    settle(&mut window);
    type_text(&mut window, "password1");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none());
}

#[test]
fn pictures_of_leaving() {
    let mut album = Album::default();
    album.both("export-private", with_own);
    album.both("export-private-clear", |appearance| {
        let mut window = dialog(appearance);
        choose(&mut window, "PKCS#8 in clear");
        type_text(&mut window, "bastion");
        window
    });
    let mut kept = stage::with_key(Theme::Light, "api.example.com");
    press(&mut kept, CTRL_SHIFT, Key::X);
    album.one("export-private-kept", Theme::Light, kept);
}
