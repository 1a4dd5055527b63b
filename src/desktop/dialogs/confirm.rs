//! One sentence, one reason typed, one button: notes and decisions that stay on record.

use egui::Context;

use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone};
use crate::model::Command;

/// Asks for a few words and sends them on.
pub struct Confirm {
    title: &'static str,
    sentence: String,
    label: &'static str,
    hint: &'static str,
    button: &'static str,
    done: &'static str,
    make: fn(String) -> Request,
    typed: String,
    work: Work,
}

impl Confirm {
    /// Notes a backup.
    pub fn backup(folder: &std::path::Path) -> Self {
        Self {
            title: "Note a backup",
            sentence: format!(
                "Copy the folder {} to a safe place first. With its passphrase the copy is a whole backup. Then note it here.",
                folder.display()
            ),
            label: "Where the copy lies",
            hint: "USB stick in the safe",
            button: "Note it",
            done: "The backup is noted.",
            make: |place| Request::Run(Command::NoteBackup { place }),
            typed: String::new(),
            work: Work::Idle,
        }
    }

    /// Goes on from a log that is not whole.
    pub fn history(trouble: &str, good_until: Option<u64>) -> Self {
        let from = good_until.map(|seq| format!(" It goes on from record {seq}.")).unwrap_or_default();
        Self {
            title: "Go on from a damaged log",
            sentence: format!(
                "{trouble}{from} The file as it is stays beside the new one, and this decision stays visible for ever."
            ),
            label: "Why",
            hint: "The disk failed; compared with the backup of Monday",
            button: "Go on, on record",
            done: "The log goes on, and that is on record.",
            make: |reason| Request::AcceptHistory { reason },
            typed: String::new(),
            work: Work::Idle,
        }
    }

    /// Sets the floor of the clock back.
    pub fn clock(floor: &str, machine: &str) -> Self {
        Self {
            title: "Correct the clock",
            sentence: format!(
                "The last record was written on {floor}, and this machine says {machine}. Correct the machine's clock if it is wrong. If it is right now, the record was written with a clock that ran ahead: go on from now."
            ),
            label: "Why",
            hint: "The battery of the machine's clock was empty",
            button: "Go on from now",
            done: "The clock was corrected, on record.",
            make: |reason| Request::Run(Command::CorrectClock { reason }),
            typed: String::new(),
            work: Work::Idle,
        }
    }
}

impl Form for Confirm {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let empty = self.typed.trim().is_empty().then_some("Write a few words; they stay on record.");
        let refused = self.work.refusal().or(empty);
        let (note, cancel) = ("This cannot be taken back.", "Cancel");
        let dialog = Dialog {
            id: "confirm",
            title: self.title,
            width: size::DIALOG,
            note,
            cancel,
            confirm: self.button,
            danger: false,
            lead: None,
            extra: None,
            refused,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            Role::Body.label(ui, theme::of(ui).text2, self.sentence.clone());
            ui.add_space(4.0);
            Field::new(self.label).hint(self.hint).show(ui, &mut self.typed);
            self.work.ui(ui, "Writing", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                self.work.begin();
                view.asks.push(Ask::Request((self.make)(self.typed.trim().to_owned())));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                let told = outcome.notice.clone().unwrap_or_else(|| self.done.to_owned());
                view.asks.push(Ask::Tell(Tone::Good, told));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
