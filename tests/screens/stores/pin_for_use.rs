//! The PIN for one use of a key: asked for before everything else, typed or at the reader, and never by keys that were meant
//! for something else.

use std::time::Duration;

use egui::{Key, Modifiers, Theme};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::questions::{PinAnswer, PinQuestion};
use keystead::model::KeyId;
use keystead::stores::pkcs11::Tries;

use super::{CTRL, HSM, pin, shows, with_token};
use crate::pictures::Album;
use crate::stage::{self, USUAL, Window, press, settle, type_text};

/// A key of the token, with its item.
fn of_token() -> (KeyId, String) {
    let world = with_token();
    let found = world.inventory.in_store(HSM).next().map(|(key, version)| (key.id, version.locator.object.to_string()));
    found.expect("a key in the token")
}

fn question() -> PinQuestion {
    let (key, object) = of_token();
    PinQuestion {
        store: HSM.into(),
        key: Some(key),
        object,
        purpose: "a signature of release-4.2.tar.gz".into(),
        tries: "",
        at_reader: false,
        was_wrong: false,
    }
}

fn wrong() -> PinQuestion {
    PinQuestion { was_wrong: true, tries: Tries::Last.sentence().trim_start(), ..question() }
}

fn at_reader() -> PinQuestion {
    PinQuestion { at_reader: true, ..question() }
}

fn asks(window: &mut Window<'_>, id: u64, question: PinQuestion) {
    window.state_mut().report(Report::PinAsked { id, question });
    settle(window);
}

/// The keyboard rests for long enough.
fn rests(window: &mut Window<'_>) {
    std::thread::sleep(Duration::from_millis(550));
    settle(window);
}

fn opened(appearance: Theme, question: PinQuestion) -> Window<'static> {
    let mut window = stage::opened(with_token(), USUAL, appearance, 1.0);
    asks(&mut window, 1, question);
    window
}

/// The answers that were sent, in order: the PIN, “reader” or “refused”.
fn answers(window: &Window<'_>) -> Vec<(u64, String)> {
    let answer = |request: &Request| match request {
        Request::AnswerPin { id, answer } => Some((
            *id,
            match answer {
                PinAnswer::Typed(pin) => pin.expose().to_owned(),
                PinAnswer::AtReader => "reader".into(),
                PinAnswer::Refused => "refused".into(),
            },
        )),
        _ => None,
    };
    window.state().asked.iter().filter_map(|(_, request)| answer(request)).collect()
}

#[test]
fn a_pin_is_given_once_and_for_what_the_dialog_says() {
    let mut window = opened(Theme::Light, question());
    assert!(shows(&window, "PIN of Office HSM") && shows(&window, "a signature of release-4.2.tar.gz"));
    rests(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(answers(&window).is_empty(), "there is no PIN yet");
    // The keyboard is in the field already.
    type_text(&mut window, "4711-0815");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(answers(&window), [(1, "4711-0815".into())]);
    assert!(!shows(&window, "PIN of Office HSM"));
    asks(&mut window, 2, wrong());
    rests(&mut window);
    assert!(shows(&window, "That PIN is wrong.") && shows(&window, "One try is left"));
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(answers(&window).len(), 1, "the field is empty again");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(answers(&window)[1], (2, "refused".into()));
}

#[test]
fn what_was_being_typed_for_something_else_is_no_pin() {
    let mut window = stage::opened(with_token(), USUAL, Theme::Light, 1.0);
    asks(&mut window, 1, question());
    type_text(&mut window, "prod-eu");
    press(&mut window, Modifiers::NONE, Key::Enter);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(answers(&window).is_empty() && shows(&window, "PIN of Office HSM"));
    rests(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(answers(&window).is_empty(), "nothing of it is in the field");
    pin(&mut window, "4711-0815");
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(answers(&window), [(1, "4711-0815".into())]);
}

#[test]
fn a_reader_with_a_pad_asks_itself_and_again_only_when_told_to() {
    let mut window = opened(Theme::Light, at_reader());
    assert!(shows(&window, "Its reader asks for the PIN"));
    rests(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(answers(&window).is_empty(), "it is asked there");
    window.state_mut().report(Report::PinSettled(1));
    settle(&mut window);
    assert!(!shows(&window, "PIN of Office HSM"));
    asks(&mut window, 2, PinQuestion { at_reader: true, ..wrong() });
    assert!(shows(&window, "That PIN is wrong.") && shows(&window, "Ask at the reader"));
    rests(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(answers(&window), [(2, "reader".into())]);
    assert!(shows(&window, "press cancel at the reader"), "it stays until the reader has it");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "PIN of Office HSM"));
    assert_eq!(answers(&window).len(), 1);
}

#[test]
fn a_pin_that_nobody_types_is_waited_for_no_longer_and_locking_ends_it() {
    let mut window = opened(Theme::Light, question());
    window.state_mut().wait(121);
    settle(&mut window);
    settle(&mut window);
    assert!(!shows(&window, "PIN of Office HSM") && answers(&window).is_empty());
    asks(&mut window, 2, question());
    press(&mut window, CTRL, Key::L);
    settle(&mut window);
    assert!(!shows(&window, "PIN of Office HSM"));
    asks(&mut window, 3, question());
    assert!(!shows(&window, "PIN of Office HSM"), "nothing is asked of somebody who is locked out");
}

#[test]
fn pictures_of_the_pin_for_one_use() {
    let mut album = Album::default();
    let typed = |appearance, question| {
        let mut window = opened(appearance, question);
        rests(&mut window);
        type_text(&mut window, "4711-0815");
        window
    };
    album.both("pin-for-use", |appearance| typed(appearance, question()));
    album.both("pin-for-use-wrong", |appearance| {
        let mut window = opened(appearance, wrong());
        rests(&mut window);
        window
    });
    album.both("pin-for-use-reader", |appearance| opened(appearance, at_reader()));
    album.one("pin-for-use-reader-wrong", Theme::Light, opened(Theme::Light, PinQuestion { at_reader: true, ..wrong() }));
    album.one("pin-for-use-adopting", Theme::Light, {
        let purpose = "a signature that proves it, to take it over as release-signing".to_owned();
        opened(Theme::Light, PinQuestion { key: None, object: "0c".into(), purpose, ..question() })
    });
}
