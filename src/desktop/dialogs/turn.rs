//! Activate, suspend, resume, deactivate, extend: one key or many, now or on a date, with a reason.

use egui::{Context, Ui};

use super::batch::{Preview, Subjects, current_of, ended};
use super::{Form, Work};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::known_stores::stays;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Weight, date_field, follows, segmented};
use crate::model::name::shown;
use crate::model::time::parse_date;
use crate::model::{
    Breach, Candidate, Command, DateError, DayEdge, Key, KeyId, StoreKind, Time, Transition, Version, VersionRef, compliance,
};

/// Lets keys take a turn.
pub struct TurnKeys {
    action: Action,
    subjects: Subjects,
    dated: bool,
    at: String,
    until: String,
    reason: String,
    preview: Preview,
    /// Ctrl Z takes it back.
    undoable: bool,
    work: Work,
}

impl TurnKeys {
    /// The dialog of an action over these keys.
    pub fn of(action: Action, keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let subjects = Subjects::of(keys, view)?;
        let mut at = view.desk.now.plus_days(1).date(&view.desk.zone).to_string();
        if action == Action::Extend {
            at.clear();
            if let Some((key, version)) = subjects.one().and_then(|key| Some((key, key.current(view.desk.now)?))) {
                let policy = view.desk.inventory.policy_of(key);
                let from = version.life.activates.unwrap_or(version.life.created);
                // What the policy still allows, if that is later than what it has.
                let most = policy.expiry(from);
                if version.life.expires.is_none_or(|expires| expires < most) && most > view.desk.now {
                    at = most.date(&view.desk.zone).to_string();
                }
            }
        }
        let dated = action == Action::Extend;
        let (until, reason) = (String::new(), String::new());
        // A first end cannot be taken away again: there is no turn that leads there.
        let undoable = match action {
            Action::Suspend | Action::Resume => true,
            Action::Extend => subjects.current(view.desk.now).all(|(_, version)| version.life.expires.is_some()),
            _ => false,
        };
        let (preview, work) = (Preview::default(), Work::Idle);
        Some(Self { action, subjects, dated, at, until, reason, preview, undoable, work })
    }

    const fn words(&self) -> (&'static str, &'static str, Icon) {
        match self.action {
            Action::Activate => ("Activate", "activated", Icon::Play),
            Action::Suspend => ("Suspend", "suspended", Icon::Pause),
            Action::Resume => ("Resume", "resumed", Icon::Play),
            Action::Deactivate => ("Deactivate", "deactivated", Icon::Square),
            _ => ("Extend", "extended", Icon::Calendar),
        }
    }

    /// When it is to happen.
    fn time(&self, desk: &Desk) -> Result<Time, DateError> {
        let edge = if matches!(self.action, Action::Extend | Action::Deactivate) { DayEdge::End } else { DayEdge::Start };
        if self.dated { parse_date(&self.at, desk.now, &desk.zone, edge) } else { Ok(desk.now) }
    }

    /// When a suspension is to end; none where nothing is typed.
    fn end(&self, desk: &Desk) -> Result<Option<Time>, DateError> {
        if self.action != Action::Suspend || self.until.trim().is_empty() {
            return Ok(None);
        }
        parse_date(&self.until, desk.now, &desk.zone, DayEdge::End).map(Some)
    }

    fn transition(&self, desk: &Desk) -> Result<Transition, DateError> {
        let at = self.time(desk)?;
        Ok(match self.action {
            Action::Activate => Transition::Activate { at },
            Action::Suspend => Transition::Suspend { from: at, until: self.end(desk)? },
            Action::Resume => Transition::Resume { at },
            Action::Deactivate => Transition::Deactivate { at },
            _ => Transition::ChangeExpiry { expires: at },
        })
    }

    /// The turns that can be taken.
    fn turns(&self, view: &View<'_>) -> Vec<(VersionRef, Transition)> {
        let Ok(transition) = self.transition(view.desk) else { return Vec::new() };
        let able = |version: &&Version| version.life.clone().turn(transition, view.desk.now).is_ok();
        let current = self.subjects.current(view.desk.now).filter(|(_, version)| able(version));
        current.map(|(key, version)| (current_of(key, version), transition)).collect()
    }

    fn refresh(&mut self, view: &View<'_>) {
        let typed =
            format!("{}\n{}\n{}\n{}", self.dated, self.at, self.until, if self.dated { 0 } else { view.desk.now.as_second() });
        let transition = self.transition(view.desk);
        let subjects = &self.subjects;
        self.preview.refresh(view, typed, || {
            let says = |key: &Key, version: &Version| match &transition {
                Err(_) => Err("The date cannot be read.".to_owned()),
                Ok(transition) => match version.life.clone().turn(*transition, view.desk.now) {
                    Ok(()) => Ok(becomes(view, key, version, *transition)),
                    Err(refusal) => Err(format!("It {refusal}.")),
                },
            };
            subjects.current(view.desk.now).map(|(key, version)| (shown(&key.name).into_owned(), says(key, version))).collect()
        });
    }

