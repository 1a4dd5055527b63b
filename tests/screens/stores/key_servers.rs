//! Key servers in the window: added, logged in to, looked at, reconciled; with a picture of each health and each dialog.

use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::at_stores::{StoreReport, StoreRequest};
use keystead::custodian::link::Report;
use keystead::custodian::reconcile::{HeldBack, Reconciled, TakenUp};
use keystead::custodian::store::{Absence, LoginFacts, Reach, StoreHealth};
use keystead::custodian::{CustodianError, Outcome};
use keystead::model::{Algorithm, KeyServer, ServerLogin, Store, StoreKind, VersionRef};
use keystead::stores::StoreError;

use super::{CTRL, asked, asks_of_stores, button, choose, secret_of, shows, told};
use crate::pictures::Album;
use crate::stage::{self, USUAL, Window, act, click, press, settle, type_text};
use crate::world;

pub(super) const TEAM: &str = "Team vault";
pub(super) const FIRST: &str = "https://bao-1.example.com:8200";
const SECOND: &str = "https://bao-2.example.com:8200";

pub(super) fn server(login: ServerLogin) -> Store {
    let server = KeyServer {
        addresses: [FIRST.into(), SECOND.into()].into(),
        namespace: Some("platform".into()),
        mount: "transit".into(),
        ca: None,
        login,
    };
    Store { server: Some(Box::new(server)), ..Store::new(TEAM, StoreKind::OpenBao) }
}

pub(super) fn by_name() -> ServerLogin {
    ServerLogin::UserPass { user: "mira".into() }
}

fn login(days: Option<i64>, renewable: bool) -> LoginFacts {
    let end = days.map(|days| world::now().plus_days(days));
    LoginFacts { who: "userpass-mira".into(), end, renewable, address: FIRST.into() }
}

pub(super) fn health(store: Store, reach: Reach) -> StoreHealth {
    let answers = !matches!(reach, Reach::Away(Absence::Gone | Absence::Hanging | Absence::Failing, _));
    StoreHealth {
        home: false,
        keys: 0,
        enforced_here: 0,
        algorithms: vec![Algorithm::Rsa2048, Algorithm::Rsa3072, Algorithm::Rsa4096, Algorithm::EcdsaP256, Algorithm::Ed25519],
        wrappings: Vec::new(),
        latency: answers.then_some(Duration::from_millis(3)),
        product: answers.then(|| "version 2.7.2".into()),
        pin: None,
        login: (reach == Reach::Open).then(|| login(Some(1), true)),
        reach,
        store,
    }
}

fn away() -> Reach {
    let reason = format!(
        "{FIRST}: nothing listens there: the connection was refused. {SECOND}: the name bao-2.example.com was not found. Check the \
         addresses and the network; the keys stay at the server."
    );
    Reach::Away(Absence::Gone, StoreError::Absence { store: TEAM.into(), reason }.to_string())
}

fn sealed() -> Reach {
    Reach::Away(Absence::Sealed, format!("{TEAM} is sealed: its administrator has to unseal it."))
}

fn distrusted() -> Reach {
    let reason = format!("{FIRST}: its certificate is not trusted: it ended on 20 Nov 2026. Nothing was sent to it.");
    Reach::Away(Absence::Failing, StoreError::Absence { store: TEAM.into(), reason }.to_string())
}

pub(super) fn at_server(appearance: Theme, known: StoreHealth) -> Window<'static> {
    let mut window = stage::opened(world::with_store(&known.store), USUAL, appearance, 1.0);
    window.state_mut().stores = vec![known];
    window
}

fn seen_as(appearance: Theme, known: StoreHealth) -> Window<'static> {
    let mut window = at_server(appearance, known);
    press(&mut window, CTRL, Key::Num6);
    window
}

fn seen(appearance: Theme, reach: Reach) -> Window<'static> {
    seen_as(appearance, health(server(by_name()), reach))
}

fn kinds(appearance: Theme) -> Window<'static> {
    let mut window = stage::opened(world::empty(StoreKind::Files), USUAL, appearance, 1.0);
    act(&mut window, "Add a store");
    window
}

pub(super) fn adding(appearance: Theme) -> Window<'static> {
    let mut window = kinds(appearance);
    told(&mut window, StoreReport::Modules(Vec::new()));
    press(&mut window, Modifiers::NONE, Key::Num2);
    window
}

pub(super) fn write(window: &mut Window<'_>, role: Role, field: &str, text: &str) {
    window.get_by_role_and_label(role, field).focus();
    settle(window);
    type_text(window, text);
}

