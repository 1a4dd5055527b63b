//! The painted glyphs of states and of urgency: a shape each, so that colour is never alone.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use crate::desktop::icons::Icon;
use crate::desktop::theme::Theme;
use crate::model::State;

/// Paints the glyph of a state in a box of 12 around `centre`; `ground` is what lies behind it.
pub fn paint_glyph(painter: &Painter, theme: &Theme, centre: Pos2, state: State, ground: Color32) {
    let ink = theme.state(state).ink;
    let line = Stroke::new(1.5, ink);
    match state {
        State::Active => _ = painter.circle_filled(centre, 5.0, ink),
        State::PreActive => ring(painter, centre, line),
        State::Suspended => {
            for x in [-2.5, 2.5] {
                painter.rect_filled(Rect::from_center_size(centre + vec2(x, 0.0), vec2(3.0, 10.0)), 0.5, ink);
            }
        }
        State::Deactivated => {
            let square = Rect::from_center_size(centre, vec2(9.0, 9.0));
            painter.rect_stroke(square, CornerRadius::same(2), line, StrokeKind::Inside);
        }
        State::Compromised => {
            painter.add(Shape::convex_polygon(triangle(centre, 6.0), ink, Stroke::new(1.0, ink)));
            painter.rect_filled(Rect::from_center_size(centre + vec2(0.0, 0.0), vec2(1.4, 4.0)), 0.0, ground);
            painter.rect_filled(Rect::from_center_size(centre + vec2(0.0, 3.4), vec2(1.4, 1.4)), 0.0, ground);
        }
        State::Destroyed => cross(painter, centre, 4.0, line),
        State::DestroyedCompromised => {
            painter.add(Shape::closed_line(triangle(centre, 6.0), Stroke::new(1.2, ink)));
            cross(painter, centre + vec2(0.0, 1.6), 1.7, Stroke::new(1.2, ink));
        }
    }
}

fn triangle(centre: Pos2, half: f32) -> Vec<Pos2> {
    vec![
        pos2(centre.x, centre.y - half + 0.7),
        pos2(centre.x + half - 0.3, centre.y + half - 1.0),
        pos2(centre.x - half + 0.3, centre.y + half - 1.0),
    ]
}

fn cross(painter: &Painter, centre: Pos2, half: f32, line: Stroke) {
    painter.line_segment([centre + vec2(-half, -half), centre + vec2(half, half)], line);
    painter.line_segment([centre + vec2(-half, half), centre + vec2(half, -half)], line);
}

/// A ring of eight dashes.
fn ring(painter: &Painter, centre: Pos2, line: Stroke) {
    for dash in 0..8_u8 {
        let arc = (0..=3_u8)
            .map(|step| (f32::from(dash) + 0.55 * f32::from(step) / 3.0) * std::f32::consts::TAU / 8.0)
            .map(|angle| centre + 4.6 * vec2(angle.cos(), angle.sin()))
            .collect();
        painter.add(Shape::line(arc, line));
    }
}

/// How soon something wants a person.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Now.
    Now,
    /// Soon.
    Soon,
    /// Later, or for information.
    Later,
}

/// Paints the glyph of an urgency around `centre`: triangle, diamond, circle.
pub fn paint_urgency(painter: &Painter, theme: &Theme, centre: Pos2, urgency: Urgency) {
    match urgency {
        Urgency::Now => Icon::Warning.paint_filled(painter, centre, 18.0, theme.critical().ink),
        Urgency::Soon => Icon::WarningDiamond.paint(painter, centre, 18.0, theme.warning().ink),
        Urgency::Later => Icon::Info.paint(painter, centre, 16.0, theme.text3),
    }
}
