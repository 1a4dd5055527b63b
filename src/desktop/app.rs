//! The window: it takes in what the custodian reports, applies what screens asked for, and draws.
//!
//! `tend` does everything that is not drawing; `draw` only draws.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use egui::{Context, Ui};
use jiff::tz::TimeZone;

use super::clipboard::SecretClipboard;
use super::countdown;
use super::desk::{Ask, Asks, View};
use super::dialogs::{Form, Question};
use super::main_window::MainWindow;
use super::news::News;
use super::pick::Picker;
use super::screens::first_run::FirstRun;
use super::settings::{Settings, ThemeChoice};
use super::theme::{self, Appearance};
use crate::custodian::link::{Link, Request, Ticket};
use crate::model::{Command, Time};

/// The machine's clock.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// How long nothing is told of a change of the settings before they are written.
const SETTINGS_REST: Duration = Duration::from_millis(600);

/// The window.
pub struct App {
    pub(super) link: Link,
    pub(super) clock: Clock,
    pub(super) zone: TimeZone,
    pub(super) phase: Phase,
    pub(super) dialog: Option<Dialog>,
    /// The dialog over which that one was opened; it comes back after it.
    pub(super) under: Option<Dialog>,
    pub(super) picker: Picker,
    pub(super) settings: Settings,
    pub(super) asks: Asks,
    pub(super) waiting: HashMap<Ticket, Wait>,
    /// What is to be done once the home store is open.
    pub(super) then: Option<Ask>,
    pub(super) touched: Instant,
    settings_changed: Option<Instant>,
    appearance: Option<Appearance>,
    /// Said on standard error once the first rows were on the screen.
    announce: Announce,
    /// What had the focus when a dialog opened, and gets it back.
    focus_before: Option<egui::Id>,
    /// What gets the focus once nothing stands over it any more.
    focus_back: Option<egui::Id>,
    pub(super) picture: Option<(egui::Rect, Receiver<Arc<egui::ColorImage>>)>,
    /// Tells when the desktop session was locked.
    session: Option<Receiver<()>>,
    /// Questions of the custodian, the oldest first.
    pub(super) questions: Vec<Question>,
    news: News,
    /// Secrets that were copied.
    pub(super) clipboard: SecretClipboard,
}

/// What the window shows.
pub(super) enum Phase {
    /// Nothing is known yet.
    Starting,
    /// No inventory exists.
    FirstRun(Box<FirstRun>),
    /// The inventory cannot be opened; why, and what to do.
    Broken(String),
    /// The inventory.
    Main(Box<MainWindow>),
}

/// A dialog that is open, with what it waits for.
pub(super) struct Dialog {
    pub(super) form: Box<dyn Form>,
    pub(super) ticket: Option<Ticket>,
}

/// What is to be done when a request ends.
pub(super) enum Wait {
    /// It belongs to the dialog, to the lock screen or to the first run.
    Form,
    /// A command: what takes it back, if anything does, and what is told where no dialog waits for it.
    Run(Option<Box<Command>>, Option<String>),
    /// A command that took one back.
    Undo,
    /// The keychain opens without a dialog.
    Unlock,
    /// Whatever goes wrong is told.
    Quiet,
    /// A verification a person asked for.
    Verify,
    /// A look at servers; how it went is told.
    Probe,
    /// Something for files that were discovered; what it did is told.
    Seek,
}

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Announce {
    No,
    Wanted,
    Drawn,
}

impl App {
    /// A window at the end of a line.
    pub fn new(ctx: &Context, link: Link, clock: Clock, zone: TimeZone) -> Self {
        super::fonts::install(ctx);
        let mut app = Self {
            link,
            clock,
            zone,
            phase: Phase::Starting,
            dialog: None,
            under: None,
            picker: Picker::default(),
            settings: Settings::default(),
            asks: Asks::default(),
            waiting: HashMap::new(),
            then: None,
            touched: Instant::now(),
            settings_changed: None,
            appearance: None,
            announce: Announce::No,
            focus_before: None,
            focus_back: None,
            picture: None,
            session: None,
            questions: Vec::new(),
            news: News::default(),
            clipboard: SecretClipboard::default(),
        };
        app.appear(ctx);
        app
    }

