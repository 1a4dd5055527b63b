//! The dialogs of a key's life as pictures: usual, refused, many, light and dark.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::Outcome;
use keystead::model::{Event, Format, RevocationReason, State, Transition, VersionRef, alert};

use crate::pictures::Album;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

/// A window with a key selected, and the dialog of an action over it.
fn over(appearance: Theme, name: &str, action: &str) -> Window<'static> {
    let mut window = stage::with_key(appearance, name);
    act(&mut window, action);
    window
}

/// The dialog of an action over every key.
fn over_all(appearance: Theme, action: &str) -> Window<'static> {
    let mut window = stage::usual(appearance);
    press(&mut window, Modifiers::COMMAND, Key::A);
    act(&mut window, action);
    window
}

fn radio(window: &mut Window<'_>, label: &str) {
    window.get_by_role_and_label(Role::RadioButton, label).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

#[test]
fn turn_dialogs() {
    let mut album = Album::default();
    album.both("suspend", |appearance| over(appearance, "api.example.com", "Suspend"));
    album.both("deactivate", |appearance| over(appearance, "api.example.com", "Deactivate"));
    album.both("activate", |appearance| over(appearance, "auth-jwt-signer-eu", "Activate"));
    album.both("resume", |appearance| over(appearance, "billing-webhook-jws", "Resume"));
    album.both("extend-too-long", |appearance| {
        let mut window = over(appearance, "api.example.com", "Extend");
        press(&mut window, Modifiers::COMMAND, Key::A);
        type_text(&mut window, "2028-01-31");
        window
    });
    album.both("suspend-many", |appearance| over_all(appearance, "Suspend"));
}

#[test]
fn rotate_dialog() {
    let mut album = Album::default();
    album.both("rotate", |appearance| over(appearance, "api.example.com", "Rotate"));
    album.both("rotate-many", |appearance| over_all(appearance, "Rotate"));
    album.both("rotated", |appearance| {
        let mut window = over(appearance, "api.example.com", "Rotate");
        press(&mut window, Modifiers::COMMAND, Key::Enter);
        let events = window.state().world.rotated("api.example.com");
        window.state_mut().happened(events);
        window.state_mut().finish(Ok(Outcome { keys: vec![world::id("api.example.com")], ..Outcome::default() }));
        settle(&mut window);
        window
    });
}

#[test]
fn what_a_batch_could_not_do() {
    let mut album = Album::default();
    album.both("batch-report", |appearance| {
        let mut window = over_all(appearance, "Rotate");
        press(&mut window, Modifiers::COMMAND, Key::Enter);
        let refused = ["deploy-frontend", "deploy-infra", "metrics-push"].map(|name| {
            (world::id(name), "the store \u{201c}Encrypted files\u{201d} cannot be reached: the disk is gone".to_owned())
        });
        let keys = ["api.example.com"; 31].map(world::id).to_vec();
        window.state_mut().finish(Ok(Outcome { keys, refused: refused.to_vec(), ..Outcome::default() }));
        settle(&mut window);
        window
    });
}

#[test]
fn revoke_dialog() {
    let mut album = Album::default();
    album.both("revoke", |appearance| {
        let mut window = over(appearance, "api.example.com", "Revoke");
        radio(&mut window, "Key compromise");
        window
    });
    album.both("revoke-start", |appearance| over(appearance, "deploy-infra", "Revoke"));
    album.both("revoke-many", |appearance| {
        let mut window = over_all(appearance, "Revoke");
        radio(&mut window, "Superseded");
        window
    });
}

#[test]
fn destroy_dialog() {
    let mut album = Album::default();
    album.both("destroy", |appearance| {
        let mut window = over(appearance, "cdn.example.com", "Destroy");
        radio(&mut window, "At once");
        window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
        settle(&mut window);
        type_text(&mut window, "cdn.exam");
        window
    });
    album.both("destroy-later", |appearance| over(appearance, "api.example.com", "Destroy"));
    album.both("destroy-many", |appearance| over_all(appearance, "Destroy"));
    album.both("destroy-due", |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        plan(&mut window, VersionRef { key: world::id("api.example.com"), version: 2 }, 7);
        window.state().wait(8 * 86_400);
        settle(&mut window);
        press(&mut window, Modifiers::COMMAND, Key::Num3);
        window.get_by_role_and_label(Role::Button, "Destroy").click();
        settle(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window
    });
}

#[test]
fn deliveries_dialog() {
    let mut album = Album::default();
    let rotated = |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        let events = window.state().world.rotated("api.example.com");
        window.state_mut().happened(events);
        settle(&mut window);
        window
    };
    // Five held the old version: two have the new one, one of them needs it no more.
    album.both("deliveries", |appearance| {
        let mut window = stage::with_key(appearance, "api.example.com");
        let key = world::id("api.example.com");
        let given = |version, recipient: &str, format, day| Event::HandedOver {
            version: VersionRef { key, version },
            recipient: recipient.into(),
            format,
            at: world::day(day),
            elsewhere: true,
        };
        window.state_mut().happened(vec![
            given(3, "edge-us-1", Format::Certificate, "2026-06-02"),
            given(3, "status-page", Format::SpkiPem, "2026-06-03"),
        ]);
        let events = window.state().world.rotated("api.example.com");
        window.state_mut().happened(events);
        window.state_mut().happened(vec![
            given(4, "Example CA", Format::RequestPem, "2026-11-23"),
            given(4, "edge-eu-1", Format::Certificate, "2026-11-23"),
            Event::DeliveryDropped { key, recipient: "status-page".into(), reason: "switched off".into() },
        ]);
        settle(&mut window);
        act(&mut window, "Deliveries");
        window
    });
    album.one("inspector-deliveries", Theme::Light, rotated(Theme::Light));
    let mut window = rotated(Theme::Light);
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    click(&mut window, "Due");
    album.one("hand-overs-due", Theme::Light, window);
    album.both("deliveries-revoked", |appearance| {
        let mut window = rotated(appearance);
        let version = VersionRef { key: world::id("api.example.com"), version: 3 };
        let revoked = Event::Revoked { version, reason: RevocationReason::KeyCompromise, since: None, note: String::new() };
        window.state_mut().happened(vec![revoked]);
        act(&mut window, "Deliveries");
        window
    });
}

