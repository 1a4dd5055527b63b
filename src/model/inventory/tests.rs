//! The whole life of keys, played on an inventory in memory.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Inventory;
use crate::model::alert::{self, Alert, AlertKind, Conditions, FileTrouble, TrackedFile};
use crate::model::forecast::{DueKind, Forecast};
use crate::model::policy::Steps;
use crate::model::story::story;
use crate::model::{
    AlertList, Algorithm, DeliveryEnd, Digest, Event, Finding, Format, InstallationId, Intent, InventoryId, KeyId, Locator,
    NewKey, NewVersion, OperationId, Purpose, Quiet, Recipient, Record, RevocationReason, Rotation, RotationMode, State, Store,
    StoreKind, Suspension, Time, Transition, VersionRef, compliance, profile, rotation,
};

/// An inventory and the records it was replayed from.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) inventory: Inventory,
    records: Vec<Record>,
    operations: u64,
}

impl Stage {
    pub(super) fn new(now: Time) -> Self {
        let mut stage = Self { inventory: Inventory::default(), records: Vec::new(), operations: 0 };
        let store = Store::new("files", StoreKind::Files);
        stage.append(now, vec![Event::InventoryCreated { home: "files".into() }, Event::StoreAdded(store)]).unwrap();
        stage
    }

    pub(super) fn append(&mut self, time: Time, events: Vec<Event>) -> Result<(), String> {
        let seq = self.inventory.seq() + 1;
        let record = Record {
            v: 1,
            seq,
            time,
            actor: "Mira".into(),
            installation: InstallationId([1; 16]),
            inventory: InventoryId([2; 16]),
            events,
            offset: seq * 100,
        };
        self.inventory.check(&record.events, time).map_err(|error| error.to_string())?;
        self.inventory.apply(&record).map_err(|error| error.to_string())?;
        self.records.push(record);
        Ok(())
    }

    pub(super) fn operation(&mut self, time: Time, intent: Intent) -> Result<(), String> {
        self.operations += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.operations.to_le_bytes());
        let operation = OperationId(id);
        self.append(time, vec![Event::Begun { operation, intent }])?;
        self.append(time, vec![Event::Done { operation }])
    }

    pub(super) fn make(&mut self, number: u32, purpose: Purpose, now: Time) -> KeyId {
        self.make_in("files", number, purpose, now)
    }

    fn make_in(&mut self, store: &str, number: u32, purpose: Purpose, now: Time) -> KeyId {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_le_bytes());
        let policy = self.inventory.policy(purpose).clone();
        let mut key = NewKey {
            id: KeyId(id),
            name: format!("key-{number}").into(),
            purpose,
            owner: "".into(),
            tags: Vec::new(),
            warn_days: policy.warn_days.clone().into(),
            note: "".into(),
            version: own(version(1, policy.preferred(now), now, policy.expiry(now)), KeyId(id), now),
        };
        key.version.locator.store = store.into();
        self.operation(now, Intent::Generate { keys: vec![key] }).unwrap();
        KeyId(id)
    }

    pub(super) fn rotate(&mut self, key: KeyId, now: Time, by_itself: bool) -> Result<(), String> {
        let known = self.inventory.key(key).cloned().ok_or("no key")?;
        let policy = self.inventory.policy_of(&known).into_owned();
        let old = known.current(now).ok_or("no version")?;
        let dates = rotation::dates(old, &policy, None, now);
        let number = known.versions.last().map_or(1, |version| version.number + 1);
        let new = own(version(number, old.algorithm, dates.activates, dates.expires), key, now);
        let rotation = Rotation { key, version: new, old: old.number, overlap_ends: dates.overlap_ends };
        self.operation(now, Intent::Rotate { rotations: vec![rotation], by_itself })
    }

    fn hand_over(&mut self, key: KeyId, version: u32, recipient: &str, now: Time) {
        let version = VersionRef { key, version };
        let event = Event::HandedOver { version, recipient: recipient.into(), format: Format::Jwk, at: now, elsewhere: true };
        self.append(now, vec![event]).unwrap();
    }

    pub(super) fn turn(&mut self, key: KeyId, version: u32, transition: Transition, now: Time) -> Result<(), String> {
        let version = VersionRef { key, version };
        self.append(now, vec![Event::Transitioned { version, transition, reason: "why".into() }])
    }

    fn state(&self, key: KeyId, version: u32, now: Time) -> State {
        self.inventory.key(key).and_then(|key| key.version(version)).map(|version| version.state(now)).unwrap()
    }

    fn alerts(&self, key: KeyId, now: Time) -> Vec<AlertKind> {
        let key = self.inventory.key(key).unwrap();
        self.inventory.alerts_of(key, now).into_iter().filter(|alert| alert.is_open()).map(|alert| alert.kind).collect()
    }
}

