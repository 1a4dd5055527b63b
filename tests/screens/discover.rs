//! Discover: folders, what is found in them by file, and what becomes of it.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::kittest::Queryable as _;
use keystead::custodian::discover::{Discovery, Removal, Risk, discover};
use keystead::custodian::import::{Object, Source, read};
use keystead::custodian::link::{Report, Request, Ticket};
use keystead::custodian::{NoProgress, Outcome};
use keystead::desktop::pick::{Pick, Picked};
use keystead::model::alert::{FileTrouble, TrackedFile};
use keystead::model::{
    Algorithm, Command, Digest, Event, Held, Inventory, KeyId, Locator, NewKey, NewVersion, Origin, Purpose, VersionRef,
};

use crate::pictures::Album;
use crate::policies::shows;
use crate::stage::{self, Window, act, click, press, settle, type_text};
use crate::world;

const NONE: Modifiers = Modifiers::NONE;

const KEY: &str =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n";

/// PBES2 over Ed25519, under “a long passphrase”.
const CLOSED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAizhfApFEaJ/gICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDiAOdj37LYGkAX5QtZdQi8EQNZj
cPHJWjAqL+hImYeDL0n3PNfu/SU331PdbT1ZhF4cAud/hLL5nqJyCMJ4G64iM6QA
esmgUsm9ylzu6ARB0lQ=
-----END ENCRYPTED PRIVATE KEY-----
";

/// A key with its certificate until 2036.
const BUNDLE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINYoa6vFaGcpPvUGuYxFBq0+IbOlFhhrasamwlbT40kp
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBaDCCARqgAwIBAgIUcd+Ufq7MDsfpvk3zj2CfAzSCkNEwBQYDK2VwMBsxGTAX
BgNVBAMMEHNob3AuZXhhbXBsZS5jb20wHhcNMjYxMTI2MTExMTI4WhcNMzYxMTIz
MTExMTI4WjAbMRkwFwYDVQQDDBBzaG9wLmV4YW1wbGUuY29tMCowBQYDK2VwAyEA
hUmJBLLLgGTu6uCYhh45bD7qVMgd/bvQL6Ti438o8P6jcDBuMB0GA1UdDgQWBBQd
1MmnbieGbTYjubTi54DbrD8ZJzAfBgNVHSMEGDAWgBQd1MmnbieGbTYjubTi54Db
rD8ZJzAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEHNob3AuZXhhbXBsZS5j
b20wBQYDK2VwA0EA+F43Jbsvjf5JTwf5E4i3zwbTjjUqnaZuI+VvzyuNzEFmQsH6
FG3VHiB6PjirXw5PhqvD6CbT7MI/IeBlrH+UAA==
-----END CERTIFICATE-----
";

const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"signer","use":"sig","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// A private key of mode 0644 in a git tree, its copy, a bundle, keys under a passphrase, and text.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let commented = format!("# the password of the panel is hunter2\n{KEY}");
    let files = [
        ("shop/deploy.pem", KEY, 0o644),
        ("shop/.git/HEAD", "", 0o644),
        ("copy.pem", KEY, 0o600),
        ("tls/shop.example.com.pem", BUNDLE, 0o640),
        ("tls/backup.pem", CLOSED, 0o600),
        ("signer.jwk", JWK, 0o600),
        ("old/panel.pem", &commented, 0o600),
        ("notes", "text", 0o644),
    ];
    for (name, text, mode) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("its mode");
    }
    folder
}

/// As if it lay in a folder of the same name on every machine.
fn moved(folder: &Path, path: &str) -> String {
    path.replace(&*folder.to_string_lossy(), "/srv/www")
}

/// What lies there.
fn found(folder: &Path) -> Discovery {
    let mut found = discover(&[folder.to_owned()], None, &Inventory::default(), world::now(), &NoProgress);
    for finding in &mut found.findings {
        finding.object.path = moved(folder, &finding.object.path);
        for risk in &mut finding.risks {
            match risk {
                Risk::SeveralPlaces(others) => others.iter_mut().for_each(|other| *other = moved(folder, other)),
                Risk::InVersionControl { root, .. } => *root = moved(folder, &root.to_string_lossy()).into(),
                _ => {}
            }
        }
    }
    found
}

