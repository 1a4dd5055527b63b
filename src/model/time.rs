//! Instants, and how a person writes a date. The clock and the zone come from outside.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds in a day of 24 hours.
pub const DAY: i64 = 86_400;

/// The first year that RFC 3339 can write and that people count.
const FIRST_YEAR: i16 = 1;

/// An instant with a resolution of one second.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// The earliest and the latest instant that RFC 3339 can write (years 0001 to 9999), with a
    /// day of room for every zone.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_510_400..=253_402_207_200;

    /// From seconds since 1970-01-01T00:00:00Z; held to years 1 to 9999.
    pub fn from_second(second: i64) -> Self {
        Self(second.clamp(*Self::RANGE.start(), *Self::RANGE.end()))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn as_second(self) -> i64 {
        self.0
    }

    /// This many seconds later, held to years 1 to 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_second(self.0.saturating_add(seconds))
    }

    /// This many days of 24 hours later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(DAY))
    }

    /// Seconds from `earlier` to this; negative when it lies after.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// As a `jiff` timestamp.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or_default()
    }

    /// The civil date in a zone.
    pub fn date(self, zone: &TimeZone) -> Date {
        zone.to_datetime(self.timestamp()).date()
    }
}

impl From<Timestamp> for Time {
    fn from(timestamp: Timestamp) -> Self {
        Self::from_second(timestamp.as_second())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Time({self})")
    }
}

impl FromStr for Time {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        text.parse::<Timestamp>().map(Self::from).map_err(|_| DateError::unreadable(text))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        if deserializer.is_human_readable() {
            std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self::from_second)
        }
    }
}

/// A date that a person wrote could not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It is none of the three forms.
    #[error("“{0}” is not a date: write 2027-03-15, 2027-03-15T12:00:00Z or a span like 90d")]
    Unreadable(String),
    /// It lies outside the years 1 to 9999.
    #[error("“{0}” lies outside the years 1 to 9999")]
    OutOfRange(String),
}

impl DateError {
    fn unreadable(text: &str) -> Self {
        Self::Unreadable(text.chars().take(80).collect())
    }
    fn out_of_range(text: &str) -> Self {
        Self::OutOfRange(text.chars().take(80).collect())
    }
}

/// Which end of a day a bare date means.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum DayEdge {
    /// Its first second: activation, compromise.
    Start,
    /// Its last second: expiry, deactivation.
    End,
}

/// Reads RFC 3339, `2027-03-15` (a day in `zone`) or a span from `now` such as `90d`.
///
/// Spans take `h`, `d`, `w`, `mo` and `y`, alone or in a row (`1y6mo`).
pub fn parse_date(text: &str, now: Time, zone: &TimeZone, edge: DayEdge) -> Result<Time, DateError> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        let written = TimeZone::UTC.to_datetime(timestamp).year() >= FIRST_YEAR;
        return if written { Ok(timestamp.into()) } else { Err(DateError::out_of_range(text)) };
    }
    if let Ok(date) = text.parse::<Date>()
        && !text.contains(['T', 't', ' '])
    {
        return day_edge(date, zone, edge).ok_or_else(|| DateError::out_of_range(text));
    }
    let span = parse_span(text).ok_or_else(|| DateError::unreadable(text))?;
    let start = now.timestamp().to_zoned_datetime(zone.clone());
    start.checked_add(span).map(|end| end.timestamp().into()).map_err(|_| DateError::out_of_range(text))
}

/// The first or last second of a day in a zone. The last day of all ends where the clock does: a
/// certificate without an end says 9999-12-31 (RFC 5280 section 4.1.2.5).
pub fn day_edge(date: Date, zone: &TimeZone, edge: DayEdge) -> Option<Time> {
    let start = |date: Date| date.to_zoned_datetime(zone.clone()).ok().map(|zoned| Time::from(zoned.timestamp()));
    let end_of_time = Time(*Time::RANGE.end());
    match (edge, date.tomorrow()) {
        _ if date.year() < FIRST_YEAR => None,
        (DayEdge::Start, _) => start(date),
        (DayEdge::End, Err(_)) => Some(end_of_time),
        (DayEdge::End, Ok(next)) => Some(start(next).map_or(end_of_time, |next| next.plus_seconds(-1))),
    }
}

/// Reads `90d`, `2w`, `18mo`, `1y`, `12h` or several of them in a row.
pub fn parse_span(text: &str) -> Option<Span> {
    let mut span = Span::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0)?;
        let count: i64 = rest[..digits].parse().ok().filter(|&count| count <= 400_000)?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let part = match &rest[..letters] {
            "h" => Span::new().try_hours(count),
            "d" => Span::new().try_days(count),
            "w" => Span::new().try_weeks(count),
            "mo" => Span::new().try_months(count),
            "y" => Span::new().try_years(count),
            _ => return None,
        };
        let relative = jiff::civil::date(2000, 1, 1);
        span = span.checked_add((part.ok()?, relative)).ok()?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(span)
}

/// A length of time as screens show it: “19 d”, “5 mo”, “1.5 y”.
pub fn short_span(seconds: i64) -> String {
    let days = seconds.unsigned_abs() / DAY.unsigned_abs();
    match days {
        0 => format!("{} h", seconds.unsigned_abs() / 3_600),
        1..=99 => format!("{days} d"),
        100..=547 => format!("{} mo", days * 10 / 304),
        _ => {
            let tenths = days * 10 / 365;
            if tenths.is_multiple_of(10) { format!("{} y", tenths / 10) } else { format!("{}.{} y", tenths / 10, tenths % 10) }
        }
    }
}

/// A date as screens show it: “12 Dec 2026”.
pub fn short_date(time: Time, zone: &TimeZone) -> String {
    time.date(zone).strftime("%-d %b %Y").to_string()
}

/// One day as a span, for callers that step through calendars.
pub fn one_day() -> Span {
    1.day()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn read(text: &str, edge: DayEdge) -> String {
        parse_date(text, now(), &TimeZone::UTC, edge).unwrap().to_string()
    }

    #[test]
    fn a_bare_date_is_an_edge_of_its_day() {
        assert_eq!(read("2027-03-15", DayEdge::Start), "2027-03-15T00:00:00Z");
        assert_eq!(read("2027-03-15", DayEdge::End), "2027-03-15T23:59:59Z");
        assert_eq!(read("9999-12-31", DayEdge::End), read("9999-12-30T22:00:00Z", DayEdge::End));
    }

    #[test]
    fn spans_count_from_now() {
        assert_eq!(read("90d", DayEdge::End), "2027-02-21T10:00:00Z");
        assert_eq!(read("1y6mo", DayEdge::End), "2028-05-23T10:00:00Z");
        assert_eq!(read("2w", DayEdge::End), "2026-12-07T10:00:00Z");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "soon", "90", "d", "-1d", "2027-13-01", "999999999y", "9999999d", "0000-12-31", "-000001-01-01T00:00:00Z"]
        {
            assert!(parse_date(text, now(), &TimeZone::UTC, DayEdge::End).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_read_like_speech() {
        assert_eq!(short_span(19 * DAY), "19 d");
        assert_eq!(short_span(-4 * DAY), "4 d");
        assert_eq!(short_span(152 * DAY), "5 mo");
        assert_eq!(short_span(548 * DAY), "1.5 y");
        assert_eq!(short_span(3650 * DAY), "10 y");
    }
}
