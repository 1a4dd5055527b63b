//! An import of files that were discovered in folders: what goes with those that are removed after it, what
//! became of them, and where the person came from.

use std::collections::HashSet;
use std::path::PathBuf;

use egui::{ScrollArea, Ui};

use super::lines::{Line, Lines};
use super::{ImportKeys, Step};
use crate::custodian::discover::Removal;
use crate::custodian::import::{Beside, Verdict};
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Tone, Tooltips, paint};
use crate::model::name::shown;

/// So many lines show at once under the banner.
const LINES: f32 = 4.0;

/// Files that were chosen among those that were discovered.
pub struct FromFolders {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// Remove each once all it holds was brought in, read back and compared.
    pub remove: bool,
    /// The folders that were looked through: they are looked through again after it.
    pub folders: Vec<PathBuf>,
}

/// What is to be removed after an import, and what was.
pub(super) struct Folders {
    from: FromFolders,
    removals: Option<Vec<Removal>>,
    /// Something changed, so that what shows behind the dialog is old.
    changed: bool,
}

impl Folders {
    pub(super) const fn new(from: FromFolders) -> Self {
        Self { from, removals: None, changed: false }
    }

    /// Files are still to be removed.
    const fn removes(&self) -> bool {
        self.from.remove && self.removals.is_none()
    }

    /// How many files are still to be removed, as far as can be told before: all that is in them comes in or is
    /// here, and nothing else stands in them.
    pub(super) fn to_remove(&self, lines: &Lines) -> usize {
        if !self.removes() {
            return 0;
        }
        let stays = |line: &&Line| {
            let object = &lines.objects[line.object];
            let left = object.verdict.acts() && !line.on;
            left || matches!(object.verdict, Verdict::Refused(_)) || matches!(object.beside, Beside::Other(_))
        };
        let staying: HashSet<&str> = lines.all.iter().filter(stays).map(|line| &*lines.objects[line.object].path).collect();
        let secrets = lines.objects.iter().filter(|object| object.facts.is_secret()).map(|object| &*object.path);
        let going: HashSet<&str> = secrets.filter(|path| !staying.contains(path)).collect();
        going.len()
    }

    /// Asks for the removal, if it is still to be done.
    pub(super) fn request(&mut self) -> Option<Request> {
        self.changed = true;
        if !self.removes() {
            return None;
        }
        let paths = self.from.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        Some(Request::RemoveRead(paths))
    }

    /// What became of the files.
    pub(super) fn removed(&mut self, removals: Vec<Removal>) {
        self.removals = Some(removals);
    }

    /// The files were not touched.
    pub(super) const fn untouched(&self) -> bool {
        self.removals.is_none()
    }

    /// The screen behind shows what lies there now.
    pub(super) fn leave(&self, view: &mut View<'_>) {
        if self.changed {
            view.asks.push(Ask::Seek(Request::Discover(self.from.folders.clone())));
        }
    }

    /// Before: that files are removed, what goes with them, and which stay. After: what became of each.
    pub(super) fn ui(&self, ui: &mut Ui, lines: &Lines) {
        match &self.removals {
            Some(removals) => report_ui(ui, removals),
            None if self.from.remove => preview_ui(ui, self.to_remove(lines), self.from.paths.len(), lines),
            None => {}
        }
    }
}

impl ImportKeys {
    /// How many files are still to be removed.
    pub(super) fn to_remove(&self, lines: &Lines) -> usize {
        self.folders.as_ref().map_or(0, |folders| folders.to_remove(lines))
    }

    /// Files whose keys are here already may go all the same.
    pub(super) fn only_removes(&self, lines: &Lines) -> bool {
        self.to_remove(lines) > 0 && lines.ticked() == (0, 0)
    }

    /// What the button does.
    pub(super) fn confirm_words(&self, lines: &Lines) -> String {
        let (ticked, _) = lines.ticked();
        let files = |count| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
        match self.to_remove(lines) {
            0 => format!("Import {ticked}"),
            remove if ticked == 0 => format!("Remove {}", files(remove)),
            remove => format!("Import {ticked}, remove {}", files(remove)),
        }
    }

