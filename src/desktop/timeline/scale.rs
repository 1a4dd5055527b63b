//! Time to pixels and back, and the lines of the calendar between them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use crate::model::Time;
use crate::model::time::{DAY, DayEdge, day_edge};

/// The closest view: an hour is a few pixels wide.
const LEAST_SECONDS_PER_POINT: f64 = 120.0;

/// The widest view: forty years on a small screen.
const MOST_SECONDS_PER_POINT: f64 = 2_000_000.0;

/// Which part of time a width shows.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Scale {
    /// Seconds since 1970 at the left edge.
    pub start: f64,
    /// Seconds a point wide.
    pub seconds_per_point: f64,
}

/// A line of the calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// When it begins.
    pub time: Time,
    /// What it is called.
    pub label: String,
    /// The first of a larger unit: a year, or a month over weeks.
    pub major: bool,
}

/// What a tick is apart from the next.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Weeks, from Monday.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

impl Scale {
    /// Shows from one instant to another on a width.
    pub fn between(from: Time, to: Time, width: f32) -> Self {
        let seconds = (to.seconds_since(from) as f64).max(1.0);
        let scale = Self { start: from.as_second() as f64, seconds_per_point: seconds / f64::from(width.max(1.0)) };
        scale.held()
    }

    /// The point at which an instant lies, from the left edge.
    pub fn x(&self, time: Time) -> f32 {
        ((time.as_second() as f64 - self.start) / self.seconds_per_point) as f32
    }

    /// The instant at a point.
    pub fn time(&self, x: f32) -> Time {
        Time::from_second((self.start + f64::from(x) * self.seconds_per_point) as i64)
    }

    /// Moves by points.
    pub fn pan(&mut self, points: f32) {
        self.start -= f64::from(points) * self.seconds_per_point;
        *self = self.held();
    }

    /// Zooms in by a factor (out below 1), with the instant at `x` staying where it is.
    pub fn zoom(&mut self, factor: f32, x: f32) {
        let anchor = self.start + f64::from(x) * self.seconds_per_point;
        self.seconds_per_point /= f64::from(factor.max(0.01));
        *self = self.held();
        self.start = anchor - f64::from(x) * self.seconds_per_point;
        *self = self.held();
    }

    /// Within the years 1900 to 2200 and the closest and widest view.
    fn held(self) -> Self {
        let seconds_per_point = self.seconds_per_point.clamp(LEAST_SECONDS_PER_POINT, MOST_SECONDS_PER_POINT);
        Self { start: self.start.clamp(-2_208_988_800.0, 7_258_118_400.0), seconds_per_point }
    }

    /// The unit whose ticks are far enough apart to be labelled.
    pub fn unit(&self) -> Unit {
        let points = |days: i64| (days * DAY) as f64 / self.seconds_per_point;
        match () {
            () if points(7) >= 56.0 => Unit::Week,
            () if points(30) >= 36.0 => Unit::Month,
            () if points(91) >= 36.0 => Unit::Quarter,
            () => Unit::Year,
        }
    }

    /// The ticks that a width shows, one more on each side.
    pub fn ticks(&self, width: f32, zone: &TimeZone) -> Vec<Tick> {
        let unit = self.unit();
        let end = self.time(width);
        let mut date = unit.first(self.time(0.0).date(zone));
        let mut ticks = Vec::new();
        // At the widest view there are some hundreds of years.
        while ticks.len() < 1_000 {
            let Some(time) = day_edge(date, zone, DayEdge::Start) else { break };
            ticks.push(unit.tick(date, time));
            if time > end {
                break;
            }
            let Ok(next) = date.checked_add(unit.step()) else { break };
            date = next;
        }
        ticks
    }
}

impl Unit {
    /// The first day of the unit in which a day lies.
    pub fn first(self, date: Date) -> Date {
        let month = |month: i8| Date::new(date.year(), month, 1).unwrap_or(date);
        match self {
            Self::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(Span::new().days(back)).unwrap_or(date)
            }
            Self::Month => month(date.month()),
            Self::Quarter => month((date.month() - 1) / 3 * 3 + 1),
            Self::Year => month(1),
        }
    }

    /// The length of one.
    pub fn step(self) -> Span {
        match self {
            Self::Week => 7.days(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        }
    }

    fn tick(self, date: Date, time: Time) -> Tick {
        let january = date.month() == 1;
        let (label, major) = match self {
            Self::Week => (date.strftime("%-d %b").to_string(), date.day() <= 7),
            Self::Month | Self::Quarter if january => (date.year().to_string(), true),
            Self::Month => (date.strftime("%b").to_string(), false),
            Self::Quarter => (format!("Q{}", (date.month() - 1) / 3 + 1), false),
            Self::Year => (date.year().to_string(), date.year().rem_euclid(10) == 0),
        };
        Tick { time, label, major }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_named_and_january_is_the_year() {
        let scale = Scale::between(at("2026-11-01T00:00:00Z"), at("2027-03-01T00:00:00Z"), 400.0);
        let labels: Vec<String> = scale.ticks(400.0, &TimeZone::UTC).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels[..4], ["Nov", "Dec", "2027", "Feb"]);
    }

    proptest! {
        #[test]
        fn zooming_keeps_the_instant_under_the_pointer(factor in 0.5_f32..2.0, x in 0.0_f32..1000.0) {
            let mut scale = Scale::between(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 1000.0);
            let before = scale.time(x);
            scale.zoom(factor, x);
            prop_assert!((scale.time(x).seconds_since(before)).abs() <= 2);
        }

        #[test]
        fn ticks_go_up_and_cover_the_width(start in -1_000_000_000_i64..4_000_000_000, days in 1_i64..20_000, width in 50.0_f32..3000.0) {
            let from = Time::from_second(start);
            let scale = Scale::between(from, from.plus_days(days), width);
            let ticks = scale.ticks(width, &TimeZone::UTC);
            prop_assert!(ticks.windows(2).all(|pair| pair[0].time < pair[1].time));
            prop_assert!(ticks[0].time <= scale.time(0.0));
            prop_assert!(ticks.last().unwrap().time > scale.time(width) || ticks.len() == 1_000);
        }
    }
}
