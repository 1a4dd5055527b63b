//! Which folders are looked through, and what is tracked already.

use std::path::PathBuf;

use egui::{Frame, Key, Margin, Rect, Role as Access, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{Tracked, Watched, foot};
use crate::actions::Action;
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::expanded;
use crate::desktop::icons::Icon;
use crate::desktop::pick::{Pick, Picked};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Field, Tooltips, checkbox, link, paint, section_header};
use crate::model::alert::FileTrouble;
use crate::model::name::shown;

/// How wide the form is at most.
const WIDTH: f32 = 720.0;

/// A folder that can be looked through.
struct Place {
    path: PathBuf,
    chosen: bool,
}

/// The first step.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named")]
pub(super) struct Choose {
    /// Asked for when the screen is first shown.
    asked: bool,
    places: Vec<Place>,
    typed: String,
    trouble: Option<&'static str>,
    /// A path is typed in place of the system's dialog.
    typing: bool,
    fresh: bool,
    /// The system's dialog is open.
    pub(super) waiting: bool,
    no_dialog: bool,
}

impl Choose {
    /// Folders that exist here: a person's own and the system's are chosen at first.
    pub(super) fn suggested(&mut self, folders: Vec<PathBuf>) {
        let usual = |path: &PathBuf| path.ends_with(".ssh") || path.starts_with("/etc");
        for path in folders {
            if self.places.iter().all(|place| place.path != path) {
                self.places.push(Place { chosen: usual(&path), path });
            }
        }
    }

    pub(super) fn picked(&mut self, picked: Picked) {
        self.waiting = false;
        match picked {
            Picked::Path(path) => self.add(path),
            Picked::Paths(paths) => paths.into_iter().for_each(|path| self.add(path)),
            Picked::Cancelled => {}
            Picked::NoDialog => (self.typing, self.fresh, self.no_dialog) = (true, true, true),
        }
    }

    fn add(&mut self, path: PathBuf) {
        match self.places.iter_mut().find(|place| place.path == path) {
            Some(place) => place.chosen = true,
            None => self.places.push(Place { path, chosen: true }),
        }
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, tracked: &Tracked, view: &mut View<'_>) {
        if !std::mem::replace(&mut self.asked, true) {
            view.asks.push(Ask::Look(Request::SuggestFolders));
        }
        ScrollArea::vertical().auto_shrink(false).id_salt("discover").show(ui, |ui| {
            Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                ui.set_max_width(WIDTH);
                ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                section_header(ui, "Find keys, certificates and keystores that lie in folders", None, None);
                let hint = "Files are only looked at: nothing is changed, no link is followed. Keys that .gitignore hides are found too.";
                Role::Small.label(ui, theme::of(ui).text3, hint);
                ui.add_space(4.0);
                for place in &mut self.places {
                    checkbox(ui, &mut place.chosen, &shown(&place.path.to_string_lossy()));
                }
                if self.places.is_empty() {
                    Role::Body.label(ui, theme::of(ui).text2, "None of the usual folders is here. Choose one.");
                }
                self.more_ui(ui, view);
                ui.add_space(8.0);
                self.start_ui(ui, view);
                if !tracked.is_empty() {
                    ui.add_space(16.0);
                    section_header(ui, "Tracked where they lie", Some(tracked.len()), None);
                    tracked.iter().for_each(|(path, watched)| tracked_ui(ui, path, watched, view));
                }
            });
        });
    }

    /// Another folder: by the system's dialog, or typed.
    fn more_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.horizontal(|ui| {
            let refused = self.waiting.then_some("The system's file dialog is open.");
            if ui.add(Button::new("Choose a folder").icon(Icon::Folder).refused(refused)).clicked() {
                self.waiting = true;
                view.asks.push(Ask::Pick(Pick::Folder { title: "Choose a folder to look through".into() }));
            }
            if !self.typing && link(ui, "Type a path instead", None).clicked() {
                (self.typing, self.fresh) = (true, true);
            }
        });
        if !self.typing {
            return;
        }
        if self.no_dialog {
            Role::Small.label(ui, theme::of(ui).text2, "The system's file dialog did not answer. Type the path.");
        }
        if std::mem::take(&mut self.fresh) {
            paint::offer_focus(ui.ctx());
        }
        let field = Field::new("Another folder").hint("A whole path, such as /srv/www or ~/work").error(self.trouble).mono();
        let response = field.show(ui, &mut self.typed);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let none = self.typed.trim().is_empty().then_some("Type a folder first.");
        if (ui.add(Button::new("Add the folder").icon(Icon::Plus).refused(none)).clicked() || entered) && none.is_none() {
            let path = expanded(self.typed.trim());
            if path.is_absolute() {
                self.add(path);
                self.typed.clear();
                self.trouble = None;
            } else {
                self.trouble = Some("Type the whole path, from / or ~ on.");
            }
        }
    }

    fn start_ui(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        ui.horizontal(|ui| {
            let chosen = self.places.iter().filter(|place| place.chosen);
            let folders: Vec<PathBuf> = chosen.map(|place| place.path.clone()).collect();
            let refused = folders.is_empty().then_some("Choose a folder first.");
            if ui.add(Button::primary("Look through them").icon(Icon::Search).refused(refused)).clicked() {
                view.asks.push(Ask::Seek(Request::Discover(folders)));
            }
            ui.add_space(8.0);
            if link(ui, "Import single files instead", None).clicked() {
                view.asks.act(Action::Import);
            }
        });
    }
}

/// A tracked file: whose it is, how it is, and what can be done.
fn tracked_ui(ui: &mut Ui, path: &str, watched: &Watched, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let (ink, icon, state) = match &watched.trouble {
        None => (theme.text3, Icon::Eye, "As it was noted"),
        Some(FileTrouble::Changed(_)) => (theme.warning().ink, Icon::Warning, "Changed"),
        Some(FileTrouble::Gone(_)) => (theme.warning().ink, Icon::Warning, "Gone, or not readable"),
    };
    let file = shown(path);
    response.widget_info(|| WidgetInfo::labeled(Access::Label, true, format!("{file}, {}, {state}", watched.names)));
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.line_soft));
    icon.paint(painter, pos2(rect.left() + 8.0, rect.center().y), size::ICON, ink);
    let buttons = if watched.trouble.is_some() { 288.0 } else { 120.0 };
    let room = rect.width() - 28.0 - buttons;
    let first = paint::galley_cut(painter, Role::BodyMedium, theme.text, &file, room);
    paint::place(painter, first, rect.left() + 28.0, rect.top() + 14.0);
    let second =
        paint::galley_cut(painter, Role::Small, theme.text3, &format!("{}, {}", watched.names, state.to_lowercase()), room);
    paint::place(painter, second, rect.left() + 28.0, rect.top() + 31.0);
    if let Some(FileTrouble::Changed(told) | FileTrouble::Gone(told)) = &watched.trouble {
        response.tooltip(&told.trouble);
    }
    let right = Rect::from_min_max(pos2(rect.right() - buttons, rect.top()), rect.max);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(("tracked", path)).max_rect(right).layout(layout));
    child.spacing_mut().item_spacing.x = 8.0;
    let refused = view.desk.context.can_change().err();
    if child.add(Button::new("Stop tracking").small().refused(refused.as_deref())).clicked() {
        foot::stop(watched.versions.clone(), view);
    }
    if matches!(watched.trouble, Some(FileTrouble::Changed(_)))
        && child.add(Button::new("Track as it is now").small().refused(refused.as_deref())).clicked()
    {
        foot::track(path, view);
    }
}
