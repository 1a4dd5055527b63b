//! The preview as a table: only lines that show are drawn, one of them takes the keyboard.

use egui::{EventFilter, Id, Key, Modifiers, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::gather::middle_cut;
use super::lines::{Lines, is_new};
use super::words::{self, Look};
use crate::custodian::import::Object;
use crate::desktop::desk::View;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Field, Tooltips, menu, menu_item, paint};
use crate::model::Purpose;
use crate::model::name::shown;

/// Where the columns begin, by the width there is; a column that folded away has no room.
struct Columns {
    name: f32,
    kind: f32,
    algorithm: f32,
    certificate: f32,
    fate: f32,
    purpose: f32,
    place: f32,
    end: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        // What becomes of a line, its purpose and where it lies stay longest; the others fold away from the last.
        let narrow = width < 640.0;
        let mut left = width - 40.0 - NAME;
        let mut fitting = |room: f32| {
            let fits = left >= room;
            left = if fits { left - room } else { 0.0 };
            if fits { room } else { 0.0 }
        };
        let lasting = if narrow { [150.0, 104.0, 92.0] } else { [170.0, 118.0, 112.0] };
        let [fate, purpose, place] = lasting.map(&mut fitting);
        let [kind, algorithm, certificate] = [144.0, 128.0, 86.0].map(&mut fitting);
        let rooms = [kind, algorithm, certificate, fate, purpose, place];
        let name = (width - 40.0 - rooms.iter().sum::<f32>()).max(120.0);
        let mut at = 40.0 + name;
        let mut next = |room: f32| {
            at += room;
            at - room
        };
        let [kind, algorithm, certificate, fate, purpose, place] = rooms.map(&mut next);
        Self { name: 40.0, kind, algorithm, certificate, fate, purpose, place, end: width }
    }
}

/// The least room of a name.
const NAME: f32 = 150.0;

/// A dialog is on top after this many passes.
const ASKS: u8 = 4;

/// Draws the heads and the lines; true when Enter confirms.
pub(super) fn ui(ui: &mut Ui, lines: &mut Lines, height: f32, view: &View<'_>) -> bool {
    let theme = theme::of(ui);
    let frame = egui::Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(size::RADIUS);
    let mut confirmed = false;
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = Columns::of(ui.available_width());
        heads_ui(ui, &columns, lines.ended.is_some());
        if lines.shown.is_empty() {
            ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
                ui.set_min_size(vec2(ui.available_width(), height));
                ui.add_space(height * 0.4);
                ui.vertical_centered(|ui| Role::Body.label(ui, theme.text3, "Nothing of this kind."));
            });
            return;
        }
        confirmed = keys(ui, lines, height, view);
        let mut area = ScrollArea::vertical().id_salt("import-lines").max_height(height).auto_shrink(false);
        let offset = Id::unique("import-offset");
        if lines.reveal {
            let now = ui.data(|data| data.get_temp::<f32>(offset)).unwrap_or(0.0);
            let top = lines.cursor as f32 * size::ROW;
            area = area.vertical_scroll_offset(now.min(top).max(top + size::ROW - height));
        }
        let scrolled = area.show_rows(ui, size::ROW, lines.shown.len(), |ui, range| {
            for number in range {
                line_ui(ui, lines, number, &columns, view);
            }
        });
        ui.data_mut(|data| data.insert_temp(offset, scrolled.state.clamped_offset().y));
        // A dialog that is new is not on top yet, and gets no keyboard: it is asked for again.
        if lines.reveal
            && let Some(&line) = lines.shown.get(lines.cursor)
        {
            let id = id_of(lines.all[line].object);
            lines.asks += 1;
            lines.reveal = ui.is_enabled() && lines.editing.is_none() && lines.asks < ASKS;
            if lines.editing.is_none() {
                ui.memory_mut(|memory| memory.request_focus(id));
                ui.ctx().request_repaint();
            }
        }
        if !lines.reveal {
            lines.asks = 0;
        }
    });
    confirmed
}

