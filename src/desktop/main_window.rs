//! The inventory's window: the desk, its rows, and the screens over them.

use egui::{CentralPanel, Panel, Ui};

use super::certificates::Certificates;
use super::desk::{AgentView, Asks, Desk, Screen, View};
use super::dialogs::UnlockForm;
use super::known_stores::KnownStores;
use super::rows::{Column, Narrow, Rows};
use super::screens::alerts::Alerts;
use super::screens::discover::Discover;
use super::screens::hand_overs::HandOvers;
use super::screens::inspector::Inspector;
use super::screens::log::LogScreen;
use super::screens::palette::Palette;
use super::screens::policies::Policies;
use super::screens::recipients::Recipients;
use super::screens::servers::Servers;
use super::screens::stores::Stores;
use super::screens::table::Table;
use super::settings::Settings;
use super::shell::Shell;
use super::theme::{self, size};
use super::timeline::Timeline;
use super::widgets::{self};
use crate::actions::Context;
use crate::custodian::{Health, LockState};
use crate::model::{AlertList, Command, Inventory, KeyId, Query, Record, Time, name};

/// States asked when it is decided which actions are enabled; more selected keys are alike.
const ASKED: usize = 100;

/// Everything of an open inventory.
pub struct MainWindow {
    /// What every screen reads.
    pub desk: Desk,
    /// Sorted and filtered.
    pub rows: Rows,
    /// Which one shows.
    pub screen: Screen,
    /// What takes back the last changes, the newest last.
    pub undo: Vec<Command>,
    /// The palette, while it is open.
    pub palette: Option<Palette>,
    /// The form of the lock screen, while the content is hidden.
    pub locked: Option<UnlockForm>,
    /// The table.
    pub table: Table,
    /// The timeline.
    pub timeline: Timeline,
    /// The audit log.
    pub log: LogScreen,
    /// The hand-overs.
    pub hand_overs: HandOvers,
    /// The policies, with what is not saved of them.
    pub policies: Policies,
    /// What was found in folders.
    pub discover: Discover,
    /// What servers show.
    pub servers: Servers,
    /// Who gets keys.
    pub recipients: Recipients,
    /// Where keys lie.
    pub stores: Stores,
    /// Rail, top bar, banner, foot.
    pub shell: Shell,
    inspector: Inspector,
    alerts: Alerts,
    query: Query,
    machine: Time,
}

impl MainWindow {
    /// Over an inventory that was opened.
    pub fn new(mut inventory: Inventory, health: Health, machine: Time, zone: jiff::tz::TimeZone, settings: &Settings) -> Self {
        inventory.reindex();
        let now = inventory.clock(machine);
        // Both look at every key, and neither at what the other makes.
        let find = || AlertList::new(&inventory, &health.conditions, now, machine);
        let (rows, alerts) = std::thread::scope(|scope| {
            let alerts = scope.spawn(find);
            (Rows::new(&inventory, now), alerts.join().unwrap_or_else(|_| find()))
        });
        let mut main = Self {
            desk: Desk {
                inventory,
                now,
                zone,
                health,
                alerts,
                selection: Vec::new(),
                context: Context::default(),
                generation: 1,
                history: None,
                check_value: None,
                agent: AgentView::default(),
                certificates: Certificates::default(),
                stores: KnownStores::default(),
                search: String::new(),
                search_error: None,
            },
            rows,
            screen: Screen::Inventory,
            undo: Vec::new(),
            palette: None,
            locked: None,
            table: Table::default(),
            timeline: Timeline::default(),
            log: LogScreen::default(),
            hand_overs: HandOvers::default(),
            policies: Policies::default(),
            discover: Discover::default(),
            servers: Servers::default(),
            recipients: Recipients::default(),
            stores: Stores::default(),
            shell: Shell::default(),
            inspector: Inspector::default(),
            alerts: Alerts::default(),
            query: Query::default(),
            machine,
        };
        if let Some((name, downwards)) = &settings.sort
            && let Some(column) = Column::ALL.into_iter().find(|column| column.name() == name)
        {
            main.rows.set_sort(&main.desk.inventory, column, *downwards);
        }
        main.refresh();
        main
    }

