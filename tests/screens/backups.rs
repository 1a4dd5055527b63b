//! Making a backup and bringing one in: what is asked for, what is shown before, and what came of it.

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::backup::Protection;
use keystead::custodian::link::{Report, Request};
use keystead::custodian::restore::{OpenWith, Restoration, RestoreMode, Standing};
use keystead::custodian::{CustodianError, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::{
    Backup, BackupId, Command, Digest, Event, KeyId, MergeAct, MergeItem, MergePlan, Recipient, RecipientKey, RecipientKeyKind,
    RecordAct, RecordItem, Relation, Setback, State, StoreKind, VersionRef,
};

use crate::pictures::Album;
use crate::stage::{self, USUAL, Window, act, click, press, settle, type_text};
use crate::world;

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { alt: false, ctrl: true, shift: true, mac_cmd: false, command: true };
const WORDS: &str = "seven quiet harbours at noon";

fn shows(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn choose(window: &mut Window<'_>, form: &str) {
    window.get_by_role_and_label(Role::RadioButton, form).click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

/// The last button of this name: behind a dialog there may be another.
fn button(window: &mut Window<'_>, name: &str) {
    window.query_all_by_role_and_label(Role::Button, name).last().expect("the button").click();
    settle(window);
    window.remove_cursor();
    settle(window);
}

fn recipient(name: &str) -> Event {
    let key = RecipientKey {
        kind: RecipientKeyKind::AgeX25519,
        encoded: "age1xyz".into(),
        sha256: Digest([7; 32]),
        begins: None,
        expires: None,
        service_id: "".into(),
        confirmed: None,
    };
    Event::RecipientSet { recipient: Box::new(Recipient { name: name.into(), note: "".into(), keys: vec![key] }) }
}

fn back_up(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    window.state_mut().happened(vec![recipient("Ada"), recipient("Grace")]);
    settle(&mut window);
    press(&mut window, CTRL_SHIFT, Key::B);
    window
}

fn own_words(window: &mut Window<'_>) {
    click(window, "Choose my own");
    for field in ["Passphrase of the backup", "Once more"] {
        window.get_by_role_and_label(Role::PasswordInput, field).focus();
        settle(window);
        type_text(window, WORDS);
    }
}

fn saved_as(window: &mut Window<'_>, path: &str) {
    press(window, CTRL, Key::Enter);
    let Some(Pick::Save { name, .. }) = window.state_mut().wanted() else { unreachable!("the system's file dialog") };
    assert_eq!(name, "keystead-2026-11-23.age");
    window.state_mut().picked(Picked::Path(path.into()));
    settle(window);
}

fn made(sheets: usize) -> Outcome {
    Outcome {
        written: Some("/media/usb/keys.age".into()),
        notice: Some("Not in it: 31 keys, each because its policy keeps the private half in its store.".into()),
        sheets: (1..=sheets).map(|number| format!("/media/usb/keys.age.shares/share-{number}-of-5.html").into()).collect(),
        ..Outcome::default()
    }
}

fn protection<'w>(window: &'w Window<'_>) -> &'w Protection {
    match window.state().request() {
        Some(Request::BackUp(wanted)) => &wanted.protection,
        _ => unreachable!("a backup was asked for"),
    }
}

#[test]
fn a_backup_is_made_under_words_that_are_shown_and_rehearsed_with_them() {
    let mut window = back_up(Theme::Light);
    assert!(shows(&window, "Write these words down"));
    saved_as(&mut window, "/media/usb/keys.age");
    let Protection::Passphrase(words) = protection(&window) else { unreachable!("a passphrase") };
    let words = words.expose().to_owned();
    assert!(words.split('-').count() >= 7);
    window.state_mut().finish(Ok(made(0)));
    settle(&mut window);
    assert!(shows(&window, "The backup is made"));
    button(&mut window, "Rehearse now");
    press(&mut window, CTRL, Key::Enter);
    let Some(Request::Restore(wanted)) = window.state().request() else { unreachable!("a rehearsal was asked for") };
    assert_eq!((wanted.mode, wanted.file.to_str()), (RestoreMode::Rehearse, Some("/media/usb/keys.age")));
    let OpenWith::Passphrase(given) = &wanted.with else { unreachable!("with the words") };
    assert_eq!(given.expose(), words);
}

#[test]
fn shares_and_recipients_are_asked_for_as_chosen() {
    let mut window = back_up(Theme::Light);
    choose(&mut window, "Shares of a passphrase");
    saved_as(&mut window, "/media/usb/keys.age");
    let Protection::Shares(split, None) = protection(&window) else { unreachable!("shares") };
    assert_eq!((split.needed, split.made), (3, 5));
    window.state_mut().finish(Err(CustodianError::Exists("/media/usb/keys.age.shares".into())));
    settle(&mut window);
    choose(&mut window, "Recipients");
    press(&mut window, CTRL, Key::Enter);
    assert!(window.state_mut().wanted().is_none(), "nobody was chosen");
    click(&mut window, "Ada");
    saved_as(&mut window, "/media/usb/keys.age");
    let Protection::Recipients(names) = protection(&window) else { unreachable!("recipients") };
    assert_eq!(names, &["Ada"]);
}

fn backup() -> Backup {
    Backup {
        id: BackupId([1; 16]),
        at: world::day("2026-11-20"),
        place: "/media/usb/keys.age".into(),
        covers: 74,
        except: Vec::new(),
        recipients: Vec::new(),
        shares: None,
        sha256: None,
        rehearsed: None,
    }
}

fn item(name: &str, act: MergeAct) -> MergeItem {
    MergeItem { key: KeyId([9; 16]), name: name.into(), version: 1, act }
}

fn found(mode: RestoreMode) -> Restoration {
    let of = VersionRef { key: KeyId([9; 16]), version: 1 };
    let setback = |name: &str, here, brings_back| Setback { name: name.into(), of, here, there: State::Active, brings_back };
    Restoration {
        mode,
        backup: backup(),
        program: "0.1.0".into(),
        keys: 45,
        secrets: 44,
        lacks: vec![("vault-unseal-witness".into(), 1, "its policy keeps the private half in its store".into())],
        standing: Some(Standing {
            relation: Relation::Earlier,
            seq: 81,
            at: world::day("2026-11-22"),
            only_here: vec!["shop.example.com".into(), "build-agent-12".into()],
            plan: MergePlan {
                items: vec![item("deploy", MergeAct::Return(of)), item("old-signer", MergeAct::Ended)],
                records: Vec::new(),
            },
            setbacks: vec![setback("old-signer", State::Destroyed, true), setback("legacy-vpn", State::Compromised, false)],
        }),
        kept: None,
        recorded: mode != RestoreMode::Preview,
        as_files: false,
        name: "keystead".into(),
        folder: "/home/mira/.local/share/keystead".into(),
    }
}

fn restored(mode: RestoreMode) -> Outcome {
    let kept = (mode == RestoreMode::Replace).then(|| "/home/mira/.local/share/keystead.before-restore-2026-11-23".into());
    Outcome { restoration: Some(Box::new(Restoration { kept, ..found(mode) })), ..Outcome::default() }
}

fn restore(appearance: Theme) -> Window<'static> {
    let mut window = stage::usual(appearance);
    act(&mut window, "Restore from a backup");
    window
}

/// The backup and its passphrase are typed.
fn typed(window: &mut Window<'_>) {
    window.get_by_role_and_label(Role::TextInput, "Backup").focus();
    settle(window);
    type_text(window, "/media/usb/keys.age");
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the backup").focus();
    settle(window);
    type_text(window, WORDS);
}

/// It was looked into.
fn looked_into(appearance: Theme) -> Window<'static> {
    let mut window = restore(appearance);
    typed(&mut window);
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().finish(Ok(restored(RestoreMode::Preview)));
    settle(&mut window);
    window
}

fn asked<'w>(window: &'w Window<'_>) -> (RestoreMode, Option<&'w str>) {
    match window.state().request() {
        Some(Request::Restore(wanted)) => (wanted.mode, wanted.typed_name.as_deref()),
        _ => unreachable!("a restore was asked for"),
    }
}