    /// The system's file dialogs.
    pub fn picker(&mut self) -> &mut Picker {
        &mut self.picker
    }

    /// Copies secrets to this clipboard in place of the system's.
    pub fn copy_with(&mut self, clipboard: SecretClipboard) {
        self.clipboard = clipboard;
    }

    /// Says on standard error when the first rows are on the screen, for measuring the start.
    pub fn announce_rows(&mut self) {
        self.announce = Announce::Wanted;
    }

    /// Locks whenever this tells that the desktop session was locked.
    pub fn lock_with(&mut self, session: Receiver<()>) {
        self.session = Some(session);
    }

    /// An inventory is there, and shows.
    pub fn shows_inventory(&self) -> bool {
        matches!(self.phase, Phase::Main(_))
    }

    /// Everything that is not drawing.
    pub fn tend(&mut self, ctx: &Context) {
        if self.announce == Announce::Drawn {
            self.announce = Announce::No;
            eprintln!("first-rows");
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.pass_time(ctx);
        while let Some(report) = self.link.poll() {
            self.take_report(report);
        }
        self.questions.iter_mut().for_each(|question| question.announce(ctx));
        self.take_picture(ctx);
        if let Some(picked) = self.picker.poll() {
            match self.main().filter(|main| main.discover.waits_for_folder()) {
                Some(main) => main.discover.picked(picked.clone()),
                None => self.with_dialog(|form, view| form.picked(picked.clone(), view)),
            }
            if let Phase::FirstRun(screen) = &mut self.phase {
                screen.picked(picked);
            }
        }
        if let Some(end) = self.clipboard.ended() {
            let (tone, text) = countdown::told(end);
            self.asks.push(Ask::Tell(tone, text));
        }
        self.return_focus(ctx);
        self.take_dropped(ctx);
        self.shortcuts(ctx);
        // What was asked for may ask for more; a few rounds bring it to rest.
        for _ in 0..4 {
            let asks = self.asks.take();
            if asks.is_empty() {
                break;
            }
            for ask in asks {
                self.apply_over(ctx, ask);
            }
        }
        self.ask_certificates();
        if let Some(main) = self.main() {
            main.tend(ctx);
        }
        self.idle(ctx);
        if self.session.as_ref().is_some_and(|session| session.try_iter().count() > 0) && self.is_unlocked() {
            self.lock();
        }
        self.save_settings(ctx);
        if !self.waiting.is_empty() {
            // Should the wake-up of an answer be lost, it is seen all the same.
            ctx.request_repaint_after(Duration::from_millis(200));
        }
        self.appear(ctx);
    }

    /// Only draws.
    pub fn draw(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if ctx.current_pass_index() > 0 {
            // eframe drops a wake-up from another thread that was sent two passes ago.
            ctx.request_repaint();
        }
        match &mut self.phase {
            Phase::Starting => {
                let room = ui.available_rect_before_wrap();
                ui.painter().rect_filled(room, 0.0, theme::of(ui).window);
            }
            Phase::FirstRun(screen) => screen.ui(ui, &mut self.asks),
            Phase::Broken(sentence) => broken_ui(ui, sentence),
            Phase::Main(main) => {
                main.ui(ui, &self.settings, &mut self.asks);
                if self.announce == Announce::Wanted && !main.rows.shown().is_empty() {
                    self.announce = Announce::Drawn;
                    ctx.request_repaint();
                }
            }
        }
        if self.is_hidden() {
            return;
        }
        self.dialogs_ui(&ctx);
        if let Some(left) = self.clipboard.left()
            && countdown::countdown_ui(&ctx, left)
        {
            self.clipboard.clear();
        }
        if !self.asks.is_empty() {
            ctx.request_repaint();
        }
    }

    /// The dialog that is open; a question of the custodian stands before it until it is answered.
    fn dialogs_ui(&mut self, ctx: &Context) {
        let Phase::Main(main) = &self.phase else { return };
        let mut view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
        if let Some(question) = self.questions.first_mut() {
            if question.ui(ctx, &mut view, (self.clock)()) {
                self.questions.remove(0);
                ctx.request_repaint();
            }
        } else if let Some(dialog) = &mut self.dialog {
            dialog.form.ui(ctx, &mut view);
        }
    }

    /// The content is hidden until it is unlocked.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(&self.phase, Phase::Main(main) if main.locked.is_some())
    }

