//! Every screen and dialog as a picture, light and dark.

use std::path::PathBuf;

use egui::{Key, Modifiers, Theme, vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::link::Report;
use keystead::custodian::{CustodianError, KeychainFinding, LockState};
use keystead::model::StoreKind;

use crate::stage::{self, USUAL, Window, click, picture, press, settle, type_text};
use crate::world;

/// The pictures of one test, compared together.
#[derive(Default)]
pub struct Album(SnapshotResults);

impl Album {
    /// What `make` shows, in both appearances.
    pub fn both(&mut self, name: &str, make: impl Fn(Theme) -> Window<'static>) {
        for appearance in [Theme::Light, Theme::Dark] {
            self.one(name, appearance, make(appearance));
        }
    }

    /// What shows, in one appearance.
    pub fn one(&mut self, name: &str, appearance: Theme, mut window: Window<'static>) {
        picture(&mut window, name, appearance);
        self.0.extend(window.take_snapshot_results());
    }
}

fn go(window: &mut Window<'_>, number: Key) {
    press(window, Modifiers::COMMAND, number);
}

fn first_run(appearance: Theme, finding: Option<KeychainFinding>) -> Window<'static> {
    let mut window = stage::unopened(world::empty(StoreKind::Files), USUAL, appearance, 1.0);
    window.state().report(Report::FirstRun { folder: PathBuf::from("/home/mira/.local/share/keystead") });
    settle(&mut window);
    if let Some(finding) = finding {
        window.state().report(Report::Keychain(finding));
    }
    settle(&mut window);
    window
}

fn works() -> KeychainFinding {
    KeychainFinding::Works { name: world::HOME.into() }
}

#[test]
fn first_run_with_a_keychain() {
    let mut album = Album::default();
    album.both("first-run", |appearance| {
        let mut window = first_run(appearance, Some(works()));
        window.get_by_role_and_label(egui::Role::RadioButton, "Files under a passphrase").click();
        settle(&mut window);
        window.get_by_role_and_label(egui::Role::PasswordInput, "Passphrase").focus();
        settle(&mut window);
        type_text(&mut window, "nine quiet lanterns drift");
        window.get_by_role_and_label(egui::Role::PasswordInput, "Once more").focus();
        settle(&mut window);
        type_text(&mut window, "nine quiet lanterns drift");
        window.remove_cursor();
        settle(&mut window);
        window
    });
}

#[test]
fn first_run_with_the_keychain_suggested() {
    let mut album = Album::default();
    album.one("first-run-keychain", Theme::Light, first_run(Theme::Light, Some(works())));
}

#[test]
fn first_run_without_a_keychain() {
    let mut album = Album::default();
    let reason = "No keychain answered on the session bus. Start one, or choose encrypted files.".to_owned();
    album.both("first-run-none", |appearance| {
        first_run(appearance, Some(KeychainFinding::Fails { name: None, reason: reason.clone() }))
    });
}

#[test]
fn an_inventory_that_cannot_be_opened() {
    let mut album = Album::default();
    let mut window = stage::unopened(world::empty(StoreKind::Files), USUAL, Theme::Light, 1.0);
    let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    window.state().report(Report::CannotOpen(CustodianError::Folder { path: "/srv/keys".into(), cause }));
    settle(&mut window);
    album.one("broken", Theme::Light, window);
}

#[test]
fn inventory() {
    let mut album = Album::default();
    album.both("inventory", |appearance| stage::with_key(appearance, "api.example.com"));
}

#[test]
fn inventory_at_two_pixels_a_point() {
    let mut album = Album::default();
    let mut window = stage::opened(world::usual(), USUAL, Theme::Light, 2.0);
    stage::row(&mut window, "build-agent-07");
    album.one("inventory@2x", Theme::Light, window);
}

#[test]
fn inventory_in_a_small_window() {
    let mut album = Album::default();
    album.both("narrow", |appearance| {
        let mut window = stage::opened(world::usual(), vec2(1024.0, 640.0), appearance, 1.0);
        stage::row(&mut window, "api.example.com");
        window
    });
    album.one("narrower", Theme::Light, stage::opened(world::usual(), vec2(800.0, 600.0), Theme::Light, 1.0));
}

#[test]
fn inventory_without_keys() {
    let mut album = Album::default();
    album.both("inventory-empty", stage::empty);
}

#[test]
fn nothing_matches() {
    let mut album = Album::default();
    album.both("inventory-nothing", |appearance| {
        let mut window = stage::usual(appearance);
        press(&mut window, Modifiers::COMMAND, Key::F);
        type_text(&mut window, "prod-eu");
        window
    });
}

#[test]
fn long_names_and_names_that_disguise_themselves() {
    let mut album = Album::default();
    let mut window = stage::usual(Theme::Light);
    click(&mut window, "Sort by Name, now upwards");
    stage::row(&mut window, "staging-environment-for-the-quarterly-audit-rehearsal.eu-central-1.internal.example.com");
    album.one("long-names", Theme::Light, window);
}

#[test]
fn many_selected() {
    let mut album = Album::default();
    let mut window = stage::usual(Theme::Dark);
    press(&mut window, Modifiers::COMMAND, Key::A);
    album.one("many-selected", Theme::Dark, window);
}