pub(super) fn way(window: &mut Window<'_>, before: &str, wanted: &str) {
    let combo = format!("Log in by: {before}");
    window.query_all_by_role_and_label(Role::ComboBox, &combo).last().expect("a choice").click();
    settle(window);
    window.get_by_role_and_label(Role::MenuItem, wanted).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

/// Everything but the secret.
fn described(appearance: Theme) -> Window<'static> {
    let mut window = adding(appearance);
    write(&mut window, Role::TextInput, "Name of the store", TEAM);
    write(&mut window, Role::MultilineTextInput, "Addresses", &format!("{FIRST} {SECOND}"));
    write(&mut window, Role::TextInput, "Namespace", "platform");
    write(&mut window, Role::TextInput, "CA file", "/etc/ssl/team-ca.pem");
    way(&mut window, "Token", "User and password");
    write(&mut window, Role::TextInput, "User", "mira");
    window
}

pub(super) fn refused(window: &mut Window<'_>, reason: &str) {
    let error = StoreError::Server { store: TEAM.into(), reason: reason.into() };
    window.state_mut().finish(Err(error.into()));
    settle(window);
}

/// As the custodian says that a policy is too narrow.
const DENIED: &str = "The server refuses it: the token's policies lack “list” on “transit/keys”. Its administrator adds: path \
                      \"transit/keys\" { capabilities = [\"list\"] }";

#[test]
fn the_kind_of_a_store_costs_one_key() {
    let mut window = kinds(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    assert!(shows(&window, "Key server") && !shows(&window, "Addresses"));
    press(&mut window, Modifiers::NONE, Key::Num2);
    assert!(shows(&window, "Mount of the transit engine"));
    type_text(&mut window, TEAM);
    let name = window.get_by_role_and_label(Role::TextInput, "Name of the store");
    assert_eq!(
        egui_kittest::kittest::NodeT::accesskit_node(&name).value().as_deref(),
        Some(TEAM),
        "the keyboard is in the name, without the digit"
    );
    button(&mut window, "Another kind");
    press(&mut window, Modifiers::NONE, Key::Num1);
    assert!(shows(&window, "Look for tokens"));
}

#[test]
fn a_server_is_added_as_it_was_described() {
    let mut window = described(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "there is no password yet");
    secret_of(&mut window, "Password", "correct horse");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let StoreRequest::AddServer(wanted) = asked(&window) else { unreachable!("a server is added") };
    assert_eq!((wanted.name.as_str(), wanted.mount.as_str()), (TEAM, "transit"));
    assert_eq!(wanted.addresses, [FIRST, SECOND]);
    assert_eq!(wanted.namespace.as_deref(), Some("platform"));
    assert_eq!(wanted.ca.as_deref().and_then(std::path::Path::to_str), Some("/etc/ssl/team-ca.pem"));
    assert_eq!(wanted.login, by_name());
    assert_eq!(wanted.given.as_ref().map(|given| given.expose().to_owned()).as_deref(), Some("correct horse"));
    window.state_mut().finish(Ok(Outcome { notice: Some("Added Team vault.".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "Added Team vault.") && !shows(&window, "Name of the store"));
}

#[test]
fn what_the_server_says_shows_and_nothing_is_sent_twice() {
    let mut window = described(Theme::Light);
    secret_of(&mut window, "Password", "correct horse");
    press(&mut window, CTRL, Key::Enter);
    refused(&mut window, DENIED);
    assert!(shows(&window, "lack “list” on “transit/keys”"));
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "the password is gone");
    let user = window.get_by_role_and_label(Role::TextInput, "User");
    assert_eq!(egui_kittest::kittest::NodeT::accesskit_node(&user).value().as_deref(), Some("mira"), "the rest stays");
}

#[test]
fn another_way_to_log_in_takes_no_secret_over() {
    let mut window = adding(Theme::Light);
    write(&mut window, Role::TextInput, "Name of the store", TEAM);
    write(&mut window, Role::MultilineTextInput, "Addresses", FIRST);
    secret_of(&mut window, "Token", "s.123");
    way(&mut window, "Token", "AppRole, for machines");
    write(&mut window, Role::TextInput, "Role id", "8c1f");
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "a token is no secret id");
    secret_of(&mut window, "Secret id", "b7");
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::AddServer(wanted) = asked(&window) else { unreachable!("a server is added") };
    assert_eq!(wanted.login, ServerLogin::AppRole { role: "8c1f".into() });
    assert!(wanted.namespace.is_none() && wanted.ca.is_none());
}

#[test]
fn a_server_says_who_is_logged_in_until_when_and_how_it_is() {
    let window = seen(Theme::Light, Reach::Open);
    assert!(shows(&window, "Login: as userpass-mira by password, until 24 Nov 2026 (in 1 d), renewed by itself"));
    assert!(shows(&window, "OpenBao server, version 2.7.2") && shows(&window, "in 3 ms from https://bao-1.example.com:8200"));
    let mut known = health(server(ServerLogin::Token), Reach::Open);
    known.login = Some(login(None, false));
    assert!(shows(&seen_as(Theme::Light, known), "does not end"));
    let mut known = health(server(ServerLogin::Token), Reach::Open);
    known.login = Some(login(Some(1), false));
    assert!(shows(&seen_as(Theme::Light, known), "cannot be renewed"));
}

#[test]
fn what_keeps_a_server_from_being_used_is_told_apart() {
    let mut window = seen(Theme::Light, sealed());
    assert!(shows(&window, "Health: Sealed") && shows(&window, "has to unseal it"));
    button(&mut window, "Log in");
    assert!(!shows(&window, "Log in to Team vault"), "nothing is sent to it");
    let window = seen(Theme::Light, away());
    assert!(shows(&window, "Health: Away no address answers") && !shows(&window, "lug it in"));
    assert!(shows(&seen(Theme::Light, distrusted()), "Health: Error"));
    assert!(shows(&seen(Theme::Light, Reach::Locked), "Health: Logged out"));
}

fn rotating(appearance: Theme, reach: Reach) -> Window<'static> {
    let mut window = at_server(appearance, health(server(by_name()), reach));
    stage::row(&mut window, "backup-host-01");
    act(&mut window, "Rotate");
    window
}

