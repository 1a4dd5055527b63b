//! The forecast that the timeline shows: kept up to date as keys change, and put into words once.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::desktop::desk::Desk;
use crate::model::forecast::{WEEK, of_key};
use crate::model::time::short_date;
use crate::model::{DueKind, Forecast, Inventory, Time};

/// Twelve months.
const WEEKS: u16 = 52;

/// What comes due in the weeks ahead.
#[derive(Default)]
pub struct Ahead {
    forecast: Option<Forecast>,
    /// The day on which it was made.
    day: Date,
    /// Keys that changed since.
    touched: Vec<u32>,
    weeks: Vec<Week>,
    /// Goes up whenever a week may be different.
    changes: u64,
}

/// A week that lies ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// It begins here.
    pub from: Time,
    /// And ends before here.
    pub to: Time,
    /// How much comes due, in the order of [`DueKind::ALL`].
    pub counts: [u32; DueKind::ALL.len()],
    /// What asks something of a person.
    pub work: u32,
    /// It brings much more than others.
    pub busy: bool,
    /// “18 in the week of 3 Mar”.
    pub label: String,
    /// “15 rotations, 3 expiries”.
    pub counted: String,
    /// The whole week in words.
    pub spoken: String,
}

/// Something that comes due in a week.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Time,
    /// What.
    pub kind: DueKind,
    /// Of which key, by its index.
    pub index: u32,
}

impl Ahead {
    /// These keys are new or different.
    pub fn touch(&mut self, keys: &[u32]) {
        if self.forecast.is_some() {
            self.touched.extend_from_slice(keys);
        }
    }

    /// Counts what has to be counted. The first time, on a new day and where most keys changed that is everything.
    pub fn refresh(&mut self, desk: &Desk) {
        let day = desk.now.date(&desk.zone);
        if self.day != day || self.touched.len() >= desk.inventory.keys().len() {
            self.forecast = None;
        }
        match &mut self.forecast {
            Some(_) if self.touched.is_empty() => return,
            Some(forecast) => {
                self.touched.sort_unstable();
                self.touched.dedup();
                forecast.update(&desk.inventory, &self.touched, desk.now);
            }
            None => self.forecast = Some(Forecast::new(&desk.inventory, desk.now, WEEKS)),
        }
        self.touched.clear();
        self.day = day;
        self.changes += 1;
        self.weeks = self.forecast.as_ref().map(|forecast| weeks(forecast, &desk.zone)).unwrap_or_default();
    }

    /// The forecast, once it was made.
    pub fn forecast(&self) -> Option<&Forecast> {
        self.forecast.as_ref()
    }

    /// The weeks ahead, those that bring nothing too.
    pub fn weeks(&self) -> &[Week] {
        &self.weeks
    }

    /// Goes up whenever a week may be different.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The busiest week of those that are busy.
    pub fn busiest(&self) -> Option<&Week> {
        self.weeks.iter().filter(|week| week.busy).max_by_key(|week| (week.work, std::cmp::Reverse(week.from)))
    }

    /// How many weeks are busy.
    pub fn busy(&self) -> usize {
        self.weeks.iter().filter(|week| week.busy).count()
    }

    /// How much comes due in all.
    pub fn total(&self) -> u32 {
        self.weeks.iter().flat_map(|week| week.counts).sum()
    }

    /// What comes due in a week, in order.
    pub fn due_in(&self, week: usize, inventory: &Inventory, now: Time) -> Vec<Due> {
        let (Some(forecast), Some(span)) = (&self.forecast, self.weeks.get(week)) else { return Vec::new() };
        let mut due = Vec::new();
        for index in forecast.due_in(week) {
            let Some(key) = inventory.at(index) else { continue };
            let of_key = of_key(key, &inventory.policy_of(key), now.max(forecast.week(0)), span.to.plus_seconds(-1));
            due.extend(of_key.into_iter().filter(|(at, _)| *at >= span.from).map(|(at, kind)| Due { at, kind, index }));
        }
        due.sort_unstable();
        due
    }
}

/// Each week, counted and in words.
fn weeks(forecast: &Forecast, zone: &TimeZone) -> Vec<Week> {
    let busy = forecast.busy();
    let week = |number: usize| {
        let from = forecast.week(number);
        let counts = DueKind::ALL.map(|kind| forecast.of(number, kind));
        let total: u32 = counts.iter().sum();
        let busy = busy.contains(&number);
        let counted = counted(counts);
        let label = format!("{} in the week of {}", forecast.work(number), from.date(zone).strftime("%-d %b"));
        let mark = if busy { ", a busy week" } else { "" };
        let spoken = match total {
            0 => format!("Week of {}: nothing comes due", short_date(from, zone)),
            total => format!("Week of {}: {total} due, {counted}{mark}", short_date(from, zone)),
        };
        Week { from, to: from.plus_seconds(WEEK), counts, work: forecast.work(number), busy, label, counted, spoken }
    };
    (0..forecast.len()).map(week).collect()
}

/// “15 rotations, 1 expiry”.
fn counted(counts: [u32; DueKind::ALL.len()]) -> String {
    let some = DueKind::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let words: Vec<String> = some.map(|(kind, count)| format!("{count} {}", noun(kind, count))).collect();
    words.join(", ")
}

/// What comes due, one or several of it.
pub fn noun(kind: DueKind, count: u32) -> &'static str {
    let (one, several) = match kind {
        DueKind::Rotation => ("rotation", "rotations"),
        DueKind::Expiry => ("expiry", "expiries"),
        DueKind::Certificate => ("certificate end", "certificate ends"),
        DueKind::Activation => ("activation", "activations"),
        DueKind::Destruction => ("destruction", "destructions"),
    };
    if count == 1 { one } else { several }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_put_into_words() {
        assert_eq!(counted([15, 1, 0, 0, 2]), "15 rotations, 1 expiry, 2 destructions");
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let weeks = weeks(&Forecast::new(&Inventory::default(), now, 2), &TimeZone::UTC);
        assert_eq!(weeks.len(), 2);
        assert_eq!(weeks[1].spoken, "Week of 30 Nov 2026: nothing comes due");
        assert_eq!(weeks[0].to, weeks[1].from);
    }
}