fn id_of(object: usize) -> Id {
    Id::unique(("import-line", object))
}

fn heads_ui(ui: &mut Ui, columns: &Columns, ended: bool) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::COLUMN_HEAD), Sense::hover());
    ui.painter().rect_filled(rect.shrink(1.0), f32::from(size::RADIUS - 1), theme.window);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line));
    let fate = if ended { "How it ended" } else { "What becomes of it" };
    let heads = [
        ("Name", columns.name, columns.kind),
        ("What it is", columns.kind, columns.algorithm),
        ("Algorithm", columns.algorithm, columns.certificate),
        ("Certificate", columns.certificate, columns.fate),
        (fate, columns.fate, columns.purpose),
        ("Purpose", columns.purpose, columns.place),
        ("Where", columns.place, columns.end),
    ];
    for (words, from, to) in heads.into_iter().filter(|(_, from, to)| to - from > 1.0) {
        let words = paint::galley_cut(ui.painter(), Role::Caption, theme.text2, words, to - from - 8.0);
        paint::place(ui.painter(), words, rect.left() + from, rect.center().y);
    }
}

/// What the keyboard does at the cursor. True when Enter confirms.
fn keys(ui: &Ui, lines: &mut Lines, height: f32, view: &View<'_>) -> bool {
    let Some(&line) = lines.shown.get(lines.cursor) else { return false };
    let id = id_of(lines.all[line].object);
    if lines.editing.is_some() || !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (last, page) = (lines.shown.len() - 1, (height / size::ROW) as usize);
    let at = lines.cursor;
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
            lines.cursor = to.min(last);
            lines.reveal = true;
        }
    }
    if lines.ended.is_none() {
        if pressed(Key::F2) && is_new(lines.object(line)) {
            lines.editing = Some((line, lines.all[line].name.clone()));
            paint::offer_focus(ui.ctx());
        }
        if pressed(Key::Space) {
            let on = !lines.all[line].on;
            lines.tick(line, on, &view.desk.inventory);
        }
    }
    pressed(Key::Enter)
}

fn line_ui(ui: &mut Ui, lines: &mut Lines, number: usize, columns: &Columns, view: &View<'_>) {
    let theme = theme::of(ui);
    let Some(&line) = lines.shown.get(number) else { return };
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), size::ROW));
    let sense = if number == lines.cursor { Sense::click() } else { Sense::CLICK };
    let response = ui.interact(rect, id_of(lines.all[line].object), sense);
    let open = lines.ended.is_none();
    let acts = lines.object(line).verdict.acts() && open;
    let spoken = words::spoken(lines, line, view.desk);
    let on = lines.all[line].on && acts;
    response.widget_info(|| {
        if acts {
            WidgetInfo::selected(Access::CheckBox, true, on, &spoken)
        } else {
            WidgetInfo::labeled(Access::ListItem, true, &spoken)
        }
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.shrink2(vec2(1.0, 0.0)), 0.0, theme.hover);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    if response.clicked() {
        lines.cursor = number;
        let at = response.interact_pointer_pos().map_or(0.0, |at| at.x - rect.left());
        // Enter belongs to the dialog, with Ctrl or without.
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        if acts && at < columns.name && !entered {
            lines.tick(line, !on, &view.desk.inventory);
        }
        response.request_focus();
    }
    if response.double_clicked() && open && is_new(lines.object(line)) {
        lines.editing = Some((line, lines.all[line].name.clone()));
        paint::offer_focus(ui.ctx());
    }
    let indent = if lines.all[line].indent { 20.0 } else { 0.0 };
    if acts {
        let square = Rect::from_center_size(pos2(rect.left() + 20.0, rect.center().y), vec2(16.0, 16.0));
        if on {
            ui.painter().rect_filled(square, 4.0, theme.accent);
            Icon::Check.paint(ui.painter(), square.center(), 12.0, theme.on_accent);
        } else {
            paint::boxed(ui.painter(), square, size::RADIUS_TAG, theme.panel, theme.control);
        }
    }
    cells_ui(ui, lines, line, columns, rect, view);
    name_ui(ui, lines, line, rect, columns, indent, view);
    if open && is_new(lines.object(line)) {
        purpose_ui(ui, lines, number, line, rect, columns);
    }
    paint::focus_ring(ui, &response, rect.shrink(1.0), size::RADIUS_TAG);
    response.tooltip(spoken);
}

