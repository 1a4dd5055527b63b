//! Sealing to recipients, wrapping under a key, and the check values of symmetric keys.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::{By, Queryable as _};
use keystead::custodian::link::{Report, Request};
use keystead::custodian::{CustodianError, Outcome, Seal, Wrap};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::{Algorithm, Event, Format, Intent, KeyId, KeySpec, OperationId, Overrides, Purpose, VersionRef};

use crate::pictures::Album;
use crate::policies::shows;
use crate::recipients::world_with;
use crate::stage::{self, USUAL, Window, act, click, press, settle};
use crate::world::{self, World};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };

/// Puts an AES key into the world.
fn add_aes(world: &mut World, name: &str) -> KeyId {
    let policy = world.inventory.policy(Purpose::Custom);
    let spec = KeySpec::for_purpose(name.into(), Purpose::Custom, policy, world::now());
    let (mut events, _) = world.made(&spec);
    let number = name.bytes().fold(0_u8, u8::wrapping_add);
    let id = KeyId([number; 16]);
    for event in &mut events {
        match event {
            Event::Begun { operation, intent: Intent::Generate { keys } } => {
                *operation = OperationId([number; 16]);
                for key in keys {
                    (key.id, key.version.ssh_sha256) = (id, None);
                    (key.version.algorithm, key.version.public_key) = (Algorithm::Aes256, Box::default());
                }
            }
            Event::Done { operation } => *operation = OperationId([number; 16]),
            _ => {}
        }
    }
    world.append(world::now(), events);
    let own = Overrides { exportable: Some(true), ..Overrides::default() };
    world.append(world::now(), vec![Event::KeyPolicySet { key: id, overrides: Box::new(own) }]);
    id
}

fn with(world: World, appearance: Theme, name: &str) -> Window<'static> {
    let mut window = stage::opened(world, USUAL, appearance, 1.0);
    stage::row(&mut window, name);
    window
}

/// The dialog that seals an SSH key, whose policy lets it leave.
fn dialog(appearance: Theme) -> Window<'static> {
    let mut window = with(world_with(), appearance, "bastion.eu-west");
    press(&mut window, CTRL_SHIFT, Key::O);
    window
}

/// Ticks a recipient, or takes the tick away.
fn tick(window: &mut Window<'_>, name: &str) {
    let start = format!("{name}, ");
    window
        .get(By::new().predicate(move |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            node.role() == Role::CheckBox && node.label().is_some_and(|label| label.starts_with(&start))
        }))
        .click();
    settle(window);
}

fn choose(window: &mut Window<'_>, form: &str) {
    window.get_by_role_and_label(Role::RadioButton, form).click();
    settle(window);
}

fn asked(window: &Window<'_>) -> Seal {
    let Some(Request::Seal(wanted)) = window.state().request() else { unreachable!("nothing is to be sealed") };
    wanted.clone()
}

fn done(window: &mut Window<'_>, path: &str, notice: Option<&str>) {
    let (written, notice) = (Some(path.into()), notice.map(str::to_owned));
    window.state_mut().finish(Ok(Outcome { written, notice, ..Outcome::default() }));
    settle(window);
}

/// Sealed to two, with what is said then.
fn sealed(appearance: Theme) -> Window<'static> {
    let mut window = dialog(appearance);
    tick(&mut window, "Ada Lovelace");
    tick(&mut window, "Jonas");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/home/mira/bastion.eu-west.age".into()));
    settle(&mut window);
    let notice = "Nobody has confirmed the fingerprint of Jonas. Compare it with them before you send the file: whoever owns the key can open it.";
    done(&mut window, "/home/mira/bastion.eu-west.age", Some(notice));
    window
}

