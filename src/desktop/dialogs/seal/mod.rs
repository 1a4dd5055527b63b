//! Sealing private halves to recipients of the address book, whose own tools alone open the file.

mod people;

use std::path::Path;

use egui::{Context, Ui};

use super::export::title;
use super::names::file_name;
use super::place::{Chosen, Place};
use super::{Form, Work};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome, Seal};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Banner, BannerAnswer, Dialog, DialogAnswer, Tone, Weight, empty_state, follows, key_value, radio_line, section_header,
};
use crate::model::name::shown;
use crate::model::{Format, KeyId, VersionRef};
use people::{Person, people, people_ui, refit};

/// Seals keys to recipients.
pub struct SealKeys {
    versions: Vec<VersionRef>,
    names: Vec<String>,
    /// One of the keys is symmetric.
    symmetric: bool,
    /// The forms that hold all of them.
    formats: Vec<Format>,
    format: Format,
    people: Vec<Person>,
    /// Why policy or state keep them here.
    forbidden: Option<String>,
    place: Place,
    work: Work,
    sealed: Option<Sealed>,
}

/// What was written, and how it is opened.
struct Sealed {
    path: String,
    command: String,
    method: Option<&'static str>,
    notice: Option<String>,
    recipients: String,
}

impl SealKeys {
    /// The current versions of these keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let desk = view.desk;
        let found: Vec<_> =
            keys.iter().filter_map(|id| desk.inventory.key(*id)).filter_map(|key| Some((key, key.current(desk.now)?))).collect();
        let versions: Vec<_> = found.iter().map(|(key, version)| VersionRef { key: key.id, version: version.number }).collect();
        let symmetric = found.iter().any(|(_, version)| version.algorithm.is_symmetric());
        let fits = |format: &Format| {
            (found.len() == 1 || !format.holds_one())
                && found.iter().all(|(_, version)| {
                    let inside = !symmetric || format.is_byok() || Format::JwkPrivate.holds(version.algorithm);
                    format.holds(version.algorithm) && inside
                })
        };
        let formats: Vec<_> = Format::SEALED.into_iter().filter(fits).collect();
        let seals_to_somebody = |format: &&Format| {
            let keys = || desk.inventory.recipients().iter().flat_map(|recipient| &recipient.keys);
            keys().any(|key| format.seals_to(key.kind))
        };
        let format = formats.iter().find(seals_to_somebody).or(formats.first()).copied().unwrap_or(Format::Age);
        let forbidden = versions.iter().find_map(|of| desk.inventory.may_leave(*of, desk.now).err());
        Some(Self {
            names: found.iter().map(|(key, _)| key.name.to_string()).collect(),
            symmetric,
            formats,
            format,
            people: people(desk, format),
            versions,
            forbidden: forbidden.map(|rule| CustodianError::from(rule).to_string()),
            place: Place::default(),
            work: Work::Idle,
            sealed: None,
        })
    }

    fn whom(&self) -> String {
        match &self.names[..] {
            [name] => shown(name).into_owned(),
            many => format!("{} keys", many.len()),
        }
    }

    fn file_name(&self) -> String {
        match &self.names[..] {
            [name] => file_name(name, self.format.extension()),
            many => file_name(&format!("{}-keys", many.len()), self.format.extension()),
        }
    }

    fn ticked(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.ticked)
    }

    fn refusal(&self) -> Option<String> {
        let own = |reason: &str| Some(reason.to_owned());
        if self.sealed.is_some() {
            return None;
        }
        if self.forbidden.is_some() {
            return self.forbidden.clone();
        }
        if self.formats.is_empty() {
            return own("No form holds all of these keys. Seal them one at a time.");
        }
        if let Some(busy) = self.work.refusal() {
            return own(busy);
        }
        if self.ticked().next().is_none() {
            return own("Choose at least one recipient.");
        }
        self.place.refusal().map(str::to_owned)
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let recipients = self.ticked().map(|person| person.name.clone()).collect();
        let (versions, format) = (self.versions.clone(), Some(self.format));
        let Chosen { path, replace } = chosen;
        view.asks.push(Ask::Request(Request::Seal(Seal { versions, format, recipients, path, replace })));
    }

    fn forms_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let mut taken = None;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for format in &self.formats {
                if radio_line(ui, self.format == *format, false, title(*format), hint(*format)).clicked() {
                    taken = Some(*format);
                }
            }
        });
        if let Some(format) = taken.filter(|format| *format != self.format) {
            self.format = format;
            refit(&mut self.people, view.desk, format);
            self.keep_one(None);
        }
    }

    /// A file for a cloud service has one recipient: the one ticked last.
    fn keep_one(&mut self, last: Option<usize>) {
        if self.format.is_byok() {
            let last = last.or_else(|| self.people.iter().position(|person| person.ticked));
            self.people.iter_mut().enumerate().for_each(|(at, person)| person.ticked &= Some(at) == last);
        }
    }

    fn recipients_ui(&mut self, ui: &mut Ui) {
        let count = self.ticked().count();
        section_header(ui, if self.format.is_byok() { "For which service" } else { "For whom" }, Some(count), None);
        if let Some(pressed) = people_ui(ui, &self.people) {
            self.people[pressed].ticked ^= true;
            self.keep_one(Some(pressed));
        }
        let unsure: Vec<_> = self.people.iter().filter(|person| person.is_unsure()).map(|person| &*person.shown).collect();
        if !unsure.is_empty() {
            let strong = format!("Nobody has confirmed the key of {}.", listed(&unsure));
            let text = "Compare its fingerprint with them before you send the file.";
            Banner { tone: Tone::Warning, strong: &strong, text, action: None, dismiss: false, rounded: true }.show(ui);
        }
    }

    /// What keeps the keys where they are, and where that is changed.
    fn forbidden_ui(ui: &mut Ui, forbidden: &str, view: &mut View<'_>) {
        let action = Some("Policy of the key");
        let banner = Banner {
            tone: Tone::Warning,
            strong: "It stays in its store.",
            text: forbidden,
            action,
            dismiss: false,
            rounded: true,
        };
        if banner.show(ui) == Some(BannerAnswer::Action) {
            view.asks.push(Ask::Close);
            view.asks.act(Action::KeyPolicy);
        }
    }

    fn choice_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> Option<Chosen> {
        if let Some(forbidden) = &self.forbidden {
            Self::forbidden_ui(ui, forbidden, view);
            return None;
        }
        if self.people.is_empty() {
            let sentence = "Nobody is in the address book yet. Add a recipient with their public key first.";
            if empty_state(ui, Icon::Users, sentence, Some("Add a recipient")) {
                view.asks.push(Ask::Close);
                view.asks.act(Action::ShowRecipients);
                view.asks.act(Action::AddRecipient);
            }
            return None;
        }
        let sentence = "Only the chosen recipients can open the file, with their own tools.";
        Role::Body.label(ui, theme::of(ui).text2, sentence);
        self.forms_ui(ui, view);
        ui.add_space(4.0);
        self.recipients_ui(ui);
        let agreed = self.place.ui(ui, &self.file_name());
        self.work.ui(ui, "Sealing", view);
        agreed
    }
}

