//! The end of private halves: after the waiting time of the policy, or at once by typing the name.

use std::sync::Arc;

use egui::{Context, CornerRadius, Frame, Margin, Stroke, StrokeKind, Ui, vec2};

use super::batch::{Preview, Subjects, ended};
use super::export::ExportPublic;
use super::turn::relying;
use super::typed_name::typed_name_ui;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, Desk, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, Weight, follows, radio_row};
use crate::model::name::shown;
use crate::model::{Command, Inventory, Key, KeyId, State, Time, Transition, Version, VersionRef};

/// So many backups are named, the newest first, before the rest is counted.
const NAMED_BACKUPS: usize = 4;

/// What is said of the store's answer, and of backups.
const NO_COPY: &str = "Read back to make sure. Keystead keeps no other copy; your backups may.";

/// Destroys keys.
pub struct DestroyKeys {
    subjects: Subjects,
    /// These versions of the one key, while its others live on.
    only: Option<Vec<u32>>,
    /// Their waiting time is over, so that they go at once.
    over: bool,
    at_once: bool,
    /// “At once” was just chosen: the name to type takes the keyboard.
    fresh: bool,
    typed: String,
    reason: String,
    preview: Preview,
    work: Work,
}

/// The command that cancels the planned destruction of these keys, and what is told then.
pub fn keep(keys: &[KeyId], inventory: &Inventory) -> Option<(Command, String)> {
    let mut turns = Vec::new();
    for key in keys.iter().filter_map(|id| inventory.key(*id)) {
        let planned = living(key).filter(|version| version.life.destruction_due.is_some());
        turns.extend(planned.map(|version| (reference(key, version), Transition::CancelDestruction)));
    }
    let (first, _) = turns.first()?;
    let told = match inventory.key(first.key).filter(|_| turns.iter().all(|(of, _)| of.key == first.key)) {
        Some(key) => format!("{} is kept. Ctrl Z plans its destruction again.", shown(&key.name)),
        None => "They are kept. Ctrl Z plans their destruction again.".to_owned(),
    };
    Some((Command::Turn { turns, reason: String::new() }, told))
}

/// The versions whose private halves are still there.
fn living(key: &Key) -> impl Iterator<Item = &Version> {
    key.versions.iter().filter(|version| version.life.destroyed.is_none())
}

fn reference(key: &Key, version: &Version) -> VersionRef {
    VersionRef { key: key.id, version: version.number }
}

/// “version 2”, “versions 1 and 2”, “versions 1 to 4”.
fn versions_in_words(numbers: &[u32]) -> String {
    match numbers {
        [] => "no version".into(),
        [one] => format!("version {one}"),
        [one, other] => format!("versions {one} and {other}"),
        [first, .., last] if (last - first) as usize + 1 == numbers.len() => format!("versions {first} to {last}"),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
            format!("versions {} and {last}", rest.join(", "))
        }
    }
}

