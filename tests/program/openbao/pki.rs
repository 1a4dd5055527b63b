//! Certificates by the PKI secrets engine, verified by OpenSSL.

use keystead::crypto;
use keystead::formats::{certificate, request};
use keystead::model::{Algorithm, Purpose, RequestProfile};
use keystead::network::bao::{BaoError, Capability, KeyType, NewTransitKey, Scheme};

use super::server::{Bao, authority_path, token};

fn profile(name: &str) -> RequestProfile {
    let (key_usage, extended_key_usage) = RequestProfile::usages_for(Purpose::TlsServer);
    RequestProfile {
        subject: format!("CN={name}"),
        dns: vec![name.into()],
        key_usage,
        extended_key_usage,
        ..RequestProfile::default()
    }
}

/// A root and an intermediate authority below it, as they are out there.
pub fn authorities(bao: &Bao) {
    bao.bao(["secrets", "enable", "-path=root", "pki"]);
    bao.bao(["secrets", "tune", "-max-lease-ttl=87600h", "root"]);
    bao.bao(["write", &authority_path("root", "generate/internal"), "common_name=root.example", "ttl=87600h", "key_type=ec"]);
    bao.bao(["secrets", "enable", "pki"]);
    bao.bao(["secrets", "tune", "-max-lease-ttl=43800h", "pki"]);
    let csr =
        bao.bao(["write", "-field=csr", "pki/intermediate/generate/internal", "common_name=issuing.example", "key_type=ec"]);
    let csr = format!("csr=@{}", bao.file("issuing.csr", csr));
    let signed = bao.bao([
        "write",
        "-field=certificate",
        &authority_path("root", "sign-intermediate"),
        &csr,
        "ttl=43800h",
        "format=pem_bundle",
    ]);
    let signed = format!("certificate=@{}", bao.file("issuing.pem", signed));
    bao.bao(["write", "pki/intermediate/set-signed", &signed]);
    bao.bao([
        "write",
        "pki/roles/web",
        "allowed_domains=shop.example",
        "allow_subdomains=true",
        "allow_bare_domains=true",
        "max_ttl=2160h",
        "key_type=any",
    ]);
}

#[test]
fn a_request_of_a_key_that_never_leaves_is_signed_by_a_role() {
    let Some(bao) = Bao::with_transit("openbao_pki") else { return };
    authorities(&bao);
    let server = bao.root();
    let transit = server.transit("transit");
    let key = transit.create("web", NewTransitKey { key_type: KeyType::EcdsaP256, exportable: false }).unwrap();
    let public_key = key.versions[0].public_key.clone().unwrap();
    let scheme = Scheme::of(Algorithm::EcdsaP256).unwrap();
    let made = request::build(&public_key, &profile("www.shop.example"), |message| transit.sign("web", Some(1), scheme, message));
    let der = made.unwrap_or_else(|_| panic!("no request"));
    bao.file("request.pem", request::to_pem(&der));
    assert!(bao.openssl("req -verify -noout -in request.pem").contains("verify OK"));

    let issued = server.pki("pki").sign("web", &der, Some(30)).unwrap();
    assert_eq!(issued.certificate.public_key, public_key);
    let facts = &issued.certificate.facts;
    let days = facts.not_after.seconds_since(facts.not_before) / 86_400;
    assert!((29..=31).contains(&days), "{days}");
    assert!(!facts.chain.is_empty());
    bao.file("leaf.pem", certificate::pem(&facts.der));
    bao.file("chain.pem", facts.chain.iter().map(|one| certificate::pem(&one.0)).collect::<String>());
    let root = bao.bao(["read", "-field=certificate", "root/cert/ca"]);
    bao.file("root.pem", root);
    let said = bao.openssl("verify -CAfile root.pem -untrusted chain.pem -verify_hostname www.shop.example leaf.pem");
    assert!(said.contains("leaf.pem: OK"), "{said}");

    let chain = server.pki("pki").chain().unwrap();
    assert_eq!(chain.first(), facts.chain.first(), "the one that issued it first");
    server.pki("pki").revoke(&issued.serial).unwrap();
    server.pki("pki").revoke(&issued.serial).unwrap();
    bao.file("list.pem", bao.bao(["read", "-field=certificate", "pki/cert/crl"]));
    let listed = bao.openssl("crl -in list.pem -noout -text");
    assert!(listed.contains(&issued.serial.replace(':', "").to_uppercase()), "{listed}");
}

#[test]
fn what_a_role_does_not_permit_is_told_in_the_servers_words() {
    let Some(bao) = Bao::start("openbao_roles") else { return };
    authorities(&bao);
    let server = bao.root();
    let pair = crypto::generate(Algorithm::Ed25519).unwrap();
    let build = |name: &str| {
        let made =
            request::build(&pair.public_key, &profile(name), |message| crypto::sign(&pair.private, Algorithm::Ed25519, message));
        made.unwrap_or_else(|_| panic!("no request"))
    };
    let error = server.pki("pki").sign("web", &build("www.other.example"), None).unwrap_err();
    assert!(matches!(&error, BaoError::Invalid(words) if words.contains("www.other.example")), "{error}");
    let error = server.pki("pki").sign("none", &build("www.shop.example"), None).unwrap_err();
    assert!(matches!(&error, BaoError::Invalid(words) if words.contains("none")), "{error}");
    let error = server.pki("nowhere").sign("web", &build("www.shop.example"), None).unwrap_err();
    assert_eq!(error, BaoError::NoMount { mount: "nowhere".into() });
    let error = server.pki("pki").sign("web", b"no request", None).unwrap_err();
    assert!(matches!(error, BaoError::Invalid(_)), "{error}");

    let other = bao.server();
    other.log_in_with_token(token(&bao.token(&["default"], "1h"))).unwrap();
    let error = other.pki("pki").sign("web", &build("www.shop.example"), None).unwrap_err();
    assert_eq!(error, BaoError::Denied { path: "pki/sign/web".into(), capability: Capability::Update });
}
