//! Merging: nothing that was ended begins again, and no state becomes milder; and what backups are known to hold.

use proptest::prelude::*;

use super::merge::as_here;
use super::tests::Stage;
use super::{Inventory, Merge, MergeAct, Relation};
use crate::model::{
    Backup, BackupId, Event, Intent, Life, Purpose, RevocationReason, State, Suspension, Time, Transition, VersionRef,
};

fn at(second: i64) -> Time {
    Time::from_second(second)
}

fn life() -> impl Strategy<Value = Life> {
    let time = || proptest::option::of(0..100_i64).prop_map(|time| time.map(at));
    let span = (0..100_i64, proptest::option::of(0..100_i64)).prop_map(|(from, until)| Suspension {
        from: at(from),
        until: until.map(at),
        reason: String::new(),
    });
    let ends = (time(), time(), time(), time(), time());
    (time(), ends, proptest::collection::vec(span, 0..3), 0..3_u32).prop_map(|(activates, ends, suspensions, open_deliveries)| {
        let (expires, overlap_ends, deactivated, compromised, destroyed) = ends;
        let overlap = if overlap_ends.is_some() { open_deliveries } else { 0 };
        let life = Life::new(at(0), activates, expires);
        Life { overlap_ends, deactivated, compromised, destroyed, suspensions, open_deliveries: overlap, ..life }
    })
}

proptest! {
    /// At no instant is the merged state milder than on either side, whichever side asks.
    #[test]
    fn a_merged_life_is_never_milder(one in life(), other in life(), now in 0..120_i64) {
        let now = at(now);
        let merged = one.stricter(&other).state(now);
        prop_assert!(merged >= one.state(now) && merged >= other.state(now));
        prop_assert_eq!(merged, other.stricter(&one).state(now));
    }

    /// Merging twice changes nothing more.
    #[test]
    fn merging_again_changes_nothing(one in life(), other in life(), now in 0..120_i64) {
        let once = one.stricter(&other);
        prop_assert_eq!(once.stricter(&other).state(at(now)), once.state(at(now)));
    }
}

const NOW: i64 = 1_000_000;

fn turn(stage: &mut Stage, of: VersionRef, transition: Transition) {
    stage.append(at(NOW), vec![Event::Transitioned { version: of, transition, reason: String::new() }]).unwrap();
}

fn first(key: crate::model::KeyId) -> VersionRef {
    VersionRef { key, version: 1 }
}

/// Carries a plan out, as the custodian does where every secret is at hand.
fn merged(stage: &mut Stage, other: &Inventory, relation: Relation) -> Result<(), String> {
    let plan = stage.inventory.plan_merge(other, relation, at(NOW), &|_| true, &|_| true);
    let mut merge = Merge::new(BackupId([9; 16]));
    for item in plan.items {
        match item.act {
            MergeAct::AddKey => {
                let key = other.key(item.key).unwrap();
                merge.keys.push(as_here(key, &item.name, &[item.version], "files", &|_| true));
            }
            MergeAct::Stricter { of, life, .. } => merge.stricter.push((of, *life)),
            _ => {}
        }
    }
    if merge.is_empty() { Ok(()) } else { stage.operation(at(NOW), Intent::Restore { merge: Box::new(merge) }) }
}

#[test]
fn what_is_destroyed_or_being_destroyed_here_does_not_come_back() {
    let mut here = Stage::new(at(0));
    let keys: Vec<_> = (1..=3).map(|number| here.make(number, Purpose::CodeSigning, at(1))).collect();
    let backup = here.inventory.clone();
    here.operation(at(NOW), Intent::Destroy { versions: vec![first(keys[0])], reason: String::new() }).unwrap();
    turn(&mut here, first(keys[1]), Transition::PlanDestruction { due: at(NOW + 5) });
    // None of their secrets lies in the store any more.
    let plan = here.inventory.plan_merge(&backup, Relation::Earlier, at(NOW), &|_| false, &|_| true);
    let acts: Vec<_> = plan.items.iter().map(|item| &item.act).collect();
    assert_eq!(acts, [&MergeAct::Ended, &MergeAct::Ended, &MergeAct::Return(first(keys[2]))]);
    // Whoever asks for it all the same is refused by the rules.
    for key in &keys[..2] {
        let locator = backup.key(*key).unwrap().versions[0].locator.clone();
        let merge = Merge { returned: vec![(first(*key), locator)], ..Merge::new(BackupId([9; 16])) };
        let error = here.operation(at(NOW), Intent::Restore { merge: Box::new(merge) }).unwrap_err();
        assert!(error.contains("brings nothing of it back"), "{error}");
    }
}

