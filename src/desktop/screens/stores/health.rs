//! How a store is, as a word with its shape: colour stands only where a person must act.

use egui::{Color32, Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::custodian::LockState;
use crate::custodian::store::{Absence, Reach};
use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::paint;
use crate::model::Store;

/// How a store is, as far as it is known.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Its keys can be used.
    Open,
    /// It asks for its PIN, its passphrase or the keychain.
    Locked,
    /// Its PIN is locked after too many wrong ones.
    PinLocked,
    /// It cannot be used.
    Away(Absence),
    /// It is not looked for while the inventory is locked.
    Unknown,
    /// It is being asked.
    Asked,
}

impl Seen {
    /// How it is, and why it is away.
    pub fn of(desk: &Desk, store: &Store, home: bool) -> (Self, Option<String>) {
        if home {
            let trouble = desk.health.conditions.stores.iter().find(|(name, _)| **name == *store.name);
            return match (trouble, desk.health.lock) {
                (Some((_, sentence)), _) => (Self::Away(Absence::Failing), Some(sentence.clone())),
                (None, LockState::Unlocked) => (Self::Open, None),
                (None, LockState::Locked) => (Self::Locked, None),
            };
        }
        match desk.stores.of(&store.name).map(|known| &known.health) {
            _ if !desk.context.unlocked => (Self::Unknown, None),
            None => (Self::Asked, None),
            Some(health) => match &health.reach {
                Reach::Open => (Self::Open, None),
                Reach::Locked if health.pin.as_ref().is_some_and(|pin| pin.is_locked) => (Self::PinLocked, None),
                Reach::Locked => (Self::Locked, None),
                Reach::Away(why, sentence) => (Self::Away(*why), Some(sentence.clone())),
                Reach::Unknown => (Self::Unknown, None),
            },
        }
    }

    /// The word on its chip.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Locked => "Locked",
            Self::PinLocked => "PIN locked",
            Self::Away(Absence::Gone) => "Away",
            Self::Away(Absence::Replaced) => "Replaced",
            Self::Away(Absence::Hanging) => "No answer",
            Self::Away(Absence::Failing) => "Error",
            Self::Unknown => "Unknown",
            Self::Asked => "Asking",
        }
    }

    /// What it means.
    pub const fn means(self, home: bool) -> &'static str {
        match self {
            Self::Open if home => "it answered when it was last asked",
            Self::Open => "its keys can be used",
            Self::Locked if home => "nothing secret is in memory",
            Self::Locked => "its keys can be used once you log in",
            Self::PinLocked => "too many wrong PINs; its keys are still there",
            Self::Away(Absence::Failing) if home => "it failed when it was last asked",
            Self::Away(Absence::Gone | Absence::Failing) => "its keys stay in the inventory",
            Self::Away(Absence::Replaced) => "another token is in its place",
            Self::Away(Absence::Hanging) => "other stores go on without it",
            Self::Unknown => "it is looked for once the inventory is unlocked",
            Self::Asked => "it has not answered yet",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Open => Icon::CheckCircle,
            Self::Locked => Icon::Lock,
            Self::PinLocked => Icon::Prohibit,
            Self::Away(Absence::Gone) => Icon::Plug,
            Self::Away(Absence::Replaced | Absence::Failing) => Icon::Warning,
            Self::Away(Absence::Hanging) | Self::Asked => Icon::Hourglass,
            Self::Unknown => Icon::Question,
        }
    }
}

/// The chip.
pub(super) fn chip(ui: &mut Ui, seen: Seen) {
    let theme = theme::of(ui);
    let (ink, tint) = match seen {
        Seen::Open => (theme.good().ink, Color32::TRANSPARENT),
        Seen::Locked | Seen::Unknown | Seen::Asked => (theme.text2, theme.tag),
        Seen::Away(Absence::Failing) | Seen::PinLocked => (theme.critical().ink, theme.critical().tint),
        Seen::Away(_) => (theme.warning().ink, theme.warning().tint),
    };
    let galley = paint::galley(ui.painter(), Role::SmallMedium, ink, seen.word());
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 34.0, size::CHIP), Sense::hover());
    ui.painter().rect_filled(rect, 10.0, tint);
    seen.icon().paint(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), size::ICON_DETAIL, ink);
    paint::place(ui.painter(), galley, rect.left() + 25.0, rect.center().y);
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, seen.word()));
}
