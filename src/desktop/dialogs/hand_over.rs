//! Recording a hand-over that was made elsewhere.

use egui::Context;

use super::{Form, Work, whom_ui};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, combo, date_field};
use crate::model::name::shown;
use crate::model::time::parse_date;
use crate::model::{Command, DayEdge, Format, Key, Time, VersionRef};

/// Records what was given to whom.
pub struct RecordHandOver {
    version: VersionRef,
    name: String,
    recipient: String,
    format: Format,
    at: String,
    work: Work,
}

impl RecordHandOver {
    /// Of the current version of a key.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let version = VersionRef { key: key.id, version: key.current(view.desk.now)?.number };
        let at = view.desk.now.date(&view.desk.zone).to_string();
        let name = shown(&key.name).into_owned();
        Some(Self { version, name, recipient: String::new(), format: Format::SpkiPem, at, work: Work::Idle })
    }

    /// The start of the day typed, but never after now.
    fn time(&self, view: &View<'_>) -> Result<Time, crate::model::DateError> {
        parse_date(&self.at, view.desk.now, &view.desk.zone, DayEdge::Start).map(|time| time.min(view.desk.now))
    }
}

impl Form for RecordHandOver {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let time = self.time(view);
        let empty = self.recipient.trim().is_empty().then_some("Name who got it.");
        let undated = time.is_err().then_some("Say when.");
        let refused = self.work.refusal().or(empty).or(undated);
        let title = format!("Record a hand-over of {}", self.name);
        let dialog = Dialog {
            id: "hand-over",
            title: &title,
            note: "This cannot be taken back.",
            confirm: "Record",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let sentence =
                "What was given outside of Keystead, so that you know who holds it when the key changes. Nothing is sent.";
            Role::Body.label(ui, theme::of(ui).text2, sentence);
            whom_ui(ui, view, "For whom", "edge-eu-1, Example CA, Jonas", &mut self.recipient);
            ui.horizontal_top(|ui| {
                let names = Format::ALL.map(Format::name);
                if let Some(index) = combo(ui, "What", self.format.name(), &names, 240.0) {
                    self.format = Format::ALL[index];
                }
                let read = time.clone().map(|time| view.desk.date(time));
                date_field(ui, Field::new("When").width(256.0), &mut self.at, &read);
            });
            self.work.ui(ui, "Recording", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                // Read anew: the last letters may have come within this frame.
                if let Ok(at) = self.time(view) {
                    self.work.begin();
                    let recipient = self.recipient.trim().to_owned();
                    let command = Command::RecordHandOver { version: self.version, recipient, format: self.format, at };
                    view.asks.push(Ask::Request(Request::Run(command)));
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                view.asks.push(Ask::Tell(Tone::Good, format!("Recorded: {} holds it.", self.recipient.trim())));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
