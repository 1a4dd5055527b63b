//! Servers: the list with what each showed, looking at them, adding and forgetting, and what became other.

use egui::{Key, Modifiers, Role, Theme, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use keystead::custodian::Outcome;
use keystead::custodian::link::{Report, Request};
use keystead::custodian::probe::ServerReport;
use keystead::model::{
    Address, CertificateFacts, Command, Der, Digest, Event, Finding, Hindrance, Protocol, ShownKey, Sighting, Time, Trust,
    Watched,
};

use crate::pictures::Album;
use crate::policies::shows;
use crate::stage::{self, USUAL, Window, act, click, press, rows, settle, type_text};
use crate::world::{self, World, day};

const CTRL: Modifiers = Modifiers::COMMAND;

fn address(text: &str, protocol: Protocol) -> Address {
    Address::parse(text, protocol).expect("an address")
}

/// A moment before now.
fn ago(minutes: i64) -> Time {
    world::now().plus_seconds(-60 * minutes)
}

fn facts(host: &str, names: &[&str], until: &str) -> CertificateFacts {
    let number = host.bytes().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    CertificateFacts {
        subject: format!("CN={host},O=Example GmbH,C=DE"),
        issuer: "CN=Example CA R3,O=Example Trust".into(),
        serial: "04a1b2".into(),
        names: names.iter().map(|name| format!("DNS:{name}")).collect(),
        not_before: day(until).plus_days(-199),
        not_after: day(until).plus_seconds(86_399),
        sha256: Digest(std::array::from_fn(|at| number.wrapping_add((at * 29) as u8))),
        der: Box::default(),
        usages: vec!["digital signature".into(), "server authentication".into()],
        authority: false,
        chain: vec![Der(Box::default())],
    }
}

fn issuer() -> CertificateFacts {
    CertificateFacts {
        subject: "CN=Example CA R3,O=Example Trust".into(),
        issuer: "CN=Example Root X1,O=Example Trust".into(),
        authority: true,
        chain: Vec::new(),
        ..facts("r3", &[], "2029-06-01")
    }
}

/// The public key of a key of the world, or another.
fn spki(world: &World, name: &str) -> Digest {
    let key = world.inventory.named(name);
    let known = key.and_then(|key| key.current(world::now())).and_then(|version| version.spki());
    known.unwrap_or_else(|| Digest(std::array::from_fn(|at| (name.len() * 7 + at * 13) as u8)))
}

fn tls(world: &World, key: &str, certificate: CertificateFacts, trust: Trust) -> ShownKey {
    ShownKey {
        spki: spki(world, key),
        algorithm: if key.starts_with("legacy") { "RSA 2048".into() } else { "ECDSA P-256".into() },
        ssh: None,
        certificate: Some(Box::new(certificate)),
        trust: Some(trust),
        agreed: "TLS 1.3 TLS13_AES_256_GCM_SHA384".into(),
    }
}

fn ssh(world: &World, key: &str, algorithm: &str) -> ShownKey {
    let spki = spki(world, key);
    ShownKey {
        spki,
        algorithm: algorithm.into(),
        ssh: Some(spki),
        certificate: None,
        trust: None,
        agreed: "SSH 2.0 curve25519-sha256 ssh-ed25519".into(),
    }
}

fn sighting(address: &Address, at: Time, keys: Vec<ShownKey>) -> Sighting {
    Sighting { address: address.clone(), at, keys, trouble: None, hindrance: None }
}

fn silent(address: &Address, why: &str, hindrance: Hindrance) -> Sighting {
    Sighting { trouble: Some(why.into()), hindrance: Some(hindrance), ..sighting(address, ago(12), Vec::new()) }
}

/// What each server showed: on record, and at the looks after that.
fn looks(world: &World) -> Vec<(Address, Option<Sighting>, Vec<Sighting>)> {
    let at = |text: &str| address(text, Protocol::Tls);
    let one = |text: &str, key: &str, until: &str, trust: Trust| {
        let address = at(text);
        let seen = sighting(&address, ago(12), vec![tls(world, key, facts(&address.host, &[&address.host], until), trust)]);
        (address, Some(seen.clone()), vec![seen])
    };
    let away = |address: Address, why: &str, hindrance| {
        let look = silent(&address, why, hindrance);
        (address, None, vec![look])
    };
    let shop = {
        let address = at("shop.example.com:443");
        let names = ["shop.example.com", "www.shop.example.com", "pay.shop.example.com"];
        let before = facts("shop.example.com", &names[..2], "2026-12-20");
        let now = CertificateFacts { sha256: Digest([0xa7; 32]), ..facts("shop.example.com", &names, "2027-03-18") };
        let key = |facts| tls(world, "shop.example.com", facts, Trust::Trusted);
        let first = sighting(&address, day("2026-08-30"), vec![key(before)]);
        (address.clone(), Some(first.clone()), vec![first, sighting(&address, ago(12), vec![key(now)])])
    };
    let cdn = {
        let address = at("cdn.example.com:443");
        let key = |name| tls(world, name, facts("cdn.example.com", &["cdn.example.com"], "2027-05-27"), Trust::Trusted);
        let first = sighting(&address, day("2026-11-10"), vec![key("cdn2.example.com")]);
        let now = ShownKey { spki: Digest([0x5e; 32]), ..key("cdn2.example.com") };
        (address.clone(), Some(first.clone()), vec![first, sighting(&address, ago(12), vec![now])])
    };
    let mail = address("mail.example.com:25", Protocol::Smtp);
    let mail_seen = sighting(
        &mail,
        ago(12),
        vec![tls(world, "mail.example.com", facts("mail.example.com", &["mail.example.com"], "2027-05-20"), Trust::Trusted)],
    );
    let bastion = at("ssh://bastion.eu-west.example.com");
    let keys =
        vec![ssh(world, "bastion.eu-west", "Ed25519"), ssh(world, "other", "ECDSA P-256"), ssh(world, "third", "RSA 3072")];
    let bastion_seen = sighting(&bastion, ago(180), keys);
    vec![
        shop,
        one("api.example.com:443", "api.example.com", "2026-12-12", Trust::Trusted),
        cdn,
        (mail, Some(mail_seen.clone()), vec![mail_seen]),
        one("legacy.example.com:8443", "legacy-appliance", "2026-11-19", Trust::Expired),
        away(address("db.example.com:5432", Protocol::Postgres), "It did not answer in time.", Hindrance::Silent),
        away(
            address("ldap.example.com:389", Protocol::Ldap),
            "It does not start TLS: its result code is 52.",
            Hindrance::NoStartTls,
        ),
        (bastion, Some(bastion_seen.clone()), vec![bastion_seen]),
        one("intranet.example.com:443", "own-ca", "2027-08-02", Trust::UnknownIssuer),
        one("grafana.example.com:443", "grafana.example.com", "2027-03-26", Trust::OtherName),
        away(at("old.example.com:443"), "It cannot be reached: Connection refused (os error 111).", Hindrance::Unreachable),
        (at("new.example.com:443"), None, Vec::new()),
    ]
}

fn report(looks: Vec<Sighting>) -> Option<ServerReport> {
    let mut looks = looks.into_iter();
    let mut watched = Watched::first(looks.next()?);
    looks.for_each(|look| watched.look(look));
    let sent = watched.shown().is_some_and(|shown| shown.keys[0].certificate.is_some());
    Some(ServerReport { watched, chain: if sent { vec![Some(issuer())] } else { Vec::new() } })
}

/// The usual inventory with servers, and the screen over it.
fn listed(appearance: Theme) -> Window<'static> {
    sized(appearance, USUAL)
}

