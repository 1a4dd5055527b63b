//! Telling the holders of a revoked version: its signed notice is saved, the person sends the files, and
//! who was told is ticked off.

use std::path::PathBuf;

use egui::{Context, Ui};

use super::export::ExportPublic;
use super::holder_row::HolderRow;
use super::names::file_name;
use super::notice_key::NoticeKey;
use super::place::{Chosen, Place};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Banner, BannerAnswer, Dialog, DialogAnswer, Lead, Tone, Weight, follows, key_value, section_header,
};
use crate::model::name::shown;
use crate::model::notice::{files, free_name, signer};
use crate::model::{Command, Key, KeyId, Revocation, SignerError, Version, VersionRef};

/// Tells the holders of a version.
pub struct TellHolders {
    of: VersionRef,
    place: Place,
    /// The JSON file that was asked for last.
    asked: Option<PathBuf>,
    /// The files of the notice, once they are written.
    saved: Option<[PathBuf; 4]>,
    /// The notice is being written, not a tick.
    writing: bool,
    work: Work,
}

/// What the files of a notice are, as they lie beside each other.
const FILES: [&str; 4] = ["Notice", "Its signature", "As text", "Its signature"];

impl TellHolders {
    /// Of a version that was revoked.
    pub fn of(of: VersionRef) -> Self {
        Self { of, place: Place::default(), asked: None, saved: None, writing: false, work: Work::Idle }
    }

    /// Of the version of a key whose holders are to be told.
    pub fn of_key(key: &Key) -> Option<Self> {
        Some(Self::of(VersionRef { key: key.id, version: key.revoked()?.number }))
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        self.writing = true;
        self.asked = Some(chosen.path.clone());
        view.asks.push(Ask::Request(Request::Run(Command::Notice { version: self.of, target: chosen.target() })));
    }

    /// The key that signs, or why none can.
    fn signer_ui(ui: &mut Ui, view: &mut View<'_>, signs: &Result<Option<KeyId>, SignerError>, of: VersionRef) {
        let inventory = &view.desk.inventory;
        let hint = "A holder checks the signature with ssh-keygen -Y verify and the public key of that key.";
        match signs {
            Ok(Some(id)) => {
                let name = inventory.key(*id).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
                follows(ui, Icon::Signature, Weight::Plain, &format!("{name} signs the notice."), hint);
            }
            Ok(None) => {
                let sentence = format!("{} signs the notice: a key that is made when you save it.", free_name(inventory));
                follows(ui, Icon::Signature, Weight::Plain, &sentence, hint);
            }
            Err(error) => {
                let text = error.to_string();
                let action = Some("Choose a key");
                let banner =
                    Banner { tone: Tone::Critical, strong: "No notice yet.", text: &text, action, dismiss: false, rounded: true };
                if banner.show(ui) == Some(BannerAnswer::Action) {
                    view.asks.open(NoticeKey::before(of, view));
                }
            }
        }
    }

