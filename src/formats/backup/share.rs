//! Splitting a passphrase into shares by Shamir's scheme over GF(256), and putting it together again. A share is a few
//! lines of letters and digits that a person can type; each line tells whether it was typed rightly.

use blahaj::{Share as Point, Sharks};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::crypto::{self, CryptoError};
use crate::secret::Passphrase;

/// The form of the shares that are made here, and the newest that is read.
const FORM: u8 = 1;

/// The most shares of a set.
pub const MOST: u8 = 99;

/// The length of what guards a share, and of what guards the secret, in bytes.
const CHECK: usize = 4;

/// Before the share's own bytes: form, set (4), number, needed, made.
const HEAD: usize = 8;

/// Bytes in a line: 16 characters of 5 bits.
const LINE: usize = 10;

/// Crockford's base 32: without letters that are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One share. It is a secret in part, so it derives nothing.
pub struct Share {
    bytes: Zeroizing<Vec<u8>>,
}

/// How a passphrase is to be split.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Split {
    /// So many shares give it.
    pub needed: u8,
    /// So many are made.
    pub made: u8,
}

/// Shares cannot be made, read or put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// The numbers make no sense.
    #[error("A passphrase is split as K/N, such as 3/5: at least 2 of them give it, and at most {MOST} are made.")]
    Numbers,
    /// Randomness failed.
    #[error("Nothing was split: {0}")]
    Crypto(String),
    /// A line was mistyped.
    #[error("Line {line} of {sheet} was mistyped: its last group does not fit the others. Compare it with the sheet.")]
    Mistyped {
        /// Which share.
        sheet: String,
        /// Counted from 1.
        line: usize,
    },
    /// There are no lines of a share.
    #[error("{0} holds no share: no line of it looks like “1: 04GT 8S2F …”.")]
    None(String),
    /// Lines are missing, or those of several sheets are mixed.
    #[error(
        "The lines of {0} do not belong together: one is missing, or lines of two sheets are mixed. Type the lines of one sheet in their order."
    )]
    Lines(String),
    /// A newer program made it.
    #[error("{sheet} has form {found}, and this version reads up to form {FORM}. Use the newer version of Keystead.")]
    Newer {
        /// Which share.
        sheet: String,
        /// Its form.
        found: u8,
    },
    /// Shares of several sets.
    #[error("The shares are of different sets, {first} and {other}. Take those whose set is the same.")]
    Mixed {
        /// The set of the first share.
        first: String,
        /// Another set.
        other: String,
    },
    /// The same share twice.
    #[error("Share {number} of set {set} is there twice. Each share counts once.")]
    Repeated {
        /// Its number.
        number: u8,
        /// Its set.
        set: String,
    },
    /// Not enough.
    #[error("{have} of {needed} shares of set {set} are there. {} more and the passphrase is whole.", needed - have)]
    TooFew {
        /// The set.
        set: String,
        /// So many are there.
        have: u8,
        /// So many are needed.
        needed: u8,
    },
    /// They do not give what was split.
    #[error("The shares do not give a passphrase: one of set {0} is not what was printed. Try other shares of the set.")]
    Wrong(String),
}

impl From<CryptoError> for ShareError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error.to_string())
    }
}

impl Split {
    /// Reads `K/N`.
    pub fn parse(text: &str) -> Result<Self, ShareError> {
        let (needed, made) = text.split_once('/').ok_or(ShareError::Numbers)?;
        let number = |text: &str| text.trim().parse::<u8>().map_err(|_| ShareError::Numbers);
        Self::new(number(needed)?, number(made)?)
    }

    /// K of N.
    pub fn new(needed: u8, made: u8) -> Result<Self, ShareError> {
        if needed < 2 || needed > made || made > MOST { Err(ShareError::Numbers) } else { Ok(Self { needed, made }) }
    }
}

impl Share {
    /// Its number within its set, from 1.
    pub fn number(&self) -> u8 {
        self.bytes[5]
    }

    /// So many shares of its set give the passphrase.
    pub fn needed(&self) -> u8 {
        self.bytes[6]
    }

