//! The page on which it is chosen what is to be added. It costs one key: the digit on the card, or a click.

use egui::{Key, Modifiers, Rect, Ui, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{choice_card, paint};
use crate::model::StoreKind;

/// What can be added.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A token that a module reaches.
    Token,
    /// A server of OpenBao or Vault.
    Server,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Token, Self::Server];

    const fn words(self) -> (Icon, &'static str, &'static str) {
        match self {
            Self::Token => (Icon::of_store(StoreKind::Pkcs11), "Token", "PKCS#11: HSM, smart card, YubiKey, TPM"),
            Self::Server => (Icon::of_store(StoreKind::OpenBao), "Key server", "OpenBao or HashiCorp Vault: for teams"),
        }
    }

    const fn key(self) -> (Key, &'static str) {
        match self {
            Self::Token => (Key::Num1, "1"),
            Self::Server => (Key::Num2, "2"),
        }
    }
}

/// Draws it; what was chosen.
pub(super) fn ui(ui: &mut Ui) -> Option<Kind> {
    let theme = theme::of(ui);
    let sentence = "Keys are made in it and never leave it. Here they get the same dates, states, alerts and log as all others.";
    Role::Body.label(ui, theme.text2, sentence);
    ui.add_space(4.0);
    let mut chosen = None;
    let width = (ui.available_width() - 12.0) / 2.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for kind in Kind::ALL {
            let (icon, title, hint) = kind.words();
            let card = choice_card(ui, vec2(width, 72.0), icon, title, hint, false);
            paint_key(ui, card.rect, kind.key().1);
            if card.clicked() || ui.input_mut(|input| input.consume_key(Modifiers::NONE, kind.key().0)) {
                chosen = Some(kind);
            }
        }
    });
    chosen
}

/// The key that chooses a card, in its corner.
fn paint_key(ui: &Ui, card: Rect, key: &str) {
    let theme = theme::of(ui);
    let chip = Rect::from_center_size(pos2(card.right() - 22.0, card.top() + 23.0), vec2(20.0, 18.0));
    paint::boxed(ui.painter(), chip, size::RADIUS_TAG, theme.raised, theme.line);
    paint::place_centred(ui.painter(), paint::galley(ui.painter(), Role::Caption, theme.text2, key), chip.center());
}
