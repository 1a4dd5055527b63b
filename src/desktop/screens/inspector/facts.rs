//! What is known of a key: its life as a line, dates, fingerprints, certificate, versions, holders, note.

use egui::{Sense, Ui, pos2, vec2};

use crate::actions::Action;
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::figures::title;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    LifeStep, Tooltips, Weight, follows, key_value, life_line, link, paint, paint_glyph, section_header, tag,
};
use crate::model::name::shown;
use crate::model::time::{DAY, short_span};
use crate::model::{Figure, Format, Key, State, StoreKind, Version, VersionRef, ssh_fingerprint};

pub(super) fn life_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
    let (desk, life, state) = (view.desk, &version.life, version.state(view.desk.now));
    let end = version.expires();
    let created = desk.day(life.created);
    let active = match (life.activates, state) {
        (Some(at), State::PreActive) => format!("from {}", desk.day(at)),
        (Some(at), _) => format!("since {}", desk.day(at)),
        (None, _) => "by hand".into(),
    };
    let over = match (life.deactivated, end) {
        // It was destroyed before its use would have ended.
        (deactivated, end) if life.destroyed.is_some_and(|gone| deactivated.or(end).is_none_or(|at| at > gone)) => String::new(),
        (Some(at), _) => desk.day(at),
        // Another year's date leaves no room for the span.
        (None, Some(end)) if end > desk.now && same_year(desk, end) => {
            format!("{}, {}", desk.day(end), short_span(end.seconds_since(desk.now)))
        }
        (None, Some(end)) => desk.day(end),
        (None, None) => "no date".into(),
    };
    let gone = life.destroyed.or(life.destruction_due).map_or_else(|| "by hand".into(), |at| desk.day(at));
    let second = match state {
        State::DestroyedCompromised => State::Compromised,
        State::Suspended | State::Compromised => state,
        _ => State::Active,
    };
    let second_detail = match second {
        State::Compromised => life.compromised.map_or_else(String::new, |at| format!("since {}", desk.day(at))),
        _ => active,
    };
    let last = if state == State::DestroyedCompromised { state } else { State::Destroyed };
    let warning = key.in_warning(version, desk.now);
    let steps = [
        LifeStep { state: State::PreActive, detail: &created, warning: false },
        LifeStep { state: second, detail: &second_detail, warning: state == State::Compromised },
        LifeStep { state: State::Deactivated, detail: &over, warning },
        LifeStep { state: last, detail: &gone, warning: false },
    ];
    let current = match state {
        State::PreActive => 0,
        State::Active | State::Suspended | State::Compromised => 1,
        State::Deactivated => 2,
        State::Destroyed | State::DestroyedCompromised => 3,
    };
    let share = match (current, life.activates, end) {
        (1, Some(start), Some(end)) if end > start => desk.now.seconds_since(start) as f32 / end.seconds_since(start) as f32,
        _ => 0.0,
    };
    life_line(ui, &steps, current, share);
    let can: Vec<&str> = state.leads_to().iter().map(|next| next.name()).collect();
    if !can.is_empty() {
        let text = format!("Next: {}", can.join(", ").to_lowercase());
        Role::Caption.line(ui, theme::of(ui).text3, text);
    }
    if let Some(store) = desk.inventory.enforced_here_alone(version, desk.now) {
        ui.add_space(4.0);
        let sentence =
            format!("Enforced only here: {} does not know that it is {}.", shown(&store.name), state.name().to_lowercase());
        follows(ui, Icon::Info, Weight::Plain, &sentence, elsewhere(store.kind));
    }
}

/// Who can use a key all the same whose state its store does not know.
const fn elsewhere(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::OpenBao => "Whom the server permits it can still use it there.",
        _ => "Whoever has the token and its PIN can still use it.",
    }
}

/// “200 d”, “10 y”: a cryptoperiod is chosen in days.
fn period_in_words(seconds: i64) -> String {
    let days = (seconds + DAY / 2) / DAY;
    if days < 1_000 { format!("{days} d") } else { short_span(seconds) }
}

fn same_year(desk: &Desk, time: crate::model::Time) -> bool {
    time.date(&desk.zone).year() == desk.now.date(&desk.zone).year()
}

/// The key check value of a symmetric key, worked out when it is asked for.
fn check_value_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
    if !version.algorithm.is_symmetric() || !version.held().is_here() || version.life.destroyed.is_some() {
        return;
    }
    let of = VersionRef { key: key.id, version: version.number };
    match &view.desk.check_value {
        Some((known, value)) if *known == of => drop(key_value(ui, "Check value", value, "", true, Some(value))),
        _ => {
            ui.horizontal(|ui| {
                ui.set_min_height(24.0);
                Role::Small.line(ui, theme::of(ui).text3, "Check value");
                ui.add_space(28.0);
                if link(ui, "Show", None).clicked() {
                    view.asks.push(Ask::Look(Request::CheckValue(of)));
                }
            });
        }
    }
}

