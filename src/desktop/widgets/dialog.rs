//! Dialogs over the dimmed window, drawers at its right edge, menus.

use egui::{
    Align, Area, Context, CornerRadius, Event, Frame, Id, Key, LayerId, Layout, Margin, Modal, Modifiers, Order, Popup, Rect,
    Response, Sense, Stroke, Ui, pos2, vec2,
};
use egui::{Role as Access, WidgetInfo};

use super::{Button, Tooltips, button, paint, paint_glyph};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::model::State;

/// What a person did with a dialog.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum DialogAnswer {
    /// Esc, the cross, or the safe button.
    Cancel,
    /// The other button, or Ctrl+Enter.
    Confirm,
    /// The button in the head.
    Extra,
}

impl DialogAnswer {
    /// It is to be done.
    pub const fn confirms(answer: Option<Self>, refused: Option<&str>) -> bool {
        matches!((answer, refused), (Some(Self::Confirm), None))
    }
}

/// What a dialog is about: an icon before the title, and the facts of the key under it.
#[derive(Debug, Copy, Clone)]
pub struct Lead<'a> {
    /// Stands on a tile.
    pub icon: Icon,
    /// Before the facts, where it is one key.
    pub state: Option<State>,
    /// “TLS server, RSA 2048, 2 versions”.
    pub facts: &'a str,
}

/// A dialog: title, content, a foot with a note at the left and two buttons at the right.
#[must_use = "show it"]
pub struct Dialog<'a> {
    /// Tells dialogs apart.
    pub id: &'a str,
    /// 20/24.
    pub title: &'a str,
    /// [`size::DIALOG`] or [`size::DIALOG_WIDE`].
    pub width: f32,
    /// Stands at the left of the foot.
    pub note: &'a str,
    /// The safe button; none where it is empty.
    pub cancel: &'a str,
    /// The button that does it; none where it is empty.
    pub confirm: &'a str,
    /// It cannot be undone: the button is red, and Ctrl+Enter does not press it.
    pub danger: bool,
    /// What it is about, where that is a key.
    pub lead: Option<Lead<'a>>,
    /// A button in the head, or in the foot under a lead, that leads to another form of the dialog.
    pub extra: Option<(Icon, &'a str)>,
    /// Why it cannot be confirmed yet.
    pub refused: Option<&'a str>,
}

impl Default for Dialog<'_> {
    /// Of the usual width, with “Cancel” at its foot, and nothing that cannot be undone.
    fn default() -> Self {
        Self {
            id: "",
            title: "",
            width: size::DIALOG,
            note: "",
            cancel: "Cancel",
            confirm: "",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        }
    }
}

