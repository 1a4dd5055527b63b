//! The dates of certificates as they are found: `UTCTime` and `GeneralizedTime` in the forms that X.680 sections 46 and 47
//! allow, also before 1970 and where RFC 5280 section 4.1.2.5 asks for a narrower form.
//!
//! By hand: the dates of the crate `der` begin in 1970, and a certificate with an older one is none to it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::ber::{self, INTEGER, SEQUENCE};
use crate::model::Time;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// A date that every reader takes.
const ANOTHER: &[u8] = b"\x17\x0d700101000000Z";

/// The dates of a certificate.
pub(super) struct Validity {
    /// Valid from and until.
    pub(super) dates: [Time; 2],
    /// The same certificate with dates that every reader takes.
    pub(super) with_others: Vec<u8>,
}

/// The dates of a certificate; `None` where they are none.
pub(super) fn of(der: &[u8]) -> Option<Validity> {
    let found = parts(der)?.get(VALIDITY)?.content;
    let [from, to] = ber::all(found)?.try_into().ok()?;
    let dates = [parse(&from)?, parse(&to)?];
    Some(Validity { dates, with_others: with_dates(der, [ANOTHER, ANOTHER])? })
}

/// Where the dates stand among the parts that [`parts`] gives.
const VALIDITY: usize = 4;

/// What is signed, with a version in front also where it is left away: serial number, algorithm, issuer, dates and more.
fn parts(der: &[u8]) -> Option<Vec<ber::Element<'_>>> {
    let signed = ber::first(ber::only(der, SEQUENCE)?, 1).first()?.content;
    let mut parts = ber::all(signed)?;
    if parts.first()?.tag == INTEGER {
        parts.insert(0, ber::Element { tag: ber::context(0), content: &[], whole: &[] });
    }
    Some(parts)
}

/// A certificate with other dates (whole elements); its signature no longer fits.
pub(super) fn with_dates(der: &[u8], dates: [&[u8]; 2]) -> Option<Vec<u8>> {
    let validity = ber::wrap(SEQUENCE, &dates);
    let mut parts: Vec<&[u8]> = parts(der)?.iter().map(|part| part.whole).collect();
    *parts.get_mut(VALIDITY)? = &validity;
    let signed = ber::wrap(SEQUENCE, &parts);
    let behind = ber::all(ber::only(der, SEQUENCE)?)?;
    let whole: Vec<&[u8]> = std::iter::once(&signed[..]).chain(behind.iter().skip(1).map(|part| part.whole)).collect();
    Some(ber::wrap(SEQUENCE, &whole).to_vec())
}

fn parse(element: &ber::Element<'_>) -> Option<Time> {
    let text = std::str::from_utf8(element.content).ok().filter(|text| text.is_ascii())?;
    match element.tag {
        UTC_TIME => {
            let (digits, zone) = split(text);
            let year: i16 = number(digits, 0, 2)?;
            // RFC 5280 section 4.1.2.5.1.
            instant(
                year + if year >= 50 { 1900 } else { 2000 },
                digits.get(2..).filter(|rest| matches!(rest.len(), 8 | 10))?,
                zone,
            )
        }
        GENERALIZED_TIME => {
            let (digits, zone) = split(text);
            instant(number(digits, 0, 4)?, digits.get(4..)?, zone)
        }
        _ => None,
    }
}

/// The digits, and the zone behind them.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find(['Z', '+', '-']).unwrap_or(text.len()))
}

fn number<T: std::str::FromStr>(digits: &str, at: usize, length: usize) -> Option<T> {
    let digits = digits.get(at..at + length)?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Month, day, hour, and as far as they are there minute, second and a fraction of the last.
fn instant(year: i16, rest: &str, zone: &str) -> Option<Time> {
    let (digits, fraction) = rest.split_once(['.', ',']).map_or((rest, None), |(digits, fraction)| (digits, Some(fraction)));
    let part = |at| number::<i8>(digits, at, 2);
    let (minute, second, unit) = match digits.len() {
        6 => (0, 0, 3600),
        8 => (part(6)?, 0, 60),
        10 => (part(6)?, part(8)?, 1),
        _ => return None,
    };
    let date = DateTime::new(year, part(0)?, part(2)?, part(4)?, minute, second, 0).ok()?;
    let time = Time::from(TimeZone::UTC.to_timestamp(date).ok()?);
    Some(time.plus_seconds(part_of(fraction, unit)? - offset(zone)?))
}

/// A fraction of an hour, a minute or a second in whole seconds.
fn part_of(fraction: Option<&str>, unit: i64) -> Option<i64> {
    let Some(digits) = fraction else { return Some(0) };
    let digits = &digits[..digits.len().min(9)];
    let tens = 10_i64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    Some(unit * number::<i64>(digits, 0, digits.len()).filter(|_| !digits.is_empty())? / tens)
}

/// Seconds east of Greenwich. Without a zone it is a local time of nobody knows where, and counts as universal.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes() {
        [] | [b'Z'] => return Some(0),
        [b'+', _, _, _, _] | [b'+', _, _] => 1,
        [b'-', _, _, _, _] | [b'-', _, _] => -1,
        _ => return None,
    };
    let minutes: i64 = if zone.len() == 5 { number(zone, 3, 2)? } else { 0 };
    Some(sign * (number::<i64>(zone, 1, 2)? * 3600 + minutes * 60))
}
