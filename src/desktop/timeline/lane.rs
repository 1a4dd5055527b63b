//! One lane drawn: the name of the key, the bars of its versions, where they overlap, what waits.

use std::sync::Arc;

use egui::{Painter, Rect, Role as Access, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::plan::{Mark, Paint, Piece, Plan};
use super::scale::Scale;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{BarKind, Tooltips, paint, paint_bar, paint_glyph, paint_warning};
use crate::model::name::shown;
use crate::model::{Key, State, Time};

/// Where lanes lie on screen.
#[derive(Copy, Clone)]
pub struct Sheet {
    /// The part with bars.
    pub bars: Rect,
    /// Time on it.
    pub scale: Scale,
}

impl Sheet {
    /// Where an instant lies. Far ones are cut, so that huge coordinates cost and blur nothing.
    pub fn x(&self, time: Time) -> f32 {
        (self.bars.left() + self.scale.x(time)).clamp(self.bars.left() - 8.0, self.bars.right() + 8.0)
    }

    /// A span on screen; none where nothing of it shows.
    pub fn span(&self, from: Time, to: Option<Time>) -> Option<(f32, f32)> {
        let from = self.x(from);
        let to = to.map_or(self.bars.right() + 8.0, |to| self.x(to));
        (to - from >= 0.5).then_some((from, to))
    }
}

/// Draws the lane of a key; a click shows the key.
pub fn lane_ui(ui: &Ui, clip: &Painter, view: &mut View<'_>, rect: Rect, sheet: Sheet, key: &Key, plan: &Plan) {
    let theme = theme::of(ui);
    let seen = rect.intersect(clip.clip_rect());
    let response = ui.interact(seen, egui::Id::unique(("lane", key.id)), Sense::CLICK);
    let selected = view.desk.selection.contains(&key.id);
    response.widget_info(|| WidgetInfo::selected(Access::Row, true, selected, &plan.spoken));
    paint::tell_selected(&response, selected);
    let ground = if selected {
        theme.selected
    } else if response.hovered() {
        theme.hover
    } else {
        theme.panel
    };
    let tinted = if selected { rect.max } else { pos2(sheet.bars.left(), rect.bottom()) };
    clip.rect_filled(Rect::from_min_max(rect.min, tinted), 0.0, ground);
    if selected {
        clip.rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
    }
    clip.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    paint_glyph(clip, theme, pos2(rect.left() + 22.0, rect.center().y), plan.state, ground);
    let name = paint::galley_cut(clip, Role::SmallMedium, theme.text, &shown(&key.name), size::LANE_LABEL - 48.0);
    paint::place(clip, name, rect.left() + 36.0, rect.center().y);
    plan_ui(&clip.with_clip_rect(sheet.bars.intersect(clip.clip_rect())), theme, rect.top(), sheet, plan, view.desk.now);
    if response.clicked() {
        view.asks.push(Ask::ShowKey(key.id));
    }
    response.tooltip_at_pointer(|ui| {
        Role::BodyStrong.line(ui, theme.text, shown(&key.name));
        for line in &plan.lines {
            Role::Small.line(ui, theme.text2, line);
        }
    });
}

/// Bars, overlaps and marks.
fn plan_ui(painter: &Painter, theme: &Theme, top: f32, sheet: Sheet, plan: &Plan, now: Time) {
    for piece in &plan.pieces {
        piece_ui(painter, theme, top, sheet, piece);
    }
    for overlap in &plan.overlaps {
        if let Some((from, to)) = sheet.span(overlap.from, Some(overlap.to)) {
            let band = Rect::from_min_max(pos2(from, top + 1.5), pos2(to.max(from + 2.0), top + size::LANE - 2.0));
            paint_overlap(painter, theme, band, overlap.planned);
        }
    }
    for mark in &plan.marks {
        mark_ui(painter, theme, top, sheet, *mark, now);
    }
}

fn piece_ui(painter: &Painter, theme: &Theme, top: f32, sheet: Sheet, piece: &Piece) {
    let Some((from, to)) = sheet.span(piece.from, piece.to) else { return };
    let (above, below) = piece.row.span();
    let bar = Rect::from_min_max(pos2(from, top + above), pos2(to, top + below));
    match piece.paint {
        Paint::State(state) => paint_bar(painter, theme, bar, BarKind::Of(state)),
        Paint::Planned => paint_bar(painter, theme, bar, BarKind::Planned),
        Paint::Warning => {
            paint_bar(painter, theme, bar, BarKind::Of(State::Active));
            paint_warning(painter, theme, bar);
        }
    }
}

/// Two versions valid together: a band over both, closed where neither is only planned.
pub fn paint_overlap(painter: &Painter, theme: &Theme, band: Rect, planned: bool) {
    let fill = theme.good().fill;
    if planned {
        painter.rect_filled(band.shrink2(vec2(0.0, 1.5)), 2.0, fill.gamma_multiply(0.2));
    } else {
        painter.rect(band, 3.0, fill.gamma_multiply(0.25), Stroke::new(1.0, fill), StrokeKind::Inside);
    }
}

fn mark_ui(painter: &Painter, theme: &Theme, top: f32, sheet: Sheet, mark: Mark, now: Time) {
    match mark {
        Mark::Activation(at, row) => {
            let (above, below) = row.span();
            let x = sheet.x(at);
            if sheet.bars.x_range().contains(x) {
                let centre = pos2(x + 9.0, top + f32::midpoint(above, below));
                Icon::Play.paint_filled(painter, centre, 9.0, theme.state(State::PreActive).ink);
            }
        }
        Mark::Certificate(at, row) => {
            let (above, below) = row.span();
            let (x, middle) = (sheet.x(at), top + f32::midpoint(above, below));
            if sheet.bars.x_range().contains(x) {
                let corners = |half: f32| {
                    [(0.0, -half), (half, 0.0), (0.0, half), (-half, 0.0)].map(|(dx, dy)| pos2(x + dx, middle + dy)).to_vec()
                };
                painter.add(Shape::convex_polygon(corners(6.5), theme.panel, Stroke::NONE));
                painter.add(Shape::convex_polygon(corners(4.5), theme.warning().ink, Stroke::NONE));
            }
        }
        Mark::Destruction(due, row) => {
            let (above, below) = row.span();
            let middle = top + f32::midpoint(above, below);
            paint_waiting(painter, theme, (sheet.x(now), sheet.x(due.max(now))), middle, top + below + 2.5);
        }
    }
}

/// A destruction that waits: a dotted line from today to its day, and the cross of the destroyed on it.
pub fn paint_waiting(painter: &Painter, theme: &Theme, (from, to): (f32, f32), middle: f32, under: f32) {
    let ink = theme.state(State::Destroyed).ink;
    let line = [pos2(from, under), pos2(to, under)];
    painter.extend(Shape::dotted_line(&line, ink, 3.0, 0.75));
    painter.circle_filled(pos2(to, middle), 7.0, theme.panel);
    paint_glyph(painter, theme, pos2(to, middle), State::Destroyed, theme.panel);
}

/// Draws the head of a group; true when it was clicked.
pub fn group_ui(ui: &Ui, clip: &Painter, rect: Rect, name: &Arc<str>, count: u32, open: bool) -> bool {
    let theme = theme::of(ui);
    let seen = rect.intersect(clip.clip_rect());
    let response = ui.interact(seen, egui::Id::unique(("group", name)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, open, format!("{name}, {count} keys")));
    clip.rect_filled(rect, 0.0, theme.window);
    let icon = if open { Icon::CaretDown } else { Icon::CaretRight };
    icon.paint(clip, pos2(rect.left() + 22.0, rect.center().y), 12.0, theme.text2);
    let words = paint::galley(clip, Role::SmallStrong, theme.text2, &shown(name));
    let end = paint::place(clip, words, rect.left() + 34.0, rect.center().y);
    let count = paint::galley(clip, Role::Small, theme.text3, &count.to_string());
    paint::place(clip, count, end + 6.0, rect.center().y);
    response.clicked()
}
