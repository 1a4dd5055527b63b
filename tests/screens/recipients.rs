//! The address book: the list, what each holds, fingerprints to read out, and the dialogs that change it.

use egui::{Event as Input, Key, Modifiers, Role, Theme, vec2};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::import::Source;
use keystead::custodian::link::{Report, Request};
use keystead::custodian::recipients::ReadKey;
use keystead::custodian::{CustodianError, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::formats::recipient::{self, RecipientError};
use keystead::model::{
    Command, Confirmation, Confirmed, Digest, Event, Format, Recipient, RecipientChange, RecipientKey, RecipientKeyKind, Time,
    VersionRef,
};

use crate::pictures::Album;
use crate::policies::shows;
use crate::stage::{self, USUAL, Window, act, click, press, rows, settle, type_text};
use crate::world::{self, World, day};

const CTRL: Modifiers = Modifiers::COMMAND;
const AGE: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

fn key(line: &str) -> RecipientKey {
    recipient::read(line.as_bytes(), world::now()).expect("a public key")
}

fn confirmed(key: RecipientKey, way: Confirmation, note: &str) -> RecipientKey {
    RecipientKey { confirmed: Some(Confirmed { way, at: day("2026-10-12"), note: note.into() }), ..key }
}

fn of_kind(kind: RecipientKeyKind, number: u8, expires: Option<&str>) -> RecipientKey {
    RecipientKey {
        kind,
        encoded: "MIIB".into(),
        sha256: Digest(std::array::from_fn(|at| number.wrapping_mul(37).wrapping_add((at * 53) as u8))),
        begins: expires.map(|_| day("2025-12-01")),
        expires: expires.map(day),
        service_id: "".into(),
        confirmed: None,
    }
}

fn recipient(name: &str, note: &str, keys: Vec<RecipientKey>) -> Recipient {
    Recipient { name: name.into(), note: note.into(), keys }
}

fn given(world: &World, key: &str, to: &str, format: Format, at: Time) -> Event {
    let key = world.inventory.key(world::id(key)).expect("a key of the world");
    let version = VersionRef { key: key.id, version: key.current(at).map_or(1, |version| version.number) };
    Event::HandedOver { version, recipient: to.into(), format, at, elsewhere: false }
}

/// The usual inventory with an address book.
pub fn world_with() -> World {
    let mut world = world::usual();
    let azure = RecipientKey {
        service_id: "https://shop.vault.azure.net/keys/kek/7".into(),
        ..of_kind(RecipientKeyKind::WrappingKey, 5, None)
    };
    let people = [
        recipient(
            "Ada Lovelace",
            "Web team, extension 12",
            vec![
                confirmed(key(AGE), Confirmation::ByCall, "Read out over extension 12"),
                confirmed(of_kind(RecipientKeyKind::Certificate, 2, Some("2027-06-01")), Confirmation::InPerson, ""),
            ],
        ),
        recipient("Jonas", "", vec![key(SSH)]),
        recipient("Example CA", "", vec![of_kind(RecipientKeyKind::Certificate, 3, Some("2026-12-09"))]),
        recipient("Payment processor", "", vec![of_kind(RecipientKeyKind::Certificate, 4, Some("2026-11-02"))]),
        recipient("Azure shop vault", "", vec![confirmed(azure, Confirmation::Published, "In the portal")]),
    ];
    let events = people.into_iter().map(|recipient| Event::RecipientSet { recipient: Box::new(recipient) });
    world.append(world::now(), events.collect());
    let at = day("2026-11-21");
    let gifts = vec![
        given(&world, "api.example.com", "Ada Lovelace", Format::Pkcs12, at),
        given(&world, "bastion.eu-west", "Ada Lovelace", Format::OpenSsh, at),
        given(&world, "bastion.eu-west", "Jonas", Format::OpenSsh, at),
    ];
    world.append(world::now(), gifts);
    world
}

fn listed(appearance: Theme) -> Window<'static> {
    sized(appearance, USUAL)
}

