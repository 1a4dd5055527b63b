//! What a person does in the window, through the names that screen readers say, and what comes of it.

use std::path::PathBuf;

use egui::{Event, Key, Modifiers, Role, Theme, vec2};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::{CustodianError, LockState, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::desktop::settings::Settings;
use keystead::model::{Command, Edit, Event as Happened, Format, Purpose, StoreKind, Target};

use crate::stage::{self, USUAL, Window, act, click, press, row, row_of, rows, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

fn usual() -> Window<'static> {
    stage::usual(Theme::Light)
}

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn is_dialog(window: &Window<'_>, title: &str) -> bool {
    window.query_all(By::new().role(Role::Dialog).label(title)).next().is_some()
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where failures could")]
fn done(keys: Vec<keystead::model::KeyId>) -> Result<Outcome, CustodianError> {
    Ok(Outcome { keys, ..Outcome::default() })
}

/// Shows a key by its name, through the palette.
fn show(window: &mut Window<'_>, name: &str) {
    press(window, CTRL, Key::K);
    type_text(window, name);
    press(window, Modifiers::NONE, Key::Enter);
}

#[test]
fn the_last_letters_count_when_enter_comes_within_the_same_frame() {
    let mut window = usual();
    press(&mut window, CTRL, Key::N);
    type_text(&mut window, "vpn.example.co");
    let enter = Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    window.input_mut().events.extend([Event::Text("m".into()), enter]);
    settle(&mut window);
    let Some(Command::Generate(specs)) = window.state().command() else { panic!("no key was asked for") };
    assert_eq!(specs[0].name, "vpn.example.com");
}

#[test]
fn a_history_that_comes_late_does_not_push_out_the_one_shown() {
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    assert!(!shows(&window, "Reading the log"));
    let other = window.state().world.inventory.named("deploy-frontend").unwrap().id;
    window.state().report(Report::History { key: other, entries: Vec::new() });
    settle(&mut window);
    assert!(!shows(&window, "Reading the log"));
}

#[test]
fn a_key_is_made_from_ctrl_n_to_its_row() {
    let mut window = usual();
    press(&mut window, CTRL, Key::N);
    assert!(is_dialog(&window, "New key"));
    // The name has the focus, so that a person can type at once.
    type_text(&mut window, "vpn.example.com");
    window.get_by_role_and_label(Role::RadioButton, "SSH").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let Some(Command::Generate(specs)) = window.state().command() else { panic!("no key was asked for") };
    let [spec] = &specs[..] else { panic!("one key") };
    assert_eq!((spec.name.as_str(), spec.purpose, spec.owner.as_str()), ("vpn.example.com", Purpose::Ssh, "Mira"));
    assert_eq!(spec.warn_days, keystead::model::profile::standard(Purpose::Ssh).warn_days);
    let made = spec.clone();
    let events = window.state().world.made(&made);
    let id = events.1;
    let stage = window.state_mut();
    stage.happened(events.0);
    stage.finish(done(vec![id]));
    settle(&mut window);
    assert!(!is_dialog(&window, "New key"));
    assert!(rows(&window).contains(&"vpn.example.com".to_owned()));
    assert!(row_of(&window, "vpn.example.com").accesskit_node().label().is_some());
    assert!(shows(&window, "41 keys"));
}

#[test]
fn a_taken_or_empty_name_makes_no_key_and_says_why() {
    let mut window = usual();
    press(&mut window, CTRL, Key::N);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    type_text(&mut window, "api.example.com");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    assert!(shows(&window, "There is already a key called api.example.com."));
}

#[test]
fn escape_closes_the_dialog_and_leaves_the_selection() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL, Key::N);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!is_dialog(&window, "New key"));
    assert!(row_of(&window, "deploy-infra").accesskit_node().is_selected() == Some(true));
}