#[test]
fn a_key_at_a_server_is_rotated_there_once_it_was_logged_in_to() {
    let mut window = rotating(Theme::Light, Reach::Open);
    assert!(shows(&window, "Team vault makes it as the next version of the same key at the server."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_some(), "it is rotated");
    let mut window = rotating(Theme::Light, Reach::Locked);
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "nobody is logged in");
    window.query_all_by_label("Log in").last().expect("a way in").click();
    settle(&mut window);
    assert!(shows(&window, "Log in to Team vault"));
}

pub(super) fn log_in(appearance: Theme, by: ServerLogin) -> Window<'static> {
    let mut window = seen_as(appearance, health(server(by), Reach::Locked));
    button(&mut window, "Log in");
    window
}

#[test]
fn a_login_asks_for_what_the_server_takes() {
    for (by, field) in
        [(ServerLogin::Token, "Token"), (ServerLogin::AppRole { role: "8c1f".into() }, "Secret id"), (by_name(), "Password")]
    {
        let mut window = log_in(Theme::Light, by);
        assert!(!shows(&window, "PIN"));
        press(&mut window, CTRL, Key::Enter);
        assert!(!asks_of_stores(&window), "nothing was typed");
        secret_of(&mut window, field, "s.123");
        press(&mut window, Modifiers::NONE, Key::Enter);
        assert!(matches!(asked(&window), StoreRequest::LogIn { given: Some(given), .. } if given.expose() == "s.123"));
    }
}

#[test]
fn a_key_at_a_server_is_held_by_keystead_alone_and_that_is_said() {
    let mut window = at_server(Theme::Light, health(server(by_name()), Reach::Open));
    stage::row(&mut window, "backup-host-01");
    act(&mut window, "Suspend");
    assert!(shows(&window, "Keystead alone enforces that: Team vault knows nothing of it."));
    let mut window = at_server(Theme::Light, health(server(by_name()), Reach::Open));
    stage::row(&mut window, "cdn2.example.com");
    act(&mut window, "Suspend");
    assert!(shows(&window, "signs nothing while it is held") && !shows(&window, "Keystead alone"));
}

fn reconciled(appearance: Theme) -> Window<'static> {
    let mut window = seen(appearance, Reach::Open);
    button(&mut window, "Reconcile");
    let version = |name: &str, number| VersionRef { key: world::id(name), version: number };
    let held = |name: &str, wholly, suspended| HeldBack {
        version: version(name, 1),
        name: name.into(),
        object: name.into(),
        wholly,
        suspended,
    };
    let looked = Reconciled {
        store: TEAM.into(),
        as_known: 4,
        unknown: Vec::new(),
        missing: Vec::new(),
        taken_up: vec![TakenUp {
            version: version("deploy-infra", 2),
            name: "deploy-infra".into(),
            object: "deploy-infra@2".into(),
        }],
        held_back: vec![held("deploy-infra", false, true), held("metrics-push", true, false)],
        ..Reconciled::default()
    };
    told(&mut window, StoreReport::Reconciled(vec![(TEAM.into(), Ok(looked))]));
    window
}

