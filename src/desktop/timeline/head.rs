//! Over the lanes: the calendar, and what each week or month brings, as expiries or as a forecast.

use egui::{Align, Color32, Layout, Painter, Rect, Role as Access, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::ahead::{Week, noun};
use super::histogram::bucket_unit;
use super::lane::Sheet;
use super::scale::Unit;
use super::{AXIS, Timeline};
use crate::actions::Action;
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{Tooltips, link, paint, segmented};
use crate::model::{DueKind, State};

/// What the histogram shows.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub enum Shows {
    /// When the keys shown end.
    #[default]
    Expiries,
    /// What comes due of every key under today's policies.
    Forecast,
}

/// Room over the bars of the forecast: for the legend, and for the count over a busy week.
const OVER_WEEKS: f32 = 45.0;

/// The colour of what comes due: that of the state it leads to, or of a warning where nothing follows.
pub fn kind_colour(theme: &Theme, kind: DueKind) -> Color32 {
    match kind {
        DueKind::Rotation => theme.good().fill,
        DueKind::Expiry => theme.warning().fill,
        DueKind::Certificate => theme.warning_stripe,
        DueKind::Activation => theme.state(State::PreActive).fill,
        DueKind::Destruction => theme.state(State::Destroyed).fill,
    }
}

impl Timeline {
    /// Draws calendar, histogram and what stands beside it.
    pub(super) fn head_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, area: Rect, sheet: Sheet) {
        let clip = ui.painter().with_clip_rect(sheet.bars);
        self.calendar_ui(ui, &clip, view, area, sheet);
        match self.shows {
            Shows::Expiries => self.expiries_ui(ui, &clip, view, area, sheet),
            Shows::Forecast => self.forecast_ui(ui, &clip, view, area, sheet),
        }
        let side = Rect::from_min_size(area.min, vec2(size::LANE_LABEL, size::HISTOGRAM + AXIS));
        self.beside_ui(ui, view, side, sheet);
    }

    fn calendar_ui(&self, ui: &Ui, clip: &Painter, view: &View<'_>, area: Rect, sheet: Sheet) {
        let theme = theme::of(ui);
        let (bars, axis, now) = (sheet.bars, area.top() + size::HISTOGRAM, view.desk.now);
        let soon = [now, now.plus_days(30)].map(|time| sheet.x(time));
        let zone = Rect::from_x_y_ranges(soon[0]..=soon[1], area.y_range());
        clip.rect_filled(zone, 0.0, theme.warning().tint.gamma_multiply(0.6));
        if let Some(week) = self.chosen_week() {
            let span = Rect::from_x_y_ranges(sheet.x(week.from)..=sheet.x(week.to), area.y_range());
            clip.rect_filled(span, 0.0, theme.selected);
        }
        for tick in sheet.scale.ticks(bars.width(), &view.desk.zone) {
            let x = bars.left() + sheet.scale.x(tick.time);
            clip.vline(x, area.top()..=area.bottom(), Stroke::new(1.0, theme.line_soft));
            let (role, ink) = if tick.major { (Role::SmallStrong, theme.text) } else { (Role::Caption, theme.text2) };
            let words = paint::galley(clip, role, ink, &tick.label);
            if x + 6.0 + words.size().x < bars.right() {
                paint::place(clip, words, x + 6.0, axis + AXIS / 2.0);
            }
        }
        clip.hline(bars.x_range(), axis, Stroke::new(1.0, theme.line));
    }

    fn expiries_ui(&self, ui: &Ui, clip: &Painter, view: &View<'_>, area: Rect, sheet: Sheet) {
        let theme = theme::of(ui);
        let (axis, now) = (area.top() + size::HISTOGRAM, view.desk.now);
        let buckets = self.ends.buckets(&sheet.scale, sheet.bars.width(), &view.desk.zone);
        let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1).max(1);
        let mut peak: Option<(f32, u32)> = None;
        for bucket in &buckets {
            let (from, to) = (sheet.x(bucket.from), sheet.x(bucket.to));
            let tall = (size::HISTOGRAM - 28.0) * bucket.count as f32 / most as f32;
            let bar = Rect::from_min_max(pos2(from + 1.0, axis - tall), pos2((to - 1.0).max(from + 2.0), axis));
            let fill = match bucket.to {
                to if to <= now => theme.line,
                to if to <= now.plus_days(37) => theme.warning().fill,
                _ if bucket.count == most && most > 2 => theme.accent,
                _ => theme.meter,
            };
            clip.rect_filled(bar, 1.0, fill);
            if bucket.count == most && most > 2 && peak.is_none() {
                peak = Some((bar.center().x, bucket.count));
            }
        }
        if let Some((x, count)) = peak {
            let words = paint::galley(clip, Role::Caption, theme.accent_text, &format!("{count} in one {}", unit(sheet)));
            paint::place_centred(clip, words, pos2(x, axis - size::HISTOGRAM + 16.0));
        }
    }

    /// The weeks ahead, each stacked by kind; a click lists what comes due.
    fn forecast_ui(&mut self, ui: &Ui, clip: &Painter, view: &View<'_>, area: Rect, sheet: Sheet) {
        let theme = theme::of(ui);
        let axis = area.top() + size::HISTOGRAM;
        let total = |week: &Week| week.counts.iter().sum::<u32>();
        let most = self.ahead.weeks().iter().map(total).max().unwrap_or(0);
        if most == 0 {
            let words = paint::galley(clip, Role::Small, theme.text3, "Nothing comes due in the next 12 months.");
            let at = Rect::from_min_size(pos2(sheet.x(view.desk.now.plus_days(30)) + 16.0, axis - 34.0), words.size());
            clip.rect_filled(at.expand2(vec2(4.0, 2.0)), 0.0, theme.panel);
            paint::place(clip, words, at.left(), at.center().y);
            return;
        }
        let per_point = (size::HISTOGRAM - OVER_WEEKS) / most as f32;
        let mut chosen = None;
        for (number, week) in self.ahead.weeks().iter().enumerate().filter(|(_, week)| total(week) > 0) {
            let Some((from, to)) = sheet
                .span(week.from, Some(week.to))
                .filter(|(from, to)| sheet.bars.x_range().contains(f32::midpoint(*from, *to)))
            else {
                continue;
            };
            let column = Rect::from_x_y_ranges(from..=to, axis - size::HISTOGRAM + 28.0..=axis);
            let response = ui.interact(column, egui::Id::unique(("week", number)), Sense::click());
            let open = self.week == Some(number);
            response.widget_info(|| WidgetInfo::selected(Access::Button, true, open, &week.spoken));
            if response.hovered() && !open {
                clip.rect_filled(column, 2.0, theme.hover);
            }
            stack_ui(clip, theme, column, week, per_point);
            paint::focus_ring(ui, &response, column, 2);
            if response.clicked() {
                chosen = Some((!open).then_some(number));
            }
            response.tooltip_of(|ui| {
                Role::BodyStrong.line(ui, theme.text, format!("Week of {}", view.desk.date(week.from)));
                Role::Small.line(ui, theme.text2, &week.counted);
                if week.busy {
                    Role::Small.line(ui, theme.accent_text, "More than twice what a week brings on average");
                }
            });
        }
        if let Some(week) = chosen {
            (self.week, self.reveals) = (week, true);
        }
        let kinds = self.kinds_ui(clip, theme, area, sheet);
        self.labels_ui(clip, theme, axis, sheet, per_point, kinds);
    }

    /// What the colours mean, at the right; gives back its left edge.
    fn kinds_ui(&self, clip: &Painter, theme: &Theme, area: Rect, sheet: Sheet) -> f32 {
        let middle = area.top() + 17.0;
        let mut right = sheet.bars.right() - 16.0;
        for kind in DueKind::ALL.into_iter().rev() {
            if !self.ahead.weeks().iter().any(|week| week.counts[kind as usize] > 0) {
                continue;
            }
            let words = paint::galley(clip, Role::Caption, theme.text2, &plural(kind));
            right -= words.size().x;
            paint::place(clip, words, right, middle);
            right -= 14.0;
            let square = Rect::from_center_size(pos2(right + 4.0, middle), vec2(9.0, 9.0));
            clip.rect_filled(square, 2.0, kind_colour(theme, kind));
            right -= 16.0;
        }
        right
    }

    /// How much the busy weeks bring, the busiest in words, others where there is room.
    fn labels_ui(&self, clip: &Painter, theme: &Theme, axis: f32, sheet: Sheet, per_point: f32, kinds: f32) {
        let mut taken: Vec<Rect> = vec![Rect::from_min_max(
            pos2(kinds, axis - size::HISTOGRAM),
            pos2(sheet.bars.right(), axis - size::HISTOGRAM + 24.0),
        )];
        let busiest = self.ahead.busiest().map(|week| week.from);
        let mut busy: Vec<&Week> = self.ahead.weeks().iter().filter(|week| week.busy).collect();
        busy.sort_by_key(|week| Some(week.from) != busiest);
        for week in busy {
            let words = if Some(week.from) == busiest { week.label.clone() } else { week.work.to_string() };
            let words = paint::galley(clip, Role::Caption, theme.accent_text, &words);
            let x = f32::midpoint(sheet.x(week.from), sheet.x(week.to));
            let tall = week.counts.iter().sum::<u32>() as f32 * per_point;
            let half = words.size().x / 2.0;
            let left =
                (x - half).clamp(sheet.bars.left() + 4.0, (sheet.bars.right() - 4.0 - 2.0 * half).max(sheet.bars.left() + 4.0));
            let at = Rect::from_min_size(pos2(left, axis - tall - 17.0), words.size());
            let shows = sheet.bars.x_range().contains(x) && taken.iter().all(|other| !other.intersects(at.expand(2.0)));
            if shows {
                paint::place(clip, words, at.left(), at.center().y);
                taken.push(at);
            }
        }
    }

    /// The switch, the sum and the way to spread busy weeks.
    fn beside_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, rect: Rect, sheet: Sheet) {
        let theme = theme::of(ui);
        let inside = Rect::from_min_max(rect.min + vec2(14.0, 8.0), rect.max - vec2(8.0, 4.0));
        let mut child = ui.new_child(UiBuilder::new().id_salt("beside").max_rect(inside).layout(Layout::top_down(Align::Min)));
        child.spacing_mut().item_spacing.y = 0.0;
        if let Some(index) = segmented(&mut child, &["Expiries", "Forecast"], Some(self.shows as usize)) {
            self.shows = [Shows::Expiries, Shows::Forecast][index];
            self.week = None;
        }
        child.add_space(8.0);
        let busy = self.ahead.busy();
        let busy_weeks = match busy {
            0 => "No week is busy".to_owned(),
            1 => "1 week is busy".to_owned(),
            busy => format!("{busy} weeks are busy"),
        };
        let (first, second) = match self.shows {
            Shows::Expiries => {
                let ahead = self.ends.between(view.desk.now, view.desk.now.plus_days(365));
                let counted = format!("Counted by {}", unit(sheet));
                (format!("{ahead} in the next 12 months"), if busy > 0 { busy_weeks } else { counted })
            }
            Shows::Forecast => {
                let total = self.ahead.total();
                let due = if total == 0 { "Nothing".to_owned() } else { total.to_string() };
                (format!("{due} due in 12 months, all keys"), busy_weeks)
            }
        };
        Role::SmallMedium.line(&mut child, theme.text, first);
        Role::Small.line(&mut child, theme.text2, second);
        child.add_space(4.0);
        if busy > 0 && link(&mut child, "Spread them", Some(Icon::ArrowRight)).clicked() {
            view.asks.act(Action::SpreadRotations);
        }
    }

    /// The week whose list is open.
    pub(super) fn chosen_week(&self) -> Option<&Week> {
        self.ahead.weeks().get(self.week?)
    }
}

