//! A key server from a shell, from its addition to its removal, with `openssl`, `ssh` and the server's own command as judges.

use std::fs::File;
use std::process::Command;

use super::pki::authorities;
use super::server::{Bao, ROOT};
use crate::agent::clients::{login, sshd};
use crate::agent::{Served, public};
use crate::shell::schema;
use crate::support::{Ended, Home, end_of, has};

/// A home with an inventory of encrypted files, and a server.
pub(super) struct Desk {
    pub(super) home: Home,
    pub(super) bao: Bao,
}

impl Desk {
    /// `None` where there is no server to be had.
    pub(super) fn new(test: &str) -> Option<Self> {
        Bao::with_transit(test).map(Self::at)
    }

    /// At a server that is there.
    pub(super) fn at(bao: Bao) -> Self {
        let home = Home::with_files();
        std::fs::write(home.path("token"), format!("{ROOT}\n")).unwrap();
        Self { home, bao }
    }

    /// With the server added.
    fn added(test: &str) -> Option<Self> {
        let desk = Self::new(test)?;
        desk.open(&["store", "add", "openbao", "team", "--address", &desk.bao.address]).done();
        Some(desk)
    }

    /// Runs the program with the passphrase and what an option reads from a file, if any.
    pub(super) fn run(&self, arguments: &[&str], opener: Option<(&str, &str)>) -> Ended {
        let mut command = self.home.command(arguments);
        command.arg("--passphrase-file").arg(self.home.path("passphrase"));
        if let Some((option, file)) = opener {
            command.args([option, "0"]).stdin(File::open(self.home.path(file)).unwrap());
        }
        end_of(command)
    }

    pub(super) fn open(&self, arguments: &[&str]) -> Ended {
        self.run(arguments, Some(("--token-fd", "token")))
    }

    pub(super) fn place(&self, name: &str) -> String {
        self.home.path(name).to_str().unwrap().to_owned()
    }

    pub(super) fn shown(&self, key: &str) -> serde_json::Value {
        self.run(&["show", key, "--json"], None).done().json()
    }

    /// How the server is listed.
    pub(super) fn listed(&self) -> serde_json::Value {
        let stores = self.run(&["store", "list", "--json"], None).done().json();
        schema::check("store-list", &stores);
        stores.as_array().unwrap().iter().find(|store| store["name"] == "team").unwrap().clone()
    }

    pub(super) fn openssl(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.home.path(""));
        let ended = end_of(command);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}{}", ended.text(), ended.stderr);
        ended.text() + &ended.stderr
    }

    /// A request of a key, which `openssl` accepts.
    fn requests(&self, key: &str) {
        let csr = self.place(&format!("{key}.csr"));
        self.open(&["request", key, "--subject", "CN=a.example", "--replace", "--out", &csr]).done();
        let said = self.openssl(&["req", "-in", &csr, "-verify", "-noout"]);
        assert!(said.contains("verify OK"), "{key}: {said}");
    }

    /// The only key at the server.
    fn only_key(&self) -> String {
        let listed = self.bao.bao(["list", "-format=json", "transit/keys"]);
        let names: Vec<String> = serde_json::from_str(&listed).unwrap();
        assert_eq!(names.len(), 1, "{listed}");
        names[0].clone()
    }
}

