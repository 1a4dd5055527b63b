//! What a lane shows, as data: the bars of past, present and planned versions, where two of them are
//! valid together, and what waits. Made once for a key and kept, so that frames only draw.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::lanes::LANE;
use crate::desktop::desk::Desk;
use crate::model::forecast;
use crate::model::name::shown;
use crate::model::rotation::Planned;
use crate::model::time::{DAY, short_date, short_span};
use crate::model::{Key, Policy, State, Time, Version};

/// Planned versions lie at most this far ahead, in days.
const HORIZON: i64 = 5 * 365;

/// At most so many lanes are kept; a screen shows far fewer.
const KEPT: usize = 512;

/// What a piece of a bar means.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Paint {
    /// The pattern of a state.
    State(State),
    /// Active, and within its warning time.
    Warning,
    /// A version that the policy will bring.
    Planned,
}

/// Where in its lane a version lies. Versions that follow each other overlap, so each second one
/// lies above the others.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Row {
    /// Alone.
    Middle,
    /// The upper half.
    Upper,
    /// The lower half.
    Lower,
}

impl Row {
    /// Of a version among others.
    const fn of(number: u32, alone: bool) -> Self {
        match number % 2 {
            _ if alone => Self::Middle,
            0 => Self::Upper,
            _ => Self::Lower,
        }
    }

    /// From the middle of the lane to that of the bar, and the height of the bar.
    pub const fn measure(self) -> (f32, f32) {
        match self {
            Self::Middle => (0.0, 12.0),
            Self::Upper => (-6.0, 10.0),
            Self::Lower => (6.0, 10.0),
        }
    }

    /// Top and bottom of its bar below the top of the lane.
    pub const fn span(self) -> (f32, f32) {
        let (shift, tall) = self.measure();
        let middle = LANE / 2.0 + shift;
        (middle - tall / 2.0, middle + tall / 2.0)
    }
}

/// A piece of a bar.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Piece {
    /// From here.
    pub from: Time,
    /// To here; `None` for as far as anyone knows.
    pub to: Option<Time>,
    /// With this pattern.
    pub paint: Paint,
    /// There.
    pub row: Row,
}

/// Something that waits for its day.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A version may be used from then on.
    Activation(Time, Row),
    /// The certificate of a version ends then, before the version itself.
    Certificate(Time, Row),
    /// A private half is to be destroyed then; the version is used until then, or not any more.
    Destruction(Time, Row),
}

/// Two versions are valid together.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// From here.
    pub from: Time,
    /// To here.
    pub to: Time,
    /// One of them is only planned.
    pub planned: bool,
}

/// Everything a lane shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The bars, in the order in which they are drawn.
    pub pieces: Vec<Piece>,
    /// Here two versions are valid together.
    pub overlaps: Vec<Overlap>,
    /// What waits.
    pub marks: Vec<Mark>,
    /// The state and the end of the current version, then what lies ahead, a line each.
    pub lines: Vec<String>,
    /// The whole lane in words.
    pub spoken: String,
    /// The state of the key.
    pub state: State,
}

impl Plan {
    /// Of a key, under the policy that it has.
    pub fn of(key: &Key, policy: &Policy, now: Time, zone: &TimeZone) -> Option<Self> {
        let current = key.current(now)?;
        let planned = forecast::lane(key, policy, now, now.plus_days(HORIZON));
        let alone = key.versions.len() + planned.len() == 1;
        let mut plan = Self {
            pieces: Vec::new(),
            overlaps: overlaps(key),
            marks: Vec::new(),
            lines: vec![headline(current, now, zone)],
            spoken: String::new(),
            state: current.state(now),
        };
        for version in &key.versions {
            let row = Row::of(version.number, alone);
            plan.pieces.extend(pieces(key, version, row, now));
            let life = &version.life;
            plan.marks.extend(
                life.activates
                    .filter(|&at| version.state(now) == State::PreActive && at > now)
                    .map(|at| Mark::Activation(at, row)),
            );
            plan.marks.extend(certificate_end(version).map(|at| Mark::Certificate(at, row)));
            plan.marks.extend(destruction(version).map(|due| Mark::Destruction(due, row)));
        }
        plan.ahead(&planned, last_number(key), alone);
        plan.say(key, &planned, now, zone);
        Some(plan)
    }

