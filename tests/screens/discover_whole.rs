//! Discover with the real custodian behind the window: what lies in a folder is found, opened, stored and read
//! back, and its loose file is gone.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use jiff::tz::TimeZone;
use keystead::custodian::link::pair;
use keystead::custodian::{Custodian, Environment, Setup, serve};
use keystead::desktop::App;
use keystead::model::{InstallationId, StoreKind, Time};
use keystead::secret::Passphrase;

use crate::{harness, stage};

const PASSPHRASE: &str = "nine quiet lanterns drift over the weir";
const OF_THE_FILE: &str = "a long passphrase";

fn env(folder: &Path) -> Environment {
    Environment {
        folder: folder.join("inventory"),
        state_folder: folder.join("state"),
        clock: Arc::new(|| Time::from(jiff::Timestamp::now())),
        zone: TimeZone::UTC,
        actor: "mira@lab".into(),
        installation: InstallationId([1; 16]),
        keychain_wait: Duration::from_secs(5),
        program: "keystead".into(),
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned())
}

/// A window over an inventory that a custodian serves.
fn window(folder: &Path) -> Harness<'static, App> {
    let (link, end) = pair();
    serve(env(folder), end, Arc::new(|| {})).expect("a thread");
    let context = egui::Context::default();
    let app = App::new(&context, link, Arc::new(|| Time::from(jiff::Timestamp::now())), TimeZone::UTC);
    harness::builder(stage::USUAL, Theme::Light, 1.0).build_ui_state(
        |ui, app: &mut App| {
            app.tend(&ui.ctx().clone());
            let whole = ui.ctx().content_rect();
            let mut root = ui.new_child(egui::UiBuilder::new().max_rect(whole));
            root.set_clip_rect(whole);
            app.draw(&mut root);
        },
        app,
    )
}

/// Draws until something of this name shows.
#[track_caller]
fn until(window: &mut Harness<'_, App>, label: &str) {
    let began = Instant::now();
    while window.query_all_by_label_contains(label).next().is_none() {
        assert!(began.elapsed() < Duration::from_mins(1), "“{label}” does not show");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    steps(window);
}

/// A few frames: dialogs and focus take more than one.
fn steps(window: &mut Harness<'_, App>) {
    (0..8).for_each(|_| window.step());
}

fn press(window: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    steps(window);
}

fn type_text(window: &mut Harness<'_, App>, text: &str) {
    window.event(egui::Event::Text(text.into()));
    steps(window);
}

fn click(window: &mut Harness<'_, App>, label: &str) {
    window.get_by_label(label).click();
    steps(window);
}

fn openssl(arguments: &[&str]) {
    let run = std::process::Command::new("openssl").args(arguments).output().expect("openssl");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn a_key_under_a_passphrase_is_found_tracked_brought_in_and_its_file_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    std::fs::create_dir(&keys).expect("a folder");
    let file = keys.join("deploy.pem");
    let path = file.to_str().expect("a name");
    openssl(&["genpkey", "-algorithm", "ED25519", "-aes256", "-pass", &format!("pass:{OF_THE_FILE}"), "-out", path]);
    let setup = Setup { kind: StoreKind::Files, passphrase: Some(passphrase()), recovery: None };
    Custodian::init(env(folder.path()), &setup).expect("an inventory").close();
    let mut window = window(folder.path());
    until(&mut window, "No keys yet");
    // It is unlocked, and the folder is typed.
    press(&mut window, Modifiers::COMMAND, Key::K);
    type_text(&mut window, "Unlock");
    press(&mut window, Modifiers::NONE, Key::Enter);
    until(&mut window, "Passphrase");
    type_text(&mut window, PASSPHRASE);
    press(&mut window, Modifiers::NONE, Key::Enter);
    let began = Instant::now();
    while window.query_by_role(Role::PasswordInput).is_some() {
        assert!(began.elapsed() < Duration::from_mins(1), "it does not open");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    steps(&mut window);
    press(&mut window, Modifiers::COMMAND, Key::K);
    type_text(&mut window, "Discover");
    press(&mut window, Modifiers::NONE, Key::Enter);
    until(&mut window, "Type a path instead");
    // What lies on this machine is not looked at.
    for place in suggested(&window) {
        click(&mut window, &place);
    }
    click(&mut window, "Type a path instead");
    type_text(&mut window, keys.to_str().expect("a name"));
    press(&mut window, Modifiers::NONE, Key::Enter);
    click(&mut window, "Look through them");
    until(&mut window, "deploy.pem, ");
    // Tracked first.
    press(&mut window, Modifiers::NONE, Key::Space);
    click(&mut window, "Track");
    until(&mut window, ", tracked");
    // Then brought in, with the passphrase asked for, and its file removed.
    click(&mut window, "Bring in and remove");
    until(&mut window, "1 file is encrypted.");
    type_text(&mut window, OF_THE_FILE);
    press(&mut window, Modifiers::NONE, Key::Enter);
    until(&mut window, "Private half of deploy");
    press(&mut window, Modifiers::COMMAND, Key::Enter);
    until(&mut window, "1 file was removed.");
    assert!(!file.exists());
    drop(window);
    let custodian = Custodian::open(env(folder.path())).expect("the inventory");
    custodian.unlock(Some(passphrase())).expect("its passphrase");
    custodian.read(|inventory| {
        let [key] = inventory.keys() else { panic!("one entry, not {}", inventory.keys().len()) };
        assert!(key.versions[0].held().is_here() && !key.versions[0].public_key.is_empty());
        assert!(inventory.open_operations().is_empty());
    });
    assert!(custodian.verify(&keystead::custodian::NoProgress).expect("a log").damage.is_none());
}

/// The folders that are chosen at first.
fn suggested(window: &Harness<'_, App>) -> Vec<String> {
    use egui_kittest::kittest::NodeT as _;
    let boxes = window.query_all_by_role(Role::CheckBox);
    let on = boxes.filter(|node| node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True));
    on.filter_map(|node| node.accesskit_node().label()).collect()
}
