//! Logging in to a store: what opens it is typed once, asked for by a token's reader, read from files, or entered at a page in
//! the browser. What was not taken is never tried again by itself.

use egui::Context;

use super::login_page::AtPage;
use super::opener_field::{OpenerField, used_once};
use super::{Form, Work};
use crate::custodian::at_stores::{PinState, StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Opener, Outcome, opener_of};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Lead, Tone};
use crate::model::name::shown;
use crate::model::{ServerLogin, Store};

/// Logs in to a store.
pub struct LogIn {
    store: Store,
    opener: Option<Opener>,
    typed: OpenerField,
    page: AtPage,
    /// Nothing is to be typed, so that it begins by itself.
    begins: bool,
    work: Work,
}

impl LogIn {
    /// To this one.
    pub fn to(store: &Store) -> Self {
        let opener = opener_of(store);
        let begins = store.server.is_some() && opener.is_none();
        let (typed, page) = (OpenerField::default(), AtPage::default());
        Self { opener, store: store.clone(), typed, page, begins, work: Work::Idle }
    }

    /// What the token said of its PIN when it was asked last.
    fn state(&self, view: &View<'_>) -> PinState {
        view.desk.stores.of(&self.store.name).and_then(|known| known.health.pin.clone()).unwrap_or_default()
    }

    fn send(&mut self, view: &mut View<'_>, pin: &PinState) {
        if self.work.is_busy() || self.typed.refusal(self.opener, pin).is_some() {
            return;
        }
        let given = self.typed.take(self.opener, pin);
        self.work.begin();
        view.asks.push(Ask::Request(Request::Stores(StoreRequest::LogIn { store: self.store.name.to_string(), given })));
    }
}

impl Form for LogIn {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let pin = self.state(view);
        if std::mem::take(&mut self.begins) {
            self.send(view, &pin);
        }
        let title = format!("Log in to {}", shown(&self.store.name));
        let facts = facts(&self.store);
        let dialog = Dialog {
            id: "log-in",
            title: &title,
            note: if pin.at_reader { "" } else { used_once(self.opener) },
            confirm: if pin.at_reader { "Ask at the reader" } else { "Log in" },
            lead: Some(Lead { icon: Icon::of_store(self.store.kind), state: None, facts: &facts }),
            refused: self.work.refusal().or_else(|| self.typed.refusal(self.opener, &pin)),
            ..Dialog::default()
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            Role::Body.label(ui, theme.text2, kept(&self.store, self.opener));
            let entered = self.typed.ui(ui, self.opener, &pin, &self.work);
            let busy = if pin.at_reader { "Enter the PIN at the reader" } else { "Logging in" };
            if !self.page.ui(ui, view) {
                self.work.ui(ui, busy, view);
            }
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => self.work.leave(view),
            Some(DialogAnswer::Confirm) => self.send(view, &pin),
            None if entered => self.send(view, &pin),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        self.page.ended();
        match result {
            Ok(outcome) => {
                view.asks.push(Ask::Close);
                if let Some(notice) = &outcome.notice {
                    view.asks.push(Ask::Tell(Tone::Good, notice.clone()));
                }
            }
            // Nothing was typed that could be tried again.
            Err(CustodianError::Cancelled) if self.opener.is_none() => view.asks.push(Ask::Close),
            Err(error) => self.work.fail(error),
        }
    }

    fn stores_told(&mut self, told: StoreReport, view: &mut View<'_>) {
        if self.work.is_busy() {
            self.page.told(told, &self.store.name, view.desk.now);
        }
    }
}

/// Which token or server it is, and as whom one logs in.
fn facts(store: &Store) -> String {
    if let Some(token) = &store.token {
        return format!("{}, serial number {}", shown(&token.label), shown(&token.serial));
    }
    let Some(server) = &store.server else { return store.kind.name().to_owned() };
    let at = match &server.addresses[..] {
        [] => store.kind.name().to_owned(),
        [only] => shown(only).into_owned(),
        [first, rest @ ..] => format!("{} and {} more", shown(first), rest.len()),
    };
    match &server.login {
        ServerLogin::Token => at,
        ServerLogin::AppRole { role } => format!("{at}, AppRole {}", shown(role)),
        ServerLogin::UserPass { user } => format!("{at}, as {}", shown(user)),
        ServerLogin::Certificate { certificate, .. } => format!("{at}, by certificate {}", shown(file_name(certificate))),
        ServerLogin::Browser { .. } => format!("{at}, in the browser"),
    }
}

/// The path stands on the store's card; here it would not fit.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What logging in means, and what stays of what is typed.
fn kept(store: &Store, opener: Option<Opener>) -> &'static str {
    match opener {
        Some(Opener::Pin) => "Until you log out or lock, its keys can be used. Nothing of the PIN is kept.",
        Some(Opener::Token) => "Until you log out or lock, its keys can be used. The token stays in memory until then.",
        Some(Opener::SecretId | Opener::Password) => {
            "Until you log out or lock, its keys can be used. What is typed is not kept; the server's token stays in memory."
        }
        None => match store.server.as_ref().map(|server| &server.login) {
            Some(ServerLogin::Browser { .. }) => {
                "A page opens in your browser, and you log in there. Until you log out or lock, its keys can be used."
            }
            Some(ServerLogin::Certificate { .. }) => {
                "The certificate and its key are read from their files. Until you log out or lock, its keys can be used."
            }
            _ => "Until you log out or lock, its keys can be used.",
        },
    }
}
