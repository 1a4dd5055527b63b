//! Saving private halves to a file: under a passphrase that is made here and shown once, or in clear once the
//! key's name is typed.

use egui::{Context, Ui};

use super::export::{finish, title};
use super::names::file_name;
use super::passphrase::NewPassphrase;
use super::place::{Chosen, Place};
use super::typed_name::typed_name_ui;
use super::{Form, Work, whom_ui};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::passphrase::least_score;
use crate::custodian::{CustodianError, Outcome, PrivateExport};
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, BannerAnswer, Dialog, Tone, radio_line};
use crate::model::name::shown;
use crate::model::{Format, KeyId, VersionRef};

/// Exports the private halves of keys.
pub struct ExportPrivate {
    versions: Vec<VersionRef>,
    names: Vec<String>,
    /// The forms that hold all of them.
    formats: Vec<Format>,
    format: Format,
    recipient: String,
    passphrase: NewPassphrase,
    typed: String,
    /// The field for the name takes the keyboard.
    fresh: bool,
    /// Why policy or state keep them here.
    forbidden: Option<String>,
    place: Place,
    work: Work,
}

impl ExportPrivate {
    /// Of the current versions of these keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let found: Vec<_> = keys
            .iter()
            .filter_map(|id| view.desk.inventory.key(*id))
            .filter_map(|key| Some((key, key.current(view.desk.now)?)))
            .collect();
        let versions: Vec<_> = found.iter().map(|(key, version)| VersionRef { key: key.id, version: version.number }).collect();
        let fits = |format: &Format| {
            (found.len() == 1 || !format.holds_one() && format.is_encrypted())
                && found.iter().all(|(_, version)| format.holds(version.algorithm))
        };
        let formats: Vec<_> = Format::PRIVATE.into_iter().filter(fits).collect();
        let ssh = found.iter().all(|(key, _)| key.purpose == crate::model::Purpose::Ssh);
        let wanted = if ssh { Format::OpenSshPrivate } else { Format::Pkcs8 };
        let format = formats.iter().find(|format| **format == wanted).or(formats.first());
        let forbidden = versions.iter().find_map(|of| view.desk.inventory.may_leave(*of, view.desk.now).err());
        Some(Self {
            names: found.iter().map(|(key, _)| key.name.to_string()).collect(),
            format: format.copied().unwrap_or(Format::Pkcs8),
            formats,
            versions,
            recipient: String::new(),
            passphrase: NewPassphrase::made(),
            typed: String::new(),
            fresh: false,
            forbidden: forbidden.map(|rule| CustodianError::from(rule).to_string()),
            place: Place::default(),
            work: Work::Idle,
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

    fn refusal(&self) -> Option<String> {
        let own = |reason: &str| Some(reason.to_owned());
        if self.forbidden.is_some() {
            return self.forbidden.clone();
        }
        if self.formats.is_empty() {
            return own("No form of a file holds all of these keys. Export them one at a time.");
        }
        if let Some(busy) = self.work.refusal() {
            return own(busy);
        }
        let missing = if self.format.is_encrypted() {
            self.passphrase.refusal().map(str::to_owned)
        } else {
            let wanted = self.names.first().map(String::as_str).unwrap_or_default();
            (self.typed.trim() != wanted).then(|| format!("Type {} to confirm.", shown(wanted)))
        };
        missing.or_else(|| self.place.refusal().map(str::to_owned))
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let recipient = Some(self.recipient.trim().to_owned()).filter(|name| !name.is_empty());
        let encrypted = self.format.is_encrypted();
        // The words stay on the screen until it is done: another try needs them again.
        let passphrase = encrypted.then(|| self.passphrase.copy());
        let typed_name = (!encrypted).then(|| self.typed.trim().to_owned());
        view.asks.push(Ask::Request(Request::ExportPrivate(PrivateExport {
            versions: self.versions.clone(),
            format: self.format,
            recipient,
            path: chosen.path,
            replace: chosen.replace,
            passphrase,
            typed_name,
        })));
    }

    fn forms_ui(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for format in self.formats.clone() {
                let plain = !format.is_encrypted();
                if radio_line(ui, self.format == format, plain, title(format), hint(format)).clicked() {
                    self.fresh = plain;
                    self.format = format;
                }
            }
        });
    }

    fn protection_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if self.format.is_encrypted() {
            self.passphrase.ask_for(least_score(self.format));
            self.passphrase.ui(ui, "Passphrase of the file");
            if let Some(secret) = self.passphrase.to_copy() {
                view.asks.push(Ask::CopySecret(secret));
            }
            let theme = theme::of(ui);
            Role::Small.line(ui, theme.text3, "Send it another way than the file.");
            return;
        }
        let wanted = self.names.first().cloned().unwrap_or_default();
        let banner = Banner {
            tone: Tone::Critical,
            strong: "The file opens without a passphrase.",
            text: "Whoever reads it has the key.",
            action: None,
            dismiss: false,
            rounded: true,
        };
        banner.show(ui);
        typed_name_ui(ui, &wanted, &mut self.typed, &mut self.fresh);
    }
}

/// What a form is good for.
const fn hint(format: Format) -> &'static str {
    match format {
        Format::Pkcs8 => "For OpenSSL and most servers",
        Format::Pkcs12 => "With its certificate, for Windows, macOS, Java and browsers",
        Format::Pkcs12Legacy => "With triple DES: only where nothing newer is read",
        Format::OpenSshPrivate => "For ssh and Git",
        Format::Ppk => "For PuTTY and WinSCP",
        Format::Jwe => "For web programs",
        Format::Pkcs8Plain => "For programs that take no passphrase",
        _ => "For web programs that take no passphrase",
    }
}

impl Form for ExportPrivate {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal();
        let title_text = format!("Export the private key of {}", self.whom());
        let plain = !self.format.is_encrypted();
        let dialog = Dialog {
            id: "export-private",
            title: &title_text,
            width: size::DIALOG_WIDE,
            note: "It is recorded, and cannot be taken back.",
            cancel: "Cancel",
            confirm: self.place.button(),
            danger: plain,
            lead: None,
            extra: None,
            refused: refused.as_deref(),
        };
        let name = self.file_name();
        let answered = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            if let Some(forbidden) = &self.forbidden {
                let banner = Banner {
                    tone: Tone::Warning,
                    strong: "It stays in its store.",
                    text: forbidden,
                    action: Some("Policy of the key"),
                    dismiss: false,
                    rounded: true,
                };
                if banner.show(ui) == Some(BannerAnswer::Action) {
                    view.asks.push(Ask::Close);
                    view.asks.act(Action::KeyPolicy);
                }
                return None;
            }
            let sentence = "The key leaves its store. Whoever has the file and what opens it can use the key.";
            Role::Body.label(ui, theme.text2, sentence);
            self.forms_ui(ui);
            ui.add_space(4.0);
            whom_ui(ui, view, "For whom", "You, unless you name who gets it", &mut self.recipient);
            ui.add_space(4.0);
            self.protection_ui(ui, view);
            let agreed = self.place.ui(ui, &name);
            self.work.ui(ui, "Writing", view);
            agreed
        });
        let chosen = self.place.answered(answered, refused.as_deref(), ("Save the private key", &name), view);
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        finish(result, &mut self.place, &mut self.work, view);
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = self.file_name();
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }
}
