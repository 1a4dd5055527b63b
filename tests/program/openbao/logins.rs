//! Ways to log in, how long a login lasts, and how it is lost.

use std::time::{Duration, Instant};

use keystead::network::bao::{BaoError, Capability, Connection, KeyType, Login, NewTransitKey, Server};
use keystead::secret::Passphrase;

use super::server::{Bao, connection, token};

const READS: &str = r#"path "transit/keys/+" { capabilities = ["read"] }"#;

#[test]
fn a_machine_logs_in_by_approle_and_a_person_by_userpass() {
    let Some(bao) = Bao::with_transit("openbao_logins") else { return };
    bao.policy("reads", READS);
    bao.bao(["auth", "enable", "approle"]);
    bao.bao(["write", "auth/approle/role/keystead", "token_policies=reads", "token_ttl=1h", "token_max_ttl=4h"]);
    let role = bao.bao(["read", "-field=role_id", "auth/approle/role/keystead/role-id"]);
    let secret = bao.bao(["write", "-field=secret_id", "-f", "auth/approle/role/keystead/secret-id"]);
    bao.bao(["auth", "enable", "-path=people", "userpass"]);
    bao.bao(["write", "auth/people/users/maria", "password=a long password", "token_policies=reads", "token_ttl=30m"]);

    let server = bao.server();
    let approle = |secret: &str| Login::AppRole { mount: "approle".into(), role: role.trim().into(), secret_id: token(secret) };
    let facts = server.log_in(approle(secret.trim())).unwrap();
    assert_eq!((&*facts.who, facts.renewable), ("approle", true));
    assert!(facts.policies.iter().any(|policy| &**policy == "reads"));
    let left = facts.end.unwrap().as_second() - jiff_now();
    assert!((3_500..=3_600).contains(&left), "{left}");
    assert!(matches!(server.transit("transit").read("none"), Err(BaoError::Absent { .. })));
    let error = server.log_in(approle("00000000-wrong")).unwrap_err();
    assert!(matches!(error, BaoError::LoginRefused { method: "AppRole", .. }), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    let person = |password: &str| Login::UserPass {
        mount: "people".into(),
        user: "maria".into(),
        password: Passphrase::new(password.into()),
    };
    assert_eq!(&*server.log_in(person("a long password")).unwrap().who, "people-maria");
    let before = server.requests();
    let error = server.log_in(person("another password")).unwrap_err();
    assert!(matches!(error, BaoError::LoginRefused { method: "userpass", .. }), "{error}");
    assert!(!error.to_string().contains("another"), "{error}");
    assert_eq!(server.requests() - before, 1, "a wrong password is never tried twice");
    let nobody = Login::UserPass { mount: "nowhere".into(), user: "maria".into(), password: Passphrase::new("x".into()) };
    assert!(server.log_in(nobody).is_err());
    let elsewhere = Login::UserPass { mount: "../sys".into(), user: "seal".into(), password: Passphrase::new("x".into()) };
    assert!(matches!(server.log_in(elsewhere), Err(BaoError::Invalid(_))), "a name leads nowhere else");
}

fn jiff_now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

#[test]
fn a_token_is_renewed_before_half_of_its_life() {
    let Some(bao) = Bao::with_transit("openbao_renew") else { return };
    bao.policy("reads", READS);
    let server = bao.server();
    let facts = server.log_in_with_token(token(&bao.token(&["reads"], "10s"))).unwrap();
    assert!(facts.renewable);
    let due = server.renewal_due_in().unwrap();
    assert!(due <= Duration::from_secs(5), "{due:?}");
    // It would have ended twice over.
    let until = Instant::now() + Duration::from_secs(22);
    while Instant::now() < until {
        assert!(matches!(server.transit("transit").read("none"), Err(BaoError::Absent { .. })));
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(server.token().unwrap().end.unwrap().as_second() > jiff_now());
    // A batch token, say, that cannot be renewed has its end all the same.
    let fixed = bao.bao(["token", "create", "-field=token", "-policy=reads", "-ttl=1h", "-renewable=false"]);
    let facts = server.log_in_with_token(token(fixed.trim())).unwrap();
    assert!(!facts.renewable && facts.end.is_some() && server.renewal_due_in().is_none());
    let facts = server.log_in_with_token(token(super::server::ROOT)).unwrap();
    assert!(facts.end.is_none(), "a root token does not end");
}

#[test]
fn an_expired_and_a_revoked_token_are_told_from_a_missing_capability() {
    let Some(bao) = Bao::with_transit("openbao_expired") else { return };
    bao.policy("reads", READS);
    let server = bao.server();
    server.log_in_with_token(token(&bao.token(&["reads"], "2s"))).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    // The first call tries to renew, in vain.
    assert_eq!(server.transit("transit").read("a"), Err(BaoError::TokenEnded));

    let text = bao.token(&["reads"], "1h");
    server.log_in_with_token(token(&text)).unwrap();
    let new = NewTransitKey { key_type: KeyType::Ed25519, exportable: false };
    let denied = server.transit("transit").create("a", new).unwrap_err();
    assert_eq!(denied, BaoError::Denied { path: "transit/keys/a".into(), capability: Capability::Update });
    assert!(denied.to_string().contains(r#"path "transit/keys/a" { capabilities = ["update"] }"#), "{denied}");
    bao.bao(["token", "revoke", &text]);
    assert_eq!(server.transit("transit").create("a", new), Err(BaoError::TokenEnded));

    let own = bao.token(&["reads"], "1h");
    server.log_in_with_token(token(&own)).unwrap();
    server.revoke_token().unwrap();
    assert_eq!(server.transit("transit").read("a"), Err(BaoError::LoggedOut));
    assert!(!bao.try_bao(&own, &["token", "lookup"]).0, "it has ended at the server");
    // Of a token that is typed anew nobody knows that it ever was one.
    for never_or_not_any_more in ["s.nonsense", &own, &text] {
        let error = server.log_in_with_token(token(never_or_not_any_more)).unwrap_err();
        assert_eq!(error, BaoError::UnknownToken);
        assert!(error.to_string().contains("does not know this token") && !error.to_string().contains(never_or_not_any_more));
    }
    assert!(server.token().is_none());
}

#[test]
fn a_token_that_may_not_ask_about_itself_works_and_its_refusals_say_both() {
    let Some(bao) = Bao::with_transit("openbao_silent") else { return };
    bao.policy("reads", &format!("{READS}\npath \"sys/capabilities-self\" {{ capabilities = [\"update\"] }}"));
    let text = bao.bao(["token", "create", "-field=token", "-policy=reads", "-no-default-policy", "-ttl=1h"]);
    let server = bao.server();
    server.log_in_with_token(token(text.trim())).unwrap();
    assert!(matches!(server.transit("transit").read("none"), Err(BaoError::Absent { .. })));
    let error = server.transit("transit").list().unwrap_err();
    assert_eq!(error, BaoError::Refused { path: "transit/keys".into(), capability: Capability::List });
}

#[test]
fn everything_lies_in_the_namespace_that_was_named() {
    let Some(bao) = Bao::start("openbao_namespace") else { return };
    bao.bao(["namespace", "create", "team"]);
    bao.bao(["secrets", "enable", "-namespace=team", "transit"]);
    let inside = Server::new(Connection { namespace: Some("team/".into()), ..connection(&[&bao.address]) }).unwrap();
    inside.log_in_with_token(token(super::server::ROOT)).unwrap();
    inside.transit("transit").create("a", NewTransitKey { key_type: KeyType::Ed25519, exportable: false }).unwrap();
    assert!(bao.bao(["list", "-namespace=team", "transit/keys"]).contains('a'));
    let outside = bao.root();
    let error = outside.transit("transit").read("a").unwrap_err();
    assert_eq!(error, BaoError::NoMount { mount: "transit".into() });
    assert!(error.to_string().contains("the namespace"), "{error}");
}

/// The server is its own provider of `OpenID` Connect, and leads back to a port of this machine. What Maria logs in there with.
pub fn provider(bao: &Bao, port: u16) -> String {
    let back = callback(port);
    bao.bao(["auth", "enable", "userpass"]);
    bao.bao(["write", "auth/userpass/users/maria", "password=a long password", "token_policies=default"]);
    let maria = bao.bao(["login", "-method=userpass", "-token-only", "username=maria", "password=a long password"]);
    bao.bao(["write", "identity/oidc/client/keystead", &format!("redirect_uris={back}"), "assignments=allow_all"]);
    let id = bao.bao(["read", "-field=client_id", "identity/oidc/client/keystead"]);
    let secret = bao.bao(["read", "-field=client_secret", "identity/oidc/client/keystead"]);
    bao.bao(["auth", "enable", "oidc"]);
    let discovery = format!("oidc_discovery_url={}/v1/identity/oidc/provider/default", bao.address);
    let (id, secret) = (format!("oidc_client_id={}", id.trim()), format!("oidc_client_secret={}", secret.trim()));
    bao.bao(["write", "auth/oidc/config", &discovery, &id, &secret, "default_role=people"]);
    let allowed = format!("allowed_redirect_uris={back}");
    bao.bao(["write", "auth/oidc/role/people", "user_claim=sub", &allowed, "token_policies=default,keystead", "token_ttl=1h"]);
    maria.trim().to_owned()
}

fn callback(port: u16) -> String {
    format!("http://localhost:{port}/oidc/callback")
}

fn curl(arguments: &[&str]) -> String {
    let ended =
        std::process::Command::new("curl").args(["-sS", "--noproxy", "*", "--max-time", "20"]).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

/// Does what a browser would in which Maria opens the page, and comes back.
pub fn opens(bao: &Bao, maria: &str, page: &str, port: u16) {
    let query = page.split_once('?').unwrap().1;
    let authorize = format!("{}/v1/identity/oidc/provider/default/authorize?{query}", bao.address);
    let said = curl(&["-H", &format!("X-Vault-Token: {maria}"), &authorize]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let (code, state) = (said["code"].as_str().unwrap(), said["state"].as_str().unwrap());
    assert!(curl(&["-o", "/dev/null", "-w", "%{http_code}", &format!("http://localhost:{port}/favicon.ico")]).contains("404"));
    assert!(curl(&[&format!("{}?code={code}&state={state}", callback(port))]).contains("close this page"));
}

#[test]
fn a_person_logs_in_in_the_browser() {
    let Some(bao) = Bao::start("openbao_oidc") else { return };
    let port = super::server::free_port();
    let (maria, back) = (provider(&bao, port), callback(port));
    let server = bao.server();
    let login = server.begin_browser_login("oidc", None, port).unwrap();
    assert!(matches!(server.begin_browser_login("oidc", None, port), Err(BaoError::LoginRefused { .. })), "its port is taken");
    let page = login.url().to_owned();
    let facts = std::thread::scope(|scope| {
        scope.spawn(|| opens(&bao, &maria, &page, port));
        login.finish(Duration::from_secs(40), &|| false).unwrap()
    });
    assert!(facts.who.starts_with("oidc-") && facts.end.is_some(), "{facts:?}");

    // A browser that comes back without a login, one with another's code, and none at all.
    for (query, words) in [("error=access_denied&state=x", "without a login"), ("code=abc&state=xyz", "does not take")] {
        let login = server.begin_browser_login("oidc", Some("people"), port).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| curl(&[&format!("{back}?{query}")]));
            let error = login.finish(Duration::from_secs(20), &|| false).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        });
    }
    let login = server.begin_browser_login("oidc", None, port).unwrap();
    assert!(matches!(login.finish(Duration::from_millis(200), &|| false), Err(BaoError::LoginRefused { .. })));
    let error = server.begin_browser_login("oidc", Some("nobody"), port).err().unwrap();
    assert!(matches!(error, BaoError::LoginRefused { .. }), "{error}");
    let login = server.begin_browser_login("oidc", None, port).unwrap();
    assert_eq!(login.finish(Duration::from_mins(5), &|| true), Err(BaoError::Cancelled), "nobody waits for it any more");
}