/// The destruction of a version is planned for a day that lies ahead.
fn plan(window: &mut Window<'_>, version: VersionRef, days: i64) {
    let transition = Transition::PlanDestruction { due: world::now().plus_days(days) };
    window.state_mut().happened(vec![Event::Transitioned { version, transition, reason: "replaced by cdn2".into() }]);
    settle(window);
}

#[test]
fn a_planned_destruction_shows_in_the_inspector() {
    let mut album = Album::default();
    album.both("inspector-planned", |appearance| {
        let mut window = stage::with_key(appearance, "cdn.example.com");
        plan(&mut window, VersionRef { key: world::id("cdn.example.com"), version: 1 }, 7);
        window
    });
}

/// Two alerts put off and one acknowledged.
fn quiet(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    let inventory = &window.state().world.inventory;
    let quiet = |name: &str, until, reason: &str| {
        let key = inventory.key(world::id(name)).expect("a key");
        let found = alert::of_key(key, &inventory.policy_of(key), None, world::now());
        let first = found.first().expect("an alert");
        Event::AlertQuieted { key: Some(key.id), quiet: first.quieted(world::now(), until, reason.into()) }
    };
    let events = vec![
        quiet("auth-jwt-signer-eu", Some(world::day("2026-12-01")), ""),
        quiet("deploy-frontend", Some(world::day("2027-01-04")), ""),
        quiet("cdn.example.com", None, "Goes away with the old data centre in March."),
    ];
    assert_eq!(inventory.key(world::id("cdn.example.com")).expect("a key").state(world::now()), State::Deactivated);
    window.state_mut().happened(events);
    settle(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window
}

#[test]
fn alerts_put_off() {
    let mut album = Album::default();
    album.both("alerts-quiet", quiet);
    album.both("alerts-snoozed", |appearance| {
        let mut window = quiet(appearance);
        click(&mut window, "Snoozed 2");
        window
    });
    album.both("alerts-bell", |appearance| {
        let mut window = quiet(appearance);
        click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
        window
    });
    for (name, item) in [("acknowledge", "Acknowledge with a reason"), ("snooze", "Pick a date")] {
        album.both(name, |appearance| {
            let mut window = quiet(appearance);
            click(&mut window, "Snooze or acknowledge build-agent-07, Compromised");
            click(&mut window, item);
            window
        });
    }
}
