//! The life of a version as a line of four stations.

use egui::{Color32, Rect, Response, Role as Access, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::paint;
use super::paint_glyph;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme};
use crate::model::State;

/// A station of a life.
#[derive(Debug, Copy, Clone)]
pub struct LifeStep<'a> {
    /// What the version is from there on.
    pub state: State,
    /// “24 May”, “since 26 May”, “12 Dec, 19 d”, “by policy”; empty where the life went past it.
    pub detail: &'a str,
    /// The detail wants attention.
    pub warning: bool,
}

/// Draws the life; `current` is the station reached, `share` the way to the next, 0 to 1.
pub fn life_line(ui: &mut Ui, steps: &[LifeStep<'_>; 4], current: usize, share: f32) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    let words = steps.iter().map(|step| format!("{} {}", step.state.name(), step.detail)).collect::<Vec<_>>().join(", ");
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, &words));
    let y = rect.top() + 12.0;
    let span = rect.width() - 16.0;
    let at = [0.0, 0.347, 0.694, 1.0].map(|share| rect.left() + 8.0 + span * share);
    track(ui, theme, at, y, current, share);
    for (index, step) in steps.iter().enumerate() {
        let centre = pos2(at[index], y);
        if index < current && step.detail.is_empty() {
            ui.painter().circle(centre, 3.5, theme.panel, Stroke::new(1.5, theme.control));
        } else {
            station(ui, theme, centre, step.state, index, current);
        }
        let (word, ink) = if index == current { (Role::SmallStrong, theme.text) } else { (Role::Caption, theme.text2) };
        let detail = if step.warning { theme.warning().ink } else { theme.text3 };
        // The glyph tells the two ends apart, and the second station that it was compromised.
        let name = if step.state.is_destroyed() { State::Destroyed.name() } else { step.state.name() };
        for (role, ink, text, down) in [(word, ink, name, 20.0), (Role::Caption, detail, step.detail, 35.0)] {
            let galley = paint::galley(ui.painter(), role, ink, text);
            let half = galley.size().x / 2.0;
            let left = (centre.x - half).clamp(rect.left(), (rect.right() - 2.0 * half).max(rect.left()));
            paint::place(ui.painter(), galley, left, y + down);
        }
    }
    response
}

fn track(ui: &Ui, theme: &Theme, at: [f32; 4], y: f32, current: usize, share: f32) {
    let next = (current + 1).min(3);
    let now = at[current] + (at[next] - at[current]) * share.clamp(0.0, 1.0);
    let ink = theme.good().fill;
    ui.painter().hline(at[0]..=now, y, Stroke::new(2.0, ink));
    let rest = [pos2(now, y), pos2(at[3], y)];
    ui.painter().extend(Shape::dashed_line(&rest, Stroke::new(1.5, theme.line), 3.0, 3.0));
    if current < 3 {
        ui.painter().vline(now, y - 6.0..=y + 6.0, Stroke::new(2.0, theme.accent));
    }
}

fn station(ui: &Ui, theme: &Theme, centre: egui::Pos2, state: State, index: usize, current: usize) {
    let painter = ui.painter();
    if index < current {
        painter.circle(centre, 6.5, theme.panel, Stroke::new(1.5, theme.good().ink));
        Icon::Check.paint(painter, centre, 10.0, theme.good().ink);
        return;
    }
    let ground = if index == current { theme.state(state).tint } else { theme.panel };
    painter.rect_filled(Rect::from_center_size(centre, vec2(14.0, 14.0)), 7.0, theme.panel);
    if index == current {
        painter.circle_filled(centre, 9.0, ground);
    }
    paint_glyph(painter, theme, centre, state, Color32::TRANSPARENT);
}