fn asks_to_restore(window: &Window<'_>) -> bool {
    matches!(window.state().request(), Some(Request::Restore(_)))
}

#[test]
fn a_backup_is_looked_into_before_anything_is_done() {
    let mut window = restore(Theme::Light);
    press(&mut window, CTRL, Key::Enter);
    assert!(!asks_to_restore(&window), "nothing was chosen yet");
    typed(&mut window);
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(asked(&window), (RestoreMode::Preview, None));
    window.state_mut().finish(Ok(restored(RestoreMode::Preview)));
    settle(&mut window);
    assert!(shows(&window, "1 missing secret") && shows(&window, "shop.example.com, build-agent-12"));
    choose(&mut window, "Merge what is missing here");
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(asked(&window), (RestoreMode::Merge, None));
    window.state_mut().finish(Ok(restored(RestoreMode::Merge)));
    settle(&mut window);
    assert!(shows(&window, "The backup was merged"));
}

/// A backup that went another way, with records that come and records that stay out.
fn diverged(mode: RestoreMode) -> Outcome {
    let mut found = found(mode);
    if let Some(standing) = &mut found.standing {
        let record = |name: &str, act| RecordItem { name: name.into(), act };
        let Event::RecipientSet { recipient: grace } = recipient("Grace") else { unreachable!("it is one") };
        standing.relation = Relation::Diverged;
        standing.plan.records = vec![
            record("Grace", RecordAct::Recipient(grace)),
            record("Ada", RecordAct::RecipientDiffers),
            record("Jonas", RecordAct::RecipientRemoved),
            record("TLS server", RecordAct::PolicyDiffers),
        ];
    }
    Outcome { restoration: Some(Box::new(found)), ..Outcome::default() }
}

