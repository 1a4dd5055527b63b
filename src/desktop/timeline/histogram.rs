//! How many expiries each week or month brings.

use jiff::tz::TimeZone;

use super::scale::{Scale, Unit};
use crate::model::time::{DAY, DayEdge, day_edge};
use crate::model::{Inventory, Time};

/// The ends of every key shown, in order; made anew when the keys shown change.
#[derive(Debug, Clone, Default)]
pub struct Ends(Vec<Time>);

/// The expiries between two instants.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// From here.
    pub from: Time,
    /// To before here.
    pub to: Time,
    /// So many keys end.
    pub count: u32,
}

impl Ends {
    /// The ends of the current versions of these keys.
    pub fn new(inventory: &Inventory, order: &[u32], now: Time) -> Self {
        let ends = order.iter().filter_map(|&index| {
            let version = inventory.at(index)?.current(now)?;
            version.expires().filter(|_| !version.state(now).is_destroyed())
        });
        let mut ends: Vec<Time> = ends.collect();
        ends.sort_unstable();
        Self(ends)
    }

    /// The first and the last end.
    pub fn bounds(&self) -> Option<(Time, Time)> {
        Some((*self.0.first()?, *self.0.last()?))
    }

    /// How many end from one instant to before another.
    pub fn between(&self, from: Time, to: Time) -> u32 {
        let position = |time: Time| self.0.partition_point(|&end| end < time);
        position(to).saturating_sub(position(from)) as u32
    }

    /// The buckets that a width shows: weeks while a month is wide, otherwise months.
    pub fn buckets(&self, scale: &Scale, width: f32, zone: &TimeZone) -> Vec<Bucket> {
        let unit = bucket_unit(scale);
        let end = scale.time(width);
        let mut buckets = Vec::new();
        let mut date = unit.first(scale.time(0.0).date(zone));
        while buckets.len() < 2_000 {
            let Ok(next) = date.checked_add(unit.step()) else { break };
            let edge = |date| day_edge(date, zone, DayEdge::Start);
            let (Some(from), Some(to)) = (edge(date), edge(next)) else { break };
            if from > end {
                break;
            }
            let count = self.between(from, to);
            if count > 0 {
                buckets.push(Bucket { from, to, count });
            }
            date = next;
        }
        buckets
    }
}

/// Weeks while they are at least six points wide, months after that.
pub fn bucket_unit(scale: &Scale) -> Unit {
    if (7 * DAY) as f64 / scale.seconds_per_point >= 6.0 { Unit::Week } else { Unit::Month }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn every_end_in_view_is_in_one_bucket() {
        let ends = Ends(
            ["2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z", "2026-12-06T23:59:59Z", "2026-12-07T00:00:00Z"].map(at).to_vec(),
        );
        let scale = Scale::between(at("2026-11-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 600.0);
        let buckets = ends.buckets(&scale, 600.0, &TimeZone::UTC);
        assert_eq!(buckets.iter().map(|bucket| bucket.count).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(buckets[0].from, at("2026-11-30T00:00:00Z"));
    }
}
