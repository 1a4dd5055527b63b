//! Taking keys out of use with a reason to tell others, as RFC 5280 names it.

use egui::{Context, Ui};

use super::batch::{Preview, Subjects, current_of, ended};
use super::deliveries::untold;
use super::notice::TellHolders;
use super::turn::relying;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Weight, checkbox, date_field, follows, paint, radio_line};
use crate::model::name::shown;
use crate::model::time::parse_date;
use crate::model::{Command, DateError, DayEdge, KeyId, RevocationReason, Time, Transition, Version, VersionRef};

/// Revokes keys.
pub struct RevokeKeys {
    subjects: Subjects,
    reason: Option<RevocationReason>,
    since: String,
    note: String,
    replace: bool,
    preview: Preview,
    work: Work,
}

impl RevokeKeys {
    /// These keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        Some(Self {
            subjects: Subjects::of(keys, view)?,
            reason: None,
            since: view.desk.now.date(&view.desk.zone).to_string(),
            note: String::new(),
            replace: false,
            preview: Preview::default(),
            work: Work::Idle,
        })
    }

    /// The start of the day typed, but never after now.
    fn since(&self, desk: &Desk) -> Result<Time, DateError> {
        parse_date(&self.since, desk.now, &desk.zone, DayEdge::Start)
    }

    fn possible(&self, version: &Version, desk: &Desk) -> Result<&'static str, String> {
        let Some(reason) = self.reason else { return Err("Choose a reason first.".into()) };
        let (turn, becomes) = if reason.compromises() {
            (Transition::Compromise { since: self.since(desk).unwrap_or(desk.now).min(desk.now) }, "Becomes compromised")
        } else {
            (Transition::Deactivate { at: desk.now }, "Becomes deactivated")
        };
        version.life.clone().turn(turn, desk.now).map(|()| becomes).map_err(|refusal| format!("It {refusal}."))
    }

    fn refresh(&mut self, view: &View<'_>) {
        let typed = format!("{:?}\n{}\n{}", self.reason, self.since, self.replace);
        let mut preview = std::mem::take(&mut self.preview);
        preview.refresh(view, typed, || {
            let says = |version: &Version| {
                let replaced = if self.replace { ", and is replaced by a new version" } else { "" };
                self.possible(version, view.desk).map(|becomes| format!("{becomes}{replaced}"))
            };
            let current = self.subjects.current(view.desk.now);
            current.map(|(key, version)| (shown(&key.name).into_owned(), says(version))).collect()
        });
        self.preview = preview;
    }

    fn versions(&self, view: &View<'_>) -> Vec<VersionRef> {
        let current = self.subjects.current(view.desk.now).filter(|(_, version)| self.possible(version, view.desk).is_ok());
        current.map(|(key, version)| current_of(key, version)).collect()
    }

    fn refusal(&self, view: &View<'_>) -> Option<String> {
        let Some(reason) = self.reason else { return Some("Choose a reason.".into()) };
        if let Some(busy) = self.work.refusal() {
            return Some(busy.into());
        }
        if reason.compromises() {
            match self.since(view.desk) {
                Err(_) => return Some("Say since when.".into()),
                Ok(since) if since > view.desk.now => return Some("A compromise cannot begin after now.".into()),
                Ok(_) => {}
            }
        }
        self.preview.refusal().map(str::to_owned)
    }

    fn reasons_ui(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for reason in RevocationReason::ALL {
                let danger = reason.compromises();
                let radio = radio_line(ui, self.reason == Some(reason), danger, reason.name(), reason.means());
                if self.reason.is_none() {
                    // The first of them has the keyboard.
                    paint::take_focus(&radio);
                }
                if radio.clicked() {
                    let first = self.reason.is_none();
                    self.reason = Some(reason);
                    if first {
                        self.replace = reason.compromises();
                    }
                }
            }
        });
    }

    /// What follows, said before.
    fn follows_ui(&self, ui: &mut Ui, view: &View<'_>, reason: RevocationReason) {
        let it = if self.subjects.one().is_some() { "It" } else { "Each" };
        if reason.compromises() {
            let hint = "Nothing it signed since then can be trusted. It never becomes active again.";
            follows(ui, Icon::Warning, Weight::Grave, &format!("{it} becomes compromised, for good."), hint);
        } else {
            let hint = "It signs no more. What it signed before can still be verified.";
            follows(ui, Icon::Square, Weight::Grave, &format!("{it} becomes deactivated, for good."), hint);
        }
        let Some((key, version)) = self.subjects.one().and_then(|key| Some((key, key.current(view.desk.now)?))) else {
            let count =
                self.subjects.current(view.desk.now).filter(|(key, version)| !key.holders(version.number).is_empty()).count();
            if count > 0 {
                let sentence = if count == 1 {
                    "One of them is held by others.".into()
                } else {
                    format!("{count} of them are held by others.")
                };
                follows(
                    ui,
                    Icon::PaperPlane,
                    Weight::Care,
                    &sentence,
                    "Tell the holders of each; the deliveries list who they are.",
                );
            }
            return;
        };
        let holders = key.holders(version.number);
        if holders.is_empty() {
            follows(
                ui,
                Icon::PaperPlane,
                Weight::Plain,
                "Nobody holds it, as far as is recorded.",
                "So there is nobody to tell.",
            );
        } else {
            let hint = "Next you can save a notice for them, and tick off who was told.";
            follows(ui, Icon::PaperPlane, Weight::Care, &relying(&holders), hint);
        }
        if let Some(certificate) = &version.certificate {
            let sentence = format!("Its certificate is valid until {}.", view.desk.date(certificate.not_after));
            follows(ui, Icon::SealCheck, Weight::Care, &sentence, "Ask its authority to revoke that as well.");
        }
    }
}

