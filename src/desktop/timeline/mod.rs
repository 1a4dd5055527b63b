//! The timeline: one lane a key from activation to expiry, and above it what each week or month brings.

pub mod histogram;
pub mod lanes;
pub mod scale;
pub mod svg;

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Key as Press, Modifiers, PointerButton, Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use self::histogram::Ends;
use self::lanes::{Grouping, Lanes, Line, Paint, pieces};
use self::scale::{Scale, Unit};
use super::desk::{Ask, View};
use super::dialogs::{Save, What};
use super::icons::Icon;
use super::rows::Narrow;
use super::screens::filters;
use super::theme::{self, Role, Theme, size};
use super::widgets::{
    BarKind, Button, empty_state, icon_button, menu, menu_chip, menu_item, paint, paint_bar, paint_glyph, paint_warning,
    segmented,
};
use crate::actions::Action;
use crate::model::name::shown;
use crate::model::time::{DAY, short_span};
use crate::model::{Key, State, Time};

/// The axis below the histogram.
const AXIS: f32 = 28.0;

/// What the lanes were made from; anything else makes them anew.
type Made = (u64, Grouping, u64, usize, Option<u32>, Narrow, String);

/// The screen.
#[derive(Default)]
pub struct Timeline {
    scale: Option<Scale>,
    grouping: Grouping,
    closed: HashSet<Arc<str>>,
    closings: u64,
    lanes: Lanes,
    ends: Ends,
    made: Option<Made>,
    offset: f32,
    /// Where the lanes with their heads lie, for a picture of them.
    area: Option<Rect>,
    width: f32,
}

