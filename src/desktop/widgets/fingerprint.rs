//! A fingerprint in groups of four, large enough to be read out by phone.

use egui::{Response, Role as Access, Sense, Ui, WidgetInfo, vec2};

use super::paint;
use crate::desktop::theme::{self, Role, size};

/// Letters that are read out in one breath.
const GROUP: usize = 4;

/// Groups that stand in one line, so that two people find the same place.
const LINE: usize = 4;

/// Draws it on a sunken ground. What stands before a colon (`SHA256:`) has a line of its own.
pub fn fingerprint(ui: &mut Ui, name: &str, text: &str) -> Response {
    let theme = theme::of(ui);
    let (before, digits) = match text.split_once(':') {
        Some((before, digits)) => (format!("{before}:"), digits),
        None => (String::new(), text),
    };
    let letters: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    let (_, height) = Role::MonoLarge.metrics();
    let lines = groups.len().div_ceil(LINE) + usize::from(!before.is_empty());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), lines as f32 * height + 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{name}: {before}{}", groups.join(" "))));
    ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.sunken);
    let width = paint::galley(ui.painter(), Role::MonoLarge, theme.text, "0000").size().x + 14.0;
    let left = rect.left() + 12.0;
    let mut middle = rect.top() + 10.0 + height / 2.0;
    if !before.is_empty() {
        let words = paint::galley(ui.painter(), Role::Mono, theme.text3, &before);
        paint::place(ui.painter(), words, left, middle);
        middle += height;
    }
    for line in groups.chunks(LINE) {
        for (at, group) in line.iter().enumerate() {
            let words = paint::galley(ui.painter(), Role::MonoLarge, theme.text, group);
            paint::place(ui.painter(), words, left + at as f32 * width, middle);
        }
        middle += height;
    }
    response
}
