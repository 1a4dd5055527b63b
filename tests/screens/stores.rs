//! Stores: how each is and what can be done with it, adding one, logging in, keys made in one or moved there, and what
//! differs between a store and the inventory.

mod adding;
mod key_servers;
mod pictures;
mod pin_for_use;
mod server_ways;

use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::Outcome;
use keystead::custodian::at_stores::{PinState, StoreReport, StoreRequest};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::reconcile::{Missing, Reconciled, Stranger};
use keystead::custodian::store::{Absence, Reach, StoreHealth};
use keystead::model::{Algorithm, Digest, Event, Store, StoreKind, Token, VersionRef};
use keystead::stores::pkcs11::{TokenError, Tries};
use keystead::stores::{StoreError, Wrapping};

use crate::stage::{self, USUAL, Window, act, click, press, settle, type_text};
use crate::world::{self, World};

const CTRL: Modifiers = Modifiers::COMMAND;
const HSM: &str = "Office HSM";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const MAKES: [Algorithm; 4] = [Algorithm::Rsa2048, Algorithm::Rsa3072, Algorithm::EcdsaP256, Algorithm::EcdsaP384];

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

/// The last of this name: a dialog stands before what else has it.
fn button(window: &mut Window<'_>, name: &str) {
    window.query_all_by_role_and_label(Role::Button, name).last().expect("the button").click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

fn token(name: &str) -> Store {
    let token = Token { module: MODULE.into(), label: "office".into(), serial: "7d3f09c1a8b2e654".into() };
    Store { token: Some(Box::new(token)), ..Store::new(name, StoreKind::Pkcs11) }
}

/// A keychain home and a token.
fn with_token() -> World {
    world::with_store(&token(HSM))
}

fn health(store: Store, reach: Reach) -> StoreHealth {
    let answers = matches!(reach, Reach::Open | Reach::Locked);
    let product = (answers && store.token.is_some()).then(|| "SoftHSM v2 by SoftHSM project".into());
    let beside = store.kind == StoreKind::Pkcs11;
    StoreHealth {
        home: false,
        keys: 0,
        enforced_here: 0,
        algorithms: if !beside {
            Algorithm::GENERATED.to_vec()
        } else if answers {
            MAKES.to_vec()
        } else {
            Vec::new()
        },
        wrappings: if answers && beside { Wrapping::ALL.to_vec() } else { Vec::new() },
        latency: answers.then_some(Duration::from_millis(14)),
        pin: (answers && beside).then(PinState::default),
        login: None,
        product,
        reach,
        store,
    }
}

fn away() -> Reach {
    let error = TokenError::Away { store: HSM.into(), label: "office".into(), serial: "7d3f09c1a8b2e654".into() };
    Reach::Away(Absence::Gone, StoreError::from(error).to_string())
}

fn replaced() -> Reach {
    let (store, label, serial) = (HSM.into(), "office".into(), "7d3f09c1a8b2e654".into());
    let error = TokenError::Another { store, label, serial, found: "51c0ab34d2f7e980".into() };
    Reach::Away(Absence::Replaced, StoreError::from(error).to_string())
}

fn hanging() -> Reach {
    let error = TokenError::Hung { store: HSM.into(), waited: Duration::from_secs(30) };
    Reach::Away(Absence::Hanging, StoreError::from(error).to_string())
}

fn failing() -> Reach {
    let error = TokenError::Crashed { store: HSM.into(), how: "signal 11".into() };
    Reach::Away(Absence::Failing, StoreError::from(error).to_string())
}

fn tries(tries: Tries) -> PinState {
    PinState { at_reader: false, tries: tries.sentence().trim_start(), is_locked: tries == Tries::Locked }
}

/// The window over the token, which is like that.
fn at_token(appearance: Theme, token: StoreHealth) -> Window<'static> {
    let mut window = stage::opened(with_token(), USUAL, appearance, 1.0);
    window.state_mut().stores = vec![token];
    window
}

/// The screen of stores, with the token like that.
fn seen(appearance: Theme, reach: Reach) -> Window<'static> {
    let mut window = at_token(appearance, health(token(HSM), reach));
    press(&mut window, CTRL, Key::Num6);
    window
}

fn asked<'w>(window: &'w Window<'_>) -> &'w StoreRequest {
    match window.state().request() {
        Some(Request::Stores(wanted)) => wanted,
        _ => unreachable!("nothing was asked about stores"),
    }
}

fn asks_of_stores(window: &Window<'_>) -> bool {
    matches!(window.state().request(), Some(Request::Stores(_)))
}

/// The custodian tells what the newest request wanted to know, and ends it.
fn told(window: &mut Window<'_>, told: StoreReport) {
    let ticket = window.state().asked.last().expect("a request").0;
    window.state().report(Report::Stores { ticket: Some(ticket), told });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(window);
}

fn fails(window: &mut Window<'_>, error: TokenError) {
    window.state_mut().finish(Err(StoreError::from(error).into()));
    settle(window);
}

fn pin(window: &mut Window<'_>, text: &str) {
    secret_of(window, "PIN", text);
}

