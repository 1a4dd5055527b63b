//! Who holds what: every hand-over, by recipient or by key.

use std::fmt::Write as _;

use egui::{Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::due::Due;
use super::inspector::format_icon;
use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{Save, What};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, empty_state, paint, segmented};
use crate::model::name::shown;
use crate::model::{HandOver, KeyId};

/// One hand-over with its key.
struct Given {
    key: KeyId,
    key_name: String,
    what: HandOver,
    /// Lower case, for searching.
    text: String,
}

/// The screen; keeps the list until something changes.
#[derive(Default)]
pub struct HandOvers {
    by_key: bool,
    /// What is still to be delivered shows instead.
    due: Option<Due>,
    all: Vec<Given>,
    shown: Vec<usize>,
    made: Option<(u64, String, bool)>,
}

impl HandOvers {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.refresh(view);
        self.head_ui(ui, view);
        if let Some(due) = &mut self.due {
            return due.ui(ui, view);
        }
        if self.all.is_empty() {
            ui.add_space(96.0);
            let sentence = "Nothing was handed over yet. Export a public key for someone, or record what was given elsewhere.";
            let one = view.desk.selection.len() == 1;
            if empty_state(ui, Icon::PaperPlane, sentence, one.then_some("Record a hand-over")) {
                view.asks.act(Action::RecordHandOver);
            }
            return;
        }
        if self.shown.is_empty() {
            ui.add_space(96.0);
            let sentence =
                format!("No hand-over matches “{}”. Clear the search to see all {}.", view.desk.search.trim(), self.all.len());
            if empty_state(ui, Icon::Search, &sentence, Some("Clear the search")) {
                view.asks.push(Ask::Search(String::new()));
            }
            return;
        }
        self.columns_ui(ui);
        let total = self.shown.len();
        ScrollArea::vertical().auto_shrink(false).id_salt("hand-overs").show_rows(ui, size::ROW, total, |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for number in rows {
                let previous = number.checked_sub(1).and_then(|before| self.shown.get(before)).map(|&at| &self.all[at]);
                if let Some(given) = self.shown.get(number).map(|&at| &self.all[at]) {
                    let repeats = previous.is_some_and(|before| self.head_of(before) == self.head_of(given));
                    self.row_ui(ui, view, given, repeats, number);
                }
            }
        });
    }

    fn head_of<'a>(&self, given: &'a Given) -> &'a str {
        if self.by_key { &given.key_name } else { &given.what.recipient }
    }

    fn refresh(&mut self, view: &View<'_>) {
        let search = view.desk.search.trim().to_lowercase();
        let wanted = (view.desk.generation, search.clone(), self.by_key);
        if self.made.as_ref() == Some(&wanted) {
            return;
        }
        let anew = self.made.as_ref().is_none_or(|made| made.0 != wanted.0 || made.2 != wanted.2);
        if anew {
            let keys = view.desk.inventory.keys().iter().filter(|key| !key.hand_overs.is_empty());
            self.all = keys
                .flat_map(|key| {
                    key.hand_overs.iter().map(|given| Given {
                        key: key.id,
                        key_name: shown(&key.name).into_owned(),
                        what: given.clone(),
                        text: format!("{}\n{}\n{}", key.name, given.recipient, given.format.name()).to_lowercase(),
                    })
                })
                .collect();
            let by_key = self.by_key;
            self.all.sort_by(|a, b| {
                let (one, other) = if by_key { (&a.key_name, &b.key_name) } else { (&a.text, &b.text) };
                let heads = if by_key { one.cmp(other) } else { a.what.recipient.cmp(&b.what.recipient) };
                heads.then(b.what.at.cmp(&a.what.at))
            });
        }
        self.shown = (0..self.all.len()).filter(|&at| search.is_empty() || self.all[at].text.contains(&search)).collect();
        self.made = Some(wanted);
    }

    fn head_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        let chosen = if self.due.is_some() { 2 } else { usize::from(self.by_key) };
        if let Some(index) = segmented(&mut child, &["By recipient", "By key", "Due"], Some(chosen)) {
            self.by_key = if index < 2 { index == 1 } else { self.by_key };
            self.due = (index == 2).then(Due::default);
        }
        child.add_space(8.0);
        let count = if self.all.len() == 1 { "1 hand-over".to_owned() } else { format!("{} hand-overs", self.all.len()) };
        Role::Small.line(&mut child, theme::of(ui).text3, count);
        child.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let empty = self.shown.is_empty().then_some("There is nothing to save.");
            if ui.add(Button::new("Save CSV").small().icon(Icon::Download).refused(empty)).clicked() {
                view.asks.act(Action::ExportHandOvers);
            }
            let refused = Action::RecordHandOver.entry().enabled(&view.desk.context).err();
            if ui.add(Button::new("Record").small().icon(Icon::Plus).refused(refused.as_deref())).clicked() {
                view.asks.act(Action::RecordHandOver);
            }
        });
    }

    /// Where the columns begin: who or which key, the other, what, how it is known.
    fn columns(width: f32) -> [f32; 4] {
        let column = ((width - 32.0) * 0.3).max(160.0);
        [16.0, 16.0 + column, 16.0 + 2.0 * column, 16.0 + 2.6 * column]
    }

    fn columns_ui(&self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme.window);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
        let (first, second) = if self.by_key { ("Key", "Recipient") } else { ("Recipient", "Key") };
        for (left, name) in Self::columns(rect.width()).into_iter().zip([first, second, "What", "How"]) {
            let words = paint::galley(ui.painter(), Role::Caption, theme.text2, name);
            paint::place(ui.painter(), words, rect.left() + left, rect.center().y);
        }
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, "When");
        let left = rect.right() - 16.0 - words.size().x;
        paint::place(ui.painter(), words, left, rect.center().y);
    }

    fn row_ui(&self, ui: &mut Ui, view: &mut View<'_>, given: &Given, repeats: bool, number: usize) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
        let response = ui.interact(rect, egui::Id::unique(("given", number)), Sense::click());
        let recipient = shown(&given.what.recipient).into_owned();
        let date = view.desk.date(given.what.at);
        let what = given.what.format.name();
        response.widget_info(|| {
            WidgetInfo::labeled(Access::ListItem, true, format!("{recipient} holds {what} of {}, {date}", given.key_name))
        });
        if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, theme.hover);
        }
        paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
        if !repeats {
            ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme.line_soft));
        }
        let (first, second) = if self.by_key { (&given.key_name, &recipient) } else { (&recipient, &given.key_name) };
        let columns = Self::columns(rect.width()).map(|left| rect.left() + left);
        let middle = rect.center().y;
        let place = |role, ink, text: &str, left: f32, room: f32| {
            let galley = paint::galley_cut(ui.painter(), role, ink, text, room);
            paint::place(ui.painter(), galley, left, middle)
        };
        if !repeats {
            place(Role::BodyMedium, theme.text, first, columns[0], columns[1] - columns[0] - 16.0);
        }
        place(Role::Body, theme.text, second, columns[1], columns[2] - columns[1] - 16.0);
        format_icon(given.what.format).paint(ui.painter(), pos2(columns[2] + 7.0, middle), 14.0, theme.text2);
        place(Role::Body, theme.text2, what, columns[2] + 22.0, columns[3] - columns[2] - 30.0);
        let note = if given.what.elsewhere { "recorded" } else { "from here" };
        place(Role::Small, theme.text3, note, columns[3], 72.0);
        let day = paint::galley(ui.painter(), Role::Small, theme.text3, &date);
        let right = rect.right() - 16.0 - day.size().x;
        paint::place(ui.painter(), day, right, middle);
        if response.clicked() {
            view.asks.push(Ask::ShowKey(given.key));
        }
    }

    /// The dialog that saves what shows as CSV.
    pub fn save(&mut self, view: &View<'_>) -> Save {
        self.refresh(view);
        let mut text = String::from("recipient,key,version,what,when,from\r\n");
        for given in self.shown.iter().map(|&at| &self.all[at]) {
            let HandOver { version, recipient, format, at, elsewhere } = &given.what;
            let from = if *elsewhere { "recorded" } else { "keystead" };
            let _ = write!(
                text,
                "{},{},{version},{},{at},{from}\r\n",
                field(recipient),
                field(&given.key_name),
                field(format.name())
            );
        }
        let form = ("CSV", "A table for spreadsheets: what shows now.", "hand-overs.csv");
        Save::of(What::Text { title: "Save the hand-overs", form, bytes: text.into_bytes() })
    }
}

/// A CSV field (RFC 4180) that no spreadsheet takes for a formula.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
