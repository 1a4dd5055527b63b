//! What a person does with the life of keys in the window, by keyboard where nothing else is the point,
//! and what is asked of the custodian for it.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::Outcome;
use keystead::model::{Command, Event, RevocationReason, Transition, VersionRef};

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

fn version(name: &str, version: u32) -> VersionRef {
    VersionRef { key: world::id(name), version }
}

/// What was asked for happens, and its request ends.
fn done(window: &mut Window<'_>, events: Vec<Event>, keys: &[&str]) {
    window.state_mut().happened(events);
    let keys = keys.iter().copied().map(world::id).collect();
    window.state_mut().finish(Ok(Outcome { keys, ..Outcome::default() }));
    settle(window);
}

fn turned(turns: Vec<(VersionRef, Transition)>) -> Vec<Event> {
    turns.into_iter().map(|(version, transition)| Event::Transitioned { version, transition, reason: String::new() }).collect()
}

#[test]
fn a_key_is_suspended_by_keyboard_and_ctrl_z_resumes_it() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL_SHIFT, Key::S);
    press(&mut window, CTRL, Key::Enter);
    let Command::Turn { turns, .. } = command(&window) else { panic!("no turn was asked for") };
    assert_eq!(turns, [(version("deploy-infra", 1), Transition::Suspend { from: world::now(), until: None })]);
    done(&mut window, turned(turns), &["deploy-infra"]);
    assert!(shows(&window, "deploy-infra is suspended."));
    press(&mut window, CTRL, Key::Z);
    let Command::Turn { turns, .. } = command(&window) else { panic!("nothing was taken back") };
    assert_eq!(turns, [(version("deploy-infra", 1), Transition::Resume { at: world::now() })]);
}

#[test]
fn a_turn_that_the_state_forbids_says_why() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL_SHIFT, Key::U);
    assert!(shows(&window, "api.example.com cannot be resumed: it is active, not suspended."));
    assert!(window.state().command().is_none());
    stage::row(&mut window, "cdn.example.com");
    let suspend = window.get_by_role_and_label(Role::Button, "Suspend");
    assert!(suspend.accesskit_node().is_disabled());
}

#[test]
fn an_extension_wants_a_reason_and_says_that_it_breaks_the_policy() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL_SHIFT, Key::E);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "2028-01-31");
    assert!(shows(&window, "It stays marked as breaking its policy."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "without a reason");
    window.get_by_role_and_label(Role::TextInput, "Reason").focus();
    settle(&mut window);
    type_text(&mut window, "the supplier is late");
    press(&mut window, CTRL, Key::Enter);
    let Command::Turn { turns, reason } = command(&window) else { panic!("no turn was asked for") };
    let expires = world::day("2028-01-31").plus_seconds(86_399);
    assert_eq!(turns, [(version("api.example.com", 3), Transition::ChangeExpiry { expires })]);
    assert_eq!(reason, "the supplier is late");
    let before = window.state().world.inventory.key(world::id("api.example.com")).and_then(|key| key.version(3)?.life.expires);
    done(&mut window, turned(turns), &["api.example.com"]);
    press(&mut window, CTRL, Key::Z);
    let Command::Turn { turns, .. } = command(&window) else { panic!("nothing was taken back") };
    let expires = before.expect("it had an expiry");
    assert_eq!(turns, [(version("api.example.com", 3), Transition::ChangeExpiry { expires })]);
}

#[test]
fn of_a_selection_only_those_that_can_are_asked_for_and_failures_are_reported() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::A);
    press(&mut window, CTRL, Key::T);
    assert!(shows(&window, "What becomes of 36 of the 40 keys; 4 cannot"));
    press(&mut window, CTRL, Key::Enter);
    let Command::Rotate(specs) = command(&window) else { panic!("no rotation was asked for") };
    assert!(specs.iter().all(|spec| spec.key != world::id("auth-jwt-signer-eu") && spec.key != world::id("legacy-vpn")));
    assert_eq!(specs.len(), 36);
    let reason = "the disk is full".to_owned();
    let refused = vec![(world::id("deploy-infra"), reason)];
    window.state_mut().finish(Ok(Outcome { refused, ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "1 key was not rotated") && shows(&window, "deploy-infra: The disk is full."));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "1 key was not rotated"));
}

