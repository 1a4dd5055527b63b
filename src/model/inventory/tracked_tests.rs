//! Private halves that are tracked in files: noted, changed, identified, tracked no more.

use super::tests::{Stage, day};
use crate::model::{
    Adoption, Algorithm, Digest, Event, Held, Identity, Intent, KeyId, Locator, NewKey, NewVersion, Origin, Purpose, Time,
    Version, VersionRef,
};

const PATH: &str = "/home/mira/.ssh/deploy";

fn tracked(digest: u8) -> Held {
    Held::Tracked { path: PATH.into(), sha256: Digest([digest; 32]) }
}

/// An entry of which nothing but its file is known.
fn noted(stage: &mut Stage, now: Time) -> VersionRef {
    let version = NewVersion {
        number: 1,
        algorithm: Algorithm::Unknown,
        locator: Locator { store: crate::model::origin::TRACKED.into(), object: "".into(), engine_version: None },
        public_key: Box::default(),
        spki_sha256: Digest([0; 32]),
        ssh_sha256: None,
        activates: Some(now),
        expires: Some(now.plus_days(90)),
        zone: "UTC".into(),
        mac: None,
        origin: Some(Box::new(Origin { form: "openssh".into(), place: PATH.into(), held: tracked(1) })),
    };
    let key = NewKey {
        id: KeyId([7; 16]),
        name: "deploy".into(),
        purpose: Purpose::Ssh,
        owner: "".into(),
        tags: Vec::new(),
        warn_days: Vec::new().into(),
        note: "".into(),
        version,
    };
    stage.append(now, vec![Event::KeysNoted { keys: vec![key] }]).unwrap();
    VersionRef { key: KeyId([7; 16]), version: 1 }
}

fn version(stage: &Stage, of: VersionRef) -> Version {
    stage.inventory.key(of.key).unwrap().version(of.version).unwrap().clone()
}

fn identity() -> Identity {
    Identity {
        algorithm: Algorithm::Ed25519,
        public_key: Box::new([1, 2, 3]),
        spki_sha256: Digest([9; 32]),
        ssh_sha256: None,
        mac: None,
    }
}

#[test]
fn tracking_is_stopped_once_and_the_entry_stays_held_elsewhere() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let of = noted(&mut stage, now);
    let elsewhere = Held::Elsewhere { place: PATH.into() };
    stage.append(now, vec![Event::HeldChanged { version: of, held: elsewhere.clone() }]).unwrap();
    assert_eq!(*version(&stage, of).held(), elsewhere);
    assert_eq!(&*version(&stage, of).locator.store, crate::model::origin::HELD_ELSEWHERE);
    // A private half that is here is never said to be in a file.
    let here = stage.make(1, Purpose::Ssh, now);
    let refused = stage.append(now, vec![Event::HeldChanged { version: VersionRef { key: here, version: 1 }, held: tracked(2) }]);
    assert!(refused.unwrap_err().contains("is here already"));
    let refused = stage.append(now, vec![Event::HeldChanged { version: of, held: Held::Here }]);
    assert!(refused.unwrap_err().contains("through a store"));
}

#[test]
fn a_tracked_entry_is_identified_once_and_then_adopted() {
    let now = day("2026-11-25");
    let mut stage = Stage::new(now);
    let of = noted(&mut stage, now);
    assert_eq!(version(&stage, of).spki(), None);
    let identified = Event::VersionIdentified { version: of, identity: Box::new(identity()) };
    stage.append(now, vec![identified.clone()]).unwrap();
    let known = version(&stage, of);
    assert_eq!((known.algorithm, known.spki(), known.held()), (Algorithm::Ed25519, Some(Digest([9; 32])), &tracked(1)));
    assert!(stage.append(now, vec![identified.clone()]).unwrap_err().contains("is known already"));
    let locator = Locator { store: "files".into(), object: "item".into(), engine_version: None };
    let adoption = Adoption { version: of, locator, place: PATH.into() };
    stage.operation(now, Intent::Adopt { adoptions: vec![adoption] }).unwrap();
    assert!(version(&stage, of).held().is_here());
    assert!(stage.append(now, vec![identified]).is_err(), "nor is it once it is here");
}
