//! A line that says before something is done what will follow from it.

use egui::{Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// How grave a consequence is.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Plain,
    /// Someone has to act.
    Care,
    /// It is lost for good.
    Grave,
}

/// Draws a consequence: an icon, a sentence, and what goes with it.
pub fn follows(ui: &mut Ui, icon: Icon, weight: Weight, sentence: &str, hint: &str) {
    let theme = theme::of(ui);
    let ink = match weight {
        Weight::Plain => theme.text2,
        Weight::Care => theme.warning().ink,
        Weight::Grave => theme.critical().ink,
    };
    let width = ui.available_width() - 28.0;
    let wrapped = |role: Role, ink, text: &str| {
        let mut job = Role::job(&[(role, ink, text)]);
        job.wrap.max_width = width;
        ui.painter().layout_job(job)
    };
    let first = wrapped(Role::Body, theme.text, sentence);
    let second = wrapped(Role::Small, theme.text3, hint);
    let below = if hint.is_empty() { 0.0 } else { second.size().y };
    let (tall, above) = (first.size().y + below + 6.0, first.size().y);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), tall), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{sentence} {hint}").trim()));
    icon.paint(ui.painter(), pos2(rect.left() + 8.0, rect.top() + 10.0), size::ICON, ink);
    ui.painter().galley(pos2(rect.left() + 28.0, rect.top()), first, theme.text);
    if !hint.is_empty() {
        ui.painter().galley(pos2(rect.left() + 28.0, rect.top() + above), second, theme.text3);
    }
}
