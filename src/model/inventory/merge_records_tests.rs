//! Merging records: what is lacking comes, what is here stays, nothing comes twice, and nothing becomes milder by it.

use proptest::prelude::*;

use super::tests::{Stage, day};
use super::{Inventory, Merge, MergeAct, MergePlan, RecordAct, Relation};
use crate::model::{
    BackupId, Digest, Edit, Event, Format, Intent, KeyId, Overrides, Purpose, Recipient, RecipientKey, RecipientKeyKind,
    RevocationReason, State, Time, Transition, Version, VersionRef, profile,
};

const PURPOSES: [Purpose; 3] = [Purpose::CodeSigning, Purpose::TlsServer, Purpose::Ssh];
const NAMES: [&str; 3] = ["Ada", "Bob", "Grace"];

fn start() -> Time {
    day("2026-11-25")
}

fn recipient(name: &str, key: u8) -> Event {
    let key = RecipientKey {
        kind: RecipientKeyKind::AgeX25519,
        encoded: format!("age1{key}").into(),
        sha256: Digest([key; 32]),
        begins: None,
        expires: None,
        service_id: "".into(),
        confirmed: None,
    };
    Event::RecipientSet { recipient: Box::new(Recipient { name: name.into(), note: "".into(), keys: vec![key] }) }
}

fn given(key: KeyId, to: &str, at: Time) -> Event {
    let version = VersionRef { key, version: 1 };
    Event::HandedOver { version, recipient: to.into(), format: Format::Jwk, at, elsewhere: true }
}

fn policy(purpose: Purpose, exportable: bool, overlap_days: u32) -> Event {
    let mut policy = profile::standard(purpose).clone();
    (policy.exportable, policy.overlap_days) = (exportable, overlap_days.min(policy.rotate_before_days));
    Event::PolicySet { purpose, policy: Box::new(policy) }
}

fn overrides(key: KeyId, exportable: bool) -> Event {
    let own = Overrides { exportable: Some(exportable), ..Overrides::default() };
    Event::KeyPolicySet { key, overrides: Box::new(own) }
}

/// Keys one to three, one for each purpose.
fn stage() -> (Stage, Vec<KeyId>) {
    let mut stage = Stage::new(start());
    let keys = (1..).zip(PURPOSES).map(|(number, purpose)| stage.make(number, purpose, start())).collect();
    (stage, keys)
}

fn plan(here: &Stage, other: &Inventory, relation: Relation, now: Time) -> MergePlan {
    here.inventory.plan_merge(other, relation, now, &|_| true, &|_| true)
}

/// Carries out what a plan says of versions, states and records, as the custodian does: records last.
fn merge(here: &mut Stage, other: &Inventory, relation: Relation, now: Time) -> Result<(), String> {
    let plan = plan(here, other, relation, now);
    let (mut states, mut records) = (Merge::new(BackupId([9; 16])), Merge::new(BackupId([9; 16])));
    for item in plan.items {
        match item.act {
            MergeAct::Stricter { of, life, .. } => states.stricter.push((of, *life)),
            MergeAct::AddVersion(number) => {
                let there = other.key(item.key).and_then(|key| key.version(item.version)).unwrap();
                states.versions.push((item.key, Version { number, ..there.clone() }));
            }
            _ => {}
        }
    }
    plan.records.into_iter().for_each(|record| records.records.take(record));
    for merge in [states, records].into_iter().filter(|merge| !merge.is_empty()) {
        here.operation(now, Intent::Restore { merge: Box::new(merge) })?;
    }
    Ok(())
}

fn acts(plan: &MergePlan) -> Vec<(&str, &str, Option<&str>)> {
    plan.records.iter().map(|record| (&*record.name, record.act.kind(), record.act.stays())).collect()
}

