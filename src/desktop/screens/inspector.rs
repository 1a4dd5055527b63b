//! Everything about the selected key: its life, its facts, who holds it, what happened to it, and
//! what its state permits.

use egui::{Align, Layout, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use crate::actions::Action;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Button, LifeStep, boxed_icon_button, icon_button, icon_tile, key_value, life_line, link, menu, paint, paint_glyph,
    section_header, state_chip, tag,
};
use crate::model::name::shown;
use crate::model::time::{DAY, short_span};
use crate::model::{Format, Key, State, Use, Version, ssh_fingerprint};

/// Sentences of history before “Show all”.
const FEW: usize = 5;

/// The inspector of the focused key; keeps whether its history shows whole.
#[derive(Default)]
pub struct Inspector {
    all_history: bool,
}

impl Inspector {
    /// Draws it; true when its cross was pressed (where it is a drawer).
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>, drawer: bool) -> bool {
        let Some(key) = view.desk.focus().cloned() else {
            empty_ui(ui);
            return false;
        };
        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
        if view.desk.selection.len() > 1 {
            return many_ui(ui, view, drawer);
        }
        let mut closed = false;
        foot_ui(ui, view);
        ScrollArea::vertical().auto_shrink(false).id_salt(("inspector", key.id)).show(ui, |ui| {
            let Some(version) = key.current(view.desk.now) else { return };
            section(ui, |ui| {
                closed = head_ui(ui, view, &key, version, drawer);
                ui.add_space(10.0);
                actions_ui(ui, view, &key, version);
                ui.add_space(6.0);
                life_ui(ui, view, &key, version);
            });
            rule(ui);
            section(ui, |ui| facts_ui(ui, view, &key, version));
            if version.certificate.is_some() || version.request.is_some() {
                rule(ui);
                section(ui, |ui| certificate_ui(ui, view, version));
            }
            rule(ui);
            section(ui, |ui| versions_ui(ui, view, &key));
            rule(ui);
            section(ui, |ui| holders_ui(ui, view, &key));
            rule(ui);
            section(ui, |ui| notes_ui(ui, view, &key));
            rule(ui);
            section(ui, |ui| self.history_ui(ui, view, &key));
        });
        closed
    }

    fn history_ui(&mut self, ui: &mut Ui, view: &View<'_>, key: &Key) {
        let entries = view.desk.history.as_ref().filter(|(id, _)| *id == key.id).map(|(_, entries)| entries.as_slice());
        let Some(entries) = entries else {
            section_header(ui, "History", None, None);
            Role::Small.line(ui, theme::of(ui).text3, "Reading the log");
            return;
        };
        let all = format!("Show all {}", entries.len());
        let action = (entries.len() > FEW && !self.all_history).then_some(all.as_str());
        if section_header(ui, "History", None, action) {
            self.all_history = true;
        }
        let count = if self.all_history { entries.len() } else { FEW };
        for entry in entries.iter().take(count) {
            let theme = theme::of(ui);
            ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(46.0, 18.0), Sense::hover());
                let day = paint::galley_cut(ui.painter(), Role::Caption, theme.text3, &view.desk.day(entry.time), 48.0);
                paint::place(ui.painter(), day, rect.left(), rect.center().y);
                Role::Small.label(ui, theme.text2, entry.sentence.clone());
            });
            ui.add_space(4.0);
        }
    }
}

fn section(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    egui::Frame::new().inner_margin(egui::Margin { left: 16, right: 16, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}

fn rule(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme::of(ui).line_soft));
}

fn empty_ui(ui: &mut Ui) {
    let theme = theme::of(ui);
    ui.add_space(ui.available_height() * 0.4);
    ui.vertical_centered(|ui| {
        ui.set_max_width(220.0);
        Role::Body.label(ui, theme.text3, "Select a key to see its life, its facts and who holds it.");
    });
}

fn head_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version, drawer: bool) -> bool {
    let theme = theme::of(ui);
    let mut closed = false;
    ui.horizontal(|ui| {
        icon_tile(ui, Icon::of_purpose(key.purpose), 32.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if drawer {
                closed = icon_button(ui, Icon::Close, "Close").clicked();
            }
            state_chip(ui, version.state(view.desk.now));
            ui.vertical(|ui| {
                let name = Role::KeyTitle.line(ui, theme.text, shown(&key.name));
                // Where a name runs from right to left its logical order is told too.
                name.on_hover_text(shown(&key.name));
                let owner = if key.owner.is_empty() { "no owner".into() } else { format!("owner {}", shown(&key.owner)) };
                Role::Small.line(ui, theme.text2, format!("{}, {owner}", key.purpose.name()));
            });
        });
    });
    closed
}

