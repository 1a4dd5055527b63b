//! The log against what disks, programs and people do to it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::transition::Transition;
use crate::model::{
    Algorithm, Edit, Event, Format, InstallationId, Intent, Inventory, KeyId, Locator, NewKey, NewVersion, OperationId, Purpose,
    Record, Store, StoreKind, Time, VersionRef,
};
use crate::secret::SecretBytes;

const WAIT: Duration = Duration::from_secs(20);

fn keys() -> LogKeys {
    LogKeys::derive(&SecretBytes::new(vec![7; 32]))
}

fn at(second: i64) -> Time {
    Time::from_second(1_800_000_000 + second)
}

fn store() -> Store {
    Store::new("Encrypted files", StoreKind::Files)
}

fn create(folder: &Path) -> (Log, Inventory) {
    let events = vec![Event::InventoryCreated { home: "Encrypted files".into() }, Event::StoreAdded(store())];
    let opened = Log::create(folder, &keys(), InventoryId([1; 16]), at(0), "mira", InstallationId([2; 16]), events).unwrap();
    (opened.log, opened.inventory)
}

fn append(log: &mut Log, inventory: &mut Inventory, second: i64, events: Vec<Event>) -> Result<Record, LogError> {
    let guard = log.lock(WAIT)?;
    log.catch_up(Some(&keys()), inventory)?;
    log.append(&writing(&guard, &keys(), second), inventory, events)
}

fn writing<'a>(guard: &'a Guard, keys: &'a LogKeys, second: i64) -> Writing<'a> {
    Writing { guard, keys, now: at(second), actor: "mira", installation: InstallationId([2; 16]) }
}

fn new_key(number: u8) -> NewKey {
    NewKey {
        id: KeyId([number; 16]),
        name: format!("key-{number}\n\"quoted\\").replace('\n', " ").into(),
        purpose: Purpose::TlsServer,
        owner: "Mira".into(),
        tags: vec!["prod".into()],
        warn_days: Box::new([30, 7]),
        note: "two\nlines and a \u{2028} separator".into(),
        version: NewVersion {
            number: 1,
            algorithm: Algorithm::Ed25519,
            locator: Locator { store: store().name, object: format!("{number:02x}").into(), engine_version: None },
            public_key: vec![number; 44].into(),
            spki_sha256: crate::model::Digest([number; 32]),
            ssh_sha256: None,
            activates: Some(at(0)),
            expires: Some(at(1_000_000)),
            zone: "UTC".into(),
            mac: None,
            origin: None,
        },
    }
}

fn make(number: u8) -> Event {
    Event::Begun { operation: OperationId([number; 16]), intent: Intent::Generate { keys: vec![new_key(number)] } }
}

fn done(number: u8) -> Event {
    Event::Done { operation: OperationId([number; 16]) }
}

/// An inventory with some keys, edits and hand-overs.
fn usual(folder: &Path) -> (Log, Inventory) {
    let (mut log, mut inventory) = create(folder);
    for number in 1..=4 {
        append(&mut log, &mut inventory, i64::from(number), vec![make(number)]).unwrap();
        append(&mut log, &mut inventory, i64::from(number), vec![done(number)]).unwrap();
    }
    let edit = Edit { owner: Some("Jonas".into()), ..Edit::default() };
    append(&mut log, &mut inventory, 9, vec![Event::KeyEdited { key: KeyId([2; 16]), edit }]).unwrap();
    (log, inventory)
}