/// The screen with what was found.
fn showing(window: &mut Window<'_>, discovery: Discovery) {
    act(window, "Discover");
    settle(window);
    window.state().report(Report::Discovered { ticket: Ticket(0), discovery: Box::new(discovery) });
    settle(window);
}

fn discovered(appearance: Theme) -> Window<'static> {
    let folder = folder();
    let mut window = stage::usual(appearance);
    showing(&mut window, found(folder.path()));
    window
}

/// Chooses a file by the keyboard; the cursor stands on the first row before.
fn choose(window: &mut Window<'_>, name: &str) {
    window.get_by_role_and_label(Role::CheckBox, &spoken(window, name)).focus();
    settle(window);
    for _ in 0..40 {
        let focused = window.query_all_by_role(Role::CheckBox).find(egui_kittest::Node::is_focused);
        let label = focused.and_then(|node| label_of(&node)).unwrap_or_default();
        if label.starts_with(&format!("{name},")) {
            press(window, NONE, Key::Space);
            return;
        }
        press(window, NONE, Key::ArrowDown);
    }
}

fn label_of(node: &egui_kittest::Node<'_>) -> Option<String> {
    use egui_kittest::kittest::NodeT as _;
    node.accesskit_node().label()
}

/// The whole name of the row that begins so.
fn spoken(window: &Window<'_>, start: &str) -> String {
    let rows = window.query_all_by_label_contains(start);
    rows.filter_map(|node| label_of(&node)).find(|label| label.starts_with(start)).expect("a row")
}

#[test]
fn files_open_to_their_objects_and_risks_and_close_again_by_keyboard() {
    let mut window = discovered(Theme::Light);
    assert!(shows(&window, "copy.pem, /srv/www, PKCS#8 private key, Ed25519, No passphrase"));
    assert!(shows(&window, "shop.example.com.pem, /srv/www/tls, 1 private key, 1 certificate"));
    assert!(!shows(&window, "Bring it in and remove the file, or give it a passphrase."), "closed at first");
    // The cursor stands on the first file.
    press(&mut window, NONE, Key::ArrowRight);
    assert!(shows(&window, "PKCS#8 private key, Ed25519, Line 1"));
    assert!(shows(&window, "The private key has no passphrase. Bring it in and remove the file, or give it a passphrase."));
    assert!(shows(&window, "The same key also lies in") || shows(&window, "The same key lies in 2 more places"));
    for _ in 0..2 {
        press(&mut window, NONE, Key::ArrowDown);
    }
    press(&mut window, NONE, Key::ArrowLeft);
    assert!(!shows(&window, "PKCS#8 private key, Ed25519, Line 1"), "closed from within");
    press(&mut window, NONE, Key::Enter);
    assert!(shows(&window, "PKCS#8 private key, Ed25519, Line 1"), "Enter opens as well");
    click(&mut window, "Close all");
    assert!(!shows(&window, "PKCS#8 private key, Ed25519, Line 1"));
    click(&mut window, "Readable by others 2");
    click(&mut window, "Open all");
    assert!(shows(&window, "Certificate, Ed25519, Line 4"));
}

#[test]
fn what_was_found_is_filtered_by_risk_and_tracked() {
    let mut window = discovered(Theme::Light);
    click(&mut window, "In version control 1");
    assert!(!shows(&window, "copy.pem, /srv/www"), "only what lies in a tree");
    choose(&mut window, "deploy.pem");
    assert!(shows(&window, "1 of 6 files chosen"));
    click(&mut window, "Track");
    let Some(Command::Track(paths)) = window.state().command().cloned() else { panic!("nothing was tracked") };
    assert_eq!(paths, [PathBuf::from("/srv/www/shop/deploy.pem")]);
    assert!(shows(&window, "Tracking"), "it is told while it goes on");
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(shows(&window, "0 keys are tracked."));
}

