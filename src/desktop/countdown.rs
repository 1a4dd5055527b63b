//! The strip that says how long a secret stays on the clipboard, over everything else, with the button that ends it. It
//! stands at the left, where no dialog has its buttons.

use std::time::Duration;

use egui::{Align, Align2, Area, Context, Frame, Id, Layout, Margin, Order, Role as Access, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::clipboard::{COUNTDOWN, End};
use super::icons::Icon;
use super::theme::{self, Role, size};
use super::widgets::{Button, Tone};

/// Width of the strip.
const WIDTH: f32 = 264.0;

/// Draws it; true when the secret is to go at once.
pub fn countdown_ui(ctx: &Context, left: Duration) -> bool {
    // Up to the next whole second.
    ctx.request_repaint_after(Duration::from_millis(u64::from(left.subsec_millis()) + 5));
    let area = Area::new(Id::unique("countdown")).order(Order::Tooltip);
    let shown = area.anchor(Align2::LEFT_BOTTOM, vec2(8.0, -size::FOOTER - 12.0)).show(ctx, |ui| {
        let theme = theme::of(ui);
        let frame = Frame::new()
            .fill(theme.raised)
            .shadow(theme.dialog_shadow())
            .corner_radius(size::RADIUS)
            .stroke(Stroke::new(1.0, theme.line))
            .inner_margin(Margin { left: 12, right: 8, top: 8, bottom: 8 });
        frame.show(ui, |ui| strip_ui(ui, left)).inner
    });
    shown.inner
}

fn strip_ui(ui: &mut Ui, left: Duration) -> bool {
    let theme = theme::of(ui);
    ui.set_width(WIDTH - 20.0);
    let seconds = left.as_millis().div_ceil(1_000);
    let clicked = ui.horizontal(|ui| {
        ui.set_min_height(28.0);
        let (rect, _) = ui.allocate_exact_size(vec2(size::ICON, size::ICON), Sense::hover());
        Icon::Clipboard.paint(ui.painter(), rect.center(), size::ICON, theme.text2);
        let text = format!("On the clipboard: {seconds} s");
        Role::BodyMedium.line(ui, theme.text, text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(Button::new("Clear now").small()).clicked()).inner
    });
    let (bar, response) = ui.allocate_exact_size(vec2(ui.available_width() - 4.0, 3.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::ProgressIndicator, true, "Time left"));
    ui.painter().rect_filled(bar, 1.5, theme.line_soft);
    let share = (seconds as f32 / COUNTDOWN.as_secs_f32()).clamp(0.0, 1.0);
    let done = egui::Rect::from_min_size(bar.min, vec2(bar.width() * share, bar.height()));
    ui.painter().rect_filled(done, 1.5, theme.accent);
    clicked.inner
}

/// What is told when a countdown ended.
pub fn told(end: End) -> (Tone, String) {
    match end {
        End::Cleared => (Tone::Good, "The passphrase was cleared from the clipboard.".into()),
        End::Taken => (Tone::Info, "Something else was copied. The passphrase is not on the clipboard any more.".into()),
        End::Gone => (Tone::Info, "The passphrase is not on the clipboard any more.".into()),
        End::Failed(why) => {
            (Tone::Warning, format!("The clipboard does not answer: {why}. Make sure that the passphrase is not left there."))
        }
    }
}
