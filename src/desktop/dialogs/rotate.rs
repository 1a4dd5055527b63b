//! A new version in place of the current one: algorithm, store, overlap, the dates by policy, and who
//! then has to get it.

use egui::{Context, Ui};

use super::batch::{Preview, Subjects, ended};
use super::deliveries::Deliveries;
use super::request::MakeRequest;
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::screens::inspector::format_icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Weight, combo, follows};
use crate::model::name::shown;
use crate::model::rotation::dates;
use crate::model::{Algorithm, Breach, Candidate, Command, Key, KeyId, RotateSpec, Version, compliance};

/// Rotates keys.
pub struct RotateKeys {
    subjects: Subjects,
    algorithm: Option<Algorithm>,
    store: Option<String>,
    overlap: String,
    preview: Preview,
    work: Work,
    done: bool,
}

impl RotateKeys {
    /// These keys.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let subjects = Subjects::of(keys, view)?;
        let overlap = subjects.one().map(|key| view.desk.inventory.policy_of(key).overlap_days.to_string()).unwrap_or_default();
        Some(Self { subjects, algorithm: None, store: None, overlap, preview: Preview::default(), work: Work::Idle, done: false })
    }

    /// Into this store from the start.
    #[must_use]
    pub fn into_store(mut self, store: &str) -> Self {
        self.store = Some(store.to_owned());
        self
    }

    fn overlap(&self) -> Result<Option<u32>, ()> {
        let typed = self.overlap.trim().trim_end_matches(" days").trim_end_matches('d').trim();
        if typed.is_empty() {
            return Ok(None);
        }
        typed.parse().ok().filter(|days| *days <= 3_650).map(Some).ok_or(())
    }

    fn specs(&self, view: &View<'_>) -> Vec<RotateSpec> {
        let overlap_days = self.overlap().ok().flatten();
        let able = self.subjects.current(view.desk.now).filter(|(_, version)| self.possible(version, view).is_ok());
        able.map(|(key, _)| RotateSpec { key: key.id, algorithm: self.algorithm, store: self.store.clone(), overlap_days })
            .collect()
    }

    /// Whether a version can have a successor, and why not.
    fn possible(&self, version: &Version, view: &View<'_>) -> Result<Algorithm, String> {
        let state = version.state(view.desk.now);
        if state == crate::model::State::PreActive || state.is_destroyed() {
            return Err(format!("It cannot be rotated: it is {}.", state.id()));
        }
        let algorithm = self.algorithm.unwrap_or(version.algorithm);
        if algorithm.strength_bits() < version.algorithm.strength_bits() {
            return Err(format!("{} is weaker than its {}.", algorithm.name(), version.algorithm.name()));
        }
        Ok(algorithm)
    }

    fn refresh(&mut self, view: &View<'_>) {
        let typed = format!("{:?}\n{:?}\n{}", self.algorithm, self.store, self.overlap);
        let overlap = self.overlap().ok().flatten();
        let mut preview = std::mem::take(&mut self.preview);
        preview.refresh(view, typed, || {
            let says = |key: &Key, version: &Version| {
                let algorithm = self.possible(version, view)?;
                let dates = dates(version, &view.desk.inventory.policy_of(key), overlap, view.desk.now);
                let due = match due(key, version).len() {
                    0 => String::new(),
                    1 => ", 1 delivery".to_owned(),
                    count => format!(", {count} deliveries"),
                };
                Ok(format!("Version {}, {}, until {}{due}", next(key), algorithm.name(), view.desk.date(dates.expires)))
            };
            let current = self.subjects.current(view.desk.now);
            current.map(|(key, version)| (shown(&key.name).into_owned(), says(key, version))).collect()
        });
        self.preview = preview;
    }

    fn choices_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let current = self.subjects.one().and_then(|key| key.current(view.desk.now)).map(|version| version.algorithm);
        let least = current.map_or(0, Algorithm::strength_bits);
        let same = current.map_or_else(|| "As each has".to_owned(), |algorithm| format!("{}, as it is", algorithm.name()));
        let others = Algorithm::GENERATED
            .into_iter()
            .filter(|algorithm| algorithm.strength_bits() >= least && Some(*algorithm) != current);
        let others: Vec<Algorithm> = others.collect();
        let named = |algorithm: &Algorithm| format!("{}, {} bits", algorithm.name(), algorithm.strength_bits());
        let words: Vec<String> = std::iter::once(same.clone()).chain(others.iter().map(named)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let chosen = self.algorithm.as_ref().map_or(same, named);
        let store_same = match self.subjects.one().and_then(|key| key.current(view.desk.now)) {
            Some(version) => format!("{}, as it is", shown(&version.locator.store)),
            None => "As each has".to_owned(),
        };
        let stores: Vec<String> = view.desk.inventory.stores().iter().map(|store| store.name.to_string()).collect();
        let store_words: Vec<&str> = std::iter::once(store_same.as_str()).chain(stores.iter().map(String::as_str)).collect();
        let width = (ui.available_width() - 16.0) / 3.0;
        let wrong = self.overlap().err().map(|()| "Write a number of days.");
        ui.horizontal_top(|ui| {
            if let Some(index) = combo(ui, "Algorithm", &chosen, &words, width) {
                self.algorithm = index.checked_sub(1).and_then(|index| others.get(index)).copied();
            }
            let store = self.store.clone().unwrap_or_else(|| store_same.clone());
            if let Some(index) = combo(ui, "Store", &store, &store_words, width) {
                self.store = index.checked_sub(1).and_then(|index| stores.get(index)).cloned();
            }
            let hint = "By policy";
            Field::new("Both valid, days").hint(hint).suffix("days").error(wrong).width(width).show(ui, &mut self.overlap);
        });
    }

    /// What will follow for a single key.
    fn follows_ui(&self, ui: &mut Ui, view: &View<'_>, key: &Key, version: &Version) {
        let desk = view.desk;
        let policy = desk.inventory.policy_of(key);
        let dates = dates(version, &policy, self.overlap().ok().flatten(), desk.now);
        let algorithm = self.algorithm.unwrap_or(version.algorithm);
        let until = desk.date(dates.expires);
        let sentence = format!("Version {} ({}) is valid from today until {until}.", next(key), algorithm.name());
        follows(ui, Icon::Rotate, Weight::Plain, &sentence, "Its dates come from the policy of its purpose.");
        let store = self.store.as_deref().and_then(|name| desk.inventory.store(name)).map(|store| store.kind);
        let store = store.or_else(|| desk.inventory.kind_of(version));
        let candidate = Candidate { algorithm, from: dates.activates, expires: Some(dates.expires), store };
        for breach in compliance::breaches(candidate, &policy, desk.now).into_iter().map(Breach::sentence) {
            follows(ui, Icon::Warning, Weight::Care, &breach, "It is made all the same, and stays marked.");
        }
        let due = due(key, version);
        let ends = desk.date(dates.overlap_ends);
        match version.state(desk.now) {
            crate::model::State::Active | crate::model::State::Suspended => {
                let (then, hint) = match (due.is_empty(), version.life.expires) {
                    (true, _) => (".", "Until then both are valid.".to_owned()),
                    (false, Some(end)) => (
                        ", if its deliveries are done by then.",
                        format!("While one is open it stays active, at most until {}.", desk.date(end)),
                    ),
                    (false, None) => (", when its deliveries are done.", "While one is open it stays active.".to_owned()),
                };
                follows(ui, Icon::Square, Weight::Plain, &format!("Version {} ends on {ends}{then}", version.number), &hint);
            }
            state => follows(ui, Icon::Square, Weight::Plain, &format!("Version {} stays {}.", version.number, state.id()), ""),
        }
        if due.is_empty() {
            follows(
                ui,
                Icon::PaperPlane,
                Weight::Plain,
                "Nobody holds the old version, as far as is recorded.",
                "So there is nothing to deliver.",
            );
            return;
        }
        let sentence = match due.len() {
            1 => "One delivery comes of it.".to_owned(),
            count => format!("{count} deliveries come of it."),
        };
        follows(
            ui,
            Icon::PaperPlane,
            Weight::Care,
            &sentence,
            "Each who holds the old version gets the new one, in the same form.",
        );
        due_ui(ui, &due);
    }

    fn done_ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(id) = self.subjects.one().map(|key| key.id) else { return view.asks.push(Ask::Close) };
        let Some(key) = view.desk.inventory.key(id).cloned() else { return view.asks.push(Ask::Close) };
        let open = key.open_deliveries().count();
        let asks = self.asks_request(view);
        let title = format!("{} is rotated", shown(&key.name));
        let rotated = Subjects(vec![key.clone()]);
        let facts = rotated.facts(view.desk.now);
        let dialog = Dialog {
            id: "rotated",
            title: &title,
            width: size::DIALOG,
            note: "",
            cancel: "Later",
            confirm: if asks { "Make the request" } else { "See the deliveries" },
            danger: false,
            lead: Some(rotated.lead(Icon::SealCheck, &facts, view.desk.now)),
            extra: (asks && open > 0).then_some((Icon::PaperPlane, "See the deliveries")),
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            if let Some(version) = key.versions.last() {
                let sentence = format!("Version {} ({}) is there.", version.number, version.algorithm.name());
                follows(ui, Icon::Rotate, Weight::Plain, &sentence, "Its private half was read back from its store.");
            }
            if asks {
                let hint = "The last request had subject, names and usages; they stand ready.";
                follows(ui, Icon::Certificate, Weight::Plain, "It needs a certificate of its own.", hint);
            }
            if open > 0 {
                let sentence = if open == 1 { "One delivery is open.".into() } else { format!("{open} deliveries are open.") };
                follows(ui, Icon::PaperPlane, Weight::Care, &sentence, "Tick off each as it is made.");
            }
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if asks => {
                if let Some(form) = MakeRequest::of(&key, view) {
                    view.asks.open(form);
                }
            }
            Some(_) => {
                if let Some(form) = Deliveries::of(&key, view) {
                    view.asks.open(form);
                }
            }
            None => {}
        }
    }

    /// A request was made for an earlier version, so one is likely wanted again.
    fn asks_request(&self, view: &View<'_>) -> bool {
        let key = self.subjects.one().and_then(|key| view.desk.inventory.key(key.id));
        key.is_some_and(|key| key.versions.iter().any(|version| version.request.is_some()))
    }
}