    /// So many of its set were made.
    pub fn made(&self) -> u8 {
        self.bytes[7]
    }

    /// The name of its set: eight hexadecimal digits.
    pub fn set(&self) -> String {
        crate::model::hex::encode(&self.bytes[1..5])
    }

    /// Its lines, each `1: 04GT 8S2F 0000 0000 CCCC`.
    pub fn lines(&self) -> Vec<Zeroizing<String>> {
        let line = |(number, part): (usize, &[u8])| {
            let number = number + 1;
            let mut code = encode(part);
            code.push_str(&check(number, part));
            let mut text = Zeroizing::new(String::with_capacity(40));
            text.push_str(&number.to_string());
            text.push(':');
            for group in code.as_bytes().chunks(4) {
                text.push(' ');
                text.extend(group.iter().map(|byte| char::from(*byte)));
            }
            text
        };
        self.bytes.chunks(LINE).enumerate().map(line).collect()
    }

    /// Reads a share from the text of its sheet, or from what was typed of it; `sheet` names it in errors. Lines that are
    /// none of a share are passed over.
    pub fn parse(text: &str, sheet: &str) -> Result<Self, ShareError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(256));
        let mut count = 0;
        for (number, line) in lines_of(text) {
            count += 1;
            if number.is_some_and(|number| number != count) {
                return Err(ShareError::Lines(sheet.to_owned()));
            }
            let mistyped = || ShareError::Mistyped { sheet: sheet.to_owned(), line: count };
            let (data, end) = line.split_at_checked(line.len().saturating_sub(4)).ok_or_else(mistyped)?;
            let part = Zeroizing::new(decode(data).filter(|part| !part.is_empty()).ok_or_else(mistyped)?);
            if check(count, &part) != end {
                return Err(mistyped());
            }
            bytes.extend_from_slice(&part);
        }
        if count == 0 {
            return Err(ShareError::None(sheet.to_owned()));
        }
        if bytes[0] > FORM {
            return Err(ShareError::Newer { sheet: sheet.to_owned(), found: bytes[0] });
        }
        let (body, end) = bytes.split_at_checked(bytes.len().saturating_sub(CHECK)).unwrap_or((&[], &[]));
        if body.len() <= HEAD + 1 || body[0] != FORM || seal(b"keystead share", body) != end {
            return Err(ShareError::Lines(sheet.to_owned()));
        }
        Ok(Self { bytes })
    }
}

#[cfg(test)]
impl Share {
    /// The same with another content, rightly sealed.
    pub(super) fn forged_for_tests(&self) -> Self {
        let mut bytes = self.bytes.clone();
        bytes[HEAD] ^= 1;
        let length = bytes.len() - CHECK;
        let end = seal(b"keystead share", &bytes[..length]);
        bytes[length..].copy_from_slice(&end);
        Self { bytes }
    }
}

/// Splits a passphrase.
pub fn split(passphrase: &Passphrase, wanted: Split) -> Result<Vec<Share>, ShareError> {
    let secret = passphrase.expose().as_bytes();
    let mut guarded = Zeroizing::new(Vec::with_capacity(secret.len() + CHECK));
    guarded.extend_from_slice(secret);
    guarded.extend_from_slice(&seal(b"keystead passphrase", secret));
    let set: [u8; 4] = crypto::random()?;
    let mut random = StdRng::from_seed(crypto::random()?);
    let points = Sharks(wanted.needed).dealer_rng(&guarded, &mut random).take(usize::from(wanted.made));
    let shares = points.map(|point| {
        let mut point = Vec::from(&point);
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + point.len() + CHECK));
        bytes.push(FORM);
        bytes.extend_from_slice(&set);
        // The point's own place is its number.
        bytes.extend_from_slice(&[point[0], wanted.needed, wanted.made]);
        bytes.extend_from_slice(&point[1..]);
        let end = seal(b"keystead share", &bytes);
        bytes.extend_from_slice(&end);
        point.zeroize();
        Share { bytes }
    });
    Ok(shares.collect())
}