impl DestroyKeys {
    /// These keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        Some(Self {
            subjects: Subjects::of(keys, view)?,
            only: None,
            over: false,
            at_once: false,
            fresh: false,
            typed: String::new(),
            reason: String::new(),
            preview: Preview::default(),
            work: Work::Idle,
        })
    }

    /// One version of a key, after the waiting time: its other versions stay as they are.
    pub fn version(key: KeyId, number: u32, view: &View<'_>) -> Option<Self> {
        Some(Self { only: Some(vec![number]), ..Self::of(&[key], view)? })
    }

    /// The versions of a key whose waiting time is over, at once; any others stay as they are.
    pub fn over(key: KeyId, view: &View<'_>) -> Option<Self> {
        let form = Self::of(&[key], view)?;
        let over = |version: &&Version| version.life.destruction_due.is_some_and(|due| due <= view.desk.now);
        let only: Vec<u32> = living(form.subjects.one()?).filter(over).map(|version| version.number).collect();
        (!only.is_empty()).then_some(Self { only: Some(only), over: true, ..form })
    }

    /// “version 2 of api.example.com”, or the key where nothing of it is left.
    fn what(&self) -> String {
        let all = |key: &Arc<Key>| living(key).count() == self.going(key).count();
        match (&self.only, self.subjects.one()) {
            (Some(numbers), Some(key)) if !all(key) => format!("{} of {}", versions_in_words(numbers), self.subjects.whom()),
            _ => self.subjects.whom(),
        }
    }

    /// The versions whose private halves are to go.
    fn going<'k>(&self, key: &'k Key) -> impl Iterator<Item = &'k Version> + use<'k> {
        let only = self.only.clone();
        living(key).filter(move |version| only.as_ref().is_none_or(|only| only.contains(&version.number)))
    }

    /// What is to be typed before anything is destroyed at once.
    fn wanted(&self) -> String {
        self.subjects.one().map_or_else(|| self.subjects.whom(), |key| key.name.to_string())
    }

    /// The days to wait: those of the policy, the longest where several keys differ.
    fn wait(&self, view: &View<'_>) -> u32 {
        let days = self.subjects.0.iter().map(|key| view.desk.inventory.policy_of(key).destruction_wait_days);
        days.max().unwrap_or(0)
    }

    /// When each key is due, by its policy.
    fn due(desk: &Desk, key: &Key) -> Time {
        desk.now.plus_days(i64::from(desk.inventory.policy_of(key).destruction_wait_days))
    }

    fn refresh(&mut self, view: &View<'_>) {
        let desk = view.desk;
        let at_once = self.at_once;
        let (subjects, only) = (&self.subjects, self.only.is_some());
        self.preview.refresh(view, format!("{at_once}"), || {
            let says = |key: &Key| {
                if living(key).next().is_none() {
                    return Err(format!("It cannot be destroyed: it is {}.", key.state(desk.now).id()));
                }
                let last = if !only && key.state(desk.now) == State::Active { "; it is active" } else { "" };
                Ok(if at_once {
                    format!("Destroyed at once{last}")
                } else {
                    format!("Destroyed after {}{last}", desk.date(Self::due(desk, key)))
                })
            };
            subjects.0.iter().map(|key| (shown(&key.name).into_owned(), says(key))).collect()
        });
    }

    fn refusal(&self) -> Option<String> {
        if let Some(busy) = self.work.refusal() {
            return Some(busy.into());
        }
        if let Some(reason) = self.preview.refusal() {
            return Some(reason.to_owned());
        }
        (self.at_once && self.typed.trim() != self.wanted()).then(|| format!("Type {} to confirm.", shown(&self.wanted())))
    }

    fn command(&self, desk: &Desk) -> Command {
        let reason = self.reason.trim().to_owned();
        let keys = self.subjects.0.iter().filter(|key| living(key).next().is_some());
        if self.over {
            let going = |key| self.going(key).map(move |version| reference(key, version));
            return Command::DestroyDue(keys.flat_map(|key| going(key)).collect());
        }
        if self.at_once {
            return Command::Destroy { keys: keys.map(|key| key.id).collect(), reason };
        }
        let turn =
            |key: &Key, version: &Version| (reference(key, version), Transition::PlanDestruction { due: Self::due(desk, key) });
        let turns = keys.flat_map(|key| self.going(key).map(move |version| turn(key, version))).collect();
        Command::Turn { turns, reason }
    }

    fn follows_ui(&self, ui: &mut Ui, view: &View<'_>) {
        Role::SmallStrong.line(ui, theme::of(ui).text2, "What follows");
        let desk = view.desk;
        if let Some(key) = self.subjects.one() {
            one_follows_ui(ui, desk, key, &self.going(key).collect::<Vec<_>>());
        } else {
            let active = self.subjects.0.iter().filter(|key| key.state(desk.now) == State::Active).count();
            let sentence = "The private material of every version of each leaves its store.";
            follows(ui, Icon::Trash, Weight::Grave, sentence, NO_COPY);
            let sentence = match active {
                0 => None,
                1 => Some("One of them is active: its last copy goes.".to_owned()),
                count => Some(format!("{count} of them are active: their last copies go.")),
            };
            if let Some(sentence) = sentence {
                follows(ui, Icon::Warning, Weight::Grave, &sentence, "Whatever signs with them stops.");
            }
        }
        self.backups_ui(ui, desk);
        let hint = "The audit log records who destroyed it, when and why.";
        follows(ui, Icon::Scroll, Weight::Plain, "Name, dates, fingerprints and history stay in the inventory.", hint);
    }

    /// The backups known to hold what is to go.
    fn backups_ui(&self, ui: &mut Ui, desk: &Desk) {
        let mut places: Vec<String> = Vec::new();
        for key in &self.subjects.0 {
            for version in self.going(key) {
                for backup in desk.inventory.backups_with(key, version) {
                    let place = format!("{} of {}", shown(&backup.place), desk.date(backup.at));
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        }
        for place in places.iter().rev().take(NAMED_BACKUPS) {
            follows(ui, Icon::Archive, Weight::Care, "A backup holds it still.", place);
        }
        if let Some(more) = places.len().checked_sub(NAMED_BACKUPS).filter(|more| *more > 0) {
            let sentence =
                if more == 1 { "1 more backup holds it still.".into() } else { format!("{more} more backups hold it still.") };
            follows(ui, Icon::Archive, Weight::Care, &sentence, "They are older. keystead destroy names them all.");
        }
    }

    fn when_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let theme = theme::of(ui);
        Role::SmallStrong.line(ui, theme.text2, "When");
        if self.over {
            let hint = "Until then Keep, in the details of the key, cancels the plan.";
            return follows(ui, Icon::Hourglass, Weight::Plain, "Now: the waiting time is over.", hint);
        }
        let wait = self.wait(view);
        let due = view.desk.date(view.desk.now.plus_days(i64::from(wait)));
        let (title, hint) = match wait {
            0 => (
                "When I say so again".to_owned(),
                "Your policy has no waiting time: it is due at once, and can be kept until then.".to_owned(),
            ),
            1 => ("After 1 day, as your policy says".to_owned(), format!("Until {due} one click cancels it.")),
            days => (format!("After {days} days, as your policy says"), format!("Until {due} one click cancels it.")),
        };
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if radio_row(ui, !self.at_once, false, &title, &hint).clicked() {
                self.at_once = false;
            }
            if self.only.is_some() {
                return;
            }
            if !self.at_once {
                if radio_row(ui, false, true, "At once", "This cannot be undone.").clicked() {
                    (self.at_once, self.fresh) = (true, true);
                }
                return;
            }
            let shown_frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: 0, bottom: 12 }).show(ui, |ui| {
                let row = radio_row(ui, true, true, "At once", "This cannot be undone.");
                // One frame goes around the row and the field under it.
                let mut seam = row.rect.shrink2(vec2(2.0, 0.0));
                seam.min.y = seam.max.y - 4.0;
                ui.painter().rect_filled(seam, 0.0, theme.raised);
                ui.horizontal(|ui| {
                    ui.add_space(41.0);
                    ui.vertical(|ui| self.confirm_ui(ui));
                });
            });
            let edge = Stroke::new(2.0, theme.danger);
            let round = CornerRadius::same(size::RADIUS);
            ui.painter().rect_stroke(shown_frame.response.rect, round, edge, StrokeKind::Inside);
        });
    }

    /// The name typed once more.
    fn confirm_ui(&mut self, ui: &mut Ui) {
        typed_name_ui(ui, &self.wanted(), &mut self.typed, &mut self.fresh);
    }
}