#[test]
fn material_that_was_destroyed_here_does_not_come_back_under_another_key() {
    let mut here = Stage::new(at(0));
    let key = here.make(1, Purpose::CodeSigning, at(1));
    let mut other = here.inventory.clone();
    here.operation(at(NOW), Intent::Destroy { versions: vec![first(key)], reason: String::new() }).unwrap();
    // In the backup the same pair stands under an id of its own.
    let mut twin = (**other.key(key).unwrap()).clone();
    twin.id = crate::model::KeyId([77; 16]);
    other.keys = vec![std::sync::Arc::new(twin.clone())];
    other.reindex();
    let plan = here.inventory.plan_merge(&other, Relation::Foreign, at(NOW), &|_| true, &|_| true);
    assert_eq!(plan.items[0].act, MergeAct::Ended);
    let merge = Merge { keys: vec![twin], ..Merge::new(BackupId([9; 16])) };
    let error = here.operation(at(NOW), Intent::Restore { merge: Box::new(merge) }).unwrap_err();
    assert!(error.contains("brings nothing of it back"), "{error}");
}

#[test]
fn of_two_that_went_different_ways_the_stricter_state_holds() {
    let mut here = Stage::new(at(0));
    let keys: Vec<_> = (1..=4).map(|number| here.make(number, Purpose::CodeSigning, at(1))).collect();
    let mut there = Stage::new(at(0));
    for number in 1..=4 {
        there.make(number, Purpose::CodeSigning, at(1));
    }
    let revoked =
        |key| Event::Revoked { version: first(key), reason: RevocationReason::KeyCompromise, since: None, note: String::new() };
    there.append(at(NOW), vec![revoked(keys[0])]).unwrap();
    here.append(at(NOW), vec![revoked(keys[1])]).unwrap();
    turn(&mut there, first(keys[2]), Transition::Suspend { from: at(NOW), until: None });
    there.operation(at(NOW), Intent::Destroy { versions: vec![first(keys[3])], reason: String::new() }).unwrap();
    merged(&mut here, &there.inventory, Relation::Diverged).unwrap();
    let states: Vec<State> = keys.iter().map(|key| here.inventory.key(*key).unwrap().state(at(NOW))).collect();
    assert_eq!(states, [State::Compromised, State::Compromised, State::Suspended, State::Destroyed]);
    // The rule holds whatever is asked for.
    let milder = Life::new(at(0), Some(at(1)), None);
    let merge = Merge { stricter: vec![(first(keys[0]), milder)], ..Merge::new(BackupId([9; 16])) };
    let error = here.operation(at(NOW), Intent::Restore { merge: Box::new(merge) }).unwrap_err();
    assert!(error.contains("makes no state milder"), "{error}");
}

#[test]
fn what_goes_on_from_the_backup_keeps_its_own_word() {
    let mut here = Stage::new(at(0));
    let key = here.make(1, Purpose::CodeSigning, at(1));
    turn(&mut here, first(key), Transition::Suspend { from: at(NOW), until: None });
    let backup = here.inventory.clone();
    turn(&mut here, first(key), Transition::Resume { at: at(NOW) });
    merged(&mut here, &backup, Relation::Earlier).unwrap();
    assert_eq!(here.inventory.key(key).unwrap().state(at(NOW + 1)), State::Active);
}