/// A version that is tracked in a file.
fn tracked(number: u8, name: &str, path: &str) -> NewKey {
    let held = Held::Tracked { path: path.into(), sha256: Digest([number; 32]) };
    NewKey {
        id: KeyId([number; 16]),
        name: name.into(),
        purpose: Purpose::Ssh,
        owner: "Mira".into(),
        tags: Vec::new(),
        warn_days: Vec::new().into(),
        note: "".into(),
        version: NewVersion {
            number: 1,
            algorithm: Algorithm::Ed25519,
            locator: Locator { store: "Tracked file".into(), object: "".into(), engine_version: None },
            public_key: vec![number].into(),
            spki_sha256: Digest([number; 32]),
            ssh_sha256: None,
            activates: Some(world::now()),
            expires: Some(world::now().plus_days(300)),
            zone: "UTC".into(),
            mac: None,
            origin: Some(Box::new(Origin { form: "openssh".into(), place: path.into(), held })),
        },
    }
}

/// An inventory with tracked files: one changed, one is gone.
fn tracking(appearance: Theme) -> Window<'static> {
    let mut world = world::usual();
    let keys = vec![
        tracked(201, "deploy", "/srv/www/shop/deploy.pem"),
        tracked(202, "mira-laptop", "/home/mira/.ssh/id_ed25519"),
        tracked(203, "backup-2024", "/mnt/usb/backup.pem"),
    ];
    world.append(world::now(), vec![Event::KeysNoted { keys }]);
    let mut health = world.health();
    let told = |path: &str, what: &str| TrackedFile { path: path.into(), trouble: format!("{path} {what}. Look at it.") };
    health.conditions.files = vec![
        (KeyId([202; 16]), FileTrouble::Changed(told("/home/mira/.ssh/id_ed25519", "is not the file that was noted"))),
        (KeyId([203; 16]), FileTrouble::Gone(told("/mnt/usb/backup.pem", "is not there any more"))),
    ];
    stage::with_health(world, health, stage::USUAL, appearance, 1.0)
}

#[test]
fn tracking_is_stopped_from_the_list_and_from_what_was_found() {
    let mut window = tracking(Theme::Light);
    act(&mut window, "Discover");
    settle(&mut window);
    assert!(shows(&window, "/srv/www/shop/deploy.pem, deploy, As it was noted"));
    assert!(shows(&window, "/home/mira/.ssh/id_ed25519, mira-laptop, Changed"));
    click(&mut window, "Track as it is now");
    let Some(Command::Track(paths)) = window.state().command().cloned() else { panic!("nothing is tracked") };
    assert_eq!(paths, [PathBuf::from("/home/mira/.ssh/id_ed25519")]);
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    window.query_all_by_label("Stop tracking").next().expect("a button").click();
    settle(&mut window);
    let Some(Command::StopTracking(versions)) = window.state().command().cloned() else { panic!("nothing is stopped") };
    assert_eq!(versions, [VersionRef { key: KeyId([202; 16]), version: 1 }], "the list is by path");
    window.state_mut().finish(Ok(Outcome::default()));
    settle(&mut window);
    // Of what was found the tracked file is marked, and its button ends the tracking.
    let folder = folder();
    window.state().report(Report::Discovered { ticket: Ticket(0), discovery: Box::new(found(folder.path())) });
    settle(&mut window);
    assert!(spoken(&window, "deploy.pem,").ends_with(", tracked"));
    choose(&mut window, "deploy.pem");
    click(&mut window, "Stop tracking");
    let Some(Command::StopTracking(versions)) = window.state().command().cloned() else { panic!("nothing is stopped") };
    assert_eq!(versions, [VersionRef { key: KeyId([201; 16]), version: 1 }]);
}

