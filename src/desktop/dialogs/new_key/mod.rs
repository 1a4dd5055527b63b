//! Making keys: one, or many from a list or a pattern. A purpose brings sound choices; all of them
//! can be changed.

mod specs;
mod store;
mod summary;

use egui::{Context, Frame, Margin, Stroke, Ui, vec2};

use super::edit::days_text;
use super::names::{AlsoValidFor, Subject, request_fields_ui};
use super::request::{MakeRequest, usages_in_words};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, DialogAnswer, Field, Tone, checkbox, choice_card, tag_editor};
use crate::model::{Algorithm, Command, Purpose, RequestProfile};

/// How many keys are made.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
enum Many {
    One,
    List,
    Pattern,
}

/// Makes keys.
pub struct NewKey {
    many: Many,
    purpose: Purpose,
    name: String,
    list: String,
    count: String,
    owner: String,
    tags: Vec<String>,
    typed: String,
    open: bool,
    algorithm: Algorithm,
    expires: String,
    warnings: String,
    activates: String,
    note: String,
    store: Option<String>,
    request: bool,
    subject: Option<(Subject, AlsoValidFor)>,
    /// What the last look at the fields gave, with the mark of what stood in them.
    checked: Option<(u64, Result<usize, String>)>,
    work: Work,
}

impl NewKey {
    /// One key, or many.
    pub fn start(many: bool, view: &View<'_>) -> Self {
        let mut form = Self {
            many: if many { Many::List } else { Many::One },
            purpose: Purpose::TlsServer,
            name: String::new(),
            list: String::new(),
            count: "10".into(),
            owner: view.settings.default_owner.clone(),
            tags: Vec::new(),
            typed: String::new(),
            open: false,
            algorithm: Algorithm::Ed25519,
            expires: String::new(),
            warnings: String::new(),
            activates: "now".into(),
            note: String::new(),
            store: None,
            request: false,
            subject: None,
            checked: None,
            work: Work::Idle,
        };
        form.choose(Purpose::TlsServer, view);
        form
    }

    fn choose(&mut self, purpose: Purpose, view: &View<'_>) {
        let policy = view.desk.inventory.policy(purpose);
        self.purpose = purpose;
        self.algorithm = policy.preferred(view.desk.now);
        self.expires = format!("{}d", policy.cryptoperiod.at(view.desk.now));
        self.warnings = days_text(&policy.warn_days);
        self.open = self.open || purpose == Purpose::Custom;
    }

    fn cards_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        Role::SmallMedium.line(ui, theme::of(ui).text2, "What is it for?");
        let width = (ui.available_width() - 24.0) / 4.0;
        for row in Purpose::ALL.chunks(4) {
            ui.horizontal(|ui| {
                for &purpose in row {
                    let chosen = self.purpose == purpose;
                    let icon = Icon::of_purpose(purpose);
                    if choice_card(ui, vec2(width, 72.0), icon, purpose.name(), purpose.examples(), chosen).clicked() {
                        self.choose(purpose, view);
                    }
                }
            });
        }
    }

    /// True when Enter was pressed in the name.
    fn names_ui(&mut self, ui: &mut Ui) -> bool {
        let mut entered = false;
        let width = ui.available_width();
        if self.many != Many::One {
            ui.horizontal(|ui| {
                for (many, text) in [(Many::List, "A list of names"), (Many::Pattern, "A count and a pattern")] {
                    if crate::desktop::widgets::filter_chip(ui, text, None, self.many == many).clicked() {
                        self.many = many;
                    }
                }
            });
        }
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            match self.many {
                Many::List => {
                    Field::new("Names, one a line").rows(4).width(width - 328.0).show(ui, &mut self.list);
                }
                many => {
                    let pattern = many == Many::Pattern;
                    let (label, hint) =
                        if pattern { ("Pattern", "edge-{n:2}.example.com") } else { ("Name", "shop.example.com") };
                    let room = if pattern { width - 420.0 } else { width - 328.0 };
                    let response = Field::new(label).hint(hint).width(room).show(ui, &mut self.name);
                    entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                    if pattern {
                        Field::new("Count").width(80.0).show(ui, &mut self.count);
                    }
                }
            }
            Field::new("Owner").hint("nobody named").width(152.0).show(ui, &mut self.owner);
            ui.vertical(|ui| {
                ui.set_width(152.0);
                tag_editor(ui, "Tags", &mut self.tags, &mut self.typed, "Add a tag", false);
            });
        });
        entered
    }

    fn request_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let frame =
            Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                if checkbox(ui, &mut self.request, "Make a certificate request at the same time").changed() && self.request {
                    self.subject = Some((Subject::named(self.name.trim()), AlsoValidFor::of_host(self.name.trim())));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    Role::Small.line(ui, theme.text3, "PKCS#10, saved where you choose");
                });
            });
            let Some((subject, names)) = self.subject.as_mut().filter(|_| self.request) else { return };
            ui.add_space(4.0);
            request_fields_ui(ui, subject, names, &usages_in_words(&RequestProfile::usages_for(self.purpose)));
        });
    }
}

