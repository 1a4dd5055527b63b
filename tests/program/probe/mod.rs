//! Looking at servers: real ones of OpenSSL and OpenSSH, and bad ones. Everything listens on loopback, and
//! ends with its test.

mod bad;
#[cfg(feature = "network")]
mod chains;
#[cfg(feature = "network")]
mod listed;
mod remembered;
pub mod servers;
mod ssh;
mod starttls;
mod tls;

use serde_json::Value;

use crate::shell::schema;
use crate::support::{Ended, Home, end_of};

/// Looks at servers; what was found of each, held to its schema.
#[track_caller]
fn probe<'a>(home: &Home, code: i32, arguments: impl IntoIterator<Item = &'a str>) -> Value {
    read(&home.run(["probe", "--json"].into_iter().chain(arguments)).with(code))
}

/// The same with these roots as the system's.
#[track_caller]
fn probe_with_root(home: &Home, code: i32, address: &str) -> Value {
    let mut command = home.command(["probe", "--json", address]);
    command.env("SSL_CERT_FILE", home.path("root.pem"));
    read(&end_of(command).with(code))
}

#[track_caller]
fn read(ended: &Ended) -> Value {
    let value = ended.json();
    schema::check("probe", &value);
    value
}

/// The only finding of the only server.
#[track_caller]
fn finding(value: &Value) -> (&str, &str) {
    let found = value[0]["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{value:#}");
    (found[0]["kind"].as_str().unwrap(), found[0]["sentence"].as_str().unwrap())
}