/// What can be done with the key beside its next step; where something cannot, why.
fn foot_ui(ui: &mut Ui, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let shown = [Action::EditKeys, Action::RecordHandOver, Action::CopyPublicKey];
    let mut reasons = [Action::EditKeys, Action::MakeRequest].into_iter();
    let reason = reasons.find_map(|action| action.entry().enabled(&view.desk.context).err());
    let height = if reason.is_some() { 60.0 } else { 44.0 };
    let frame = egui::Frame::new().fill(theme.window);
    Panel::bottom("inspector-foot").exact_size(height).resizable(false).frame(frame).show(ui, |ui| {
        let rect = ui.available_rect_before_wrap().shrink2(vec2(8.0, 8.0));
        let layout = Layout::left_to_right(Align::Min);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
        child.spacing_mut().item_spacing.x = 0.0;
        for (action, text, icon) in
            [(shown[0], "Edit", Icon::Pencil), (shown[1], "Hand-over", Icon::PaperPlane), (shown[2], "Copy key", Icon::Copy)]
        {
            let refused = action.entry().enabled(&view.desk.context).err();
            let button = Button::ghost(text).small().icon(icon).refused(refused.as_deref());
            if child.add(button).on_hover_text(action.entry().tooltip).clicked() {
                view.asks.act(action);
            }
        }
        if let Some(reason) = reason {
            let words = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &reason, rect.width() - 16.0);
            paint::place(ui.painter(), words, rect.left() + 8.0, rect.bottom() - 6.0);
        }
    });
}

/// Several keys: how many in which state, and what can be done with all of them.
fn many_ui(ui: &mut Ui, view: &mut View<'_>, drawer: bool) -> bool {
    let theme = theme::of(ui);
    let mut closed = false;
    section(ui, |ui| {
        ui.horizontal(|ui| {
            icon_tile(ui, Icon::Stack, 32.0);
            ui.vertical(|ui| {
                Role::KeyTitle.line(ui, theme.text, format!("{} keys", view.desk.selection.len()));
                Role::Small.line(ui, theme.text2, "Selected");
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                closed = drawer && icon_button(ui, Icon::Close, "Close").clicked();
            });
        });
        ui.add_space(10.0);
        ui.horizontal(|ui| {
            for (action, text, icon) in [(Action::ExportPublic, "Export", Icon::Export), (Action::EditKeys, "Edit", Icon::Pencil)]
            {
                let refused = action.entry().enabled(&view.desk.context).err();
                let first = action == Action::ExportPublic;
                let button = if first { Button::primary(text) } else { Button::new(text) };
                if ui.add(button.icon(icon).refused(refused.as_deref())).clicked() {
                    view.asks.act(action);
                }
            }
        });
    });
    rule(ui);
    section(ui, |ui| {
        section_header(ui, "States", None, None);
        for (state, count) in counts(view) {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{}: {count}", state.name())));
            paint_glyph(ui.painter(), theme, pos2(rect.left() + 6.0, rect.center().y), state, theme.panel);
            let word = paint::galley(ui.painter(), Role::Body, theme.text, state.name());
            paint::place(ui.painter(), word, rect.left() + 22.0, rect.center().y);
            let count = paint::galley(ui.painter(), Role::Body, theme.text2, &count.to_string());
            let left = rect.right() - count.size().x;
            paint::place(ui.painter(), count, left, rect.center().y);
        }
        ui.add_space(8.0);
        Role::Small.label(
            ui,
            theme.text3,
            "A certificate request, an attached certificate and a hand-over are for a single key.",
        );
    });
    closed
}

/// How many selected keys are in each state; the first thousands tell enough.
fn counts(view: &View<'_>) -> Vec<(State, usize)> {
    const MOST: usize = 2_000;
    let found = |state| {
        let keys = view.desk.selection.iter().take(MOST).filter_map(|id| view.desk.inventory.index_of(*id));
        keys.filter_map(|index| view.rows.row(index)).filter(|row| row.state == state).count()
    };
    State::ALL.into_iter().map(|state| (state, found(state))).filter(|(_, count)| *count > 0).collect()
}

/// The next step of the key stands first; the rest behind the dots.
fn actions_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
    let proves = version.state(view.desk.now).permits(Use::ProvePossession);
    let wants_certificate = !matches!(key.purpose, crate::model::Purpose::Ssh | crate::model::Purpose::TokenSigning);
    let first = match (wants_certificate && proves, &version.request, &version.certificate) {
        (true, None, None) => Action::MakeRequest,
        (true, Some(_), None) => Action::AttachCertificate,
        _ => Action::ExportPublic,
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let others = [Action::ExportPublic, Action::MakeRequest, Action::AttachCertificate];
        for action in std::iter::once(first).chain(others.into_iter().filter(|action| *action != first)) {
            let (text, icon) = match action {
                Action::ExportPublic => ("Export", Icon::Export),
                Action::MakeRequest => ("Request", Icon::Certificate),
                _ => ("Attach", Icon::SealCheck),
            };
            let refused = action.entry().enabled(&view.desk.context).err();
            let button = if action == first { Button::primary(text).icon(icon) } else { Button::new(text) };
            if ui.add(button.refused(refused.as_deref())).clicked() {
                view.asks.act(action);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let more = boxed_icon_button(ui, Icon::More, "More actions");
            menu(&more, |ui| {
                ui.set_min_width(240.0);
                for action in [
                    Action::EditKeys,
                    Action::RecordHandOver,
                    Action::CopyPublicKey,
                    Action::CopyFingerprint,
                    Action::CopySshFingerprint,
                ] {
                    action_item(ui, view, action);
                }
            });
        });
    });
}