    /// Folds in records, each once and in order.
    pub fn fold(&mut self, records: &[std::sync::Arc<Record>]) {
        let mut touched = Vec::new();
        for record in records {
            if record.seq <= self.desk.inventory.seq() {
                continue;
            }
            match self.desk.inventory.apply(record) {
                Ok(changes) if changes.every_key => touched.extend(0..self.desk.inventory.keys().len() as u32),
                Ok(changes) => touched.extend(changes.keys),
                Err(error) => {
                    let text = format!(
                        "This window could not follow the log ({error}). Close it and open it again; no key is affected."
                    );
                    self.shell.tell(widgets::Tone::Critical, text);
                }
            }
        }
        self.desk.now = self.desk.inventory.clock(self.machine);
        touched.sort_unstable();
        touched.dedup();
        self.rows.update(&self.desk.inventory, &touched, self.desk.now);
        self.refresh_alerts(&touched);
        self.refresh();
    }

    /// Time goes on; rows whose time has come change.
    pub fn pass_time(&mut self, machine: Time) {
        let jumped = machine.seconds_since(self.machine).abs() > 60;
        self.machine = machine;
        self.desk.now = self.desk.inventory.clock(machine);
        self.desk.context.now = self.desk.now;
        let touched = self.rows.pass_time(&self.desk.inventory, self.desk.now);
        let touched = [touched, self.desk.alerts.pass_time(&self.desk.inventory, self.desk.now)].concat();
        if !touched.is_empty() || jumped {
            self.refresh_alerts(&touched);
            self.refresh();
        }
    }

    /// How the parts are now.
    pub fn set_health(&mut self, health: Health) {
        if health != self.desk.health {
            self.desk.health = health;
            self.refresh_alerts(&[]);
            self.refresh();
        }
    }

    /// Alerts of these keys and of the inventory as a whole are found anew, and what comes due of them.
    fn refresh_alerts(&mut self, touched: &[u32]) {
        self.timeline.touch(touched);
        let desk = &mut self.desk;
        desk.alerts.update(&desk.inventory, touched, desk.now);
        desk.alerts.look_at_all(&desk.inventory, &desk.health.conditions, self.machine);
    }

    /// Everything that depends on rows, selection or health is made anew.
    pub fn refresh(&mut self) {
        self.desk.generation += 1;
        let inventory = &self.desk.inventory;
        self.desk.selection.retain(|id| inventory.key(*id).is_some());
        self.filter();
        self.refresh_context();
    }

    /// What decides which actions are enabled.
    pub fn refresh_context(&mut self) {
        let desk = &self.desk;
        let unlocked = desk.health.lock == LockState::Unlocked;
        let selected: Vec<_> = desk.selection.iter().take(ASKED).filter_map(|id| desk.inventory.key(*id)).collect();
        let planned = |key: &crate::model::Key| {
            key.versions.iter().any(|version| version.life.destroyed.is_none() && version.life.destruction_due.is_some())
        };
        self.desk.context = Context {
            has_inventory: true,
            unlocked,
            can_unlock: self.locked.is_none(),
            read_only: desk.health.read_only,
            selected: selected.iter().map(|key| key.state(desk.now)).collect(),
            lives: selected.iter().filter_map(|key| key.current(desk.now)).map(|version| version.life.clone()).collect(),
            elsewhere: desk.focus().and_then(|key| key.current(desk.now)).is_some_and(|version| !version.held().is_here()),
            now: desk.now,
            planned: selected.iter().any(|key| planned(key)),
            deliveries: selected.iter().any(|key| has_deliveries(key)),
            revoked: selected.iter().any(|key| key.revoked().is_some()),
            certified: selected.iter().any(|key| key.versions.iter().any(|version| version.certificate.is_some())),
            selected_name: desk.focus().map(|key| name::shown(&key.name).into_owned()),
            can_undo: !self.undo.is_empty(),
        };
    }

    /// Takes what was typed into the search field.
    pub fn search(&mut self, text: String) {
        self.desk.search = text;
        match Query::parse(&self.desk.search, self.desk.now, &self.desk.zone) {
            Ok(query) => {
                self.query = query;
                self.desk.search_error = None;
                self.filter();
            }
            // A term half typed leaves the rows as they are and says what it takes.
            Err(error) => self.desk.search_error = Some(error.to_string()),
        }
    }

