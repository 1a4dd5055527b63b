//! Widgets, one a small file. Screens are made of these and of egui's layouts; they name no colour.
//!
//! Functions called `*_ui` or plain nouns take a `Ui` and return a [`egui::Response`]; functions called
//! `paint_*` draw into a rectangle for tables and lanes that are painted by hand.

mod banner;
mod bar;
mod button;
mod card;
mod check;
mod chip;
mod dialog;
mod field;
mod fingerprint;
mod follows;
mod glyph;
mod life_line;
mod misc;
pub mod paint;
mod secret_field;
mod tags;
mod tooltip;

pub use banner::{Banner, BannerAnswer, Tone};
pub use bar::{BarKind, PeriodCell, paint_bar, paint_period, paint_warning, progress, progress_of};
pub use button::{Button, boxed_icon_button, icon_button, link, menu_chip};
pub use card::choice_card;
pub use check::{checkbox, radio_columns, radio_line, radio_row, radio_row_refused, switch};
pub use chip::{badge, filter_chip, kbd, paint_state, paint_tag, segmented, state_chip, state_chip_width, tag};
pub use dialog::{Dialog, DialogAnswer, Lead, confirmed, drawer, menu, menu_item, menu_item_refused};
pub use field::{Field, bare_combo, combo, combo_of, date_field, search_field};
pub use fingerprint::fingerprint;
pub use follows::{Weight, follows};
pub use glyph::{Urgency, paint_glyph, paint_urgency};
pub use life_line::{LifeStep, life_line};
pub use misc::{empty_state, empty_state_of, icon_tile, key_value, key_values, section_header};
pub use secret_field::{SecretField, SecretText};
pub use tags::{bare_tag_editor, tag_editor};
pub use tooltip::Tooltips;
