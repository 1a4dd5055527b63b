//! In which store a key is made: chosen once there is more than one, and it decides what keys can be made of.

use egui::Ui;

use super::NewKey;
use crate::desktop::desk::View;
use crate::desktop::dialogs::move_key::closed_ui;
use crate::desktop::known_stores::stays;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::combo;
use crate::model::{Algorithm, Store};

impl NewKey {
    /// The store in which it is made; the home store unless another was chosen.
    pub(super) fn store<'v>(&self, view: &View<'v>) -> Option<&'v Store> {
        match &self.store {
            Some(name) => view.desk.inventory.store(name),
            None => view.desk.inventory.home(),
        }
    }

    /// Where the store makes no keys of the algorithm, another stands there: what the policy prefers, or what it accepts.
    pub(super) fn fit_store(&mut self, view: &View<'_>) {
        let Some(store) = self.store(view) else { return };
        let makes = |algorithm: &Algorithm| view.desk.stores.makes(store, *algorithm);
        if makes(&self.algorithm) {
            return;
        }
        let policy = view.desk.inventory.policy(self.purpose);
        let accepted = policy.algorithms.iter().copied().filter(|algorithm| Algorithm::GENERATED.contains(algorithm));
        let others = Algorithm::GENERATED.into_iter().filter(|algorithm| algorithm.signs());
        if let Some(found) = std::iter::once(policy.preferred(view.desk.now)).chain(accepted).chain(others).find(makes) {
            self.algorithm = found;
        }
    }

    /// Why its store takes no key just now.
    pub(super) fn closed(&self, view: &View<'_>) -> Option<String> {
        view.desk.stores.refusal(self.store(view)?)
    }

    /// Where it is kept, once there is more than one store.
    pub(super) fn store_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let stores = view.desk.inventory.stores();
        let Some(store) = self.store(view).filter(|_| stores.len() > 1).cloned() else { return };
        let names: Vec<&str> = stores.iter().map(|store| &*store.name).collect();
        let mut chosen = None;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            chosen = combo(ui, "Store", &store.name, &names, 240.0).map(|index| names[index].to_owned());
            ui.vertical(|ui| {
                ui.add_space(28.0);
                let means = if stays(store.kind) {
                    "It is made in the token and never leaves it."
                } else {
                    "Its private half is kept encrypted, and leaves where its policy says so."
                };
                Role::Small.line(ui, theme.text3, means);
            });
        });
        if let Some(reason) = self.closed(view).filter(|_| !self.work.is_busy()) {
            closed_ui(ui, view, &store, &reason);
        }
        if let Some(name) = chosen {
            self.store = Some(name);
            self.fit_store(view);
        }
    }
}
