//! Saving public halves to a file.

use egui::Context;

use super::names::file_name;
use super::place::{Chosen, Place};
use super::{Form, Work, whom_ui};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, Tone, radio_row};
use crate::model::name::shown;
use crate::model::{Command, Format, Key, KeyId, VersionRef};

/// Exports the public halves of keys.
pub struct ExportPublic {
    versions: Vec<VersionRef>,
    names: Vec<String>,
    without_openssh: Option<String>,
    format: Format,
    recipient: String,
    place: Place,
    work: Work,
}

impl ExportPublic {
    /// Of the current versions of these keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Self {
        let found: Vec<_> = keys
            .iter()
            .filter_map(|id| view.desk.inventory.key(*id))
            .filter_map(|key| Some((key, key.current(view.desk.now)?)))
            .collect();
        let without_openssh = found
            .iter()
            .find(|(_, version)| !version.algorithm.has_openssh_form())
            .map(|(key, version)| format!("OpenSSH has no form for {}, as {} has.", version.algorithm.name(), shown(&key.name)));
        let ssh = found.iter().all(|(key, _)| key.purpose == crate::model::Purpose::Ssh) && without_openssh.is_none();
        Self {
            versions: found.iter().map(|(key, version)| VersionRef { key: key.id, version: version.number }).collect(),
            names: found.iter().map(|(key, _)| shown(&key.name).into_owned()).collect(),
            without_openssh,
            format: if ssh { Format::OpenSsh } else { Format::SpkiPem },
            recipient: String::new(),
            place: Place::default(),
            work: Work::Idle,
        }
    }

    /// Of the current version of a key, for a recipient to whom it is due in this form.
    pub fn to(key: &Key, recipient: &str, format: Format, view: &View<'_>) -> Self {
        Self { recipient: recipient.to_owned(), format, ..Self::of(&[key.id], view) }
    }

    /// The same as a page to be printed.
    pub fn sheet(keys: &[KeyId], view: &View<'_>) -> Self {
        Self { format: Format::Sheet, ..Self::of(keys, view) }
    }

    fn file_name(&self) -> String {
        match &self.names[..] {
            [name] => file_name(name, self.format.extension()),
            many => file_name(&format!("{}-public-keys", many.len()), self.format.extension()),
        }
    }

    fn whom(&self) -> String {
        match &self.names[..] {
            [name] => name.clone(),
            many => format!("{} keys", many.len()),
        }
    }

    fn refusal(&self) -> Option<&str> {
        if self.format == Format::OpenSsh && self.without_openssh.is_some() {
            return self.without_openssh.as_deref();
        }
        if self.format == Format::SpkiDer && self.versions.len() > 1 {
            return Some("DER holds one key a file. Choose PEM for several.");
        }
        self.work.refusal().or_else(|| self.place.refusal())
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let recipient = Some(self.recipient.trim().to_owned()).filter(|name| !name.is_empty());
        let command =
            Command::Export { versions: self.versions.clone(), format: self.format, recipient, target: chosen.target() };
        view.asks.push(Ask::Request(Request::Run(command)));
    }
}

/// What a format is good for.
const fn hint(format: Format) -> &'static str {
    match format {
        Format::SpkiPem => "SubjectPublicKeyInfo as text. Most programs and libraries read it.",
        Format::SpkiDer => "The same in binary.",
        Format::OpenSsh => "One line for authorized_keys, hosts and Git services.",
        Format::Sheet => "A page to print: fingerprints, a QR code, dates and owner beside the key.",
        _ => "JSON Web Key, for JWT and JWS; several keys become a set.",
    }
}

/// The words of a format on a radio.
pub const fn title(format: Format) -> &'static str {
    match format {
        Format::SpkiPem => "PEM",
        Format::SpkiDer => "DER",
        Format::OpenSsh | Format::OpenSshPrivate => "OpenSSH",
        Format::Jwk => "JWK",
        Format::RequestPem => "Request, PEM",
        Format::RequestDer => "Request, DER",
        Format::Certificate => "Certificate",
        Format::Pkcs8 => "PKCS#8",
        Format::Pkcs8Plain => "PKCS#8 in clear",
        Format::Pkcs12 => "PKCS#12",
        Format::Pkcs12Legacy => "PKCS#12, legacy",
        Format::Ppk => "PuTTY",
        Format::JwkPrivate => "JWK in clear",
        Format::Jwe => "JWK in JWE",
        Format::Sheet => "Sheet",
        Format::Age => "age",
        Format::Cms => "CMS",
        Format::ByokAws => "AWS KMS",
        Format::ByokAzure => "Azure Key Vault",
        Format::ByokGcp => "Google Cloud KMS",
        Format::AesKwp => "AES-KWP",
        Format::AesKw => "AES-KW",
        Format::RsaOaep => "RSA-OAEP",
        Format::RsaAesKwp => "RSA-OAEP with AES-KWP",
        Format::AgentKey => "SSH agent",
    }
}

impl Form for ExportPublic {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal().map(str::to_owned);
        let title_text = format!("Export the public key of {}", self.whom());
        let dialog = Dialog {
            id: "export",
            title: &title_text,
            width: size::DIALOG,
            note: "This cannot be taken back.",
            cancel: "Cancel",
            confirm: self.place.button(),
            danger: false,
            lead: None,
            extra: None,
            refused: refused.as_deref(),
        };
        let name = self.file_name();
        let answered = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            for format in Format::WITHOUT_SECRET {
                if radio_row(ui, self.format == format, false, title(format), hint(format)).clicked() {
                    self.format = format;
                }
            }
            ui.add_space(4.0);
            whom_ui(ui, view, "For whom", "Leave empty, or name who gets it", &mut self.recipient);
            let recorded = if self.recipient.trim().is_empty() {
                "Without a name it is only noted in the audit log."
            } else {
                "It will be recorded as a hand-over."
            };
            Role::Small.line(ui, theme.text3, recorded);
            let agreed = self.place.ui(ui, &name);
            self.work.ui(ui, "Writing", view);
            agreed
        });
        let chosen = self.place.answered(answered, refused.as_deref(), ("Save the public key", &name), view);
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

/// The end of a dialog that saved something.
pub fn finish(result: &Result<Outcome, CustodianError>, place: &mut Place, work: &mut Work, view: &mut View<'_>) {
    match result {
        Ok(outcome) => {
            let path = outcome.written.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            let told = match &outcome.notice {
                Some(notice) => format!("Saved and verified: {path}. {notice}"),
                None => format!("Saved and verified: {path}"),
            };
            view.asks.push(Ask::Tell(Tone::Good, told));
            view.asks.push(Ask::Close);
        }
        Err(error) if place.failed(error) => *work = Work::Idle,
        Err(error) => work.fail(error),
    }
}
