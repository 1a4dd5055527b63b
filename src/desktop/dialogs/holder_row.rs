//! A holder of a key as a row of a list: what they hold, and what can be done about it.

use egui::{Align, Layout, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, paint};
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
    /// What is already done about it: “Told”.
    pub done: Option<&'a str>,
}

impl HolderRow<'_> {
    /// Draws it with its buttons; gives back what was pressed. `refused` says why something cannot be done.
    pub fn ui<'b, D>(
        &self,
        ui: &mut Ui,
        buttons: &'b [(&str, Icon, D)],
        refused: impl Fn(&D) -> Option<&'static str>,
    ) -> Option<&'b D> {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
        let who = shown(self.recipient).into_owned();
        let done = self.done.map(|done| format!(", {}", done.to_lowercase())).unwrap_or_default();
        response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{who}, {}{done}", self.what)));
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
        let layout = Layout::right_to_left(Align::Center);
        let salt = (self.recipient, self.what);
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout));
        child.spacing_mut().item_spacing.x = 8.0;
        let mut pressed = None;
        for (text, icon, done) in buttons.iter().rev() {
            if child.add(Button::new(text).small().icon(*icon).refused(refused(done))).clicked() {
                pressed = Some(done);
            }
        }
        let mut right = rect.left() + child.available_width();
        if let Some(done) = self.done {
            let word = paint::galley(ui.painter(), Role::SmallMedium, theme.text2, done);
            right = rect.right() - 8.0 - word.size().x;
            paint::place(ui.painter(), word, right, rect.center().y);
            right -= 20.0;
            Icon::Check.paint(ui.painter(), pos2(right + 7.0, rect.center().y), size::ICON_DETAIL, theme.good().ink);
        }
        let left = rect.left() + 28.0;
        let room = right - left - 12.0;
        format_icon(self.format).paint(ui.painter(), pos2(rect.left() + 8.0, rect.center().y), size::ICON, theme.text2);
        let name = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, &who, room);
        paint::place(ui.painter(), name, left, rect.center().y - 9.0);
        let line = paint::galley_cut(ui.painter(), Role::Small, theme.text3, self.what, room);
        paint::place(ui.painter(), line, left, rect.center().y + 9.0);
        pressed
    }
}
