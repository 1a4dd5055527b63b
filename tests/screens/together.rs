//! Fast hands, or a slow frame: the last letters and Ctrl+Enter come within one frame, and the letters count.

use egui::{Event, Key, Modifiers, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::link::Request;
use keystead::model::Command;

use crate::policies::editing;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;

/// Letters and Ctrl+Enter, all in the frame that comes.
fn type_and_confirm(window: &mut Window<'_>, letters: &str) {
    let enter = Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: CTRL };
    window.input_mut().events.extend([Event::Text(letters.into()), enter]);
    settle(window);
}

#[test]
fn a_key_has_the_name_that_was_typed() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::N);
    type_and_confirm(&mut window, "vpn.example.com");
    let Some(Command::Generate(specs)) = window.state().command() else { panic!("no key was asked for") };
    assert_eq!(specs.iter().map(|spec| &*spec.name).collect::<Vec<_>>(), ["vpn.example.com"]);
    let asked = window.state().asked.iter().filter(|(_, request)| matches!(request, Request::Run(Command::Generate(_))));
    assert_eq!(asked.count(), 1, "it is asked for once");
}

#[test]
fn a_name_that_the_letters_make_a_taken_one_makes_no_key() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::N);
    type_text(&mut window, "api.example.c");
    type_and_confirm(&mut window, "om");
    assert!(window.state().command().is_none());
    assert!(window.query_by_label_contains("There is already a key called api.example.com.").is_some());
    // What was refused is not kept: the next letter does not make a key.
    type_text(&mut window, "m");
    assert!(window.state().command().is_none());
}

#[test]
fn a_backup_is_noted_with_the_place_that_was_typed() {
    let mut window = stage::usual(Theme::Light);
    act(&mut window, "Note a backup");
    type_and_confirm(&mut window, "safe");
    assert!(matches!(window.state().command(), Some(Command::NoteBackup { place }) if place == "safe"));
}

#[test]
fn an_alert_is_acknowledged_with_the_reason_that_was_typed() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Num3);
    click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
    click(&mut window, "Acknowledge with a reason");
    type_and_confirm(&mut window, "it is known");
    let Some(Command::Quiet(quieted)) = window.state().command() else { panic!("nothing was acknowledged") };
    assert_eq!((quieted[0].0, &*quieted[0].1.reason), (Some(world::id("build-agent-07")), "it is known"));
}

#[test]
fn an_edit_carries_the_letters_that_came_last() {
    let mut window = stage::with_key(Theme::Light, "backup-host-01");
    press(&mut window, Modifiers::NONE, Key::F2);
    type_and_confirm(&mut window, "-b");
    let Some(Command::Edit(edits)) = window.state().command() else { panic!("no edit was asked for") };
    assert!(edits[0].1.name.as_deref().is_some_and(|name| name.ends_with("-b")), "{edits:?}");
}

#[test]
fn the_passphrase_is_changed_to_the_one_that_was_typed() {
    let mut window = stage::usual(Theme::Light);
    act(&mut window, "Change the passphrase");
    type_text(&mut window, "old one");
    press(&mut window, Modifiers::NONE, Key::Tab);
    type_text(&mut window, "marble-lantern-crossing-eleven-frozen-rivers");
    press(&mut window, Modifiers::NONE, Key::Tab);
    type_and_confirm(&mut window, "marble-lantern-crossing-eleven-frozen-rivers");
    assert!(matches!(window.state().request(), Some(Request::ChangePassphrase { .. })), "nothing was asked for");
}

#[test]
fn the_first_figure_of_a_policy_is_saved() {
    let mut window = editing(Theme::Light, "Cryptoperiod");
    window.get_by_role_and_label(egui::Role::TextInput, "Cryptoperiod").focus();
    settle(&mut window);
    press(&mut window, CTRL, Key::A);
    type_and_confirm(&mut window, "90d");
    assert!(matches!(window.state().command(), Some(Command::SetPolicies(_))), "{:?}", window.state().asked.len());
}
