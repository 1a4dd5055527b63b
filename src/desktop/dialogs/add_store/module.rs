//! The page on which a module is chosen: suggested, by the system's file dialog, or typed.

use std::path::PathBuf;

use egui::{Key, Ui};

use crate::custodian::modules::Module;
use crate::desktop::desk::View;
use crate::desktop::dialogs::file_field::FileField;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::radio_columns;

/// Where the paths of suggestions begin.
const COLUMN: f32 = 264.0;

/// What was chosen of what there is.
#[derive(Default)]
pub(super) struct ModulePage {
    file: FileField,
    /// Modules of this machine, once the custodian told.
    found: Option<Vec<Module>>,
}

impl ModulePage {
    /// The module, if one was chosen.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.file.path()
    }

    /// The custodian told which there are.
    pub(super) fn suggested(&mut self, modules: Vec<Module>) {
        if let ([only], true) = (&modules[..], self.file.is_empty()) {
            self.file.set(&only.path);
        }
        self.found = Some(modules);
    }

    /// The system's file dialog answered.
    pub(super) fn picked(&mut self, picked: Picked) {
        match picked {
            Picked::Path(path) => self.file.set(&path),
            Picked::NoDialog => self.file.has_no_dialog(),
            Picked::Paths(_) | Picked::Cancelled => {}
        }
    }

    /// Draws it; true when Enter was pressed in the field.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        let theme = theme::of(ui);
        let sentence =
            "Keys are made in a token and never leave it. Its maker gives a PKCS#11 module, a library that reaches it.";
        Role::Body.label(ui, theme.text2, sentence);
        ui.add_space(4.0);
        self.file.ui(ui, "Module", "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", view);
        let entered =
            ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none()) && ui.ctx().text_edit_focused();
        ui.add_space(4.0);
        self.suggestions_ui(ui);
        entered
    }

    fn suggestions_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let Some(found) = &self.found else { return };
        if found.is_empty() {
            let none = "No module was found where they usually lie. Name the library that came with the token.";
            Role::Small.label(ui, theme.text3, none);
            return;
        }
        Role::SmallMedium.line(ui, theme.text2, "On this machine");
        let chosen = self.file.path();
        let mut clicked = None;
        for module in found {
            let path = module.path.display().to_string();
            if radio_columns(ui, chosen.as_ref() == Some(&module.path), false, &module.name, &path, COLUMN).clicked() {
                clicked = Some(module.path.clone());
            }
        }
        if let Some(path) = clicked {
            self.file.set(&path);
        }
    }
}
