//! Removing a store in which no key lies: the inventory forgets it, and nothing in it is touched.

use egui::Context;

use super::{Form, Work};
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone, Weight, follows};
use crate::model::Store;
use crate::model::name::shown;

/// Removes a store.
pub struct RemoveStore {
    store: Store,
    work: Work,
}

impl RemoveStore {
    /// This one.
    pub fn of(store: &Store) -> Self {
        Self { store: store.clone(), work: Work::Idle }
    }
}

impl Form for RemoveStore {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let name = shown(&self.store.name);
        let stays = view.desk.inventory.may_remove_store(&self.store.name).err();
        let stays = stays.map(|rule| CustodianError::from(rule).to_string()).filter(|_| !self.work.is_busy());
        let title = format!("Remove {name}");
        let dialog = Dialog {
            id: "remove-store",
            title: &title,
            confirm: "Remove",
            refused: self.work.refusal().or(stays.as_deref()),
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let sentence = format!("The inventory forgets {name}. No key of the inventory lies in it.");
            follows(ui, Icon::Vault, Weight::Plain, &sentence, "What lies in the token is untouched. It can be added again.");
            self.work.ui(ui, "Removing", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if !self.work.is_busy() && stays.is_none() => {
                self.work.begin();
                let wanted = StoreRequest::Remove(self.store.name.to_string());
                view.asks.push(Ask::Request(Request::Stores(wanted)));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Tell(Tone::Good, outcome.notice.clone().unwrap_or_default()));
            }
            Err(error) => self.work.fail(error),
        }
    }
}
