//! Rotations of busy weeks come earlier: what is proposed, what becomes of the weeks, and which keys.

use egui::{Context, Painter, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::batch::{Subjects, ended};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Weight, follows, link, paint};
use crate::model::forecast::{Move, WEEK, of_key};
use crate::model::name::shown;
use crate::model::{Command, DueKind, Forecast, KeyId, Overrides, Time};

/// Height of a line of the list.
const LINE: f32 = 32.0;
/// Lines before the list scrolls.
const LINES: f32 = 6.5;
/// Height of a row of weeks, and the width of what stands before it.
const CHART: (f32, f32) = (52.0, 76.0);

/// Lets rotations come earlier.
pub struct SpreadRotations {
    lines: Vec<Line>,
    /// What each week brings now.
    before: Vec<u32>,
    /// The first week of each month, with its name.
    months: Vec<(usize, String)>,
    /// How many weeks are busy now.
    busy: usize,
    work: Work,
    asked: Vec<KeyId>,
}

/// A proposed move in words.
struct Line {
    found: Move,
    key: KeyId,
    on: bool,
    name: String,
    from: String,
    to: String,
    why: String,
    spoken: String,
    /// What it takes from weeks and brings to others; later rotations of the key move with it.
    shifts: Vec<(usize, i32)>,
}

impl SpreadRotations {
    /// What a forecast proposes.
    pub fn of(forecast: &Forecast, view: &View<'_>) -> Self {
        let moves = forecast.spread(&view.desk.inventory, view.desk.now);
        let mut months: Vec<(usize, String)> = Vec::new();
        for week in 0..forecast.len() {
            let date = forecast.week(week).date(&view.desk.zone);
            if date.day() <= 7 {
                let format = if date.month() == 1 { "%Y" } else { "%b" };
                months.push((week, date.strftime(format).to_string()));
            }
        }
        Self {
            lines: moves.into_iter().filter_map(|found| Line::of(found, forecast, view)).collect(),
            before: (0..forecast.len()).map(|week| forecast.work(week)).collect(),
            months,
            busy: forecast.busy().len(),
            work: Work::Idle,
            asked: Vec::new(),
        }
    }

