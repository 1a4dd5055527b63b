//! Servers that are none, or sick ones: each says in plain words what is wrong, in its time, and loses nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keystead::network::Cancel;
use keystead::network::bao::{BaoError, Connection, KeyType, NewTransitKey, Server};
use keystead::network::http::{Bounds, Distrust, HttpError, Roots};

use crate::alone::alone_after;

use super::server::{connection, free_port, openssl, token};

const OWN: &str = r#"{"data":{"ttl":3600,"renewable":false,"display_name":"token","policies":["default"]}}"#;

/// A server that answers as it is told, one text a request.
struct Fake {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Fake {
    /// `answer` gets the number of the request, from 0, and its first line with its headers; none hangs.
    fn start(answer: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (count, answer) = (Arc::clone(&count), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &count, &*answer));
            }
        });
        Self { address, asked }
    }

    fn always(status: &'static str, headers: &'static str, body: &'static str) -> Self {
        Self::start(move |_, _| Some(answer(status, headers, body)))
    }

    fn client(&self) -> Server {
        logged_in(&[&self.address])
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}

fn json(body: &str) -> String {
    answer("200 OK", "Content-Type: application/json\r\n", body)
}

/// A request up to its empty line.
fn head(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        request.push(byte[0]);
    }
    String::from_utf8_lossy(&request).into_owned()
}

fn serve(mut stream: TcpStream, count: &AtomicUsize, answer: &dyn Fn(usize, &str) -> Option<String>) {
    let head = head(&mut stream);
    if head.is_empty() {
        return;
    }
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    let _ = stream.read_exact(&mut body);
    if head.contains("auth/token/lookup-self") {
        drop(stream.write_all(json(OWN).as_bytes()));
        return;
    }
    match answer(count.fetch_add(1, Ordering::Relaxed), &head) {
        Some(text) => drop(stream.write_all(text.as_bytes())),
        None => std::thread::sleep(Duration::from_secs(30)),
    }
}

fn quick() -> Bounds {
    Bounds { connect: Duration::from_secs(1), answer: Duration::from_secs(1), patience: Duration::from_secs(4) }
}

fn client(addresses: &[&str]) -> Server {
    Server::new(Connection { bounds: quick(), ..connection(addresses) }).unwrap()
}

const SECRET: &str = "s.ThisTokenIsNowhereToBeSeen";

/// A client that is logged in: whatever these servers answer, they find every token good.
fn logged_in(addresses: &[&str]) -> Server {
    let server = client(addresses);
    server.log_in_with_token(token(SECRET)).unwrap();
    server
}

fn read(server: &Server) -> BaoError {
    server.transit("transit").read("a").unwrap_err()
}

/// No error shows the token, in words or in its inner form.
#[track_caller]
fn told(error: &BaoError, words: &str) {
    assert!(error.to_string().contains(words), "{error}");
    assert!(!format!("{error}{error:?}").contains("NowhereToBeSeen"), "{error}");
}

#[test]
fn a_proxy_answering_html_is_told() {
    for status in ["200 OK", "403 Forbidden", "502 Bad Gateway"] {
        let fake = Fake::always(status, "Content-Type: text/html\r\n", "<!DOCTYPE html><title>Log in to the network</title>");
        let error = read(&fake.client());
        assert!(matches!(error, BaoError::WebPage { .. }), "{error}");
        told(&error, "answers with a web page");
    }
    let fake = Fake::always("200 OK", "", "  <html>");
    assert!(matches!(read(&fake.client()), BaoError::WebPage { .. }), "also without saying what it is");
}

