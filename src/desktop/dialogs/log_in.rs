//! Logging in to a token: its PIN is typed once, or asked for by its reader. A wrong one is never tried again by itself.

use egui::{Context, Key, Ui};

use super::{Form, Work};
use crate::custodian::at_stores::{PinState, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Lead, SecretField, SecretText, Tone, Weight, follows};
use crate::model::Store;
use crate::model::name::shown;

/// A PIN that is typed, or not where the reader asks.
#[derive(Default)]
pub struct PinField {
    secret: SecretText,
}

impl PinField {
    /// Why it cannot be given.
    pub fn refusal(&self, pin: &PinState) -> Option<&'static str> {
        match pin {
            PinState { is_locked: true, .. } => Some("The PIN is locked. Its security officer can set a new one."),
            PinState { at_reader: false, .. } if self.secret.is_empty() => Some("Type the PIN."),
            _ => None,
        }
    }

    /// Takes it out; nothing where the reader asks.
    pub fn take(&mut self, pin: &PinState) -> Option<crate::secret::Passphrase> {
        (!pin.at_reader).then(|| self.secret.take())
    }

    /// Draws it with what the token says of wrong ones; true when Enter was pressed in it.
    pub fn ui(&mut self, ui: &mut Ui, pin: &PinState, work: &Work) -> bool {
        let mut entered = false;
        if pin.at_reader {
            let hint = "Nothing is typed here: the PIN goes from the reader to the token alone.";
            follows(ui, Icon::Keyboard, Weight::Plain, "Its reader asks for the PIN.", hint);
        } else {
            let response = SecretField::new("PIN").show(ui, &mut self.secret);
            entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        }
        if !pin.tries.is_empty() && !work.says(pin.tries) {
            let tone = if pin.is_locked { Tone::Critical } else { Tone::Warning };
            Banner { tone, strong: "", text: pin.tries, action: None, dismiss: false, rounded: true }.show(ui);
        }
        entered
    }
}

/// Logs in to a store.
pub struct LogIn {
    store: Store,
    pin: PinField,
    work: Work,
}

impl LogIn {
    /// To this one.
    pub fn to(store: &Store) -> Self {
        Self { store: store.clone(), pin: PinField::default(), work: Work::Idle }
    }

    /// What the token said of its PIN when it was asked last.
    fn state(&self, view: &View<'_>) -> PinState {
        view.desk.stores.of(&self.store.name).and_then(|known| known.health.pin.clone()).unwrap_or_default()
    }

    fn send(&mut self, view: &mut View<'_>, pin: &PinState) {
        if self.work.is_busy() || self.pin.refusal(pin).is_some() {
            return;
        }
        let pin = self.pin.take(pin);
        self.work.begin();
        view.asks.push(Ask::Request(Request::Stores(StoreRequest::LogIn { store: self.store.name.to_string(), pin })));
    }
}

impl Form for LogIn {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let pin = self.state(view);
        let title = format!("Log in to {}", shown(&self.store.name));
        let facts = match &self.store.token {
            Some(token) => format!("{}, serial number {}", shown(&token.label), shown(&token.serial)),
            None => self.store.kind.name().to_owned(),
        };
        let dialog = Dialog {
            id: "log-in",
            title: &title,
            note: if pin.at_reader { "" } else { "A wrong PIN is never tried again by itself." },
            confirm: if pin.at_reader { "Ask at the reader" } else { "Log in" },
            lead: Some(Lead { icon: Icon::of_store(self.store.kind), state: None, facts: &facts }),
            refused: self.work.refusal().or_else(|| self.pin.refusal(&pin)),
            ..Dialog::default()
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            Role::Body.label(ui, theme.text2, "Until you log out or lock, its keys can be used. Nothing of the PIN is kept.");
            let entered = self.pin.ui(ui, &pin, &self.work);
            let busy = if pin.at_reader { "Enter the PIN at the reader" } else { "Logging in" };
            self.work.ui(ui, busy, view);
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) => self.send(view, &pin),
            None if entered => self.send(view, &pin),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                view.asks.push(Ask::Close);
                if let Some(notice) = &outcome.notice {
                    view.asks.push(Ask::Tell(Tone::Good, notice.clone()));
                }
            }
            Err(error) => self.work.fail(error),
        }
    }
}
