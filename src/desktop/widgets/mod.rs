//! Widgets, one a small file. Screens are made of these and of egui's layouts; they name no colour.
