//! What was found as rows: a file opens to its objects, an object shows its risks with what to do. Only rows
//! that show are drawn, one of them takes the keyboard.

use egui::{
    EventFilter, FocusDirection, Id, Key, Modifiers, Painter, Rect, Response, Role as Access, ScrollArea, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::Tracked;
use super::found::{Found, Row};
use super::words;
use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, Theme, size};
use crate::desktop::widgets::{Tooltips, link, paint, paint_tag};
use crate::model::name::shown;

/// The height of a row: two lines.
const ROW: f32 = 44.0;

/// egui leaves arrows to what had the keyboard in the frame before, too.
const SETTLING: u8 = 3;

/// Where the columns begin, from the left edge of a row.
struct Columns {
    file: f32,
    holds: f32,
    risks: f32,
    end: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let file = 68.0;
        let rest = width - file - 16.0;
        Self { file, holds: file + rest * 0.35, risks: file + rest * 0.59, end: width - 16.0 }
    }
}

/// The heads of the columns.
pub(super) fn heads_ui(ui: &mut Ui, found: &mut Found) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.window);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
    let columns = Columns::of(rect.width());
    for (words, from) in [("File", columns.file), ("Holds", columns.holds), ("Risks", columns.risks)] {
        let words = paint::galley(ui.painter(), Role::Caption, theme.text2, words);
        paint::place(ui.painter(), words, rect.left() + from, rect.center().y);
    }
    let right = rect.shrink2(vec2(16.0, 0.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt("found-heads").max_rect(right).layout(layout));
    let (text, open) = if found.any_open() { ("Close all", false) } else { ("Open all", true) };
    if link(&mut child, text, None).clicked() {
        found.set_all_open(open);
    }
}

/// Draws the rows.
pub(super) fn ui(ui: &mut Ui, found: &mut Found, tracked: &Tracked, desk: &Desk) {
    let height = ui.available_height();
    keys(ui, found, height);
    let mut area = ScrollArea::vertical().auto_shrink(false).id_salt("found");
    let offset = Id::unique("found-offset");
    if found.reveal {
        let now = ui.data(|data| data.get_temp::<f32>(offset)).unwrap_or(0.0);
        let top = found.cursor as f32 * ROW;
        area = area.vertical_scroll_offset(now.min(top).max(top + ROW - height));
    }
    let scrolled = area.show_rows(ui, ROW, found.rows.len(), |ui, range| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for number in range {
            row_ui(ui, found, number, tracked, desk);
        }
    });
    ui.data_mut(|data| data.insert_temp(offset, scrolled.state.clamped_offset().y));
    if std::mem::take(&mut found.reveal)
        && let Some(&row) = found.rows.get(found.cursor)
    {
        let id = id_of(found, row);
        ui.memory_mut(|memory| {
            // Who types elsewhere goes on typing.
            if found.has_keyboard || memory.focused().is_none() {
                memory.request_focus(id);
            }
        });
        found.settling = SETTLING;
    }
    if found.settling > 0 {
        found.settling -= 1;
        ui.ctx().request_repaint();
    }
}

/// A row is the same one wherever it stands.
fn id_of(found: &Found, row: Row) -> Id {
    match row {
        Row::File(file) => Id::unique(("found-file", &found.files[file].path)),
        Row::Object(finding) => Id::unique(("found-object", finding)),
        Row::Risk(finding, risk) => Id::unique(("found-risk", finding, risk)),
        Row::Unread(unread) => Id::unique(("found-unread", unread)),
    }
}