/// What its file or entry is called.
fn file_of(object: &Object) -> String {
    let file = || object.path.rsplit(['/', '\\']).next().unwrap_or(&object.path).to_owned();
    object.label.clone().filter(|label| !label.trim().is_empty()).unwrap_or_else(file)
}

/// What something is, as an icon before its name.
fn icon_of(lines: &Lines, line: usize) -> Icon {
    use crate::custodian::import::Facts;
    match &lines.object(line).facts {
        Facts::Secret { .. } => Icon::Key,
        Facts::Public => Icon::Fingerprint,
        Facts::Certificate(_) | Facts::SshCertificate { .. } => Icon::SealCheck,
        Facts::Request => Icon::Certificate,
        Facts::RevocationList { .. } => Icon::Prohibit,
        facts @ Facts::Unread(_) => {
            if facts.wants_passphrase() {
                Icon::Lock
            } else {
                Icon::File
            }
        }
    }
}

fn name_ui(ui: &mut Ui, lines: &mut Lines, line: usize, rect: Rect, columns: &Columns, indent: f32, view: &View<'_>) {
    let theme = theme::of(ui);
    let left = rect.left() + columns.name + indent;
    let room = columns.kind - columns.name - indent - 12.0;
    let middle = rect.center().y;
    if lines.editing.as_ref().is_some_and(|(edited, _)| *edited == line) {
        let at = Rect::from_min_size(pos2(left, rect.top()), vec2(room, size::CONTROL));
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt("import-name").max_rect(at));
        let Some((_, text)) = &mut lines.editing else { return };
        let response = Field::new("Name").bare().width(room).show(&mut child, text);
        let escaped = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if escaped {
            lines.editing = None;
        } else if response.lost_focus() {
            lines.rename(&view.desk.inventory);
        }
        if escaped || response.lost_focus() {
            ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
            lines.reveal = true;
        }
        return;
    }
    let quiet = !lines.object(line).verdict.acts() || !lines.all[line].on;
    let ink = if quiet { theme.text3 } else { theme.text2 };
    icon_of(lines, line).paint(ui.painter(), pos2(left + 8.0, middle), size::ICON, ink);
    let name = &lines.all[line].name;
    let name = if name.is_empty() { file_of(lines.object(line)) } else { name.clone() };
    let ink = if quiet { theme.text2 } else { theme.text };
    let role = if lines.all[line].indent { Role::Body } else { Role::BodyMedium };
    let words = paint::galley_cut(ui.painter(), role, ink, &shown(&name), room - 24.0);
    paint::place(ui.painter(), words, left + 24.0, middle);
}

