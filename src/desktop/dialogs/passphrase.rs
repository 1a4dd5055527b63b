//! Choosing a passphrase, with its strength and a generator, and changing the one there is.

use egui::{Context, CornerRadius, Rect, Sense, Ui, vec2};

use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::passphrase::{LEAST_SCORE, seven_words, strength};
use crate::custodian::{CustodianError, Outcome, PassphraseStrength};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Dialog, DialogAnswer, SecretField, SecretText, Tone};
use crate::secret::Passphrase;

/// A new passphrase: typed twice, or seven words made here and typed back.
#[derive(Default)]
pub struct NewPassphrase {
    first: SecretText,
    again: SecretText,
    words: Option<Passphrase>,
    strength: Option<PassphraseStrength>,
    trouble: Option<String>,
    /// The lowest score that is taken; the usual one where it is lower.
    least: u8,
    /// Words that are sent to somebody are not typed back by the person who sends them.
    sent: bool,
    /// The person wants them on the clipboard.
    wanted: bool,
}

impl NewPassphrase {
    /// For somebody else: seven words are made at once, and are not typed back.
    pub fn made() -> Self {
        let mut new = Self { sent: true, ..Self::default() };
        new.make();
        new
    }

    /// The lowest score that is taken from here on, where it is higher than the usual one.
    pub fn ask_for(&mut self, least: u8) {
        self.least = least;
    }

    fn least(&self) -> u8 {
        self.least.max(LEAST_SCORE)
    }

