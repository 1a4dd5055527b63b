//! What is to become of the chosen files.

use std::path::PathBuf;

use egui::{Align, Layout, Ui};

use super::Tracked;
use super::found::Found;
use crate::custodian::link::Request;
use crate::desktop::desk::{Ask, View};
use crate::desktop::dialogs::{FromFolders, ImportKeys};
use crate::desktop::icons::Icon;
use crate::desktop::theme::{self, Role};
use crate::desktop::widgets::{Button, Tooltips, link};
use crate::model::name::shown;
use crate::model::{Command, VersionRef};

/// Draws it at the foot of the screen.
pub(super) fn ui(ui: &mut Ui, found: &mut Found, folders: &[PathBuf], tracked: &Tracked, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new().fill(theme.window).inner_margin(egui::Margin::symmetric(16, 8));
    egui::Panel::bottom("discover-foot").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            let count = found.chosen.len();
            let all = if found.files.len() == 1 { "1 file".to_owned() } else { format!("{} files", found.files.len()) };
            Role::Small.line(ui, theme.text2, format!("{count} of {all} chosen"));
            ui.add_space(8.0);
            let (text, on) = if count == 0 { ("Choose all", true) } else { ("Choose none", false) };
            if link(ui, text, None).clicked() {
                found.choose_all(on);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| buttons_ui(ui, found, folders, tracked, view));
        });
    });
}

fn buttons_ui(ui: &mut Ui, found: &Found, folders: &[PathBuf], tracked: &Tracked, view: &mut View<'_>) {
    let private = found.private();
    let locked = (!view.desk.context.unlocked).then_some("Unlock the inventory first.");
    let read_only = view.desk.health.read_only.then_some("The log is not whole, so the inventory is open for reading only.");
    let none = read_only.or(locked).or(found.chosen.is_empty().then_some("Choose a file first."));
    let nothing = none.or(private.is_empty().then_some("None of them holds a private key."));
    let paths = || found.chosen.iter().map(PathBuf::from).collect::<Vec<_>>();
    if ui.add(Button::primary("Bring in").icon(Icon::Download).refused(none)).clicked() {
        view.asks.open(ImportKeys::of_found(FromFolders { paths: paths(), remove: false, folders: folders.to_vec() }, view));
    }
    let remove = ui.add(Button::new("Bring in and remove").icon(Icon::Trash).refused(nothing));
    if remove.tooltip("You see first what becomes of each, and what goes with the file.").clicked() {
        view.asks.open(ImportKeys::of_found(FromFolders { paths: paths(), remove: true, folders: folders.to_vec() }, view));
    }
    let watched: Vec<VersionRef> = private
        .iter()
        .filter_map(|path| tracked.get(*path))
        .filter(|one| one.trouble.is_none())
        .flat_map(|one| one.versions.clone())
        .collect();
    let all = !private.is_empty() && private.iter().all(|path| tracked.get(*path).is_some_and(|one| one.trouble.is_none()));
    if all {
        if ui.add(Button::new("Stop tracking").icon(Icon::EyeSlash).refused(nothing)).clicked() {
            stop(watched, view);
        }
    } else if ui.add(Button::new("Track").icon(Icon::Eye).refused(nothing)).clicked() {
        let paths = private.iter().map(PathBuf::from).collect();
        view.asks.push(Ask::Seek(Request::Run(Command::Track(paths))));
    }
}

/// Tracks these no more.
pub(super) fn stop(versions: Vec<VersionRef>, view: &mut View<'_>) {
    let told = if versions.len() == 1 { "Its file is tracked no more." } else { "Their files are tracked no more." };
    view.asks.push(Ask::Run(Command::StopTracking(versions), told.into()));
}

/// Tracks a file as it is now.
pub(super) fn track(path: &str, view: &mut View<'_>) {
    let told = format!("{} is tracked as it is now.", shown(path));
    view.asks.push(Ask::Run(Command::Track(vec![PathBuf::from(path)]), told));
}