fn one_follows_ui(ui: &mut Ui, desk: &Desk, key: &Key, going: &[&Version]) {
    let numbers: Vec<u32> = going.iter().map(|version| version.number).collect();
    let mut stores: Vec<_> = going.iter().map(|version| shown(&version.locator.store).into_owned()).collect();
    stores.dedup();
    let leaves = format!("The private material of {} leaves {}.", versions_in_words(&numbers), stores.join(" and "));
    follows(ui, Icon::Trash, Weight::Grave, &leaves, NO_COPY);
    if key.state(desk.now) == State::Active && going.iter().any(|version| version.state(desk.now) == State::Active) {
        let hint = "Whatever signs with it stops. Rotate it instead to have a successor.";
        follows(ui, Icon::Warning, Weight::Grave, "It is active, and this is its last copy.", hint);
    }
    let holders: Vec<_> = going.iter().flat_map(|version| key.holders(version.number)).collect();
    if !holders.is_empty() {
        let hint = "Tell them first, or open the delivery list of a replacement.";
        follows(ui, Icon::PaperPlane, Weight::Care, &relying(&holders), hint);
    }
    let hint = "Signatures already made can still be verified with the public half.";
    follows(ui, Icon::LockOpen, Weight::Plain, "It can never sign again, for good.", hint);
}

