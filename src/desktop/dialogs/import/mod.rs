//! Bringing in what lies in files: where from, what was found and what becomes of each, how it ended.
//!
//! The secrets that were read stay with the custodian; here are only facts of them.

mod folders;
mod gather;
mod lines;
mod start;
mod table;
mod words;

use std::sync::Arc;

use egui::{Context, Frame, Key, Margin, Modifiers, Ui};

pub use folders::FromFolders;
pub use gather::dropped;
pub(super) use gather::{drops, pasted};

use self::folders::Folders;
use self::lines::{Lines, Show};
use self::start::Start;
use super::place::expanded;
use super::{Form, Work};
use crate::custodian::discover::{OLD_BLOCKS, Removal};
use crate::custodian::import::{Ended, Object, Source};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, Screen, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Banner, Button, Dialog, DialogAnswer, Field, SecretField, SecretText, Tone, combo, filter_chip, link, paint, tag_editor,
};
use crate::model::KeyId;

/// Widest and narrowest that the preview is.
const WIDTH: (f32, f32) = (520.0, 1040.0);

/// How far it is.
enum Step {
    Start,
    Reading,
    Preview,
    Trying,
    Adding,
    Storing,
    Removing,
    Done,
}

/// Brings in keys and certificates.
pub struct ImportKeys {
    step: Step,
    start: Start,
    /// What is to be read once the dialog is there.
    pending: Vec<Source>,
    lines: Option<Lines>,
    files: u64,
    /// Files that were locked before the last passphrase, and whether one was tried.
    tried: Option<usize>,
    secret: SecretText,
    offer_secret: bool,
    owner: String,
    tags: Vec<String>,
    typed_tag: String,
    store: Option<String>,
    /// Keys that were brought in.
    keys: Vec<KeyId>,
    cancelled: bool,
    closing: bool,
    work: Work,
    looked: u64,
    /// The files were found in folders.
    folders: Option<Folders>,
}

impl ImportKeys {
    /// Asks where from.
    pub fn start(view: &View<'_>) -> Self {
        Self::of(Vec::new(), view)
    }

    /// Of what was dropped on the window.
    pub fn of(pending: Vec<Source>, view: &View<'_>) -> Self {
        Self {
            step: Step::Start,
            start: Start::default(),
            pending,
            lines: None,
            files: 0,
            tried: None,
            secret: SecretText::default(),
            offer_secret: false,
            owner: view.settings.default_owner.clone(),
            tags: Vec::new(),
            typed_tag: String::new(),
            store: None,
            keys: Vec::new(),
            cancelled: false,
            closing: false,
            work: Work::Idle,
            looked: 0,
            folders: None,
        }
    }

    /// Of files that were discovered.
    pub fn of_found(from: FromFolders, view: &View<'_>) -> Self {
        let pending = from.paths.iter().cloned().map(Source::Path).collect();
        Self { folders: Some(Folders::new(from)), ..Self::of(pending, view) }
    }

    fn read_sources(&mut self, sources: Vec<Source>, view: &mut View<'_>) {
        if sources.is_empty() {
            return;
        }
        (self.step, self.looked, self.cancelled, self.tried) = (Step::Reading, 0, false, None);
        self.start.told = None;
        self.work.begin();
        view.asks.push(Ask::Request(Request::Read(sources)));
    }

    /// Looks into more files beside those that show.
    fn add_sources(&mut self, sources: Vec<Source>, view: &mut View<'_>) {
        if sources.is_empty() {
            return;
        }
        (self.step, self.tried) = (Step::Adding, None);
        self.work.begin();
        view.asks.push(Ask::Request(Request::ReadMore(sources)));
    }

    /// Closes it, once what is under way has stopped, and has what was read forgotten.
    fn close(&mut self, view: &mut View<'_>) {
        if self.work.is_busy() {
            (self.closing, self.cancelled) = (true, true);
            view.asks.push(Ask::Cancel);
            return;
        }
        view.asks.push(Ask::Look(Request::ForgetRead));
        view.asks.push(Ask::Close);
        if let Some(folders) = &self.folders {
            folders.leave(view);
        }
    }

