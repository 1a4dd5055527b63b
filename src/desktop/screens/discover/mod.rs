//! Finding keys in folders: which folders, what lies there with its risks, and what is to become of it.

mod choose;
mod foot;
mod found;
mod results;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use egui::scroll_area::ScrollBarVisibility;
use egui::{Align, Layout, ScrollArea, Ui, vec2};

use self::choose::Choose;
use self::found::{Found, Show};
use crate::actions::Action;
use crate::custodian::discover::{Discovery, Risk, tracked_files};
use crate::custodian::link::{Request, Ticket};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Tone, empty_state_of, filter_chip, icon_tile, link};
use crate::model::alert::FileTrouble;
use crate::model::name::shown;
use crate::model::{Command, VersionRef};

/// A file that is tracked where it lies.
struct Watched {
    versions: Vec<VersionRef>,
    /// The keys whose private halves it holds, in words.
    names: String,
    /// It changed or is gone: what is wrong, and what to do.
    trouble: Option<FileTrouble>,
}

/// What is tracked, by path.
type Tracked = BTreeMap<Box<str>, Watched>;

/// The screen.
#[derive(Default)]
pub struct Discover {
    choose: Choose,
    /// The folders that were looked through last.
    folders: Vec<PathBuf>,
    /// What the custodian is at.
    busy: Option<(Ticket, &'static str, u64)>,
    found: Option<Found>,
    tracked: Tracked,
    /// For which generation of the desk that holds.
    made: u64,
}

impl Discover {
    /// Folders of this machine in which keys usually lie.
    pub fn suggested(&mut self, folders: Vec<PathBuf>) {
        self.choose.suggested(folders);
    }

    /// The custodian began.
    pub fn begun(&mut self, ticket: Ticket, request: &Request) {
        let what = match request {
            Request::Discover(folders) => {
                self.folders.clone_from(folders);
                "Looking at files"
            }
            Request::Run(Command::StopTracking(_)) => "Ending the tracking",
            Request::Run(_) => "Tracking",
            // What is only looked up keeps nobody waiting.
            _ => return,
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
            self.found = Some(Found::of(discovery, self.found.take()));
        }
    }

    /// The system's file dialog is open for this screen.
    pub fn waits_for_folder(&self) -> bool {
        self.choose.waiting
    }

    /// The system's file dialog answered.
    pub fn picked(&mut self, picked: Picked) {
        self.choose.picked(picked);
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        if self.made != view.desk.generation {
            self.made = view.desk.generation;
            self.tracked = watched(view.desk);
        }
        if let Some((ticket, what, count)) = self.busy {
            if busy_ui(ui, what, count) {
                view.asks.push(Ask::Stop(ticket));
            }
            return;
        }
        let Some(found) = &mut self.found else {
            return self.choose.ui(ui, &self.tracked, view);
        };
        if found.files.is_empty() && found.discovery.unread.is_empty() {
            ui.add_space(96.0);
            let looked = match found.discovery.files {
                1 => "1 file was looked at.".to_owned(),
                files => format!("{} files were looked at.", words::grouped(files)),
            };
            let sentence = format!("No key, certificate or keystore lies in these folders. {looked}");
            match empty_state_of(ui, Icon::FolderOpen, &sentence, &["Other folders", "Import files"]) {
                Some(0) => self.found = None,
                Some(_) => view.asks.act(Action::Import),
                None => {}
            }
            return;
        }
        match head_ui(ui, found) {
            Some(Next::OtherFolders) => {
                self.found = None;
                return;
            }
            Some(Next::Again) => view.asks.push(Ask::Seek(Request::Discover(self.folders.clone()))),
            None => {}
        }
        if found.discovery.too_many {
            let strong = "There is more than can be shown at once.";
            Banner { tone: Tone::Warning, strong, text: "Choose fewer folders.", action: None, dismiss: false, rounded: false }
                .show(ui);
        }
        foot::ui(ui, found, &self.folders, &self.tracked, view);
        results::heads_ui(ui, found);
        results::ui(ui, found, &self.tracked, view.desk);
    }
}

/// What is tracked, with how it is.
fn watched(desk: &Desk) -> Tracked {
    let mut tracked = Tracked::new();
    for file in tracked_files(&desk.inventory) {
        let key = file.version.key;
        let name = desk.inventory.key(key).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
        let trouble = desk.health.conditions.files.iter().find(|(of, _)| *of == key).map(|(_, trouble)| trouble.clone());
        match tracked.get_mut(&file.path) {
            Some(watched) => {
                watched.versions.push(file.version);
                watched.names = format!("{}, {name}", watched.names);
            }
            None => drop(tracked.insert(file.path, Watched { versions: vec![file.version], names: name, trouble })),
        }
    }
    tracked
}

/// What goes on, how far it is, and Cancel; true when a person cancels. How much there is is not known before.
fn busy_ui(ui: &mut Ui, what: &str, count: u64) -> bool {
    let theme = theme::of(ui);
    ui.add_space(96.0);
    let inner = ui.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = 12.0;
        icon_tile(ui, Icon::Search, 48.0);
        Role::KeyTitle.line(ui, theme.text, what);
        let done = if count == 1 { "1 file so far".to_owned() } else { format!("{} files so far", words::grouped(count)) };
        Role::Body.line(ui, theme.text2, done);
        ui.add(Button::new("Cancel").min_width(96.0)).clicked()
    });
    inner.inner
}

/// What a person wants in place of what was found.
enum Next {
    OtherFolders,
    Again,
}

/// The filters by risk, and what leads away from what was found.
fn head_ui(ui: &mut Ui, found: &mut Found) -> Option<Next> {
    let mut next = None;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), size::FILTER_ROW), Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        ui.add_space(16.0);
        if link(ui, "Other folders", Some(Icon::ArrowRight)).clicked() {
            next = Some(Next::OtherFolders);
        }
        if link(ui, "Look again", None).clicked() {
            next = Some(Next::Again);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(12.0);
            // In a narrow window the filters scroll sideways.
            let area = ScrollArea::horizontal().id_salt("discover-filters");
            area.scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden).show(ui, |ui| filters_ui(ui, found));
        });
    });
    next
}

fn filters_ui(ui: &mut Ui, found: &mut Found) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let risks = Risk::IDS.into_iter().map(|id| (Show::Risk(id), words::risk(id)));
    let all = [(Show::All, "All files")].into_iter().chain(risks).chain([(Show::Unread, "Not looked at")]);
    for (show, words) in all {
        let count = found.count(show);
        if count == 0 && show != Show::All {
            continue;
        }
        let chip = filter_chip(ui, words, Some(count), found.show == show);
        if chip.gained_focus() {
            chip.scroll_to_me(None);
        }
        if chip.clicked() {
            found.filter(if found.show == show { Show::All } else { show });
        }
    }
}
