//! Restoring: the backup is opened and looked into, then rehearsed, merged or put in the place of what is here.

mod facts;
mod opener;

pub use opener::Opener;

use std::path::Path;

use egui::{Context, Ui};

use super::typed_name::typed_name_ui;
use super::{Form, NewPassphrase, Work};
use crate::custodian::link::Request;
use crate::custodian::restore::{OpenWith, Restoration, Restore, RestoreMode};
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, checkbox, radio_row};

/// How far it is.
enum Stage {
    /// The backup is chosen, and what opens it.
    Choose,
    /// It was looked into; what is to be done is chosen.
    Found(Box<Restoration>),
    /// It was done.
    Done(Box<Restoration>),
}

/// Restores a backup.
pub struct RestoreBackup {
    opener: Opener,
    stage: Stage,
    mode: RestoreMode,
    typed: String,
    /// “Replace” was just chosen: the name to type takes the keyboard.
    fresh: bool,
    anew: bool,
    passphrase: NewPassphrase,
    work: Work,
}

impl Default for RestoreBackup {
    fn default() -> Self {
        Self {
            opener: Opener::default(),
            stage: Stage::Choose,
            mode: RestoreMode::Rehearse,
            typed: String::new(),
            fresh: false,
            anew: false,
            passphrase: NewPassphrase::default(),
            work: Work::Idle,
        }
    }
}

impl RestoreBackup {
    /// Rehearses a backup that was just made; what opens it is at hand but for one to recipients.
    pub fn rehearse(file: &Path, given: Option<OpenWith>) -> Self {
        Self { opener: Opener::of(file, given), ..Self::default() }
    }

    fn refusal(&self, view: &View<'_>) -> Option<String> {
        if let Some(busy) = self.work.refusal() {
            return Some(busy.into());
        }
        match &self.stage {
            Stage::Choose => self.opener.refusal().map(str::to_owned),
            Stage::Done(_) => None,
            Stage::Found(found) => match self.mode {
                RestoreMode::Merge if !view.desk.context.unlocked => {
                    Some("Unlock the inventory first; a merge changes it.".into())
                }
                RestoreMode::Merge if found.standing.as_ref().is_some_and(|standing| standing.plan.is_idle()) => {
                    Some("There is nothing to merge: all of it is here.".into())
                }
                RestoreMode::Replace if self.typed.trim() != found.name => Some(format!("Type {} to confirm.", found.name)),
                RestoreMode::Replace if self.anew => self.passphrase.refusal().map(str::to_owned),
                _ => None,
            },
        }
    }

    fn send(&mut self, view: &mut View<'_>) {
        let mode = match self.stage {
            // A rehearsal needs no preview: it changes nothing.
            Stage::Choose if self.opener.is_given() => RestoreMode::Rehearse,
            Stage::Choose => RestoreMode::Preview,
            _ => self.mode,
        };
        self.work.begin();
        view.asks.push(Ask::Request(Request::Restore(Restore {
            file: self.opener.file(),
            with: self.opener.open_with(),
            mode,
            passphrase: (mode == RestoreMode::Replace && self.anew).then(|| self.passphrase.copy()),
            typed_name: (mode == RestoreMode::Replace).then(|| self.typed.trim().to_owned()),
        })));
    }

    fn modes_ui(&mut self, ui: &mut Ui, found: &Restoration) {
        let rows = [
            (
                RestoreMode::Rehearse,
                "Rehearse",
                "It was opened and matches. Put on record that it was rehearsed; nothing else is changed.",
            ),
            (
                RestoreMode::Merge,
                "Merge what is missing here",
                "Nothing that was destroyed comes back, no state becomes milder, and what is here stays.",
            ),
            (
                RestoreMode::Replace,
                "Put it in the place of this inventory",
                "What is here is kept beside, in a folder of its own.",
            ),
        ];
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (mode, title, hint) in rows {
                let danger = mode == RestoreMode::Replace;
                if radio_row(ui, self.mode == mode, danger, title, hint).clicked() {
                    (self.mode, self.fresh) = (mode, danger);
                }
            }
        });
        if self.mode == RestoreMode::Merge {
            facts::records_ui(ui, found);
        }
        if self.mode == RestoreMode::Replace {
            facts::setbacks_ui(ui, found);
            checkbox(ui, &mut self.anew, "Give the restored inventory a new passphrase");
            if self.anew {
                self.passphrase.ui(ui, "New passphrase");
            } else {
                let hint = "Otherwise it opens with the passphrase that it had when the backup was made.";
                Role::Small.label(ui, theme::of(ui).text3, hint);
            }
            typed_name_ui(ui, &found.name, &mut self.typed, &mut self.fresh);
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        let stage = std::mem::replace(&mut self.stage, Stage::Choose);
        let mut entered = false;
        match &stage {
            Stage::Choose => {
                let sentence = "The backup is opened and looked into first. Nothing is changed by that.";
                Role::Body.label(ui, theme::of(ui).text2, sentence);
                entered = self.opener.ui(ui, view.asks);
            }
            Stage::Found(found) => {
                facts::found_ui(ui, found, view);
                ui.add_space(4.0);
                self.modes_ui(ui, found);
            }
            Stage::Done(done) => facts::done_ui(ui, done, view),
        }
        self.stage = stage;
        let what = match self.mode {
            RestoreMode::Merge => "Merging, in percent",
            RestoreMode::Replace => "Restoring, in percent",
            RestoreMode::Preview | RestoreMode::Rehearse => "Opening, in percent",
        };
        self.work.ui(ui, what, view);
        entered
    }
}

impl Form for RestoreBackup {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal(view);
        let replaces = matches!(self.stage, Stage::Found(_)) && self.mode == RestoreMode::Replace;
        let (title, confirm, cancel, note) = match (&self.stage, self.mode) {
            (Stage::Choose, _) if self.opener.is_given() => ("Rehearse the backup", "Rehearse", "Cancel", "Nothing is changed."),
            (Stage::Choose, _) => ("Restore from a backup", "Look into it", "Cancel", "Nothing is changed yet."),
            (Stage::Found(_), RestoreMode::Merge) => ("Restore from a backup", "Merge", "Cancel", "It is recorded."),
            (Stage::Found(_), RestoreMode::Replace) => ("Restore from a backup", "Replace", "Cancel", "The window starts anew."),
            (Stage::Found(_), _) => ("Restore from a backup", "Rehearse", "Cancel", "Nothing is changed."),
            (Stage::Done(done), _) => (facts::title(done), "Close", "", ""),
        };
        let dialog = Dialog {
            id: "restore",
            title,
            width: size::DIALOG_WIDE,
            note,
            cancel,
            confirm,
            danger: replaces,
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, entered) = dialog.show(ctx, |ui| self.content_ui(ui, view));
        match answer {
            Some(DialogAnswer::Cancel) if self.work.is_busy() => view.asks.push(Ask::Cancel),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if matches!(self.stage, Stage::Done(_)) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => self.send(view),
            None if entered && refused.is_none() => self.send(view),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                self.work = Work::Idle;
                if let Some(restoration) = &outcome.restoration {
                    self.stage = match restoration.mode {
                        RestoreMode::Preview => Stage::Found(restoration.clone()),
                        _ => Stage::Done(restoration.clone()),
                    };
                }
            }
            Err(error @ CustodianError::NewPassphraseNeeded) => {
                self.anew = true;
                self.work.fail(error);
            }
            Err(error) => self.work.fail(error),
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }

    fn picked(&mut self, picked: Picked, _: &mut View<'_>) {
        self.opener.picked(picked);
    }
}
