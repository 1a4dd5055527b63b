//! Policies as pictures: the screen, drafts, contradictions, and the dialog of a key's own figures.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;

use crate::pictures::Album;
use crate::policies::{choose_for_all, editing, write};
use crate::stage::{self, Window, act, press, settle};

fn policies(mut window: Window<'static>) -> Window<'static> {
    press(&mut window, Modifiers::COMMAND, Key::Num7);
    window
}

/// The cursor of a field would blink.
fn unfocus(window: &mut Window<'_>) {
    window.ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
    settle(window);
}

#[test]
fn policies_screen() {
    let mut album = Album::default();
    album.both("policies", |appearance| policies(stage::usual(appearance)));
    album.one("policies-empty", Theme::Light, policies(stage::empty(Theme::Light)));
}

#[test]
fn policies_edited() {
    let mut album = Album::default();
    album.both("policies-edited", |appearance| {
        let mut window = editing(appearance, "Cryptoperiod");
        write(&mut window, "Cryptoperiod", "90d, 2027-03-15:60d");
        unfocus(&mut window);
        window
    });
    let mut window = editing(Theme::Light, "Overlap");
    write(&mut window, "Overlap", "300");
    unfocus(&mut window);
    album.one("policies-error", Theme::Light, window);
}

#[test]
fn policy_dialogs() {
    let mut album = Album::default();
    album.both("policy-key", |appearance| {
        let mut window = stage::with_key(appearance, "deploy-infra");
        act(&mut window, "Policy of the key");
        window.get_by_role_and_label(Role::CheckBox, "Cryptoperiod").click();
        settle(&mut window);
        write(&mut window, "Cryptoperiod", "500d");
        unfocus(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window
    });
    let mut window = stage::usual(Theme::Light);
    press(&mut window, Modifiers::COMMAND, Key::A);
    act(&mut window, "Policy of the key");
    choose_for_all(&mut window, "Overlap", "Own value");
    write(&mut window, "Overlap", "9");
    unfocus(&mut window);
    window.remove_cursor();
    settle(&mut window);
    album.one("policy-many", Theme::Light, window);
}
