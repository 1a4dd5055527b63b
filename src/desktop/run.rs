//! Opening the window, and the one lock that keeps a second window of the same inventory away.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::app::App;
use super::session;
use crate::custodian::link::pair;
use crate::custodian::{Environment, Wake, serve};
use crate::secret::Passphrase;

/// How the window is opened.
#[derive(Default)]
pub struct Opening {
    /// The inventory folder, if one was named.
    pub folder: Option<PathBuf>,
    /// Tells on standard error when the first rows show, and closes.
    pub announce: bool,
    /// Opens the home store at once; for measuring.
    pub passphrase: Option<Passphrase>,
}

/// Opens the window and returns when it is closed; the sentence says why it could not be opened.
pub fn run(opening: Opening) -> Result<(), String> {
    if !has_display() {
        return Err("There is no display to open a window on. The commands work without one: keystead help lists them.".into());
    }
    let env = Environment::of_this_machine(opening.folder).map_err(|error| error.to_string())?;
    let mut only = OnlyWindow { folder: env.folder.clone(), held: None, settled: false };
    if !only.claim() {
        return Err(format!("A window of {} is open already.", env.folder.display()));
    }
    let (mut link, end) = pair();
    if let Some(passphrase) = opening.passphrase {
        link.send(crate::custodian::link::Request::Unlock(Some(passphrase)));
    }
    // The service begins at once, beside the window's own start; the context comes later.
    let context: Arc<Mutex<Option<egui::Context>>> = Arc::default();
    let waker = context.clone();
    let wake: Wake = Arc::new(move || {
        if let Some(ctx) = waker.lock().ok().and_then(|held| held.clone()) {
            ctx.request_repaint();
        }
    });
    let (clock, zone) = (env.clock.clone(), env.zone.clone());
    let session = session::watch(&wake);
    let service = serve(env, end, wake).map_err(|error| format!("No thread could be started: {error}"))?;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Keystead")
        .with_app_id("keystead")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_icon(icon());
    // Named, because a build with the tests' crates has a second renderer, and would test that one.
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..eframe::NativeOptions::default() };
    let announce = opening.announce;
    let opened = eframe::run_native(
        "keystead",
        options,
        Box::new(move |creation| {
            if let Ok(mut held) = context.lock() {
                *held = Some(creation.egui_ctx.clone());
            }
            let mut app = App::new(&creation.egui_ctx, link, clock, zone);
            app.lock_with(session);
            if announce {
                app.announce_rows();
            }
            // Reports may have come before anyone could be woken.
            creation.egui_ctx.request_repaint();
            Ok(Box::new(Window { app, only }))
        }),
    );
    // The link is gone with the window: the service drops secrets, writes anchor and checkpoint, and ends.
    let _ = service.join();
    opened.map_err(|error| format!("The window could not be opened: {error}"))
}

/// Whether a window can be opened at all; only where X11 or Wayland draw, that is a question.
fn has_display() -> bool {
    let named = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(named)
}

/// The app, and the lock that makes it the only window of its inventory.
struct Window {
    app: App,
    only: OnlyWindow,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
        // The first run makes the folder, and only then is there something to hold.
        if !self.only.settled && self.app.shows_inventory() && !self.only.claim() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }
}

/// The lock held for the life of the window.
struct OnlyWindow {
    folder: PathBuf,
    held: Option<File>,
    /// It was tried while there was a folder: nothing is asked of the disk again.
    settled: bool,
}

impl OnlyWindow {
    /// Takes the lock; false when another window holds it. A folder that does not exist yet, or
    /// cannot be written, has no other window either.
    fn claim(&mut self) -> bool {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let Ok(file) = options.open(self.folder.join("window")) else {
            self.settled = self.folder.exists();
            return true;
        };
        self.settled = true;
        match file.try_lock() {
            Ok(()) => self.held = Some(file),
            Err(TryLockError::WouldBlock) => return false,
            Err(TryLockError::Error(_)) => {}
        }
        true
    }
}

/// The mark of the program: a keyhole on a square of the accent.
fn icon() -> egui::IconData {
    const SIZE: u32 = 64;
    let accent = super::theme::Theme::light().accent;
    let inside = |at: egui::Pos2, radius: f32| {
        let (over_x, over_y) = ((at.x - 0.5).abs() - (0.46 - radius), (at.y - 0.5).abs() - (0.46 - radius));
        over_x.max(0.0).hypot(over_y.max(0.0)) <= radius
    };
    let hole =
        |at: egui::Pos2| (at.x - 0.5).hypot(at.y - 0.41) <= 0.15 || ((at.x - 0.5).abs() <= 0.065 && (0.41..0.75).contains(&at.y));
    let mut rgba = Vec::with_capacity((SIZE * SIZE * 4) as usize);
    for pixel in 0..SIZE * SIZE {
        let at = egui::pos2((pixel % SIZE) as f32, (pixel / SIZE) as f32) / SIZE as f32;
        let [red, green, blue, _] = accent.to_array();
        rgba.extend(match (hole(at), inside(at, 0.2)) {
            (true, _) => [255, 255, 255, 255],
            (false, true) => [red, green, blue, 255],
            (false, false) => [0, 0, 0, 0],
        });
    }
    egui::IconData { rgba, width: SIZE, height: SIZE }
}
