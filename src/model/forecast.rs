//! What will come due under today's policies, by week, and how to spread a busy week.

use super::inventory::Inventory;
use super::key::Key;
use super::policy::{Overrides, Policy};
use super::rotation::{self, Planned};
use super::state::State;
use super::time::{DAY, Time};

/// Seconds of a week.
pub const WEEK: i64 = 7 * DAY;

/// More versions of one key than any forecast shows.
const MOST_VERSIONS: usize = 400;

/// What comes due.
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// A new version, as the policy says.
    Rotation,
    /// The end of a version that no rotation will follow.
    Expiry,
    /// The end of the attached certificate, before that of the version.
    Certificate,
    /// A version may be used from then on.
    Activation,
    /// The end of a waiting time.
    Destruction,
}

impl DueKind {
    /// Every kind in the order screens show them.
    pub const ALL: [Self; 5] = [Self::Rotation, Self::Expiry, Self::Certificate, Self::Activation, Self::Destruction];

    /// The word used on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rotation => "rotation",
            Self::Expiry => "expiry",
            Self::Certificate => "certificate",
            Self::Activation => "activation",
            Self::Destruction => "destruction",
        }
    }

    /// The word shown on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rotation => "Rotation",
            Self::Expiry => "Expiry",
            Self::Certificate => "Certificate",
            Self::Activation => "Activation",
            Self::Destruction => "Destruction",
        }
    }
}

/// What comes due of one key between two instants, in order.
pub fn of_key(key: &Key, policy: &Policy, now: Time, until: Time) -> Vec<(Time, DueKind)> {
    let planned = rotation::planned(key, policy, now, until, MOST_VERSIONS);
    let mut due: Vec<(Time, DueKind)> = planned.iter().map(|planned| (planned.activates, DueKind::Rotation)).collect();
    for version in key.versions.iter().filter(|version| version.life.destroyed.is_none()) {
        let life = &version.life;
        let state = version.state(now);
        if state == State::PreActive {
            due.extend(life.activates.map(|at| (at, DueKind::Activation)));
        }
        // The version that a rotation follows ends as planned, which asks nothing of anybody.
        let followed = !planned.is_empty() || key.versions.iter().any(|newer| newer.number > version.number);
        if matches!(state, State::PreActive | State::Active | State::Suspended) {
            let certificate = version.certificate.as_ref().map(|certificate| certificate.not_after);
            match (life.expires, certificate) {
                (Some(end), None) if !followed => due.push((end, DueKind::Expiry)),
                (Some(end), Some(certificate)) if end <= certificate && !followed => due.push((end, DueKind::Expiry)),
                (_, Some(certificate)) if life.expires.is_none_or(|end| certificate < end) => {
                    due.push((certificate, DueKind::Certificate));
                }
                _ => {}
            }
        }
        due.extend(life.destruction_due.map(|at| (at, DueKind::Destruction)));
    }
    due.retain(|(at, _)| *at <= until);
    due.iter_mut().for_each(|(at, _)| *at = (*at).max(now));
    due.sort_unstable();
    due
}

/// Everything that comes due in the weeks ahead. Changed keys are counted anew, the others stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    from: Time,
    weeks: Vec<[u32; DueKind::ALL.len()]>,
    /// Of each key, by its index: week and kind of what comes due.
    of_keys: Vec<Box<[(u16, DueKind)]>>,
}

impl Forecast {
    /// Counts what comes due within so many weeks.
    pub fn new(inventory: &Inventory, now: Time, weeks: u16) -> Self {
        let mut forecast = Self {
            from: now,
            weeks: vec![[0; DueKind::ALL.len()]; usize::from(weeks)],
            of_keys: Vec::with_capacity(inventory.keys().len()),
        };
        for index in 0..inventory.keys().len() as u32 {
            forecast.count(inventory, index, now);
        }
        forecast
    }

    /// Takes in keys that are new or different.
    pub fn update(&mut self, inventory: &Inventory, indices: &[u32], now: Time) {
        for &index in indices {
            if let Some(known) = self.of_keys.get_mut(index as usize) {
                for (week, kind) in std::mem::take(known) {
                    if let Some(counts) = self.weeks.get_mut(usize::from(week)) {
                        counts[kind as usize] = counts[kind as usize].saturating_sub(1);
                    }
                }
            }
            self.count(inventory, index, now);
        }
    }

    fn count(&mut self, inventory: &Inventory, index: u32, now: Time) {
        let Some(key) = inventory.at(index) else { return };
        let until = self.week(self.weeks.len()).plus_seconds(-1);
        let week = |at: Time| (at.seconds_since(self.from).max(0) / WEEK) as u16;
        let due = of_key(key, &inventory.policy_of(key), now.max(self.from), until);
        let due: Box<[(u16, DueKind)]> = due.into_iter().map(|(at, kind)| (week(at), kind)).collect();
        for (week, kind) in &due {
            if let Some(counts) = self.weeks.get_mut(usize::from(*week)) {
                counts[*kind as usize] += 1;
            }
        }
        if self.of_keys.len() <= index as usize {
            self.of_keys.resize(index as usize + 1, Box::default());
        }
        self.of_keys[index as usize] = due;
    }

