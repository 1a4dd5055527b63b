//! Making a backup: who is to open it, where it goes, and once it is there, rehearsing it.

use std::path::PathBuf;

use egui::{Context, Ui};

use super::place::{Chosen, Place};
use super::restore::RestoreBackup;
use super::{Form, NewPassphrase, Work};
use crate::custodian::backup::{MOST_SHARES, NewBackup, Protection, SplitInto};
use crate::custodian::link::Request;
use crate::custodian::restore::OpenWith;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Weight, checkbox, follows, radio_line};
use crate::model::backup::Plan;
use crate::model::name::shown;

/// Who is to open it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Kind {
    Passphrase,
    Shares,
    Recipients,
}

/// Makes a backup.
pub struct BackUp {
    kind: Kind,
    passphrase: NewPassphrase,
    /// Of the shares: so many give the passphrase, of so many.
    needed: String,
    made: String,
    /// Recipients whose keys open a backup, and whether each is to open this one.
    recipients: Vec<(Box<str>, bool)>,
    /// What it would hold now, and the keys of which something is left out for their policy.
    holds: usize,
    kept: usize,
    place: Place,
    work: Work,
    done: Option<Done>,
}

/// It is there.
struct Done {
    path: PathBuf,
    notice: Option<String>,
    sheets: Vec<PathBuf>,
}

impl BackUp {
    /// Of the whole inventory, as it is.
    pub fn start(view: &View<'_>) -> Self {
        let inventory = &view.desk.inventory;
        let now = view.desk.now;
        let opens = inventory.recipients().iter().filter(|one| one.key(now, crate::model::RecipientKeyKind::opens_age).is_some());
        let Plan { holds, left_out } = inventory.backup_plan(&|_| true);
        Self {
            kind: Kind::Passphrase,
            passphrase: NewPassphrase::made(),
            needed: "3".into(),
            made: "5".into(),
            recipients: opens.map(|one| (one.name.clone(), false)).collect(),
            holds: holds.len(),
            kept: left_out.len(),
            place: Place::default(),
            work: Work::Idle,
            done: None,
        }
    }

    fn split(&self) -> Option<SplitInto> {
        SplitInto::parse(&format!("{}/{}", self.needed.trim(), self.made.trim())).ok()
    }

