//! An alert: what it is about, the action that ends it, and the bell that puts it off.

use egui::{Rect, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::dialogs::{DestroyKeys, Quieten, untold};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{self, Button, Tooltips, icon_button, menu, menu_item, paint, paint_urgency};
use crate::model::name::shown;
use crate::model::time::{parse_date, short_span};
use crate::model::{Alert, AlertKind, Command, DayEdge, Held, Key, Quiet, Time, Urgency, VersionRef, alert, rotation};

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
        AlertKind::CertificateVouchedFor { .. } => "has a certificate to revoke at its server",
        AlertKind::BreaksPolicy(_) => "breaks its policy",
        AlertKind::SecretTrouble(_) => "has a secret in trouble",
        AlertKind::TrackedChanged(_) => "lies in a file that changed",
        AlertKind::TrackedGone(_) => "lay in a file that is gone",
        AlertKind::OpenOperation => "has an operation that did not end",
        _ => "needs attention",
    }
}

/// What ends an alert.
enum Remedy {
    /// An action of the table, over the key.
    Act(Action),
    /// The key's details.
    Show,
    /// The end of one version, while others of the key live on.
    DestroyVersion,
    /// The server's details.
    Server,
    /// Its file is watched no more.
    StopTracking,
    /// The end of the versions of the key whose waiting time is over, and of no others.
    DestroyDue,
}

/// The button that ends an alert.
fn remedy(alert: &Alert, key: Option<&Key>) -> (&'static str, Icon, Remedy) {
    let act = |text, icon, action| (text, icon, Remedy::Act(action));
    let others_live = || {
        key.is_some_and(|key| {
            let living = key.versions.iter().filter(|version| version.life.destroyed.is_none());
            living.count() > 1
        })
    };
    match &alert.kind {
        AlertKind::NoBackup | AlertKind::BackupOld | AlertKind::BackupAged => act("Back up", Icon::Archive, Action::BackUp),
        AlertKind::ClockSetBack => act("Correct", Icon::Clock, Action::CorrectClock),
        AlertKind::ClockAhead => act("Settings", Icon::Clock, Action::ShowSettings),
        AlertKind::LogTrouble(_) => act("Review", Icon::Scroll, Action::AcceptHistory),
        AlertKind::HistoryAccepted | AlertKind::OpenOperation => act("Audit log", Icon::Scroll, Action::ShowLog),
        AlertKind::ServerTrouble { .. } => ("Show server", Icon::Connected, Remedy::Server),
        AlertKind::StoreTrouble { .. } | AlertKind::AnchorTrouble(_) | AlertKind::CertificateVouchedFor { .. } => {
            act("Stores", Icon::Vault, Action::ShowStores)
        }
        AlertKind::CertificateExpired | AlertKind::CertificateExpiring => act("Request", Icon::Certificate, Action::MakeRequest),
        AlertKind::NotYetActive => act("Activate", Icon::Play, Action::Activate),
        AlertKind::Suspended => act("Resume", Icon::Play, Action::Resume),
        AlertKind::Compromised { .. } if key.is_some_and(|key| !untold(key).is_empty()) => {
            act("Tell holders", Icon::PaperPlane, Action::TellHolders)
        }
        AlertKind::Compromised { .. } => act("Replace", Icon::Rotate, Action::Rotate),
        AlertKind::DeliveryOpen { .. } => act("Deliveries", Icon::PaperPlane, Action::Deliveries),
        AlertKind::DestructionWaits => act("Keep", Icon::Undo, Action::KeepKey),
        AlertKind::DestructionDue => ("Destroy", Icon::Trash, Remedy::DestroyDue),
        AlertKind::PrivateHalfKept if others_live() => ("Destroy", Icon::Trash, Remedy::DestroyVersion),
        AlertKind::PrivateHalfKept => act("Destroy", Icon::Trash, Action::Destroy),
        AlertKind::Expired | AlertKind::Expiring | AlertKind::RotationDue | AlertKind::BreaksPolicy(_) => {
            act("Rotate", Icon::Rotate, Action::Rotate)
        }
        AlertKind::TrackedChanged(_) => act("Look", Icon::FolderOpen, Action::Discover),
        AlertKind::TrackedGone(_) => ("Stop tracking", Icon::EyeSlash, Remedy::StopTracking),
        AlertKind::SecretTrouble(_) => ("Open key", Icon::Key, Remedy::Show),
    }
}

