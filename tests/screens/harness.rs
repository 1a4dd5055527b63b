//! The one harness of all screen tests: typefaces, theme, size, no system fonts, no motion.

use egui::{Theme, Ui, Vec2};
use egui_kittest::{Harness, HarnessBuilder, SnapshotOptions, SnapshotResults};
use keystead::desktop::{fonts, theme};

/// A builder with the look of the program; whole-app tests finish it with `build_eframe`.
pub fn builder<State>(size: impl Into<Vec2>, appearance: Theme, scale: f32) -> HarnessBuilder<State> {
    let options = SnapshotOptions::new().output_path("tests/screens/snapshots");
    Harness::<State>::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_os(egui::os::OperatingSystem::Nix)
        .with_theme(appearance)
        .with_options(options)
        .with_context_setup(move |ctx| look(ctx, appearance))
}

fn look(ctx: &egui::Context, appearance: Theme) {
    fonts::install(ctx);
    theme::apply(ctx, theme::Appearance { mode: appearance.into(), zoom: 1.0, reduce_motion: true });
}

/// A harness over a piece of a screen.
pub fn piece<'a>(size: impl Into<Vec2>, appearance: Theme, scale: f32, mut ui: impl FnMut(&mut Ui) + 'a) -> Harness<'a> {
    builder(size, appearance, scale).build_ui(move |inner| {
        let ground = theme::of(inner).panel;
        let window = inner.ctx().content_rect();
        inner.ctx().layer_painter(inner.layer_id()).rect_filled(window, 0.0, ground);
        ui(inner);
    })
}

/// Compares a piece of a screen with its picture, `NAME-light@1x` and so on. Several results of one test are
/// merged with [`SnapshotResults::extend`].
pub fn snapshot<'a>(
    name: &str,
    size: impl Into<Vec2>,
    appearance: Theme,
    scale: f32,
    ui: impl FnMut(&mut Ui) + 'a,
) -> SnapshotResults {
    let mut harness = piece(size, appearance, scale, ui);
    harness.run();
    let appearance = if appearance == Theme::Dark { "dark" } else { "light" };
    harness.snapshot(format!("{name}-{appearance}@{scale}x"));
    harness.take_snapshot_results()
}
