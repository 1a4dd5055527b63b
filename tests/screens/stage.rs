//! The whole window at a line whose other end is held by the test: it answers what only looks, and
//! keeps what asks for something.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use egui::{Event, Key, Modifiers, Theme, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, By, NodeT as _, Queryable as _};
use keystead::custodian::at_stores::{StoreReport, StoreRequest};
use keystead::custodian::link::{LinkEnd, Report, Request, Ticket, pair};
use keystead::custodian::probe::ServerReport;
use keystead::custodian::store::{Reach, StoreHealth};
use keystead::custodian::{CustodianError, Health, HistoryEntry, LogLine, Outcome};
use keystead::desktop::App;
use keystead::desktop::pick::{Pick, Picked};
use keystead::desktop::settings::{Settings, ThemeChoice};
use keystead::model::sentence::sentences;
use keystead::model::{Algorithm, Command, Event as Happened, KeyId, Store, StoreKind, Time};

use crate::harness;
use crate::world::{self, World};

/// Size of the pictures.
pub const USUAL: Vec2 = vec2(1280.0, 800.0);

/// The window, and the other end of its line.
pub struct Stage {
    pub app: App,
    end: LinkEnd,
    pub world: World,
    clock: Arc<AtomicI64>,
    /// What was seen of servers.
    pub servers: Vec<ServerReport>,
    /// How the stores beside the home store are.
    pub stores: Vec<StoreHealth>,
    /// Stores do not answer.
    pub mute: bool,
    /// What was asked for and not answered yet.
    pub asked: Vec<(Ticket, Request)>,
    /// Keys whose certificates were looked at, in order.
    pub looked: Vec<KeyId>,
    /// What looks at certificates is kept too, and not answered.
    pub silent: bool,
    /// The settings as they were last written.
    pub saved: Option<String>,
}

/// A window under test.
pub type Window<'a> = Harness<'a, Stage>;

/// Settings that hold still for pictures.
pub fn settings(appearance: Theme) -> Settings {
    let theme = if appearance == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    Settings { theme, reduce_motion: true, default_owner: "Mira".into(), ..Settings::default() }
}

/// A window of this size that knows nothing yet.
pub fn unopened<'a>(world: World, size: Vec2, appearance: Theme, scale: f32) -> Window<'a> {
    let (link, end) = pair();
    let clock = Arc::new(AtomicI64::new(world::now().as_second()));
    let read = clock.clone();
    let context = egui::Context::default();
    let app =
        App::new(&context, link, Arc::new(move || Time::from_second(read.load(Ordering::Relaxed))), jiff::tz::TimeZone::UTC);
    let stage = Stage {
        app,
        end,
        world,
        clock,
        servers: Vec::new(),
        stores: Vec::new(),
        mute: false,
        asked: Vec::new(),
        looked: Vec::new(),
        silent: false,
        saved: None,
    };
    let mut window = harness::builder(size, appearance, scale).with_max_steps(12).build_ui_state(
        |ui, stage: &mut Stage| {
            stage.app.tend(&ui.ctx().clone());
            // The harness leaves a margin that the real window does not have.
            let whole = ui.ctx().content_rect();
            let mut root = ui.new_child(egui::UiBuilder::new().max_rect(whole));
            root.set_clip_rect(whole);
            stage.app.draw(&mut root);
            stage.answer(ui.ctx());
        },
        stage,
    );
    window.input_mut().system_theme = Some(appearance);
    window
}

/// A window with an open inventory.
pub fn opened<'a>(world: World, size: Vec2, appearance: Theme, scale: f32) -> Window<'a> {
    let health = world.health();
    with_health(world, health, size, appearance, scale)
}

/// A window with an open inventory whose parts are like that.
pub fn with_health<'a>(world: World, health: Health, size: Vec2, appearance: Theme, scale: f32) -> Window<'a> {
    let mut window = unopened(world, size, appearance, scale);
    let stage = window.state_mut();
    let inventory = Box::new(stage.world.inventory.clone());
    let settings = Some(settings(appearance).text());
    stage.report(Report::Opened { inventory, health: Box::new(health), settings });
    settle(&mut window);
    window
}

/// The usual inventory at the usual size.
pub fn usual<'a>(appearance: Theme) -> Window<'a> {
    opened(world::usual(), USUAL, appearance, 1.0)
}

/// The usual inventory with a key selected.
pub fn with_key<'a>(appearance: Theme, name: &str) -> Window<'a> {
    let mut window = usual(appearance);
    row(&mut window, name);
    window
}

/// An inventory without keys in encrypted files.
pub fn empty<'a>(appearance: Theme) -> Window<'a> {
    opened(world::empty(StoreKind::Files), USUAL, appearance, 1.0)
}

/// Frames until nothing asks for another. What grew is centred anew only in the frame after.
pub fn settle(window: &mut Window<'_>) {
    window.run();
    window.run();
}

/// Clicks the row of a key.
pub fn row(window: &mut Window<'_>, name: &str) {
    row_of(window, name).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

/// The row or lane of a key.
pub fn row_of<'w>(window: &'w Window<'_>, name: &str) -> egui_kittest::Node<'w> {
    let start = format!("{name},");
    window.get(By::new().predicate(move |node: &AccessKitNode<'_>| {
        node.role() == egui::Role::Row && node.label().is_some_and(|label| label.starts_with(&start))
    }))
}