    /// The bars of versions that the policy will bring, each until the one after it takes over.
    fn ahead(&mut self, planned: &[Planned], last: u32, alone: bool) {
        for (number, version) in (last + 1..).zip(planned) {
            let next = planned.get((number - last) as usize);
            let to = next.map_or(version.expires, |next| next.overlap_ends);
            let row = Row::of(number, alone);
            self.pieces.push(Piece { from: version.activates, to: Some(to), paint: Paint::Planned, row });
            if version.activates < version.overlap_ends {
                self.overlaps.push(Overlap { from: version.activates, to: version.overlap_ends, planned: true });
            }
        }
    }

    /// Puts into words what lies ahead.
    fn say(&mut self, key: &Key, planned: &[Planned], now: Time, zone: &TimeZone) {
        let date = |time| short_date(time, zone);
        let several = key.versions.len() > 1;
        for pair in key.versions.windows(2) {
            if let Some((from, to)) = overlap(&pair[0], &pair[1]).filter(|(_, to)| *to > now) {
                let (old, new) = (pair[0].number, pair[1].number);
                let from = if from > now { format!("from {} ", date(from)) } else { String::new() };
                self.lines.push(format!("versions {old} and {new} overlap {from}until {}", date(to)));
            }
        }
        for version in &key.versions {
            if let Some(at) = version.life.activates.filter(|&at| at > now && version.state(now) == State::PreActive) {
                self.lines.push(format!("version {} becomes active on {}", version.number, date(at)));
            }
            if let Some(at) = certificate_end(version) {
                let whose = if several { format!(" of version {}", version.number) } else { String::new() };
                let ends = if at > now { "ends" } else { "ended" };
                self.lines.push(format!("certificate{whose} {ends} on {}", date(at)));
            }
            if let Some(due) = destruction(version) {
                let whose = if several { format!(" of version {}", version.number) } else { String::new() };
                self.lines.push(format!("destruction{whose} waits for {}", date(due)));
            }
        }
        let last = last_number(key);
        for (number, version) in (last + 1..).zip(planned).take(2) {
            let when =
                if version.activates <= now { "due now".into() } else { format!("planned on {}", date(version.activates)) };
            let days = version.overlap_ends.seconds_since(version.activates) / DAY;
            let overlap = if days > 0 { format!(", overlap {days} d") } else { String::new() };
            self.lines.push(format!("version {number} {when}{overlap}"));
        }
        if let Some(latest) = planned.last().filter(|_| planned.len() > 2) {
            self.lines.push(format!("{} more planned until {}", planned.len() - 2, date(latest.activates)));
        }
        let mut spoken = format!("{}, {}", shown(&key.name), self.lines[0]);
        for line in &self.lines[1..] {
            spoken.push_str("; ");
            spoken.push_str(line);
        }
        self.spoken = spoken;
    }
}

fn last_number(key: &Key) -> u32 {
    key.versions.iter().map(|version| version.number).max().unwrap_or(0)
}

/// State and end of the current version in words.
fn headline(version: &Version, now: Time, zone: &TimeZone) -> String {
    let state = version.state(now).name().to_lowercase();
    match version.expires() {
        Some(end) if end > now => {
            let left = short_span(end.seconds_since(now));
            format!("{state}, until {}, {left} left", short_date(end, zone))
        }
        Some(end) => format!("{state}, ended {}", short_date(end, zone)),
        None => format!("{state}, without an end"),
    }
}

/// When its private half is to be destroyed, if that is still to come.
fn destruction(version: &Version) -> Option<Time> {
    version.life.destruction_due.filter(|_| version.life.destroyed.is_none())
}

/// When its certificate ends, where that comes before the end of the version.
fn certificate_end(version: &Version) -> Option<Time> {
    let end = version.certificate.as_ref()?.not_after;
    used(version).1.is_none_or(|own| end < own).then_some(end)
}

/// From when to when a version is used.
fn used(version: &Version) -> (Time, Option<Time>) {
    let life = &version.life;
    let to = life.destroyed.into_iter().chain(life.ends()).chain(life.destruction_due).min();
    (life.activates.unwrap_or(life.created), to)
}

/// The bar of a version: from activation to the end of its use, as its state is now.
fn pieces(key: &Key, version: &Version, row: Row, now: Time) -> Vec<Piece> {
    let (from, to) = used(version);
    let state = version.state(now);
    let whole = Piece { from, to, paint: Paint::State(state), row };
    let Some(end) = to.filter(|_| state == State::Active) else { return vec![whole] };
    // Of version and certificate the one that ends first is warned of.
    let first = version.expires().map_or(end, |first| first.min(end));
    let warns = key.warns_from(first).max(from);
    if warns >= end || key.warn_days.is_empty() {
        return vec![whole];
    }
    vec![Piece { to: Some(warns), ..whole }, Piece { from: warns, to: Some(end), paint: Paint::Warning, row }]
}

