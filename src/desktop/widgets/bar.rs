//! Bars of a cryptoperiod, each state with its own pattern, and the bar of progress.

use egui::{Color32, CornerRadius, Painter, Rect, Role as Access, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::{Button, paint};
use crate::desktop::theme::{self, Role, Theme};
use crate::model::State;

/// What a bar in a lane stands for.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum BarKind {
    /// A span in a state.
    Of(State),
    /// A planned rotation.
    Planned,
}

/// Paints a bar of a lane.
pub fn paint_bar(painter: &Painter, theme: &Theme, rect: Rect, kind: BarKind) {
    let round = CornerRadius::same(3);
    let BarKind::Of(state) = kind else {
        painter.rect_filled(rect, round, theme.panel);
        return dashes(painter, rect, theme.good().fill);
    };
    let colours = theme.state(state);
    let inside = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let outline = Stroke::new(1.0, colours.fill);
    match state {
        State::Active => _ = painter.rect_filled(rect, round, colours.fill),
        State::PreActive => {
            painter.rect_filled(rect, round, colours.tint);
            dashed(painter, rect, colours.fill, 2.0, 2.0);
        }
        _ => {
            painter.rect(rect, round, colours.tint, outline, StrokeKind::Inside);
            pattern(&inside, rect, state, colours.fill);
            painter.rect_stroke(rect, round, outline, StrokeKind::Inside);
        }
    }
}

fn pattern(painter: &Painter, rect: Rect, state: State, ink: Color32) {
    match state {
        State::Suspended => hatch(painter, rect, 6.0, Stroke::new(2.4, ink), false),
        State::Compromised => {
            hatch(painter, rect, 4.0, Stroke::new(1.4, ink), false);
            hatch(painter, rect, 4.0, Stroke::new(1.4, ink), true);
        }
        State::Deactivated => dots(painter, rect, ink),
        State::Destroyed => _ = painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.0, ink)),
        State::DestroyedCompromised => crosses(painter, rect, Stroke::new(1.0, ink)),
        State::Active | State::PreActive => {}
    }
}

/// The part of a rectangle that is on screen, so that a long bar costs what is seen of it.
fn seen(painter: &Painter, rect: Rect, step: f32) -> (f32, f32) {
    let clip = painter.clip_rect();
    let skipped = ((clip.left() - rect.left()) / step).floor().max(0.0) * step;
    (rect.left() + skipped, rect.right().min(clip.right()))
}

fn hatch(painter: &Painter, rect: Rect, step: f32, line: Stroke, falling: bool) {
    let (mut x, end) = seen(painter, rect, step);
    x -= (rect.height() / step).ceil() * step;
    while x < end {
        let (from, to) = if falling { (rect.top(), rect.bottom()) } else { (rect.bottom(), rect.top()) };
        painter.line_segment([pos2(x, from), pos2(x + rect.height(), to)], line);
        x += step;
    }
}

fn dots(painter: &Painter, rect: Rect, ink: Color32) {
    let (mut x, end) = seen(painter, rect, 4.0);
    x += 3.0;
    while x < end - 1.0 {
        let mut y = rect.top() + 3.0;
        while y < rect.bottom() - 1.0 {
            painter.circle_filled(pos2(x, y), 0.7, ink);
            y += 3.0;
        }
        x += 4.0;
    }
}

fn crosses(painter: &Painter, rect: Rect, line: Stroke) {
    let (mut x, end) = seen(painter, rect, 10.0);
    x += 6.0;
    while x < end - 2.0 {
        let c = pos2(x, rect.center().y);
        painter.line_segment([c + vec2(-2.0, -2.0), c + vec2(2.0, 2.0)], line);
        painter.line_segment([c + vec2(-2.0, 2.0), c + vec2(2.0, -2.0)], line);
        x += 10.0;
    }
}

fn dashed(painter: &Painter, rect: Rect, ink: Color32, dash: f32, gap: f32) {
    let rect = rect.shrink(0.5);
    let path = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    painter.extend(Shape::dashed_line(&path, Stroke::new(1.0, ink), dash, gap));
}