fn sized(appearance: Theme, size: egui::Vec2) -> Window<'static> {
    let mut world = world::usual();
    let looks = looks(&world);
    for (address, seen, _) in &looks {
        let mut events = vec![Event::ServerAdded { address: address.clone() }];
        events.extend(seen.iter().map(|sighting| Event::ServerSeen { sighting: Box::new(sighting.clone()) }));
        world.append(ago(100), events);
    }
    let mut window = stage::opened(world, size, appearance, 1.0);
    window.state_mut().servers = looks.into_iter().filter_map(|(_, _, looks)| report(looks)).collect();
    press(&mut window, CTRL, Key::Num8);
    settle(&mut window);
    window
}

fn command(window: &Window<'_>) -> Command {
    window.state().command().cloned().expect("something was asked for")
}

/// The servers that the custodian was asked to look at.
fn probed(window: &Window<'_>) -> Vec<String> {
    let asked = window.state().asked.iter().rev().find_map(|(_, request)| match request {
        Request::Probe(servers) => Some(servers),
        _ => None,
    });
    asked.expect("a look was asked for").iter().map(ToString::to_string).collect()
}

fn done(window: &mut Window<'_>, events: Vec<Event>) {
    window.state_mut().happened(events);
    window.state_mut().finish(Ok(Outcome::default()));
    settle(window);
}

