//! What needs attention, most urgent first, each with the action that ends it.

use egui::{Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, Screen, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{self, Button, empty_state, filter_chip, menu, menu_chip, menu_item, paint, paint_urgency};
use crate::model::name::shown;
use crate::model::time::{DAY, short_span};
use crate::model::{Alert, AlertKind, Time, Urgency, alert};

/// The screen, with what narrows it.
#[derive(Default)]
pub struct Alerts {
    only: Option<Urgency>,
    owner: Option<String>,
    ends: (u64, Vec<(Time, u32)>),
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
            self.side_ui(&mut child, view);
        }
        ui.allocate_rect(area, Sense::hover());
    }

    fn list_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.filters_ui(ui, view);
        let passing: Vec<&Alert> = view.desk.alerts.iter().filter(|alert| self.passes(alert, view)).collect();
        if passing.is_empty() {
            return nothing_ui(ui, view);
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
                        Line::Alert(alert) => alert_ui(ui, at, alert, view),
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
        let count = |urgency| view.desk.alerts.iter().filter(|alert| alert.urgency == urgency).count();
        if filter_chip(&mut child, "All", Some(view.desk.alerts.len()), self.only.is_none()).clicked() {
            self.only = None;
        }
        for (urgency, name) in [(Urgency::Critical, "Now"), (Urgency::Warning, "Soon"), (Urgency::Notice, "Worth knowing")] {
            if filter_chip(&mut child, name, Some(count(urgency)), self.only == Some(urgency)).clicked() {
                self.only = Some(urgency);
            }
        }
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
        self.only.is_none_or(|only| alert.urgency == only) && self.owner.as_ref().is_none_or(owned)
    }

    /// How many keys end in each of the next twelve weeks.
    fn side_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
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
        ui.add_space(16.0);
        widgets::section_header(ui, "What counts", None, None);
        let sentence = "Each key warns by its own warning times. A key or store that stopped working comes first, a missing safeguard later.";
        Role::Small.label(ui, theme.text2, sentence);
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

/// What is said of a key, after its name.
pub const fn says(kind: &AlertKind) -> &'static str {
    match kind {
        AlertKind::Expired => "expired",
        AlertKind::CertificateExpired => "has a certificate that expired",
        AlertKind::Expiring => "expires",
        AlertKind::CertificateExpiring => "has a certificate that expires",
        AlertKind::NotYetActive => "is not active yet",
        AlertKind::Compromised { .. } => "is compromised",
        AlertKind::RotationDue => "is due to be rotated",
        AlertKind::DeliveryOpen { .. } => "has deliveries open",
        AlertKind::Suspended => "is suspended",
        AlertKind::DestructionWaits => "waits for its destruction",
        AlertKind::DestructionDue => "is due to be destroyed",
        AlertKind::PrivateHalfKept => "has a private half of no more use",
        AlertKind::BreaksPolicy(_) => "breaks its policy",
        AlertKind::SecretTrouble(_) => "has a secret in trouble",
        AlertKind::OpenOperation => "has an operation that did not end",
        _ => "needs attention",
    }
}

/// The button that ends an alert.
fn remedy(kind: &AlertKind) -> (&'static str, Icon, Option<Action>) {
    match kind {
        AlertKind::NoBackup | AlertKind::BackupOld => ("Note backup", Icon::Archive, Some(Action::NoteBackup)),
        AlertKind::ClockSetBack => ("Correct", Icon::Clock, Some(Action::CorrectClock)),
        AlertKind::ClockAhead => ("Settings", Icon::Clock, Some(Action::ShowSettings)),
        AlertKind::LogTrouble(_) => ("Review", Icon::Scroll, Some(Action::AcceptHistory)),
        AlertKind::HistoryAccepted | AlertKind::OpenOperation => ("Audit log", Icon::Scroll, Some(Action::ShowLog)),
        AlertKind::StoreTrouble(_) | AlertKind::AnchorTrouble(_) => ("Stores", Icon::Vault, Some(Action::ShowStores)),
        AlertKind::CertificateExpired | AlertKind::CertificateExpiring => {
            ("Request", Icon::Certificate, Some(Action::MakeRequest))
        }
        AlertKind::Expired
        | AlertKind::Expiring
        | AlertKind::NotYetActive
        | AlertKind::Compromised { .. }
        | AlertKind::RotationDue
        | AlertKind::DeliveryOpen { .. }
        | AlertKind::Suspended
        | AlertKind::DestructionWaits
        | AlertKind::DestructionDue
        | AlertKind::PrivateHalfKept
        | AlertKind::BreaksPolicy(_)
        | AlertKind::SecretTrouble(_) => ("Open key", Icon::Key, None),
    }
}

