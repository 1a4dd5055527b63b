//! Which backup, and what opens it: its passphrase, shares of it, or the identity of a recipient.

use std::path::{Path, PathBuf};

use egui::{Key, Ui};

use crate::custodian::restore::{OpenWith, TypedShares};
use crate::desktop::desk::{Ask, Asks};
use crate::desktop::dialogs::place::expanded;
use crate::desktop::icons::Icon;
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Field, SecretField, SecretText, radio_line};

/// What opens it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Kind {
    Passphrase,
    Shares,
    Identity,
}

/// Which file dialog was asked for.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Asked {
    Backup,
    Sheets,
    Identity,
}

/// What is typed and chosen.
pub struct Opener {
    file: String,
    kind: Kind,
    secret: SecretText,
    sheets: Vec<PathBuf>,
    typed: TypedShares,
    line: SecretText,
    trouble: Option<String>,
    identity: String,
    asked: Asked,
    /// It is at hand already, from the dialog that made the backup.
    given: Option<OpenWith>,
}

impl Default for Opener {
    fn default() -> Self {
        Self {
            file: String::new(),
            kind: Kind::Passphrase,
            secret: SecretText::default(),
            sheets: Vec::new(),
            typed: TypedShares::default(),
            line: SecretText::default(),
            trouble: None,
            identity: String::new(),
            asked: Asked::Backup,
            given: None,
        }
    }
}

impl Opener {
    /// Of a backup that was just made.
    pub fn of(file: &Path, given: Option<OpenWith>) -> Self {
        let kind = if given.is_some() { Kind::Passphrase } else { Kind::Identity };
        Self { file: file.display().to_string(), kind, given, ..Self::default() }
    }

    /// The backup.
    pub fn file(&self) -> PathBuf {
        expanded(self.file.trim())
    }