    /// Has the files removed, if that was asked and is still to be done.
    pub(super) fn remove(&mut self, view: &mut View<'_>) {
        if let Some(request) = self.folders.as_mut().and_then(Folders::request) {
            self.step = Step::Removing;
            self.work.begin();
            view.asks.push(Ask::Request(request));
        }
    }
}

fn preview_ui(ui: &mut Ui, going: usize, files: usize, lines: &Lines) {
    let strong = match (going, files) {
        (0, _) => "No file can be removed so far:".to_owned(),
        (1, 1) => "The file is removed,".to_owned(),
        (going, files) if going == files => format!("{files} files are removed,"),
        (going, files) => format!("{going} of {files} files are removed,"),
    };
    let text = if going == 0 {
        "a file goes once all it holds was brought in, read back from its store and compared."
    } else if files == 1 {
        "once all it holds was brought in, read back from its store and compared."
    } else {
        "each once all it holds was brought in, read back from its store and compared."
    };
    Banner { tone: Tone::Info, strong: &strong, text, action: None, dismiss: false, rounded: true }.show(ui);
    let beside = lines.objects.iter().filter_map(|object| match &object.beside {
        Beside::NotKept(what) => Some((Icon::Info, &*object.path, what.clone())),
        Beside::Other(why) => Some((Icon::Warning, &*object.path, format!("{why} The file stays."))),
        Beside::Nothing => None,
    });
    list_ui(ui, &beside.collect::<Vec<_>>());
}

fn report_ui(ui: &mut Ui, removals: &[Removal]) {
    let removed = removals.iter().filter(|removal| removal.kept.is_none()).count();
    let stay = removals.len() - removed;
    let strong = match removed {
        0 => "No file was removed.".to_owned(),
        1 => "1 file was removed.".to_owned(),
        many => format!("{many} files were removed."),
    };
    let text = match stay {
        0 => String::new(),
        1 => "1 stays; why is said below.".to_owned(),
        many => format!("{many} stay; why is said below."),
    };
    let tone = if stay == 0 { Tone::Good } else { Tone::Warning };
    Banner { tone, strong: &strong, text: &text, action: None, dismiss: false, rounded: true }.show(ui);
    // Those that stay first: they want something.
    let told = |kept: bool| {
        removals.iter().filter(move |removal| removal.kept.is_some() == kept).map(|removal| match &removal.kept {
            Some(why) => (Icon::Warning, &*removal.path, why.clone()),
            None => (Icon::Check, &*removal.path, "Removed.".to_owned()),
        })
    };
    list_ui(ui, &told(true).chain(told(false)).collect::<Vec<_>>());
}

/// A line for each file: its path, and what is said of it.
fn list_ui(ui: &mut Ui, lines: &[(Icon, &str, String)]) {
    if lines.is_empty() {
        return;
    }
    let theme = theme::of(ui);
    let row = 20.0;
    let height = row * (lines.len() as f32).min(LINES);
    ScrollArea::vertical().id_salt("import-files").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        row,
        lines.len(),
        |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (icon, path, told) in &lines[range] {
                let (rect, response) = ui.allocate_exact_size(egui::vec2(ui.available_width(), row), egui::Sense::hover());
                let (path, told) = (shown(path), shown(told));
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{path}: {told}")));
                let ink = if *icon == Icon::Warning { theme.warning().ink } else { theme.text3 };
                icon.paint(ui.painter(), egui::pos2(rect.left() + 20.0, rect.center().y), size::ICON_DETAIL, ink);
                let middle = super::gather::middle_cut(&path, 56);
                let end = rect.left() + 36.0;
                let name = paint::galley_cut(ui.painter(), Role::SmallMedium, theme.text, &middle, rect.width() * 0.5);
                let end = paint::place(ui.painter(), name, end, rect.center().y);
                let rest = paint::galley_cut(ui.painter(), Role::Small, theme.text2, &told, rect.right() - end - 20.0);
                paint::place(ui.painter(), rest, end + 12.0, rect.center().y);
                response.tooltip(format!("{path}\n{told}"));
            }
        },
    );
}
