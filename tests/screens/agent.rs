//! The SSH agent in the window: its settings, which keys it offers, its questions, and when a key signed last.

use egui::{Key, Modifiers, Role, Theme, vec2};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::Outcome;
use keystead::custodian::agent::Question;
use keystead::custodian::link::{AgentReport, Report, Request};
use keystead::model::{AgentUse, Asker, Command, Event, SignedFor, VersionRef};

use crate::pictures::Album;
use crate::stage::{self, Window, act, click, press, settle};
use crate::world;

const NAME: &str = "bastion.eu-west";

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn question() -> Question {
    Question {
        key: world::id(NAME),
        name: NAME.into(),
        asker: Asker { pid: Some(41_873), program: "/usr/bin/ssh".into() },
        purpose: SignedFor::Login { user: "deploy".into(), host: Some("ssh://bastion.eu-west.example.com".into()) },
    }
}

fn asks(window: &mut Window<'_>, id: u64) {
    window.state_mut().report(Report::AgentAsks { id, question: question() });
    settle(window);
}

/// Long enough to have read it.
fn read(window: &mut Window<'_>) {
    std::thread::sleep(std::time::Duration::from_millis(550));
    settle(window);
}

fn offered(window: &mut Window<'_>, usage: AgentUse) {
    window.state_mut().happened(vec![Event::AgentSet { key: world::id(NAME), usage: Some(usage) }]);
    let version = VersionRef { key: world::id(NAME), version: 1 };
    let asker = Asker { pid: Some(41_873), program: "/usr/bin/ssh".into() };
    let purpose = SignedFor::Login { user: "deploy".into(), host: Some("ssh://bastion.eu-west.example.com".into()) };
    window.state_mut().happened(vec![Event::AgentSigned { version, asker, purpose }]);
    settle(window);
}

const DAY: AgentUse = AgentUse { confirm: true, lifetime_seconds: Some(8 * 3_600) };

/// The dialog of a key that SSH cannot use.
fn unfit() -> Window<'static> {
    let mut window = stage::opened(world::usual(), vec2(1280.0, 900.0), Theme::Light, 1.0);
    stage::row(&mut window, "firmware-root-ml-dsa");
    act(&mut window, "Offer to the SSH agent");
    window
}

/// The answers that were sent, in order.
fn answers(window: &Window<'_>) -> Vec<(u64, bool)> {
    let answer = |(_, request): &(_, Request)| match request {
        Request::AnswerAgent { id, allow } => Some((*id, *allow)),
        _ => None,
    };
    window.state().asked.iter().filter_map(answer).collect()
}

fn settings(appearance: Theme, report: AgentReport) -> Window<'static> {
    let mut window = stage::usual(appearance);
    offered(&mut window, DAY);
    act(&mut window, "Settings");
    if report != AgentReport::Off {
        window.get_by_role_and_label(Role::Switch, "Serve an SSH agent").click();
        settle(&mut window);
    }
    window.state_mut().report(Report::Agent(report));
    settle(&mut window);
    window.get_by_role_and_label(Role::Switch, "Serve an SSH agent").scroll_to_me();
    settle(&mut window);
    window
}

fn on() -> AgentReport {
    AgentReport::On("/run/user/1000/keystead/agent.sock".into())
}

#[test]
fn the_switch_starts_and_ends_the_agent_and_its_line_is_copied() {
    let mut window = stage::usual(Theme::Light);
    act(&mut window, "Settings");
    window.get_by_role_and_label(Role::Switch, "Serve an SSH agent").click();
    settle(&mut window);
    assert!(matches!(window.state().request(), Some(Request::ServeAgent(true))));
    window.state_mut().finish(Ok(Outcome::default()));
    window.state_mut().report(Report::Agent(on()));
    settle(&mut window);
    assert!(shows(&window, "Copy the line for a shell"));
    window.get_by_role_and_label(Role::Switch, "Serve an SSH agent").click();
    settle(&mut window);
    assert!(matches!(window.state().request(), Some(Request::ServeAgent(false))));
}