#[test]
fn many_keys_are_asked_for_with_one_command_and_can_be_cancelled() {
    let mut window = usual();
    press(&mut window, CTRL_SHIFT, Key::N);
    type_text(&mut window, "a.example.com\nb.example.com\n\nc.example.com");
    press(&mut window, CTRL, Key::Enter);
    let Some(Command::Generate(specs)) = window.state().command() else { panic!("no keys were asked for") };
    assert_eq!(specs.iter().map(|spec| &*spec.name).collect::<Vec<_>>(), ["a.example.com", "b.example.com", "c.example.com"]);
    let ticket = window.state().asked.last().expect("a request").0;
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(window.state().cancelled(), [ticket]);
    window.state_mut().finish(Ok(Outcome { cancelled: Some((1, 3)), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "Cancelled: 1 of 3 keys were made and are whole."));
}

#[test]
fn rows_follow_what_is_typed_into_the_search() {
    let mut window = usual();
    press(&mut window, CTRL, Key::F);
    for (letter, count) in [("b", None), ("ackup", None), ("-host-0", Some(2)), ("2", Some(1))] {
        type_text(&mut window, letter);
        if let Some(count) = count {
            assert_eq!(rows(&window).len(), count);
        }
    }
    assert_eq!(rows(&window), ["backup-host-02"]);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("40 keys").is_some());
    press(&mut window, CTRL, Key::F);
    type_text(&mut window, "expires<soon");
    assert!(rows(&window).len() > 10, "a term half typed leaves the rows as they are");
}

#[test]
fn views_and_filters_narrow_the_rows() {
    let mut window = usual();
    click(&mut window, "Needs attention 6");
    assert_eq!(rows(&window).len(), 6);
    click(&mut window, "All 40");
    click(&mut window, "State");
    window.get_by_role_and_label(Role::MenuItem, "Suspended").click();
    settle(&mut window);
    assert_eq!(rows(&window), ["billing-webhook-jws"]);
    press(&mut window, Modifiers::NONE, Key::Escape);
    click(&mut window, "Clear the filters");
    assert!(rows(&window).len() > 10);
}

#[test]
fn the_palette_runs_an_action_by_its_name() {
    let mut window = usual();
    press(&mut window, CTRL, Key::K);
    type_text(&mut window, "timeline");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "Expiries") || window.query_by_role_and_label(Role::ScrollView, "Timeline").is_some());
    press(&mut window, CTRL, Key::K);
    type_text(&mut window, "deploy-infra");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(row_of(&window, "deploy-infra").accesskit_node().is_selected() == Some(true));
}

#[test]
fn an_action_that_cannot_be_done_says_why() {
    let mut window = usual();
    show(&mut window, "legacy-vpn");
    let request = window.get_by_role_and_label(Role::Button, "Request");
    assert!(request.accesskit_node().is_disabled());
    press(&mut window, CTRL, Key::R);
    assert!(!is_dialog(&window, "Certificate request for legacy-vpn"));
    assert!(shows(&window, "legacy-vpn cannot prove possession: it is destroyed"));
}

#[test]
fn an_edit_is_one_event_a_key_and_ctrl_z_takes_it_back() {
    let mut window = stage::with_key(Theme::Light, "backup-host-01");
    row_of(&window, "backup-host-02").click_modifiers(CTRL);
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::F2);
    assert!(is_dialog(&window, "Edit 2 keys"));
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "Ada");
    press(&mut window, CTRL, Key::Enter);
    let Some(Command::Edit(edits)) = window.state().command().cloned() else { panic!("no edit was asked for") };
    let wanted = Edit { owner: Some("Ada".into()), ..Edit::default() };
    assert_eq!(edits, ["backup-host-01", "backup-host-02"].map(|name| (world::id(name), wanted.clone())));
    let stage = window.state_mut();
    stage.happened(edits.into_iter().map(|(key, edit)| Happened::KeyEdited { key, edit }).collect());
    stage.finish(done(Vec::new()));
    settle(&mut window);
    assert!(row_of(&window, "backup-host-01").accesskit_node().label().is_some_and(|label| label.contains("Ada")));
    press(&mut window, CTRL, Key::Z);
    let Some(Command::Edit(edits)) = window.state().command().cloned() else { panic!("nothing was taken back") };
    let before = Edit { owner: Some("Jonas".into()), ..Edit::default() };
    assert_eq!(edits, ["backup-host-01", "backup-host-02"].map(|name| (world::id(name), before.clone())));
}

