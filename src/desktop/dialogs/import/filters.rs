//! The line over the table of an import: which lines show, and ticks for all of them.

use egui::Ui;

use super::lines::{Lines, Show};
use crate::desktop::desk::View;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{filter_chip, link};

/// The filters, and what holds for all lines; true when more files are wanted.
pub(super) fn ui(ui: &mut Ui, lines: &mut Lines, waiting: bool, view: &View<'_>) -> bool {
    let (done, mut more) = (lines.ended.is_some(), false);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for show in Show::ALL {
            let name = match show {
                Show::All => "All",
                Show::In => {
                    if done {
                        "Brought in"
                    } else {
                        "To bring in"
                    }
                }
                Show::Here => "Here already",
                Show::Not => {
                    if done {
                        "Not brought in"
                    } else {
                        "Cannot be read"
                    }
                }
            };
            if filter_chip(ui, name, Some(lines.count(show)), lines.show == show).clicked() {
                lines.filter(show);
            }
        }
        let (ticked, all) = lines.ticked();
        if done {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            more = link(ui, "Add files", None).clicked() && !waiting;
            if all == 0 {
                return;
            }
            let (text, on) = if ticked == all { ("Untick all", false) } else { ("Tick all", true) };
            if link(ui, text, None).clicked() {
                lines.tick_all(on, &view.desk.inventory);
            }
            // Where the window is narrow the lines tell it themselves.
            if ui.available_width() > 160.0 {
                Role::Small.line(ui, theme::of(ui).text3, format!("{ticked} of {all} ticked, F2 renames"));
            }
        });
    });
    more
}
