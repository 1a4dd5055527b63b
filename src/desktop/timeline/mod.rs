//! The timeline: one lane a key with its versions, past, present and planned, and above it what each
//! week or month brings.

mod ahead;
mod head;
pub mod histogram;
mod lane;
pub mod lanes;
mod legend;
mod plan;
pub mod scale;
pub mod svg;
mod week;

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Key as Press, Modifiers, PointerButton, Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use self::ahead::Ahead;
use self::head::{Shows, kind_colour};
use self::histogram::Ends;
use self::lane::{Sheet, group_ui, lane_ui};
use self::lanes::{Grouping, Lanes, Line};
use self::legend::{legend_ui, today_ui};
use self::plan::Plans;
use self::scale::{Scale, Unit};
use self::week::WeekList;
use super::desk::{Ask, View};
use super::dialogs::{Save, SpreadRotations, What};
use super::icons::Icon;
use super::rows::Narrow;
use super::screens::filters;
use super::theme::{self, Theme, size};
use super::widgets::{Button, empty_state, empty_state_of, icon_button, menu, menu_chip, menu_item, segmented};
use crate::actions::Action;
use crate::model::time::DAY;
use crate::model::{DueKind, State, Time};

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
    plans: Plans,
    ahead: Ahead,
    shows: Shows,
    /// The week ahead whose list is open.
    week: Option<usize>,
    /// The list was just opened.
    reveals: bool,
    week_list: WeekList,
    offset: f32,
    /// Where the lanes with their heads lie, for a picture of them.
    area: Option<Rect>,
    width: f32,
}

/// What shows where there is no lane, and what to do about it.
fn empty_ui(ui: &mut Ui, view: &mut View<'_>) {
    if view.rows.is_empty() {
        let sentence = "No keys yet. Make the first one, or import those you have.";
        match empty_state_of(ui, Icon::Timeline, sentence, &["New key", "Import"]) {
            Some(0) => view.asks.act(Action::NewKey),
            Some(_) => view.asks.act(Action::Import),
            None => {}
        }
        return;
    }
    let sentence = format!("No key passes the filter. Clear it to see all {} keys.", view.rows.len());
    if empty_state(ui, Icon::Timeline, &sentence, Some("Clear the filter")) {
        view.asks.push(Ask::Search(String::new()));
        view.asks.push(Ask::Narrow(Narrow::default()));
    }
}

impl Timeline {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.refresh(view);
        self.controls_ui(ui, view);
        if view.rows.is_empty() || view.rows.shown().is_empty() {
            ui.add_space(96.0);
            return empty_ui(ui, view);
        }
        let area = ui.available_rect_before_wrap();
        let legend = Rect::from_min_max(pos2(area.left(), area.bottom() - size::FOOTER), area.max);
        let mut area = Rect::from_min_max(area.min, pos2(area.right(), legend.top()));
        let list = Rect::from_min_max(pos2(area.right() - size::ALERT_SIDE, area.top()), area.max);
        if self.chosen_week().is_some() {
            area.max.x = list.left();
        }
        self.area = Some(area);
        let bars = Rect::from_min_max(pos2(area.left() + size::LANE_LABEL, area.top()), area.max);
        self.width = bars.width();
        let now = view.desk.now;
        let mut scale = *self.scale.get_or_insert_with(|| Scale::between(now.plus_days(-120), now.plus_days(420), bars.width()));
        let body = Rect::from_min_max(pos2(area.left(), area.top() + size::HISTOGRAM + AXIS), area.max);
        self.moves(ui, &mut scale, [area, bars, body]);
        if let Some(week) = self.chosen_week().filter(|_| self.reveals) {
            // The list beside the lanes must not cover the week it is about.
            scale.pan((bars.width() - 24.0 - scale.x(week.to)).min(0.0));
            self.reveals = false;
        }
        self.scale = Some(scale);
        let sheet = Sheet { bars, scale };
        self.head_ui(ui, view, area, sheet);
        self.body_ui(ui, view, body, sheet);
        today_ui(ui, view, sheet);
        self.week_ui(ui, view, list);
        legend_ui(ui, legend);
        ui.allocate_rect(area.union(legend), Sense::hover());
    }

    /// These keys are new or different.
    pub fn touch(&mut self, keys: &[u32]) {
        self.ahead.touch(keys);
    }

    /// The dialog that spreads the rotations of busy weeks.
    pub fn spread(&mut self, view: &View<'_>) -> Option<SpreadRotations> {
        self.ahead.refresh(view.desk);
        Some(SpreadRotations::of(self.ahead.forecast()?, view))
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
            weeks: (self.shows == Shows::Forecast).then(|| self.ahead.weeks()),
            scale,
            width,
            now,
            zone: &view.desk.zone,
        };
        let svg = picture.svg(&colours(ui_theme)).into_bytes();
        Some(Save::of(What::Timeline { svg, area: self.area? }))
    }

    fn refresh(&mut self, view: &View<'_>) {
        let before = self.ahead.weeks().first().map(|week| week.from);
        self.ahead.refresh(view.desk);
        if before != self.ahead.weeks().first().map(|week| week.from) {
            self.week = None;
        }
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

    fn body_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, body: Rect, sheet: Sheet) {
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
                    let plan = self.plans.get(*index, view.desk);
                    if let Some((key, plan)) = view.desk.inventory.at(*index).cloned().zip(plan) {
                        lane_ui(ui, &clip, view, rect, sheet, &key, &plan);
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

fn colours(theme: &'static Theme) -> svg::Colours {
    let text = |colour: egui::Color32| format!("#{:02x}{:02x}{:02x}", colour.r(), colour.g(), colour.b());
    let of = if theme.dark { dark_state } else { light_state };
    svg::Colours {
        kinds: DueKind::ALL.map(|kind| text(kind_colour(theme, kind))),
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
