//! Moving the private half of a key to another store: verified there before the old copy goes. What cannot move is
//! rotated into the store instead.

use egui::{Context, Ui};

use super::{Form, LogIn, RotateKeys, Work};
use crate::actions::Action;
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::known_stores::stays;
use crate::desktop::screens::stores::Seen;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, BannerAnswer, Dialog, DialogAnswer, Lead, Tone, Weight, follows, radio_row};
use crate::model::name::shown;
use crate::model::{Key, KeyId, Store, Version};

/// Moves a key.
pub struct MoveKey {
    key: KeyId,
    name: String,
    /// The store that was chosen.
    to: Option<String>,
    /// The custodian refused the move for good; why.
    refused: Option<String>,
    work: Work,
}

impl MoveKey {
    /// This one.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let version = key.current(view.desk.now)?;
        let others = view.desk.inventory.stores().iter().filter(|store| store.name != version.locator.store);
        // With a single other store there is nothing to choose.
        let to = match &others.collect::<Vec<_>>()[..] {
            [only] => Some(only.name.to_string()),
            _ => None,
        };
        Some(Self { key: key.id, name: shown(&key.name).into_owned(), to, refused: None, work: Work::Idle })
    }

    fn choices_ui(&mut self, ui: &mut Ui, view: &View<'_>, version: &Version) {
        let theme = theme::of(ui);
        let others: Vec<&Store> =
            view.desk.inventory.stores().iter().filter(|store| store.name != version.locator.store).collect();
        if others.is_empty() {
            Role::Body.label(ui, theme.text2, "There is no other store yet. Add one first: Stores, Add a store.");
            return;
        }
        Role::SmallMedium.line(ui, theme.text2, "Where to?");
        for store in others {
            let chosen = self.to.as_deref() == Some(&*store.name);
            let home = view.desk.inventory.home().is_some_and(|home| home.name == store.name);
            let (seen, _) = Seen::of(view.desk, store, home);
            let hint = format!("{}, {}", store.kind.name(), seen.word().to_lowercase());
            if radio_row(ui, chosen, false, &shown(&store.name), &hint).clicked() {
                self.to = Some(store.name.to_string());
                self.refused = None;
                self.work = Work::Idle;
            }
        }
    }

    fn target<'v>(&self, view: &View<'v>) -> Option<&'v Store> {
        view.desk.inventory.store(self.to.as_deref()?)
    }

    /// Why it can never be moved there.
    fn never(&self, view: &View<'_>, version: &Version) -> Option<String> {
        if let Some(refused) = &self.refused {
            return Some(refused.clone());
        }
        let to = self.target(view)?;
        let from = view.desk.inventory.store(&version.locator.store)?;
        let name = &self.name;
        if stays(from.kind) {
            return Some(format!("{name} cannot be moved: no key leaves {}.", shown(&from.name)));
        }
        let takes = view.desk.stores.makes(to, version.algorithm) && !(stays(to.kind) && version.algorithm.is_symmetric());
        let what = version.algorithm.name();
        (!takes).then(|| format!("{name} cannot be moved: {} takes no {what} keys.", shown(&to.name)))
    }

    fn follows_ui(&self, ui: &mut Ui, version: &Version, to: &Store) {
        let (from, there) = (shown(&version.locator.store), shown(&to.name));
        let hint = "It is used there once and held against its public key.";
        follows(ui, Icon::ShieldCheck, Weight::Plain, &format!("Its private half is put into {there} and proven there."), hint);
        let hint = "If anything fails before, it stays where it is.";
        follows(ui, Icon::Trash, Weight::Plain, &format!("Then it is destroyed in {from}, and that is on record."), hint);
        if stays(to.kind) {
            let hint = "A copy, as in a backup, may be somewhere. Where that is not good enough, rotate it into the store.";
            follows(ui, Icon::Warning, Weight::Care, "That it once existed outside of the token stays on record.", hint);
        }
    }

    /// A new version made there instead, where that can be.
    fn instead_ui(&self, ui: &mut Ui, view: &mut View<'_>, reason: &str) {
        let possible = Action::Rotate.entry().enabled(&view.desk.context);
        let text = match &possible {
            Ok(()) => "A new version can be made there in its place.".to_owned(),
            Err(not) => format!("Nor can a new version be made there in its place. {not}"),
        };
        let action = possible.is_ok().then_some("Rotate into it");
        let banner = Banner { tone: Tone::Warning, strong: reason, text: &text, action, dismiss: false, rounded: true };
        if banner.show(ui) == Some(BannerAnswer::Action)
            && let Some(to) = self.target(view)
            && let Some(form) = RotateKeys::of(&[self.key], view)
        {
            let form = form.into_store(&to.name);
            view.asks.open(form);
        }
    }
}

impl Form for MoveKey {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let Some(key) = view.desk.inventory.key(self.key) else { return view.asks.push(Ask::Close) };
        let Some(version) = key.current(view.desk.now) else { return view.asks.push(Ask::Close) };
        let never = self.never(view, version);
        let closed = self.target(view).and_then(|to| view.desk.stores.refusal(to));
        let unchosen = self.to.is_none().then_some("Choose a store first.");
        let refused = self.work.refusal().or(unchosen).map(str::to_owned);
        let refused = refused.or_else(|| never.clone()).or_else(|| closed.clone());
        let title = format!("Move {}", self.name);
        let facts = format!("{}, now in {}", version.algorithm.name(), shown(&version.locator.store));
        let dialog = Dialog {
            id: "move-key",
            title: &title,
            note: "This cannot be taken back.",
            confirm: "Move it",
            lead: Some(Lead { icon: Icon::Vault, state: Some(version.state(view.desk.now)), facts: &facts }),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            self.choices_ui(ui, view, version);
            ui.add_space(4.0);
            match (&never, &closed, self.target(view)) {
                (Some(reason), ..) => self.instead_ui(ui, view, reason),
                (None, Some(reason), Some(to)) => closed_ui(ui, view, to, reason),
                (None, None, Some(to)) => self.follows_ui(ui, version, to),
                _ => {}
            }
            self.work.ui(ui, "Moving it", view);
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => {
                if let Some(to) = self.to.clone() {
                    self.work.begin();
                    view.asks.push(Ask::Request(Request::Stores(StoreRequest::Move(self.key, to))));
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(outcome) => {
                view.asks.push(Ask::Close);
                view.asks.push(Ask::Tell(Tone::Good, outcome.notice.clone().unwrap_or_default()));
            }
            Err(CustodianError::NotMoved { name, store, reason }) => {
                self.work = Work::Idle;
                self.refused = Some(format!("{name} cannot be moved to {store}: {reason}."));
            }
            Err(error) => self.work.fail(error),
        }
    }
}

/// A store that is not open, with what opens it.
pub fn closed_ui(ui: &mut Ui, view: &mut View<'_>, store: &Store, reason: &str) {
    let action = view.desk.stores.is_locked(&store.name).then_some("Log in");
    let banner = Banner { tone: Tone::Warning, strong: "", text: reason, action, dismiss: false, rounded: true };
    if banner.show(ui) == Some(BannerAnswer::Action) {
        view.asks.over(LogIn::to(store));
    }
}