#[test]
fn a_list_is_narrowed_searched_and_sorted() {
    let mut window = listed(Theme::Light);
    assert_eq!(rows(&window)[0], "api.example.com:443", "by their places at first");
    assert!(shows(
        &window,
        "shop.example.com:443, TLS, reached 12 min ago, certificate of shop.example.com, expires 18 Mar 2027 "
    ));
    assert!(shows(&window, "db.example.com:5432, PostgreSQL, TLS, silent 12 min ago"));
    assert!(shows(&window, "bastion.eu-west.example.com:22, SSH, reached 3 h ago, is bastion.eu-west, version 1"));
    assert!(shows(&window, "new.example.com:443, TLS, not yet"));
    click(&mut window, "Needs attention 8");
    assert!(!rows(&window).contains(&"shop.example.com:443".to_owned()));
    click(&mut window, "Not in the inventory 3");
    assert_eq!(rows(&window), ["cdn.example.com:443", "intranet.example.com:443", "legacy.example.com:8443"]);
    click(&mut window, "All 12");
    click(&mut window, "Sort by Expires");
    assert_eq!(rows(&window)[..2], ["legacy.example.com:8443", "api.example.com:443"]);
    click(&mut window, "Sort by Last look");
    assert_eq!(rows(&window)[0], "cdn.example.com:443", "what shows another key comes first");
    press(&mut window, CTRL, Key::F);
    type_text(&mut window, "pay.shop");
    assert_eq!(rows(&window), ["shop.example.com:443"], "names of the certificate are searched too");
}

