//! What can be set: appearance, lock, new keys, passphrase, folder.

use egui::{Frame, Margin, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

use crate::actions::Action;
use crate::desktop::desk::{AgentState, Ask, View};
use crate::desktop::icons::Icon;
use crate::desktop::settings::{Settings, ThemeChoice};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Banner, Button, Field, Tone, bare_combo, key_value, paint, section_header, segmented, switch};
use crate::model::name::shown;
use crate::model::notice::may_sign;
use crate::model::{Command, StoreKind};

/// Minutes offered for the idle lock; 0 is never.
const IDLE: [u32; 7] = [1, 5, 10, 15, 30, 60, 0];

/// Days offered after which a backup is called old.
const BACKUP_AGES: [u32; 7] = [7, 14, 30, 60, 90, 180, 365];

/// Scales offered, in percent.
const SCALES: [u32; 7] = [80, 90, 100, 110, 125, 150, 200];

/// Draws it.
pub fn ui(ui: &mut Ui, view: &mut View<'_>) {
    let mut settings = view.settings.clone();
    ScrollArea::vertical().auto_shrink(false).id_salt("settings").show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 24, right: 24, top: 16, bottom: 24 }).show(ui, |ui| {
            ui.set_max_width(720.0);
            ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
            appearance_ui(ui, &mut settings);
            lock_ui(ui, view, &mut settings);
            outside_ui(ui, view, &mut settings);
            agent_ui(ui, view, &mut settings);
            keys_ui(ui, &mut settings);
            backups_ui(ui, view);
            folder_ui(ui, view);
        });
    });
    if settings != *view.settings {
        view.asks.push(Ask::Set(settings));
    }
}

/// A group of settings in a card under its head.
fn group(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    section_header(ui, title, None, None);
    Frame::new().fill(theme.raised).stroke(Stroke::new(1.0, theme.line)).corner_radius(size::RADIUS_CARD).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        content(ui);
    });
    ui.add_space(12.0);
}

/// A setting: what it is and means at the left, its control at the right.
fn row(ui: &mut Ui, first: bool, title: &str, hint: &str, control: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::hover());
    if !first {
        ui.painter().hline(rect.shrink2(vec2(16.0, 0.0)).x_range(), rect.top(), Stroke::new(1.0, theme.line_soft));
    }
    let room = rect.width() - 280.0;
    let title = paint::galley_cut(ui.painter(), Role::BodyMedium, theme.text, title, room);
    let hint = paint::galley_cut(ui.painter(), Role::Small, theme.text3, hint, room);
    paint::place(ui.painter(), title, rect.left() + 16.0, rect.center().y - 8.0);
    paint::place(ui.painter(), hint, rect.left() + 16.0, rect.center().y + 10.0);
    let at = Rect::from_center_size(pos2(rect.right() - 136.0, rect.center().y), vec2(240.0, size::CONTROL));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    control(&mut ui.new_child(egui::UiBuilder::new().max_rect(at).layout(layout)));
}

fn appearance_ui(ui: &mut Ui, settings: &mut Settings) {
    group(ui, "Appearance", |ui| {
        row(ui, true, "Light or dark", "As the system, unless you choose.", |ui| {
            let choices = [ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark];
            let chosen = choices.iter().position(|choice| *choice == settings.theme);
            if let Some(index) = segmented(ui, &["System", "Light", "Dark"], chosen) {
                settings.theme = choices[index];
            }
        });
        row(ui, false, "Scale", "How large everything is.", |ui| {
            let words = SCALES.map(|scale| format!("{scale} %"));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let Some(index) = bare_combo(ui, "Scale", &format!("{} %", settings.scale), &words, 160.0) {
                settings.scale = SCALES[index];
            }
        });
        row(ui, false, "Reduce motion", "Nothing slides or fades.", |ui| {
            switch(ui, &mut settings.reduce_motion, "Reduce motion");
        });
        row(ui, false, "Compact rows", "More keys at once.", |ui| {
            switch(ui, &mut settings.compact, "Compact rows");
        });
    });
}

fn lock_ui(ui: &mut Ui, view: &mut View<'_>, settings: &mut Settings) {
    let word = |minutes: u32| match minutes {
        0 => "Never".to_owned(),
        1 => "After 1 minute".to_owned(),
        minutes => format!("After {minutes} minutes"),
    };
    group(ui, "Lock", |ui| {
        let hint = "It also locks with the desktop session, where the desktop tells.";
        row(ui, true, "When nobody touches it", hint, |ui| {
            let words = IDLE.map(word);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let now = word(settings.idle_lock_minutes);
            if let Some(index) = bare_combo(ui, "When nobody touches it", &now, &words, 160.0) {
                settings.idle_lock_minutes = IDLE[index];
            }
        });
        secrets_ui(ui, view);
    });
}

/// The passphrase, or for keys in the keychain what is left when it is lost.
fn secrets_ui(ui: &mut Ui, view: &mut View<'_>) {
    let kind = view.desk.inventory.home().map(|home| home.kind);
    let made = view.desk.inventory.facts().recovery == Some(true);
    let (title, hint, action, text) = match kind {
        Some(StoreKind::Files) => ("Passphrase", "Opens the encrypted files.", Action::ChangePassphrase, "Change the passphrase"),
        Some(StoreKind::Keychain) if !made => {
            ("Recovery copies", "None yet: a lost keychain means lost keys.", Action::MakeRecovery, "Make recovery copies")
        }
        _ => (
            "Recovery passphrase",
            "Opens everything should the keychain be lost.",
            Action::ChangePassphrase,
            "Change the recovery passphrase",
        ),
    };
    row(ui, false, title, hint, |ui| {
        let refused = action.entry().enabled(&view.desk.context).err();
        if ui.add(Button::new(text).icon(Icon::Password).refused(refused.as_deref())).clicked() {
            view.asks.act(action);
        }
    });
}

