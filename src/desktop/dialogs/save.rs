//! Saving what a screen shows: the log, the hand-overs, the timeline, a certificate.

use egui::Context;

use super::export::finish;
use super::names::file_name;
use super::place::{Chosen, Place};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::Picked;
use crate::desktop::theme::size;
use crate::desktop::widgets::{Dialog, DialogAnswer, radio_row};

/// What is saved.
pub enum What {
    /// The log, or what of it fits a search.
    Log {
        /// What is searched for.
        search: String,
    },
    /// A text that is there already.
    Text {
        /// Over the dialog.
        title: &'static str,
        /// What one form of it is called and what it is good for, the ending of its file, and its bytes.
        form: (&'static str, &'static str, &'static str),
        /// It.
        bytes: Vec<u8>,
    },
    /// A certificate.
    Certificate {
        /// The name of its file, without an ending.
        name: String,
        /// It in PEM.
        pem: Vec<u8>,
        /// It and its issuers in PEM, without the root that everyone has.
        chain: Vec<u8>,
        /// It in DER.
        der: Vec<u8>,
    },
    /// A QR code.
    QrCode {
        /// The name of its file, without an ending.
        name: String,
        /// It as SVG.
        svg: Vec<u8>,
        /// It as PNG.
        png: Vec<u8>,
    },
    /// A timeline as SVG, or a picture of the part of the window that shows it.
    Timeline {
        /// As SVG.
        svg: Vec<u8>,
        /// Where it shows.
        area: egui::Rect,
    },
}

/// Saves something.
pub struct Save {
    what: What,
    /// The number of the form.
    form: usize,
    place: Place,
    work: Work,
    pending: Option<Chosen>,
    /// The dialog that it came from shows again at the end.
    back: Option<Back>,
}

/// Makes the dialog that shows again.
type Back = Box<dyn Fn() -> Box<dyn Form>>;

impl Save {
    /// Of this.
    pub fn of(what: What) -> Self {
        Self { what, form: 0, place: Place::default(), work: Work::Idle, pending: None, back: None }
    }

    /// At the end this dialog shows again.
    #[must_use]
    pub fn back_to(self, back: impl Fn() -> Box<dyn Form> + 'static) -> Self {
        Self { back: Some(Box::new(back)), ..self }
    }

    fn leave(&self, view: &mut View<'_>) {
        view.asks.push(self.back.as_ref().map_or(Ask::Close, |back| Ask::Open(back())));
    }

    fn title(&self) -> &'static str {
        match &self.what {
            What::Log { .. } => "Export the log",
            What::Text { title, .. } => title,
            What::Certificate { .. } => "Save the certificate",
            What::QrCode { .. } => "Save the QR code",
            What::Timeline { .. } => "Save the timeline",
        }
    }

    /// The forms to choose from: name, hint, file name.
    fn forms(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        match &self.what {
            What::Log { .. } => vec![
                ("CSV", "A table of sentences for spreadsheets.", "audit-log.csv"),
                ("RON", "The records as they stand in the log.", "audit-log.ron"),
            ],
            What::Text { form, .. } => vec![*form],
            What::Certificate { .. } => vec![
                ("PEM", "As text. Most programs read it.", "pem"),
                ("PEM with its chain", "It and its issuers, as servers want them.", "pem"),
                ("DER", "The same certificate in binary.", "der"),
            ],
            What::QrCode { .. } => {
                vec![("PNG", "A picture for mails and documents.", "png"), ("SVG", "Sharp at any size, for print.", "svg")]
            }
            What::Timeline { .. } => vec![
                ("SVG", "Every lane, sharp at any size.", "timeline.svg"),
                ("PNG", "What the window shows now.", "timeline.png"),
            ],
        }
    }

    fn file_name(&self) -> String {
        let forms = self.forms();
        let ending = forms.get(self.form).or(forms.first()).map_or("keystead", |form| form.2);
        match &self.what {
            What::Certificate { name, .. } if self.form == 1 => file_name(&format!("{name}-chain"), ending),
            What::Certificate { name, .. } | What::QrCode { name, .. } => file_name(name, ending),
            _ => ending.to_owned(),
        }
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let Chosen { path, replace } = chosen;
        let request = match &self.what {
            What::Log { search } => Request::ExportLog { search: search.clone(), csv: self.form == 0, path, replace },
            What::Text { bytes, .. } => Request::SaveFile { bytes: bytes.clone(), path, replace },
            What::Certificate { pem, chain, der, .. } => {
                let bytes = [pem, chain, der][self.form.min(2)].clone();
                Request::SaveFile { bytes, path, replace }
            }
            What::QrCode { svg, png, .. } => {
                let bytes = [png, svg][self.form.min(1)].clone();
                Request::SaveFile { bytes, path, replace }
            }
            What::Timeline { svg, .. } if self.form == 0 => Request::SaveFile { bytes: svg.clone(), path, replace },
            What::Timeline { area, .. } => {
                self.pending = Some(Chosen { path, replace });
                view.asks.push(Ask::Picture(*area));
                return;
            }
        };
        view.asks.push(Ask::Request(request));
    }
}

impl Form for Save {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        // The picture is of the window, so the dialog steps aside for a frame.
        if self.pending.is_some() {
            return;
        }
        let refused = self.work.refusal().or_else(|| self.place.refusal());
        let dialog = Dialog {
            id: "save",
            title: self.title(),
            width: size::DIALOG,
            note: "",
            cancel: "Cancel",
            confirm: self.place.button(),
            danger: false,
            lead: None,
            extra: None,
            refused,
        };
        let name = self.file_name();
        let (answer, agreed) = dialog.show(ctx, |ui| {
            for (index, (form, hint, _)) in self.forms().into_iter().enumerate() {
                if radio_row(ui, self.form == index, false, form, hint).clicked() {
                    self.form = index;
                }
            }
            let agreed = self.place.ui(ui, &name);
            self.work.ui(ui, "Writing", view);
            agreed
        });
        let chosen = match answer {
            Some(DialogAnswer::Cancel) => {
                self.leave(view);
                None
            }
            Some(DialogAnswer::Confirm) if refused.is_none() => self.place.confirm(self.title(), &name, view),
            _ => agreed,
        };
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        finish(result, &mut self.place, &mut self.work, view);
        if result.is_ok() && self.back.is_some() {
            self.leave(view);
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = self.file_name();
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }

    fn pictured(&mut self, png: Vec<u8>, view: &mut View<'_>) {
        if let Some(Chosen { path, replace }) = self.pending.take() {
            view.asks.push(Ask::Request(Request::SaveFile { bytes: png, path, replace }));
        }
    }
}
