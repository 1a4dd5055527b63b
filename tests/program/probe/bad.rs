//! Servers that behave badly: each ends in time, with its own sentence.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::servers::{free_port, talker};
use super::{finding, probe};
use crate::support::Home;

/// Looks with a second's patience; the sentence.
#[track_caller]
fn sentence(address: &str) -> String {
    let began = Instant::now();
    let found = probe(&Home::new(), 3, ["--timeout", "1", address]);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let (kind, sentence) = finding(&found);
    assert_eq!(kind, "no-answer");
    sentence.to_owned()
}

#[test]
fn one_that_never_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    assert_eq!(sentence(&address), "It did not answer in time.");
    assert_eq!(sentence(&format!("ssh://{address}")), "It did not answer in time.");
}

#[test]
fn one_that_closes() {
    let address = talker(drop).to_string();
    let closed = "It closed the connection before it showed its key.";
    assert_eq!(sentence(&address), closed);
    assert_eq!(sentence(&format!("ssh://{address}")), closed);
}

#[test]
fn one_that_sends_garbage() {
    let address = talker(|mut stream| {
        let _ = stream.write_all(&[0xa5; 600]);
        std::thread::sleep(Duration::from_secs(2));
    });
    assert_eq!(sentence(&address.to_string()), "What it sent is no TLS.");
}

#[test]
fn one_that_speaks_http() {
    let address = talker(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        std::thread::sleep(Duration::from_secs(2));
    });
    assert_eq!(sentence(&address.to_string()), "What it sent is no TLS.");
}

#[test]
fn one_that_greets_without_end() {
    let address = talker(|mut stream| while stream.write_all(b"welcome to this server\r\n").is_ok() {});
    assert_eq!(sentence(&format!("ssh://{address}")), "What it sent is no SSH.");
}

#[test]
fn one_that_answers_byte_by_byte() {
    let address = talker(|mut stream| {
        while stream.write_all(b"w").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(sentence(&format!("ssh://{address}")), "It did not answer in time.");
}

#[test]
fn one_that_breaks_off_in_a_packet() {
    let address = talker(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-x\r\n\0\0\x01\0\x04\x14");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        std::thread::sleep(Duration::from_secs(2));
    });
    assert_eq!(sentence(&format!("ssh://{address}")), "It closed the connection before it showed its key.");
}

#[test]
fn one_whose_packet_is_too_long() {
    let address = talker(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14");
        std::thread::sleep(Duration::from_secs(2));
    });
    assert_eq!(sentence(&format!("ssh://{address}")), "What it sent is no SSH.");
}

#[test]
fn nobody_there() {
    assert!(sentence(&format!("127.0.0.1:{}", free_port())).starts_with("It cannot be reached: "));
}

#[test]
fn what_names_no_server_is_wrong_use() {
    for text in ["host", "host:0", "a b:1", "[::1"] {
        assert!(Home::new().run(["probe", text]).with(2).stderr.contains("names no server"), "{text}");
    }
}
