//! STARTTLS: each protocol with a talker that hands over to OpenSSL, and its refusals.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use super::servers::{P256, Server, certificate, pass_on, talker, tls_server};
use super::{finding, probe};
use crate::support::Home;

/// Reads a line byte by byte, so that the handshake behind it stays.
fn line(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).is_ok_and(|count| count == 1) && byte[0] != b'\n' {
        text.push(byte[0]);
    }
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

fn server(home: &Home) -> Server {
    certificate(home, "own", P256);
    tls_server(home, "own", &[])
}

#[track_caller]
fn shows(home: &Home, protocol: &str, talk: impl Fn(&mut TcpStream) + Send + Sync + 'static) {
    let server = server(home);
    let port = server.port;
    let address = talker(move |mut stream| {
        talk(&mut stream);
        pass_on(stream, port, |_| ());
    });
    let found = probe(home, 1, ["--starttls", protocol, &address.to_string()]);
    assert_eq!(found[0]["protocol"], protocol);
    assert_eq!(found[0]["keys"][0]["certificate"]["subject"], "CN=localhost", "{found:#}");
}

#[track_caller]
fn refuses(protocol: &str, because: &str, talk: impl Fn(TcpStream) + Send + Sync + 'static) {
    let address = talker(talk);
    let found = probe(&Home::new(), 3, ["--starttls", protocol, &address.to_string()]);
    let (kind, sentence) = finding(&found);
    assert_eq!(kind, "no-answer");
    assert!(sentence.contains(because), "{sentence}");
}

#[test]
fn smtp_starts_tls() {
    shows(&Home::new(), "smtp", |stream| {
        stream.write_all(b"220-mail.example.com\r\n220 ready\r\n").unwrap();
        assert!(line(stream).starts_with("EHLO "));
        stream.write_all(b"250-mail.example.com\r\n250-STARTTLS\r\n250 8BITMIME\r\n").unwrap();
        assert_eq!(line(stream), "STARTTLS");
        stream.write_all(b"220 go ahead\r\n").unwrap();
    });
}

#[test]
fn imap_starts_tls() {
    shows(&Home::new(), "imap", |stream| {
        stream.write_all(b"* OK ready\r\n").unwrap();
        assert_eq!(line(stream), "k1 STARTTLS");
        stream.write_all(b"* CAPABILITY IMAP4rev2\r\nk1 OK begin\r\n").unwrap();
    });
}

#[test]
fn postgres_starts_tls() {
    shows(&Home::new(), "postgres", |stream| {
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47]);
        stream.write_all(b"S").unwrap();
    });
}

#[test]
fn ldap_starts_tls() {
    shows(&Home::new(), "ldap", |stream| {
        let mut request = [0; 31];
        stream.read_exact(&mut request).unwrap();
        assert!(request.ends_with(b"1.3.6.1.4.1.1466.20037"));
        stream.write_all(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00").unwrap();
    });
}

/// Writes byte by byte, as a slow line brings it.
fn slowly(stream: &mut TcpStream, bytes: &[u8]) {
    stream.set_nodelay(true).unwrap();
    for byte in bytes {
        stream.write_all(&[*byte]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_dialogue_that_arrives_byte_by_byte_is_understood() {
    let home = Home::new();
    shows(&home, "smtp", |stream| {
        slowly(stream, b"220-mail.example.com\r\n220 ready\r\n");
        line(stream);
        slowly(stream, b"250-mail.example.com\r\n250-STARTTLS\r\n250 8BITMIME\r\n");
        line(stream);
        slowly(stream, b"220 go ahead\r\n");
    });
    shows(&home, "imap", |stream| {
        slowly(stream, b"* OK ready\r\n");
        line(stream);
        slowly(stream, b"* CAPABILITY IMAP4rev2\r\nk1 OK begin\r\n");
    });
    shows(&home, "ldap", |stream| {
        stream.read_exact(&mut [0; 31]).unwrap();
        slowly(stream, b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00");
    });
}

#[test]
fn smtp_without_starttls_is_named() {
    refuses("smtp", "STARTTLS is not among what it offers", |mut stream| {
        stream.write_all(b"220 ready\r\n").unwrap();
        line(&mut stream);
        stream.write_all(b"250 mail.example.com\r\n").unwrap();
        line(&mut stream);
    });
}

#[test]
fn smtp_that_turns_away_is_named() {
    refuses("smtp", "554 no", |mut stream| stream.write_all(b"554 no\r\n").unwrap());
}

#[test]
fn imap_that_refuses_is_named() {
    refuses("imap", "NO not here", |mut stream| {
        stream.write_all(b"* OK ready\r\n").unwrap();
        line(&mut stream);
        stream.write_all(b"k1 NO not here\r\n").unwrap();
    });
}

#[test]
fn postgres_without_tls_is_named() {
    refuses("postgres", "set up without TLS", |mut stream| {
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"N").unwrap();
    });
}

#[test]
fn ldap_that_refuses_is_named() {
    refuses("ldap", "result code is 52", |mut stream| {
        stream.read_exact(&mut [0; 31]).unwrap();
        stream.write_all(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00").unwrap();
    });
}

#[test]
fn a_greeting_without_end_is_given_up() {
    refuses("smtp", "more than a handshake holds", |mut stream| while stream.write_all(b"220-more\r\n").is_ok() {});
}

#[test]
fn a_line_without_end_is_given_up() {
    refuses("imap", "more than a handshake holds", |mut stream| while stream.write_all(&[b'*'; 1_000]).is_ok() {});
}

#[test]
fn nothing_but_the_question_is_sent() {
    let (sender, heard) = std::sync::mpsc::channel();
    let address = talker(move |mut stream| {
        stream.write_all(b"554 no\r\n").unwrap();
        let mut rest = Vec::new();
        let _ = BufReader::new(stream).read_until(b'\0', &mut rest);
        sender.send(rest).unwrap();
    });
    probe(&Home::new(), 3, ["--starttls", "smtp", &address.to_string()]);
    assert_eq!(heard.recv().unwrap(), b"");
}
