//! What the patterns of the lanes mean, and where today is.

use egui::{Rect, Stroke, Ui, pos2, vec2};

use super::lane::{Sheet, paint_overlap, paint_waiting};
use crate::desktop::desk::View;
use crate::desktop::theme::{self, Role, Theme};
use crate::desktop::widgets::{BarKind, paint, paint_bar, paint_warning};
use crate::model::State;

/// An entry of the legend.
#[derive(Debug, Copy, Clone)]
enum Entry {
    Of(State),
    Warning,
    Planned,
    Overlap,
    Waiting,
}

impl Entry {
    const ALL: [Self; 10] = [
        Self::Of(State::Active),
        Self::Warning,
        Self::Planned,
        Self::Overlap,
        Self::Waiting,
        Self::Of(State::PreActive),
        Self::Of(State::Suspended),
        Self::Of(State::Deactivated),
        Self::Of(State::Compromised),
        Self::Of(State::Destroyed),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Of(state) => state.name(),
            Self::Warning => "Warning time",
            Self::Planned => "Planned version",
            Self::Overlap => "Overlap",
            Self::Waiting => "Destruction waits",
        }
    }

    fn paint(self, painter: &egui::Painter, theme: &Theme, bar: Rect) {
        match self {
            Self::Of(state) => paint_bar(painter, theme, bar, BarKind::Of(state)),
            Self::Warning => {
                paint_bar(painter, theme, bar, BarKind::Of(State::Active));
                paint_warning(painter, theme, bar);
            }
            Self::Planned => paint_bar(painter, theme, bar, BarKind::Planned),
            Self::Overlap => {
                let (top, bottom) = (bar.top() - 3.0, bar.bottom() + 3.0);
                let old = Rect::from_min_max(pos2(bar.left(), top + 8.5), pos2(bar.right() - 7.0, bottom - 1.5));
                let new = Rect::from_min_max(pos2(bar.left() + 7.0, top + 1.5), pos2(bar.right(), top + 6.5));
                paint_bar(painter, theme, old, BarKind::Of(State::Active));
                paint_bar(painter, theme, new, BarKind::Of(State::Active));
                paint_overlap(painter, theme, Rect::from_min_max(pos2(new.left(), top), pos2(old.right(), bottom)), false);
            }
            Self::Waiting => {
                let middle = bar.center().y;
                paint_waiting(painter, theme, (bar.left(), bar.right() - 5.0), middle, middle);
            }
        }
    }
}

/// Draws the legend at the foot.
pub fn legend_ui(ui: &Ui, rect: Rect) {
    let theme = theme::of(ui);
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, theme.window);
    painter.hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme.line_soft));
    let mut x = rect.left() + 16.0;
    for entry in Entry::ALL {
        let words = paint::galley(painter, Role::Caption, theme.text2, entry.name());
        if x + 28.0 + words.size().x > rect.right() - 8.0 {
            return;
        }
        entry.paint(painter, theme, Rect::from_center_size(pos2(x + 11.0, rect.center().y), vec2(22.0, 9.0)));
        x = paint::place(painter, words, x + 27.0, rect.center().y) + 14.0;
    }
    let words = paint::galley(painter, Role::Caption, theme.text2, "Wheel zooms, drag pans");
    let at = rect.right() - 16.0 - words.size().x;
    if at > x + 16.0 {
        paint::place(painter, words, at, rect.center().y);
    }
}

/// Draws today over the whole height.
pub fn today_ui(ui: &Ui, view: &View<'_>, sheet: Sheet) {
    let theme = theme::of(ui);
    let (bars, x) = (sheet.bars, sheet.bars.left() + sheet.scale.x(view.desk.now));
    if !bars.x_range().contains(x) {
        return;
    }
    let clip = ui.painter().with_clip_rect(bars);
    clip.vline(x, bars.y_range(), Stroke::new(2.0, theme.accent));
    let text = format!("Today, {}", view.desk.now.date(&view.desk.zone).strftime("%-d %b"));
    let words = paint::galley(&clip, Role::Caption, theme.on_accent, &text);
    let chip = Rect::from_center_size(pos2(x, bars.top() + 17.0), words.size() + vec2(20.0, 4.0));
    clip.rect_filled(chip, 10.0, theme.accent);
    paint::place_centred(&clip, words, chip.center());
}
