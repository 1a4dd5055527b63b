//! A field for a file that is read: typed, chosen in the system's file dialog, or dropped on the window.

use std::path::PathBuf;

use egui::{Context, Ui};

use super::place::expanded;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Pick;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Field};

/// Wide enough for most of its words.
const BUTTON: f32 = 160.0;

/// What was typed or chosen.
#[derive(Debug)]
pub struct FileField {
    typed: String,
    no_dialog: bool,
    button: f32,
}

impl Default for FileField {
    fn default() -> Self {
        Self::with_button(BUTTON)
    }
}

/// What a person did with it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Did {
    /// Typed.
    Changed,
    /// Asked for the system's file dialog, whose answer is this field's.
    Asked,
}

impl FileField {
    /// With a button this wide, for a dialog in which one of them has longer words.
    pub fn with_button(button: f32) -> Self {
        Self { typed: String::new(), no_dialog: false, button }
    }

    /// The file; none while nothing is there.
    pub fn path(&self) -> Option<PathBuf> {
        (!self.is_empty()).then(|| expanded(self.typed.trim()))
    }

    /// Nothing is there.
    pub fn is_empty(&self) -> bool {
        self.typed.trim().is_empty()
    }

    /// Takes a path that was chosen or dropped.
    pub fn set(&mut self, path: &std::path::Path) {
        self.typed = path.display().to_string();
        self.no_dialog = false;
    }

    /// No file dialog answered.
    pub fn has_no_dialog(&mut self) {
        self.no_dialog = true;
    }

    /// Draws it with its button.
    pub fn ui(&mut self, ui: &mut Ui, label: &str, hint: &str, view: &mut View<'_>) -> Option<Did> {
        let mut did = None;
        ui.horizontal(|ui| {
            let room = ui.available_width() - self.button - 8.0;
            if Field::new(label).mono().hint(hint).width(room).show(ui, &mut self.typed).changed() {
                did = Some(Did::Changed);
            }
            ui.vertical(|ui| {
                ui.add_space(20.0);
                // Two of them stand in one dialog, and each says what it chooses.
                let name = format!("Choose {}", inside(label));
                if ui.add(Button::new(&name).icon(Icon::FolderOpen).min_width(self.button)).clicked() {
                    view.asks.push(Ask::Pick(Pick::Open { title: name }));
                    did = Some(Did::Asked);
                }
            });
        });
        if self.no_dialog {
            Role::Small.label(ui, theme::of(ui).text3, "The system's file dialog did not answer. Type the path of the file.");
        }
        did
    }
}

/// A label within a sentence: “module”, and “CA file” as it is.
fn inside(label: &str) -> String {
    let abbreviated = label.chars().take(2).all(char::is_uppercase);
    if abbreviated { label.to_owned() } else { label.to_lowercase() }
}

/// Files that were dropped on the window since the last frame.
pub fn dropped(ctx: &Context) -> Vec<PathBuf> {
    ctx.input_mut(|input| input.raw.dropped_files.drain(..).map(|file| file.path().to_owned()).collect())
}
