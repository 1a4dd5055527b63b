//! The figures of the chosen purpose: value, where it comes from, and the editor in its place.

use egui::{Align, Frame, Layout, Margin, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::list::counts;
use super::{FigureFacts, Policies};
use crate::desktop::desk::{Ask, View};
use crate::desktop::figures::{editor_ui, title};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Tone, Tooltips, bare_combo, icon_button, icon_tile, link, paint};
use crate::model::{Figure, Profile, profile};

/// Height of the head.
const HEAD: f32 = 84.0;
/// Below this width where a figure comes from stands under its value.
const ROOMY: f32 = 700.0;
/// From the left edge to the values.
const VALUES: f32 = 192.0;

/// Where the columns begin and end.
#[derive(Debug, Copy, Clone)]
struct Columns {
    value: f32,
    clause: f32,
    end: f32,
    roomy: bool,
}

impl Columns {
    fn of(rect: Rect) -> Self {
        let (value, end) = (rect.left() + VALUES, rect.right() - 16.0);
        let roomy = rect.width() >= ROOMY;
        let clause = if roomy { value + (end - value) * 0.52 } else { value };
        Self { value, clause, end, roomy }
    }

    fn value_width(self) -> f32 {
        if self.roomy { self.clause - self.value - 16.0 } else { self.end - self.value - 32.0 }
    }

    fn clause_width(self) -> f32 {
        self.end - self.clause - 32.0
    }
}

impl Policies {
    pub(super) fn figures_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.head_ui(ui, view);
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme.window);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
        let columns = Columns::of(rect);
        let heads = [(rect.left() + 16.0, "Figure"), (columns.value, "Value"), (columns.clause, "Where it comes from")];
        for (left, name) in heads.into_iter().take(if columns.roomy { 3 } else { 2 }) {
            let words = paint::galley(ui.painter(), Role::Caption, theme.text2, name);
            paint::place(ui.painter(), words, left, rect.center().y);
        }
        let facts = std::mem::take(&mut self.figures);
        ScrollArea::vertical().auto_shrink(false).id_salt(("figures", self.chosen)).show(ui, |ui| {
            for fact in &facts {
                if self.editing == Some(fact.figure) {
                    self.open_ui(ui, view, fact);
                } else if closed_ui(ui, fact) {
                    match view.desk.context.can_change() {
                        Ok(()) => self.editing = Some(fact.figure),
                        Err(reason) => view.asks.push(Ask::Tell(Tone::Info, reason)),
                    }
                }
            }
        });
        self.figures = facts;
    }

    fn head_ui(&mut self, ui: &mut Ui, view: &View<'_>) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
        let inner = rect.shrink2(vec2(16.0, 0.0));
        let layout = Layout::right_to_left(Align::Center);
        let mut right = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
        right.spacing_mut().item_spacing.x = 8.0;
        let policy = self.policy(view.desk, self.chosen);
        let (profile, chosen) = (profile::named(&policy.profile), title(policy));
        let offered: Vec<&Profile> = profile::all().iter().filter(|profile| profile.policy(self.chosen).is_some()).collect();
        let words: Vec<&str> = offered.iter().map(|profile| profile.title.as_str()).collect();
        if let Some(index) = bare_combo(&mut right, "Profile", &chosen, &words, 184.0)
            && view.desk.context.can_change().is_ok()
        {
            self.take(ui, view.desk, offered[index], &[self.chosen]);
        }
        Role::SmallMedium.line(&mut right, theme.text2, "Profile");
        let room = right.available_width() - 16.0;
        let mut left = ui.new_child(egui::UiBuilder::new().max_rect(Rect::from_min_size(inner.min, vec2(room, HEAD))));
        left.add_space(16.0);
        left.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            icon_tile(ui, Icon::of_purpose(self.chosen), 40.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                Role::KeyTitle.line(ui, theme.text, self.chosen.name());
                let fact = self.purposes.iter().find(|fact| fact.purpose == self.chosen).map(counts);
                let says = match fact {
                    Some((keys, breaks)) if !breaks.is_empty() => format!("{keys}, {breaks}."),
                    _ => "No key has this purpose yet; those to come follow these figures.".into(),
                };
                let about = profile.map(|profile| format!(" {}", profile.about)).unwrap_or_default();
                let says = says[..1].to_uppercase() + &says[1..];
                Role::Small.label(ui, theme.text2, format!("{says}{about}"));
            });
        });
    }

    /// A figure with its editor.
    fn open_ui(&mut self, ui: &mut Ui, view: &View<'_>, fact: &FigureFacts) {
        let theme = theme::of(ui);
        let columns = Columns::of(ui.available_rect_before_wrap());
        let (purpose, figure) = (self.chosen, fact.figure);
        let mut changed = false;
        let mut done = false;
        let inner = Frame::new().fill(theme.window).inner_margin(Margin { left: 16, right: 16, top: 10, bottom: 12 });
        let response = inner.show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                ui.vertical(|ui| {
                    ui.set_width(VALUES - 16.0);
                    ui.add_space(6.0);
                    Role::BodyMedium.label(ui, theme.text, figure.name());
                });
                ui.vertical(|ui| {
                    ui.set_width(columns.value_width());
                    changed = editor_ui(ui, figure, self.draft(view.desk, purpose));
                    if let Some(before) = &fact.before {
                        ui.add_space(4.0);
                        Role::Small.label(ui, theme.text3, format!("Now {before}"));
                    }
                    if let Some(words) = &fact.profile {
                        ui.add_space(4.0);
                        changed |= self.back_ui(ui, figure, words);
                    }
                });
                ui.add_space(16.0);
                if columns.roomy {
                    ui.vertical(|ui| {
                        ui.set_width(columns.clause_width());
                        ui.add_space(8.0);
                        Role::Small.label(ui, theme.text3, fact.from.clone());
                    });
                }
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    done = icon_button(ui, Icon::CaretUp, &format!("Done with {}", figure.name())).clicked();
                });
            });
        });
        let rect = response.response.rect;
        edge_ui(ui, rect, fact.before.is_some());
        if changed {
            self.touched(ui);
        }
        let sent_away = super::on_top(ui) && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        if done || sent_away {
            self.editing = None;
        }
    }

    /// The way back to the figure of the profile; true when it was taken.
    fn back_ui(&mut self, ui: &mut Ui, figure: Figure, words: &str) -> bool {
        let purpose = self.chosen;
        let shipped = self.drafts.get(&purpose).and_then(|draft| profile::named(&draft.policy().profile)?.policy(purpose));
        let Some(shipped) = shipped else { return false };
        let taken = link(ui, "As the profile", None).tooltip(words).clicked();
        if taken && let Some(draft) = self.drafts.get_mut(&purpose) {
            draft.take(figure, shipped);
        }
        taken
    }
}