    fn files_ui(ui: &mut Ui, files: &[PathBuf; 4]) {
        section_header(ui, "Files to send", Some(files.len()), None);
        let folder = files[0].parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            key_value(ui, "Folder", &folder, "", true, Some(&folder));
            for (what, path) in FILES.iter().zip(files) {
                let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let path = path.display().to_string();
                ui.push_id(&path, |ui| key_value(ui, what, &file, "", true, Some(&path)));
            }
        });
        let sentence = "Send the notice or its text, each with its signature. Holders need the signing key's public half once.";
        Role::Small.label(ui, theme::of(ui).text3, sentence);
    }

    /// Everyone who holds the version, with a tick for each.
    fn holders_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
        let holders = key.to_tell(version);
        let open = holders.iter().filter(|(.., told)| !told).count();
        ui.add_space(4.0);
        section_header(ui, "Holders to be told", Some(open), None);
        if holders.is_empty() {
            Role::Small.label(ui, theme::of(ui).text3, "Nobody holds it, as far as is recorded.");
        } else if open == 0 {
            Role::Small.label(ui, theme::of(ui).text3, "Everyone who holds it was told.");
        }
        let busy = self.work.refusal();
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (recipient, format, told) in holders {
                let what = format!("Holds version {} as {}", version.number, format.name());
                let row = HolderRow { format, recipient, what: &what };
                if row.tick_ui(ui, "Told", told) && busy.is_none() {
                    self.work.begin();
                    self.writing = false;
                    let command = Command::NoticeSent { version: self.of, recipient: recipient.to_owned() };
                    view.asks.push(Ask::Request(Request::Run(command)));
                }
            }
        });
    }

    fn content_ui(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        key: &Key,
        version: &Version,
        signs: &Result<Option<KeyId>, SignerError>,
    ) -> Option<Chosen> {
        let mut agreed = None;
        if let Some(files) = &self.saved {
            Self::files_ui(ui, files);
        } else {
            let hint = "Save the notice, send its files to each holder, and tick off here who was told.";
            follows(ui, Icon::PaperPlane, Weight::Care, "Keystead sends no mail: you send it.", hint);
            Self::signer_ui(ui, view, signs, self.of);
            let name = self.file_name(key);
            agreed = self.place.ui(ui, &name);
        }
        self.holders_ui(ui, view, key, version);
        self.work.ui(ui, "Writing", view);
        agreed
    }

    fn file_name(&self, key: &Key) -> String {
        file_name(&format!("{}-version-{}-revoked", shown(&key.name), self.of.version), "json")
    }

    fn refusal(&self, signs: &Result<Option<KeyId>, SignerError>) -> Option<String> {
        if self.saved.is_some() {
            return None;
        }
        let signs = signs.as_ref().err().map(ToString::to_string);
        signs.or_else(|| self.work.refusal().or_else(|| self.place.refusal()).map(str::to_owned))
    }
}

/// “Version 3, revoked on 23 Nov 2026: key compromise”.
fn facts(view: &View<'_>, version: &Version, revocation: &Revocation) -> String {
    let (on, why) = (view.desk.date(revocation.at), revocation.reason.name());
    format!("Version {}, revoked on {on}: {}", version.number, why.to_lowercase().replace("ca ", "CA "))
}

impl Form for TellHolders {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(key) = view.desk.inventory.key(self.of.key).cloned() else { return view.asks.push(Ask::Close) };
        let revoked = key.version(self.of.version).and_then(|version| Some((version, version.revocation.as_deref()?)));
        let Some((version, revocation)) = revoked else { return view.asks.push(Ask::Close) };
        let signs = signer(&view.desk.inventory, self.of.key, view.desk.now).map(|found| found.map(|found| found.key));
        let refused = self.refusal(&signs);
        let title = format!("Tell the holders of {}", shown(&key.name));
        let facts = facts(view, version, revocation);
        let saved = self.saved.is_some();
        let dialog = Dialog {
            id: "notice",
            title: &title,
            width: size::DIALOG_WIDE,
            cancel: if saved { "" } else { "Close" },
            confirm: if saved { "Close" } else { "Save the notice" },
            lead: Some(Lead { icon: Icon::PaperPlane, state: Some(version.state(view.desk.now)), facts: &facts }),
            extra: saved.then_some((Icon::Export, "Export the signing key")),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, agreed) = dialog.show(ctx, |ui| self.content_ui(ui, view, &key, version, &signs));
        // What stands in the way may be any of the four files: the notice is to be where it was asked for.
        let mut chosen = agreed.and_then(|_| Some(Chosen { path: self.asked.clone()?, replace: true }));
        match answer {
            Some(DialogAnswer::Extra) => {
                if let Ok(Some(signer)) = signs {
                    view.asks.open(ExportPublic::of(&[signer], view));
                }
            }
            Some(DialogAnswer::Confirm) if saved => view.asks.push(Ask::Close),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            answer if DialogAnswer::confirms(answer, refused.as_deref()) => {
                chosen = self.place.confirm("Save the notice", &self.file_name(&key), view);
            }
            _ => {}
        }
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                self.work = Work::Idle;
                if self.writing {
                    self.saved = outcome.written.as_deref().and_then(files);
                }
            }
            Err(error) if self.writing && self.place.failed(error) => self.work = Work::Idle,
            Err(error) => self.work.fail(error),
        }
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let Some(key) = view.desk.inventory.key(self.of.key).cloned() else { return };
        // The system's dialog asked about one file; the notice is four.
        if let Some(Chosen { path, .. }) = self.place.picked(picked, &self.file_name(&key)) {
            self.send(Chosen { path, replace: false }, view);
        }
    }
}
