//! What stands around every screen: rail, top bar, banner, foot, and what is told in passing.

use std::time::{Duration, Instant};

use egui::{Context, Id, Panel, Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::desk::{Ask, Screen, View};
use super::icons::Icon;

use super::theme::{self, Role, Theme, size};
use super::widgets::{Banner, BannerAnswer, Button, Tone, Tooltips, kbd, paint, search_field};
use crate::actions::Action;
use crate::custodian::LockState;
use crate::model::name::shown;
use crate::model::time::DAY;
use crate::model::{Alert, Urgency};

/// The search field, so that Ctrl+F finds it.
pub const SEARCH: &str = "search-field";

/// How long something is told: long enough to read a sentence twice.
const TOLD: Duration = Duration::from_secs(8);

/// The screens of the rail with their actions.
const RAIL: [(Screen, Action, Icon); 11] = [
    (Screen::Inventory, Action::ShowInventory, Icon::Key),
    (Screen::Timeline, Action::ShowTimeline, Icon::Timeline),
    (Screen::Alerts, Action::ShowAlerts, Icon::Bell),
    (Screen::HandOvers, Action::ShowHandOvers, Icon::PaperPlane),
    (Screen::Recipients, Action::ShowRecipients, Icon::Users),
    (Screen::Log, Action::ShowLog, Icon::Scroll),
    (Screen::Stores, Action::ShowStores, Icon::Vault),
    (Screen::Servers, Action::ShowServers, Icon::Connected),
    (Screen::Discover, Action::Discover, Icon::FolderOpen),
    (Screen::Policies, Action::ShowPolicies, Icon::Checklist),
    (Screen::Settings, Action::ShowSettings, Icon::Gear),
];

/// What stands around every screen, with what was sent away.
#[derive(Default)]
pub struct Shell {
    /// The banner sent away, by what it said.
    dismissed: Option<String>,
    /// What it says now; a panel knows its height only from the pass before.
    said: String,
    told: Option<(Tone, String, Instant)>,
}

impl Shell {
    /// Tells something in passing.
    pub fn tell(&mut self, tone: Tone, text: String) {
        self.told = Some((tone, text, Instant::now()));
    }

    /// Draws rail, top bar, banner and foot; what is left of `ui` belongs to the screen.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, screen: Screen) {
        let wide = ui.ctx().content_rect().width() >= size::WIDE;
        rail_ui(ui, view, screen, wide);
        foot_ui(ui, view);
        top_ui(ui, view, wide);
        self.banner_ui(ui, view, screen);
        self.told_ui(&ui.ctx().clone());
    }

    /// The most urgent thing, on every screen.
    fn banner_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, screen: Screen) {
        let Some((tone, strong, text, action)) = urgent(view) else { return };
        // The screen that it leads to says it already.
        let leads_here = RAIL.iter().any(|(target, of, _)| *of == action && *target == screen);
        if leads_here {
            return;
        }
        let said = format!("{strong} {text}");
        if self.dismissed.as_ref() == Some(&said) {
            return;
        }
        if self.said != said {
            self.said.clone_from(&said);
            ui.ctx().request_discard("another banner");
            ui.ctx().request_repaint();
        }
        let mut answer = None;
        let frame = egui::Frame::NONE;
        Panel::top("banner").frame(frame).show_separator_line(false).resizable(false).show(ui, |ui| {
            let banner = Banner { tone, strong: &strong, text: &text, action: Some("Review"), dismiss: true, rounded: false };
            answer = banner.show(ui);
        });
        match answer {
            Some(BannerAnswer::Action) => view.asks.act(action),
            Some(BannerAnswer::Dismiss) => self.dismissed = Some(said),
            None => {}
        }
    }

    /// What was told last, over the foot.
    fn told_ui(&mut self, ctx: &Context) {
        let Some((tone, text, since)) = &self.told else { return };
        let left = TOLD.saturating_sub(since.elapsed());
        if left.is_zero() {
            self.told = None;
            return;
        }
        ctx.request_repaint_after(left);
        let width = 520.0_f32.min(ctx.content_rect().width() - 32.0);
        let area = egui::Area::new(Id::unique("told"))
            .order(egui::Order::Foreground)
            .anchor(egui::Align2::CENTER_BOTTOM, vec2(0.0, -size::FOOTER - 16.0));
        let dismissed = area.show(ctx, |ui| {
            ui.set_width(width);
            let theme = theme::of(ui);
            let frame =
                egui::Frame::new().shadow(theme.dialog_shadow()).corner_radius(size::RADIUS).stroke(Stroke::new(1.0, theme.line));
            frame
                .show(ui, |ui| {
                    let banner = Banner { tone: *tone, strong: "", text, action: None, dismiss: true, rounded: true };
                    banner.show(ui) == Some(BannerAnswer::Dismiss)
                })
                .inner
        });
        if dismissed.inner {
            self.told = None;
        }
    }
}

