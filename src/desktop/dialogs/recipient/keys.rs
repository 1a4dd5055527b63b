//! The public keys of a recipient in its dialog: where they come from, what the custodian read of each, and what is wrong
//! with those that are none. Pasted text goes to the custodian as it is and is kept nowhere: it may be a private key.

use egui::{Context, Event, Sense, Ui, pos2, vec2};

use crate::custodian::CustodianError;
use crate::custodian::import::Source;
use crate::custodian::link::Request;
use crate::custodian::recipients::ReadKey;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::import::{dropped, drops, pasted};
use crate::desktop::dialogs::place::expanded;
use crate::desktop::icons::Icon;
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, BannerAnswer, Button, Field, Tone, icon_button, link, paint};
use crate::model::name::shown;
use crate::model::{Digest, RecipientKey};

/// A key that the dialog shows.
struct Shown {
    key: RecipientKey,
    print: String,
    /// It is in the address book with this recipient already.
    old: bool,
    /// Who else has it.
    with: String,
}

/// What could not be taken.
struct Wrong {
    from: String,
    why: String,
}

/// The keys of a recipient, as they are to be.
#[derive(Default)]
pub(super) struct Keys {
    shown: Vec<Shown>,
    dropped: Vec<Digest>,
    wrong: Vec<Wrong>,
    reading: bool,
    /// The system's dialog is open.
    waiting: bool,
    typing: bool,
    typed: String,
}

impl Keys {
    /// Those of somebody who is in the address book.
    pub(super) fn of(keys: &[RecipientKey]) -> Self {
        let shown = |key: &RecipientKey| Shown { key: key.clone(), print: key.fingerprint(), old: true, with: String::new() };
        Self { shown: keys.iter().map(shown).collect(), ..Self::default() }
    }

    /// Those that are new.
    pub(super) fn new_ones(&self) -> Vec<RecipientKey> {
        self.shown.iter().filter(|shown| !shown.old).map(|shown| shown.key.clone()).collect()
    }

    /// Those that are to go, by what is compared of them.
    pub(super) fn gone(&self) -> &[Digest] {
        &self.dropped
    }

    /// There is one, old or new.
    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// One of the new keys is the wrapping key of a cloud service.
    pub(super) fn new_wrapping(&self) -> bool {
        let wrapping = |shown: &Shown| !shown.old && shown.key.kind == crate::model::RecipientKeyKind::WrappingKey;
        self.shown.iter().any(wrapping)
    }