#[test]
fn a_key_is_sealed_to_those_who_are_ticked_and_it_is_said_how_they_open_it() {
    let mut window = dialog(Theme::Light);
    assert!(shows(&window, "Seal bastion.eu-west to recipients"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none(), "nobody is ticked");
    tick(&mut window, "Jonas");
    assert!(shows(&window, "Nobody has confirmed the key of Jonas."));
    tick(&mut window, "Ada Lovelace");
    press(&mut window, CTRL, Key::Enter);
    let Some(Pick::Save { name, .. }) = window.state_mut().wanted() else { unreachable!("the system's file dialog") };
    assert_eq!(name, "bastion.eu-west.age");
    window.state_mut().picked(Picked::Path("/tmp/b.age".into()));
    settle(&mut window);
    let wanted = asked(&window);
    assert_eq!((wanted.format, wanted.recipients), (Some(Format::Age), vec!["Ada Lovelace".to_owned(), "Jonas".to_owned()]));
    assert_eq!((wanted.versions[0].key, wanted.replace), (world::id("bastion.eu-west"), true));
    done(&mut window, "/tmp/b.age", None);
    assert!(shows(&window, "bastion.eu-west is sealed") && shows(&window, "age -d -i KEY b.age"));
    assert!(shows(&window, "Ada Lovelace and Jonas can open the file, and nobody else."));
    press(&mut window, CTRL, Key::Enter);
    assert!(!shows(&window, "bastion.eu-west is sealed"));
}

#[test]
fn who_does_not_fit_the_form_cannot_be_ticked_and_says_why() {
    let mut window = dialog(Theme::Light);
    tick(&mut window, "Example CA");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none() && shows(&window, "Example CA, No age or SSH key"));
    tick(&mut window, "Jonas");
    choose(&mut window, "CMS");
    assert!(shows(&window, "Payment processor, Its certificate expired on 2026-11-02"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none(), "whoever fits no more is ticked no more");
    tick(&mut window, "Example CA");
    tick(&mut window, "Ada Lovelace");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/b.p7m".into()));
    settle(&mut window);
    assert_eq!(asked(&window).recipients, ["Ada Lovelace", "Example CA"]);
}

#[test]
fn a_cloud_service_is_alone_with_a_single_key() {
    let mut world = world_with();
    let aes = add_aes(&mut world, "data-key");
    let mut window = with(world, Theme::Light, "data-key");
    press(&mut window, CTRL_SHIFT, Key::O);
    choose(&mut window, "Azure Key Vault");
    tick(&mut window, "Azure shop vault");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/data-key.byok".into()));
    settle(&mut window);
    let wanted = asked(&window);
    assert_eq!((wanted.format, wanted.versions[0].key), (Some(Format::ByokAzure), aes));
    done(&mut window, "/tmp/data-key.byok", None);
    assert!(shows(&window, "CKM_RSA_AES_KEY_WRAP") && shows(&window, "--byok-file data-key.byok"));
}

#[test]
fn a_failure_leaves_the_ticks_for_another_try() {
    let mut window = dialog(Theme::Light);
    tick(&mut window, "Jonas");
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/b.age".into()));
    settle(&mut window);
    window.state_mut().finish(Err(CustodianError::Target { path: "/tmp/b.age".into(), reason: "does not fit".into() }));
    settle(&mut window);
    assert!(shows(&window, "Nothing was written: /tmp/b.age does not fit."));
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().picked(Picked::Path("/tmp/c.age".into()));
    settle(&mut window);
    assert_eq!(asked(&window).recipients, ["Jonas"]);
}

#[test]
fn without_recipients_it_leads_to_the_address_book() {
    let mut window = stage::with_key(Theme::Light, "bastion.eu-west");
    press(&mut window, CTRL_SHIFT, Key::O);
    assert!(shows(&window, "Nobody is in the address book yet."));
    click(&mut window, "Add a recipient");
    assert!(!shows(&window, "Seal bastion.eu-west to recipients"));
    assert!(window.query_all_by_role_and_label(Role::TextInput, "Name").next().is_some(), "the dialog of the address book");
}

#[test]
fn the_policy_keeps_a_key_from_being_sealed_or_wrapped() {
    let mut world = world_with();
    add_aes(&mut world, "transport-key");
    let mut window = with(world, Theme::Light, "api.example.com");
    for key in [Key::O, Key::W] {
        press(&mut window, CTRL_SHIFT, key);
        assert!(shows(&window, "It stays in its store."));
        press(&mut window, CTRL, Key::Enter);
        assert!(window.state_mut().wanted().is_none());
        press(&mut window, Modifiers::NONE, Key::Escape);
    }
}

/// The dialog that wraps an SSH key, with three keys that can wrap.
fn wrap_dialog(appearance: Theme) -> Window<'static> {
    let mut world = world_with();
    for name in ["transport-key", "backup-wrapping", "partner-transport"] {
        add_aes(&mut world, name);
    }
    let mut window = with(world, appearance, "bastion.eu-west");
    press(&mut window, CTRL_SHIFT, Key::W);
    window
}