/// The rows of the table, by their names, from top to bottom.
pub fn rows(window: &Window<'_>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .query_all_by_role(egui::Role::Row)
        .map(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            (node.rect().top(), label.split(", ").next().unwrap_or_default().to_owned())
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Clicks what has this name.
pub fn click(window: &mut Window<'_>, label: &str) {
    window.get_by_label(label).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

/// Presses keys.
pub fn press(window: &mut Window<'_>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// Does an action by its name, through the palette.
pub fn act(window: &mut Window<'_>, name: &str) {
    press(window, Modifiers::COMMAND, Key::K);
    type_text(window, name);
    press(window, Modifiers::NONE, Key::Enter);
}

/// Types into what has the focus.
pub fn type_text(window: &mut Window<'_>, text: &str) {
    window.event(Event::Text(text.into()));
    settle(window);
}

/// Compares with `snapshots/NAME.png`.
pub fn picture(window: &mut Window<'_>, name: &str, appearance: Theme) {
    let appearance = if appearance == Theme::Dark { "dark" } else { "light" };
    window.snapshot(format!("{name}-{appearance}"));
}

/// A store that takes every key, and is open.
fn plain(store: &Store) -> StoreHealth {
    StoreHealth {
        store: store.clone(),
        home: false,
        keys: 0,
        enforced_here: 0,
        reach: Reach::Open,
        algorithms: Algorithm::GENERATED.to_vec(),
        wrappings: Vec::new(),
        latency: None,
        product: None,
        pin: None,
        login: None,
    }
}

impl Stage {
    /// Tells the window something.
    pub fn report(&self, report: Report) {
        self.end.reports.send(report).expect("the window is there");
    }

    /// Something happened to the inventory.
    pub fn happened(&mut self, events: Vec<Happened>) {
        let record = self.world.append(world::now(), events);
        self.report(Report::Changed(vec![record]));
    }

    /// Ends the newest request.
    pub fn finish(&mut self, result: Result<Outcome, CustodianError>) {
        let (ticket, _) = self.asked.pop().expect("something was asked for");
        self.report(Report::Finished { ticket, result });
    }

    fn now(&self) -> Time {
        Time::from_second(self.clock.load(Ordering::Relaxed))
    }

    /// Time goes on.
    pub fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The newest command that was asked for.
    pub fn command(&self) -> Option<&Command> {
        self.asked.iter().rev().find_map(|(_, request)| match request {
            Request::Run(command) => Some(command),
            _ => None,
        })
    }

    /// The newest request.
    pub fn request(&self) -> Option<&Request> {
        self.asked.last().map(|(_, request)| request)
    }

    /// The file dialog that the window wants, if any.
    pub fn wanted(&mut self) -> Option<Pick> {
        self.app.picker().take_wanted()
    }

    /// The system's file dialog answers.
    pub fn picked(&mut self, picked: Picked) {
        self.app.picker().answer(picked);
    }

    /// What the window asked the custodian to stop.
    pub fn cancelled(&self) -> Vec<Ticket> {
        self.end.cancels.try_iter().collect()
    }

    /// Answers what only looks, and keeps the rest.
    fn answer(&mut self, ctx: &egui::Context) {
        while let Ok((ticket, request)) = self.end.requests.try_recv() {
            match request {
                Request::History(key) => self.report(Report::History { key, entries: self.history(key) }),
                Request::Certificates(key) if !self.silent => {
                    self.looked.push(key);
                    let found = Arc::new(crate::certificates::answer(&self.world, key, self.now()));
                    self.report(Report::Certificates { ticket, found });
                    self.report(Report::Finished { ticket, result: Ok(Outcome::default()) });
                }
                Request::LogPage { search, .. } => {
                    let lines = self.lines(&search.to_lowercase());
                    self.report(Report::LogPage { ticket, lines, at_start: true });
                }
                Request::SuggestFolders => {
                    let folders = ["/home/mira/.ssh", "/home/mira/src", "/etc/ssl", "/etc/letsencrypt"];
                    self.report(Report::Suggested(folders.map(Into::into).to_vec()));
                    self.report(Report::Finished { ticket, result: Ok(Outcome::default()) });
                }
                Request::Stores(StoreRequest::Health(_)) if self.mute => continue,
                Request::Stores(StoreRequest::Health(only)) => {
                    let plain = self.world.inventory.stores().iter().filter(|store| store.token.is_none()).map(plain);
                    let wanted = plain.chain(self.stores.iter().cloned());
                    let wanted = wanted.filter(|health| only.as_deref().is_none_or(|only| *only == *health.store.name));
                    for health in wanted {
                        let told = StoreReport::Health(Box::new(health));
                        self.report(Report::Stores { ticket: Some(ticket), told });
                    }
                    self.report(Report::Finished { ticket, result: Ok(Outcome::default()) });
                }
                Request::Servers => self.report(Report::Servers(self.servers.clone())),
                Request::SaveSettings(text) => {
                    self.saved = Some(text);
                    self.report(Report::Finished { ticket, result: Ok(Outcome::default()) });
                }
                request => {
                    self.asked.push((ticket, request));
                    continue;
                }
            }
            ctx.request_repaint();
        }
    }

    fn history(&self, key: KeyId) -> Vec<HistoryEntry> {
        let entries = self.world.records.iter().rev().flat_map(|record| {
            let told = sentences(record, &self.world.inventory, Some(key)).into_iter();
            told.map(|sentence| HistoryEntry { time: record.time, sentence })
        });
        entries.collect()
    }

    fn lines(&self, search: &str) -> Vec<LogLine> {
        let lines = self.world.records.iter().rev().map(|record| LogLine {
            seq: record.seq,
            offset: record.offset,
            time: record.time,
            actor: record.actor.clone(),
            sentences: sentences(record, &self.world.inventory, None),
            keys: record.events.iter().flat_map(Happened::keys).collect(),
        });
        lines.filter(|line| line.sentences.iter().any(|sentence| sentence.to_lowercase().contains(search))).collect()
    }
}
