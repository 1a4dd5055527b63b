//! Everything about the selected server: what wants attention and what to do, its key, its certificate with
//! the whole chain as found, and what changed.

use egui::{Align, Layout, Margin, Panel, ScrollArea, Sense, Stroke, Ui, vec2};

use super::Servers;
use super::facts::Line;
use super::table::look_of;
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{
    Banner, BannerAnswer, Button, Tone, Tooltips, icon_button, icon_tile, key_value, link, paint, section_header,
};
use crate::model::name::shown;
use crate::model::{
    Address, CertificateFacts, Command, Finding, Hindrance, ShownKey, Sighting, Urgency, Watched, ssh_fingerprint,
};

/// Servers that are named one by one where several are selected.
const FEW: usize = 12;

impl Servers {
    /// Draws it; true when its cross was pressed (where it is a drawer).
    pub(super) fn detail_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, drawer: bool) -> bool {
        ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
        if self.selection.is_empty() {
            empty_ui(ui);
            return false;
        }
        self.foot_ui(ui, view);
        let mut closed = false;
        let Some(line) = self.focus() else { return false };
        let many = self.selection.len() > 1;
        let salt = if many { None } else { Some(&line.address) };
        ScrollArea::vertical().auto_shrink(false).id_salt(("server", salt)).show(ui, |ui| {
            closed = if many { many_ui(ui, &self.selection, drawer) } else { one_ui(ui, view, line, drawer) };
        });
        closed
    }

    /// What can be done with what is selected.
    fn foot_ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        let frame = egui::Frame::new().fill(theme::of(ui).window).inner_margin(Margin::symmetric(16, 6));
        Panel::bottom("server-foot").exact_size(44.0).resizable(false).frame(frame).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                let several = |verb: &str| match self.selection.len() {
                    1 => verb.to_owned(),
                    count => format!("{verb} {count}"),
                };
                if ui.add(Button::primary(&several("Probe")).icon(Icon::Rotate).refused(self.refusal())).clicked() {
                    self.probe(view, self.selection.clone());
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let refused = view.desk.context.can_change().err();
                    if ui.add(Button::ghost(&several("Forget")).icon(Icon::Trash).refused(refused.as_deref())).clicked() {
                        self.forget(view);
                    }
                });
            });
        });
    }

    /// Ceases to look at what is selected.
    pub(super) fn forget(&self, view: &mut View<'_>) {
        let told = match &self.selection[..] {
            [one] => format!("{one} is forgotten. Ctrl Z takes it back."),
            many => format!("{} servers are forgotten. Ctrl Z takes it back.", many.len()),
        };
        view.asks.push(Ask::Run(Command::ForgetServers(self.selection.clone()), told));
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
        Role::Body.label(ui, theme.text3, "Select a server to see its key, its certificates and what changed.");
    });
}

fn many_ui(ui: &mut Ui, selection: &[Address], drawer: bool) -> bool {
    let theme = theme::of(ui);
    let mut closed = false;
    section(ui, |ui| {
        ui.horizontal(|ui| {
            icon_tile(ui, Icon::Stack, 32.0);
            Role::KeyTitle.line(ui, theme.text, format!("{} servers", selection.len()));
            closed = cross_ui(ui, drawer);
        });
        ui.add_space(8.0);
        for address in selection.iter().take(FEW) {
            Role::Body.line(ui, theme.text2, address.to_string());
        }
        if selection.len() > FEW {
            Role::Small.line(ui, theme.text3, format!("and {} more", selection.len() - FEW));
        }
    });
    closed
}

fn cross_ui(ui: &mut Ui, drawer: bool) -> bool {
    drawer && ui.with_layout(Layout::right_to_left(Align::Center), |ui| icon_button(ui, Icon::Close, "Close").clicked()).inner
}

