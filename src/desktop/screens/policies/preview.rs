//! Which keys drafts would mark, and which no longer. Worked out between frames, once a draft rests.

use std::collections::BTreeMap;

use crate::desktop::desk::Desk;
use crate::desktop::figures::Draft;
use crate::model::{Breach, Key, KeyId, Policy, Purpose};

/// More keys than this are listed as they stand in the inventory.
const SORTED: usize = 1_000;

/// A key whose mark would change.
pub struct Marked {
    /// Which.
    pub key: KeyId,
    /// What would break; nothing where the mark would go.
    pub breaks: Vec<Breach>,
}

/// What drafts would do to the keys of their purposes.
#[derive(Default)]
pub struct Preview {
    of: Option<(u64, u64)>,
    /// The marks of today, of those purposes that were asked for, at a generation.
    today: (u64, BTreeMap<Purpose, Vec<u32>>),
    /// Keys that keep the policy today and would be marked, then those whose mark would go.
    pub changed: Vec<Marked>,
    /// How many would be marked that are not.
    pub new: usize,
    /// How many break the policy today and then.
    pub still: usize,
}

impl Preview {
    /// It is of these drafts, as they are.
    pub fn is_of(&self, generation: u64, edits: u64) -> bool {
        self.of == Some((generation, edits))
    }

    /// Works it out anew.
    pub fn refresh(&mut self, desk: &Desk, edits: u64, drafts: &BTreeMap<Purpose, Draft>) {
        self.of = Some((desk.generation, edits));
        (self.new, self.still) = (0, 0);
        self.changed.clear();
        let mut gone = Vec::new();
        for (purpose, draft) in drafts {
            self.compare(desk, *purpose, draft.policy(), &mut gone);
        }
        self.new = self.changed.len();
        for list in [&mut self.changed, &mut gone] {
            if list.len() <= SORTED {
                list.sort_by_cached_key(|marked| desk.inventory.key(marked.key).map(|key| key.name.clone()));
            }
        }
        self.changed.append(&mut gone);
    }

    fn compare(&mut self, desk: &Desk, purpose: Purpose, policy: &Policy, gone: &mut Vec<Marked>) {
        if self.today.0 != desk.generation {
            self.today = (desk.generation, BTreeMap::new());
        }
        let (inventory, now) = (&desk.inventory, desk.now);
        let today = self.today.1.entry(purpose).or_insert_with(|| {
            let marked = inventory.marked_by(purpose, inventory.policy(purpose), now);
            marked.into_iter().map(|(index, _)| index).collect()
        });
        let id = |index: u32| inventory.at(index).map(|key: &std::sync::Arc<Key>| key.id);
        let then = inventory.marked_by(purpose, policy, now);
        // Both are in the order of the inventory.
        gone.extend(
            today
                .iter()
                .filter(|index| then.binary_search_by_key(index, |(other, _)| other).is_err())
                .filter_map(|index| Some(Marked { key: id(*index)?, breaks: Vec::new() })),
        );
        for (index, breaks) in then {
            if today.binary_search(&index).is_ok() {
                self.still += 1;
            } else {
                self.changed.extend(id(index).map(|key| Marked { key, breaks }));
            }
        }
    }

    /// What would change, as a sentence.
    pub fn sentence(&self) -> String {
        let keys = |count: usize| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
        let gone = self.changed.len() - self.new;
        match (self.new, gone) {
            (0, 0) if self.still > 0 => format!("No mark changes; {} would stay marked.", keys(self.still)),
            (0, 0) => "No key would be marked.".into(),
            (new, 0) => format!("Would mark {} that {} it today.", keys(new), if new == 1 { "keeps" } else { "keep" }),
            (0, gone) => format!("Would no longer mark {}.", keys(gone)),
            (new, gone) => {
                let keep = if new == 1 { "keeps" } else { "keep" };
                format!("Would mark {} that {keep} it today, and {gone} no longer.", keys(new))
            }
        }
    }
}