fn alert_ui(ui: &mut Ui, at: Rect, alert: &Alert, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let key = alert.key.and_then(|id| view.desk.inventory.key(id)).cloned();
    let name = key.as_ref().map(|key| shown(&key.name).into_owned());
    let sentence = alert::sentence(alert, name.as_deref(), view.desk.now, &view.desk.zone);
    let title = name.clone().unwrap_or_else(|| alert.kind.title().to_owned());
    let about = if name.is_some() { says(&alert.kind) } else { "" };
    let response = ui.interact(at, egui::Id::unique(("alert", alert.key, alert.kind.id(), alert.at)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(Access::ListItem, true, format!("{}: {title} {about}. {sentence}", alert.urgency.name()))
    });
    if response.hovered() {
        ui.painter().rect_filled(at, 0.0, theme.hover);
    }
    paint::focus_ring(ui, &response, at.shrink(1.0), 0);
    ui.painter().hline(at.x_range(), at.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let urgency = match alert.urgency {
        Urgency::Critical => widgets::Urgency::Now,
        Urgency::Warning => widgets::Urgency::Soon,
        Urgency::Notice => widgets::Urgency::Later,
    };
    paint_urgency(ui.painter(), theme, pos2(at.left() + 24.0, at.center().y), urgency);
    let button = Rect::from_min_size(pos2(at.right() - 16.0 - 136.0, at.center().y - 16.0), vec2(136.0, 32.0));
    let when = when(alert, view);
    let ink = match alert.urgency {
        Urgency::Critical => theme.critical().ink,
        Urgency::Warning => theme.warning().ink,
        Urgency::Notice => theme.text3,
    };
    let when = paint::galley(ui.painter(), Role::SmallMedium, ink, &when);
    let right = button.left() - 24.0 - when.size().x;
    paint::place(ui.painter(), when, right, at.center().y);
    let room = right - at.left() - 60.0;
    let mut job =
        Role::job(&[(Role::BodyStrong, theme.text, &title), (Role::Body, theme.text, " "), (Role::Body, theme.text, about)]);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let galley = ui.painter().layout_job(job);
    paint::place(ui.painter(), galley, at.left() + 44.0, at.top() + 20.0);
    let line = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &sentence, room);
    paint::place(ui.painter(), line, at.left() + 44.0, at.top() + 38.0);
    let response = response.on_hover_text(&sentence);
    let (text, icon, action) = remedy(&alert.kind);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(("remedy", alert.key, alert.kind.id())).max_rect(button));
    if child.add(Button::new(text).icon(icon).min_width(136.0)).clicked() {
        if let Some(id) = alert.key {
            view.asks.push(if action.is_some() { Ask::Select(vec![id]) } else { Ask::ShowKey(id) });
        }
        if let Some(action) = action {
            view.asks.act(action);
        }
        return;
    }
    if response.clicked()
        && let Some(id) = alert.key
    {
        view.asks.push(Ask::ShowKey(id));
    }
}

fn when(alert: &Alert, view: &View<'_>) -> String {
    let seconds = alert.at.seconds_since(view.desk.now);
    match seconds {
        0 => "now".into(),
        seconds if seconds < 0 => format!("{} ago", short_span(seconds)),
        seconds => format!("in {}", short_span(seconds)),
    }
}

fn nothing_ui(ui: &mut Ui, view: &mut View<'_>) {
    ui.add_space(96.0);
    let filtered = !view.desk.alerts.is_empty();
    let ends = (0..view.rows.len() as u32).filter_map(|index| {
        let row = view.rows.row(index)?;
        Some((row.end.filter(|&end| end > view.desk.now && !row.state.is_destroyed())?, index))
    });
    let sentence = match ends.min() {
        _ if filtered => "No alert passes this filter.".to_owned(),
        Some((end, index)) => {
            let name = view.desk.inventory.at(index).map(|key| shown(&key.name).into_owned()).unwrap_or_default();
            format!("No alerts. The next date is {}, {name}.", view.desk.day(end))
        }
        None => "No alerts, and no key has a date ahead.".to_owned(),
    };
    empty_state(ui, Icon::Bell, &sentence, None);
}
