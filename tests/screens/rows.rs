//! Rows that were brought up change by change are the rows that a fresh look gives.

use jiff::tz::TimeZone;
use keystead::desktop::rows::{Column, Rows};
use keystead::model::{
    Algorithm, Digest, Edit, Event, InstallationId, Intent, Inventory, InventoryId, KeyId, Locator, NewKey, NewVersion,
    OperationId, Purpose, Query, Record, Store, StoreKind, Time,
};
use proptest::prelude::*;

const STORE: &str = "Encrypted files";

fn now() -> Time {
    Time::from_second(1_800_000_000)
}

fn record(inventory: &Inventory, events: Vec<Event>) -> Record {
    Record {
        v: 1,
        seq: inventory.seq() + 1,
        time: now(),
        actor: "mira".into(),
        installation: InstallationId([2; 16]),
        inventory: InventoryId([1; 16]),
        events,
        offset: 0,
    }
}

fn key(number: u8) -> NewKey {
    NewKey {
        id: KeyId([number; 16]),
        name: format!("key-{:02}", number.wrapping_mul(37) % 100).into(),
        purpose: Purpose::ALL[usize::from(number) % Purpose::ALL.len()],
        owner: ["Mira", "Jonas", ""][usize::from(number) % 3].into(),
        tags: vec![["prod", "lab"][usize::from(number) % 2].into()],
        warn_days: Box::new([30]),
        note: "".into(),
        version: NewVersion {
            number: 1,
            algorithm: Algorithm::GENERATED[usize::from(number) % Algorithm::GENERATED.len()],
            locator: Locator { store: STORE.into(), object: format!("{number:02x}").into(), engine_version: None },
            public_key: vec![number; 44].into(),
            spki_sha256: Digest([number; 32]),
            ssh_sha256: None,
            activates: Some(now()),
            expires: Some(now().plus_days(i64::from(number % 7) * 20 + 1)),
            zone: "UTC".into(),
            mac: None,
            origin: None,
        },
    }
}

#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
fn inventory(count: u8) -> Inventory {
    let mut inventory = Inventory::default();
    let operation = OperationId([9; 16]);
    let steps = [
        vec![Event::InventoryCreated { home: STORE.into() }, Event::StoreAdded(Store::new(STORE, StoreKind::Files))],
        vec![Event::Begun { operation, intent: Intent::Generate { keys: (1..=count).map(key).collect() } }],
        vec![Event::Done { operation }],
    ];
    for events in steps {
        let next = record(&inventory, events);
        inventory.apply(&next).unwrap();
    }
    inventory
}

fn edits() -> impl Strategy<Value = Vec<(u8, Edit)>> {
    let edit = ("[a-z]{1,6}", "[A-C]", any::<bool>()).prop_map(|(name, owner, rename)| Edit {
        name: rename.then(|| name.into()),
        owner: Some(owner.into()),
        ..Edit::default()
    });
    proptest::collection::vec((1..40_u8, edit), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_brought_up_by_each_change_are_the_rows_of_a_fresh_look(
        rounds in proptest::collection::vec(edits(), 1..6),
        column in 0..Column::ALL.len(),
        word in "[a-c]{0,2}",
    ) {
        let mut inventory = inventory(40);
        let mut rows = Rows::new(&inventory, now());
        rows.set_sort(&inventory, Column::ALL[column], false);
        for edits in rounds {
            let events = edits.into_iter().map(|(number, edit)| Event::KeyEdited { key: KeyId([number; 16]), edit }).collect();
            let next = record(&inventory, events);
            let mut after = inventory.clone();
            // A record with a name that is taken is none.
            let Ok(changes) = after.apply(&next) else { continue };
            inventory = after;
            rows.update(&inventory, &changes.keys, now());
            let mut fresh = Rows::new(&inventory, now());
            fresh.set_sort(&inventory, Column::ALL[column], false);
            let query = Query::parse(&word, now(), &TimeZone::UTC).unwrap();
            rows.search(&inventory, &word, &query, now());
            fresh.search(&inventory, &word, &query, now());
            prop_assert_eq!(rows.shown(), fresh.shown());
            prop_assert_eq!(rows.counts(), fresh.counts());
            prop_assert_eq!(rows.tags(), fresh.tags());
        }
    }
}