fn sized(appearance: Theme, size: egui::Vec2) -> Window<'static> {
    let mut window = stage::opened(world_with(), size, appearance, 1.0);
    press(&mut window, CTRL, Key::Num9);
    window
}

fn chosen(appearance: Theme, start: &str) -> Window<'static> {
    let mut window = listed(appearance);
    choose(&mut window, start);
    window
}

fn choose(window: &mut Window<'_>, start: &str) {
    stage::row(window, start);
}

fn command(window: &Window<'_>) -> Command {
    window.state().command().cloned().expect("a command")
}

/// The custodian did it.
fn done(window: &mut Window<'_>, events: Vec<Event>) {
    window.state_mut().happened(events);
    window.state_mut().finish(Ok(Outcome::default()));
    settle(window);
}

fn paste(window: &mut Window<'_>, text: &str) {
    window.event(Input::Paste(text.into()));
    settle(window);
}

/// What the custodian was given to read, which it answers.
fn answer(window: &mut Window<'_>, keys: Vec<ReadKey>) -> Vec<String> {
    let (ticket, request) = window.state().asked.last().expect("a request");
    let Request::ReadRecipientKeys(sources) = request else { unreachable!("nothing is to be read") };
    let given = sources.iter().map(|source| match source {
        Source::Path(path) => path.display().to_string(),
        Source::Pasted(bytes) => String::from_utf8_lossy(bytes.expose()).into_owned(),
    });
    let (given, ticket) = (given.collect(), *ticket);
    window.state().report(Report::RecipientKeys { ticket, keys });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(window);
    given
}

fn read(key: RecipientKey, known: &[&str]) -> ReadKey {
    ReadKey { from: "pasted text".into(), key: Ok(key), known: known.iter().map(|name| (*name).into()).collect() }
}

fn refused(cause: RecipientError) -> ReadKey {
    let from = "pasted text".to_owned();
    ReadKey { from: from.clone(), key: Err(CustodianError::Recipient { from, cause }), known: Vec::new() }
}

/// The dialog that adds somebody, with a name.
fn adding(appearance: Theme, name: &str) -> Window<'static> {
    let mut window = stage::opened(world_with(), USUAL, appearance, 1.0);
    act(&mut window, "Add a recipient");
    type_text(&mut window, name);
    window
}

#[test]
fn everybody_with_a_key_or_in_the_book_is_listed_and_found() {
    let mut window = listed(Theme::Light);
    let all = rows(&window);
    assert!(all.contains(&"Ada Lovelace".to_owned()) && all.contains(&"Jonas".to_owned()), "{all:?}");
    assert!(all.len() > 5, "those known from hand-overs alone stand there too: {all:?}");
    assert!(shows(&window, "Jonas, SSH Ed25519, not confirmed, holds"));
    assert!(shows(&window, "Example CA, X.509 certificate, not confirmed, a key expires soon"));
    assert!(shows(&window, "Payment processor, X.509 certificate, not confirmed, a key expired"));
    window.get_by_label_contains("Needs attention").click();
    settle(&mut window);
    assert_eq!(rows(&window), ["Example CA", "Jonas", "Payment processor"]);
    window.get_by_label_contains("Not in the address book").click();
    settle(&mut window);
    assert!(!rows(&window).contains(&"Jonas".to_owned()) && !rows(&window).is_empty());
    press(&mut window, CTRL, Key::F);
    type_text(&mut window, "ada");
    window.get_by_label_contains("All ").click();
    settle(&mut window);
    assert_eq!(rows(&window), ["Ada Lovelace"]);
}

