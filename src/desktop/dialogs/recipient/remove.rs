//! Taking somebody out of the address book.

use egui::Context;

use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{Form, Work};
use crate::desktop::icons::Icon;
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone, Weight, follows};
use crate::model::name::shown;
use crate::model::{Command, RecipientChange};

/// Says what follows, and asks.
pub struct RemoveRecipient {
    name: Box<str>,
    keys: usize,
    given: usize,
    work: Work,
}

impl RemoveRecipient {
    /// Somebody with so many public keys, who was given so many things.
    pub fn of(name: &str, keys: usize, given: usize) -> Self {
        Self { name: name.into(), keys, given, work: Work::Idle }
    }
}

impl Form for RemoveRecipient {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.work.refusal();
        let title = format!("Remove {} from the address book", shown(&self.name));
        let dialog = Dialog {
            id: "remove-recipient",
            title: &title,
            note: "Ctrl Z takes it back.",
            confirm: "Remove",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let keys = match self.keys {
                0 => "No public key of theirs is here.".to_owned(),
                1 => "Their public key goes, and how it was confirmed.".to_owned(),
                count => format!("Their {count} public keys go, and how they were confirmed."),
            };
            follows(ui, Icon::Fingerprint, Weight::Plain, &keys, "Nothing can be sealed to them until they are added again.");
            let (weight, held) = match self.given {
                0 => (Weight::Plain, "Nothing was handed to them.".to_owned()),
                1 => (Weight::Care, "What they were given stays on record: 1 hand-over.".to_owned()),
                count => (Weight::Care, format!("What they were given stays on record: {count} hand-overs.")),
            };
            let hint = if self.given > 0 { "They still hold it. To end that, rotate or revoke those keys." } else { "" };
            follows(ui, Icon::PaperPlane, weight, &held, hint);
            self.work.ui(ui, "Removing", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.work.begin();
            let change = (self.name.to_string(), RecipientChange::Remove);
            view.asks.push(Ask::Request(Request::Run(Command::ChangeRecipients(vec![change]))));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                let told = format!("{} is not in the address book any more.", shown(&self.name));
                view.asks.push(Ask::Tell(Tone::Good, told));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
