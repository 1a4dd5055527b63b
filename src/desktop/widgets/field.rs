//! Fields: one line or several, a date, a search, a choice from a list.

use egui::{Align2, Frame, Id, Rect, Response, Role as Access, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::paint;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::model::DateError;

/// A field with its label above and what is wrong with it below.
#[must_use = "show it"]
pub struct Field<'a> {
    label: &'a str,
    hint: &'a str,
    prefix: &'a str,
    suffix: &'a str,
    error: Option<&'a str>,
    width: f32,
    rows: usize,
    mono: bool,
    bare: bool,
    danger: bool,
}

impl<'a> Field<'a> {
    /// A field of one line, as wide as there is room.
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            hint: "",
            prefix: "",
            suffix: "",
            error: None,
            width: f32::INFINITY,
            rows: 1,
            mono: false,
            bare: false,
            danger: false,
        }
    }

    /// Shown while nothing is typed.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Stands before the text: “CN”.
    pub fn prefix(mut self, prefix: &'a str) -> Self {
        self.prefix = prefix;
        self
    }

    /// Stands at the right edge: “8 of 15”.
    pub fn suffix(mut self, suffix: &'a str) -> Self {
        self.suffix = suffix;
        self
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

    /// Several lines.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows.max(1);
        self
    }

    /// In the monospace face.
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Without the label above; screen readers still say it.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Confirms something that cannot be undone.
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// Draws it; the response is that of the text.
    pub fn show(self, ui: &mut Ui, text: &mut String) -> Response {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.vertical(|ui| {
                if !self.bare {
                    Role::SmallMedium.line(ui, theme::of(ui).text2, self.label);
                }
                let response = self.box_ui(ui, text);
                if let Some(error) = self.error {
                    Role::Small.label(ui, theme::of(ui).critical().ink, error);
                }
                response
            })
            .inner
        })
        .inner
    }

    fn box_ui(&self, ui: &mut Ui, text: &mut String) -> Response {
        let theme = theme::of(ui);
        let width = self.width.min(ui.available_width());
        let height = if self.rows == 1 { size::CONTROL } else { self.rows as f32 * 20.0 + 12.0 };
        let id = ui.scope_id().with(("field", self.label));
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let line = if self.danger {
            theme.danger
        } else if self.error.is_some() {
            theme.critical().ink
        } else {
            theme.control
        };
        paint::boxed(ui.painter(), rect, size::RADIUS, theme.panel, line);
        let mut inner = rect.shrink2(vec2(9.0, if self.rows == 1 { 0.0 } else { 6.0 }));
        if !self.prefix.is_empty() {
            let galley = paint::galley(ui.painter(), Role::Small, theme.text3, self.prefix);
            inner.min.x = paint::place(ui.painter(), galley, inner.left(), rect.center().y) + 8.0;
        }
        if !self.suffix.is_empty() {
            let galley = paint::galley(ui.painter(), Role::Caption, theme.text3, self.suffix);
            inner.max.x -= galley.size().x;
            paint::place(ui.painter(), galley, inner.right(), rect.center().y);
            inner.max.x -= 8.0;
        }
        let response = self.edit_ui(ui, id, inner, text);
        paint::take_focus(&response);
        if response.has_focus() {
            let inner = if self.danger { theme.danger } else { theme.accent };
            let outer = if self.danger { theme.critical().tint } else { theme.selected };
            paint::ring(ui, rect, size::RADIUS, inner, outer);
        }
        response
    }

    fn edit_ui(&self, ui: &mut Ui, id: Id, inner: Rect, text: &mut String) -> Response {
        let theme = theme::of(ui);
        let role = if self.mono { Role::Mono } else { Role::Body };
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
        let edit = if self.rows == 1 { TextEdit::singleline(text) } else { TextEdit::multiline(text).desired_rows(self.rows) };
        let align = if self.rows == 1 { Align2::LEFT_CENTER } else { Align2::LEFT_TOP };
        let response = child.add_sized(
            inner.size(),
            edit.id(id)
                .frame(Frame::NONE)
                .margin(0.0)
                .font(role.font())
                .text_color(theme.text)
                .hint_text(role.rich(self.hint).color(theme.text3))
                .align(align)
                .desired_width(inner.width()),
        );
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_label(self.label);
            if let Some(error) = self.error {
                node.set_description(error);
            }
        });
        response
    }
}

