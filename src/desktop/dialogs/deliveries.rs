//! Who still has to get the new version of a key, or to hear of its revocation: ticked off one by one.

use egui::{Align, Context, Layout, Role as Access, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::export::ExportPublic;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Dialog, DialogAnswer, Field, Lead, paint, section_header};
use crate::model::name::shown;
use crate::model::{Command, Delivery, DeliveryEnd, Format, Key, KeyId, VersionRef};

/// The delivery list of a key.
pub struct Deliveries {
    key: KeyId,
    dropping: Option<(String, String)>,
    work: Work,
}

/// What a person did with a row.
enum Done {
    Delivered,
    Dropped,
    Export,
    Told,
}

impl Deliveries {
    /// Of a key.
    pub fn of(key: &Key, _: &View<'_>) -> Option<Self> {
        Some(Self { key: key.id, dropping: None, work: Work::Idle })
    }

    fn send(&mut self, command: Command, view: &mut View<'_>) {
        self.work.begin();
        view.asks.push(Ask::Request(Request::Run(command)));
    }

    fn list_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, key: &Key) {
        let busy = self.work.refusal();
        let open: Vec<Delivery> = key.open_deliveries().cloned().collect();
        section_header(ui, "Still to be delivered", Some(open.len()), None);
        if open.is_empty() {
            Role::Small.label(
                ui,
                theme::of(ui).text3,
                "Everyone who held an older version has the new one, or no longer needs it.",
            );
        }
        for delivery in &open {
            let what =
                format!("{} of version {}, since {}", delivery.format.name(), delivery.version, view.desk.day(delivery.since));
            let buttons: &[(&str, Icon, Done)] = &[
                ("No longer needed", Icon::Prohibit, Done::Dropped),
                ("Delivered", Icon::Check, Done::Delivered),
                ("Export", Icon::Export, Done::Export),
            ];
            let exportable = matches!(delivery.format, Format::SpkiPem | Format::SpkiDer | Format::OpenSsh | Format::Jwk);
            let refused = |done: &Done| match done {
                Done::Export if !exportable => {
                    Some("Only a public half can be exported. Attach the certificate, and record that it was handed over.")
                }
                _ => busy,
            };
            match row_ui(ui, delivery.format, &delivery.recipient, &what, buttons, refused) {
                Some(Done::Delivered) => {
                    let command = Command::Deliver { key: key.id, recipient: delivery.recipient.to_string() };
                    self.send(command, view);
                }
                Some(Done::Dropped) => self.dropping = Some((delivery.recipient.to_string(), String::new())),
                Some(Done::Export) => view.asks.open(ExportPublic::to(key, &delivery.recipient, delivery.format, view)),
                _ => {}
            }
        }
        self.dropping_ui(ui, view, key);
        self.notices_ui(ui, view, key, busy);
        ended_ui(ui, view, key);
    }

    /// Why a holder no longer needs the key.
    fn dropping_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, key: &Key) {
        let Some((recipient, reason)) = &mut self.dropping else { return };
        ui.add_space(4.0);
        let label = format!("Why {} no longer needs it", shown(recipient));
        Field::new(&label).hint("Stays on record; may be empty").show(ui, reason);
        let mut answer = None;
        ui.horizontal(|ui| {
            if ui.add(Button::new("Take off the list").small()).clicked() {
                answer = Some(true);
            }
            if ui.add(Button::ghost("Leave it").small()).clicked() {
                answer = Some(false);
            }
        });
        match answer {
            Some(true) => {
                let command =
                    Command::DropDelivery { key: key.id, recipient: recipient.clone(), reason: reason.trim().to_owned() };
                self.dropping = None;
                self.send(command, view);
            }
            Some(false) => self.dropping = None,
            None => {}
        }
    }

    /// Holders of revoked versions who were not told.
    fn notices_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, key: &Key, busy: Option<&'static str>) {
        let untold = untold(key);
        if untold.is_empty() {
            return;
        }
        ui.add_space(8.0);
        section_header(ui, "To be told that it was revoked", Some(untold.len()), None);
        for (version, recipient, format) in untold {
            let what = format!("holds the {} of version {version}", format.name());
            if row_ui(ui, format, &recipient, &what, &[("Told", Icon::Check, Done::Told)], |_| busy).is_some() {
                let version = VersionRef { key: key.id, version };
                self.send(Command::NoticeSent { version, recipient }, view);
            }
        }
    }
}

/// Who holds a revoked version and was not told: version, recipient, form.
pub fn untold(key: &Key) -> Vec<(u32, String, Format)> {
    let mut found: Vec<(u32, String, Format)> = Vec::new();
    for version in &key.versions {
        let Some(revocation) = &version.revocation else { continue };
        for (name, format) in key.holders(version.number) {
            let known = found.iter().any(|(number, other, _)| *number == version.number && other == name);
            if !known && !revocation.told.iter().any(|told| **told == *name) {
                found.push((version.number, name.to_owned(), format));
            }
        }
    }
    found
}

