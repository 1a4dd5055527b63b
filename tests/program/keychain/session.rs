//! What a person or another program does to the keychain of the surrounding session.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use crate::alone::KEYCHAIN_PASSWORD;

/// Where these tests' items lie.
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

fn gdbus(method: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("gdbus");
    command.args(["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets"]);
    command.arg("--method").arg(format!("org.freedesktop.Secret.Service.{method}")).args(arguments).output().unwrap()
}

/// Locks the keychain, as a person does when leaving.
pub fn lock() {
    let ended = gdbus("Lock", &[&format!("['{COLLECTION}']")]);
    assert!(ended.status.success(), "{ended:?}");
}

/// Unlocks it again, as logging in does.
pub fn unlock() {
    let bus = zbus::blocking::Connection::session().unwrap();
    let (service, path) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
    let plain = ("plain", Value::from(""));
    let opened = bus.call_method(Some(service), path, Some("org.freedesktop.Secret.Service"), "OpenSession", &plain).unwrap();
    let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize().unwrap();
    let secret = (session, Vec::<u8>::new(), KEYCHAIN_PASSWORD.as_bytes(), "text/plain");
    let collection = ObjectPath::try_from(COLLECTION).unwrap();
    let internal = Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");
    bus.call_method(Some(service), path, internal, "UnlockWithMasterPassword", &(&collection, &secret)).unwrap();
}

/// Puts other text into an item, as another program could.
pub fn overwrite(user: &str, text: &str) {
    remove(user);
    let mut command = Command::new("secret-tool");
    command.args(["store", "--label=Keystead", "service", "Keystead", "username", user, "target", "default"]);
    feed(&mut command, text);
}

/// The text of an item; `None` when there is none.
pub fn look_up(user: &str) -> Option<String> {
    let ended = Command::new("secret-tool").args(["lookup", "service", "Keystead", "username", user]).output().unwrap();
    ended.status.success().then(|| String::from_utf8(ended.stdout).unwrap())
}

/// Removes an item.
pub fn remove(user: &str) {
    // It fails when there is nothing to remove.
    Command::new("secret-tool").args(["clear", "service", "Keystead", "username", user]).status().unwrap();
}

/// Removes every item of this program, as a person does who clears the keychain.
pub fn remove_all() {
    let ended = Command::new("secret-tool").args(["clear", "service", "Keystead"]).status().unwrap();
    assert!(ended.success());
}

/// The names of all items of this program.
pub fn list() -> Vec<String> {
    let ended = Command::new("secret-tool").args(["search", "--all", "service", "Keystead"]).output().unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let names = text.lines().filter_map(|line| line.strip_prefix("attribute.username = "));
    names.map(str::to_owned).collect()
}

/// The keychain says nothing while this lives.
pub struct Silence(String);

/// Stops the keychain in the middle of whatever it does, as a prompt does that nobody answers.
pub fn stop() -> Silence {
    let ended = Command::new("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus"])
        .args(["--method", "org.freedesktop.DBus.GetConnectionUnixProcessID", "org.freedesktop.secrets"])
        .output()
        .unwrap();
    let number = String::from_utf8(ended.stdout).unwrap();
    let number: String = number.trim_start_matches("(uint32").chars().filter(char::is_ascii_digit).collect();
    signal("STOP", &number);
    Silence(number)
}

impl Drop for Silence {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

/// Ends the keychain and starts another, as an update or a crash does.
pub fn restart() {
    let silence = stop();
    signal("KILL", &silence.0);
    std::mem::forget(silence);
    std::thread::sleep(std::time::Duration::from_millis(300));
    feed(Command::new("gnome-keyring-daemon").args(["--unlock", "--components=secrets"]), KEYCHAIN_PASSWORD);
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args(["-s", name, process]).status().unwrap().success());
}

fn feed(command: &mut Command, text: &str) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}
