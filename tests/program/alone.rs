//! Tests in a process of their own, with variables, folders and, where asked, a keychain of their
//! own: the test starts its own binary again for just itself.

use std::process::Command;

use super::support::{end_of, has, skip};

/// Set in the process inside.
const INSIDE: &str = "KEYSTEAD_TEST_INSIDE";

/// Opens the keychain of these tests.
pub const KEYCHAIN_PASSWORD: &str = "keychain";

/// No test inside takes longer than this many seconds, or `KEYSTEAD_TEST_LONGEST`, which the
/// ignored ones need.
const LONGEST: &str = "240";

/// Starts a keychain in the session that surrounds it and then what follows, whose end is its own.
const WITH_KEYCHAIN: &str = r#"
printf %s "$1" | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 97
shift
exec "$@"
"#;

/// Runs a test's body in a process of its own, where passphrases cost little.
pub fn alone<F: FnOnce()>(body: F) {
    inside(body, &[], &[]);
}

/// As [`alone`], started by another command: one that takes something away first.
pub fn alone_after<F: FnOnce()>(before: &[&str], body: F) {
    inside(body, &[], before);
}

/// Runs a test's body in a session of its own with a real, unlocked keychain.
pub fn with_keychain<F: FnOnce()>(body: F) {
    let before = ["dbus-run-session", "--", "sh", "-c", WITH_KEYCHAIN, "sh", KEYCHAIN_PASSWORD];
    inside(body, &["dbus-run-session", "gnome-keyring-daemon", "secret-tool", "gdbus"], &before);
}

/// Runs a test's body where `SoftHSM` has a configuration of the test's own, in the folder it runs in.
#[cfg(feature = "pkcs11")]
pub fn with_token<F: FnOnce()>(body: F) {
    inside(body, &["softhsm2-util", "pkcs11-tool", "cc"], &["env", "SOFTHSM2_CONF=softhsm2.conf"]);
}

/// Both: an unlocked keychain, and `SoftHSM` with a configuration of the test's own.
#[cfg(feature = "pkcs11")]
pub fn with_keychain_and_token<F: FnOnce()>(body: F) {
    let session = ["dbus-run-session", "--", "sh", "-c", WITH_KEYCHAIN, "sh", KEYCHAIN_PASSWORD];
    let before = [&["env", "SOFTHSM2_CONF=softhsm2.conf"][..], &session].concat();
    let tools = ["dbus-run-session", "gnome-keyring-daemon", "secret-tool", "gdbus", "softhsm2-util", "pkcs11-tool", "cc"];
    inside(body, &tools, &before);
}

/// Runs a test's body on a bus on which nothing answers for a keychain.
pub fn without_keychain<F: FnOnce()>(body: F) {
    on_a_bus(body);
}

/// Runs a test's body on a session bus of its own that starts nothing by itself.
pub fn on_a_bus<F: FnOnce()>(body: F) {
    let before = ["dbus-run-session", "--config-file", "bus.conf", "--"];
    inside(body, &["dbus-run-session"], &before);
}

/// A bus that starts nothing by itself.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"#;

fn inside<F: FnOnce()>(body: F, tools: &[&str], before: &[&str]) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        return;
    }
    let name = name_of::<F>();
    if let Some(missing) = tools.iter().find(|tool| !has(tool)) {
        skip(name.rsplit("::").next().unwrap_or(name), &format!("{missing} is not installed"));
        return;
    }
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("bus.conf"), BARE_BUS).unwrap();
    std::fs::create_dir(home.path().join("disk")).unwrap();
    let mut command = Command::new("timeout");
    let longest = std::env::var("KEYSTEAD_TEST_LONGEST").unwrap_or_else(|_| LONGEST.into());
    command.args(["--kill-after=5", &longest]).args(before).arg(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--include-ignored", "--nocapture", "--test-threads=1"]);
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "KEYSTEAD_INVENTORY"] {
        command.env_remove(variable);
    }
    for (variable, folder) in [
        ("HOME", ""),
        ("XDG_RUNTIME_DIR", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
    ] {
        command.env(variable, home.path().join(folder));
    }
    command
        .env(INSIDE, name)
        .env("RUST_BACKTRACE", "0")
        .env("KEYSTEAD_TEST_WORK_FACTOR", "4")
        .env("TZ", "UTC")
        .current_dir(home.path());
    let ended = end_of(command);
    let text = ended.text();
    print!("{text}");
    assert!(ended.code == Some(0) && text.contains("1 passed"), "{name} ended with {:?}\n{text}\n{}", ended.code, ended.stderr);
}

/// The name of the test whose body this is: a closure's type is named after its function.
fn name_of<F>() -> &'static str {
    let path = std::any::type_name::<F>();
    let path = path.split_once("::").map_or(path, |(_, rest)| rest);
    path.split("::{{closure}}").next().unwrap_or(path)
}