#[test]
fn a_key_is_wrapped_under_the_one_that_is_chosen() {
    let mut window = wrap_dialog(Theme::Light);
    assert!(shows(&window, "Wrap bastion.eu-west under a key"));
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none(), "no key is chosen");
    choose(&mut window, "transport-key");
    press(&mut window, CTRL, Key::Enter);
    let Some(Pick::Save { name, .. }) = window.state_mut().wanted() else { unreachable!("the system's file dialog") };
    assert_eq!(name, "bastion.eu-west.wrapped");
    window.state_mut().picked(Picked::Path("/tmp/b.wrapped".into()));
    settle(&mut window);
    let Some(Request::Wrap(Wrap { under, format, version, .. })) = window.state().request() else { unreachable!("nothing") };
    let (under, format, version) = (*under, *format, *version);
    assert_eq!((format, version.key), (Some(Format::AesKwp), world::id("bastion.eu-west")));
    let name = window.state().world.inventory.key(under.key).map(|key| key.name.to_string());
    assert_eq!(name.as_deref(), Some("transport-key"));
    window.state_mut().finish(Ok(Outcome { written: Some("/tmp/b.wrapped".into()), ..Outcome::default() }));
    settle(&mut window);
    assert!(!shows(&window, "Wrap bastion.eu-west under a key"));
}

#[test]
fn the_check_value_shows_when_it_is_asked_for_and_goes_with_the_lock() {
    let mut world = world_with();
    let key = add_aes(&mut world, "data-key");
    let mut window = with(world, Theme::Light, "data-key");
    click(&mut window, "Show");
    assert!(matches!(window.state().request(), Some(Request::CheckValue(of)) if of.key == key));
    let version = VersionRef { key, version: 1 };
    window.state().report(Report::CheckValue { version, value: Some("F29000".into()) });
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(shows(&window, "Check value: F29000"));
}

#[test]
fn sealing_and_wrapping_in_pictures() {
    let mut album = Album::default();
    album.both("seal", |appearance| {
        let mut window = dialog(appearance);
        tick(&mut window, "Ada Lovelace");
        tick(&mut window, "Jonas");
        window
    });
    album.both("seal-done", sealed);
    album.both("seal-empty", |appearance| {
        let mut window = stage::with_key(appearance, "bastion.eu-west");
        press(&mut window, CTRL_SHIFT, Key::O);
        window
    });
    album.both("seal-error", |appearance| {
        let mut window = dialog(appearance);
        tick(&mut window, "Ada Lovelace");
        press(&mut window, CTRL, Key::Enter);
        window.state_mut().picked(Picked::Path("/media/usb/bastion.age".into()));
        settle(&mut window);
        let reason = "does not fit: the disk is full".to_owned();
        window.state_mut().finish(Err(CustodianError::Target { path: "/media/usb/bastion.age".into(), reason }));
        settle(&mut window);
        window
    });
    let mut kept = with(world_with(), Theme::Light, "api.example.com");
    press(&mut kept, CTRL_SHIFT, Key::O);
    album.one("seal-kept", Theme::Light, kept);
    album.both("seal-service", |appearance| {
        let mut world = world_with();
        add_aes(&mut world, "data-key");
        let mut window = with(world, appearance, "data-key");
        act(&mut window, "Seal to recipients");
        choose(&mut window, "Azure Key Vault");
        tick(&mut window, "Azure shop vault");
        window
    });
    album.both("wrap", |appearance| {
        let mut window = wrap_dialog(appearance);
        choose(&mut window, "transport-key");
        window
    });
    album.both("wrap-empty", |appearance| {
        let mut window = with(world_with(), appearance, "bastion.eu-west");
        press(&mut window, CTRL_SHIFT, Key::W);
        window
    });
    album.both("inspector-check-value", |appearance| {
        let mut world = world_with();
        let key = add_aes(&mut world, "data-key");
        let mut window = with(world, appearance, "data-key");
        let version = VersionRef { key, version: 1 };
        window.state().report(Report::CheckValue { version, value: Some("F29000".into()) });
        settle(&mut window);
        window
    });
}