pub(super) fn facts_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
    let (desk, life) = (view.desk, &version.life);
    let bits = match version.algorithm.strength_bits() {
        0 => String::new(),
        bits => format!("{bits}-bit strength"),
    };
    key_value(ui, "Algorithm", version.algorithm.name(), &bits, false, None);
    let (start, end) = (life.activates.unwrap_or(life.created), life.expires);
    let period = match end {
        Some(end) => format!("{} to {}", desk.day(start), desk.date(end)),
        None => format!("from {}, without an end", desk.date(start)),
    };
    let long = end.map(|end| period_in_words(end.seconds_since(start))).unwrap_or_default();
    key_value(ui, "Cryptoperiod", &period, &long, false, None);
    let warned = match &key.warn_days[..] {
        [] => "never".to_owned(),
        days => format!("{} days before", days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    key_value(ui, "Warnings", &warned, "", false, None);
    store_ui(ui, view, version);
    if let Some(origin) = &version.origin {
        let form = crate::custodian::import::form_name(&origin.form);
        key_value(ui, "Brought in from", &shown(&origin.place), form, false, None);
        if let Some(place) = origin.held.place() {
            let held =
                if place == "elsewhere" { "held elsewhere".to_owned() } else { format!("held elsewhere ({})", shown(place)) };
            key_value(ui, "Private half", &held, "", false, None);
        }
    }
    if let Some(spki) = version.spki().map(|digest| digest.to_string()) {
        let short = format!("{} … {}", &spki[..8], &spki[spki.len() - 8..]);
        key_value(ui, "SPKI SHA-256", &short, "", true, Some(&spki));
    }
    if let Some(digest) = &version.ssh_sha256 {
        let text = ssh_fingerprint(digest);
        let bare = text.trim_start_matches("SHA256:");
        let short = format!("{} … {}", &bare[..10], &bare[bare.len() - 6..]);
        key_value(ui, "SSH", &short, "", true, Some(&text));
    }
    check_value_ui(ui, view, key, version);
}

/// When it signed last, and whether the SSH agent offers it.
pub(super) fn agent_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
    if let Some(at) = version.last_used {
        key_value(ui, "Last used", &view.desk.date(at), &view.desk.ago(at), false, None);
    }
    if let Some(offer) = key.agent {
        let value = if version.state(view.desk.now) == State::Active { "offered" } else { "not while it is so" };
        key_value(ui, "SSH agent", value, &offer.usage.words(), false, None);
    }
}

fn store_ui(ui: &mut Ui, view: &View<'_>, version: &Version) {
    let store = &*version.locator.store;
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Store: {}", shown(store))));
    let label = paint::galley(ui.painter(), Role::Small, theme.text3, "Store");
    paint::place(ui.painter(), label, rect.left(), rect.center().y);
    let unknown = if version.held().is_here() { Icon::Question } else { Icon::OpenOutside };
    let icon = view.desk.inventory.store(store).map_or(unknown, |store| Icon::of_store(store.kind));
    icon.paint(ui.painter(), pos2(rect.left() + 103.0, rect.center().y), size::ICON_DETAIL, theme.text2);
    let name = paint::galley_cut(ui.painter(), Role::Body, theme.text, &shown(store), rect.width() - 118.0);
    paint::place(ui.painter(), name, rect.left() + 116.0, rect.center().y);
}

/// The policy of the key with the way to figures of its own, and what of the key breaks it.
pub(super) fn policy_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
    let theme = theme::of(ui);
    let (inventory, now) = (&view.desk.inventory, view.desk.now);
    let own = key.overrides.as_ref().map_or(0, |own| Figure::of_keys().filter(|figure| figure.is_in(own)).count());
    let value = title(inventory.policy(key.purpose));
    let aside = match own {
        0 => String::new(),
        1 => "1 own figure".to_owned(),
        count => format!("{count} own figures"),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Policy: {value} {aside}").trim()));
    let label = paint::galley(ui.painter(), Role::Small, theme.text3, "Policy");
    paint::place(ui.painter(), label, rect.left(), rect.center().y);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("policy").max_rect(rect).layout(layout));
    if link(&mut child, "Change", None).tooltip(Action::KeyPolicy.entry().tooltip).clicked() {
        view.asks.act(Action::KeyPolicy);
    }
    let right = rect.left() + child.available_width() - 8.0;
    let value = paint::galley_cut(ui.painter(), Role::Body, theme.text, &value, right - rect.left() - 96.0);
    let end = paint::place(ui.painter(), value, rect.left() + 96.0, rect.center().y);
    let aside = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &aside, right - end - 4.0);
    paint::place(ui.painter(), aside, end + 4.0, rect.center().y);
    for breach in inventory.breaches(key, now) {
        breach_ui(ui, &breach.sentence());
    }
}