#[test]
fn a_key_is_offered_as_the_dialog_says_and_no_more() {
    let mut window = stage::with_key(Theme::Light, NAME);
    act(&mut window, "Offer to the SSH agent");
    assert!(shows(&window, &format!("Offer {NAME} to the SSH agent")) && shows(&window, "The SSH agent is off."));
    window.get_by_role_and_label(Role::CheckBox, "Ask before each signature").click();
    settle(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    let usage = Some(AgentUse { confirm: true, lifetime_seconds: None });
    assert_eq!(window.state().command(), Some(&Command::SetAgent { keys: vec![world::id(NAME)], usage }));
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    offered(&mut window, DAY);
    assert!(shows(&window, "asks each time, for 8 h") && shows(&window, "Last used"));
    act(&mut window, "Offer to the SSH agent");
    window.get_by_role_and_label(Role::RadioButton, "Offer it no more").click();
    settle(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert_eq!(window.state().command(), Some(&Command::SetAgent { keys: vec![world::id(NAME)], usage: None }));
}

#[test]
fn a_key_that_cannot_sign_for_ssh_is_not_offered_and_says_why() {
    let mut window = unfit();
    assert!(shows(&window, "SSH knows no signatures of ML-DSA-65"));
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert!(window.state().command().is_none());
}

#[test]
fn a_question_is_answered_once_and_not_by_keys_meant_for_something_else() {
    let mut window = stage::usual(Theme::Light);
    asks(&mut window, 7);
    assert!(shows(&window, "Use bastion.eu-west?") && shows(&window, "ssh (process 41873)"));
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert!(answers(&window).is_empty(), "nobody reads so fast");
    read(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert_eq!(answers(&window), [(7, true)]);
    assert!(!shows(&window, "Use bastion.eu-west?"));
    asks(&mut window, 8);
    read(&mut window);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(answers(&window), [(7, true), (8, false)]);
}

#[test]
fn a_question_that_nobody_answers_goes_and_a_dialog_under_it_stays() {
    let mut window = stage::with_key(Theme::Light, NAME);
    act(&mut window, "Offer to the SSH agent");
    asks(&mut window, 1);
    assert!(!shows(&window, "Ask before each signature"), "one thing at a time");
    window.state_mut().wait(61);
    settle(&mut window);
    settle(&mut window);
    assert!(!shows(&window, "Use bastion.eu-west?") && shows(&window, "Ask before each signature"));
    assert!(answers(&window).is_empty());
}

#[test]
fn locking_ends_what_was_asked() {
    let mut window = stage::usual(Theme::Light);
    asks(&mut window, 1);
    press(&mut window, Modifiers::COMMAND, Key::N);
    assert!(!shows(&window, "New key, "), "nothing opens behind it");
    press(&mut window, Modifiers::COMMAND, Key::L);
    settle(&mut window);
    assert!(!shows(&window, "Use bastion.eu-west?"));
}

#[test]
fn when_a_key_signed_last_is_a_column_where_there_is_room() {
    let mut window = stage::opened(world::usual(), vec2(1600.0, 800.0), Theme::Light, 1.0);
    offered(&mut window, DAY);
    assert!(shows(&window, "Sort by Last used"));
    click(&mut window, "Sort by Last used");
    assert_eq!(stage::rows(&window)[0], NAME, "the newest first");
    let narrow = stage::usual(Theme::Light);
    assert!(!shows(&narrow, "Sort by Last used"));
}

#[test]
fn pictures_of_the_agent() {
    let mut album = Album::default();
    album.both("agent-settings", |appearance| settings(appearance, on()));
    album.one("agent-settings-off", Theme::Light, settings(Theme::Light, AgentReport::Off));
    let trouble = "/run/user/1000/keystead/agent.sock is in use: an agent answers there. End it first.";
    album.one("agent-settings-trouble", Theme::Light, settings(Theme::Light, AgentReport::Trouble(trouble.into())));
    album.one("agent-settings-refused", Theme::Light, {
        let mut window = settings(Theme::Light, on());
        let sentence = "ssh (process 41873) wanted to use bastion.eu-west for a login as deploy, host not told. Nobody answered within a minute.";
        window.state().report(Report::AgentRefused(sentence.into()));
        settle(&mut window);
        window
    });
    album.both("agent-offer", |appearance| {
        let mut window = stage::with_key(appearance, NAME);
        offered(&mut window, DAY);
        act(&mut window, "Offer to the SSH agent");
        window
    });
    album.one("agent-offer-refused", Theme::Light, unfit());
    album.both("agent-question", |appearance| {
        let mut window = stage::with_key(appearance, NAME);
        asks(&mut window, 1);
        window.state_mut().wait(12);
        settle(&mut window);
        window
    });
    album.both("agent-inspector", |appearance| {
        let mut window = stage::opened(world::usual(), vec2(1600.0, 800.0), appearance, 1.0);
        offered(&mut window, DAY);
        stage::row(&mut window, NAME);
        window
    });
}