    /// Back to the first step, saying why.
    fn back(&mut self, told: Option<(Tone, &'static str, String)>, view: &mut View<'_>) {
        (self.step, self.lines, self.start.told) = (Step::Start, None, told);
        self.secret.clear();
        view.asks.push(Ask::Look(Request::ForgetRead));
    }

    fn start_ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let (confirm, refused) = self.start.button();
        // A dialog keeps its size, so one that says more is another one.
        let id = if self.start.told.is_some() { "import-told" } else { "import" };
        let dialog = Dialog { id, title: "Import", width: size::DIALOG_WIDE, confirm, refused, ..Dialog::default() };
        let (answer, entered) = dialog.show(ctx, |ui| self.start.ui(ui, view));
        if answer == Some(DialogAnswer::Cancel) {
            return self.close(view);
        }
        let mut sources = dropped(ctx);
        if !ctx.text_edit_focused() {
            sources.extend(gather::pasted(ctx));
        }
        if sources.is_empty() && refused.is_none() && (answer == Some(DialogAnswer::Confirm) || entered) {
            if self.start.typing {
                sources.push(Source::Path(expanded(self.start.typed.trim())));
            } else {
                self.start.choose(false, view);
            }
        }
        self.read_sources(sources, view);
    }

    fn reading_ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = Some("Files are being read.");
        let dialog = Dialog {
            id: "import-reading",
            title: "Import",
            width: size::DIALOG,
            confirm: "Import",
            refused,
            ..Dialog::default()
        };
        let (answer, cancelled) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let sentence = if self.cancelled { "Stopping" } else { "Looking into files" };
            let count = if self.looked == 1 { "1 file so far".to_owned() } else { format!("{} files so far", self.looked) };
            ui.horizontal(|ui| {
                Role::BodyMedium.line(ui, theme.text, sentence);
                Role::Small.line(ui, theme.text3, count);
            });
            ui.add(Button::new("Stop").small()).clicked()
        });
        if answer == Some(DialogAnswer::Cancel) {
            self.close(view);
        } else if cancelled && !self.cancelled {
            self.cancelled = true;
            view.asks.push(Ask::Cancel);
        }
    }

    fn preview_ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(mut lines) = self.lines.take() else { return };
        let done = matches!(self.step, Step::Done);
        let room = ctx.content_rect();
        let width = (room.width() - 48.0).clamp(WIDTH.0, WIDTH.1);
        let busy = self.work.is_busy();
        let lacks = lines.refusal().filter(|_| !self.only_removes(&lines)).map(str::to_owned);
        let refused = self.work.refusal().map(str::to_owned).or(lacks).filter(|_| !done);
        let shows = done && !self.keys.is_empty();
        let bring = self.confirm_words(&lines);
        let untouched = self.folders.as_ref().is_none_or(Folders::untouched);
        let dialog = Dialog {
            id: "import-preview",
            title: if done { "Import: how it ended" } else { "Import" },
            width,
            note: if done && untouched {
                "The files were not touched."
            } else if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
                "Drop them to look into these files too."
            } else if done {
                OLD_BLOCKS
            } else if self.to_remove(&lines) > 0 {
                "What is brought in can be destroyed later, not taken back."
            } else {
                "The files stay. What is brought in can be destroyed later, not taken back."
            },
            cancel: if !done {
                "Cancel"
            } else if shows {
                "Close"
            } else {
                ""
            },
            confirm: if !done {
                &bring
            } else if shows {
                "Show them"
            } else {
                "Close"
            },
            extra: (!done && !busy && self.folders.is_none()).then_some((Icon::ArrowLeft, "Other files")),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let height = room.height() - 32.0 - 132.0 - 28.0;
        let (answer, entered) = dialog.show(ctx, |ui| {
            self.over_ui(ui, &lines, view);
            // What goes on can be stopped; what it works with stays as it is.
            if busy {
                ui.disable();
            }
            if filters_ui(ui, &mut lines, self.start.waiting, view) {
                self.start.choose(false, view);
            }
            let foot = if done { 0.0 } else { 88.0 };
            let above = ui.min_rect().height();
            let entered =
                table::ui(ui, &mut lines, (height - above - foot - size::COLUMN_HEAD - 20.0).max(size::ROW * 2.0), view);
            if !done {
                self.for_all_ui(ui, view);
            }
            entered
        });
        match answer {
            Some(DialogAnswer::Cancel) => self.close(view),
            Some(DialogAnswer::Extra) => {
                self.back(None, view);
                return;
            }
            _ if refused.is_none() && !busy && (answer == Some(DialogAnswer::Confirm) || entered) => self.confirm(&lines, view),
            _ => {}
        }
        self.lines = Some(lines);
        if !done && !busy {
            let mut sources = dropped(ctx);
            if !ctx.text_edit_focused() {
                sources.extend(gather::pasted(ctx));
            }
            self.add_sources(sources, view);
        }
    }

    fn confirm(&mut self, lines: &Lines, view: &mut View<'_>) {
        if matches!(self.step, Step::Done) {
            if !self.keys.is_empty() {
                view.asks.push(Ask::Go(Screen::Inventory));
                view.asks.push(Ask::Select(self.keys.clone()));
            }
            return self.close(view);
        }
        let mut tags = self.tags.clone();
        tags.extend(self.typed_tag.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
        if self.only_removes(lines) {
            return self.remove(view);
        }
        let choices = lines.choices(self.owner.trim(), &tags, self.store.as_deref());
        self.step = Step::Storing;
        self.work.begin();
        view.asks.push(Ask::Request(Request::Import(choices)));
    }

    /// What stands over the table: what is locked, what goes on, what failed, how it ended.
    fn over_ui(&mut self, ui: &mut Ui, lines: &Lines, view: &mut View<'_>) {
        match self.step {
            Step::Done => {
                // The removal may have failed after all was brought in.
                self.work.ui(ui, "Removing files", view);
                if lines.ended.is_some() {
                    summary_ui(ui, lines, self.cancelled);
                }
            }
            Step::Storing => self.work.ui(ui, "Bringing in", view),
            Step::Removing => self.work.ui(ui, "Removing files", view),
            _ => {
                let sentence =
                    if matches!(self.step, Step::Adding) { "Looking into more files" } else { "Trying the passphrase" };
                self.work.ui(ui, sentence, view);
                if lines.locked() > 0 {
                    self.locked_ui(ui, lines.locked(), view);
                }
            }
        }
        if let Some(folders) = &self.folders {
            folders.ui(ui, lines);
        }
    }

    /// One passphrase tried on every file that is locked.
    fn locked_ui(&mut self, ui: &mut Ui, locked: usize, view: &mut View<'_>) {
        let theme = theme::of(ui);
        if std::mem::take(&mut self.offer_secret) {
            paint::offer_focus(ui.ctx());
        }
        let files = |count: usize| if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
        let (strong, text) = match self.tried {
            None => (format!("{} encrypted.", files(locked)), "One passphrase is tried on all of them.".to_owned()),
            Some(before) if before > locked => {
                (format!("{} opened, {} still encrypted.", before - locked, files(locked)), "Try another passphrase.".to_owned())
            }
            Some(_) => (
                format!("That passphrase opens none of them. {} still encrypted.", files(locked)),
                "Where a form can tell a wrong passphrase from damage, its line says which.".to_owned(),
            ),
        };
        Frame::new().fill(theme.warning().tint).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(12, 8)).show(
            ui,
            |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    let (rect, _) = ui.allocate_exact_size(egui::vec2(size::ICON, 52.0), egui::Sense::hover());
                    Icon::Lock.paint_filled(ui.painter(), rect.center(), size::ICON, theme.warning().ink);
                    ui.vertical(|ui| {
                        ui.set_width(ui.available_width() - 336.0);
                        ui.spacing_mut().item_spacing.y = 0.0;
                        ui.add_space(8.0);
                        Role::BodyStrong.label(ui, theme.text, strong);
                        Role::Small.label(ui, theme.text2, text);
                    });
                    ui.horizontal_top(|ui| {
                        let refused = self.secret.is_empty().then_some("Type a passphrase first.");
                        let field = SecretField::new("Passphrase of the files").width(240.0).show(ui, &mut self.secret);
                        let entered = field.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
                        let button = ui.vertical(|ui| {
                            ui.add_space(20.0);
                            ui.add(Button::new("Try").min_width(72.0).refused(refused)).clicked()
                        });
                        let pressed = button.inner;
                        if (pressed || entered) && refused.is_none() && !self.work.is_busy() {
                            (self.step, self.tried) = (Step::Trying, Some(locked));
                            self.work.begin();
                            view.asks.push(Ask::Request(Request::ReadAgain(self.secret.take())));
                        }
                    });
                });
            },
        );
    }

    /// What holds for all that is brought in.
    fn for_all_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        // The keyboard of a new dialog belongs to the passphrase or to the table.
        paint::focus_taken(ui.ctx());
        let third = (ui.available_width() - 24.0) / 3.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            Field::new("Owner of all").hint("nobody named").width(third).show(ui, &mut self.owner);
            ui.vertical(|ui| {
                ui.set_width(third);
                tag_editor(ui, "Tags of all", &mut self.tags, &mut self.typed_tag, "Add a tag", false);
            });
            let stores: Vec<&str> = view.desk.inventory.stores().iter().map(|store| &*store.name).collect();
            let home = view.desk.inventory.home().map_or("", |home| &home.name);
            let chosen = self.store.clone().unwrap_or_else(|| home.to_owned());
            if let Some(index) = combo(ui, "Store", &chosen, &stores, third) {
                self.store = stores.get(index).map(|name| (*name).to_owned());
            }
        });
    }
}

