//! The egui front end: one file a screen, one theme.

pub mod fonts;
pub mod icons;
pub mod theme;
pub mod widgets;
