//! What comes due in one week, listed beside the lanes.

use egui::{Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::Timeline;
use super::ahead::Due;
use super::head::kind_colour;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{icon_button, paint};
use crate::model::Time;
use crate::model::name::shown;

/// Height of a line.
const LINE: f32 = 44.0;

/// A line of the list, in words.
struct Told {
    due: Due,
    name: String,
    says: String,
    spoken: String,
}

/// The list, made anew when week or forecast change.
#[derive(Default)]
pub struct WeekList {
    of: Option<(usize, u64)>,
    lines: Vec<Told>,
}

impl Timeline {
    /// Draws the list of the chosen week.
    pub(super) fn week_ui(&mut self, ui: &mut Ui, view: &mut View<'_>, rect: Rect) {
        let theme = theme::of(ui);
        self.refresh_week(view);
        let Some(week) = self.chosen_week() else { return };
        ui.painter().rect_filled(rect, 0.0, theme.panel);
        ui.painter().vline(rect.left() + 0.5, rect.y_range(), Stroke::new(1.0, theme.line));
        let head = Rect::from_min_size(rect.min + vec2(16.0, 12.0), vec2(rect.width() - 24.0, 44.0));
        let title = paint::galley(ui.painter(), Role::BodyStrong, theme.text, &week_of(week.from, view));
        paint::place(ui.painter(), title, head.left(), head.top() + 10.0);
        let counted = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &week.counted, head.width() - 8.0);
        paint::place(ui.painter(), counted, head.left(), head.top() + 32.0);
        let cross = Rect::from_min_size(pos2(head.right() - 28.0, head.top() - 4.0), vec2(28.0, 28.0));
        let mut child = ui.new_child(UiBuilder::new().id_salt("close-week").max_rect(cross));
        let closed = icon_button(&mut child, Icon::Close, "Close the week").clicked();
        let list = Rect::from_min_max(pos2(rect.left() + 1.0, head.bottom() + 8.0), rect.max);
        ui.painter().hline(list.x_range(), list.top() - 0.5, Stroke::new(1.0, theme.line_soft));
        let mut child = ui.new_child(UiBuilder::new().id_salt("week-list").max_rect(list));
        child.spacing_mut().item_spacing.y = 0.0;
        let lines = &self.week_list.lines;
        ScrollArea::vertical().auto_shrink(false).id_salt(("week", self.week)).show_rows(
            &mut child,
            LINE,
            lines.len(),
            |ui, rows| {
                for told in &lines[rows] {
                    if line_ui(ui, told)
                        && let Some(key) = view.desk.inventory.at(told.due.index)
                    {
                        view.asks.push(Ask::ShowKey(key.id));
                    }
                }
            },
        );
        if closed {
            self.week = None;
        }
    }

    fn refresh_week(&mut self, view: &View<'_>) {
        let of = self.week.map(|week| (week, self.ahead.changes()));
        let Some((week, _)) = of.filter(|_| self.week_list.of != of) else { return };
        let inventory = &view.desk.inventory;
        let told = |due: Due| {
            let name = shown(&inventory.at(due.index)?.name).into_owned();
            let says = format!("{}, {}", due.kind.name(), view.desk.date(due.at));
            let spoken = format!("{name}: {says}");
            Some(Told { due, name, says, spoken })
        };
        let due = self.ahead.due_in(week, inventory, view.desk.now);
        self.week_list = WeekList { of, lines: due.into_iter().filter_map(told).collect() };
    }
}

/// “Week of 3 Mar 2027”.
fn week_of(from: Time, view: &View<'_>) -> String {
    format!("Week of {}", view.desk.date(from))
}

/// Draws a line; true when it was clicked.
fn line_ui(ui: &mut Ui, told: &Told) -> bool {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, &told.spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let mark = Rect::from_center_size(pos2(rect.left() + 20.0, rect.center().y - 9.0), vec2(9.0, 9.0));
    ui.painter().rect_filled(mark, 2.0, kind_colour(theme, told.due.kind));
    let room = rect.width() - 34.0 - size::PANEL_INSET;
    let name = paint::galley_cut(ui.painter(), Role::SmallMedium, theme.text, &told.name, room);
    paint::place(ui.painter(), name, rect.left() + 34.0, rect.center().y - 9.0);
    let says = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &told.says, room);
    paint::place(ui.painter(), says, rect.left() + 34.0, rect.center().y + 9.0);
    paint::focus_ring(ui, &response, rect.shrink(1.0), size::RADIUS_TAG);
    response.clicked()
}
