//! Every line of the command line's grammar, and the bad input that belongs to a shell.

#[cfg(unix)]
mod backups;
mod checking;
mod clocks;
mod dates;
mod discover;
mod ending;
mod grammar;
mod import;
mod inventory;
mod leaving;
#[cfg(target_os = "linux")]
mod leaving_badly;
#[cfg(unix)]
mod leaving_private;
mod looking;
mod names;
mod notices;
mod odd;
mod policies;
#[cfg(unix)]
mod recipients;
mod requests;
mod rotation;
pub mod schema;
#[cfg(unix)]
mod sealing;
#[cfg(unix)]
mod sheets;
mod signing;
#[cfg(target_os = "linux")]
mod stopping;
mod tracking;
mod turns;
#[cfg(unix)]
mod wrapping;

use serde_json::Value;

use crate::support::{Ended, Home};

/// Runs a command with the passphrase and `--json`, and holds what it printed to its schema.
#[track_caller]
fn facts<'a>(home: &Home, schema: &str, arguments: impl IntoIterator<Item = &'a str>) -> Value {
    checked(&home.open(arguments.into_iter().chain(["--json"])).done(), schema)
}

/// The same without any passphrase.
#[track_caller]
fn looked<'a>(home: &Home, schema: &str, arguments: impl IntoIterator<Item = &'a str>) -> Value {
    checked(&home.run(arguments.into_iter().chain(["--json"])).done(), schema)
}

#[track_caller]
fn checked(ended: &Ended, schema: &str) -> Value {
    let value = ended.json();
    schema::check(schema, &value);
    value
}

/// A home with an inventory of encrypted files, at an instant of a test's own.
fn home_at(instant: &str) -> Home {
    let home = Home::new();
    home.set_clock(instant);
    home.open(["init", "--store", "files"]).done();
    home
}

/// The names of an array of facts.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

/// Runs a tool of the system in the home; what it said on both outputs.
#[track_caller]
fn tool<'a>(home: &Home, name: &str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    let mut command = std::process::Command::new(name);
    home.at_home(&mut command);
    let output = command.args(arguments).current_dir(home.path("")).output().unwrap_or_else(|cause| panic!("{name}: {cause}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {said}");
    said
}

/// A path of the home as an argument.
fn place(home: &Home, name: &str) -> String {
    home.path(name).to_str().unwrap().to_owned()
}
