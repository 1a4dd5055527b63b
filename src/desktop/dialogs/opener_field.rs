//! What opens a store, typed once: a PIN, a token, a secret id, a password; or nothing, where a reader asks for it.

use egui::{Key, Ui};

use super::Work;
use crate::custodian::Opener;
use crate::custodian::at_stores::PinState;
use crate::desktop::icons::Icon;
use crate::desktop::widgets::{Banner, SecretField, SecretText, Tone, Weight, follows};
use crate::secret::Passphrase;

/// The field. Which it is, is told each time: the same one serves whatever a person chooses.
#[derive(Default)]
pub struct OpenerField {
    secret: SecretText,
}

impl OpenerField {
    /// Why it cannot be given.
    pub fn refusal(&self, opener: Option<Opener>, pin: &PinState) -> Option<&'static str> {
        if pin.is_locked {
            return Some("The PIN is locked. Its security officer can set a new one.");
        }
        let opener = opener.filter(|_| !pin.at_reader && self.secret.is_empty())?;
        Some(match opener {
            Opener::Pin => "Type the PIN.",
            Opener::Token => "Type or paste the token.",
            Opener::SecretId => "Type or paste the secret id.",
            Opener::Password => "Type the password.",
        })
    }

    /// Takes it out; nothing where nothing is typed.
    pub fn take(&mut self, opener: Option<Opener>, pin: &PinState) -> Option<Passphrase> {
        opener.filter(|_| !pin.at_reader).map(|_| self.secret.take())
    }

    /// Wipes it: it belongs to something else than is asked for now.
    pub fn clear(&mut self) {
        self.secret.clear();
    }

    /// Draws it with what a token says of wrong ones; true when Enter was pressed in it.
    pub fn ui(&mut self, ui: &mut Ui, opener: Option<Opener>, pin: &PinState, work: &Work) -> bool {
        let mut entered = false;
        if pin.at_reader {
            let hint = "Nothing is typed here: the PIN goes from the reader to the token alone.";
            follows(ui, Icon::Keyboard, Weight::Plain, "Its reader asks for the PIN.", hint);
        } else if let Some(opener) = opener {
            let response = SecretField::new(label(opener)).show(ui, &mut self.secret);
            entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
        }
        if !pin.tries.is_empty() && !work.says(pin.tries) {
            let tone = if pin.is_locked { Tone::Critical } else { Tone::Warning };
            Banner { tone, strong: "", text: pin.tries, action: None, dismiss: false, rounded: true }.show(ui);
        }
        entered
    }
}

/// What stands above the field.
const fn label(opener: Opener) -> &'static str {
    match opener {
        Opener::Pin => "PIN",
        Opener::Token => "Token",
        Opener::SecretId => "Secret id",
        Opener::Password => "Password",
    }
}

/// How sparingly it is used, for the foot of a dialog.
pub const fn used_once(opener: Option<Opener>) -> &'static str {
    match opener {
        Some(Opener::Pin) => "A wrong PIN is never tried again by itself.",
        Some(_) => "It is sent once, and never again by itself.",
        None => "",
    }
}
