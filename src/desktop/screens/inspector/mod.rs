//! Everything about the selected key: its life, its facts, who holds it, what happened to it, and
//! what its state permits.

mod certificate;
mod facts;
mod many;

use egui::{Align, Layout, Panel, ScrollArea, Sense, Stroke, Ui, vec2};

pub use facts::format_icon;

use crate::actions::Action;
use crate::desktop::desk::View;
use crate::desktop::dialogs::{deliveries_ui, untold};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{
    Banner, BannerAnswer, Button, Tone, Tooltips, boxed_icon_button, icon_button, icon_tile, menu, paint, section_header,
    state_chip, state_chip_width,
};
use crate::model::name::shown;
use crate::model::{Key, State, Use, Version, rotation};

/// What stands behind the dots.
const MORE: &[Action] = &[
    Action::Rotate,
    Action::Activate,
    Action::Resume,
    Action::Extend,
    Action::Deliveries,
    Action::TellHolders,
    Action::MakeRequest,
    Action::AttachCertificate,
    Action::ExportPrivate,
    Action::SealToRecipients,
    Action::WrapKey,
    Action::OfferToAgent,
    Action::ShowCertificate,
    Action::SignFile,
    Action::EditKeys,
    Action::KeyPolicy,
    Action::RecordHandOver,
    Action::CopyPublicKey,
    Action::CopyFingerprint,
    Action::CopySshFingerprint,
    Action::ShowQr,
    Action::SaveSheet,
];

/// Sentences of history before “Show all”.
const FEW: usize = 5;

/// The inspector of the focused key; keeps whether its history shows whole.
#[derive(Default)]
pub struct Inspector {
    all_history: bool,
    counts: many::Counts,
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
            return self.counts.ui(ui, view, drawer);
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
                facts::life_ui(ui, view, &key, version);
            });
            rule(ui);
            section(ui, |ui| {
                facts::facts_ui(ui, view, &key, version);
                facts::agent_ui(ui, view, &key, version);
                facts::policy_ui(ui, view, &key);
            });
            if version.certificate.is_some() || version.request.is_some() {
                rule(ui);
                section(ui, |ui| certificate::certificate_ui(ui, view, &key, version));
            }
            if key.open_deliveries().next().is_some() || !untold(&key).is_empty() {
                rule(ui);
                section(ui, |ui| deliveries_ui(ui, view, &key));
            }
            rule(ui);
            section(ui, |ui| facts::versions_ui(ui, view, &key));
            rule(ui);
            section(ui, |ui| facts::holders_ui(ui, view, &key));
            rule(ui);
            section(ui, |ui| facts::notes_ui(ui, view, &key));
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
    let (mut closed, state) = (false, version.state(view.desk.now));
    // A chip that would cut the name stands below it.
    let room = ui.available_width() - 40.0 - if drawer { 36.0 } else { 0.0 };
    let beside = chip_fits(ui, &shown(&key.name), state, room);
    let align = if beside { Align::Center } else { Align::Min };
    let row = Layout::left_to_right(align);
    let height = if beside { ui.spacing().interact_size.y } else { 0.0 };
    ui.allocate_ui_with_layout(vec2(ui.available_width(), height), row, |ui| {
        icon_tile(ui, Icon::of_purpose(key.purpose), 32.0);
        ui.with_layout(Layout::right_to_left(align), |ui| {
            if drawer {
                closed = icon_button(ui, Icon::Close, "Close").clicked();
            }
            if beside {
                state_chip(ui, state);
            }
            ui.vertical(|ui| {
                let name = Role::KeyTitle.line(ui, theme.text, shown(&key.name));
                // Where a name runs from right to left its logical order is told too.
                name.tooltip(shown(&key.name));
                let owner = if key.owner.is_empty() { "no owner".into() } else { format!("owner {}", shown(&key.owner)) };
                Role::Small.line(ui, theme.text2, format!("{}, {owner}", key.purpose.name()));
                if !beside {
                    ui.add_space(4.0);
                    state_chip(ui, state);
                }
            });
        });
    });
    closed
}

/// Whether name and state stand side by side with nothing cut.
fn chip_fits(ui: &Ui, name: &str, state: State, room: f32) -> bool {
    let theme = theme::of(ui);
    let name = paint::galley(ui.painter(), Role::KeyTitle, theme.text, name);
    name.size().x + state_chip_width(ui, state) + 8.0 <= room
}

