//! Several selected keys: how many in which state, and what can be done with all of them.

use egui::{Align, Layout, Sense, Ui, pos2, vec2};

use super::{rule, section};
use crate::actions::Action;
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, icon_button, icon_tile, paint, paint_glyph, section_header};
use crate::model::{KeyId, State};

/// The turns a selection can take.
const TURNS: [Action; 7] =
    [Action::Activate, Action::Suspend, Action::Resume, Action::Extend, Action::Deactivate, Action::Revoke, Action::Destroy];

/// How many selected keys are in each state, and of which selection.
pub struct Counts {
    of: Option<(u64, usize, Option<KeyId>)>,
    states: [(State, usize); 7],
}

impl Default for Counts {
    fn default() -> Self {
        Self { of: None, states: State::ALL.map(|state| (state, 0)) }
    }
}

impl Counts {
    /// Counts anew when the selection or anything in it changed.
    fn refresh(&mut self, view: &View<'_>) {
        let selection = &view.desk.selection;
        let of = (view.desk.generation, selection.len(), selection.last().copied());
        if self.of == Some(of) {
            return;
        }
        self.of = Some(of);
        self.states = State::ALL.map(|state| (state, 0));
        let keys = selection.iter().filter_map(|id| view.desk.inventory.index_of(*id));
        for row in keys.filter_map(|index| view.rows.row(index)) {
            self.states.iter_mut().filter(|(state, _)| *state == row.state).for_each(|(_, count)| *count += 1);
        }
    }

    /// Several keys: how many in which state, and what can be done with all of them.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, drawer: bool) -> bool {
        self.refresh(view);
        let theme = theme::of(ui);
        let mut closed = false;
        section(ui, |ui| {
            ui.horizontal(|ui| {
                icon_tile(ui, Icon::Stack, 32.0);
                ui.vertical(|ui| {
                    Role::KeyTitle.line(ui, theme.text, format!("{} keys", view.desk.selection.len()));
                    Role::Small.line(ui, theme.text2, "Selected");
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    closed = drawer && icon_button(ui, Icon::Close, "Close").clicked();
                });
            });
            ui.add_space(10.0);
            ui.horizontal(|ui| {
                for (action, text, icon) in [
                    (Action::Rotate, "Rotate", Icon::Rotate),
                    (Action::ExportPublic, "Export", Icon::Export),
                    (Action::EditKeys, "Edit", Icon::Pencil),
                ] {
                    let refused = action.entry().enabled(&view.desk.context).err();
                    let first = action == Action::Rotate;
                    let button = if first { Button::primary(text) } else { Button::new(text) };
                    if ui.add(button.icon(icon).refused(refused.as_deref())).clicked() {
                        view.asks.act(action);
                    }
                }
            });
        });
        rule(ui);
        section(ui, |ui| {
            section_header(ui, "With all that can", None, None);
            for action in TURNS {
                turn_ui(ui, view, action, action.entry().name);
            }
            turn_ui(ui, view, Action::SealToRecipients, Action::SealToRecipients.entry().name);
            turn_ui(ui, view, Action::KeyPolicy, &format!("Policy of {} keys", view.desk.selection.len()));
        });
        rule(ui);
        section(ui, |ui| {
            section_header(ui, "States", None, None);
            for (state, count) in self.states.into_iter().filter(|(_, count)| *count > 0) {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{}: {count}", state.name())));
                paint_glyph(ui.painter(), theme, pos2(rect.left() + 6.0, rect.center().y), state, theme.panel);
                let word = paint::galley(ui.painter(), Role::Body, theme.text, state.name());
                paint::place(ui.painter(), word, rect.left() + 22.0, rect.center().y);
                let count = paint::galley(ui.painter(), Role::Body, theme.text2, &count.to_string());
                let left = rect.right() - count.size().x;
                paint::place(ui.painter(), count, left, rect.center().y);
            }
            ui.add_space(8.0);
            Role::Small.label(
                ui,
                theme.text3,
                "A certificate request, an attached certificate and a hand-over are for a single key.",
            );
        });
        closed
    }
}

/// A turn that the selected keys can take; greyed where none of them can.
fn turn_ui(ui: &mut Ui, view: &mut View<'_>, action: Action, text: &str) {
    let entry = action.entry();
    let refused = entry.enabled(&view.desk.context).err();
    let button = Button::ghost(text).small().icon(Icon::of_action(entry.icon)).refused(refused.as_deref());
    ui.horizontal(|ui| {
        if ui.add(button).clicked() {
            view.asks.act(action);
        }
        if let Some(reason) = &refused {
            Role::Small.line(ui, theme::of(ui).text3, reason.clone());
        }
    });
}
