//! The look in one place: colours, type, measures. No other file of the program names a colour or a font size.

mod contrast;
mod palette;
pub mod size;
mod style;
mod text;

pub use palette::{QR_DARK, QR_LIGHT, StateColours, Theme, of};
pub use style::{Appearance, apply, motion, reduced_motion};
pub use text::Role;
