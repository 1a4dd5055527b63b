//! What the timeline says of the time ahead, how busy weeks are spread, and pictures of both.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::Outcome;
use keystead::model::{Command, Event, KeyId, Overrides};

use crate::pictures::Album;
use crate::stage::{self, USUAL, Window, act, click, press, row_of, settle};
use crate::world::{self, World};

const CTRL: Modifiers = Modifiers::COMMAND;

/// The timeline over an inventory.
fn over(world: World, appearance: Theme) -> Window<'static> {
    let mut window = stage::opened(world, USUAL, appearance, 1.0);
    press(&mut window, CTRL, Key::Num2);
    window
}

fn forecast(world: World, appearance: Theme) -> Window<'static> {
    let mut window = over(world, appearance);
    click(&mut window, "Forecast");
    window
}

fn lane(window: &Window<'_>, name: &str) -> String {
    row_of(window, name).accesskit_node().label().unwrap_or_default()
}

/// What the busy weeks say of themselves.
fn busy(window: &Window<'_>) -> Vec<String> {
    let labels = window.query_all_by_label_contains("a busy week").filter_map(|node| node.accesskit_node().label());
    labels.collect()
}

/// How much comes due in the week that begins on a day.
fn due_in(window: &Window<'_>, week: &str) -> u32 {
    let start = format!("Week of {week}:");
    let node = window.query_all_by_label_contains(&start).next().expect("a week");
    let label = node.accesskit_node().label().unwrap_or_default();
    let count = label.split_once(": ").and_then(|(_, rest)| rest.split(' ').next());
    count.and_then(|count| count.parse().ok()).expect("a count")
}

fn policies(window: &Window<'_>) -> Vec<(KeyId, Overrides)> {
    let asked = window.state().command().and_then(|command| match command {
        Command::SetKeyPolicies(policies) => Some(policies.clone()),
        _ => None,
    });
    asked.expect("policies were asked for")
}

/// The policies that were asked for are set, and the request ends.
fn set(window: &mut Window<'_>) {
    let policies = policies(window);
    let keys = policies.iter().map(|(key, _)| *key).collect();
    let event = |(key, own): (KeyId, Overrides)| Event::KeyPolicySet { key, overrides: Box::new(own) };
    window.state_mut().happened(policies.into_iter().map(event).collect());
    window.state_mut().finish(Ok(Outcome { keys, ..Outcome::default() }));
    settle(window);
}

#[test]
fn lanes_say_what_lies_ahead() {
    let window = over(world::ahead(), Theme::Light);
    let says = |name: &str, wanted: &str| {
        let lane = lane(&window, name);
        assert!(lane.contains(wanted), "{lane}");
    };
    says("api.staging.example.com", "versions 1 and 2 overlap until 6 Dec 2026");
    says("git.example.com", "version 3 planned on 23 Apr 2027, overlap 10 d");
    says("cdn.example.com", "destruction waits for 11 Jan 2027");
    says("shop.example.com", "destruction of version 1 waits for 17 Dec 2026");
    says("wiki.example.com", "version 2 becomes active on 14 Dec 2026");
}

#[test]
fn what_hangs_at_the_pointer_goes_when_a_dialog_comes() {
    let mut window = over(world::usual(), Theme::Light);
    let spot = row_of(&window, "api.example.com").rect().center();
    window.hover_at(spot);
    for _ in 0..60 {
        window.step();
    }
    // Beside the lanes, which are rows.
    let hangs = |window: &Window<'_>| {
        let found = window.query_all_by_label_contains("until 12 Dec 2026");
        found.filter(|node| node.accesskit_node().role() == Role::Label).count()
    };
    assert_eq!(hangs(&window), 1);
    press(&mut window, CTRL, Key::N);
    assert!(window.query_by_role_and_label(Role::Dialog, "New key").is_some());
    assert_eq!(hangs(&window), 0);

    let mut window = forecast(world::ahead(), Theme::Light);
    let spot = window.query_all_by_label_contains("Week of 1 Mar 2027:").next().expect("the week").rect().center();
    window.hover_at(spot);
    for _ in 0..60 {
        window.step();
    }
    let hangs = |window: &Window<'_>| window.query_all_by_label("Week of 1 Mar 2027").count();
    assert_eq!(hangs(&window), 1);
    press(&mut window, CTRL, Key::N);
    assert_eq!(hangs(&window), 0);
}

