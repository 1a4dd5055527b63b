//! The card of one home for keys.

use egui::{CornerRadius, Rect, Role as Access, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::paint;
use crate::model::StoreKind;

/// Height of a card.
const CARD: f32 = 300.0;

/// One home for keys.
pub(super) struct Card {
    pub(super) kind: StoreKind,
    pub(super) icon: Icon,
    pub(super) title: &'static str,
    pub(super) text: String,
    pub(super) points: [(bool, &'static str); 3],
    pub(super) status: (Option<bool>, String),
    /// At the right of the status.
    pub(super) aside: String,
}

impl Card {
    /// Draws it; true when it was clicked.
    pub(super) fn ui(&self, ui: &mut Ui, width: f32, chosen: bool, suggested: bool) -> bool {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width, CARD), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Access::RadioButton, true, chosen, self.title));
        let said = self.points.iter().map(|(_, point)| *point).chain([self.status.1.as_str()]).collect::<Vec<_>>().join(". ");
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(said));
        let edge = match (chosen, response.hovered()) {
            (true, _) => Stroke::new(2.0, theme.accent),
            (false, true) => Stroke::new(1.0, theme.control),
            (false, false) => Stroke::new(1.0, theme.line),
        };
        ui.painter().rect(rect, CornerRadius::same(size::RADIUS_DIALOG), theme.raised, edge, StrokeKind::Inside);
        paint::focus_ring(ui, &response, rect, size::RADIUS_DIALOG);
        self.head(ui, theme, rect, chosen, suggested);
        let mut child = {
            let inner = rect.shrink2(vec2(20.0, 0.0)).with_min_y(rect.top() + 68.0);
            ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(egui::Layout::top_down(egui::Align::Min)))
        };
        child.spacing_mut().item_spacing.y = 4.0;
        Role::KeyTitle.line(&mut child, theme.text, self.title);
        Role::Body.label(&mut child, theme.text2, self.text.clone());
        for (number, (good, text)) in self.points.iter().enumerate() {
            let y = rect.top() + 172.0 + number as f32 * 24.0;
            let icon = if *good { Icon::Check } else { Icon::Minus };
            let ink = if *good { theme.good().ink } else { theme.text3 };
            icon.paint(ui.painter(), pos2(rect.left() + 27.0, y), 14.0, ink);
            let words = paint::galley_cut(ui.painter(), Role::Small, theme.text2, text, width - 62.0);
            paint::place(ui.painter(), words, rect.left() + 42.0, y);
        }
        self.foot(ui, theme, rect);
        response.clicked()
    }

    fn head(&self, ui: &Ui, theme: &Theme, rect: Rect, chosen: bool, suggested: bool) {
        let tile = Rect::from_min_size(rect.min + vec2(20.0, 20.0), vec2(36.0, 36.0));
        ui.painter().rect_filled(tile, f32::from(size::RADIUS), if chosen { theme.selected } else { theme.sunken });
        self.icon.paint(ui.painter(), tile.center(), size::ICON_CARD, if chosen { theme.accent_text } else { theme.text2 });
        let radio = pos2(rect.right() - 28.0, tile.center().y);
        if chosen {
            ui.painter().circle_filled(radio, 8.0, theme.accent);
            ui.painter().circle_filled(radio, 3.0, theme.on_accent);
        } else {
            ui.painter().circle(radio, 7.5, theme.panel, Stroke::new(1.0, theme.control));
        }
        if suggested {
            let words = paint::galley(ui.painter(), Role::Caption, theme.accent_text, "Suggested here");
            let chip =
                Rect::from_center_size(pos2(radio.x - 24.0 - words.size().x / 2.0, radio.y), words.size() + vec2(14.0, 4.0));
            ui.painter().rect_filled(chip, 10.0, theme.selected);
            paint::place_centred(ui.painter(), words, chip.center());
        }
    }

    fn foot(&self, ui: &Ui, theme: &Theme, rect: Rect) {
        let y = rect.bottom() - 26.0;
        let line = rect.shrink2(vec2(20.0, 0.0)).x_range();
        ui.painter().hline(line, rect.bottom() - 46.0, Stroke::new(1.0, theme.line_soft));
        let (icon, ink) = match self.status.0 {
            Some(true) => (Icon::SealCheck, theme.good().ink),
            Some(false) => (Icon::Warning, theme.warning().ink),
            None => (Icon::Hourglass, theme.text3),
        };
        icon.paint_filled(ui.painter(), pos2(rect.left() + 27.0, y), 14.0, ink);
        let words = paint::galley_cut(ui.painter(), Role::SmallMedium, ink, &self.status.1, rect.width() - 62.0);
        let end = paint::place(ui.painter(), words, rect.left() + 42.0, y);
        let room = rect.right() - 20.0 - end - 12.0;
        let aside = paint::galley_cut(ui.painter(), Role::Caption, theme.text3, &self.aside, room);
        let at = rect.right() - 20.0 - aside.size().x;
        paint::place(ui.painter(), aside, at, y);
    }
}
