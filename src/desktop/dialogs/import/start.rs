//! The first step: where what is to be brought in comes from.

use egui::{Sense, Ui, vec2};

use super::gather::drops;
use crate::desktop::desk::{Ask, Screen, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Pick;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Field, Tone, Weight, follows, link, paint};

/// What is typed and what waits in the first step.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named")]
pub(super) struct Start {
    /// The path that is typed.
    pub(super) typed: String,
    /// A path is typed in place of the system's dialog.
    pub(super) typing: bool,
    /// The field is new, and takes the keyboard.
    fresh: bool,
    /// The system's dialog is open.
    pub(super) waiting: bool,
    no_dialog: bool,
    /// What came of the last try.
    pub(super) told: Option<(Tone, &'static str, String)>,
}

impl Start {
    /// A path is typed from now on.
    pub(super) fn type_instead(&mut self, no_dialog: bool) {
        (self.typing, self.fresh, self.no_dialog, self.waiting) = (true, true, no_dialog, false);
        if self.typed.is_empty() {
            self.typed = format!("~{}", std::path::MAIN_SEPARATOR);
        }
    }

    /// Opens the system's dialog.
    pub(super) fn choose(&mut self, folder: bool, view: &mut View<'_>) {
        self.waiting = true;
        let pick = if folder {
            Pick::Folder { title: "Choose a folder to import".into() }
        } else {
            Pick::OpenMany { title: "Choose files to import".into() }
        };
        view.asks.push(Ask::Pick(pick));
    }

    /// What the button does, and why it cannot.
    pub(super) fn button(&self) -> (&'static str, Option<&'static str>) {
        match (self.typing, self.waiting) {
            (_, true) => ("Choose files", Some("The system's file dialog is open.")),
            (true, false) if self.typed.trim().is_empty() => ("Look into it", Some("Type a path, or paste what is to be read.")),
            (true, false) => ("Look into it", None),
            (false, false) => ("Choose files", None),
        }
    }

    /// Draws it; true when Enter was pressed in the path.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        let theme = theme::of(ui);
        if let Some((tone, strong, text)) = &self.told {
            Banner { tone: *tone, strong, text, action: None, dismiss: false, rounded: true }.show(ui);
        }
        let over = ui.input(|input| !input.raw.hovered_files.is_empty());
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 132.0), Sense::hover());
        let (fill, line) = if over { (theme.selected, theme.accent) } else { (theme.sunken, theme.line) };
        paint::boxed(ui.painter(), rect, size::RADIUS_CARD, fill, line);
        let mut inner = ui.new_child(egui::UiBuilder::new().id_salt("sources").max_rect(rect.shrink(16.0)));
        inner.vertical_centered(|ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            let (at, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
            Icon::SignIn.paint(ui.painter(), at.center(), 24.0, theme.text2);
            let sentence = if drops() {
                "Drop files and folders here, or paste keys and paths with Ctrl V."
            } else {
                "Choose files or a folder, or paste keys and paths with Ctrl V."
            };
            Role::Body.line(ui, theme.text, sentence);
            ui.allocate_ui_with_layout(vec2(236.0, size::CONTROL), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let refused = self.waiting.then_some("The system's file dialog is open.");
                if ui.add(Button::new("Choose a folder").icon(Icon::Folder).refused(refused)).clicked() {
                    self.choose(true, view);
                }
                if ui.add(Button::new("Paste").icon(Icon::Clipboard)).clicked() {
                    ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
                }
            });
        });
        let entered = self.path_ui(ui, view);
        ui.add_space(4.0);
        let kinds = "PKCS#1, SEC 1, PKCS#8, OpenSSH, PuTTY, PKCS#12, Java keystores, JSON Web Keys, age.";
        follows(ui, Icon::Key, Weight::Plain, "Private keys, told by what is in a file and not by its name.", kinds);
        let hint = "A public half or certificate alone becomes an entry that is held elsewhere.";
        follows(ui, Icon::SealCheck, Weight::Plain, "Certificates and public keys join their key.", hint);
        let hint = "You see everything first. The files stay where they are.";
        follows(ui, Icon::ShieldCheck, Weight::Plain, "Nothing is stored before you say so.", hint);
        entered
    }

    fn path_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        if self.typing {
            if self.no_dialog {
                let strong = "The system's file dialog did not answer.";
                Banner { tone: Tone::Info, strong, text: "Type the path.", action: None, dismiss: false, rounded: true }.show(ui);
            }
            if std::mem::take(&mut self.fresh) {
                paint::offer_focus(ui.ctx());
            }
            let field = Field::new("File or folder").mono().show(ui, &mut self.typed);
            return field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            if link(ui, "Type a path instead", None).clicked() {
                self.type_instead(false);
            }
            if link(ui, "Look through whole folders for keys and their risks", Some(Icon::ArrowRight)).clicked() {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Go(Screen::Discover));
            }
        });
        false
    }
}
