//! Chips, tags, badges and the shapes of keys.

use egui::{Color32, Painter, Pos2, Rect, Response, Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};

use super::glyph::paint_glyph;
use super::paint;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::model::State;

/// A count that wants attention.
pub fn badge(ui: &mut Ui, count: usize) -> Response {
    let theme = theme::of(ui);
    let galley = paint::galley(ui.painter(), Role::Caption, theme.on_accent, &count.to_string());
    let (rect, response) = ui.allocate_exact_size(vec2((galley.size().x + 12.0).max(20.0), 16.0), Sense::hover());
    ui.painter().rect_filled(rect, 8.0, theme.danger);
    paint::place_centred(ui.painter(), galley, rect.center());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, count));
    response
}

/// The shape of keys to press: “Ctrl F”.
pub fn kbd(ui: &mut Ui, keys: &str) -> Response {
    let theme = theme::of(ui);
    let galley = paint::galley(ui.painter(), Role::Caption, theme.text2, keys);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 12.0, 18.0), Sense::hover());
    paint::boxed(ui.painter(), rect, size::RADIUS_TAG, theme.raised, theme.line);
    paint::place_centred(ui.painter(), galley, rect.center());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, keys));
    response
}

/// A tag.
pub fn tag(ui: &mut Ui, text: &str) -> Response {
    let theme = theme::of(ui);
    let width = paint::galley(ui.painter(), Role::SmallMedium, theme.text2, text).size().x + 12.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CHIP), Sense::hover());
    paint_tag(ui.painter(), theme, rect.left_center(), text, f32::INFINITY);
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, text));
    response
}

/// Paints a tag with the middle of its left edge there, cut where the room ends; gives back its rectangle.
pub fn paint_tag(painter: &Painter, theme: &Theme, left: Pos2, text: &str, room: f32) -> Rect {
    let galley = paint::galley_cut(painter, Role::SmallMedium, theme.text2, text, room - 12.0);
    let rect = Rect::from_min_size(pos2(left.x, left.y - 10.0), vec2(galley.size().x + 12.0, size::CHIP));
    painter.rect_filled(rect, f32::from(size::RADIUS_TAG), theme.tag);
    paint::place(painter, galley, rect.left() + 6.0, rect.center().y);
    rect
}

/// One of a row of views with its count: “Needs attention 9”.
pub fn filter_chip(ui: &mut Ui, text: &str, count: Option<usize>, chosen: bool) -> Response {
    let theme = theme::of(ui);
    let (ink, second) = if chosen { (theme.accent_text, theme.accent_text) } else { (theme.text2, theme.text3) };
    let count = count.map(|count| count.to_string()).unwrap_or_default();
    let words = paint::galley(ui.painter(), Role::SmallMedium, ink, text);
    let number = paint::galley(ui.painter(), Role::Small, second, &count);
    let gap = if count.is_empty() { 0.0 } else { 6.0 };
    let width = words.size().x + gap + number.size().x + 18.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, chosen, format!("{text} {count}").trim()));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 12.0, if chosen { theme.selected } else { theme.hover });
    }
    paint::focus_ring(ui, &response, rect, 12);
    let end = paint::place(ui.painter(), words, rect.left() + 9.0, rect.center().y);
    paint::place(ui.painter(), number, end + gap, rect.center().y);
    response
}

/// A few words of which one is chosen, in one sunken bar; gives back the index that was clicked.
pub fn segmented(ui: &mut Ui, items: &[&str], chosen: Option<usize>) -> Option<usize> {
    let theme = theme::of(ui);
    let galleys: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let ink = if chosen == Some(index) { theme.text } else { theme.text2 };
            paint::galley(ui.painter(), Role::SmallMedium, ink, item)
        })
        .collect();
    let width = galleys.iter().map(|galley| galley.size().x + 22.0).sum::<f32>() + 4.0;
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::CONTROL_SMALL), Sense::hover());
    ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.sunken);
    let mut left = rect.left() + 2.0;
    let mut clicked = None;
    for (index, galley) in galleys.into_iter().enumerate() {
        let part = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(galley.size().x + 22.0, rect.height() - 4.0));
        let response = ui.interact(part, ui.unique_id().with(("segment", items[index])), Sense::click());
        let on = chosen == Some(index);
        response.widget_info(|| WidgetInfo::selected(Access::RadioButton, true, on, items[index]));
        if on {
            paint::boxed(ui.painter(), part, size::RADIUS - 1, theme.raised, theme.line);
        }
        paint::focus_ring(ui, &response, part, size::RADIUS - 1);
        paint::place_centred(ui.painter(), galley, part.center());
        if response.clicked() {
            clicked = Some(index);
        }
        left += part.width();
    }
    clicked
}

/// How wide [`state_chip`] is.
pub fn state_chip_width(ui: &Ui, state: State) -> f32 {
    paint::galley(ui.painter(), Role::SmallMedium, theme::of(ui).text, state.name()).size().x + 32.0
}

/// The state of a key as a tinted chip.
pub fn state_chip(ui: &mut Ui, state: State) -> Response {
    let theme = theme::of(ui);
    let colours = theme.state(state);
    let galley = paint::galley(ui.painter(), Role::SmallMedium, colours.ink, state.name());
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 32.0, size::CHIP), Sense::hover());
    ui.painter().rect_filled(rect, 10.0, colours.tint);
    paint_glyph(ui.painter(), theme, rect.left_center() + vec2(12.0, 0.0), state, colours.tint);
    paint::place(ui.painter(), galley, rect.left() + 23.0, rect.center().y);
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, state.name()));
    response
}

/// Paints a state for a table: glyph and word begin at `left`; only exceptions are tinted. The longest state
/// says its first word where there is no room for both; glyph and tint tell the other, and so does a tooltip.
pub fn paint_state(painter: &Painter, theme: &Theme, left: Pos2, state: State, ground: Color32, room: f32) {
    let colours = theme.state(state);
    let quiet = matches!(state, State::Active | State::Deactivated | State::Destroyed);
    let ink = match state {
        State::Active => theme.text,
        _ if quiet => theme.text2,
        _ => colours.ink,
    };
    let mut galley = paint::galley_cut(painter, Role::SmallMedium, ink, state.name(), room - 18.0);
    if galley.elided {
        let first = state.name().split(',').next().unwrap_or_default();
        galley = paint::galley_cut(painter, Role::SmallMedium, ink, first, room - 18.0);
    }
    if !quiet {
        let rect =
            Rect::from_min_max(pos2(left.x - 6.0, left.y - 10.0), pos2(left.x + 18.0 + galley.size().x + 8.0, left.y + 10.0));
        painter.rect_filled(rect, 10.0, colours.tint);
    }
    let ground = if quiet { ground } else { colours.tint };
    paint_glyph(painter, theme, left + vec2(6.0, 0.0), state, ground);
    paint::place(painter, galley, left.x + 18.0, left.y);
}
