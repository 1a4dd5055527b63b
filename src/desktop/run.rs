//! Opening the window, and the one lock that keeps a second window of the same inventory away.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::app::App;
use crate::custodian::link::pair;
use crate::custodian::{Environment, serve};
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
    let env = Environment::of_this_machine(opening.folder).map_err(|error| error.to_string())?;
    let only = only_window(&env);
    if only.is_none() {
        return Err(format!("A window of {} is open already.", env.folder.display()));
    }
    let (mut link, end) = pair();
    if let Some(passphrase) = opening.passphrase {
        link.send(crate::custodian::link::Request::Unlock(Some(passphrase)));
    }
    // The service begins at once, beside the window's own start; the context comes later.
    let context: Arc<Mutex<Option<egui::Context>>> = Arc::default();
    let waker = context.clone();
    let wake = Arc::new(move || {
        if let Some(ctx) = waker.lock().ok().and_then(|held| held.clone()) {
            ctx.request_repaint();
        }
    });
    let (clock, zone) = (env.clock.clone(), env.zone.clone());
    let service = serve(env, end, wake).map_err(|error| format!("No thread could be started: {error}"))?;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Keystead")
        .with_app_id("keystead")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_icon(icon());
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let announce = opening.announce;
    let opened = eframe::run_native(
        "keystead",
        options,
        Box::new(move |creation| {
            if let Ok(mut held) = context.lock() {
                *held = Some(creation.egui_ctx.clone());
            }
            let mut app = App::new(&creation.egui_ctx, link, clock, zone);
            if announce {
                app.announce_rows();
            }
            // Reports may have come before anyone could be woken.
            creation.egui_ctx.request_repaint();
            Ok(Box::new(app))
        }),
    );
    // The link is gone with the window: the service drops secrets, writes anchor and checkpoint, and ends.
    let _ = service.join();
    drop(only);
    opened.map_err(|error| format!("The window could not be opened: {error}. Is there a display?"))
}

/// Held for the life of the window. A folder that does not exist yet has no window either.
fn only_window(env: &Environment) -> Option<Option<File>> {
    if !env.folder.exists() {
        return Some(None);
    }
    let Ok(file) = File::options().create(true).append(true).open(env.folder.join("window")) else { return Some(None) };
    match file.try_lock() {
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Some(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => None,
    }
}

/// The mark of the program: a keyhole on a square of the accent.
fn icon() -> egui::IconData {
    const SIZE: u32 = 64;
    let accent = super::theme::Theme::light().accent;
    let inside = |x: f32, y: f32, radius: f32| {
        let (dx, dy) = ((x - 0.5).abs() - (0.46 - radius), (y - 0.5).abs() - (0.46 - radius));
        dx.max(0.0).hypot(dy.max(0.0)) <= radius
    };
    let hole = |x: f32, y: f32| (x - 0.5).hypot(y - 0.41) <= 0.15 || ((x - 0.5).abs() <= 0.065 && (0.41..0.75).contains(&y));
    let mut rgba = Vec::with_capacity((SIZE * SIZE * 4) as usize);
    for pixel in 0..SIZE * SIZE {
        let (x, y) = ((pixel % SIZE) as f32 / SIZE as f32, (pixel / SIZE) as f32 / SIZE as f32);
        let [r, g, b, _] = accent.to_array();
        rgba.extend(match (hole(x, y), inside(x, y, 0.2)) {
            (true, _) => [255, 255, 255, 255],
            (false, true) => [r, g, b, 255],
            (false, false) => [0, 0, 0, 0],
        });
    }
    egui::IconData { rgba, width: SIZE, height: SIZE }
}