#[test]
fn recipients_that_are_lacking_come_and_those_here_stay_as_they_are() {
    let ((mut here, _), (mut there, _)) = (stage(), stage());
    let now = start().plus_days(1);
    here.append(now, vec![recipient("Ada", 1), recipient("Bob", 1), recipient("Gone", 1)]).unwrap();
    here.append(now, vec![Event::RecipientRemoved { name: "Gone".into() }]).unwrap();
    there.append(now, vec![recipient("Ada", 1), recipient("Bob", 2), recipient("Gone", 1), recipient("New", 1)]).unwrap();
    let planned = plan(&here, &there.inventory, Relation::Diverged, now);
    let wanted = [("Bob", "recipient", Some("differs")), ("Gone", "recipient", Some("removed-here")), ("New", "recipient", None)];
    assert_eq!(acts(&planned), wanted);
    let before = here.inventory.recipient("Bob").cloned();
    merge(&mut here, &there.inventory, Relation::Diverged, now).unwrap();
    assert_eq!(here.inventory.recipient("Bob").cloned(), before);
    assert!(here.inventory.recipient("New").is_some() && here.inventory.recipient("Gone").is_none());
    // What goes on from the backup took away whatever it lacks.
    let planned = plan(&stage().0, &there.inventory, Relation::Earlier, now);
    assert!(planned.is_idle() && planned.records.iter().all(|record| record.act == RecordAct::RecipientRemoved));
    // Whoever asks for it all the same is refused by the rules.
    let Event::RecipientSet { recipient } = recipient("Gone", 1) else { unreachable!("it is one") };
    let mut merge = Merge::new(BackupId([9; 16]));
    merge.records.recipients.push(*recipient.clone());
    let error = here.operation(now, Intent::Restore { merge: Box::new(merge.clone()) }).unwrap_err();
    assert!(error.contains("does not bring it back"), "{error}");
    // A person who puts it back has the last word.
    here.append(now, vec![Event::RecipientSet { recipient }]).unwrap();
    assert!(here.operation(now, Intent::Restore { merge: Box::new(merge) }).unwrap_err().contains("already"));
}

#[test]
fn policies_that_are_lacking_come_but_none_that_lets_private_halves_out() {
    let ((mut here, keys), (mut there, _)) = (stage(), stage());
    let now = start().plus_days(1);
    here.append(now, vec![policy(Purpose::Ssh, false, 1)]).unwrap();
    let own = vec![policy(Purpose::Ssh, false, 2), policy(Purpose::CodeSigning, true, 1), policy(Purpose::TlsServer, false, 3)];
    there.append(now, own).unwrap();
    there.append(now, vec![overrides(keys[0], true), overrides(keys[2], false)]).unwrap();
    let planned = plan(&here, &there.inventory, Relation::Foreign, now);
    let kinds: Vec<_> = planned.records.iter().map(|record| (record.act.kind(), record.act.stays())).collect();
    assert_eq!(kinds.iter().filter(|one| **one == ("policy", Some("differs"))).count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|one| **one == ("policy", Some("milder"))).count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|one| **one == ("policy", None)).count(), 1, "{kinds:?}");
    merge(&mut here, &there.inventory, Relation::Foreign, now).unwrap();
    assert_eq!(here.inventory.policy(Purpose::TlsServer).overlap_days, there.inventory.policy(Purpose::TlsServer).overlap_days);
    assert_eq!(here.inventory.policy(Purpose::Ssh).overlap_days, 1);
    let exportable = |stage: &Stage, key: KeyId| stage.inventory.policy_of(stage.inventory.key(key).unwrap()).exportable;
    assert!(!exportable(&here, keys[0]), "its private half still may not leave");
    assert!(here.inventory.key(keys[2]).unwrap().overrides.is_some());
    for (policies, overrides) in [(true, false), (false, true)] {
        let mut merge = Merge::new(BackupId([9; 16]));
        let milder = there.inventory.policy(Purpose::CodeSigning).clone();
        merge.records.policies.extend(policies.then_some((Purpose::CodeSigning, milder)));
        let own = Overrides { exportable: Some(true), ..Overrides::default() };
        merge.records.overrides.extend(overrides.then_some((keys[0], own)));
        let error = here.operation(now, Intent::Restore { merge: Box::new(merge) }).unwrap_err();
        assert!(error.contains("lets no private half leave"), "{error}");
    }
}