/// What a merge of it does is shown.
fn merging(appearance: Theme) -> Window<'static> {
    let mut window = restore(appearance);
    typed(&mut window);
    press(&mut window, CTRL, Key::Enter);
    window.state_mut().finish(Ok(diverged(RestoreMode::Preview)));
    settle(&mut window);
    choose(&mut window, "Merge what is missing here");
    window
}

#[test]
fn a_merge_tells_before_and_after_which_records_come_and_which_stay() {
    let mut window = merging(Theme::Light);
    let told = |window: &Window<'_>| {
        let sentences = [
            "The recipient Grace joins the address book.",
            "The recipient Ada has other keys in the backup; those here stay.",
            "The recipient Jonas was removed here and does not come back.",
            "The policy for “TLS server” is another in the backup; the one here stays.",
        ];
        sentences.iter().all(|sentence| shows(window, sentence))
    };
    assert!(told(&window) && shows(&window, "1 missing secret, 1 recipient"));
    press(&mut window, CTRL, Key::Enter);
    assert_eq!(asked(&window), (RestoreMode::Merge, None));
    window.state_mut().finish(Ok(diverged(RestoreMode::Merge)));
    settle(&mut window);
    assert!(shows(&window, "The backup was merged") && told(&window));
}

#[test]
fn a_replace_names_what_it_undoes_and_asks_for_the_name() {
    let mut window = looked_into(Theme::Light);
    choose(&mut window, "Put it in the place of this inventory");
    assert!(shows(&window, "old-signer, version 1: destroyed here, active in the backup."));
    button(&mut window, "Replace");
    assert!(!asks_to_restore(&window), "the name is missing");
    window.get_by_role_and_label(Role::TextInput, "Name to confirm").focus();
    settle(&mut window);
    type_text(&mut window, "keystead");
    button(&mut window, "Replace");
    assert_eq!(asked(&window), (RestoreMode::Replace, Some("keystead")));
    window.state_mut().finish(Ok(restored(RestoreMode::Replace)));
    settle(&mut window);
    assert!(shows(&window, "keystead.before-restore-2026-11-23"));
}

#[test]
fn destroy_names_each_backup_that_holds_the_key_still() {
    let mut window = stage::with_key(Theme::Light, "cdn.example.com");
    for (number, place) in [(1, "/media/usb/keys.age"), (2, "/srv/safe/keys.age")] {
        let backup = Backup { id: BackupId([number; 16]), place: place.into(), covers: 1_000_000, ..backup() };
        window.state_mut().happened(vec![Event::BackupMade { place: place.into(), backup: Some(Box::new(backup)) }]);
    }
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Delete);
    assert!(shows(&window, "/media/usb/keys.age") && shows(&window, "/srv/safe/keys.age"));
}

#[test]
fn from_when_on_a_backup_is_old_is_set_in_the_settings() {
    let mut window = stage::usual(Theme::Light);
    // High enough for all of them.
    window.set_size(egui::vec2(1280.0, 1600.0));
    act(&mut window, "Settings");
    window.get_by_role_and_label(Role::ComboBox, "Backups are called old: After 30 days").click();
    settle(&mut window);
    click(&mut window, "After 60 days");
    assert_eq!(window.state().command(), Some(&Command::SetBackupAge(60)));
    window.state_mut().happened(vec![Event::BackupAgeSet { days: 60 }]);
    settle(&mut window);
    assert!(window.query_by_role_and_label(Role::ComboBox, "Backups are called old: After 60 days").is_some());
}

