//! The recipients of the address book as rows to tick: what the chosen form seals to, how sure it is theirs, until when.

use egui::{CornerRadius, Frame, Margin, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::desktop::desk::Desk;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::paint;
use crate::model::name::shown;
use crate::model::recipient::EXPIRES_SOON_DAYS;
use crate::model::{Format, RecipientKey, RecipientKeyKind, SealFault};

/// Rows before the list scrolls.
const ROWS: f32 = 4.5;
const ROW: f32 = 44.0;

/// A recipient.
pub(super) struct Person {
    /// As it is kept.
    pub(super) name: String,
    /// As it is shown.
    pub(super) shown: String,
    pub(super) ticked: bool,
    icon: Icon,
    fit: Fit,
}

/// What the chosen form seals to.
enum Fit {
    /// This, in words.
    Key {
        line: String,
        confirmed: bool,
        /// It ends within a month.
        soon: bool,
    },
    /// Nothing, and why.
    Nothing(String),
}

impl Person {
    pub(super) fn fits(&self) -> bool {
        matches!(self.fit, Fit::Key { .. })
    }

    /// It is chosen, and nobody made sure that the key is theirs.
    pub(super) fn is_unsure(&self) -> bool {
        self.ticked && matches!(self.fit, Fit::Key { confirmed: false, .. })
    }
}

/// Everybody in the address book, for a form.
pub(super) fn people(desk: &Desk, format: Format) -> Vec<Person> {
    let one = |recipient: &crate::model::Recipient| {
        let name = recipient.name.to_string();
        let service = |key: &RecipientKey| key.kind == RecipientKeyKind::WrappingKey;
        let service = !recipient.keys.is_empty() && recipient.keys.iter().all(service);
        let icon = if service { Icon::Cloud } else { Icon::User };
        Person { shown: shown(&name).into_owned(), fit: fit(desk, &name, format), name, ticked: false, icon }
    };
    desk.inventory.recipients().iter().map(one).collect()
}

/// Says anew what fits; who does not fit any more is not ticked any more.
pub(super) fn refit(people: &mut [Person], desk: &Desk, format: Format) {
    for person in people {
        person.fit = fit(desk, &person.name, format);
        person.ticked &= person.fits();
    }
}

fn fit(desk: &Desk, name: &str, format: Format) -> Fit {
    match desk.inventory.sealed_to(&[name.to_owned()], format, desk.now) {
        Ok(found) => found.first().map_or_else(|| Fit::Nothing(String::new()), |to| key(desk, &to.key)),
        Err(SealFault::NoKey { wanted, .. }) => Fit::Nothing(format!("No {wanted}")),
        Err(SealFault::Expired { since, .. }) => Fit::Nothing(format!("Its certificate expired on {since}")),
        Err(SealFault::NotYet { from, .. }) => Fit::Nothing(format!("Its certificate is valid from {from} on")),
        Err(fault) => Fit::Nothing(fault.to_string()),
    }
}

fn key(desk: &Desk, key: &RecipientKey) -> Fit {
    let confirmed = key.confirmed.as_ref();
    let sure = confirmed.map_or_else(|| "not confirmed".to_owned(), |how| format!("confirmed {}", how.way.name()));
    let until = key.expires.map(|end| format!(", until {}", desk.date(end))).unwrap_or_default();
    let soon = key.expires.is_some_and(|end| end <= desk.now.plus_days(EXPIRES_SOON_DAYS));
    Fit::Key { line: format!("{}, {sure}{until}", key.kind.name()), confirmed: confirmed.is_some(), soon }
}

/// Draws the list; the place of the one whose box was pressed.
pub(super) fn people_ui(ui: &mut Ui, people: &[Person]) -> Option<usize> {
    let theme = theme::of(ui);
    let mut pressed = None;
    let frame = Frame::new().stroke(Stroke::new(1.0, theme.line)).corner_radius(CornerRadius::same(size::RADIUS));
    frame.inner_margin(Margin::same(4)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let scroll = ScrollArea::vertical().max_height(ROW * ROWS).auto_shrink([false, true]).id_salt("recipients");
        scroll.show_rows(ui, ROW, people.len(), |ui, rows| {
            for index in rows {
                if ui.push_id(&people[index].name, |ui| person_ui(ui, &people[index])).inner {
                    pressed = Some(index);
                }
            }
        });
    });
    pressed
}

/// A row: a box, the name, and under it what is sealed to. True when it was pressed.
fn person_ui(ui: &mut Ui, person: &Person) -> bool {
    let theme = theme::of(ui);
    let fits = person.fits();
    let sense = if fits { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), sense);
    let (line, ink) = match &person.fit {
        Fit::Key { line, confirmed, soon } => (line, if *confirmed && !soon { theme.text3 } else { theme.warning().ink }),
        Fit::Nothing(why) => (why, theme.text3),
    };
    response.widget_info(|| WidgetInfo::selected(Access::CheckBox, fits, person.ticked, format!("{}, {line}", person.shown)));
    if person.ticked || (fits && response.hovered()) {
        let ground = if person.ticked { theme.selected } else { theme.hover };
        ui.painter().rect_filled(rect, f32::from(size::RADIUS), ground);
    }
    let square = Rect::from_min_size(pos2(rect.left() + 8.0, rect.center().y - 8.0), vec2(16.0, 16.0));
    if person.ticked {
        ui.painter().rect_filled(square, 4.0, theme.accent);
        Icon::Check.paint(ui.painter(), square.center(), 12.0, theme.on_accent);
    } else if fits {
        paint::boxed(ui.painter(), square, size::RADIUS_TAG, theme.panel, theme.control);
    }
    paint::focus_ring(ui, &response, rect, size::RADIUS);
    let (left, room) = (rect.left() + 60.0, rect.width() - 72.0);
    let name_ink = if fits { theme.text } else { theme.text3 };
    person.icon.paint(ui.painter(), pos2(rect.left() + 44.0, rect.center().y), size::ICON, name_ink);
    let name = paint::galley_cut(ui.painter(), Role::BodyMedium, name_ink, &person.shown, room);
    paint::place(ui.painter(), name, left, rect.center().y - 9.0);
    let line = paint::galley_cut(ui.painter(), Role::Small, ink, line, room);
    paint::place(ui.painter(), line, left, rect.center().y + 9.0);
    response.clicked()
}
