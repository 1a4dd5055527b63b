//! The real window on a virtual display of its own: seen through its accessibility tree, moved by mouse
//! and keyboard. What a person does there stands in the plays of `window/`; here they are run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::support::{Home, end_of, has, program, skip};

/// So many windows at once: each draws on one processor, and more would only wait for each other's.
const AT_ONCE: usize = 2;

/// How many play now.
static PLAYING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// The right to play.
struct Turn;

impl Turn {
    fn wait() -> Self {
        let (playing, ended) = &PLAYING;
        let playing = playing.lock().unwrap_or_else(PoisonError::into_inner);
        let playing = ended.wait_while(playing, |playing| *playing >= AT_ONCE);
        *playing.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *PLAYING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        PLAYING.1.notify_one();
    }
}

/// What a display needs, with the package that brings it.
const TOOLS: [&str; 6] = ["Xvfb", "openbox", "dbus-run-session", "gdbus", "xdotool", "import"];

/// A play that is about to be run.
pub struct Play {
    name: &'static str,
    services: bool,
    needs: &'static [&'static str],
    variables: Vec<(&'static str, String)>,
}

pub fn play(name: &'static str) -> Play {
    Play { name, services: false, needs: &[], variables: Vec::new() }
}

impl Play {
    /// The session starts what its programs ask for, as a desktop does: portals, keychain.
    fn with_services(mut self) -> Self {
        self.services = true;
        self
    }

    /// It needs this beside what every window needs: a command, or a path.
    pub fn needs(mut self, needs: &'static [&'static str]) -> Self {
        self.needs = needs;
        self
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Runs `window/SCRIPT.py`; `test` names this run among the skipped.
    ///
    /// The folder with what it saved; `None` where it cannot be played here.
    pub fn run(self, test: &str, home: &Home) -> Option<PathBuf> {
        let script = root().join("tests/program/window").join(self.name).with_extension("py");
        let files = files(test);
        let arguments = [program().into(), home.inventory(), home.path("passphrase"), files.clone()];
        self.run_script(test, home, &script, &arguments).then_some(files)
    }

    fn run_script(self, test: &str, home: &Home, script: &Path, arguments: &[PathBuf]) -> bool {
        if let Some(missing) = TOOLS.iter().chain(self.needs).find(|tool| !there(tool)) {
            skip(test, &format!("{missing} is not here"));
            return false;
        }
        let _turn = Turn::wait();
        let mut command = Command::new(root().join("packaging/with-display"));
        home.at_home(&mut command);
        command.args(self.services.then_some("--services")).arg("/usr/bin/python3").arg(script).args(arguments);
        command.env("KEYSTEAD_TEST_WORK_FACTOR", "4").envs(self.variables);
        let ended = end_of(command);
        let said = format!("{}\n{}", ended.text(), ended.stderr);
        assert_eq!(ended.code, Some(0), "{said}");
        true
    }
}