fn event() -> impl Strategy<Value = Event> {
    let key = || 1..6_u8;
    let version = |number: u8| VersionRef { key: KeyId([number; 16]), version: 1 };
    prop_oneof![
        key().prop_map(make),
        key().prop_map(done),
        key().prop_map(|number| Event::Failed { operation: OperationId([number; 16]), reason: "disk".into() }),
        (key(), "[a-z\"\\\\é]{1,9}").prop_map(|(number, name)| Event::KeyEdited {
            key: KeyId([number; 16]),
            edit: Edit { name: Some(name.into()), ..Edit::default() }
        }),
        (key(), ".{1,12}").prop_map(move |(number, to)| Event::HandedOver {
            version: version(number),
            recipient: to.into(),
            format: Format::Jwk,
            at: at(1),
            elsewhere: true
        }),
        (key(), 0..50_i64).prop_map(move |(number, second)| Event::Transitioned {
            version: version(number),
            transition: Transition::Suspend { from: at(second), until: Some(at(second + 9)) },
            reason: "audit".into()
        }),
        (key(), 0..50_i64).prop_map(move |(number, second)| Event::Transitioned {
            version: version(number),
            transition: Transition::Compromise { since: at(second) },
            reason: String::new()
        }),
        Just(Event::Unlocked),
        Just(Event::BackupMade { place: "usb".into(), backup: None }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_commands_replayed_gives_the_same_inventory(
        groups in proptest::collection::vec(proptest::collection::vec(event(), 1..4), 0..30),
        checkpoint_after in 0..30_i64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, mut inventory) = create(folder.path());
        for (number, events) in (0..).zip(groups) {
            // What the rules refuse changes nothing.
            let before = inventory.clone();
            if append(&mut log, &mut inventory, number, events).is_err() {
                prop_assert_eq!(&before, &inventory);
            }
            if number == checkpoint_after {
                log.write_checkpoint(&inventory, &keys()).unwrap();
            }
        }
        let mut opened = Log::open(folder.path()).unwrap();
        prop_assert_eq!(opened.report.damage, None);
        prop_assert_eq!(&opened.inventory, &inventory);
        prop_assert_eq!(opened.log.head(), log.head());
        prop_assert!(!opened.log.authenticate(&keys(), &mut opened.inventory).unwrap());
        // And the index that is not kept in a checkpoint works the same.
        for key in inventory.keys() {
            prop_assert_eq!(opened.inventory.named(&key.name).map(|key| key.id), inventory.named(&key.name).map(|key| key.id));
            prop_assert_eq!(opened.inventory.is_busy(key.id), inventory.is_busy(key.id));
        }
    }
}

#[test]
fn a_log_cut_at_any_byte_opens_to_the_last_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = usual(folder.path());
    let bytes = fs::read(folder.path().join(FILE)).unwrap();
    let whole = log.head().seq;
    drop(log);
    for cut in (1..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        let copy = tempfile::tempdir().unwrap();
        fs::write(copy.path().join(FILE), &bytes[..cut]).unwrap();
        let lines = bytes[..cut].split(|&byte| byte == b'\n').count() as u64 - 1;
        let mut opened = Log::open(copy.path()).unwrap();
        assert_eq!(opened.report.damage, None, "cut at {cut}");
        assert_eq!(opened.log.head().seq, lines, "cut at {cut}");
        if lines > 0 {
            // The next change completes the line or sets it aside, and nothing is lost.
            append(&mut opened.log, &mut opened.inventory, 20, vec![Event::Unlocked]).unwrap();
            let complete = bytes[cut] == b'\n';
            assert_eq!(opened.log.head().seq, lines + 1 + u64::from(complete));
            let partial = cut > 0 && bytes[cut - 1] != b'\n';
            let aside = copy.path().join(format!("audit.ron.torn-{}", lines + 1));
            assert_eq!(aside.exists(), partial && !complete, "cut at {cut}");
            verify(copy.path(), Some(&keys()), |_, _| true).unwrap();
        }
    }
    assert_eq!(whole, 10);
}

#[test]
fn any_flipped_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    usual(folder.path());
    let bytes = fs::read(folder.path().join(FILE)).unwrap();
    let copy = tempfile::tempdir().unwrap();
    for position in 0..bytes.len() - 1 {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 8);
        fs::write(copy.path().join(FILE), &changed).unwrap();
        let verified = verify(copy.path(), Some(&keys()), |_, _| true);
        assert!(matches!(verified, Err(VerifyError::Damage(_))), "byte {position}");
    }
}

#[test]
fn a_log_edited_and_hashed_anew_without_the_key_is_found() {
    let folder = tempfile::tempdir().unwrap();
    usual(folder.path());
    let path = folder.path().join(FILE);
    let text = fs::read_to_string(&path).unwrap().replacen("Jonas", "Chloe", 1);
    let mut forged = Vec::new();
    let mut previous = Digest::default();
    for line in text.lines() {
        let body = &line.as_bytes()[..line.len() - chain::TRAILER];
        let (sealed, hash) = chain::seal(body, &previous, &LogKeys::derive(&SecretBytes::new(vec![9; 32])));
        forged.extend(sealed);
        previous = hash;
    }
    fs::write(&path, forged).unwrap();
    verify(folder.path(), None, |_, _| true).unwrap();
    let Err(VerifyError::Damage(damage)) = verify(folder.path(), Some(&keys()), |_, _| true) else { panic!("not found") };
    assert_eq!(damage.kind, DamageKind::Mac);
    let mut opened = Log::open(folder.path()).unwrap();
    assert!(opened.log.authenticate(&keys(), &mut opened.inventory).is_err());
}