/// A recipient with what can be done; gives back what was pressed.
fn row_ui<'b>(
    ui: &mut Ui,
    format: Format,
    recipient: &str,
    what: &str,
    buttons: &'b [(&str, Icon, Done)],
    refused: impl Fn(&Done) -> Option<&'static str>,
) -> Option<&'b Done> {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    let who = shown(recipient).into_owned();
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{who}, {what}")));
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let mut child = ui
        .new_child(egui::UiBuilder::new().id_salt((recipient, what)).max_rect(rect).layout(Layout::right_to_left(Align::Center)));
    child.spacing_mut().item_spacing.x = 8.0;
    let mut pressed = None;
    for (text, icon, done) in buttons.iter().rev() {
        if child.add(Button::new(text).small().icon(*icon).refused(refused(done))).clicked() {
            pressed = Some(done);
        }
    }
    let room = child.available_width() - 40.0;
    format_icon(format).paint(ui.painter(), pos2(rect.left() + 8.0, rect.center().y), size::ICON, theme.text2);
    let name = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, &who, room);
    paint::place(ui.painter(), name, rect.left() + 28.0, rect.center().y - 9.0);
    let line = paint::galley_cut(ui.painter(), Role::Small, theme.text3, what, room);
    paint::place(ui.painter(), line, rect.left() + 28.0, rect.center().y + 9.0);
    pressed
}

/// Deliveries that ended, the last few.
fn ended_ui(ui: &mut Ui, view: &View<'_>, key: &Key) {
    let ended: Vec<_> = key.deliveries.iter().rev().filter_map(|delivery| Some((delivery, delivery.ended?))).collect();
    if ended.is_empty() {
        return;
    }
    ui.add_space(8.0);
    section_header(ui, "Done", Some(ended.len()), None);
    for (delivery, end) in ended.into_iter().take(6) {
        let (word, at) = match end {
            DeliveryEnd::Delivered(at) => ("has version", at),
            DeliveryEnd::Dropped(at) => ("no longer needs version", at),
        };
        let text = format!("{} {word} {}, {}", shown(&delivery.recipient), delivery.version, view.desk.day(at));
        Role::Small.line(ui, theme::of(ui).text2, text);
    }
}

/// The deliveries of a key in its details.
pub fn deliveries_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
    let theme = theme::of(ui);
    let (open, untold) = (key.open_deliveries().count(), untold(key));
    if section_header(ui, "Deliveries", Some(open + untold.len()), Some("Open the list")) {
        view.asks.act(crate::actions::Action::Deliveries);
    }
    let due = key.open_deliveries().map(|delivery| {
        (delivery.recipient.to_string(), format!("{}, version {}", delivery.format.name(), delivery.version), delivery.format)
    });
    let told = untold.iter().map(|(_, recipient, format)| (recipient.clone(), "to be told".to_owned(), *format));
    for (recipient, what, format) in due.chain(told).take(6) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
        let who = shown(&recipient).into_owned();
        response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{who} waits for {what}")));
        format_icon(format).paint(ui.painter(), pos2(rect.left() + 7.0, rect.center().y), 14.0, theme.warning().ink);
        let who = paint::galley_cut(ui.painter(), Role::Body, theme.text, &who, rect.width() * 0.5);
        let end = paint::place(ui.painter(), who, rect.left() + 22.0, rect.center().y);
        let what = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &what, rect.right() - end - 6.0);
        paint::place(ui.painter(), what, end + 6.0, rect.center().y);
    }
}

impl Form for Deliveries {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(key) = view.desk.inventory.key(self.key).cloned() else { return view.asks.push(Ask::Close) };
        let title = format!("Deliveries of {}", shown(&key.name));
        let version = key.current(view.desk.now).map_or(0, |version| version.number);
        let facts = format!("{}, version {version}", key.purpose.name());
        let dialog = Dialog {
            id: "deliveries",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "Open ones keep the old version active until its expiry. Ticks cannot be taken back.",
            cancel: "",
            confirm: "Close",
            danger: false,
            lead: Some(Lead { icon: Icon::PaperPlane, state: Some(key.state(view.desk.now)), facts: &facts }),
            extra: None,
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.list_ui(ui, view, &key);
            self.work.ui(ui, "Writing", view);
        });
        if let Some(DialogAnswer::Cancel | DialogAnswer::Confirm) = answer {
            view.asks.push(Ask::Close);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        match result {
            Ok(_) => self.work = Work::Idle,
            Err(error) => self.work.fail(error),
        }
    }
}
