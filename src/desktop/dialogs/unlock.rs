//! Opening the home store: as a dialog, and as the form on the lock screen.

use egui::{Context, Key, Ui};

use super::{Form, Work};
use crate::custodian::link::Request;
use crate::custodian::{CustodianError, Outcome};
use crate::desktop::desk::{Ask, View};
use crate::desktop::theme::{self, Role, size};
use crate::desktop::widgets::{Button, Dialog, DialogAnswer, SecretField, SecretText};

/// What is typed to unlock, and how far it is.
#[derive(Default)]
pub struct UnlockForm {
    secret: SecretText,
    work: Work,
}

impl UnlockForm {
    /// Why it cannot be tried.
    pub fn refusal(&self, view: &View<'_>) -> Option<&'static str> {
        let empty = view.desk.health.asks_passphrase && self.secret.is_empty();
        self.work.refusal().or(empty.then_some("Type the passphrase."))
    }

    /// Tries it.
    pub fn send(&mut self, view: &mut View<'_>) {
        if self.refusal(view).is_some() {
            return;
        }
        let passphrase = view.desk.health.asks_passphrase.then(|| self.secret.take());
        self.work.begin();
        view.asks.push(Ask::Request(Request::Unlock(passphrase)));
    }

    /// It failed.
    pub fn failed(&mut self, error: &CustodianError) {
        self.work.fail(error);
    }

    /// Draws sentence, field and what went wrong; true when Enter was pressed in the field.
    pub fn ui(&mut self, ui: &mut Ui, view: &mut View<'_>) -> bool {
        let theme = theme::of(ui);
        let health = &view.desk.health;
        let mut entered = false;
        if health.asks_passphrase {
            let response = SecretField::new("Passphrase").show(ui, &mut self.secret);
            if response.gained_focus() || !self.work.is_busy() && ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
            entered = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        } else {
            let sentence = format!(
                "{} opens it, so it is only as strong as this desktop session.",
                if health.home_name.is_empty() { "The keychain" } else { &health.home_name }
            );
            Role::Body.label(ui, theme.text2, sentence);
        }
        self.work.ui(ui, "Opening", view);
        entered
    }
}

/// The dialog.
#[derive(Default)]
pub struct Unlock(UnlockForm);

impl Form for Unlock {
    fn ui(&mut self, ctx: &Context, view: &mut View<'_>) {
        let dialog = Dialog {
            id: "unlock",
            title: "Unlock the inventory",
            width: size::DIALOG,
            note: "",
            cancel: "Cancel",
            confirm: "Unlock",
            danger: false,
            lead: None,
            extra: None,
            refused: self.0.refusal(view),
        };
        let (answer, entered) = dialog.show(ctx, |ui| {
            let theme = theme::of(ui);
            Role::Body.label(ui, theme.text2, "Looking needs no passphrase. To change something the home store must be open.");
            self.0.ui(ui, view)
        });
        match answer {
            Some(DialogAnswer::Cancel) => view.asks.push(Ask::Close),
            Some(DialogAnswer::Confirm) => self.0.send(view),
            None if entered => self.0.send(view),
            _ => {}
        }
    }

    fn finished(&mut self, result: &Result<Outcome, CustodianError>, view: &mut View<'_>) {
        match result {
            Ok(_) => view.asks.push(Ask::Close),
            Err(error) => self.0.failed(error),
        }
    }
}

/// The lock screen: nothing of the inventory shows.
pub fn lock_screen_ui(ui: &mut Ui, form: &mut UnlockForm, view: &mut View<'_>) {
    let theme = theme::of(ui);
    let room = ui.available_rect_before_wrap();
    ui.painter().rect_filled(room, 0.0, theme.window);
    let area = egui::Rect::from_center_size(room.center(), egui::vec2(360.0, 320.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(area));
    child.spacing_mut().item_spacing.y = 12.0;
    child.vertical_centered(|ui| {
        crate::desktop::widgets::icon_tile(ui, crate::desktop::icons::Icon::Lock, 48.0);
        Role::Title.line(ui, theme.text, "Locked");
        Role::Body.label(ui, theme.text2, "No secret is in memory. Unlocking brings you back to where you were.");
    });
    child.add_space(8.0);
    let entered = form.ui(&mut child, view);
    child.vertical_centered(|ui| {
        let refused = form.refusal(view);
        if ui.add(Button::primary("Unlock").min_width(360.0).refused(refused)).clicked() || entered {
            form.send(view);
        }
    });
}