#[test]
fn a_key_that_is_new_here_comes_whole_and_under_a_free_name() {
    let mut here = Stage::new(at(0));
    here.make(1, Purpose::CodeSigning, at(1));
    let mut there = Stage::new(at(0));
    there.make(1, Purpose::CodeSigning, at(1));
    let mut other = there.inventory.clone();
    let mut key = (*other.keys[0]).clone();
    key.id = crate::model::KeyId([50; 16]);
    key.versions[0].spki_sha256 = crate::model::Digest([51; 32]);
    key.versions[0].public_key = Box::new([1, 2, 3]);
    let name = key.name.clone();
    other.keys = vec![std::sync::Arc::new(key)];
    other.reindex();
    merged(&mut here, &other, Relation::Foreign).unwrap();
    let added = here.inventory.key(crate::model::KeyId([50; 16])).unwrap();
    assert_eq!(*added.name, *format!("{name} (2)"));
    assert_eq!(added.versions[0].from, Some(BackupId([9; 16])));
    assert!(added.versions[0].stored > 0);
    merged(&mut here, &other, Relation::Foreign).unwrap();
    assert_eq!(here.inventory.keys().len(), 2, "it comes once");
}

fn backup(stage: &mut Stage, number: u8, now: i64) -> BackupId {
    let id = BackupId([number; 16]);
    let covers = stage.inventory.seq();
    let backup = Backup {
        id,
        at: at(now),
        place: format!("/media/{number}").into(),
        covers,
        except: stage.inventory.backup_plan(&|_| true).left_out,
        recipients: Vec::new(),
        shares: None,
        sha256: None,
        rehearsed: None,
    };
    let made = Event::BackupMade { place: backup.place.to_string(), backup: Some(Box::new(backup)) };
    stage.append(at(now), vec![made]).unwrap();
    id
}

#[test]
fn it_is_known_which_backups_hold_a_key() {
    let mut stage = Stage::new(at(0));
    let old = stage.make(1, Purpose::Ssh, at(1));
    let kept = stage.make(2, Purpose::CodeSigning, at(1));
    let one = backup(&mut stage, 1, 10);
    let new = stage.make(3, Purpose::Ssh, at(11));
    assert_eq!(stage.inventory.made_since_backup(), 1);
    let two = backup(&mut stage, 2, 20);
    assert_eq!(stage.inventory.made_since_backup(), 0);
    let holding = |key| {
        let key = stage.inventory.key(key).unwrap();
        stage.inventory.backups_of(key).map(|backup| backup.id).collect::<Vec<_>>()
    };
    assert_eq!(holding(old), [one, two]);
    assert_eq!(holding(new), [two]);
    assert_eq!(holding(kept), [], "its policy keeps it in its store");
}

#[test]
fn what_a_replace_would_undo_is_named() {
    let mut here = Stage::new(at(0));
    let keys: Vec<_> = (1..=3).map(|number| here.make(number, Purpose::Ssh, at(1))).collect();
    let backup = here.inventory.clone();
    here.operation(at(NOW), Intent::Destroy { versions: vec![first(keys[0])], reason: String::new() }).unwrap();
    turn(&mut here, first(keys[1]), Transition::Compromise { since: at(NOW) });
    let found = here.inventory.setbacks(&backup, at(NOW), &|_| true);
    let told: Vec<_> = found.iter().map(|one| (one.of.key, one.here, one.brings_back)).collect();
    assert_eq!(told, [(keys[0], State::Destroyed, true), (keys[1], State::Compromised, false)]);
    assert!(here.inventory.setbacks(&here.inventory, at(NOW), &|_| true).is_empty());
}

#[test]
fn what_was_not_in_the_backup_is_held_elsewhere_after_a_restore() {
    let mut stage = Stage::new(at(0));
    let key = stage.make(1, Purpose::CodeSigning, at(1));
    let backup = Backup {
        id: BackupId([1; 16]),
        at: at(2),
        place: "usb".into(),
        covers: 3,
        except: Vec::new(),
        recipients: Vec::new(),
        shares: None,
        sha256: None,
        rehearsed: None,
    };
    let restored = Event::Restored { backup: Box::new(backup), anchored: Some(9), absent: vec![first(key)] };
    stage.append(at(NOW), vec![restored]).unwrap();
    let version = &stage.inventory.key(key).unwrap().versions[0];
    assert_eq!(version.held().place(), Some("not in the backup"));
    assert_eq!(stage.inventory.facts().restored[0].anchored, Some(9));
}
