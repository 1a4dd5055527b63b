//! Key servers that one logs in to with nothing typed: in the browser, whose page shows while it is waited for, and by a TLS
//! certificate. And what such a server does not know of a key.

use std::time::Duration;

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::at_stores::{StoreReport, StoreRequest};
use keystead::custodian::link::{Report, Request, Ticket};
use keystead::custodian::store::Reach;
use keystead::custodian::{CustodianError, LoginPage, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::{Event, ServerLogin, Suspension, Transition, VersionRef};

use super::key_servers::{FIRST, TEAM, adding, at_server, by_name, health, log_in, refused, server, way, write};
use super::{CTRL, asked, asks_of_stores, button, shows};
use crate::pictures::Album;
use crate::stage::{self, Window, press, settle};
use crate::world;

const URL: &str = "https://login.example.com/realms/platform/protocol/openid-connect/auth?client_id=openbao&nonce=n_8Zk1mW&redirect_uri=http%3A%2F%2Flocalhost%3A8250%2Foidc%2Fcallback&response_type=code&scope=openid&state=st_q2";

fn browser() -> ServerLogin {
    ServerLogin::Browser { role: None, port: ServerLogin::BROWSER_PORT }
}

fn certificate() -> ServerLogin {
    ServerLogin::Certificate {
        certificate: "/home/mira/tls/laptop.pem".into(),
        key: "/home/mira/tls/laptop.key".into(),
        role: Some("laptop".into()),
    }
}

fn replace(window: &mut Window<'_>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    settle(window);
    press(window, CTRL, Key::A);
    window.event(egui::Event::Text(text.into()));
    settle(window);
}

/// A server of which only the way in is to be told.
fn described(appearance: Theme, by: &str) -> Window<'static> {
    let mut window = adding(appearance);
    write(&mut window, Role::TextInput, "Name of the store", TEAM);
    write(&mut window, Role::MultilineTextInput, "Addresses", FIRST);
    way(&mut window, "Token", by);
    window
}

fn by_browser(appearance: Theme) -> Window<'static> {
    described(appearance, "Browser (OIDC)")
}

fn by_certificate(appearance: Theme) -> Window<'static> {
    let mut window = described(appearance, "TLS certificate");
    write(&mut window, Role::TextInput, "Certificate", "/home/mira/tls/laptop.pem");
    write(&mut window, Role::TextInput, "Private key", "/home/mira/tls/laptop.key");
    write(&mut window, Role::TextInput, "Role", "laptop");
    window
}

fn ticket(window: &Window<'_>) -> Ticket {
    window.state().asked.last().expect("a request").0
}

fn tells(window: &mut Window<'_>, told: StoreReport) {
    let ticket = ticket(window);
    window.state().report(Report::Stores { ticket: Some(ticket), told });
    settle(window);
}

/// The custodian waits for somebody at the page; a browser shows it, or does not.
fn at_page(window: &mut Window<'_>, opened: Result<(), String>) {
    let page = LoginPage { store: TEAM.into(), url: URL.into(), left: Duration::from_mins(5) };
    tells(window, StoreReport::Page(page));
    tells(window, StoreReport::Browser { url: URL.into(), opened });
}

fn no_browser() -> Result<(), String> {
    Err("Nothing here opens pages: xdg-open is not installed".into())
}

