//! The chain as a list: the certificate, its issuers, the root. The one chosen shows in detail below.

use egui::{Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::lines::{Lines, LinkLine};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{Tooltips, paint};
use crate::model::WholeCertificate;
use crate::model::whole::{Link, Place};

/// From one certificate of the chain to the one that issued it.
const INDENT: f32 = 18.0;

/// Longer chains indent no further, so that names keep their room.
const DEEPEST: usize = 8;

/// Draws the chain; the number of a certificate that was chosen.
pub(super) fn ui(ui: &mut Ui, whole: &WholeCertificate, lines: &Lines, chosen: usize) -> Option<usize> {
    let mut answer = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (number, (link, line)) in whole.links.iter().zip(&lines.links).enumerate() {
            if row_ui(ui, number, link, line, number == chosen) {
                answer = Some(number);
            }
        }
    });
    answer
}

fn row_ui(ui: &mut Ui, number: usize, link: &Link, line: &LinkLine, chosen: bool) -> bool {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let response = ui.interact(rect, ui.unique_id().with(("link", number)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::ListBoxOption, true, chosen, &line.spoken));
    paint::tell_selected(&response, chosen);
    if chosen {
        paint::take_focus(&response);
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.selected);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.hover);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    let depth = if link.place == Place::Beside { 0 } else { number.min(DEEPEST) };
    let left = rect.left() + 8.0 + depth as f32 * INDENT;
    if depth > 0 {
        elbow(ui, theme, rect, left);
    }
    let cut = paint_row(ui, theme, rect, left, link, line);
    // Arrows move the focus, and what has it shows; so what is clicked has it too.
    if response.clicked() {
        response.request_focus();
    }
    let picked = response.has_focus() && !chosen;
    if cut {
        response.tooltip(&line.name);
    }
    picked
}

/// The line from the certificate above.
fn elbow(ui: &Ui, theme: &Theme, rect: Rect, left: f32) {
    let stroke = Stroke::new(1.0, theme.control);
    let x = left - INDENT + 8.0;
    ui.painter().vline(x, rect.top() - 6.0..=rect.center().y, stroke);
    ui.painter().hline(x..=left - 3.0, rect.center().y, stroke);
}

/// True when its name was cut.
fn paint_row(ui: &Ui, theme: &Theme, rect: Rect, left: f32, link: &Link, line: &LinkLine) -> bool {
    let painter = ui.painter();
    let (icon, ink) = match (&link.read, link.place) {
        (Err(_), _) => (Icon::Warning, theme.critical().ink),
        (Ok(_), Place::Leaf) => (Icon::SealCheck, theme.text2),
        (Ok(_), Place::Root) => (Icon::ShieldCheck, theme.good().ink),
        (Ok(_), Place::OwnIssuer) => (Icon::Tree, theme.text2),
        (Ok(_), _) => (Icon::Certificate, theme.text2),
    };
    icon.paint(painter, pos2(left + 8.0, rect.center().y), size::ICON, ink);
    let dates = if line.over { theme.critical().ink } else { theme.text3 };
    let dates = paint::galley(painter, Role::Small, dates, &line.dates);
    let right = rect.right() - 8.0 - dates.size().x;
    paint::place(painter, dates, right, rect.center().y);
    let place = paint::galley(painter, Role::Small, theme.text3, line.place);
    let room = right - left - 24.0 - place.size().x - 20.0;
    let name = paint::galley_cut(painter, Role::BodyMedium, theme.text, &line.name, room);
    let cut = name.elided;
    let end = paint::place(painter, name, left + 24.0, rect.center().y);
    paint::place(painter, place, end + 8.0, rect.center().y);
    cut
}