/// Puts a passphrase together.
pub fn join(shares: &[Share]) -> Result<Passphrase, ShareError> {
    let first = shares.first().ok_or_else(|| ShareError::None("What was given".into()))?;
    let set = first.set();
    let mut numbers = std::collections::BTreeSet::new();
    for share in shares {
        if share.bytes[..5] != first.bytes[..5] || share.bytes[6..HEAD] != first.bytes[6..HEAD] {
            return Err(ShareError::Mixed { first: set, other: share.set() });
        }
        if !numbers.insert(share.number()) {
            return Err(ShareError::Repeated { number: share.number(), set });
        }
    }
    let (have, needed) = (numbers.len() as u8, first.needed());
    if have < needed {
        return Err(ShareError::TooFew { set, have, needed });
    }
    let points: Vec<Point> = shares
        .iter()
        .filter_map(|share| {
            let mut point = Zeroizing::new(vec![share.number()]);
            point.extend_from_slice(&share.bytes[HEAD..share.bytes.len() - CHECK]);
            Point::try_from(&point[..]).ok()
        })
        .collect();
    let wrong = || ShareError::Wrong(set.clone());
    let mut guarded = Zeroizing::new(Sharks(needed).recover(&points).map_err(|_| wrong())?);
    let (secret, end) = guarded.split_at_checked(guarded.len().saturating_sub(CHECK)).ok_or_else(wrong)?;
    if seal(b"keystead passphrase", secret) != end {
        return Err(wrong());
    }
    let length = secret.len();
    guarded.truncate(length);
    String::from_utf8(std::mem::take(&mut *guarded)).map(Passphrase::new).map_err(|_| wrong())
}

/// The first bytes of SHA-256 over what it is for and the bytes.
fn seal(what: &[u8], bytes: &[u8]) -> [u8; CHECK] {
    let mut all = Zeroizing::new(Vec::with_capacity(what.len() + 1 + bytes.len()));
    all.extend_from_slice(what);
    all.push(0);
    all.extend_from_slice(bytes);
    let digest = crypto::sha256(&all);
    let mut end = [0; CHECK];
    end.copy_from_slice(&digest.as_bytes()[..CHECK]);
    end
}

/// Four characters that guard a line and its place.
fn check(number: usize, part: &[u8]) -> String {
    let mut all = Zeroizing::new(vec![number as u8]);
    all.extend_from_slice(part);
    let mut code = encode(&seal(b"keystead line", &all));
    code.truncate(4);
    std::mem::take(&mut *code)
}

fn encode(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 8 / 5 + 8));
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

fn decode(code: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(LINE + 4);
    let (mut held, mut bits) = (0_u32, 0);
    for letter in code.bytes() {
        held = held << 5 | ALPHABET.iter().position(|known| *known == letter)? as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 255) as u8);
        }
    }
    // What is left over is zero, so that one share has one spelling.
    (held & ((1 << bits) - 1) == 0).then_some(bytes)
}

/// The lines of a share in a text: those that begin with a number and a colon, or every line where none does. Each comes
/// with its number, if it has one, and its characters without spaces and hyphens.
fn lines_of(text: &str) -> Vec<(Option<usize>, Zeroizing<String>)> {
    let numbered: Vec<_> = text.lines().filter_map(numbered).collect();
    if !numbered.is_empty() {
        return numbered;
    }
    text.lines().map(|line| (None, plain(line))).filter(|(_, code)| !code.is_empty()).collect()
}

fn numbered(line: &str) -> Option<(Option<usize>, Zeroizing<String>)> {
    let (number, rest) = line.trim().split_once(':')?;
    if number.is_empty() || number.len() > 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code = plain(rest);
    (!code.is_empty()).then(|| (number.parse().ok(), code))
}

/// Letters that are taken for digits are those digits.
fn plain(text: &str) -> Zeroizing<String> {
    let mut code = Zeroizing::new(String::with_capacity(text.len()));
    for letter in text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        code.push(match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    }
    code
}
