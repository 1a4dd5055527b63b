//! Wrapping a private half under another key of the inventory.

use egui::{Context, CornerRadius, Frame, Margin, ScrollArea, Stroke, Ui};

use super::export::{finish, title};
use super::names::file_name;
use super::place::{Chosen, Place};
use super::{Form, Work};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome, Wrap};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::pick::Picked;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, BannerAnswer, Dialog, Field, Tone, empty_state, radio_columns, radio_line};
use crate::model::name::shown;
use crate::model::{Algorithm, Format, Key, VersionRef};

/// Rows before the list scrolls.
const ROWS: f32 = 5.5;

/// A key under which others can be wrapped.
struct Able {
    of: VersionRef,
    algorithm: Algorithm,
    name: String,
    what: String,
}

/// Wraps a key.
pub struct WrapKey {
    version: VersionRef,
    name: String,
    algorithm: Algorithm,
    /// By name.
    able: Vec<Able>,
    /// Those of them that fit what was typed.
    fitting: Vec<usize>,
    typed: String,
    chosen: Option<usize>,
    format: Option<Format>,
    recipient: String,
    /// Why policy or state keep it here.
    forbidden: Option<String>,
    place: Place,
    work: Work,
}

impl WrapKey {
    /// The current version of a key.
    pub fn of(key: &Key, view: &View<'_>) -> Option<Self> {
        let (inventory, now) = (&view.desk.inventory, view.desk.now);
        let current = key.current(now)?;
        let version = VersionRef { key: key.id, version: current.number };
        let able = inventory.keys().iter().filter(|other| other.id != key.id).filter_map(|other| {
            let of = VersionRef { key: other.id, version: other.current(now)?.number };
            let (other, found) = inventory.may_wrap(of, now).ok()?;
            let algorithm = found.algorithm;
            Some(Able { of, algorithm, name: shown(&other.name).into_owned(), what: algorithm.name().to_owned() })
        });
        let mut able: Vec<_> = able.collect();
        able.sort_by_key(|able| able.name.to_lowercase());
        let forbidden = inventory.may_leave(version, now).err();
        let mut form = Self {
            version,
            name: key.name.to_string(),
            algorithm: current.algorithm,
            fitting: (0..able.len()).collect(),
            typed: String::new(),
            chosen: None,
            format: None,
            recipient: String::new(),
            forbidden: forbidden.map(|rule| CustodianError::from(rule).to_string()),
            place: Place::default(),
            work: Work::Idle,
            able,
        };
        if form.able.len() == 1 {
            form.choose(0);
        }
        Some(form)
    }

    fn choose(&mut self, index: usize) {
        self.chosen = Some(index);
        self.format = self.able.get(index).map(|able| Format::usual_under(able.algorithm, self.algorithm));
    }

    fn search(&mut self) {
        let wanted = self.typed.trim().to_lowercase();
        self.fitting = (0..self.able.len()).filter(|index| self.able[*index].name.to_lowercase().contains(&wanted)).collect();
    }

    fn file_name(&self) -> String {
        file_name(&self.name, Format::AesKwp.extension())
    }

    fn refusal(&self) -> Option<String> {
        let missing = self.chosen.is_none().then(|| "Choose the key to wrap it under.".to_owned());
        let busy = self.work.refusal().map(str::to_owned);
        self.forbidden.clone().or(busy).or(missing).or_else(|| self.place.refusal().map(str::to_owned))
    }

    fn send(&mut self, chosen: Chosen, view: &mut View<'_>) {
        let Some(under) = self.chosen.and_then(|index| self.able.get(index)).map(|able| able.of) else { return };
        self.work.begin();
        let recipient = Some(self.recipient.trim().to_owned()).filter(|name| !name.is_empty());
        let Chosen { path, replace } = chosen;
        let wrap = Wrap { version: self.version, under, format: self.format, recipient, path, replace };
        view.asks.push(Ask::Request(Request::Wrap(wrap)));
    }