#[test]
fn keys_of_a_server_live_from_making_to_destruction() {
    let Some(desk) = Desk::added("openbao_shell_life") else { return };
    let algorithms = ["p256", "p384", "p521", "rsa2048", "ed25519"];
    for algorithm in algorithms {
        let made = desk.open(&["generate", algorithm, "--algorithm", algorithm, "--store", "team", "--json"]).done().json();
        schema::check("generate", &made);
        assert_eq!(made["keys"][0]["store"], "team");
        desk.requests(algorithm);
    }
    let listed = desk.bao.bao(["list", "-format=json", "transit/keys"]);
    assert!(algorithms.iter().all(|name| !listed.contains(name)), "no name of a key goes to the server: {listed}");
    assert_eq!(desk.listed()["keys"], 5);
    let refused = desk.open(&["store", "remove", "team"]).with(4);
    assert!(refused.stderr.contains("There are 5 keys in team whose private half lies there"), "{}", refused.stderr);
    desk.run(&["policy", "set", "--key", "p256", "exportable=yes"], None).done();
    let out = desk.place("out");
    let arguments = ["export", "p256", "--private", "--format", "pkcs8-plain", "--confirm", "p256", "--out", &out];
    let refused = desk.open(&arguments).with(4);
    assert!(refused.stderr.contains("The private half of p256 stays in team"), "{}", refused.stderr);
    for algorithm in algorithms {
        desk.open(&["destroy", algorithm, "--now", "--confirm", algorithm]).done();
    }
    assert!(!desk.bao.try_bao(ROOT, &["list", "transit/keys"]).0, "nothing is left there");
    desk.open(&["store", "remove", "team"]).done();
    desk.run(&["audit", "verify"], None).done();
}

#[test]
fn a_rotation_is_one_of_the_server_and_its_number_is_on_record() {
    let Some(desk) = Desk::added("openbao_shell_rotate") else { return };
    desk.open(&["generate", "signer", "--algorithm", "p256", "--store", "team", "--purpose", "tls-server"]).done();
    desk.open(&["rotate", "signer"]).done();
    let shown = desk.shown("signer");
    assert_eq!(shown["versions"].as_array().unwrap().len(), 2, "{shown}");
    let name = desk.only_key();
    let read = desk.bao.bao(["read", "-format=json", &format!("transit/keys/{name}")]);
    let read: serde_json::Value = serde_json::from_str(&read).unwrap();
    assert_eq!(read["data"]["latest_version"], 2);
    desk.requests("signer");
    let log = std::fs::read_to_string(desk.home.inventory().join("audit.ron")).unwrap();
    assert!(log.contains(&format!("{name}@2")), "the intent names what is about to be made");
    // The newest version ends with the whole key, which is on record nowhere as destroyed.
    let refused = desk.open(&["reconcile", "team"]).done();
    assert!(refused.stderr.contains("2 versions are as the log knows them"), "{}", refused.stderr);
    desk.open(&["destroy", "signer", "--now", "--confirm", "signer"]).done();
    assert!(!desk.bao.try_bao(ROOT, &["list", "transit/keys"]).0);
}

#[test]
fn a_rotation_made_at_the_server_is_taken_up_and_nothing_returned_is_no_destruction() {
    let Some(desk) = Desk::added("openbao_shell_reconcile") else { return };
    desk.open(&["generate", "signer", "--algorithm", "p256", "--store", "team", "--purpose", "tls-server"]).done();
    let name = desk.only_key();
    desk.bao.bao(["write", "-f", &format!("transit/keys/{name}/rotate")]);
    desk.bao.bao(["write", "-f", "transit/keys/theirs", "type=ed25519"]);
    let found = desk.open(&["reconcile", "team", "--json"]).with(1).json();
    schema::check("reconcile", &found);
    let taken = &found[0]["taken_up"][0];
    assert_eq!((&taken["name"], &taken["version"], &taken["object"]), (&"signer".into(), &2.into(), &format!("{name}@2").into()));
    assert_eq!(found[0]["unknown"][0]["object"], "theirs");
    assert_eq!(found[0]["unknown"].as_array().unwrap().len(), 1);
    assert_eq!(desk.shown("signer")["versions"].as_array().unwrap().len(), 2);
    desk.requests("signer");
    // Once is enough; and what is rotated here next is the server's third.
    let again = desk.open(&["reconcile", "team", "--json"]).with(1).json();
    assert_eq!(again[0]["taken_up"].as_array().unwrap().len(), 0, "{again}");
    desk.open(&["rotate", "signer"]).done();
    assert_eq!(desk.shown("signer")["versions"].as_array().unwrap().len(), 3);
    let adopt = ["reconcile", "team", "--adopt", "theirs", "--name", "theirs", "--purpose", "code-signing"];
    desk.open(&adopt).done();
    desk.requests("theirs");
    desk.open(&["reconcile", "team"]).done();
    // Somebody deletes it at the server.
    desk.bao.bao(["write", "transit/keys/theirs/config", "deletion_allowed=true"]);
    desk.bao.bao(["delete", "transit/keys/theirs"]);
    let found = desk.open(&["reconcile", "team", "--json"]).with(1).json();
    assert_eq!((&found[0]["missing"][0]["name"], &found[0]["missing"][0]["found"]), (&"theirs".into(), &"nothing".into()));
    assert_eq!(desk.shown("theirs")["state"], "active");
    desk.run(&["audit", "verify"], None).done();
}

