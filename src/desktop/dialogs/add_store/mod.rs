//! Adding a token as a store: its module, then which of its tokens, what it is to be called, and its PIN. Another kind of
//! store gets a page of its own beside these.

mod module;
mod token;

use egui::Context;

use super::{Form, Work};
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::size;
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone};
use module::ModulePage;
use token::TokenPage;

/// Adds a store.
#[derive(Default)]
pub struct AddStore {
    module: ModulePage,
    /// What the module sees, once it was asked.
    token: Option<TokenPage>,
    work: Work,
}

impl AddStore {
    fn confirm(&mut self, view: &mut View<'_>) {
        let wanted = match &mut self.token {
            None => self.module.path().map(StoreRequest::Tokens),
            Some(page) => page.wanted(),
        };
        if let Some(wanted) = wanted {
            self.work.begin();
            view.asks.push(Ask::Request(Request::Stores(wanted)));
        }
    }
}

impl Form for AddStore {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.work.refusal().map(str::to_owned);
        let refused = refused.or_else(|| match &self.token {
            None => self.module.path().is_none().then(|| "Choose a module first.".to_owned()),
            Some(page) => page.refusal(view),
        });
        let (id, note) = match self.token {
            None => ("add-store", "The module is loaded into a process of its own."),
            Some(_) => ("add-token", "A wrong PIN is never tried again by itself."),
        };
        let dialog = Dialog {
            id,
            title: "Add a store",
            width: size::DIALOG_WIDE,
            note,
            confirm: if self.token.is_some() { "Add the store" } else { "Look for tokens" },
            extra: self.token.is_some().then_some((Icon::ArrowLeft, "Another module")),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            let entered = match &mut self.token {
                None => self.module.ui(ui, view),
                Some(page) => page.ui(ui, view, &self.work),
            };
            self.work.ui(ui, if self.token.is_some() { "Logging in" } else { "Asking the module" }, view);
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Extra) if !self.work.is_busy() => {
                self.token = None;
                self.work = Work::Idle;
            }
            Some(DialogAnswer::Confirm) if refused.is_none() => self.confirm(view),
            None if entered && refused.is_none() => self.confirm(view),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match (result, &mut self.token) {
            (Err(error), token) => {
                self.work.fail(error);
                // Tries may be fewer now.
                if let Some(page) = token {
                    page.ask_again(view);
                }
            }
            (Ok(outcome), Some(page)) if page.is_adding() => {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Tell(Tone::Good, outcome.notice.clone().unwrap_or_default()));
            }
            (Ok(_), _) => self.work = Work::Idle,
        }
    }

    fn picked(&mut self, picked: Picked, _view: &mut View<'_>) {
        self.module.picked(picked);
    }

    fn stores_told(&mut self, told: StoreReport, view: &mut View<'_>) {
        match (told, &mut self.token) {
            (StoreReport::Modules(modules), _) => self.module.suggested(modules),
            (StoreReport::Tokens(tokens, empty), Some(page)) => page.seen_again(tokens, empty),
            (StoreReport::Tokens(tokens, empty), None) => {
                self.token = self.module.path().map(|module| TokenPage::new(module, tokens, empty, view));
            }
            _ => {}
        }
    }
}
