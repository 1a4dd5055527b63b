//! Checkbox, radio and switch.

use egui::{CornerRadius, Rect, Response, Role as Access, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::paint;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// A checkbox with its words.
pub fn checkbox(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    let theme = theme::of(ui);
    let galley = paint::galley(ui.painter(), Role::BodyMedium, theme.text, text);
    let (rect, mut response) = ui.allocate_exact_size(vec2(galley.size().x + 24.0, 24.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Access::CheckBox, true, *on, text));
    let square = Rect::from_min_size(pos2(rect.left(), rect.center().y - 8.0), vec2(16.0, 16.0));
    if *on {
        ui.painter().rect_filled(square, 4.0, theme.accent);
        Icon::Check.paint(ui.painter(), square.center(), 12.0, theme.on_accent);
    } else {
        paint::boxed(ui.painter(), square, size::RADIUS_TAG, theme.panel, theme.control);
    }
    paint::focus_ring(ui, &response, square, size::RADIUS_TAG);
    paint::place(ui.painter(), galley, rect.left() + 24.0, rect.center().y);
    response
}

/// Paints the dot of a radio in a box of 16 around `centre`.
pub(super) fn paint_radio(ui: &Ui, centre: egui::Pos2, chosen: bool, danger: bool) {
    let theme = theme::of(ui);
    if chosen {
        ui.painter().circle_filled(centre, 8.0, if danger { theme.danger } else { theme.accent });
        ui.painter().circle_filled(centre, 3.0, theme.on_accent);
    } else {
        ui.painter().circle(centre, 7.5, theme.panel, Stroke::new(1.0, theme.control));
    }
}

/// A radio over the width there is: a title, a line of explanation, a word at the right. 52 high.
pub fn radio_row(ui: &mut Ui, chosen: bool, danger: bool, title: &str, hint: &str) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::RadioButton, true, chosen, title));
    let edge = match (chosen, danger) {
        (true, true) => Stroke::new(2.0, theme.danger),
        (true, false) => Stroke::new(2.0, theme.accent),
        _ => Stroke::new(1.0, theme.line),
    };
    ui.painter().rect(rect, CornerRadius::same(size::RADIUS), theme.raised, edge, StrokeKind::Inside);
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    paint_radio(ui, pos2(rect.left() + 21.0, rect.center().y), chosen, danger);
    let title = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, title, rect.width() - 56.0);
    let hint = paint::galley_cut(ui.painter(), Role::Small, theme.text3, hint, rect.width() - 56.0);
    paint::place(ui.painter(), title, rect.left() + 41.0, rect.center().y - 8.0);
    paint::place(ui.painter(), hint, rect.left() + 41.0, rect.center().y + 10.0);
    response
}

/// What cannot be chosen among radios, 36 high, with the reason beside it.
pub fn radio_row_refused(ui: &mut Ui, title: &str, reason: &str) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, false, format!("{title}: {reason}")));
    let line = Stroke::new(1.0, theme.line_soft);
    ui.painter().rect(rect, CornerRadius::same(size::RADIUS), theme.window, line, StrokeKind::Inside);
    ui.painter().circle_stroke(pos2(rect.left() + 21.0, rect.center().y), 7.5, Stroke::new(1.0, theme.line));
    let right = rect.right() - 12.0;
    let title = paint::galley_cut(ui.painter(), Role::Body, theme.text3, title, rect.width() * 0.5);
    let end = paint::place(ui.painter(), title, rect.left() + 41.0, rect.center().y);
    let reason = paint::galley_cut(ui.painter(), Role::Small, theme.text3, reason, right - end - 16.0);
    let left = right - reason.size().x;
    paint::place(ui.painter(), reason, left, rect.center().y);
    response
}

/// A radio on one line of 32: a title, and beside it what it means.
pub fn radio_line(ui: &mut Ui, chosen: bool, danger: bool, title: &str, hint: &str) -> Response {
    radio_columns(ui, chosen, danger, title, hint, 196.0)
}

/// The same with the second column there.
pub fn radio_columns(ui: &mut Ui, chosen: bool, danger: bool, title: &str, hint: &str, column: f32) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::RadioButton, true, chosen, title));
    if chosen || response.hovered() {
        let ground = match (chosen, danger) {
            (true, true) => theme.critical().tint,
            (true, false) => theme.selected,
            _ => theme.hover,
        };
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), ground);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    paint_radio(ui, pos2(rect.left() + 16.0, rect.center().y), chosen, danger);
    let title = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, title, column - 42.0);
    paint::place(ui.painter(), title, rect.left() + 34.0, rect.center().y);
    let ink = if chosen { theme.text2 } else { theme.text3 };
    let hint = paint::galley_cut(ui.painter(), Role::Small, ink, hint, rect.width() - column - 8.0);
    paint::place(ui.painter(), hint, rect.left() + column, rect.center().y);
    response
}

/// A switch; its words stand beside it, `name` is what screen readers say.
pub fn switch(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let theme = theme::of(ui);
    let (rect, mut response) = ui.allocate_exact_size(vec2(28.0, 16.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Access::Switch, true, *on, name));
    ui.painter().rect_filled(rect, 8.0, if *on { theme.accent } else { theme.control });
    let x = if *on { rect.right() - 8.0 } else { rect.left() + 8.0 };
    ui.painter().circle_filled(pos2(x, rect.center().y), 6.0, theme.on_accent);
    paint::focus_ring(ui, &response, rect, 8);
    response
}
