//! The rows of the table: what is shown of each key, in which order, and which of them pass the
//! filter. A change costs the change; a keystroke costs what it narrows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::model::query::haystack;
use crate::model::{Inventory, Key, Query, State, Time};

/// A column of the table.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash)]
pub enum Column {
    /// Name, with the icon of its purpose.
    Name,
    /// Purpose in words.
    Purpose,
    /// Algorithm and strength.
    Algorithm,
    /// State.
    State,
    /// Expiry as date and bar.
    Expires,
    /// Store.
    Store,
    /// Owner.
    Owner,
    /// Tags.
    Tags,
    /// When it signed last, where there is room.
    LastUsed,
}

impl Column {
    /// Every column in the order the table shows them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::Purpose,
        Self::Algorithm,
        Self::State,
        Self::Expires,
        Self::Store,
        Self::Owner,
        Self::Tags,
        Self::LastUsed,
    ];

    /// The head of the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Purpose => "Purpose",
            Self::Algorithm => "Algorithm, bits",
            Self::State => "State",
            Self::Expires => "Expires",
            Self::Store => "Store",
            Self::Owner => "Owner",
            Self::Tags => "Tags",
            Self::LastUsed => "Last used",
        }
    }
}

/// The three views that a click chooses.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Quick {
    /// Every key.
    #[default]
    All,
    /// Keys with an alert above a notice.
    Attention,
    /// Keys that end within 90 days.
    Soon,
}

/// What narrows the table beside the search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// One of the three views.
    pub quick: Quick,
    /// Only these states; none means all.
    pub states: Vec<State>,
    /// Only these stores.
    pub stores: Vec<String>,
    /// Only algorithms with these ids.
    pub algorithms: Vec<&'static str>,
    /// Only keys with one of these tags.
    pub tags: Vec<String>,
}

/// What the table knows of a key beyond the key.
#[derive(Debug, Copy, Clone, PartialEq)]
pub struct Row {
    /// The state of the current version.
    pub state: State,
    /// What ends its use first.
    pub end: Option<Time>,
    /// In its warning time.
    pub warning: bool,
    /// Has an alert above a notice.
    pub attention: bool,
    /// Ends within 90 days.
    pub soon: bool,
    text: (u32, u32),
}

/// Every row, sorted and filtered.
#[derive(Default)]
pub struct Rows {
    facts: Vec<Row>,
    /// Each key as it was when its row was made, to know what to take back.
    keys: Vec<Arc<Key>>,
    arena: Vec<u8>,
    garbage: usize,
    due: BTreeSet<(Time, u32)>,
    sort: Option<(Column, bool)>,
    order: Vec<u32>,
    narrow: Narrow,
    /// The searches on the way to the present one, each with what passed it.
    steps: Vec<(String, Vec<u32>)>,
    stores: HashMap<Box<str>, u32>,
    tags: HashMap<Box<str>, u32>,
    algorithms: HashMap<Box<str>, u32>,
    attention: u32,
    soon: u32,
}

const SOON_DAYS: i64 = 90;

impl Rows {
    /// Every row of an inventory, by name.
    pub fn new(inventory: &Inventory, now: Time) -> Self {
        let count = inventory.keys().len();
        let mut rows = Self { facts: Vec::with_capacity(count), keys: Vec::with_capacity(count), ..Self::default() };
        rows.sort = Some((Column::Name, false));
        // With very many keys a person waits for this: the three parts want nothing of each other.
        let (order, (arena, spans)) = std::thread::scope(|scope| {
            let order = scope.spawn(|| by_name(inventory));
            let texts = scope.spawn(|| texts(inventory));
            for (index, key) in (0..).zip(inventory.keys()) {
                rows.place(inventory, index, key, now, (0, 0));
            }
            let texts = texts.join().unwrap_or_else(|_| self::texts(inventory));
            (order.join().unwrap_or_else(|_| by_name(inventory)), texts)
        });
        rows.facts.iter_mut().zip(spans).for_each(|(row, span)| row.text = span);
        (rows.arena, rows.order) = (arena, order);
        rows
    }