    fn refusal(&self, view: &View<'_>) -> Option<String> {
        if let Some(busy) = self.work.refusal() {
            return Some(busy.into());
        }
        if self.time(view.desk).is_err() || self.end(view.desk).is_err() {
            return Some("Write a date like 2027-03-15, or a span like 90d.".into());
        }
        if let Some(reason) = self.preview.refusal() {
            return Some(reason.to_owned());
        }
        let wants = self.action == Action::Extend && self.reason.trim().is_empty();
        wants.then(|| "Say why it is to last longer; the reason stays on record.".into())
    }

    fn when_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let read = |time: Result<Time, DateError>| time.map(|time| view.desk.date(time));
        let time = self.time(view.desk);
        if self.action == Action::Extend {
            date_field(ui, Field::new("New expiry"), &mut self.at, &read(time));
            return;
        }
        Role::SmallMedium.line(ui, theme::of(ui).text2, if self.action == Action::Suspend { "From" } else { "When" });
        if let Some(index) = segmented(ui, &["Now", "On a date"], Some(usize::from(self.dated))) {
            self.dated = index == 1;
        }
        if self.dated {
            let label = if self.action == Action::Suspend { "First day" } else { "On" };
            date_field(ui, Field::new(label), &mut self.at, &read(time));
        }
        if self.action == Action::Suspend {
            ui.add_space(4.0);
            let end = self.end(view.desk);
            let wrong = end.as_ref().err().map(ToString::to_string);
            let field = Field::new("Last day").hint("Leave empty to hold it until someone resumes it").error(wrong.as_deref());
            field.show(ui, &mut self.until);
            if let Ok(Some(end)) = end {
                Role::Small.line(
                    ui,
                    theme::of(ui).text3,
                    format!("= {}, then it is active again by itself", view.desk.date(end)),
                );
            }
        }
    }

    fn follows_ui(&self, ui: &mut Ui, view: &View<'_>) {
        let desk = view.desk;
        let it = if self.subjects.one().is_some() { "It" } else { "Each" };
        match self.action {
            Action::Activate => {
                follows(
                    ui,
                    Icon::Play,
                    Weight::Plain,
                    &format!("{it} may be used for all its purpose allows."),
                    "Its cryptoperiod is counted from here.",
                );
            }
            Action::Suspend => {
                follows(
                    ui,
                    Icon::Pause,
                    Weight::Care,
                    &format!("{it} signs nothing while it is held."),
                    "What was signed before can still be verified.",
                );
            }
            Action::Resume => follows(ui, Icon::Play, Weight::Plain, &format!("{it} may sign again."), ""),
            Action::Deactivate => {
                follows(
                    ui,
                    Icon::Square,
                    Weight::Grave,
                    &format!("{it} signs nothing from then on, for good."),
                    "What it signed can still be verified. Its private half stays until destroyed.",
                );
            }
            _ => {}
        }
        let Some((key, version)) = self.subjects.one().and_then(|key| Some((key, key.current(desk.now)?))) else { return };
        if self.action == Action::Extend {
            return self.extension_ui(ui, view, key, version);
        }
        if let Some((sentence, hint)) =
            enforced_here(view, version).filter(|_| matches!(self.action, Action::Suspend | Action::Deactivate))
        {
            follows(ui, Icon::ShieldWarning, Weight::Care, &sentence, &hint);
        }
        let holders = key.holders(version.number);
        if matches!(self.action, Action::Suspend | Action::Deactivate) && !holders.is_empty() {
            follows(ui, Icon::PaperPlane, Weight::Care, &relying(&holders), "Tell them before it stops.");
        }
    }

    fn extension_ui(&self, ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
        let before =
            version.life.expires.map_or_else(|| "has no expiry".to_owned(), |end| format!("expires on {}", view.desk.date(end)));
        follows(
            ui,
            Icon::Calendar,
            Weight::Plain,
            &format!("Today it {before}."),
            "An expiry that has passed cannot be moved: rotate then.",
        );
        let Ok(expires) = self.time(view.desk) else { return };
        match too_long(view, key, version, expires) {
            Some(breach) => {
                follows(ui, Icon::Warning, Weight::Care, &breach.sentence(), "It stays marked as breaking its policy.");
            }
            None => follows(ui, Icon::ShieldCheck, Weight::Plain, "Its policy allows that.", ""),
        }
        if let Some(certificate) = version.certificate.as_ref().filter(|certificate| certificate.not_after < expires) {
            let until = view.desk.date(certificate.not_after);
            follows(ui, Icon::SealCheck, Weight::Care, &format!("Its certificate still ends on {until}."), "Ask for a new one.");
        }
    }
}