/// What of the key breaks its policy, in the column of the values.
fn breach_ui(ui: &mut Ui, sentence: &str) {
    let ink = theme::of(ui).warning().ink;
    let mut job = Role::job(&[(Role::Small, ink, sentence)]);
    job.wrap.max_width = ui.available_width() - 114.0;
    let words = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), words.size().y + 6.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Breaks its policy: {sentence}")));
    Icon::Warning.paint(ui.painter(), pos2(rect.left() + 103.0, rect.top() + 9.0), size::ICON_DETAIL, ink);
    ui.painter().galley(pos2(rect.left() + 114.0, rect.top() + 1.0), words, ink);
}

pub(super) fn versions_ui(ui: &mut Ui, view: &View<'_>, key: &Key) {
    let theme = theme::of(ui);
    section_header(ui, "Versions", Some(key.versions.len()), None);
    for version in key.versions.iter().rev() {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
        let state = version.state(view.desk.now);
        let life = &version.life;
        let start = view.desk.day(life.activates.unwrap_or(life.created));
        let dates =
            version.expires().map_or_else(|| format!("from {start}"), |end| format!("{start} to {}", view.desk.date(end)));
        let spoken = format!("Version {}, {}, {dates}", version.number, state.name());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
        let number = paint::galley(ui.painter(), Role::BodyMedium, theme.text, &format!("v{}", version.number));
        paint::place(ui.painter(), number, rect.left(), rect.center().y);
        paint_glyph(ui.painter(), theme, pos2(rect.left() + 35.0, rect.center().y), state, theme.panel);
        let word = paint::galley(ui.painter(), Role::SmallMedium, theme.text, state.name());
        let after = paint::place(ui.painter(), word, rect.left() + 47.0, rect.center().y) + 8.0;
        let left = after.max(rect.left() + 136.0);
        let dates = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &dates, rect.right() - left);
        paint::place(ui.painter(), dates, left, rect.center().y);
    }
}

/// The icon of what was handed over.
pub const fn format_icon(format: Format) -> Icon {
    match format {
        Format::Certificate => Icon::SealCheck,
        Format::RequestPem | Format::RequestDer => Icon::Certificate,
        _ => Icon::Key,
    }
}

pub(super) fn holders_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
    let theme = theme::of(ui);
    if section_header(ui, "Hand-overs", Some(key.hand_overs.len()), Some("Record")) {
        view.asks.act(Action::RecordHandOver);
    }
    if key.hand_overs.is_empty() {
        Role::Small.label(ui, theme.text3, "Nobody holds it, as far as is recorded.");
    }
    for given in key.hand_overs.iter().rev().take(8) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
        let day = view.desk.day(given.at);
        let who = shown(&given.recipient);
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{who}, {}, {day}", given.format.name())));
        format_icon(given.format).paint(ui.painter(), pos2(rect.left() + 7.0, rect.center().y), 14.0, theme.text2);
        let day = paint::galley(ui.painter(), Role::Small, theme.text3, &day);
        let right = rect.right() - day.size().x;
        paint::place(ui.painter(), day, right, rect.center().y);
        let who = paint::galley_cut(ui.painter(), Role::Body, theme.text, &who, rect.width() * 0.5);
        let end = paint::place(ui.painter(), who, rect.left() + 22.0, rect.center().y);
        let what = paint::galley_cut(ui.painter(), Role::Small, theme.text3, given.format.name(), right - end - 12.0);
        paint::place(ui.painter(), what, end + 6.0, rect.center().y);
    }
    if key.hand_overs.len() > 8 && link(ui, "Show all", None).clicked() {
        view.asks.push(Ask::Go(crate::desktop::desk::Screen::HandOvers));
    }
}

pub(super) fn notes_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
    let theme = theme::of(ui);
    if section_header(ui, "Tags and note", None, Some("Edit")) {
        view.asks.act(Action::EditKeys);
    }
    if !key.tags.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            for text in &key.tags {
                tag(ui, &shown(text));
            }
        });
        ui.add_space(4.0);
    }
    if key.note.is_empty() {
        Role::Small.line(ui, theme.text3, "No note.");
    } else {
        for line in key.note.lines() {
            Role::Small.label(ui, theme.text2, shown(line));
        }
    }
}
