//! Chains as servers send them: through authorities between, in the order in which they came, and none.

use std::time::Duration;

use keystead::custodian::NoProgress;
use keystead::custodian::probe::{ServerReport, probe};
use keystead::model::{Address, Protocol, Time, Watched};

use super::servers::{P256, certificate, openssl, tls_server};
use super::{finding, probe as look, probe_with_root};
use crate::support::Home;

/// `NAME.key` and `NAME.pem`, signed by `ISSUER.key`, an authority where `is_authority`.
fn signed(home: &Home, name: &str, issuer: &str, is_authority: bool) {
    let (key, request, pem) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
    let (issuer_pem, issuer_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
    let extensions = if is_authority {
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
    } else {
        "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n"
    };
    std::fs::write(home.path("extensions"), extensions).unwrap();
    openssl(home, ["genpkey"].into_iter().chain(P256.iter().copied()).chain(["-out", &key]));
    openssl(home, ["req", "-new", "-key", &key, "-subj", &format!("/CN={name}"), "-out", &request]);
    let sign = ["x509", "-req", "-in", &request, "-CA", &issuer_pem, "-CAkey", &issuer_key, "-CAcreateserial"];
    openssl(home, sign.into_iter().chain(["-days", "90", "-extfile", "extensions", "-out", &pem]));
}

/// A root, two authorities under it, and `leaf` under the second; `sent` holds these certificates in turn.
fn under_two(home: &Home, sent: &[&str]) {
    certificate(home, "unused", P256);
    signed(home, "upper", "root", true);
    signed(home, "lower", "upper", true);
    signed(home, "leaf", "lower", false);
    let text: String = sent.iter().map(|name| std::fs::read_to_string(home.path(&format!("{name}.pem"))).unwrap()).collect();
    std::fs::write(home.path("sent"), text).unwrap();
}

#[test]
fn a_chain_is_built_to_a_root_through_what_the_server_sends() {
    let home = Home::new();
    under_two(&home, &["lower", "upper"]);
    let server = tls_server(&home, "leaf", &["-cert_chain", "sent"]);
    let found = probe_with_root(&home, 0, &server.address());
    let certificate = &found[0]["keys"][0]["certificate"];
    assert_eq!((&certificate["trust"], &certificate["chain"]), (&"trusted".into(), &2.into()), "{found:#}");
}

#[test]
fn a_chain_with_a_gap_leads_nowhere() {
    let home = Home::new();
    under_two(&home, &["lower"]);
    let server = tls_server(&home, "leaf", &["-cert_chain", "sent"]);
    let found = probe_with_root(&home, 1, &server.address());
    assert_eq!(found[0]["keys"][0]["certificate"]["trust"], "unknown-issuer");
}

#[test]
fn a_chain_out_of_order_is_trusted_and_shown_as_it_came() {
    let home = Home::new();
    under_two(&home, &["upper", "root", "lower"]);
    let server = tls_server(&home, "leaf", &["-cert_chain", "sent"]);
    assert_eq!(probe_with_root(&home, 0, &server.address())[0]["keys"][0]["certificate"]["trust"], "trusted");
    let address = Address::parse(&server.address(), Protocol::Tls).unwrap();
    let now = Time::from(jiff::Timestamp::now());
    let mut seen = probe(&[address], Duration::from_secs(5), now, &NoProgress);
    let report = ServerReport::new(Watched::first(seen.remove(0)));
    let subjects: Vec<_> = report.chain.iter().map(|found| found.as_ref().unwrap().subject.clone()).collect();
    assert_eq!(subjects, ["CN=upper", "CN=Test root", "CN=lower"]);
    assert!(report.chain.iter().all(|found| found.as_ref().unwrap().authority));
}

#[test]
fn a_certificate_that_signed_itself_is_said() {
    let home = Home::new();
    certificate(&home, "other", P256);
    let itself = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"];
    let names =
        ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
    openssl(&home, itself.into_iter().chain(names).chain(["-keyout", "own.key", "-out", "own.pem"]));
    let server = tls_server(&home, "own", &[]);
    let found = look(&home, 1, [server.address().as_str()]);
    assert_eq!(finding(&found).0, "not-trusted");
    let trust = &found[0]["keys"][0]["certificate"]["trust"];
    assert!(trust == "self-signed" || trust == "no-roots", "{found:#}");
    // A certificate authority's own, as test servers often have, is one too.
    openssl(&home, itself.into_iter().chain(["-subj", "/CN=localhost", "-keyout", "ca.key", "-out", "ca.pem"]));
    let server = tls_server(&home, "ca", &[]);
    let found = look(&home, 1, [server.address().as_str()]);
    assert_eq!(found[0]["keys"][0]["certificate"]["trust"], *trust);
}