    fn keys_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        if Field::new("Under which key").hint("Search by name").show(ui, &mut self.typed).changed() {
            self.search();
        }
        if self.fitting.is_empty() {
            let sentence = format!("No key that can wrap is called \u{201c}{}\u{201d}.", shown(self.typed.trim()));
            Role::Small.label(ui, theme.text3, sentence);
            return;
        }
        let mut chosen = None;
        let frame = Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(CornerRadius::same(size::RADIUS));
        frame.inner_margin(Margin::same(4)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let scroll = ScrollArea::vertical().max_height(32.0 * ROWS).auto_shrink([false, true]).id_salt("wrapping");
            scroll.show_rows(ui, 32.0, self.fitting.len(), |ui, rows| {
                for &index in &self.fitting[rows] {
                    let able = &self.able[index];
                    if radio_columns(ui, self.chosen == Some(index), false, &able.name, &able.what, 260.0).clicked() {
                        chosen = Some(index);
                    }
                }
            });
        });
        if let Some(index) = chosen {
            self.choose(index);
        }
    }

    fn forms_ui(&mut self, ui: &mut Ui) {
        let Some(able) = self.chosen.and_then(|index| self.able.get(index)) else { return };
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for format in Format::under(able.algorithm) {
                if radio_line(ui, self.format == Some(*format), false, title(*format), hint(*format)).clicked() {
                    self.format = Some(*format);
                }
            }
        });
    }

    fn content_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> Option<Chosen> {
        if let Some(text) = &self.forbidden {
            let (tone, strong, action) = (Tone::Warning, "It stays in its store.", Some("Policy of the key"));
            if (Banner { tone, strong, text, action, dismiss: false, rounded: true }).show(ui) == Some(BannerAnswer::Action) {
                view.asks.push(Ask::Close);
                view.asks.act(Action::KeyPolicy);
            }
            return None;
        }
        if self.able.is_empty() {
            let sentence = "No key can wrap others yet. It takes an active AES key, or an RSA key of at least 2048 bits whose purpose is “Own choice”.";
            if empty_state(ui, Icon::Key, sentence, Some("Import a key")) {
                view.asks.push(Ask::Close);
                view.asks.act(Action::Import);
            }
            return None;
        }
        let sentence = "The key leaves its store under another one. Whoever has that one can open the file.";
        Role::Body.label(ui, theme::of(ui).text2, sentence);
        self.keys_ui(ui);
        self.forms_ui(ui);
        ui.add_space(4.0);
        Field::new("For whom").hint("You, unless you name who gets it").show(ui, &mut self.recipient);
        let agreed = self.place.ui(ui, &self.file_name());
        self.work.ui(ui, "Wrapping", view);
        agreed
    }
}

/// What a form is good for.
const fn hint(format: Format) -> &'static str {
    match format {
        Format::AesKwp => "RFC 5649, for secrets of any length",
        Format::AesKw => "RFC 3394, for multiples of 8 bytes",
        Format::RsaOaep => "SHA-256, for what fits the RSA key",
        _ => "An AES key under RSA, the key under AES",
    }
}

impl Form for WrapKey {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let refused = self.refusal();
        let title_text = format!("Wrap {} under a key", shown(&self.name));
        let dialog = Dialog {
            id: "wrap",
            title: &title_text,
            width: size::DIALOG_WIDE,
            note: "It is recorded, and cannot be taken back.",
            confirm: self.place.button(),
            refused: refused.as_deref(),
            ..Dialog::default()
        };
        let name = self.file_name();
        let answered = dialog.show(ctx, |ui| self.content_ui(ui, view));
        let chosen = self.place.answered(answered, refused.as_deref(), ("Save the wrapped key", &name), view);
        if let Some(chosen) = chosen {
            self.send(chosen, view);
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        finish(result, &mut self.place, &mut self.work, view);
    }

    fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        let name = self.file_name();
        if let Some(chosen) = self.place.picked(picked, &name) {
            self.send(chosen, view);
        }
    }
}