fn secret_of(window: &mut Window<'_>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::PasswordInput, field).focus();
    settle(window);
    type_text(window, text);
}

fn log_in(appearance: Theme, state: PinState) -> Window<'static> {
    let mut window = at_token(appearance, StoreHealth { pin: Some(state), ..health(token(HSM), Reach::Locked) });
    press(&mut window, CTRL, Key::Num6);
    button(&mut window, "Log in");
    window
}

#[test]
fn a_store_says_how_it_is_and_is_asked_again() {
    let mut window = seen(Theme::Light, Reach::Locked);
    assert!(shows(&window, "Health: Locked") && shows(&window, "Makes: RSA 2048") && shows(&window, "Last contact: just now"));
    window.state_mut().stores = vec![health(token(HSM), away())];
    button(&mut window, "Reconnect");
    assert!(shows(&window, "Health: Away") && shows(&window, "plug it in and try again"));
    assert!(shows(&window, "Last contact: just now"), "it answered before");
    window.state_mut().stores = vec![health(token(HSM), Reach::Open)];
    act(&mut window, "Reconnect stores");
    assert!(shows(&window, "Health: Open") && !shows(&window, "plug it in"));
    click(&mut window, "Log out");
    assert!(matches!(asked(&window), StoreRequest::Lock(name) if name == HSM));
}

#[test]
fn what_keeps_a_store_from_being_used_is_told_apart() {
    let mut window = seen(Theme::Light, replaced());
    assert!(shows(&window, "Health: Replaced") && shows(&window, "No PIN was given to it"));
    button(&mut window, "Log in");
    assert!(!shows(&window, "Log in to Office HSM"), "no PIN goes to another token");
    let mut window = seen(Theme::Light, hanging());
    assert!(shows(&window, "Health: No answer") && shows(&window, "was ended"));
    button(&mut window, "Log in");
    assert!(shows(&window, "Log in to Office HSM"), "a new worker is begun");
    assert!(shows(&seen(Theme::Light, failing()), "Health: Error"));
}

#[test]
fn a_store_that_does_not_answer_holds_up_nothing() {
    let mut window = stage::opened(with_token(), USUAL, Theme::Light, 1.0);
    window.state_mut().mute = true;
    press(&mut window, CTRL, Key::Num6);
    assert!(shows(&window, "Health: Asking"));
    press(&mut window, CTRL, Key::Num1);
    assert!(!stage::rows(&window).is_empty(), "the inventory is there all the same");
}

#[test]
fn a_store_with_keys_in_it_stays() {
    let mut window = seen(Theme::Light, Reach::Open);
    button(&mut window, "Remove");
    assert!(!shows(&window, "Remove Office HSM"));
    let mut world = world::empty(StoreKind::Files);
    world.append(world::now(), vec![Event::StoreAdded(token(HSM))]);
    let mut window = stage::opened(world, USUAL, Theme::Light, 1.0);
    window.state_mut().stores = vec![health(token(HSM), Reach::Open)];
    press(&mut window, CTRL, Key::Num6);
    button(&mut window, "Remove");
    press(&mut window, CTRL, Key::Enter);
    assert!(matches!(asked(&window), StoreRequest::Remove(name) if name == HSM));
}

#[test]
fn a_wrong_pin_is_told_with_the_tries_that_are_left_and_not_tried_again() {
    let mut window = log_in(Theme::Light, PinState::default());
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "there is no PIN yet");
    pin(&mut window, "0000");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(matches!(asked(&window), StoreRequest::LogIn { given: Some(pin), .. } if pin.expose() == "0000"));
    let ticket = window.state().asked.last().expect("it").0;
    let now = StoreHealth { pin: Some(tries(Tries::Last)), ..health(token(HSM), Reach::Locked) };
    window.state().report(Report::Stores { ticket: Some(ticket), told: StoreReport::Health(Box::new(now)) });
    fails(&mut window, TokenError::WrongPin { tries: Tries::Last });
    assert!(shows(&window, "It was tried once and not again") && shows(&window, "One try is left"));
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "the field is empty again");
}

#[test]
fn a_pin_is_asked_for_by_the_reader_or_not_at_all_once_it_is_locked() {
    let mut window = log_in(Theme::Light, PinState { at_reader: true, ..PinState::default() });
    assert!(shows(&window, "Its reader asks for the PIN"));
    press(&mut window, CTRL, Key::Enter);
    assert!(matches!(asked(&window), StoreRequest::LogIn { given: None, .. }));
    let locked = StoreHealth { pin: Some(tries(Tries::Locked)), ..health(token(HSM), Reach::Locked) };
    let mut window = at_token(Theme::Light, locked);
    press(&mut window, CTRL, Key::Num6);
    assert!(shows(&window, "Health: PIN locked"));
    button(&mut window, "Log in");
    assert!(!shows(&window, "Log in to Office HSM"));
}

fn new_key(appearance: Theme, reach: Reach) -> Window<'static> {
    let mut window = at_token(appearance, health(token(HSM), reach));
    press(&mut window, CTRL, Key::N);
    type_text(&mut window, "pay.example.com");
    window.query_all_by_role_and_label(Role::ComboBox, "Store: GNOME Keyring").last().expect("a choice").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::MenuItem, HSM).click();
    settle(&mut window);
    window.remove_cursor();
    settle(&mut window);
    window
}