    /// What is known of the key at an index.
    pub fn row(&self, index: u32) -> Option<&Row> {
        self.facts.get(index as usize)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// There is no key.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The keys that pass, in order.
    pub fn shown(&self) -> &[u32] {
        self.steps.last().map_or(&self.order, |(_, shown)| shown)
    }

    /// How many need attention, and how many end within 90 days.
    pub fn counts(&self) -> (u32, u32) {
        (self.attention, self.soon)
    }

    /// Every store that holds a key, with its count.
    pub fn stores(&self) -> &HashMap<Box<str>, u32> {
        &self.stores
    }

    /// Every tag, with its count.
    pub fn tags(&self) -> &HashMap<Box<str>, u32> {
        &self.tags
    }

    /// Every algorithm that a key has, by its word, with its count.
    pub fn algorithms(&self) -> &HashMap<Box<str>, u32> {
        &self.algorithms
    }

    /// By which column it is sorted, and whether downwards.
    pub fn sorted(&self) -> Option<(Column, bool)> {
        self.sort
    }

    /// What narrows it.
    pub fn narrow(&self) -> &Narrow {
        &self.narrow
    }

    /// The next instant at which a row changes by itself.
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(time, _)| *time)
    }

    fn fill(&mut self, inventory: &Inventory, index: u32, now: Time) {
        let Some(key) = inventory.at(index) else { return };
        let span = push_text(&mut self.arena, key);
        self.place(inventory, index, key, now, span);
    }

    /// All of a row but its text, which lies in the arena or will.
    fn place(&mut self, inventory: &Inventory, index: u32, key: &Arc<Key>, now: Time, text: (u32, u32)) {
        let row = row_of(inventory, key, now, text);
        self.count(&row, key, true);
        if let Some(next) = inventory.next_change(key, now) {
            self.due.insert((next, index));
        }
        if let (Some(slot), Some(known)) = (self.facts.get_mut(index as usize), self.keys.get_mut(index as usize)) {
            (*slot, *known) = (row, key.clone());
        } else {
            self.facts.push(row);
            self.keys.push(key.clone());
        }
    }

    fn count(&mut self, row: &Row, key: &Key, more: bool) {
        let step =
            |count: &mut u32, by: bool| *count = if more { *count + u32::from(by) } else { count.saturating_sub(u32::from(by)) };
        step(&mut self.attention, row.attention);
        step(&mut self.soon, row.soon);
        if let Some(version) = key.versions.last() {
            tally(&mut self.stores, &version.locator.store, more);
            tally(&mut self.algorithms, version.algorithm.id(), more);
        }
        key.tags.iter().for_each(|tag| tally(&mut self.tags, tag, more));
    }

    /// Takes in keys that are new or different.
    pub fn update(&mut self, inventory: &Inventory, indices: &[u32], now: Time) {
        // Many at once are cheaper sorted anew than put into place one by one.
        let many = indices.len() > 64;
        if !many {
            // All of them leave first: each finds its place among rows that are in order.
            self.order.retain(|other| !indices.contains(other));
        }
        for &index in indices {
            if let (Some(old), Some(key)) = (self.row(index).copied(), self.keys.get(index as usize).cloned()) {
                self.count(&old, &key, false);
                self.garbage += old.text.1 as usize;
            }
            self.fill(inventory, index, now);
            if !many {
                let at = {
                    let compare = self.compare(inventory);
                    self.order.partition_point(|&other| compare(other, index).is_lt())
                };
                self.order.insert(at, index);
            }
        }
        if self.garbage > self.arena.len() / 2 {
            self.compact();
        }
        if many { self.resort(inventory) } else { self.forget_steps() }
    }

    /// Refreshes the rows whose time has come, and says which they were.
    pub fn pass_time(&mut self, inventory: &Inventory, now: Time) -> Vec<u32> {
        let mut touched = Vec::new();
        while let Some(&(time, index)) = self.due.first().filter(|(time, _)| *time <= now) {
            self.due.remove(&(time, index));
            touched.push(index);
        }
        touched.sort_unstable();
        touched.dedup();
        if !touched.is_empty() {
            self.update(inventory, &touched, now);
        }
        touched
    }

    fn compact(&mut self) {
        let mut arena = Vec::with_capacity(self.arena.len() - self.garbage);
        for row in &mut self.facts {
            let (start, length) = row.text;
            let from = arena.len() as u32;
            arena.extend_from_slice(&self.arena[start as usize..(start + length) as usize]);
            row.text = (from, length);
        }
        self.arena = arena;
        self.garbage = 0;
    }

    /// Sorts by a column; again by the same one turns it round.
    pub fn sort_by(&mut self, inventory: &Inventory, column: Column) {
        self.sort = match self.sort {
            Some((same, downwards)) if same == column => Some((column, !downwards)),
            _ => Some((column, false)),
        };
        self.resort(inventory);
    }

    /// Sorts as the settings remember.
    pub fn set_sort(&mut self, inventory: &Inventory, column: Column, downwards: bool) {
        let wanted = Some((column, downwards));
        if self.sort != wanted {
            self.sort = wanted;
            self.resort(inventory);
        }
    }

    fn resort(&mut self, inventory: &Inventory) {
        let mut order: Vec<u32> = (0..self.facts.len() as u32).collect();
        let compare = self.compare(inventory);
        order.sort_unstable_by(|&one, &other| compare(one, other));
        drop(compare);
        self.order = order;
        self.forget_steps();
    }

    /// Ties are broken by name and index, so that the order is the same each time.
    fn compare<'a>(&'a self, inventory: &'a Inventory) -> impl Fn(u32, u32) -> std::cmp::Ordering + 'a {
        let (column, downwards) = self.sort.unwrap_or((Column::Name, false));
        move |one, other| {
            let (Some(a), Some(b)) = (inventory.at(one), inventory.at(other)) else { return one.cmp(&other) };
            let (row_a, row_b) = (&self.facts[one as usize], &self.facts[other as usize]);
            let used = |key: &Key| key.versions.iter().filter_map(|version| version.last_used).max();
            let algorithm = |key: &Key| key.versions.last().map(|version| version.algorithm);
            let ordering = match column {
                Column::Name => std::cmp::Ordering::Equal,
                Column::Purpose => a.purpose.cmp(&b.purpose),
                Column::Algorithm => algorithm(a).cmp(&algorithm(b)),
                Column::State => row_a.state.cmp(&row_b.state),
                Column::Expires => row_a.end.is_none().cmp(&row_b.end.is_none()).then(row_a.end.cmp(&row_b.end)),
                Column::Store => {
                    let store = |key: &'a Key| key.versions.last().map(|version| &version.locator.store);
                    store(a).cmp(&store(b))
                }
                Column::Owner => a.owner.cmp(&b.owner),
                Column::Tags => a.tags.cmp(&b.tags),
                Column::LastUsed => used(b).cmp(&used(a)),
            };
            let by_name = a.name.cmp(&b.name).then(one.cmp(&other));
            let ordering = if column == Column::Name { by_name } else { ordering };
            (if downwards { ordering.reverse() } else { ordering }).then(by_name)
        }
    }

    fn forget_steps(&mut self) {
        self.steps.clear();
    }

    /// Filters anew, because the narrowing changed.
    pub fn set_narrow(&mut self, narrow: Narrow) {
        if narrow != self.narrow {
            self.narrow = narrow;
            self.forget_steps();
        }
    }

    /// Filters by what is typed. A text that goes on from the one before narrows what passed it;
    /// one that goes back finds what passed then.
    pub fn search(&mut self, inventory: &Inventory, text: &str, query: &Query, now: Time) {
        while self.steps.last().is_some_and(|(step, _)| step != text && !goes_on(step, text)) {
            self.steps.pop();
        }
        if self.steps.last().is_some_and(|(step, _)| step == text) {
            return;
        }
        let from = self.steps.last().map_or(&self.order, |(_, shown)| shown);
        let finders: Vec<Finder> = query.words.iter().map(|word| Finder::new(word.as_bytes())).collect();
        let all = self.steps.is_empty() && self.narrow == Narrow::default();
        let passes = |index: &&u32| {
            let Some(row) = self.facts.get(**index as usize) else { return false };
            let (start, length) = row.text;
            let hay = &self.arena[start as usize..(start + length) as usize];
            finders.iter().all(|finder| finder.find(hay).is_some())
                && (query.terms.is_empty() && (all || !self.steps.is_empty())
                    || inventory.at(**index).is_some_and(|key| self.narrowed(key, row) && query.terms_match(inventory, key, now)))
        };
        let shown = if all && query.is_empty() { from.clone() } else { from.iter().filter(passes).copied().collect() };
        self.steps.push((text.to_owned(), shown));
    }

    fn narrowed(&self, key: &Key, row: &Row) -> bool {
        let Narrow { quick, states, stores, algorithms, tags } = &self.narrow;
        let quick = match quick {
            Quick::All => true,
            Quick::Attention => row.attention,
            Quick::Soon => row.soon,
        };
        let version = key.versions.last();
        quick
            && (states.is_empty() || states.contains(&row.state))
            && (stores.is_empty() || version.is_some_and(|version| stores.iter().any(|name| **name == *version.locator.store)))
            && (algorithms.is_empty() || version.is_some_and(|version| algorithms.contains(&version.algorithm.id())))
            && (tags.is_empty() || key.tags.iter().any(|tag| tags.iter().any(|wanted| **wanted == **tag)))
    }
}