#[test]
fn what_the_server_did_by_itself_is_told_and_leads_to_its_key() {
    let mut window = reconciled(Theme::Light);
    assert!(shows(&window, "Taken up: deploy-infra has version 2 now") && shows(&window, "What the store did by itself"));
    assert!(shows(&window, "Held back by Team vault: deploy-infra, version 1.") && shows(&window, "suspended here from now on"));
    assert!(shows(&window, "lets nobody use it"));
    click(&mut window, "Show metrics-push, version 1");
    assert!(!shows(&window, "Held back by") && shows(&window, "metrics-push"));
}

#[test]
fn pictures_of_key_servers() {
    let mut album = Album::default();
    album.both("stores-server", |appearance| seen(appearance, Reach::Open));
    album.both("stores-server-logged-out", |appearance| seen(appearance, Reach::Locked));
    album.both("stores-server-away", |appearance| seen(appearance, away()));
    album.both("stores-server-sealed", |appearance| seen(appearance, sealed()));
    album.both("stores-server-error", |appearance| seen(appearance, distrusted()));
    album.both("stores-server-asking", |appearance| {
        let mut window = stage::opened(world::with_store(&server(by_name())), USUAL, appearance, 1.0);
        window.state_mut().mute = true;
        press(&mut window, CTRL, Key::Num6);
        window
    });
}

#[test]
fn pictures_of_dialogs_of_key_servers() {
    let mut album = Album::default();
    album.both("add-store-kind", kinds);
    album.both("add-server-empty", adding);
    album.both("add-server", |appearance| {
        let mut window = described(appearance);
        secret_of(&mut window, "Password", "correct horse");
        window
    });
    album.both("add-server-error", |appearance| {
        let mut window = described(appearance);
        secret_of(&mut window, "Password", "correct horse");
        press(&mut window, CTRL, Key::Enter);
        refused(&mut window, DENIED);
        window
    });
    album.both("log-in-server", |appearance| {
        let mut window = log_in(appearance, ServerLogin::Token);
        secret_of(&mut window, "Token", "s.CAESIJ4bXu8Qf2");
        window
    });
    album.both("log-in-server-error", |appearance| {
        let mut window = log_in(appearance, by_name());
        secret_of(&mut window, "Password", "wrong");
        press(&mut window, CTRL, Key::Enter);
        refused(
            &mut window,
            "The server does not take this userpass login: invalid username or password. It is not tried again by itself.",
        );
        window
    });
    album.both("reconcile-server", reconciled);
    album.both("suspend-at-server", |appearance| {
        let mut window = at_server(appearance, health(server(by_name()), Reach::Open));
        stage::row(&mut window, "backup-host-01");
        act(&mut window, "Suspend");
        window
    });
    album.one("rotate-server", Theme::Light, rotating(Theme::Light, Reach::Open));
    album.one("rotate-server-logged-out", Theme::Light, rotating(Theme::Light, Reach::Locked));
    album.one("move-key-server", Theme::Light, {
        let mut window = at_server(Theme::Light, health(server(by_name()), Reach::Open));
        stage::row(&mut window, "api.example.com");
        act(&mut window, "Move to another store");
        choose(&mut window, TEAM);
        window
    });
}

#[test]
fn a_login_that_ended_is_offered_again_where_a_key_is_made() {
    let mut window = at_server(Theme::Light, health(server(by_name()), Reach::Open));
    press(&mut window, CTRL, Key::N);
    type_text(&mut window, "pay.example.com");
    window.query_all_by_role_and_label(Role::ComboBox, "Store: GNOME Keyring").last().expect("a choice").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::MenuItem, TEAM).click();
    settle(&mut window);
    assert!(shows(&window, "It is made at the server and stays there."));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_some(), "it is made");
    let error: CustodianError = StoreError::Locked { store: TEAM.into() }.into();
    window.state_mut().finish(Err(error));
    settle(&mut window);
    window.query_all_by_label("Log in").last().expect("a way in").click();
    settle(&mut window);
    secret_of(&mut window, "Password", "correct horse");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let ticket = window.state().asked.last().expect("it").0;
    let open = StoreReport::Health(Box::new(health(server(by_name()), Reach::Open)));
    window.state().report(Report::Stores { ticket: Some(ticket), told: open });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(shows(&window, "Create key"), "what was typed is there still");
}