impl Timeline {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.refresh(view);
        self.controls_ui(ui, view);
        if view.rows.is_empty() || view.rows.shown().is_empty() {
            ui.add_space(96.0);
            let (sentence, action) = if view.rows.is_empty() {
                ("No keys yet. Make the first one.".to_owned(), "New key")
            } else {
                (format!("No key passes the filter. Clear it to see all {} keys.", view.rows.len()), "Clear the filter")
            };
            if empty_state(ui, Icon::Timeline, &sentence, Some(action)) {
                if view.rows.is_empty() {
                    view.asks.act(Action::NewKey);
                } else {
                    view.asks.push(Ask::Search(String::new()));
                    view.asks.push(Ask::Narrow(Narrow::default()));
                }
            }
            return;
        }
        let area = ui.available_rect_before_wrap();
        let legend = Rect::from_min_max(pos2(area.left(), area.bottom() - size::FOOTER), area.max);
        let area = Rect::from_min_max(area.min, pos2(area.right(), legend.top()));
        self.area = Some(area);
        let bars = Rect::from_min_max(pos2(area.left() + size::LANE_LABEL, area.top()), area.max);
        self.width = bars.width();
        let now = view.desk.now;
        let mut scale = *self.scale.get_or_insert_with(|| Scale::between(now.plus_days(-120), now.plus_days(420), bars.width()));
        let body = Rect::from_min_max(pos2(area.left(), area.top() + size::HISTOGRAM + AXIS), area.max);
        self.moves(ui, &mut scale, [area, bars, body]);
        self.scale = Some(scale);
        self.head_ui(ui, view, area, bars, scale);
        self.body_ui(ui, view, body, bars, scale);
        today_ui(ui, view, bars, scale);
        legend_ui(ui, legend);
        ui.allocate_rect(area.union(legend), Sense::hover());
    }

    /// What the dialog saves: every lane as SVG, or what shows.
    pub fn save(&mut self, ui_theme: &'static Theme, view: &View<'_>) -> Option<Save> {
        self.refresh(view);
        let width = if self.width > 0.0 { self.width } else { 900.0 };
        let now = view.desk.now;
        let scale = self.scale.unwrap_or_else(|| Scale::between(now.plus_days(-120), now.plus_days(420), width));
        let picture = svg::Picture {
            inventory: &view.desk.inventory,
            lanes: &self.lanes,
            ends: &self.ends,
            scale,
            width,
            now,
            zone: &view.desk.zone,
        };
        let svg = picture.svg(&colours(ui_theme)).into_bytes();
        Some(Save::of(What::Timeline { svg, area: self.area? }))
    }

    fn refresh(&mut self, view: &View<'_>) {
        let shown = view.rows.shown();
        let made = (
            view.desk.generation,
            self.grouping,
            self.closings,
            shown.len(),
            shown.first().copied(),
            view.rows.narrow().clone(),
            view.desk.search.clone(),
        );
        if self.made.as_ref() != Some(&made) {
            self.lanes = Lanes::new(&view.desk.inventory, shown, self.grouping, &self.closed, view.desk.now);
            self.ends = Ends::new(&view.desk.inventory, shown, view.desk.now);
            self.made = Some(made);
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        filters::row_ui(&mut child, view, false);
        let button = menu_chip(&mut child, &format!("Group: {}", self.grouping.name()), false);
        menu(&button, |ui| {
            ui.set_min_width(160.0);
            for grouping in Grouping::ALL {
                if menu_item(ui, grouping.name(), "", self.grouping == grouping).clicked() {
                    self.grouping = grouping;
                }
            }
        });
        child.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::new("Save picture").small().icon(Icon::Export)).clicked() {
                view.asks.act(Action::SaveTimeline);
            }
            if ui.available_width() > 300.0 {
                self.zoom_ui(ui, view);
            }
        });
    }

    fn zoom_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let width = self.width.max(300.0);
        let now = view.desk.now;
        let around = |days: i64| Scale::between(now.plus_days(-days / 4), now.plus_days(days - days / 4), width);
        if ui.add(Button::ghost("Fit").small()).clicked() {
            self.scale = self.ends.span(now).map(|(from, to)| Scale::between(from, to, width)).or(self.scale);
        }
        if icon_button(ui, Icon::Plus, "Zoom in").clicked()
            && let Some(scale) = &mut self.scale
        {
            scale.zoom(1.5, width / 2.0);
        }
        if icon_button(ui, Icon::Minus, "Zoom out").clicked()
            && let Some(scale) = &mut self.scale
        {
            scale.zoom(1.0 / 1.5, width / 2.0);
        }
        let unit = self.scale.map(|scale| scale.unit());
        let chosen = match unit {
            Some(Unit::Week) => Some(0),
            Some(Unit::Month) => Some(1),
            Some(Unit::Quarter | Unit::Year) => Some(2),
            _ => None,
        };
        if let Some(index) = segmented(ui, &["Weeks", "Months", "Years"], chosen) {
            self.scale = Some(around([90, 540, 3_650][index]));
        }
    }

    /// Wheel zooms, with Shift or over the names it scrolls; drag pans; keys do the same.
    fn moves(&mut self, ui: &Ui, scale: &mut Scale, [area, bars, body]: [Rect; 3]) {
        let response = ui.interact(area, egui::Id::unique("timeline-area"), Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(Access::ScrollView, true, "Timeline"));
        let most = (self.lanes.height() - body.height()).max(0.0);
        if response.dragged_by(PointerButton::Primary) {
            let delta = response.drag_delta();
            scale.pan(delta.x);
            self.offset -= delta.y;
        }
        // A dialog over it takes wheel and keys.
        let free = ui.memory(|memory| memory.allows_interaction(ui.layer_id()));
        if let Some(at) = ui.input(|input| input.pointer.hover_pos()).filter(|at| free && area.contains(*at)) {
            let (wheel, modifiers, zoom) = ui.input(|input| (input.smooth_scroll_delta(), input.modifiers, input.zoom_delta()));
            if zoom.to_bits() != 1.0_f32.to_bits() {
                scale.zoom(zoom, at.x - bars.left());
            } else if modifiers.shift || at.x < bars.left() {
                self.offset -= wheel.y + wheel.x;
            } else {
                scale.zoom((wheel.y / 240.0).exp(), at.x - bars.left());
                scale.pan(wheel.x);
            }
        }
        if free && ui.memory(|memory| memory.focused().is_none_or(|id| id == response.id)) {
            let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            let middle = bars.width() / 2.0;
            for (key, act) in [
                (Press::ArrowLeft, &(|scale: &mut Scale| scale.pan(80.0)) as &dyn Fn(&mut Scale)),
                (Press::ArrowRight, &|scale| scale.pan(-80.0)),
                (Press::Plus, &|scale| scale.zoom(1.25, middle)),
                (Press::Equals, &|scale| scale.zoom(1.25, middle)),
                (Press::Minus, &|scale| scale.zoom(0.8, middle)),
            ] {
                if pressed(key) {
                    act(scale);
                }
            }
            for (key, by) in [
                (Press::ArrowDown, size::LANE),
                (Press::ArrowUp, -size::LANE),
                (Press::PageDown, body.height()),
                (Press::PageUp, -body.height()),
                (Press::Home, -f32::MAX),
                (Press::End, f32::MAX),
            ] {
                if pressed(key) {
                    self.offset += by;
                }
            }
        }
        self.offset = self.offset.clamp(0.0, most);
    }

    fn head_ui(&self, ui: &Ui, view: &View<'_>, area: Rect, bars: Rect, scale: Scale) {
        let theme = theme::of(ui);
        let axis = area.top() + size::HISTOGRAM;
        let clip = ui.painter().with_clip_rect(bars);
        let now = view.desk.now;
        let soon = [now, now.plus_days(30)].map(|time| bars.left() + scale.x(time));
        let zone = Rect::from_x_y_ranges(soon[0]..=soon[1], area.y_range());
        clip.rect_filled(zone, 0.0, theme.warning().tint.gamma_multiply(0.6));
        for tick in scale.ticks(bars.width(), &view.desk.zone) {
            let x = bars.left() + scale.x(tick.time);
            clip.vline(x, area.top()..=area.bottom(), Stroke::new(1.0, theme.line_soft));
            let (role, ink) = if tick.major { (Role::SmallStrong, theme.text) } else { (Role::Caption, theme.text2) };
            let words = paint::galley(&clip, role, ink, &tick.label);
            if x + 6.0 + words.size().x < bars.right() {
                paint::place(&clip, words, x + 6.0, axis + AXIS / 2.0);
            }
        }
        clip.hline(bars.x_range(), axis, Stroke::new(1.0, theme.line));
        let buckets = self.ends.buckets(&scale, bars.width(), &view.desk.zone);
        let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1).max(1);
        let mut peak: Option<(f32, u32)> = None;
        for bucket in &buckets {
            let (from, to) = (bars.left() + scale.x(bucket.from), bars.left() + scale.x(bucket.to));
            let tall = (size::HISTOGRAM - 28.0) * bucket.count as f32 / most as f32;
            let bar = Rect::from_min_max(pos2(from + 1.0, axis - tall), pos2((to - 1.0).max(from + 2.0), axis));
            let fill = match bucket.to {
                to if to <= view.desk.now => theme.line,
                to if to <= now.plus_days(37) => theme.warning().fill,
                _ if bucket.count == most && most > 2 => theme.accent,
                _ => theme.meter,
            };
            clip.rect_filled(bar, 1.0, fill);
            if bucket.count == most && most > 2 && peak.is_none() {
                peak = Some((bar.center().x, bucket.count));
            }
        }
        let unit = if histogram::bucket_unit(&scale) == Unit::Week { "week" } else { "month" };
        if let Some((x, count)) = peak {
            let words = paint::galley(&clip, Role::Caption, theme.accent_text, &format!("{count} in one {unit}"));
            paint::place_centred(&clip, words, pos2(x, axis - size::HISTOGRAM + 16.0));
        }
        let title = paint::galley(ui.painter(), Role::BodyStrong, theme.text, &format!("Expiries a {unit}"));
        paint::place(ui.painter(), title, area.left() + 16.0, area.top() + 22.0);
        let ahead = self.ends.between(view.desk.now, view.desk.now.plus_days(365));
        let text = paint::galley(ui.painter(), Role::Small, theme.text2, &format!("{ahead} in the next 12 months"));
        paint::place(ui.painter(), text, area.left() + 16.0, area.top() + 41.0);
    }

    fn body_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, body: Rect, bars: Rect, scale: Scale) {
        let theme = theme::of(ui);
        let clip = ui.painter().with_clip_rect(body);
        clip.hline(body.x_range(), body.top(), Stroke::new(1.0, theme.line));
        let mut toggled = None;
        for number in self.lanes.visible(self.offset, self.offset + body.height()) {
            let top = body.top() + self.lanes.top(number) - self.offset;
            match &self.lanes.lines()[number] {
                Line::Group { name, count, open } => {
                    let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), size::GROUP_HEAD));
                    if group_ui(ui, &clip, rect, name, *count, *open) {
                        toggled = Some(name.clone());
                    }
                }
                Line::Lane(index) => {
                    let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), size::LANE));
                    if let Some(key) = view.desk.inventory.at(*index).cloned() {
                        lane_ui(ui, &clip, view, rect, bars, scale, &key);
                    }
                }
            }
        }
        if let Some(name) = toggled {
            if !self.closed.remove(&name) {
                self.closed.insert(name);
            }
            self.closings += 1;
        }
    }
}