/// The first sentence, which is stressed, and the rest.
pub(super) fn halves(text: &str) -> (String, String) {
    match text.split_once(". ") {
        Some((first, rest)) => (format!("{first}."), rest.to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// What the banner says: tone, the sentence that counts, the rest, and where to look.
fn urgent(view: &View<'_>) -> Option<(Tone, String, String, Action)> {
    let health = &view.desk.health;
    if let Some(trouble) = &health.conditions.log {
        let (strong, text) = halves(trouble);
        return Some((Tone::Critical, strong, text, Action::ShowLog));
    }
    if let Some((name, trouble)) = health.conditions.stores.first() {
        return Some((Tone::Critical, format!("{} is in trouble.", shown(name)), trouble.clone(), Action::ShowStores));
    }
    let of_keys = |alert: &&Alert| alert.key.is_some() && alert.wants_attention();
    let week = view.desk.now.plus_seconds(7 * DAY);
    let pressing: Vec<&Alert> =
        view.desk.alerts.iter().filter(of_keys).filter(|alert| alert.urgency == Urgency::Critical || alert.at <= week).collect();
    if let Some(first) = pressing.first() {
        let name = first.key.and_then(|id| view.desk.inventory.key(id)).map(|key| shown(&key.name).into_owned());
        let count = match pressing.len() {
            1 => "1 key needs you this week.".to_owned(),
            count => format!("{count} keys need you this week."),
        };
        let says = super::screens::alerts::says(&first.kind);
        let when = in_words(first.at.seconds_since(view.desk.now));
        let text = format!("The nearest, {}, {says} {when}.", name.unwrap_or_default());
        return Some((Tone::Warning, count, text, Action::ShowAlerts));
    }
    let of_all = view.desk.alerts.iter().find(|alert| alert.key.is_none() && alert.wants_attention())?;
    let sentence = crate::model::alert::sentence(of_all, None, view.desk.now, &view.desk.zone);
    Some((Tone::Warning, format!("{}.", of_all.kind.title()), sentence, Action::ShowAlerts))
}

/// “19 days ago”, “in 3 days”, “today”.
fn in_words(seconds: i64) -> String {
    let days = seconds.unsigned_abs() / DAY.unsigned_abs();
    match (days, seconds < 0) {
        (0, _) => "today".into(),
        (1, true) => "yesterday".into(),
        (1, false) => "tomorrow".into(),
        (days, true) => format!("{days} days ago"),
        (days, false) => format!("in {days} days"),
    }
}

fn rail_ui(ui: &mut Ui, view: &mut View<'_>, screen: Screen, wide: bool) {
    let theme = theme::of(ui);
    let width = if wide { size::RAIL } else { size::RAIL_ICONS };
    let frame = egui::Frame::new().fill(theme.window);
    Panel::left("rail").exact_size(width).resizable(false).show_separator_line(true).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let (rect, _) = ui.allocate_exact_size(vec2(width, size::TOP_BAR), Sense::hover());
        let mark = Rect::from_center_size(pos2(rect.left() + if wide { 26.0 } else { 28.0 }, rect.center().y), vec2(20.0, 20.0));
        super::screens::first_run::paint_logo(ui.painter(), theme, mark);
        if wide {
            let name = paint::galley(ui.painter(), Role::KeyTitle, theme.text, "Keystead");
            paint::place(ui.painter(), name, rect.left() + 44.0, rect.center().y);
        }
        let alerts = view.desk.alerts.attention();
        for (target, action, icon) in RAIL {
            if target == Screen::Stores {
                let (rect, _) = ui.allocate_exact_size(vec2(width, 13.0), Sense::hover());
                let inner = rect.shrink2(vec2(16.0, 0.0));
                ui.painter().hline(inner.x_range(), rect.center().y, Stroke::new(1.0, theme.line));
            }
            let count = if target == Screen::Alerts { alerts } else { 0 };
            if rail_item(ui, theme, action, icon, target == screen, count, wide).clicked() {
                view.asks.act(action);
            }
        }
        let rest = ui.available_height() - 44.0;
        ui.add_space(rest.max(8.0));
        let (action, icon) = match view.desk.health.lock {
            LockState::Unlocked => (Action::Lock, Icon::Lock),
            LockState::Locked => (Action::Unlock, Icon::LockOpen),
        };
        if rail_item(ui, theme, action, icon, false, 0, wide).clicked() {
            view.asks.act(action);
        }
    });
}

fn rail_item(ui: &mut Ui, theme: &Theme, action: Action, icon: Icon, chosen: bool, count: usize, wide: bool) -> egui::Response {
    let entry = action.entry();
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::click());
    let spoken = if count > 0 { format!("{}, {count}", entry.name) } else { entry.name.to_owned() };
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, chosen, &spoken));
    let rect = row.shrink2(vec2(8.0, 2.0));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), if chosen { theme.selected } else { theme.tag });
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    let ink = if chosen { theme.accent_text } else { theme.text2 };
    let centre = pos2(if wide { rect.left() + 18.0 } else { rect.center().x }, rect.center().y);
    if chosen {
        icon.paint_filled(ui.painter(), centre, size::ICON, ink);
    } else {
        icon.paint(ui.painter(), centre, size::ICON, ink);
    }
    if wide {
        let name = paint::galley(ui.painter(), Role::BodyMedium, ink, entry.name);
        paint::place(ui.painter(), name, rect.left() + 32.0, rect.center().y);
    }
    if count > 0 {
        let text = if count > 99 { "99+".to_owned() } else { count.to_string() };
        let galley = paint::galley(ui.painter(), Role::Caption, theme.on_accent, &text);
        let size = vec2((galley.size().x + 12.0).max(18.0), 16.0);
        let centre = if wide { pos2(rect.right() - 8.0 - size.x / 2.0, rect.center().y) } else { centre + vec2(13.0, -10.0) };
        let badge = Rect::from_center_size(centre, size);
        ui.painter().rect_filled(badge, 8.0, theme.danger);
        paint::place_centred(ui.painter(), galley, badge.center());
    } else if wide && matches!(action, Action::Lock) {
        let keys = entry.shortcut.map(|keys| keys.text()).unwrap_or_default();
        let galley = paint::galley(ui.painter(), Role::Caption, theme.text3, &keys);
        let at = rect.right() - 8.0 - galley.size().x;
        paint::place(ui.painter(), galley, at, rect.center().y);
    }
    let keys = entry.shortcut.map(|keys| format!(" ({})", keys.text())).unwrap_or_default();
    response.tooltip(format!("{}{keys}: {}", entry.name, entry.tooltip))
}