#[test]
fn a_key_whose_first_version_is_gone_at_the_server_is_no_stranger() {
    let Some(desk) = Desk::added("openbao_shell_trimmed") else { return };
    let younger = ["min_decryption_version=2", "min_encryption_version=2"];
    desk.bao.bao(["write", "-f", "transit/keys/theirs", "type=ecdsa-p256"]);
    desk.bao.bao(["write", "-f", "transit/keys/theirs/rotate"]);
    desk.bao.bao(["write", "transit/keys/theirs/config", younger[0], younger[1]]);
    desk.bao.bao(["write", "transit/keys/theirs/trim", "min_available_version=2"]);
    let adopt = ["reconcile", "team", "--adopt", "theirs", "--name", "theirs", "--purpose", "code-signing"];
    desk.open(&adopt).done();
    assert_eq!(desk.shown("theirs")["versions"].as_array().unwrap().len(), 1);
    let again = ["reconcile", "team", "--adopt", "theirs", "--name", "twice", "--purpose", "code-signing"];
    let refused = desk.open(&again).with(2);
    assert!(refused.stderr.contains("That is theirs already"), "{}", refused.stderr);
    let found = desk.open(&["reconcile", "team", "--json"]).done().json();
    assert_eq!((&found[0]["unknown"], &found[0]["as_known"]), (&serde_json::json!([]), &1.into()), "{found}");
    desk.requests("theirs");
    // One that is there and signs no more does not stand for its key either.
    desk.bao.bao(["write", "-f", "transit/keys/held", "type=ed25519"]);
    desk.bao.bao(["write", "-f", "transit/keys/held/rotate"]);
    desk.bao.bao(["write", "transit/keys/held/config", younger[1]]);
    desk.open(&["reconcile", "team", "--adopt", "held", "--name", "held", "--purpose", "code-signing"]).done();
    desk.requests("held");
}

#[test]
fn what_the_server_holds_back_is_suspended_here_and_stays_known() {
    let Some(desk) = Desk::added("openbao_shell_held_back") else { return };
    desk.open(&["generate", "signer", "--algorithm", "p256", "--store", "team", "--purpose", "tls-server"]).done();
    desk.open(&["rotate", "signer"]).done();
    let config = format!("transit/keys/{}/config", desk.only_key());
    desk.bao.bao(["write", &config, "min_encryption_version=2"]);
    let found = desk.open(&["reconcile", "team", "--json"]).done().json();
    schema::check("reconcile", &found);
    let held = &found[0]["held_back"][0];
    assert_eq!((&held["version"], &held["wholly"], &held["suspended"]), (&1.into(), &false.into(), &true.into()), "{found}");
    assert_eq!(found[0]["held_back"].as_array().unwrap().len(), 1);
    let states = || {
        let shown = desk.shown("signer");
        let of = |version: &serde_json::Value| version["state"].as_str().unwrap().to_owned();
        let mut states: Vec<_> = shown["versions"].as_array().unwrap().iter().map(of).collect();
        states.sort();
        states
    };
    assert_eq!(states(), ["active", "suspended"]);
    // Below this minimum the server tells nothing of a version: it is there all the same.
    desk.bao.bao(["write", &config, "min_decryption_version=2"]);
    let found = desk.open(&["reconcile", "team", "--json"]).done().json();
    let held = &found[0]["held_back"][0];
    assert_eq!((&held["wholly"], &held["suspended"]), (&true.into(), &false.into()), "{found}");
    assert_eq!((&found[0]["as_known"], found[0]["missing"].as_array().unwrap().len()), (&2.into(), 0), "{found}");
    desk.requests("signer");
    desk.bao.bao(["write", &config, "min_decryption_version=1", "min_encryption_version=0"]);
    let found = desk.open(&["reconcile", "team", "--json"]).done().json();
    assert_eq!(found[0]["held_back"].as_array().unwrap().len(), 0);
    assert_eq!(states(), ["active", "suspended"], "a person resumes it");
    desk.run(&["audit", "verify"], None).done();
}

