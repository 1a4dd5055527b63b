//! What can be set: appearance, lock, new keys, passphrase, folder.

use egui::{Frame, Margin, ScrollArea, Ui, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::settings::{Settings, ThemeChoice};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Field, combo, filter_chip, key_value, section_header, switch};
use crate::model::StoreKind;

/// Minutes offered for the idle lock; 0 is never.
const IDLE: [u32; 7] = [1, 5, 10, 15, 30, 60, 0];

/// Scales offered, in percent.
const SCALES: [u32; 7] = [80, 90, 100, 110, 125, 150, 200];

/// Draws it.
pub fn ui(ui: &mut Ui, view: &mut View<'_>) {
    let mut settings = view.settings.clone();
    ScrollArea::vertical().auto_shrink(false).id_salt("settings").show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| {
            ui.set_max_width(640.0);
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            appearance_ui(ui, &mut settings);
            ui.add_space(16.0);
            lock_ui(ui, view, &mut settings);
            ui.add_space(16.0);
            keys_ui(ui, &mut settings);
            ui.add_space(16.0);
            folder_ui(ui, view);
        });
    });
    if settings != *view.settings {
        view.asks.push(Ask::Set(settings));
    }
}

fn appearance_ui(ui: &mut Ui, settings: &mut Settings) {
    section_header(ui, "Appearance", None, None);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (choice, text) in [(ThemeChoice::System, "As the system"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")]
        {
            if filter_chip(ui, text, None, settings.theme == choice).clicked() {
                settings.theme = choice;
            }
        }
    });
    let words: Vec<String> = SCALES.iter().map(|scale| format!("{scale} %")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let now = format!("{} %", settings.scale);
    if let Some(index) = combo(ui, "Scale", &now, &words, 160.0) {
        settings.scale = SCALES[index];
    }
    row(ui, "Reduce motion", "Nothing slides or fades.", &mut settings.reduce_motion);
    row(ui, "Compact rows", "More keys at once.", &mut settings.compact);
}

fn row(ui: &mut Ui, text: &str, hint: &str, on: &mut bool) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        switch(ui, on, text);
        Role::Body.line(ui, theme.text, text);
        Role::Small.line(ui, theme.text3, hint);
    });
}

fn lock_ui(ui: &mut Ui, view: &mut View<'_>, settings: &mut Settings) {
    section_header(ui, "Lock", None, None);
    let word = |minutes: u32| match minutes {
        0 => "Never".to_owned(),
        1 => "After 1 minute".to_owned(),
        minutes => format!("After {minutes} minutes"),
    };
    let words: Vec<String> = IDLE.iter().map(|&minutes| word(minutes)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(index) = combo(ui, "When nobody touches it", &word(settings.idle_lock_minutes), &words, 200.0) {
        settings.idle_lock_minutes = IDLE[index];
    }
    Role::Small.label(ui, theme::of(ui).text3, "It also locks when the desktop session locks, where the desktop tells.");
    let kind = view.desk.inventory.home().map(|home| home.kind);
    ui.horizontal(|ui| {
        if kind != Some(StoreKind::Keychain) {
            let text = if kind == Some(StoreKind::Files) { "Change the passphrase" } else { "Change the recovery passphrase" };
            if ui.add(Button::new(text).icon(Icon::Password)).clicked() {
                view.asks.act(Action::ChangePassphrase);
            }
        } else if view.desk.inventory.facts().recovery != Some(true)
            && ui.add(Button::new("Make recovery copies").icon(Icon::ShieldCheck)).clicked()
        {
            view.asks.act(Action::MakeRecovery);
        }
    });
}

fn keys_ui(ui: &mut Ui, settings: &mut Settings) {
    section_header(ui, "New keys", None, None);
    Field::new("Default owner").hint("nobody named").width(280.0).show(ui, &mut settings.default_owner);
}

fn folder_ui(ui: &mut Ui, view: &View<'_>) {
    section_header(ui, "Folder", None, None);
    let folder = view.desk.health.folder.display().to_string();
    key_value(ui, "Inventory", &folder, "", true, Some(&folder));
    let sentence = "Another folder: start with keystead --inventory DIR, or set KEYSTEAD_INVENTORY. Names, owners, dates and public keys lie there in clear; secrets never do.";
    Role::Small.label(ui, theme::of(ui).text3, sentence);
}
