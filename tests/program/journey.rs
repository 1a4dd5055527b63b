//! The main job from a shell, as the README tells it: an inventory, a key, its public half, a request,
//! the certificate that comes back, and what the log says of it.

use std::process::Command;

use crate::support::{Home, end_of};

fn openssl(home: &Home, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    home.at_home(&mut command);
    command.args(arguments);
    let ended = end_of(command).done();
    ended.text() + &ended.stderr
}

#[test]
fn a_key_is_made_requested_certified_and_looked_back_at() {
    let home = Home::with_files();
    home.open(["generate", "shop.example.com", "--purpose", "tls-server", "--tag", "prod", "--owner", "Mira"]).done();

    let listed = home.run(["list", "tag:prod", "--json"]).done().json();
    assert_eq!(listed[0]["name"], "shop.example.com");
    assert_eq!(listed[0]["state"], "active");

    let (request, public, certificate) = (home.path("shop.csr"), home.path("shop.pem"), home.path("shop.crt"));
    let [request, public, certificate] = [&request, &public, &certificate].map(|path| path.to_str().unwrap());
    home.open(["request", "shop.example.com", "--subject", "CN=shop.example.com", "--dns", "shop.example.com", "--out", request])
        .done();
    assert!(openssl(&home, &["req", "-in", request, "-verify", "-noout"]).contains("verify OK"));
    home.open(["export", "shop.example.com", "--format", "spki-pem", "--to", "edge-eu-1", "--out", public]).done();
    openssl(&home, &["pkey", "-pubin", "-in", public, "-noout"]);

    let ca = home.path("ca.key");
    let ca = ca.to_str().unwrap();
    openssl(&home, &["genpkey", "-algorithm", "ED25519", "-out", ca]);
    let root = home.path("ca.crt");
    let root = root.to_str().unwrap();
    openssl(&home, &["req", "-x509", "-key", ca, "-subj", "/CN=Test CA", "-days", "30", "-out", root]);
    openssl(
        &home,
        &["x509", "-req", "-in", request, "-CA", root, "-CAkey", ca, "-days", "20", "-set_serial", "7", "-out", certificate],
    );
    home.open(["attach", "shop.example.com", certificate]).done();

    // The certificate ends first, within the warning time of the purpose.
    let alerts = home.run(["alerts", "--json"]).with(1).json();
    let kinds: Vec<_> = alerts.as_array().unwrap().iter().map(|alert| alert["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"certificate-expiring"), "{kinds:?}");
    assert_eq!(home.run(["handover", "list", "edge-eu-1", "--json"]).done().json()[0]["format"], "spki-pem");
    assert!(home.open(["audit", "verify"]).done().text().contains("whole"));
}
