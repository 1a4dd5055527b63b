//! What needs attention, most urgent first, each with the action that ends it.

mod row;
mod side;

use egui::{Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{empty_state, filter_chip, menu, menu_chip, menu_item, paint};
use crate::model::name::shown;
use crate::model::{Alert, Urgency};

pub use row::says;

/// The screen, with what narrows it.
#[derive(Default)]
pub struct Alerts {
    shows: Shows,
    kind: Option<&'static str>,
    owner: Option<String>,
    side: side::Side,
}

/// Which alerts show.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
enum Shows {
    /// Those that nobody snoozed or acknowledged.
    #[default]
    Open,
    /// Those that come back on a date.
    Snoozed,
    /// Those that may stay.
    Acknowledged,
}

impl Shows {
    fn passes(self, alert: &Alert) -> bool {
        match (&alert.quiet, self) {
            (None, Self::Open) => true,
            (Some(quiet), Self::Snoozed) => quiet.until.is_some(),
            (Some(quiet), Self::Acknowledged) => quiet.until.is_none(),
            _ => false,
        }
    }
}

/// A line: the head of a group, or an alert.
enum Line<'a> {
    Head(&'static str, usize, Urgency),
    Alert(&'a Alert),
}

impl Alerts {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let wide = ui.available_width() > 820.0;
        let area = ui.available_rect_before_wrap();
        let side = if wide { size::ALERT_SIDE } else { 0.0 };
        let list = Rect::from_min_max(area.min, pos2(area.right() - side, area.bottom()));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(list));
        self.list_ui(&mut child, view);
        if wide {
            let rect = Rect::from_min_max(pos2(list.right(), area.top()), area.max);
            ui.painter().vline(rect.left(), rect.y_range(), Stroke::new(1.0, theme::of(ui).line_soft));
            let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 12.0))));
            self.side.ui(&mut child, view);
        }
        ui.allocate_rect(area, Sense::hover());
    }

    fn list_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.filters_ui(ui, view);
        let passing: Vec<&Alert> = view.desk.alerts.iter().filter(|alert| self.passes(alert, view)).collect();
        if passing.is_empty() {
            return self.nothing_ui(ui, view);
        }
        let mut lines = Vec::with_capacity(passing.len() + 3);
        for (urgency, name) in [(Urgency::Critical, "Now"), (Urgency::Warning, "Soon"), (Urgency::Notice, "Worth knowing")] {
            let group: Vec<&Alert> = passing.iter().copied().filter(|alert| alert.urgency == urgency).collect();
            if !group.is_empty() {
                lines.push(Line::Head(name, group.len(), urgency));
                lines.extend(group.into_iter().map(Line::Alert));
            }
        }
        let height = |line: &Line<'_>| if matches!(line, Line::Head(..)) { 32.0 } else { size::ALERT };
        let total: f32 = lines.iter().map(height).sum();
        ScrollArea::vertical().auto_shrink(false).id_salt("alerts").show_viewport(ui, |ui, seen| {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), total), Sense::hover());
            let mut top = 0.0;
            for line in &lines {
                let tall = height(line);
                if top + tall >= seen.top() && top <= seen.bottom() {
                    let at = Rect::from_min_size(pos2(rect.left(), rect.top() + top), vec2(rect.width(), tall));
                    match line {
                        Line::Head(name, count, urgency) => head_ui(ui, at, name, *count, *urgency),
                        Line::Alert(alert) => row::ui(ui, at, alert, view),
                    }
                }
                top += tall;
            }
        });
    }

    fn filters_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        for (shows, name) in [(Shows::Open, "Open"), (Shows::Snoozed, "Snoozed"), (Shows::Acknowledged, "Acknowledged")] {
            let count = view.desk.alerts.iter().filter(|alert| shows.passes(alert)).count();
            if filter_chip(&mut child, name, Some(count), self.shows == shows).clicked() {
                self.shows = shows;
            }
        }
        child.add_space(4.0);
        let button = menu_chip(&mut child, "Kind", self.kind.is_some());
        menu(&button, |ui| {
            ui.set_min_width(220.0);
            let mut kinds: Vec<&'static str> = view.desk.alerts.iter().map(|alert| alert.kind.title()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for kind in kinds {
                let chosen = self.kind == Some(kind);
                if menu_item(ui, kind, "", chosen).clicked() {
                    self.kind = (!chosen).then_some(kind);
                }
            }
        });
        let button = menu_chip(&mut child, "Owner", self.owner.is_some());
        menu(&button, |ui| {
            ui.set_min_width(180.0);
            let owners = view.desk.alerts.iter().filter_map(|alert| view.desk.inventory.key(alert.key?));
            let mut owners: Vec<&str> = owners.map(|key| &*key.owner).filter(|owner| !owner.is_empty()).collect();
            owners.sort_unstable();
            owners.dedup();
            for owner in owners.into_iter().take(20) {
                let chosen = self.owner.as_deref() == Some(owner);
                if menu_item(ui, &shown(owner), "", chosen).clicked() {
                    self.owner = (!chosen).then(|| owner.to_owned());
                }
            }
        });
        child.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            Role::Small.line(ui, theme::of(ui).text3, "Most urgent first");
        });
    }

    fn passes(&self, alert: &Alert, view: &View<'_>) -> bool {
        let owned =
            |owner: &String| alert.key.and_then(|id| view.desk.inventory.key(id)).is_some_and(|key| *key.owner == **owner);
        self.shows.passes(alert)
            && self.kind.is_none_or(|kind| alert.kind.title() == kind)
            && self.owner.as_ref().is_none_or(owned)
    }
}

fn head_ui(ui: &Ui, at: Rect, name: &str, count: usize, urgency: Urgency) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(at, 0.0, theme.window);
    let ink = match urgency {
        Urgency::Critical => theme.critical().ink,
        Urgency::Warning => theme.warning().ink,
        Urgency::Notice => theme.text2,
    };
    let word = paint::galley(ui.painter(), Role::SmallStrong, ink, name);
    let end = paint::place(ui.painter(), word, at.left() + 16.0, at.center().y);
    let count = paint::galley(ui.painter(), Role::Small, theme.text3, &count.to_string());
    paint::place(ui.painter(), count, end + 8.0, at.center().y);
}

impl Alerts {
    fn nothing_ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        ui.add_space(96.0);
        let sentence = match self.shows {
            Shows::Snoozed => "No alert is snoozed. The bell beside an alert puts it off until a date.".to_owned(),
            Shows::Acknowledged => "No alert is acknowledged. The bell beside an alert says why it can stay.".to_owned(),
            Shows::Open if view.desk.alerts.iter().any(|alert| self.shows.passes(alert)) => {
                "No alert passes this filter.".to_owned()
            }
            Shows::Open => next_date(view),
        };
        empty_state(ui, Icon::Bell, &sentence, None);
    }
}

/// With nothing open, the date that comes first.
fn next_date(view: &View<'_>) -> String {
    let ends = (0..view.rows.len() as u32).filter_map(|index| {
        let row = view.rows.row(index)?;
        Some((row.end.filter(|&end| end > view.desk.now && !row.state.is_destroyed())?, index))
    });
    match ends.min() {
        Some((end, index)) => {
            let name = view.desk.inventory.at(index).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
            format!("No alerts. The next date is {}, {name}.", view.desk.day(end))
        }
        None => "No alerts, and no key has a date ahead.".to_owned(),
    }
}