impl Form for NewKey {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let checked = self.check(view);
        self.fit_store(view);
        let closed = self.closed(view);
        let busy = self.work.refusal().map(str::to_owned);
        let refused = busy.or_else(|| closed.clone()).or_else(|| checked.as_ref().err().cloned());
        let count = *checked.as_ref().unwrap_or(&0);
        let confirm = match (self.many, count) {
            (Many::One, _) => "Create key".to_owned(),
            (_, 0) => "Create keys".to_owned(),
            (_, count) => format!("Create {count} keys"),
        };
        let dialog = Dialog {
            id: "new-key",
            title: if self.many == Many::One { "New key" } else { "Make many keys" },
            width: size::DIALOG_WIDE,
            note: "The private half stays in its store. This cannot be taken back.",
            cancel: "Cancel",
            confirm: &confirm,
            danger: false,
            lead: None,
            extra: (self.many == Many::One).then_some((Icon::ListPlus, "Make many")),
            refused: refused.as_deref(),
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            self.cards_ui(ui, view);
            ui.add_space(4.0);
            let entered = self.names_ui(ui);
            self.store_ui(ui, view);
            ui.add_space(4.0);
            self.summary_ui(ui, view);
            ui.add_space(4.0);
            if self.many == Many::One {
                self.request_ui(ui);
            }
            let typed = !self.name.trim().is_empty() || !self.list.trim().is_empty();
            if let (Err(reason), true, false) = (&checked, typed, self.work.is_busy()) {
                Role::Small.label(ui, theme::of(ui).critical().ink, reason.clone());
            }
            self.work.ui(ui, if self.many == Many::One { "Making the key" } else { "Making keys" }, view);
            entered
        });
        match answer.or(entered.then_some(DialogAnswer::Confirm)) {
            Some(DialogAnswer::Extra) => self.many = Many::List,
            Some(DialogAnswer::Cancel) if self.work.is_busy() => view.asks.push(Ask::Cancel),
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) if !self.work.is_busy() && closed.is_none() => {
                // Asked anew: fast hands type the last letters and Enter within one frame.
                if let Ok(specs) = self.specs(view) {
                    self.work.begin();
                    view.asks.push(Ask::Request(Request::Run(Command::Generate(specs))));
                }
            }
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(error) => return self.work.fail(error),
        };
        view.asks.push(Ask::Close);
        if let Some((done, total)) = outcome.cancelled {
            view.asks.push(Ask::Tell(Tone::Warning, format!("Cancelled: {done} of {total} keys were made and are whole.")));
        } else if outcome.keys.len() > 1 {
            view.asks.push(Ask::Tell(Tone::Good, format!("{} keys were made.", outcome.keys.len())));
        }
        let Some(&first) = outcome.keys.first() else { return };
        view.asks.push(Ask::ShowKey(first));
        let Some((subject, names)) = self.subject.take().filter(|_| self.request && self.many == Many::One) else { return };
        let form = view.desk.inventory.key(first).and_then(|key| MakeRequest::of(key, view));
        if let Some(form) = form {
            view.asks.open(form.with(subject, names));
        }
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.work.progress(done, total);
    }
}
