//! Backup, recovery copies and anchor: what is left when the machine is lost.

use egui::Ui;

use super::card;
use crate::actions::Action;
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, key_value, section_header};
use crate::model::StoreKind;
use crate::model::name::shown;

/// The card.
pub(super) fn safety_ui(ui: &mut Ui, view: &mut View<'_>) {
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
