//! Servers that are remembered: matched to keys, looked at by `check --probe`, forgotten.

use super::read;
use super::servers::{P256, certificate, tls_server};
use crate::shell::schema;
use crate::support::{Home, end_of};

fn check(home: &Home, options: &[&str], code: i32) -> serde_json::Value {
    let mut command = home.command(["check", "--json"]);
    command.args(options).env("SSL_CERT_FILE", home.path("root.pem"));
    let value = end_of(command).with(code).json();
    schema::check("check", &value);
    value
}

fn troubles(checked: &serde_json::Value) -> Vec<String> {
    let all = checked["alerts"].as_array().unwrap().iter();
    all.filter(|alert| alert["kind"] == "server-trouble").map(|alert| alert["sentence"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_server_is_matched_remembered_and_watched() {
    let home = Home::with_files();
    certificate(&home, "own", P256);
    certificate(&home, "other", P256);
    let key = home.path("own.key");
    home.open(["import", key.to_str().unwrap()]).done();
    let server = tls_server(&home, "own", &[]);
    let (address, port) = (server.address(), server.port);
    let look = |code| {
        let mut command = home.command(["probe", "--json", &address, "--passphrase-file"]);
        command.arg(home.path("passphrase")).env("SSL_CERT_FILE", home.path("root.pem"));
        read(&end_of(command).with(code))
    };
    let found = look(0);
    assert!(found[0]["keys"][0]["key"].as_str().is_some_and(|name| name.contains("own")), "{found:#}");
    assert_eq!(troubles(&check(&home, &["--probe"], 1)), [""; 0], "only the missing backup");

    // Another key in its place, under the same address.
    drop(server);
    let mut command = std::process::Command::new("openssl");
    command.args(["s_server", "-quiet", "-accept", &port.to_string(), "-key", "other.key", "-cert", "other.pem"]);
    command.current_dir(home.path(""));
    let replaced = super::servers::Server::start(command, port);
    let told = troubles(&check(&home, &["--probe"], 2));
    assert!(told.len() == 1 && told[0].contains("shows another key than it did"), "{told:?}");
    // What the timer saw is known without looking again.
    drop(replaced);
    assert_eq!(troubles(&check(&home, &[], 2)), told);
    let told = troubles(&check(&home, &["--probe"], 1));
    assert!(told.len() == 1 && told[0].contains("cannot be reached"), "{told:?}");

    home.open(["probe", "--forget", &address]).done();
    assert_eq!(troubles(&check(&home, &[], 1)), [""; 0]);
}

#[test]
fn without_a_passphrase_nothing_is_remembered() {
    let home = Home::with_files();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &[]);
    let before = std::fs::read(home.inventory().join("audit.ron")).unwrap();
    super::probe(&home, 1, [server.address().as_str()]);
    assert_eq!(std::fs::read(home.inventory().join("audit.ron")).unwrap(), before);
}
