//! The table of every key: only the rows that show are drawn, each with a name for screen readers.

use egui::{Color32, Key, Modifiers, Rect, Response, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::cells::{CellCache, Cells};
use super::filters;
use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::rows::{Column, Row};
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{PeriodCell, Tooltips, empty_state, empty_state_of, paint, paint_period, paint_state, paint_tag};
use crate::model::{KeyId, State};

/// The table, with where it is scrolled to and how tall it was.
#[derive(Default)]
pub struct Table {
    cells: CellCache,
    /// Where a range of selected rows began.
    anchor: Option<u32>,
    scroll_to: Option<KeyId>,
    page: usize,
}

/// A column with its place.
struct Place {
    column: Column,
    left: f32,
    width: f32,
}

impl Table {
    /// Scrolls to a key at the next frame.
    pub fn show_key(&mut self, id: KeyId) {
        self.scroll_to = Some(id);
    }

    /// Draws filters, heads and rows.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        filters::ui(ui, view, true);
        if view.rows.is_empty() {
            ui.add_space(96.0);
            let sentence = "No keys yet. Make the first one, or import those you have.";
            match empty_state_of(ui, Icon::Key, sentence, &["New key", "Import"]) {
                Some(0) => view.asks.act(Action::NewKey),
                Some(_) => view.asks.act(Action::Import),
                None => {}
            }
            return;
        }
        let places = places(ui, view);
        heads_ui(ui, view, &places);
        if view.rows.shown().is_empty() {
            nothing_ui(ui, view);
            return;
        }
        self.rows_ui(ui, view, &places);
        if ui.memory(|memory| memory.focused().is_none() && memory.allows_interaction(ui.layer_id())) {
            self.keys(ui, view);
        }
    }

    fn rows_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, places: &[Place]) {
        let height = if view.settings.compact { size::ROW_COMPACT } else { size::ROW };
        let shown = view.rows.shown();
        let total = shown.len() as f32 * height;
        self.page = ((ui.available_height() / height) as usize).max(2) - 1;
        let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("table");
        if let Some(id) = self.scroll_to.take() {
            area = area.vertical_scroll_offset(self.offset_to(ui, view, id, height));
        }
        let output = area.show_viewport(ui, |ui, seen| {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), total), Sense::hover());
            let first = (seen.top() / height).floor().max(0.0) as usize;
            let last = ((seen.bottom() / height).ceil() as usize).min(shown.len());
            for (number, &index) in shown.iter().enumerate().take(last).skip(first) {
                let top = rect.top() + number as f32 * height;
                let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
                self.row_ui(ui, view, places, index, row);
            }
        });
        ui.data_mut(|data| data.insert_temp(egui::Id::unique("table-offset"), output.state.clamped_offset().y));
    }

    /// The least that has to be scrolled so that a key shows.
    fn offset_to(&self, ui: &Ui, view: &View<'_>, id: KeyId, height: f32) -> f32 {
        let now = ui.data(|data| data.get_temp::<f32>(egui::Id::unique("table-offset"))).unwrap_or(0.0);
        let index = view.desk.inventory.index_of(id);
        let Some(number) = view.rows.shown().iter().position(|&shown| Some(shown) == index) else { return now };
        let (top, room) = (number as f32 * height, ui.available_height());
        if top < now {
            top
        } else if top + height > now + room {
            top + height - room
        } else {
            now
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, places: &[Place], index: u32, rect: Rect) {
        let Some(row) = view.rows.row(index).copied() else { return };
        let theme = theme::of(ui);
        let Some(cells) = self.cells.of(view.desk, index, &row) else { return };
        let selected = view.desk.selection.contains(&cells.id);
        let response = ui.interact(rect, egui::Id::unique(("row", cells.id)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::selected(Access::Row, true, selected, &cells.spoken));
        paint::tell_selected(&response, selected);
        let ground = match (selected, response.hovered()) {
            (true, _) => Some(theme.selected),
            (false, true) => Some(theme.hover),
            (false, false) => None,
        };
        if let Some(ground) = ground {
            ui.painter().rect_filled(rect, 0.0, ground);
        }
        if selected && view.desk.selection.last() == Some(&cells.id) {
            ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
        for place in places {
            cell_ui(ui, theme, place, cells, &row, rect, ground.unwrap_or(theme.panel));
        }
        let id = cells.id;
        tell_state(&response, places, rect, row.state);
        if response.clicked() {
            self.click(ui, view, index, id);
        }
        if response.double_clicked() {
            view.asks.act(Action::EditKeys);
        }
    }

    fn click(&mut self, ui: &Ui, view: &mut View<'_>, index: u32, id: KeyId) {
        let modifiers = ui.input(|input| input.modifiers);
        ui.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
        let mut selection = view.desk.selection.clone();
        if modifiers.shift {
            let anchor = self.anchor.unwrap_or(index);
            selection = range(view, anchor, index);
        } else if modifiers.command {
            if selection.contains(&id) {
                selection.retain(|known| *known != id);
            } else {
                selection.push(id);
            }
            self.anchor = Some(index);
        } else {
            selection = vec![id];
            self.anchor = Some(index);
        }
        view.asks.push(Ask::Select(selection));
    }

    /// Arrows, pages, Home and End move; Shift takes a range.
    fn keys(&mut self, ui: &Ui, view: &mut View<'_>) {
        let shown = view.rows.shown();
        let focus = view.desk.selection.last().and_then(|id| view.desk.inventory.index_of(*id));
        let at = focus.and_then(|index| shown.iter().position(|&other| other == index));
        let page = self.page;
        let steps: [(Key, &dyn Fn(usize) -> usize); 6] = [
            (Key::ArrowDown, &|at| at + 1),
            (Key::ArrowUp, &|at| at.saturating_sub(1)),
            (Key::PageDown, &move |at| at + page),
            (Key::PageUp, &move |at| at.saturating_sub(page)),
            (Key::Home, &|_| 0),
            (Key::End, &|_| usize::MAX),
        ];
        for (key, step) in steps {
            // With Shift first: without it the key alone is meant, whatever is held beside it.
            let ranged = ui.input_mut(|input| input.consume_key(Modifiers::SHIFT, key));
            let plain = ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            if !(plain || ranged) {
                continue;
            }
            let target = at.map_or(0, step).min(shown.len() - 1);
            let Some(&index) = shown.get(target) else { return };
            let Some(id) = view.desk.inventory.at(index).map(|key| key.id) else { return };
            let selection = if ranged {
                range(view, *self.anchor.get_or_insert(focus.unwrap_or(index)), index)
            } else {
                self.anchor = Some(index);
                vec![id]
            };
            self.scroll_to = Some(id);
            view.asks.push(Ask::Select(selection));
        }
        if at.is_some() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
            view.asks.act(Action::EditKeys);
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            view.asks.push(Ask::Select(Vec::new()));
        }
    }
}

/// The whole word of a state that the column has no room for, under the pointer.
fn tell_state(response: &Response, places: &[Place], rect: Rect, state: State) {
    let cell = places.iter().find(|place| place.column == Column::State);
    let over = |place: &&Place| {
        let x = rect.left() + place.left..=rect.left() + place.left + place.width;
        response.hover_pos().is_some_and(|at| x.contains(&at.x))
    };
    if state == State::DestroyedCompromised && cell.as_ref().is_some_and(over) {
        response.clone().tooltip(state.name());
    }
}

/// The keys from one row to another, the other last.
fn range(view: &View<'_>, from: u32, to: u32) -> Vec<KeyId> {
    let shown = view.rows.shown();
    let position = |index: u32| shown.iter().position(|&other| other == index);
    let (Some(from), Some(to)) = (position(from), position(to)) else { return Vec::new() };
    let part = &shown[from.min(to)..=from.max(to)];
    let mut ids: Vec<KeyId> = part.iter().filter_map(|&index| view.desk.inventory.at(index).map(|key| key.id)).collect();
    if to < from {
        ids.reverse();
    }
    ids
}

/// The columns that show, each with its place: the name takes what the others leave.
fn places(ui: &Ui, view: &View<'_>) -> Vec<Place> {
    let width = ui.available_width();
    let narrow = ui.ctx().content_rect().width() < size::NARROW;
    let folded = |column| narrow && matches!(column, Column::Owner | Column::Tags | Column::Store);
    let mut columns: Vec<Column> =
        Column::ALL.into_iter().filter(|&column| view.settings.shows(column) && !folded(column)).collect();
    let fixed = |column| match column {
        Column::Name => 0.0,
        Column::Purpose | Column::State => 120.0,
        Column::Algorithm => 128.0,
        Column::Expires => 136.0,
        Column::Store => 32.0,
        Column::Owner => 72.0,
        Column::Tags => 80.0,
        Column::LastUsed => 88.0,
    };
    // It shows where the names keep their room.
    let last = columns.iter().position(|&column| column == Column::LastUsed);
    if let Some(last) = last
        && width - 16.0 - columns.iter().map(|&column| fixed(column)).sum::<f32>() < 240.0
    {
        columns.remove(last);
    }
    let rest = width - 16.0 - columns.iter().map(|&column| fixed(column)).sum::<f32>();
    // Wide windows give owner and tags a part of what is left over.
    let extra = ((rest - 280.0) / 4.0).clamp(0.0, 96.0);
    let grows = |column| if matches!(column, Column::Owner | Column::Tags) { extra } else { 0.0 };
    let grown: f32 = columns.iter().map(|&column| grows(column)).sum();
    let mut left = 16.0;
    columns
        .into_iter()
        .map(|column| {
            let width = if column == Column::Name { (rest - grown).max(140.0) } else { fixed(column) + grows(column) };
            let place = Place { column, left, width };
            left += width;
            place
        })
        .collect()
}

fn heads_ui(ui: &mut Ui, view: &mut View<'_>, places: &[Place]) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.window);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
    for place in places {
        let at = Rect::from_min_size(pos2(rect.left() + place.left, rect.top()), vec2(place.width - 4.0, rect.height()));
        let response = ui.interact(at, egui::Id::unique(("head", place.column)), Sense::click());
        let name = place.column.name();
        let sorted = view.rows.sorted().filter(|(column, _)| *column == place.column);
        let spoken = match sorted {
            Some((_, true)) => format!("Sort by {name}, now downwards"),
            Some((_, false)) => format!("Sort by {name}, now upwards"),
            None => format!("Sort by {name}"),
        };
        response.widget_info(|| WidgetInfo::labeled(Access::ColumnHeader, true, &spoken));
        let ink = if sorted.is_some() || response.hovered() { theme.text } else { theme.text2 };
        let mut end = at.left();
        if place.column == Column::Store {
            Icon::Vault.paint(ui.painter(), pos2(at.left() + 7.0, at.center().y), 14.0, ink);
            end += 14.0;
        } else {
            let words = paint::galley_cut(ui.painter(), Role::Caption, ink, name, place.width - 20.0);
            end = paint::place(ui.painter(), words, at.left(), at.center().y);
        }
        if let Some((_, downwards)) = sorted {
            let icon = if downwards { Icon::CaretDown } else { Icon::CaretUp };
            icon.paint(ui.painter(), pos2(end + 9.0, at.center().y), 11.0, ink);
        }
        paint::focus_ring(ui, &response, at, size::RADIUS_TAG);
        if response.clicked() {
            view.asks.push(Ask::Sort(place.column));
        }
        response.tooltip(name);
    }
}

fn cell_ui(ui: &Ui, theme: &Theme, place: &Place, cells: &Cells, row: &Row, rect: Rect, ground: Color32) {
    let (left, middle) = (rect.left() + place.left, rect.center().y);
    let painter = ui.painter();
    let room = place.width - 12.0;
    match place.column {
        Column::Name => {
            Icon::of_purpose(cells.purpose).paint(painter, pos2(left + 8.0, middle), size::ICON, theme.text2);
            let name = paint::galley_cut(painter, Role::BodyMedium, theme.text, &cells.name, room - 24.0);
            paint::place(painter, name, left + 24.0, middle);
        }
        Column::Purpose => text(ui, Role::Body, theme.text2, cells.purpose.name(), left, middle, room),
        Column::Algorithm => {
            let name = paint::galley_cut(painter, Role::Body, theme.text2, cells.algorithm, room - 28.0);
            let end = paint::place(painter, name, left, middle);
            let ink = if cells.weak { theme.warning().ink } else { theme.text3 };
            text(ui, Role::Caption, ink, &cells.bits, end + 5.0, middle + 1.0, 30.0);
        }
        Column::State => paint_state(painter, theme, pos2(left, middle), row.state, ground, place.width - 18.0),
        Column::Expires => {
            let at = Rect::from_min_size(pos2(left, rect.top()), vec2(place.width - 16.0, rect.height()));
            let expired = cells.left <= 0.0 && row.end.is_some() && !row.state.is_destroyed();
            let (date, span) = (cells.date.as_str(), cells.span.as_str());
            let cell =
                PeriodCell { date, span, left: cells.left, state: row.state, warning: row.warning, expired, long: cells.long };
            paint_period(painter, theme, at, cell);
        }
        Column::Store => {
            let unknown = if cells.elsewhere { Icon::OpenOutside } else { Icon::Question };
            let icon = cells.store.map_or(unknown, Icon::of_store);
            icon.paint(painter, pos2(left + 8.0, middle), size::ICON, theme.text2);
        }
        Column::Owner => text(ui, Role::Body, theme.text2, &cells.owner, left, middle, room),
        Column::LastUsed => text(ui, Role::Body, theme.text2, &cells.used, left, middle, room),
        Column::Tags => {
            if let Some((first, more)) = &cells.tags {
                let galley = paint::galley(painter, Role::Caption, theme.text3, more);
                let room = place.width - 12.0 - if more.is_empty() { 0.0 } else { galley.size().x + 5.0 };
                let tag = paint_tag(painter, theme, pos2(left, middle), first, room);
                paint::place(painter, galley, tag.right() + 5.0, middle);
            }
        }
    }
}

fn text(ui: &Ui, role: Role, ink: Color32, words: &str, left: f32, middle: f32, room: f32) {
    if !words.is_empty() {
        let galley = paint::galley_cut(ui.painter(), role, ink, words, room);
        paint::place(ui.painter(), galley, left, middle);
    }
}

/// Keys there are, but none passes.
fn nothing_ui(ui: &mut Ui, view: &mut View<'_>) {
    ui.add_space(96.0);
    let searched = view.desk.search.trim();
    let sentence = if searched.is_empty() {
        format!("No key passes these filters. Clear them to see all {} keys.", view.rows.len())
    } else {
        format!("Nothing matches “{searched}”. Clear the filter to see all {} keys.", view.rows.len())
    };
    if empty_state(ui, Icon::Search, &sentence, Some("Clear the filter")) {
        view.asks.push(Ask::Search(String::new()));
        view.asks.push(Ask::Narrow(crate::desktop::rows::Narrow::default()));
    }
}