/// The filters, and what holds for all lines; true when more files are wanted.
fn filters_ui(ui: &mut Ui, lines: &mut Lines, waiting: bool, view: &View<'_>) -> bool {
    let (done, mut more) = (lines.ended.is_some(), false);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for show in Show::ALL {
            let name = match show {
                Show::All => "All",
                Show::In => {
                    if done {
                        "Brought in"
                    } else {
                        "To bring in"
                    }
                }
                Show::Here => "Here already",
                Show::Not => {
                    if done {
                        "Not brought in"
                    } else {
                        "Cannot be read"
                    }
                }
            };
            if filter_chip(ui, name, Some(lines.count(show)), lines.show == show).clicked() {
                lines.filter(show);
            }
        }
        let (ticked, all) = lines.ticked();
        if done {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            more = link(ui, "Add files", None).clicked() && !waiting;
            if all == 0 {
                return;
            }
            let (text, on) = if ticked == all { ("Untick all", false) } else { ("Tick all", true) };
            if link(ui, text, None).clicked() {
                lines.tick_all(on, &view.desk.inventory);
            }
            // Where the window is narrow the lines tell it themselves.
            if ui.available_width() > 160.0 {
                Role::Small.line(ui, theme::of(ui).text3, format!("{ticked} of {all} ticked, F2 renames"));
            }
        });
    });
    more
}

