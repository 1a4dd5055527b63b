//! Making keys: one, or many from a list or a pattern. A purpose brings sound choices; all of them
//! can be changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use egui::{Context, Frame, Margin, Stroke, Ui, vec2};

use super::edit::{days, days_text};
use super::move_key::closed_ui;
use super::names::{AlsoValidFor, Subject, request_fields_ui};
use super::request::{MakeRequest, usages_in_words};
use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::known_stores::stays;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{
    Dialog, DialogAnswer, Field, Tone, checkbox, choice_card, combo, combo_of, date_field, tag_editor,
};
use crate::model::command::numbered;
use crate::model::time::{DAY, parse_date};
use crate::model::{
    Activation, Algorithm, Candidate, Command, DayEdge, Figure, KeySpec, Purpose, RequestProfile, Store, Time, compliance, name,
    profile,
};

/// Keys made from one pattern; more belong into a script.
const MOST: u32 = 10_000;

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

    /// The store in which it is made; the home store unless another was chosen.
    fn store<'v>(&self, view: &View<'v>) -> Option<&'v Store> {
        match &self.store {
            Some(name) => view.desk.inventory.store(name),
            None => view.desk.inventory.home(),
        }
    }

    /// Where the store makes no keys of the algorithm, another stands there: what the policy prefers, or what it accepts.
    fn fit_store(&mut self, view: &View<'_>) {
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
    fn closed(&self, view: &View<'_>) -> Option<String> {
        view.desk.stores.refusal(self.store(view)?)
    }

    /// Where it is kept, once there is more than one store.
    fn store_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
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

    fn activation(&self, view: &View<'_>) -> Result<Activation, String> {
        match self.activates.trim() {
            "" | "now" => Ok(Activation::Now),
            "later" => Ok(Activation::Later),
            text => parse_date(text, view.desk.now, &view.desk.zone, DayEdge::Start)
                .map(Activation::At)
                .map_err(|error| format!("{error}, “now” or “later”.")),
        }
    }

    fn end(&self, view: &View<'_>) -> Result<Option<Time>, crate::model::DateError> {
        if self.expires.trim().is_empty() {
            return Ok(None);
        }
        parse_date(&self.expires, view.desk.now, &view.desk.zone, DayEdge::End).map(Some)
    }

    fn names(&self) -> Result<Vec<String>, String> {
        match self.many {
            Many::One => Ok(vec![self.name.clone()]),
            Many::List => {
                let names: Vec<String> =
                    self.list.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                if names.is_empty() { Err("Write one name a line.".into()) } else { Ok(names) }
            }
            Many::Pattern => {
                let count = self.count.trim().parse::<u32>().ok().filter(|count| (1..=MOST).contains(count));
                let count = count.ok_or_else(|| format!("Write a count from 1 to {MOST}."))?;
                Ok(numbered(self.name.trim(), count, 1))
            }
        }
    }

    /// How many keys would be made, or why none can be; looked at anew only when something changed.
    fn check(&mut self, view: &View<'_>) -> Result<usize, String> {
        let mut mark = DefaultHasher::new();
        let hour = view.desk.now.as_second().div_euclid(3_600);
        (self.many, &self.name, &self.list, &self.count, &self.warnings).hash(&mut mark);
        (&self.activates, &self.expires, view.desk.generation, hour).hash(&mut mark);
        let mark = mark.finish();
        if let Some((known, found)) = &self.checked
            && *known == mark
        {
            return found.clone();
        }
        let found = self.specs(view).map(|specs| specs.len());
        self.checked = Some((mark, found.clone()));
        found
    }

    /// Every key to make, or why none can be.
    fn specs(&self, view: &View<'_>) -> Result<Vec<KeySpec>, String> {
        if self.many != Many::List && self.name.trim().is_empty() {
            return Err("Give it a name.".into());
        }
        let names = self.names()?;
        for name in &names {
            let name = name::parse(name).map_err(|error| format!("{}: {error}.", name::shown(name)))?;
            if view.desk.inventory.name_taken(&name) {
                return Err(format!("There is already a key called {}.", name::shown(&name)));
            }
        }
        let (activates, expires) = (self.activation(view)?, self.end(view).map_err(|error| format!("{error}."))?);
        let start = if let Activation::At(time) = activates { time } else { view.desk.now };
        if expires.is_some_and(|end| end <= start) {
            return Err("It must expire after it becomes active.".into());
        }
        let warn_days = days(&self.warnings)?;
        let mut tags = self.tags.clone();
        tags.extend(self.typed.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
        let spec = |name: String| KeySpec {
            name,
            purpose: self.purpose,
            algorithm: self.algorithm,
            owner: self.owner.trim().to_owned(),
            tags: tags.clone(),
            warn_days: warn_days.clone(),
            note: self.note.clone(),
            activates,
            expires,
            store: self.store.clone(),
        };
        Ok(names.into_iter().map(spec).collect())
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

    /// What will come of it in one sentence, with all settings behind “Change”.
    fn summary_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let theme = theme::of(ui);
        let end = self.end(view);
        let store = self.store.clone().or_else(|| view.desk.inventory.home().map(|home| home.name.to_string()));
        let until = match &end {
            Ok(Some(end)) => format!("valid {}", span_in_words(end.seconds_since(view.desk.now))),
            Ok(None) => "without an end".into(),
            Err(_) => "until a date that cannot be read".into(),
        };
        let warn = match days(&self.warnings).as_deref() {
            Ok([]) | Err(_) => "no warning".into(),
            Ok([first, ..]) => format!("warn {first} days before"),
        };
        let sentence =
            format!("{}, {until}, {warn}, kept in {}.", self.algorithm.name(), store.as_deref().unwrap_or("the home store"));
        let (source, breaks) = self.source(view);
        let runs = match &end {
            Ok(Some(end)) => format!("Runs until {}. {source}", view.desk.date(*end)),
            _ => source,
        };
        let policy = view.desk.inventory.policy(self.purpose);
        let clause = profile::clause_of(self.purpose, policy, Figure::Cryptoperiod).unwrap_or("Set in this inventory.");
        let (tone, icon) = if breaks { (theme.warning(), Icon::Warning) } else { (theme.good(), Icon::SealCheck) };
        Frame::new().fill(tone.tint).corner_radius(size::RADIUS).inner_margin(Margin::symmetric(14, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(20.0, 36.0), egui::Sense::hover());
                icon.paint_filled(ui.painter(), rect.center(), 18.0, tone.ink);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let (text, icon) = if self.open { ("Less", Icon::CaretUp) } else { ("Change", Icon::CaretDown) };
                    if crate::desktop::widgets::link(ui, text, Some(icon)).clicked() {
                        self.open = !self.open;
                    }
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        Role::BodyStrong.line(ui, theme.text, sentence);
                        Role::Small.line(ui, theme.text2, runs).on_hover_text(clause);
                    });
                });
            });
        });
        if self.open {
            self.details_ui(ui, view);
        }
    }

    /// The policy the settings follow, or the first figure that breaks it.
    fn source(&self, view: &View<'_>) -> (String, bool) {
        let policy = view.desk.inventory.policy(self.purpose);
        let from = match self.activation(view) {
            Ok(Activation::At(time)) => time,
            _ => view.desk.now,
        };
        let store = self.store(view);
        let candidate = Candidate {
            algorithm: self.algorithm,
            from,
            expires: self.end(view).unwrap_or(None),
            store: store.map(|store| store.kind),
        };
        if let Some(breach) = compliance::breaches(candidate, policy, view.desk.now).first() {
            return (format!("Breaks its policy: {}", breach.sentence()), true);
        }
        let title = profile::named(&policy.profile).map_or(&*policy.profile, |profile| &profile.title);
        (format!("Follows the policy for {}, after {title}.", self.purpose.name()), false)
    }

    fn details_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let third = (ui.available_width() - 24.0) / 3.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let names: Vec<String> =
                Algorithm::GENERATED.iter().map(|known| format!("{}, {} bits", known.name(), known.strength_bits())).collect();
            let store = self.store(view);
            let reason = store.map(|store| format!("not made by {}", name::shown(&store.name))).unwrap_or_default();
            let refused = |known: &Algorithm| store.filter(|store| !view.desk.stores.makes(store, *known)).map(|_| &*reason);
            let words = names.iter().map(String::as_str).zip(Algorithm::GENERATED.iter().map(refused));
            let words: Vec<(&str, Option<&str>)> = words.collect();
            let chosen = Algorithm::GENERATED.iter().position(|known| *known == self.algorithm).unwrap_or(0);
            if let Some(index) = combo_of(ui, "Algorithm", words[chosen].0, &words, third) {
                self.algorithm = Algorithm::GENERATED[index];
            }
            let end = self.end(view).map(|end| end.map_or_else(|| "never".into(), |end| view.desk.date(end)));
            date_field(ui, Field::new("Expires").width(third), &mut self.expires, &end);
            Field::new("Warn before expiry, days").hint("none").width(third).show(ui, &mut self.warnings);
        });
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let wrong = self.activation(view).err();
            Field::new("Active from").hint("now").error(wrong.as_deref()).width(third).show(ui, &mut self.activates);
            Field::new("Note").hint("Never a secret").width(2.0 * third + 12.0).show(ui, &mut self.note);
        });
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

/// “200 days”, “2 years”.
fn span_in_words(seconds: i64) -> String {
    let days = (seconds + DAY / 2) / DAY;
    match days {
        1 => "1 day".into(),
        days if days >= 730 && days % 365 < 3 => format!("{} years", days / 365),
        days => format!("{days} days"),
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