/// Does what ends an alert.
fn end(view: &mut View<'_>, alert: &Alert, remedy: Remedy) {
    if let Some(id) = alert.key {
        view.asks.push(Ask::Select(vec![id]));
    }
    match (remedy, alert.key) {
        (Remedy::Act(action), _) => view.asks.act(action),
        (Remedy::Server, _) => {
            if let AlertKind::ServerTrouble { server, .. } = &alert.kind {
                view.asks.push(Ask::ShowServer(server.clone()));
            }
        }
        (Remedy::Show, Some(id)) => view.asks.push(Ask::ShowKey(id)),
        (Remedy::DestroyVersion, Some(id)) => {
            if let Some(form) = DestroyKeys::version(id, alert.version.unwrap_or_default(), view) {
                view.asks.open(form);
            }
        }
        (Remedy::DestroyDue, Some(id)) => {
            if let Some(form) = DestroyKeys::over(id, view) {
                view.asks.open(form);
            }
        }
        (Remedy::StopTracking, Some(id)) => {
            let versions = view.desk.inventory.key(id).map(|key| key.versions.as_slice()).unwrap_or_default();
            let tracked = versions.iter().filter(|version| matches!(version.held(), Held::Tracked { .. }));
            let tracked: Vec<VersionRef> = tracked.map(|version| VersionRef { key: id, version: version.number }).collect();
            view.asks.push(Ask::Run(Command::StopTracking(tracked), "Its file is tracked no more.".into()));
        }
        (Remedy::Show | Remedy::StopTracking | Remedy::DestroyVersion | Remedy::DestroyDue, None) => {}
    }
}

/// What it is about: the key, the server, or the matter.
pub fn about(alert: &Alert, desk: &Desk) -> String {
    let key = alert.key.and_then(|id| desk.inventory.key(id));
    match (key, &alert.kind) {
        (Some(key), _) => shown(&key.name).into_owned(),
        (None, AlertKind::ServerTrouble { server, .. }) => server.clone(),
        (None, kind) => kind.title().to_owned(),
    }
}

/// Until when, or why.
fn quiet_sentence(quiet: &Quiet, desk: &Desk) -> String {
    let since = desk.date(quiet.at);
    match (quiet.until, &*quiet.reason) {
        (Some(until), "") => format!("Snoozed on {since}, until {}.", desk.date(until)),
        (Some(until), reason) => format!("Snoozed on {since}, until {}: {reason}", desk.date(until)),
        (None, reason) => format!("Acknowledged on {since}: {reason}"),
    }
}

/// The bell with its menu: later, or no more.
fn bell_ui(ui: &mut Ui, at: Rect, alert: &Alert, key: Option<&Key>, view: &mut View<'_>) {
    let about = about(alert, view.desk);
    let salt = ("bell", alert.key, alert.kind.id(), alert.subject(), alert.at);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(at));
    let bell = icon_button(&mut child, Icon::BellSnooze, &format!("Snooze or acknowledge {about}, {}", alert.kind.title()));
    menu(&bell, |ui| {
        ui.set_width(212.0);
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.set_min_height(24.0);
            Role::Caption.line(ui, theme::of(ui).text3, format!("Snooze {about}"));
        });
        for (text, until) in choices(view.desk, key) {
            if menu_item(ui, text, &view.desk.day(until), false).clicked() {
                let quiet = alert.quieted(view.desk.now, Some(until), String::new());
                let told = format!("{about} is snoozed until {}. Ctrl Z takes it back.", view.desk.date(until));
                view.asks.push(Ask::Run(Command::Quiet(vec![(alert.key, quiet)]), told));
                ui.close();
            }
        }
        if menu_item(ui, "Pick a date", "", false).clicked() {
            view.asks.open(Quieten::of(alert, about.clone(), false, view));
            ui.close();
        }
        let (rule, _) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
        ui.painter().hline(rule.x_range(), rule.center().y, Stroke::new(1.0, theme::of(ui).line_soft));
        if menu_item(ui, "Acknowledge with a reason", "", false).clicked() {
            view.asks.open(Quieten::of(alert, about.clone(), true, view));
            ui.close();
        }
    });
}

