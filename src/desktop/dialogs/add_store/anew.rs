//! The page on which a token is initialised: its label, the PIN of its security officer and that of its user. One that
//! may hold something is made anew only under its typed label.

use std::path::PathBuf;

use egui::Ui;

use crate::custodian::at_stores::{NewToken, SeenToken, StoreRequest};
use crate::desktop::dialogs::typed_name::typed_name_ui;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Field, SecretField, SecretText, Tone};
use crate::model::name::shown;

/// So many bytes of UTF-8 a token keeps of its label.
const LONGEST_LABEL: usize = 32;

/// What was typed for one token.
pub(super) struct AnewPage {
    module: PathBuf,
    token: SeenToken,
    label: String,
    so_pin: Pair,
    pin: Pair,
    typed: String,
    fresh: bool,
}

/// A PIN, and the same once more.
#[derive(Default)]
struct Pair {
    first: SecretText,
    again: SecretText,
}

impl Pair {
    fn take(&mut self) -> crate::secret::Passphrase {
        self.again.clear();
        self.first.take()
    }

    /// Side by side; `twice` where it is a new one.
    fn ui(&mut self, ui: &mut Ui, label: &str, again: &str, twice: bool) {
        let half = (ui.available_width() - 12.0) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            SecretField::new(label).width(half).show(ui, &mut self.first);
            if twice {
                let wrong = (!self.again.is_empty() && !self.first.same_as(&self.again)).then_some("Not the same yet.");
                SecretField::new(again).error(wrong).width(half).show(ui, &mut self.again);
            }
        });
    }
}

impl AnewPage {
    /// Of this token of a module.
    pub(super) fn of(module: PathBuf, token: SeenToken) -> Self {
        let (label, typed) = (token.label.clone(), String::new());
        Self { module, token, label, so_pin: Pair::default(), pin: Pair::default(), typed, fresh: false }
    }

    /// It may hold something.
    pub(super) const fn destroys(&self) -> bool {
        !self.token.blank
    }

    /// What it is to be called.
    pub(super) fn label(&self) -> &str {
        self.label.trim()
    }

    /// What is typed to confirm: its present label, or where it has none its serial number.
    fn to_type(&self) -> &str {
        if self.token.label.is_empty() { &self.token.serial } else { &self.token.label }
    }

    /// Why it cannot be initialised yet.
    pub(super) fn refusal(&self) -> Option<String> {
        let reason = if self.token.pin.at_reader {
            "It takes its PINs at its own reader. Initialise it with the tool that came with it."
        } else if self.label().is_empty() {
            "Give the token a label."
        } else if self.label().len() > LONGEST_LABEL {
            "The label is too long: a token keeps 32 bytes of it."
        } else if self.so_pin.first.is_empty() {
            "Type the PIN of its security officer."
        } else if self.token.blank && !self.so_pin.first.same_as(&self.so_pin.again) {
            "Type the same PIN of the security officer once more."
        } else if self.pin.first.is_empty() {
            "Choose the PIN of its user."
        } else if !self.pin.first.same_as(&self.pin.again) {
            "Type the same PIN once more."
        } else if self.destroys() && self.typed.trim() != self.to_type() {
            return Some(format!("Type {} to confirm.", shown(self.to_type())));
        } else {
            return None;
        };
        Some(reason.into())
    }

    /// What initialises it; the fields of PINs are empty then.
    pub(super) fn wanted(&mut self) -> StoreRequest {
        StoreRequest::InitToken(Box::new(NewToken {
            module: self.module.clone(),
            slot: self.token.slot,
            label: self.label().to_owned(),
            confirmed: self.destroys().then(|| self.token.label.clone()),
            so_pin: self.so_pin.take(),
            pin: self.pin.take(),
        }))
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let serial = match &*shown(&self.token.serial) {
            "" => String::new(),
            serial => format!(", serial number {serial}"),
        };
        Role::Small.label(ui, theme.text3, format!("{}{serial}, slot {}", self.token.product, self.token.slot));
        if self.destroys() {
            let strong = "Whatever is in it is destroyed.";
            let text = "Keys that lie in it alone are gone for good, also those that no inventory knows.";
            Banner { tone: Tone::Critical, strong, text, action: None, dismiss: false, rounded: true }.show(ui);
        }
        Field::new("Label").hint("office HSM").show(ui, &mut self.label);
        let (so_pin, hint) = if self.token.blank {
            ("New PIN of its security officer", "It gives the token a new PIN when that of its user is locked. Keep it apart.")
        } else {
            ("PIN of its security officer", "The one that was chosen when the token was initialised. It is tried once.")
        };
        self.so_pin.ui(ui, so_pin, "Security officer's PIN once more", self.token.blank);
        Role::Small.label(ui, theme.text3, hint);
        self.pin.ui(ui, "New PIN of its user", "User's PIN once more", true);
        if self.destroys() {
            let wanted = self.to_type().to_owned();
            ui.add_space(4.0);
            typed_name_ui(ui, &wanted, &mut self.typed, &mut self.fresh);
        }
    }
}