/// With material of its own: no two keys, and no two versions of one, have the same.
fn own(version: NewVersion, key: KeyId, made: Time) -> NewVersion {
    let mut digest = [3; 32];
    digest[..16].copy_from_slice(&key.0);
    digest[16..24].copy_from_slice(&made.as_second().to_le_bytes());
    digest[24..28].copy_from_slice(&version.number.to_le_bytes());
    NewVersion { spki_sha256: Digest(digest), ..version }
}

pub(super) fn version(number: u32, algorithm: Algorithm, from: Time, until: Time) -> NewVersion {
    NewVersion {
        number,
        algorithm,
        locator: Locator { store: "files".into(), object: "object".into(), engine_version: None },
        public_key: Box::new([1]),
        spki_sha256: Digest([3; 32]),
        ssh_sha256: None,
        activates: Some(from),
        expires: Some(until),
        zone: "UTC".into(),
        mac: None,
        origin: None,
    }
}

pub(super) fn day(date: &str) -> Time {
    format!("{date}T00:00:00Z").parse().unwrap()
}

#[test]
fn what_an_engine_does_not_know_of_a_state_is_enforced_here_alone() {
    let (start, now) = (day("2026-11-25"), day("2026-11-26"));
    let mut stage = Stage::new(start);
    stage.append(start, vec![Event::StoreAdded(Store::new("hsm", StoreKind::Pkcs11))]).unwrap();
    let here = stage.make(1, Purpose::TlsServer, start);
    let there = [2, 3, 4].map(|number| stage.make_in("hsm", number, Purpose::TlsServer, start));
    let count = |stage: &Stage, time| ["files", "hsm"].map(|store| stage.inventory.keys_enforced_here_alone(store, time));
    assert_eq!(count(&stage, now), [0, 0], "all are active");
    let suspend = Transition::Suspend { from: now, until: None };
    for key in [here, there[0]] {
        stage.turn(key, 1, suspend, now).unwrap();
    }
    stage.turn(there[1], 1, Transition::Compromise { since: now }, now).unwrap();
    let reason = Suspension::held_back_by("hsm");
    let version = VersionRef { key: there[2], version: 1 };
    stage.append(now, vec![Event::Transitioned { version, transition: suspend, reason }]).unwrap();
    assert_eq!(count(&stage, now), [0, 2], "what lies in files nobody else uses, and the last one its token holds back");
    assert_eq!(count(&stage, day("2036-01-01")), [0, 3], "all have expired, which the token does not know");
}

#[test]
fn ten_years_of_rotation_keep_a_thousand_keys_within_their_policies() {
    let start = day("2026-11-25");
    let end = start.plus_days(3_653);
    let mut stage = Stage::new(start);
    let purposes = [Purpose::TlsServer, Purpose::TlsClient, Purpose::Ssh, Purpose::TokenSigning, Purpose::CodeSigning];
    for purpose in purposes {
        let mut policy = profile::standard(purpose).clone();
        policy.rotation = RotationMode::ByItself;
        stage.append(start, vec![Event::PolicySet { purpose, policy: Box::new(policy) }]).unwrap();
    }
    let mut agenda: BTreeMap<Time, Vec<KeyId>> = BTreeMap::new();
    for number in 0..1_000 {
        let id = stage.make(number, purposes[number as usize % purposes.len()], start);
        agenda.entry(start).or_default().push(id);
    }
    let mut rotations = 0;
    while let Some((now, ids)) = agenda.pop_first().filter(|(now, _)| *now <= end) {
        for id in ids {
            let key = stage.inventory.key(id).unwrap().clone();
            let policy = stage.inventory.policy_of(&key).into_owned();
            assert_eq!(key.state(now), State::Active, "{} at {now}", key.name);
            let current = key.current(now).unwrap();
            assert_eq!(compliance::of_version(current, &policy, Some(StoreKind::Files), now), [], "{} at {now}", key.name);
            if rotation::due(&key, &policy, now).is_some_and(|due| due <= now) {
                stage.rotate(id, now, true).unwrap();
                rotations += 1;
            }
            // RSA 2048 and its like fall below the least strength on a date: the next version is stronger.
            let key = stage.inventory.key(id).unwrap();
            if let Some(next) = stage.inventory.next_change(key, now) {
                agenda.entry(next).or_default().push(id);
            }
        }
    }
    assert!(rotations > 1_000 * 10, "{rotations}");
}

