//! What dialogs over one key or a selection share: the keys they are about, what will become of each,
//! and the report of what could not be done.

use std::sync::Arc;

use egui::{Context, Role as Access, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Form, Work};
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Dialog, Lead, Tone, Tooltips, paint};
use crate::model::name::shown;
use crate::model::{Key, KeyId, Time, Version, VersionRef};

/// Rows of a preview before it scrolls.
const ROWS: f32 = 6.5;

/// The keys a dialog is about, as they were when it opened.
pub struct Subjects(pub Vec<Arc<Key>>);

impl Subjects {
    /// These keys; none where none of them exists.
    pub fn of(keys: &[KeyId], view: &View<'_>) -> Option<Self> {
        let found: Vec<_> = keys.iter().filter_map(|id| view.desk.inventory.key(*id)).cloned().collect();
        (!found.is_empty()).then_some(Self(found))
    }

    /// The key, if it is one.
    pub fn one(&self) -> Option<&Arc<Key>> {
        if let [key] = &self.0[..] { Some(key) } else { None }
    }

    /// “api.example.com” or “3 keys”.
    pub fn whom(&self) -> String {
        match &self.0[..] {
            [key] => shown(&key.name).into_owned(),
            keys => format!("{} keys", keys.len()),
        }
    }

    /// Each key with its current version.
    pub fn current(&self, now: Time) -> impl Iterator<Item = (&Arc<Key>, &Version)> {
        self.0.iter().filter_map(move |key| Some((key, key.current(now)?)))
    }

    /// The facts for the head of the dialog.
    pub fn facts(&self, now: Time) -> String {
        if let Some((key, version)) = self.one().and_then(|key| Some((key, key.current(now)?))) {
            let versions = match key.versions.len() {
                1 => "1 version".to_owned(),
                count => format!("{count} versions"),
            };
            return format!("{}, {}, {versions}", key.purpose.name(), version.algorithm.name());
        }
        let mut owners: Vec<&str> = self.0.iter().map(|key| &*key.owner).filter(|owner| !owner.is_empty()).collect();
        owners.sort_unstable();
        owners.dedup();
        match &owners[..] {
            [] => "Nobody is named as owner".into(),
            [owner] => format!("Owner {}", shown(owner)),
            owners => format!("{} owners", owners.len()),
        }
    }

    /// The head of the dialog.
    pub fn lead<'a>(&self, icon: Icon, facts: &'a str, now: Time) -> Lead<'a> {
        Lead { icon, state: self.one().map(|key| key.state(now)), facts }
    }
}

/// The current version of a key, to send.
pub fn current_of(key: &Key, version: &Version) -> VersionRef {
    VersionRef { key: key.id, version: version.number }
}

/// What will become of each key, or why nothing.
#[derive(Default)]
pub struct Preview {
    of: Option<(u64, String)>,
    lines: Vec<(String, Result<String, String>)>,
}

impl Preview {
    /// Makes the lines anew where the inventory or what was typed changed.
    pub fn refresh(&mut self, view: &View<'_>, typed: String, make: impl FnOnce() -> Vec<(String, Result<String, String>)>) {
        let of = Some((view.desk.generation, typed));
        if self.of != of {
            (self.of, self.lines) = (of, make());
        }
    }

    /// How many can.
    pub fn able(&self) -> usize {
        self.lines.iter().filter(|(_, says)| says.is_ok()).count()
    }

    /// Why none can.
    pub fn refusal(&self) -> Option<&str> {
        match &self.lines[..] {
            [(_, Err(reason))] => Some(reason),
            lines if lines.iter().all(|(_, says)| says.is_err()) => Some("It can be done with none of these keys."),
            _ => None,
        }
    }

    /// The table of several keys.
    pub fn ui(&self, ui: &mut Ui) {
        if self.lines.len() < 2 {
            return;
        }
        let (all, able) = (self.lines.len(), self.able());
        let head = match all - able {
            0 => format!("What becomes of the {all} keys"),
            cannot => format!("What becomes of {able} of the {all} keys; {cannot} cannot"),
        };
        Role::SmallStrong.line(ui, theme::of(ui).text2, head);
        lines_ui(ui, "preview", &self.lines);
    }
}