    /// Why nothing can be confirmed just now.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        if self.reading {
            Some("The keys are being read.")
        } else if self.waiting {
            Some("The system's file dialog is open.")
        } else {
            None
        }
    }

    /// Takes what was dropped or pasted since the last frame. In a text field a paste is text, unless it is plainly a key.
    pub(super) fn gather(&mut self, ctx: &Context, view: &mut View<'_>) {
        let mut sources = dropped(ctx);
        let is_key = ctx.input(|input| input.events.iter().any(|event| matches!(event, Event::Paste(text) if is_key(text))));
        if is_key || !ctx.text_edit_focused() {
            sources.extend(pasted(ctx));
        }
        self.read(sources, view);
    }

    fn read(&mut self, sources: Vec<Source>, view: &mut View<'_>) {
        if !sources.is_empty() {
            self.reading = true;
            self.wrong.clear();
            view.asks.push(Ask::Request(Request::ReadRecipientKeys(sources)));
        }
    }

    /// The custodian read them.
    pub(super) fn take(&mut self, keys: Vec<ReadKey>, name: &str) {
        self.reading = false;
        for ReadKey { from, key, known } in keys {
            match key {
                Ok(key) if self.shown.iter().any(|shown| shown.key.sha256 == key.sha256) => {}
                Ok(key) => {
                    self.dropped.retain(|gone| *gone != key.sha256);
                    let with = known.iter().find(|other| ***other != *name).map(|other| shown(other).into_owned());
                    let old = known.iter().any(|other| **other == *name);
                    self.shown.push(Shown { print: key.fingerprint(), key, old, with: with.unwrap_or_default() });
                }
                Err(CustodianError::Recipient { cause, .. }) => self.wrong.push(Wrong { from, why: cause.to_string() }),
                Err(error) => self.wrong.push(Wrong { from, why: error.to_string() }),
            }
        }
    }

    /// Reading failed as a whole.
    pub(super) fn failed(&mut self) {
        self.reading = false;
    }

    /// The system's dialog answered.
    pub(super) fn picked(&mut self, picked: Picked, view: &mut View<'_>) {
        self.waiting = false;
        match picked {
            Picked::Path(path) => self.read(vec![Source::Path(path)], view),
            Picked::Paths(paths) => self.read(paths.into_iter().map(Source::Path).collect(), view),
            Picked::NoDialog => self.typing = true,
            Picked::Cancelled => {}
        }
    }

    /// Draws them, and where more come from.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        Role::SmallMedium.line(ui, theme.text2, "Public keys");
        self.list_ui(ui);
        self.well_ui(ui, view);
        self.wrong_ui(ui);
    }

    fn list_ui(&mut self, ui: &mut Ui) {
        let mut gone = None;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (number, shown) in self.shown.iter().enumerate() {
                if row_ui(ui, shown) {
                    gone = Some(number);
                }
            }
        });
        if let Some(number) = gone {
            let shown = self.shown.remove(number);
            if shown.old {
                self.dropped.push(shown.key.sha256);
            }
        }
    }

    /// Where keys come from: dropped, chosen, pasted, or a path that is typed.
    fn well_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 88.0), Sense::hover());
        paint::boxed(ui.painter(), rect, size::RADIUS, theme.panel, theme.control);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 12.0))));
        child.spacing_mut().item_spacing.y = 8.0;
        let sentence =
            if drops() { "Paste a key with Ctrl V, or drop files here." } else { "Paste a key with Ctrl V, or choose files." };
        Role::Body.line(&mut child, theme.text, sentence);
        child.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let refused = self.refusal();
            if ui.add(Button::new("Choose files").small().icon(Icon::Folder).refused(refused)).clicked() {
                self.waiting = true;
                view.asks.push(Ask::Pick(Pick::OpenMany { title: "Choose public keys".into() }));
            }
            if ui.add(Button::new("Paste").small().icon(Icon::Clipboard).refused(refused)).clicked() {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
            }
            if !self.typing && link(ui, "Type a path instead", None).clicked() {
                self.typing = true;
                self.waiting = false;
                paint::offer_focus(ui.ctx());
            }
        });
        let kinds =
            "age1…, ssh-ed25519, ssh-rsa, X.509 certificates, and the RSA wrapping key of a cloud service. Never a private key.";
        Role::Small.label(ui, theme.text3, kinds);
        if self.typing {
            let field = Field::new("File").mono().hint("~/ada.pub").show(ui, &mut self.typed);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if entered && !self.typed.trim().is_empty() {
                let path = expanded(self.typed.trim());
                self.typed.clear();
                self.read(vec![Source::Path(path)], view);
            }
        }
    }

    fn wrong_ui(&mut self, ui: &mut Ui) {
        let mut away = None;
        for (number, wrong) in self.wrong.iter().enumerate() {
            let strong = format!("Not added: {}.", shown(&wrong.from));
            let banner =
                Banner { tone: Tone::Critical, strong: &strong, text: &wrong.why, action: None, dismiss: true, rounded: true };
            if banner.show(ui) == Some(BannerAnswer::Dismiss) {
                away = Some(number);
            }
        }
        if let Some(number) = away {
            self.wrong.remove(number);
        }
    }
}

/// A key with the cross that takes it away again; true when that was pressed.
fn row_ui(ui: &mut Ui, shown: &Shown) -> bool {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let kind = shown.key.kind.name();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{kind}: {}", shown.print)));
    ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.sunken);
    let (top, below) = (rect.top() + 14.0, rect.top() + 31.0);
    let words = paint::galley(ui.painter(), Role::SmallMedium, theme.text, kind);
    let end = paint::place(ui.painter(), words, rect.left() + 12.0, top);
    let (ink, word) = match (&shown.key.confirmed, shown.with.as_str()) {
        (_, with) if !with.is_empty() => (theme.warning().ink, format!("“{with}” has this key too: make sure whose it is")),
        (Some(confirmed), _) => (theme.text3, format!("confirmed {}", confirmed.way.name())),
        (None, _) => (theme.text3, "not confirmed yet".to_owned()),
    };
    let words = paint::galley_cut(ui.painter(), Role::Small, ink, &word, rect.right() - 48.0 - end);
    paint::place(ui.painter(), words, end + 8.0, top);
    let print = paint::galley_cut(ui.painter(), Role::Mono, theme.text2, &shown.print, rect.width() - 56.0);
    paint::place(ui.painter(), print, rect.left() + 12.0, below);
    let at = egui::Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), vec2(28.0, 28.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at));
    icon_button(&mut child, Icon::Close, &format!("Take away {kind} {}", shown.print)).clicked()
}

/// What no name and no note is.
fn is_key(text: &str) -> bool {
    let text = text.trim_start();
    let starts = ["age1", "AGE1", "AGE-", "ssh-", "ecdsa-", "sk-", "-----BEGIN", "---- BEGIN", "# created", "PuTTY", "file://"];
    starts.iter().any(|start| text.starts_with(start)) || text.contains("PRIVATE KEY")
}
