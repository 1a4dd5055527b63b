//! Over the list: which servers show, what can be done with all of them, and how far a look is.

use egui::{Align, Layout, Sense, Stroke, Ui, vec2};

use super::{Servers, Shows};
use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, size};
use crate::desktop::widgets::{Button, filter_chip, progress};
use crate::model::Address;

/// Height of the strip that says how far a look is.
const STRIP: f32 = 64.0;

impl Servers {
    /// Filters, and what can be done.
    pub(super) fn head_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = Layout::left_to_right(Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        for (shows, name) in
            [(Shows::All, "All"), (Shows::Attention, "Needs attention"), (Shows::Unmatched, "Not in the inventory")]
        {
            let count = self.lines.iter().filter(|line| shows.passes(line)).count();
            if filter_chip(&mut child, name, Some(count), self.shows == shows).clicked() {
                self.shows = shows;
            }
        }
        child.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let refused = Action::AddServers.entry().enabled(&view.desk.context).err();
            if ui.add(Button::new("Add servers").small().icon(Icon::Plus).refused(refused.as_deref())).clicked() {
                view.asks.act(Action::AddServers);
            }
            if ui.add(Button::new("Probe all").small().icon(Icon::Rotate).refused(self.refusal())).clicked() {
                view.asks.act(Action::ProbeServers);
            }
        });
    }

    /// Why no look can begin now.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.busy.as_ref().map(|_| "Servers are being looked at. Wait until that ends, or cancel it.")
    }

    /// How far a look is, with Cancel.
    pub(super) fn busy_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let Some(busy) = &mut self.busy else { return };
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), STRIP), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme::of(ui).window);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 6.0))));
        child.spacing_mut().item_spacing = vec2(8.0, 0.0);
        let what = if busy.stopping { "Stopping" } else { "Looking at servers" };
        let cancelled = progress(&mut child, what, busy.done as usize, busy.asked.len());
        if cancelled && !busy.stopping {
            busy.stopping = true;
            view.asks.push(Ask::Stop(busy.ticket));
        }
    }

    /// It is being looked at.
    pub(super) fn under_way(&self, address: &Address) -> bool {
        self.busy.as_ref().is_some_and(|busy| busy.asked.contains(address))
    }
}
