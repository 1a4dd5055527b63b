//! The list itself: heads, rows, and the keys that move in it.

use egui::{Key, Modifiers, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Recipients;
use super::facts::{Ends, Line, Sure};
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::paint;

const HEADS: [&str; 5] = ["Recipient", "Public keys", "Confirmed", "Holds", "Expires"];

/// Where each column begins and how wide it is; without the kinds of keys where there is little room.
fn places(ui: &Ui) -> [(f32, f32); 5] {
    let width = ui.available_width();
    let narrow = ui.ctx().content_rect().width() < size::NARROW;
    let (confirmed, holds, expires) = (140.0, 112.0, 124.0);
    let rest = (width - 32.0 - confirmed - holds - expires).max(160.0);
    let name = if narrow { rest } else { (rest * 0.5).floor() };
    let widths = [name, rest - name, confirmed, holds, expires];
    let mut left = 16.0;
    widths.map(|width| {
        let place = (left, width);
        left += width;
        place
    })
}

impl Recipients {
    /// Draws heads and rows.
    pub(super) fn table_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let places = places(ui);
        heads_ui(ui, &places);
        if self.shown.is_empty() {
            return self.nothing_ui(ui, view);
        }
        self.rows_ui(ui, view, &places);
        if ui.memory(|memory| memory.focused().is_none() && memory.allows_interaction(ui.layer_id())) {
            self.keys(ui);
        }
    }

    fn rows_ui(&mut self, ui: &mut Ui, view: &View<'_>, places: &[(f32, f32); 5]) {
        let height = if view.settings.compact { size::ROW_COMPACT } else { size::ROW };
        let total = self.shown.len() as f32 * height;
        self.page = ((ui.available_height() / height) as usize).max(2) - 1;
        let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("recipients");
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
                    clicked = Some(self.lines[at].name.clone());
                }
            }
        });
        ui.data_mut(|data| data.insert_temp(egui::Id::unique("recipients-offset"), output.state.clamped_offset().y));
        if clicked.is_some() {
            ui.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
            self.selected = clicked;
            ui.ctx().request_repaint();
        }
    }

    /// The least that has to be scrolled so that the selected row shows.
    fn offset(&self, ui: &Ui, height: f32) -> Option<f32> {
        let now = ui.data(|data| data.get_temp::<f32>(egui::Id::unique("recipients-offset"))).unwrap_or(0.0);
        let (top, room) = (self.position()? as f32 * height, ui.available_height());
        Some(now.clamp((top + height - room).max(0.0).min(top), top))
    }

    /// The place of the selected recipient among those that show.
    fn position(&self) -> Option<usize> {
        let name = self.selected.as_ref()?;
        self.shown.iter().position(|&at| self.lines[at].name == *name)
    }

    fn row_ui(&self, ui: &Ui, places: &[(f32, f32); 5], line: &Line, rect: Rect) -> bool {
        let theme = theme::of(ui);
        let selected = self.selected.as_ref() == Some(&line.name);
        let response = ui.interact(rect, egui::Id::unique(("recipient", &line.name)), Sense::CLICK);
        response.widget_info(|| WidgetInfo::selected(Access::Row, true, selected, &line.spoken));
        paint::tell_selected(&response, selected);
        if selected || response.hovered() {
            ui.painter().rect_filled(rect, 0.0, if selected { theme.selected } else { theme.hover });
        }
        if selected {
            ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
        cells_ui(ui, theme, places, line, rect);
        response.clicked()
    }

    /// Arrows, pages, Home and End move; Esc leaves.
    fn keys(&mut self, ui: &Ui) {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let at = self.position();
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
            if pressed(key) {
                let target = at.map_or(0, step).min(self.shown.len() - 1);
                self.selected = Some(self.lines[self.shown[target]].name.clone());
                self.scroll_to = true;
                ui.ctx().request_repaint();
            }
        }
        if pressed(Key::Escape) {
            self.selected = None;
        }
    }
}

fn heads_ui(ui: &mut Ui, places: &[(f32, f32); 5]) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.window);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
    for ((left, width), name) in places.iter().zip(HEADS).filter(|((_, width), _)| *width > 0.0) {
        let words = paint::galley_cut(ui.painter(), Role::Caption, theme.text2, name, width - 8.0);
        paint::place(ui.painter(), words, rect.left() + left, rect.center().y);
    }
}

fn cells_ui(ui: &Ui, theme: &Theme, places: &[(f32, f32); 5], line: &Line, rect: Rect) {
    let (painter, middle) = (ui.painter(), rect.center().y);
    let [name, kinds, confirmed, holds, expires] = places.map(|(left, width)| (rect.left() + left, width));
    let text = |role, ink, words: &str, left: f32, room: f32| {
        let galley = paint::galley_cut(painter, role, ink, words, room);
        paint::place(painter, galley, left, middle)
    };
    let quiet = if line.listed { theme.text2 } else { theme.text3 };
    line.icon().paint(painter, pos2(name.0 + 8.0, middle), size::ICON, quiet);
    let end =
        text(Role::BodyMedium, if line.listed { theme.text } else { theme.text2 }, &line.shown, name.0 + 24.0, name.1 - 36.0);
    if kinds.1 > 0.0 {
        text(Role::Body, quiet, &line.kinds, kinds.0, kinds.1 - 12.0);
    } else if !line.listed {
        text(Role::Small, theme.text3, "not in the address book", end + 8.0, name.0 + name.1 - end - 16.0);
    }
    match line.sure {
        Sure::Nothing => {}
        Sure::All => Icon::Check.paint(painter, pos2(confirmed.0 + 6.0, middle), 12.0, theme.good().ink),
        Sure::No | Sure::Some => {
            Icon::Warning.paint(painter, pos2(confirmed.0 + 6.0, middle), 12.0, theme.warning().ink);
            text(Role::Body, theme.warning().ink, &line.confirmed, confirmed.0 + 18.0, confirmed.1 - 26.0);
        }
    }
    let end = text(Role::Body, theme.text2, &line.holds, holds.0, holds.1 - 8.0);
    if !line.due.is_empty() {
        text(Role::Small, theme.warning().ink, &format!("{} due", line.due.len()), end + 8.0, holds.0 + holds.1 - end - 8.0);
    }
    let (ink, word) = match line.ends {
        Ends::Later => (theme.text2, ""),
        Ends::Soon => (theme.warning().ink, "soon"),
        Ends::Expired => (theme.critical().ink, "expired"),
    };
    let end = text(Role::Body, ink, &line.end, expires.0, expires.1 - 8.0);
    if !word.is_empty() {
        text(Role::Caption, ink, word, end + 6.0, expires.0 + expires.1 - end - 6.0);
    }
}
