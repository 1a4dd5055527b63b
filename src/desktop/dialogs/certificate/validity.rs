//! The time for which a certificate holds, as a bar: its warning time striped, today a line.

use egui::{Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::desk::View;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{BarKind, paint, paint_bar, paint_warning};
use crate::model::{CertificateFacts, Key, State, Time};

/// Draws it, with both dates over it and what is left.
pub(super) fn ui(ui: &mut Ui, view: &View<'_>, key: &Key, facts: &CertificateFacts) {
    let (from, until, now) = (facts.not_before, facts.not_after, view.desk.now);
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let state = match () {
        () if now < from => State::PreActive,
        () if until < now => State::Deactivated,
        () => State::Active,
    };
    let left = match state {
        State::PreActive => format!("begins {}", view.desk.when(from)),
        State::Deactivated => format!("over for {}", view.desk.when(until).trim_end_matches(" ago")),
        _ => format!("{} left", view.desk.when(until).trim_start_matches("in ")),
    };
    let (first, last) = (view.desk.date(from), view.desk.date(until));
    let spoken = format!("Valid from {first} until {last}, {left}");
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, &spoken));
    let painter = ui.painter();
    let middle = rect.top() + 10.0;
    let first = paint::galley(painter, Role::Small, theme.text, &first);
    paint::place(painter, first, rect.left(), middle);
    let last = paint::galley(painter, Role::Small, theme.text, &last);
    let right = rect.right() - last.size().x;
    paint::place(painter, last, right, middle);
    let warned = key.warns_from(until);
    let ink = match state {
        State::Deactivated => theme.critical().ink,
        State::Active if warned <= now => theme.warning().ink,
        _ => theme.text3,
    };
    paint::place_centred(painter, paint::galley(painter, Role::SmallMedium, ink, &left), pos2(rect.center().x, middle));
    let bar = Rect::from_min_size(pos2(rect.left(), rect.top() + 24.0), vec2(rect.width(), size::LANE_BAR));
    paint_bar(painter, theme, bar, BarKind::Of(state));
    if state == State::Active {
        let start = bar.left() + bar.width() * share(from, until, warned);
        paint_warning(painter, theme, Rect::from_min_max(pos2(start, bar.top()), bar.max));
        let x = bar.left() + bar.width() * share(from, until, now);
        painter.vline(x, bar.top() - 3.0..=bar.bottom() + 3.0, Stroke::new(2.0, theme.accent));
    }
}

/// How far an instant lies between two others, 0 to 1.
fn share(from: Time, until: Time, at: Time) -> f32 {
    let whole = until.seconds_since(from).max(1) as f32;
    (at.seconds_since(from) as f32 / whole).clamp(0.0, 1.0)
}
