//! The binary form of SSH's first messages: packets without a cipher (RFC 4253 section 6) and their fields.

use super::dial::Dial;
use super::fault::ProbeError;

/// The longest packet that is read (RFC 4253 section 6.1 asks for 35,000).
const LONGEST: usize = 35_000;

/// Messages that may come between others and mean nothing here.
const MOST_BETWEEN: usize = 20;

const DISCONNECT: u8 = 1;
const IGNORE: u8 = 2;
const DEBUG: u8 = 4;

const NOT_SSH: ProbeError = ProbeError::OtherProtocol("SSH");

/// The next message of this number, as a whole.
pub(super) fn receive(dial: &mut Dial, wanted: u8) -> Result<Vec<u8>, ProbeError> {
    for _ in 0..MOST_BETWEEN {
        let head = dial.take(5)?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let padding = usize::from(head[4]);
        if !(padding + 2..=LONGEST).contains(&length) {
            return Err(NOT_SSH);
        }
        let mut payload = dial.take(length - 1)?;
        payload.truncate(length - 1 - padding);
        match payload.first() {
            Some(&number) if number == wanted => return Ok(payload),
            Some(&DISCONNECT) => return Err(disconnected(&payload)),
            Some(&(IGNORE | DEBUG)) => {}
            _ => return Err(NOT_SSH),
        }
    }
    Err(ProbeError::TooMuch)
}

fn disconnected(payload: &[u8]) -> ProbeError {
    let text = payload.get(5..).and_then(|rest| Fields(rest).string().ok()).unwrap_or_default();
    let text: String = String::from_utf8_lossy(text).chars().take(200).collect();
    ProbeError::Disconnected(format!("it said “{}”.", crate::model::name::shown(text.trim())))
}

/// Sends a message.
pub(super) fn send(dial: &mut Dial, payload: &[u8]) -> Result<(), ProbeError> {
    // A multiple of 8 bytes as a whole, with at least 4 bytes of padding.
    let padding = 4 + (8 - (payload.len() + 9) % 8) % 8;
    let mut packet = Vec::with_capacity(payload.len() + padding + 5);
    packet.extend(((payload.len() + padding + 1) as u32).to_be_bytes());
    packet.push(padding as u8);
    packet.extend(payload);
    packet.resize(packet.len() + padding, 0);
    dial.send(&packet)
}

/// What is left of a message.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// This many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ProbeError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(NOT_SSH)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Bytes behind their length.
    pub(super) fn string(&mut self) -> Result<&'a [u8], ProbeError> {
        let length = self.take(4)?.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
        self.take(length)
    }

    /// Names with commas between them.
    pub(super) fn names(&mut self) -> Result<Vec<&'a str>, ProbeError> {
        let text = std::str::from_utf8(self.string()?).map_err(|_| NOT_SSH)?;
        Ok(text.split(',').filter(|name| !name.is_empty()).collect())
    }
}

/// Adds bytes behind their length.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}

/// Adds a number that is not negative (RFC 4251 section 5, `mpint`).
pub(super) fn put_number(out: &mut Vec<u8>, magnitude: &[u8]) {
    let start = magnitude.iter().position(|&byte| byte != 0).unwrap_or(magnitude.len());
    let magnitude = &magnitude[start..];
    let signed = magnitude.first().is_some_and(|&first| first >= 0x80);
    out.extend(((magnitude.len() + usize::from(signed)) as u32).to_be_bytes());
    out.extend(signed.then_some(0));
    out.extend(magnitude);
}