/// The dates offered at once, those that lie ahead.
fn choices(desk: &Desk, key: Option<&Key>) -> Vec<(&'static str, Time)> {
    let start = |days: i64| {
        let day = desk.now.plus_days(days).date(&desk.zone).to_string();
        parse_date(&day, desk.now, &desk.zone, DayEdge::Start).unwrap_or_else(|_| desk.now.plus_days(days))
    };
    let rotates = key.and_then(|key| rotation::due(key, &desk.inventory.policy_of(key), desk.now));
    let rotates = rotates.filter(|&due| due > desk.now).map(|due| ("Until it must rotate", due));
    [("Tomorrow", start(1)), ("One week", start(7))].into_iter().chain(rotates).collect()
}

/// Draws an alert.
pub fn ui(ui: &mut Ui, at: Rect, alert: &Alert, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let key = alert.key.and_then(|id| view.desk.inventory.key(id)).cloned();
    let name = key.as_ref().map(|key| shown(&key.name).into_owned());
    let sentence = match &alert.quiet {
        None => alert::sentence(alert, name.as_deref(), view.desk.now, &view.desk.zone),
        Some(quiet) => quiet_sentence(quiet, view.desk),
    };
    let title = about(alert, view.desk);
    let is_named = name.is_some() || matches!(alert.kind, AlertKind::ServerTrouble { .. });
    let about = if is_named { says(&alert.kind) } else { "" };
    // The name stands over it.
    let sentence = sentence.strip_prefix(&format!("{title}: ")).map(str::to_owned).unwrap_or(sentence);
    let response =
        ui.interact(at, egui::Id::unique(("alert", alert.key, alert.kind.id(), alert.subject(), alert.at)), Sense::click());
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
    let button = Rect::from_min_size(pos2(at.right() - 56.0 - 136.0, at.center().y - 16.0), vec2(136.0, 32.0));
    let when = when(alert, view.desk);
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
    let response = response.tooltip(&sentence);
    let salt = ("remedy", alert.key, alert.kind.id(), alert.subject(), alert.at);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(button));
    if alert.is_open() {
        let (text, icon, remedy) = remedy(alert, key.as_deref());
        let base = if response.has_focus() { Button::primary(text) } else { Button::new(text) };
        if child.add(base.icon(icon).min_width(136.0)).clicked() {
            return end(view, alert, remedy);
        }
        // Trouble of a single key that is found anew each time cannot be put off.
        if alert.key.is_none() || alert.version.is_some() {
            let at = Rect::from_center_size(pos2(at.right() - 30.0, at.center().y), vec2(28.0, 28.0));
            bell_ui(ui, at, alert, key.as_deref(), view);
        }
    } else if child.add(Button::new("Reopen").icon(Icon::Bell).min_width(136.0)).clicked() {
        return super::side::reopen(view, alert);
    }
    if response.clicked()
        && let Some(id) = alert.key
    {
        view.asks.push(Ask::ShowKey(id));
    }
}

fn when(alert: &Alert, desk: &Desk) -> String {
    let seconds = alert.at.seconds_since(desk.now);
    match seconds {
        0 => "now".into(),
        seconds if seconds < 0 => format!("{} ago", short_span(seconds)),
        seconds => format!("in {}", short_span(seconds)),
    }
}