#[test]
fn a_share_is_typed_line_by_line_and_a_wrong_line_is_told() {
    let mut window = restore(Theme::Light);
    choose(&mut window, "Shares");
    window.get_by_role_and_label(Role::PasswordInput, "Line 1 of share 1").focus();
    settle(&mut window);
    type_text(&mut window, "04GT 8S2F 0000 0000 0000");
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "Line 1 of share 1 was mistyped"));
    button(&mut window, "Choose the files of the sheets");
    assert!(matches!(window.state_mut().wanted(), Some(Pick::OpenMany { .. })));
    window.state_mut().picked(Picked::Paths(vec!["/a".into(), "/b".into()]));
    settle(&mut window);
    assert!(shows(&window, "2 shares chosen as files."));
}

#[test]
fn a_machine_without_an_inventory_restores_one() {
    let mut window = stage::unopened(world::empty(StoreKind::Files), USUAL, Theme::Light, 1.0);
    window.state().report(Report::FirstRun { folder: "/home/mira/.local/share/keystead".into() });
    settle(&mut window);
    button(&mut window, "Restore from a backup");
    typed(&mut window);
    button(&mut window, "Restore it");
    assert_eq!(asked(&window), (RestoreMode::Replace, None));
    window.state_mut().finish(Err(CustodianError::NewPassphraseNeeded));
    settle(&mut window);
    assert!(shows(&window, "No keychain of this machine") && shows(&window, "New passphrase"));
}

#[test]
fn pictures_of_backing_up() {
    let mut album = Album::default();
    album.both("back-up", |appearance| {
        let mut window = back_up(appearance);
        own_words(&mut window);
        window
    });
    album.one("back-up-shares", Theme::Light, {
        let mut window = back_up(Theme::Light);
        choose(&mut window, "Shares of a passphrase");
        window
    });
    album.one("back-up-recipients", Theme::Dark, {
        let mut window = back_up(Theme::Dark);
        choose(&mut window, "Recipients");
        click(&mut window, "Ada");
        window
    });
    album.one("back-up-nobody", Theme::Light, {
        let mut window = stage::empty(Theme::Light);
        press(&mut window, CTRL_SHIFT, Key::B);
        choose(&mut window, "Recipients");
        window
    });
    album.both("back-up-done", |appearance| {
        let mut window = back_up(appearance);
        choose(&mut window, "Shares of a passphrase");
        saved_as(&mut window, "/media/usb/keys.age");
        window.state_mut().finish(Ok(made(5)));
        settle(&mut window);
        window
    });
    album.one("back-up-failed", Theme::Light, {
        let mut window = back_up(Theme::Light);
        own_words(&mut window);
        saved_as(&mut window, "/media/usb/keys.age");
        let error =
            CustodianError::Target { path: "/media/usb/keys.age".into(), reason: "does not fit: the disk is full".into() };
        window.state_mut().finish(Err(error));
        settle(&mut window);
        window
    });
}

#[test]
fn pictures_of_restoring() {
    let mut album = Album::default();
    album.both("restore", |appearance| {
        let mut window = restore(appearance);
        typed(&mut window);
        window
    });
    album.one("restore-empty", Theme::Light, restore(Theme::Light));
    album.one("restore-shares", Theme::Light, {
        let mut window = restore(Theme::Light);
        choose(&mut window, "Shares");
        window.get_by_role_and_label(Role::PasswordInput, "Line 1 of share 1").focus();
        settle(&mut window);
        type_text(&mut window, "04GT 8S2F 0000 0000 0000");
        press(&mut window, Modifiers::NONE, Key::Enter);
        window
    });
    album.one("restore-wrong", Theme::Dark, {
        let mut window = restore(Theme::Dark);
        typed(&mut window);
        press(&mut window, CTRL, Key::Enter);
        window.state_mut().finish(Err(keystead::formats::backup::BackupError::WrongPassphrase.into()));
        settle(&mut window);
        window
    });
    album.both("restore-found", looked_into);
    album.both("restore-replace", |appearance| {
        let mut window = looked_into(appearance);
        choose(&mut window, "Put it in the place of this inventory");
        window
    });
    album.both("restore-merge", merging);
    album.both("restore-done", |appearance| {
        let mut window = looked_into(appearance);
        press(&mut window, CTRL, Key::Enter);
        window.state_mut().finish(Ok(restored(RestoreMode::Rehearse)));
        settle(&mut window);
        window
    });
    album.one("first-run-restore", Theme::Light, {
        let mut window = stage::unopened(world::empty(StoreKind::Files), USUAL, Theme::Light, 1.0);
        window.state().report(Report::FirstRun { folder: "/home/mira/.local/share/keystead".into() });
        settle(&mut window);
        button(&mut window, "Restore from a backup");
        typed(&mut window);
        window
    });
}
