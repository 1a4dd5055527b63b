//! Stores as pictures: every health, and each dialog of theirs, light and dark.

use std::time::Duration;

use egui::{Key, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::at_stores::{PinState, StoreReport};
use keystead::custodian::reconcile::Reconciled;
use keystead::custodian::store::{Reach, StoreHealth};
use keystead::custodian::{CustodianError, LockState};
use keystead::stores::StoreError;
use keystead::stores::pkcs11::{TokenError, Tries};

use super::adding::{adding, anew, blank_one, suggested, tokens};
use super::{
    CTRL, HSM, MODULE, at_token, away, choose, differing, failing, fails, hanging, health, log_in, moving, new_key, pin,
    reconciled, replaced, secret_of, seen, token, told, tries, with_token,
};
use crate::pictures::Album;
use crate::stage::{self, USUAL, act, click, press, settle};

#[test]
fn pictures_of_stores() {
    let mut album = Album::default();
    album.both("stores-home", |appearance| {
        let mut window = stage::empty(appearance);
        press(&mut window, CTRL, Key::Num6);
        window
    });
    album.both("stores-token", |appearance| seen(appearance, Reach::Open));
    album.both("stores-locked", |appearance| seen(appearance, Reach::Locked));
    album.both("stores-away", |appearance| seen(appearance, away()));
    album.both("stores-replaced", |appearance| seen(appearance, replaced()));
    album.both("stores-hanging", |appearance| seen(appearance, hanging()));
    album.both("stores-error", |appearance| seen(appearance, failing()));
    album.both("stores-pin-locked", |appearance| {
        let state = StoreHealth { pin: Some(tries(Tries::Locked)), ..health(token(HSM), Reach::Locked) };
        let mut window = at_token(appearance, state);
        press(&mut window, CTRL, Key::Num6);
        window
    });
    album.both("stores-unknown", |appearance| {
        let world = with_token();
        let mut parts = world.health();
        parts.lock = LockState::Locked;
        let mut window = stage::with_health(world, parts, USUAL, appearance, 1.0);
        window.state_mut().stores = vec![health(token(HSM), Reach::Unknown)];
        press(&mut window, CTRL, Key::Num6);
        window
    });
    album.both("stores-asking", |appearance| {
        let mut window = stage::opened(with_token(), USUAL, appearance, 1.0);
        window.state_mut().mute = true;
        press(&mut window, CTRL, Key::Num6);
        window
    });
}

#[test]
fn pictures_of_adding_a_store_and_logging_in() {
    let mut album = Album::default();
    album.one("add-store-empty", Theme::Light, adding(Theme::Light));
    album.both("add-store", suggested);
    album.both("add-store-tokens", |appearance| {
        let mut window = tokens(appearance);
        pin(&mut window, "4711-0815");
        window
    });
    album.both("add-store-error", |appearance| {
        let mut window = suggested(appearance);
        window.get_by_role_and_label(Role::RadioButton, "SoftHSM").click();
        settle(&mut window);
        window.remove_cursor();
        press(&mut window, CTRL, Key::Enter);
        let reason = "invalid ELF header".to_owned();
        fails(&mut window, TokenError::NotAModule { module: MODULE.into(), reason });
        window
    });
    album.both("init-token", blank_one);
    album.both("init-token-anew", |appearance| {
        let mut window = anew(appearance, "office", "Initialise it anew");
        secret_of(&mut window, "PIN of its security officer", "12345678");
        window
    });
    album.both("add-store-blank", |appearance| {
        let mut window = tokens(appearance);
        choose(&mut window, "A token without a name");
        window
    });
    album.both("log-in", |appearance| {
        let mut window = log_in(appearance, PinState::default());
        pin(&mut window, "4711-0815");
        window
    });
    album.both("log-in-wrong", |appearance| {
        let mut window = log_in(appearance, tries(Tries::Last));
        pin(&mut window, "0000");
        press(&mut window, CTRL, Key::Enter);
        fails(&mut window, TokenError::WrongPin { tries: Tries::Last });
        window
    });
    album.one("log-in-reader", Theme::Light, log_in(Theme::Light, PinState { at_reader: true, ..PinState::default() }));
}

#[test]
fn pictures_of_keys_and_stores() {
    let mut album = Album::default();
    album.both("new-key-store", |appearance| new_key(appearance, Reach::Open));
    album.one("new-key-store-locked", Theme::Light, new_key(Theme::Light, Reach::Locked));
    album.both("move-key", |appearance| {
        let mut window = moving(appearance, "api.example.com", Reach::Open);
        choose(&mut window, HSM);
        window
    });
    album.one("move-key-instead", Theme::Light, {
        let mut window = moving(Theme::Light, "apk-release-signing", Reach::Open);
        choose(&mut window, HSM);
        window
    });
    album.both("reconcile", |appearance| {
        let mut window = reconciled(appearance, differing());
        click(&mut window, "Adopt 5f1c90");
        window
    });
    album.one("reconcile-settled", Theme::Light, {
        reconciled(
            Theme::Light,
            Reconciled {
                store: HSM.into(),
                as_known: 3,
                unknown: Vec::new(),
                missing: Vec::new(),
                taken_up: Vec::new(),
                ..Reconciled::default()
            },
        )
    });
    album.one("reconcile-failed", Theme::Light, {
        let mut window = seen(Theme::Light, Reach::Open);
        act(&mut window, "Reconcile stores");
        let error: CustodianError =
            StoreError::from(TokenError::Hung { store: HSM.into(), waited: Duration::from_secs(30) }).into();
        told(&mut window, StoreReport::Reconciled(vec![(HSM.into(), Err(error))]));
        window
    });
}