fn group_ui(ui: &Ui, clip: &egui::Painter, rect: Rect, name: &Arc<str>, count: u32, open: bool) -> bool {
    let theme = theme::of(ui);
    let seen = rect.intersect(clip.clip_rect());
    let response = ui.interact(seen, egui::Id::unique(("group", name)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, open, format!("{name}, {count} keys")));
    clip.rect_filled(rect, 0.0, theme.window);
    let icon = if open { Icon::CaretDown } else { Icon::CaretRight };
    icon.paint(clip, pos2(rect.left() + 22.0, rect.center().y), 12.0, theme.text2);
    let words = paint::galley(clip, Role::SmallStrong, theme.text2, &shown(name));
    let end = paint::place(clip, words, rect.left() + 34.0, rect.center().y);
    let count = paint::galley(clip, Role::Small, theme.text3, &count.to_string());
    paint::place(clip, count, end + 6.0, rect.center().y);
    response.clicked()
}

/// A bar in words, as tooltips and screen readers say it.
fn words(view: &View<'_>, key: &Key, state: State, end: Option<Time>) -> String {
    let (name, state) = (shown(&key.name), state.name().to_lowercase());
    match end {
        Some(end) if end > view.desk.now => {
            let left = short_span(end.seconds_since(view.desk.now));
            format!("{name}, {state}, until {}, {left} left", view.desk.date(end))
        }
        Some(end) => format!("{name}, {state}, ended {}", view.desk.date(end)),
        None => format!("{name}, {state}, without an end"),
    }
}