    fn refusal(&self) -> Option<&'static str> {
        if self.done.is_some() {
            return None;
        }
        let missing = match self.kind {
            Kind::Passphrase => self.passphrase.refusal(),
            Kind::Shares if self.split().is_none() => Some("At least 2 shares give it, of at most 99."),
            Kind::Recipients if self.recipients.iter().all(|(_, chosen)| !chosen) => Some("Choose who is to open it."),
            Kind::Shares | Kind::Recipients => None,
        };
        self.work.refusal().or(missing).or_else(|| self.place.refusal())
    }

    fn protection(&self) -> Protection {
        match (self.kind, self.split()) {
            (Kind::Recipients, _) => {
                let chosen = self.recipients.iter().filter(|(_, chosen)| *chosen);
                Protection::Recipients(chosen.map(|(name, _)| name.to_string()).collect())
            }
            (Kind::Shares, Some(split)) => Protection::Shares(split, None),
            // The words stay on the screen until it is done: another try needs them again.
            _ => Protection::Passphrase(self.passphrase.copy()),
        }
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        self.work.begin();
        let Chosen { path, replace } = chosen;
        view.asks.push(Ask::Request(Request::BackUp(NewBackup { path, replace, protection: self.protection() })));
    }

    fn file_name(view: &View<'_>) -> String {
        let day = view.desk.now.date(&view.desk.zone);
        format!("keystead-{day}.age")
    }

    fn kinds_ui(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let kinds = [
                (Kind::Passphrase, "A passphrase", "Seven words made here, or your own"),
                (Kind::Shares, "Shares of a passphrase", "Nobody alone can open it: several sheets of paper together do"),
                (Kind::Recipients, "Recipients", "People of the address book with an age or SSH key"),
            ];
            for (kind, title, hint) in kinds {
                if radio_line(ui, self.kind == kind, false, title, hint).clicked() {
                    self.kind = kind;
                }
            }
        });
    }

    fn protection_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        match self.kind {
            Kind::Passphrase => {
                self.passphrase.ui(ui, "Passphrase of the backup");
                Role::Small.line(ui, theme.text3, "Keep it away from the backup.");
            }
            Kind::Shares => {
                ui.horizontal(|ui| {
                    Field::new("Shares that give it").width(120.0).show(ui, &mut self.needed);
                    Field::new("Shares that are made").width(120.0).show(ui, &mut self.made);
                });
                let hint = format!(
                    "Each is one sheet to print, in a folder beside the backup; at most {MOST_SHARES}. Give the sheets to different people, then remove the folder."
                );
                Role::Small.label(ui, theme.text3, hint);
            }
            Kind::Recipients if self.recipients.is_empty() => {
                let sentence = "Nobody in the address book has an age or SSH key. Add one there first.";
                Role::Body.label(ui, theme.text2, sentence);
            }
            Kind::Recipients => {
                for (name, chosen) in &mut self.recipients {
                    checkbox(ui, chosen, &shown(name));
                }
                Role::Small.line(ui, theme.text3, "Each of them alone can open it. No passphrase does.");
            }
        }
    }

    fn holds_ui(&self, ui: &mut Ui) {
        let count = |count: usize, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
        let holds = format!("The log, the settings and {} go into one encrypted file.", count(self.holds, "secret", "secrets"));
        follows(ui, Icon::Archive, Weight::Plain, &holds, "It is read back and compared before it gets its name.");
        if self.kept > 0 {
            let stay = format!("{} not in it.", count(self.kept, "private half is", "private halves are"));
            let why = "Their policy keeps them in their store, or they are held elsewhere. The backup lists them.";
            follows(ui, Icon::Warning, Weight::Care, &stay, why);
        }
    }

    fn done_ui(ui: &mut Ui, done: &Done) {
        let theme = theme::of(ui);
        let told = format!("{} was written, read back and compared.", done.path.display());
        follows(ui, Icon::SealCheck, Weight::Plain, &told, "It is on record which versions are in it.");
        if let Some(folder) = done.sheets.first().and_then(|sheet| sheet.parent()) {
            let sheets = format!("{} sheets with shares lie in {}.", done.sheets.len(), folder.display());
            let next = "Print them, give each to somebody else, and remove the folder: together they open the backup.";
            follows(ui, Icon::Scroll, Weight::Care, &sheets, next);
        }
        if let Some(notice) = &done.notice {
            follows(ui, Icon::Warning, Weight::Care, &shown(notice), "");
        }
        ui.add_space(4.0);
        Role::Body.label(
            ui,
            theme.text2,
            "A backup that was never opened is a hope. The rehearsal opens it and changes nothing.",
        );
    }

    /// What opens the new backup is at hand but for recipients.
    fn opener(&self, done: &Done) -> Option<OpenWith> {
        match self.kind {
            Kind::Passphrase => Some(OpenWith::Passphrase(self.passphrase.copy())),
            Kind::Shares => {
                let needed = usize::from(self.split().map_or(0, |split| split.needed));
                Some(OpenWith::Sheets(done.sheets.iter().take(needed).cloned().collect()))
            }
            Kind::Recipients => None,
        }
    }
}

impl Form for BackUp {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal();
        let finished = self.done.is_some();
        let dialog = Dialog {
            id: "back-up",
            title: if finished { "The backup is made" } else { "Back up" },
            width: size::DIALOG_WIDE,
            note: if finished { "Rehearse it now and then." } else { "It is recorded." },
            cancel: if finished { "Close" } else { "Cancel" },
            confirm: if finished { "Rehearse now" } else { self.place.button() },
            refused,
            ..Dialog::default()
        };
        let name = Self::file_name(view);
        let (answer, agreed) = dialog.show(ctx, |ui| {
            if let Some(done) = &self.done {
                Self::done_ui(ui, done);
                return None;
            }
            self.holds_ui(ui);
            ui.add_space(4.0);
            Role::SmallStrong.line(ui, theme::of(ui).text2, "What opens it");
            self.kinds_ui(ui);
            self.protection_ui(ui);
            let agreed = self.place.ui(ui, &name);
            self.work.ui(ui, "Backing up", view);
            agreed
        });
        if let Some(done) = &self.done {
            match answer {
                Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
                Some(DialogAnswer::Confirm) => {
                    view.asks.open(RestoreBackup::rehearse(&done.path, self.opener(done)));
                }
                _ => {}
            }
            return;
        }
        if answer == Some(DialogAnswer::Cancel) && self.work.is_busy() {
            view.asks.push(Ask::Cancel);
            return;
        }
        if let Some(chosen) = self.place.answered((answer, agreed), refused, ("Save the backup", &name), view) {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, _: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                self.work = Work::Idle;
                self.done = Some(Done {
                    path: outcome.written.clone().unwrap_or_default(),
                    notice: outcome.notice.clone(),
                    sheets: outcome.sheets.clone(),
                });
            }
            Err(error) if self.place.failed(error) => self.work = Work::Idle,
            Err(error) => self.work.fail(error),
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = Self::file_name(view);
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }
}
