//! Beside the alerts: when keys end, and what a person put off or said can stay.

use egui::{Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::desk::{Ask, Screen, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{self, link, paint};
use crate::model::time::DAY;
use crate::model::{Alert, Command, Quiet, Time};

/// Rows of a section before it says how many more there are.
const FEW: usize = 6;

/// The side; keeps the weeks until something changes.
#[derive(Default)]
pub struct Side {
    ends: (u64, Vec<(Time, u32)>),
}

impl Side {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.weeks_ui(ui, view);
        ui.add_space(16.0);
        quiet_ui(ui, view, true);
        quiet_ui(ui, view, false);
        widgets::section_header(ui, "What counts", None, None);
        let sentence = "Each key warns by its own warning times. A key or store that stopped working comes first, a missing safeguard later.";
        Role::Small.label(ui, theme::of(ui).text2, sentence);
    }

    /// How many keys end in each of the next twelve weeks.
    fn weeks_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        if widgets::section_header(ui, "Expiries, next 12 weeks", None, Some("Timeline")) {
            view.asks.push(Ask::Go(Screen::Timeline));
        }
        if self.ends.0 != view.desk.generation {
            let now = view.desk.now;
            let week = |number: i64| now.plus_days(7 * number);
            let mut weeks: Vec<(Time, u32)> = (0..12).map(|number| (week(number), 0)).collect();
            for index in 0..view.rows.len() as u32 {
                let end = view.rows.row(index).filter(|row| !row.state.is_destroyed()).and_then(|row| row.end);
                if let Some(end) = end.filter(|&end| end > now && end < week(12)) {
                    weeks[(end.seconds_since(now) / (7 * DAY)) as usize].1 += 1;
                }
            }
            self.ends = (view.desk.generation, weeks);
        }
        let weeks = &self.ends.1;
        let most = weeks.iter().map(|week| week.1).max().unwrap_or(0).max(1);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 92.0), Sense::hover());
        let spoken: Vec<String> = weeks.iter().map(|(from, count)| format!("{count} from {}", view.desk.date(*from))).collect();
        response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("Expiries a week: {}", spoken.join(", "))));
        let step = rect.width() / 12.0;
        for (number, (from, count)) in weeks.iter().enumerate() {
            let left = rect.left() + number as f32 * step;
            let tall = (58.0 * *count as f32 / most as f32).max(2.0);
            let bar = Rect::from_min_max(pos2(left + 2.0, rect.top() + 74.0 - tall), pos2(left + step - 2.0, rect.top() + 74.0));
            let fill = if number < 4 && *count > 0 { theme.warning().fill } else { theme.meter };
            ui.painter().rect_filled(bar, 2.0, if *count == 0 { theme.line_soft } else { fill });
            if *count > 0 {
                let text = paint::galley(ui.painter(), Role::Caption, theme.text2, &count.to_string());
                paint::place_centred(ui.painter(), text, pos2(bar.center().x, bar.top() - 8.0));
            }
            if number % 4 == 0 {
                let day = paint::galley(ui.painter(), Role::Caption, theme.text3, &view.desk.day(*from));
                paint::place(ui.painter(), day, left + 2.0, rect.bottom() - 6.0);
            }
        }
    }
}

/// What is snoozed, or acknowledged, each with the way back.
fn quiet_ui(ui: &mut Ui, view: &mut View<'_>, snoozed: bool) {
    let desk = view.desk;
    let of_this = |alert: &&Alert| alert.quiet.as_ref().is_some_and(|quiet| quiet.until.is_some() == snoozed);
    let found: Vec<&Alert> = desk.alerts.iter().filter(of_this).collect();
    if found.is_empty() {
        return;
    }
    widgets::section_header(ui, if snoozed { "Snoozed" } else { "Acknowledged" }, Some(found.len()), None);
    for alert in found.iter().take(FEW) {
        let Some(quiet) = &alert.quiet else { continue };
        one_ui(ui, view, alert, quiet);
    }
    if found.len() > FEW {
        Role::Small.line(ui, theme::of(ui).text3, format!("and {} more", found.len() - FEW));
    }
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme::of(ui).line_soft));
}

fn one_ui(ui: &mut Ui, view: &mut View<'_>, alert: &Alert, quiet: &Quiet) {
    let theme = theme::of(ui);
    let about = super::row::about(alert, view.desk);
    let until = quiet.until.map(|until| format!("until {}", view.desk.day(until))).unwrap_or_default();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{about} {until}").trim()));
    let icon = if quiet.until.is_some() { Icon::BellSnooze } else { Icon::Check };
    icon.paint(ui.painter(), pos2(rect.left() + 7.0, rect.center().y), 14.0, theme.text2);
    let at = Rect::from_min_max(pos2(rect.right() - 52.0, rect.top()), rect.max);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let salt = ("reopen", alert.key, alert.kind.id(), alert.subject());
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(at).layout(layout));
    if link(&mut child, "Reopen", None).clicked() {
        reopen(view, alert);
    }
    let until = paint::galley(ui.painter(), Role::Small, theme.text3, &until);
    let right = at.left() - 8.0 - until.size().x;
    paint::place(ui.painter(), until, right, rect.center().y);
    let name = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, &about, right - rect.left() - 30.0);
    paint::place(ui.painter(), name, rect.left() + 22.0, rect.center().y);
    if !quiet.reason.is_empty() {
        ui.horizontal_top(|ui| {
            ui.add_space(14.0);
            let said = format!("\u{201c}{}\u{201d} {}", quiet.reason, view.desk.day(quiet.at));
            Role::Small.label(ui, theme.text3, said);
        });
    }
}

/// Shows it among the open ones again.
pub fn reopen(view: &mut View<'_>, alert: &Alert) {
    let about = super::row::about(alert, view.desk);
    let command = Command::Reopen(vec![(alert.key, alert.kind.id().into(), alert.subject())]);
    view.asks.push(Ask::Run(command, format!("{about} is open again.")));
}