fn top_ui(ui: &mut Ui, view: &mut View<'_>, wide: bool) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new().fill(theme.panel);
    Panel::top("top").exact_size(size::TOP_BAR).resizable(false).frame(frame).show(ui, |ui| {
        let rect = ui.available_rect_before_wrap().shrink2(vec2(16.0, 0.0));
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
        child.spacing_mut().item_spacing.x = 8.0;
        let entry = Action::NewKey.entry();
        let refused = entry.enabled(&view.desk.context).err();
        let keys = entry.shortcut.map(|keys| keys.text()).unwrap_or_default();
        let button = Button::primary(entry.name).icon(Icon::Plus).shortcut(&keys).refused(refused.as_deref());
        if child.add(button).clicked() {
            view.asks.act(Action::NewKey);
        }
        let entry = Action::Import.entry();
        let refused = entry.enabled(&view.desk.context).err();
        let keys = entry.shortcut.map(|keys| keys.text()).unwrap_or_default();
        let button = child.add(Button::new(entry.name).icon(Icon::of_action(entry.icon)).refused(refused.as_deref()));
        if button.clicked() {
            view.asks.act(Action::Import);
        }
        button.tooltip(format!("{} ({keys})", entry.tooltip));
        child.add_space(4.0);
        let palette = Action::Palette.entry();
        kbd(&mut child, &palette.shortcut.map(|keys| keys.text()).unwrap_or_default());
        if child.add(Button::ghost(palette.name)).clicked() {
            view.asks.act(Action::Palette);
        }
        let room = child.available_width();
        let width = (if wide { 392.0_f32 } else { 352.0 }).min(room - 8.0).max(120.0);
        let at = Rect::from_min_size(pos2(rect.left(), rect.center().y - 16.0), vec2(width, 32.0));
        let mut left = ui.new_child(egui::UiBuilder::new().max_rect(at));
        let mut text = view.desk.search.clone();
        let keys = Action::Search.entry().shortcut.map(|keys| keys.text()).unwrap_or_default();
        let response =
            search_field(&mut left, Id::unique(SEARCH), &mut text, "Search name, owner, tag, fingerprint", &keys, width);
        if text != view.desk.search {
            view.asks.push(Ask::Search(text));
        }
        // Escape has taken the focus away already.
        if response.lost_focus() && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
            view.asks.push(Ask::Search(String::new()));
        }
        if let Some(error) = &view.desk.search_error {
            let error = error.clone();
            ui.painter().rect_stroke(
                at,
                f32::from(size::RADIUS),
                Stroke::new(1.0, theme.critical().ink),
                egui::StrokeKind::Inside,
            );
            let words = paint::galley_cut(ui.painter(), Role::Small, theme.critical().ink, &error, room - width - 16.0);
            paint::place(ui.painter(), words, at.right() + 8.0, at.center().y);
        }
    });
}

