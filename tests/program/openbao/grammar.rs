//! Each line of the grammar that is about key servers, as it is written, with its exit code and its JSON.

use serde_json::{Value, json};

use super::pki::authorities;
use super::server::{Bao, free_port};
use super::shell::Desk;
use crate::shell::schema;

/// What is read from where, by the option that asks for it.
const TOKEN: Option<(&str, &str)> = Some(("--token-fd", "token"));

/// Runs a line to its end and holds its JSON to a schema.
#[track_caller]
fn ends(desk: &Desk, line: &[&str], opener: Option<(&str, &str)>, code: i32, schema: &str) -> Value {
    let said = desk.run(&[line, &["--json"]].concat(), opener).with(code).json();
    schema::check(schema, &said);
    said
}

/// A machine and a person whom the server knows, both bound by the policy that is shipped.
fn people(desk: &Desk) -> String {
    let bao = &desk.bao;
    bao.policy("keystead", include_str!("../../../assets/openbao-policy.hcl"));
    bao.bao(["auth", "enable", "userpass"]);
    bao.bao(["write", "auth/userpass/users/mira", "password=long-and-odd", "policies=keystead"]);
    std::fs::write(desk.home.path("password"), "long-and-odd\n").unwrap();
    bao.bao(["auth", "enable", "approle"]);
    bao.bao(["write", "auth/approle/role/build", "token_policies=keystead"]);
    let secret = bao.bao(["write", "-f", "-field=secret_id", "auth/approle/role/build/secret-id"]);
    std::fs::write(desk.home.path("secret-id"), secret).unwrap();
    bao.bao(["read", "-field=role_id", "auth/approle/role/build/role-id"]).trim().to_owned()
}

#[test]
fn a_server_is_added_listed_opened_locked_and_removed() {
    let Some(bao) = Bao::with_tls("openbao_grammar_store") else { return };
    let desk = Desk::at(bao);
    let bao = &desk.bao;
    bao.bao(["namespace", "create", "eu"]);
    bao.bao(["secrets", "enable", "-namespace=eu", "-path=keys", "transit"]);
    bao.bao(["secrets", "enable", "transit"]);
    let role = people(&desk);
    let (up, down) = (bao.address.clone(), format!("https://127.0.0.1:{}", free_port()));
    let ca = bao.authority.as_ref().unwrap().to_str().unwrap().to_owned();
    let untrusted = desk.run(&["store", "add", "openbao", "team", "--address", &up], TOKEN).with(3);
    assert!(untrusted.stderr.contains("certificate"), "{}", untrusted.stderr);
    let whole = ["store", "add", "openbao", "team", "--address", &down, &up, "--namespace", "eu", "--mount", "keys", "--ca", &ca];
    ends(&desk, &whole, TOKEN, 0, "done");
    let by_role = ["store", "add", "openbao", "build", "--address", &up, "--ca", &ca, "--approle", &role];
    ends(&desk, &by_role, Some(("--secret-id-fd", "secret-id")), 0, "done");
    let by_name = ["store", "add", "openbao", "mira", "--address", &up, "--ca", &ca, "--userpass", "mira"];
    ends(&desk, &by_name, Some(("--password-fd", "password")), 0, "done");
    desk.run(&["store", "add", "openbao", "none"], TOKEN).with(2);
    desk.run(&[&by_name[..], &["--approle", &role]].concat(), TOKEN).with(2);
    desk.run(&by_name, Some(("--password-fd", "password"))).with(4);

    let listed = ends(&desk, &["store", "list"], None, 0, "store-list");
    let team = listed.as_array().unwrap().iter().find(|store| store["name"] == "team").unwrap();
    assert_eq!(team["server"], json!({ "addresses": [down, up], "namespace": "eu", "mount": "keys", "login": "token" }));
    ends(&desk, &["store", "login", "team"], TOKEN, 0, "done");
    ends(&desk, &["store", "login", "build"], Some(("--secret-id-fd", "secret-id")), 0, "done");
    ends(&desk, &["store", "login", "mira"], Some(("--password-fd", "password")), 0, "done");
    ends(&desk, &["store", "lock", "team"], None, 0, "done");

    let made = ends(&desk, &["generate", "signer", "--store", "team", "--algorithm", "p256"], TOKEN, 0, "generate");
    assert_eq!(made["keys"][0]["store"], "team");
    let there = desk.bao.bao(["list", "-format=json", "-namespace=eu", "keys/keys"]);
    assert_eq!(serde_json::from_str::<Vec<String>>(&there).unwrap().len(), 1);
    desk.run(&["store", "remove", "team"], None).with(4);
    ends(&desk, &["store", "remove", "build"], None, 0, "done");
    assert_eq!(ends(&desk, &["store", "list"], None, 0, "store-list").as_array().unwrap().len(), 3);
}

#[test]
fn keys_are_made_moved_certified_and_held_against_the_server() {
    let Some(desk) = Desk::new("openbao_grammar_keys") else { return };
    authorities(&desk.bao);
    let address = desk.bao.address.clone();
    ends(&desk, &["store", "add", "openbao", "team", "--address", &address], TOKEN, 0, "done");
    let web = ["generate", "web", "--store", "team", "--algorithm", "p256", "--purpose", "tls-server"];
    ends(&desk, &web, TOKEN, 0, "generate");
    desk.run(&["generate", "local", "--algorithm", "p256"], None).done();
    ends(&desk, &["move", "local", "--to", "team"], TOKEN, 0, "done");
    assert_eq!(desk.shown("local")["store"], "team");

    let request = ["request", "web", "--subject", "CN=shop.example", "--dns", "shop.example", "--out", &desk.place("web.csr")];
    ends(&desk, &request, TOKEN, 0, "done");
    let issued = ends(&desk, &["issue", "web", "--pki", "pki/web"], TOKEN, 0, "done");
    assert!(issued["notice"].as_str().unwrap().starts_with("Issued by team: serial number "), "{issued}");
    desk.run(&["issue", "web", "--pki", "pki/none"], TOKEN).with(3);

    let known = ends(&desk, &["reconcile", "team"], TOKEN, 0, "reconcile");
    assert_eq!(known[0]["as_known"], 2);
    assert_eq!(ends(&desk, &["reconcile"], TOKEN, 0, "reconcile").as_array().unwrap().len(), 2);
    desk.bao.bao(["write", "-f", "transit/keys/theirs", "type=ed25519"]);
    ends(&desk, &["reconcile", "team"], TOKEN, 1, "reconcile");
    let adopt = ["reconcile", "team", "--adopt", "theirs", "--name", "theirs", "--purpose", "code-signing"];
    ends(&desk, &adopt, TOKEN, 0, "done");
    ends(&desk, &["reconcile", "team"], TOKEN, 0, "reconcile");
    let locked = ends(&desk, &["reconcile", "team"], None, 3, "reconcile");
    assert!(locked[0]["trouble"].is_string(), "{locked}");
}
