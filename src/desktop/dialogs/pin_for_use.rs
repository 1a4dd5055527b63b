//! The PIN for one use of a key that wants it each time, typed here or at the token's reader. Without an answer the key is
//! not used; what was typed for something else is no PIN, and a wrong one is never given again by itself.

use std::time::{Duration, Instant};

use egui::{Context, Event, Ui};

use super::Work;
use super::opener_field::OpenerField;
use crate::custodian::Opener;
use crate::custodian::at_stores::PinState;
use crate::custodian::link::Request;
use crate::custodian::questions::{PIN_PATIENCE, PinAnswer, PinQuestion};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Banner, Dialog, DialogAnswer, Lead, Tone, key_value, key_values};
use crate::model::name::shown;
use crate::model::{StoreKind, Time};

/// Keys are taken once the keyboard has rested for so long: what was being typed when the question came is none of it.
const REST: Duration = Duration::from_millis(500);

/// A question that waits for its PIN.
pub struct PinForUse {
    id: u64,
    question: PinQuestion,
    /// When it was asked, by the window's clock.
    asked: Time,
    /// When the keyboard was last used before the question takes keys.
    typed: Option<Instant>,
    takes_keys: bool,
    announced: bool,
    /// The reader asks now.
    at_reader: bool,
    field: OpenerField,
}

impl PinForUse {
    /// As the custodian asks it.
    pub fn new(id: u64, question: PinQuestion, asked: Time) -> Self {
        let at_reader = question.at_reader && !question.was_wrong;
        let field = OpenerField::default();
        Self { id, question, asked, typed: None, takes_keys: false, announced: false, at_reader, field }
    }

    /// Names the question.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// The system shows that the window waits for its person.
    pub fn announce(&mut self, ctx: &Context) {
        if !std::mem::replace(&mut self.announced, true) {
            ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(egui::UserAttentionType::Critical));
        }
    }

    /// Draws it, and sends the answer once there is one; true when it has ended.
    pub fn ui(&mut self, ctx: &Context, view: &mut View<'_>, now: Time) -> bool {
        let left = PIN_PATIENCE.as_secs().cast_signed() - now.seconds_since(self.asked);
        if !self.at_reader && left <= 0 {
            return true;
        }
        ctx.request_repaint_after(Duration::from_millis(250));
        self.rest(ctx);
        let pin = PinState { at_reader: self.question.at_reader, tries: self.tries(), is_locked: false };
        let (answer, entered) = self.dialog_ui(ctx, view, &pin, left);
        let answer = if entered { Some(DialogAnswer::Confirm) } else { answer };
        match answer.filter(|_| self.takes_keys) {
            Some(DialogAnswer::Confirm) if !self.at_reader => self.give(view, &pin),
            // What the reader asks is answered there; the question alone is put away.
            Some(DialogAnswer::Cancel) if self.at_reader => true,
            Some(DialogAnswer::Cancel) => {
                view.asks.push(Ask::Look(Request::AnswerPin { id: self.id, answer: PinAnswer::Refused }));
                true
            }
            _ => false,
        }
    }

    /// Until the keyboard rests nothing of what is typed is taken.
    fn rest(&mut self, ctx: &Context) {
        if self.takes_keys {
            return;
        }
        let is_key = |event: &Event| matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Ime(_));
        if self.typed.is_none() || ctx.input(|input| input.events.iter().any(is_key)) {
            self.typed = Some(Instant::now());
        }
        self.field.clear();
        self.takes_keys = self.typed.is_some_and(|typed| typed.elapsed() >= REST);
    }

    /// What the token says of wrong ones; after one it is said beside that instead.
    const fn tries(&self) -> &'static str {
        if self.question.was_wrong { "" } else { self.question.tries }
    }

    fn dialog_ui(&mut self, ctx: &Context, view: &View<'_>, pin: &PinState, left: i64) -> (Option<DialogAnswer>, bool) {
        let title = format!("PIN of {}", shown(&self.question.store));
        let key = self.question.key.and_then(|key| view.desk.inventory.key(key));
        let version = key.and_then(|key| key.versions.iter().find(|version| *version.locator.object == *self.question.object));
        let facts = version.map_or_else(|| "Not in the inventory yet".to_owned(), |version| version.algorithm.name().to_owned());
        let icon = Icon::of_store(StoreKind::Pkcs11);
        let note = if self.at_reader {
            "To cancel, press cancel at the reader.".to_owned()
        } else {
            format!("Cancelled by itself in {} s.", left.max(0))
        };
        let (cancel, confirm) = match (self.at_reader, self.question.at_reader) {
            (true, _) => ("Hide", ""),
            (false, true) => ("Cancel", "Ask at the reader"),
            (false, false) => ("Cancel", "Use once"),
        };
        let name = match key {
            Some(key) => shown(&key.name).into_owned(),
            None => format!("The one of the id {}", shown(&self.question.object)),
        };
        let dialog = Dialog {
            id: "pin-for-use",
            title: &title,
            note: &note,
            cancel,
            confirm,
            lead: Some(Lead { icon, state: version.map(|version| version.state(view.desk.now)), facts: &facts }),
            refused: if self.at_reader { None } else { self.field.refusal(Some(Opener::Pin), pin) },
            ..Dialog::default()
        };
        dialog.show(ctx, |ui| self.content_ui(ui, &name, pin))
    }

    /// True when Enter was pressed in the field.
    fn content_ui(&mut self, ui: &mut Ui, name: &str, pin: &PinState) -> bool {
        let sentence = "This key wants the PIN of its token for each use. It serves this once, and nothing of it is kept.";
        Role::Body.label(ui, theme::of(ui).text2, sentence);
        ui.add_space(4.0);
        key_value(ui, "Key", name, "", false, None);
        key_values(ui, "For", &self.question.purpose);
        ui.add_space(4.0);
        if self.question.was_wrong && !self.at_reader {
            let text = format!("It was tried once and not again. {}", self.question.tries);
            let strong = "That PIN is wrong.";
            Banner { tone: Tone::Critical, strong, text: text.trim_end(), action: None, dismiss: false, rounded: true }.show(ui);
        }
        self.field.ui(ui, Some(Opener::Pin), pin, &Work::Idle)
    }

    /// Gives what was typed, or lets the reader ask; true when it has ended.
    fn give(&mut self, view: &mut View<'_>, pin: &PinState) -> bool {
        if self.field.refusal(Some(Opener::Pin), pin).is_some() {
            return false;
        }
        let answer = self.field.take(Some(Opener::Pin), pin).map_or(PinAnswer::AtReader, PinAnswer::Typed);
        self.at_reader = matches!(answer, PinAnswer::AtReader);
        view.asks.push(Ask::Look(Request::AnswerPin { id: self.id, answer }));
        !self.at_reader
    }
}