#[test]
fn after_a_rotation_the_request_stands_ready() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, CTRL, Key::T);
    press(&mut window, CTRL, Key::Enter);
    let Command::Rotate(specs) = command(&window) else { panic!("no rotation was asked for") };
    assert_eq!((specs.len(), specs[0].key, specs[0].algorithm), (1, world::id("api.example.com"), None));
    let events = window.state().world.rotated("api.example.com");
    done(&mut window, events, &["api.example.com"]);
    assert!(shows(&window, "3 deliveries are open."));
    press(&mut window, CTRL, Key::Enter);
    assert!(shows(&window, "Certificate request for api.example.com"));
}

#[test]
fn a_revocation_takes_a_reason_and_ctrl_enter_does_not_do_it() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL_SHIFT, Key::R);
    window.get_by_role_and_label(Role::RadioButton, "Superseded").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "the red button is no default");
    let buttons = window.query_all_by_role_and_label(Role::Button, "Revoke");
    buttons.last().expect("the button").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    let Command::Revoke { versions, reason, since, replace, .. } = command(&window) else { panic!("nothing was revoked") };
    assert_eq!(versions, [version("deploy-infra", 1)]);
    assert_eq!((reason, since, replace), (RevocationReason::Superseded, None, false));
}

#[test]
fn a_destruction_waits_and_can_be_kept_or_is_confirmed_by_its_name() {
    let mut window = stage::with_key(Theme::Light, "cdn.example.com");
    press(&mut window, Modifiers::NONE, Key::Delete);
    click(&mut window, "Plan the destruction");
    let Command::Turn { turns, .. } = command(&window) else { panic!("no destruction was planned") };
    let due = world::now().plus_days(7);
    assert_eq!(turns, [(version("cdn.example.com", 1), Transition::PlanDestruction { due })]);
    done(&mut window, turned(turns), &["cdn.example.com"]);
    act(&mut window, "Keep the key");
    let Command::Turn { turns, .. } = command(&window) else { panic!("it was not kept") };
    assert_eq!(turns, [(version("cdn.example.com", 1), Transition::CancelDestruction)]);
    done(&mut window, turned(turns), &["cdn.example.com"]);
    press(&mut window, Modifiers::NONE, Key::Delete);
    window.get_by_role_and_label(Role::RadioButton, "At once").click();
    settle(&mut window);
    assert!(window.get_by_role_and_label(Role::Button, "Destroy now").accesskit_node().is_disabled());
    window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
    settle(&mut window);
    type_text(&mut window, "cdn.example.com");
    click(&mut window, "Destroy now");
    assert!(matches!(command(&window), Command::Destroy { keys, .. } if keys == [world::id("cdn.example.com")]));
}

#[test]
fn a_delivery_is_ticked_off() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    let events = window.state().world.rotated("deploy-infra");
    window.state_mut().happened(events);
    settle(&mut window);
    press(&mut window, CTRL_SHIFT, Key::L);
    click(&mut window, "Delivered");
    let wanted = Command::Deliver { key: world::id("deploy-infra"), recipient: "git.example.com".into() };
    assert_eq!(command(&window), wanted);
}

#[test]
fn an_alert_is_snoozed_and_no_longer_counts_until_it_is_reopened() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Num3);
    assert!(window.query_by_label("Alerts, 6").is_some());
    click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
    window.get_by_role_and_label(Role::MenuItem, "One week").click();
    settle(&mut window);
    let Command::Quiet(quieted) = command(&window) else { panic!("nothing was snoozed") };
    assert_eq!((quieted[0].0, quieted[0].1.until), (Some(world::id("build-agent-07")), Some(world::day("2026-11-30"))));
    let events = quieted.into_iter().map(|(key, quiet)| Event::AlertQuieted { key, quiet }).collect();
    done(&mut window, events, &["build-agent-07"]);
    assert!(window.query_by_label("Alerts, 5").is_some() && window.query_by_label("Snoozed 1").is_some());
    click(&mut window, "Reopen");
    let wanted = Command::Reopen(vec![(Some(world::id("build-agent-07")), "compromised".into(), "".into())]);
    assert_eq!(command(&window), wanted);
}
