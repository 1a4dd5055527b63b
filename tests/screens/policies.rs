//! What a person does with policies in the window: figures of a purpose, of a key, of a selection, and
//! what is marked by them.

use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{AccessKitNode, By, NodeT as _, Queryable as _};
use keystead::custodian::Outcome;
use keystead::model::policy::Steps;
use keystead::model::{Command, Event, Overrides, Purpose, profile};

use crate::stage::{self, USUAL, Window, act, click, press, row_of, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

pub fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

/// Clicks the button whose name begins so.
pub fn choose(window: &mut Window<'_>, start: &str) {
    let wanted = start.to_owned();
    let by = By::new().predicate(move |node: &AccessKitNode<'_>| {
        node.role() == Role::Button && node.label().is_some_and(|label| label.starts_with(&wanted))
    });
    window.get(by).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

/// Writes into the field of a figure, in place of what stands there, and waits for what follows.
pub fn write(window: &mut Window<'_>, figure: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, figure).focus();
    settle(window);
    press(window, CTRL, Key::A);
    type_text(window, text);
    rest(window);
}

/// What follows from a draft is worked out once it rests.
fn rest(window: &mut Window<'_>) {
    std::thread::sleep(Duration::from_millis(160));
    settle(window);
}

/// The policies, with the editor of a figure of SSH open.
pub fn editing(appearance: Theme, figure: &str) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, CTRL, Key::Num7);
    choose(&mut window, "SSH, ");
    choose(&mut window, &format!("{figure}: "));
    window
}

fn command(window: &Window<'_>) -> Command {
    window.state().command().cloned().expect("something was asked for")
}

/// What was asked for happens, and its request ends.
fn done(window: &mut Window<'_>, events: Vec<Event>) {
    window.state_mut().happened(events);
    window.state_mut().finish(Ok(Outcome::default()));
    settle(window);
}

fn of_keys(policies: Vec<(keystead::model::KeyId, Overrides)>) -> Vec<Event> {
    policies.into_iter().map(|(key, own)| Event::KeyPolicySet { key, overrides: Box::new(own) }).collect()
}

#[test]
fn a_figure_shows_what_it_would_mark_is_saved_as_one_event_and_taken_back() {
    let mut window = editing(Theme::Light, "Cryptoperiod");
    write(&mut window, "Cryptoperiod", "90d");
    assert!(shows(&window, "Would mark 4 keys that keep it today."));
    assert!(shows(&window, "backup-host-01: It lasts 365 days, and its policy allows 90."));
    assert!(window.state().command().is_none(), "a draft changes nothing");
    press(&mut window, CTRL, Key::Enter);
    let Command::SetPolicies(policies) = command(&window) else { panic!("nothing was set") };
    let [(purpose, policy)] = &policies[..] else { panic!("one policy was changed") };
    assert_eq!((*purpose, &policy.cryptoperiod), (Purpose::Ssh, &Steps::always(90)));
    done(&mut window, vec![Event::PolicySet { purpose: *purpose, policy: Box::new(policy.clone()) }]);
    assert!(shows(&window, "The policy of SSH is saved.") && shows(&window, "1 figure differs, 6 keys, 5 break it"));
    assert!(window.query_by_label("Revert").is_none(), "nothing is left to save");
    press(&mut window, CTRL, Key::Num3);
    click(&mut window, "Kind");
    window.get_by_role_and_label(Role::MenuItem, "Breaks its policy").click();
    settle(&mut window);
    assert!(shows(&window, "Notice: backup-host-01 breaks its policy. It lasts 365 days, and its policy allows 90."));
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, CTRL, Key::Z);
    assert_eq!(command(&window), Command::SetPolicies(vec![(Purpose::Ssh, profile::standard(Purpose::Ssh).clone())]));
}

#[test]
fn a_contradiction_names_figure_and_reason_and_is_not_saved() {
    let mut window = editing(Theme::Light, "Overlap");
    write(&mut window, "Overlap", "300");
    assert!(shows(&window, "Overlap. An overlap of 300 days is longer than the 7 days that are left after the rotation."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    assert!(window.get_by_role_and_label(Role::Button, "Save").accesskit_node().is_disabled());
    write(&mut window, "Overlap", "soon");
    assert!(shows(&window, "Overlap. Write days, such as 14d."));
    click(&mut window, "Revert");
    assert!(window.query_by_label("Save").is_none() && shows(&window, "Overlap: 7 days"));
}

#[test]
fn a_draft_waits_while_a_person_is_elsewhere_and_says_so() {
    let mut window = editing(Theme::Light, "Wait before destruction");
    write(&mut window, "Wait before destruction", "30");
    press(&mut window, CTRL, Key::Num1);
    assert!(shows(&window, "The policy of SSH is not saved. The draft waits under Policies."));
    press(&mut window, CTRL, Key::Num7);
    assert!(shows(&window, "Wait before destruction: 30 days. Now 7 days") && window.query_by_label("Save").is_some());
}

#[test]
fn a_profile_is_taken_for_all_purposes_at_once() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Num7);
    click(&mut window, "One profile for all");
    window.get_by_role_and_label(Role::MenuItem, "CNSA 2.0").click();
    rest(&mut window);
    assert!(shows(&window, "SSH, CNSA 2.0"));
    click(&mut window, "Save 8 policies");
    let Command::SetPolicies(policies) = command(&window) else { panic!("nothing was set") };
    assert!(policies.len() == 8 && policies.iter().all(|(_, policy)| &*policy.profile == "cnsa-2.0"));
}