#[test]
fn a_delivery_that_is_open_keeps_the_old_version_until_its_own_expiry() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let key = stage.make(1, Purpose::TokenSigning, now);
    stage.hand_over(key, 1, "shop", now);
    stage.hand_over(key, 1, "partner", now);
    let rotated = now.plus_days(10);
    stage.rotate(key, rotated, false).unwrap();
    assert_eq!(stage.alerts(key, rotated), [AlertKind::DeliveryOpen { holders: 2 }]);
    let overlap_over = rotated.plus_days(8);
    assert_eq!(stage.state(key, 1, overlap_over), State::Active);
    stage.hand_over(key, 2, "shop", overlap_over);
    assert_eq!(stage.state(key, 1, overlap_over), State::Active);
    assert_eq!(stage.state(key, 1, now.plus_days(180)), State::Deactivated, "expiry always deactivates");
    let later = overlap_over.plus_days(3);
    stage.hand_over(key, 2, "partner", later);
    assert_eq!(stage.state(key, 1, later), State::Deactivated, "the last delivery ends the overlap");
    assert_eq!(stage.state(key, 1, later.plus_seconds(-1)), State::Active);
    assert_eq!(stage.alerts(key, later), [AlertKind::PrivateHalfKept]);
}

#[test]
fn what_was_due_of_one_version_is_due_of_the_next_and_may_be_dropped() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let key = stage.make(1, Purpose::TokenSigning, now);
    stage.hand_over(key, 1, "shop", now);
    stage.rotate(key, now.plus_days(1), false).unwrap();
    stage.rotate(key, now.plus_days(2), false).unwrap();
    let due = |stage: &Stage| {
        let key = stage.inventory.key(key).unwrap();
        key.open_deliveries().map(|due| (due.holds, due.version, due.recipient.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(due(&stage), [(1, 3, "shop".to_owned())]);
    // The old version's hand-over does not end what is due of the new one.
    stage.hand_over(key, 2, "shop", now.plus_days(3));
    assert_eq!(due(&stage).len(), 1);
    let dropped = |recipient: &str| Event::DeliveryDropped { key, recipient: recipient.into(), reason: "gone".into() };
    assert!(stage.append(now.plus_days(4), vec![dropped("nobody")]).unwrap_err().contains("nothing of key-1 is due"));
    stage.append(now.plus_days(30), vec![dropped("shop")]).unwrap();
    assert_eq!(due(&stage), []);
    let ended = stage.inventory.key(key).unwrap().deliveries[0].ended;
    assert_eq!(ended, Some(DeliveryEnd::Dropped(now.plus_days(30))));
    assert_eq!(stage.state(key, 1, now.plus_days(30)), State::Deactivated);
}

#[test]
fn a_version_that_has_ended_is_not_revived_by_a_delivery() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let key = stage.make(1, Purpose::TokenSigning, now);
    stage.rotate(key, now.plus_days(1), false).unwrap();
    let later = now.plus_days(20);
    assert_eq!(stage.state(key, 1, later), State::Deactivated);
    stage.hand_over(key, 1, "late", later);
    stage.rotate(key, later, false).unwrap();
    assert_eq!(stage.state(key, 1, later), State::Deactivated);
}

#[test]
fn revoking_for_compromise_leads_to_compromised_and_for_the_rest_to_deactivated() {
    for reason in RevocationReason::ALL {
        let now = day("2026-11-25");
        let mut stage = Stage::new(now);
        let key = stage.make(1, Purpose::Ssh, now);
        stage.hand_over(key, 1, "host", now);
        let version = VersionRef { key, version: 1 };
        let since = reason.compromises().then(|| now.plus_days(-3));
        let revoked = Event::Revoked { version, reason, since, note: String::new() };
        stage.append(now.plus_days(1), vec![revoked.clone()]).unwrap();
        let expected = if reason.compromises() { State::Compromised } else { State::Deactivated };
        assert_eq!(stage.state(key, 1, now.plus_days(1)), expected, "{reason:?}");
        assert!(stage.append(now.plus_days(2), vec![revoked]).is_err(), "{reason:?} twice");
        if reason.compromises() {
            assert_eq!(stage.alerts(key, now.plus_days(2))[0], AlertKind::Compromised { untold: 1 });
            stage.append(now.plus_days(2), vec![Event::NoticeSent { version, recipient: "host".into() }]).unwrap();
            assert_eq!(stage.alerts(key, now.plus_days(2))[0], AlertKind::Compromised { untold: 0 });
        }
    }
}

#[test]
fn a_snoozed_alert_comes_back_and_an_acknowledged_one_stays_quiet_for_its_version() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let id = stage.make(1, Purpose::TlsServer, now);
    let soon = now.plus_days(190);
    let alert = |stage: &Stage, at| stage.inventory.alerts_of(stage.inventory.key(id).unwrap(), at).remove(0);
    let expiring = alert(&stage, soon);
    assert_eq!(expiring.kind, AlertKind::Expiring);
    let quiet = expiring.quieted(soon, Some(soon.plus_days(2)), String::new());
    stage.append(soon, vec![Event::AlertQuieted { key: Some(id), quiet }]).unwrap();
    assert!(!alert(&stage, soon).is_open());
    assert!(alert(&stage, soon.plus_days(2)).is_open());
    let next = stage.inventory.next_change(stage.inventory.key(id).unwrap(), soon).unwrap();
    assert_eq!(next, soon.plus_days(2), "the end of the snooze is a date that matters");
    let quiet = expiring.quieted(soon, None, "goes away in June".into());
    stage.append(soon.plus_days(3), vec![Event::AlertQuieted { key: Some(id), quiet }]).unwrap();
    assert!(!alert(&stage, soon.plus_days(9)).is_open());
    stage
        .append(soon.plus_days(9), vec![Event::AlertReopened { key: Some(id), kind: "expiring".into(), subject: "".into() }])
        .unwrap();
    assert!(alert(&stage, soon.plus_days(9)).is_open());
}

