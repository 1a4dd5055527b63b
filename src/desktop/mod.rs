//! The egui front end: one file a screen, one theme.
//!
//! Screens only read [`desk::Desk`] and ask through [`desk::Asks`]; the app applies what was asked
//! before the next drawing and sends commands to the custodian through its link.

pub mod desk;
pub mod fonts;
pub mod icons;
pub mod rows;
pub mod settings;
pub mod theme;
pub mod widgets;
