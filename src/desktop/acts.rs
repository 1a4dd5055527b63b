//! What was asked for, done: asks of screens, actions of the table, and the keys that lead to them. What opens a
//! dialog is in `openings`.

use egui::{Context, Key, Modifiers};

use super::app::{App, Dialog, Phase, Wait};
use super::desk::{Ask, Screen};
use super::dialogs::{Form, Unlock};
use super::screens::palette::Palette;
use super::settings::{Settings, ThemeChoice};
use super::shell::SEARCH;
use super::undo;
use super::widgets::Tone;
use crate::actions::{Action, Shortcut, TABLE};
use crate::custodian::at_stores::StoreRequest;
use crate::custodian::link::Request;
use crate::model::{Address, Command, ssh_fingerprint};

impl App {
    /// Shortcuts of the table. Plain keys are left alone while a text field has the focus.
    pub(super) fn shortcuts(&mut self, ctx: &Context) {
        if self.is_hidden() || !matches!(self.phase, Phase::Main(_)) {
            return;
        }
        if self.dialog.is_some() || !self.questions.is_empty() {
            // Locking is the one thing that no dialog may hold up.
            let lock = TABLE.iter().find(|entry| entry.action == Action::Lock).and_then(|entry| entry.shortcut);
            if lock.is_some_and(|shortcut| pressed(ctx, shortcut)) {
                self.asks.act(Action::Lock);
            }
            return;
        }
        let typing = ctx.text_edit_focused();
        // With Shift before without, so that Ctrl+Shift+N is not taken for Ctrl+N.
        for shifted in [true, false] {
            for entry in TABLE {
                let Some(shortcut) = entry.shortcut.filter(|shortcut| shortcut.shift == shifted) else { continue };
                let edits_text = typing && (!shortcut.ctrl || matches!(shortcut.key, "A" | "Z" | "C"));
                if !edits_text && pressed(ctx, shortcut) {
                    self.asks.act(entry.action);
                }
            }
        }
    }