    pub(super) fn main(&mut self) -> Option<&mut MainWindow> {
        match &mut self.phase {
            Phase::Main(main) => Some(main),
            _ => None,
        }
    }

    pub(super) fn with_dialog(&mut self, work: impl FnOnce(&mut dyn Form, &mut View<'_>)) {
        if let (Some(dialog), Phase::Main(main)) = (&mut self.dialog, &self.phase) {
            let mut view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
            work(dialog.form.as_mut(), &mut view);
        }
    }

    /// Does one thing that was asked for. What had the focus before a dialog has it again after.
    fn apply_over(&mut self, ctx: &Context, ask: Ask) {
        let open = self.dialog.is_some();
        self.apply(ctx, ask);
        match (open, self.dialog.is_some()) {
            // One dialog in place of another: what is to have the focus at the end stays the same.
            (false, true) => self.focus_before = self.focus_back.take().or_else(|| ctx.memory(|memory| memory.focused())),
            (true, false) => self.focus_back = self.focus_before.take().filter(|_| !self.is_hidden()),
            _ => {}
        }
    }

    /// A dialog that was drawn a frame ago still keeps the focus from what is behind it.
    fn return_focus(&mut self, ctx: &Context) {
        if self.focus_back.is_some() && ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            ctx.request_repaint();
        } else if let Some(id) = self.focus_back.take() {
            ctx.memory_mut(|memory| memory.request_focus(id));
        }
    }

    fn pass_time(&mut self, ctx: &Context) {
        let now = (self.clock)();
        let Some(main) = self.main() else { return };
        main.pass_time(now);
        let next = main.rows.next_due().map_or(60, |due| due.seconds_since(main.desk.now).clamp(1, 60));
        ctx.request_repaint_after(Duration::from_secs(next.unsigned_abs()));
        self.tell_news();
    }

    /// New alerts become notifications of the desktop, where a person wants them.
    fn tell_news(&mut self) {
        let Phase::Main(main) = &self.phase else { return };
        if self.settings.notify && self.news.due(&main.desk.alerts, main.desk.generation) {
            let ticket = self.link.send(Request::TellNews);
            self.waiting.insert(ticket, Wait::Quiet);
        }
    }

    /// Locks when nobody touched it for as long as a person set.
    fn idle(&mut self, ctx: &Context) {
        if ctx.input(|input| !input.events.is_empty() || input.pointer.is_moving()) {
            self.touched = Instant::now();
        }
        let minutes = self.settings.idle_lock_minutes;
        if minutes == 0 || !self.is_unlocked() {
            return;
        }
        let limit = Duration::from_secs(u64::from(minutes) * 60);
        match limit.checked_sub(self.touched.elapsed()) {
            Some(left) => ctx.request_repaint_after(left + Duration::from_millis(50)),
            None => self.lock(),
        }
    }

    /// Files that were dropped on the window open the import; an import that is open takes them itself.
    fn take_dropped(&mut self, ctx: &Context) {
        if self.dialog.is_some() || self.is_hidden() || ctx.input(|input| input.raw.dropped_files.is_empty()) {
            return;
        }
        let sources = super::dialogs::dropped(ctx);
        let Phase::Main(main) = &self.phase else { return };
        if let Err(reason) = main.desk.context.can_change() {
            self.asks.push(Ask::Tell(super::widgets::Tone::Info, reason));
            return;
        }
        let view = View { desk: &main.desk, rows: &main.rows, settings: &self.settings, asks: &mut self.asks };
        let form = super::dialogs::ImportKeys::of(sources, &view);
        let ask = Ask::Open(Box::new(form));
        if main.desk.context.unlocked {
            self.asks.push(ask);
        } else {
            self.then = Some(ask);
            self.asks.act(crate::actions::Action::Unlock);
        }
    }

