//! What the widgets share: measuring text, placing it, the focus ring.

use std::sync::Arc;

use egui::{Color32, CornerRadius, Galley, Painter, Pos2, Rect, Response, Stroke, StrokeKind, Ui, pos2};

use crate::desktop::theme::{self, Role};

/// Text of one role on one line.
pub fn galley(painter: &Painter, role: Role, colour: Color32, text: &str) -> Arc<Galley> {
    painter.layout_job(Role::job(&[(role, colour, text)]))
}

/// Text of one role on one line, cut with an ellipsis at `width`.
pub fn galley_cut(painter: &Painter, role: Role, colour: Color32, text: &str, width: f32) -> Arc<Galley> {
    let mut job = Role::job(&[(role, colour, text)]);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Paints a line with the middle of its left edge there; gives back its right edge.
pub fn place(painter: &Painter, galley: Arc<Galley>, left: f32, middle: f32) -> f32 {
    let size = galley.size();
    painter.galley(pos2(left, middle - size.y / 2.0), galley, Color32::PLACEHOLDER);
    left + size.x
}

/// Paints a line with its centre there.
pub fn place_centred(painter: &Painter, galley: Arc<Galley>, centre: Pos2) {
    let left = centre.x - galley.size().x / 2.0;
    place(painter, galley, left, centre.y);
}

/// The focus ring: 1 of accent inside, 2 of accent tint outside.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect, radius: u8) {
    if response.has_focus() {
        ring(ui, rect, radius, theme::of(ui).accent, theme::of(ui).selected);
    }
}

/// A ring of two colours around a rectangle.
pub fn ring(ui: &Ui, rect: Rect, radius: u8, inner: Color32, outer: Color32) {
    let round = CornerRadius::same(radius);
    let outside = CornerRadius::same(radius.saturating_add(2));
    ui.painter().rect_stroke(rect.expand(2.0), outside, Stroke::new(2.0, outer), StrokeKind::Inside);
    ui.painter().rect_stroke(rect, round, Stroke::new(1.0, inner), StrokeKind::Inside);
}

/// Says that a row of a list is selected, as screen readers expect it of rows.
pub fn tell_selected(response: &Response, selected: bool) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.clear_toggled();
        node.set_selected(selected);
    });
}

/// Where it is kept that the next field drawn takes the focus.
const OFFERED: &str = "focus-offered";

/// The next field drawn takes the focus.
pub fn offer_focus(ctx: &egui::Context) {
    ctx.data_mut(|data| data.insert_temp(egui::Id::unique(OFFERED), true));
}

/// Nothing more takes the focus that was offered.
pub fn focus_taken(ctx: &egui::Context) {
    ctx.data_mut(|data| data.remove_temp::<bool>(egui::Id::unique(OFFERED)));
}

/// A field takes the focus that was offered.
pub fn take_focus(response: &Response) {
    let offered = response.ctx.data_mut(|data| data.remove_temp::<bool>(egui::Id::unique(OFFERED)));
    if offered.is_some() {
        response.request_focus();
    }
}

/// A filled rectangle with a line of 1 inside its edge.
pub fn boxed(painter: &Painter, rect: Rect, radius: u8, fill: Color32, line: Color32) {
    painter.rect(rect, CornerRadius::same(radius), fill, Stroke::new(1.0, line), StrokeKind::Inside);
}
