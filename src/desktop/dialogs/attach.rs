//! Attaching the certificate that came back.

use std::path::PathBuf;

use egui::Context;

use super::place::expanded;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Dialog, DialogAnswer, Field, Tone};
use crate::model::name::shown;
use crate::model::{Command, Key, VersionRef};

/// Attaches a certificate to a version.
pub struct Attach {
    version: VersionRef,
    name: String,
    typed: String,
    no_dialog: bool,
    work: Work,
}

impl Attach {
    /// To the current version of a key.
    pub fn to(key: &Key, view: &View<'_>) -> Option<Self> {
        let version = VersionRef { key: key.id, version: key.current(view.desk.now)?.number };
        let name = shown(&key.name).into_owned();
        Some(Self { version, name, typed: String::new(), no_dialog: false, work: Work::Idle })
    }

    fn send(&mut self, path: PathBuf, view: &mut View<'_>) {
        self.work.begin();
        view.asks.push(Ask::Request(Request::Run(Command::Attach { version: self.version, path })));
    }
}

impl Form for Attach {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let empty = self.typed.trim().is_empty().then_some("Choose the certificate file.");
        let refused = self.work.refusal().or(empty);
        let title = format!("Attach a certificate to {}", self.name);
        let dialog = Dialog {
            id: "attach",
            title: &title,
            note: "This cannot be taken back.",
            confirm: "Attach",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let sentence = "A PEM or DER certificate whose public key is this key's. From then on its end counts for alerts. Its chain is not checked yet.";
            Role::Body.label(ui, theme.text2, sentence);
            ui.horizontal(|ui| {
                let room = ui.available_width() - 112.0;
                Field::new("Certificate file").mono().width(room).show(ui, &mut self.typed);
                ui.vertical(|ui| {
                    ui.add_space(20.0);
                    if ui.add(Button::new("Choose").icon(Icon::FolderOpen)).clicked() {
                        view.asks.push(Ask::Pick(Pick::Open { title: "Choose the certificate".into() }));
                    }
                });
            });
            if self.no_dialog {
                Role::Small.label(ui, theme.text3, "The system's file dialog did not answer. Type the path of the file.");
            }
            self.work.ui(ui, "Reading", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.send(expanded(self.typed.trim()), view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                let told = outcome.notice.clone();
                let (tone, told) = match told {
                    Some(notice) => (Tone::Warning, notice),
                    None => (Tone::Good, format!("The certificate is attached to {}.", self.name)),
                };
                view.asks.push(Ask::Tell(tone, told));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        match picked {
            Picked::Path(path) => {
                self.typed = path.display().to_string();
                self.send(path, view);
            }
            Picked::Cancelled | Picked::Paths(_) => {}
            Picked::NoDialog => self.no_dialog = true,
        }
    }
}
