//! Where something is saved: through the system's file dialog, or a path typed by hand where none
//! answers. Asks before it replaces.

use std::path::PathBuf;

use egui::Ui;

use crate::custodian::CustodianError;
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::widgets::{Banner, BannerAnswer, DialogAnswer, Field, Tone, link, paint};
use crate::model::Target;

/// A place to save to.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named")]
pub struct Place {
    typed: String,
    typing: bool,
    /// The field is new, and takes the keyboard.
    fresh: bool,
    waiting: bool,
    no_dialog: bool,
    exists: Option<PathBuf>,
    told: Option<PathBuf>,
}

/// Where a person wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The file.
    pub path: PathBuf,
    /// What stands there may be replaced.
    pub replace: bool,
}

impl Chosen {
    /// As a target of a command.
    pub fn target(self) -> Target {
        Target::File { path: self.path, replace: self.replace }
    }
}

impl Place {
    /// The system's file dialog is open.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// What the button that saves says.
    pub fn button(&self) -> &'static str {
        if self.typing { "Save" } else { "Save as" }
    }

    /// Why nothing can be saved just now.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.waiting {
            Some("The system's file dialog is open.")
        } else if self.typing && self.typed.trim().is_empty() {
            Some("Type where to save it.")
        } else {
            None
        }
    }

    /// What the answer of a dialog that saves means: nothing, its end, or the place; `agreed` is what [`Place::ui`] said.
    pub fn answered(
        &mut self,
        (answer, agreed): (Option<DialogAnswer>, Option<Chosen>),
        refused: Option<&str>,
        (title, name): (&str, &str),
        view: &mut View<'_>,
    ) -> Option<Chosen> {
        match answer {
            Some(DialogAnswer::Cancel) => {
                view.asks.push(Ask::Close);
                None
            }
            Some(DialogAnswer::Confirm) if refused.is_none() => self.confirm(title, name, view),
            _ => agreed,
        }
    }

    /// The person confirmed: the place, if it is known already; otherwise the system's dialog opens.
    pub fn confirm(&mut self, title: &str, name: &str, view: &mut View<'_>) -> Option<Chosen> {
        self.exists = None;
        if self.typing {
            let path = expanded(self.typed.trim());
            self.told = Some(path.clone());
            return Some(Chosen { path, replace: false });
        }
        self.waiting = true;
        view.asks.push(Ask::Pick(Pick::Save { title: title.to_owned(), name: name.to_owned() }));
        None
    }

    /// The system's dialog answered. It has asked by itself before it replaces.
    pub fn picked(&mut self, picked: Picked, name: &str) -> Option<Chosen> {
        self.waiting = false;
        match picked {
            Picked::Path(path) => {
                self.told = Some(path.clone());
                Some(Chosen { path, replace: true })
            }
            Picked::Cancelled | Picked::Paths(_) => None,
            Picked::NoDialog => {
                self.type_instead(name);
                self.no_dialog = true;
                None
            }
        }
    }

    fn type_instead(&mut self, name: &str) {
        self.typing = true;
        self.fresh = true;
        if self.typed.is_empty() {
            self.typed = format!("~{}{name}", std::path::MAIN_SEPARATOR);
        }
    }

    /// A failure that a question can mend; true when it is one.
    pub fn failed(&mut self, error: &CustodianError) -> bool {
        match error {
            CustodianError::Exists(path) => {
                self.exists = Some(path.clone());
                true
            }
            _ => false,
        }
    }

    /// Draws it; a place when the person agrees to replace what stands there.
    pub fn ui(&mut self, ui: &mut Ui, name: &str) -> Option<Chosen> {
        if self.no_dialog {
            let text = "Type where to save it.";
            Banner {
                tone: Tone::Info,
                strong: "The system's file dialog did not answer.",
                text,
                action: None,
                dismiss: false,
                rounded: true,
            }
            .show(ui);
        }
        if self.typing {
            if std::mem::take(&mut self.fresh) {
                paint::offer_focus(ui.ctx());
            }
            Field::new("Save to").mono().show(ui, &mut self.typed);
        } else if self.waiting {
            ui.horizontal(|ui| {
                crate::desktop::theme::Role::Small.line(
                    ui,
                    crate::desktop::theme::of(ui).text3,
                    "Choose a place in the system's file dialog.",
                );
                if link(ui, "Type a path instead", None).clicked() {
                    self.type_instead(name);
                    self.waiting = false;
                }
            });
        } else if link(ui, "Type a path instead", None).clicked() {
            self.type_instead(name);
        }
        let path = self.exists.clone()?;
        let strong = format!("{} exists already.", path.display());
        let banner = Banner {
            tone: Tone::Warning,
            strong: &strong,
            text: "Nothing was written.",
            action: Some("Replace it"),
            dismiss: false,
            rounded: true,
        };
        let agreed = banner.show(ui) == Some(BannerAnswer::Action);
        agreed.then(|| {
            self.exists = None;
            Chosen { path, replace: true }
        })
    }
}

/// A path as typed, with `~` for the home folder.
pub fn expanded(typed: &str) -> PathBuf {
    let rest = typed.strip_prefix('~').and_then(|rest| rest.strip_prefix(std::path::is_separator));
    match (rest, std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}
