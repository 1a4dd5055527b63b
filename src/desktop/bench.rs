//! Frames without a window, for packaging/bench: what `logic`, `ui` and tessellation cost.

use std::time::{Duration, Instant};

use egui::{Event, MouseWheelUnit, Pos2, RawInput, Rect, pos2, vec2};

use super::app::App;
use super::desk::{Ask, Screen};
use crate::custodian::link::pair;
use crate::custodian::{Environment, serve};

/// Frames of one run.
const FRAMES: usize = 600;

/// A window of 1280 by 800 at two pixels a point, without anything to show it.
struct Bench {
    ctx: egui::Context,
    app: App,
    time: f64,
}

impl Bench {
    fn open(env: Environment) -> Result<Self, String> {
        let (link, end) = pair();
        let (clock, zone) = (env.clock.clone(), env.zone.clone());
        serve(env, end, std::sync::Arc::new(|| {})).map_err(|error| error.to_string())?;
        let ctx = egui::Context::default();
        let app = App::new(&ctx, link, clock, zone);
        let mut bench = Self { ctx, app, time: 0.0 };
        let since = Instant::now();
        while bench.app.main().is_none() {
            if since.elapsed() > Duration::from_mins(1) {
                return Err("the inventory did not open within 60 seconds".into());
            }
            bench.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(5));
        }
        // The log is verified in the background; it would share the core with what is measured.
        while bench.app.main().is_some_and(|main| main.desk.health.verification.is_none())
            && since.elapsed() < Duration::from_mins(1)
        {
            bench.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(bench)
    }

    /// One frame; how long it took without painting.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let screen = Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0));
        let mut input = RawInput { screen_rect: Some(screen), time: Some(self.time), events, ..RawInput::default() };
        input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(2.0);
        let (ctx, app) = (self.ctx.clone(), &mut self.app);
        let began = Instant::now();
        app.tend(&ctx);
        let mut output = ctx.run_ui(input, |ui| app.draw(ui));
        let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = began.elapsed();
        drop(shapes);
        // Nothing is painted, so no texture is handed to anyone.
        output.textures_delta.clear();
        took
    }

    fn scroll(&mut self, at: Pos2, delta: f32, modifiers: egui::Modifiers) -> Vec<Duration> {
        (0..FRAMES)
            .map(|_| {
                let wheel = Event::MouseWheel {
                    unit: MouseWheelUnit::Point,
                    delta: vec2(0.0, -delta),
                    phase: egui::TouchPhase::Move,
                    source: egui::MouseWheelSource::Wheel,
                    modifiers,
                };
                self.frame(vec![Event::PointerMoved(at), wheel])
            })
            .collect()
    }

    /// The whole table in 600 frames, with the inspector open.
    fn table(&mut self) -> Vec<Duration> {
        let first = self.app.main().and_then(|main| main.desk.inventory.at(0).map(|key| key.id));
        if let Some(id) = first {
            self.app.asks.push(Ask::ShowKey(id));
        }
        for _ in 0..10 {
            self.frame(Vec::new());
        }
        let rows = self.app.main().map_or(0, |main| main.rows.shown().len());
        self.scroll(pos2(500.0, 400.0), rows as f32 * 32.0 / FRAMES as f32, egui::Modifiers::NONE)
    }

    fn timeline(&mut self) -> Vec<Duration> {
        self.app.asks.push(Ask::Go(Screen::Timeline));
        for _ in 0..10 {
            self.frame(Vec::new());
        }
        let rows = self.app.main().map_or(0, |main| main.rows.shown().len());
        // Over the names the wheel scrolls.
        self.scroll(pos2(250.0, 500.0), rows as f32 * 28.0 / FRAMES as f32, egui::Modifiers::NONE)
    }

    /// Each keystroke of a name and each backspace, to rows ready to draw.
    fn search(&mut self) -> Vec<Duration> {
        let text = "prod-eu-west";
        let typed = (1..=text.len()).chain((0..text.len()).rev());
        typed
            .filter_map(|end| {
                let main = self.app.main()?;
                let began = Instant::now();
                main.search(text[..end].to_owned());
                std::hint::black_box(main.rows.shown().first());
                Some(began.elapsed())
            })
            .collect()
    }
}

/// Runs a benchmark by its name: its value and its unit.
pub fn measure(name: &str, env: Environment) -> Result<(f64, &'static str), String> {
    let mut bench = Bench::open(env)?;
    match name {
        "frame-scroll-p99" => Ok((p99(bench.table()), "ms")),
        "timeline-frame-p99" => Ok((p99(bench.timeline()), "ms")),
        "search-worst" => Ok((bench.search().into_iter().max().unwrap_or_default().as_secs_f64() * 1e3, "ms")),
        "memory" => {
            bench.table();
            bench.timeline();
            bench.search();
            Ok((resident().ok_or("this system does not tell how much memory is resident")?, "MB"))
        }
        _ => Err(format!("there is no benchmark “{name}”")),
    }
}

fn p99(mut frames: Vec<Duration>) -> f64 {
    frames.sort_unstable();
    frames.get(frames.len() * 99 / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
}

/// Resident memory in megabytes (10⁶), as Linux tells it.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1.024e-3)
}
