//! The egui front end: one file a screen, one theme.
//!
//! Screens only read a [`desk::View`] and ask through [`desk::Asks`]; the app applies what was asked
//! before the next drawing and sends commands to the custodian through its link.

mod acts;
pub mod app;
pub mod bench;
pub mod certificates;
pub mod clipboard;
mod countdown;
pub mod desk;
pub mod dialogs;
pub mod figures;
pub mod fonts;
pub mod icons;
pub mod known_stores;
pub mod main_window;
mod news;
mod openings;
pub mod pick;
mod png;
mod reports;
pub mod rows;
mod run;
pub mod screens;
mod session;
pub mod settings;
mod shell;
pub mod theme;
pub mod timeline;
pub mod undo;
pub mod widgets;

pub use app::App;
pub use run::{Opening, run};