impl Form for RevokeKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.refresh(view);
        let refused = self.refusal(view);
        let title = format!("Revoke {}", self.subjects.whom());
        let facts = self.subjects.facts(view.desk.now);
        let verb = match (self.subjects.one().is_some(), self.replace) {
            (true, false) => "Revoke".to_owned(),
            (true, true) => "Revoke and replace".to_owned(),
            (false, false) => format!("Revoke {}", self.preview.able()),
            (false, true) => format!("Revoke and replace {}", self.preview.able()),
        };
        let dialog = Dialog {
            id: "revoke",
            title: &title,
            width: if self.subjects.one().is_some() { size::DIALOG } else { size::DIALOG_WIDE },
            note: "This cannot be taken back.",
            cancel: "Cancel",
            confirm: &verb,
            danger: true,
            lead: Some(self.subjects.lead(Icon::Prohibit, &facts, view.desk.now)),
            extra: None,
            refused: refused.as_deref(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            Role::SmallMedium.line(ui, theme::of(ui).text2, "Reason");
            self.reasons_ui(ui);
            if let Some(reason) = self.reason {
                if reason.compromises() {
                    let since = self.since(view.desk).map(|since| view.desk.date(since));
                    date_field(ui, Field::new("Compromised since"), &mut self.since, &since);
                }
                ui.add_space(4.0);
                Role::SmallStrong.line(ui, theme::of(ui).text2, "What follows");
                self.follows_ui(ui, view, reason);
                Field::new("More about it").hint("Stays on record; may be empty").show(ui, &mut self.note);
                checkbox(ui, &mut self.replace, "Make a new version in its place");
                if self.subjects.one().is_some()
                    && let Some(reason) = self.preview.refusal()
                {
                    Role::Small.label(ui, theme::of(ui).critical().ink, reason);
                }
                self.preview.ui(ui);
            }
            self.work.ui(ui, "Revoking", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) if self.work.is_busy() => view.asks.push(Ask::Cancel),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                let Some(reason) = self.reason else { return };
                let since = self.since(view.desk).ok().filter(|_| reason.compromises());
                let (versions, note, replace) = (self.versions(view), self.note.trim().to_owned(), self.replace);
                self.work.begin();
                let command = Command::Revoke { versions, reason, since, note, replace };
                view.asks.push(Ask::Request(Request::Run(command)));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        ended(result, &self.subjects, "revoked", "", &mut self.work, view);
        // Whoever holds it is told next.
        let key = self.subjects.one().and_then(|key| view.desk.inventory.key(key.id));
        if matches!(result, Ok(outcome) if outcome.refused.is_empty())
            && let Some(key) = key.filter(|key| !untold(key).is_empty())
            && let Some(form) = TellHolders::of_key(key)
        {
            view.asks.open(form);
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }
}