    /// What opens it is known without asking.
    pub fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Why it cannot be opened yet.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.file.trim().is_empty() {
            return Some("Choose the backup.");
        }
        if self.given.is_some() {
            return None;
        }
        match self.kind {
            Kind::Passphrase => self.secret.is_empty().then_some("Type the passphrase of the backup."),
            Kind::Shares if self.sheets.is_empty() && self.typed.whole() == 0 => Some("Choose the sheets, or type their lines."),
            Kind::Shares => None,
            Kind::Identity => self.identity.trim().is_empty().then_some("Choose the file with the identity."),
        }
    }

    /// What opens it. What was typed stays, for another try.
    pub fn open_with(&self) -> OpenWith {
        match (&self.given, self.kind) {
            (Some(OpenWith::Passphrase(words)), _) => {
                OpenWith::Passphrase(crate::secret::Passphrase::new(words.expose().to_owned()))
            }
            (Some(OpenWith::Sheets(sheets)), _) => OpenWith::Sheets(sheets.clone()),
            (_, Kind::Shares) if self.sheets.is_empty() => self.typed.open_with(),
            (_, Kind::Shares) => OpenWith::Sheets(self.sheets.clone()),
            (_, Kind::Identity) => OpenWith::Identity(expanded(self.identity.trim())),
            (_, Kind::Passphrase) => OpenWith::Passphrase(self.secret.passphrase()),
        }
    }

    /// The system's file dialog answered.
    pub fn picked(&mut self, picked: Picked) {
        match (self.asked, picked) {
            (Asked::Backup, Picked::Path(path)) => self.file = path.display().to_string(),
            (Asked::Identity, Picked::Path(path)) => self.identity = path.display().to_string(),
            (Asked::Sheets, Picked::Paths(paths)) => self.sheets = paths,
            (Asked::Sheets, Picked::Path(path)) => self.sheets = vec![path],
            _ => {}
        }
    }

    /// Draws it. Returns whether Enter was pressed in the passphrase.
    pub fn ui(&mut self, ui: &mut Ui, asks: &mut Asks) -> bool {
        self.file_ui(ui, asks);
        if self.given.is_some() {
            Role::Small.line(ui, theme::of(ui).text3, "What opens it is still at hand from making it.");
            return false;
        }
        ui.add_space(4.0);
        Role::SmallStrong.line(ui, theme::of(ui).text2, "What opens it");
        self.kinds_ui(ui);
        match self.kind {
            Kind::Passphrase => {
                let response = SecretField::new("Passphrase of the backup").width(420.0).show(ui, &mut self.secret);
                return response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            }
            Kind::Shares => self.shares_ui(ui, asks),
            Kind::Identity => {
                let chosen = path_ui(ui, "File with the identity", &mut self.identity, "Choose the identity");
                if chosen {
                    self.asked = Asked::Identity;
                    asks.push(Ask::Pick(Pick::Open { title: "Choose the identity".into() }));
                }
                Role::Small.line(ui, theme::of(ui).text3, "An age identity, or an SSH private key without a passphrase.");
            }
        }
        false
    }

    fn file_ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        if path_ui(ui, "Backup", &mut self.file, "Choose the backup") {
            self.asked = Asked::Backup;
            asks.push(Ask::Pick(Pick::Open { title: "Choose the backup".into() }));
        }
    }

    fn kinds_ui(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let kinds = [
                (Kind::Passphrase, "Its passphrase", "Not that of the inventory: each backup has its own"),
                (Kind::Shares, "Shares", "Sheets that together give the passphrase"),
                (Kind::Identity, "An identity", "Where it was made for recipients"),
            ];
            for (kind, title, hint) in kinds {
                if radio_line(ui, self.kind == kind, false, title, hint).clicked() {
                    self.kind = kind;
                }
            }
        });
    }

    fn shares_ui(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let theme = theme::of(ui);
        let shares = |count: usize| if count == 1 { "1 share".to_owned() } else { format!("{count} shares") };
        let needed = self.typed.needed().map_or_else(String::new, |needed| format!(" of {needed} that are needed"));
        let lines = match self.typed.lines() {
            0 => String::new(),
            1 => ", and 1 line of the next".into(),
            count => format!(", and {count} lines of the next"),
        };
        ui.horizontal(|ui| {
            if ui.add(Button::new("Choose the files of the sheets").icon(Icon::FolderOpen)).clicked() {
                self.asked = Asked::Sheets;
                asks.push(Ask::Pick(Pick::OpenMany { title: "Choose the sheets".into() }));
            }
            let told = match self.sheets.len() {
                0 => format!("{}{needed} typed{lines}.", shares(self.typed.whole())),
                count => format!("{} chosen as files.", shares(count)),
            };
            Role::Body.line(ui, theme.text2, told);
        });
        if !self.sheets.is_empty() {
            return;
        }
        let mut add = false;
        ui.horizontal(|ui| {
            let label = format!("Line {} of share {}", self.typed.lines() + 1, self.typed.whole() + 1);
            let field = SecretField::new(&label).width(420.0).show(ui, &mut self.line);
            add = field.has_focus() && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter));
            ui.vertical(|ui| {
                ui.add_space(20.0);
                ui.horizontal(|ui| {
                    add |= ui.add(Button::new("Add the line")).clicked();
                    if self.typed.lines() > 0 && ui.add(Button::ghost("Begin this share anew")).clicked() {
                        self.typed.forget_lines();
                    }
                });
            });
        });
        if let Some(trouble) = &self.trouble {
            Role::Small.label(ui, theme.critical().ink, trouble.clone());
        }
        if add && !self.line.is_empty() {
            self.trouble = self.typed.add(&self.line.take()).err().map(|error| error.to_string());
        }
    }
}

/// A path with a button beside it; whether that was clicked.
fn path_ui(ui: &mut Ui, label: &str, path: &mut String, button: &str) -> bool {
    let mut clicked = false;
    ui.horizontal(|ui| {
        Field::new(label).mono().width(420.0).show(ui, path);
        ui.vertical(|ui| {
            ui.add_space(20.0);
            clicked = ui.add(Button::new(button).icon(Icon::FolderOpen)).clicked();
        });
    });
    clicked
}