    fn make(&mut self) {
        match seven_words() {
            Ok(words) => self.words = Some(words),
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// Another like it; the fields stay, for another try.
    pub fn copy(&self) -> Passphrase {
        match &self.words {
            Some(words) => Passphrase::new(words.expose().to_owned()),
            None => self.first.passphrase(),
        }
    }

    /// What is to be put on the clipboard, asked once.
    pub fn to_copy(&mut self) -> Option<Passphrase> {
        std::mem::take(&mut self.wanted).then(|| self.copy())
    }

    /// Why it cannot be taken yet.
    pub fn refusal(&self) -> Option<&'static str> {
        if let Some(words) = &self.words {
            return (!self.sent && !self.again.passphrase().same_as(words)).then_some("Type the seven words back.");
        }
        match &self.strength {
            None => Some("Choose a passphrase."),
            Some(strength) if strength.score < self.least() => Some("This passphrase is too easily guessed."),
            Some(_) if !self.first.same_as(&self.again) => Some("Type the same passphrase once more."),
            Some(_) => None,
        }
    }

    /// Takes it out; the fields are empty then.
    pub fn take(&mut self) -> Passphrase {
        self.first.clear();
        self.words = None;
        self.strength = None;
        self.again.take()
    }

    /// Draws its fields side by side with strength and generator.
    pub fn ui(&mut self, ui: &mut Ui, label: &str) {
        let width = ui.available_width();
        let column = ((width - 48.0) * 0.36).min(320.0);
        let generator = 184.0_f32;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 24.0;
            ui.vertical(|ui| {
                ui.set_width(column);
                self.fields_ui(ui, label, column);
            });
            ui.vertical(|ui| {
                ui.set_width(width - column - generator - 48.0);
                self.strength_ui(ui);
            });
            ui.vertical(|ui| {
                ui.set_width(generator);
                self.generator_ui(ui);
            });
        });
    }

    fn fields_ui(&mut self, ui: &mut Ui, label: &str, width: f32) {
        ui.spacing_mut().item_spacing.y = 8.0;
        if self.words.is_some() && self.sent {
            let theme = theme::of(ui);
            Role::SmallMedium.line(ui, theme.text2, label);
            Role::Small.label(ui, theme.text3, "Made here from 7,776 words. Whoever gets the file needs it to open it.");
            return;
        }
        if self.words.is_some() {
            let wrong = (!self.again.is_empty() && self.refusal().is_some()).then_some("Not the seven words yet.");
            SecretField::new("Type the seven words back").error(wrong).width(width).show(ui, &mut self.again);
            return;
        }
        if SecretField::new(label).width(width).show(ui, &mut self.first).changed() {
            self.strength = (!self.first.is_empty()).then(|| strength(&self.first.passphrase()));
        }
        let differs = (!self.again.is_empty() && !self.first.same_as(&self.again)).then_some("Not the same yet.");
        SecretField::new("Once more").error(differs).width(width).show(ui, &mut self.again);
    }

    fn strength_ui(&self, ui: &mut Ui) {
        let theme = theme::of(ui);
        ui.spacing_mut().item_spacing.y = 6.0;
        if let Some(words) = &self.words {
            Role::SmallMedium.line(ui, theme.text2, "Write these words down");
            // Painted, so that no selection can carry them away.
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 60.0), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "The seven words"));
            ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.sunken);
            let mut job = Role::job(&[(Role::BodyMedium, theme.text, words.expose())]);
            job.wrap.max_width = rect.width() - 24.0;
            job.break_on_newline = false;
            let galley = ui.painter().layout_job(job);
            ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme.text);
            Role::Small.label(ui, theme.text3, "They are shown once. 90 bits: no one guesses them.");
            return;
        }
        Role::SmallMedium.line(ui, theme.text2, "Strength");
        let score = self.strength.as_ref().map_or(0, |strength| strength.score + 1);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
        let part = (rect.width() - 16.0) / 5.0;
        let fill = match score {
            0..=2 => theme.critical().fill,
            3 => theme.warning().fill,
            _ => theme.good().fill,
        };
        for step in 0..5_u8 {
            let at = rect.left_center() + vec2(f32::from(step) * (part + 4.0), -2.0);
            let bar = Rect::from_min_size(at, vec2(part, 4.0));
            ui.painter().rect_filled(bar, CornerRadius::same(2), if step < score { fill } else { theme.line });
        }
        if let Some(strength) = &self.strength {
            let ink = if strength.score >= self.least() { theme.good().ink } else { theme.critical().ink };
            let word = format!("{}{}.", strength.word[..1].to_uppercase(), &strength.word[1..]);
            Role::BodyStrong.line(ui, ink, word);
            if let Some(advice) = &strength.advice {
                Role::Small.label(ui, theme.text2, advice.clone());
            }
        }
        Role::Small.label(ui, theme.text3, "Seven random words are easier to type and far stronger.");
    }

    fn generator_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        ui.add_space(20.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        let text = if self.words.is_some() { "Other words" } else { "Seven words for me" };
        if ui.add(Button::new(text).icon(Icon::Dice).min_width(184.0)).clicked() {
            self.first.clear();
            self.again.clear();
            self.make();
        }
        if self.words.is_some() && self.sent && ui.add(Button::new("Copy").icon(Icon::Copy).min_width(184.0)).clicked() {
            self.wanted = true;
        }
        if self.words.is_some() && ui.add(Button::ghost("Choose my own")).clicked() {
            self.words = None;
            self.again.clear();
        }
        match &self.trouble {
            Some(trouble) => Role::Small.label(ui, theme.critical().ink, trouble.clone()),
            None => Role::Small.label(
                ui,
                theme.text3,
                "Write it down and keep it away from this machine. Nobody can recover it for you.",
            ),
        };
    }
}

/// Puts the home store under another passphrase.
#[derive(Default)]
pub struct ChangePassphrase {
    old: SecretText,
    new: NewPassphrase,
    work: Work,
}

impl ChangePassphrase {
    fn refusal(&self) -> Option<&'static str> {
        let old = self.old.is_empty().then_some("Type the passphrase that opens it now.");
        self.work.refusal().or(old).or_else(|| self.new.refusal())
    }
}

impl Form for ChangePassphrase {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let dialog = Dialog {
            id: "passphrase",
            title: "Change the passphrase",
            width: size::DIALOG_WIDE,
            note: "The old one opens until the new one was proven.",
            cancel: "Cancel",
            confirm: "Change it",
            danger: false,
            lead: None,
            extra: None,
            refused: self.refusal(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let sentence = "The encrypted files stay as they are; only the passphrase that opens them is another.";
            Role::Body.label(ui, theme.text2, sentence);
            SecretField::new("Passphrase now").width(320.0).show(ui, &mut self.old);
            self.new.ui(ui, "New passphrase");
            self.work.ui(ui, "Changing the passphrase", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if self.refusal().is_none() => {
                self.work.begin();
                let (old, new) = (self.old.take(), self.new.take());
                view.asks.push(Ask::Request(Request::ChangePassphrase { old, new }));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                view.asks.push(Ask::Tell(
                    Tone::Good,
                    "The passphrase was changed. Older copies of the folder open with the old one.".into(),
                ));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