    /// Does one thing that was asked for.
    pub(super) fn apply(&mut self, ctx: &Context, ask: Ask) {
        match ask {
            Ask::Do(action) => self.act(ctx, action),
            Ask::Run(command, told) => self.run(command, told),
            Ask::Request(request) => {
                let wait = match &request {
                    Request::Run(command) => Wait::Run(self.inverse(command), None),
                    _ => Wait::Form,
                };
                let ticket = self.link.send(request);
                self.waiting.insert(ticket, wait);
                if let Some(dialog) = &mut self.dialog {
                    dialog.ticket = Some(ticket);
                }
            }
            Ask::Look(request) => {
                let ticket = self.link.send(request);
                self.waiting.insert(ticket, Wait::Quiet);
            }
            Ask::Seek(request) => {
                let told = matches!(request, Request::Discover(_) | Request::SuggestFolders);
                let Some(main) = (match &mut self.phase {
                    Phase::Main(main) => Some(main),
                    _ => None,
                }) else {
                    return;
                };
                let ticket = self.link.next_ticket();
                main.discover.begun(ticket, &request);
                self.link.send(request);
                self.waiting.insert(ticket, if told { Wait::Quiet } else { Wait::Seek });
            }
            Ask::Probe(servers) => self.probe(servers),
            Ask::LookAtStores(only) => self.look_at_stores(only),
            Ask::Stop(ticket) => self.link.cancel(ticket),
            Ask::Cancel => {
                if let Some(ticket) = self.dialog.as_ref().and_then(|dialog| dialog.ticket) {
                    self.link.cancel(ticket);
                }
            }
            Ask::Pick(pick) => self.picker.ask(pick),
            Ask::Open(form) => self.open(form),
            Ask::Over(form) => {
                let under = self.dialog.take();
                self.open(form);
                self.under = under;
            }
            Ask::Close => self.dialog = self.under.take(),
            Ask::Copy(text) => ctx.copy_text(text),
            Ask::CopySecret(secret) => {
                let waker = ctx.clone();
                self.clipboard.copy(secret, move || waker.request_repaint());
            }
            Ask::Tell(tone, text) => {
                if let Some(main) = self.main() {
                    main.shell.tell(tone, text);
                }
            }
            Ask::Set(settings) => self.set(settings),
            Ask::Picture(area) => {
                let (send, picture) = std::sync::mpsc::channel();
                self.picture = Some((area, picture));
                let waker = ctx.clone();
                let callback = egui::ScreenshotCallback::new(move |image| {
                    let _ = send.send(image);
                    waker.request_repaint();
                });
                ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(callback));
            }
            ask => self.move_about(ask),
        }
    }

    /// What only changes what shows.
    fn move_about(&mut self, ask: Ask) {
        let Some(main) = self.main() else { return };
        match ask {
            Ask::Go(screen) => {
                main.screen = screen;
                main.stores.look_again();
            }
            Ask::ShowKey(id) => {
                main.screen = Screen::Inventory;
                main.select(vec![id]);
                main.table.show_key(id);
                self.ask_history(id);
            }
            Ask::Select(keys) => {
                let (last, before) = (keys.last().copied(), main.desk.selection.last().copied());
                main.select(keys);
                if let Some(id) = last.filter(|id| Some(*id) != before) {
                    self.ask_history(id);
                }
            }
            Ask::ShowServer(place) => {
                main.screen = Screen::Servers;
                main.servers.show(place);
            }
            Ask::Search(text) => main.search(text),
            Ask::Narrow(narrow) => main.narrow(narrow),
            Ask::Sort(column) => {
                main.sort(column);
                let sort = main.rows.sorted().map(|(column, downwards)| (column.name().to_owned(), downwards));
                self.set(Settings { sort, ..self.settings.clone() });
            }
            _ => {}
        }
    }

    /// Has stores asked how they are, off the window's thread.
    fn look_at_stores(&mut self, only: Option<String>) {
        let ticket = self.link.next_ticket();
        let Some(main) = self.main() else { return };
        let names = main.desk.inventory.stores().iter().map(|store| store.name.clone());
        let wanted = names.filter(|name| only.as_deref().is_none_or(|only| **name == *only)).collect::<Vec<_>>();
        main.desk.stores.begun(ticket, wanted.into_iter());
        self.link.send(Request::Stores(StoreRequest::Health(only)));
        self.waiting.insert(ticket, Wait::Quiet);
    }

    /// Has servers looked at, one set at a time.
    fn probe(&mut self, servers: Vec<Address>) {
        let ticket = self.link.next_ticket();
        let Some(main) = self.main() else { return };
        if servers.is_empty() || main.servers.is_busy() {
            let reason = if servers.is_empty() {
                "There are no servers yet. Add one first."
            } else {
                "Servers are being looked at. Wait until that ends, or cancel it."
            };
            return main.shell.tell(Tone::Info, reason.into());
        }
        main.servers.begun(ticket, &servers);
        self.link.send(Request::Probe(servers));
        self.waiting.insert(ticket, Wait::Probe);
    }

    pub(super) fn open(&mut self, form: Box<dyn Form>) {
        self.under = None;
        self.dialog = Some(Dialog { form, ticket: None });
    }

    /// What takes a command back, if anything does.
    fn inverse(&mut self, command: &Command) -> Option<Box<Command>> {
        let main = self.main()?;
        undo::inverse(command, &main.desk.inventory, main.desk.now).map(Box::new)
    }

    /// Runs a command without a dialog, unlocking first where that is needed.
    pub(super) fn run(&mut self, command: Command, told: String) {
        let Some(main) = self.main() else { return };
        if main.desk.health.read_only {
            let reason = "The log is not whole, so the inventory is open for reading only.";
            return main.shell.tell(Tone::Info, reason.into());
        }
        if !main.desk.context.unlocked {
            self.then = Some(Ask::Run(command, told));
            return self.unlock();
        }
        let inverse = self.inverse(&command);
        let ticket = self.link.send(Request::Run(command));
        self.waiting.insert(ticket, Wait::Run(inverse, Some(told)));
    }

    /// Does what the table of actions says, unlocking first where that is needed.
    fn act(&mut self, ctx: &Context, action: Action) {
        let Some(main) = self.main() else { return };
        if main.locked.is_some() {
            return;
        }
        let entry = action.entry();
        if let Err(reason) = entry.enabled(&main.desk.context) {
            main.shell.tell(Tone::Info, reason);
            return;
        }
        if (entry.changes() || action == Action::Unlock) && !main.desk.context.unlocked {
            self.then = (action != Action::Unlock).then_some(Ask::Do(action));
            self.unlock();
            return;
        }
        match action {
            Action::ShowInventory => main.screen = Screen::Inventory,
            Action::ShowTimeline => main.screen = Screen::Timeline,
            Action::ShowAlerts => main.screen = Screen::Alerts,
            Action::ShowHandOvers => main.screen = Screen::HandOvers,
            Action::ShowLog => main.screen = Screen::Log,
            Action::ShowStores | Action::Reconnect => {
                main.screen = Screen::Stores;
                main.stores.look_again();
            }
            Action::Discover => main.screen = Screen::Discover,
            Action::ShowPolicies => main.screen = Screen::Policies,
            Action::ShowServers => {
                main.screen = Screen::Servers;
                main.servers.look_again();
            }
            Action::ProbeServers => {
                main.screen = Screen::Servers;
                let servers = main.desk.inventory.servers().iter().map(|server| server.address.clone()).collect();
                self.probe(servers);
            }
            Action::ShowRecipients => main.screen = Screen::Recipients,
            Action::ShowSettings => main.screen = Screen::Settings,
            Action::Palette => main.palette = Some(Palette::default()),
            Action::SelectAll => {
                let shown = main.rows.shown().iter();
                let all = shown.filter_map(|&index| main.desk.inventory.at(index).map(|key| key.id)).collect();
                main.select(all);
            }
            Action::Search => {
                if !matches!(
                    main.screen,
                    Screen::Timeline | Screen::HandOvers | Screen::Log | Screen::Servers | Screen::Recipients
                ) {
                    main.screen = Screen::Inventory;
                }
                ctx.memory_mut(|memory| memory.request_focus(egui::Id::unique(SEARCH)));
            }
            Action::Lock => self.lock(),
            Action::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Action::VerifyLog => {
                main.log.verifying();
                let ticket = self.link.send(Request::Verify);
                self.waiting.insert(ticket, Wait::Verify);
            }
            Action::Undo => self.undo(),
            Action::SwitchTheme => {
                let dark = ctx.global_style().visuals.dark_mode;
                let theme = if dark { ThemeChoice::Light } else { ThemeChoice::Dark };
                self.set(Settings { theme, ..self.settings.clone() });
            }
            Action::ZoomIn | Action::ZoomOut | Action::ZoomReset => self.zoom(action),
            Action::CopyFingerprint | Action::CopySshFingerprint | Action::CopyPublicKey => self.copy(ctx, action),
            _ => self.act_in_dialog(ctx, action),
        }
    }

    /// Opens the home store: a passphrase is asked for in a dialog, a keychain asks by itself.
    fn unlock(&mut self) {
        let asks = self.main().is_some_and(|main| main.desk.health.asks_passphrase);
        if asks {
            self.show(Unlock::default());
        } else {
            let ticket = self.link.send(Request::Unlock(None));
            self.waiting.insert(ticket, Wait::Unlock);
        }
    }

    fn undo(&mut self) {
        let Some(main) = self.main() else { return };
        let Some(command) = main.undo.pop() else { return };
        let command = undo::at(command, main.desk.now);
        main.refresh_context();
        let ticket = self.link.send(Request::Run(command));
        self.waiting.insert(ticket, Wait::Undo);
    }

    fn zoom(&mut self, action: Action) {
        let scale = match action {
            Action::ZoomIn => (self.settings.scale + 10).min(200),
            Action::ZoomOut => self.settings.scale.saturating_sub(10).max(80),
            _ => 100,
        };
        self.set(Settings { scale, ..self.settings.clone() });
    }

    fn copy(&mut self, ctx: &Context, action: Action) {
        let Some(main) = self.main() else { return };
        let Some(key) = main.desk.focus() else { return };
        let Some(version) = key.current(main.desk.now) else { return };
        let (text, told) = match action {
            Action::CopyFingerprint => (version.spki().map(|digest| digest.to_string()), "The SPKI fingerprint is copied."),
            Action::CopySshFingerprint => (version.ssh_sha256.as_ref().map(ssh_fingerprint), "The SSH fingerprint is copied."),
            _ => (Some(pem(&version.public_key)), "The public key is copied."),
        };
        match text {
            Some(text) => {
                main.shell.tell(Tone::Good, told.into());
                ctx.copy_text(text);
            }
            None => main.shell.tell(Tone::Info, format!("OpenSSH has no form for {}.", version.algorithm.name())),
        }
    }
}