#[test]
fn truncated_json_is_told() {
    let fake =
        Fake::always("200 OK", "Content-Type: application/json\r\n", r#"{"data":{"name":"a","type":"ed25519","latest_ver"#);
    told(&read(&fake.client()), "stops in the middle");
    // The connection ends before the length that was announced.
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nContent-Type: application/json\r\n\r\n{\"data\":";
    let fake = Fake::start(move |_, _| Some(cut.to_owned()));
    told(&read(&fake.client()), "closed the connection before it had answered");
}

/// A key that would have four thousand million versions.
const MANY: &str = r#"{"data":{"name":"a","type":"hmac","latest_version":4294967295,"keys":{}}}"#;

#[test]
fn json_of_another_form_is_told_as_another_server() {
    for body in [r#"{"hello":"world"}"#, r#"{"data":{"name":7}}"#, "[]", "just text", r#"{"data":null}"#, MANY] {
        let fake = Fake::start(move |_, _| Some(json(body)));
        let error = read(&fake.client());
        assert!(matches!(error, BaoError::Unreadable { .. }), "{body}: {error}");
        told(&error, "is not understood");
    }
}

#[test]
fn a_server_of_another_version_is_told_with_its_version() {
    let fake = Fake::start(|_, head| {
        if head.contains("sys/health") {
            return Some(json(r#"{"initialized":true,"sealed":false,"standby":false,"version":"1.9.0"}"#));
        }
        let words = r#"{"errors":["1 error occurred:\n\t* unsupported path\n\n"]}"#;
        Some(answer("404 Not Found", "Content-Type: application/json\r\n", words))
    });
    let error = fake.client().transit("transit").wrapping_key().unwrap_err();
    told(&error, "version 1.9.0, which does not take keys that were made elsewhere");
}

#[test]
fn http_429_is_waited_for_as_it_asks_and_told_when_that_is_too_long() {
    let key = r#"{"data":{"name":"a","type":"aes256-gcm96","latest_version":1,"keys":{"1":1700000000}}}"#;
    let busy = |seconds: u32| {
        answer(
            "429 Too Many Requests",
            &format!("Retry-After: {seconds}\r\n"),
            r#"{"errors":["request path rate limit quota exceeded"]}"#,
        )
    };
    let fake = Fake::start(move |number, _| Some(if number == 0 { busy(1) } else { json(key) }));
    let began = Instant::now();
    assert_eq!(fake.client().transit("transit").read("a").unwrap().latest, 1);
    assert!(began.elapsed() >= Duration::from_secs(1), "it was left alone");
    let fake = Fake::start(move |_, _| Some(busy(3_600)));
    let error = read(&fake.client());
    assert_eq!((error.clone(), fake.asked()), (BaoError::Busy(Some(Duration::from_hours(1))), 1));
    told(&error, "wants to be left alone for 3600 seconds");
}

#[test]
fn http_503_is_asked_again_some_times_and_told() {
    let fake = Fake::always("503 Service Unavailable", "", r#"{"errors":["maintenance until noon"]}"#);
    let error = read(&fake.client());
    assert_eq!(fake.asked(), 3);
    told(&error, "HTTP 503): maintenance until noon");
    let fake = Fake::always("500 Internal Server Error", "", "");
    told(&read(&fake.client()), "HTTP 500)");
}

#[test]
fn a_sick_address_is_passed_over_for_a_sound_one() {
    let key = r#"{"data":{"name":"a","type":"aes256-gcm96","latest_version":1,"keys":{"1":1700000000}}}"#;
    let sound = Fake::start(move |_, _| Some(json(key)));
    for sick in [
        Fake::always("503 Service Unavailable", "", r#"{"errors":["Vault is sealed"]}"#),
        Fake::always(
            "500 Internal Server Error",
            "",
            r#"{"errors":["local node not active but active cluster node not found"]}"#,
        ),
        Fake::always("200 OK", "Content-Type: text/html\r\n", "<html>"),
        Fake::start(|_, _| None),
    ] {
        let server = logged_in(&[&sick.address, &sound.address]);
        assert_eq!(server.transit("transit").read("a").unwrap().latest, 1);
        // From here on the sound one is asked first.
        let before = sick.asked();
        server.transit("transit").read("a").unwrap();
        assert_eq!(sick.asked(), before);
    }
}

#[test]
fn a_change_that_may_have_happened_is_looked_for_before_it_is_sent_again() {
    let key = r#"{"data":{"name":"a","type":"aes256-gcm96","latest_version":1,"keys":{"1":1700000000}}}"#;
    let absent = || answer("404 Not Found", "Content-Type: application/json\r\n", r#"{"errors":[]}"#);
    let (posts, here) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for lost_before_it_was_done in [false, true] {
        posts.store(0, Ordering::Relaxed);
        here.store(0, Ordering::Relaxed);
        let (posts, here) = (Arc::clone(&posts), Arc::clone(&here));
        let seen = Arc::clone(&posts);
        let fake = Fake::start(move |_, head| {
            if !head.starts_with("POST") {
                return Some(if here.load(Ordering::Relaxed) > 0 { json(key) } else { absent() });
            }
            let first = posts.fetch_add(1, Ordering::Relaxed) == 0;
            if !(first && lost_before_it_was_done) {
                here.store(1, Ordering::Relaxed);
            }
            // The first time the connection breaks before the answer.
            Some(if first { String::new() } else { json(key) })
        });
        let new = NewTransitKey { key_type: KeyType::Aes256, exportable: false };
        assert_eq!(fake.client().transit("transit").create("a", new).unwrap().latest, 1);
        assert_eq!(seen.load(Ordering::Relaxed), if lost_before_it_was_done { 2 } else { 1 });
    }
}

#[test]
fn a_rotation_that_may_still_be_made_is_not_sent_again() {
    let key = r#"{"data":{"name":"a","type":"aes256-gcm96","latest_version":1,"keys":{"1":1700000000}}}"#;
    let posts = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&posts);
    let fake = Fake::start(move |_, head| {
        if !head.starts_with("POST") {
            return Some(json(key));
        }
        posts.fetch_add(1, Ordering::Relaxed);
        None
    });
    let error = fake.client().transit("transit").rotate("a", 1).unwrap_err();
    assert!(matches!(error, BaoError::Unsettled { .. }), "{error}");
    told(&error, "It is not known whether it did it");
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[test]
fn a_redirect_is_followed_to_addresses_of_the_store_only() {
    let key = r#"{"data":{"name":"a","type":"aes256-gcm96","latest_version":1,"keys":{"1":1700000000}}}"#;
    let stranger = Fake::start(move |_, _| Some(json(key)));
    let to = format!("Location: {}/v1/transit/keys/a\r\n", stranger.address);
    let sends = Fake::start(move |_, _| Some(answer("307 Temporary Redirect", &to, "")));
    let error = read(&sends.client());
    told(&error, "none of the addresses of this store");
    assert_eq!(stranger.asked(), 0, "and the token was not sent there");
    let server = logged_in(&[&sends.address, &stranger.address]);
    assert_eq!(server.transit("transit").read("a").unwrap().latest, 1);
}

#[test]
fn a_server_that_hangs_ends_in_its_time_and_at_once_when_it_is_stopped() {
    let fake = Fake::start(|_, _| None);
    let server = fake.client();
    let began = Instant::now();
    told(&read(&server), "no answer within 1 seconds");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let cancel = Cancel::default();
    server.set_cancel(cancel.clone());
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            cancel.cancel();
        });
        assert_eq!(read(&server), BaoError::Cancelled);
    });
    assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
}

#[test]
fn a_dead_address_never_takes_longer_than_its_bound() {
    // Nobody listens; somebody listens and never takes the connection up; the name is none.
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("https://{}", full.local_addr().unwrap());
    for (address, words) in [
        (format!("http://127.0.0.1:{}", free_port()), "the connection was refused"),
        (silent, "no connection within 1 seconds"),
        ("https://no-such-host.invalid:8200".to_owned(), ""),
    ] {
        let began = Instant::now();
        let server = client(&[&address]);
        let error = server.log_in_with_token(token(SECRET)).unwrap_err();
        assert!(matches!(error, BaoError::Away(_)), "{error}");
        told(&error, words);
        assert!(began.elapsed() < Duration::from_secs(6), "{address}: {:?}", began.elapsed());
        assert!(server.token().is_none());
    }
}

#[test]
fn an_answer_without_end_is_given_up() {
    let fake = Fake::start(|_, _| Some(answer("200 OK", "Content-Type: application/json\r\n", &"[".repeat(6 * 1024 * 1024))));
    told(&read(&fake.client()), "longer than 4 MiB");
}

#[test]
fn what_speaks_no_http_is_told() {
    let fake = Fake::start(|_, _| Some("220 mail.example ESMTP\r\n".to_owned()));
    let error = read(&fake.client());
    assert!(matches!(error, BaoError::Away(_)), "{error}");
    told(&error, "speaks no HTTP");
    // TLS is asked of a server that speaks none.
    let https = fake.address.replace("http://", "https://");
    let error = client(&[&https]).log_in_with_token(token(SECRET)).unwrap_err();
    assert!(
        matches!(&error, BaoError::Away(tried) if matches!(tried[0].1, HttpError::Tls(_) | HttpError::Closed | HttpError::NoConnection(_))),
        "{error}"
    );
}

#[test]
fn what_a_server_says_is_shown_without_the_token_in_it() {
    let fake = Fake::start(|_, head| {
        let said = head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-vault-token")).unwrap_or_default();
        Some(answer("400 Bad Request", "", &format!(r#"{{"errors":["you sent {said}\n\u001b[31m"]}}"#)))
    });
    let error = read(&fake.client());
    told(&error, "you sent");
    assert!(!error.to_string().contains('\u{1b}'));
    let fake = Fake::start(|_, _| Some(answer("500 Internal Server Error", "", &format!(r#"{{"errors":["{SECRET}"]}}"#))));
    told(&read(&fake.client()), "HTTP 500");
}

#[test]
fn the_proxy_of_the_environment_is_used_and_never_for_this_machine() {
    let variable = format!("HTTPS_PROXY=http://127.0.0.1:{}", free_port());
    alone_after(&["env", "-u", "NO_PROXY", "-u", "no_proxy", "-u", "ALL_PROXY", "-u", "all_proxy", &variable], || {
        let address = std::env::var("HTTPS_PROXY").unwrap();
        let proxy = TcpListener::bind(address.strip_prefix("http://").unwrap()).unwrap();
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = proxy.accept().unwrap();
            let head = head(&mut stream);
            stream.write_all(answer("407 Proxy Authentication Required", "", "").as_bytes()).unwrap();
            // What comes later would be something for this machine.
            proxy.set_nonblocking(true).unwrap();
            std::thread::sleep(Duration::from_millis(500));
            (head, proxy.accept().is_ok())
        });
        let error = client(&["https://vault.example:8200"]).log_in_with_token(token(SECRET)).unwrap_err();
        assert!(matches!(&error, BaoError::Away(tried) if matches!(tried[0].1, HttpError::Proxy(_))), "{error}");
        told(&error, "the proxy that this machine's settings name");
        let here = Fake::always("404 Not Found", "Content-Type: application/json\r\n", r#"{"errors":[]}"#);
        assert!(matches!(read(&here.client()), BaoError::Absent { .. }));
        let (head, more) = asked.join().unwrap();
        assert!(head.starts_with("CONNECT vault.example:8200 HTTP/1.1"), "{head}");
        assert!(!more && !head.contains("Nowhere"), "{head}");
    });
}

/// `openssl s_server`, which is ended with the test.
struct TlsServer {
    child: Child,
    address: String,
}

impl TlsServer {
    /// With a certificate that holds as these options say.
    fn start(folder: &Path, validity: &str) -> Self {
        std::fs::write(folder.join("ext"), "subjectAltName=IP:127.0.0.1\n").unwrap();
        openssl(
            folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=authority",
        );
        openssl(folder, "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.csr -subj /CN=own");
        std::fs::write(folder.join("index"), "").unwrap();
        std::fs::write(folder.join("serial"), "01").unwrap();
        let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n";
        std::fs::write(folder.join("ca.cnf"), config).unwrap();
        openssl(
            folder,
            &format!("ca -batch -config ca.cnf -in own.csr -cert ca.pem -keyfile ca.key -extfile ext -out own.pem {validity}"),
        );
        let port = free_port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-key", "own.key", "-cert", "own.pem"]);
        let child = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "openssl s_server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, address: format!("https://127.0.0.1:{port}") }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_clock_that_goes_wrong_is_named_where_a_certificate_does_not_hold_now() {
    for (validity, expired) in [
        ("-startdate 20200101000000Z -enddate 20200201000000Z", true),
        ("-startdate 20700101000000Z -enddate 20710101000000Z", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let tls = TlsServer::start(folder.path(), validity);
        let roots = Roots::Pem(std::fs::read(folder.path().join("ca.pem")).unwrap());
        let server = Server::new(Connection { bounds: quick(), roots, ..connection(&[&tls.address]) }).unwrap();
        let error = server.log_in_with_token(token(SECRET)).unwrap_err();
        let BaoError::Barred { fault: HttpError::Distrusted(why), .. } = &error else { panic!("{error}") };
        assert!(matches!((why, expired), (Distrust::Expired { .. }, true) | (Distrust::NotYet { .. }, false)), "{error}");
        told(&error, "the clock of this machine is");
    }
}