/// The outline of what is planned: dashes of 4 with gaps of 3 in one mesh, for there are many of them.
fn dashes(painter: &Painter, rect: Rect, ink: Color32) {
    let clip = painter.clip_rect();
    let mut mesh = egui::Mesh::default();
    let (dash, step, corner) = (4.0, 7.0, 2.0);
    let mut x = rect.left() + corner;
    // From a dash on, so that an outline does not crawl while it is cut at the edge.
    x += ((clip.left() - x) / step).floor().max(0.0) * step;
    let end = (rect.right() - corner).min(clip.right());
    while x < end {
        let right = (x + dash).min(end);
        for y in [rect.top(), rect.bottom() - 1.0] {
            mesh.add_colored_rect(Rect::from_min_max(pos2(x, y), pos2(right, y + 1.0)), ink);
        }
        x += step;
    }
    let (top, bottom) = (rect.top() + corner, rect.bottom() - corner);
    let middle =
        Rect::from_x_y_ranges(0.0..=1.0, top.max(rect.center().y - dash / 2.0)..=bottom.min(rect.center().y + dash / 2.0));
    for x in [rect.left(), rect.right() - 1.0] {
        mesh.add_colored_rect(middle.translate(vec2(x, 0.0)), ink);
    }
    painter.add(Shape::mesh(mesh));
}

/// Paints the warning time over the end of an active bar.
pub fn paint_warning(painter: &Painter, theme: &Theme, rect: Rect) {
    let inside = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    hatch(&inside, rect, 6.0, Stroke::new(2.2, theme.warning_stripe), false);
}

/// The cell of a table that tells when a cryptoperiod ends.
#[derive(Debug, Copy, Clone)]
pub struct PeriodCell<'a> {
    /// “12 Dec 2026” or “starts 1 Dec 2026”.
    pub date: &'a str,
    /// “19 d”, or empty.
    pub span: &'a str,
    /// The share of the cryptoperiod that is left, 0 to 1.
    pub left: f32,
    /// The state, which chooses the bar.
    pub state: State,
    /// In its warning time.
    pub warning: bool,
    /// Over.
    pub expired: bool,
    /// Longer than the policy allows.
    pub long: bool,
}

/// Paints date, span and bar at most 120 wide.
pub fn paint_period(painter: &Painter, theme: &Theme, rect: Rect, cell: PeriodCell<'_>) {
    let rect = Rect::from_min_size(rect.min, vec2(rect.width().min(120.0), rect.height()));
    let pre = cell.state == State::PreActive;
    let ink = match cell.long {
        true => theme.warning().ink,
        false if pre || cell.state.is_destroyed() => theme.text2,
        false => theme.text,
    };
    let middle = rect.center().y - 4.0;
    let date = paint::galley(painter, Role::Small, ink, cell.date);
    paint::place(painter, date, rect.left(), middle);
    let (role, ink) = match (cell.expired, cell.warning) {
        (true, _) => (Role::Caption, theme.critical().ink),
        (_, true) => (Role::Caption, theme.warning().ink),
        _ => (Role::Caption, theme.text3),
    };
    let span = paint::galley(painter, role, ink, cell.span);
    let at = rect.right() - span.size().x;
    paint::place(painter, span, at, middle);
    let bar = Rect::from_min_size(pos2(rect.left(), rect.center().y + 6.0), vec2(rect.width(), 4.0));
    if pre {
        return dashed(painter, bar, theme.state(State::PreActive).fill, 2.0, 2.0);
    }
    let track = if cell.expired { theme.critical().tint } else { theme.line_soft };
    painter.rect_filled(bar, 2.0, track);
    let fill = match cell.state {
        State::Compromised => theme.critical().fill,
        _ if cell.warning => theme.warning().fill,
        _ => theme.meter,
    };
    let left = bar.width() * cell.left.clamp(0.0, 1.0);
    if left > 0.0 {
        painter.rect_filled(Rect::from_min_size(bar.min, vec2(left.max(4.0), 4.0)), 2.0, fill);
    }
}

/// Progress with a count, where there is something to count, and Cancel; true when a person cancels.
pub fn progress(ui: &mut Ui, what: &str, done: usize, total: usize) -> bool {
    match total {
        0 => progress_of(ui, what, "", 0.0),
        _ => progress_of(ui, what, &format!("{done} of {total}"), done as f32 / total as f32),
    }
}

/// A bar filled to a share of 1, with what is being done, how far that is, and Cancel; true when a person cancels.
pub fn progress_of(ui: &mut Ui, what: &str, how_far: &str, share: f32) -> bool {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        Role::BodyMedium.line(ui, theme.text, what);
        Role::Small.line(ui, theme.text3, how_far);
    });
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 80.0).max(40.0);
        let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
        let spoken = if how_far.is_empty() { what.to_owned() } else { format!("{what}, {how_far}") };
        response.widget_info(|| WidgetInfo::labeled(Access::ProgressIndicator, true, &spoken));
        let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
        ui.painter().rect_filled(bar, 2.0, theme.line_soft);
        ui.painter().rect_filled(Rect::from_min_size(bar.min, vec2(bar.width() * share.clamp(0.0, 1.0), 4.0)), 2.0, theme.accent);
        ui.add(Button::new("Cancel").small()).clicked()
    })
    .inner
}
