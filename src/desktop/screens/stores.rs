//! Where keys lie: each store with its health and how many keys it holds.

use egui::{CornerRadius, Frame, Margin, ScrollArea, Stroke, Ui, vec2};

use crate::actions::Action;
use crate::custodian::LockState;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::rows::Narrow;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Tone, icon_tile, key_value, link, section_header};
use crate::model::name::shown;
use crate::model::{Store, StoreKind};

/// Draws it.
pub fn ui(ui: &mut Ui, view: &mut View<'_>) {
    ScrollArea::vertical().auto_shrink(false).id_salt("stores").show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            ui.set_max_width(720.0);
            ui.spacing_mut().item_spacing = vec2(8.0, 12.0);
            let stores = view.desk.inventory.stores().to_vec();
            for store in &stores {
                store_ui(ui, view, store);
            }
            safety_ui(ui, view);
        });
    });
}

fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    Frame::new()
        .fill(theme.raised)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            content(ui);
        });
}

fn store_ui(ui: &mut Ui, view: &mut View<'_>, store: &Store) {
    let theme = theme::of(ui);
    let health = &view.desk.health;
    let home = view.desk.inventory.home().is_some_and(|home| home.name == store.name);
    let trouble = health.conditions.stores.iter().find(|(name, _)| **name == *store.name).map(|(_, trouble)| trouble.clone());
    let count = view.rows.stores().get(&store.name).copied().unwrap_or(0);
    card(ui, |ui| {
        ui.horizontal(|ui| {
            icon_tile(ui, Icon::of_store(store.kind), 36.0);
            ui.vertical(|ui| {
                Role::KeyTitle.line(ui, theme.text, shown(&store.name));
                let role = if home { ", the home store" } else { "" };
                Role::Small.line(ui, theme.text2, format!("{}{role}", store.kind.name()));
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let (action, text) = match health.lock {
                    LockState::Locked => (Action::Unlock, "Unlock"),
                    LockState::Unlocked => (Action::Lock, "Lock"),
                };
                if home && ui.add(Button::new(text).small()).clicked() {
                    view.asks.act(action);
                }
            });
        });
        ui.add_space(4.0);
        let (word, aside) = match (&trouble, health.lock) {
            (Some(_), _) => ("In trouble", ""),
            (None, LockState::Unlocked) => ("Open", "it answered when it was last asked"),
            (None, LockState::Locked) => ("Locked", "nothing secret is in memory"),
        };
        key_value(ui, "Health", word, aside, false, None);
        ui.horizontal(|ui| {
            let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
            ui.allocate_ui(vec2(300.0, 24.0), |ui| key_value(ui, "Holds", &keys, "", false, None));
            if count > 0 && link(ui, "Show them", Some(Icon::ArrowRight)).clicked() {
                view.asks.push(Ask::Narrow(Narrow { stores: vec![store.name.to_string()], ..Narrow::default() }));
                view.asks.act(Action::ShowInventory);
            }
        });
        let opened = match store.kind {
            StoreKind::Keychain => "One item a key. Any program of yours on this desktop could ask for it.",
            StoreKind::FilesByKeychain => "One encrypted age file a key; the keychain holds what opens them.",
            StoreKind::Files => "One encrypted age file a key, opened by your passphrase alone.",
            StoreKind::Pkcs11 => "A token that a PKCS#11 module reaches. Its keys never leave it.",
            StoreKind::OpenBao => "The transit engine of an OpenBao or Vault server. Its keys never leave it.",
        };
        Role::Small.label(ui, theme.text3, opened);
        if let Some(trouble) = &trouble {
            let banner = Banner { tone: Tone::Critical, strong: "", text: trouble, action: None, dismiss: false, rounded: true };
            banner.show(ui);
        }
    });
}

/// Backup, recovery copies and anchor: what is left when the machine is lost.
fn safety_ui(ui: &mut Ui, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let (facts, health) = (view.desk.inventory.facts(), &view.desk.health);
    card(ui, |ui| {
        section_header(ui, "If this machine is lost", None, None);
        let backup = match &facts.backup {
            Some((made, place)) => format!("{}, {}", view.desk.date(*made), shown(place)),
            None => "none was noted".into(),
        };
        key_value(ui, "Backup", &backup, "", false, None);
        if let Some(last) = facts.backups.last() {
            let rehearsed = last.rehearsed.map_or_else(|| "not yet".to_owned(), |at| view.desk.date(at));
            key_value(ui, "Rehearsed", &rehearsed, "", false, None);
        }
        let kind = view.desk.inventory.home().map(|home| home.kind);
        let recovery = match (kind, facts.recovery) {
            (Some(StoreKind::Files), _) => "the folder and its passphrase are enough",
            (_, Some(true)) => "made, under the recovery passphrase",
            _ => "none",
        };
        key_value(ui, "Recovery", recovery, "", false, None);
        let anchor = health.conditions.anchor.as_deref().unwrap_or("follows the log");
        key_value(ui, "Anchor", anchor, "", false, None);
        key_value(ui, "Folder", &health.folder.display().to_string(), "", true, Some(&health.folder.display().to_string()));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if ui.add(Button::new("Back up").small().icon(Icon::Archive)).clicked() {
                view.asks.act(Action::BackUp);
            }
            if ui.add(Button::new("Restore from a backup").small().icon(Icon::ShieldCheck)).clicked() {
                view.asks.act(Action::Restore);
            }
            let offered = kind == Some(StoreKind::Keychain) && facts.recovery != Some(true);
            if offered && ui.add(Button::new("Make recovery copies").small().icon(Icon::ShieldCheck)).clicked() {
                view.asks.act(Action::MakeRecovery);
            }
        });
        Role::Small.label(
            ui,
            theme.text3,
            "A backup is one encrypted file with the log and every secret that may leave. A copy of the folder and its passphrase open every secret too: keystead recover DIR.",
        );
    });
}