#[test]
fn an_alert_of_a_key_that_the_whole_inventory_raises_stays_quiet_too() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let id = stage.make(1, Purpose::Ssh, now);
    let intent = Intent::Destroy { versions: vec![VersionRef { key: id, version: 1 }], reason: String::new() };
    stage.append(now, vec![Event::Begun { operation: OperationId([9; 16]), intent }]).unwrap();
    let later = now.plus_days(1);
    let open = |stage: &Stage| {
        let alerts = alert::of_inventory(&stage.inventory, &Conditions::default(), later);
        alerts.into_iter().find(|alert| alert.kind == AlertKind::OpenOperation).unwrap()
    };
    let quiet = open(&stage).quieted(later, None, "the store is away this week".into());
    stage.append(later, vec![Event::AlertQuieted { key: Some(id), quiet }]).unwrap();
    assert!(!open(&stage).is_open());
}

/// The servers that stand among the open alerts, and those that a person quieted.
fn servers(stage: &Stage, conditions: &Conditions, at: Time) -> (Vec<Box<str>>, Vec<Box<str>>) {
    let alerts = alert::of_inventory(&stage.inventory, conditions, at);
    let servers = alerts.iter().filter(|alert| matches!(alert.kind, AlertKind::ServerTrouble { .. }));
    let (open, quiet): (Vec<_>, Vec<_>) = servers.partition(|alert| alert.is_open());
    (open.iter().map(|alert| alert.subject()).collect(), quiet.iter().map(|alert| alert.subject()).collect())
}