fn next(key: &Key) -> u32 {
    key.versions.iter().map(|version| version.number).max().unwrap_or(0) + 1
}

/// Who has to get the new version, in which form.
fn due<'a>(key: &'a Key, version: &'a Version) -> Vec<(&'a str, crate::model::Format)> {
    let mut due = key.holders(version.number);
    for delivery in key.open_deliveries() {
        if !due.contains(&(&*delivery.recipient, delivery.format)) {
            due.push((&delivery.recipient, delivery.format));
        }
    }
    due
}

/// The first few of those who have to get it.
fn due_ui(ui: &mut Ui, due: &[(&str, crate::model::Format)]) {
    let theme = theme::of(ui);
    for (who, format) in due.iter().take(6) {
        ui.horizontal(|ui| {
            ui.add_space(28.0);
            ui.add(egui::Label::new(format_icon(*format).rich(size::ICON_DETAIL).color(theme.text2)));
            Role::Body.line(ui, theme.text, shown(who));
            Role::Small.line(ui, theme.text3, format.name());
        });
    }
    if due.len() > 6 {
        Role::Small.line(ui, theme.text3, format!("and {} more", due.len() - 6));
    }
}

impl Form for RotateKeys {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        if self.done {
            return self.done_ui(ctx, view);
        }
        self.refresh(view);
        let wrong = self.overlap().is_err().then_some("Write a number of days.");
        let refused = self.work.refusal().or(wrong).or_else(|| self.preview.refusal()).map(str::to_owned);
        let title = format!("Rotate {}", self.subjects.whom());
        let facts = self.subjects.facts(view.desk.now);
        let button = if self.subjects.one().is_some() { "Rotate".to_owned() } else { format!("Rotate {}", self.preview.able()) };
        let dialog = Dialog {
            id: "rotate",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "A version that was made stays: this cannot be taken back.",
            cancel: "Cancel",
            confirm: &button,
            danger: false,
            lead: Some(self.subjects.lead(Icon::Rotate, &facts, view.desk.now)),
            extra: None,
            refused: refused.as_deref(),
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.choices_ui(ui, view);
            ui.add_space(4.0);
            if let Some((key, version)) = self.subjects.one().and_then(|key| Some((key, key.current(view.desk.now)?))) {
                self.follows_ui(ui, view, key, version);
            }
            self.preview.ui(ui);
            self.work.ui(ui, "Rotating", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) if self.work.is_busy() => view.asks.push(Ask::Cancel),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                let specs = self.specs(view);
                self.work.begin();
                view.asks.push(Ask::Request(Request::Run(Command::Rotate(specs))));
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let open = |view: &View<'_>| {
            let key = self.subjects.one().and_then(|key| view.desk.inventory.key(key.id));
            key.is_some_and(|key| key.open_deliveries().next().is_some())
        };
        self.done = result.is_ok() && self.subjects.one().is_some() && (self.asks_request(view) || open(view));
        if !self.done {
            ended(result, &self.subjects, "rotated", "", &mut self.work, view);
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }
}