#[test]
fn locking_hides_everything_and_unlocking_brings_it_back_where_it_was() {
    let mut window = stage::opened(world::usual_in(StoreKind::Files), USUAL, Theme::Light, 1.0);
    row(&mut window, "api.staging.example.com");
    press(&mut window, CTRL, Key::Num2);
    press(&mut window, CTRL, Key::L);
    assert!(matches!(window.state().asked.last(), Some((_, Request::Lock))));
    assert!(!shows(&window, "api.staging.example.com") && !shows(&window, "GNOME"), "something of the inventory shows");
    window.state_mut().finish(done(Vec::new()));
    settle(&mut window);
    press(&mut window, CTRL, Key::N);
    assert!(!is_dialog(&window, "New key"), "shortcuts reach behind the lock");
    type_text(&mut window, "a passphrase");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let Some((_, Request::Unlock(Some(passphrase)))) = window.state().asked.last() else { panic!("nothing was to be unlocked") };
    assert_eq!(passphrase.expose(), "a passphrase");
    let wrong = "That passphrase does not open this inventory. Nothing was changed.";
    window.state_mut().finish(Err(CustodianError::Input(wrong.into())));
    settle(&mut window);
    assert!(shows(&window, wrong));
    type_text(&mut window, "the passphrase");
    press(&mut window, Modifiers::NONE, Key::Enter);
    window.state_mut().finish(done(Vec::new()));
    settle(&mut window);
    assert!(row_of(&window, "api.staging.example.com").accesskit_node().is_selected() == Some(true), "it is not where it was");
    assert!(window.query_by_role_and_label(Role::ScrollView, "Timeline").is_some());
}

#[test]
fn what_needs_secrets_unlocks_first_and_then_goes_on() {
    let world = world::usual_in(StoreKind::Files);
    let mut health = world.health();
    health.lock = LockState::Locked;
    let mut window = stage::with_health(world, health.clone(), USUAL, Theme::Light, 1.0);
    press(&mut window, CTRL, Key::N);
    assert!(is_dialog(&window, "Unlock the inventory"));
    type_text(&mut window, "the passphrase");
    press(&mut window, CTRL, Key::Enter);
    health.lock = LockState::Unlocked;
    window.state_mut().finish(done(Vec::new()));
    window.state().report(Report::Health(Box::new(health)));
    settle(&mut window);
    assert!(is_dialog(&window, "New key"));
}

