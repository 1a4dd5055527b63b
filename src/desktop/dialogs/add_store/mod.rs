//! Adding a store: of which kind; then for a token its module, which of its tokens, its name and its PIN; for a key server
//! one page. Each page has a file.

mod anew;
mod kind;
mod module;
mod server;
mod token;
mod way;

use egui::{Context, Ui};

use super::login_page::AtPage;
use super::opener_field::used_once;
use super::{Form, Work};
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Opener, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::size;
use crate::desktop::widgets::{Dialog, DialogAnswer, Tone};
use crate::model::name::{self, shown};
use anew::AnewPage;
use kind::Kind;
use module::ModulePage;
use server::ServerPage;
use token::TokenPage;

/// Adds a store.
#[derive(Default)]
pub struct AddStore {
    /// Which of them, once that was chosen.
    kind: Option<Kind>,
    module: ModulePage,
    /// What the module sees, once it was asked.
    token: Option<TokenPage>,
    /// One of them is to be initialised.
    anew: Option<AnewPage>,
    server: ServerPage,
    /// Where one logs in to the server, while that is waited for.
    page: AtPage,
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
        let wanted = match (self.kind, &mut self.anew, &mut self.token) {
            (None, ..) => return,
            (Some(Kind::Server), ..) => Some(self.server.wanted()),
            (_, Some(page), _) => Some(page.wanted()),
            (_, None, Some(page)) => page.wanted(),
            (_, None, None) => self.module.path().map(StoreRequest::Tokens),
        };
        if let Some(wanted) = wanted {
            self.work.begin();
            view.asks.push(Ask::Request(Request::Stores(wanted)));
        }
    }

    fn refusal(&self, view: &View<'_>) -> Option<String> {
        if let Some(busy) = self.work.refusal() {
            return Some(busy.to_owned());
        }
        match (self.kind, &self.anew, &self.token) {
            (None, ..) => Some("Choose what it is first.".to_owned()),
            (Some(Kind::Server), ..) => self.server.refusal(view),
            (_, Some(page), _) => page.refusal(),
            (_, None, Some(page)) => page.refusal(view),
            (_, None, None) => self.module.path().is_none().then(|| "Choose a module first.".to_owned()),
        }
    }

    fn frame(&self) -> Frame {
        let plain =
            Frame { id: "add-kind", title: "Add a store", note: "Press 1 or 2.", confirm: "", back: None, busy: "Logging in" };
        match (self.kind, &self.anew, &self.token) {
            (None, ..) => plain,
            (Some(Kind::Server), ..) => Frame {
                id: "add-server",
                title: "Add a key server",
                note: self.server.note(),
                confirm: "Add the store",
                back: Some("Another kind"),
                ..plain
            },
            (_, Some(_), _) => Frame {
                id: "init-token",
                title: "Initialise a token",
                note: "Each PIN is given to the token once, and kept by nobody.",
                confirm: "Initialise the token",
                back: Some("Back"),
                busy: "Initialising the token",
            },
            (_, None, Some(_)) => Frame {
                id: "add-token",
                note: used_once(Some(Opener::Pin)),
                confirm: "Add the store",
                back: Some("Another module"),
                ..plain
            },
            (_, None, None) => Frame {
                id: "add-store",
                note: "The module is loaded into a process of its own.",
                confirm: "Look for tokens",
                back: Some("Another kind"),
                busy: "Asking the module",
                ..plain
            },
        }
    }

    /// The page before.
    fn back(&mut self) {
        if self.anew.take().is_none() && self.token.take().is_none() {
            self.kind = None;
        }
        self.work = Work::Idle;
    }

    /// True when Enter was pressed where it confirms.
    fn page_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        match (self.kind, &mut self.anew, &mut self.token) {
            (None, ..) => {
                self.kind = kind::ui(ui);
                false
            }
            (Some(Kind::Server), ..) => self.server.ui(ui, view, &self.work),
            (_, Some(page), _) => {
                page.ui(ui);
                false
            }
            (_, None, Some(page)) => page.ui(ui, view, &self.work),
            (_, None, None) => self.module.ui(ui, view),
        }
    }
}

/// Why a new store cannot be called so.
fn name_refusal(typed: &str, view: &View<'_>) -> Option<String> {
    if typed.trim().is_empty() {
        return Some("Give the store a name.".into());
    }
    match name::parse(typed) {
        Err(error) => Some(format!("{}: {error}.", shown(typed))),
        Ok(name) if view.desk.inventory.store(&name).is_some() => {
            Some(format!("There is already a store called {}.", shown(&name)))
        }
        Ok(_) => None,
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
            if !self.page.ui(ui, view) {
                self.work.ui(ui, frame.busy, view);
            }
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => self.work.leave(view),
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
        self.page.ended();
        match (result, self.anew.take(), &mut self.token) {
            // What was typed stays, and is sent once more if a person wants that.
            (Err(CustodianError::Cancelled), ..) if self.kind == Some(Kind::Server) => self.work = Work::Idle,
            (Ok(outcome), ..) if self.kind == Some(Kind::Server) => added(outcome, view),
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
            (Ok(outcome), None, Some(page)) if page.is_adding() => added(outcome, view),
            (Ok(_), ..) => self.work = Work::Idle,
        }
    }

    fn picked(&mut self, picked: Picked, _view: &mut View<'_>) {
        match self.kind {
            Some(Kind::Server) => self.server.picked(picked),
            _ => self.module.picked(picked),
        }
    }

    fn stores_told(&mut self, told: StoreReport, view: &mut View<'_>) {
        match (told, &mut self.token) {
            (StoreReport::Modules(modules), _) => self.module.suggested(modules),
            (StoreReport::Tokens(tokens, empty), Some(page)) => page.seen_again(tokens, empty, view),
            (StoreReport::Tokens(tokens, empty), None) => {
                self.token = self.module.path().map(|module| TokenPage::new(module, tokens, empty, view));
            }
            (told, _) if self.work.is_busy() => self.page.told(told, self.server.name(), view.desk.now),
            _ => {}
        }
    }
}

/// It is there.
fn added(outcome: &Outcome, view: &mut View<'_>) {
    view.asks.push(Ask::Close);
    view.asks.push(Ask::Tell(Tone::Good, outcome.notice.clone().unwrap_or_default()));
}