impl Dialog<'_> {
    /// Draws it; the content scrolls where the window is too low. While it is open nothing behind it
    /// takes clicks or focus.
    pub fn show<R>(self, ctx: &Context, content: impl FnOnce(&mut Ui) -> R) -> (Option<DialogAnswer>, R) {
        let theme = if ctx.global_style().visuals.dark_mode { Theme::dark() } else { Theme::light() };
        let frame = Frame::new()
            .fill(theme.raised)
            .stroke(Stroke::new(1.0, theme.line))
            .shadow(theme.dialog_shadow())
            .corner_radius(size::RADIUS_DIALOG);
        let id = Id::unique(("dialog", self.id));
        let room = ctx.content_rect().height() - 32.0;
        greet(ctx, id);
        // Taken before the content is drawn: what has the focus there would take Enter for itself, and a box that was
        // just checked would be unchecked by what confirms it.
        let confirms = !self.danger && confirmed(ctx, id, self.refused);
        let modal = Modal::new(id).backdrop_color(theme.dim).frame(frame).show(ctx, |ui| {
            ui.set_width(self.width);
            ui.spacing_mut().item_spacing = vec2(8.0, 0.0);
            ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
                node.set_role(Access::Dialog);
                node.set_label(self.title);
            });
            let mut answer = self.head_ui(ui);
            let inner = egui::ScrollArea::vertical().max_height(room - self.head_height() - 72.0).show(ui, |ui| {
                Frame::new().inner_margin(Margin { left: 24, right: 24, top: 4, bottom: 20 }).show(ui, |ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                    ui.set_width(self.width - 48.0);
                    content(ui)
                })
            });
            answer = self.foot_ui(ui).or(answer);
            (answer, inner.inner.inner)
        });
        paint::focus_taken(ctx);
        centre_anew(ctx, id, modal.response.rect.size());
        // A click beside the dialog must not lose what was typed, so only Esc closes.
        let top = modal.is_top_modal && !modal.any_popup_open;
        let (mut answer, inner) = modal.inner;
        if top && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            answer = Some(DialogAnswer::Cancel);
        }
        if top && confirms {
            answer = Some(DialogAnswer::Confirm);
        }
        (answer, inner)
    }

    /// A lead stands on a second line.
    const fn head_height(&self) -> f32 {
        if self.lead.is_some() { 76.0 } else { 60.0 }
    }

    fn head_ui(&self, ui: &mut Ui) -> Option<DialogAnswer> {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, self.head_height()), Sense::hover());
        let middle = rect.top() + 34.0;
        let indent = self.lead.map_or(0.0, |lead| {
            lead_ui(ui, rect, lead, self.danger);
            48.0
        });
        let title = paint::galley_cut(ui.painter(), Role::Title, theme.text, self.title, self.width - 96.0 - indent);
        paint::place(ui.painter(), title, rect.left() + size::DIALOG_INSET + indent, middle);
        let cross = Rect::from_center_size(pos2(rect.right() - 31.0, middle), vec2(28.0, 28.0));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(cross));
        let mut answer = button::icon_button(&mut child, Icon::Close, "Close").clicked().then_some(DialogAnswer::Cancel);
        if let Some((icon, text)) = self.extra.filter(|_| self.lead.is_none()) {
            let room = Rect::from_min_max(pos2(rect.left(), middle - 16.0), pos2(cross.left() - 8.0, middle + 16.0));
            let layout = Layout::right_to_left(Align::Center);
            let mut child = ui.new_child(egui::UiBuilder::new().max_rect(room).layout(layout));
            if child.add(Button::ghost(text).small().icon(icon)).clicked() {
                answer = Some(DialogAnswer::Extra);
            }
        }
        answer
    }

    fn foot_ui(&self, ui: &mut Ui) -> Option<DialogAnswer> {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, 64.0), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme.line_soft));
        let inner = rect.shrink2(vec2(size::DIALOG_INSET, 16.0));
        let layout = Layout::right_to_left(Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
        let mut answer = None;
        let confirm =
            if self.danger { Button::danger(self.confirm) } else { Button::primary(self.confirm).shortcut("Ctrl Enter") };
        if !self.confirm.is_empty() && child.add(confirm.refused(self.refused)).clicked() {
            answer = Some(DialogAnswer::Confirm);
        }
        if !self.cancel.is_empty() && child.add(Button::new(self.cancel)).clicked() {
            answer = Some(DialogAnswer::Cancel);
        }
        if let Some((icon, text)) = self.extra.filter(|_| self.lead.is_some()) {
            let layout = Layout::left_to_right(Align::Center);
            let mut left = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
            if left.add(Button::ghost(text).icon(icon)).clicked() {
                answer = Some(DialogAnswer::Extra);
            }
        } else if !self.note.is_empty() {
            let room = child.available_width() - 28.0;
            let note = paint::galley_cut(ui.painter(), Role::Small, theme.text3, self.note, room);
            Icon::Info.paint(ui.painter(), pos2(inner.left() + 7.0, inner.center().y), size::ICON_DETAIL, theme.text3);
            let at = Rect::from_min_size(pos2(inner.left() + 20.0, inner.center().y - 8.0), note.size());
            let cut = note.elided;
            paint::place(ui.painter(), note, at.left(), inner.center().y);
            // What is only painted would be told to nobody who listens.
            let response = ui.interact(at, ui.unique_id().with("note"), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Access::Label, true, self.note));
            if cut {
                response.tooltip(self.note);
            }
        }
        answer
    }
}

/// Tile, state and facts in the head.
fn lead_ui(ui: &Ui, rect: Rect, lead: Lead<'_>, danger: bool) {
    let theme = theme::of(ui);
    let tile = Rect::from_min_size(rect.min + vec2(size::DIALOG_INSET, 20.0), vec2(36.0, 36.0));
    let (ground, ink) = if danger { (theme.critical().tint, theme.critical().ink) } else { (theme.sunken, theme.text2) };
    ui.painter().rect_filled(tile, f32::from(size::RADIUS), ground);
    lead.icon.paint(ui.painter(), tile.center(), size::ICON_CARD, ink);
    let (mut left, middle) = (tile.right() + 12.0, rect.top() + 56.0);
    if let Some(state) = lead.state {
        paint_glyph(ui.painter(), theme, pos2(left + 6.0, middle), state, theme.raised);
        let word = paint::galley(ui.painter(), Role::SmallMedium, theme.text2, state.name());
        left = paint::place(ui.painter(), word, left + 18.0, middle) + 12.0;
    }
    let facts = paint::galley_cut(ui.painter(), Role::Small, theme.text3, lead.facts, rect.right() - left - 24.0);
    let at = Rect::from_min_size(pos2(left, middle - 8.0), facts.size());
    paint::place(ui.painter(), facts, left, middle);
    let response = ui.interact(at, ui.unique_id().with("facts"), Sense::hover());
    let state = lead.state.map(|state| format!("{}, ", state.name())).unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{state}{}", lead.facts)));
}

