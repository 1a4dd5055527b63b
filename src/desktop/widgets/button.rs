//! Buttons: primary, secondary, danger, ghost; icon buttons, links and filter chips with a chevron.

use egui::{Color32, Rect, Response, Role as Access, Sense, Ui, Widget, WidgetInfo, pos2, vec2};

use super::{Tooltips, paint};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};

#[derive(Debug, Copy, Clone, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    Danger,
    Ghost,
}

/// A button with words. Secondary unless told otherwise.
#[must_use = "add it to a Ui"]
pub struct Button<'a> {
    text: &'a str,
    kind: Kind,
    icon: Option<Icon>,
    chevron: bool,
    shortcut: Option<&'a str>,
    small: bool,
    tight: bool,
    min_width: f32,
    refused: Option<&'a str>,
}

impl<'a> Button<'a> {
    /// A secondary button: raised, with a line.
    pub fn new(text: &'a str) -> Self {
        let kind = Kind::Secondary;
        Self { text, kind, icon: None, chevron: false, shortcut: None, small: false, tight: false, min_width: 0.0, refused: None }
    }

    /// The one next step of a view.
    pub fn primary(text: &'a str) -> Self {
        Self { kind: Kind::Primary, ..Self::new(text) }
    }

    /// Destroys something.
    pub fn danger(text: &'a str) -> Self {
        Self { kind: Kind::Danger, ..Self::new(text) }
    }

    /// Words only, a ground under the pointer.
    pub fn ghost(text: &'a str) -> Self {
        Self { kind: Kind::Ghost, ..Self::new(text) }
    }

    /// With an icon before the words.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Opens a menu: a chevron after the words.
    pub fn chevron(mut self) -> Self {
        self.chevron = true;
        self
    }

    /// Shows the keys that do the same.
    pub fn shortcut(mut self, keys: &'a str) -> Self {
        self.shortcut = Some(keys);
        self
    }

    /// 28 high.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Small, with hardly any room around its words: four of them stand side by side in the inspector.
    pub fn tight(mut self) -> Self {
        (self.small, self.tight) = (true, true);
        self
    }

    /// At least this wide.
    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// Disabled with the reason, which its tooltip and screen readers give.
    pub fn refused(mut self, reason: Option<&'a str>) -> Self {
        self.refused = reason;
        self
    }

    fn colours(&self, theme: &Theme, response: &Response) -> (Color32, Color32, Color32) {
        let (hovered, pressed) = (response.hovered(), response.is_pointer_button_down_on());
        if self.refused.is_some() {
            let fill = if self.kind == Kind::Ghost { Color32::TRANSPARENT } else { theme.sunken };
            let line = if self.kind == Kind::Ghost { Color32::TRANSPARENT } else { theme.line_soft };
            return (fill, line, theme.text3);
        }
        match self.kind {
            Kind::Primary if hovered || pressed => (theme.accent_pressed, theme.accent_pressed, theme.on_accent),
            Kind::Primary => (theme.accent, theme.accent, theme.on_accent),
            Kind::Danger => (theme.danger, theme.danger, theme.on_accent),
            Kind::Secondary if hovered || pressed => (theme.tag, theme.line, theme.text),
            Kind::Secondary => (theme.raised, theme.line, theme.text),
            Kind::Ghost if hovered || pressed => (theme.tag, theme.tag, theme.text),
            Kind::Ghost => (Color32::TRANSPARENT, Color32::TRANSPARENT, theme.text2),
        }
    }

    /// Width of the icon, and the gap after it.
    const fn icon_room(&self) -> (f32, f32) {
        if self.tight { (size::ICON_DETAIL, 5.0) } else { (size::ICON, 8.0) }
    }

