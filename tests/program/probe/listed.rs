//! The list of servers as the window has it: added, looked at, stopped in the middle, held against what was
//! seen, and taken down.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keystead::custodian::link::{Report, Request, pair};
use keystead::custodian::probe::probe;
use keystead::custodian::{Custodian, NoProgress, Progress, serve};
use keystead::model::{Address, Change, Command, Hindrance, Protocol, Sighting, StoreKind, Time};

use super::servers::{P256, Server, certificate, tls_server};
use super::ssh::sshd;
use crate::alone::alone;
use crate::lab::{Lab, assert_verified};
use crate::support::Home;

fn address(text: &str) -> Address {
    Address::parse(text, Protocol::Tls).unwrap()
}

/// Stops once so many are done.
struct StopsAfter(u64, AtomicU64);

impl Progress for StopsAfter {
    fn report(&self, done: u64, _: u64) {
        self.1.store(done, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

/// Ten servers that answer, then a hundred that never do; the listeners hold them silent.
fn crowd(server: &Server) -> (Vec<Address>, Vec<TcpListener>) {
    let silent: Vec<_> = (0..100).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let answering = (1..=10_u8).map(|number| address(&format!("127.0.3.{number}:{}", server.port)));
    let waiting = silent.iter().map(|listener| address(&listener.local_addr().unwrap().to_string()));
    (answering.chain(waiting).collect(), silent)
}

#[test]
fn a_look_at_many_is_stopped_in_the_middle() {
    let home = Home::new();
    certificate(&home, "own", P256);
    let server = tls_server(&home, "own", &[]);
    let (addresses, _silent) = crowd(&server);
    let began = Instant::now();
    let stops = StopsAfter(10, AtomicU64::new(0));
    let seen = probe(&addresses, Duration::from_mins(1), Time::from_second(0), &stops);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(seen.iter().map(|sighting| &sighting.address).eq(&addresses), "each is told, in order");
    assert!(seen[..10].iter().all(|sighting| sighting.keys.len() == 1), "what was done stays done");
    assert!(seen[10..].iter().all(|sighting| sighting.hindrance == Some(Hindrance::Stopped)));
}

/// Runs a command that must do.
fn run(custodian: &Custodian, command: &Command) {
    custodian.run(command, &NoProgress).unwrap();
}

fn add(custodian: &Custodian, addresses: &[Address]) {
    run(custodian, &Command::AddServers(addresses.iter().map(|address| (address.clone(), None)).collect()));
}

fn on_record(custodian: &Custodian) -> Vec<Option<Sighting>> {
    custodian.read(|inventory| inventory.servers().iter().map(|known| known.seen.as_deref().cloned()).collect())
}

fn troubles(custodian: &Custodian) -> Vec<Box<str>> {
    let alerts = custodian.alerts().into_iter().filter(|alert| alert.kind.id() == "server-trouble" && alert.is_open());
    let graver = alerts.map(|alert| alert.subject()).filter(|subject| !subject.ends_with("not-trusted"));
    graver.collect()
}

#[test]
fn what_was_stopped_counts_as_not_looked_at() {
    alone(|| {
        let (lab, home) = (Lab::new(), Home::new());
        let custodian = lab.set_up(StoreKind::Files);
        certificate(&home, "own", P256);
        let server = tls_server(&home, "own", &[]);
        let (addresses, _silent) = crowd(&server);
        add(&custodian, &addresses);
        let outcome = custodian.probe_servers(&addresses, &StopsAfter(10, AtomicU64::new(0))).unwrap();
        assert_eq!(outcome.cancelled, Some((10, 110)));
        assert_eq!(custodian.server_reports().len(), 10);
        assert_eq!(troubles(&custodian), [""; 0].map(Into::into), "nobody knows of the others yet");
        assert_verified(&custodian);
    });
}

#[test]
fn a_key_that_was_replaced_is_held_against_the_one_before_until_it_is_taken_down() {
    alone(|| {
        let (lab, home) = (Lab::new(), Home::new());
        let custodian = lab.set_up(StoreKind::Files);
        certificate(&home, "own", P256);
        certificate(&home, "other", P256);
        let server = tls_server(&home, "own", &[]);
        let (address, port) = (address(&server.address()), server.port);
        add(&custodian, std::slice::from_ref(&address));
        let look = || custodian.probe_servers(std::slice::from_ref(&address), &NoProgress).unwrap();
        assert_eq!(look().notice.as_deref(), Some("1 server looked at."));
        let first = on_record(&custodian);
        assert!(first[0].is_some(), "what it shows first is on record");
        drop(server);

        let mut command = std::process::Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &port.to_string(), "-key", "other.key", "-cert", "other.pem"]);
        command.current_dir(home.path(""));
        let replaced = Server::start(command, port);
        look();
        look();
        assert_eq!(on_record(&custodian), first, "nobody said that it was right");
        assert_eq!(troubles(&custodian), [format!("{address} other-key").into()]);
        let report = custodian.server_reports().remove(0);
        assert!(matches!(report.watched.changes()[0], Change::Key { .. }));
        assert_eq!(report.watched.before(), first[0].as_ref(), "what it showed before is kept over looks");
        // Another start of the program knows the same.
        let other = Custodian::open(lab.env()).unwrap();
        assert_eq!((troubles(&other), other.server_reports()), (troubles(&custodian), vec![report.clone()]));

        run(&custodian, &Command::TakeDownServers(vec![report.watched.latest.clone()]));
        assert_eq!(troubles(&custodian), [""; 0].map(Into::into));
        drop(replaced);
        assert_eq!(look().notice.as_deref(), Some("1 server looked at; it showed no key."));
        let report = custodian.server_reports().remove(0);
        assert_eq!(report.watched.latest.hindrance, Some(Hindrance::Unreachable));
        assert!(report.watched.shown().is_some(), "what it showed last is still known");
        run(&custodian, &Command::ForgetServers(vec![address.clone()]));
        assert_eq!((custodian.server_reports(), troubles(&custodian)), (Vec::new(), Vec::new()));
        assert_verified(&custodian);
    });
}

#[test]
fn a_server_that_greets_as_ssh_is_looked_at_as_such() {
    alone(|| {
        let (lab, home) = (Lab::new(), Home::new());
        let custodian = lab.set_up(StoreKind::Files);
        let server = sshd(&home);
        let address = address(&format!("127.0.0.1:{}", server.port));
        add(&custodian, std::slice::from_ref(&address));
        custodian.lock(true);
        custodian.probe_servers(std::slice::from_ref(&address), &NoProgress).unwrap();
        assert_eq!(custodian.servers(), std::slice::from_ref(&address), "nothing goes on record while it is locked");
        assert_eq!(custodian.server_reports()[0].watched.latest.keys.len(), 3);
        custodian.unlock(Some(crate::lab::passphrase(crate::support::PASSPHRASE))).unwrap();
        custodian.probe_servers(std::slice::from_ref(&address), &NoProgress).unwrap();
        assert_eq!(custodian.servers(), [Address { protocol: Protocol::Ssh, ..address }]);
        assert_eq!(on_record(&custodian)[0].as_ref().unwrap().keys.len(), 3);
    });
}

/// The window's own way: a request, progress, a stop, and what was seen.
#[test]
fn over_the_line_a_look_tells_progress_and_is_stopped() {
    alone(|| {
        let (lab, home) = (Lab::new(), Home::new());
        let custodian = lab.set_up(StoreKind::Files);
        certificate(&home, "own", P256);
        let server = tls_server(&home, "own", &[]);
        let (addresses, _silent) = crowd(&server);
        add(&custodian, &addresses);
        drop(custodian);
        let (mut link, end) = pair();
        let _serving = serve(lab.env(), end, std::sync::Arc::new(|| ())).unwrap();
        let ticket = link.send(Request::Probe(addresses));
        let (mut progress, mut reports, until) = (0, 0, Instant::now() + Duration::from_secs(20));
        loop {
            assert!(Instant::now() < until, "it does not end");
            match link.poll() {
                Some(Report::Progress { ticket: of, done, total: 110 }) if of == ticket => {
                    progress = done;
                    if done >= 10 {
                        link.cancel(ticket);
                    }
                }
                Some(Report::Servers(found)) => reports = found.len(),
                Some(Report::Finished { ticket: of, result }) if of == ticket => {
                    assert!(result.unwrap().cancelled.is_some());
                    break;
                }
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        assert!(progress >= 10 && reports >= 10, "{progress} {reports}");
    });
}
