//! A key's own figures, or those of a selection: each figure as it is, a value of its own, or again that
//! of the purpose; and at once what that marks.

mod change;
mod rows;

use std::sync::Arc;

use egui::{Context, Ui};

use super::batch::{Preview, Subjects, ended};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::figures::{Pace, complaint, title};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Tone, Weight, follows};
use crate::model::name::shown;
use crate::model::{Breach, Command, Figure, Key};
use change::{Change, Choice};

/// Gives keys figures of their own.
pub struct KeyPolicy {
    subjects: Subjects,
    change: Change,
    /// The figures as they are without a choice, in words.
    values: Vec<(Figure, String)>,
    /// Goes up whenever a choice or a value changes.
    edits: u64,
    /// What was worked out last: generation and edits.
    made: Option<(u64, u64)>,
    pace: Pace,
    /// What of a single key breaks the policy then.
    breaks: Vec<String>,
    preview: Preview,
    work: Work,
}

impl KeyPolicy {
    /// Of these keys.
    pub fn of(keys: &[crate::model::KeyId], view: &View<'_>) -> Option<Self> {
        let subjects = Subjects::of(keys, view)?;
        let change = Change::of(&subjects, &view.desk.inventory)?;
        let values = rows::values(&subjects, &view.desk.inventory);
        let (preview, pace, work) = (Preview::default(), Pace::default(), Work::Idle);
        Some(Self { subjects, change, values, edits: 0, made: None, pace, breaks: Vec::new(), preview, work })
    }

    /// Works out what follows once something changed; of many keys at most once in a while.
    fn refresh(&mut self, ctx: &Context, view: &View<'_>) {
        let wanted = Some((view.desk.generation, self.edits));
        if self.made == wanted || (self.subjects.one().is_none() && !self.pace.due(ctx)) {
            return;
        }
        self.made = wanted;
        let (inventory, now) = (&view.desk.inventory, view.desk.now);
        if let Some(key) = self.subjects.one() {
            let then = self.change.policy_of(key, inventory);
            let found = change::breaches(key, &then, inventory, now);
            self.breaks = found.into_iter().map(Breach::sentence).collect();
            return;
        }
        let (change, subjects) = (&self.change, &self.subjects);
        self.preview.refresh(view, self.edits.to_string(), || {
            let says = |key: &Arc<Key>| (shown(&key.name).into_owned(), change.becomes(key, inventory, now));
            let mut lines: Vec<_> = subjects.0.iter().map(says).collect();
            // Those that cannot stand first: they are what a person has to look at.
            lines.sort_by_key(|(_, says)| says.is_ok());
            lines
        });
    }

    /// What of the figures contradicts itself or cannot be read.
    fn trouble(&self, view: &View<'_>) -> Option<(String, String)> {
        let error = self.change.trouble(self.subjects.one().map(|key| &**key), &view.desk.inventory)?;
        Some((format!("{}.", error.figure().map_or("A figure", Figure::name)), complaint(&error)))
    }

    fn refusal(&self, trouble: Option<&(String, String)>) -> Option<String> {
        if let Some(busy) = self.work.refusal() {
            return Some(busy.into());
        }
        if let Some((figure, reason)) = trouble {
            return Some(format!("{figure} {reason}"));
        }
        if self.subjects.one().is_none() && self.change.is_idle() {
            return Some("Choose a figure that is to change.".into());
        }
        if let Some(reason) = self.preview.refusal().filter(|_| self.subjects.one().is_none()) {
            return Some(reason.to_owned());
        }
        let same = self.subjects.one().is_some_and(|key| self.change.is_same(key));
        same.then(|| "Nothing is changed yet.".into())
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, trouble: Option<&(String, String)>) {
        let theme = theme::of(ui);
        let one = self.subjects.one().cloned();
        let says = match &one {
            Some(key) => format!(
                "Unchecked figures follow the policy for {} (profile {}). Checked ones are the key’s own.",
                key.purpose.name(),
                title(view.desk.inventory.policy(key.purpose)),
            ),
            None => "A figure of their own stays when the policy of their purpose changes.".to_owned(),
        };
        Role::Body.label(ui, theme.text2, says);
        ui.add_space(4.0);
        if ui.scope(|ui| self.rows_ui(ui, view)).inner {
            self.edits += 1;
            ui.ctx().request_repaint();
        }
        ui.add_space(8.0);
        if let Some((figure, reason)) = trouble {
            let banner =
                Banner { tone: Tone::Critical, strong: figure, text: reason, action: None, dismiss: false, rounded: true };
            banner.show(ui);
        } else if one.is_some() {
            for breach in &self.breaks {
                follows(ui, Icon::Warning, Weight::Care, breach, "It is marked as breaking its policy.");
            }
            if self.breaks.is_empty() {
                follows(ui, Icon::ShieldCheck, Weight::Plain, "It keeps this policy.", "");
            }
        }
        self.preview.ui(ui);
        self.work.ui(ui, "Writing", view);
    }
}

impl Form for KeyPolicy {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.refresh(ctx, view);
        let trouble = self.trouble(view);
        let refused = self.refusal(trouble.as_ref());
        let one = self.subjects.one().is_some();
        let title = format!("Policy of {}", self.subjects.whom());
        let facts = self.subjects.facts(view.desk.now);
        let button = if one { "Save".to_owned() } else { format!("Save for {}", self.preview.able()) };
        let dialog = Dialog {
            id: "key-policy",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "",
            cancel: "Cancel",
            confirm: &button,
            danger: false,
            lead: Some(self.subjects.lead(Icon::Checklist, &facts, view.desk.now)),
            extra: Some((Icon::Undo, if one { "As its purpose" } else { "As their purposes" })),
            refused: refused.as_deref(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| self.content_ui(ui, view, trouble.as_ref()));
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Extra) => {
                self.change.choose_all(Choice::Purpose, &view.desk.inventory);
                self.edits += 1;
                ctx.request_repaint();
            }
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                let policies = self.change.able(&self.subjects, &view.desk.inventory);
                if !policies.is_empty() {
                    self.work.begin();
                    view.asks.push(Ask::Request(Request::Run(Command::SetKeyPolicies(policies))));
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        ended(result, &self.subjects, "changed", " Ctrl Z takes it back.", &mut self.work, view);
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }
}