#[test]
fn a_key_is_moved_to_the_server_and_its_old_copy_goes() {
    let Some(desk) = Desk::added("openbao_shell_move") else { return };
    let secrets = || std::fs::read_dir(desk.home.inventory().join("secrets")).unwrap().count();
    for algorithm in ["p256", "rsa2048", "ed25519"] {
        desk.run(&["generate", algorithm, "--algorithm", algorithm], None).done();
        let before = secrets();
        let said = desk.open(&["move", algorithm, "--to", "team"]).done().text();
        assert!(said.contains("It existed outside of it before"), "{said}");
        assert_eq!(secrets(), before - 1);
        desk.requests(algorithm);
        assert_eq!(desk.shown(algorithm)["store"], "team");
    }
    let back = desk.open(&["move", "p256", "--to", "Encrypted files"]).with(4);
    assert!(back.stderr.contains("p256 cannot be moved to Encrypted files: it does not leave team"), "{}", back.stderr);
}

#[test]
fn ssh_logs_in_with_a_key_that_never_leaves_the_server() {
    let Some(desk) = Desk::added("openbao_shell_ssh") else { return };
    if !has("ssh") {
        return;
    }
    for algorithm in ["p256", "rsa2048", "ed25519"] {
        desk.open(&["generate", algorithm, "--purpose", "ssh", "--algorithm", algorithm, "--store", "team"]).done();
        desk.run(&["agent", "set", algorithm], None).done();
        public(&desk.home, algorithm);
    }
    let agent = Served::start_with(&desk.home, &["--token-fd", "0"], |command| {
        command.stdin(File::open(desk.home.path("token")).unwrap());
    });
    for algorithm in ["p256", "rsa2048", "ed25519"] {
        let server = sshd(&desk.home, &std::fs::read_to_string(desk.home.path(&format!("{algorithm}.pub"))).unwrap());
        let _ = std::fs::remove_file(desk.home.path("known_hosts"));
        let said = login(&desk.home, &agent, server.port);
        assert_eq!(said.text().trim(), "logged in", "{algorithm}: {} {}", said.stderr, agent.said());
        let _ = std::fs::remove_file(desk.home.path("host"));
    }
}

#[test]
fn a_certificate_is_issued_by_a_role_and_attached_with_its_chain() {
    let Some(desk) = Desk::added("openbao_shell_issue") else { return };
    authorities(&desk.bao);
    desk.open(&["generate", "web", "--algorithm", "p256", "--store", "team", "--purpose", "tls-server"]).done();
    let issue = ["issue", "web", "--pki", "pki/web", "--subject", "CN=www.shop.example", "--dns", "www.shop.example"];
    desk.open(&[&issue[..], &["--days", "30"]].concat()).done();
    let certificate = &desk.shown("web")["versions"][0]["certificate"];
    assert!(certificate.to_string().contains("www.shop.example"), "{certificate}");
    assert_eq!(certificate["chain"].as_array().unwrap().len(), 2, "the issuing authority and the root above it: {certificate}");
    let day = |which: &str| certificate[which].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let hours = day("not_after").duration_since(day("not_before")).as_hours();
    assert!((30 * 24..=31 * 24).contains(&hours), "30 days were asked for: {certificate}");
    let refused = desk.open(&["issue", "web", "--pki", "pki/web", "--subject", "CN=a.example", "--dns", "a.example"]).with(3);
    assert!(refused.stderr.contains("a.example"), "{}", refused.stderr);
    desk.open(&["issue", "web", "--pki", "web"]).with(2);
    // A key that lies elsewhere is certified there, too.
    desk.run(&["generate", "local", "--algorithm", "ed25519", "--purpose", "tls-server"], None).done();
    let issue = ["issue", "local", "--pki", "pki/web", "--subject", "CN=shop.example", "--dns", "shop.example"];
    desk.open(&issue).done();
}