fn waits(mut window: Window<'static>, opened: Result<(), String>) -> Window<'static> {
    press(&mut window, CTRL, Key::Enter);
    at_page(&mut window, opened);
    window.state().wait(48);
    settle(&mut window);
    window
}

#[test]
fn a_server_is_added_through_the_browser() {
    let mut window = by_browser(Theme::Light);
    assert!(shows(&window, "leads back to http://localhost:8250/oidc/callback, which the role has to permit"));
    replace(&mut window, "Callback port", "70000");
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window), "this is no port");
    replace(&mut window, "Callback port", "8251");
    assert!(shows(&window, "http://localhost:8251/oidc/callback"));
    write(&mut window, Role::TextInput, "Role", "engineers");
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::AddServer(wanted) = asked(&window) else { unreachable!("a server is added") };
    assert_eq!(wanted.login, ServerLogin::Browser { role: Some("engineers".into()), port: 8251 });
    assert!(wanted.given.is_none());
    at_page(&mut window, Ok(()));
    assert!(shows(&window, "login.example.com") && shows(&window, "5 min 0 s left") && shows(&window, "opened in your browser"));
    window.state().wait(48);
    settle(&mut window);
    assert!(shows(&window, "4 min 12 s left"));
    window.state_mut().finish(Ok(Outcome { notice: Some("Added Team vault.".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "Added Team vault.") && !shows(&window, "login.example.com"), "it ends with the login");
}

/// What a button copies: it stands in the output of the frame in which that is done.
fn copied(window: &mut Window<'_>, name: &str) -> Option<String> {
    window.get_by_role_and_label(Role::Button, name).click();
    (0..12).find_map(|_| {
        window.step();
        window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    })
}

#[test]
fn the_page_of_a_login_is_copied_and_opened_again() {
    let mut window = waits(by_browser(Theme::Light), no_browser());
    assert!(shows(&window, "No browser shows the page.") && shows(&window, "xdg-open is not installed"));
    assert_eq!(copied(&mut window, "Copy the address").as_deref(), Some(URL));
    settle(&mut window);
    button(&mut window, "Try to open it");
    assert!(matches!(asked(&window), StoreRequest::OpenPage(url) if url == URL));
    tells(&mut window, StoreReport::Browser { url: URL.into(), opened: Ok(()) });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(!shows(&window, "No browser shows the page.") && shows(&window, "Open it again"), "the login still waits");
}

#[test]
fn giving_up_ends_the_login_and_keeps_what_was_typed() {
    let mut window = waits(by_browser(Theme::Light), Ok(()));
    let login = ticket(&window);
    window.query_all_by_role_and_label(Role::Button, "Cancel").next().expect("beside the bar").click();
    settle(&mut window);
    assert_eq!(window.state().cancelled(), [login]);
    window.state_mut().finish(Err(CustodianError::Cancelled));
    settle(&mut window);
    assert!(!shows(&window, "login.example.com") && !shows(&window, "Not done."));
    let name = window.get_by_role_and_label(Role::TextInput, "Name of the store");
    assert_eq!(name.accesskit_node().value().as_deref(), Some(TEAM));

    let mut window = waits(by_browser(Theme::Light), Ok(()));
    let login = ticket(&window);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(window.state().cancelled(), [login], "a dialog that is closed leaves no login behind");
    assert!(!shows(&window, "Name of the store"));
}

#[test]
fn a_page_of_another_store_is_not_shown_for_this_one() {
    let mut window = by_browser(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    let page = LoginPage { store: "Other".into(), url: URL.into(), left: Duration::from_mins(5) };
    tells(&mut window, StoreReport::Page(page));
    assert!(!shows(&window, "login.example.com"));
}

#[test]
fn a_server_is_added_by_certificate_and_each_file_is_chosen_for_its_field() {
    let mut window = described(Theme::Light, "TLS certificate");
    for (field, file) in [
        ("Certificate", "/home/mira/tls/laptop.pem"),
        ("CA file", "/etc/ssl/team-ca.pem"),
        ("Private key", "/home/mira/tls/laptop.key"),
    ] {
        press(&mut window, CTRL, Key::Enter);
        assert!(!asks_of_stores(&window), "a file is missing");
        let choose = format!("Choose {}", if field == "CA file" { field.to_owned() } else { field.to_lowercase() });
        button(&mut window, &choose);
        assert!(matches!(window.state_mut().wanted(), Some(Pick::Open { title }) if title == choose));
        window.state_mut().picked(Picked::Path(file.into()));
        settle(&mut window);
        let shown = window.get_by_role_and_label(Role::TextInput, field);
        assert_eq!(shown.accesskit_node().value().as_deref(), Some(file));
    }
    press(&mut window, CTRL, Key::Enter);
    let StoreRequest::AddServer(wanted) = asked(&window) else { unreachable!("a server is added") };
    let (certificate, key) = ("/home/mira/tls/laptop.pem".into(), "/home/mira/tls/laptop.key".into());
    assert_eq!(wanted.login, ServerLogin::Certificate { certificate, key, role: None });
    assert!(wanted.given.is_none());
    assert_eq!(wanted.ca.as_deref().and_then(std::path::Path::to_str), Some("/etc/ssl/team-ca.pem"));
}

#[test]
fn a_path_that_means_something_else_elsewhere_is_not_taken() {
    let mut window = by_certificate(Theme::Light);
    replace(&mut window, "Private key", "laptop.key");
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_of_stores(&window));
    replace(&mut window, "Private key", "/home/mira/tls/laptop.key");
    press(&mut window, CTRL, Key::Enter);
    assert!(asks_of_stores(&window));
}

fn is_login(request: &Request) -> bool {
    matches!(request, Request::Stores(StoreRequest::LogIn { .. }))
}

#[test]
fn where_nothing_is_typed_logging_in_begins_at_once() {
    for by in [browser(), certificate()] {
        let mut window = log_in(Theme::Light, by);
        assert!(matches!(asked(&window), StoreRequest::LogIn { store, given: None } if store == TEAM));
        let logins = window.state().asked.iter().filter(|(_, request)| is_login(request)).count();
        assert_eq!(logins, 1, "once");
        refused(&mut window, "The server does not take this login.");
        assert!(shows(&window, "Not done.") && !asks_of_stores(&window), "it is not tried again by itself");
        press(&mut window, CTRL, Key::Enter);
        assert!(asks_of_stores(&window), "a person tries again");
        window.state_mut().finish(Ok(Outcome { notice: Some("Logged in.".into()), ..Outcome::default() }));
        settle(&mut window);
        assert!(shows(&window, "Logged in.") && !shows(&window, "Log in to Team vault"));
    }
    assert!(!asks_of_stores(&log_in(Theme::Light, by_name())), "a password is typed first");
}

#[test]
fn a_login_in_the_browser_shows_its_page_and_ends_with_its_dialog() {
    let mut window = log_in(Theme::Light, browser());
    at_page(&mut window, Ok(()));
    assert!(shows(&window, "login.example.com"));
    let login = ticket(&window);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(window.state().cancelled(), [login]);
    window.state_mut().finish(Err(CustodianError::Cancelled));
    settle(&mut window);
    assert!(!shows(&window, "Log in to Team vault") && shows(&window, "Cancelled."));
}

/// The key of the server that is suspended here.
fn suspended(appearance: Theme, reason: &str) -> Window<'static> {
    let mut window = at_server(appearance, health(server(browser()), Reach::Open));
    let version = VersionRef { key: world::id("backup-host-01"), version: 1 };
    let transition = Transition::Suspend { from: world::now(), until: None };
    window.state_mut().happened(vec![Event::Transitioned { version, transition, reason: reason.into() }]);
    settle(&mut window);
    stage::row(&mut window, "backup-host-01");
    window
}