/// A date as text; below it what was understood, or what is wrong. The caller parses (`model::time::parse_date`)
/// and says the answer as a date for screens.
pub fn date_field(ui: &mut Ui, field: Field<'_>, text: &mut String, read: &Result<String, DateError>) -> Response {
    let wrong = read.as_ref().err().filter(|_| !text.trim().is_empty()).map(ToString::to_string);
    ui.vertical(|ui| {
        let response = field.hint("2027-03-15 or 90d").error(wrong.as_deref()).show(ui, text);
        if let Ok(date) = read {
            Role::Small.line(ui, theme::of(ui).text3, format!("= {date}"));
        }
        response
    })
    .inner
}

/// The search over the table with the keys that lead to it.
pub fn search_field(ui: &mut Ui, id: Id, text: &mut String, hint: &str, keys: &str, width: f32) -> Response {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    paint::boxed(ui.painter(), rect, size::RADIUS, theme.sunken, theme.line);
    Icon::Search.paint(ui.painter(), pos2(rect.left() + 17.0, rect.center().y), size::ICON, theme.text3);
    let keys = paint::galley(ui.painter(), Role::Caption, theme.text2, keys);
    let chip = vec2(keys.size().x + 12.0, 18.0);
    let chip = Rect::from_min_size(pos2(rect.right() - 8.0 - chip.x, rect.center().y - 9.0), chip);
    paint::boxed(ui.painter(), chip, size::RADIUS_TAG, theme.raised, theme.line);
    paint::place_centred(ui.painter(), keys, chip.center());
    let inner = Rect::from_min_max(pos2(rect.left() + 33.0, rect.top()), pos2(chip.left() - 8.0, rect.bottom()));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
    let edit = TextEdit::singleline(text).id(id).frame(Frame::NONE).margin(0.0).font(Role::Body.font());
    let hint_text = Role::Body.rich(hint).color(theme.text3);
    let edit = edit.text_color(theme.text).hint_text(hint_text).align(Align2::LEFT_CENTER);
    let response = child.add_sized(inner.size(), edit);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Search"));
    if response.has_focus() {
        paint::ring(ui, rect, size::RADIUS, theme.accent, theme.selected);
    }
    response
}

/// A choice from a list, labelled above. `items` are the words; gives back the index when it changes.
pub fn combo(ui: &mut Ui, label: &str, chosen: &str, items: &[&str], width: f32) -> Option<usize> {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let theme = theme::of(ui);
        Role::SmallMedium.line(ui, theme.text2, label);
        bare_combo(ui, label, chosen, items, width)
    })
    .inner
}

/// The same where not everything can be chosen: what cannot says why.
pub fn combo_of(ui: &mut Ui, label: &str, chosen: &str, items: &[(&str, Option<&str>)], width: f32) -> Option<usize> {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        Role::SmallMedium.line(ui, theme::of(ui).text2, label);
        box_of_choices(ui, label, chosen, items, width)
    })
    .inner
}

/// The same without the label above; screen readers still say it.
pub fn bare_combo(ui: &mut Ui, label: &str, chosen: &str, items: &[&str], width: f32) -> Option<usize> {
    let items: Vec<(&str, Option<&str>)> = items.iter().map(|item| (*item, None)).collect();
    box_of_choices(ui, label, chosen, &items, width)
}

fn box_of_choices(ui: &mut Ui, label: &str, chosen: &str, items: &[(&str, Option<&str>)], width: f32) -> Option<usize> {
    ui.scope(|ui| {
        let theme = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width.min(ui.available_width()), size::CONTROL), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Access::ComboBox, true, format!("{label}: {chosen}")));
        paint::boxed(ui.painter(), rect, size::RADIUS, theme.panel, theme.control);
        let galley = paint::galley_cut(ui.painter(), Role::Body, theme.text, chosen, rect.width() - 40.0);
        paint::place(ui.painter(), galley, rect.left() + 9.0, rect.center().y);
        Icon::CaretDown.paint(ui.painter(), pos2(rect.right() - 15.0, rect.center().y), 14.0, theme.text2);
        paint::focus_ring(ui, &response, rect, size::RADIUS);
        let mut answer = None;
        super::menu(&response, |ui| {
            ui.set_min_width(rect.width() - 10.0);
            for (index, (item, refused)) in items.iter().enumerate() {
                if let Some(reason) = refused {
                    super::menu_item_refused(ui, item, reason);
                } else if super::menu_item(ui, item, "", *item == chosen).clicked() {
                    answer = Some(index);
                    ui.close();
                }
            }
        });
        answer
    })
    .inner
}