    /// Shows only these rows.
    pub fn narrow(&mut self, narrow: Narrow) {
        self.rows.set_narrow(narrow);
        self.filter();
    }

    /// Sorts by a column.
    pub fn sort(&mut self, column: Column) {
        self.rows.sort_by(&self.desk.inventory, column);
        self.filter();
    }

    fn filter(&mut self) {
        let text = if self.desk.search_error.is_some() { String::new() } else { self.desk.search.clone() };
        self.rows.search(&self.desk.inventory, &text, &self.query, self.desk.now);
    }

    /// Selects keys, the one with the focus last.
    pub fn select(&mut self, keys: Vec<KeyId>) {
        self.desk.selection = keys;
        self.refresh_context();
    }

    /// What a screen works out between frames.
    pub fn tend(&mut self, ctx: &egui::Context) {
        if let Some(told) = self.policies.tend(ctx, &self.desk, self.screen == Screen::Policies) {
            self.shell.tell(widgets::Tone::Info, told);
        }
    }

    /// Draws shell and screen.
    pub fn ui(&mut self, ui: &mut Ui, settings: &Settings, asks: &mut Asks) {
        let mut view = View { desk: &self.desk, rows: &self.rows, settings, asks };
        if let Some(form) = &mut self.locked {
            super::dialogs::lock_screen_ui(ui, form, &mut view);
            return;
        }
        self.shell.ui(ui, &mut view, self.screen);
        let ground = egui::Frame::new().fill(theme::of(ui).panel);
        match self.screen {
            Screen::Inventory => inventory_ui(ui, &mut view, &mut self.table, &mut self.inspector),
            screen => {
                CentralPanel::default().frame(ground).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    match screen {
                        Screen::Timeline => self.timeline.ui(ui, &mut view),
                        Screen::Alerts => self.alerts.ui(ui, &mut view),
                        Screen::HandOvers => self.hand_overs.ui(ui, &mut view),
                        Screen::Log => self.log.ui(ui, &mut view),
                        Screen::Stores => self.stores.ui(ui, &mut view),
                        Screen::Policies => self.policies.ui(ui, &mut view),
                        Screen::Discover => self.discover.ui(ui, &mut view),
                        Screen::Servers => self.servers.ui(ui, &mut view),
                        Screen::Recipients => self.recipients.ui(ui, &mut view),
                        Screen::Settings => super::screens::settings::ui(ui, &mut view),
                        Screen::Inventory => {}
                    }
                });
            }
        }
        if let Some(palette) = &mut self.palette
            && palette.ui(&ui.ctx().clone(), &mut view)
        {
            self.palette = None;
        }
    }
}

/// Something of it is or was due to someone: a version, or word of its revocation.
fn has_deliveries(key: &crate::model::Key) -> bool {
    let told = |version: &crate::model::Version| version.revocation.is_some() && !key.holders(version.number).is_empty();
    !key.deliveries.is_empty() || key.versions.iter().any(told)
}

/// Table and inspector side by side, or the inspector as a drawer under the filters.
fn inventory_ui(ui: &mut Ui, view: &mut View<'_>, table: &mut Table, inspector: &mut Inspector) {
    let ground = egui::Frame::new().fill(theme::of(ui).panel);
    let wide = ui.ctx().content_rect().width() >= size::WIDE;
    if wide && !view.rows.is_empty() {
        Panel::right("inspector").exact_size(size::INSPECTOR).resizable(false).frame(ground).show(ui, |ui| {
            inspector.ui(ui, view, false);
        });
    }
    let area = CentralPanel::default().frame(ground).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ui.available_rect_before_wrap();
        table.ui(ui, view);
        area
    });
    if !wide && view.desk.focus().is_some() {
        let mut area = area.inner;
        area.min.y += size::FILTER_ROW;
        let mut closed = false;
        let width = size::INSPECTOR.min(area.width() - 24.0);
        closed |= widgets::drawer(&ui.ctx().clone(), "inspector", area, width, |ui| {
            closed = inspector.ui(ui, view, true);
        });
        if closed {
            view.asks.push(super::desk::Ask::Select(Vec::new()));
        }
    }
}
