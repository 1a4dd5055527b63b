//! Cards of which one is chosen: purposes, stores.

use egui::{CornerRadius, Response, Role as Access, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2};

use super::paint;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};

/// A card with icon, title and one line; the purpose cards are 162 by 72.
pub fn choice_card(ui: &mut Ui, wanted: Vec2, icon: Icon, title: &str, hint: &str, chosen: bool) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::RadioButton, true, chosen, title));
    let (fill, edge) = match (chosen, response.hovered()) {
        (true, _) => (theme.selected, Stroke::new(2.0, theme.accent)),
        (false, true) => (theme.hover, Stroke::new(1.0, theme.line)),
        (false, false) => (theme.raised, Stroke::new(1.0, theme.line)),
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(size::RADIUS_CARD), fill, edge, StrokeKind::Inside);
    paint::focus_ring(ui, &response, rect, size::RADIUS_CARD);
    let (x, y) = (rect.left() + 13.0, rect.top() + 23.0);
    let at = pos2(x + 10.0, y);
    if chosen {
        icon.paint_filled(painter, at, size::ICON_CARD, theme.accent_text);
    } else {
        icon.paint(painter, at, size::ICON_CARD, theme.text2);
    }
    let ink = if chosen { theme.text2 } else { theme.text3 };
    let title = paint::galley_cut(painter, Role::BodyStrong, theme.text, title, rect.width() - 44.0);
    let hint = paint::galley_cut(painter, Role::Small, ink, hint, rect.width() - 26.0);
    paint::place(painter, title, x + 26.0, y);
    paint::place(painter, hint, x, rect.top() + 49.0);
    response
}
