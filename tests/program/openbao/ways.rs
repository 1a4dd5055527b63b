//! Ways to log in from a shell and a window, and how long such a login lasts where nobody asks for anything.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keystead::custodian::at_stores::{StoreReport, StoreRequest};
use keystead::custodian::link::{Link, Report, Request, Ticket, pair};
use keystead::custodian::new_server::NewServer;
use keystead::custodian::{CustodianError, Environment, LoginPage, Outcome, serve};
use keystead::model::ServerLogin;
use keystead::secret::Passphrase;

use super::logins::{opens, provider};
use super::server::{Bao, ROOT, free_port, openssl};
use super::shell::Desk;
use crate::agent::{Served, public};
use crate::shell::schema;
use crate::support::{PASSPHRASE, end_of, has};

const POLICY: &str = include_str!("../../../assets/openbao-policy.hcl");

/// A certificate of its own with its key: `NAME.pem` and `NAME.key`.
fn certificate(desk: &Desk, name: &str) {
    let ext = "-addext extendedKeyUsage=clientAuth -addext basicConstraints=critical,CA:FALSE";
    let key = format!("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key");
    openssl(desk.home.folder(), &format!("req -x509 -days 30 -subj /CN={name} {ext} {key} -out {name}.pem"));
}

#[test]
fn a_certificate_logs_in_and_its_key_stays_in_its_file() {
    let Some(bao) = Bao::with_tls("openbao_way_certificate") else { return };
    bao.bao(["secrets", "enable", "transit"]);
    let desk = Desk::at(bao);
    let bao = &desk.bao;
    bao.policy("keystead", POLICY);
    certificate(&desk, "laptop");
    certificate(&desk, "stranger");
    bao.bao(["auth", "enable", "cert"]);
    let known = format!("certificate=@{}", desk.place("laptop.pem"));
    bao.bao(["write", "auth/cert/certs/laptop", &known, "token_policies=keystead", "token_ttl=1h"]);
    let ca = bao.authority.as_ref().unwrap().to_str().unwrap().to_owned();
    let (address, pem, key) = (bao.address.clone(), desk.place("laptop.pem"), desk.place("laptop.key"));
    let add = ["store", "add", "openbao", "team", "--address", &address, "--ca", &ca, "--client-cert"];
    let by = |more: &[&str]| desk.run(&[&add[..], more].concat(), None);
    by(&[&pem]).with(2);
    by(&[&pem, "--client-key", &key, "--userpass", "mira"]).with(2);
    let other = by(&[&pem, "--client-key", &desk.place("stranger.key")]).with(2);
    assert!(other.stderr.contains("it is for another key"), "{}", other.stderr);
    let stranger = by(&[&desk.place("stranger.pem"), "--client-key", &desk.place("stranger.key")]).with(3);
    assert!(stranger.stderr.contains("does not take this certificate login"), "{}", stranger.stderr);
    by(&[&pem, "--client-key", &key, "--role", "nobody"]).with(3);
    let said = by(&[&pem, "--client-key", &key, "--role", "laptop"]).done().text();
    assert!(said.contains("logged in as cert-"), "{said}");
    assert_eq!(desk.listed()["server"]["login"], "certificate");
    desk.run(&["generate", "a", "--algorithm", "p256", "--store", "team"], None).done();

    let log = std::fs::read_to_string(desk.home.inventory().join("audit.ron")).unwrap();
    assert!(log.contains("laptop.key") && !log.contains("PRIVATE KEY"), "only the path is kept");
    std::fs::remove_file(&key).unwrap();
    let gone = desk.run(&["store", "login", "team"], None).with(2);
    assert!(gone.stderr.contains("laptop.key cannot be read"), "{}", gone.stderr);
}

