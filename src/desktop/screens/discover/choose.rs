//! Which folders are looked through.

use std::path::PathBuf;

use egui::{Frame, Margin, ScrollArea, Ui, vec2};

use super::Place;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Field, checkbox, section_header};

/// Draws it; gives back the folders when a person starts.
pub(super) fn ui(ui: &mut Ui, places: &mut Vec<Place>, typed: &mut String, trouble: &mut Option<String>) -> Option<Vec<PathBuf>> {
    let theme = theme::of(ui);
    let mut start = None;
    ScrollArea::vertical().auto_shrink(false).id_salt("discover").show(ui, |ui| {
        Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
            ui.set_max_width(720.0);
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            section_header(ui, "Find keys, certificates and keystores that lie in folders", None, None);
            Role::Small.label(
                ui,
                theme.text3,
                "Files are only looked at: nothing is changed, no link is followed. Keys that .gitignore hides are found too.",
            );
            ui.add_space(4.0);
            for place in places.iter_mut() {
                checkbox(ui, &mut place.chosen, &place.path.display().to_string());
            }
            ui.add_space(4.0);
            Field::new("Another folder").hint("A path, such as /srv/www").error(trouble.as_deref()).mono().show(ui, typed);
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                let none = typed.trim().is_empty().then_some("Type a folder first.");
                let begin = places.iter().any(|place| place.chosen);
                let refused = (!begin).then_some("Choose a folder first.");
                if ui.add(Button::primary("Start").refused(refused)).clicked() {
                    start = Some(places.iter().filter(|place| place.chosen).map(|place| place.path.clone()).collect());
                }
                if ui.add(Button::new("Add the folder").icon(Icon::Folder).refused(none)).clicked() {
                    let path = PathBuf::from(typed.trim());
                    if path.is_dir() {
                        places.push(Place { path, chosen: true });
                        typed.clear();
                        *trouble = None;
                    } else {
                        *trouble = Some("There is no such folder.".into());
                    }
                }
            });
        });
    });
    start
}