/// What ends the use of the key; where something cannot be, why.
fn foot_ui(ui: &mut Ui, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let ends = [Action::Suspend, Action::Deactivate, Action::Revoke, Action::Destroy];
    let mut reasons = ends.into_iter().chain([Action::MakeRequest, Action::Resume]);
    let reason = reasons.find_map(|action| action.entry().enabled(&view.desk.context).err());
    let height = if reason.is_some() { 60.0 } else { 44.0 };
    let frame = egui::Frame::new().fill(theme.window);
    Panel::bottom("inspector-foot").exact_size(height).resizable(false).frame(frame).show(ui, |ui| {
        let rect = ui.available_rect_before_wrap().shrink2(vec2(11.0, 8.0));
        let layout = Layout::left_to_right(Align::Min);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
        child.spacing_mut().item_spacing.x = 0.0;
        for action in ends {
            let entry = action.entry();
            let refused = entry.enabled(&view.desk.context).err();
            let button = Button::ghost(entry.name).tight().icon(Icon::of_action(entry.icon)).refused(refused.as_deref());
            if child.add(button).tooltip(entry.tooltip).clicked() {
                view.asks.act(action);
            }
        }
        if let Some(reason) = reason {
            let words = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &reason, rect.width() - 10.0);
            paint::place(ui.painter(), words, rect.left() + 5.0, rect.bottom() - 6.0);
        }
    });
}

/// The next step of a key, by its state and by what is due.
fn next_step(view: &View<'_>, key: &Key, version: &Version) -> (Action, &'static str, Icon) {
    let now = view.desk.now;
    let policy = view.desk.inventory.policy_of(key);
    let rotate = (Action::Rotate, "Rotate", Icon::Rotate);
    let due = rotation::due(key, &policy, now).is_some_and(|due| due <= now) || key.in_warning(version, now);
    let expired = version.life.deactivated.is_none();
    let proves = version.state(now).permits(Use::ProvePossession);
    let wants_certificate = !matches!(key.purpose, crate::model::Purpose::Ssh | crate::model::Purpose::TokenSigning);
    match version.state(now) {
        _ if view.desk.context.planned => (Action::KeepKey, "Keep", Icon::Undo),
        State::PreActive if version.life.activates.is_none() => (Action::Activate, "Activate", Icon::Play),
        State::Suspended => (Action::Resume, "Resume", Icon::Play),
        State::Deactivated if expired => rotate,
        State::Deactivated => (Action::Destroy, "Destroy", Icon::Trash),
        State::Compromised if !untold(key).is_empty() => (Action::TellHolders, "Tell holders", Icon::PaperPlane),
        State::Compromised => (Action::Rotate, "Replace", Icon::Rotate),
        State::Active if due => rotate,
        _ => match (wants_certificate && proves, &version.request, &version.certificate) {
            (true, None, None) => (Action::MakeRequest, "Request", Icon::Certificate),
            (true, Some(_), None) => (Action::AttachCertificate, "Attach", Icon::SealCheck),
            _ if version.state(now) == State::PreActive => (Action::Activate, "Activate", Icon::Play),
            _ => (Action::ExportPublic, "Export", Icon::Export),
        },
    }
}

/// The next step of the key stands first; the rest behind the dots.
fn actions_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key, version: &Version) {
    let first = next_step(view, key, version);
    let others = [
        (Action::ExportPublic, "Export", Icon::Export),
        (Action::MakeRequest, "Request", Icon::Certificate),
        (Action::Rotate, "Rotate", Icon::Rotate),
    ];
    let others: Vec<_> = others.into_iter().filter(|other| other.0 != first.0).take(2).collect();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for (action, text, icon) in std::iter::once(first).chain(others) {
            let refused = action.entry().enabled(&view.desk.context).err();
            let button = if action == first.0 { Button::primary(text).icon(icon) } else { Button::new(text) };
            if ui.add(button.refused(refused.as_deref())).clicked() {
                view.asks.act(action);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let more = boxed_icon_button(ui, Icon::More, "More actions");
            menu(&more, |ui| {
                ui.set_min_width(240.0);
                for action in MORE {
                    action_item(ui, view, *action);
                }
            });
        });
    });
    if let Some(due) =
        key.versions.iter().filter(|version| version.life.destroyed.is_none()).find_map(|version| version.life.destruction_due)
    {
        planned_ui(ui, view, due);
    }
}

/// A planned destruction, with the click that cancels it.
fn planned_ui(ui: &mut Ui, view: &mut View<'_>, due: crate::model::Time) {
    ui.add_space(8.0);
    let strong =
        if due <= view.desk.now { "Due to be destroyed.".to_owned() } else { format!("Destroyed on {}.", view.desk.day(due)) };
    let text = if due <= view.desk.now { "" } else { "Until then it can be kept." };
    let banner = Banner { tone: Tone::Warning, strong: &strong, text, action: Some("Keep"), dismiss: false, rounded: true };
    if banner.show(ui) == Some(BannerAnswer::Action) {
        view.asks.act(Action::KeepKey);
    }
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