/// Where two versions of a key are valid together.
fn overlap(old: &Version, new: &Version) -> Option<(Time, Time)> {
    let ((_, old_end), (from, new_end)) = (used(old), used(new));
    let to = old_end.into_iter().chain(new_end).min()?;
    let sound = old.life.compromised.is_none() && new.life.compromised.is_none();
    (sound && from < to).then_some((from, to))
}

fn overlaps(key: &Key) -> Vec<Overlap> {
    let found = key.versions.windows(2).filter_map(|pair| overlap(&pair[0], &pair[1]));
    found.map(|(from, to)| Overlap { from, to, planned: false }).collect()
}

/// The lanes that were on screen, as they are until something changes.
#[derive(Default)]
pub struct Plans {
    made: (u64, i64),
    plans: HashMap<u32, Arc<Plan>>,
}

impl Plans {
    /// The lane of a key, by its index.
    pub fn get(&mut self, index: u32, desk: &Desk) -> Option<Arc<Plan>> {
        // What is left of a cryptoperiod is told to the hour.
        self.keep(index, (desk.generation, desk.now.as_second() / 3_600), || {
            let key = desk.inventory.at(index)?;
            Plan::of(key, &desk.inventory.policy_of(key), desk.now, &desk.zone)
        })
    }

    /// What is kept of a key, or what is made of it now.
    fn keep(&mut self, index: u32, made: (u64, i64), make: impl FnOnce() -> Option<Plan>) -> Option<Arc<Plan>> {
        if self.made != made || self.plans.len() >= KEPT && !self.plans.contains_key(&index) {
            (self.made, self.plans) = (made, HashMap::new());
        }
        if let Some(plan) = self.plans.get(&index) {
            return Some(plan.clone());
        }
        let plan = Arc::new(make()?);
        self.plans.insert(index, plan.clone());
        Some(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Algorithm, Digest, KeyId, Life, Locator, Purpose, profile};

    fn at(day: &str) -> Time {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    fn now() -> Time {
        at("2026-11-23")
    }

    fn version(number: u32, from: &str, to: &str) -> Version {
        Version {
            number,
            algorithm: Algorithm::Ed25519,
            locator: Locator { store: "files".into(), object: "item".into(), engine_version: None },
            public_key: Box::default(),
            spki_sha256: Digest([0; 32]),
            ssh_sha256: None,
            life: Life::new(at(from), Some(at(from)), Some(at(to))),
            zone: "UTC".into(),
            request: None,
            certificate: None,
            revocation: None,
            last_used: None,
            stored: 1,
            from: None,
            issued: Vec::new(),
            mac: None,
            origin: None,
        }
    }

    fn key(versions: Vec<Version>) -> Key {
        Key {
            id: KeyId([1; 16]),
            name: "api".into(),
            purpose: Purpose::TokenSigning,
            owner: "".into(),
            tags: Vec::new(),
            warn_days: Box::default(),
            note: "".into(),
            versions,
            hand_overs: Vec::new(),
            deliveries: Vec::new(),
            overrides: None,
            agent: None,
            agent_signed: None,
            quiet: Vec::new(),
            history: Vec::new(),
        }
    }

    fn plan(key: &Key) -> Plan {
        Plan::of(key, profile::standard(key.purpose), now(), &TimeZone::UTC).unwrap()
    }

    #[test]
    fn planned_versions_follow_each_other_in_two_rows_and_overlap() {
        let plan = plan(&key(vec![version(1, "2026-09-01", "2027-02-28")]));
        let planned: Vec<&Piece> = plan.pieces.iter().filter(|piece| piece.paint == Paint::Planned).collect();
        assert!(planned.len() > 2 && planned.len() <= 12);
        // The standard: 180 days, rotated 14 days before their end, 7 days of overlap.
        assert_eq!(planned[0].from, at("2027-02-14"));
        assert_eq!(plan.overlaps[0], Overlap { from: at("2027-02-14"), to: at("2027-02-21"), planned: true });
        for (pair, overlap) in planned.windows(2).zip(&plan.overlaps[1..]) {
            assert_eq!((pair[1].from, pair[0].to), (overlap.from, Some(overlap.to)));
            assert_ne!(pair[0].row, pair[1].row);
        }
        assert_ne!(plan.pieces[0].row, planned[0].row);
        assert!(plan.spoken.starts_with("api, active, until 28 Feb 2027"), "{}", plan.spoken);
        assert!(plan.spoken.contains("version 2 planned on 14 Feb 2027, overlap 7 d"), "{}", plan.spoken);
    }

    #[test]
    fn a_version_alone_lies_in_the_middle() {
        let mut alone = version(1, "2026-01-01", "2026-06-01");
        alone.life.destroyed = Some(at("2026-05-01"));
        let plan = plan(&key(vec![alone]));
        assert_eq!(plan.pieces.len(), 1);
        assert_eq!((plan.pieces[0].row, plan.pieces[0].to), (Row::Middle, Some(at("2026-05-01"))));
        assert!(plan.overlaps.is_empty() && plan.marks.is_empty());
    }

    #[test]
    fn two_versions_overlap_until_the_first_of_them_ends() {
        let mut old = version(1, "2026-06-01", "2026-12-20");
        old.life.overlap_ends = Some(at("2026-12-03"));
        let mut rotated = key(vec![old, version(2, "2026-11-20", "2027-05-19")]);
        let both = plan(&rotated);
        assert_eq!(both.overlaps[0], Overlap { from: at("2026-11-20"), to: at("2026-12-03"), planned: false });
        assert!(both.spoken.contains("versions 1 and 2 overlap until 3 Dec 2026"), "{}", both.spoken);
        rotated.versions[0].life.compromised = Some(at("2026-11-21"));
        assert!(!plan(&rotated).overlaps.contains(&both.overlaps[0]), "what is compromised is not valid");
    }

    #[test]
    fn what_waits_is_marked_and_said() {
        let mut old = version(1, "2026-06-01", "2026-12-20");
        old.life.destruction_due = Some(at("2026-12-03"));
        let plan = plan(&key(vec![old, version(2, "2026-12-01", "2027-05-19")]));
        let wanted = [Mark::Destruction(at("2026-12-03"), Row::Lower), Mark::Activation(at("2026-12-01"), Row::Upper)];
        assert_eq!(plan.marks, wanted);
        assert_eq!(plan.pieces[0].to, Some(at("2026-12-03")), "it is used until then");
        assert!(plan.spoken.contains("destruction of version 1 waits for 3 Dec 2026"), "{}", plan.spoken);
        assert!(plan.spoken.contains("version 2 becomes active on 1 Dec 2026"), "{}", plan.spoken);
    }

    fn certificate(until: &str) -> Box<crate::model::CertificateFacts> {
        Box::new(crate::model::CertificateFacts {
            subject: "CN=api".into(),
            issuer: "CN=ca".into(),
            serial: "01".into(),
            names: Vec::new(),
            not_before: at("2026-06-01"),
            not_after: at(until),
            sha256: Digest([0; 32]),
            der: Box::default(),
            usages: Vec::new(),
            authority: false,
            chain: Vec::new(),
        })
    }

    #[test]
    fn a_certificate_that_ends_before_its_key_is_marked_said_and_warned_of() {
        let mut short = key(vec![version(1, "2026-06-01", "2027-05-19")]);
        short.warn_days = Box::new([30]);
        short.versions[0].certificate = Some(certificate("2027-02-10"));
        let marked = plan(&short);
        let row = marked.pieces[0].row;
        assert_eq!(marked.marks, [Mark::Certificate(at("2027-02-10"), row)]);
        assert!(marked.spoken.contains("until 10 Feb 2027"), "{}", marked.spoken);
        assert!(marked.spoken.contains("certificate ends on 10 Feb 2027"), "{}", marked.spoken);
        let warning = marked.pieces.iter().find(|piece| piece.paint == Paint::Warning).unwrap();
        assert_eq!((warning.from, warning.to), (at("2027-01-11"), Some(at("2027-05-19"))));
        // One that lasts longer than its key changes nothing.
        short.versions[0].certificate = Some(certificate("2027-06-10"));
        let longer = plan(&short);
        assert!(longer.marks.is_empty(), "{:?}", longer.marks);
        let warning = longer.pieces.iter().find(|piece| piece.paint == Paint::Warning).unwrap();
        assert_eq!(warning.from, at("2027-04-19"));
    }

    #[test]
    fn lanes_are_kept_until_something_changes_and_never_too_many() {
        let plan = plan(&key(vec![version(1, "2026-06-01", "2026-12-20")]));
        let mut plans = Plans::default();
        let first = plans.keep(0, (1, 1), || Some(plan.clone())).unwrap();
        assert!(Arc::ptr_eq(&first, &plans.keep(0, (1, 1), || None).unwrap()));
        for index in 0..5_000 {
            plans.keep(index, (1, 1), || Some(plan.clone()));
            assert!(plans.plans.len() <= KEPT);
        }
        assert!(plans.keep(0, (2, 1), || None).is_none(), "a new generation is made anew");
    }
}
