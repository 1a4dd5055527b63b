//! Both palettes. White is the text on accent and danger; accent is never a state.

use egui::{Color32, Ui};

use crate::model::State;

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark modules of a QR code, in both appearances: many readers know no inverted one.
pub const QR_DARK: Color32 = Color32::BLACK;

/// Its light modules and its edge.
pub const QR_LIGHT: Color32 = Color32::WHITE;

/// Ink for glyph and text, tint for a chip, fill for a bar.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct StateColours {
    /// Glyph and text.
    pub ink: Color32,
    /// The ground of a chip or banner.
    pub tint: Color32,
    /// A bar.
    pub fill: Color32,
}

const fn state(ink: u32, tint: u32, fill: u32) -> StateColours {
    StateColours { ink: rgb(ink), tint: rgb(tint), fill: rgb(fill) }
}

/// The tokens of one appearance.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// The dark appearance.
    pub dark: bool,
    /// Rail, table head, footers.
    pub window: Color32,
    /// Table, inspector, fields.
    pub panel: Color32,
    /// Dialogs, cards, menus, buttons.
    pub raised: Color32,
    /// Search field, icon tiles.
    pub sunken: Color32,
    /// A row under the pointer.
    pub hover: Color32,
    /// Tags, and the menu item under the pointer.
    pub tag: Color32,
    /// The chosen row, rail item or chip; the outer focus ring.
    pub selected: Color32,
    /// Separators.
    pub line_soft: Color32,
    /// Borders of buttons and cards.
    pub line: Color32,
    /// Borders of fields, checks and radios.
    pub control: Color32,
    /// Primary text.
    pub text: Color32,
    /// Secondary text.
    pub text2: Color32,
    /// Hints; never on `line_soft`.
    pub text3: Color32,
    /// The primary button, focus, today.
    pub accent: Color32,
    /// The primary button held down.
    pub accent_pressed: Color32,
    /// Links and selected items.
    pub accent_text: Color32,
    /// The destroying button, the badge.
    pub danger: Color32,
    /// Text on accent and danger.
    pub on_accent: Color32,
    /// What is left of a cryptoperiod without a warning.
    pub meter: Color32,
    /// Behind dialogs.
    pub dim: Color32,
    /// Stripes over the end of an active bar.
    pub warning_stripe: Color32,
    /// Shadows, at full strength; each shadow thins it.
    pub shadow: Color32,
    states: [StateColours; 7],
}

/// #0F121A at 44 % of 255.
const DIM: Color32 = Color32::from_rgba_premultiplied(7, 8, 11, 112);

/// The light appearance. States in the order of [`State::ALL`].
static LIGHT: Theme = Theme {
    dark: false,
    window: rgb(0x00F5_F6F8),
    panel: rgb(0x00FF_FFFF),
    raised: rgb(0x00FF_FFFF),
    sunken: rgb(0x00EE_F0F4),
    hover: rgb(0x00F2_F4F7),
    tag: rgb(0x00EE_F0F4),
    selected: rgb(0x00E7_EDFC),
    line_soft: rgb(0x00E7_EAEF),
    line: rgb(0x00D3_D8E0),
    control: rgb(0x0086_8F9E),
    text: rgb(0x001A_202C),
    text2: rgb(0x0047_5063),
    text3: rgb(0x0062_6B7D),
    accent: rgb(0x002F_55D4),
    accent_pressed: rgb(0x0026_46B4),
    accent_text: rgb(0x002A_4BC0),
    danger: rgb(0x00B8_123F),
    on_accent: Color32::WHITE,
    meter: rgb(0x008A_93A3),
    dim: DIM,
    warning_stripe: rgb(0x00E9_B949),
    shadow: rgb(0x000F_121A),
    states: [
        state(0x006A_3FC0, 0x00EF_EAFB, 0x008A_63D6),
        state(0x0008_745A, 0x00E0_F3EC, 0x0023_967A),
        state(0x0086_6000, 0x00FB_F0D9, 0x00BE_8A0A),
        state(0x005F_6470, 0x00EC_EDF0, 0x008C_919D),
        state(0x00AE_0F3C, 0x00FB_E6EB, 0x00CF_2452),
        state(0x0062_6B7D, 0x00F1_F2F5, 0x0086_8F9E),
        state(0x008A_1538, 0x00F7_E9EA, 0x00A6_3A5B),
    ],
};

/// The dark appearance.
static DARK: Theme = Theme {
    dark: true,
    window: rgb(0x0012_1418),
    panel: rgb(0x0018_1B20),
    raised: rgb(0x0020_242B),
    sunken: rgb(0x000E_1013),
    hover: rgb(0x001F_2329),
    tag: rgb(0x0026_2B33),
    selected: rgb(0x001D_2947),
    line_soft: rgb(0x0024_282F),
    line: rgb(0x0034_3A45),
    control: rgb(0x006C_7585),
    text: rgb(0x00E7_E9EE),
    text2: rgb(0x00B3_B9C5),
    text3: rgb(0x008B_93A2),
    accent: rgb(0x0044_68E6),
    accent_pressed: rgb(0x003D_60DC),
    accent_text: rgb(0x0093_AEFF),
    danger: rgb(0x00C2_304F),
    on_accent: Color32::WHITE,
    meter: rgb(0x006A_7487),
    dim: DIM,
    warning_stripe: rgb(0x00E9_B949),
    shadow: rgb(0x0000_0000),
    states: [
        state(0x00B7_9CF5, 0x002A_2342, 0x0094_74E0),
        state(0x005C_D0AD, 0x0012_302A, 0x002F_A585),
        state(0x00E3_B64A, 0x0035_2913, 0x00D2_A02C),
        state(0x00A3_A9B5, 0x0026_2A31, 0x0073_7A88),
        state(0x00FF_7F8E, 0x003C_191F, 0x00E4_5065),
        state(0x008B_93A2, 0x001F_2329, 0x006C_7585),
        state(0x00E0_8A96, 0x0030_1A1F, 0x00B5_566A),
    ],
};

impl Theme {
    /// The light appearance.
    pub fn light() -> &'static Self {
        &LIGHT
    }

    /// The dark appearance.
    pub fn dark() -> &'static Self {
        &DARK
    }

    /// The colours of a state.
    pub const fn state(&self, state: State) -> StateColours {
        let [pre_active, active, suspended, deactivated, compromised, destroyed, destroyed_compromised] = self.states;
        match state {
            State::PreActive => pre_active,
            State::Active => active,
            State::Suspended => suspended,
            State::Deactivated => deactivated,
            State::Compromised => compromised,
            State::Destroyed => destroyed,
            State::DestroyedCompromised => destroyed_compromised,
        }
    }

    /// Warnings borrow the colours of suspended.
    pub const fn warning(&self) -> StateColours {
        self.state(State::Suspended)
    }

    /// What is critical borrows the colours of compromised.
    pub const fn critical(&self) -> StateColours {
        self.state(State::Compromised)
    }

    /// What went well borrows the colours of active.
    pub const fn good(&self) -> StateColours {
        self.state(State::Active)
    }
}

/// The appearance in which this is drawn.
pub fn of(ui: &Ui) -> &'static Theme {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}