fn one_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, drawer: bool) -> bool {
    let mut closed = false;
    section(ui, |ui| {
        closed = title_ui(ui, view.desk, line, drawer);
        attention_ui(ui, view, line);
    });
    let Some(watched) = &line.watched else { return closed };
    if let Some(before) = watched.before() {
        rule(ui);
        section(ui, |ui| changes_ui(ui, view.desk, watched, before));
    }
    let keys = watched.shown().map(|shown| shown.keys.as_slice()).unwrap_or_default();
    for key in keys {
        rule(ui);
        section(ui, |ui| key_ui(ui, view, line, key));
    }
    if let Some(certificate) = keys.first().and_then(|key| key.certificate.as_deref()) {
        rule(ui);
        section(ui, |ui| certificate_ui(ui, view.desk, line, certificate));
        rule(ui);
        section(ui, |ui| chain_ui(ui, view.desk, line, certificate));
    }
    closed
}

fn title_ui(ui: &mut Ui, desk: &Desk, line: &Line, drawer: bool) -> bool {
    let theme = theme::of(ui);
    let mut closed = false;
    ui.horizontal(|ui| {
        icon_tile(ui, line.icon(), 32.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            closed = drawer && icon_button(ui, Icon::Close, "Close").clicked();
            ui.vertical(|ui| {
                Role::KeyTitle.line(ui, theme.text, &line.place).tooltip(&line.place);
                let protocol = line.address.protocol.name();
                Role::Small.line(ui, theme.text2, format!("{protocol}, since {}", desk.date(line.added)));
            });
        });
    });
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (icon, ink) = look_of(line, theme);
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
        icon.paint(ui.painter(), rect.center(), 12.0, ink);
        match line.at {
            None => Role::Small.line(ui, theme.text2, "Nobody looked at it yet."),
            Some(at) => Role::Small.line(ui, theme.text2, format!("{} {}, {}", capital(line.word), line.when, desk.date(at))),
        };
    });
    closed
}

/// What wants attention, each with what to do.
fn attention_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line) {
    for finding in &line.findings {
        ui.add_space(8.0);
        let tone = if finding.urgency() == Urgency::Critical { Tone::Critical } else { Tone::Warning };
        let (strong, text) = words(view.desk, finding, line.hindrance);
        let action = (*finding == Finding::OtherKey).then_some("Take down");
        let banner = Banner { tone, strong: &strong, text: &text, action, dismiss: false, rounded: true };
        if banner.show(ui) == Some(BannerAnswer::Action)
            && let Some(watched) = &line.watched
        {
            let told = format!("{} is held against the key that it shows now. Ctrl Z takes it back.", line.place);
            view.asks.push(Ask::Run(Command::TakeDownServers(vec![watched.latest.clone()]), told));
        }
    }
}

/// A finding: the sentence that counts, and what to do.
pub(super) fn words(desk: &Desk, finding: &Finding, hindrance: Option<Hindrance>) -> (String, String) {
    match finding {
        Finding::NoAnswer(why) => (shown(why).into_owned(), hindrance.map_or("", Hindrance::remedy).to_owned()),
        Finding::OtherKey => (
            "It shows another key than it did.".into(),
            "Find out who changed it. If that was right, take the new one down.".into(),
        ),
        Finding::Expired(at) => (format!("Its certificate ended on {}.", desk.date(*at)), "Put a new one in place.".into()),
        Finding::Expiring(at) => {
            (format!("Its certificate ends on {}, {}.", desk.date(*at), desk.when(*at)), "Put a new one in place in time.".into())
        }
        Finding::OtherCertificate(name) => {
            (format!("It shows another certificate than the newest of {}.", shown(name)), "Put that one in place.".into())
        }
        Finding::NotTrusted(trust) => (shown(&trust.sentence()).into_owned(), trust.remedy().to_owned()),
    }
}

fn key_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, key: &ShownKey) {
    section_header(ui, if key.ssh.is_some() { "Host key" } else { "Key" }, None, None);
    key_value(ui, "Algorithm", &shown(&key.algorithm), "", false, None);
    own_ui(ui, view, line, key);
    let spki = key.spki.to_string();
    key_value(ui, "SPKI SHA-256", &short(&spki), "", true, Some(&spki));
    if let Some(digest) = &key.ssh {
        let text = ssh_fingerprint(digest);
        key_value(ui, "SSH", &short(text.trim_start_matches("SHA256:")), "", true, Some(&text));
    }
    key_value(ui, "Agreed on", &shown(&key.agreed), "", false, None);
}