    fn width(&self, text: f32, keys: f32) -> f32 {
        let (wide, gap) = self.icon_room();
        let icon = if self.icon.is_some() { wide + gap } else { 0.0 };
        let chevron = if self.chevron { 6.0 + size::ICON_DETAIL } else { 0.0 };
        let keys = if self.shortcut.is_some() { keys + 22.0 } else { 0.0 };
        icon + text + chevron + keys
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui);
        let role = if self.small { Role::SmallMedium } else { Role::BodyMedium };
        let painter = ui.painter().clone();
        let text = paint::galley(&painter, role, Color32::PLACEHOLDER, self.text);
        let keys = paint::galley(&painter, Role::Caption, Color32::PLACEHOLDER, self.shortcut.unwrap_or_default());
        let content = self.width(text.size().x, keys.size().x);
        let pad = match self.small || self.kind == Kind::Ghost {
            _ if self.tight => 5.0,
            true => 8.0,
            false => 12.0,
        };
        let height = if self.small { size::CONTROL_SMALL } else { size::CONTROL };
        let wanted = vec2((content + 2.0 * pad).ceil().max(self.min_width), height);
        let sense = if self.refused.is_some() { Sense::hover() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(wanted, sense);
        response.widget_info(|| WidgetInfo::labeled(Access::Button, self.refused.is_none(), self.text));
        let (fill, line, ink) = self.colours(theme, &response);
        paint::boxed(&painter, rect, size::RADIUS, fill, line);
        paint::focus_ring(ui, &response, rect, size::RADIUS);
        let middle = rect.center().y;
        let mut x = rect.center().x - content / 2.0;
        if let Some(icon) = self.icon {
            let (wide, gap) = self.icon_room();
            icon.paint(&painter, pos2(x + wide / 2.0, middle), wide, ink);
            x += wide + gap;
        }
        let width = text.size().x;
        painter.galley(pos2(x, middle - text.size().y / 2.0), text, ink);
        x += width;
        if self.chevron {
            Icon::CaretDown.paint(&painter, pos2(x + 13.0, middle), 12.0, ink);
        }
        if self.shortcut.is_some() {
            let chip = Rect::from_min_size(pos2(x + 10.0, middle - 9.0), vec2(keys.size().x + 12.0, 18.0));
            let ground = if self.kind == Kind::Primary { ink.gamma_multiply(0.18) } else { theme.sunken };
            painter.rect_filled(chip, f32::from(size::RADIUS_TAG), ground);
            painter.galley(pos2(chip.left() + 6.0, middle - keys.size().y / 2.0), keys, ink);
        }
        explain(response, self.refused)
    }
}

fn explain(response: Response, reason: Option<&str>) -> Response {
    let Some(reason) = reason else { return response };
    response.ctx.accesskit_node_builder(response.id, |node| node.set_description(reason));
    response.tooltip(reason)
}

/// A square button of 28 with an icon only; `name` is its tooltip and what screen readers say.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Access::Button, true, name));
    if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.tag);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    icon.paint(ui.painter(), rect.center(), size::ICON, theme.text2);
    response.tooltip(name)
}

/// The same with a line around it, 32 high, beside buttons with words.
pub fn boxed_icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(size::CONTROL, size::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Access::Button, true, name));
    paint::boxed(ui.painter(), rect, size::RADIUS, if response.hovered() { theme.tag } else { theme.raised }, theme.line);
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    icon.paint(ui.painter(), rect.center(), size::ICON, theme.text2);
    response.tooltip(name)
}

/// A link in the accent's colour, optionally with an icon after it.
pub fn link(ui: &mut Ui, text: &str, after: Option<Icon>) -> Response {
    let theme = theme::of(ui);
    let galley = paint::galley(ui.painter(), Role::SmallMedium, theme.accent_text, text);
    let width = galley.size().x + if after.is_some() { 20.0 } else { 0.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CHIP), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Access::Link, true, text));
    let end = paint::place(ui.painter(), galley, rect.left(), rect.center().y);
    if response.hovered() {
        ui.painter().hline(rect.left()..=end, rect.center().y + 7.5, (1.0, theme.accent_text));
    }
    if let Some(icon) = after {
        icon.paint(ui.painter(), pos2(end + 12.0, rect.center().y), size::ICON_DETAIL, theme.accent_text);
    }
    paint::focus_ring(ui, &response, rect.expand(2.0), size::RADIUS_TAG);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A filter chip that opens a menu: “State ∨”. `chosen` says that it narrows the view.
pub fn menu_chip(ui: &mut Ui, text: &str, chosen: bool) -> Response {
    let theme = theme::of(ui);
    let ink = if chosen { theme.accent_text } else { theme.text2 };
    let galley = paint::galley(ui.painter(), Role::SmallMedium, ink, text);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 38.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::Button, true, chosen, text));
    let fill = match (chosen, response.hovered()) {
        (true, _) => theme.selected,
        (false, true) => theme.tag,
        (false, false) => theme.panel,
    };
    paint::boxed(ui.painter(), rect, 12, fill, if chosen { theme.accent } else { theme.line });
    paint::focus_ring(ui, &response, rect, 12);
    let end = paint::place(ui.painter(), galley, rect.left() + 11.0, rect.center().y);
    Icon::CaretDown.paint(ui.painter(), pos2(end + 12.0, rect.center().y), 12.0, ink);
    response
}