#[test]
fn a_folder_is_chosen_in_the_systems_dialog_and_typed_where_there_is_none() {
    let mut window = stage::usual(Theme::Light);
    act(&mut window, "Discover");
    settle(&mut window);
    assert!(shows(&window, "/home/mira/.ssh"), "what exists is suggested");
    click(&mut window, "Choose a folder");
    assert!(matches!(window.state_mut().wanted(), Some(Pick::Folder { .. })));
    window.state_mut().picked(Picked::Path("/srv/www".into()));
    settle(&mut window);
    click(&mut window, "Choose a folder");
    window.state_mut().wanted();
    window.state_mut().picked(Picked::NoDialog);
    settle(&mut window);
    type_text(&mut window, "relative");
    press(&mut window, NONE, Key::Enter);
    assert!(shows(&window, "Type the whole path"));
    window.get_by_role_and_label(Role::TextInput, "Another folder").focus();
    settle(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::A);
    type_text(&mut window, "/opt/keys");
    press(&mut window, NONE, Key::Enter);
    click(&mut window, "Look through them");
    let Some((_, Request::Discover(folders))) = window.state().asked.last() else { panic!("nothing is looked at") };
    let wanted: Vec<PathBuf> =
        ["/home/mira/.ssh", "/etc/ssl", "/etc/letsencrypt", "/srv/www", "/opt/keys"].map(PathBuf::from).to_vec();
    assert_eq!(*folders, wanted);
    assert!(shows(&window, "Looking at files"));
    click(&mut window, "Cancel");
    assert_eq!(window.state().cancelled().len(), 1);
}

#[test]
fn import_and_discover_lead_to_each_other() {
    let mut window = stage::usual(Theme::Light);
    press(&mut window, Modifiers::COMMAND, Key::I);
    click(&mut window, "Look through whole folders for keys and their risks");
    assert!(window.query_by_label("Choose files").is_none() && shows(&window, "Look through them"));
    window.state().report(Report::Discovered { ticket: Ticket(0), discovery: Box::default() });
    settle(&mut window);
    assert!(shows(&window, "No key, certificate or keystore lies in these folders."));
    click(&mut window, "Import files");
    assert!(shows(&window, "Choose files"));
}

/// What the custodian reads of these files, with these passphrases tried.
fn objects(folder: &Path, paths: &[&str], passphrases: &[&str]) -> Vec<Object> {
    let sources: Vec<Source> = paths.iter().map(|path| Source::Path(folder.join(path))).collect();
    let passphrases: Vec<_> = passphrases.iter().map(|text| keystead::secret::Passphrase::new((*text).to_owned())).collect();
    let mut reading = read(&sources, &passphrases, &NoProgress);
    reading.compare(&Inventory::default(), world::now());
    for object in &mut reading.objects {
        object.path = moved(folder, &object.path);
    }
    reading.objects
}

/// The newest request was for reading, and this was read.
fn answered(window: &mut Window<'_>, objects: Vec<Object>) {
    let ticket = window.state().asked.last().expect("something is to be read").0;
    let stage = window.state_mut();
    stage.report(Report::Read { ticket, objects: objects.into(), files: 4 });
    stage.finish(Ok(Outcome::default()));
    settle(window);
}

const CHOSEN: [&str; 4] = ["shop/deploy.pem", "old/panel.pem", "signer.jwk", "tls/backup.pem"];

/// Files were chosen to be brought in and removed, and read; one is under a passphrase.
fn asked(appearance: Theme) -> (Window<'static>, tempfile::TempDir) {
    let folder = folder();
    let mut window = stage::usual(appearance);
    showing(&mut window, found(folder.path()));
    for name in ["backup.pem", "deploy.pem", "panel.pem", "signer.jwk"] {
        choose(&mut window, name);
        press(&mut window, NONE, Key::Home);
    }
    click(&mut window, "Bring in and remove");
    answered(&mut window, objects(folder.path(), &CHOSEN, &[]));
    (window, folder)
}