/// The key of the inventory that it is, as a link.
fn own_ui(ui: &mut Ui, view: &mut View<'_>, line: &Line, key: &ShownKey) {
    let theme = theme::of(ui);
    let Some((id, name, version)) = line.own.as_ref().filter(|(id, ..)| is_key(view.desk, *id, key)) else {
        key_value(ui, "Inventory", "not in the inventory", "", false, None);
        return;
    };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let label = paint::galley(ui.painter(), Role::Small, theme.text3, "Inventory");
    paint::place(ui.painter(), label, rect.left(), rect.center().y);
    let mut at = rect;
    at.min.x += 96.0;
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at).layout(Layout::left_to_right(Align::Center)));
    let name: String = if name.chars().count() > 26 { name.chars().take(25).chain(['…']).collect() } else { name.clone() };
    if link(&mut child, &name, None).tooltip("Show it in the inventory.").clicked() {
        view.asks.push(Ask::ShowKey(*id));
    }
    Role::Small.line(&mut child, theme.text3, format!("version {version}"));
}

/// Whether a shown key is a version of this key.
fn is_key(desk: &Desk, id: crate::model::KeyId, key: &ShownKey) -> bool {
    desk.inventory.key(id).is_some_and(|own| own.versions.iter().any(|version| version.spki() == Some(key.spki)))
}

fn certificate_ui(ui: &mut Ui, desk: &Desk, line: &Line, found: &CertificateFacts) {
    section_header(ui, "Certificate", None, None);
    facts_ui(ui, desk, found);
    if !found.names.is_empty() {
        let names = found.names.join(", ");
        key_value(ui, "Names", &shown(&names), "", false, Some(&names));
    }
    if !found.usages.is_empty() {
        key_value(ui, "Usages", &shown(&found.usages.join(", ")), "", false, None);
    }
    key_value(ui, "Serial", &found.serial, "", true, Some(&found.serial));
    if let Some(trust) = &line.trust {
        key_value(ui, "Trust", &shown(&trust.sentence()), "", false, None);
    }
}

/// What is said of each certificate.
fn facts_ui(ui: &mut Ui, desk: &Desk, found: &CertificateFacts) {
    key_value(ui, "Subject", &shown(&found.subject), "", false, None);
    key_value(ui, "Issuer", &shown(&found.issuer), "", false, None);
    key_value(ui, "Valid from", &desk.date(found.not_before), "", false, None);
    key_value(ui, "Valid until", &desk.date(found.not_after), &desk.when(found.not_after), false, None);
    let digest = found.sha256.to_string();
    key_value(ui, "SHA-256", &short(&digest), "", true, Some(&digest));
}

/// What was sent beside the certificate, in the order in which it came.
fn chain_ui(ui: &mut Ui, desk: &Desk, line: &Line, leaf: &CertificateFacts) {
    let theme = theme::of(ui);
    section_header(ui, "Chain as sent", Some(leaf.chain.len()), None);
    if leaf.chain.is_empty() {
        Role::Small.label(ui, theme.text3, "The server sent its own certificate alone.");
    }
    for (number, found) in line.chain.iter().enumerate() {
        if number > 0 {
            ui.add_space(8.0);
        }
        ui.push_id(("chain", number), |ui| match found {
            Some(found) => {
                Role::SmallMedium.line(ui, theme.text, format!("{}. {}", number + 1, super::facts::common_name(&found.subject)));
                facts_ui(ui, desk, found);
            }
            None => {
                Role::Small.label(ui, theme.warning().ink, format!("{}. A certificate that cannot be read.", number + 1));
            }
        });
    }
}

/// What changed since it showed something else.
fn changes_ui(ui: &mut Ui, desk: &Desk, watched: &Watched, before: &Sighting) {
    section_header(ui, &format!("Changed since {}", desk.date(before.at)), None, None);
    for change in watched.changes() {
        Role::Small.label(ui, theme::of(ui).text2, change.sentence(&desk.zone));
        ui.add_space(4.0);
    }
}

fn short(text: &str) -> String {
    match (text.get(..8), text.get(text.len().saturating_sub(8)..)) {
        (Some(start), Some(end)) if text.len() > 20 => format!("{start} … {end}"),
        _ => text.to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