#[test]
fn hand_overs_and_words_about_a_key_come_where_there_are_none() {
    let ((mut here, keys), (mut there, _)) = (stage(), stage());
    let now = start().plus_days(1);
    let edit = |owner: &str, note: &str| Edit { owner: Some(owner.into()), note: Some(note.into()), ..Edit::default() };
    here.append(now, vec![given(keys[0], "shop", now), Event::KeyEdited { key: keys[0], edit: edit("Mira", "") }]).unwrap();
    let event = Event::KeyEdited { key: keys[0], edit: edit("Jonas", "renewed by hand") };
    there.append(now, vec![given(keys[0], "shop", now), given(keys[0], "partner", start()), event]).unwrap();
    let revoked = Event::Revoked {
        version: VersionRef { key: keys[1], version: 1 },
        reason: RevocationReason::KeyCompromise,
        since: None,
        note: String::new(),
    };
    there.append(now, vec![revoked]).unwrap();
    let sentences: Vec<String> =
        plan(&here, &there.inventory, Relation::Diverged, now).records.iter().map(super::RecordItem::sentence).collect();
    assert_eq!(
        sentences,
        [
            "key-1 gets from the backup: note.",
            "key-1, version 1: partner was given it (public key, JWK).",
            "key-2, version 1, gets from the backup: revocation."
        ]
    );
    merge(&mut here, &there.inventory, Relation::Diverged, now).unwrap();
    let key = here.inventory.key(keys[0]).unwrap();
    let holders: Vec<_> = key.hand_overs.iter().map(|given| &*given.recipient).collect();
    assert_eq!((holders, &*key.owner, &*key.note), (vec!["partner", "shop"], "Mira", "renewed by hand"));
    let revoked = &here.inventory.key(keys[1]).unwrap().versions[0];
    assert_eq!((revoked.revocation.is_some(), revoked.state(now)), (true, State::Compromised));
}

#[test]
fn a_hand_over_out_of_a_backup_ends_its_delivery_and_begins_none() {
    let ((mut here, keys), (mut there, _)) = (stage(), stage());
    let now = start().plus_days(1);
    let key = keys[0];
    for stage in [&mut here, &mut there] {
        stage.append(now, vec![given(key, "shop", now)]).unwrap();
        stage.rotate(key, now, false).unwrap();
    }
    let second = VersionRef { key, version: 2 };
    let delivered =
        Event::HandedOver { version: second, recipient: "shop".into(), format: Format::Jwk, at: now, elsewhere: true };
    // To a holder of the old version that was not known here nothing becomes due: the old one would last longer by it.
    there.append(now, vec![delivered, given(key, "late", now)]).unwrap();
    assert_eq!(here.inventory.key(key).unwrap().open_deliveries().count(), 1);
    merge(&mut here, &there.inventory, Relation::Diverged, now).unwrap();
    let merged = here.inventory.key(key).unwrap();
    assert_eq!((merged.open_deliveries().count(), merged.hand_overs.len()), (0, 3));
    assert_eq!(merged.versions[0].state(now.plus_days(60)), State::Deactivated);
}

#[test]
fn a_key_that_is_new_here_is_offered_by_no_agent() {
    let (mut there, keys) = stage();
    let usage = crate::model::AgentUse { confirm: false, lifetime_seconds: None };
    there.append(start(), vec![Event::AgentSet { key: keys[2], usage: Some(usage) }]).unwrap();
    let key = there.inventory.key(keys[2]).unwrap();
    assert!(key.agent.is_some() && super::merge::as_here(key, "x", &[1], "files", &|_| true).agent.is_none());
}