fn there(tool: &str) -> bool {
    if tool.starts_with('/') { Path::new(tool).exists() } else { has(tool) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A new folder for what a play saves; it stays, so that pictures of what failed can be looked at.
fn files(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_main_job_is_played() {
    let home = Home::new();
    let cache = files("the_main_job_is_played");
    let demo = root().join("packaging/demo");
    let play = play("demo").needs(&["openssl", "ssh-keygen"]);
    let play = play.with("XDG_CACHE_HOME", cache.to_str().unwrap());
    if !play.run_script("the_main_job_is_played", &home, &demo, &[program().into()]) {
        return;
    }
    let saved = std::fs::read_dir(cache.join("keystead")).unwrap().filter_map(Result::ok);
    let demo = saved.map(|entry| entry.path()).find(|path| path.join("request.pem").is_file()).unwrap();
    let said = end_of({
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-verify", "-noout", "-in"]).arg(demo.join("request.pem"));
        openssl
    });
    assert!(said.text().contains("verify OK") || said.stderr.contains("verify OK"), "{said:?}");
    let said = end_of({
        let mut ssh = Command::new("ssh-keygen");
        ssh.args(["-l", "-f"]).arg(demo.join("public-key.pub"));
        ssh
    });
    assert!(said.text().contains("(ECDSA)"), "{said:?}");
}

#[test]
fn a_request_is_saved_through_the_systems_file_dialog() {
    let portal = &[
        "openssl",
        "/usr/share/xdg-desktop-portal/portals/gtk.portal",
        "/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service",
    ];
    play("dialogs").with_services().needs(portal).run("a_request_is_saved_through_the_systems_file_dialog", &Home::new());
}

#[test]
fn where_no_file_dialog_answers_a_path_is_typed() {
    play("path_field").run("where_no_file_dialog_answers_a_path_is_typed", &Home::new());
}

#[test]
fn what_a_shell_does_shows_in_the_open_window() {
    play("shell").run("what_a_shell_does_shows_in_the_open_window", &Home::new());
}

#[test]
fn locking_hides_and_unlocking_brings_back() {
    play("lock").run("locking_hides_and_unlocking_brings_back", &Home::new());
}

#[test]
fn the_window_locks_when_its_session_is_locked_and_when_the_machine_goes_to_sleep() {
    let play = play("login").needs(&["dbus-daemon"]);
    play.run("the_window_locks_when_its_session_is_locked", &Home::new());
}

#[test]
fn a_second_window_of_an_inventory_is_refused() {
    play("second").run("a_second_window_of_an_inventory_is_refused", &Home::new());
}

#[test]
fn a_keychain_that_hangs_at_the_first_start_is_told() {
    let play = play("keychain").needs(&["gnome-keyring-daemon"]).with("KEYSTEAD_PLAY", "first-run");
    play.run("a_keychain_that_hangs_at_the_first_start_is_told", &Home::new());
}

#[test]
fn a_keychain_that_hangs_later_leaves_the_window_alive() {
    play("keychain").needs(&["gnome-keyring-daemon"]).run("a_keychain_that_hangs_later_leaves_the_window_alive", &Home::new());
}

#[test]
fn every_control_has_a_name() {
    play("names").run("every_control_has_a_name", &Home::new());
}

#[test]
fn the_main_job_works_by_keyboard_alone() {
    play("keyboard").needs(&["openssl"]).run("the_main_job_works_by_keyboard_alone", &Home::new());
}

#[test]
fn a_backup_is_made_rehearsed_and_looked_into_by_keyboard_alone() {
    play("backup").run("a_backup_is_made_rehearsed_and_looked_into_by_keyboard_alone", &Home::new());
}

#[test]
fn a_keys_whole_life_is_lived_by_keyboard_alone() {
    play("life").needs(&["ssh-keygen"]).run("a_keys_whole_life_is_lived_by_keyboard_alone", &Home::new());
}

#[test]
fn a_sealed_hand_over_is_made_by_keyboard_alone() {
    const NEEDS: &[&str] = &["age", "age-keygen", "openssl"];
    play("sealed").needs(NEEDS).run("a_sealed_hand_over_is_made_by_keyboard_alone", &Home::new());
}

#[test]
fn without_a_display_it_says_so() {
    let ended = Home::new().run::<&str>([]).with(3);
    assert_eq!(
        ended.stderr.trim(),
        "There is no display to open a window on. The commands work without one: keystead help lists them."
    );
}

#[test]
fn a_request_goes_out_and_its_certificate_comes_back() {
    play("comes_back").needs(&["openssl"]).run("a_request_goes_out_and_its_certificate_comes_back", &Home::new());
}

#[test]
fn keys_of_other_programs_are_brought_in_by_keyboard_alone() {
    let play = play("import").needs(&["ssh-keygen", "openssl", "keytool", "sha256sum"]);
    play.run("keys_of_other_programs_are_brought_in_by_keyboard_alone", &Home::new());
}

#[test]
fn a_folder_is_looked_through_and_its_keys_tracked_and_brought_in_by_keyboard_alone() {
    let play = play("discover").needs(&["ssh-keygen"]).with("KEYSTEAD_TEST_TRACKED", "1000");
    play.run("a_folder_is_looked_through_and_its_keys_tracked_and_brought_in_by_keyboard_alone", &Home::new());
}

#[test]
fn a_server_is_added_looked_at_and_matched_by_keyboard_alone() {
    play("servers").needs(&["openssl"]).run("a_server_is_added_looked_at_and_matched_by_keyboard_alone", &Home::new());
}

#[test]
fn a_copied_passphrase_is_marked_counted_down_and_cleared() {
    let play = play("clipboard").needs(&["xclip"]).with("KEYSTEAD_TEST_CLIPBOARD", "15000");
    play.run("a_copied_passphrase_is_marked_counted_down_and_cleared", &Home::new());
}

#[test]
fn a_file_is_signed_and_its_signature_verified_by_keyboard_alone() {
    let play = play("signing").needs(&["ssh-keygen", "openssl"]);
    play.run("a_file_is_signed_and_its_signature_verified_by_keyboard_alone", &Home::new());
}

#[test]
fn a_login_through_the_agent_is_allowed_by_keyboard_alone() {
    let play = play("agent").needs(&["ssh", "ssh-keygen"]);
    play.run("a_login_through_the_agent_is_allowed_by_keyboard_alone", &Home::new());
}

#[test]
#[cfg(feature = "pkcs11")]
fn a_token_is_added_and_its_key_used_by_keyboard_alone() {
    use crate::tokens::{Hsm, MODULE, function};
    let home = Home::new();
    let folder = home.path("hsm");
    let needs = &["softhsm2-util", "cc", "openssl", "ssh", "ssh-keygen", MODULE];
    if !has("softhsm2-util") {
        return skip("a_token_is_added_and_its_key_used_by_keyboard_alone", "softhsm2-util is not here");
    }
    let token = Hsm::at(&folder, "office");
    // It notes every PIN that the token is given.
    let logins = folder.join("logins");
    let note = format!(r#"FILE *f = fopen("{}", "a"); fprintf(f, "%.*s\n", (int)d, c); fclose(f);"#, logins.display());
    let module = token.module_with("noting", function::LOGIN, &format!("{note} return real(a, b, c, d);"));
    let play = play("tokens").needs(needs).with("KEYSTEAD_PLAY_MODULE", module);
    let play = play.with("KEYSTEAD_PLAY_LOGINS", logins.to_str().unwrap());
    let play = play.with("SOFTHSM2_CONF", folder.join("softhsm2.conf").to_str().unwrap());
    play.run("a_token_is_added_and_its_key_used_by_keyboard_alone", &home);
}

#[test]
#[cfg(feature = "openbao")]
fn a_key_server_is_added_and_its_key_used_by_keyboard_alone() {
    use crate::openbao::server::{Bao, ROOT};
    const TEST: &str = "a_key_server_is_added_and_its_key_used_by_keyboard_alone";
    let Some(bao) = Bao::with_transit(TEST) else { return };
    // A token that may do nothing with keys.
    let narrow = bao.token(&["default"], "1h");
    let play = play("key_server").needs(&["openssl", "ssh", "ssh-keygen"]);
    let play = play.with("KEYSTEAD_PLAY_ADDRESS", &bao.address).with("KEYSTEAD_PLAY_TOKEN", ROOT);
    play.with("KEYSTEAD_PLAY_NARROW", narrow).run(TEST, &Home::new());
}

/// Stands in for what opens pages: it notes them, and gives up until there is a file that lets it go on.
#[cfg(feature = "openbao")]
fn notes_pages(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let (script, pages) = (folder.join("xdg-open"), folder.join("pages"));
    let text = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{0}'\n[ -e '{0}.open' ] || exit 3\n", pages.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    pages
}

#[test]
#[cfg(feature = "openbao")]
fn servers_are_added_through_the_browser_and_by_certificate_by_keyboard_alone() {
    use crate::openbao::logins::provider;
    use crate::openbao::server::{Bao, free_port, openssl};
    const TEST: &str = "servers_are_added_through_the_browser_and_by_certificate_by_keyboard_alone";
    const POLICY: &str = include_str!("../../assets/openbao-policy.hcl");
    let Some(bao) = Bao::with_transit(TEST) else { return };
    bao.policy("keystead", POLICY);
    let port = free_port();
    let maria = provider(&bao, port);
    let Some(by_certificate) = Bao::with_tls(TEST) else { return };
    by_certificate.bao(["secrets", "enable", "transit"]);
    by_certificate.policy("keystead", POLICY);
    let home = Home::new();
    let files = home.path("tls");
    std::fs::create_dir(&files).unwrap();
    let ext = "-addext extendedKeyUsage=clientAuth -addext basicConstraints=critical,CA:FALSE";
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout laptop.key";
    openssl(&files, &format!("req -x509 -days 30 -subj /CN=laptop {ext} {key} -out laptop.pem"));
    by_certificate.bao(["auth", "enable", "cert"]);
    let known = format!("certificate=@{}", files.join("laptop.pem").display());
    by_certificate.bao(["write", "auth/cert/certs/laptop", &known, "token_policies=keystead", "token_ttl=1h"]);

    let pages = notes_pages(&files);
    let path = format!("{}:{}", files.display(), std::env::var("PATH").unwrap());
    let play = play("server_ways").needs(&["openssl"]).with("PATH", path).with("KEYSTEAD_PLAY_PAGES", pages.to_str().unwrap());
    let play = play.with("KEYSTEAD_PLAY_ADDRESS", &bao.address).with("KEYSTEAD_PLAY_MARIA", maria);
    let play = play.with("KEYSTEAD_PLAY_PORT", port.to_string()).with("KEYSTEAD_PLAY_TLS", &by_certificate.address);
    let authority = by_certificate.authority.as_ref().unwrap().to_str().unwrap();
    play.with("KEYSTEAD_PLAY_CA", authority).with("KEYSTEAD_PLAY_FILES", files.to_str().unwrap()).run(TEST, &home);
}