    /// How many weeks it looks ahead.
    pub fn len(&self) -> usize {
        self.weeks.len()
    }

    /// It looks ahead not at all.
    pub fn is_empty(&self) -> bool {
        self.weeks.is_empty()
    }

    /// When a week begins.
    pub fn week(&self, number: usize) -> Time {
        self.from.plus_seconds(WEEK.saturating_mul(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    /// How much of a kind comes due in a week.
    pub fn of(&self, number: usize, kind: DueKind) -> u32 {
        self.weeks.get(number).map_or(0, |counts| counts[kind as usize])
    }

    /// How much work a week brings: all that asks something of a person.
    pub fn work(&self, number: usize) -> u32 {
        [DueKind::Rotation, DueKind::Expiry, DueKind::Certificate].into_iter().map(|kind| self.of(number, kind)).sum()
    }

    /// The weeks that bring more than twice what a week brings on average, and at least three.
    pub fn busy(&self) -> Vec<usize> {
        let work: Vec<u32> = (0..self.len()).map(|week| self.work(week)).collect();
        let average = work.iter().sum::<u32>() as f64 / work.len().max(1) as f64;
        (0..work.len()).filter(|&week| work[week] >= 3 && f64::from(work[week]) > 2.0 * average).collect()
    }

    /// The keys of which something comes due in a week, by their indices.
    pub fn due_in(&self, week: usize) -> impl Iterator<Item = u32> {
        let hit = move |due: &[(u16, DueKind)]| due.iter().any(|(known, _)| usize::from(*known) == week);
        (0_u32..).zip(&self.of_keys).filter(move |(_, due)| hit(due)).map(|(index, _)| index)
    }

    /// The keys with a rotation in a week.
    fn rotating(&self, week: usize) -> impl Iterator<Item = u32> {
        let hit = move |due: &[(u16, DueKind)]| due.contains(&(week as u16, DueKind::Rotation));
        (0_u32..).zip(&self.of_keys).filter(move |(_, due)| hit(due)).map(|(index, _)| index)
    }

    /// A rotation that could come earlier, so that a busy week becomes a usual one: only the next
    /// rotation of a key, never before half of its cryptoperiod, into the lightest of the eight
    /// weeks before.
    pub fn spread(&self, inventory: &Inventory, now: Time) -> Vec<Move> {
        let mut work: Vec<u32> = (0..self.len()).map(|week| self.work(week)).collect();
        let average = work.iter().sum::<u32>().div_ceil(work.len().max(1) as u32);
        let mut moves = Vec::new();
        for week in self.busy() {
            for index in self.rotating(week) {
                if work[week] <= average.max(1) {
                    break;
                }
                let Some(found) = self.earlier(inventory, index, week, &work, now) else { continue };
                let target = (found.to.seconds_since(self.from) / WEEK) as usize;
                if work[target] + 1 >= work[week] {
                    continue;
                }
                work[target] += 1;
                work[week] -= 1;
                moves.push(found);
            }
        }
        moves
    }

    fn earlier(&self, inventory: &Inventory, index: u32, week: usize, work: &[u32], now: Time) -> Option<Move> {
        let key = inventory.at(index)?;
        let policy = inventory.policy_of(key);
        let from = rotation::due(key, &policy, now).filter(|due| *due > now)?;
        if (from.seconds_since(self.from) / WEEK) as usize != week {
            return None;
        }
        let version = key.current(now)?;
        let (start, end) = (version.life.activates?, version.life.expires?);
        let half = start.plus_seconds(end.seconds_since(start) / 2).max(now);
        let first = week.saturating_sub(8);
        let target = (first..week).filter(|&earlier| self.week(earlier) >= half).min_by_key(|&earlier| work[earlier])?;
        let to = self.week(target).plus_seconds(from.seconds_since(self.week(week)));
        let rotate_before_days = (end.seconds_since(to) / DAY) as u32;
        let mut overrides = key.overrides.as_deref().cloned().unwrap_or_default();
        overrides.rotate_before_days = Some(rotate_before_days);
        overrides.over(inventory.policy(key.purpose)).check().ok()?;
        Some(Move { index, from, to: end.plus_days(-i64::from(rotate_before_days)), overrides })
    }
}

/// A rotation that could come earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The key's index.
    pub index: u32,
    /// When it is due now.
    pub from: Time,
    /// When it would be.
    pub to: Time,
    /// The figures that would make it so.
    pub overrides: Overrides,
}

/// The versions that lie ahead of a key, for a drawing of its lane.
pub fn lane(key: &Key, policy: &Policy, now: Time, until: Time) -> Vec<Planned> {
    rotation::planned(key, policy, now, until, 12)
}
