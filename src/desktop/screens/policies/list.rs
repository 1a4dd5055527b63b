//! The purposes at the left: profile, keys, and how many of them break the policy.

use egui::{Frame, Margin, Panel, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{Policies, PurposeFacts};
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, menu, menu_item, paint, paint_tag};
use crate::model::{Purpose, profile};

/// Height of a purpose.
const ROW: f32 = 56.0;

impl Policies {
    pub(super) fn list_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let theme = theme::of(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        let ground = Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(16, 8));
        Panel::bottom("one-profile").exact_size(48.0).resizable(false).frame(ground).show(ui, |ui| {
            let refused = view.desk.context.can_change().err();
            let button = ui.add(Button::new("One profile for all").chevron().refused(refused.as_deref()));
            if refused.is_some() {
                return;
            }
            menu(&button, |ui| {
                ui.set_min_width(240.0);
                for profile in profile::all() {
                    let has = Purpose::ALL.into_iter().filter(|purpose| profile.policy(*purpose).is_some()).count();
                    let hint = if has == Purpose::ALL.len() { String::new() } else { format!("for {has} of 8") };
                    if menu_item(ui, &profile.title, &hint, false).clicked() {
                        self.take(ui, view.desk, profile, &Purpose::ALL);
                        ui.close();
                    }
                }
            });
        });
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme.window);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, "Purpose");
        paint::place(ui.painter(), words, rect.left() + 16.0, rect.center().y);
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, "Keys");
        let right = rect.right() - 16.0 - words.size().x;
        paint::place(ui.painter(), words, right, rect.center().y);
        let mut wanted = None;
        ScrollArea::vertical().auto_shrink(false).id_salt("purposes").show(ui, |ui| {
            for fact in &self.purposes {
                if row_ui(ui, fact, fact.purpose == self.chosen) {
                    wanted = Some(fact.purpose);
                }
            }
        });
        if let Some(purpose) = wanted.filter(|purpose| *purpose != self.chosen) {
            (self.chosen, self.editing) = (purpose, None);
            ui.ctx().request_repaint();
        }
    }
}

/// “14 keys, 3 break it”.
pub(super) fn counts(fact: &PurposeFacts) -> (String, String) {
    let keys = match fact.keys {
        0 => "no keys".to_owned(),
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    };
    let breaks = match (fact.marked, fact.keys) {
        (_, 0) => String::new(),
        (0, 1) => "keeps it".to_owned(),
        (0, _) => "all keep it".to_owned(),
        (1, _) => "1 breaks it".to_owned(),
        (count, _) => format!("{count} break it"),
    };
    (keys, breaks)
}

fn row_ui(ui: &mut Ui, fact: &PurposeFacts, chosen: bool) -> bool {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (keys, breaks) = counts(fact);
    let draft = if fact.draft { ", not saved" } else { "" };
    let spoken = format!("{}, {}, {keys}, {breaks}{draft}", fact.purpose.name(), fact.profile);
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, chosen, spoken.replace(", ,", ",")));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 0.0, if chosen { theme.selected } else { theme.hover });
    }
    if chosen {
        ui.painter().rect_filled(egui::Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
    let painter = ui.painter();
    let (first, second) = (rect.top() + 18.0, rect.top() + 38.0);
    Icon::of_purpose(fact.purpose).paint(painter, pos2(rect.left() + 24.0, first), size::ICON, theme.text2);
    let left = rect.left() + 42.0;
    let keys = paint::galley(painter, Role::Body, theme.text2, &fact.keys.to_string());
    let right = rect.right() - 16.0 - keys.size().x;
    paint::place(painter, keys, right, first);
    let name = paint::galley_cut(painter, Role::BodyMedium, theme.text, fact.purpose.name(), right - left - 64.0);
    let end = paint::place(painter, name, left, first);
    if fact.draft {
        paint_tag(painter, theme, pos2(end + 8.0, first), "Draft", right - end - 16.0);
    }
    let mut edge = rect.right() - 16.0;
    if fact.marked > 0 {
        let words = paint::galley(painter, Role::Small, theme.warning().ink, &breaks);
        edge -= words.size().x;
        paint::place(painter, words, edge, second);
        edge -= 16.0;
        Icon::Warning.paint(painter, pos2(edge + 5.0, second), 12.0, theme.warning().ink);
    }
    let profile = paint::galley_cut(painter, Role::Small, theme.text3, &fact.profile, edge - left - 8.0);
    paint::place(painter, profile, left, second);
    response.clicked()
}