#[test]
fn rows_are_selected_by_click_shift_ctrl_and_all_at_once() {
    let mut window = stage::with_key(Theme::Light, "backup-host-01");
    row_of(&window, "billing-webhook-jws").click_modifiers(Modifiers::SHIFT);
    settle(&mut window);
    assert!(shows(&window, "4 selected") || shows(&window, "4 keys"));
    row_of(&window, "backup-host-02").click_modifiers(CTRL);
    settle(&mut window);
    assert!(shows(&window, "3 keys"));
    press(&mut window, CTRL, Key::A);
    assert!(window.query_by_label("Active: 33").is_some());
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    assert!(row_of(&window, "api.staging.example.com").accesskit_node().is_selected() == Some(true));
    press(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    press(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    assert!(shows(&window, "3 keys"), "from the row on which Shift was first held");
}

#[test]
fn each_column_sorts_both_ways_and_is_remembered() {
    let first = |column: &str| {
        let mut window = usual();
        click(&mut window, &format!("Sort by {column}"));
        let up = rows(&window);
        click(&mut window, &format!("Sort by {column}, now upwards"));
        let down = rows(&window);
        assert_ne!(up, down, "{column}");
        (up[0].clone(), down[0].clone())
    };
    assert_eq!(first("Expires").0, "legacy-proxy");
    assert_eq!(first("Owner").1, "offline-root-2026".to_owned().min(first("Owner").1));
    for column in ["Algorithm, bits", "State", "Store", "Tags"] {
        first(column);
    }
    let mut window = usual();
    click(&mut window, "Sort by Name, now upwards");
    assert_eq!(rows(&window)[0], "wiki.example.com");
    std::thread::sleep(std::time::Duration::from_millis(650));
    settle(&mut window);
    let (saved, _) = Settings::parse(window.state().saved.as_deref().expect("settings were written"));
    assert_eq!(saved.sort, Some(("Name".to_owned(), true)));
}

#[test]
fn a_day_that_comes_changes_the_rows_without_any_event() {
    let mut window = usual();
    assert!(row_of(&window, "auth-jwt-signer-eu").accesskit_node().label().is_some_and(|label| label.contains("Pre-active")));
    window.state().wait(9 * 86_400);
    settle(&mut window);
    assert!(row_of(&window, "auth-jwt-signer-eu").accesskit_node().label().is_some_and(|label| label.contains(", Active")));
}

#[test]
fn columns_that_are_hidden_stay_hidden() {
    let mut window = usual();
    click(&mut window, "Columns");
    window.get_by_role_and_label(Role::MenuItem, "Owner").click();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("Sort by Owner").is_none());
    std::thread::sleep(std::time::Duration::from_millis(650));
    settle(&mut window);
    let text = window.state().saved.clone().expect("settings were written");
    assert!(Settings::parse(&text).0.hidden_columns.contains(&"Owner".to_owned()));
}

#[test]
fn an_alert_carries_the_action_that_ends_it() {
    // Tall enough for the least urgent one.
    let mut window = stage::opened(world::usual(), vec2(1280.0, 1600.0), Theme::Light, 1.0);
    press(&mut window, CTRL, Key::Num3);
    click(&mut window, "Back up");
    assert!(is_dialog(&window, "Back up"));
    press(&mut window, Modifiers::NONE, Key::Escape);
    act(&mut window, "Note a backup");
    type_text(&mut window, "safe");
    press(&mut window, CTRL, Key::Enter);
    assert!(matches!(window.state().command(), Some(Command::NoteBackup { place }) if place == "safe"));
    window.state_mut().happened(vec![Happened::BackupMade { place: "safe".into(), backup: None }]);
    window.state_mut().finish(done(Vec::new()));
    settle(&mut window);
    assert!(!shows(&window, "Backup is older than the newest key"));
}

#[test]
fn the_timeline_is_named_scrolls_zooms_and_leads_to_the_key() {
    let mut window = usual();
    press(&mut window, CTRL, Key::Num2);
    let lane = row_of(&window, "api.staging.example.com").accesskit_node().label().unwrap_or_default();
    assert!(lane.starts_with("api.staging.example.com, active, until 20 Apr 2027, 4 mo left; version 2 planned on"), "{lane}");
    let picture = |window: &mut Window<'_>| window.render().expect("a picture");
    let mut before = picture(&mut window);
    let mut moved = |window: &mut Window<'_>, how: &str| {
        settle(window);
        window.remove_cursor();
        settle(window);
        let after = picture(window);
        assert!(after != before, "{how} changed nothing");
        before = after;
    };
    press(&mut window, Modifiers::NONE, Key::Plus);
    moved(&mut window, "plus");
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    moved(&mut window, "right");
    press(&mut window, Modifiers::NONE, Key::PageDown);
    moved(&mut window, "page down");
    window.hover_at(egui::pos2(800.0, 500.0));
    settle(&mut window);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    moved(&mut window, "the wheel");
    window.drag_at(egui::pos2(800.0, 500.0));
    window.run();
    window.hover_at(egui::pos2(600.0, 500.0));
    window.run();
    window.drop_at(egui::pos2(600.0, 500.0));
    moved(&mut window, "a drag");
    press(&mut window, Modifiers::NONE, Key::Home);
    row(&mut window, "cdn2.example.com");
    assert!(window.query_by_role_and_label(Role::ScrollView, "Timeline").is_none());
    assert!(row_of(&window, "cdn2.example.com").accesskit_node().is_selected() == Some(true));
}

#[test]
fn the_timeline_is_saved_where_the_file_dialog_says() {
    let mut window = usual();
    press(&mut window, CTRL, Key::Num2);
    click(&mut window, "Save picture");
    press(&mut window, CTRL, Key::Enter);
    let wanted = window.state_mut().wanted();
    assert!(matches!(wanted, Some(Pick::Save { name, .. }) if name == "timeline.svg"));
    let path = PathBuf::from("/tmp/of-the-test/timeline.svg");
    window.state_mut().picked(Picked::Path(path.clone()));
    settle(&mut window);
    let Some((_, Request::SaveFile { bytes, path: asked, replace: true })) = window.state().asked.last() else {
        panic!("nothing was to be saved")
    };
    assert_eq!(asked, &path);
    let svg = std::str::from_utf8(bytes).expect("text");
    assert!(svg.starts_with("<svg") && svg.contains("api.example.com"));
}

