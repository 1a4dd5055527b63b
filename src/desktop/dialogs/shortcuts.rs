//! Every shortcut, from the table of actions.

use egui::Context;

use super::Form;
use crate::actions::TABLE;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, kbd};

/// The page of shortcuts.
#[derive(Default)]
pub struct Shortcuts;

impl Form for Shortcuts {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let dialog = Dialog {
            id: "shortcuts",
            title: "Shortcuts",
            width: size::DIALOG_WIDE,
            note: "Ctrl K finds every command by its name.",
            cancel: "",
            confirm: "Done",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let entries: Vec<_> = TABLE.iter().filter_map(|entry| Some((entry, entry.shortcut?.text()))).collect();
            let half = entries.len().div_ceil(2);
            ui.spacing_mut().item_spacing.x = 40.0;
            ui.columns(2, |columns| {
                for (column, part) in columns.iter_mut().zip(entries.chunks(half)) {
                    for (entry, keys) in part {
                        column.horizontal(|ui| {
                            ui.set_min_height(28.0);
                            Role::Body.line(ui, theme::of(ui).text, entry.name);
                            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| kbd(ui, keys));
                        });
                    }
                }
            });
            ui.add_space(8.0);
            let sentence = "In the table: arrows, Page, Home and End move; Shift selects a range; Enter edits. On the timeline: plus, minus, arrows and Home.";
            Role::Small.label(ui, theme::of(ui).text3, sentence);
        });
        if answer.is_some() {
            view.asks.push(Ask::Close);
        }
    }

    fn finished(&mut self, _: &Result<Outcome, CustodianError>, _: &mut View<'_>) {}
}