fn lane_ui(ui: &Ui, clip: &egui::Painter, view: &mut View<'_>, rect: Rect, bars: Rect, scale: Scale, key: &Arc<Key>) {
    let theme = theme::of(ui);
    let seen = rect.intersect(clip.clip_rect());
    let response = ui.interact(seen, egui::Id::unique(("lane", key.id)), Sense::CLICK);
    let Some(current) = key.current(view.desk.now) else { return };
    let state = current.state(view.desk.now);
    let selected = view.desk.selection.contains(&key.id);
    let spoken = words(view, key, state, current.expires());
    response.widget_info(|| WidgetInfo::selected(Access::Row, true, selected, &spoken));
    paint::tell_selected(&response, selected);
    let ground = if selected {
        theme.selected
    } else if response.hovered() {
        theme.hover
    } else {
        theme.panel
    };
    let tinted = if selected { rect.max } else { pos2(bars.left(), rect.bottom()) };
    clip.rect_filled(Rect::from_min_max(rect.min, tinted), 0.0, ground);
    if selected {
        clip.rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
    }
    clip.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    paint_glyph(clip, theme, pos2(rect.left() + 22.0, rect.center().y), state, ground);
    let name = paint::galley_cut(clip, Role::SmallMedium, theme.text, &shown(&key.name), size::LANE_LABEL - 48.0);
    paint::place(clip, name, rect.left() + 36.0, rect.center().y);
    let inside = clip.with_clip_rect(bars.intersect(clip.clip_rect()));
    for version in &key.versions {
        // Versions that follow each other overlap; each second one lies higher.
        let shift = match (key.versions.len(), version.number % 2) {
            (1, _) => 0.0,
            (_, 0) => -4.0,
            _ => 4.0,
        };
        let middle = rect.center().y + shift;
        for piece in pieces(key, version, view.desk.now) {
            let from = bars.left() + scale.x(piece.from);
            let to = piece.to.map_or(bars.right() + 8.0, |to| bars.left() + scale.x(to));
            if to < bars.left() || from > bars.right() || to - from < 0.5 {
                continue;
            }
            // Far ends are cut, so that huge coordinates cost and blur nothing.
            let (from, to) = (from.max(bars.left() - 8.0), to.min(bars.right() + 8.0));
            let bar = Rect::from_min_max(pos2(from, middle - size::LANE_BAR / 2.0), pos2(to, middle + size::LANE_BAR / 2.0));
            match piece.paint {
                Paint::State(state) => paint_bar(&inside, theme, bar, BarKind::Of(state)),
                Paint::Warning => {
                    paint_bar(&inside, theme, bar, BarKind::Of(State::Active));
                    paint_warning(&inside, theme, bar);
                }
            }
        }
    }
    if response.clicked() {
        view.asks.push(Ask::ShowKey(key.id));
    }
    response.on_hover_ui_at_pointer(|ui| {
        Role::BodyStrong.line(ui, theme.text, shown(&key.name));
        Role::Small.line(ui, theme.text2, spoken.split_once(", ").map_or("", |(_, rest)| rest));
    });
}

