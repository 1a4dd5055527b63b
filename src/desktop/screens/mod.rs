//! One file a screen. A screen reads a view and asks; it changes nothing by itself.

pub mod alerts;
mod cells;
pub mod discover;
mod due;
pub mod filters;
pub mod first_run;
pub mod hand_overs;
pub mod inspector;
pub mod log;
pub mod palette;
pub mod policies;
pub mod recipients;
pub mod servers;
pub mod settings;
pub mod stores;
pub mod table;