#[test]
fn what_opens_a_server_is_asked_for_and_sent_once() {
    let Some(desk) = Desk::new("openbao_shell_logins") else { return };
    let address = desk.bao.address.clone();
    let add = ["store", "add", "openbao", "team", "--address", &address];
    let none = desk.run(&add, None).with(3);
    assert!(none.stderr.contains("team needs its token. Give it with --token-fd N"), "{}", none.stderr);
    std::fs::write(desk.home.path("wrong"), "s.wrong").unwrap();
    desk.run(&add, Some(("--token-fd", "wrong"))).with(3);
    assert_eq!(desk.run(&["store", "list", "--json"], None).done().json().as_array().unwrap().len(), 1, "nothing was added");
    desk.bao.bao(["auth", "enable", "userpass"]);
    // Who gives two wrong passwords is locked out for the time being.
    desk.bao.bao(["auth", "tune", "-user-lockout-threshold=2", "userpass/"]);
    desk.bao.policy("keystead", include_str!("../../../assets/openbao-policy.hcl"));
    desk.bao.bao(["write", "auth/userpass/users/mira", "password=long-and-odd", "policies=keystead"]);
    std::fs::write(desk.home.path("password"), "long-and-odd\n").unwrap();
    let by_name = Some(("--password-fd", "password"));
    let add_by_name = [&add[..], &["--userpass", "mira"]].concat();
    desk.run(&add_by_name, Some(("--password-fd", "wrong"))).with(3);
    // Sent twice, the wrong one would have locked her out.
    desk.run(&add_by_name, by_name).done();
    desk.run(&["generate", "a", "--algorithm", "p256", "--store", "team"], by_name).done();
    let said = desk.run(&["store", "login", "team"], by_name).done().text();
    assert!(said.contains("Logged in to team as ") && said.contains("It holds 1 key."), "{said}");
    let listed = desk.listed();
    assert_eq!((&listed["state"], &listed["server"]["login"]), (&"locked".into(), &"userpass".into()));
    let log = std::fs::read_to_string(desk.home.inventory().join("audit.ron")).unwrap();
    assert!(!log.contains("long-and-odd"));
    desk.bao.bao(["auth", "enable", "approle"]);
    desk.bao.bao(["write", "auth/approle/role/build", "token_policies=keystead"]);
    let role = desk.bao.bao(["read", "-field=role_id", "auth/approle/role/build/role-id"]);
    let secret = desk.bao.bao(["write", "-f", "-field=secret_id", "auth/approle/role/build/secret-id"]);
    std::fs::write(desk.home.path("secret-id"), secret).unwrap();
    let arguments = ["store", "add", "openbao", "build", "--address", &address, "--approle", role.trim()];
    desk.run(&arguments, Some(("--secret-id-fd", "secret-id"))).done();
}

#[test]
fn a_dead_server_keeps_nothing_waiting_and_is_said_to_be_away() {
    let Some(desk) = Desk::added("openbao_shell_away") else { return };
    desk.open(&["generate", "far", "--algorithm", "p256", "--store", "team"]).done();
    let Desk { home, bao } = desk;
    let place = bao.address.trim_start_matches("http://").to_owned();
    drop(bao);
    // Whoever called there would be heard, and never answered.
    let silent = std::net::TcpListener::bind(&place).unwrap();
    silent.set_nonblocking(true).unwrap();
    home.open(["list"]).done();
    home.open(["generate", "near", "--algorithm", "p256"]).done();
    home.open(["alerts"]);
    let heard = silent.accept().map(drop).map_err(|cause| cause.kind());
    assert_eq!(heard, Err(std::io::ErrorKind::WouldBlock), "opening an inventory asks no server");
    drop(silent);
    let stores = home.open(["store", "list", "--json"]).done().json();
    assert_eq!(stores[1]["state"], "away", "{stores}");
    assert!(stores[1]["trouble"].as_str().unwrap().contains("the keys stay at the server"), "{stores}");
}