#[test]
fn algorithms_are_allowed_and_ordered() {
    let mut window = editing(Theme::Light, "Algorithms");
    click(&mut window, "Move ECDSA P-256 up");
    window.get_by_role_and_label(Role::CheckBox, "RSA 3072").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let Command::SetPolicies(policies) = command(&window) else { panic!("nothing was set") };
    let mut wanted = profile::standard(Purpose::Ssh).algorithms.clone();
    wanted.swap(0, 1);
    wanted.retain(|algorithm| *algorithm != keystead::model::Algorithm::Rsa3072);
    assert_eq!(policies[0].1.algorithms, wanted);
}

#[test]
fn a_log_that_is_not_whole_lets_nobody_edit() {
    let world = world::usual();
    let mut health = world.health();
    health.read_only = true;
    let mut window = stage::with_health(world, health, USUAL, Theme::Light, 1.0);
    press(&mut window, CTRL, Key::Num7);
    choose(&mut window, "Overlap: ");
    assert!(shows(&window, "open for reading only"));
    assert!(window.query_by_role_and_label(Role::TextInput, "Overlap").is_none());
}

#[test]
fn a_key_gets_a_figure_of_its_own_its_mark_goes_and_comes_back() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    assert!(shows(&window, "Breaks its policy: It lasts 730 days, and its policy allows 365."));
    assert!(row_of(&window, "deploy-infra").accesskit_node().label().is_some_and(|label| label.contains("breaks its policy")));
    press(&mut window, CTRL_SHIFT, Key::P);
    assert!(shows(&window, "It is marked as breaking its policy."));
    window.get_by_role_and_label(Role::CheckBox, "Cryptoperiod").click();
    settle(&mut window);
    write(&mut window, "Cryptoperiod", "730d");
    assert!(shows(&window, "It keeps this policy."));
    press(&mut window, CTRL, Key::Enter);
    let own = Overrides { cryptoperiod: Some(Steps::always(730)), ..Overrides::default() };
    assert_eq!(command(&window), Command::SetKeyPolicies(vec![(world::id("deploy-infra"), own.clone())]));
    done(&mut window, of_keys(vec![(world::id("deploy-infra"), own)]));
    assert!(shows(&window, "1 own figure") && !shows(&window, "Breaks its policy:"));
    press(&mut window, CTRL, Key::Z);
    let back = vec![(world::id("deploy-infra"), Overrides::default())];
    assert_eq!(command(&window), Command::SetKeyPolicies(back.clone()));
    done(&mut window, of_keys(back));
    assert!(shows(&window, "Breaks its policy: It lasts 730 days"));
}

#[test]
fn a_contradictory_figure_of_a_key_is_named_and_the_way_back_is_its_purpose() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    act(&mut window, "Policy of the key");
    window.get_by_role_and_label(Role::CheckBox, "Overlap").click();
    settle(&mut window);
    write(&mut window, "Overlap", "9");
    assert!(shows(&window, "An overlap of 9 days is longer than the 7 days that are left after the rotation."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    click(&mut window, "As its purpose");
    assert!(!shows(&window, "An overlap of 9 days"));
    assert!(window.get_by_role_and_label(Role::Button, "Save").accesskit_node().is_disabled(), "nothing is changed");
}

#[test]
fn of_a_selection_those_that_can_get_the_figure_and_the_refused_are_reported() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::A);
    click(&mut window, "Policy of 40 keys");
    choose_for_all(&mut window, "Overlap", "Own value");
    write(&mut window, "Overlap", "9");
    assert!(shows(&window, "What becomes of 34 of the 40 keys; 6 cannot"));
    assert!(shows(&window, "bastion.eu-west: An overlap of 9 days is longer"));
    press(&mut window, CTRL, Key::Enter);
    let Command::SetKeyPolicies(policies) = command(&window) else { panic!("nothing was set") };
    assert!(policies.len() == 34 && policies.iter().all(|(_, own)| own.overlap_days == Some(9)));
    let refused = world::id("api.example.com");
    let set: Vec<_> = policies.into_iter().filter(|(key, _)| *key != refused).collect();
    let keys = set.iter().map(|(key, _)| *key).collect();
    window.state_mut().happened(of_keys(set));
    let refused = vec![(refused, "its policy was changed meanwhile".to_owned())];
    window.state_mut().finish(Ok(Outcome { keys, refused, ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "1 key was not changed") && shows(&window, "api.example.com: Its policy was changed meanwhile."));
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, CTRL, Key::Z);
    let Command::SetKeyPolicies(back) = command(&window) else { panic!("nothing was taken back") };
    assert!(back.len() == 33 && back.iter().all(|(_, own)| own.is_empty()));
}

/// Chooses what becomes of a figure of several keys.
pub fn choose_for_all(window: &mut Window<'_>, figure: &str, choice: &str) {
    click(window, &format!("{figure}: As it is"));
    window.get_by_role_and_label(Role::MenuItem, choice).click();
    settle(window);
}

#[test]
fn a_new_key_that_breaks_its_policy_stays_marked() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::N);
    window.get_by_role_and_label(Role::TextInput, "Name").focus();
    settle(&mut window);
    type_text(&mut window, "long.example.com");
    press(&mut window, CTRL, Key::Enter);
    let Command::Generate(specs) = command(&window) else { panic!("no key was asked for") };
    let (events, id) = window.state().world.made(&specs[0]);
    window.state_mut().happened(events);
    window.state_mut().finish(Ok(Outcome { keys: vec![id], ..Outcome::default() }));
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Escape);
    stage::row(&mut window, "long.example.com");
    assert!(shows(&window, "Breaks its policy: It lasts 365 days, and its policy allows 200."));
    assert!(
        row_of(&window, "long.example.com").accesskit_node().label().is_some_and(|label| label.contains("breaks its policy"))
    );
}
