//! A holder of a key as a row of a list: what they hold, and what can be done about it.

use egui::{Align, Layout, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, checkbox, paint};
use crate::model::Format;
use crate::model::name::shown;

/// A holder.
pub struct HolderRow<'a> {
    /// What they hold.
    pub format: Format,
    /// Who.
    pub recipient: &'a str,
    /// The line under the name.
    pub what: &'a str,
}

impl HolderRow<'_> {
    /// Draws it with its buttons; gives back what was pressed. `refused` says why something cannot be done.
    pub fn ui<'b, D>(
        &self,
        ui: &mut Ui,
        buttons: &'b [(&str, Icon, D)],
        refused: impl Fn(&D) -> Option<&'static str>,
    ) -> Option<&'b D> {
        let mut pressed = None;
        self.with(ui, "", |ui| {
            for (text, icon, done) in buttons.iter().rev() {
                if ui.add(Button::new(text).small().icon(*icon).refused(refused(done))).clicked() {
                    pressed = Some(done);
                }
            }
        });
        pressed
    }

    /// Draws it with a box to tick, or with the tick that was set before; true when it was ticked.
    pub fn tick_ui(&self, ui: &mut Ui, word: &str, done: bool) -> bool {
        let mut ticked = false;
        self.with(ui, if done { word } else { "" }, |ui| {
            if done {
                let theme = theme::of(ui);
                Role::BodyMedium.line(ui, theme.text2, word);
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
                Icon::Check.paint(ui.painter(), rect.center(), size::ICON, theme.good().ink);
            } else {
                let tick = checkbox(ui, &mut ticked, word);
                // One of several alike: its spoken name says whose it is.
                let whose = format!("{word}: {}", shown(self.recipient));
                ui.ctx().accesskit_node_builder(tick.id, |node| node.set_label(whose));
                ticked = tick.clicked();
            }
        });
        ticked
    }

    /// Draws it with something at its right.
    fn with(&self, ui: &mut Ui, done: &str, control: impl FnOnce(&mut Ui)) {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
        let who = shown(self.recipient).into_owned();
        let says = if done.is_empty() { String::new() } else { format!(", {}", done.to_lowercase()) };
        response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{who}, {}{says}", self.what)));
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
        let layout = Layout::right_to_left(Align::Center);
        let salt = (self.recipient, self.what);
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout));
        child.spacing_mut().item_spacing.x = 8.0;
        control(&mut child);
        let (left, room) = (rect.left() + 28.0, child.available_width() - 40.0);
        format_icon(self.format).paint(ui.painter(), pos2(rect.left() + 8.0, rect.center().y), size::ICON, theme.text2);
        let name = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, &who, room);
        paint::place(ui.painter(), name, left, rect.center().y - 9.0);
        let line = paint::galley_cut(ui.painter(), Role::Small, theme.text3, self.what, room);
        paint::place(ui.painter(), line, left, rect.center().y + 9.0);
    }
}