    fn ticked(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.on)
    }

    /// What each week brings with the moves that are ticked.
    fn after(&self) -> Vec<u32> {
        let mut after = self.before.clone();
        for (week, by) in self.ticked().flat_map(|line| &line.shifts) {
            if let Some(count) = after.get_mut(*week) {
                *count = count.saturating_add_signed(*by);
            }
        }
        after
    }

    fn follows_ui(&self, ui: &mut Ui, after: &[u32]) {
        let count = self.ticked().count();
        let comes = if count == 1 { "1 rotation comes".to_owned() } else { format!("{count} rotations come") };
        let most = |weeks: &[u32]| weeks.iter().copied().max().unwrap_or(0);
        let (now, then) = (most(&self.before), most(after));
        let busiest = if then < now {
            format!("The busiest week then brings {then} instead of {now}.")
        } else {
            format!("The busiest week still brings {now}.")
        };
        let sentence = format!("{comes} earlier, none later; each key keeps the rest of its policy.");
        follows(ui, Icon::Calendar, Weight::Plain, &sentence, &busiest);
        let sum = |weeks: &[u32]| weeks.iter().sum::<u32>();
        let more = sum(after).saturating_sub(sum(&self.before));
        if more > 0 {
            let more = if more == 1 { "One rotation more comes".to_owned() } else { format!("{more} rotations more come") };
            let hint = "A key that is rotated earlier each time is rotated more often.";
            follows(ui, Icon::Rotate, Weight::Care, &format!("{more} due within these 12 months."), hint);
        }
    }

    /// The weeks now and after, one over the other.
    fn charts_ui(&self, ui: &mut Ui, after: &[u32]) {
        let theme = theme::of(ui);
        let (tall, indent) = CHART;
        let most = self.before.iter().chain(after).copied().max().unwrap_or(1).max(1);
        for (title, weeks, other) in [("Now", &self.before[..], after), ("After", after, &self.before[..])] {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), tall), Sense::hover());
            let peak = weeks.iter().copied().max().unwrap_or(0);
            response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{title}: at most {peak} in a week")));
            let head = paint::galley(ui.painter(), Role::SmallStrong, theme.text, title);
            paint::place(ui.painter(), head, rect.left(), rect.bottom() - 26.0);
            let sum = paint::galley(ui.painter(), Role::Small, theme.text2, &format!("at most {peak}"));
            paint::place(ui.painter(), sum, rect.left(), rect.bottom() - 9.0);
            let bars = Rect::from_min_max(pos2(rect.left() + indent, rect.top() + 6.0), rect.max);
            weeks_ui(ui.painter(), theme, bars, weeks, other, most);
        }
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
        let step = (rect.width() - indent) / self.before.len().max(1) as f32;
        for (week, name) in &self.months {
            let words = paint::galley(ui.painter(), Role::Caption, theme.text3, name);
            let left = rect.left() + indent + *week as f32 * step;
            if left + words.size().x <= rect.right() {
                paint::place(ui.painter(), words, left, rect.center().y);
            }
        }
    }

    fn list_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let (all, on) = (self.lines.len(), self.ticked().count());
        ui.horizontal(|ui| {
            Role::SmallStrong.line(ui, theme.text2, "Rotations that could come earlier");
            Role::Small.line(ui, theme.text3, format!("{on} of {all}"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let (text, to) = if on == all { ("Untick all", false) } else { ("Tick all", true) };
                if link(ui, text, None).clicked() {
                    self.lines.iter_mut().for_each(|line| line.on = to);
                }
            });
        });
        let frame = egui::Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(size::RADIUS);
        frame.inner_margin(egui::Margin::symmetric(0, 4)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let scroll = ScrollArea::vertical().max_height(LINE * LINES).auto_shrink([false, true]).id_salt("moves");
            scroll.show_rows(ui, LINE, all, |ui, rows| {
                for line in &mut self.lines[rows] {
                    line.ui(ui);
                }
            });
        });
    }

    fn command(&mut self) -> Command {
        let policies: Vec<(KeyId, Overrides)> = self.ticked().map(|line| (line.key, line.found.overrides.clone())).collect();
        self.asked = policies.iter().map(|(key, _)| *key).collect();
        Command::SetKeyPolicies(policies)
    }

    /// There is nothing to spread: why not.
    fn nothing_ui(&self, ctx: &Context, view: &mut View<'_>) {
        let dialog = Dialog {
            id: "spread-nothing",
            title: "Nothing to spread",
            width: size::DIALOG,
            note: "",
            cancel: "",
            confirm: "Close",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| match self.busy {
            0 => follows(
                ui,
                Icon::CheckCircle,
                Weight::Plain,
                "No week of the next 12 months is busy.",
                "A busy week brings more than twice what a week brings on average, and at least three.",
            ),
            busy => {
                let weeks = if busy == 1 { "1 week is busy".to_owned() } else { format!("{busy} weeks are busy") };
                follows(
                    ui,
                    Icon::Calendar,
                    Weight::Care,
                    &format!("{weeks}, but no rotation there can come earlier."),
                    "Only the next rotation of a key is moved, into the eight weeks before, and never before half of its cryptoperiod.",
                );
            }
        });
        if answer.is_some() {
            view.asks.push(Ask::Close);
        }
    }
}

impl Line {
    fn of(found: Move, forecast: &Forecast, view: &View<'_>) -> Option<Self> {
        let inventory = &view.desk.inventory;
        let key = inventory.at(found.index)?;
        let week = |at: Time| (at.seconds_since(forecast.week(0)).max(0) / WEEK) as usize;
        let until = forecast.week(forecast.len()).plus_seconds(-1);
        let work = |kind: DueKind| matches!(kind, DueKind::Rotation | DueKind::Expiry | DueKind::Certificate);
        let now = view.desk.now.max(forecast.week(0));
        let under = found.overrides.over(inventory.policy(key.purpose));
        let mut shifts = Vec::new();
        for (policy, by) in [(inventory.policy_of(key).into_owned(), -1), (under, 1)] {
            let due = of_key(key, &policy, now, until).into_iter().filter(|(_, kind)| work(*kind));
            shifts.extend(due.map(|(at, _)| (week(at), by)));
        }
        let name = shown(&key.name).into_owned();
        let (from, to) = (view.desk.date(found.from), view.desk.date(found.to));
        let why = format!("{} in its week, {} in the new one", forecast.work(week(found.from)), forecast.work(week(found.to)));
        let spoken = format!("{name}: on {to} instead of {from}, {why}");
        Some(Self { key: key.id, on: true, name, from, to, why, spoken, shifts, found })
    }