/// Whether Ctrl+Enter confirms in this frame what is `refused` or not.
///
/// Letters that come in one frame with it are in no field yet, so nobody can say whether what they make can be confirmed:
/// it then counts in the next frame, which knows. What was refused before it, and got no letter, stays refused.
pub fn confirmed(ctx: &Context, id: Id, refused: Option<&str>) -> bool {
    let (id, frame) = (id.with("confirmed"), ctx.cumulative_frame_nr());
    // Taken out, so that a frame drawn in two passes confirms once.
    let kept = ctx.data_mut(|data| data.remove_temp::<u64>(id)).is_some_and(|kept| kept + 1 == frame);
    let typed = ctx.input(|input| input.events.iter().any(types));
    let pressed = ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    if pressed && typed {
        ctx.data_mut(|data| data.insert_temp(id, frame));
        ctx.request_repaint();
    }
    refused.is_none() && (kept || pressed && !typed)
}

/// It may change what a field says.
fn types(event: &Event) -> bool {
    match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(_) => true,
        Event::Key { key, pressed, .. } => *pressed && *key != Key::Enter,
        _ => false,
    }
}

/// A dialog that was not there a frame ago gives the focus to its first field.
fn greet(ctx: &Context, id: Id) {
    let frame = ctx.cumulative_frame_nr();
    let last = ctx.data(|data| data.get_temp::<u64>(id));
    ctx.data_mut(|data| data.insert_temp(id, frame));
    if last.is_none_or(|last| last + 1 < frame) {
        paint::offer_focus(ctx);
    }
}

/// What grew or shrank is centred only in the frame after, so there has to be one.
fn centre_anew(ctx: &Context, id: Id, size: egui::Vec2) {
    let id = id.with("size");
    let last = ctx.data(|data| data.get_temp::<egui::Vec2>(id));
    if last != Some(size) {
        ctx.data_mut(|data| data.insert_temp(id, size));
        ctx.request_repaint();
    }
}

/// A drawer over the right edge of `area`; true when it is sent away with Esc.
pub fn drawer(ctx: &Context, id: &str, area: Rect, width: f32, content: impl FnOnce(&mut Ui)) -> bool {
    let theme = if ctx.global_style().visuals.dark_mode { Theme::dark() } else { Theme::light() };
    let id = Id::unique(("drawer", id));
    let share = ctx.animate_bool_with_time(id, true, theme::motion(ctx, 0.16));
    let rect = Rect::from_min_max(
        pos2(area.right() - width * share, area.top()),
        area.right_bottom() + vec2(width * (1.0 - share), 0.0),
    );
    Area::new(id).order(Order::Middle).fixed_pos(rect.min).constrain(false).show(ctx, |ui| {
        ui.set_clip_rect(ctx.content_rect());
        ui.painter().add(theme.drawer_shadow().as_shape(rect, CornerRadius::ZERO));
        ui.painter().rect_filled(rect, 0.0, theme.panel);
        ui.painter().vline(rect.left(), rect.y_range(), Stroke::new(1.0, theme.line));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        content(&mut child);
        ui.allocate_rect(rect, Sense::hover());
    });
    // With a dialog over it, Esc is the dialog's.
    let on_top = ctx.memory(|memory| memory.allows_interaction(LayerId::new(Order::Middle, id)));
    on_top && !Popup::is_any_open(ctx) && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}

/// A menu under the button that was pressed.
pub fn menu(button: &Response, content: impl FnOnce(&mut Ui)) {
    Popup::menu(button).gap(4.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        content(ui);
    });
}

/// One item of a menu with a hint at the right.
pub fn menu_item(ui: &mut Ui, text: &str, hint: &str, chosen: bool) -> Response {
    let theme = theme::of(ui);
    let text_galley = paint::galley(ui.painter(), Role::Body, theme.text, text);
    let hint_galley = paint::galley(ui.painter(), Role::Small, theme.text3, hint);
    let wanted = text_galley.size().x + hint_galley.size().x + 48.0;
    let (rect, response) = ui.allocate_exact_size(vec2(wanted.max(ui.available_width()), 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Access::MenuItem, true, chosen, text));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.tag);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    paint::place(ui.painter(), text_galley, rect.left() + 12.0, rect.center().y);
    let at = rect.right() - 12.0 - hint_galley.size().x;
    paint::place(ui.painter(), hint_galley, at, rect.center().y);
    if chosen {
        Icon::Check.paint(ui.painter(), pos2(rect.right() - 16.0, rect.center().y), 14.0, theme.accent_text);
    }
    response
}

/// One that cannot be chosen, with the reason at the right.
pub fn menu_item_refused(ui: &mut Ui, text: &str, reason: &str) -> Response {
    let theme = theme::of(ui);
    let text_galley = paint::galley(ui.painter(), Role::Body, theme.text3, text);
    let reason_galley = paint::galley(ui.painter(), Role::Small, theme.text3, reason);
    let wanted = text_galley.size().x + reason_galley.size().x + 48.0;
    let (rect, response) = ui.allocate_exact_size(vec2(wanted.max(ui.available_width()), 28.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Access::MenuItem, false, format!("{text}: {reason}")));
    paint::place(ui.painter(), text_galley, rect.left() + 12.0, rect.center().y);
    let at = rect.right() - 12.0 - reason_galley.size().x;
    paint::place(ui.painter(), reason_galley, at, rect.center().y);
    response
}