/// A figure as it is; true when it was pressed.
fn closed_ui(ui: &mut Ui, fact: &FigureFacts) -> bool {
    let theme = theme::of(ui);
    let columns = Columns::of(ui.available_rect_before_wrap());
    let wrapped = |role: Role, ink, text: &str, width: f32| {
        let mut job = Role::job(&[(role, ink, text)]);
        job.wrap.max_width = width;
        ui.painter().layout_job(job)
    };
    let value = wrapped(Role::Body, theme.text, &fact.value, columns.value_width());
    let clause = wrapped(Role::Small, theme.text3, &fact.from, columns.clause_width());
    let (second, ink) = match (&fact.wrong, &fact.before) {
        (Some(wrong), _) => (wrong.clone(), theme.critical().ink),
        (None, Some(before)) => (format!("Now {before}"), theme.text3),
        (None, None) => (String::new(), theme.text3),
    };
    let below = wrapped(Role::Small, ink, &second, columns.value_width());
    let under = if second.is_empty() { 0.0 } else { below.size().y };
    let mut tall = value.size().y + under;
    if !columns.roomy {
        tall += clause.size().y;
    }
    let tall = tall.max(if columns.roomy { clause.size().y } else { 0.0 }) + 20.0;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), tall.max(44.0)), Sense::click());
    let before = if second.is_empty() { String::new() } else { format!(". {second}") };
    let spoken = format!("{}: {}{before}. {}", fact.figure.name(), fact.value, fact.from);
    response.widget_info(|| WidgetInfo::labeled(Access::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover);
        Icon::Pencil.paint(ui.painter(), pos2(rect.right() - 22.0, rect.top() + 20.0), size::ICON_DETAIL, theme.text2);
    }
    edge_ui(ui, rect, fact.before.is_some());
    paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
    let top = rect.top() + 10.0;
    let name = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, fact.figure.name(), VALUES - 32.0);
    paint::place(ui.painter(), name, rect.left() + 16.0, top + 10.0);
    let (tall, lower) = (value.size().y, below.size().y);
    ui.painter().galley(pos2(columns.value, top), value, theme.text);
    if under > 0.0 {
        ui.painter().galley(pos2(columns.value, top + tall), below, ink);
    }
    let at = if columns.roomy { top + 2.0 } else { top + tall + if under > 0.0 { lower } else { 0.0 } };
    ui.painter().galley(pos2(columns.clause, at), clause, theme.text3);
    response.clicked()
}

/// The line under a figure, and the mark of one that is not saved.
fn edge_ui(ui: &Ui, rect: Rect, changed: bool) {
    let theme = theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    if changed {
        ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, theme.accent);
    }
}
