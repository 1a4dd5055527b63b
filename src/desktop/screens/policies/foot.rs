//! What the drafts would do to keys, and the buttons that save them or drop them.

use egui::{Align, Frame, Layout, Margin, Panel, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Policies;
use super::preview::Marked;
use crate::desktop::desk::{Ask, View};
use crate::desktop::figures::complaint;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, confirmed, paint};
use crate::model::name::shown;
use crate::model::{Breach, Command, Policy, Purpose};

/// Keys that show before the list scrolls.
const ROWS: f32 = 4.5;
/// Height of sentence and buttons.
const BAR: f32 = 56.0;

impl Policies {
    pub(super) fn foot_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let changed = self.changed(view.desk).count();
        let trouble = self.trouble(view);
        // Asked for also while nothing changed: the first figure typed may come together with it.
        let saves = super::on_top(ui) && confirmed(ui.ctx(), ui.unique_id().with("save"), None);
        if changed == 0 {
            return;
        }
        let theme = theme::of(ui);
        let listed = if trouble.is_some() { 0 } else { self.preview.changed.len() };
        let list = if listed == 0 { 0.0 } else { (listed as f32).min(ROWS) * size::ROW_COMPACT + 18.0 };
        let frame = Frame::new().fill(theme.window);
        Panel::bottom("policies-foot").exact_size(BAR + list).resizable(false).frame(frame).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            self.bar_ui(ui, view, (changed, saves), trouble);
            if listed > 0 {
                Frame::new()
                    .inner_margin(Margin { left: 16, right: 16, top: 0, bottom: 12 })
                    .show(ui, |ui| self.keys_ui(ui, view));
            }
        });
    }

    /// What keeps the drafts from being saved: figure and reason.
    fn trouble(&self, view: &View<'_>) -> Option<(String, String)> {
        self.changed(view.desk).find_map(|(purpose, draft)| {
            let error = draft.trouble()?;
            let figure = error.figure().map_or("A figure", crate::model::Figure::name);
            let of = if purpose == self.chosen { String::new() } else { format!(" of {}", purpose.name()) };
            Some((format!("{figure}{of}."), complaint(&error)))
        })
    }

    fn bar_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, (changed, saves): (usize, bool), trouble: Option<(String, String)>) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
        let inner = rect.shrink2(vec2(16.0, 0.0));
        let mut right = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
        right.spacing_mut().item_spacing.x = 8.0;
        let refused = match &trouble {
            Some((figure, reason)) => Some(format!("{figure} {reason}")),
            None => view.desk.context.can_change().err(),
        };
        let text = if changed == 1 { "Save".to_owned() } else { format!("Save {changed} policies") };
        let save = right.add(Button::primary(&text).shortcut("Ctrl Enter").refused(refused.as_deref())).clicked();
        if right.add(Button::new("Revert")).clicked() {
            self.drafts.clear();
            self.editing = None;
            self.touched(ui);
        }
        let marks = self.preview.new > 0;
        let (icon, ink, strong, rest) = if let Some((figure, reason)) = trouble {
            (Icon::Warning, theme.critical().ink, figure, reason)
        } else if marks {
            (Icon::Warning, theme.warning().ink, self.preview.sentence(), String::new())
        } else {
            (Icon::ShieldCheck, theme.text2, self.preview.sentence(), String::new())
        };
        let room = right.available_width() - 8.0;
        let mut job = Role::job(&[(Role::BodyStrong, theme.text, &strong), (Role::Body, theme.text2, &format!(" {rest}"))]);
        job.wrap.max_width = room - 24.0;
        let words = ui.painter().layout_job(job);
        let at = egui::Rect::from_min_size(inner.min, vec2(room, BAR));
        let response = ui.interact(at, ui.unique_id().with("would"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{strong} {rest}").trim()));
        icon.paint(ui.painter(), pos2(inner.left() + 8.0, rect.center().y), size::ICON, ink);
        let top = rect.center().y - words.size().y / 2.0;
        ui.painter().galley(pos2(inner.left() + 24.0, top), words, theme.text);
        if (save || saves) && refused.is_none() {
            self.save(view);
        }
    }

    /// Asks for every changed policy at once; the drafts go when what they say holds.
    fn save(&mut self, view: &mut View<'_>) {
        self.editing = None;
        let changed = self.changed(view.desk).map(|(purpose, draft)| (purpose, draft.policy().clone()));
        let policies: Vec<(Purpose, Policy)> = changed.collect();
        let told = match &policies[..] {
            [(purpose, _)] => format!("The policy of {} is saved. Ctrl Z takes it back.", purpose.name()),
            all => format!("{} policies are saved. Ctrl Z takes them back.", all.len()),
        };
        view.asks.push(Ask::Run(Command::SetPolicies(policies), told));
    }

    /// The keys whose mark would change.
    fn keys_ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        let theme = theme::of(ui);
        let frame = Frame::new().fill(theme.panel).stroke(Stroke::new(1.0, theme.line)).corner_radius(size::RADIUS);
        frame.inner_margin(Margin::same(1)).show(ui, |ui| {
            let count = self.preview.changed.len();
            let scroll = ScrollArea::vertical().auto_shrink(false).id_salt("would-mark");
            scroll.show_rows(ui, size::ROW_COMPACT, count, |ui, rows| {
                for marked in &self.preview.changed[rows] {
                    key_ui(ui, view, marked);
                }
            });
        });
    }
}

fn key_ui(ui: &mut Ui, view: &mut View<'_>, marked: &Marked) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW_COMPACT), Sense::click());
    let name = view.desk.inventory.key(marked.key).map_or_else(String::new, |key| shown(&key.name).into_owned());
    let (says, ink) = if marked.breaks.is_empty() {
        ("No longer marked.".to_owned(), theme.good().ink)
    } else {
        (marked.breaks.iter().map(|breach: &Breach| breach.sentence()).collect::<Vec<_>>().join(" "), theme.warning().ink)
    };
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{name}: {says}")));
    if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), theme.hover);
    }
    paint::focus_ring(ui, &response, rect.shrink(1.0), size::RADIUS);
    let (column, middle) = ((rect.width() * 0.32).min(220.0), rect.center().y);
    let name = paint::galley_cut(ui.painter(), Role::Body, theme.text, &name, column - 20.0);
    paint::place(ui.painter(), name, rect.left() + 12.0, middle);
    let words = paint::galley_cut(ui.painter(), Role::Small, ink, &says, rect.right() - rect.left() - column - 40.0);
    paint::place(ui.painter(), words, rect.left() + column, middle);
    Icon::ArrowRight.paint(ui.painter(), pos2(rect.right() - 16.0, middle), 12.0, theme.text3);
    if response.clicked() {
        view.asks.push(Ask::ShowKey(marked.key));
    }
}
