//! Where keys lie: each store with its health, what it can do, how many keys it holds in which states, and what can be
//! done with it. The asking is the custodian's: once at opening the screen, and when a person wants it again.

mod facts;
mod health;
mod safety;
mod store;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use egui::{Align, CornerRadius, Frame, Layout, Margin, ScrollArea, Sense, Stroke, Ui, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Tooltips};
use facts::Facts;
pub use health::Seen;

/// As wide as a card gets.
const WIDEST: f32 = 760.0;

/// The screen.
#[derive(Default)]
pub struct Stores {
    /// The stores that were asked, by a mark.
    asked: Option<u64>,
    facts: Vec<Facts>,
    /// What they were made from: the generation, and the minute, so that “5 min ago” goes on.
    made: Option<(u64, i64)>,
}

impl Stores {
    /// The screen is gone to: how each store is, is asked again.
    pub fn look_again(&mut self) {
        self.asked = None;
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.ask(view);
        let made = (view.desk.generation, view.desk.now.as_second().div_euclid(60));
        if self.made != Some(made) {
            self.facts = facts::of(view.desk);
            self.made = Some(made);
        }
        head_ui(ui, view, self.facts.len());
        ScrollArea::vertical().auto_shrink(false).id_salt("stores").show(ui, |ui| {
            Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                ui.set_max_width(WIDEST);
                ui.spacing_mut().item_spacing = vec2(8.0, 12.0);
                for facts in &self.facts {
                    ui.push_id(&facts.store.name, |ui| store::ui(ui, view, facts));
                }
                safety::safety_ui(ui, view);
            });
        });
    }

    /// Asks how stores are, once for each set of them and each time that the inventory is opened.
    fn ask(&mut self, view: &mut View<'_>) {
        let mark = mark(view.desk);
        if self.asked != Some(mark) {
            self.asked = Some(mark);
            view.asks.push(Ask::LookAtStores(None));
        }
    }
}

/// A mark that changes when stores come or go, or the inventory is opened or locked.
fn mark(desk: &Desk) -> u64 {
    let mut hasher = DefaultHasher::new();
    desk.context.unlocked.hash(&mut hasher);
    desk.inventory.stores().iter().for_each(|store| store.name.hash(&mut hasher));
    hasher.finish()
}

fn head_ui(ui: &mut Ui, view: &mut View<'_>, stores: usize) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
    let words = if stores == 1 { "1 store".to_owned() } else { format!("{stores} stores") };
    Role::SmallMedium.line(&mut child, theme.text2, words);
    child.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for (action, icon) in
            [(Action::AddStore, Icon::Plus), (Action::Reconcile, Icon::Checklist), (Action::Reconnect, Icon::Rotate)]
        {
            let entry = action.entry();
            let refused = entry.enabled(&view.desk.context).err();
            let button = Button::new(entry.name).small().icon(icon).refused(refused.as_deref());
            if ui.add(button).tooltip(entry.tooltip).clicked() {
                view.asks.act(action);
            }
        }
    });
}

/// A card over the width there is.
fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    Frame::new()
        .fill(theme.raised)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            content(ui);
        });
}