#[test]
fn the_keyboard_alone_selects_probes_and_leads_to_the_key() {
    let mut window = listed(Theme::Light);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    assert!(shows(&window, "2 servers"));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(probed(&window), ["api.example.com:443", "bastion.eu-west.example.com:22"]);
    window.state_mut().finish(Ok(Outcome { notice: Some("2 servers looked at.".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(shows(&window, "2 servers looked at."));
    press(&mut window, Modifiers::NONE, Key::Home);
    window.get_by_role_and_label(Role::Link, "api.example.com").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "TLS server, owner Mira"), "the inspector of the key shows");
}

#[test]
fn servers_are_added_by_their_lines_and_looked_at() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Num8);
    assert!(shows(&window, "No servers yet."));
    act(&mut window, "Add servers");
    type_text(&mut window, "a.example:443\nno server\na.example:443");
    assert!(shows(&window, "“no server” names no server.") && shows(&window, "Line 2."));
    assert!(shows(&window, "1 line names a server that is there already"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state().command().is_none(), "a wrong line keeps it from being added");
    press(&mut window, CTRL, Key::A);
    type_text(&mut window, "a.example:5432\nssh://b.example");
    click(&mut window, "Protocol: TLS");
    window.get_by_role_and_label(Role::MenuItem, "PostgreSQL, TLS").click();
    settle(&mut window);
    press(&mut window, CTRL, Key::Enter);
    let new = [address("a.example:5432", Protocol::Postgres), address("ssh://b.example", Protocol::Tls)];
    assert_eq!(command(&window), Command::AddServers(new.clone().map(|address| (address, None)).to_vec()));
    let events = new.into_iter().map(|address| Event::ServerAdded { address }).collect();
    done(&mut window, events);
    assert_eq!(probed(&window), ["a.example:5432", "b.example:22"]);
    let ticket = window.state().asked.last().expect("a look").0;
    window.state().report(Report::Progress { ticket, done: 1, total: 2 });
    settle(&mut window);
    assert!(shows(&window, "Looking at servers, 1 of 2"));
    let probe = window.get_by_label("Probe all");
    assert!(probe.accesskit_node().is_disabled(), "one look at a time");
    click(&mut window, "Cancel");
    assert_eq!(window.state().cancelled(), [ticket]);
    assert!(shows(&window, "Stopping"));
}

#[test]
fn a_key_that_was_replaced_is_told_until_a_person_takes_it_down() {
    let mut window = listed(Theme::Light);
    window.get_by_label_contains("cdn.example.com:443, TLS, other key").click();
    settle(&mut window);
    assert!(shows(&window, "It shows another key than it did."));
    assert!(shows(&window, "Another ECDSA P-256 key in the place of the one before."));
    click(&mut window, "Take down");
    let Command::TakeDownServers(seen) = command(&window) else { panic!("nothing was taken down") };
    assert_eq!((seen.len(), seen[0].keys[0].spki), (1, Digest([0x5e; 32])));
    done(&mut window, seen.into_iter().map(|sighting| Event::ServerSeen { sighting: Box::new(sighting) }).collect());
    assert!(!shows(&window, "It shows another key than it did.") && shows(&window, "cdn.example.com:443, TLS, reached"));
    press(&mut window, CTRL, Key::Z);
    let Command::TakeDownServers(back) = command(&window) else { panic!("nothing was taken back") };
    assert_ne!(back[0].keys[0].spki, Digest([0x5e; 32]));
}

#[test]
fn a_forgotten_server_comes_back_with_what_was_seen() {
    let mut window = listed(Theme::Light);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    window.get_by_label("Forget").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    let Command::ForgetServers(gone) = command(&window) else { panic!("nothing was forgotten") };
    assert_eq!(gone, [address("api.example.com:443", Protocol::Tls)]);
    done(&mut window, gone.into_iter().map(|address| Event::ServerRemoved { address }).collect());
    assert!(!shows(&window, "api.example.com:443, TLS") && shows(&window, "All 11"));
    press(&mut window, CTRL, Key::Z);
    let Command::AddServers(back) = command(&window) else { panic!("nothing was taken back") };
    assert!(back[0].1.is_some());
}

#[test]
fn an_alert_of_one_server_leads_to_it_and_is_quieted_alone() {
    let mut window = listed(Theme::Light);
    let mut health = window.state().world.health();
    let trouble = |server: &str| (server.to_owned(), Finding::NoAnswer("It did not answer in time.".into()));
    health.conditions.servers = vec![trouble("db.example.com:5432"), trouble("old.example.com:443")];
    window.state().report(Report::Health(Box::new(health)));
    settle(&mut window);
    press(&mut window, CTRL, Key::Num3);
    click(&mut window, "Snooze or acknowledge db.example.com:5432, A server needs attention");
    window.get_by_role_and_label(Role::MenuItem, "One week").click();
    settle(&mut window);
    let Command::Quiet(quieted) = command(&window) else { panic!("nothing was snoozed") };
    done(&mut window, quieted.into_iter().map(|(key, quiet)| Event::AlertQuieted { key, quiet }).collect());
    assert!(shows(&window, "Warning: old.example.com:443 needs attention. It did not answer in time."));
    assert!(!shows(&window, "Warning: db.example.com:5432 needs attention"));
    click(&mut window, "Show server");
    assert!(shows(&window, "See that it runs and listens on this port"), "its details show with what to do");
}

/// The server that pictures show.
fn chosen(appearance: Theme, start: &str) -> Window<'static> {
    let mut window = listed(appearance);
    window.get_by_label_contains(start).click();
    settle(&mut window);
    window.remove_cursor();
    settle(&mut window);
    window
}

#[test]
fn servers_pictures() {
    let mut album = Album::default();
    album.both("servers", |appearance| chosen(appearance, "shop.example.com:443, TLS"));
    album.one("servers-error", Theme::Light, chosen(Theme::Light, "cdn.example.com:443, TLS"));
    album.one("servers-error", Theme::Dark, chosen(Theme::Dark, "ldap.example.com:389"));
    album.one("servers-ssh", Theme::Light, chosen(Theme::Light, "bastion.eu-west.example.com:22"));
    let mut window = stage::usual(Theme::Light);
    press(&mut window, CTRL, Key::Num8);
    album.one("servers-empty", Theme::Light, window);
    let mut window = sized(Theme::Light, vec2(1024.0, 640.0));
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    album.one("servers-narrow", Theme::Light, window);
}

#[test]
fn servers_busy_picture() {
    let mut album = Album::default();
    let mut window = chosen(Theme::Light, "shop.example.com:443, TLS");
    click(&mut window, "Probe all");
    let ticket = window.state().asked.last().expect("a look").0;
    window.state().report(Report::Progress { ticket, done: 7, total: 12 });
    settle(&mut window);
    album.one("servers-busy", Theme::Light, window);
}

#[test]
fn servers_add_picture() {
    let mut album = Album::default();
    album.both("servers-add", |appearance| {
        let mut window = listed(appearance);
        act(&mut window, "Add servers");
        type_text(&mut window, "shop2.example.com:443\nmail.example\n[2001:db8::7]:8443");
        window.ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
        settle(&mut window);
        window
    });
}
