//! The palette: every command by its name, and keys by theirs.

use egui::{Context, Id, Key, Modal, Modifiers, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::actions::{Action, TABLE};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{Role, Theme, size};
use crate::desktop::widgets::paint;
use crate::model::KeyId;
use crate::model::name::shown;

/// Keys offered beside commands.
const MOST_KEYS: usize = 8;

/// The palette while it is open.
#[derive(Default)]
pub struct Palette {
    typed: String,
    chosen: usize,
}

enum Item {
    Do(Action, Result<(), String>),
    Key(KeyId, String),
}

impl Palette {
    /// Draws it; true when it is to close.
    pub fn ui(&mut self, ctx: &Context, view: &mut View<'_>) -> bool {
        let theme = if ctx.global_style().visuals.dark_mode { Theme::dark() } else { Theme::light() };
        let frame = egui::Frame::new()
            .fill(theme.raised)
            .stroke(Stroke::new(1.0, theme.line))
            .shadow(theme.dialog_shadow())
            .corner_radius(size::RADIUS_DIALOG)
            .inner_margin(egui::Margin::same(8));
        let items = self.items(view);
        self.chosen = self.chosen.min(items.len().saturating_sub(1));
        let mut done = self.keys(ctx, &items, view);
        let modal = Modal::new(Id::unique("palette")).backdrop_color(theme.dim).frame(frame).show(ctx, |ui| {
            ui.set_width(size::DIALOG);
            ui.spacing_mut().item_spacing.y = 0.0;
            let id = Id::unique("palette-field");
            let before = self.typed.clone();
            let width = ui.available_width();
            let keys = Action::Palette.entry().shortcut.map(|keys| keys.text()).unwrap_or_default();
            crate::desktop::widgets::search_field(ui, id, &mut self.typed, "Find a command or a key", &keys, width);
            ui.memory_mut(|memory| memory.request_focus(id));
            if self.typed != before {
                self.chosen = 0;
            }
            ui.add_space(8.0);
            ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
                for (number, item) in items.iter().enumerate() {
                    if item_ui(ui, theme, item, number == self.chosen).clicked() {
                        done |= act(item, view);
                    }
                }
                if items.is_empty() {
                    Role::Body.line(ui, theme.text3, format!("No command and no key is called “{}”.", self.typed.trim()));
                }
            });
        });
        done || modal.should_close()
    }

    fn items(&self, view: &View<'_>) -> Vec<Item> {
        let wanted = self.typed.trim().to_lowercase();
        let fits = |text: &str| wanted.split_whitespace().all(|word| text.to_lowercase().contains(word));
        let commands = TABLE.iter().filter(|entry| entry.action != Action::Palette);
        let mut items: Vec<Item> = commands
            .filter(|entry| fits(&format!("{} {}", entry.name, entry.tooltip)))
            .map(|entry| Item::Do(entry.action, entry.enabled(&view.desk.context)))
            .collect();
        // What cannot be done now stands last, with its reason.
        items.sort_by_key(|item| matches!(item, Item::Do(_, Err(_))));
        if wanted.len() > 1 {
            let keys = view.desk.inventory.keys().iter().filter(|key| key.name.to_lowercase().contains(&wanted));
            items.extend(keys.take(MOST_KEYS).map(|key| Item::Key(key.id, shown(&key.name).into_owned())));
        }
        items
    }

    fn keys(&mut self, ctx: &Context, items: &[Item], view: &mut View<'_>) -> bool {
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.chosen = (self.chosen + 1).min(items.len().saturating_sub(1));
        }
        if pressed(Key::ArrowUp) {
            self.chosen = self.chosen.saturating_sub(1);
        }
        let entered = pressed(Key::Enter);
        let taken = entered && items.get(self.chosen).is_some_and(|item| act(item, view));
        pressed(Key::Escape) || taken
    }
}

/// Takes an item; true unless it cannot be done now.
fn act(item: &Item, view: &mut View<'_>) -> bool {
    match item {
        Item::Do(action, Ok(())) => view.asks.act(*action),
        Item::Do(_, Err(_)) => return false,
        Item::Key(id, _) => view.asks.push(Ask::ShowKey(*id)),
    }
    true
}

fn item_ui(ui: &mut Ui, theme: &Theme, item: &Item, chosen: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::CLICK);
    let (icon, name, aside, enabled) = match item {
        Item::Do(action, Ok(())) => {
            let entry = action.entry();
            let keys = entry.shortcut.map(|keys| keys.text()).unwrap_or_default();
            (Icon::of_action(entry.icon), entry.name, keys, true)
        }
        Item::Do(action, Err(reason)) => (Icon::of_action(action.entry().icon), action.entry().name, reason.clone(), false),
        Item::Key(_, name) => (Icon::Key, name.as_str(), "Show the key".to_owned(), true),
    };
    response.widget_info(|| WidgetInfo::selected(Access::MenuItem, enabled, chosen, format!("{name}, {aside}")));
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), if chosen { theme.selected } else { theme.tag });
    }
    if chosen {
        response.scroll_to_me(None);
    }
    let ink = if enabled { theme.text } else { theme.text3 };
    icon.paint(
        ui.painter(),
        pos2(rect.left() + 20.0, rect.center().y),
        size::ICON,
        if enabled { theme.text2 } else { theme.text3 },
    );
    let name = paint::galley_cut(ui.painter(), Role::Body, ink, name, rect.width() * 0.5);
    let end = paint::place(ui.painter(), name, rect.left() + 40.0, rect.center().y);
    let aside = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &aside, rect.right() - end - 28.0);
    let at = rect.right() - 12.0 - aside.size().x;
    paint::place(ui.painter(), aside, at, rect.center().y);
    response
}