    fn is_unlocked(&self) -> bool {
        matches!(&self.phase, Phase::Main(main) if main.desk.context.unlocked && main.locked.is_none())
    }

    /// Drops every secret and hides the content.
    pub(super) fn lock(&mut self) {
        self.clipboard.clear();
        self.dialog = None;
        self.under = None;
        self.then = None;
        // Locked, no key signs, whatever was asked.
        self.questions.clear();
        let Some(main) = self.main() else { return };
        main.locked = Some(super::dialogs::UnlockForm::default());
        let ticket = self.link.send(Request::Lock);
        self.waiting.insert(ticket, Wait::Quiet);
    }

    /// Takes new settings; they are written once they rest.
    pub(super) fn set(&mut self, settings: Settings) {
        if settings != self.settings {
            if settings.ssh_agent != self.settings.ssh_agent {
                self.serve_agent(settings.ssh_agent);
            }
            self.settings = settings;
            self.settings_changed = Some(Instant::now());
        }
    }

    /// Has the SSH agent serve, or no longer.
    pub(super) fn serve_agent(&mut self, serve: bool) {
        let ticket = self.link.send(Request::ServeAgent(serve));
        self.waiting.insert(ticket, Wait::Quiet);
    }

    fn save_settings(&mut self, ctx: &Context) {
        let Some(changed) = self.settings_changed else { return };
        if !matches!(self.phase, Phase::Main(_)) {
            return;
        }
        if let Some(left) = SETTINGS_REST.checked_sub(changed.elapsed()) {
            ctx.request_repaint_after(left);
            return;
        }
        self.settings_changed = None;
        let ticket = self.link.send(Request::SaveSettings(self.settings.text()));
        self.waiting.insert(ticket, Wait::Quiet);
    }

    fn appear(&mut self, ctx: &Context) {
        let mode = match self.settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        };
        let zoom = self.settings.scale as f32 / 100.0;
        let wanted = Appearance { mode, zoom, reduce_motion: self.settings.reduce_motion };
        if self.appearance != Some(wanted) {
            self.appearance = Some(wanted);
            theme::apply(ctx, wanted);
        }
    }

    /// A picture of a part of the window, for the dialog that saves it.
    fn take_picture(&mut self, ctx: &Context) {
        let Some((area, picture)) = &self.picture else { return };
        let Ok(image) = picture.try_recv() else { return };
        let area = *area;
        self.picture = None;
        let part = image.region(&area, Some(ctx.pixels_per_point()));
        match super::png::encode(&part) {
            Ok(bytes) => self.with_dialog(|form, view| form.pictured(bytes, view)),
            Err(reason) => self.asks.push(Ask::Tell(super::widgets::Tone::Critical, reason)),
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.tend(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.draw(ui);
        let ctx = ui.ctx().clone();
        self.picker.start(&ctx, frame);
    }
}

fn broken_ui(ui: &mut Ui, sentence: &str) {
    let theme = theme::of(ui);
    let room = ui.available_rect_before_wrap();
    ui.painter().rect_filled(room, 0.0, theme.window);
    let area = egui::Rect::from_center_size(room.center(), egui::vec2(480.0, 240.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(area));
    child.vertical_centered(|ui| {
        ui.spacing_mut().item_spacing.y = 12.0;
        super::widgets::icon_tile(ui, super::icons::Icon::Warning, 48.0);
        theme::Role::Title.line(ui, theme.text, "The inventory cannot be opened");
        theme::Role::Body.label(ui, theme.text2, sentence);
        theme::Role::Body.label(ui, theme.text3, "Nothing was changed. keystead audit verify tells more.");
    });
}