#[test]
fn quieting_one_server_leaves_the_others_and_its_graver_troubles_open() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let trouble = |server: &str, finding: Finding| (server.to_owned(), finding);
    let conditions = Conditions {
        servers: vec![
            trouble("a:443", Finding::Expiring(now)),
            trouble("a:443", Finding::OtherKey),
            trouble("b:443", Finding::Expiring(now)),
        ],
        ..Conditions::default()
    };
    let expiring =
        alert::of_inventory(&stage.inventory, &conditions, now).into_iter().find(|alert| *alert.subject() == *"a:443 expiring");
    let quiet = expiring.unwrap().quieted(now, Some(now.plus_days(9)), String::new());
    let other = Quiet { subject: "b:443 expiring".into(), until: None, ..quiet.clone() };
    stage.append(now, vec![Event::AlertQuieted { key: None, quiet: quiet.clone() }]).unwrap();
    let told = servers(&stage, &conditions, now);
    assert_eq!(told, (vec!["a:443 other-key".into(), "b:443 expiring".into()], vec!["a:443 expiring".into()]));
    stage.append(now, vec![Event::AlertQuieted { key: None, quiet: other }]).unwrap();
    assert_eq!(servers(&stage, &conditions, now).1.len(), 2, "quieting another keeps the first quiet");
    stage.append(now, vec![Event::AlertReopened { key: None, kind: quiet.kind, subject: quiet.subject }]).unwrap();
    assert_eq!(servers(&stage, &conditions, now).1, ["b:443 expiring".into()], "reopening one leaves the other quiet");
}

#[test]
fn of_two_tracked_files_of_a_key_one_is_quieted_alone() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let id = stage.make(1, Purpose::Ssh, now);
    let gone = |path: &str| (id, FileTrouble::Gone(TrackedFile { path: path.into(), trouble: String::new() }));
    let conditions = Conditions { files: vec![gone("/a"), gone("/b")], ..Conditions::default() };
    let open = |stage: &Stage| -> Vec<_> {
        let alerts = alert::of_inventory(&stage.inventory, &conditions, now);
        alerts.iter().filter(|alert| alert.key == Some(id) && alert.is_open()).map(Alert::subject).collect()
    };
    assert_eq!(open(&stage).len(), 2);
    let alerts = alert::of_inventory(&stage.inventory, &conditions, now);
    let quiet = alerts.iter().find(|alert| *alert.subject() == *"/a").unwrap().quieted(now, None, "moved on purpose".into());
    stage.append(now, vec![Event::AlertQuieted { key: Some(id), quiet }]).unwrap();
    assert_eq!(open(&stage), ["/b".into()]);
}

#[test]
fn a_policy_marks_the_keys_that_break_it_and_a_preview_names_them_before() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let id = stage.make(1, Purpose::TlsServer, now);
    let mut policy = stage.inventory.policy(Purpose::TlsServer).clone();
    policy.cryptoperiod = Steps::always(90);
    policy.algorithms = vec![Algorithm::EcdsaP384];
    let marked = stage.inventory.marked_by(Purpose::TlsServer, &policy, now);
    assert_eq!((marked.len(), marked[0].1.len()), (1, 2));
    let set = Event::PolicySet { purpose: Purpose::TlsServer, policy: Box::new(policy.clone()) };
    stage.append(now, vec![set]).unwrap();
    assert!(matches!(stage.alerts(id, now)[..], [AlertKind::BreaksPolicy(_)]));
    let own = crate::model::Overrides {
        cryptoperiod: Some(Steps::always(200)),
        algorithms: Some(vec![Algorithm::EcdsaP256]),
        ..Default::default()
    };
    stage.append(now, vec![Event::KeyPolicySet { key: id, overrides: Box::new(own) }]).unwrap();
    assert_eq!(stage.alerts(id, now), []);
    policy.overlap_days = 99;
    let contradictory = Event::PolicySet { purpose: Purpose::TlsServer, policy: Box::new(policy) };
    assert!(stage.append(now, vec![contradictory]).is_err());
}

