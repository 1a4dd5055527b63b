//! The policy that comes with the program: with it everything works, and nothing else does.

use keystead::crypto;
use keystead::formats::request;
use keystead::model::{Algorithm, RequestProfile};
use keystead::network::bao::{BaoError, Capability, KeyType, NewTransitKey, Scheme, Server, TransitConfig};

use super::server::{Bao, authority_path, token};

const POLICY: &str = include_str!("../../../assets/openbao-policy.hcl");

fn prepared(test: &str) -> Option<Bao> {
    let bao = Bao::with_transit(test)?;
    bao.bao(["secrets", "enable", "-path=other", "transit"]);
    bao.bao(["secrets", "enable", "pki"]);
    bao.bao(["write", &authority_path("pki", "generate/internal"), "common_name=root.example", "ttl=700h"]);
    bao.bao(["write", "pki/roles/web", "allow_any_name=true", "max_ttl=600h", "key_type=any"]);
    Some(bao)
}

fn with_policy(bao: &Bao, text: &str) -> Server {
    bao.policy("keystead", text);
    let server = bao.server();
    server.log_in_with_token(token(&bao.token(&["keystead"], "1h"))).unwrap();
    server
}

const NEW: NewTransitKey = NewTransitKey { key_type: KeyType::EcdsaP256, exportable: true };

/// Everything that is asked of a server, one after the other; the first that is refused.
fn all(server: &Server, round: &str) -> Result<(), BaoError> {
    let transit = server.transit("transit");
    let (name, brought) = (format!("made-{round}"), format!("brought-{round}"));
    transit.create(&name, NEW)?;
    assert!(transit.list()?.contains(&name));
    let scheme = Scheme::of(Algorithm::EcdsaP256).unwrap();
    let signature = transit.sign(&name, Some(1), scheme, b"message")?;
    assert!(transit.verify(&name, 1, scheme, b"message", &signature)?);
    transit.hmac(&name, None, b"message")?;
    transit.rotate(&name, 1)?;
    transit.export(&name, KeyType::EcdsaP256, 2)?;
    let minimum = TransitConfig { min_decryption_version: Some(2), min_encryption_version: Some(2), deletion_allowed: None };
    transit.configure(&name, &minimum)?;
    transit.trim(&name, 2)?;
    let pair = crypto::generate(Algorithm::EcdsaP256).unwrap();
    transit.import(&brought, KeyType::EcdsaP256, false, &pair.private)?;
    let profile = RequestProfile {
        subject: "CN=www.shop.example".into(),
        dns: vec!["www.shop.example".into()],
        ..RequestProfile::default()
    };
    let der = request::build(&pair.public_key, &profile, |message| crypto::sign(&pair.private, Algorithm::EcdsaP256, message));
    let issued = server.pki("pki").sign("web", &der.unwrap_or_else(|_| panic!("no request")), None)?;
    server.pki("pki").chain()?;
    server.pki("pki").revoke(&issued.serial)?;
    transit.delete(&name)?;
    transit.delete(&brought)
}

#[test]
fn with_the_policy_all_works_and_nothing_beyond_it_does() {
    let Some(bao) = prepared("openbao_policy") else { return };
    let server = with_policy(&bao, POLICY);
    all(&server, "a").unwrap();
    server.renew().unwrap();

    let denied = |path: &str, capability| Err(BaoError::Denied { path: path.into(), capability });
    assert_eq!(server.transit("other").create("a", NEW).map(drop), denied("other/keys/a", Capability::Read));
    assert_eq!(server.transit("other").list().map(drop), denied("other/keys", Capability::List));
    let text = bao.token(&["keystead"], "1h");
    bao.bao(["write", "transit/keys/theirs", "type=aes256-gcm96"]);
    let authority = authority_path("pki", "generate/internal");
    for refused in [
        &["secrets", "list"][..],
        &["policy", "list"],
        &["write", "sys/policies/acl/keystead", "policy=x"],
        &["token", "create"],
        &["auth", "list"],
        &["secrets", "enable", "kv"],
        &["operator", "seal"],
        &["read", "sys/mounts"],
        &["read", "transit/backup/theirs"],
        &["write", "transit/keys/theirs/config", "exportable=true"],
        &["write", "transit/keys/theirs/config", "allow_plaintext_backup=true"],
        &["write", authority.as_str(), "common_name=x"],
        &["write", "pki/roles/all", "allow_any_name=true"],
        &["delete", "pki/root"],
        &["write", "-f", "transit/datakey/plaintext/theirs"],
        &["write", "transit/decrypt/theirs", "ciphertext=vault:v1:x"],
    ] {
        let (done, said) = bao.try_bao(&text, refused);
        assert!(!done && said.contains("permission denied"), "{refused:?}: {said}");
    }
    assert!(bao.bao(["status"]).contains("Sealed          false"));
}

/// Each path of the policy is needed, and its absence is told by the path and the capability that are missing.
#[test]
fn without_any_one_path_the_error_names_that_path_and_its_capability() {
    let Some(bao) = prepared("openbao_missing") else { return };
    for (round, (path, capability)) in [
        ("transit/keys/", Capability::List),
        ("transit/keys/+/rotate", Capability::Update),
        ("transit/keys/+/config", Capability::Update),
        ("transit/keys/+/trim", Capability::Update),
        ("transit/sign/+", Capability::Update),
        ("transit/verify/+", Capability::Update),
        ("transit/hmac/+", Capability::Update),
        ("transit/wrapping_key", Capability::Read),
        ("transit/keys/+/import", Capability::Update),
        ("transit/export/+/+/+", Capability::Read),
        ("pki/sign/+", Capability::Update),
        ("pki/revoke", Capability::Update),
    ]
    .into_iter()
    .enumerate()
    {
        let head = format!("path \"{path}\" {{\n");
        let (before, rest) = POLICY.split_once(&head).unwrap_or_else(|| panic!("{path} is not in the policy"));
        let (_, after) = rest.split_once("\n}\n").unwrap();
        let server = with_policy(&bao, &format!("{before}{after}"));
        let error = all(&server, &round.to_string()).unwrap_err();
        let BaoError::Denied { path: named, capability: missing } = &error else { panic!("{path}: {error}") };
        assert_eq!(*missing, capability, "{path}: {error}");
        let start = path.trim_end_matches('/').split('+').next().unwrap();
        assert!(named.starts_with(start), "{path}: {error}");
    }
    for (capability, word) in
        [(Capability::Update, "\"update\", "), (Capability::Read, "\"read\", "), (Capability::Delete, ", \"delete\"")]
    {
        let server = with_policy(&bao, &POLICY.replacen(word, "", 1));
        let error = all(&server, capability.word()).unwrap_err();
        assert!(
            matches!(&error, BaoError::Denied { path, capability: missing } if *missing == capability && path.starts_with("transit/keys/made")),
            "{error}"
        );
    }
}
