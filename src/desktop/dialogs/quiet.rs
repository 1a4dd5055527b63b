//! Hearing of an alert later, on a date that is typed, or no more, with a reason.

use egui::Context;

use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, date_field};
use crate::model::time::parse_date;
use crate::model::{Alert, Command, DateError, DayEdge, Time};

/// Snoozes or acknowledges an alert.
pub struct Quieten {
    alert: Alert,
    about: String,
    acknowledge: bool,
    until: String,
    reason: String,
    work: Work,
}

impl Quieten {
    /// An alert; `about` is the key, or what it is about.
    pub fn of(alert: &Alert, about: String, acknowledge: bool, view: &View<'_>) -> Self {
        let until = view.desk.now.plus_days(14).date(&view.desk.zone).to_string();
        Self { alert: alert.clone(), about, acknowledge, until, reason: String::new(), work: Work::Idle }
    }

    fn until(&self, view: &View<'_>) -> Result<Time, DateError> {
        parse_date(&self.until, view.desk.now, &view.desk.zone, DayEdge::Start)
    }
}

impl Form for Quieten {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let until = self.until(view);
        let wrong = match (self.acknowledge, &until) {
            (true, _) => self.reason.trim().is_empty().then_some("Say why it can stay; the reason stays on record."),
            (false, Err(_)) => Some("Write a date like 2027-03-15, or a span like 30d."),
            (false, Ok(until)) => (*until <= view.desk.now).then_some("Give a date that lies ahead."),
        };
        let refused = self.work.refusal().or(wrong);
        let title = format!("{} {}", if self.acknowledge { "Acknowledge" } else { "Snooze" }, self.about);
        let dialog = Dialog {
            id: "quiet",
            title: &title,
            note: "Ctrl Z takes it back.",
            confirm: if self.acknowledge { "Acknowledge" } else { "Snooze" },
            refused,
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let sentence = if self.acknowledge {
                "It no longer counts as open. It stays under Acknowledged with your reason, and comes back for the next version."
            } else {
                "It does not count as open until that day comes."
            };
            Role::Body.label(ui, theme.text2, format!("{}. {sentence}", self.alert.kind.title()));
            if self.acknowledge {
                Field::new("Why it can stay").hint("Goes away with the old data centre in March").show(ui, &mut self.reason);
            } else {
                let read = until.map(|until| view.desk.date(until));
                date_field(ui, Field::new("Until"), &mut self.until, &read);
            }
            self.work.ui(ui, "Writing", view);
        });
        if answer == Some(DialogAnswer::Cancel) {
            view.asks.push(Ask::Close);
        } else if DialogAnswer::confirms(answer, refused) {
            let until = self.until(view).ok().filter(|_| !self.acknowledge);
            let quiet = self.alert.quieted(view.desk.now, until, self.reason.trim().to_owned());
            self.work.begin();
            view.asks.push(Ask::Request(Request::Run(Command::Quiet(vec![(self.alert.key, quiet)]))));
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => {
                let word = if self.acknowledge { "acknowledged" } else { "snoozed" };
                view.asks.push(Ask::Tell(Tone::Good, format!("{} is {word}. Ctrl Z takes it back.", self.about)));
                view.asks.push(Ask::Close);
            }
            Err(error) => self.work.fail(error),
        }
    }
}