#[test]
fn a_forecast_kept_up_to_date_is_the_one_made_anew_and_busy_weeks_can_be_spread() {
    let start = day("2026-11-25");
    let mut stage = Stage::new(start);
    let ids: Vec<KeyId> = (0..30).map(|number| stage.make(number, Purpose::Ssh, start)).collect();
    let later = start.plus_days(100);
    let mut forecast = Forecast::new(&stage.inventory, later, 52);
    assert_eq!((0..52).map(|week| forecast.of(week, DueKind::Rotation)).sum::<u32>(), 30);
    let busy = forecast.busy();
    assert_eq!(busy.len(), 1);
    let moves = forecast.spread(&stage.inventory, later);
    assert!(moves.len() > 15, "{}", moves.len());
    for found in moves {
        let id = ids[found.index as usize];
        assert!(found.to < found.from);
        stage.append(later, vec![Event::KeyPolicySet { key: id, overrides: Box::new(found.overrides) }]).unwrap();
        forecast.update(&stage.inventory, &[found.index], later);
    }
    assert_eq!(forecast, Forecast::new(&stage.inventory, later, 52));
    let most = |forecast: &Forecast| (0..52).map(|week| forecast.work(week)).max().unwrap();
    assert!(most(&forecast) < 8, "{}", most(&forecast));
}

#[test]
fn a_story_says_from_which_state_to_which_and_what_came_by_itself() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let id = stage.make(1, Purpose::TokenSigning, now);
    stage.turn(id, 1, Transition::Suspend { from: now.plus_days(5), until: None }, now.plus_days(5)).unwrap();
    stage.turn(id, 1, Transition::Resume { at: now.plus_days(6) }, now.plus_days(6)).unwrap();
    stage.rotate(id, now.plus_days(170), true).unwrap();
    stage
        .append(
            now.plus_days(200),
            vec![Event::Revoked {
                version: VersionRef { key: id, version: 2 },
                reason: RevocationReason::KeyCompromise,
                since: None,
                note: "laptop stolen".into(),
            }],
        )
        .unwrap();
    let told = story(&stage.records, id, &stage.inventory, now.plus_days(300), &jiff::tz::TimeZone::UTC);
    let told: Vec<&str> = told.iter().map(|happening| &*happening.sentence).collect();
    assert_eq!(
        told,
        [
            "Mira made key-1 (Ed25519).",
            "Mira: version 1 of key-1 was suspended, from 30 Nov 2026. Reason: why. It went from active to suspended.",
            "Mira: version 1 of key-1 was resumed, from 1 Dec 2026. Reason: why. It went from suspended to active.",
            "Version 1 entered its warning time: it expires on 24 May 2027.",
            "Mira rotated key-1, as its policy says: version 2 (Ed25519) takes the place of version 1, whose overlap ends on 21 May 2027.",
            "The overlap ended: version 1 went from active to deactivated.",
            "Mira revoked version 2 of key-1 (key compromise): it is compromised now. laptop stolen. It went from active to compromised.",
        ]
    );
}

/// What a person reads: every alert in order, open or quieted.
fn read(list: &AlertList) -> Vec<Alert> {
    list.iter().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Alerts kept up to date by events and dates are those of a sweep over all keys.
    #[test]
    fn an_alert_list_kept_up_to_date_is_the_one_made_anew(steps in proptest::collection::vec((0..12_u32, 0..6_u8, 0..60_i64), 1..24)) {
        let start = day("2026-11-25");
        let mut stage = Stage::new(start);
        let ids: Vec<KeyId> = (0..12).map(|number| stage.make(number, Purpose::ALL[number as usize % 8], start)).collect();
        let conditions = Conditions::default();
        let mut list = AlertList::new(&stage.inventory, &conditions, start, start);
        let mut now = start;
        for (number, what, wait) in steps {
            now = now.plus_days(wait);
            list.pass_time(&stage.inventory, now);
            let id = ids[number as usize];
            let _ = match what {
                0 => stage.rotate(id, now, false),
                1 => stage.turn(id, 1, Transition::Suspend { from: now, until: None }, now),
                2 => stage.turn(id, 1, Transition::PlanDestruction { due: now.plus_days(7) }, now),
                3 => stage.turn(id, 1, Transition::Compromise { since: now }, now),
                4 => { stage.hand_over(id, 1, "holder", now); Ok(()) }
                _ => stage.turn(id, 1, Transition::Deactivate { at: now }, now),
            };
            list.update(&stage.inventory, &[number], now);
            list.look_at_all(&stage.inventory, &conditions, now);
            let anew = AlertList::new(&stage.inventory, &conditions, now, now);
            prop_assert_eq!(read(&list), read(&anew));
            prop_assert_eq!(list.attention(), anew.attention());
            prop_assert_eq!(list.next_due(), anew.next_due());
        }
    }
}

