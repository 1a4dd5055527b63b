//! One object that was found: what it is, its risks in words, and where it lies.

use std::collections::BTreeSet;

use egui::{Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::custodian::discover::{Finding, Risk};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::paint;
use crate::model::name::shown;

/// The height of a row.
pub(super) const ROW: f32 = 48.0;

/// What the risks are called, in the order of [`Risk::IDS`].
pub(super) const WORDS: [&str; 7] =
    ["No passphrase", "Readable by others", "Weak algorithm", "Expired", "Ends soon", "Several places", "In version control"];

/// Draws a row; a click chooses or leaves its file.
pub(super) fn row_ui(ui: &mut Ui, index: usize, finding: &Finding, chosen: &mut BTreeSet<String>) {
    let theme = theme::of(ui);
    let Finding { object, risks } = finding;
    let is_chosen = chosen.contains(&object.path);
    let words: Vec<&str> = risks.iter().map(word).collect();
    let (what, path) = (object.kind.name(), shown(&object.path));
    let said = format!("{what}, {path}, {}", if words.is_empty() { "no risk".to_owned() } else { words.join(", ") });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let response = ui.interact(rect, ui.scope_id().with(("found", index)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::CheckBox, true, is_chosen, &said));
    if response.clicked() {
        if is_chosen {
            chosen.remove(&object.path);
        } else {
            chosen.insert(object.path.clone());
        }
    }
    if is_chosen || response.hovered() {
        ui.painter().rect_filled(rect, 0.0, if is_chosen { theme.selected } else { theme.hover });
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
    let painter = ui.painter();
    let square = egui::Rect::from_center_size(pos2(rect.left() + 24.0, rect.center().y), vec2(16.0, 16.0));
    if is_chosen {
        painter.rect_filled(square, 4.0, theme.accent);
        Icon::Check.paint(painter, square.center(), 12.0, theme.on_accent);
    } else {
        paint::boxed(painter, square, size::RADIUS_TAG, theme.panel, theme.control);
    }
    let (first, second) = (rect.top() + 15.0, rect.top() + 33.0);
    let left = rect.left() + 48.0;
    let half = left + (rect.width() - 64.0) * 0.45;
    let name = paint::galley_cut(painter, Role::BodyMedium, theme.text, &capital(what), half - left - 16.0);
    let end = paint::place(painter, name, left, first);
    if let Some(algorithm) = object.algorithm {
        let algorithm = paint::galley_cut(painter, Role::Body, theme.text2, algorithm.name(), half - end - 24.0);
        paint::place(painter, algorithm, end + 8.0, first);
    }
    let place = paint::galley_cut(painter, Role::Small, theme.text3, &path, half - left - 16.0);
    paint::place(painter, place, left, second);
    let (ink, text) = if words.is_empty() { (theme.text3, "—".to_owned()) } else { (theme.warning().ink, words.join(", ")) };
    if !words.is_empty() {
        Icon::Warning.paint(painter, pos2(half + 7.0, first), 14.0, ink);
    }
    let risky = paint::galley_cut(painter, Role::BodyMedium, ink, &text, rect.right() - half - 40.0);
    paint::place(painter, risky, half + 22.0, first);
    if let Some(risk) = risks.first() {
        let hint = paint::galley_cut(painter, Role::Small, theme.text3, risk.remedy(), rect.right() - half - 40.0);
        paint::place(painter, hint, half + 22.0, second);
    }
    if !risks.is_empty() {
        let all: Vec<String> = risks.iter().map(|risk| format!("{} {}", shown(&risk.sentence()), risk.remedy())).collect();
        response.on_hover_text(all.join("\n"));
    }
}

fn word(risk: &Risk) -> &'static str {
    Risk::IDS.iter().position(|id| *id == risk.id()).map_or("", |index| WORDS[index])
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
