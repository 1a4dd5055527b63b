//! The one field in which a passphrase is typed. egui's own keeps an undo history and copies; this one keeps
//! a single buffer that never moves and is wiped, draws dots, and takes what it handled out of the input.

use egui::{Event, EventFilter, ImeEvent, Key, Modifiers, Rect, Response, Role as Access, Sense, Ui, WidgetInfo, pos2, vec2};
use unicode_segmentation::UnicodeSegmentation as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::paint;
use crate::desktop::theme::{self, Role, size};
use crate::secret::Passphrase;

/// Bytes that a buffer holds. It is reserved at once, so that growing leaves no copy behind.
const ROOM: usize = 1024;
/// From dot to dot.
const PITCH: f32 = 10.0;

/// What is being typed; wiped when dropped.
pub struct SecretText {
    typed: Zeroizing<String>,
    /// Byte offsets at borders of graphemes.
    caret: usize,
    anchor: usize,
    refused: bool,
}

impl Default for SecretText {
    fn default() -> Self {
        Self { typed: Zeroizing::new(String::with_capacity(ROOM)), caret: 0, anchor: 0, refused: false }
    }
}

impl SecretText {
    /// Nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Both hold the same passphrase, compared in NFC.
    pub fn same_as(&self, other: &Self) -> bool {
        self.passphrase().same_as(&other.passphrase())
    }

    /// What is typed so far, to judge its strength or to open something; the field keeps it.
    pub fn passphrase(&self) -> Passphrase {
        Passphrase::new(self.typed.as_str().to_owned())
    }

    /// Takes it out and leaves the field empty.
    pub fn take(&mut self) -> Passphrase {
        let mut taken = std::mem::take(self);
        Passphrase::new(std::mem::take(&mut *taken.typed))
    }

    /// Wipes it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn selection(&self) -> std::ops::Range<usize> {
        self.caret.min(self.anchor)..self.caret.max(self.anchor)
    }

    fn remove(&mut self, range: std::ops::Range<usize>) {
        self.caret = range.start;
        self.anchor = range.start;
        self.typed.replace_range(range, "");
    }

    /// Puts text in place of the selection. What does not fit is refused whole, never cut.
    fn insert(&mut self, text: &str) {
        let lines_off = text.trim_end_matches(['\r', '\n']);
        let range = self.selection();
        self.refused = self.typed.len() - range.len() + lines_off.len() > ROOM;
        if self.refused || lines_off.is_empty() {
            return;
        }
        self.remove(range);
        self.typed.insert_str(self.caret, lines_off);
        self.caret += lines_off.len();
        self.anchor = self.caret;
    }

    fn before(&self) -> usize {
        self.typed[..self.caret].grapheme_indices(true).next_back().map_or(0, |(start, _)| start)
    }

    fn after(&self) -> usize {
        self.typed[self.caret..].graphemes(true).next().map_or(self.caret, |next| self.caret + next.len())
    }

    fn go(&mut self, to: usize, select: bool) {
        self.caret = to;
        if !select {
            self.anchor = to;
        }
    }

    /// Graphemes before a byte offset: how many dots stand left of it.
    fn dots(&self, until: usize) -> usize {
        self.typed[..until].graphemes(true).count()
    }

    fn offset(&self, dots: usize) -> usize {
        self.typed.grapheme_indices(true).nth(dots).map_or(self.typed.len(), |(start, _)| start)
    }

    /// Acts on a key. A jump by words would tell where they end, so it goes all the way.
    fn key(&mut self, key: Key, modifiers: Modifiers) -> bool {
        let far = modifiers.command || modifiers.alt;
        let (select, marked) = (modifiers.shift, self.selection());
        match key {
            Key::ArrowLeft if !select && !far && !marked.is_empty() => self.go(marked.start, false),
            Key::ArrowRight if !select && !far && !marked.is_empty() => self.go(marked.end, false),
            Key::ArrowLeft => self.go(if far { 0 } else { self.before() }, select),
            Key::ArrowRight => self.go(if far { self.typed.len() } else { self.after() }, select),
            Key::Home => self.go(0, select),
            Key::End => self.go(self.typed.len(), select),
            Key::A if modifiers.command => (self.anchor, self.caret) = (0, self.typed.len()),
            Key::Backspace | Key::Delete if !marked.is_empty() => self.remove(marked),
            Key::Backspace => self.remove(if far { 0 } else { self.before() }..self.caret),
            Key::Delete => self.remove(self.caret..if far { self.typed.len() } else { self.after() }),
            _ => return false,
        }
        true
    }

    /// Acts on an event; true when it was meant for the field. Its text is wiped.
    fn event(&mut self, event: &mut Event) -> bool {
        match event {
            Event::Text(text) | Event::Paste(text) | Event::Ime(ImeEvent::Commit(text)) => {
                self.insert(text);
                text.zeroize();
                true
            }
            Event::Key { key, pressed: true, modifiers, .. } => self.key(*key, *modifiers),
            Event::Copy | Event::Cut => true,
            _ => wipe(event),
        }
    }
}

/// Wipes the text of an event that carries any; true when it did.
fn wipe(event: &mut Event) -> bool {
    match event {
        Event::Text(text) | Event::Paste(text) | Event::Ime(ImeEvent::Commit(text) | ImeEvent::Preedit { text, .. }) => {
            text.zeroize();
            true
        }
        _ => false,
    }
}

/// A field for a passphrase: label above, dots, what is wrong below.
#[must_use = "show it"]
pub struct SecretField<'a> {
    label: &'a str,
    error: Option<&'a str>,
    width: f32,
}

