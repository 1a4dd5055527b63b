//! Saying how the fingerprint of a recipient's key was found to be right.

use egui::Context;

use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{Form, Work};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, fingerprint, radio_line};
use crate::model::name::shown;
use crate::model::{Command, Confirmation, Digest, RecipientChange, RecipientKey};

/// Asks how a fingerprint was compared.
pub struct ConfirmKey {
    name: Box<str>,
    kind: &'static str,
    print: String,
    key: Digest,
    way: Confirmation,
    note: String,
    work: Work,
}

impl ConfirmKey {
    /// Of a key of a recipient.
    pub fn of(name: &str, key: &RecipientKey) -> Self {
        let before = key.confirmed.as_ref();
        Self {
            name: name.into(),
            kind: key.kind.name(),
            print: key.fingerprint(),
            key: key.sha256,
            way: before.map_or(Confirmation::InPerson, |confirmed| confirmed.way),
            note: before.map(|confirmed| confirmed.note.to_string()).unwrap_or_default(),
            work: Work::Idle,
        }
    }
}

/// What a way is worth.
const fn hint(way: Confirmation) -> &'static str {
    match way {
        Confirmation::InPerson => "They showed or read it to you, face to face",
        Confirmation::ByCall => "They read it out, on a number you had before",
        Confirmation::SignedMessage => "In a message whose signature you verified",
        Confirmation::Published => "On their own page or in their directory",
        Confirmation::Otherwise => "Say how in the note",
    }
}

/// The words of a way on a radio.
fn title(way: Confirmation) -> String {
    let mut letters = way.name().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Form for ConfirmKey {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let untold = (self.way == Confirmation::Otherwise && self.note.trim().is_empty()).then_some("Say how, in the note.");
        let refused = self.work.refusal().or(untold);
        let title_text = format!("Is this the key of {}?", shown(&self.name));
        let dialog = Dialog {
            id: "confirm-key",
            title: &title_text,
            note: "Ctrl Z takes it back.",
            cancel: "Not yet",
            confirm: "It is the same",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let sentence =
                "Compare it with what they see on their own machine, group by group. If one letter differs, it is not their key.";
            Role::Body.label(ui, theme.text2, sentence);
            Role::SmallMedium.line(ui, theme.text2, self.kind);
            fingerprint(ui, "Fingerprint", &self.print);
            ui.add_space(4.0);
            Role::SmallMedium.line(ui, theme.text2, "How you compared it");
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for way in Confirmation::ALL {
                    if radio_line(ui, self.way == way, false, &title(way), hint(way)).clicked() {
                        self.way = way;
                    }
                }
            });
            ui.add_space(4.0);
            Field::new("Note").hint("Who read it out, where it is published").show(ui, &mut self.note);
            self.work.ui(ui, "Recording", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.work.begin();
            let how = Some((self.way, self.note.trim().to_owned()));
            let change = RecipientChange::Confirm { key: self.key, how };
            view.asks.push(Ask::Request(Request::Run(Command::ChangeRecipients(vec![(self.name.to_string(), change)]))));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                let told = format!("Confirmed {}: a key of {}.", self.way.name(), shown(&self.name));
                view.asks.push(Ask::Tell(Tone::Good, told));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
