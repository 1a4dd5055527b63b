//! The words of a row, made once for as long as the row shows and nothing changed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::desktop::desk::Desk;
use crate::desktop::rows::{Row, share_left};
use crate::model::name::shown;
use crate::model::time::{DAY, short_span};
use crate::model::{Breach, KeyId, State, StoreKind};

/// More rows than any window shows at once.
const MOST: usize = 512;

/// What a row shows in words.
pub struct Cells {
    /// Of which key.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub purpose: crate::model::Purpose,
    /// “ECDSA P-256”.
    pub algorithm: &'static str,
    /// “128”.
    pub bits: String,
    /// Below what is sound today, or not what its policy wants.
    pub weak: bool,
    /// It lasts longer than its policy allows.
    pub long: bool,
    /// “12 Dec 2026”.
    pub date: String,
    /// “19 d”.
    pub span: String,
    /// The share of the cryptoperiod that is left.
    pub left: f32,
    /// The store.
    pub store: Option<StoreKind>,
    /// Its private half is not in a store of this inventory.
    pub elsewhere: bool,
    /// The owner.
    pub owner: String,
    /// The first tag, and how many more.
    pub tags: Option<(String, String)>,
    /// “2 d ago”, for the version that signed last; empty where none did.
    pub used: String,
    /// All of it, for screen readers.
    pub spoken: String,
}

/// The words of the rows that show.
#[derive(Default)]
pub struct CellCache {
    generation: u64,
    day: i64,
    cells: HashMap<u32, Cells>,
}

/// SP 800-57 part 1 table 2: less than 112 bits is disallowed, and 112 ends with 2030 (SP 800-131A).
const SOUND_BITS: u16 = 128;

impl CellCache {
    /// The words of a row.
    pub fn of(&mut self, desk: &Desk, index: u32, row: &Row) -> Option<&Cells> {
        let day = desk.now.as_second().div_euclid(3_600);
        if self.generation != desk.generation || self.day != day || self.cells.len() > MOST {
            self.cells.clear();
            (self.generation, self.day) = (desk.generation, day);
        }
        match self.cells.entry(index) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(free) => Some(free.insert(cells(desk, index, row)?)),
        }
    }
}

fn cells(desk: &Desk, index: u32, row: &Row) -> Option<Cells> {
    let key = desk.inventory.at(index)?;
    let version = key.current(desk.now)?;
    let (date, span) = match (row.state, row.end) {
        (State::PreActive, _) => match version.life.activates {
            Some(start) => (format!("starts {}", desk.date(start)), String::new()),
            None => ("not started".into(), String::new()),
        },
        (_, None) => ("never".into(), String::new()),
        (_, Some(end)) => {
            let seconds = end.seconds_since(desk.now);
            let ago = seconds < 0 && seconds > -100 * DAY;
            let span = if ago { format!("{} ago", short_span(seconds)) } else { short_span(seconds) };
            (desk.date(end), if seconds < 0 && !ago { String::new() } else { span })
        }
    };
    let store = desk.inventory.store(&version.locator.store);
    let name = shown(&key.name).into_owned();
    let tags = key.tags.first().map(|first| {
        let more = if key.tags.len() > 1 { format!("+{}", key.tags.len() - 1) } else { String::new() };
        (shown(first).into_owned(), more)
    });
    let used = key.versions.iter().filter_map(|version| version.last_used).max();
    let used = used.map(|at| desk.ago(at)).unwrap_or_default();
    let breaches = desk.inventory.breaches(key, desk.now);
    let breaks = if breaches.is_empty() { "" } else { ", breaks its policy" };
    let spoken = format!(
        "{name}, {}, {}, {}, expires {date} {span}, {}, {}{breaks}",
        key.purpose.name(),
        version.algorithm.name(),
        row.state.name(),
        version.locator.store,
        shown(&key.owner)
    );
    Some(Cells {
        id: key.id,
        name,
        purpose: key.purpose,
        algorithm: version.algorithm.name(),
        bits: match version.algorithm.strength_bits() {
            0 => String::new(),
            bits => bits.to_string(),
        },
        weak: (1..SOUND_BITS).contains(&version.algorithm.strength_bits())
            || breaches.iter().any(|breach| matches!(breach, Breach::Algorithm(_) | Breach::Strength { .. })),
        long: breaches.iter().any(|breach| matches!(breach, Breach::Cryptoperiod { .. })),
        date,
        span,
        left: share_left(key, row.end, desk.now),
        store: store.map(|store| store.kind),
        elsewhere: !version.held().is_here(),
        owner: shown(&key.owner).into_owned(),
        tags,
        used,
        spoken,
    })
}