#[test]
fn a_fingerprint_is_read_out_in_groups_and_confirmed_by_keyboard() {
    let mut window = listed(Theme::Light);
    choose(&mut window, "Jonas");
    let print = key(SSH).fingerprint();
    let digits = print.strip_prefix("SHA256:").expect("a fingerprint of SSH");
    let groups: Vec<&str> = (0..digits.len()).step_by(4).map(|at| &digits[at..(at + 4).min(digits.len())]).collect();
    assert!(shows(&window, &groups.join(" ")));
    assert!(shows(&window, "Not confirmed: nobody made sure"));
    window.query_all_by_role_and_label(Role::Button, "Confirm").last().expect("the button").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "Is this the key of Jonas?"));
    window.get_by_role_and_label(Role::RadioButton, "In another way").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "another way has to be told");
    window.get_by_role_and_label(Role::RadioButton, "By a call").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let how = Some((Confirmation::ByCall, String::new()));
    let change = RecipientChange::Confirm { key: key(SSH).sha256, how };
    assert_eq!(command(&window), Command::ChangeRecipients(vec![("Jonas".into(), change)]));
    let after = recipient("Jonas", "", vec![confirmed(key(SSH), Confirmation::ByCall, "")]);
    done(&mut window, vec![Event::RecipientSet { recipient: Box::new(after) }]);
    assert!(shows(&window, "Confirmed by a call"));
    press(&mut window, CTRL, Key::Z);
    let Command::ChangeRecipients(back) = command(&window) else { unreachable!("nothing was taken back") };
    assert!(matches!(&back[0].1, RecipientChange::Restore(before) if before.keys[0].confirmed.is_none()));
}

#[test]
fn somebody_is_added_with_a_pasted_key() {
    let mut window = adding(Theme::Light, "Grace Hopper");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "a key is missing");
    paste(&mut window, AGE);
    assert_eq!(answer(&mut window, vec![read(key(AGE), &["Ada Lovelace"])]), [AGE], "also while the name has the focus");
    assert!(shows(&window, &format!("age X25519: {AGE}")));
    press(&mut window, CTRL, Key::Enter);
    let change = RecipientChange::Add { note: None, keys: vec![key(AGE)] };
    assert_eq!(command(&window), Command::ChangeRecipients(vec![("Grace Hopper".into(), change)]));
    let new = recipient("Grace Hopper", "", vec![key(AGE)]);
    done(&mut window, vec![Event::RecipientSet { recipient: Box::new(new) }]);
    assert!(!shows(&window, "Choose files") && rows(&window).contains(&"Grace Hopper".to_owned()));
}

#[test]
fn a_private_key_pasted_by_mistake_is_told_and_stands_nowhere() {
    let mut window = adding(Theme::Light, "Grace");
    let secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    paste(&mut window, secret);
    assert!(!shows(&window, "AGE-SECRET"), "it was put into no field");
    answer(&mut window, vec![refused(RecipientError::PrivateKey)]);
    assert!(shows(&window, "This is a PRIVATE key"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none());
    window.query_all_by_label("Dismiss").last().expect("the cross").click();
    settle(&mut window);
    assert!(!shows(&window, "This is a PRIVATE key"));
}

#[test]
fn keys_come_from_files_and_a_known_name_gets_them_too() {
    let mut window = adding(Theme::Light, "Jonas");
    assert!(shows(&window, "Jonas is in the address book already"));
    click(&mut window, "Choose files");
    assert!(matches!(window.state_mut().wanted(), Some(Pick::OpenMany { .. })));
    window.state_mut().picked(Picked::Paths(vec!["/tmp/a.pub".into(), "/tmp/kek.pem".into()]));
    settle(&mut window);
    let kek = of_kind(RecipientKeyKind::WrappingKey, 9, None);
    let keys = vec![read(key(AGE), &[]), read(kek.clone(), &[])];
    assert_eq!(answer(&mut window, keys), ["/tmp/a.pub", "/tmp/kek.pem"]);
    window.get_by_role_and_label(Role::TextInput, "What the service calls its key").focus();
    settle(&mut window);
    type_text(&mut window, "vault/kek/1");
    press(&mut window, CTRL, Key::Enter);
    let kek = RecipientKey { service_id: "vault/kek/1".into(), ..kek };
    let change = RecipientChange::Add { note: None, keys: vec![key(AGE), kek] };
    assert_eq!(command(&window), Command::ChangeRecipients(vec![("Jonas".into(), change)]));
}

#[test]
fn a_key_is_taken_away_and_the_note_changed_in_one_go() {
    let mut window = chosen(Theme::Light, "Ada Lovelace");
    click(&mut window, "Edit");
    window.get_by_label_contains("Take away X.509 certificate").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::MultilineTextInput, "Note").focus();
    settle(&mut window);
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "Left the web team");
    press(&mut window, CTRL, Key::Enter);
    let gone = RecipientChange::DropKeys(vec![of_kind(RecipientKeyKind::Certificate, 2, None).sha256]);
    let noted = RecipientChange::Add { note: Some("Left the web team".into()), keys: Vec::new() };
    let name = || "Ada Lovelace".to_owned();
    assert_eq!(command(&window), Command::ChangeRecipients(vec![(name(), gone), (name(), noted)]));
}