/// `SubjectPublicKeyInfo` as text (RFC 7468 section 13).
fn pem(der: &[u8]) -> String {
    use base64ct::{Base64, Encoding as _};
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

fn pressed(ctx: &Context, shortcut: Shortcut) -> bool {
    let modifiers = match (shortcut.ctrl, shortcut.shift) {
        (true, true) => Modifiers::COMMAND | Modifiers::SHIFT,
        (true, false) => Modifiers::COMMAND,
        (false, true) => Modifiers::SHIFT,
        (false, false) => Modifiers::NONE,
    };
    let keys: &[Key] = match shortcut.key {
        "Comma" => &[Key::Comma],
        "Plus" => &[Key::Plus, Key::Equals],
        "Minus" => &[Key::Minus],
        name => return Key::from_name(name).is_some_and(|key| ctx.input_mut(|input| input.consume_key(modifiers, key))),
    };
    keys.iter().any(|&key| ctx.input_mut(|input| input.consume_key(modifiers, key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_a_key_that_exists() {
        for entry in TABLE {
            if let Some(shortcut) = entry.shortcut {
                let named = matches!(shortcut.key, "Comma" | "Plus" | "Minus");
                assert!(named || Key::from_name(shortcut.key).is_some(), "{}", shortcut.key);
            }
        }
    }
}