#[test]
fn the_shell_shows_the_page_of_a_login_in_the_browser_and_waits_for_it() {
    let Some(desk) = Desk::new("openbao_way_browser") else { return };
    desk.bao.policy("keystead", POLICY);
    let port = free_port();
    let maria = provider(&desk.bao, port);
    let (address, callback) = (desk.bao.address.clone(), port.to_string());
    let browse = |arguments: &[&str]| {
        let mut command = desk.home.command(arguments);
        command.arg("--passphrase-file").arg(desk.home.path("passphrase"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ends without a page");
        }
        opens(&desk.bao, &maria, line.trim().rsplit_once(' ').unwrap().1, port);
        let (mut rest, mut out) = (String::new(), String::new());
        said.read_to_string(&mut rest).unwrap();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        assert!(child.wait().unwrap().success(), "{rest}");
        out
    };
    let add = ["store", "add", "openbao", "team", "--address", &address, "--oidc", "--role", "people", "--callback-port"];
    assert!(browse(&[&add[..], &[&callback]].concat()).contains("logged in as oidc-"));
    assert_eq!(desk.listed()["server"]["login"], "oidc");
    browse(&["generate", "a", "--algorithm", "p256", "--store", "team"]);
    assert_eq!(desk.listed()["keys"], 1);
    let wrong = [&add[..6], &["--oidc", "--role", "nobody", "--callback-port", &callback]].concat();
    let wrong: Vec<&str> = wrong.iter().map(|word| if *word == "team" { "other" } else { word }).collect();
    let refused = desk.run(&wrong, None).with(3);
    assert!(refused.stderr.contains("role \"nobody\" could not be found"), "{}", refused.stderr);
    desk.run(&[&add[..6], &["--role", "people"]].concat(), None).with(2);
}

/// The store, and a token of so many seconds that may do what Keystead needs.
fn with_short_token(test: &str, ttl: &str) -> Option<(Desk, String)> {
    let desk = Desk::new(test)?;
    desk.open(&["store", "add", "openbao", "team", "--address", &desk.bao.address]).done();
    let token = short_token(&desk, ttl);
    Some((desk, token))
}

fn short_token(desk: &Desk, ttl: &str) -> String {
    desk.bao.policy("keystead", POLICY);
    let token = desk.bao.token(&["keystead"], ttl);
    std::fs::write(desk.home.path("short"), &token).unwrap();
    token
}

#[test]
fn an_agent_that_nobody_asks_stays_logged_in() {
    let Some(desk) = Desk::new("openbao_way_agent") else { return };
    if !has("ssh-add") {
        return;
    }
    desk.open(&["store", "add", "openbao", "team", "--address", &desk.bao.address]).done();
    desk.open(&["generate", "p256", "--purpose", "ssh", "--algorithm", "p256", "--store", "team"]).done();
    desk.run(&["agent", "set", "p256"], None).done();
    public(&desk.home, "p256");
    let token = short_token(&desk, "10s");
    let agent = Served::start_with(&desk.home, &["--token-fd", "0"], |command| {
        command.stdin(File::open(desk.home.path("short")).unwrap());
    });
    let signs = || {
        let mut command = agent.client("ssh-add");
        command.arg("-T").arg(desk.home.path("p256.pub"));
        end_of(command)
    };
    let first = signs();
    assert_eq!(first.code, Some(0), "{} {}", first.stderr, agent.said());
    std::thread::sleep(Duration::from_secs(22));
    let (lives, said) = desk.bao.try_bao(ROOT, &["token", "lookup", &token]);
    assert!(lives, "it was renewed though nobody asked for anything: {said}");
    assert_eq!(signs().code, Some(0), "{}", agent.said());
}

/// Asks the window's custodian, and waits for the end; what it told about stores meanwhile.
fn ended(link: &mut Link, request: Request) -> (Result<Outcome, CustodianError>, Vec<StoreReport>) {
    let asked = link.send(request);
    let (until, mut told) = (Instant::now() + Duration::from_secs(30), Vec::new());
    while Instant::now() < until {
        match link.poll() {
            Some(Report::Finished { ticket, result }) if ticket == asked => return (result, told),
            Some(Report::Stores { told: one, .. }) => told.push(one),
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("no answer");
}

#[test]
fn a_window_that_stands_open_renews_its_login_and_shows_its_end() {
    let Some((desk, token)) = with_short_token("openbao_way_window", "12s") else { return };
    let (mut link, serving) = window_of(&desk);
    let log_in = StoreRequest::LogIn { store: "team".into(), given: Some(Passphrase::new(token.clone())) };
    let (logged_in, told) = ended(&mut link, Request::Stores(log_in));
    logged_in.unwrap();
    let session = |told: &[StoreReport]| {
        let of = |report: &StoreReport| if let StoreReport::Health(health) = report { health.login.clone() } else { None };
        told.iter().find_map(of).unwrap()
    };
    let first = session(&told);
    assert!(first.renewable && first.end.is_some(), "{first:?}");
    std::thread::sleep(Duration::from_secs(18));
    assert!(desk.bao.try_bao(ROOT, &["token", "lookup", &token]).0, "it was renewed though nobody asked for anything");
    let (_, told) = ended(&mut link, Request::Stores(StoreRequest::Health(Some("team".into()))));
    assert!(session(&told).end > first.end);

    // A token that cannot be renewed ends, and the store says that it is locked.
    let fixed = desk.bao.bao(["token", "create", "-field=token", "-policy=keystead", "-ttl=3s", "-renewable=false"]);
    let log_in = StoreRequest::LogIn { store: "team".into(), given: Some(Passphrase::new(fixed.trim().into())) };
    ended(&mut link, Request::Stores(log_in)).0.unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let (_, told) = ended(&mut link, Request::Stores(StoreRequest::Health(Some("team".into()))));
    assert!(matches!(&told[..], [StoreReport::Health(health)] if health.reach == keystead::custodian::store::Reach::Locked));
    drop(link);
    serving.join().unwrap();
}

/// The window's custodian, unlocked.
fn window_of(desk: &Desk) -> (Link, std::thread::JoinHandle<()>) {
    let mut env = Environment::of_this_machine(Some(desk.home.inventory())).unwrap();
    env.state_folder = desk.home.path("window-state");
    let (mut link, end) = pair();
    let serving = serve(env, end, Arc::new(|| {})).unwrap();
    ended(&mut link, Request::Unlock(Some(Passphrase::new(PASSPHRASE.into())))).0.unwrap();
    (link, serving)
}

fn new_server(name: &str, address: &str, login: ServerLogin) -> Request {
    let (addresses, mount) = (vec![address.to_owned()], "transit".to_owned());
    let new = NewServer { name: name.into(), addresses, namespace: None, mount, ca: None, login, given: None };
    Request::Stores(StoreRequest::AddServer(Box::new(new)))
}

/// Waits for the page of a login that the window asked for.
fn page_of(link: &mut Link, asked: Ticket) -> LoginPage {
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        match link.poll() {
            Some(Report::Stores { ticket, told: StoreReport::Page(page) }) if ticket == Some(asked) => return page,
            Some(Report::Finished { ticket, result }) if ticket == asked => panic!("it ends without a page: {result:?}"),
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("no page");
}

fn end_of_request(link: &mut Link, asked: Ticket) -> Result<Outcome, CustodianError> {
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        match link.poll() {
            Some(Report::Finished { ticket, result }) if ticket == asked => return result,
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("no end");
}

#[test]
fn a_window_shows_the_page_of_a_login_and_giving_up_ends_it() {
    let Some(desk) = Desk::new("openbao_way_page") else { return };
    desk.bao.policy("keystead", POLICY);
    let port = free_port();
    let maria = provider(&desk.bao, port);
    let (mut link, serving) = window_of(&desk);
    let browser = || ServerLogin::Browser { role: None, port };
    let added = |link: &mut Link| link.send(new_server("team", &desk.bao.address, browser()));

    let asked = added(&mut link);
    let page = page_of(&mut link, asked);
    assert_eq!((&*page.store, page.left), ("team", Duration::from_mins(5)));
    let begun = Instant::now();
    link.cancel(asked);
    assert!(matches!(end_of_request(&mut link, asked), Err(CustodianError::Cancelled)));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(desk.run(&["store", "list", "--json"], None).done().json().as_array().unwrap().len(), 1, "nothing was added");

    // The port is there for the next one at once, and the one before was answered by nobody.
    let asked = added(&mut link);
    let again = page_of(&mut link, asked);
    assert_ne!(again.url, page.url);
    opens(&desk.bao, &maria, &again.url, port);
    let notice = end_of_request(&mut link, asked).unwrap().notice.unwrap();
    assert!(notice.contains("logged in as oidc-"), "{notice}");

    // Nobody is led to a browser by a use of a key: one logs in first, and is asked to.
    let lock = link.send(Request::Stores(StoreRequest::Lock("team".into())));
    end_of_request(&mut link, lock).unwrap();
    let look = link.send(Request::Stores(StoreRequest::Reconcile(Some("team".into()))));
    let until = Instant::now() + Duration::from_secs(30);
    let looked = loop {
        assert!(Instant::now() < until, "no answer");
        match link.poll() {
            Some(Report::Stores { told: StoreReport::Reconciled(looked), .. }) => break looked,
            Some(Report::Stores { told: StoreReport::Page(page), .. }) => panic!("a page for nobody: {page:?}"),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let told = looked[0].1.as_ref().unwrap_err();
    assert_eq!(told.locked_store(), Some("team"), "{told}");
    end_of_request(&mut link, look).unwrap();

    let asked = link.send(Request::Stores(StoreRequest::LogIn { store: "team".into(), given: None }));
    opens(&desk.bao, &maria, &page_of(&mut link, asked).url, port);
    end_of_request(&mut link, asked).unwrap();
    drop(link);
    serving.join().unwrap();
}

#[test]
fn a_login_at_a_server_that_does_not_answer_is_given_up_at_once() {
    let Some(desk) = Desk::new("openbao_way_silent") else { return };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let (mut link, serving) = window_of(&desk);
    let asked = link.send(new_server("team", &address, ServerLogin::Browser { role: None, port: free_port() }));
    let (_held, _) = silent.accept().unwrap();
    let begun = Instant::now();
    link.cancel(asked);
    assert!(matches!(end_of_request(&mut link, asked), Err(CustodianError::Cancelled)));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(link);
    serving.join().unwrap();
}

#[test]
fn the_list_of_stores_shows_who_is_logged_in_and_until_when() {
    let Some((desk, _)) = with_short_token("openbao_way_listed", "1h") else { return };
    assert!(desk.listed()["session"].is_null(), "nobody is");
    let listed = desk.run(&["store", "list", "--json"], Some(("--token-fd", "short"))).done().json();
    schema::check("store-list", &listed);
    let session = &listed.as_array().unwrap().iter().find(|store| store["name"] == "team").unwrap()["session"];
    assert_eq!((&session["who"], &session["renewable"]), (&"token".into(), &true.into()));
    let ends: jiff::Timestamp = session["ends"].as_str().unwrap().parse().unwrap();
    let left = ends.as_second() - jiff::Timestamp::now().as_second();
    assert!((3_500..=3_600).contains(&left), "{left}");
    let text = desk.run(&["store", "list"], Some(("--token-fd", "short"))).done().text();
    assert!(text.contains("LOGIN ENDS") && text.contains(&session["ends"].as_str().unwrap()[..10]), "{text}");
}
