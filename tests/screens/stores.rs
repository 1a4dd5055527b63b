//! Stores: how each is and what can be done with it, adding one, logging in, keys made in one or moved there, and what
//! differs between a store and the inventory.

use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::at_stores::{PinState, SeenSlot, SeenToken, StoreReport, StoreRequest};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::modules::Module;
use keystead::custodian::reconcile::{Missing, Reconciled, Stranger};
use keystead::custodian::store::{Absence, Reach, StoreHealth};
use keystead::custodian::{CustodianError, LockState, Outcome};
use keystead::model::{Algorithm, Digest, Event, Store, StoreKind, Token, VersionRef};
use keystead::stores::pkcs11::{NoToken, TokenError, Tries};
use keystead::stores::{StoreError, Wrapping};

use crate::pictures::Album;
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
    window.get_by_role_and_label(Role::PasswordInput, "PIN").focus();
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
    assert!(matches!(asked(&window), StoreRequest::LogIn { pin: Some(pin), .. } if pin.expose() == "0000"));
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
    assert!(matches!(asked(&window), StoreRequest::LogIn { pin: None, .. }));
    let locked = StoreHealth { pin: Some(tries(Tries::Locked)), ..health(token(HSM), Reach::Locked) };
    let mut window = at_token(Theme::Light, locked);
    press(&mut window, CTRL, Key::Num6);
    assert!(shows(&window, "Health: PIN locked"));
    button(&mut window, "Log in");
    assert!(!shows(&window, "Log in to Office HSM"));
}

fn adding(appearance: Theme) -> Window<'static> {
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

fn suggested(appearance: Theme) -> Window<'static> {
    let mut window = adding(appearance);
    assert!(matches!(asked(&window), StoreRequest::Modules));
    told(&mut window, modules());
    window
}

/// The tokens of a module were seen.
fn tokens(appearance: Theme) -> Window<'static> {
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
fn anew(appearance: Theme, name: &str, by: &str) -> Window<'static> {
    let mut window = tokens(appearance);
    choose(&mut window, name);
    click(&mut window, by);
    window
}

fn secret(window: &mut Window<'_>, field: &str, text: &str) {
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
fn blank_one(appearance: Theme) -> Window<'static> {
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
    click(&mut window, "Show billing-webhook-jws");
    assert!(!shows(&window, "to be settled") && shows(&window, "SPKI SHA-256"));
}

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
        secret(&mut window, "PIN of its security officer", "12345678");
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
        reconciled(Theme::Light, Reconciled { store: HSM.into(), as_known: 3, unknown: Vec::new(), missing: Vec::new() })
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