/// An action as an item of a menu; greyed with its reason where the state does not permit it.
pub fn action_item(ui: &mut Ui, view: &mut View<'_>, action: Action) {
    let entry = action.entry();
    let keys = entry.shortcut.map(|shortcut| shortcut.text()).unwrap_or_default();
    match entry.enabled(&view.desk.context) {
        Ok(()) => {
            if crate::desktop::widgets::menu_item(ui, entry.name, &keys, false).clicked() {
                view.asks.act(action);
                ui.close();
            }
        }
        Err(reason) => {
            ui.add_enabled(false, Button::ghost(entry.name).refused(Some(&reason)));
        }
    }
}

fn life_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
    let (desk, life, state) = (view.desk, &version.life, version.state(view.desk.now));
    let end = version.expires();
    let created = desk.day(life.created);
    let active = match (life.activates, state) {
        (Some(at), State::PreActive) => format!("from {}", desk.day(at)),
        (Some(at), _) => format!("since {}", desk.day(at)),
        (None, _) => "by hand".into(),
    };
    let over = match (life.deactivated, end) {
        (Some(at), _) => desk.day(at),
        // Another year's date leaves no room for the span.
        (None, Some(end)) if end > desk.now && same_year(desk, end) => {
            format!("{}, {}", desk.day(end), short_span(end.seconds_since(desk.now)))
        }
        (None, Some(end)) => desk.day(end),
        (None, None) => "no date".into(),
    };
    let gone = life.destroyed.or(life.destruction_due).map_or_else(|| "by hand".into(), |at| desk.day(at));
    let second = if matches!(state, State::Suspended | State::Compromised) { state } else { State::Active };
    let second_detail = match state {
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
}

/// “200 d”, “10 y”: a cryptoperiod is chosen in days.
fn period_in_words(seconds: i64) -> String {
    let days = (seconds + DAY / 2) / DAY;
    if days < 1_000 { format!("{days} d") } else { short_span(seconds) }
}

fn same_year(desk: &Desk, time: crate::model::Time) -> bool {
    time.date(&desk.zone).year() == desk.now.date(&desk.zone).year()
}

fn facts_ui(ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
    let (desk, life) = (view.desk, &version.life);
    let bits = format!("{}-bit strength", version.algorithm.strength_bits());
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
    store_ui(ui, view, &version.locator.store);
    let spki = version.spki_sha256.to_string();
    let short = format!("{} … {}", &spki[..8], &spki[spki.len() - 8..]);
    key_value(ui, "SPKI SHA-256", &short, "", true, Some(&spki));
    if let Some(digest) = &version.ssh_sha256 {
        let text = ssh_fingerprint(digest);
        let bare = text.trim_start_matches("SHA256:");
        let short = format!("{} … {}", &bare[..10], &bare[bare.len() - 6..]);
        key_value(ui, "SSH", &short, "", true, Some(&text));
    }
}

fn store_ui(ui: &mut Ui, view: &View<'_>, store: &str) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Store: {}", shown(store))));
    let label = paint::galley(ui.painter(), Role::Small, theme.text3, "Store");
    paint::place(ui.painter(), label, rect.left(), rect.center().y);
    let icon = view.desk.inventory.store(store).map_or(Icon::Question, |store| Icon::of_store(store.kind));
    icon.paint(ui.painter(), pos2(rect.left() + 103.0, rect.center().y), size::ICON_DETAIL, theme.text2);
    let name = paint::galley_cut(ui.painter(), Role::Body, theme.text, &shown(store), rect.width() - 118.0);
    paint::place(ui.painter(), name, rect.left() + 116.0, rect.center().y);
}

fn certificate_ui(ui: &mut Ui, view: &View<'_>, version: &Version) {
    if let Some(certificate) = &version.certificate {
        section_header(ui, "Certificate", None, None);
        key_value(ui, "Subject", &shown(&certificate.subject), "", false, None);
        key_value(ui, "Issuer", &shown(&certificate.issuer), "", false, None);
        let until = view.desk.date(certificate.not_after);
        key_value(ui, "Valid until", &until, &view.desk.when(certificate.not_after), false, None);
        if !certificate.names.is_empty() {
            let names = certificate.names.join(", ");
            key_value(ui, "Names", &shown(&names), "", false, Some(&names));
        }
    } else if let Some(request) = &version.request {
        section_header(ui, "Last request", None, None);
        key_value(ui, "Subject", &shown(&request.subject), "", false, None);
        if !request.dns.is_empty() {
            key_value(ui, "DNS names", &shown(&request.dns.join(", ")), "", false, None);
        }
    }
}

fn versions_ui(ui: &mut Ui, view: &View<'_>, key: &Key) {
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
        paint::place(ui.painter(), word, rect.left() + 47.0, rect.center().y);
        let dates = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &dates, rect.width() - 130.0);
        paint::place(ui.painter(), dates, rect.left() + 130.0, rect.center().y);
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

fn holders_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
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

fn notes_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
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
