//! Asking a server of mail, of a directory or of a database to start TLS.

use super::dial::Dial;
use super::fault::ProbeError;
use crate::model::{Protocol, name};

/// The longest line that is read (RFC 5321 section 4.5.3.1.5 allows 512 bytes, IMAP servers send more).
const LONGEST_LINE: usize = 8_192;

/// Lines of one answer.
const MOST_LINES: usize = 100;

/// `SSLRequest`: its length and the number 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f];

/// An `ExtendedRequest` with the name 1.3.6.1.4.1.1466.20037 (RFC 4511 section 4.14.1).
const LDAP_REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The longest answer of a directory that is read.
const LONGEST_ANSWER: usize = 65_536;

/// Has the server start TLS; behind it the handshake begins.
pub(super) fn start(dial: &mut Dial, protocol: Protocol) -> Result<(), ProbeError> {
    match protocol {
        Protocol::Tls | Protocol::Ssh => Ok(()),
        Protocol::Smtp => smtp(dial),
        Protocol::Imap => imap(dial),
        Protocol::Postgres => postgres(dial),
        Protocol::Ldap => ldap(dial),
    }
}

fn refused(said: &str) -> ProbeError {
    let said: String = said.chars().take(200).collect();
    ProbeError::Refused(format!("it said “{}”.", name::shown(said.trim())))
}

/// RFC 3207.
fn smtp(dial: &mut Dial) -> Result<(), ProbeError> {
    let greeting = smtp_answer(dial)?;
    expect(&greeting, "220")?;
    dial.send(b"EHLO [127.0.0.1]\r\n")?;
    let features = smtp_answer(dial)?;
    expect(&features, "250")?;
    if !features.iter().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err(ProbeError::Refused("STARTTLS is not among what it offers.".into()));
    }
    dial.send(b"STARTTLS\r\n")?;
    expect(&smtp_answer(dial)?, "220")
}

fn expect(answer: &[String], code: &str) -> Result<(), ProbeError> {
    let last = answer.last().map(String::as_str).unwrap_or_default();
    if last.starts_with(code) { Ok(()) } else { Err(refused(last)) }
}

/// The lines of an answer; all but the last have a hyphen behind their code (RFC 5321 section 4.2.1).
fn smtp_answer(dial: &mut Dial) -> Result<Vec<String>, ProbeError> {
    let mut lines = Vec::new();
    while lines.len() < MOST_LINES {
        let line = dial.line(LONGEST_LINE)?;
        if line.len() < 3 || !line.bytes().take(3).all(|byte| byte.is_ascii_digit()) {
            return Err(ProbeError::OtherProtocol("SMTP"));
        }
        let is_last = line.as_bytes().get(3) != Some(&b'-');
        lines.push(line);
        if is_last {
            return Ok(lines);
        }
    }
    Err(ProbeError::TooMuch)
}

/// RFC 9051 section 6.2.1.
fn imap(dial: &mut Dial) -> Result<(), ProbeError> {
    let greeting = dial.line(LONGEST_LINE)?;
    if !greeting.starts_with("* ") {
        return Err(ProbeError::OtherProtocol("IMAP"));
    }
    if !greeting.get(2..).is_some_and(|rest| rest.to_ascii_uppercase().starts_with("OK")) {
        return Err(refused(&greeting));
    }
    dial.send(b"k1 STARTTLS\r\n")?;
    for _ in 0..MOST_LINES {
        let line = dial.line(LONGEST_LINE)?;
        if let Some(answer) = line.strip_prefix("k1 ") {
            return if answer.to_ascii_uppercase().starts_with("OK") { Ok(()) } else { Err(refused(answer)) };
        }
        if !line.starts_with('*') {
            return Err(ProbeError::OtherProtocol("IMAP"));
        }
    }
    Err(ProbeError::TooMuch)
}

/// `PostgreSQL`'s protocol 3.0, “SSL Session Encryption”.
fn postgres(dial: &mut Dial) -> Result<(), ProbeError> {
    dial.send(&SSL_REQUEST)?;
    match dial.take(1)?[0] {
        b'S' => Ok(()),
        b'N' => Err(ProbeError::Refused("it is set up without TLS.".into())),
        b'E' => Err(ProbeError::Refused("it answered with an error.".into())),
        _ => Err(ProbeError::OtherProtocol("PostgreSQL")),
    }
}

/// RFC 4511 section 4.14.
fn ldap(dial: &mut Dial) -> Result<(), ProbeError> {
    dial.send(LDAP_REQUEST)?;
    let wrong = || ProbeError::OtherProtocol("LDAP");
    if dial.take(1)?[0] != 0x30 {
        return Err(wrong());
    }
    let length = match dial.take(1)?[0] {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x83 => dial.take(usize::from(long & 0x7f))?.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)),
        _ => return Err(wrong()),
    };
    if length > LONGEST_ANSWER {
        return Err(ProbeError::TooMuch);
    }
    let code = ldap_code(&dial.take(length)?).ok_or_else(wrong)?;
    if code == 0 { Ok(()) } else { Err(ProbeError::Refused(format!("its result code is {code}."))) }
}

/// The result code of an `ExtendedResponse`.
fn ldap_code(message: &[u8]) -> Option<u8> {
    // The number of the request, then the response with its code first.
    let rest = message.strip_prefix(&[0x02, 0x01, 0x01])?.strip_prefix(&[0x78])?;
    let (&length, rest) = rest.split_first()?;
    let rest = if length < 0x80 { rest } else { rest.get(usize::from(length & 0x7f)..)? };
    rest.strip_prefix(&[0x0a, 0x01])?.first().copied()
}