/// What the keyboard does at the cursor.
fn keys(ui: &Ui, found: &mut Found, height: f32) {
    let Some(&row) = found.rows.get(found.cursor) else { return };
    let id = id_of(found, row);
    found.has_keyboard = ui.memory(|memory| memory.has_focus(id));
    if !found.has_keyboard {
        return;
    }
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    // The filter holds only from the next frame on, and a person who is quick has pressed an arrow before.
    let arrows = [Key::ArrowDown, Key::ArrowUp, Key::ArrowLeft, Key::ArrowRight];
    if ui.input(|input| !input.modifiers.any() && arrows.iter().any(|arrow| input.key_pressed(*arrow))) {
        ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (at, page, last) = (found.cursor, (height / ROW) as usize, found.rows.len().saturating_sub(1));
    let steps = [
        (Key::ArrowDown, at + 1),
        (Key::ArrowUp, at.saturating_sub(1)),
        (Key::PageDown, at + page),
        (Key::PageUp, at.saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    for (key, to) in steps {
        if pressed(key) {
            found.go(to);
        }
    }
    if pressed(Key::ArrowRight) {
        found.turn(true);
    }
    if pressed(Key::ArrowLeft) {
        found.turn(false);
    }
    let Some(file) = found.file_of(row) else { return };
    if pressed(Key::Space) {
        let on = !found.chosen.contains(&found.files[file].path);
        found.choose(file, on);
    }
    if pressed(Key::Enter) {
        let open = !found.is_open(file);
        found.set_open(file, open);
    }
}

fn row_ui(ui: &mut Ui, found: &mut Found, number: usize, tracked: &Tracked, desk: &Desk) {
    let Some(&row) = found.rows.get(number) else { return };
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let sense = if number == found.cursor { Sense::click() } else { Sense::CLICK };
    let response = ui.interact(rect, id_of(found, row), sense);
    ground_ui(ui, &response, rect, found, row);
    let columns = Columns::of(rect.width());
    match row {
        Row::File(file) => file_ui(ui, &response, found, file, &columns, tracked),
        Row::Object(finding) => object_ui(ui, &response, found, finding, &columns, desk),
        Row::Risk(finding, risk) => risk_ui(ui, &response, found, finding, risk, &columns),
        Row::Unread(unread) => unread_ui(ui, &response, found, unread, &columns),
    }
    paint::focus_ring(ui, &response, rect.shrink(1.0), 0);
    if response.clicked() {
        clicked(&response, found, number, row);
    }
}

/// A click in the first column chooses, one on the caret or on the rest opens.
fn clicked(response: &Response, found: &mut Found, number: usize, row: Row) {
    found.cursor = number;
    response.request_focus();
    let Row::File(file) = row else { return };
    // A press that comes from a screen reader, or from the keyboard, is no place of the pointer.
    let at = response.interact_pointer_pos().map_or(f32::INFINITY, |at| at.x - response.rect.left());
    if (34.0..64.0).contains(&at) {
        let on = !found.chosen.contains(&found.files[file].path);
        found.choose(file, on);
    } else {
        let open = !found.is_open(file);
        found.set_open(file, open);
    }
}

fn ground_ui(ui: &Ui, response: &Response, rect: Rect, found: &Found, row: Row) {
    let theme = theme::of(ui);
    let chosen = found.file_of(row).is_some_and(|file| found.chosen.contains(&found.files[file].path));
    let fill = match (row, chosen) {
        (Row::File(_), true) => Some(theme.selected),
        _ if response.hovered() => Some(theme.hover),
        (Row::File(_) | Row::Unread(_), _) => None,
        _ => Some(theme.window),
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, 0.0, fill);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
}

/// Two lines of one column.
fn lines(painter: &Painter, rect: Rect, from: f32, to: f32, first: (Role, egui::Color32, &str), second: (egui::Color32, &str)) {
    let (role, ink, text) = first;
    let room = to - from - 16.0;
    let middle = if second.1.is_empty() { rect.center().y } else { rect.top() + 14.0 };
    paint::place(painter, paint::galley_cut(painter, role, ink, text, room), rect.left() + from, middle);
    if !second.1.is_empty() {
        let galley = paint::galley_cut(painter, Role::Small, second.0, second.1, room);
        paint::place(painter, galley, rect.left() + from, rect.top() + 31.0);
    }
}

fn file_ui(ui: &Ui, response: &Response, found: &Found, index: usize, columns: &Columns, tracked: &Tracked) {
    let theme = theme::of(ui);
    let (rect, painter) = (response.rect, ui.painter());
    let file = &found.files[index];
    let (open, chosen) = (found.is_open(index), found.chosen.contains(&file.path));
    let is_tracked = tracked.contains_key(&*file.path);
    let risks = words::risks(&file.risks);
    let said = format!(
        "{}, {}, {}, {}{}",
        file.name,
        file.folder,
        file.holds,
        if risks.is_empty() { "no risk" } else { &*risks },
        if is_tracked { ", tracked" } else { "" }
    );
    response.widget_info(|| WidgetInfo::selected(Access::CheckBox, !file.nameless, chosen, &said));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    let caret = if open { Icon::CaretDown } else { Icon::CaretRight };
    caret.paint(painter, pos2(rect.left() + 22.0, rect.center().y), size::ICON_DETAIL, theme.text2);
    check(painter, theme, pos2(rect.left() + 48.0, rect.center().y), chosen, file.nameless);
    let mut holds = columns.holds;
    if is_tracked {
        let tag = paint_tag(painter, theme, pos2(rect.left() + columns.holds - 76.0, rect.center().y), "Tracked", 76.0);
        holds = tag.left() - rect.left();
    }
    lines(painter, rect, columns.file, holds, (Role::BodyMedium, theme.text, &file.name), (theme.text3, &file.folder));
    lines(painter, rect, columns.holds, columns.risks, (Role::Body, theme.text2, &file.holds), (theme.text3, ""));
    if risks.is_empty() {
        lines(painter, rect, columns.risks, columns.end, (Role::Body, theme.text3, "None seen"), (theme.text3, ""));
    } else {
        let ink = theme.warning().ink;
        Icon::Warning.paint(painter, pos2(rect.left() + columns.risks + 7.0, rect.center().y), size::ICON_DETAIL, ink);
        lines(painter, rect, columns.risks + 22.0, columns.end + 16.0, (Role::BodyMedium, ink, &risks), (theme.text3, ""));
    }
    if file.nameless {
        response.clone().tooltip("Its name is no text. Rename the file to bring it in or track it.");
    } else {
        response.clone().tooltip(format!("{}\n{risks}", shown(&file.path)).trim_end());
    }
}

fn check(painter: &Painter, theme: &Theme, centre: egui::Pos2, on: bool, refused: bool) {
    let square = Rect::from_center_size(centre, vec2(16.0, 16.0));
    if on {
        painter.rect_filled(square, 4.0, theme.accent);
        Icon::Check.paint(painter, square.center(), 12.0, theme.on_accent);
    } else {
        paint::boxed(painter, square, size::RADIUS_TAG, theme.panel, if refused { theme.line } else { theme.control });
    }
}

fn object_ui(ui: &Ui, response: &Response, found: &Found, index: usize, columns: &Columns, desk: &Desk) {
    let theme = theme::of(ui);
    let finding = &found.discovery.findings[index];
    let object = &finding.object;
    let what = words::capital(object.kind.name());
    let (place, stands) = (words::capital(&object.place.to_string()), words::stands(finding, desk));
    let algorithm = object.algorithm.map_or("Not known", |algorithm| algorithm.name());
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{what}, {algorithm}, {place}, {stands}")));
    let (rect, painter) = (response.rect, ui.painter());
    let indent = columns.file + 20.0;
    lines(painter, rect, indent, columns.holds, (Role::BodyMedium, theme.text, &what), (theme.text3, &place));
    lines(painter, rect, columns.holds, columns.risks, (Role::Body, theme.text2, algorithm), (theme.text3, &stands));
    // Its risks stand below it, each with what to do.
    if finding.risks.is_empty() {
        lines(painter, rect, columns.risks, columns.end + 16.0, (Role::Body, theme.text3, "None seen"), (theme.text3, ""));
    }
}

fn risk_ui(ui: &Ui, response: &Response, found: &Found, finding: usize, risk: usize, columns: &Columns) {
    let theme = theme::of(ui);
    let risk = &found.discovery.findings[finding].risks[risk];
    let (sentence, remedy) = (risk.sentence(), risk.remedy());
    let sentence = shown(&sentence);
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{sentence} {remedy}")));
    let (rect, painter) = (response.rect, ui.painter());
    let left = columns.file + 42.0;
    Icon::Warning.paint(painter, pos2(rect.left() + left - 15.0, rect.top() + 14.0), size::ICON_DETAIL, theme.warning().ink);
    lines(painter, rect, left, columns.end + 16.0, (Role::Body, theme.text, &sentence), (theme.text3, remedy));
    response.clone().tooltip(&*sentence);
}

fn unread_ui(ui: &Ui, response: &Response, found: &Found, index: usize, columns: &Columns) {
    let theme = theme::of(ui);
    let (path, why) = &found.discovery.unread[index];
    // The number of the error says nothing to a person.
    let why = why.split(" (os error").next().unwrap_or(why);
    let (path, why) = (shown(path), format!("{}.", words::capital(&shown(why))));
    response.widget_info(|| WidgetInfo::labeled(Access::ListItem, true, format!("{path}, not looked at. {why}")));
    let (rect, painter) = (response.rect, ui.painter());
    Icon::Prohibit.paint(painter, pos2(rect.left() + 48.0, rect.center().y), size::ICON_DETAIL, theme.text3);
    lines(painter, rect, columns.file, columns.holds, (Role::Body, theme.text2, &path), (theme.text3, ""));
    lines(painter, rect, columns.holds, columns.end + 16.0, (Role::Body, theme.text2, &why), (theme.text3, ""));
    response.clone().tooltip(&*why);
}
