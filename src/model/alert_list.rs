//! The alerts of an inventory, kept up to date by what changes and by the next date that matters.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::alert::{self, Alert, Conditions, Urgency};
use super::ids::KeyId;
use super::inventory::Inventory;
use super::time::Time;

/// Where an alert stands: most urgent first, then what was or comes first.
type Place = (Urgency, Time, Option<KeyId>, &'static str);

/// Every alert, in order. A change costs the change.
#[derive(Debug, Clone, Default)]
pub struct AlertList {
    alerts: BTreeMap<Place, Alert>,
    /// The places of a key's alerts, by its index.
    of_keys: HashMap<u32, Box<[Place]>>,
    of_all: Vec<Place>,
    /// When a key's alerts change by themselves.
    due: BTreeSet<(Time, u32)>,
    /// The date of each key in `due`.
    dates: HashMap<u32, Time>,
    attention: usize,
}

impl AlertList {
    /// The alerts of every key, and those of the inventory as a whole by the machine's clock.
    pub fn new(inventory: &Inventory, conditions: &Conditions, now: Time, machine: Time) -> Self {
        let mut list = Self::default();
        for index in 0..inventory.keys().len() as u32 {
            list.look(inventory, index, now);
        }
        list.look_at_all(inventory, conditions, machine);
        list
    }

    /// Takes in keys that are new or different.
    pub fn update(&mut self, inventory: &Inventory, indices: &[u32], now: Time) {
        for &index in indices {
            for place in self.of_keys.remove(&index).into_iter().flatten() {
                self.take_out(&place);
            }
            if let Some(date) = self.dates.remove(&index) {
                self.due.remove(&(date, index));
            }
            self.look(inventory, index, now);
        }
    }

    /// Looks again at those keys whose date has come, and says which they were.
    pub fn pass_time(&mut self, inventory: &Inventory, now: Time) -> Vec<u32> {
        let come = |due: &BTreeSet<(Time, u32)>| due.first().copied().filter(|(date, _)| *date <= now);
        let mut touched = Vec::new();
        while let Some((date, index)) = come(&self.due) {
            self.due.remove(&(date, index));
            touched.push(index);
        }
        self.update(inventory, &touched, now);
        touched
    }

    /// The alerts of the inventory as a whole are found anew.
    pub fn look_at_all(&mut self, inventory: &Inventory, conditions: &Conditions, machine: Time) {
        for place in std::mem::take(&mut self.of_all) {
            self.take_out(&place);
        }
        let alerts = alert::of_inventory(inventory, conditions, machine);
        self.of_all = alerts.into_iter().map(|alert| self.put(alert)).collect();
    }

    fn look(&mut self, inventory: &Inventory, index: u32, now: Time) {
        let Some(key) = inventory.at(index) else { return };
        let alerts = inventory.alerts_of(key, now);
        if !alerts.is_empty() {
            let places = alerts.into_iter().map(|alert| self.put(alert)).collect();
            self.of_keys.insert(index, places);
        }
        if let Some(date) = inventory.next_change(key, now) {
            self.due.insert((date, index));
            self.dates.insert(index, date);
        }
    }

    fn put(&mut self, alert: Alert) -> Place {
        let mut place = (alert.urgency, alert.at, alert.key, alert.kind.id());
        // Two of one kind at one moment, as of two stores, stand one second apart.
        while self.alerts.contains_key(&place) {
            place.1 = place.1.plus_seconds(1);
        }
        self.attention += usize::from(alert.wants_attention());
        self.alerts.insert(place, alert);
        place
    }

    fn take_out(&mut self, place: &Place) {
        if let Some(alert) = self.alerts.remove(place) {
            self.attention -= usize::from(alert.wants_attention());
        }
    }

    /// Every alert, the most urgent first; quieted ones too.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Alert> + Clone {
        self.alerts.values()
    }

    /// How many are open and more than a notice.
    pub fn attention(&self) -> usize {
        self.attention
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// The next instant at which a key's alerts change by themselves.
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|(date, _)| *date)
    }
}
