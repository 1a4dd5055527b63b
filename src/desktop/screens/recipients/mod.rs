//! Recipients: who gets keys, how sure it is that their public keys are theirs, and what each holds. The reading of
//! keys is the custodian's; the dialogs are in their own room.

mod detail;
mod facts;
mod table;

use egui::{Align, CentralPanel, Frame, Layout, Panel, Rect, Sense, Stroke, Ui, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, size};
use crate::desktop::widgets::{self, Button, empty_state, filter_chip};
use facts::Line;

/// Which recipients show.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
enum Shows {
    #[default]
    All,
    Attention,
    Unlisted,
}

impl Shows {
    fn passes(self, line: &Line) -> bool {
        match self {
            Self::All => true,
            Self::Attention => line.attention(),
            Self::Unlisted => !line.listed,
        }
    }
}

/// The screen; keeps its lines until something changes.
#[derive(Default)]
pub struct Recipients {
    lines: Vec<Line>,
    shown: Vec<usize>,
    /// What the lines were made from: generation and hour.
    made: Option<(u64, i64)>,
    chosen: Option<(String, Shows)>,
    shows: Shows,
    /// The selected recipient, by name.
    selected: Option<Box<str>>,
    scroll_to: bool,
    page: usize,
}

impl Recipients {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.refresh(view);
        if self.lines.is_empty() {
            return empty_ui(ui, view);
        }
        let ground = Frame::new().fill(theme::of(ui).panel);
        let wide = ui.ctx().content_rect().width() >= size::WIDE;
        if wide {
            Panel::right("recipient").exact_size(size::INSPECTOR).resizable(false).frame(ground).show(ui, |ui| {
                self.detail_ui(ui, view, false);
            });
        }
        let area = CentralPanel::default().frame(ground).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let area = ui.available_rect_before_wrap();
            self.head_ui(ui, view);
            self.table_ui(ui, view);
            area
        });
        if !wide && self.selected.is_some() {
            self.drawer_ui(ui, view, area.inner);
        }
    }

    fn drawer_ui(&mut self, ui: &Ui, view: &mut View<'_>, mut area: Rect) {
        area.min.y += size::FILTER_ROW;
        let width = size::INSPECTOR.min(area.width() - 24.0);
        let mut crossed = false;
        let left = widgets::drawer(&ui.ctx().clone(), "recipient", area, width, |ui| {
            crossed = self.detail_ui(ui, view, true);
        });
        if crossed || left {
            self.selected = None;
        }
    }

    fn refresh(&mut self, view: &View<'_>) {
        let made = (view.desk.generation, view.desk.now.as_second().div_euclid(3_600));
        if self.made != Some(made) {
            self.lines = facts::lines(view.desk);
            let lines = &self.lines;
            self.selected.take_if(|name| lines.iter().all(|line| line.name != *name));
            self.made = Some(made);
            self.chosen = None;
        }
        let chosen = (view.desk.search.trim().to_lowercase(), self.shows);
        if self.chosen.as_ref() != Some(&chosen) {
            let passes = |line: &Line| self.shows.passes(line) && (chosen.0.is_empty() || line.text.contains(&chosen.0));
            self.shown = (0..self.lines.len()).filter(|&at| passes(&self.lines[at])).collect();
            self.chosen = Some(chosen);
        }
    }

    /// The selected line.
    fn focus(&self) -> Option<&Line> {
        let name = self.selected.as_ref()?;
        self.lines.iter().find(|line| line.name == *name)
    }

    /// Filters, and what can be done.
    fn head_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = Layout::left_to_right(Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        for (shows, name) in
            [(Shows::All, "All"), (Shows::Attention, "Needs attention"), (Shows::Unlisted, "Not in the address book")]
        {
            let count = self.lines.iter().filter(|line| shows.passes(line)).count();
            if filter_chip(&mut child, name, Some(count), self.shows == shows).clicked() {
                self.shows = shows;
            }
        }
        child.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let refused = Action::AddRecipient.entry().enabled(&view.desk.context).err();
            if ui.add(Button::new("Add a recipient").small().icon(Icon::Plus).refused(refused.as_deref())).clicked() {
                view.asks.act(Action::AddRecipient);
            }
        });
    }

    /// Recipients there are, but none passes.
    fn nothing_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.add_space(96.0);
        let searched = view.desk.search.trim();
        let sentence = if searched.is_empty() {
            format!("No recipient passes this filter. Clear it to see all {}.", self.lines.len())
        } else {
            format!("Nothing matches “{searched}”. Clear the filter to see all {} recipients.", self.lines.len())
        };
        if empty_state(ui, Icon::Search, &sentence, Some("Clear the filter")) {
            self.shows = Shows::All;
            view.asks.push(Ask::Search(String::new()));
        }
    }
}

fn empty_ui(ui: &mut Ui, view: &mut View<'_>) {
    ui.add_space(96.0);
    let sentence = "Nobody is in the address book yet. Add the people and systems that get keys, with their public keys: \
                    what you seal to them then opens with their own tool alone, and you see what each one holds.";
    ui.vertical_centered(|ui| {
        ui.set_max_width(520.0);
        if empty_state(ui, Icon::Users, sentence, Some("Add a recipient")) {
            view.asks.act(Action::AddRecipient);
        }
    });
}
