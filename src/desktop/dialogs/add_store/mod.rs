//! Adding a token as a store: its module, then which of its tokens, what it is to be called, and its PIN. Another kind of
//! store gets a page of its own beside these.

mod anew;
mod module;
mod token;

use egui::{Context, Ui};

use super::{Form, Work};
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::size;
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone};
use anew::AnewPage;
use module::ModulePage;
use token::TokenPage;

/// Adds a store.
#[derive(Default)]
pub struct AddStore {
    module: ModulePage,
    /// What the module sees, once it was asked.
    token: Option<TokenPage>,
    /// One of them is to be initialised.
    anew: Option<AnewPage>,
    work: Work,
}

/// What stands around a page.
struct Frame {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    confirm: &'static str,
    /// Leads back to the page before.
    back: Option<&'static str>,
    busy: &'static str,
}

impl AddStore {
    fn confirm(&mut self, view: &mut View<'_>) {
        let wanted = match (&mut self.anew, &mut self.token) {
            (Some(page), _) => Some(page.wanted()),
            (None, Some(page)) => page.wanted(),
            (None, None) => self.module.path().map(StoreRequest::Tokens),
        };
        if let Some(wanted) = wanted {
            self.work.begin();
            view.asks.push(Ask::Request(Request::Stores(wanted)));
        }
    }

    fn refusal(&self, view: &View<'_>) -> Option<String> {
        match (&self.anew, &self.token) {
            _ if self.work.refusal().is_some() => self.work.refusal().map(str::to_owned),
            (Some(page), _) => page.refusal(),
            (None, Some(page)) => page.refusal(view),
            (None, None) => self.module.path().is_none().then(|| "Choose a module first.".to_owned()),
        }
    }

    const fn frame(&self) -> Frame {
        match (&self.anew, &self.token) {
            (Some(_), _) => Frame {
                id: "init-token",
                title: "Initialise a token",
                note: "Each PIN is given to the token once, and kept by nobody.",
                confirm: "Initialise the token",
                back: Some("Back"),
                busy: "Initialising the token",
            },
            (None, Some(_)) => Frame {
                id: "add-token",
                title: "Add a store",
                note: "A wrong PIN is never tried again by itself.",
                confirm: "Add the store",
                back: Some("Another module"),
                busy: "Logging in",
            },
            (None, None) => Frame {
                id: "add-store",
                title: "Add a store",
                note: "The module is loaded into a process of its own.",
                confirm: "Look for tokens",
                back: None,
                busy: "Asking the module",
            },
        }
    }

    /// The page before.
    fn back(&mut self) {
        if self.anew.take().is_none() {
            self.token = None;
        }
        self.work = Work::Idle;
    }

    /// True when Enter was pressed where it confirms.
    fn page_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        match (&mut self.anew, &mut self.token) {
            (Some(page), _) => {
                page.ui(ui);
                false
            }
            (None, Some(page)) => page.ui(ui, view, &self.work),
            (None, None) => self.module.ui(ui, view),
        }
    }
}

impl Form for AddStore {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal(view);
        let frame = self.frame();
        let dialog = Dialog {
            id: frame.id,
            title: frame.title,
            width: size::DIALOG_WIDE,
            note: frame.note,
            confirm: frame.confirm,
            danger: self.anew.as_ref().is_some_and(AnewPage::destroys),
            extra: frame.back.map(|text| (Icon::ArrowLeft, text)),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            let entered = self.page_ui(ui, view);
            self.work.ui(ui, frame.busy, view);
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Extra) if !self.work.is_busy() => self.back(),
            Some(DialogAnswer::Confirm) if refused.is_none() => self.confirm(view),
            None if entered && refused.is_none() => self.confirm(view),
            _ => {}
        }
        if let Some(page) = self.token.as_mut().and_then(TokenPage::anew).filter(|_| !self.work.is_busy()) {
            self.work = Work::Idle;
            self.anew = Some(page);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match (result, self.anew.take(), &mut self.token) {
            (Ok(_), Some(made), Some(page)) => {
                self.work = Work::Idle;
                page.made(made.label(), view);
            }
            (Err(error), anew, token) => {
                self.work.fail(error);
                self.anew = anew;
                // Tries may be fewer now.
                if let Some(page) = token.as_mut().filter(|_| self.anew.is_none()) {
                    page.ask_again(view);
                }
            }
            (Ok(outcome), None, Some(page)) if page.is_adding() => {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Tell(Tone::Good, outcome.notice.clone().unwrap_or_default()));
            }
            (Ok(_), ..) => self.work = Work::Idle,
        }
    }

    fn picked(&mut self, picked: Picked, _view: &mut View<'_>) {
        self.module.picked(picked);
    }

    fn stores_told(&mut self, told: StoreReport, view: &mut View<'_>) {
        match (told, &mut self.token) {
            (StoreReport::Modules(modules), _) => self.module.suggested(modules),
            (StoreReport::Tokens(tokens, empty), Some(page)) => page.seen_again(tokens, empty, view),
            (StoreReport::Tokens(tokens, empty), None) => {
                self.token = self.module.path().map(|module| TokenPage::new(module, tokens, empty, view));
            }
            _ => {}
        }
    }
}
