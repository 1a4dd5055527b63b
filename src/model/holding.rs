//! Who has what: the address book beside the hand-overs on record, also those to somebody who is not in the book.

use std::collections::BTreeMap;

use super::handover::Format;
use super::ids::KeyId;
use super::inventory::Inventory;
use super::name;
use super::recipient::Recipient;
use super::time::Time;

/// A version of a key that somebody was given, in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The key.
    pub key: KeyId,
    /// Its version.
    pub version: u32,
    /// In which form it was given.
    pub format: Format,
    /// When it was given last.
    pub at: Time,
    /// It was given outside this program and recorded afterwards.
    pub elsewhere: bool,
}

/// A new version that somebody who has an old one still has to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The key.
    pub key: KeyId,
    /// The version that is due.
    pub version: u32,
    /// In which form.
    pub format: Format,
    /// Since when.
    pub since: Time,
}

/// Somebody who is in the address book, or has something, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holder {
    /// What the address book says; `None` for somebody known from hand-overs alone.
    pub recipient: Option<Recipient>,
    /// What was given, the last first.
    pub holdings: Vec<Holding>,
    /// What is due, the longest first.
    pub owed: Vec<Owed>,
}

impl Holder {
    /// How many different keys it has something of.
    pub fn keys_held(&self) -> usize {
        let mut keys: Vec<KeyId> = self.holdings.iter().map(|holding| holding.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    }

    fn take(&mut self, given: Holding) {
        let same = |known: &&mut Holding| (known.key, known.version, known.format) == (given.key, given.version, given.format);
        match self.holdings.iter_mut().find(same) {
            Some(known) if known.at > given.at => {}
            Some(known) => *known = given,
            None => self.holdings.push(given),
        }
    }
}

impl Inventory {
    /// Everybody in the address book or with something in hand, by name. It looks at every hand-over.
    pub fn holders(&self) -> BTreeMap<Box<str>, Holder> {
        self.holders_if(&|_| true)
    }

    /// The same of one name; `None` where nobody is known by it.
    pub fn holder(&self, wanted: &str) -> Option<(Box<str>, Holder)> {
        let wanted = name::normal(wanted);
        self.holders_if(&|name| *name == *wanted).pop_first()
    }

    fn holders_if(&self, wanted: &dyn Fn(&str) -> bool) -> BTreeMap<Box<str>, Holder> {
        let mut holders: BTreeMap<Box<str>, Holder> = BTreeMap::new();
        for known in self.recipients().iter().filter(|known| wanted(&known.name)) {
            holders.entry(known.name.clone()).or_default().recipient = Some(known.clone());
        }
        for key in self.keys() {
            for given in key.hand_overs.iter().filter(|given| wanted(&given.recipient)) {
                let (version, format, at, elsewhere) = (given.version, given.format, given.at, given.elsewhere);
                holders.entry(given.recipient.clone()).or_default().take(Holding { key: key.id, version, format, at, elsewhere });
            }
            for due in key.open_deliveries().filter(|due| wanted(&due.recipient)) {
                let owed = Owed { key: key.id, version: due.version, format: due.format, since: due.since };
                holders.entry(due.recipient.clone()).or_default().owed.push(owed);
            }
        }
        for holder in holders.values_mut() {
            holder.holdings.sort_by_key(|holding| (std::cmp::Reverse(holding.at), holding.key, holding.version));
            holder.owed.sort_by_key(|owed| (owed.since, owed.key));
        }
        holders
    }
}