/// What reaches a person, and others, outside this window.
fn outside_ui(ui: &mut Ui, view: &mut View<'_>, settings: &mut Settings) {
    group(ui, "Outside this window", |ui| {
        row(ui, true, "Desktop notifications", "Each alert is told once while the window runs.", |ui| {
            switch(ui, &mut settings.notify, "Desktop notifications");
        });
        let chosen = view.desk.inventory.facts().notice_key.and_then(|id| view.desk.inventory.key(id));
        let hint = match chosen.map(|key| may_sign(key, view.desk.now).map(|_| shown(&key.name))) {
            None => "Made on first use, to sign what holders of a revoked key get.".to_owned(),
            Some(Ok(name)) => format!("{name} signs what holders of a revoked key get."),
            Some(Err(error)) => error.to_string(),
        };
        row(ui, false, "Notice key", &hint, |ui| {
            let refused = Action::ChooseNoticeKey.entry().enabled(&view.desk.context).err();
            let button = Button::new("Choose the notice key").icon(Icon::Signature);
            if ui.add(button.refused(refused.as_deref())).clicked() {
                view.asks.act(Action::ChooseNoticeKey);
            }
        });
    });
}

/// The SSH agent: whether it serves, and what tells ssh where.
fn agent_ui(ui: &mut Ui, view: &mut View<'_>, settings: &mut Settings) {
    group(ui, "SSH agent", |ui| {
        let offered = view.desk.inventory.agent_keys().count();
        let hint = match offered {
            0 => "No key is offered yet: choose one and offer it to the SSH agent.".to_owned(),
            1 => "1 key is offered, while the inventory is unlocked.".to_owned(),
            count => format!("{count} keys are offered, while the inventory is unlocked."),
        };
        row(ui, true, "Serve an SSH agent", &hint, |ui| {
            switch(ui, &mut settings.ssh_agent, "Serve an SSH agent");
        });
        if let AgentState::On(path) = &view.desk.agent.state {
            let line = format!("export SSH_AUTH_SOCK={}", path.display());
            let room = path.display().to_string();
            row(ui, false, "Its socket", &room, |ui| {
                if ui.add(Button::new("Copy the line for a shell").icon(Icon::Copy)).clicked() {
                    view.asks.push(Ask::Copy(line.clone()));
                    view.asks.push(Ask::Tell(Tone::Good, "Copied. Paste it into a shell, or into its start-up file.".into()));
                }
            });
        }
        let (trouble, refused) = match (&view.desk.agent.state, &view.desk.agent.refused) {
            (AgentState::Trouble(trouble), _) => (Some("It does not serve."), Some(trouble)),
            (_, refused) => (None, refused.as_ref()),
        };
        let Some(text) = refused else { return };
        Frame::new().inner_margin(Margin { left: 16, right: 16, top: 4, bottom: 12 }).show(ui, |ui| {
            let tone = if trouble.is_some() { Tone::Warning } else { Tone::Info };
            let strong = trouble.unwrap_or("Refused last.");
            Banner { tone, strong, text, action: None, dismiss: false, rounded: true }.show(ui);
        });
    });
}

fn keys_ui(ui: &mut Ui, settings: &mut Settings) {
    group(ui, "New keys", |ui| {
        row(ui, true, "Default owner", "Who answers for a new key.", |ui| {
            Field::new("Default owner").bare().hint("nobody named").width(240.0).show(ui, &mut settings.default_owner);
        });
    });
}

/// From when on a backup is an alert. It stands in the log, so it holds for the shell and for every window.
fn backups_ui(ui: &mut Ui, view: &mut View<'_>) {
    let word = |days: u32| if days == 1 { "After 1 day".to_owned() } else { format!("After {days} days") };
    group(ui, "Backups", |ui| {
        let hint = "A backup older than that is an alert. Unlock to change it.";
        let hint = if view.desk.context.unlocked { "A backup older than that is an alert." } else { hint };
        row(ui, true, "Called old", hint, |ui| {
            let words = BACKUP_AGES.map(word);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let now = word(view.desk.inventory.old_backup_days());
            ui.add_enabled_ui(view.desk.context.unlocked, |ui| {
                if let Some(index) = bare_combo(ui, "Backups are called old", &now, &words, 160.0) {
                    let days = BACKUP_AGES[index];
                    let told = format!("A backup is called old after {days} days from here on.");
                    view.asks.push(Ask::Run(Command::SetBackupAge(days), told));
                }
            });
        });
    });
}

fn folder_ui(ui: &mut Ui, view: &View<'_>) {
    let theme = theme::of(ui);
    group(ui, "Folder", |ui| {
        Frame::new().inner_margin(Margin::symmetric(16, 10)).show(ui, |ui| {
            let folder = view.desk.health.folder.display().to_string();
            key_value(ui, "Inventory", &folder, "", true, Some(&folder));
            let sentence = "Another folder: start with keystead --inventory DIR, or set KEYSTEAD_INVENTORY. Names, owners, dates and public keys lie there in clear; secrets never do.";
            Role::Small.label(ui, theme.text3, sentence);
        });
    });
}