#[test]
fn a_locked_inventory_that_shows() {
    let mut album = Album::default();
    album.both("inventory-locked", |appearance| {
        let world = world::usual();
        let mut health = world.health();
        health.lock = LockState::Locked;
        if let Some(found) = &mut health.verification {
            found.authenticated = false;
        }
        let mut window = stage::with_health(world, health, USUAL, appearance, 1.0);
        stage::row(&mut window, "deploy-infra");
        window
    });
}

#[test]
fn lock_screen() {
    let mut album = Album::default();
    album.both("lock-screen", |appearance| {
        let mut window = stage::empty(appearance);
        press(&mut window, Modifiers::COMMAND, Key::L);
        window
    });
}

/// A log that was altered can be read, and says so.
fn damaged(appearance: Theme) -> Window<'static> {
    let world = world::usual();
    let mut health = world.health();
    health.read_only = true;
    health.good_until = Some(61);
    health.conditions.log = Some(
        "The log was altered at record 62. It is open for reading. Compare with a backup, or go on from record 61, on record."
            .into(),
    );
    stage::with_health(world, health, USUAL, appearance, 1.0)
}

#[test]
fn an_altered_log() {
    let mut album = Album::default();
    album.both("inventory-log-altered", |appearance| {
        let mut window = damaged(appearance);
        stage::row(&mut window, "api.example.com");
        window
    });
    let mut window = damaged(Theme::Light);
    go(&mut window, Key::Num5);
    album.one("log-altered", Theme::Light, window);
}

#[test]
fn timeline() {
    let mut album = Album::default();
    album.both("timeline", |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        go(&mut window, Key::Num2);
        window
    });
    let mut window = stage::empty(Theme::Light);
    go(&mut window, Key::Num2);
    album.one("timeline-empty", Theme::Light, window);
}

#[test]
fn alerts() {
    let mut album = Album::default();
    album.both("alerts", |appearance| {
        let mut window = stage::usual(appearance);
        go(&mut window, Key::Num3);
        window
    });
    let mut window = stage::empty(Theme::Light);
    go(&mut window, Key::Num3);
    album.one("alerts-empty", Theme::Light, window);
}

#[test]
fn hand_overs() {
    let mut album = Album::default();
    album.both("hand-overs", |appearance| {
        let mut window = stage::usual(appearance);
        go(&mut window, Key::Num4);
        window
    });
    let mut window = stage::empty(Theme::Light);
    go(&mut window, Key::Num4);
    album.one("hand-overs-empty", Theme::Light, window);
}

#[test]
fn audit_log() {
    let mut album = Album::default();
    album.both("log", |appearance| {
        let mut window = stage::usual(appearance);
        go(&mut window, Key::Num5);
        window
    });
    let mut window = stage::usual(Theme::Light);
    go(&mut window, Key::Num5);
    press(&mut window, Modifiers::COMMAND, Key::F);
    type_text(&mut window, "nothing of the kind");
    album.one("log-nothing", Theme::Light, window);
}

#[test]
fn stores() {
    let mut album = Album::default();
    album.both("stores", |appearance| {
        let mut window = stage::usual(appearance);
        go(&mut window, Key::Num6);
        window
    });
    let world = world::usual();
    let mut health = world.health();
    health.lock = LockState::Locked;
    health
        .conditions
        .stores
        .push((world::HOME.into(), "GNOME Keyring has not answered for 30 seconds. Look for its prompt, or cancel.".into()));
    let mut window = stage::with_health(world, health, USUAL, Theme::Light, 1.0);
    go(&mut window, Key::Num6);
    album.one("stores-trouble", Theme::Light, window);
}

#[test]
fn settings() {
    let mut album = Album::default();
    album.both("settings", |appearance| {
        let mut window = stage::usual(appearance);
        press(&mut window, Modifiers::COMMAND, Key::Comma);
        window
    });
}

fn new_key(appearance: Theme) -> Window<'static> {
    let mut window = stage::with_key(appearance, "api.example.com");
    press(&mut window, Modifiers::COMMAND, Key::N);
    type_text(&mut window, "pay.example.com");
    window
}

#[test]
fn new_key_dialog() {
    let mut album = Album::default();
    album.both("new-key", |appearance| {
        let mut window = new_key(appearance);
        click(&mut window, "Make a certificate request at the same time");
        window
    });
    let mut window = new_key(Theme::Light);
    // The inspector behind it has a link of the same name; the dialog lies on top.
    window.get_all_by_label("Change").last().expect("the dialog's own").click();
    stage::settle(&mut window);
    window.remove_cursor();
    stage::settle(&mut window);
    album.one("new-key-open", Theme::Light, window);
    let mut window = stage::usual(Theme::Dark);
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::N);
    album.one("new-key-many", Theme::Dark, window);
}

fn dialog(appearance: Theme, name: &str, key: &str, shift: bool, press_key: Key) -> Window<'static> {
    let mut window = stage::with_key(appearance, key);
    let modifiers = if shift { Modifiers::COMMAND | Modifiers::SHIFT } else { Modifiers::COMMAND };
    press(&mut window, modifiers, press_key);
    assert!(window.query_all_by_role(egui::Role::Dialog).next().is_some(), "{name} did not open");
    window
}

