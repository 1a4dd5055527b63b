//! Lanes and their groups: which keys, in which order, at which height.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::model::{Inventory, Key, Time};

/// The height of a lane in points.
pub const LANE: f32 = 28.0;

/// The height of a group's head in points.
pub const GROUP: f32 = 24.0;

/// By what lanes are grouped.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, Default)]
pub enum Grouping {
    /// Not at all.
    None,
    /// By purpose.
    #[default]
    Purpose,
    /// By state.
    State,
    /// By owner.
    Owner,
    /// By store.
    Store,
    /// By algorithm.
    Algorithm,
}

impl Grouping {
    /// Every grouping in the order its menu shows them.
    pub const ALL: [Self; 6] = [Self::None, Self::Purpose, Self::State, Self::Owner, Self::Store, Self::Algorithm];

    /// The word its menu shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Purpose => "purpose",
            Self::State => "state",
            Self::Owner => "owner",
            Self::Store => "store",
            Self::Algorithm => "algorithm",
        }
    }

    /// The name of a key's group, and where the group stands among the others.
    fn of(self, key: &Key, now: Time) -> (u32, String) {
        let current = key.current(now);
        match self {
            Self::None => (0, String::new()),
            Self::Purpose => (key.purpose as u32, key.purpose.name().to_owned()),
            Self::State => {
                let state = key.state(now);
                (state as u32, state.name().to_owned())
            }
            Self::Owner if key.owner.is_empty() => (1, "Nobody named".to_owned()),
            Self::Owner => (0, key.owner.to_string()),
            Self::Store => (0, current.map(|version| version.locator.store.to_string()).unwrap_or_default()),
            Self::Algorithm => {
                current.map_or((0, String::new()), |version| (version.algorithm.rank(), version.algorithm.name().to_owned()))
            }
        }
    }
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The head of a group.
    Group {
        /// Its name.
        name: Arc<str>,
        /// How many keys it has.
        count: u32,
        /// Its lanes are shown.
        open: bool,
    },
    /// The lane of a key: its index in the inventory.
    Lane(u32),
}

/// Every line, and where each begins.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    lines: Vec<Line>,
    tops: Vec<f32>,
    height: f32,
}

impl Lanes {
    /// Lays out keys in the order given; `closed` names groups that show only their head.
    pub fn new(inventory: &Inventory, order: &[u32], grouping: Grouping, closed: &HashSet<Arc<str>>, now: Time) -> Self {
        let mut lanes = Self::default();
        if grouping == Grouping::None {
            order.iter().for_each(|&index| lanes.push(Line::Lane(index), LANE));
            return lanes;
        }
        let mut groups: BTreeMap<(u32, String), Vec<u32>> = BTreeMap::new();
        for &index in order {
            if let Some(key) = inventory.at(index) {
                groups.entry(grouping.of(key, now)).or_default().push(index);
            }
        }
        for ((_, name), members) in groups {
            let name: Arc<str> = name.into();
            let open = !closed.contains(&name);
            lanes.push(Line::Group { name, count: members.len() as u32, open }, GROUP);
            if open {
                members.into_iter().for_each(|index| lanes.push(Line::Lane(index), LANE));
            }
        }
        lanes
    }

    fn push(&mut self, line: Line, height: f32) {
        self.lines.push(line);
        self.tops.push(self.height);
        self.height += height;
    }

    /// The height of all lines together.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// Every line in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Where a line begins.
    pub fn top(&self, line: usize) -> f32 {
        self.tops.get(line).copied().unwrap_or(self.height)
    }

    /// The lines that show between two heights.
    pub fn visible(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let first = self.tops.partition_point(|&top| top <= from).saturating_sub(1);
        let last = self.tops.partition_point(|&top| top < to);
        first..last.max(first)
    }

    /// The line of a key.
    pub fn line_of(&self, index: u32) -> Option<usize> {
        self.lines.iter().position(|line| *line == Line::Lane(index))
    }
}
