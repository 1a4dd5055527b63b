//! Verifying a signature over a file: the verdict, who signed, when, and in what state the key was.

use std::path::{Path, PathBuf};

use egui::{Context, Frame, Margin, Sense, Ui, WidgetInfo, vec2};

use super::file_field::{Did, FileField, dropped};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Finding, Outcome, Verdict, Verified};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, key_value, link};
use crate::model::name::shown;
use crate::model::{KeyId, SignedAt, Time, ssh_fingerprint};

/// Verifies a signature.
#[derive(Default)]
pub struct VerifyFile {
    file: FileField,
    signature: FileField,
    /// The system's file dialog is open for the signature.
    choosing_signature: bool,
    work: Work,
    told: Option<Told>,
}

/// A verdict in words, made once.
struct Told {
    finding: Finding,
    strong: String,
    reason: String,
    rows: Vec<Row>,
    key: Option<KeyId>,
}

struct Row {
    label: &'static str,
    value: String,
    aside: String,
    mono: bool,
}

impl VerifyFile {
    fn send(&mut self, view: &mut View<'_>) {
        let Some(file) = self.file.path() else { return };
        self.told = None;
        self.work.begin();
        view.asks.push(Ask::Request(Request::VerifyFile { file, signature: self.signature.path() }));
    }

    /// A file was chosen or dropped: its signature is looked for beside it, at once.
    fn take(&mut self, path: &Path, view: &mut View<'_>) {
        self.file.set(path);
        self.signature = FileField::default();
        self.send(view);
    }

    fn refusal(&self) -> Option<&'static str> {
        let none = self.file.is_empty().then_some("Choose the file that was signed.");
        self.work.refusal().or(none)
    }

    /// What was dropped: a file, or a file and its signature.
    fn take_dropped(&mut self, paths: &[PathBuf], view: &mut View<'_>) {
        match paths {
            [one] => self.take(one, view),
            [one, other] => {
                // Its name has an ending more than that of its file.
                let shorter = one.as_os_str().len() <= other.as_os_str().len();
                let (file, signature) = if shorter { (one, other) } else { (other, one) };
                self.file.set(file);
                self.signature.set(signature);
                self.send(view);
            }
            _ => {}
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let file = self.file.ui(ui, "File", "Choose it, type its path, or drop it here", view);
        let signature = self.signature.ui(ui, "Signature", "Found beside the file where it is empty", view);
        if [file, signature].contains(&Some(Did::Changed)) {
            self.told = None;
            if !self.work.is_busy() {
                self.work = Work::Idle;
            }
        }
        if file == Some(Did::Asked) || signature == Some(Did::Asked) {
            self.choosing_signature = signature == Some(Did::Asked);
        }
    }
}

impl Told {
    fn of(verified: &Verified, desk: &Desk) -> Self {
        let verdict = &verified.verdict;
        let by = verdict.maker.as_ref().map(|maker| shown(&maker.name).into_owned());
        let strong = match (verdict.finding, by) {
            (Finding::Good, Some(by)) => format!("Good signature by {by}"),
            (Finding::Good, None) => "Good signature".into(),
            (Finding::Doubtful, by) => format!("Not to be trusted, though {} signed it", by.as_deref().unwrap_or("the key")),
            (Finding::UnknownSigner, _) => "Signed by a key that is not in this inventory".into(),
            (Finding::Bad, _) => "Bad signature".into(),
        };
        let reason = verdict.reason.clone().unwrap_or_else(|| "It fits this file, and the key was to sign then.".into());
        Self {
            finding: verdict.finding,
            strong,
            reason,
            rows: rows(verdict, desk),
            key: verdict.maker.as_ref().map(|maker| maker.key),
        }
    }

