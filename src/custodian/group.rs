//! What making keys and rotating them share: groups of new private halves that are in their store
//! whole or not at all, and the point between two groups at which a person can stop.

use super::core::{Custodian, Operation};
use super::due::still_to_be_rotated;
use super::error::CustodianError;
use super::outcome::{Outcome, Progress};
use crate::model::{Algorithm, Intent, Inventory, KeyId, Time};
use crate::secret::{SecretBytes, on_wiped_stack};
use crate::stores::{Item, KeyStore, StoreError};

/// Written and synced together where the store is made for many.
const GROUP: usize = 500;

/// Written together where each one is slow; progress shows after each group.
const SMALL_GROUP: usize = 4;

impl Custodian {
    /// Whether to go on with the next item of a batch, of which `done` are through. Cancelled or
    /// locked, what was done stays and the outcome says how much that is; before the first it is an error.
    pub(super) fn goes_on(
        &self,
        outcome: &mut Outcome,
        done: u64,
        total: u64,
        progress: &dyn Progress,
    ) -> Result<bool, CustodianError> {
        let unlocked = self.is_unlocked();
        if unlocked && !progress.cancelled() {
            return Ok(true);
        }
        if outcome.keys.is_empty() {
            return Err(if unlocked { CustodianError::Cancelled } else { CustodianError::Locked });
        }
        outcome.cancelled = Some((done, total));
        Ok(false)
    }

    /// How many of the next wishes, each a store and an algorithm, go together: those of one store,
    /// as many as suit it. RSA takes seconds a key, so that its groups are small and progress moves.
    pub(super) fn group_length<'a>(&self, mut next: impl Iterator<Item = (&'a str, Algorithm)>) -> Result<usize, CustodianError> {
        let Some((store, algorithm)) = next.next() else { return Ok(0) };
        let many = self.capabilities_of(store)?.holds_many;
        let limit = if many && !algorithm.id().starts_with("rsa") { GROUP } else { SMALL_GROUP };
        Ok(1 + next.take(limit - 1).take_while(|(other, _)| *other == store).count())
    }

    /// Puts the private halves of a group into their store as one operation and reads them back.
    /// What failed is removed again; where that fails too, the operation stays open and is taken up
    /// once the store answers.
    pub(super) fn store_group(
        &self,
        store: &str,
        intent: Intent,
        objects: &[Box<str>],
        secrets: &[&SecretBytes],
    ) -> Result<(), CustodianError> {
        let items: Vec<Item> = objects.iter().zip(secrets).map(|(object, secret)| Item { object, secret }).collect();
        self.with_store(store, |store| fits(store, &items))?;
        let operation = self.begin_making(intent)?;
        let written = self.with_store(store, |store| {
            store.import(&items)?;
            read_back(store, &items)
        });
        match written.and_then(|()| self.done(&operation)) {
            Ok(()) => Ok(()),
            // Whether the record of its end will be there after a restart is not known: what was made stays.
            Err(error @ CustodianError::ReadOnly(_)) => Err(error),
            Err(error) => {
                self.remove_made(&operation, store, objects, &error);
                Err(error)
            }
        }
    }

    /// Says in the log that versions are about to be made; those that are made unasked have to be due still.
    pub(super) fn begin_making(&self, intent: Intent) -> Result<Operation, CustodianError> {
        let by_itself: Vec<KeyId> = match &intent {
            Intent::Rotate { by_itself: true, .. } => intent.keys(),
            _ => Vec::new(),
        };
        let still_due =
            |inventory: &Inventory, now: Time| by_itself.iter().try_for_each(|key| still_to_be_rotated(inventory, *key, now));
        self.begin_if(intent, &still_due)
    }

    pub(super) fn remove_made(&self, operation: &Operation, store: &str, objects: &[Box<str>], error: &CustodianError) {
        let removed = self.with_store(store, |store| objects.iter().try_for_each(|object| remove(store, object)));
        if removed.is_ok() {
            self.failed(operation, &error.to_string());
        }
    }
}

/// Removes an item that may be gone already.
pub(super) fn remove(store: &dyn KeyStore, object: &str) -> Result<(), CustodianError> {
    match store.destroy(object) {
        Ok(()) | Err(StoreError::Absent { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Every item is small enough for the store; asked before anything is begun.
fn fits(store: &dyn KeyStore, items: &[Item]) -> Result<(), CustodianError> {
    let Some(limit) = store.capabilities().largest_item else { return Ok(()) };
    match items.iter().map(|item| item.secret.expose().len()).find(|&size| size > limit) {
        Some(size) => Err(StoreError::TooLarge { store: store.name().to_owned(), size, limit }.into()),
        None => Ok(()),
    }
}

/// Each secret comes back as it was written, or its public half does where keys do not leave.
pub(super) fn read_back(store: &dyn KeyStore, items: &[Item]) -> Result<(), CustodianError> {
    in_parallel(items, |item| {
        if store.holds(item)? {
            Ok(())
        } else {
            Err(StoreError::Damaged { store: store.name().to_owned(), object: item.object.to_owned() }.into())
        }
    })
    .map(drop)
}

/// Works on a list with every core; the first error ends it.
pub(super) fn in_parallel<T: Sync, R: Send>(
    list: &[T],
    work: impl Fn(&T) -> Result<R, CustodianError> + Sync,
) -> Result<Vec<R>, CustodianError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if list.len() < 2 || cores < 2 {
        return list.iter().map(work).collect();
    }
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> = list
            .chunks(list.len().div_ceil(cores))
            .map(|part| scope.spawn(move || on_wiped_stack(|| part.iter().map(work).collect::<Result<Vec<R>, _>>())))
            .collect();
        let mut all = Vec::with_capacity(list.len());
        for worker in workers {
            let part = worker.join().map_err(|_| CustodianError::Input("A worker stopped. Nothing was stored.".into()))?;
            all.extend(part?);
        }
        Ok(all)
    })
}
