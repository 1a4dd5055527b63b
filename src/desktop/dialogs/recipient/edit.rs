//! Putting somebody into the address book, and changing what it says of somebody.

use egui::Context;

use super::keys::Keys;
use crate::custodian::link::Request;
use crate::custodian::recipients::ReadKey;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{Form, Work};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone};
use crate::model::name::{normal, shown};
use crate::model::{Command, RecipientChange, RecipientKey, RecipientKeyKind};

/// Name, keys and note of a recipient.
#[derive(Default)]
pub struct EditRecipient {
    /// It has a name already.
    fixed: bool,
    name: String,
    note: String,
    /// The note as it was.
    noted: String,
    service_id: String,
    keys: Keys,
    work: Work,
    /// What is under way is the change, and not a reading of keys.
    saving: bool,
}

impl EditRecipient {
    /// Somebody new.
    pub fn new() -> Self {
        Self::default()
    }

    /// Somebody who has a name.
    pub fn of(name: &str, note: &str, keys: &[RecipientKey]) -> Self {
        Self {
            fixed: true,
            name: name.to_owned(),
            note: note.to_owned(),
            noted: note.to_owned(),
            keys: Keys::of(keys),
            ..Self::default()
        }
    }

    fn changes(&self) -> Vec<(String, RecipientChange)> {
        let name = self.name.trim().to_owned();
        let mut changes = Vec::new();
        if !self.keys.gone().is_empty() {
            changes.push((name.clone(), RecipientChange::DropKeys(self.keys.gone().to_vec())));
        }
        let mut keys = self.keys.new_ones();
        for key in keys.iter_mut().filter(|key| key.kind == RecipientKeyKind::WrappingKey) {
            key.service_id = self.service_id.trim().into();
        }
        let note = (self.note.trim() != self.noted.trim()).then(|| self.note.trim().to_owned());
        if !self.fixed || !keys.is_empty() || note.is_some() {
            changes.push((name, RecipientChange::Add { note, keys }));
        }
        changes
    }

    fn refusal(&self) -> Option<&'static str> {
        if self.name.trim().is_empty() {
            return Some("Name the recipient.");
        }
        if !self.fixed && self.keys.is_empty() {
            return self.keys.refusal().or(Some("Give at least one public key."));
        }
        let nothing = self.fixed && self.changes().is_empty();
        self.keys.refusal().or_else(|| self.work.refusal()).or_else(|| nothing.then_some("Nothing is changed."))
    }

    /// Somebody of that name is there already.
    fn is_known(&self, view: &View<'_>) -> bool {
        !self.fixed && view.desk.inventory.recipient(&self.name).is_some()
    }
}

impl Form for EditRecipient {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.keys.gather(ctx, view);
        let refused = self.refusal();
        let title = if self.fixed { format!("Edit {}", shown(&self.name)) } else { "Add a recipient".to_owned() };
        let known = self.is_known(view);
        let confirm = match (self.fixed, known) {
            (true, _) => "Save",
            (false, true) => "Add the keys",
            (false, false) => "Add",
        };
        let dialog =
            Dialog { id: "recipient", title: &title, note: "Ctrl Z takes it back.", confirm, refused, ..Dialog::default() };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            if !self.fixed {
                Field::new("Name").hint("Ada Lovelace, build server, Azure vault").show(ui, &mut self.name);
                if known {
                    let text = format!("{} is in the address book already, and gets these keys too.", shown(self.name.trim()));
                    Role::Small.label(ui, theme.text2, text);
                }
            }
            self.keys.ui(ui, view);
            if self.keys.new_wrapping() {
                let hint = "https://a.vault.azure.net/keys/kek/1";
                Field::new("What the service calls its key").hint(hint).show(ui, &mut self.service_id);
            }
            Field::new("Note").hint("Which team, how to reach them").rows(2).show(ui, &mut self.note);
            self.work.ui(ui, if self.saving { "Writing" } else { "Reading" }, view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.saving = true;
            self.work.begin();
            view.asks.push(Ask::Request(Request::Run(Command::ChangeRecipients(self.changes()))));
        }
    }

    fn keys_read(&mut self, keys: Vec<ReadKey>, _: &mut View<'_>) {
        self.keys.take(keys, &normal(&self.name));
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let saved = std::mem::take(&mut self.saving);
        match result {
            Ok(_) if !saved => self.work = Work::Idle,
            Ok(outcome) => {
                let name = shown(self.name.trim()).into_owned();
                let told = match &outcome.notice {
                    Some(notice) => (Tone::Warning, notice.clone()),
                    None if self.keys.new_ones().is_empty() => (Tone::Good, format!("{name} is changed in the address book.")),
                    None => (Tone::Good, format!("{name} is in the address book. Compare the fingerprint with them next.")),
                };
                view.asks.push(Ask::Tell(told.0, told.1));
                view.asks.push(Ask::Close);
            }
            Err(error) => {
                self.keys.failed();
                self.work.fail(error);
            }
        }
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        self.keys.picked(picked, view);
    }
}
