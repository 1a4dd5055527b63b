//! The rows of the dialog: a figure, what is chosen for it, and its value or editor.

use egui::{Align, Layout, Sense, Stroke, Ui, vec2};

use super::KeyPolicy;
use super::change::Choice;
use crate::desktop::desk::View;
use crate::desktop::dialogs::batch::Subjects;
use crate::desktop::figures::{editor_ui, in_words};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{bare_combo, checkbox};
use crate::model::{Figure, Inventory};

/// Width of the names of figures.
const NAMES: f32 = 200.0;
/// What can be chosen for several keys.
const CHOICES: [(Choice, &str); 3] =
    [(Choice::Keep, "As it is"), (Choice::Own, "Own value"), (Choice::Purpose, "As its purpose")];

/// The figures as they are, in words: of one key those of its purpose, of several what they have in common.
pub fn values(subjects: &Subjects, inventory: &Inventory) -> Vec<(Figure, String)> {
    if let Some(key) = subjects.one() {
        let policy = inventory.policy(key.purpose);
        return Figure::of_keys().map(|figure| (figure, in_words(figure, policy))).collect();
    }
    let mut policies: Vec<_> = Vec::new();
    for key in &subjects.0 {
        let policy = inventory.policy_of(key);
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    let common = |figure: Figure| match &policies[..] {
        [first, others @ ..] if others.iter().all(|other| figure.same(first, other)) => in_words(figure, first),
        _ => "Not the same for all".to_owned(),
    };
    Figure::of_keys().map(|figure| (figure, common(figure))).collect()
}

impl KeyPolicy {
    /// Draws the rows; true when a choice or a value changed.
    pub(super) fn rows_ui(&mut self, ui: &mut Ui, view: &View<'_>) -> bool {
        let mut changed = false;
        ui.spacing_mut().item_spacing.y = 0.0;
        let values = std::mem::take(&mut self.values);
        for (figure, value) in &values {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme::of(ui).line_soft));
            ui.add_space(4.0);
            ui.horizontal_top(|ui| {
                ui.set_min_height(32.0);
                changed |= self.choice_ui(ui, view, *figure);
                ui.vertical(|ui| {
                    if self.change.choice(*figure) == Choice::Own {
                        changed |= editor_ui(ui, *figure, &mut self.change.draft);
                    } else {
                        ui.add_space(6.0);
                        let value = if self.change.choice(*figure) == Choice::Purpose && self.subjects.one().is_none() {
                            "That of its purpose"
                        } else {
                            value
                        };
                        Role::Body.label(ui, theme::of(ui).text2, value);
                    }
                });
            });
            ui.add_space(4.0);
        }
        self.values = values;
        changed
    }

    /// The figure's name with a check for one key, with a choice of three for several.
    fn choice_ui(&mut self, ui: &mut Ui, view: &View<'_>, figure: Figure) -> bool {
        let chosen = self.change.choice(figure);
        let mut wanted = None;
        let one = self.subjects.one().is_some();
        let width = if one { NAMES } else { NAMES + 128.0 };
        ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(vec2(width, 32.0));
            if one {
                let mut own = chosen == Choice::Own;
                if checkbox(ui, &mut own, figure.name()).changed() {
                    wanted = Some(if own { Choice::Own } else { Choice::Purpose });
                }
                return;
            }
            ui.allocate_ui_with_layout(vec2(176.0, 32.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(176.0);
                Role::BodyMedium.line(ui, theme::of(ui).text, figure.name());
            });
            let words = CHOICES.map(|(_, word)| word);
            let word = CHOICES.iter().find(|(choice, _)| *choice == chosen).map_or("", |(_, word)| word);
            if let Some(index) = bare_combo(ui, figure.name(), word, &words, 136.0) {
                wanted = Some(CHOICES[index].0);
            }
        });
        let changed = wanted.is_some_and(|wanted| wanted != chosen);
        if let Some(choice) = wanted {
            self.change.choose(figure, choice, &view.desk.inventory);
        }
        changed
    }
}
