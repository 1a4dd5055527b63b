//! Everything about the selected recipient: each public key with its fingerprint to read out, what it holds, what is due.

use egui::{Align, Layout, Margin, Panel, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use super::Recipients;
use super::facts::{Given, Line};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::dialogs::{ConfirmKey, EditRecipient, RemoveRecipient};
use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Banner, BannerAnswer, Button, Tone, Tooltips, fingerprint, icon_button, icon_tile, key_value, link, paint, paint_glyph,
    section_header,
};
use crate::model::name::shown;
use crate::model::{RecipientKey, RecipientKeyKind};

impl Recipients {
    /// Draws it; true when its cross was pressed (where it is a drawer).
    pub(super) fn detail_ui(&self, ui: &mut Ui, view: &mut View<'_>, drawer: bool) -> bool {
        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
        let Some(line) = self.focus() else {
            empty_ui(ui);
            return false;
        };
        foot_ui(ui, view, line);
        let mut closed = false;
        ScrollArea::vertical().auto_shrink(false).id_salt(("recipient", &line.name)).show(ui, |ui| {
            section(ui, |ui| closed = title_ui(ui, view, line, drawer));
            for key in &line.keys {
                rule(ui);
                section(ui, |ui| key_ui(ui, view, line, key));
            }
            if !line.due.is_empty() {
                rule(ui);
                section(ui, |ui| due_ui(ui, view, line));
            }
            rule(ui);
            section(ui, |ui| given_ui(ui, view, line));
        });
        closed
    }
}

fn section(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    egui::Frame::new().inner_margin(Margin { left: 16, right: 16, top: 8, bottom: 8 }).show(ui, |ui| {
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
        Role::Body.label(ui, theme.text3, "Select a recipient to see their fingerprints and what they hold.");
    });
}

fn foot_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line) {
    let frame = egui::Frame::new().fill(theme::of(ui).window).inner_margin(Margin::symmetric(16, 6));
    Panel::bottom("recipient-foot").exact_size(44.0).resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            let refused = view.desk.context.can_change().err();
            let unsure = line.keys.iter().find(|key| key.confirmed.is_none());
            if let Some(key) = unsure {
                if ui.add(Button::primary("Confirm").icon(Icon::SealCheck).refused(refused.as_deref())).clicked() {
                    view.asks.open(ConfirmKey::of(&line.name, key));
                }
            } else if ui.add(Button::primary("Add keys").icon(Icon::Plus).refused(refused.as_deref())).clicked() {
                view.asks.open(edit(line));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if line.listed && ui.add(Button::ghost("Remove").icon(Icon::Trash).refused(refused.as_deref())).clicked() {
                    view.asks.open(RemoveRecipient::of(&line.name, line.keys.len(), line.given.len()));
                }
            });
        });
    });
}

fn edit(line: &Line) -> EditRecipient {
    EditRecipient::of(&line.name, &line.note, &line.keys)
}

fn title_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, drawer: bool) -> bool {
    let theme = theme::of(ui);
    let mut closed = false;
    ui.horizontal(|ui| {
        icon_tile(ui, line.icon(), 32.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            closed = drawer && icon_button(ui, Icon::Close, "Close").clicked();
            let refused = view.desk.context.can_change().err();
            if ui.add(Button::ghost("Edit").small().refused(refused.as_deref())).clicked() {
                view.asks.open(edit(line));
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                Role::KeyTitle.line(ui, theme.text, &line.shown).tooltip(&line.shown);
                let known = match (line.listed, line.keys.len()) {
                    (false, _) => "Known from hand-overs alone".to_owned(),
                    (true, 0) => "No public key".to_owned(),
                    (true, 1) => "1 public key".to_owned(),
                    (true, count) => format!("{count} public keys"),
                };
                Role::Small.line(ui, theme.text2, known);
            });
        });
    });
    if !line.listed {
        ui.add_space(8.0);
        Role::Small.label(ui, theme.text3, "Add their public keys to seal what they get.");
    }
    if !line.note.is_empty() {
        ui.add_space(8.0);
        for text in line.note.lines() {
            Role::Small.label(ui, theme.text2, text);
        }
    }
    closed
}

fn key_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, key: &RecipientKey) {
    let print = key.fingerprint();
    ui.push_id(&print, |ui| {
        let again = if key.confirmed.is_some() { "Confirm again" } else { "Confirm" };
        if section_header(ui, head(key.kind), None, Some(again)) {
            view.asks.open(ConfirmKey::of(&line.name, key));
        }
        fingerprint(ui, &format!("Fingerprint of {}", key.kind.name()), &print);
        ui.add_space(4.0);
        sure_ui(ui, view.desk, key);
        ends_ui(ui, view, line, key);
        if !key.service_id.is_empty() {
            key_value(ui, "Named", &shown(&key.service_id), "", true, Some(&key.service_id));
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            if link(ui, "Copy the fingerprint", None).clicked() {
                view.asks.push(Ask::Copy(print.clone()));
                view.asks.push(Ask::Tell(Tone::Good, "The fingerprint is copied.".into()));
            }
            let is_line = key.kind.opens_age();
            if is_line && print != *key.encoded && link(ui, "Copy the public key", None).clicked() {
                view.asks.push(Ask::Copy(key.encoded.to_string()));
                view.asks.push(Ask::Tell(Tone::Good, "The public key is copied.".into()));
            }
        });
    });
}

