//! What stores have and the inventory has not, and the other way round, as a list to settle: a stranger is taken over as
//! a key, what is missing is looked at. Looking changes nothing, and what was not found is never counted as destroyed.

use egui::{Context, Ui, vec2};

use super::{Form, Work};
use crate::custodian::at_stores::{StoreReport, StoreRequest};
use crate::custodian::link::Request;
use crate::custodian::reconcile::{Adoptee, Looked, Missing, Reconciled, Stranger};
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Dialog, DialogAnswer, Field, Tone, Weight, combo, follows, link, section_header};
use crate::model::Purpose;
use crate::model::name::shown;

/// Items of one kind that are listed at once.
const MOST: usize = 50;

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
            if found.iter().any(|found| found.result.is_ok()) {
                Role::Body.label(ui, theme.text2, summary(known, differ));
            }
            for found in found {
                ui.push_id(&found.store, |ui| {
                    chosen = store_ui(ui, view, found, found_are_many(self.found.as_deref())).or(chosen.take());
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
fn summary(known: usize, differ: usize) -> String {
    let known = match known {
        1 => "1 version is as the log knows it.".to_owned(),
        known => format!("{known} versions are as the log knows them."),
    };
    match differ {
        0 => format!("{known} There is nothing to settle."),
        1 => format!("{known} 1 item is to be settled."),
        many => format!("{known} {many} items are to be settled."),
    }
}

/// One store; what of it is to be taken over, if that was pressed.
fn store_ui(ui: &mut Ui, view: &mut View<'_>, found: &Found, named: bool) -> Option<Adoption> {
    let mut chosen = None;
    match &found.result {
        Err(sentence) => {
            let strong = format!("{} could not be looked at.", shown(&found.store));
            Banner { tone: Tone::Warning, strong: &strong, text: sentence, action: None, dismiss: false, rounded: true }.show(ui);
        }
        Ok(looked) => {
            let differs = looked.unknown.len() + looked.missing.len();
            if named && differs > 0 {
                section_header(ui, &shown(&found.store), Some(differs), None);
            }
            for stranger in looked.unknown.iter().take(MOST) {
                if stranger_ui(ui, stranger) {
                    chosen = Some(Adoption {
                        store: found.store.clone(),
                        object: stranger.object.to_string(),
                        name: String::new(),
                        purpose: Purpose::Custom,
                        owner: view.settings.default_owner.clone(),
                    });
                }
            }
            for missing in looked.missing.iter().take(MOST) {
                missing_ui(ui, view, missing);
            }
            let more = differs.saturating_sub(looked.unknown.len().min(MOST) + looked.missing.len().min(MOST));
            if more > 0 {
                Role::Small.label(ui, theme::of(ui).text3, format!("and {more} more"));
            }
        }
    }
    chosen
}

/// Something that the inventory does not know. True when it is to be taken over.
fn stranger_ui(ui: &mut Ui, stranger: &Stranger) -> bool {
    let kind = stranger.algorithm.map_or("a key of an unknown kind", |algorithm| algorithm.name());
    let sentence = format!("Only in the store: {kind}, item {}.", shown(&stranger.object));
    let hint = match &stranger.spki_sha256 {
        Some(digest) => format!("SPKI SHA-256 {}", digest.to_string().chars().take(24).collect::<String>()),
        None => "It has no public half.".to_owned(),
    };
    row_ui(ui, Icon::Plus, Weight::Plain, &sentence, &hint, &format!("Adopt {}", shown(&stranger.object)), "Adopt")
}

/// Something that the store does not have.
fn missing_ui(ui: &mut Ui, view: &mut View<'_>, missing: &Missing) {
    let what = if missing.is_another { "Another key lies in its place" } else { "Not found in the store" };
    let sentence = format!("{what}: {}, version {}.", shown(&missing.name), missing.version.version);
    let hint = if missing.is_another {
        "It is not used. Bring the right one back from a backup, or revoke the key."
    } else {
        "It keeps its state: not found is not destroyed. Bring it back from a backup, or destroy the key on record."
    };
    let name = format!("Show {}", shown(&missing.name));
    if row_ui(ui, Icon::Warning, Weight::Care, &sentence, hint, &name, "Show the key") {
        view.asks.push(Ask::Close);
        view.asks.push(Ask::ShowKey(missing.version.key));
    }
}

fn row_ui(ui: &mut Ui, icon: Icon, weight: Weight, sentence: &str, hint: &str, spoken: &str, text: &str) -> bool {
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - 104.0;
        ui.allocate_ui(vec2(width, 0.0), |ui| {
            ui.set_width(width);
            follows(ui, icon, weight, sentence, hint);
        });
        let response = ui.add(Button::new(text).small().min_width(96.0));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(spoken));
        response.clicked()
    })
    .inner
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
            note: "Looking changes nothing.",
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
