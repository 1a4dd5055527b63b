//! The audit log: page by page, newest first, with search, verification and export.

use egui::{Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::actions::Action;
use crate::custodian::LogLine;
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::shell::{halves, records};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, BannerAnswer, Button, Tone, Tooltips, empty_state, filter_chip, paint};
use crate::model::name::shown;

/// Records asked for at a time.
const PAGE: usize = 200;

/// The screen, with the pages that were read.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named")]
pub struct LogScreen {
    lines: Vec<LogLine>,
    at_start: bool,
    asked: bool,
    made: Option<(u64, String)>,
    mine_only: bool,
    verifying: bool,
}

impl LogScreen {
    /// A page that was asked for.
    pub fn take(&mut self, lines: Vec<LogLine>, at_start: bool) {
        self.asked = false;
        self.at_start = at_start;
        self.lines.extend(lines);
    }

    /// The log was verified, or that failed.
    pub fn verified(&mut self) {
        self.verifying = false;
    }

    /// The verification began.
    pub fn verifying(&mut self) {
        self.verifying = true;
    }

    /// What is searched for here.
    fn search(&self, view: &View<'_>) -> String {
        let about = view.desk.focus().filter(|_| self.mine_only).map(|key| key.name.to_string());
        about.unwrap_or_else(|| view.desk.search.trim().to_owned())
    }

    /// The dialog's search.
    pub fn searched(&self, view: &View<'_>) -> String {
        self.search(view)
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let wanted = (view.desk.inventory.seq(), self.search(view));
        if self.made.as_ref() != Some(&wanted) {
            self.lines.clear();
            (self.at_start, self.asked) = (false, false);
            self.made = Some(wanted);
        }
        self.head_ui(ui, view);
        self.state_ui(ui, view);
        if self.lines.is_empty() {
            if self.at_start {
                ui.add_space(96.0);
                let sentence = format!("No record matches “{}”. Clear the search to see the whole log.", self.search(view));
                if empty_state(ui, Icon::Scroll, &sentence, Some("Clear the search")) {
                    self.mine_only = false;
                    view.asks.push(Ask::Search(String::new()));
                }
            } else {
                self.more(view);
            }
            return;
        }
        heads_ui(ui);
        let mut at_end = false;
        ScrollArea::vertical().auto_shrink(false).id_salt("log").show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let clip = ui.clip_rect();
            for line in &self.lines {
                let tall = height(line);
                let next = ui.cursor().top();
                // What does not show costs its height alone.
                if next + tall < clip.top() || next > clip.bottom() {
                    ui.allocate_exact_size(vec2(ui.available_width(), tall), Sense::hover());
                } else {
                    line_ui(ui, view, line, tall);
                }
            }
            at_end = ui.cursor().top() < clip.bottom() + 400.0;
        });
        if at_end && !self.at_start {
            self.more(view);
        }
    }

    fn more(&mut self, view: &mut View<'_>) {
        if !self.asked {
            self.asked = true;
            let before = self.lines.last().map(|line| line.offset);
            let search = self.search(view);
            view.asks.push(Ask::Look(Request::LogPage { before, search, count: PAGE }));
        }
    }

    fn head_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::FILTER_ROW), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme::of(ui).line_soft));
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(16.0, 0.0))).layout(layout));
        child.spacing_mut().item_spacing.x = 4.0;
        let records = view.desk.inventory.seq() as usize;
        if filter_chip(&mut child, "Every record", Some(records), !self.mine_only).clicked() {
            self.mine_only = false;
        }
        if view.desk.focus().is_some() && filter_chip(&mut child, "Of the selected key", None, self.mine_only).clicked() {
            self.mine_only = true;
        }
        child.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if ui.add(Button::new("Export").small().icon(Icon::Download)).clicked() {
                view.asks.act(Action::ExportLog);
            }
            let busy = self.verifying.then_some("It is being verified.");
            if ui.add(Button::primary("Verify").small().icon(Icon::ShieldCheck).refused(busy)).clicked() {
                view.asks.act(Action::VerifyLog);
            }
        });
    }

    /// The result of the last verification.
    fn state_ui(&self, ui: &mut Ui, view: &mut View<'_>) {
        let health = &view.desk.health;
        let trouble = health.conditions.log.as_deref();
        let (tone, strong, text, action) = match (&health.verification, trouble) {
            (_, Some(trouble)) => {
                (Tone::Critical, halves(trouble).0, halves(trouble).1, health.read_only.then_some("Go on from it"))
            }
            (Some(found), None) => {
                let how = if found.authenticated {
                    "Every hash and every MAC is right."
                } else {
                    "Every hash is right; unlock to check the MACs too."
                };
                let megabytes = found.bytes as f64 / 1_000_000.0;
                let text = format!("{how} {megabytes:.1} MB, checked {}.", view.desk.date(found.at));
                (Tone::Good, format!("{} verified.", records(found.records)), text, None)
            }
            (None, None) => (Tone::Info, "Verifying the log.".into(), "This takes a moment.".into(), None),
        };
        let banner = Banner { tone, strong: &strong, text: &text, action, dismiss: false, rounded: false };
        if banner.show(ui) == Some(BannerAnswer::Action) {
            view.asks.act(Action::AcceptHistory);
        }
    }
}

/// Where the columns begin: record, when, who, what.
const COLUMNS: [(f32, &str); 4] = [(16.0, "Record"), (80.0, "When"), (208.0, "Who"), (320.0, "What happened")];

fn heads_ui(ui: &mut Ui) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.window);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
    for (left, name) in COLUMNS {
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, name);
        paint::place(ui.painter(), words, rect.left() + left, rect.center().y);
    }
}

fn height(line: &LogLine) -> f32 {
    line.sentences.len().max(1) as f32 * 20.0 + 12.0
}

fn line_ui(ui: &mut Ui, view: &mut View<'_>, line: &LogLine, tall: f32) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), tall), Sense::hover());
    let response = ui.interact(rect, egui::Id::unique(("record", line.seq)), Sense::click());
    let time = line.time.timestamp().to_zoned_datetime(view.desk.zone.clone()).strftime("%-d %b %Y %H:%M").to_string();
    response.widget_info(|| {
        WidgetInfo::labeled(Access::ListItem, true, format!("Record {}, {time}: {}", line.seq, line.sentences.join(" ")))
    });
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover);
    }
    paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let middle = rect.top() + 16.0;
    let number = paint::galley(ui.painter(), Role::Mono, theme.text3, &line.seq.to_string());
    paint::place(ui.painter(), number, rect.left() + COLUMNS[0].0, middle);
    let time = paint::galley(ui.painter(), Role::Small, theme.text2, &time);
    paint::place(ui.painter(), time, rect.left() + COLUMNS[1].0, middle);
    let who = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &shown(&line.actor), COLUMNS[3].0 - COLUMNS[2].0 - 12.0);
    paint::place(ui.painter(), who, rect.left() + COLUMNS[2].0, middle);
    for (number, sentence) in line.sentences.iter().enumerate() {
        let text = paint::galley_cut(ui.painter(), Role::Body, theme.text, sentence, rect.width() - COLUMNS[3].0 - 16.0);
        paint::place(ui.painter(), text, rect.left() + COLUMNS[3].0, middle + number as f32 * 20.0);
    }
    if response.clicked()
        && let Some(&id) = line.keys.first()
    {
        view.asks.push(Ask::ShowKey(id));
    }
    response.tooltip(format!("{}: {}", line.actor, line.sentences.join(" ")));
}