fn turn_at() -> impl Strategy<Value = (u32, u8, i64, i64)> {
    (1..4_u32, 0..11_u8, 0..40_i64, -20..300_i64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// No sequence of commands leads where the state table does not, and replaying the records
    /// gives the same inventory.
    #[test]
    fn no_sequence_of_commands_leaves_the_table(steps in proptest::collection::vec(turn_at(), 0..24)) {
        let start = day("2026-11-25");
        let mut stage = Stage::new(start);
        let id = stage.make(1, Purpose::TokenSigning, start);
        stage.hand_over(id, 1, "holder", start);
        let mut now = start;
        for (number, what, wait, at) in steps {
            now = now.plus_days(wait);
            let other = now.plus_days(at);
            let before: Vec<State> = states(&stage, id, now);
            let version = VersionRef { key: id, version: number };
            let _ = match what {
                0 => stage.turn(id, number, Transition::Activate { at: other }, now),
                1 => stage.turn(id, number, Transition::Suspend { from: now, until: Some(other) }, now),
                2 => stage.turn(id, number, Transition::Resume { at: now }, now),
                3 => stage.turn(id, number, Transition::Deactivate { at: other }, now),
                4 => stage.turn(id, number, Transition::ChangeExpiry { expires: other }, now),
                5 => stage.append(now, vec![Event::Revoked { version, reason: RevocationReason::KeyCompromise, since: None, note: String::new() }]),
                6 => stage.append(now, vec![Event::Revoked { version, reason: RevocationReason::Cessation, since: None, note: String::new() }]),
                7 => stage.operation(now, Intent::Destroy { versions: vec![version], reason: String::new() }),
                8 => stage.rotate(id, now, false),
                9 => { if stage.inventory.key(id).is_some_and(|key| key.version(number).is_some()) { stage.hand_over(id, number, "holder", now); } Ok(()) }
                _ => stage.append(now, vec![Event::DeliveryDropped { key: id, recipient: "holder".into(), reason: String::new() }]),
            };
            let after = states(&stage, id, now);
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(before == after || before.leads_to().contains(after), "{before:?} to {after:?} by {what}");
            }
            // What has ended stays ended, at every later moment.
            for later in [1, 10, 100, 1_000] {
                let then = states(&stage, id, now.plus_days(later));
                for (after, then) in after.iter().zip(&then) {
                    let ended = matches!(after, State::Deactivated | State::Compromised) || after.is_destroyed();
                    prop_assert!(!ended || then == after, "{after:?} became {then:?}");
                }
            }
        }
        let mut replayed = Inventory::default();
        for record in &stage.records {
            replayed.apply(record).unwrap();
        }
        prop_assert_eq!(&replayed, &stage.inventory);
    }
}

fn states(stage: &Stage, id: KeyId, now: Time) -> Vec<State> {
    stage.inventory.key(id).unwrap().versions.iter().map(|version| version.state(now)).collect()
}

#[test]
fn the_address_book_keeps_recipients_by_name_and_forgets_those_taken_out() {
    let set = |name: &str, note: &str| Event::RecipientSet {
        recipient: Box::new(Recipient { name: name.into(), note: note.into(), keys: Vec::new() }),
    };
    let now = Time::from_second(1_800_000_000);
    let mut stage = Stage::new(now);
    stage.append(now, vec![set("Zo\u{eb}", ""), set("Ada", "old")]).unwrap();
    stage.append(now, vec![set("Ada", "new")]).unwrap();
    let names: Vec<_> = stage.inventory.recipients().iter().map(|one| (&*one.name, &*one.note)).collect();
    assert_eq!(names, [("Ada", "new"), ("Zo\u{eb}", "")]);
    assert!(stage.inventory.recipient("Zoe\u{308}").is_some(), "names are compared after NFC");
    stage.append(now, vec![Event::RecipientRemoved { name: "Ada".into() }]).unwrap();
    assert_eq!(stage.inventory.recipients().len(), 1);
    assert!(stage.append(now, vec![Event::RecipientRemoved { name: "Ada".into() }]).is_err());
    assert!(stage.append(now, vec![set(" ", "")]).is_err());
}
