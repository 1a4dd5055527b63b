//! What stores have and the inventory has not, and the other way round, as a list to settle: a stranger is taken over as
//! a key, what is missing is looked at. What an engine did by itself is taken up and told. What was not found is never
//! counted as destroyed.

mod rows;

use egui::{Context, Ui};

use super::{Form, Work};
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::reconcile::{Adoptee, Looked, Reconciled};
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, combo, link, section_header};
use crate::model::Purpose;
use crate::model::name::shown;

/// A store with what came of looking at it.
struct Found {
    store: String,
    result: Result<Reconciled, String>,
}

/// A stranger that is about to be taken over.
struct Adoption {
    store: String,
    object: String,
    name: String,
    purpose: Purpose,
    owner: String,
}

/// Settles what differs.
pub struct ReconcileStores {
    only: Option<String>,
    found: Option<Vec<Found>>,
    adoption: Option<Adoption>,
    /// What is under way takes a key over; otherwise it looks.
    adopts: bool,
    work: Work,
}

impl ReconcileStores {
    /// Of one store, or of all. Whoever opens it asks for the looking.
    pub fn of(only: Option<String>) -> Self {
        let mut work = Work::Idle;
        work.begin();
        Self { only, found: None, adoption: None, adopts: false, work }
    }

    fn look(&mut self, view: &mut View<'_>) {
        self.adopts = false;
        self.work.begin();
        view.asks.push(Ask::Request(Request::Stores(StoreRequest::Reconcile(self.only.clone()))));
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let mut chosen = None;
        if let Some(found) = &self.found {
            let known: usize = found.iter().filter_map(|found| found.result.as_ref().ok()).map(|found| found.as_known).sum();
            let differ = found.iter().filter_map(|found| found.result.as_ref().ok());
            let differ: usize = differ.map(|found| found.unknown.len() + found.missing.len()).sum();
            let told = found.iter().filter_map(|found| found.result.as_ref().ok());
            let told: usize = told.map(|found| found.taken_up.len() + found.held_back.len()).sum();
            if found.iter().any(|found| found.result.is_ok()) {
                Role::Body.label(ui, theme.text2, summary(known, differ, told));
            }
            for found in found {
                ui.push_id(&found.store, |ui| {
                    chosen = rows::store_ui(ui, view, found, found_are_many(self.found.as_deref())).or(chosen.take());
                });
            }
        }
        if let Some(adoption) = chosen {
            self.adoption = Some(adoption);
        }
        if let Some(adoption) = &mut self.adoption {
            adoption_ui(ui, adoption);
        }
        self.work.ui(ui, if self.adopts { "Taking it over" } else { "Looking at stores" }, view);
    }

    fn refusal(&self) -> Option<&'static str> {
        let unnamed = self.adoption.as_ref().is_some_and(|adoption| adoption.name.trim().is_empty());
        self.work.refusal().or(unnamed.then_some("Give it a name."))
    }
}

fn found_are_many(found: Option<&[Found]>) -> bool {
    found.is_some_and(|found| found.len() > 1)
}

/// What holds, in one sentence.
fn summary(known: usize, differ: usize, told: usize) -> String {
    let known = match known {
        1 => "1 version is as the log knows it.".to_owned(),
        known => format!("{known} versions are as the log knows them."),
    };
    match differ {
        0 if told > 0 => format!("{known} What the store did by itself is taken up."),
        0 => format!("{known} There is nothing to settle."),
        1 => format!("{known} 1 item is to be settled."),
        many => format!("{known} {many} items are to be settled."),
    }
}

/// What the key that is taken over is to be called.
fn adoption_ui(ui: &mut Ui, adoption: &mut Adoption) {
    ui.add_space(4.0);
    section_header(ui, &format!("Adopt {} of {}", shown(&adoption.object), shown(&adoption.store)), None, None);
    let third = (ui.available_width() - 24.0) / 3.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        Field::new("Name").hint("release-signing").width(third).show(ui, &mut adoption.name);
        let names = Purpose::ALL.map(Purpose::name);
        if let Some(index) = combo(ui, "Purpose", adoption.purpose.name(), &names, third) {
            adoption.purpose = Purpose::ALL[index];
        }
        Field::new("Owner").hint("nobody named").width(third).show(ui, &mut adoption.owner);
    });
    let sentence = "It stays where it is. From here on the inventory knows it, with the policy of its purpose.";
    Role::Small.label(ui, theme::of(ui).text3, sentence);
}

impl Form for ReconcileStores {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let title = match &self.only {
            Some(store) => format!("Reconcile {}", shown(store)),
            None => "Reconcile stores".to_owned(),
        };
        let confirm = if self.adoption.is_some() { "Adopt the key" } else { "Look again" };
        let refused = self.refusal();
        let dialog = Dialog {
            id: "reconcile",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "Looking ends nothing: not found is not destroyed.",
            cancel: "Close",
            confirm,
            refused,
            ..Dialog::default()
        };
        let (answer, left) = dialog.show(ctx, |ui| {
            self.content_ui(ui, view);
            self.adoption.is_some() && !self.work.is_busy() && link(ui, "Adopt none", None).clicked()
        });
        if left {
            self.adoption = None;
        }
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if refused.is_none() => match &self.adoption {
                None => self.look(view),
                Some(adoption) => {
                    let wanted = Adoptee {
                        object: adoption.object.clone(),
                        name: adoption.name.trim().to_owned(),
                        purpose: adoption.purpose,
                        owner: adoption.owner.trim().to_owned(),
                    };
                    let wanted = StoreRequest::Adopt(adoption.store.clone(), wanted);
                    self.adopts = true;
                    self.work.begin();
                    view.asks.push(Ask::Request(Request::Stores(wanted)));
                }
            },
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Err(error) => self.work.fail(error),
            Ok(_) if self.adopts => {
                self.adoption = None;
                view.asks.push(Ask::Tell(Tone::Good, "It is in the inventory now, and stays in its store.".into()));
                self.look(view);
            }
            Ok(_) => self.work = Work::Idle,
        }
    }

    fn stores_told(&mut self, told: StoreReport, _view: &mut View<'_>) {
        if let StoreReport::Reconciled(looked) = told {
            let of = |(store, result): Looked| Found { store: store.into(), result: result.map_err(|error| error.to_string()) };
            self.found = Some(looked.into_iter().map(of).collect());
        }
    }
}
