//! What stands over the table of an import: files that are locked, and how it ended.

use egui::{Frame, Key, Margin, Modifiers, Ui};

use super::lines::{Lines, Show};
use super::{ImportKeys, Step};
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, SecretField, Tone, paint};

impl ImportKeys {
    /// One passphrase tried on every file that is locked.
    pub(super) fn locked_ui(&mut self, ui: &mut Ui, locked: usize, view: &mut View<'_>) {
        let theme = theme::of(ui);
        if std::mem::take(&mut self.offer_secret) {
            paint::offer_focus(ui.ctx());
        }
        let files = |count: usize| if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
        let (strong, text) = match self.tried {
            None => (format!("{} encrypted.", files(locked)), "One passphrase is tried on all of them.".to_owned()),
            Some(before) if before > locked => {
                (format!("{} opened, {} still encrypted.", before - locked, files(locked)), "Try another passphrase.".to_owned())
            }
            Some(_) => (
                format!("That passphrase opens none of them. {} still encrypted.", files(locked)),
                "Where a form can tell a wrong passphrase from damage, its line says which.".to_owned(),
            ),
        };
        Frame::new().fill(theme.warning().tint).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(12, 8)).show(
            ui,
            |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(egui::vec2(size::ICON, 52.0), egui::Sense::hover());
                    Icon::Lock.paint_filled(ui.painter(), rect.center(), size::ICON, theme.warning().ink);
                    ui.vertical(|ui| {
                        ui.set_width(ui.available_width() - 336.0);
                        ui.spacing_mut().item_spacing.y = 0.0;
                        ui.add_space(8.0);
                        Role::BodyStrong.label(ui, theme.text, strong);
                        Role::Small.label(ui, theme.text2, text);
                    });
                    ui.horizontal_top(|ui| {
                        let refused = self.secret.is_empty().then_some("Type a passphrase first.");
                        let field = SecretField::new("Passphrase of the files").width(240.0).show(ui, &mut self.secret);
                        let entered = field.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
                        let button = ui.vertical(|ui| {
                            ui.add_space(20.0);
                            ui.add(Button::new("Try").min_width(72.0).refused(refused)).clicked()
                        });
                        let pressed = button.inner;
                        if (pressed || entered) && refused.is_none() && !self.work.is_busy() {
                            (self.step, self.tried) = (Step::Trying, Some(locked));
                            self.work.begin();
                            view.asks.push(Ask::Request(Request::ReadAgain(self.secret.take())));
                        }
                    });
                });
            },
        );
    }
}

/// How it ended, in a sentence.
pub(super) fn summary_ui(ui: &mut Ui, lines: &Lines, cancelled: bool) {
    let (brought, here, not) = (lines.count(Show::In), lines.count(Show::Here), lines.count(Show::Not));
    let strong = match brought {
        0 => "Nothing was brought in.".to_owned(),
        1 => "1 was brought in, read back and compared where it has a private half.".to_owned(),
        many => format!("{many} were brought in; the private halves among them were read back and compared."),
    };
    let mut text = Vec::new();
    if cancelled {
        text.push("It was stopped.".to_owned());
    }
    if here > 0 {
        text.push(format!("{here} here already."));
    }
    if not > 0 {
        text.push(format!("{not} not brought in; each line says why."));
    }
    let tone = if brought == 0 { Tone::Warning } else { Tone::Good };
    let text = text.join(" ");
    Banner { tone, strong: &strong, text: &text, action: None, dismiss: false, rounded: true }.show(ui);
}
