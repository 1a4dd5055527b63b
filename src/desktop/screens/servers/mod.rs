//! Servers: what each showed when it was looked at last, held to the inventory; looking at them now, many at
//! a time; adding and forgetting them. The looking itself is the custodian's.

mod detail;
mod facts;
mod head;
mod table;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use egui::{CentralPanel, Frame, Panel, Rect, Ui};

use crate::actions::Action;
use crate::custodian::link::{Request, Ticket};
use crate::custodian::probe::ServerReport;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, size};
use crate::desktop::widgets::{self, empty_state};
use crate::model::Address;
use facts::Line;
use table::Column;

/// Which servers show.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
enum Shows {
    #[default]
    All,
    Attention,
    Unmatched,
}

impl Shows {
    fn passes(self, line: &Line) -> bool {
        match self {
            Self::All => true,
            Self::Attention => line.attention(),
            Self::Unmatched => line.own.is_none() && !line.algorithm.is_empty(),
        }
    }
}

/// A look that is under way.
struct Busy {
    ticket: Ticket,
    asked: BTreeSet<Address>,
    done: u64,
    stopping: bool,
}

/// What the lines were made from: generation, reports, hour; and what chose among them.
type Made = (u64, u64, i64);
type Chosen = (String, Shows, Column, bool);

/// The screen.
#[derive(Default)]
pub struct Servers {
    reports: Vec<ServerReport>,
    /// Goes up whenever the custodian told something.
    told: u64,
    /// The servers for which the custodian was asked, by a mark.
    asked: Option<u64>,
    marked: (u64, u64),
    busy: Option<Busy>,
    lines: Vec<Line>,
    shown: Vec<usize>,
    made: Option<Made>,
    chosen: Option<Chosen>,
    shows: Shows,
    sort: Column,
    downwards: bool,
    /// The selected servers, the one with the focus last.
    selection: Vec<Address>,
    /// Where a range of selected rows began.
    anchor: Option<Address>,
    scroll_to: bool,
    page: usize,
    /// A server that is to be selected, by its place, once it is there.
    wanted: Option<String>,
}

impl Servers {
    /// The custodian told what was seen.
    pub fn take(&mut self, reports: Vec<ServerReport>) {
        self.reports = reports;
        self.told += 1;
    }

    /// The screen is gone to: what others saw meanwhile is asked for again.
    pub fn look_again(&mut self) {
        self.asked = None;
    }

    /// Shows the server at this place.
    pub fn show(&mut self, place: String) {
        self.wanted = Some(place);
        self.shows = Shows::All;
        self.look_again();
    }

    /// A look is under way.
    pub fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    /// The custodian looks at these.
    pub fn begun(&mut self, ticket: Ticket, servers: &[Address]) {
        self.busy = Some(Busy { ticket, asked: servers.iter().cloned().collect(), done: 0, stopping: false });
    }

    /// It goes on.
    pub fn progress(&mut self, ticket: Ticket, done: u64) {
        if let Some(busy) = self.busy.as_mut().filter(|busy| busy.ticket == ticket) {
            busy.done = done;
        }
    }

    /// It ended.
    pub fn finished(&mut self, ticket: Ticket) {
        self.busy.take_if(|busy| busy.ticket == ticket);
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.ask(view);
        self.refresh(view);
        if self.lines.is_empty() {
            return empty_ui(ui, view);
        }
        let ground = Frame::new().fill(theme::of(ui).panel);
        let wide = ui.ctx().content_rect().width() >= size::WIDE;
        if wide {
            Panel::right("server").exact_size(size::INSPECTOR).resizable(false).frame(ground).show(ui, |ui| {
                self.detail_ui(ui, view, false);
            });
        }
        let area = CentralPanel::default().frame(ground).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let area = ui.available_rect_before_wrap();
            self.head_ui(ui, view);
            self.busy_ui(ui, view);
            self.table_ui(ui, view);
            area
        });
        if !wide && !self.selection.is_empty() {
            self.drawer_ui(ui, view, area.inner);
        }
    }

    fn drawer_ui(&mut self, ui: &Ui, view: &mut View<'_>, mut area: Rect) {
        area.min.y += size::FILTER_ROW;
        let width = size::INSPECTOR.min(area.width() - 24.0);
        let mut crossed = false;
        let left = widgets::drawer(&ui.ctx().clone(), "server", area, width, |ui| {
            crossed = self.detail_ui(ui, view, true);
        });
        if crossed || left {
            self.selection.clear();
        }
    }

    /// Asks what was seen of the servers, once for each set of them.
    fn ask(&mut self, view: &mut View<'_>) {
        if self.marked.0 != view.desk.generation {
            self.marked = (view.desk.generation, mark(view.desk));
        }
        if self.asked != Some(self.marked.1) {
            self.asked = Some(self.marked.1);
            if !view.desk.inventory.servers().is_empty() {
                view.asks.push(Ask::Look(Request::Servers));
            }
        }
    }

    fn refresh(&mut self, view: &View<'_>) {
        // “5 min ago” goes on.
        let made = (view.desk.generation, self.told, view.desk.now.as_second().div_euclid(60));
        if self.made != Some(made) {
            self.lines = facts::lines(view.desk, &self.reports);
            self.selection.retain(|address| self.lines.iter().any(|line| line.address == *address));
            self.made = Some(made);
            self.chosen = None;
        }
        if let Some(place) = self.wanted.take() {
            let found = self.lines.iter().find(|line| line.place == place);
            self.selection = found.map(|line| line.address.clone()).into_iter().collect();
            self.scroll_to = true;
        }
        let chosen = (view.desk.search.trim().to_lowercase(), self.shows, self.sort, self.downwards);
        if self.chosen.as_ref() != Some(&chosen) {
            let passes = |line: &Line| self.shows.passes(line) && (chosen.0.is_empty() || line.text.contains(&chosen.0));
            let mut shown: Vec<usize> = (0..self.lines.len()).filter(|&at| passes(&self.lines[at])).collect();
            shown.sort_by(|&one, &other| self.sort.compare(&self.lines[one], &self.lines[other]));
            if self.downwards {
                shown.reverse();
            }
            self.shown = shown;
            self.chosen = Some(chosen);
        }
    }

    /// The line with the focus.
    fn focus(&self) -> Option<&Line> {
        let address = self.selection.last()?;
        self.lines.iter().find(|line| line.address == *address)
    }

    /// Asks for a look at these.
    fn probe(&self, view: &mut View<'_>, servers: Vec<Address>) {
        view.asks.push(Ask::Probe(servers));
    }
}

/// A mark that changes when servers come, go or are taken down.
fn mark(desk: &Desk) -> u64 {
    let mut hasher = DefaultHasher::new();
    for server in desk.inventory.servers() {
        (&server.address, server.seen.as_ref().map(|seen| seen.at)).hash(&mut hasher);
    }
    hasher.finish()
}

fn empty_ui(ui: &mut Ui, view: &mut View<'_>) {
    ui.add_space(96.0);
    let sentence = "No servers yet. Add those whose certificates or host keys you answer for: you then see what each shows, \
                    which of your keys that is, what ends soon and what changed. Nothing but the handshake is sent.";
    ui.vertical_centered(|ui| {
        ui.set_max_width(520.0);
        if empty_state(ui, Icon::Connected, sentence, Some("Add servers")) {
            view.asks.act(Action::AddServers);
        }
    });
}