#[test]
fn an_edited_log_opens_read_only_to_the_last_good_record_and_can_be_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    usual(folder.path());
    let path = folder.path().join(FILE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("key-3", "kex-3", 1)).unwrap();
    let mut opened = Log::open(folder.path()).unwrap();
    let damage = opened.report.damage.clone().unwrap();
    assert_eq!((damage.seq, opened.report.good_until), (6, 5));
    assert!(damage.to_string().starts_with("The log was altered at record 6. It is open for reading."), "{damage}");
    assert_eq!(opened.inventory.keys().len(), 2);
    assert!(matches!(
        append(&mut opened.log, &mut opened.inventory, 20, vec![Event::Unlocked]),
        Err(LogError::Damaged(_) | LogError::ReadOnly(_))
    ));
    let guard = opened.log.lock(WAIT).unwrap();
    let (record, kept) =
        opened.log.accept_history(&writing(&guard, &keys(), 30), &mut opened.inventory, "compared", Some(9)).unwrap();
    assert_eq!((record.seq, opened.log.head().seq), (6, 6));
    assert!(fs::read_to_string(kept).unwrap().contains("kex-3"));
    assert_eq!(opened.inventory.facts().accepted[0].found, 5);
    verify(folder.path(), Some(&keys()), |_, _| true).unwrap();
}

#[test]
fn a_log_from_a_newer_version_is_open_for_reading_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = usual(folder.path());
    let body = format!(
        "(v:2,seq:11,time:\"2027-01-15T08:00:30Z\",actor:\"mira\",installation:\"{}\",inventory:\"{}\",events:[Teleported(x:1)]",
        InstallationId([2; 16]),
        InventoryId([1; 16])
    );
    let (line, _) = chain::seal(body.as_bytes(), &log.head().hash, &keys());
    let path = folder.path().join(FILE);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(line);
    fs::write(&path, bytes).unwrap();
    let opened = Log::open(folder.path()).unwrap();
    assert!(opened.report.damage.unwrap().to_string().contains("newer form"));
    assert_eq!(opened.inventory.keys().len(), 4);
}

#[test]
fn a_damaged_checkpoint_is_rebuilt_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, inventory) = usual(folder.path());
    log.write_checkpoint(&inventory, &keys()).unwrap();
    let path = folder.path().join("checkpoint");
    let good = fs::read(&path).unwrap();
    assert!(Log::open(folder.path()).unwrap().report.from_checkpoint);
    for position in (0..good.len()).filter(|position| !(40..72).contains(position)).step_by(5) {
        let mut bad = good.clone();
        bad[position] ^= 0x10;
        fs::write(&path, bad).unwrap();
        let opened = Log::open(folder.path()).unwrap();
        assert!(!opened.report.from_checkpoint, "byte {position}");
        assert_eq!(opened.report.notices.len(), 1);
        assert_eq!(opened.inventory, inventory);
    }
    // A changed MAC only shows once the key is there; then the log is replayed too.
    let mut bad = good;
    bad[50] ^= 1;
    fs::write(&path, bad).unwrap();
    let mut opened = Log::open(folder.path()).unwrap();
    assert!(opened.report.from_checkpoint);
    opened.log.authenticate(&keys(), &mut opened.inventory).unwrap();
    assert_eq!(opened.inventory, inventory);
}

#[test]
fn a_log_older_than_its_anchor_or_another_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, _) = usual(folder.path());
    let head = log.head();
    let anchor = |seq, hash| Anchor { inventory: InventoryId([1; 16]), seq, hash };
    log.check_anchor(&anchor(head.seq, head.hash)).unwrap();
    let first =
        chain::split(fs::read(folder.path().join(FILE)).unwrap().split(|&byte| byte == b'\n').next().unwrap()).unwrap().hash;
    log.check_anchor(&anchor(1, first)).unwrap();
    let cut = log.check_anchor(&anchor(head.seq + 3, head.hash)).unwrap_err().to_string();
    assert!(cut.contains("it ends at record 10, and record 13 was written"), "{cut}");
    let mut log = Log::open(folder.path()).unwrap().log;
    assert!(log.check_anchor(&anchor(4, head.hash)).is_err());
}

