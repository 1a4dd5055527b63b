//! What is still to be delivered, over all keys, and who is still to be told of a revocation.

use egui::{Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::inspector::format_icon;
use crate::actions::Action;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::untold;
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, empty_state, paint};
use crate::model::name::shown;
use crate::model::{Format, KeyId};

/// A delivery that is open.
struct Open {
    key: KeyId,
    key_name: String,
    recipient: String,
    format: Format,
    what: String,
}

/// The list; kept until something changes.
#[derive(Default)]
pub struct Due {
    all: Vec<Open>,
    made: Option<(u64, String)>,
}

impl Due {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        self.refresh(view);
        if self.all.is_empty() {
            ui.add_space(96.0);
            let sentence = "Nothing is to be delivered. After a rotation everyone who holds the old version stands here.";
            empty_state(ui, Icon::PaperPlane, sentence, None);
            return;
        }
        ScrollArea::vertical().auto_shrink(false).id_salt("due").show_rows(ui, 48.0, self.all.len(), |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for open in &self.all[rows] {
                row_ui(ui, view, open);
            }
        });
    }

    fn refresh(&mut self, view: &View<'_>) {
        let made = Some((view.desk.generation, view.desk.search.trim().to_lowercase()));
        if self.made == made {
            return;
        }
        self.all.clear();
        for key in view.desk.inventory.keys() {
            let deliveries = key.open_deliveries().map(|delivery| {
                let since = view.desk.day(delivery.since);
                let what = format!("version {} as {}, since {since}", delivery.version, delivery.format.name());
                (delivery.recipient.to_string(), delivery.format, what)
            });
            let told = untold(key).into_iter();
            let told = told.map(|(version, recipient, format)| {
                (recipient, format, format!("to be told that version {version} was revoked"))
            });
            self.all.extend(deliveries.chain(told).map(|(recipient, format, what)| Open {
                key: key.id,
                key_name: shown(&key.name).into_owned(),
                recipient: shown(&recipient).into_owned(),
                format,
                what,
            }));
        }
        let search = made.as_ref().map(|(_, search)| search.clone()).unwrap_or_default();
        self.all.retain(|open| {
            let text = format!("{}\n{}\n{}", open.key_name, open.recipient, open.what).to_lowercase();
            search.is_empty() || text.contains(&search)
        });
        self.all.sort_by(|one, other| one.recipient.cmp(&other.recipient).then(one.key_name.cmp(&other.key_name)));
        self.made = made;
    }
}

fn row_ui(ui: &mut Ui, view: &mut View<'_>, open: &Open) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(Access::ListItem, true, format!("{} waits for {}: {}", open.recipient, open.key_name, open.what))
    });
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    let middle = rect.center().y;
    format_icon(open.format).paint(ui.painter(), pos2(rect.left() + 24.0, middle), size::ICON, theme.text2);
    let room = rect.width() - 220.0;
    let job = Role::job(&[
        (Role::BodyStrong, theme.text, &open.recipient),
        (Role::Body, theme.text, " waits for "),
        (Role::Body, theme.text, &open.key_name),
    ]);
    let job = egui::text::LayoutJob { wrap: egui::text::TextWrapping::truncate_at_width(room), ..job };
    let words = ui.painter().layout_job(job);
    paint::place(ui.painter(), words, rect.left() + 44.0, middle - 9.0);
    let what = paint::galley_cut(ui.painter(), Role::Small, theme.text3, &open.what, room);
    paint::place(ui.painter(), what, rect.left() + 44.0, middle + 9.0);
    let at = egui::Rect::from_min_max(pos2(rect.right() - 156.0, middle - 14.0), pos2(rect.right() - 16.0, middle + 14.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let salt = (open.key, &open.recipient, &open.what);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(salt).max_rect(at).layout(layout));
    if child.add(Button::new("Deliveries").small().icon(Icon::PaperPlane)).clicked() {
        view.asks.push(Ask::Select(vec![open.key]));
        view.asks.act(Action::Deliveries);
    }
}
