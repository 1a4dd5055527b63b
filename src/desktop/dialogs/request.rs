//! Making a certificate request and saving it.

use egui::Context;

use super::export::finish;
use super::names::{AlsoValidFor, Subject, file_name, labelled, request_fields_ui};
use super::place::{Chosen, Place};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::Picked;
use crate::desktop::theme::size;
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, checkbox};
use crate::model::name::shown;
use crate::model::{Command, ExtendedKeyUsage, Format, Key, KeyUsage, RequestProfile, VersionRef};

/// Makes a PKCS#10 request for a version.
pub struct MakeRequest {
    version: VersionRef,
    name: String,
    subject: Subject,
    names: AlsoValidFor,
    usages: (Vec<KeyUsage>, Vec<ExtendedKeyUsage>),
    der: bool,
    recipient: String,
    place: Place,
    work: Work,
    at_once: bool,
}

impl MakeRequest {
    /// For the current version of a key; the last request prefills it.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let version = key.current(view.desk.now)?;
        let last = version.request.as_deref().or_else(|| {
            let others = key.versions.iter().rev().filter_map(|version| version.request.as_deref());
            others.into_iter().next()
        });
        let (subject, names, usages) = match last {
            Some(last) => (
                Subject::read(&last.subject),
                AlsoValidFor::read(last),
                (last.key_usage.clone(), last.extended_key_usage.clone()),
            ),
            None => (Subject::named(&key.name), AlsoValidFor::of_host(&key.name), RequestProfile::usages_for(key.purpose)),
        };
        Some(Self {
            version: VersionRef { key: key.id, version: version.number },
            name: shown(&key.name).into_owned(),
            subject,
            names,
            usages,
            der: false,
            recipient: String::new(),
            place: Place::default(),
            work: Work::Idle,
            at_once: false,
        })
    }

    /// As typed elsewhere already: the file dialog opens at once.
    #[must_use]
    pub fn with(mut self, subject: Subject, names: AlsoValidFor) -> Self {
        (self.subject, self.names, self.at_once) = (subject, names, true);
        self
    }

    const fn format(&self) -> Format {
        if self.der { Format::RequestDer } else { Format::RequestPem }
    }

    fn profile(&self) -> RequestProfile {
        let (key_usage, extended_key_usage) = self.usages.clone();
        let mut profile =
            RequestProfile { subject: self.subject.text(), key_usage, extended_key_usage, ..RequestProfile::default() };
        self.names.put(&mut profile);
        profile
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let recipient = Some(self.recipient.trim().to_owned()).filter(|name| !name.is_empty());
        let (version, profile, format) = (self.version, self.profile(), self.format());
        let command = Command::Request { version, profile, format, recipient, target: chosen.target() };
        view.asks.push(Ask::Request(Request::Run(command)));
    }

    fn ask(&mut self, view: &mut View<'_>) -> Option<Chosen> {
        let name = file_name(&self.name, self.format().extension());
        self.place.confirm("Save the certificate request", &name, view)
    }
}

/// The usages in words.
pub fn usages_in_words(usages: &(Vec<KeyUsage>, Vec<ExtendedKeyUsage>)) -> String {
    let words: Vec<&str> = usages.0.iter().map(|usage| usage.name()).chain(usages.1.iter().map(|usage| usage.name())).collect();
    let text = words.join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(|| "Nothing in particular".into(), |first| first.to_uppercase().chain(letters).collect())
}

impl Form for MakeRequest {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        if std::mem::take(&mut self.at_once)
            && let Some(chosen) = self.ask(view)
        {
            self.send(chosen, view);
        }
        let refused = self.work.refusal().or_else(|| self.place.refusal());
        let title = format!("Certificate request for {}", self.name);
        let dialog = Dialog {
            id: "request",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "The private half stays where it is. This cannot be taken back.",
            cancel: "Cancel",
            confirm: self.place.button(),
            danger: false,
            lead: None,
            extra: None,
            refused,
        };
        let name = file_name(&self.name, self.format().extension());
        let (answer, agreed) = dialog.show(ctx, |ui| {
            request_fields_ui(ui, &mut self.subject, &mut self.names, &usages_in_words(&self.usages));
            labelled(ui, "For whom", |ui| {
                let hint = "The certification authority, if it is to be recorded";
                Field::new("For whom").bare().hint(hint).show(ui, &mut self.recipient);
            });
            ui.add_space(4.0);
            checkbox(ui, &mut self.der, "Binary (DER) instead of text (PEM)");
            let agreed = self.place.ui(ui, &name);
            self.work.ui(ui, "Signing", view);
            agreed
        });
        let chosen = match answer {
            Some(DialogAnswer::Cancel) => {
                view.asks.push(Ask::Close);
                None
            }
            Some(DialogAnswer::Confirm) if refused.is_none() => self.ask(view),
            _ => agreed,
        };
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        finish(result, &mut self.place, &mut self.work, view);
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = file_name(&self.name, self.format().extension());
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }
}