/// What a form is good for.
const fn hint(format: Format) -> &'static str {
    match format {
        Format::Age => "For age and SSH keys, opened with age",
        Format::Cms => "For certificates, opened with OpenSSL and mail programs",
        Format::ByokAws => "Key material to import, under the wrapping key of AWS",
        Format::ByokAzure => "Key transfer blob, under the key exchange key of the vault",
        _ => "Wrapped key of an import job",
    }
}

/// “Jonas”, “Ada and Jonas”, “Ada, Jonas and 3 others”.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} others", rest.len()),
    }
}

fn sealed_ui(ui: &mut Ui, sealed: &Sealed) {
    let sentence = format!("{} can open the file, and nobody else.", sealed.recipients);
    let hint = "It was read back, and is recorded as handed over.";
    follows(ui, Icon::FileLock, Weight::Plain, &sentence, hint);
    key_value(ui, "File", &sealed.path, "", true, Some(&sealed.path));
    key_value(ui, "Opened with", &sealed.command, "", true, Some(&sealed.command));
    if let Some(method) = sealed.method {
        key_value(ui, "Wrapping", method, "", true, None);
    }
    if let Some(notice) = &sealed.notice {
        ui.add_space(4.0);
        Banner { tone: Tone::Warning, strong: "Before you send it.", text: notice, action: None, dismiss: false, rounded: true }
            .show(ui);
    }
}

impl Form for SealKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal();
        let done = self.sealed.is_some();
        let title_text = if done { format!("{} is sealed", self.whom()) } else { format!("Seal {} to recipients", self.whom()) };
        let dialog = Dialog {
            id: "seal",
            title: &title_text,
            width: size::DIALOG_WIDE,
            note: if done { "" } else { "It is recorded, and cannot be taken back." },
            cancel: if done { "" } else { "Cancel" },
            confirm: if done { "Close" } else { self.place.button() },
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let name = self.file_name();
        let (answer, agreed) = dialog.show(ctx, |ui| match &self.sealed {
            Some(sealed) => {
                sealed_ui(ui, sealed);
                None
            }
            None => self.choice_ui(ui, view),
        });
        if done {
            if matches!(answer, Some(DialogAnswer::Cancel | DialogAnswer::Confirm)) {
                view.asks.push(Ask::Close);
            }
            return;
        }
        let chosen = self.place.answered((answer, agreed), refused.as_deref(), ("Save the sealed file", &name), view);
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                self.work = Work::Idle;
                let path = outcome.written.as_deref().unwrap_or(Path::new(""));
                let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let names: Vec<_> = self.ticked().map(|person| &*person.shown).collect();
                self.sealed = Some(Sealed {
                    path: path.display().to_string(),
                    command: self.format.opened_by().unwrap_or_default().replace("FILE", &shown(&file)),
                    method: self.format.service_method(self.symmetric),
                    notice: outcome.notice.clone(),
                    recipients: listed(&names),
                });
            }
            Err(error) if self.place.failed(error) => self.work = Work::Idle,
            Err(error) => self.work.fail(error),
        }
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = self.file_name();
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }
}
