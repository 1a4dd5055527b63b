//! The page on which a token of the module is chosen, named, and logged in to.

use std::path::PathBuf;

use egui::Ui;

use super::anew::AnewPage;
use crate::custodian::at_stores::{PinState, SeenSlot, SeenToken, StoreRequest};
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::Work;
use crate::desktop::dialogs::log_in::PinField;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, BannerAnswer, Field, Tone, link, radio_row, radio_row_refused};
use crate::model::name::{self, shown};

/// So many slots without a token are listed one by one.
const SHOWN: usize = 3;

/// What was chosen and typed.
pub(super) struct TokenPage {
    module: PathBuf,
    tokens: Vec<SeenToken>,
    /// Slots with nothing to add.
    empty: Vec<SeenSlot>,
    chosen: Option<usize>,
    name: String,
    pin: PinField,
    adding: bool,
    /// The chosen one is to be initialised.
    anew: bool,
    /// The label of the one that was.
    made: Option<String>,
}

impl TokenPage {
    /// Over the tokens of a module.
    pub(super) fn new(module: PathBuf, tokens: Vec<SeenToken>, empty: Vec<SeenSlot>, view: &View<'_>) -> Self {
        let chosen = tokens.iter().position(|token| token.initialised).or((!tokens.is_empty()).then_some(0));
        let mut page = Self {
            module,
            tokens,
            empty,
            chosen,
            name: String::new(),
            pin: PinField::default(),
            adding: false,
            anew: false,
            made: None,
        };
        page.propose(view);
        page
    }

    /// What is under way adds the store; otherwise its tokens were asked for again.
    pub(super) const fn is_adding(&self) -> bool {
        self.adding
    }

    /// The page that initialises the chosen token, once that was asked for.
    pub(super) fn anew(&mut self) -> Option<AnewPage> {
        let wanted = std::mem::take(&mut self.anew);
        self.token().filter(|_| wanted).map(|token| AnewPage::of(self.module.clone(), token.clone()))
    }

    /// One was initialised under this label: it is looked for, in whatever slot it is now, and chosen.
    pub(super) fn made(&mut self, label: &str, view: &mut View<'_>) {
        self.made = Some(label.to_owned());
        self.ask_again(view);
    }

    /// The token is called as it calls itself, unless a store is called so already.
    fn propose(&mut self, view: &View<'_>) {
        let Some(label) = self.token().map(|token| token.label.clone()) else { return };
        let taken = view.desk.inventory.stores().iter().any(|store| *store.name == *label);
        if !taken {
            self.name = label;
        }
    }

    fn token(&self) -> Option<&SeenToken> {
        self.tokens.get(self.chosen?)
    }

    fn pin_state(&self) -> PinState {
        self.token().map(|token| token.pin.clone()).unwrap_or_default()
    }

    /// Why it cannot be added yet.
    pub(super) fn refusal(&self, view: &View<'_>) -> Option<String> {
        let Some(token) = self.token() else { return Some("Choose a token first.".into()) };
        if !token.initialised {
            return Some("This token is not initialised. Initialise it first.".into());
        }
        if self.name.trim().is_empty() {
            return Some("Give the store a name.".into());
        }
        match name::parse(&self.name) {
            Err(error) => return Some(format!("{}: {error}.", shown(&self.name))),
            Ok(name) if view.desk.inventory.store(&name).is_some() => {
                return Some(format!("There is already a store called {}.", shown(&name)));
            }
            Ok(_) => {}
        }
        self.pin.refusal(&token.pin).map(str::to_owned)
    }

    /// What adds it. Of two tokens with one label the serial number tells which.
    pub(super) fn wanted(&mut self) -> Option<StoreRequest> {
        let token = self.token()?;
        let named = if token.serial.is_empty() { &token.label } else { &token.serial }.clone();
        let pin = self.pin.take(&self.pin_state());
        self.adding = true;
        Some(StoreRequest::AddToken { name: self.name.trim().to_owned(), module: self.module.clone(), token: named, pin })
    }

    /// What a token says of its tries is asked for anew; what comes is no end of the dialog.
    pub(super) fn ask_again(&mut self, view: &mut View<'_>) {
        self.adding = false;
        view.asks.push(Ask::Look(Request::Stores(StoreRequest::Tokens(self.module.clone()))));
    }