#[test]
fn a_removal_says_that_what_was_given_stays_and_can_be_taken_back() {
    let mut window = chosen(Theme::Light, "Ada Lovelace");
    click(&mut window, "Remove");
    assert!(shows(&window, "What they were given stays on record: 2 hand-overs."));
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(command(&window), Command::ChangeRecipients(vec![("Ada Lovelace".into(), RecipientChange::Remove)]));
    done(&mut window, vec![Event::RecipientRemoved { name: "Ada Lovelace".into() }]);
    assert!(shows(&window, "Ada Lovelace, not in the address book, holds 2 keys"));
    press(&mut window, CTRL, Key::Z);
    let Command::ChangeRecipients(back) = command(&window) else { unreachable!("nothing was taken back") };
    assert!(matches!(&back[0].1, RecipientChange::Restore(before) if before.keys.len() == 2));
}

#[test]
fn a_key_that_is_held_leads_to_the_inventory() {
    let mut window = chosen(Theme::Light, "Ada Lovelace");
    window.get_by_label_contains("api.example.com, version").click();
    settle(&mut window);
    assert!(shows(&window, "api.example.com, ") && rows(&window).len() > 10, "the inventory shows");
}

#[test]
fn a_failure_stays_in_the_dialog() {
    let mut window = adding(Theme::Light, "Grace");
    paste(&mut window, SSH);
    answer(&mut window, vec![read(key(SSH), &["Jonas"])]);
    assert!(shows(&window, "ssh-ed25519") || shows(&window, "SSH Ed25519: SHA256:"));
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().finish(Err(CustodianError::ReadOnly("The log is not whole.".into())));
    settle(&mut window);
    assert!(shows(&window, "The log is not whole."));
}

#[test]
fn recipients_in_pictures() {
    let mut album = Album::default();
    album.both("recipients-empty", |appearance| {
        let mut window = stage::empty(appearance);
        press(&mut window, CTRL, Key::Num9);
        window
    });
    album.both("recipients", |appearance| chosen(appearance, "Ada Lovelace"));
    album.both("recipients-unconfirmed", |appearance| chosen(appearance, "Jonas"));
    album.both("recipients-expired", |appearance| chosen(appearance, "Payment processor"));
    album.both("recipients-narrow", |appearance| {
        let mut window = sized(appearance, vec2(860.0, 700.0));
        choose(&mut window, "Jonas");
        window
    });
    album.both("recipient-confirm", |appearance| {
        let mut window = chosen(appearance, "Jonas");
        window.query_all_by_role_and_label(Role::Button, "Confirm").last().expect("the button").click();
        settle(&mut window);
        window
    });
    album.both("recipient-remove", |appearance| {
        let mut window = chosen(appearance, "Ada Lovelace");
        click(&mut window, "Remove");
        window
    });
    album.both("recipient-add", |appearance| {
        let mut window = adding(appearance, "Grace Hopper");
        paste(&mut window, AGE);
        answer(&mut window, vec![read(key(AGE), &[]), read(key(SSH), &["Jonas"])]);
        window
    });
    album.both("recipient-error", |appearance| {
        let mut window = adding(appearance, "Grace Hopper");
        paste(&mut window, AGE);
        answer(&mut window, vec![refused(RecipientError::PrivateKey), refused(RecipientError::SmallOrder("age recipient"))]);
        window
    });
}