/// How it became known that the key is theirs.
fn sure_ui(ui: &mut Ui, desk: &Desk, key: &RecipientKey) {
    let theme = theme::of(ui);
    let (icon, ink, words) = match &key.confirmed {
        Some(confirmed) => {
            let words = format!("Confirmed {}, {}", confirmed.way.name(), desk.date(confirmed.at));
            (Icon::SealCheck, theme.good().ink, words)
        }
        None => (Icon::Warning, theme.warning().ink, "Not confirmed: nobody made sure that it is theirs.".to_owned()),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    icon.paint(ui.painter(), pos2(rect.left() + 7.0, rect.center().y), size::ICON_DETAIL, ink);
    let text = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &words, rect.width() - 20.0);
    paint::place(ui.painter(), text, rect.left() + 20.0, rect.center().y);
    if let Some(note) = key.confirmed.as_ref().map(|confirmed| &confirmed.note).filter(|note| !note.is_empty()) {
        Role::Small.label(ui, theme.text3, shown(note));
    }
}

fn ends_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, key: &RecipientKey) {
    let Some(expires) = key.expires else { return };
    if !key.is_expired(view.desk.now) && !key.expires_soon(view.desk.now) {
        key_value(ui, "Valid until", &view.desk.date(expires), &view.desk.when(expires), false, None);
        return;
    }
    let expired = key.is_expired(view.desk.now);
    let (tone, verb) = if expired { (Tone::Critical, "expired") } else { (Tone::Warning, "expires") };
    let strong = format!("It {verb} on {}.", view.desk.date(expires));
    let text = if expired { "Nothing is sealed to it any more. Ask for a new one." } else { "Ask for a new one in time." };
    let banner = Banner { tone, strong: &strong, text, action: Some("Add"), dismiss: false, rounded: true };
    if banner.show(ui) == Some(BannerAnswer::Action) {
        view.asks.open(edit(line));
    }
    ui.add_space(4.0);
}

fn due_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line) {
    let theme = theme::of(ui);
    section_header(ui, "Still to get", Some(line.due.len()), None);
    for (number, due) in line.due.iter().enumerate() {
        ui.push_id(("due", number), |ui| {
            let spoken = format!("{}, version {}, due since {}", due.name, due.version, due.since);
            if row_ui(ui, &spoken, |ui, rect| {
                Icon::PaperPlane.paint(ui.painter(), pos2(rect.left() + 7.0, rect.center().y), 14.0, theme.warning().ink);
                ends_of(ui, rect, &due.name, &format!("version {}", due.version), &format!("since {}", due.since));
            }) {
                view.asks.push(Ask::ShowKey(due.key));
            }
        });
    }
}

fn given_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line) {
    let theme = theme::of(ui);
    section_header(ui, "Holds", Some(line.given.len()), None);
    if line.given.is_empty() {
        Role::Small.label(ui, theme.text3, "Nothing was given, as far as is recorded.");
    }
    for (number, given) in line.given.iter().enumerate() {
        ui.push_id(("given", number), |ui| {
            if given_row(ui, given) {
                view.asks.push(Ask::ShowKey(given.key));
            }
        });
    }
}

fn given_row(ui: &mut Ui, given: &Given) -> bool {
    let theme = theme::of(ui);
    let how = if given.elsewhere { ", recorded" } else { "" };
    let spoken = format!(
        "{}, version {}, {}, {}, given {}{how}",
        given.name,
        given.version,
        given.state.name(),
        given.format.name(),
        given.day
    );
    let clicked = row_ui(ui, &spoken, |ui, rect| {
        paint_glyph(ui.painter(), theme, pos2(rect.left() + 7.0, rect.center().y), given.state, theme.panel);
        ends_of(ui, rect, &given.name, &format!("version {}", given.version), &given.day);
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    format_icon(given.format).paint(ui.painter(), pos2(rect.left() + 27.0, rect.top() + 7.0), 11.0, theme.text3);
    let what =
        paint::galley_cut(ui.painter(), Role::Small, theme.text3, &format!("{}{how}", given.format.name()), rect.width() - 40.0);
    paint::place(ui.painter(), what, rect.left() + 36.0, rect.top() + 7.0);
    clicked
}

/// A row that leads to its key.
fn row_ui(ui: &mut Ui, spoken: &str, content: impl FnOnce(&Ui, egui::Rect)) -> bool {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), f32::from(size::RADIUS_TAG), theme.hover);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS_TAG);
    content(ui, rect);
    response.clicked()
}

/// A name and what goes with it at the left, a date at the right.
fn ends_of(ui: &Ui, rect: egui::Rect, name: &str, aside: &str, date: &str) {
    let theme = theme::of(ui);
    let middle = rect.center().y;
    let date = paint::galley(ui.painter(), Role::Small, theme.text3, date);
    let right = rect.right() - date.size().x;
    paint::place(ui.painter(), date, right, middle);
    let name = paint::galley_cut(ui.painter(), Role::Body, theme.text, name, (right - rect.left() - 100.0).max(60.0));
    let end = paint::place(ui.painter(), name, rect.left() + 22.0, middle);
    let aside = paint::galley_cut(ui.painter(), Role::Small, theme.text3, aside, right - end - 12.0);
    paint::place(ui.painter(), aside, end + 6.0, middle);
}

/// The kind of a key as the head of its section. age writes itself small.
const fn head(kind: RecipientKeyKind) -> &'static str {
    match kind {
        RecipientKeyKind::WrappingKey => "Wrapping key",
        kind => kind.name(),
    }
}