/// The bar of a week: its kinds from the axis up, a busy week under a line of the accent.
fn stack_ui(clip: &Painter, theme: &Theme, column: Rect, week: &Week, per_point: f32) {
    let (left, right) = (column.left() + 1.0, (column.right() - 1.0).max(column.left() + 2.0));
    let mut bottom = column.bottom();
    for (kind, count) in DueKind::ALL.into_iter().zip(week.counts).filter(|(_, count)| *count > 0) {
        let top = bottom - (count as f32 * per_point).max(1.0);
        let piece = Rect::from_min_max(pos2(left, top), pos2(right, bottom));
        clip.rect_filled(piece, 1.0, kind_colour(theme, kind));
        bottom = top;
    }
    if week.busy {
        clip.rect_filled(Rect::from_min_max(pos2(left, bottom - 4.0), pos2(right, bottom - 1.5)), 1.0, theme.accent);
    }
}

/// “week” or “month”, whichever the expiries are counted by.
fn unit(sheet: Sheet) -> &'static str {
    if bucket_unit(&sheet.scale) == Unit::Week { "week" } else { "month" }
}

/// A kind over many of it, as a legend says it.
fn plural(kind: DueKind) -> String {
    let word = noun(kind, 2);
    word[..1].to_uppercase() + &word[1..]
}
