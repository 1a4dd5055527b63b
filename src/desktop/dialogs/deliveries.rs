//! Who still has to get the new version of a key, or to hear of its revocation: ticked off one by one.

use egui::{Context, Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};

use super::export::ExportPublic;
use super::holder_row::HolderRow;
use super::{Form, Work};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Dialog, DialogAnswer, Field, Lead, paint, section_header};
use crate::model::name::shown;
use crate::model::{Command, Delivery, DeliveryEnd, Format, Key, KeyId, Version, VersionRef};

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
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for delivery in &open {
                let what = format!(
                    "Version {} as {}, since {}",
                    delivery.version,
                    delivery.format.name(),
                    view.desk.day(delivery.since)
                );
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
                let row = HolderRow { format: delivery.format, recipient: &delivery.recipient, what: &what };
                match row.ui(ui, buttons, refused) {
                    Some(Done::Delivered) => {
                        let command = Command::Deliver { key: key.id, recipient: delivery.recipient.to_string() };
                        self.send(command, view);
                    }
                    Some(Done::Dropped) => self.dropping = Some((delivery.recipient.to_string(), String::new())),
                    Some(Done::Export) => view.asks.open(ExportPublic::to(key, &delivery.recipient, delivery.format, view)),
                    _ => {}
                }
            }
        });
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
        if section_header(ui, "To be told that it was revoked", Some(untold.len()), Some("Save the notice")) {
            view.asks.act(Action::TellHolders);
        }
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (version, recipient, format) in untold {
                let what = format!("Holds version {version} as {}", format.name());
                let row = HolderRow { format, recipient: &recipient, what: &what };
                if row.tick_ui(ui, "Told", false) && busy.is_none() {
                    let version = VersionRef { key: key.id, version };
                    self.send(Command::NoticeSent { version, recipient }, view);
                }
            }
        });
    }
}

/// Who holds a revoked version and was not told: version, recipient, form.
pub fn untold(key: &Key) -> Vec<(u32, String, Format)> {
    let revoked = key.versions.iter().filter(|version| version.revocation.is_some());
    let of = |version: &Version| {
        let untold = key.untold(version).into_iter();
        untold.map(|(name, format)| (version.number, name.to_owned(), format)).collect::<Vec<_>>()
    };
    revoked.flat_map(of).collect()
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
        let theme = theme::of(ui);
        let (icon, ink, word, at) = match end {
            DeliveryEnd::Delivered(at) => (Icon::Check, theme.good().ink, "has version", at),
            DeliveryEnd::Dropped(at) => (Icon::Prohibit, theme.text3, "no longer needs version", at),
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
            icon.paint(ui.painter(), rect.center(), size::ICON_DETAIL, ink);
            let text = format!("{} {word} {}, {}", shown(&delivery.recipient), delivery.version, view.desk.day(at));
            Role::Small.line(ui, theme.text2, text);
        });
    }
}

/// The deliveries of a key in its details.
pub fn deliveries_ui(ui: &mut Ui, view: &mut View<'_>, key: &Key) {
    let theme = theme::of(ui);
    let (open, untold) = (key.open_deliveries().count(), untold(key));
    if section_header(ui, "Deliveries", Some(open + untold.len()), Some("Open the list")) {
        view.asks.act(Action::Deliveries);
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