#[test]
fn the_store_decides_what_a_key_can_be_made_of() {
    let mut window = new_key(Theme::Light, Reach::Open);
    click(&mut window, "Change");
    let combo = window
        .query_all_by_role(Role::ComboBox)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Algorithm")));
    combo.expect("a choice").click();
    settle(&mut window);
    assert!(shows(&window, "not made by Office HSM"));
    window.get_by_role_and_label(Role::MenuItem, "ECDSA P-384, 192 bits").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let Some(keystead::model::Command::Generate(specs)) = window.state().command() else { unreachable!("a key is made") };
    assert_eq!((specs[0].store.as_deref(), specs[0].algorithm), (Some(HSM), Algorithm::EcdsaP384));
}

#[test]
fn a_locked_store_is_logged_in_to_over_the_dialog_which_stays_as_it_was() {
    let mut window = new_key(Theme::Light, Reach::Locked);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "it is locked");
    window.query_all_by_label("Log in").last().expect("a way in").click();
    settle(&mut window);
    assert!(shows(&window, "Log in to Office HSM"));
    pin(&mut window, "4711-0815");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let ticket = window.state().asked.last().expect("it").0;
    let open = StoreReport::Health(Box::new(health(token(HSM), Reach::Open)));
    window.state().report(Report::Stores { ticket: Some(ticket), told: open });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let Some(keystead::model::Command::Generate(specs)) = window.state().command() else { unreachable!("a key is made") };
    assert_eq!(specs[0].name, "pay.example.com");
}

fn moving(appearance: Theme, key: &str, reach: Reach) -> Window<'static> {
    let mut window = at_token(appearance, health(token(HSM), reach));
    stage::row(&mut window, key);
    act(&mut window, "Move to another store");
    window
}

fn choose(window: &mut Window<'_>, store: &str) {
    window.get_by_role_and_label(Role::RadioButton, store).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

#[test]
fn a_key_moves_to_the_store_that_was_chosen() {
    let mut window = moving(Theme::Light, "api.example.com", Reach::Open);
    assert!(shows(&window, "once existed outside of the token"));
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::Move(key, store) = asked(&window) else { unreachable!("a key moves") };
    assert_eq!((*key, store.as_str()), (world::id("api.example.com"), HSM));
}

#[test]
fn what_cannot_move_is_rotated_into_the_store() {
    let mut window = moving(Theme::Light, "apk-release-signing", Reach::Open);
    choose(&mut window, HSM);
    assert!(shows(&window, "takes no RSA 4096 keys"));
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window));
    click(&mut window, "Rotate into it");
    assert!(shows(&window, "Rotate apk-release-signing") && shows(&window, "Store: Office HSM"));
}

fn reconciled(appearance: Theme, looked: Reconciled) -> Window<'static> {
    let mut window = seen(appearance, Reach::Open);
    button(&mut window, "Reconcile");
    assert!(matches!(asked(&window), StoreRequest::Reconcile(Some(name)) if name == HSM));
    told(&mut window, StoreReport::Reconciled(vec![(HSM.into(), Ok(looked))]));
    window
}

fn differing() -> Reconciled {
    let stranger = |object: &str, algorithm, number: u8| Stranger {
        object: object.into(),
        algorithm,
        spki_sha256: algorithm.map(|_| Digest([number; 32])),
    };
    let missing = |name: &str, is_another| Missing {
        version: VersionRef { key: world::id(name), version: 1 },
        name: name.into(),
        object: "0a01".into(),
        is_another,
    };
    Reconciled {
        store: HSM.into(),
        as_known: 1,
        unknown: vec![stranger("5f1c90", Some(Algorithm::EcdsaP256), 0x3c), stranger("77aa", None, 1)],
        missing: vec![missing("billing-webhook-jws", false), missing("auth-jwt-signer", true)],
        taken_up: Vec::new(),
        ..Reconciled::default()
    }
}

#[test]
fn what_only_the_store_has_is_adopted_and_what_it_lacks_is_shown() {
    let mut window = reconciled(Theme::Light, differing());
    assert!(shows(&window, "not found is not destroyed") && shows(&window, "4 items are to be settled"));
    click(&mut window, "Adopt 5f1c90");
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "it has no name yet");
    window.get_by_role_and_label(Role::TextInput, "Name").focus();
    settle(&mut window);
    type_text(&mut window, "release-signing");
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::Adopt(store, wanted) = asked(&window) else { unreachable!("a key is adopted") };
    assert_eq!((store.as_str(), wanted.object.as_str(), wanted.name.as_str()), (HSM, "5f1c90", "release-signing"));
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(matches!(asked(&window), StoreRequest::Reconcile(_)), "what is left is looked at");
    told(&mut window, StoreReport::Reconciled(vec![(HSM.into(), Ok(differing()))]));
    click(&mut window, "Show billing-webhook-jws, version 1");
    assert!(!shows(&window, "to be settled") && shows(&window, "SPKI SHA-256"));
}
