//! The dialogs of a key's life as pictures: usual, refused, many, light and dark.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::Outcome;
use keystead::model::{Event, RevocationReason, State, Transition, VersionRef, alert};

use crate::pictures::Album;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

/// A window with a key selected, and the dialog of an action over it.
fn over(appearance: Theme, name: &str, action: &str) -> Window<'static> {
    let mut window = stage::with_key(appearance, name);
    act(&mut window, action);
    window
}

/// The dialog of an action over every key.
fn over_all(appearance: Theme, action: &str) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, Modifiers::COMMAND, Key::A);
    act(&mut window, action);
    window
}

fn radio(window: &mut Window<'_>, label: &str) {
    window.get_by_role_and_label(Role::RadioButton, label).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

#[test]
fn turn_dialogs() {
    let mut album = Album::default();
    album.both("suspend", |appearance| over(appearance, "api.example.com", "Suspend"));
    album.one("deactivate", Theme::Light, over(Theme::Light, "api.example.com", "Deactivate"));
    let mut window = over(Theme::Light, "api.example.com", "Extend");
    press(&mut window, Modifiers::COMMAND, Key::A);
    type_text(&mut window, "2028-01-31");
    album.one("extend-too-long", Theme::Light, window);
    album.one("suspend-many", Theme::Dark, over_all(Theme::Dark, "Suspend"));
}

#[test]
fn rotate_dialog() {
    let mut album = Album::default();
    album.both("rotate", |appearance| over(appearance, "api.example.com", "Rotate"));
    album.one("rotate-many", Theme::Light, over_all(Theme::Light, "Rotate"));
    let mut window = over(Theme::Light, "api.example.com", "Rotate");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    let events = window.state().world.rotated("api.example.com");
    window.state_mut().happened(events);
    window.state_mut().finish(Ok(Outcome { keys: vec![world::id("api.example.com")], ..Outcome::default() }));
    settle(&mut window);
    album.one("rotated", Theme::Light, window);
}

#[test]
fn what_a_batch_could_not_do() {
    let mut album = Album::default();
    let mut window = over_all(Theme::Light, "Rotate");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    let refused = ["deploy-frontend", "deploy-infra", "metrics-push"].map(|name| {
        (world::id(name), "the store \u{201c}Encrypted files\u{201d} cannot be reached: the disk is gone".to_owned())
    });
    let keys = ["api.example.com"; 31].map(world::id).to_vec();
    window.state_mut().finish(Ok(Outcome { keys, refused: refused.to_vec(), ..Outcome::default() }));
    settle(&mut window);
    album.one("batch-report", Theme::Light, window);
}

#[test]
fn revoke_dialog() {
    let mut album = Album::default();
    album.both("revoke", |appearance| {
        let mut window = over(appearance, "api.example.com", "Revoke");
        radio(&mut window, "Key compromise");
        window
    });
    album.one("revoke-start", Theme::Light, over(Theme::Light, "deploy-infra", "Revoke"));
    let mut window = over_all(Theme::Light, "Revoke");
    radio(&mut window, "Superseded");
    album.one("revoke-many", Theme::Light, window);
}

#[test]
fn destroy_dialog() {
    let mut album = Album::default();
    album.both("destroy", |appearance| {
        let mut window = over(appearance, "cdn.example.com", "Destroy");
        radio(&mut window, "At once");
        window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
        settle(&mut window);
        type_text(&mut window, "cdn.exam");
        window
    });
    album.one("destroy-later", Theme::Light, over(Theme::Light, "api.example.com", "Destroy"));
    album.one("destroy-many", Theme::Dark, over_all(Theme::Dark, "Destroy"));
}

#[test]
fn deliveries_dialog() {
    let mut album = Album::default();
    let rotated = |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        let events = window.state().world.rotated("api.example.com");
        window.state_mut().happened(events);
        settle(&mut window);
        window
    };
    album.both("deliveries", |appearance| {
        let mut window = rotated(appearance);
        act(&mut window, "Deliveries");
        window
    });
    album.one("inspector-deliveries", Theme::Light, rotated(Theme::Light));
    let mut window = rotated(Theme::Light);
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    click(&mut window, "Due");
    album.one("hand-overs-due", Theme::Light, window);
    let mut window = rotated(Theme::Light);
    let version = VersionRef { key: world::id("api.example.com"), version: 3 };
    let revoked = Event::Revoked { version, reason: RevocationReason::KeyCompromise, since: None, note: String::new() };
    window.state_mut().happened(vec![revoked]);
    act(&mut window, "Deliveries");
    album.one("deliveries-revoked", Theme::Light, window);
}

#[test]
fn a_planned_destruction_shows_in_the_inspector() {
    let mut album = Album::default();
    album.both("inspector-planned", |appearance| {
        let mut window = stage::with_key(appearance, "cdn.example.com");
        let version = VersionRef { key: world::id("cdn.example.com"), version: 1 };
        let transition = Transition::PlanDestruction { due: world::now().plus_days(7) };
        window.state_mut().happened(vec![Event::Transitioned { version, transition, reason: "replaced by cdn2".into() }]);
        settle(&mut window);
        window
    });
}

/// Two alerts put off and one acknowledged.
fn quiet(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    let inventory = &window.state().world.inventory;
    let quiet = |name: &str, until, reason: &str| {
        let key = inventory.key(world::id(name)).expect("a key");
        let found = alert::of_key(key, &inventory.policy_of(key), None, world::now());
        let first = found.first().expect("an alert");
        Event::AlertQuieted { key: Some(key.id), quiet: first.quieted(world::now(), until, reason.into()) }
    };
    let events = vec![
        quiet("auth-jwt-signer-eu", Some(world::day("2026-12-01")), ""),
        quiet("deploy-frontend", Some(world::day("2027-01-04")), ""),
        quiet("cdn.example.com", None, "Goes away with the old data centre in March."),
    ];
    assert_eq!(inventory.key(world::id("cdn.example.com")).expect("a key").state(world::now()), State::Deactivated);
    window.state_mut().happened(events);
    settle(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window
}

#[test]
fn alerts_put_off() {
    let mut album = Album::default();
    album.both("alerts-quiet", quiet);
    let mut window = quiet(Theme::Light);
    click(&mut window, "Snoozed 2");
    album.one("alerts-snoozed", Theme::Light, window);
    album.both("alerts-bell", |appearance| {
        let mut window = quiet(appearance);
        click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
        window
    });
    let mut window = quiet(Theme::Light);
    click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
    click(&mut window, "Acknowledge with a reason");
    album.one("acknowledge", Theme::Light, window);
}
