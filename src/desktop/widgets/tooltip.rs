//! What hangs at the pointer over a widget: its name, why it is refused, the whole of what was cut.

use egui::{Response, Ui, WidgetText};

/// The only way to a tooltip: nothing may hang over a dialog, and egui keeps one that is open when a dialog comes by
/// a key, since the pointer has not moved.
#[expect(clippy::return_self_not_must_use, reason = "with the tooltip most widgets are done")]
pub trait Tooltips {
    /// A line of text, which screen readers say too: as the description, or as the name where it has none.
    fn tooltip(self, text: impl Into<WidgetText>) -> Self;
    /// Several lines, below the widget.
    fn tooltip_of(self, content: impl FnOnce(&mut Ui)) -> Self;
    /// Several lines, at the pointer: for what is as wide as the window.
    fn tooltip_at_pointer(self, content: impl FnOnce(&mut Ui)) -> Self;
}

impl Tooltips for Response {
    fn tooltip(self, text: impl Into<WidgetText>) -> Self {
        if reached(&self) { self.on_hover_text(text) } else { self }
    }

    fn tooltip_of(self, content: impl FnOnce(&mut Ui)) -> Self {
        if reached(&self) { self.on_hover_ui(content) } else { self }
    }

    fn tooltip_at_pointer(self, content: impl FnOnce(&mut Ui)) -> Self {
        if reached(&self) { self.on_hover_ui_at_pointer(content) } else { self }
    }
}

/// Not behind a dialog.
fn reached(response: &Response) -> bool {
    response.ctx.memory(|memory| memory.allows_interaction(response.layer_id))
}
