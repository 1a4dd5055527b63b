//! Certificates of OpenSSL: root, intermediate and leaf, attached, shown with their trust, and heeded where
//! they end before their key.

use serde_json::Value;

use crate::probe::servers::openssl;
use crate::shell::schema;
use crate::support::{Home, end_of};

/// A key `a` with a certificate of `root → middle`, for so many days, in `leaf.pem`.
fn issued(home: &Home, days: &str, extensions: &str) {
    home.open(["generate", "a", "--purpose", "tls-server"]).done();
    let csr = home.path("a.csr");
    home.open(["request", "a", "--subject", "CN=a.example", "--out", csr.to_str().unwrap()]).done();
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let root = ["req", "-x509", "-days", "900", "-subj", "/O=Tests/CN=Test root", "-keyout", "root.key", "-out", "root.pem"];
    openssl(home, root.into_iter().chain(ec));
    openssl(home, ["req", "-new", "-subj", "/CN=Middle", "-keyout", "middle.key", "-out", "middle.csr"].into_iter().chain(ec));
    let sign = |csr: &str, issuer: &str, days: &str, ext: &str, out: &str| {
        std::fs::write(home.path("ext"), ext).unwrap();
        let (ca, key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let by = ["x509", "-req", "-in", csr, "-CA", &ca, "-CAkey", &key, "-CAcreateserial"];
        openssl(home, by.into_iter().chain(["-days", days, "-extfile", "ext", "-out", out]));
    };
    sign("middle.csr", "root", "800", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign", "middle.pem");
    sign("a.csr", "middle", days, extensions, "leaf.pem");
    // The key's own certificate does not stand first here.
    let both = ["middle.pem", "leaf.pem"].map(|name| std::fs::read_to_string(home.path(name)).unwrap()).concat();
    std::fs::write(home.path("chain.pem"), both).unwrap();
}

const SERVER: &str = "basicConstraints=CA:FALSE\nsubjectAltName=DNS:a.example\nextendedKeyUsage=serverAuth";

fn attach(home: &Home, file: &str) {
    home.open(["attach", "a", home.path(file).to_str().unwrap()]).done();
}

/// What `show` tells of the certificate, on a system with this root, or on one of others.
fn shown(home: &Home, root: Option<&str>) -> Value {
    let mut command = home.command(["show", "a", "--json"]);
    // A stranger's root, so that no test stands on the roots of the machine.
    openssl(home, ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=Stranger", "-keyout", "s.key", "-out", "s.pem"]);
    command.env("SSL_CERT_FILE", home.path(root.unwrap_or("s.pem"))).env_remove("SSL_CERT_DIR");
    let value = end_of(command).done().json();
    schema::check("show", &value);
    value["versions"][0]["certificate"].clone()
}

#[test]
fn a_chain_is_kept_and_led_to_the_root_of_the_system() {
    let home = Home::with_files();
    issued(&home, "90", SERVER);
    attach(&home, "chain.pem");
    let found = shown(&home, Some("root.pem"));
    assert_eq!((&found["subject"], &found["trust"]), (&"CN=a.example".into(), &"trusted".into()), "{found:#}");
    assert_eq!(found["chain"], serde_json::json!(["CN=Middle"]));
    assert_eq!(found["root"], "CN=Test root,O=Tests");
    assert_eq!(found["trust_sentence"], "Trusted by this system: Test root.");
    let found = shown(&home, None);
    assert_eq!((&found["trust"], &found["root"]), (&"unknown-issuer".into(), &Value::Null), "{found:#}");
    // Without the certificate between nothing leads to the root.
    attach(&home, "leaf.pem");
    let found = shown(&home, Some("root.pem"));
    assert_eq!((&found["trust"], &found["chain"]), (&"unknown-issuer".into(), &serde_json::json!([])));
    // A system may trust it by itself.
    assert_eq!(shown(&home, Some("middle.pem"))["trust"], "trusted");
}

#[test]
fn a_chain_is_checked_whatever_the_certificate_is_meant_for() {
    for (extensions, trust) in [
        ("basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth", "trusted"),
        ("basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning", "trusted"),
        ("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=critical,emailProtection", "trusted"),
        ("basicConstraints=CA:TRUE\nkeyUsage=keyCertSign", "authority"),
    ] {
        let home = Home::with_files();
        issued(&home, "90", extensions);
        attach(&home, "chain.pem");
        let found = shown(&home, Some("root.pem"));
        assert_eq!(found["trust"], trust, "{extensions}");
        let sentence = found["trust_sentence"].as_str().unwrap();
        assert!(trust == "trusted" || sentence.starts_with("Not checked: "), "{sentence}");
    }
}

#[test]
fn a_certificate_that_ends_before_its_key_is_heeded_everywhere() {
    let home = Home::with_files();
    issued(&home, "20", SERVER);
    attach(&home, "chain.pem");
    let until = shown(&home, Some("root.pem"))["not_after"].as_str().unwrap().to_owned();
    let json = |arguments: &[&str]| home.run(arguments.iter().chain(&["--json"]).copied());
    // The column of the table.
    let listed = json(&["list"]).done().json();
    assert_eq!(listed.pointer("/0/expires").or(listed.pointer("/keys/0/expires")).unwrap(), &Value::from(until.as_str()));
    // The alert, which is of the certificate and not of the key.
    let alerts = json(&["alerts"]).json().to_string();
    assert!(alerts.contains("certificate-expiring"), "{alerts}");
    assert!(!alerts.contains("\"expiring\""), "{alerts}");
    // The forecast behind the timeline.
    let forecast = json(&["forecast"]).done().json();
    let weeks = forecast["weeks"].as_array().unwrap();
    let ends: u64 = weeks.iter().map(|week| week["certificate"].as_u64().unwrap()).sum();
    assert_eq!(ends, 1, "{forecast:#}");
    // The calendar.
    home.run(["calendar", "--out", home.path("keys.ics").to_str().unwrap()]).done();
    let calendar = std::fs::read_to_string(home.path("keys.ics")).unwrap();
    assert!(calendar.contains("certificate expires"), "{calendar}");
    let stamp: String = until.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
    assert!(calendar.contains(&stamp), "{stamp}: {calendar}");
}