/// Names with what is said of each, in a box that scrolls.
fn lines_ui(ui: &mut Ui, salt: &str, lines: &[(String, Result<String, String>)]) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .stroke(egui::Stroke::new(1.0, theme.line))
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(0, 4));
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let scroll = ScrollArea::vertical().max_height(28.0 * ROWS).auto_shrink([false, true]).id_salt(salt);
        scroll.show_rows(ui, 28.0, lines.len(), |ui, rows| {
            for (name, says) in &lines[rows] {
                line_ui(ui, name, says);
            }
        });
    });
}

fn line_ui(ui: &mut Ui, name: &str, says: &Result<String, String>) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let (text, ink) = match says {
        Ok(text) => (text, theme.text2),
        Err(text) => (text, theme.warning().ink),
    };
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{name}: {text}")));
    let middle = rect.center().y;
    let column = (rect.width() * 0.36).min(220.0);
    let known = paint::galley_cut(ui.painter(), Role::Body, theme.text, name, column - 20.0);
    paint::place(ui.painter(), known, rect.left() + 12.0, middle);
    let mut left = rect.left() + column;
    if says.is_err() {
        Icon::Prohibit.paint(ui.painter(), pos2(left + 7.0, middle), size::ICON_DETAIL, ink);
        left += 20.0;
    }
    let words = paint::galley_cut(ui.painter(), Role::Small, ink, text, rect.right() - left - 16.0);
    let cut = words.elided;
    paint::place(ui.painter(), words, left, middle);
    if cut {
        response.tooltip(text);
    }
}

/// The end of a dialog over one key or many: it closes, or a report says what could not be done.
/// `done` is a participle: “suspended”.
pub fn ended(
    result: &Result<Outcome, CustodianError>,
    subjects: &Subjects,
    done: &'static str,
    after: &str,
    work: &mut Work,
    view: &mut View<'_>,
) {
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => return work.fail(error),
    };
    if outcome.refused.is_empty() && outcome.cancelled.is_none() {
        let is = if subjects.one().is_some() { "is" } else { "are" };
        let notice = outcome.notice.as_deref().map(|notice| format!(" {notice}")).unwrap_or_default();
        view.asks.push(Ask::Tell(Tone::Good, format!("{} {is} {done}.{after}{notice}", subjects.whom())));
        view.asks.push(Ask::Close);
        return;
    }
    let name = |id: &KeyId| view.desk.inventory.key(*id).map_or_else(String::new, |key| shown(&key.name).into_owned());
    let lines = outcome.refused.iter().map(|(id, reason)| (name(id), Err(sentence(reason)))).collect();
    let report = BatchReport { done, count: outcome.keys.len(), cancelled: outcome.cancelled, lines };
    view.asks.open(report);
}

/// A reason as a sentence of its own.
fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    // A name keeps its own first letter.
    let begins_with_name = reason.split(' ').next().is_some_and(|word| word.contains(['.', '-', '_', '\u{201c}']));
    let text = if begins_with_name { reason.to_owned() } else { format!("{first}{}", letters.as_str()) };
    if text.ends_with('.') { text } else { format!("{text}.") }
}

/// What of a batch could not be done, and why.
struct BatchReport {
    done: &'static str,
    count: usize,
    cancelled: Option<(u64, u64)>,
    lines: Vec<(String, Result<String, String>)>,
}

impl Form for BatchReport {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let title = match self.lines.len() {
            0 => "Cancelled".to_owned(),
            1 => format!("1 key was not {}", self.done),
            count => format!("{count} keys were not {}", self.done),
        };
        let dialog = Dialog {
            id: "batch-report",
            title: &title,
            width: size::DIALOG_WIDE,
            note: "The audit log has what was done.",
            cancel: "",
            confirm: "Close",
            danger: false,
            lead: None,
            extra: None,
            refused: None,
        };
        let (answer, ()) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            let done = match (self.cancelled, self.count) {
                (Some((done, total)), _) => {
                    format!("Cancelled: {done} of {total} keys were {}, the others are as they were.", self.done)
                }
                (None, 1) => format!("1 key was {}. These were not, and are as they were:", self.done),
                (None, count) => format!("{count} keys were {}. These were not, and are as they were:", self.done),
            };
            Role::Body.label(ui, theme.text2, done);
            if !self.lines.is_empty() {
                lines_ui(ui, "refused", &self.lines);
            }
        });
        if answer.is_some() {
            view.asks.push(Ask::Close);
        }
    }

    fn finished(&mut self, _: &Result<Outcome, CustodianError>, _: &mut View<'_>) {}
}