#[test]
fn a_state_that_the_server_does_not_know_is_said_to_be_enforced_here_alone() {
    let sentence = "Enforced only here: Team vault does not know that it is suspended.";
    assert!(shows(&suspended(Theme::Light, "on leave"), sentence));
    let by_itself = Suspension::held_back_by(TEAM);
    assert!(!shows(&suspended(Theme::Light, &by_itself), "Enforced only here"), "the server holds it back by itself");
    let mut window = at_server(Theme::Light, health(server(browser()), Reach::Open));
    stage::row(&mut window, "backup-host-01");
    assert!(!shows(&window, "Enforced only here"), "it is active");
    let window = stage::with_key(Theme::Light, "billing-webhook-jws");
    assert!(!shows(&window, "Enforced only here"), "what lies here is used by nobody else");
}

#[test]
fn pictures_of_logins_with_nothing_typed() {
    let mut album = Album::default();
    album.both("add-server-browser", by_browser);
    album.both("add-server-certificate", by_certificate);
    album.both("add-server-waiting", |appearance| waits(by_browser(appearance), Ok(())));
    album.both("add-server-no-browser", |appearance| waits(by_browser(appearance), no_browser()));
    album.both("add-server-browser-error", |appearance| {
        let mut window = waits(by_browser(appearance), Ok(()));
        let reason = "The server does not take this browser login: nobody has logged in in the browser in time.";
        refused(&mut window, &format!("{reason} It is not tried again by itself."));
        window
    });
    album.both("add-server-certificate-error", |appearance| {
        let mut window = by_certificate(appearance);
        press(&mut window, CTRL, Key::Enter);
        let reason = "/home/mira/tls/laptop.key cannot be read: No such file or directory (os error 2). Without it nobody logs in \
                      there with a certificate; the keys stay at the server.";
        window.state_mut().finish(Err(CustodianError::Input(format!("{TEAM}: {reason}"))));
        settle(&mut window);
        window
    });
    album.both("log-in-browser", |appearance| {
        let mut window = log_in(appearance, browser());
        at_page(&mut window, Ok(()));
        window
    });
    album.both("log-in-certificate-error", |appearance| {
        let mut window = log_in(appearance, certificate());
        refused(
            &mut window,
            "The server does not take this certificate login: permission denied. It is not tried again by itself.",
        );
        window
    });
    album.both("inspector-enforced-here", |appearance| suspended(appearance, "on leave"));
}