/// “1 record”, “1,284 records”.
pub(super) fn records(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if count == 1 { "1 record".into() } else { format!("{grouped} records") }
}

fn foot_ui(ui: &mut Ui, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new().fill(theme.window);
    Panel::bottom("foot").exact_size(size::FOOTER).resizable(false).frame(frame).show(ui, |ui| {
        let rect = ui.available_rect_before_wrap().shrink2(vec2(16.0, 0.0));
        let counts = match (view.rows.shown().len(), view.rows.len()) {
            (1, 1) => "1 key".to_owned(),
            (shown, all) if shown == all => format!("{all} keys"),
            (shown, all) => format!("{shown} of {all} keys"),
        };
        let selected = match view.desk.selection.len() {
            0 => String::new(),
            count => format!("{count} selected"),
        };
        let mut left = rect.left();
        for (name, text) in [("counts", counts), ("selected", selected)] {
            let words = paint::galley(ui.painter(), Role::Small, theme.text2, &text);
            let at = Rect::from_min_size(pos2(left, rect.top()), vec2(words.size().x, rect.height()));
            left = paint::place(ui.painter(), words, left, rect.center().y) + 16.0;
            if !text.is_empty() {
                let response = ui.interact(at, Id::unique(("foot", name)), Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Access::Label, true, &text));
            }
        }
        let health = &view.desk.health;
        let log = match (&health.conditions.log, &health.verification) {
            (Some(_), _) => (Icon::ShieldWarning, "Log not whole".to_owned(), Screen::Log),
            (None, Some(found)) if found.authenticated => {
                (Icon::SealCheck, format!("Log verified, {}", records(found.records)), Screen::Log)
            }
            (None, Some(found)) => (Icon::ShieldCheck, format!("{}, not authenticated", records(found.records)), Screen::Log),
            (None, None) => (Icon::Hourglass, "Verifying the log".to_owned(), Screen::Log),
        };
        let home = view.desk.inventory.home();
        let state = if health.lock == LockState::Unlocked { "open" } else { "locked" };
        let store = home.map(|home| (Icon::of_store(home.kind), format!("{} {state}", shown(&home.name)), Screen::Stores));
        let mut right = rect.right();
        for (number, (icon, text, target)) in store.into_iter().chain([log]).enumerate() {
            let words = paint::galley(ui.painter(), Role::Small, theme.text2, &text);
            let from = right - words.size().x - 20.0;
            if from < left {
                break;
            }
            let at = Rect::from_min_max(pos2(from, rect.top()), pos2(right, rect.bottom()));
            let response = ui.interact(at, Id::unique(("foot", number)), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Access::Button, true, &text));
            icon.paint(ui.painter(), pos2(from + 7.0, rect.center().y), 14.0, theme.text2);
            paint::place(ui.painter(), words, from + 20.0, rect.center().y);
            paint::focus_ring(ui, &response, at.shrink2(vec2(0.0, 4.0)), size::RADIUS_TAG);
            if response.clicked() {
                view.asks.push(Ask::Go(target));
            }
            right = from - 16.0;
        }
    });
}
