//! Keys that their server lets go, and what else a server says of a key, or does not know of it.

use super::shell::Desk;
use crate::shell::schema;

/// A key that somebody made at the server, exportable or not, and that the inventory has now.
fn adopted(desk: &Desk, name: &str, exportable: bool) -> String {
    desk.bao.bao(["write", "-f", &format!("transit/keys/{name}"), "type=ecdsa-p256", &format!("exportable={exportable}")]);
    let adopt = ["reconcile", "team", "--adopt", name, "--name", name, "--purpose", "code-signing"];
    desk.open(&adopt).done().stderr
}

fn with_server(test: &str) -> Option<Desk> {
    let desk = Desk::new(test)?;
    desk.open(&["store", "add", "openbao", "team", "--address", &desk.bao.address]).done();
    Some(desk)
}

#[test]
fn a_key_that_its_server_lets_go_leaves_by_policy_and_any_other_stays() {
    let Some(desk) = with_server("openbao_leaving") else { return };
    let said = adopted(&desk, "loose", true);
    assert!(said.contains("team lets those read its private half"), "{said}");
    assert!(desk.shown("loose")["note"].as_str().unwrap().contains("copies of it may be anywhere"));
    assert!(!adopted(&desk, "fixed", false).contains("private half"));
    assert_eq!(desk.shown("fixed")["note"], "");
    let export = |key: &str, out: &str| {
        let out = desk.place(out);
        let arguments = ["export", key, "--private", "--format", "pkcs8-plain", "--confirm", key, "--to", "vault", "--out", &out];
        desk.open(&arguments)
    };
    let forbidden = export("loose", "loose.pem").with(4);
    assert!(forbidden.stderr.contains("The policy of loose keeps its private half"), "{}", forbidden.stderr);
    for key in ["loose", "fixed"] {
        desk.run(&["policy", "set", "--key", key, "exportable=yes"], None).done();
    }
    export("loose", "loose.pem").done();
    let exported = desk.openssl(&["pkey", "-in", "loose.pem", "-pubout"]);
    assert_eq!(exported.trim(), desk.shown("loose")["versions"][0]["public_key_pem"].as_str().unwrap().trim());
    let given = desk.shown("loose")["hand_overs"].to_string();
    assert!(given.contains("vault") && given.contains("pkcs8-plain"), "{given}");
    let stays = export("fixed", "fixed.pem").with(4);
    assert!(stays.stderr.contains("The private half of fixed stays in team"), "{}", stays.stderr);
    assert!(!desk.home.path("fixed.pem").exists());

    desk.open(&["move", "loose", "--to", "Encrypted files"]).done();
    assert_eq!(desk.shown("loose")["store"], "Encrypted files");
    assert!(!desk.bao.bao(["list", "transit/keys"]).contains("loose"), "and it is not at the server any more");
    desk.open(&["move", "fixed", "--to", "Encrypted files"]).with(4);
}

#[test]
fn what_is_made_at_or_moved_to_a_server_never_leaves_it_whatever_the_policy_says() {
    let Some(desk) = with_server("openbao_never_exportable") else { return };
    desk.run(&["policy", "set", "code-signing", "exportable=yes"], None).done();
    desk.open(&["generate", "made", "--algorithm", "p256", "--purpose", "code-signing", "--store", "team"]).done();
    desk.run(&["generate", "moved", "--algorithm", "p256", "--purpose", "code-signing"], None).done();
    desk.open(&["move", "moved", "--to", "team"]).done();
    let names: Vec<String> = serde_json::from_str(&desk.bao.bao(["list", "-format=json", "transit/keys"])).unwrap();
    // Beside them stands the folder of the engine's own key for imports.
    let names: Vec<String> = names.into_iter().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(names.len(), 2);
    for name in names {
        assert_eq!(desk.bao.bao(["read", "-field=exportable", &format!("transit/keys/{name}")]).trim(), "false", "{name}");
    }
}

#[test]
fn a_reconciliation_tells_what_the_server_says_of_keys_and_what_it_does_not_know() {
    let Some(desk) = with_server("openbao_at_engine") else { return };
    adopted(&desk, "plain", false);
    adopted(&desk, "loose", true);
    adopted(&desk, "marked", false);
    desk.bao.bao(["write", "transit/keys/loose/config", "deletion_allowed=true"]);
    desk.bao.bao(["delete", "transit/keys/marked/soft-delete"]);
    desk.run(&["suspend", "plain", "--reason", "on leave"], None).done();
    let ended = desk.open(&["reconcile", "team", "--json"]).done();
    let found = ended.json();
    schema::check("reconcile", &found);
    let says = |name: &str| {
        let all = found[0]["at_engine"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == name)?;
        Some(["may_leave", "may_be_deleted", "marked_deleted"].map(|fact| one[fact].as_bool().unwrap()))
    };
    assert_eq!(says("loose"), Some([true, true, false]));
    assert_eq!(says("marked"), Some([false, false, true]));
    assert_eq!(says("plain"), None);
    // The marked one is suspended here for it, which its server enforces.
    let enforced = found[0]["enforced_here"].as_array().unwrap();
    assert_eq!(enforced.len(), 1, "{found}");
    assert_eq!((&enforced[0]["name"], &enforced[0]["state"]), (&"plain".into(), &"suspended".into()));
    let listed = desk.run(&["store", "list", "--json"], None).done().json();
    schema::check("store-list", &listed);
    let counts: Vec<_> = listed.as_array().unwrap().iter().map(|store| (&store["home"], &store["enforced_here"])).collect();
    assert_eq!(counts, [(&true.into(), &0.into()), (&false.into(), &1.into())]);
    let told = desk.run(&["store", "list"], None).done().stderr;
    assert!(told.contains("team does not know the state of 1 key that must not be used: it is enforced only here."), "{told}");
    let said = desk.open(&["reconcile", "team"]).done().stderr;
    for sentence in [
        "Version 1 of plain is suspended. team does not know that: it is enforced only here.",
        "team lets those read the private half of loose whom its policies permit that.",
        "team lets loose be deleted with all its versions.",
        "marked is marked as deleted at team",
    ] {
        assert!(said.contains(sentence), "{said}");
    }
    // Enforced it is.
    let refused = desk.open(&["request", "plain", "--subject", "CN=a.example", "--out", &desk.place("a.csr")]).with(4);
    assert!(refused.stderr.contains("suspended"), "{}", refused.stderr);
}