    /// The tokens as they are now.
    pub(super) fn seen_again(&mut self, tokens: Vec<SeenToken>, empty: Vec<SeenSlot>, view: &View<'_>) {
        let made = self.made.take();
        let chosen = self.token().map(|token| (token.label.clone(), token.serial.clone()));
        let same = |token: &SeenToken| match &made {
            Some(made) => token.label == *made && token.initialised,
            None => chosen.as_ref() == Some(&(token.label.clone(), token.serial.clone())),
        };
        self.chosen = tokens.iter().position(same);
        (self.tokens, self.empty) = (tokens, empty);
        if made.is_some() {
            self.propose(view);
        }
    }

    /// Slots with nothing to add, so that nobody looks for a token in vain; a network HSM has dozens of them.
    fn empty_ui(&self, ui: &mut Ui) {
        for slot in self.empty.iter().take(SHOWN) {
            radio_row_refused(ui, &named(slot), &slot.why);
        }
        let more = self.empty.len().saturating_sub(SHOWN);
        if more > 0 {
            let slots = if more == 1 { "1 more slot has".to_owned() } else { format!("{more} more slots have") };
            Role::Small.line(ui, theme::of(ui).text3, format!("{slots} no token that can be used."));
        }
    }

    /// Draws it; true when Enter was pressed in the PIN.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, work: &Work) -> bool {
        let theme = theme::of(ui);
        Role::Small.label(ui, theme.text3, format!("Seen by {}", self.module.display()));
        if self.tokens.is_empty() {
            let text = "Is it plugged in? Plug it in, go back to the module and look again.";
            let strong = "The module sees no token.";
            Banner { tone: Tone::Warning, strong, text, action: None, dismiss: false, rounded: true }.show(ui);
            self.empty_ui(ui);
            return false;
        }
        let mut clicked = None;
        for (at, token) in self.tokens.iter().enumerate() {
            let label = if token.label.is_empty() { "A token without a name".into() } else { shown(&token.label) };
            if radio_row(ui, self.chosen == Some(at), false, &label, &described(token)).clicked() {
                clicked = Some(at);
            }
        }
        self.empty_ui(ui);
        if clicked.is_some() {
            self.chosen = clicked;
            self.propose(view);
        }
        ui.add_space(4.0);
        match self.token() {
            Some(token) if !token.initialised => {
                let text = if token.blank { "It has no label and no PIN, and nothing is in it." } else { "It has no PIN." };
                let (strong, action) = ("This token is to be initialised first.", Some("Initialise it"));
                let banner = Banner { tone: Tone::Info, strong, text, action, dismiss: false, rounded: true };
                self.anew = banner.show(ui) == Some(BannerAnswer::Action);
                false
            }
            _ => self.fields_ui(ui, work),
        }
    }

    /// How the store is called, and what opens it.
    fn fields_ui(&mut self, ui: &mut Ui, work: &Work) -> bool {
        Field::new("Name of the store").hint("office HSM").show(ui, &mut self.name);
        let pin = self.pin_state();
        let entered = self.pin.ui(ui, &pin, work);
        if self.token().is_some() && !pin.at_reader && link(ui, "Initialise it anew", None).clicked() {
            self.anew = true;
        }
        entered
    }
}

/// The name of a slot as its module gives it, with its number.
fn named(slot: &SeenSlot) -> String {
    match &*shown(&slot.reader) {
        "" => format!("Slot {}", slot.slot),
        reader => format!("{reader}, slot {}", slot.slot),
    }
}

/// What it is, and what keeps it from being added.
fn described(token: &SeenToken) -> String {
    let serial = if token.serial.is_empty() { String::new() } else { format!(", serial number {}", shown(&token.serial)) };
    let state = match token {
        SeenToken { blank: true, .. } => ". Never initialised",
        SeenToken { initialised: false, .. } => ". Not initialised: it has no PIN yet",
        SeenToken { pin: PinState { is_locked: true, .. }, .. } => ". Its PIN is locked",
        _ => "",
    };
    format!("{}{serial}, slot {}{state}", token.product, token.slot)
}