/// After the passphrase.
fn opened(appearance: Theme) -> (Window<'static>, tempfile::TempDir) {
    let (mut window, folder) = asked(appearance);
    window.get_by_role_and_label(Role::PasswordInput, "Passphrase of the files").focus();
    settle(&mut window);
    type_text(&mut window, "a long passphrase");
    press(&mut window, NONE, Key::Enter);
    let tried = window.state().asked.last().map(|(_, request)| request);
    assert!(matches!(tried, Some(Request::ReadAgain(passphrase)) if passphrase.expose() == "a long passphrase"));
    answered(&mut window, objects(folder.path(), &CHOSEN, &["a long passphrase"]));
    (window, folder)
}

#[test]
fn files_are_brought_in_with_their_passphrase_and_what_goes_with_them_is_said_before_they_are_removed() {
    let (window, _folder) = asked(Theme::Light);
    assert!(shows(&window, "3 of 4 files are removed,"), "the one under a passphrase stays so far");
    let (mut window, _folder) = opened(Theme::Light);
    assert!(shows(&window, "4 files are removed,"));
    assert!(shows(&window, "/srv/www/signer.jwk: Its members kid and use are not kept."));
    assert!(shows(&window, "/srv/www/old/panel.pem: Its comments are not kept."));
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    assert!(matches!(window.state().asked.last(), Some((_, Request::Import(_)))));
    removed(&mut window);
    assert!(shows(&window, "2 files were removed."));
    assert!(shows(&window, "/srv/www/old/panel.pem: It changed since it was read. The file stays where it is."));
    click(&mut window, "Show them");
    let asked = &window.state().asked;
    assert!(asked.iter().any(|(_, request)| matches!(request, Request::ForgetRead)));
    assert!(asked.iter().any(|(_, request)| matches!(request, Request::Discover(_))), "what lies there is looked at again");
}

/// All is brought in, and files are removed.
fn removed(window: &mut Window<'_>) {
    let end = |object: Object| keystead::custodian::import::Ended {
        outcome: if object.verdict.acts() { "imported" } else { "present" },
        reason: String::new(),
        name: Some(object.name),
        key: object.verdict.acts().then(|| world::id("deploy-infra")),
    };
    let folder = folder();
    let ended = objects(folder.path(), &CHOSEN, &["a long passphrase"]).into_iter().map(end).collect();
    let ticket = window.state().asked.last().expect("something is brought in").0;
    let stage = window.state_mut();
    stage.report(Report::Imported { ticket, ended });
    stage.finish(Ok(Outcome { keys: vec![world::id("deploy-infra")], ..Outcome::default() }));
    settle(window);
    let asked = window.state().asked.last().and_then(|(ticket, request)| match request {
        Request::RemoveRead(paths) => Some((*ticket, paths.clone())),
        _ => None,
    });
    let (ticket, paths) = asked.expect("files are removed");
    assert_eq!(paths.len(), 4);
    let kept = |path: &str| match path {
        "/srv/www/old/panel.pem" => Some("It changed since it was read. The file stays where it is.".to_owned()),
        "/srv/www/signer.jwk" => {
            Some("It cannot be removed: Permission denied (os error 13). The file stays where it is.".to_owned())
        }
        _ => None,
    };
    let removals = paths.into_iter().map(|path| Removal { kept: kept(&path), path }).collect();
    let stage = window.state_mut();
    stage.report(Report::Removed { ticket, removals });
    stage.finish(Ok(Outcome::default()));
    settle(window);
}

#[test]
fn brought_in_without_removing_no_file_is_touched() {
    let folder = folder();
    let mut window = stage::usual(Theme::Light);
    showing(&mut window, found(folder.path()));
    choose(&mut window, "copy.pem");
    click(&mut window, "Bring in");
    answered(&mut window, objects(folder.path(), &["copy.pem"], &[]));
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    let ticket = window.state().asked.last().expect("something is brought in").0;
    let stage = window.state_mut();
    let ended = vec![keystead::custodian::import::Ended { outcome: "imported", reason: String::new(), name: None, key: None }];
    stage.report(Report::Imported { ticket, ended });
    stage.finish(Ok(Outcome::default()));
    settle(&mut window);
    assert!(!window.state().asked.iter().any(|(_, request)| matches!(request, Request::RemoveRead(_))));
    assert!(shows(&window, "The files were not touched."));
}

