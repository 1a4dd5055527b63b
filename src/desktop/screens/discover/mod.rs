//! Finding keys in folders: which folders, what lies there with its risks, and what is to become of it.

mod choose;
mod results;

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{Align, Layout, ScrollArea, Ui, vec2};

use crate::custodian::discover::{Discovery, Risk};
use crate::custodian::link::{Request, Ticket};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, empty_state, filter_chip, link};
use crate::model::Command;

/// A folder that can be looked through.
struct Place {
    path: PathBuf,
    chosen: bool,
}

/// The screen.
#[derive(Default)]
pub struct Discover {
    /// Read from the machine when the screen is first shown.
    places: Option<Vec<Place>>,
    typed: String,
    trouble: Option<String>,
    /// What the custodian is at.
    busy: Option<(Ticket, &'static str, u64)>,
    found: Option<Discovery>,
    /// Only objects with this risk.
    risk: Option<&'static str>,
    /// Paths of files that are chosen.
    chosen: BTreeSet<String>,
}

impl Discover {
    /// Folders to offer in the place of those of this machine.
    pub fn offer(&mut self, folders: Vec<PathBuf>) {
        self.places = Some(folders.into_iter().map(|path| Place { path, chosen: true }).collect());
    }

    /// The custodian began.
    pub fn begun(&mut self, ticket: Ticket, request: &Request) {
        let what = match request {
            Request::Discover(_) => "Looking at files",
            Request::BringIn { .. } => "Bringing in",
            _ => "Tracking",
        };
        self.busy = Some((ticket, what, 0));
    }

    /// It goes on.
    pub fn progress(&mut self, ticket: Ticket, done: u64) {
        if let Some((busy, _, count)) = &mut self.busy
            && *busy == ticket
        {
            *count = done;
        }
    }

    /// It ended.
    pub fn finished(&mut self, ticket: Ticket) {
        self.busy.take_if(|(busy, ..)| *busy == ticket);
    }

    /// What was found. Cancelled, what was found before stays.
    pub fn take(&mut self, discovery: Discovery) {
        if !discovery.cancelled {
            self.found = Some(discovery);
            self.chosen.clear();
            self.risk = None;
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let places = self.places.get_or_insert_with(|| {
            let folders = crate::custodian::discover::suggestions();
            let own = |path: &PathBuf| path.ends_with(".ssh") || path.starts_with("/etc");
            folders.into_iter().map(|path| Place { chosen: own(&path), path }).collect()
        });
        if let Some((ticket, what, count)) = self.busy {
            if busy_ui(ui, what, count) {
                view.asks.push(Ask::Stop(ticket));
            }
            return;
        }
        let Some(found) = &self.found else {
            if let Some(folders) = choose::ui(ui, places, &mut self.typed, &mut self.trouble) {
                view.asks.push(Ask::Seek(Request::Discover(folders)));
            }
            return;
        };
        let again = head_ui(ui, found, &mut self.risk);
        if found.findings.is_empty() {
            ui.add_space(96.0);
            empty_state(ui, Icon::FolderOpen, "No key, certificate or keystore lies in these folders.", None);
        } else {
            foot_ui(ui, view, found, &mut self.chosen);
            let shown: Vec<usize> = (0..found.findings.len()).filter(|&index| fits(found, index, self.risk)).collect();
            ScrollArea::vertical().auto_shrink(false).id_salt("found").show_rows(ui, results::ROW, shown.len(), |ui, rows| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for &index in &shown[rows] {
                    results::row_ui(ui, index, &found.findings[index], &mut self.chosen);
                }
            });
        }
        if again {
            self.found = None;
        }
    }
}

fn fits(found: &Discovery, index: usize, risk: Option<&str>) -> bool {
    risk.is_none_or(|risk| found.findings[index].risks.iter().any(|one| one.id() == risk))
}

/// What goes on, how far it is, and Cancel; true when a person cancels. How much there is is not known before.
fn busy_ui(ui: &mut Ui, what: &str, count: u64) -> bool {
    let theme = theme::of(ui);
    ui.add_space(96.0);
    let inner = ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        Role::KeyTitle.line(ui, theme.text, what);
        let done = if count == 1 { "1 file so far".to_owned() } else { format!("{count} files so far") };
        Role::Body.line(ui, theme.text2, done);
        ui.add(Button::new("Cancel")).clicked()
    });
    inner.inner
}

/// How much was found, and the filters by risk; true when other folders are to be chosen.
fn head_ui(ui: &mut Ui, found: &Discovery, risk: &mut Option<&'static str>) -> bool {
    let theme = theme::of(ui);
    let mut again = false;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), size::FILTER_ROW), Layout::left_to_right(Align::Center), |ui| {
        ui.add_space(12.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        if filter_chip(ui, "All", Some(found.findings.len()), risk.is_none()).clicked() {
            *risk = None;
        }
        for (id, words) in Risk::IDS.into_iter().zip(results::WORDS) {
            let count = (0..found.findings.len()).filter(|&index| fits(found, index, Some(id))).count();
            if count > 0 && filter_chip(ui, words, Some(count), *risk == Some(id)).clicked() {
                *risk = (*risk != Some(id)).then_some(id);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(16.0);
            again = link(ui, "Other folders", Some(Icon::ArrowRight)).clicked();
            ui.add_space(12.0);
            let unread = match found.unread.len() {
                0 => String::new(),
                count => format!(", {count} could not be read"),
            };
            Role::Small.line(ui, theme.text3, format!("{} files looked at{unread}", found.files));
        });
    });
    again
}

/// What is to become of the chosen files.
fn foot_ui(ui: &mut Ui, view: &mut View<'_>, found: &Discovery, chosen: &mut BTreeSet<String>) {
    let theme = theme::of(ui);
    let private: BTreeSet<&str> = {
        let private = found.findings.iter().filter(|finding| finding.object.is_private());
        private.map(|finding| finding.object.path.as_str()).filter(|path| chosen.contains(*path)).collect()
    };
    let frame = egui::Frame::new().fill(theme.window).inner_margin(egui::Margin::symmetric(16, 8));
    egui::Panel::bottom("discover-foot").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            let count = chosen.len();
            let words = if count == 1 { "1 file chosen".to_owned() } else { format!("{count} files chosen") };
            Role::Small.line(ui, theme.text2, words);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let locked = (!view.desk.context.unlocked).then_some("Unlock the inventory first.");
                let none = locked.or((count == 0).then_some("Choose a file first."));
                let nothing = none.or(private.is_empty().then_some("None of them holds a private key."));
                let paths = || chosen.iter().map(PathBuf::from).collect::<Vec<_>>();
                if ui.add(Button::primary("Bring in").icon(Icon::Download).refused(none)).clicked() {
                    view.asks.push(Ask::Seek(Request::BringIn { paths: paths(), remove: false }));
                }
                let remove = ui.add(Button::new("Bring in and remove the file").refused(nothing));
                let remove = remove.on_hover_text(
                    "Removed once the stored copy was read back and compared. A disk that copies on write may keep old blocks.",
                );
                if remove.clicked() {
                    view.asks.push(Ask::Seek(Request::BringIn { paths: paths(), remove: true }));
                }
                if ui.add(Button::new("Track").icon(Icon::Eye).refused(nothing)).clicked() {
                    let paths = private.iter().map(PathBuf::from).collect();
                    view.asks.push(Ask::Seek(Request::Run(Command::Track(paths))));
                }
            });
        });
    });
}