/// The order in which names stand from the start; equal ones as they came.
fn by_name(inventory: &Inventory) -> Vec<u32> {
    let mut order: Vec<(&str, u32)> = inventory.keys().iter().map(|key| &*key.name).zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

/// What each row is searched by, in one piece, and where in it each lies.
fn texts(inventory: &Inventory) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut arena = Vec::with_capacity(inventory.keys().len() * 176);
    let spans = inventory.keys().iter().map(|key| push_text(&mut arena, key)).collect();
    (arena, spans)
}

fn push_text(arena: &mut Vec<u8>, key: &Key) -> (u32, u32) {
    let text = haystack(key);
    let start = arena.len() as u32;
    arena.extend_from_slice(text.as_bytes());
    (start, text.len() as u32)
}

/// The longer text only adds letters to the last word of the shorter one, which is no term.
fn goes_on(shorter: &str, longer: &str) -> bool {
    let plain = |text: &str| !text.contains([':', '<', '>', '"']);
    longer.starts_with(shorter) && plain(longer)
}

fn tally(counts: &mut HashMap<Box<str>, u32>, name: &str, more: bool) {
    match counts.get_mut(name) {
        Some(count) if more => *count += 1,
        Some(1) => drop(counts.remove(name)),
        Some(count) => *count -= 1,
        None if more => drop(counts.insert(name.into(), 1)),
        None => {}
    }
}

fn row_of(inventory: &Inventory, key: &Key, now: Time, text: (u32, u32)) -> Row {
    let version = key.current(now);
    let state = version.map_or(State::Destroyed, |version| version.state(now));
    let end = version.and_then(|version| version.expires());
    Row {
        state,
        end,
        warning: version.is_some_and(|version| key.in_warning(version, now)),
        attention: inventory.needs_attention(key, now),
        soon: !state.is_destroyed() && end.is_some_and(|end| end > now && end <= now.plus_days(SOON_DAYS)),
        text,
    }
}

/// The share of the cryptoperiod that is left, 0 to 1.
pub fn share_left(key: &Key, end: Option<Time>, now: Time) -> f32 {
    let Some(version) = key.current(now) else { return 0.0 };
    let start = version.life.activates.unwrap_or(version.life.created);
    match end {
        None => 1.0,
        Some(end) if end <= now => 0.0,
        Some(end) => {
            let whole = end.seconds_since(start).max(1) as f32;
            (end.seconds_since(now) as f32 / whole).clamp(0.0, 1.0)
        }
    }
}