impl<'a> SecretField<'a> {
    /// As wide as there is room. The label is also what screen readers say; the text never is.
    pub fn new(label: &'a str) -> Self {
        Self { label, error: None, width: f32::INFINITY }
    }

    /// What is wrong, in a sentence.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// This wide.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws it. Enter is left to the form.
    pub fn show(self, ui: &mut Ui, secret: &mut SecretText) -> Response {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let theme = theme::of(ui);
            Role::SmallMedium.line(ui, theme.text2, self.label);
            let id = ui.scope_id().with(("secret", self.label));
            let wanted = vec2(self.width.min(ui.available_width()), size::CONTROL);
            let (_, rect) = ui.allocate_space(wanted);
            let mut response = ui.interact(rect, id, Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Access::PasswordInput, true, self.label));
            paint::take_focus(&response);
            input(ui, &mut response, secret);
            let line = if self.error.is_some() { theme.critical().ink } else { theme.control };
            paint::boxed(ui.painter(), rect, size::RADIUS, theme.panel, line);
            paint::focus_ring(ui, &response, rect, size::RADIUS);
            dots_ui(ui, &response, rect, secret);
            let too_long = secret.refused.then_some("Not taken: a passphrase holds at most 1,024 bytes.");
            if let Some(error) = self.error.or(too_long) {
                Role::Small.label(ui, theme.critical().ink, error);
            }
            response.on_hover_cursor(egui::CursorIcon::Text)
        })
        .inner
    }
}

fn input(ui: &Ui, response: &mut Response, secret: &mut SecretText) {
    // A tap presses and lets go within one frame.
    if (response.is_pointer_button_down_on() || response.clicked())
        && let Some(at) = response.interact_pointer_pos()
    {
        response.request_focus();
        let dots = ((at.x - response.rect.left() - 9.0) / PITCH).round().max(0.0) as usize;
        let offset = secret.offset(dots);
        secret.go(offset, !ui.input(|input| input.pointer.any_pressed()));
    }
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let handled = ui.input_mut(|input| {
        // The input keeps a second copy of each event as the platform gave it.
        input.raw.events.retain_mut(|event| !wipe(event));
        let before = input.events.len();
        input.events.retain_mut(|event| !secret.event(event));
        before != input.events.len()
    });
    if handled {
        response.mark_changed();
        ui.ctx().request_repaint();
    }
}

fn dots_ui(ui: &Ui, response: &Response, rect: Rect, secret: &SecretText) {
    let theme = theme::of(ui);
    let inner = rect.shrink2(vec2(8.0, 4.0));
    let painter = ui.painter().with_clip_rect(inner.intersect(ui.clip_rect()));
    let caret = secret.dots(secret.caret) as f32 * PITCH;
    let left = inner.left() + 1.0 - (caret - inner.width() + 4.0).max(0.0);
    let marked = secret.selection();
    if response.has_focus() && !marked.is_empty() {
        let from = left + secret.dots(marked.start) as f32 * PITCH;
        let to = left + secret.dots(marked.end) as f32 * PITCH;
        painter.rect_filled(
            Rect::from_min_max(pos2(from, inner.top() + 2.0), pos2(to, inner.bottom() - 2.0)),
            2.0,
            theme.selected,
        );
    }
    for dot in 0..secret.dots(secret.typed.len()) {
        painter.circle_filled(pos2(left + (dot as f32 + 0.5) * PITCH, inner.center().y), 2.2, theme.text);
    }
    if response.has_focus() {
        painter.vline(left + caret, inner.center().y - 8.0..=inner.center().y + 8.0, (1.0, theme.text));
        let at = Rect::from_min_size(pos2(left + caret, inner.top()), vec2(1.0, inner.height()));
        let purpose = egui::IMEPurpose::Password;
        let ime = egui::output::IMEOutput { purpose, rect: inner, cursor_rect: at, should_interrupt_composition: false };
        ui.output_mut(|output| output.ime = Some(ime));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_goes_by_grapheme() {
        let mut secret = SecretText::default();
        secret.insert("ae\u{301}👩‍👩‍👧b");
        assert_eq!(secret.dots(secret.typed.len()), 4);
        secret.key(Key::ArrowLeft, Modifiers::NONE);
        secret.key(Key::Backspace, Modifiers::NONE);
        secret.key(Key::Backspace, Modifiers::NONE);
        assert_eq!(secret.take().expose(), "ab");
        assert!(secret.is_empty());
    }

    #[test]
    fn a_selection_is_replaced_and_too_much_is_refused_whole() {
        let mut secret = SecretText::default();
        secret.insert("old\n");
        secret.key(Key::A, Modifiers::COMMAND);
        secret.insert("new");
        secret.insert(&"x".repeat(ROOM));
        assert_eq!(secret.passphrase().expose(), "new");
        assert!(secret.refused && secret.typed.capacity() >= ROOM);
    }

    #[test]
    fn handled_events_are_wiped_and_taken() {
        let mut secret = SecretText::default();
        let mut event = Event::Paste("hunter2".into());
        assert!(secret.event(&mut event));
        assert_eq!(event, Event::Paste(String::new()));
        assert!(secret.event(&mut Event::Copy), "nothing else may copy while it has the focus");
        let enter = Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        assert!(!secret.event(&mut enter.clone()), "Enter belongs to the form");
        assert_eq!(secret.passphrase().expose(), "hunter2");
    }
}
