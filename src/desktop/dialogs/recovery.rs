//! Recovery copies under a recovery passphrase.

use egui::Context;

use super::passphrase::NewPassphrase;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone};

/// Makes recovery copies.
#[derive(Default)]
pub struct MakeRecovery {
    new: NewPassphrase,
    work: Work,
}

impl Form for MakeRecovery {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.work.refusal().or_else(|| self.new.refusal());
        let dialog = Dialog {
            id: "recovery",
            title: "Make recovery copies",
            width: size::DIALOG_WIDE,
            note: "A copy of the folder and this passphrase are a backup, on any machine.",
            cancel: "Cancel",
            confirm: "Make them",
            danger: false,
            lead: None,
            extra: None,
            refused,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let sentence = "Each secret is kept a second time, as an encrypted file in the inventory folder. Should the keychain be lost, the recovery passphrase opens them.";
            Role::Body.label(ui, theme::of(ui).text2, sentence);
            ui.add_space(4.0);
            self.new.ui(ui, "Recovery passphrase");
            self.work.ui(ui, "Making recovery copies", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                self.work.begin();
                view.asks.push(Ask::Request(Request::MakeRecovery(self.new.take())));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                view.asks.push(Ask::Tell(Tone::Good, "Recovery copies exist. From now on each new key gets one.".into()));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
