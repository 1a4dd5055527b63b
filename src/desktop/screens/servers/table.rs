//! The list itself: heads that sort, rows, and the keys that move in it.

use std::cmp::Ordering;

use egui::{Color32, Key, Modifiers, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Servers;
use super::facts::{Line, Standing};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{PeriodCell, empty_state, paint, paint_period};
use crate::model::{Address, Protocol, State};

/// A column.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub(super) enum Column {
    #[default]
    Server,
    Seen,
    Certificate,
    Expires,
    Trust,
    Key,
}

const COLUMNS: [Column; 6] = [Column::Server, Column::Seen, Column::Certificate, Column::Expires, Column::Trust, Column::Key];

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Seen => "Last look",
            Self::Certificate => "Certificate",
            Self::Expires => "Expires",
            Self::Trust => "Trust",
            Self::Key => "Key",
        }
    }

    /// Which of two lines stands first; what a line lacks stands last.
    pub(super) fn compare(self, one: &Line, other: &Line) -> Ordering {
        let last = |text: &str| (text.is_empty(), text.to_lowercase());
        let own = |line: &Line| line.own.as_ref().map(|(_, name, _)| name.to_lowercase());
        let first = match self {
            Self::Server => Ordering::Equal,
            Self::Seen => one.standing.cmp(&other.standing).then_with(|| other.at.cmp(&one.at)),
            Self::Certificate => last(&one.subject).cmp(&last(&other.subject)),
            Self::Expires => (one.end.at.is_none(), one.end.at).cmp(&(other.end.at.is_none(), other.end.at)),
            Self::Trust => {
                let place = |line: &Line| line.trust.as_ref().map_or(2, |trust| usize::from(trust.holds()));
                place(one).cmp(&place(other))
            }
            Self::Key => (own(one).is_none(), own(one)).cmp(&(own(other).is_none(), own(other))),
        };
        first.then_with(|| one.address.cmp(&other.address))
    }
}

/// A column with its place.
struct Place {
    column: Column,
    left: f32,
    width: f32,
}

/// The columns with their places: server, certificate and key share what the others leave.
fn places(ui: &Ui) -> Vec<Place> {
    let width = ui.available_width();
    let narrow = ui.ctx().content_rect().width() < size::NARROW;
    let columns = COLUMNS.into_iter().filter(|column| !(narrow && *column == Column::Certificate));
    let fixed = |column| match column {
        Column::Server | Column::Certificate | Column::Key => 0.0,
        Column::Seen => 112.0,
        Column::Expires => 136.0,
        Column::Trust => 106.0,
    };
    let share = |column| match column {
        Column::Server => 0.47,
        Column::Certificate => 0.24,
        Column::Key if narrow => 0.53,
        Column::Key => 0.29,
        _ => 0.0,
    };
    let rest = width - 24.0 - COLUMNS.map(fixed).iter().sum::<f32>();
    let mut left = 16.0;
    columns
        .map(|column| {
            let width = fixed(column) + (rest * share(column)).max(0.0);
            let place = Place { column, left, width };
            left += width;
            place
        })
        .collect()
}