/// How it ended, in a sentence.
fn summary_ui(ui: &mut Ui, lines: &Lines, cancelled: bool) {
    let (brought, here, not) = (lines.count(Show::In), lines.count(Show::Here), lines.count(Show::Not));
    let strong = match brought {
        0 => "Nothing was brought in.".to_owned(),
        1 => "1 was brought in, read back and compared where it has a private half.".to_owned(),
        many => format!("{many} were brought in; the private halves among them were read back and compared."),
    };
    let mut text = Vec::new();
    if cancelled {
        text.push("It was stopped.".to_owned());
    }
    if here > 0 {
        text.push(format!("{here} here already."));
    }
    if not > 0 {
        text.push(format!("{not} not brought in; each line says why."));
    }
    let tone = if brought == 0 { Tone::Warning } else { Tone::Good };
    let text = text.join(" ");
    Banner { tone, strong: &strong, text: &text, action: None, dismiss: false, rounded: true }.show(ui);
}

impl Form for ImportKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let pending = std::mem::take(&mut self.pending);
        self.read_sources(pending, view);
        match self.step {
            Step::Start => self.start_ui(ctx, view),
            Step::Reading => self.reading_ui(ctx, view),
            Step::Preview | Step::Trying | Step::Adding | Step::Storing | Step::Removing | Step::Done => {
                self.preview_ui(ctx, view);
            }
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let was_reading = matches!(self.step, Step::Reading);
        self.work = Work::Idle;
        match result {
            Err(error) if was_reading => self.back(Some((Tone::Critical, "Not read.", error.to_string())), view),
            Err(error) => {
                self.step = if matches!(self.step, Step::Removing) { Step::Done } else { Step::Preview };
                self.work.fail(error);
            }
            Ok(_) if was_reading => {
                self.back(Some((Tone::Info, "Stopped.", "Nothing was brought in.".into())), view);
            }
            Ok(_) if matches!(self.step, Step::Removing) => self.step = Step::Done,
            Ok(outcome) => {
                self.keys.clone_from(&outcome.keys);
                self.cancelled = outcome.cancelled.is_some();
                if !self.cancelled && matches!(self.step, Step::Done) {
                    self.remove(view);
                }
            }
        }
        if self.closing {
            self.closing = false;
            self.close(view);
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.looked = done;
        if total > 0 {
            self.work.progress(done, total);
        }
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        self.start.waiting = false;
        let paths = match picked {
            Picked::Path(path) => vec![path],
            Picked::Paths(paths) => paths,
            Picked::Cancelled => return,
            Picked::NoDialog if self.lines.is_some() => {
                let told = "The system's file dialog did not answer. Paste paths with Ctrl V, or drop files on the window.";
                self.work = Work::Failed(told.into());
                return;
            }
            Picked::NoDialog => return self.start.type_instead(true),
        };
        let sources = paths.into_iter().map(Source::Path).collect();
        match self.step {
            Step::Start => self.read_sources(sources, view),
            Step::Preview => self.add_sources(sources, view),
            _ => {}
        }
    }

    fn read(&mut self, objects: &Arc<[Object]>, files: u64, view: &mut View<'_>) {
        if self.cancelled {
            return;
        }
        self.files = files;
        self.work = Work::Idle;
        if objects.is_empty() {
            let files =
                if files == 1 { "1 file was looked into;".to_owned() } else { format!("{files} files were looked into;") };
            let text = format!("{files} none holds a key, certificate or request that is known.");
            return self.back(Some((Tone::Info, "Nothing to bring in was found.", text)), view);
        }
        let lines = Lines::of(objects.clone(), self.lines.take(), &view.desk.inventory);
        self.offer_secret = lines.locked() > 0;
        let reveal = !self.offer_secret;
        self.lines = Some(Lines { reveal, ..lines });
        self.step = Step::Preview;
    }

    fn removed(&mut self, removals: &[Removal], _view: &mut View<'_>) {
        if let Some(folders) = &mut self.folders {
            folders.removed(removals.to_vec());
        }
    }

    fn imported(&mut self, ended: &[Ended], _view: &mut View<'_>) {
        if let Some(lines) = &mut self.lines {
            lines.ended = Some(ended.to_vec());
            lines.filter(Show::All);
            lines.reveal = true;
        }
        self.keys = ended.iter().filter(|one| one.outcome == "imported").filter_map(|one| one.key).collect();
        self.keys.sort_unstable();
        self.keys.dedup();
        self.step = Step::Done;
    }
}
