//! Adding a token as a store: its module, which of its tokens, its PIN; and initialising one before.

use egui::{Key, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::Outcome;
use keystead::custodian::at_stores::{PinState, SeenSlot, SeenToken, StoreReport, StoreRequest};
use keystead::custodian::modules::Module;
use keystead::model::StoreKind;
use keystead::stores::pkcs11::{NoToken, TokenError, Tries};

use super::{CTRL, MODULE, asked, asks_of_stores, button, choose, fails, pin, shows, told, tries};
use crate::stage::{self, USUAL, Window, act, click, press, settle, type_text};
use crate::world;

pub(super) fn adding(appearance: Theme) -> Window<'static> {
    let mut window = stage::opened(world::empty(StoreKind::Files), USUAL, appearance, 1.0);
    act(&mut window, "Add a store");
    window
}

fn modules() -> StoreReport {
    let of = |name: &str, path: &str| Module { name: name.into(), path: path.into() };
    StoreReport::Modules(vec![
        of("OpenSC: smart cards, Nitrokey", "/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so"),
        of("SoftHSM", MODULE),
        of("YubiKey (PIV)", "/usr/lib/x86_64-linux-gnu/libykcs11.so.2"),
    ])
}

fn seen_token(label: &str, serial: &str, slot: u64) -> SeenToken {
    SeenToken {
        label: label.into(),
        serial: serial.into(),
        product: "SoftHSM v2 by SoftHSM project".into(),
        slot,
        initialised: !label.is_empty(),
        blank: label.is_empty(),
        pin: PinState::default(),
    }
}

pub(super) fn suggested(appearance: Theme) -> Window<'static> {
    let mut window = adding(appearance);
    assert!(matches!(asked(&window), StoreRequest::Modules));
    told(&mut window, modules());
    window
}

/// The tokens of a module were seen.
pub(super) fn tokens(appearance: Theme) -> Window<'static> {
    let mut window = suggested(appearance);
    window.get_by_role_and_label(Role::RadioButton, "SoftHSM").click();
    settle(&mut window);
    window.remove_cursor();
    press(&mut window, CTRL, Key::Enter);
    assert!(matches!(asked(&window), StoreRequest::Tokens(path) if path.to_str() == Some(MODULE)));
    let seen = vec![
        seen_token("office", "7d3f09c1a8b2e654", 1_214_453_332),
        seen_token("release signing", "51c0ab34d2f7e980", 861_350_272),
        seen_token("", "", 2),
    ];
    told(&mut window, StoreReport::Tokens(seen, vec![empty_slot()]));
    window
}

fn empty_slot() -> SeenSlot {
    SeenSlot { slot: 3, reader: "Alcor Micro AU9540 00 00".into(), why: NoToken::Nothing.sentence() }
}

/// The page that initialises the token of that name.
pub(super) fn anew(appearance: Theme, name: &str, by: &str) -> Window<'static> {
    let mut window = tokens(appearance);
    choose(&mut window, name);
    click(&mut window, by);
    window
}

pub(super) fn secret(window: &mut Window<'_>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::PasswordInput, field).focus();
    settle(window);
    type_text(window, text);
}

fn label(window: &mut Window<'_>, text: &str) {
    window.get_by_role_and_label(Role::TextInput, "Label").focus();
    settle(window);
    press(window, CTRL, Key::A);
    type_text(window, text);
}

/// A blank token with everything typed but the PIN of its user once more.
pub(super) fn blank_one(appearance: Theme) -> Window<'static> {
    let mut window = anew(appearance, "A token without a name", "Initialise it");
    label(&mut window, "release signing 2");
    secret(&mut window, "New PIN of its security officer", "87654321");
    secret(&mut window, "Security officer's PIN once more", "87654321");
    secret(&mut window, "New PIN of its user", "4711-0815");
    window
}

#[test]
fn a_blank_token_is_initialised_and_then_chosen() {
    let mut window = blank_one(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "the PIN was typed once");
    secret(&mut window, "User's PIN once more", "4711-0815");
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::InitToken(wanted) = asked(&window) else { unreachable!("a token is initialised") };
    assert_eq!((wanted.slot, wanted.label.as_str(), wanted.confirmed.as_deref()), (2, "release signing 2", None));
    assert_eq!((wanted.so_pin.expose(), wanted.pin.expose()), ("87654321", "4711-0815"));
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(matches!(asked(&window), StoreRequest::Tokens(_)), "it is looked for where it is now");
    let seen = vec![seen_token("office", "7d3f09c1a8b2e654", 9), seen_token("release signing 2", "99", 4)];
    told(&mut window, StoreReport::Tokens(seen, Vec::new()));
    let name = window.get_by_role_and_label(Role::TextInput, "Name of the store").value();
    assert_eq!(name.as_deref(), Some("release signing 2"));
}