#[test]
fn export_dialog() {
    let mut album = Album::default();
    album.both("export", |appearance| dialog(appearance, "export", "api.example.com", false, Key::E));
    let mut window = dialog(Theme::Light, "export", "api.example.com", false, Key::E);
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    window.state_mut().picked(keystead::desktop::pick::Picked::NoDialog);
    settle(&mut window);
    album.one("export-no-dialog", Theme::Light, window);
}

#[test]
fn request_dialog() {
    let mut album = Album::default();
    album.both("request", |appearance| dialog(appearance, "request", "api.example.com", false, Key::R));
}

#[test]
fn attach_dialog() {
    let mut album = Album::default();
    album.one("attach", Theme::Light, dialog(Theme::Light, "attach", "api.example.com", true, Key::A));
}

#[test]
fn hand_over_dialog() {
    let mut album = Album::default();
    album.one("hand-over", Theme::Dark, dialog(Theme::Dark, "hand-over", "api.example.com", true, Key::H));
}

#[test]
fn edit_dialog() {
    let mut album = Album::default();
    album.both("edit", |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        press(&mut window, Modifiers::NONE, Key::F2);
        window
    });
    let mut window = stage::usual(Theme::Light);
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::NONE, Key::F2);
    album.one("edit-many", Theme::Light, window);
    let mut window = stage::with_key(Theme::Light, "api.example.com");
    press(&mut window, Modifiers::NONE, Key::F2);
    type_text(&mut window, ".new");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    let full = "Not saved: the disk is full. Your inventory is as it was before.";
    window.state_mut().finish(Err(CustodianError::Log(full.into())));
    settle(&mut window);
    album.one("edit-disk-full", Theme::Light, window);
}

/// Runs an action by its name in the palette.
fn run(window: &mut Window<'_>, action: &str) {
    press(window, Modifiers::COMMAND, Key::K);
    type_text(window, action);
    press(window, Modifiers::NONE, Key::Enter);
}

#[test]
fn dialogs_of_the_palette() {
    let mut album = Album::default();
    let open = |action: &str, appearance| {
        let mut window = stage::usual(appearance);
        run(&mut window, action);
        assert!(window.query_all_by_role(egui::Role::Dialog).next().is_some(), "{action} did not open");
        window
    };
    for (name, action) in [("passphrase", "Change the passphrase"), ("shortcuts", "shortcuts")] {
        album.both(name, |appearance| open(action, appearance));
    }
    album.one("recovery", Theme::Dark, open("Make recovery copies", Theme::Dark));
    album.one("backup", Theme::Light, open("Note a backup", Theme::Light));
    album.one("save-log", Theme::Dark, open("Export the log", Theme::Dark));
}

#[test]
fn unlock_dialog() {
    let mut album = Album::default();
    album.both("unlock", |appearance| {
        let world = world::empty(StoreKind::Files);
        let mut health = world.health();
        health.lock = LockState::Locked;
        let mut window = stage::with_health(world, health, USUAL, appearance, 1.0);
        press(&mut window, Modifiers::COMMAND, Key::N);
        type_text(&mut window, "not this one");
        press(&mut window, Modifiers::COMMAND, Key::Enter);
        let wrong = "That passphrase does not open this inventory. Nothing was changed.";
        window.state_mut().finish(Err(CustodianError::Input(wrong.into())));
        settle(&mut window);
        window
    });
    let world = world::usual();
    let mut health = world.health();
    health.lock = LockState::Locked;
    let mut window = stage::with_health(world, health, USUAL, Theme::Light, 1.0);
    press(&mut window, Modifiers::COMMAND, Key::N);
    let silent = "GNOME Keyring has not answered for 30 seconds. Look for its prompt, or cancel.";
    window.state_mut().finish(Err(CustodianError::Log(silent.into())));
    settle(&mut window);
    album.one("keychain-silent", Theme::Light, window);
}

#[test]
fn palette() {
    let mut album = Album::default();
    album.both("palette", |appearance| {
        let mut window = stage::usual(appearance);
        press(&mut window, Modifiers::COMMAND, Key::K);
        window
    });
}

/// The pictures of the README; `packaging/pictures` runs this and copies those that the README names.
#[test]
#[ignore = "draws the pictures of the README"]
fn pictures() {
    let mut album = Album::default();
    let key = "api.example.com";
    let big = |appearance| {
        let mut window = stage::opened(world::usual(), vec2(1280.0, 800.0), appearance, 1.0);
        stage::row(&mut window, key);
        window
    };
    album.one("inventory", Theme::Light, big(Theme::Light));
    album.one("inventory", Theme::Dark, big(Theme::Dark));
    let mut window = big(Theme::Light);
    go(&mut window, Key::Num2);
    album.one("timeline", Theme::Light, window);
    let mut window = new_key(Theme::Light);
    click(&mut window, "Make a certificate request at the same time");
    album.one("new-key", Theme::Light, window);
}