    fn ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        self.verdict_ui(ui);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for Row { label, value, aside, mono } in &self.rows {
                key_value(ui, label, value, aside, *mono, mono.then_some(value));
            }
        });
        if let Some(key) = self.key
            && link(ui, "Show the key", Some(Icon::ArrowRight)).clicked()
        {
            view.asks.push(Ask::Close);
            view.asks.push(Ask::ShowKey(key));
        }
    }

    /// Colour, icon, and the sentence that counts, large.
    fn verdict_ui(&self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let (colours, icon) = match self.finding {
            Finding::Good => (theme.good(), Icon::SealCheck),
            Finding::Doubtful => (theme.warning(), Icon::Warning),
            Finding::UnknownSigner => (theme.warning(), Icon::Question),
            Finding::Bad => (theme.critical(), Icon::WarningDiamond),
        };
        let frame = Frame::new().fill(colours.tint).corner_radius(size::RADIUS_CARD).inner_margin(Margin::same(16));
        frame.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 14.0;
                let (rect, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, format!("Verdict: {}", self.finding.id())));
                icon.paint_filled(ui.painter(), rect.center(), 28.0, colours.ink);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    Role::KeyTitle.label(ui, colours.ink, self.strong.clone());
                    Role::Body.label(ui, theme.text, self.reason.clone());
                });
            });
        });
    }
}

fn row(label: &'static str, value: impl Into<String>) -> Row {
    Row { label, value: value.into(), aside: String::new(), mono: false }
}

/// What is known, the most important first.
fn rows(verdict: &Verdict, desk: &Desk) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(maker) = &verdict.maker {
        let aside = maker.algorithm.name().to_owned();
        rows.push(Row { aside, ..row("Signed by", format!("{}, version {}", shown(&maker.name), maker.version)) });
        let owner = desk.inventory.key(maker.key).map(|key| key.owner.to_string()).filter(|owner| !owner.is_empty());
        rows.extend(owner.map(|owner| row("Owner", shown(&owner))));
    } else if let Some(signer) = &verdict.signer {
        rows.push(Row { aside: "as it says itself".into(), ..row("Signer", shown(signer)) });
    }
    let print = verdict.ssh_fingerprint.as_ref().map(ssh_fingerprint).or(verdict.fingerprint.map(|digest| digest.to_string()));
    rows.extend(print.map(|print| Row { mono: true, ..row("Fingerprint", print) }));
    if verdict.fits == Some(true) {
        let (when, aside) = match verdict.at {
            SignedAt::Logged(time) => (instant(time, desk), "by the audit log"),
            SignedAt::Said(time) => (instant(time, desk), "by the signer alone"),
            SignedAt::Unknown => ("Not known".into(), ""),
        };
        rows.push(Row { aside: aside.into(), ..row("Signed at", when) });
        let then = verdict.then.map_or("Not known", |state| state.name());
        rows.extend(verdict.now.map(|_| row("Key then", then)));
        let since = verdict.compromised_since.map(|since| format!("since {}", instant(since, desk)));
        rows.extend(verdict.now.map(|now| Row { aside: since.unwrap_or_default(), ..row("Key now", now.name()) }));
    }
    rows.push(row("Form", verdict.form.name()));
    rows.extend(verdict.namespace.as_ref().map(|namespace| row("Made for", shown(namespace))));
    rows
}

/// Day and minute in the person's zone.
fn instant(time: Time, desk: &Desk) -> String {
    let clock = desk.zone.to_datetime(time.timestamp());
    format!("{}, {}", desk.date(time), clock.strftime("%H:%M"))
}

impl Form for VerifyFile {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        if !self.work.is_busy() {
            let paths = dropped(ctx);
            self.take_dropped(&paths, view);
        }
        let refused = self.refusal();
        let dialog = Dialog {
            id: "verify-file",
            title: "Verify a signature",
            note: "Nothing is changed.",
            cancel: "Close",
            confirm: "Verify",
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            self.fields_ui(ui, view);
            self.work.ui(ui, "Verifying", view);
            if let Some(told) = &self.told {
                told.ui(ui, view);
            }
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            self.send(view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _view: &mut View<'_>) {
        match result {
            Ok(_) => self.work = Work::Idle,
            Err(error) => self.work.fail(error),
        }
    }

    fn verified(&mut self, verified: &Verified, view: &mut View<'_>) {
        self.file.set(&verified.file);
        self.signature.set(&verified.signature);
        self.told = Some(Told::of(verified, view.desk));
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let signature = std::mem::take(&mut self.choosing_signature);
        match picked {
            Picked::Path(path) if signature => {
                self.signature.set(&path);
                self.send(view);
            }
            Picked::Path(path) => self.take(&path, view),
            Picked::NoDialog if signature => self.signature.has_no_dialog(),
            Picked::NoDialog => self.file.has_no_dialog(),
            Picked::Cancelled | Picked::Paths(_) => {}
        }
    }
}