    fn ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let (rect, mut response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
        if response.clicked() {
            self.on = !self.on;
            response.mark_changed();
        }
        response.widget_info(|| WidgetInfo::selected(Access::CheckBox, true, self.on, &self.spoken));
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect, 0.0, theme.hover);
        }
        let middle = rect.center().y;
        let square = Rect::from_center_size(pos2(rect.left() + 20.0, middle), vec2(16.0, 16.0));
        if self.on {
            painter.rect_filled(square, 4.0, theme.accent);
            Icon::Check.paint(painter, square.center(), 12.0, theme.on_accent);
        } else {
            paint::boxed(painter, square, size::RADIUS_TAG, theme.panel, theme.control);
        }
        paint::focus_ring(ui, &response, square, size::RADIUS_TAG);
        let (ink, soft) = if self.on { (theme.text, theme.text2) } else { (theme.text3, theme.text3) };
        let (dates, why) = (rect.left() + 238.0, rect.left() + 448.0);
        let name = paint::galley_cut(painter, Role::Body, ink, &self.name, dates - rect.left() - 50.0);
        paint::place(painter, name, rect.left() + 38.0, middle);
        let from = paint::galley(painter, Role::Small, theme.text3, &self.from);
        let end = paint::place(painter, from, dates, middle);
        Icon::ArrowRight.paint(painter, pos2(end + 13.0, middle), size::ICON_DETAIL, theme.text3);
        let to = paint::galley(painter, Role::SmallMedium, ink, &self.to);
        paint::place(painter, to, end + 26.0, middle);
        let words = paint::galley_cut(painter, Role::Small, soft, &self.why, rect.right() - why - 12.0);
        paint::place(painter, words, why, middle);
    }
}

/// Draws weeks as bars; those that bring more than in the other row stand out.
fn weeks_ui(painter: &Painter, theme: &Theme, rect: Rect, weeks: &[u32], other: &[u32], most: u32) {
    let step = rect.width() / weeks.len().max(1) as f32;
    painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, theme.line));
    for (number, (&count, &other)) in weeks.iter().zip(other).enumerate().filter(|(_, (count, _))| **count > 0) {
        let left = rect.left() + number as f32 * step;
        let bar = |from: u32, to: u32| {
            let y = |count: u32| rect.bottom() - rect.height() * count as f32 / most as f32;
            Rect::from_min_max(pos2(left + 1.0, y(to)), pos2(left + step - 1.0, y(from)))
        };
        painter.rect_filled(bar(0, count.min(other)), 1.0, theme.meter);
        if count > other {
            painter.rect_filled(bar(other, count), 1.0, theme.accent);
        }
    }
}

impl Form for SpreadRotations {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        if self.lines.is_empty() {
            return self.nothing_ui(ctx, view);
        }
        let on = self.ticked().count();
        let refused = self.work.refusal().or((on == 0).then_some("Tick at least one rotation."));
        let button = format!("Spread {on}");
        let dialog = Dialog {
            id: "spread",
            title: "Spread rotations",
            width: size::DIALOG_WIDE,
            note: "Ctrl Z takes it back.",
            cancel: "Cancel",
            confirm: &button,
            danger: false,
            lead: None,
            extra: None,
            refused,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let after = self.after();
            self.follows_ui(ui, &after);
            self.charts_ui(ui, &after);
            self.list_ui(ui);
            self.work.ui(ui, "Writing", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                self.work.begin();
                let command = self.command();
                view.asks.push(Ask::Request(Request::Run(command)));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let asked: Vec<KeyId> = std::mem::take(&mut self.asked);
        match Subjects::of(&asked, view) {
            Some(subjects) => {
                ended(result, &subjects, "given an earlier rotation", " Ctrl Z takes it back.", &mut self.work, view);
            }
            None => view.asks.push(Ask::Close),
        }
    }
}