#[test]
fn four_writers_at_once_leave_every_acknowledged_change_in_one_valid_log() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path());
    let writers: Vec<_> = (0..4_u8)
        .map(|writer| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || {
                let Opened { mut log, mut inventory, .. } = Log::open(&folder).unwrap();
                (0..60_i64)
                    .map(|number| {
                        let place = format!("{writer}-{number}");
                        append(&mut log, &mut inventory, number, vec![Event::BackupMade { place, backup: None }]).unwrap().seq
                    })
                    .collect::<Vec<u64>>()
            })
        })
        .collect();
    let mut acknowledged: Vec<u64> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    acknowledged.sort_unstable();
    assert_eq!(acknowledged, (2..=241).collect::<Vec<u64>>());
    assert_eq!(verify(folder.path(), Some(&keys()), |_, _| true).unwrap().records, 241);
}

#[test]
fn a_lock_held_by_another_is_waited_for_and_then_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = create(folder.path());
    let _held = log.lock(WAIT).unwrap();
    let other = Log::open(folder.path()).unwrap().log;
    assert!(matches!(other.lock(Duration::from_millis(50)), Err(LogError::Busy)));
}

#[test]
fn a_lock_file_that_was_removed_keeps_nobody_away_and_is_not_relied_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, mut inventory) = create(folder.path());
    let held = log.lock(WAIT).unwrap();
    fs::remove_file(folder.path().join("lock")).unwrap();
    let other = Log::open(folder.path()).unwrap().log.lock(WAIT).unwrap();
    let refused = log.append(&writing(&held, &keys(), 1), &mut inventory, vec![Event::Unlocked]);
    assert!(matches!(refused, Err(LogError::Busy)));
    drop((held, other));
    append(&mut log, &mut inventory, 2, vec![Event::Unlocked]).unwrap();
    verify(folder.path(), Some(&keys()), |_, _| true).unwrap();
}

#[test]
fn the_log_is_read_backwards_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, mut inventory) = create(folder.path());
    for number in 0..300 {
        let place = format!("{number} {}", "x".repeat(2_000));
        append(&mut log, &mut inventory, 1, vec![Event::BackupMade { place, backup: None }]).unwrap();
    }
    let reader = log.reader().unwrap();
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = reader.tail(before, 70).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.offset);
        seen.extend(page.iter().map(|record| record.seq));
    }
    assert_eq!(seen, (1..=301).rev().collect::<Vec<u64>>());
    let mut forwards = Vec::new();
    reader
        .for_each(|record, _| {
            forwards.push(record.offset);
            true
        })
        .unwrap();
    let some = [forwards[7], forwards[200]];
    assert_eq!(reader.records_at(&some).unwrap().iter().map(|record| record.seq).collect::<Vec<_>>(), [8, 201]);
}

#[test]
fn a_log_that_was_exchanged_while_open_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, mut inventory) = usual(folder.path());
    let path = folder.path().join(FILE);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(append(&mut log, &mut inventory, 20, vec![Event::Unlocked]).unwrap_err().to_string().contains("cut or exchanged"));
}

#[test]
fn a_record_may_be_synced_later_and_where_that_fails_nothing_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, mut inventory) = usual(folder.path());
    let soon = |log: &mut Log, inventory: &mut Inventory, second: i64| {
        let guard = log.lock(WAIT)?;
        log.catch_up(Some(&keys()), inventory)?;
        log.append_soon(&writing(&guard, &keys(), second), inventory, vec![Event::Unlocked])
    };
    let before = log.head().seq;
    soon(&mut log, &mut inventory, 1_000).unwrap();
    assert!(log.is_unsynced());
    let other = Log::open(folder.path()).unwrap();
    assert_eq!(other.inventory.seq(), before + 1, "others read it at once");
    let (until, result) = log.unsynced().unwrap().sync();
    log.synced(until, result).unwrap();
    assert!(!log.is_unsynced() && log.unsynced().is_none());
    soon(&mut log, &mut inventory, 1_001).unwrap();
    append(&mut log, &mut inventory, 1_002, vec![Event::Locked]).unwrap();
    assert!(!log.is_unsynced(), "a record that is synced takes those before it along");
    soon(&mut log, &mut inventory, 1_003).unwrap();
    let failed = std::io::Error::other("the disk is gone");
    let until = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
    assert!(matches!(log.synced(until, Err(failed)), Err(LogError::ReadOnly(_))));
    assert!(matches!(soon(&mut log, &mut inventory, 1_004), Err(LogError::ReadOnly(_))));
    assert!(matches!(append(&mut log, &mut inventory, 1_005, vec![Event::Locked]), Err(LogError::ReadOnly(_))));
    assert_eq!(std::fs::metadata(folder.path().join(FILE)).unwrap().len(), until, "nothing was cut away");
    let again = Log::open(folder.path()).unwrap();
    assert_eq!(again.inventory.seq(), before + 4);
}