#[test]
fn a_name_with_a_right_to_left_override_or_that_is_no_text_is_shown_as_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("gnp\u{202e}mep.exe"), KEY).expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"k\xff.pem")), KEY).expect("a file");
    }
    let mut window = stage::usual(Theme::Light);
    showing(&mut window, found(folder.path()));
    let said = spoken(&window, "gnp");
    assert!(!said.contains('\u{202e}') && said.contains("mep.exe"), "{said}");
    // What cannot be named is not chosen.
    click(&mut window, "Choose all");
    assert!(shows(&window, "1 of 2 files chosen"));
}

#[test]
fn ten_thousand_files_draw_only_those_that_show() {
    let folder = folder();
    let mut discovery = found(folder.path());
    let one = discovery.findings[0].clone();
    discovery.findings = (0..10_000)
        .map(|number| {
            let mut finding = one.clone();
            finding.object.path = format!("/keys/{number:05}.pem");
            finding
        })
        .collect();
    let mut window = stage::usual(Theme::Light);
    showing(&mut window, discovery);
    assert!(window.query_all_by_role(Role::CheckBox).count() < 40);
    press(&mut window, NONE, Key::End);
    assert!(shows(&window, "09999.pem, /keys"));
}

/// The pointer is away and nothing moves.
fn still(mut window: Window<'static>) -> Window<'static> {
    window.remove_cursor();
    settle(&mut window);
    window
}

#[test]
fn pictures_of_what_was_found() {
    let mut album = Album::default();
    album.both("discover-found", |appearance| {
        let mut window = discovered(appearance);
        choose(&mut window, "deploy.pem");
        still(window)
    });
    album.both("discover-grouped", |appearance| {
        let mut window = discovered(appearance);
        click(&mut window, "Open all");
        choose(&mut window, "copy.pem");
        still(window)
    });
}

#[test]
fn pictures_of_the_choice_of_folders() {
    let mut album = Album::default();
    album.both("discover-start", |appearance| {
        let mut window = stage::usual(appearance);
        act(&mut window, "Discover");
        still(window)
    });
    let mut window = tracking(Theme::Light);
    act(&mut window, "Discover");
    click(&mut window, "Type a path instead");
    album.one("discover-tracked", Theme::Light, still(window));
}

#[test]
fn pictures_of_nothing_of_work_and_of_what_cannot_be_read() {
    let mut album = Album::default();
    let mut window = stage::usual(Theme::Light);
    showing(&mut window, Discovery::default());
    album.one("discover-empty", Theme::Light, still(window));
    let mut window = stage::usual(Theme::Light);
    act(&mut window, "Discover");
    settle(&mut window);
    click(&mut window, "Look through them");
    let ticket = window.state().asked.last().expect("it looks").0;
    window.state().report(Report::Progress { ticket, done: 12_840, total: 0 });
    settle(&mut window);
    album.one("discover-busy", Theme::Light, still(window));
    let folder = folder();
    let mut window = stage::usual(Theme::Light);
    let mut discovery = found(folder.path());
    discovery.findings.truncate(2);
    discovery.unread = vec![
        ("/etc/ssl/private".into(), "it cannot be read: Permission denied (os error 13)".into()),
        ("/srv/www/dump.pem".into(), "it has 2147483648 bytes, and 67108864 is the limit".into()),
    ];
    showing(&mut window, discovery);
    album.one("discover-error", Theme::Light, still(window));
}

#[test]
fn pictures_of_bringing_in_and_removing() {
    let mut album = Album::default();
    album.one("discover-passphrase", Theme::Light, still(asked(Theme::Light).0));
    for appearance in [Theme::Light, Theme::Dark] {
        album.one("discover-remove", appearance, still(opened(appearance).0));
        let (mut window, _folder) = opened(appearance);
        press(&mut window, Modifiers::COMMAND, Key::Enter);
        removed(&mut window);
        album.one("discover-removed", appearance, still(window));
    }
}
