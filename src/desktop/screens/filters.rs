//! The row of views and filters over table and timeline.

use egui::{Align, Layout, Ui, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::rows::{Column, Narrow, Quick};
use crate::desktop::theme::{self, size};
use crate::desktop::widgets::{filter_chip, icon_button, menu, menu_chip, menu_item};
use crate::model::{Algorithm, State};

/// Tags in the menu; more are found by `tag:` in the search.
const MOST_TAGS: usize = 14;

/// Draws it. `all` shows every filter and the choice of columns; the timeline has fewer and its own
/// controls at the right.
pub fn ui(ui: &mut Ui, view: &mut View<'_>, all: bool) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, theme.line_soft));
    let inner = rect.shrink2(vec2(size::PANEL_INSET, 0.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)));
    child.spacing_mut().item_spacing.x = 4.0;
    row_ui(&mut child, view, all);
}

/// The row's content, for screens with more in it.
pub fn row_ui(ui: &mut Ui, view: &mut View<'_>, all: bool) {
    let theme = theme::of(ui);
    let mut narrow = view.rows.narrow().clone();
    let (attention, soon) = view.rows.counts();
    let views = [
        (Quick::All, "All", view.rows.len()),
        (Quick::Attention, "Needs attention", attention as usize),
        (Quick::Soon, "Expiring in 90 d", soon as usize),
    ];
    for (quick, text, count) in views.into_iter().take(if all { 3 } else { 2 }) {
        if filter_chip(ui, text, Some(count), narrow.quick == quick).clicked() {
            narrow.quick = quick;
        }
    }
    let (line, _) = ui.allocate_exact_size(vec2(17.0, 16.0), egui::Sense::hover());
    ui.painter().vline(line.center().x, line.y_range(), (1.0, theme.line));
    states_ui(ui, &mut narrow);
    if all {
        stores_ui(ui, view, &mut narrow);
        algorithms_ui(ui, view, &mut narrow);
    }
    tags_ui(ui, view, &mut narrow);
    if narrow != Narrow::default() && icon_button(ui, Icon::Close, "Clear the filters").clicked() {
        narrow = Narrow::default();
    }
    if all {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| columns_ui(ui, view));
    }
    if narrow != *view.rows.narrow() {
        view.asks.push(Ask::Narrow(narrow));
    }
}

fn toggle<T: PartialEq>(list: &mut Vec<T>, item: T) {
    match list.iter().position(|known| *known == item) {
        Some(at) => drop(list.remove(at)),
        None => list.push(item),
    }
}

fn states_ui(ui: &mut Ui, narrow: &mut Narrow) {
    let button = menu_chip(ui, "State", !narrow.states.is_empty());
    menu(&button, |ui| {
        ui.set_min_width(180.0);
        for state in State::ALL {
            if menu_item(ui, state.name(), "", narrow.states.contains(&state)).clicked() {
                toggle(&mut narrow.states, state);
            }
        }
    });
}

fn stores_ui(ui: &mut Ui, view: &View<'_>, narrow: &mut Narrow) {
    let button = menu_chip(ui, "Store", !narrow.stores.is_empty());
    menu(&button, |ui| {
        ui.set_min_width(200.0);
        for store in view.desk.inventory.stores() {
            let count = view.rows.stores().get(&store.name).copied().unwrap_or(0).to_string();
            if menu_item(ui, &store.name, &count, narrow.stores.iter().any(|name| **name == *store.name)).clicked() {
                toggle(&mut narrow.stores, store.name.to_string());
            }
        }
    });
}

/// Those that keys are made with, and whatever else a key has.
fn algorithms_ui(ui: &mut Ui, view: &View<'_>, narrow: &mut Narrow) {
    let button = menu_chip(ui, "Algorithm", !narrow.algorithms.is_empty());
    menu(&button, |ui| {
        ui.set_min_width(180.0);
        let mut known = Algorithm::GENERATED.to_vec();
        known.extend(view.rows.algorithms().keys().filter_map(|id| Algorithm::from_id(id)));
        known.sort_unstable_by_key(|algorithm| algorithm.rank());
        known.dedup();
        for algorithm in known {
            let bits = algorithm.strength_words();
            if menu_item(ui, algorithm.name(), &bits, narrow.algorithms.contains(&algorithm.id())).clicked() {
                toggle(&mut narrow.algorithms, algorithm.id());
            }
        }
    });
}

fn tags_ui(ui: &mut Ui, view: &View<'_>, narrow: &mut Narrow) {
    let button = menu_chip(ui, "Tag", !narrow.tags.is_empty());
    menu(&button, |ui| {
        ui.set_min_width(180.0);
        let mut tags: Vec<(&str, u32)> = view.rows.tags().iter().map(|(tag, count)| (&**tag, *count)).collect();
        tags.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        if tags.is_empty() {
            crate::desktop::theme::Role::Small.line(ui, theme::of(ui).text3, "No key has a tag yet.");
        }
        for (tag, count) in tags.into_iter().take(MOST_TAGS) {
            let chosen = narrow.tags.iter().any(|known| known == tag);
            if menu_item(ui, &crate::model::name::shown(tag), &count.to_string(), chosen).clicked() {
                toggle(&mut narrow.tags, tag.to_owned());
            }
        }
    });
}

fn columns_ui(ui: &mut Ui, view: &mut View<'_>) {
    let button = icon_button(ui, Icon::Columns, "Columns");
    menu(&button, |ui| {
        ui.set_min_width(180.0);
        let mut settings = view.settings.clone();
        for column in Column::ALL.into_iter().filter(|column| *column != Column::Name) {
            if menu_item(ui, column.name(), "", settings.shows(column)).clicked() {
                toggle(&mut settings.hidden_columns, column.name().to_owned());
            }
        }
        if menu_item(ui, "Compact rows", "", settings.compact).clicked() {
            settings.compact = !settings.compact;
        }
        if settings != *view.settings {
            view.asks.push(Ask::Set(settings));
        }
    });
    if view.desk.selection.len() > 1 && icon_button(ui, Icon::Pencil, Action::EditKeys.entry().name).clicked() {
        view.asks.act(Action::EditKeys);
    }
}
