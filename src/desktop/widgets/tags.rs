//! A list of short texts: comma or Enter adds one, its cross takes it away.

use egui::{Frame, Key, Margin, Response, Role as Access, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::paint;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// Edits `tags`; `typed` is what is not yet one of them. Tells whether the list changed.
pub fn tag_editor(ui: &mut Ui, label: &str, tags: &mut Vec<String>, typed: &mut String, hint: &str, mono: bool) -> bool {
    let theme = theme::of(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        Role::SmallMedium.line(ui, theme.text2, label);
        bare_tag_editor(ui, label, tags, typed, hint, mono)
    })
    .inner
}

/// The same without the label above; screen readers still say it.
pub fn bare_tag_editor(ui: &mut Ui, label: &str, tags: &mut Vec<String>, typed: &mut String, hint: &str, mono: bool) -> bool {
    let theme = theme::of(ui);
    let mut changed = false;
    ui.scope(|ui| {
        let frame = Frame::new()
            .fill(theme.panel)
            .stroke(Stroke::new(1.0, theme.control))
            .corner_radius(size::RADIUS)
            .inner_margin(Margin::same(3));
        let id = ui.scope_id().with(("tags", label));
        let shown = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().interact_size.y = 24.0;
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                ui.set_min_height(24.0);
                let gone = tags.iter().position(|tag| chip_ui(ui, tag, mono).clicked());
                if let Some(gone) = gone {
                    tags.remove(gone);
                    changed = true;
                }
                let width = ui.available_size_before_wrap().x.max(96.0);
                let edit = TextEdit::singleline(typed).id(id).frame(Frame::NONE).margin(Margin::symmetric(5, 2));
                let hint = Role::Body.rich(hint).color(theme.text3);
                let edit = edit.hint_text(hint).font(Role::Body.font()).desired_width(width - 16.0);
                let response = ui.add(edit);
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("Add to {label}")));
                changed |= take(ui, &response, tags, typed);
                response.has_focus()
            })
            .inner
        });
        if shown.inner {
            paint::ring(ui, shown.response.rect, size::RADIUS, theme.accent, theme.selected);
        }
    });
    changed
}

fn take(ui: &Ui, response: &Response, tags: &mut Vec<String>, typed: &mut String) -> bool {
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !(entered || response.lost_focus() || typed.contains(',')) {
        return false;
    }
    let before = tags.len();
    for part in std::mem::take(typed).split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if !tags.iter().any(|tag| tag == part) {
            tags.push(part.to_owned());
        }
    }
    if entered {
        response.request_focus();
    }
    tags.len() > before
}

fn chip_ui(ui: &mut Ui, text: &str, mono: bool) -> Response {
    let theme = theme::of(ui);
    let role = if mono { Role::Mono } else { Role::SmallMedium };
    let galley = paint::galley(ui.painter(), role, theme.text, text);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 32.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Access::Button, true, format!("Remove {text}")));
    ui.painter().rect_filled(rect, f32::from(size::RADIUS_TAG), theme.tag);
    let end = paint::place(ui.painter(), galley, rect.left() + 8.0, rect.center().y);
    Icon::Close.paint(ui.painter(), pos2(end + 12.0, rect.center().y), 12.0, theme.text2);
    paint::focus_ring(ui, &response, rect, size::RADIUS_TAG);
    response
}