impl Form for DestroyKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        self.refresh(view);
        let refused = self.refusal();
        let title = format!("Destroy {}", self.what());
        let now = self.at_once || self.over;
        let facts = self.subjects.facts(view.desk.now);
        let one = self.subjects.one().map(|key| key.id);
        let button = match (now, one) {
            (true, Some(_)) => "Destroy now".to_owned(),
            (true, None) => format!("Destroy {} now", self.preview.able()),
            (false, Some(_)) => "Plan the destruction".to_owned(),
            (false, None) => format!("Plan {} destructions", self.preview.able()),
        };
        let dialog = Dialog {
            id: "destroy",
            title: &title,
            width: if one.is_some() { size::DIALOG } else { size::DIALOG_WIDE },
            note: if now { "This cannot be taken back." } else { "Ctrl Z takes it back." },
            cancel: if self.over {
                "Not now"
            } else if one.is_some() {
                "Keep the key"
            } else {
                "Keep the keys"
            },
            confirm: &button,
            danger: true,
            lead: Some(self.subjects.lead(Icon::Trash, &facts, view.desk.now)),
            extra: one.is_some().then_some((Icon::Export, "Export first")),
            refused: refused.as_deref(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.follows_ui(ui, view);
            ui.separator();
            self.when_ui(ui, view);
            if !self.over {
                ui.add_space(4.0);
                Field::new("Reason").hint("Replaced by another key").show(ui, &mut self.reason);
            }
            self.preview.ui(ui);
            self.work.ui(ui, "Destroying", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) if self.work.is_busy() => view.asks.push(Ask::Cancel),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Extra) => view.asks.open(ExportPublic::of(one.as_slice(), view)),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                let command = self.command(view.desk);
                self.work.begin();
                view.asks.push(Ask::Request(Request::Run(command)));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let now = self.at_once || self.over;
        let (done, after) = if now { ("destroyed", "") } else { ("planned to be destroyed", " Ctrl Z takes it back.") };
        match (&self.only, result) {
            (Some(numbers), Ok(outcome)) if outcome.refused.is_empty() => {
                let is = if numbers.len() == 1 { "is" } else { "are" };
                let told = format!("{}: {} {is} {done}.{after}", self.subjects.whom(), versions_in_words(numbers));
                view.asks.push(Ask::Tell(Tone::Good, told));
                view.asks.push(Ask::Close);
            }
            _ => ended(result, &self.subjects, done, after, &mut self.work, view),
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_as_people_say_them() {
        let said = [&[3][..], &[1, 2], &[1, 2, 3, 4], &[1, 3, 4]].map(versions_in_words);
        assert_eq!(said, ["version 3", "versions 1 and 2", "versions 1 to 4", "versions 1, 3 and 4"]);
    }
}