impl Servers {
    /// Draws heads and rows.
    pub(super) fn table_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let places = places(ui);
        self.heads_ui(ui, &places);
        if self.shown.is_empty() {
            return self.nothing_ui(ui, view);
        }
        self.rows_ui(ui, view, &places);
        if ui.memory(|memory| memory.focused().is_none() && memory.allows_interaction(ui.layer_id())) {
            self.keys(ui, view);
        }
    }

    fn heads_ui(&mut self, ui: &mut Ui, places: &[Place]) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme.window);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
        for place in places {
            let at = Rect::from_min_size(pos2(rect.left() + place.left, rect.top()), vec2(place.width - 8.0, rect.height()));
            let response = ui.interact(at, egui::Id::unique(("server-head", place.column)), Sense::click());
            let name = place.column.name();
            let sorted = self.sort == place.column;
            let spoken = match (sorted, self.downwards) {
                (true, true) => format!("Sort by {name}, now downwards"),
                (true, false) => format!("Sort by {name}, now upwards"),
                (false, _) => format!("Sort by {name}"),
            };
            response.widget_info(|| WidgetInfo::labeled(Access::ColumnHeader, true, &spoken));
            let ink = if sorted || response.hovered() { theme.text } else { theme.text2 };
            let words = paint::galley_cut(ui.painter(), Role::Caption, ink, name, place.width - 20.0);
            let end = paint::place(ui.painter(), words, at.left(), at.center().y);
            if sorted {
                let icon = if self.downwards { Icon::CaretDown } else { Icon::CaretUp };
                icon.paint(ui.painter(), pos2(end + 9.0, at.center().y), 11.0, ink);
            }
            paint::focus_ring(ui, &response, at, size::RADIUS_TAG);
            if response.clicked() {
                self.downwards = sorted && !self.downwards;
                self.sort = place.column;
                ui.ctx().request_repaint();
            }
        }
    }

    fn rows_ui(&mut self, ui: &mut Ui, view: &View<'_>, places: &[Place]) {
        let height = if view.settings.compact { size::ROW_COMPACT } else { size::ROW };
        let total = self.shown.len() as f32 * height;
        self.page = ((ui.available_height() / height) as usize).max(2) - 1;
        let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("servers");
        if std::mem::take(&mut self.scroll_to)
            && let Some(offset) = self.offset(ui, height)
        {
            area = area.vertical_scroll_offset(offset);
        }
        let mut clicked = None;
        let output = area.show_viewport(ui, |ui, seen| {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), total), Sense::hover());
            let first = (seen.top() / height).floor().max(0.0) as usize;
            let last = ((seen.bottom() / height).ceil() as usize).min(self.shown.len());
            for (number, &at) in self.shown.iter().enumerate().take(last).skip(first) {
                let top = rect.top() + number as f32 * height;
                let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
                if self.row_ui(ui, places, &self.lines[at], row) {
                    clicked = Some(at);
                }
            }
        });
        ui.data_mut(|data| data.insert_temp(egui::Id::unique("servers-offset"), output.state.clamped_offset().y));
        if let Some(at) = clicked {
            self.click(ui, at);
        }
    }

    /// The least that has to be scrolled so that the focus shows.
    fn offset(&self, ui: &Ui, height: f32) -> Option<f32> {
        let now = ui.data(|data| data.get_temp::<f32>(egui::Id::unique("servers-offset"))).unwrap_or(0.0);
        let address = self.selection.last()?;
        let number = self.shown.iter().position(|&at| self.lines[at].address == *address)?;
        let (top, room) = (number as f32 * height, ui.available_height());
        Some(now.clamp((top + height - room).max(0.0).min(top), top))
    }

    fn row_ui(&self, ui: &Ui, places: &[Place], line: &Line, rect: Rect) -> bool {
        let theme = theme::of(ui);
        let selected = self.selection.contains(&line.address);
        let response = ui.interact(rect, egui::Id::unique(("server", &line.address)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::selected(Access::Row, true, selected, &line.spoken));
        paint::tell_selected(&response, selected);
        if selected || response.hovered() {
            ui.painter().rect_filled(rect, 0.0, if selected { theme.selected } else { theme.hover });
        }
        if selected && self.selection.last() == Some(&line.address) {
            ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
        let under_way = self.under_way(&line.address);
        for place in places {
            cell_ui(ui, theme, place, line, rect, under_way);
        }
        response.clicked()
    }

    fn click(&mut self, ui: &Ui, at: usize) {
        let modifiers = ui.input(|input| input.modifiers);
        ui.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
        let address = self.lines[at].address.clone();
        if modifiers.shift {
            let anchor = self.anchor.clone().unwrap_or_else(|| address.clone());
            self.selection = self.range(&anchor, &address);
        } else if modifiers.command {
            if self.selection.contains(&address) {
                self.selection.retain(|known| *known != address);
            } else {
                self.selection.push(address.clone());
            }
            self.anchor = Some(address);
        } else {
            self.selection = vec![address.clone()];
            self.anchor = Some(address);
        }
        ui.ctx().request_repaint();
    }

    /// The servers from one row to another, the other last.
    fn range(&self, from: &Address, to: &Address) -> Vec<Address> {
        let position = |address: &Address| self.shown.iter().position(|&at| self.lines[at].address == *address);
        let (Some(from), Some(to)) = (position(from), position(to)) else { return vec![to.clone()] };
        let part = self.shown[from.min(to)..=from.max(to)].iter().map(|&at| self.lines[at].address.clone());
        if to < from { part.rev().collect() } else { part.collect() }
    }

    /// Arrows, pages, Home and End move; Shift takes a range; Enter looks.
    fn keys(&mut self, ui: &Ui, view: &mut View<'_>) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let at = self.selection.last().and_then(|address| self.shown.iter().position(|&at| self.lines[at].address == *address));
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
            // Without Shift is found in with Shift too, so that is asked first.
            let ranged = pressed(Modifiers::SHIFT, key);
            if !(ranged || pressed(Modifiers::NONE, key)) {
                continue;
            }
            let target = at.map_or(0, step).min(self.shown.len() - 1);
            let address = self.lines[self.shown[target]].address.clone();
            if ranged {
                let anchor = self.anchor.get_or_insert_with(|| address.clone()).clone();
                self.selection = self.range(&anchor, &address);
            } else {
                self.anchor = Some(address.clone());
                self.selection = vec![address];
            }
            self.scroll_to = true;
            ui.ctx().request_repaint();
        }
        if !self.selection.is_empty() && pressed(Modifiers::NONE, Key::Enter) {
            self.probe(view, self.selection.clone());
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            self.selection.clear();
        }
    }

    /// Servers there are, but none passes.
    fn nothing_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.add_space(96.0);
        let searched = view.desk.search.trim();
        let sentence = if searched.is_empty() {
            format!("No server passes this filter. Clear it to see all {}.", self.lines.len())
        } else {
            format!("Nothing matches “{searched}”. Clear the filter to see all {} servers.", self.lines.len())
        };
        if empty_state(ui, Icon::Search, &sentence, Some("Clear the filter")) {
            self.shows = super::Shows::All;
            view.asks.push(Ask::Search(String::new()));
        }
    }
}