fn cells_ui(ui: &Ui, lines: &Lines, line: usize, columns: &Columns, rect: Rect, view: &View<'_>) {
    let theme = theme::of(ui);
    let object = lines.object(line);
    let (painter, middle) = (ui.painter(), rect.center().y);
    let cell = |role: Role, ink, words: &str, from: f32, to: f32| {
        // A column that folded away ends where it begins.
        if to - from < 1.0 {
            return rect.left() + from;
        }
        let galley = paint::galley_cut(painter, role, ink, words, to - from - 12.0);
        paint::place(painter, galley, rect.left() + from, middle)
    };
    let kind = words::sentence(object.kind.name());
    cell(Role::Body, theme.text2, kind.trim_end_matches('.'), columns.kind, columns.algorithm);
    let (algorithm, bits) = words::strength(object);
    let end = cell(Role::Body, theme.text2, algorithm, columns.algorithm, columns.certificate) - rect.left();
    let legacy = object.algorithm.is_some_and(|algorithm| algorithm.strength_bits() > 0 && algorithm.strength_bits() < 128);
    let ink = if legacy { theme.warning().ink } else { theme.text3 };
    if columns.certificate - end > 24.0 && !bits.is_empty() {
        cell(Role::Caption, ink, &bits, end + 5.0, columns.certificate + 12.0);
    }
    if let Some((until, over)) = words::certificate(lines, line, view.desk) {
        let ink = if over { theme.warning().ink } else { theme.text2 };
        cell(Role::Small, ink, &until, columns.certificate, columns.fate);
    }
    let (look, short, _) = words::fate(lines, line, view.desk);
    let (ink, icon) = match look {
        Look::Plain => (theme.text, None),
        Look::Good => (theme.good().ink, Some(Icon::CheckCircle)),
        Look::Quiet => (theme.text3, None),
        Look::Care => (theme.warning().ink, Some(Icon::Warning)),
        Look::Locked => (theme.warning().ink, Some(Icon::Lock)),
    };
    let mut left = columns.fate;
    if let Some(icon) = icon {
        icon.paint(painter, pos2(rect.left() + left + 7.0, middle), size::ICON_DETAIL, ink);
        left += 20.0;
    }
    // Where there is no purpose to choose the words have its room.
    let room = if is_new(object) { columns.purpose } else { columns.place };
    cell(Role::Small, ink, &short, left, room);
    if lines.ended.is_some() && is_new(object) {
        cell(Role::Body, theme.text2, lines.all[line].purpose.name(), columns.purpose, columns.place);
    }
    let most = ((columns.end - columns.place - 14.0) / 7.4).max(0.0) as usize;
    let file = object.path.rsplit(['/', '\\']).next().unwrap_or(&object.path);
    let place = match object.place.to_string().as_str() {
        "the file" => middle_cut(&object.path, most.max(file.chars().count().min(most))),
        place => format!("{file}, {place}"),
    };
    cell(Role::Small, theme.text3, &shown(&place), columns.place, columns.end);
}

fn purpose_ui(ui: &mut Ui, lines: &mut Lines, number: usize, line: usize, rect: Rect, columns: &Columns) {
    let theme = theme::of(ui);
    let at = Rect::from_min_max(
        pos2(rect.left() + columns.purpose - 6.0, rect.top() + 3.0),
        pos2(rect.left() + columns.place - 10.0, rect.bottom() - 3.0),
    );
    let sense = if number == lines.cursor { Sense::click() } else { Sense::CLICK };
    let response = ui.interact(at, Id::unique(("import-purpose", lines.all[line].object)), sense);
    let chosen = lines.all[line].purpose;
    let name = shown(&lines.all[line].name).into_owned();
    response.widget_info(|| WidgetInfo::labeled(Access::ComboBox, true, format!("Purpose of {name}: {}", chosen.name())));
    let hovered = response.hovered() || response.has_focus();
    if hovered {
        paint::boxed(ui.painter(), at, size::RADIUS, theme.panel, theme.line);
    }
    paint::focus_ring(ui, &response, at, size::RADIUS);
    let words = paint::galley_cut(ui.painter(), Role::Body, theme.text2, chosen.name(), at.width() - 26.0);
    let end = paint::place(ui.painter(), words, at.left() + 6.0, at.center().y);
    Icon::CaretDown.paint(ui.painter(), pos2(end + 9.0, at.center().y), 11.0, theme.text3);
    menu(&response, |ui| {
        ui.set_min_width(160.0);
        for purpose in Purpose::ALL {
            if menu_item(ui, purpose.name(), "", purpose == chosen).clicked() {
                lines.all[line].purpose = purpose;
                ui.close();
            }
        }
    });
}