/// Something that a person does, on either side.
#[derive(Debug, Clone)]
enum Deed {
    Know(usize, u8),
    Forget(usize),
    Policy(usize, bool, u32),
    Own(usize, bool),
    Give(usize, usize, i64),
    Describe(usize, u8),
    Rotate(usize),
    Turn(usize, u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    let (key, name) = (0..3_usize, 0..3_usize);
    prop_oneof![
        (name.clone(), 1..3_u8).prop_map(|(name, key)| Deed::Know(name, key)),
        name.clone().prop_map(Deed::Forget),
        (key.clone(), any::<bool>(), 1..4_u32).prop_map(|(purpose, open, days)| Deed::Policy(purpose, open, days)),
        (key.clone(), any::<bool>()).prop_map(|(key, open)| Deed::Own(key, open)),
        (key.clone(), name, 0..3_i64).prop_map(|(key, to, day)| Deed::Give(key, to, day)),
        (key.clone(), 0..3_u8).prop_map(|(key, word)| Deed::Describe(key, word)),
        key.clone().prop_map(Deed::Rotate),
        (key, 0..5_u8).prop_map(|(key, turn)| Deed::Turn(key, turn)),
    ]
}

/// Does it, if the rules let it.
fn play(stage: &mut Stage, keys: &[KeyId], deed: &Deed, now: Time) {
    let first = |key: usize| VersionRef { key: keys[key], version: 1 };
    let turned = |key, transition| Event::Transitioned { version: first(key), transition, reason: String::new() };
    let event = match deed {
        Deed::Know(name, key) => recipient(NAMES[*name], *key),
        Deed::Forget(name) => Event::RecipientRemoved { name: NAMES[*name].into() },
        Deed::Policy(purpose, exportable, days) => policy(PURPOSES[*purpose], *exportable, *days),
        Deed::Own(key, exportable) => overrides(keys[*key], *exportable),
        Deed::Give(key, to, day) => given(keys[*key], NAMES[*to], start().plus_days(*day)),
        Deed::Describe(key, word) => {
            let (owner, tags) = (format!("owner {word}"), vec![format!("tag {word}").into()]);
            let edit = Edit { owner: Some(owner.into()), tags: Some(tags), ..Edit::default() };
            Event::KeyEdited { key: keys[*key], edit }
        }
        Deed::Rotate(key) => return drop(stage.rotate(keys[*key], now, false)),
        Deed::Turn(key, 0) => turned(*key, Transition::Suspend { from: now, until: Some(now.plus_days(5)) }),
        Deed::Turn(key, 1) => turned(*key, Transition::Resume { at: now }),
        Deed::Turn(key, 2) => turned(*key, Transition::Compromise { since: now }),
        Deed::Turn(key, 3) => turned(*key, Transition::PlanDestruction { due: now.plus_days(7) }),
        Deed::Turn(key, _) => {
            let destroy = Intent::Destroy { versions: vec![first(*key)], reason: String::new() };
            return drop(stage.operation(now, destroy));
        }
    };
    let _ = stage.append(now, vec![event]);
}

proptest! {
    /// Two inventories go different ways from a common beginning, and one merges the other.
    #[test]
    fn a_merge_brings_all_records_once_and_makes_nothing_milder(
        common in proptest::collection::vec(deed(), 0..6),
        ours in proptest::collection::vec(deed(), 0..8),
        theirs in proptest::collection::vec(deed(), 0..8),
        foreign in any::<bool>(),
    ) {
        let (mut here, keys) = stage();
        let (mut day, mut there) = (start(), stage().0);
        for deed in &common {
            day = day.plus_days(1);
            play(&mut here, &keys, deed, day);
            play(&mut there, &keys, deed, day);
        }
        let now = day.plus_days(9);
        for (stage, deeds) in [(&mut here, &ours), (&mut there, &theirs)] {
            for (after, deed) in (1..).zip(deeds) {
                play(stage, &keys, deed, day.plus_days(after));
            }
        }
        let relation = if foreign { Relation::Foreign } else { Relation::Diverged };
        let (before, other) = (here.inventory.clone(), there.inventory);
        merge(&mut here, &other, relation, now).unwrap();
        let after = here.inventory.clone();
        for id in &keys {
            let key = after.key(*id).unwrap();
            let (old, their) = (before.key(*id).unwrap(), other.key(*id).unwrap());
            for version in &key.versions {
                for later in [0, 3, 10, 40, 400] {
                    let (at, number, spki) = (now.plus_days(later), version.number, version.spki());
                    prop_assert!(version.state(at) >= old.version(number).map_or(State::PreActive, |old| old.state(at)));
                    let theirs = their.versions.iter().find(|their| their.spki() == spki);
                    let theirs = theirs.map_or(State::PreActive, |their| their.state(at));
                    // The end of an overlap waits for deliveries that are open here, whatever the backup knows of them.
                    let waits = later > 0 && version.life.open_deliveries > 0;
                    prop_assert!(waits || version.state(at) >= theirs, "{number} {at}");
                }
            }
            let exportable = |inventory: &Inventory, key| inventory.policy_of(key).exportable;
            prop_assert!(!exportable(&after, key) || exportable(&before, old));
            prop_assert!(old.owner.is_empty() || key.owner == old.owner);
            for version in &their.versions {
                prop_assert!(key.versions.iter().any(|known| known.spki() == version.spki()));
            }
            for given in their.hand_overs.iter().filter(|given| key.version(given.version).is_some()) {
                prop_assert!(key.hand_overs.contains(given));
            }
        }
        for known in before.recipients() {
            prop_assert_eq!(after.recipient(&known.name), Some(known));
        }
        for known in other.recipients() {
            prop_assert!(after.recipient(&known.name).is_some() || before.facts().removed_recipients.contains(&known.name));
        }
        let again = plan(&here, &other, relation, now);
        prop_assert!(again.is_idle(), "{again:?}");
        let seq = here.inventory.seq();
        merge(&mut here, &other, relation, now).unwrap();
        prop_assert_eq!(here.inventory.seq(), seq);
    }
}