fn cell_ui(ui: &Ui, theme: &Theme, place: &Place, line: &Line, rect: Rect, under_way: bool) {
    let (left, middle, room) = (rect.left() + place.left, rect.center().y, place.width - 12.0);
    let painter = ui.painter();
    let text = |role, ink: Color32, words: &str, left: f32, room: f32| {
        let galley = paint::galley_cut(painter, role, ink, words, room);
        paint::place(painter, galley, left, middle)
    };
    match place.column {
        Column::Server => {
            line.icon().paint(painter, pos2(left + 8.0, middle), size::ICON, theme.text2);
            // The globe says TLS; what else speaks there is named.
            let protocol = if line.address.protocol == Protocol::Tls { "" } else { line.address.protocol.short() };
            let protocol = paint::galley(painter, Role::Caption, theme.text3, protocol);
            // The port tells servers of one host apart, so that the host is cut before it.
            let (host, port) = line.place.rsplit_once(':').unwrap_or((&line.place, ""));
            let port = paint::galley(painter, Role::Body, theme.text2, &format!(":{port}"));
            let room = room - 30.0 - protocol.size().x - port.size().x;
            let end = text(Role::BodyMedium, theme.text, host, left + 24.0, room);
            let end = paint::place(painter, port, end, middle);
            paint::place(painter, protocol, end + 6.0, middle + 1.0);
        }
        Column::Seen if under_way => {
            Icon::Hourglass.paint(painter, pos2(left + 6.0, middle), 12.0, theme.text3);
            text(Role::Body, theme.text3, "looking", left + 17.0, room - 17.0);
        }
        Column::Seen => {
            let (icon, ink) = look_of(line, theme);
            icon.paint(painter, pos2(left + 6.0, middle), 12.0, ink);
            // A healthy one is nearly grey: when it was reached says enough.
            let (ink, words) = match line.standing {
                Standing::Reached => (theme.text2, line.when.as_str()),
                Standing::Never => (theme.text3, line.word),
                Standing::Away | Standing::Changed => (ink, line.word),
            };
            text(Role::Body, ink, words, left + 17.0, place.width - 20.0);
        }
        Column::Certificate => {
            let more = paint::galley(painter, Role::Caption, theme.text3, &line.more);
            let end = text(Role::Body, theme.text2, &line.subject, left, room - more.size().x - 3.0);
            paint::place(painter, more, end + 5.0, middle + 1.0);
        }
        Column::Expires if line.end.at.is_some() => {
            let at = Rect::from_min_size(pos2(left, rect.top()), vec2(place.width - 16.0, rect.height()));
            let end = &line.end;
            let (warning, expired) = (end.warning, end.expired);
            let cell = PeriodCell {
                date: &end.date,
                span: &end.span,
                left: end.left,
                state: State::Active,
                warning,
                expired,
                long: false,
            };
            paint_period(painter, theme, at, cell);
        }
        Column::Expires => {}
        Column::Trust => {
            if let Some(trust) = &line.trust {
                let ink = if trust.holds() { theme.text2 } else { theme.warning().ink };
                text(Role::Body, ink, trust.word(), left, place.width - 4.0);
            }
        }
        Column::Key => match &line.own {
            Some((_, name, _)) => _ = text(Role::BodyMedium, theme.text, name, left, room),
            None => _ = text(Role::Body, theme.text3, &line.algorithm, left, room),
        },
    }
}

/// The shape and colour of how the latest look went.
pub(super) fn look_of(line: &Line, theme: &Theme) -> (Icon, Color32) {
    match line.standing {
        Standing::Changed => (Icon::Warning, theme.critical().ink),
        Standing::Away => (Icon::Offline, theme.warning().ink),
        Standing::Never => (Icon::Minus, theme.text3),
        Standing::Reached => (Icon::Check, theme.good().ink),
    }
}