fn today_ui(ui: &Ui, view: &View<'_>, bars: Rect, scale: Scale) {
    let theme = theme::of(ui);
    let x = bars.left() + scale.x(view.desk.now);
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

fn legend_ui(ui: &Ui, rect: Rect) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(rect, 0.0, theme.window);
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme.line_soft));
    let mut x = rect.left() + 16.0;
    let states = [State::Active, State::PreActive, State::Suspended, State::Deactivated, State::Compromised, State::Destroyed];
    for (number, state) in states.into_iter().enumerate() {
        if x > rect.right() - 260.0 {
            break;
        }
        let bar = Rect::from_center_size(pos2(x + 12.0, rect.center().y), vec2(24.0, 9.0));
        paint_bar(ui.painter(), theme, bar, BarKind::Of(state));
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, state.name());
        x = paint::place(ui.painter(), words, x + 30.0, rect.center().y) + 16.0;
        if number == 0 {
            let bar = Rect::from_center_size(pos2(x + 12.0, rect.center().y), vec2(24.0, 9.0));
            paint_bar(ui.painter(), theme, bar, BarKind::Of(State::Active));
            paint_warning(ui.painter(), theme, bar);
            let words = paint::galley(ui.painter(), Role::Caption, theme.text2, "Warning time");
            x = paint::place(ui.painter(), words, x + 30.0, rect.center().y) + 16.0;
        }
    }
    let words = paint::galley(ui.painter(), Role::Caption, theme.text2, "Wheel zooms, drag pans");
    let at = rect.right() - 16.0 - words.size().x;
    paint::place(ui.painter(), words, at, rect.center().y);
}

fn colours(theme: &'static Theme) -> svg::Colours {
    let text = |colour: egui::Color32| format!("#{:02x}{:02x}{:02x}", colour.r(), colour.g(), colour.b());
    let of = if theme.dark { dark_state } else { light_state };
    svg::Colours {
        panel: text(theme.panel),
        window: text(theme.window),
        line: text(theme.line_soft),
        text: text(theme.text),
        text_2: text(theme.text2),
        accent: text(theme.accent),
        meter: text(theme.meter),
        warning: text(theme.warning_stripe),
        state: of,
    }
}

fn state_of(theme: &Theme, state: State) -> (String, String) {
    let text = |colour: egui::Color32| format!("#{:02x}{:02x}{:02x}", colour.r(), colour.g(), colour.b());
    let colours = theme.state(state);
    (text(colours.fill), text(colours.tint))
}

fn light_state(state: State) -> (String, String) {
    state_of(Theme::light(), state)
}

fn dark_state(state: State) -> (String, String) {
    state_of(Theme::dark(), state)
}

/// The first and last end, with some room around; at least a year.
impl Ends {
    /// From when to when everything shows.
    fn span(&self, now: Time) -> Option<(Time, Time)> {
        let (first, last) = self.bounds()?;
        let (from, to) = (first.min(now), last.max(now));
        let room = ((to.seconds_since(from) / 20).max(30 * DAY)).max(1);
        Some((from.plus_seconds(-room), to.plus_seconds(room)))
    }
}