#[test]
fn without_a_file_dialog_a_path_is_typed_and_nothing_is_replaced_unasked() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, CTRL, Key::E);
    press(&mut window, CTRL, Key::Enter);
    assert!(matches!(window.state_mut().wanted(), Some(Pick::Save { name, .. }) if name == "deploy-infra.pub"));
    window.state_mut().picked(Picked::NoDialog);
    settle(&mut window);
    assert!(shows(&window, "The system's file dialog did not answer."));
    press(&mut window, CTRL, Key::Enter);
    let Some(Command::Export { versions, format, target: Target::File { path, replace: false }, .. }) =
        window.state().command().cloned()
    else {
        panic!("nothing was exported")
    };
    assert_eq!((versions[0].key, format), (world::id("deploy-infra"), Format::OpenSsh));
    window.state_mut().finish(Err(CustodianError::Exists(path.clone())));
    settle(&mut window);
    assert!(shows(&window, "exists already."));
    click(&mut window, "Replace it");
    assert!(matches!(window.state().command(), Some(Command::Export { target: Target::File { replace: true, .. }, .. })));
}

#[test]
fn a_full_disk_is_told_in_the_dialog_and_what_was_typed_stays() {
    let mut window = stage::with_key(Theme::Light, "deploy-infra");
    press(&mut window, Modifiers::NONE, Key::F2);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "deploy-all");
    press(&mut window, CTRL, Key::Enter);
    let full = "Not saved: the disk is full. Your inventory is as it was before.";
    window.state_mut().finish(Err(CustodianError::Log(full.into())));
    settle(&mut window);
    assert!(shows(&window, full));
    assert!(is_dialog(&window, "Edit deploy-infra"));
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Name").value().as_deref(), Some("deploy-all"));
}

#[test]
fn a_damaged_log_is_for_reading_and_a_person_can_go_on_from_it() {
    let world = world::usual();
    let mut health = world.health();
    (health.read_only, health.good_until) = (true, Some(61));
    health.conditions.log = Some("The log was altered at record 62. It is open for reading.".into());
    let mut window = stage::with_health(world, health, USUAL, Theme::Light, 1.0);
    assert!(window.get_by_role_and_label(Role::Button, "New key").accesskit_node().is_disabled());
    click(&mut window, "Review");
    click(&mut window, "Go on from it");
    assert!(is_dialog(&window, "Go on from a damaged log"));
    type_text(&mut window, "compared with the backup of Monday");
    press(&mut window, CTRL, Key::Enter);
    assert!(
        matches!(window.state().asked.last(), Some((_, Request::AcceptHistory { reason })) if reason.starts_with("compared"))
    );
}

#[test]
fn every_control_of_every_screen_has_a_name_and_takes_the_focus() {
    for screen in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Comma] {
        let mut window = stage::with_key(Theme::Light, "api.example.com");
        press(&mut window, CTRL, screen);
        let controls =
            [Role::Button, Role::Link, Role::Switch, Role::ComboBox, Role::CheckBox, Role::RadioButton, Role::TextInput];
        let mut wanted = 0;
        for role in controls {
            for node in window.query_all_by_role(role) {
                let node = node.accesskit_node();
                assert!(node.label().is_some_and(|label| !label.is_empty()), "{screen:?}: a {role:?} without a name");
                wanted += usize::from(!node.is_disabled());
            }
        }
        let mut reached = std::collections::HashSet::new();
        for _ in 0..wanted + 60 {
            window.key_press(Key::Tab);
            window.run();
            if let Some(node) = window.root().children_recursive().find(|node| node.accesskit_node().is_focused()) {
                reached.insert(node.accesskit_node().id());
            }
        }
        assert!(reached.len() >= wanted, "{screen:?}: Tab reaches {} of {wanted} controls", reached.len());
    }
}
