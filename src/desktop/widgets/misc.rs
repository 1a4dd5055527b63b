//! Empty states, rows of key and value, heads of sections, icon tiles.

use egui::{Align, Layout, Rect, Response, Role as Access, Sense, Ui, WidgetInfo, vec2};

use super::{Button, Tooltips, icon_button, link, paint};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// An icon on a sunken square, 32 or 36 wide.
pub fn icon_tile(ui: &mut Ui, icon: Icon, wanted: f32) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(wanted, wanted), Sense::hover());
    ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.sunken);
    icon.paint(ui.painter(), rect.center(), size::ICON_CARD, theme.text2);
    response
}

/// Nothing here yet: what that means and what to do. True when the button was pressed.
pub fn empty_state(ui: &mut Ui, icon: Icon, sentence: &str, action: Option<&str>) -> bool {
    empty_state_of(ui, icon, sentence, action.as_slice()).is_some()
}

/// The same with several things that can be done; the number of the one that was pressed.
pub fn empty_state_of(ui: &mut Ui, icon: Icon, sentence: &str, actions: &[&str]) -> Option<usize> {
    let theme = theme::of(ui);
    let mut pressed = None;
    ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = 12.0;
        icon_tile(ui, icon, 48.0);
        Role::Body.label(ui, theme.text2, sentence);
        match actions {
            [] => {}
            [action] => pressed = ui.add(Button::new(action)).clicked().then_some(0),
            many => {
                let width = many.len() as f32 * 104.0 - 8.0;
                ui.allocate_ui_with_layout(vec2(width, size::CONTROL), Layout::left_to_right(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    for (index, action) in many.iter().enumerate() {
                        if ui.add(Button::new(action).min_width(96.0)).clicked() {
                            pressed = Some(index);
                        }
                    }
                });
            }
        }
    });
    pressed
}

/// A row of label and value, 24 high; with `copy`, a button that puts `copy` on the clipboard.
/// True when it was copied. Never for secrets.
pub fn key_value(ui: &mut Ui, label: &str, value: &str, aside: &str, mono: bool, copy: Option<&str>) -> bool {
    let theme = theme::of(ui);
    let mut copied = false;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{label}: {value} {aside}")));
    let painter = ui.painter();
    let name = paint::galley_cut(painter, Role::Small, theme.text3, label, 92.0);
    paint::place(painter, name, rect.left(), rect.center().y);
    let room = rect.width() - 96.0 - if copy.is_some() { 32.0 } else { 0.0 };
    let role = if mono { Role::Mono } else { Role::Body };
    let whole = value;
    let value = paint::galley_cut(painter, role, theme.text, value, room);
    let cut = value.elided;
    let end = paint::place(painter, value, rect.left() + 96.0, rect.center().y);
    let aside = paint::galley_cut(painter, Role::Small, theme.text3, aside, rect.left() + 92.0 + room - end);
    paint::place(painter, aside, end + 4.0, rect.center().y);
    if cut {
        response.tooltip(whole);
    }
    if let Some(copy) = copy {
        let at = Rect::from_center_size(rect.right_center() - vec2(7.0, 0.0), vec2(28.0, 28.0));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at));
        if icon_button(&mut child, Icon::Copy, &format!("Copy {label}")).clicked() {
            ui.ctx().copy_text(copy.to_owned());
            copied = true;
        }
    }
    copied
}

/// A row of label and value whose value goes on over further lines instead of being cut.
pub fn key_values(ui: &mut Ui, label: &str, values: &str) {
    let theme = theme::of(ui);
    let mut job = Role::job(&[(Role::Body, theme.text, values)]);
    job.wrap.max_width = (ui.available_width() - 96.0).max(0.0);
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y + 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{label}: {values}")));
    let name = paint::galley_cut(ui.painter(), Role::Small, theme.text3, label, 92.0);
    paint::place(ui.painter(), name, rect.left(), rect.top() + 12.0);
    paint::place(ui.painter(), galley, rect.left() + 96.0, rect.center().y);
}

/// The head of a section with its count and what can be done. True when that was pressed.
pub fn section_header(ui: &mut Ui, title: &str, count: Option<usize>, action: Option<&str>) -> bool {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        Role::SmallStrong.line(ui, theme.text2, title);
        if let Some(count) = count {
            Role::Small.line(ui, theme.text3, count.to_string());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| action.is_some_and(|action| link(ui, action, None).clicked()))
            .inner
    })
    .inner
}