#[test]
fn the_picture_that_is_saved_has_what_lies_ahead() {
    use keystead::custodian::link::Request;
    use keystead::desktop::pick::Picked;
    let mut window = forecast(world::ahead(), Theme::Light);
    click(&mut window, "Save picture");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().wanted();
    window.state_mut().picked(Picked::Path("/tmp/of-the-test/timeline.svg".into()));
    settle(&mut window);
    let Some((_, Request::SaveFile { bytes, .. })) = window.state().asked.last() else { panic!("nothing was to be saved") };
    let svg = std::str::from_utf8(bytes).expect("text");
    let planned = svg.contains("stroke-dasharray=\"4 3\"") && svg.contains("destruction waits for 11 Jan 2027");
    assert!(planned && svg.contains("a busy week</title>"));
}

#[test]
fn a_busy_week_is_named_and_lists_what_comes_due() {
    let mut window = forecast(world::ahead(), Theme::Light);
    let busiest = busy(&window);
    assert!(busiest.iter().any(|week| week.starts_with("Week of 1 Mar 2027: ") && week.contains("rotations")), "{busiest:?}");
    let week = window.query_all_by_label_contains("Week of 1 Mar 2027:").next().expect("the week");
    week.click();
    settle(&mut window);
    let due = window.query_all_by_label_contains("kiosk-berlin-03: Rotation, 3 Mar 2027").next().expect("in the list");
    due.click();
    settle(&mut window);
    assert!(window.query_by_role_and_label(Role::ScrollView, "Timeline").is_none());
    assert!(row_of(&window, "kiosk-berlin-03").accesskit_node().is_selected() == Some(true));
}

#[test]
fn busy_weeks_are_spread_and_ctrl_z_takes_it_back() {
    let mut window = forecast(world::ahead(), Theme::Light);
    let before = due_in(&window, "1 Mar 2027");
    click(&mut window, "Spread them");
    let moves: Vec<_> = window.query_all_by_role(Role::CheckBox).filter_map(|node| node.accesskit_node().label()).collect();
    let first = moves.iter().find(|label| label.contains(" instead of ")).expect("a move").clone();
    window.get_by_label(&first).click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let asked = policies(&window);
    assert!(!asked.is_empty() && asked.iter().all(|(_, own)| own.rotate_before_days.is_some()));
    let left_out = first.split(": ").next().unwrap_or_default();
    assert!(asked.iter().all(|(key, _)| *key != world::id(left_out)), "{left_out} was unticked");
    set(&mut window);
    assert!(window.query_all_by_label_contains("given an earlier rotation. Ctrl Z takes it back.").next().is_some());
    let after = due_in(&window, "1 Mar 2027");
    assert!(after < before, "{before} became {after}");
    press(&mut window, CTRL, Key::Z);
    assert!(policies(&window).iter().all(|(_, own)| own.is_empty()));
    set(&mut window);
    assert_eq!(due_in(&window, "1 Mar 2027"), before);
}

#[test]
fn where_nothing_is_busy_there_is_nothing_to_spread() {
    let mut window = forecast(world::calm(), Theme::Light);
    assert!(busy(&window).is_empty() && window.query_by_label("Spread them").is_none());
    act(&mut window, "Spread rotations");
    assert!(window.query_all_by_label_contains("No week of the next 12 months is busy.").next().is_some());
}

#[test]
fn timeline_plans() {
    let mut album = Album::default();
    album.both("timeline-plans", |appearance| {
        let mut window = over(world::ahead(), appearance);
        click(&mut window, "Dismiss");
        window
    });
}

#[test]
fn timeline_forecast() {
    let mut album = Album::default();
    album.both("timeline-forecast", |appearance| {
        let mut window = forecast(world::ahead(), appearance);
        window.query_all_by_label_contains("Week of 1 Mar 2027:").next().expect("the week").click();
        settle(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window
    });
    album.one("forecast-empty", Theme::Light, forecast(world::calm(), Theme::Light));
}

#[test]
fn spread_dialog() {
    let mut album = Album::default();
    album.both("spread", |appearance| {
        let mut window = forecast(world::ahead(), appearance);
        click(&mut window, "Spread them");
        window
    });
    let mut window = forecast(world::calm(), Theme::Light);
    act(&mut window, "Spread rotations");
    album.one("spread-nothing", Theme::Light, window);
}
