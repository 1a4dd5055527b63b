//! The egui front end: one file a screen, one theme.