#[test]
fn a_token_that_may_hold_something_is_made_anew_only_under_its_typed_label() {
    let mut window = anew(Theme::Light, "office", "Initialise it anew");
    assert!(shows(&window, "Whatever is in it is destroyed"));
    label(&mut window, "new office");
    secret(&mut window, "PIN of its security officer", "12345678");
    secret(&mut window, "New PIN of its user", "4711-0815");
    secret(&mut window, "User's PIN once more", "4711-0815");
    button(&mut window, "Initialise the token");
    assert!(!asks_of_stores(&window), "its label was not typed");
    window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
    settle(&mut window);
    type_text(&mut window, "office");
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "what destroys is not confirmed by the way");
    button(&mut window, "Initialise the token");
    let StoreRequest::InitToken(wanted) = asked(&window) else { unreachable!("a token is initialised") };
    assert_eq!(wanted.confirmed.as_deref(), Some("office"));
    fails(&mut window, TokenError::WrongSoPin);
    assert!(shows(&window, "security officer is wrong") && shows(&window, "Label"));
    button(&mut window, "Initialise the token");
    assert!(!asks_of_stores(&window), "the PINs are typed again");
}

#[test]
fn slots_without_a_token_are_listed_with_the_reason_and_cannot_be_chosen() {
    let mut window = tokens(Theme::Light);
    assert!(shows(&window, "Alcor Micro AU9540 00 00, slot 3: Nothing is in it"));
    assert!(window.query_by_role_and_label(Role::RadioButton, "Alcor Micro AU9540 00 00, slot 3").is_none());
    button(&mut window, "Another module");
    press(&mut window, CTRL, Key::Enter);
    told(&mut window, StoreReport::Tokens(Vec::new(), vec![empty_slot(); 5]));
    assert!(shows(&window, "The module sees no token") && shows(&window, "2 more slots have no token"));
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "there is nothing to add");
}

#[test]
fn a_token_is_added_by_its_serial_number_under_a_name() {
    let mut window = tokens(Theme::Light);
    window.get_by_role_and_label(Role::RadioButton, "release signing").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "there is no PIN yet");
    pin(&mut window, "4711-0815");
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::AddToken { name, module, token, pin } = asked(&window) else { unreachable!("a store is added") };
    assert_eq!((name.as_str(), module.to_str(), token.as_str()), ("release signing", Some(MODULE), "51c0ab34d2f7e980"));
    assert_eq!(pin.as_ref().map(|pin| pin.expose().to_owned()).as_deref(), Some("4711-0815"));
    window.state_mut().finish(Ok(Outcome { notice: Some("Added release signing.".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "Added release signing.") && !shows(&window, "Name of the store"));
}

#[test]
fn what_goes_wrong_is_said_in_the_dialog_and_nothing_typed_is_lost() {
    let mut window = suggested(Theme::Light);
    window.get_by_role_and_label(Role::RadioButton, "SoftHSM").click();
    press(&mut window, CTRL, Key::Enter);
    let reason = "invalid ELF header".to_owned();
    fails(&mut window, TokenError::NotAModule { module: MODULE.into(), reason });
    assert!(shows(&window, "is not a PKCS#11 module") && shows(&window, "Look for tokens"));
    let mut window = tokens(Theme::Light);
    pin(&mut window, "0000");
    press(&mut window, CTRL, Key::Enter);
    fails(&mut window, TokenError::WrongPin { tries: Tries::Fewer });
    assert!(shows(&window, "That PIN is wrong"));
    assert!(matches!(asked(&window), StoreRequest::Tokens(_)), "what is left of tries is asked for");
    let now = SeenToken { pin: tries(Tries::Last), ..seen_token("office", "7d3f09c1a8b2e654", 7) };
    told(&mut window, StoreReport::Tokens(vec![now], Vec::new()));
    assert!(shows(&window, "One try is left"));
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Name of the store").value().as_deref(), Some("office"));
    button(&mut window, "Another module");
    assert!(shows(&window, "On this machine"));
}
