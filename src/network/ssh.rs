//! SSH up to the server's host key (RFC 4253 sections 4, 7 and 8 with RFC 8731): the key exchange is made,
//! its signature proves the key, and then the connection is closed. One connection for each type of key.

use std::time::Instant;

use base64ct::{Base64, Encoding as _};
use x25519_dalek::{PublicKey, StaticSecret};

use super::dial::{Cancel, Dial};
use super::fault::ProbeError;
use super::ssh_packet::{Fields, put, put_number, receive, send};
use crate::crypto;
use crate::formats::openssh;
use crate::model::Address;

const KEXINIT: u8 = 20;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;

const OUR_VERSION: &str = concat!("SSH-2.0-Keystead_", env!("CARGO_PKG_VERSION"));

/// Lines that a server may send before its version, and the longest.
const MOST_LINES: usize = 50;
const LONGEST_LINE: usize = 1_024;

/// RFC 8731, and the name it had before.
const EXCHANGES: [&str; 2] = ["curve25519-sha256", "curve25519-sha256@libssh.org"];

/// Types of host keys whose signatures are checked here. RSA keys sign with SHA-256 (RFC 8332).
const TYPES: [&str; 5] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256"];

/// What would follow the exchange; never used, but both sides have to agree on it first.
const CIPHERS: &str =
    "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr";
const MACS: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";

/// A host key that the server proved to hold.
pub(super) struct HostKey {
    /// DER `SubjectPublicKeyInfo`.
    pub(super) spki: Box<[u8]>,
    /// Its binary form.
    pub(super) blob: Vec<u8>,
    /// The exchange and the type of the key.
    pub(super) agreed: String,
}

/// Every host key that is offered; what hindered the others comes beside them.
pub(super) fn host_keys(address: &Address, until: Instant, cancel: &Cancel) -> (Vec<HostKey>, Option<ProbeError>) {
    let mut keys = Vec::new();
    let mut offered: Option<Vec<&'static str>> = None;
    let mut next = 0;
    loop {
        let kind = match &offered {
            Some(kinds) => match kinds.get(next) {
                Some(kind) => Some(*kind),
                None => return (keys, None),
            },
            None => None,
        };
        next += 1;
        let looked = Dial::connect(address, until, cancel).and_then(|mut dial| exchange(&mut dial, kind));
        match looked {
            Ok((key, kinds)) => {
                keys.push(key);
                offered.get_or_insert(kinds);
            }
            Err(error) => return (keys, Some(error)),
        }
    }
}

/// One exchange for a type of key, or for the first that is offered; with all that are.
fn exchange(dial: &mut Dial, kind: Option<&'static str>) -> Result<(HostKey, Vec<&'static str>), ProbeError> {
    let version = version(dial)?;
    dial.send(format!("{OUR_VERSION}\r\n").as_bytes())?;
    let theirs = receive(dial, KEXINIT)?;
    let mut fields = Fields(&theirs);
    fields.take(17)?;
    let (exchanges, kinds) = (fields.names()?, fields.names()?);
    let exchange =
        EXCHANGES.into_iter().find(|own| exchanges.contains(own)).ok_or(ProbeError::NothingInCommon("key exchange"))?;
    let kinds: Vec<&'static str> = TYPES.into_iter().filter(|own| kinds.contains(own)).collect();
    let kind = kind.or_else(|| kinds.first().copied()).ok_or(ProbeError::NothingInCommon("type of host key"))?;
    let ours = our_init(exchange, kind)?;
    send(dial, &ours)?;

    let secret = StaticSecret::from(crypto::random::<32>()?);
    let public = PublicKey::from(&secret);
    let mut init = vec![ECDH_INIT];
    put(&mut init, public.as_bytes());
    send(dial, &init)?;
    let reply = receive(dial, ECDH_REPLY)?;
    let mut fields = Fields(&reply[1..]);
    let (blob, their_public, signature) = (fields.string()?, fields.string()?, fields.string()?);
    let point: [u8; 32] = their_public.try_into().map_err(|_| ProbeError::NotProved)?;
    let shared = secret.diffie_hellman(&PublicKey::from(point));
    if !shared.was_contributory() {
        return Err(ProbeError::NotProved);
    }
    // RFC 5656 section 4, RFC 8731 section 3.
    let mut hashed = Vec::new();
    for part in [OUR_VERSION.as_bytes(), version.as_bytes(), &ours, &theirs, blob, public.as_bytes(), their_public] {
        put(&mut hashed, part);
    }
    put_number(&mut hashed, shared.as_bytes());
    let spki = prove(blob, kind, &crypto::sha256(&hashed).0, signature)?;
    Ok((HostKey { spki, blob: blob.to_vec(), agreed: format!("SSH 2.0 {exchange} {kind}") }, kinds))
}

/// The server's version, with what it says before passed over (RFC 4253 section 4.2).
fn version(dial: &mut Dial) -> Result<String, ProbeError> {
    for _ in 0..MOST_LINES {
        let line = dial.line(LONGEST_LINE)?;
        if line.starts_with("SSH-2.0-") || line.starts_with("SSH-1.99-") {
            return Ok(line);
        }
        if line.starts_with("SSH-") {
            return Err(ProbeError::NothingInCommon("version of SSH"));
        }
    }
    Err(ProbeError::OtherProtocol("SSH"))
}

fn our_init(exchange: &str, kind: &str) -> Result<Vec<u8>, ProbeError> {
    let mut init = vec![KEXINIT];
    init.extend(crypto::random::<16>()?);
    for names in [exchange, kind, CIPHERS, CIPHERS, MACS, MACS, "none", "none", "", ""] {
        put(&mut init, names.as_bytes());
    }
    // No guess follows, and nothing is reserved.
    init.extend([0; 5]);
    Ok(init)
}

/// The key in a host key's binary form, if it is of the type that was asked for and signed the exchange.
fn prove(blob: &[u8], kind: &str, hash: &[u8], signature: &[u8]) -> Result<Box<[u8]>, ProbeError> {
    let named = Fields(blob).string()?;
    let wanted = if kind == "rsa-sha2-256" { "ssh-rsa" } else { kind };
    let mut fields = Fields(signature);
    if named != wanted.as_bytes() || fields.string()? != kind.as_bytes() {
        return Err(ProbeError::NotProved);
    }
    let line = format!("{wanted} {}", Base64::encode_string(blob));
    let spki = openssh::parse(&line).map_err(|_| ProbeError::OtherProtocol("host key that can be read"))?;
    let raw = fields.string()?;
    let signature = if kind.starts_with("ecdsa-") { der_of(raw)? } else { raw.to_vec() };
    match crypto::verify(&spki, hash, &signature) {
        Ok(true) => Ok(spki),
        _ => Err(ProbeError::NotProved),
    }
}

/// Both numbers of an ECDSA signature (RFC 5656 section 3.1.2) in DER.
fn der_of(raw: &[u8]) -> Result<Vec<u8>, ProbeError> {
    let mut fields = Fields(raw);
    let (r, s) = (fields.string()?, fields.string()?);
    let mut numbers = Vec::new();
    for number in [r, s] {
        // At most 66 bytes and a zero, so that one byte holds each length.
        let length = u8::try_from(number.len()).ok().filter(|length| (1..=67).contains(length)).ok_or(ProbeError::NotProved)?;
        numbers.extend([2, length]);
        numbers.extend(number);
    }
    let mut der = vec![0x30];
    if numbers.len() >= 0x80 {
        der.push(0x81);
    }
    der.push(numbers.len() as u8);
    der.extend(numbers);
    Ok(der)
}