/// A store that can be used past this program knows nothing of what is held here.
fn enforced_here(view: &View<'_>, version: &Version) -> Option<(String, String)> {
    let store = view.desk.inventory.store(&version.locator.store).filter(|store| stays(store.kind))?;
    let sentence = format!("Keystead alone enforces that: {} knows nothing of it.", shown(&store.name));
    let hint = match store.kind {
        StoreKind::OpenBao => "Whoever else may use the key at the server still can, until its minimum version is raised there.",
        _ => "Whoever has the token and its PIN still can use the key by another program.",
    };
    Some((sentence, hint.to_owned()))
}

/// “2 holders rely on it: edge-eu-1 and partner-gateway.”
pub fn relying(holders: &[(&str, crate::model::Format)]) -> String {
    let mut names: Vec<_> = holders.iter().map(|(name, _)| shown(name).into_owned()).collect();
    names.sort_unstable();
    names.dedup();
    let (count, more) = (names.len(), names.len().saturating_sub(3));
    names.truncate(3);
    let last = names.pop().unwrap_or_default();
    let list = match (names.len(), more) {
        (0, _) => last,
        (_, 0) => format!("{} and {last}", names.join(", ")),
        _ => format!("{}, {last} and {more} more", names.join(", ")),
    };
    if count == 1 { format!("One holder relies on it: {list}.") } else { format!("{count} holders rely on it: {list}.") }
}

/// The new expiry is later than the policy allows.
fn too_long(view: &View<'_>, key: &Key, version: &Version, expires: Time) -> Option<Breach> {
    let from = version.life.activates.unwrap_or(version.life.created);
    let candidate = Candidate { algorithm: version.algorithm, from, expires: Some(expires), store: None };
    let found = compliance::breaches(candidate, &view.desk.inventory.policy_of(key), view.desk.now);
    found.into_iter().find(|breach| matches!(breach, Breach::Cryptoperiod { .. }))
}

/// What will become of a key, in a few words.
fn becomes(view: &View<'_>, key: &Key, version: &Version, transition: Transition) -> String {
    let desk = view.desk;
    let on = |at: Time| if at <= desk.now { "now".to_owned() } else { format!("on {}", desk.date(at)) };
    match transition {
        Transition::Activate { at } => {
            format!("Active {}", if at <= desk.now { "now".into() } else { format!("from {}", desk.date(at)) })
        }
        Transition::Suspend { from, until } => {
            let until = until.map(|until| format!(" until {}", desk.date(until))).unwrap_or_default();
            format!("Suspended {}{until}", if from <= desk.now { "now".into() } else { format!("from {}", desk.date(from)) })
        }
        Transition::Resume { at } => format!("Active again {}", on(at)),
        Transition::Deactivate { at } => format!("Deactivated {}", on(at)),
        Transition::ChangeExpiry { expires } => {
            let marked =
                if too_long(view, key, version, expires).is_some() { ", marked: longer than its policy allows" } else { "" };
            let before = version.life.expires.map(|end| format!(", not {}", desk.date(end))).unwrap_or_default();
            format!("Expires {}{before}{marked}", desk.date(expires))
        }
        _ => String::new(),
    }
}

impl Form for TurnKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.refresh(view);
        let (verb, _, icon) = self.words();
        let refused = self.refusal(view);
        let title = format!("{verb} {}", self.subjects.whom());
        let facts = self.subjects.facts(view.desk.now);
        let button = match self.subjects.one() {
            Some(_) => verb.to_owned(),
            None => format!("{verb} {}", self.preview.able()),
        };
        let dialog = Dialog {
            id: "turn",
            title: &title,
            width: if self.subjects.one().is_some() { size::DIALOG } else { size::DIALOG_WIDE },
            note: if self.undoable { "Ctrl Z takes it back." } else { "This cannot be taken back." },
            cancel: "Cancel",
            confirm: &button,
            danger: false,
            lead: Some(self.subjects.lead(icon, &facts, view.desk.now)),
            extra: None,
            refused: refused.as_deref(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.follows_ui(ui, view);
            self.when_ui(ui, view);
            ui.add_space(4.0);
            let hint =
                if self.action == Action::Extend { "The supplier needs two more weeks" } else { "Stays on record; may be empty" };
            Field::new("Reason").hint(hint).show(ui, &mut self.reason);
            if let Some(reason) = refused.as_deref().filter(|_| self.subjects.one().is_some() && self.preview.refusal().is_some())
            {
                Role::Small.label(ui, theme::of(ui).critical().ink, reason);
            }
            self.preview.ui(ui);
            self.work.ui(ui, "Writing", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                let turns = self.turns(view);
                if !turns.is_empty() {
                    self.work.begin();
                    let reason = self.reason.trim().to_owned();
                    view.asks.push(Ask::Request(Request::Run(Command::Turn { turns, reason })));
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let after = if self.undoable { " Ctrl Z takes it back." } else { "" };
        ended(result, &self.subjects, self.words().1, after, &mut self.work, view);
    }
}
