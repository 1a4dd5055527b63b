//! Which alerts follow from the facts of a key, of the inventory and of what lies around it.

use super::alert::{Alert, AlertKind, Conditions, DRIFT, FileTrouble, Urgency};
use super::compliance;
use super::inventory::Inventory;
use super::key::{Key, Version};
use super::policy::Policy;
use super::rotation;
use super::state::State;
use super::store::StoreKind;
use super::time::{DAY, Time};

/// The clock stands this long after the last record: more likely a wrong clock than a rest.
const CLOCK_LEAP: i64 = 180 * DAY;

/// The alerts of one key, at most a few.
pub fn of_key(key: &Key, policy: &Policy, store: Option<StoreKind>, now: Time) -> Vec<Alert> {
    let Some(version) = key.current(now) else { return Vec::new() };
    let alert = |urgency, kind, at| Alert { urgency, kind, key: Some(key.id), version: Some(version.number), at, quiet: None };
    let mut alerts = Vec::new();
    match version.state(now) {
        State::PreActive => {
            let at = version.life.activates.unwrap_or(version.life.created);
            alerts.push(alert(Urgency::Notice, AlertKind::NotYetActive, at));
        }
        State::Deactivated => {
            if let Some(at) = version.life.expires.filter(|&end| end <= now && version.life.deactivated.is_none()) {
                alerts.push(alert(Urgency::Critical, AlertKind::Expired, at));
            }
        }
        State::Suspended => {
            let since = version.life.suspensions.iter().filter(|span| span.from <= now).map(|span| span.from).max();
            alerts.extend(coming(key, version, now, alert));
            alerts.push(alert(Urgency::Notice, AlertKind::Suspended, since.unwrap_or(now)));
        }
        State::Active => {
            let coming = coming(key, version, now, alert);
            let due = rotation::due(key, policy, now).filter(|&due| due <= now && coming.is_none());
            alerts.extend(coming);
            alerts.extend(due.map(|due| alert(Urgency::Warning, AlertKind::RotationDue, due)));
        }
        State::Compromised | State::Destroyed | State::DestroyedCompromised => {}
    }
    alerts.extend(of_compromised(key, now));
    alerts.extend(key.versions.iter().filter_map(|version| of_issued(key, version, now)));
    alerts.extend(of_deliveries(key));
    alerts.extend(of_ends(key, now));
    alerts.extend(of_policy(key, version, policy, store, now));
    alerts.iter_mut().for_each(|alert| alert.quieten(&key.quiet, now));
    alerts
}

/// The newest version in other hands whose private half is still there, replaced or not.
fn of_compromised(key: &Key, now: Time) -> Option<Alert> {
    let version = key.versions.iter().rev().find(|version| version.state(now) == State::Compromised)?;
    let kind = AlertKind::Compromised { untold: key.untold(version).len() as u32 };
    let at = version.life.compromised.unwrap_or(now);
    Some(Alert { urgency: Urgency::Critical, kind, key: Some(key.id), version: Some(version.number), at, quiet: None })
}

/// A version that is revoked here alone. In other hands it is as urgent as it gets: whoever has it passes for its holder.
fn of_issued(key: &Key, version: &Version, now: Time) -> Option<Alert> {
    let first = version.still_vouched_for(now).next()?;
    let revocation = version.revocation.as_deref()?;
    let urgency = if revocation.reason.compromises() { Urgency::Critical } else { Urgency::Warning };
    let certificates = version.still_vouched_for(now).count() as u32;
    let kind = AlertKind::CertificateVouchedFor { certificates, issuer: Box::new(first.issuer.clone()) };
    Some(Alert { urgency, kind, key: Some(key.id), version: Some(version.number), at: revocation.at, quiet: None })
}

fn of_deliveries(key: &Key) -> Option<Alert> {
    let first = key.open_deliveries().next()?;
    let kind = AlertKind::DeliveryOpen { holders: key.open_deliveries().count() as u32 };
    Some(Alert { urgency: Urgency::Warning, kind, key: Some(key.id), version: Some(first.version), at: first.since, quiet: None })
}

/// Versions on the way out: an order to destroy, or a private half that is of no more use.
fn of_ends(key: &Key, now: Time) -> Option<Alert> {
    let alert = |urgency, kind, version: &Version, at| Alert {
        urgency,
        kind,
        key: Some(key.id),
        version: Some(version.number),
        at,
        quiet: None,
    };
    let living = || key.versions.iter().filter(|version| version.life.destroyed.is_none());
    let planned = living().filter_map(|version| Some((version, version.life.destruction_due?))).min_by_key(|(_, due)| *due);
    if let Some((version, due)) = planned {
        let (urgency, kind) = if due <= now {
            (Urgency::Warning, AlertKind::DestructionDue)
        } else {
            (Urgency::Notice, AlertKind::DestructionWaits)
        };
        return Some(alert(urgency, kind, version, due));
    }
    // An expiry without a successor is an alert of its own.
    let expired = |version: &Version| {
        key.current(now).is_some_and(|current| current.number == version.number) && version.life.deactivated.is_none()
    };
    let over = living().find(|version| version.state(now) == State::Deactivated && !expired(version))?;
    Some(alert(Urgency::Notice, AlertKind::PrivateHalfKept, over, over.life.ends().unwrap_or(now)))
}

/// The first figure that breaks the policy.
fn of_policy(key: &Key, version: &Version, policy: &Policy, store: Option<StoreKind>, now: Time) -> Option<Alert> {
    let first = compliance::of_version(version, policy, store, now).into_iter().next()?;
    let at = version.life.activates.unwrap_or(version.life.created);
    let kind = AlertKind::BreaksPolicy(first);
    Some(Alert { urgency: Urgency::Notice, kind, key: Some(key.id), version: Some(version.number), at, quiet: None })
}

/// The one date that comes first, of key and certificate.
fn coming(key: &Key, version: &Version, now: Time, alert: impl Fn(Urgency, AlertKind, Time) -> Alert) -> Option<Alert> {
    let certificate = version.certificate.as_ref().map(|certificate| certificate.not_after);
    let own = version.life.expires;
    if let Some(end) = certificate.filter(|&end| end <= now) {
        return Some(alert(Urgency::Critical, AlertKind::CertificateExpired, end));
    }
    let end = version.expires().filter(|&end| key.warns_from(end) <= now)?;
    let kind = if own == Some(end) { AlertKind::Expiring } else { AlertKind::CertificateExpiring };
    let last_warning = key.warn_days.iter().copied().min().unwrap_or(0);
    let urgent = key.warn_days.len() > 1 && end.seconds_since(now) <= DAY * i64::from(last_warning);
    Some(alert(if urgent { Urgency::Critical } else { Urgency::Warning }, kind, end))
}

/// The alerts of the inventory as a whole. `now` is the machine's clock, not held to any floor.
pub fn of_inventory(inventory: &Inventory, conditions: &Conditions, now: Time) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut push = |urgency, kind, key, at| alerts.push(Alert { urgency, kind, key, version: None, at, quiet: None });
    let (facts, floor) = (inventory.facts(), inventory.floor());
    if let Some(trouble) = &conditions.log {
        push(Urgency::Critical, AlertKind::LogTrouble(trouble.clone()), None, now);
    }
    for (store, trouble) in &conditions.stores {
        push(Urgency::Critical, AlertKind::StoreTrouble { store: store.clone(), trouble: trouble.clone() }, None, now);
    }
    for (server, finding) in &conditions.servers {
        let (what, sentence) = (finding.id(), format!("{server}: {}", finding.sentence()));
        push(finding.urgency(), AlertKind::ServerTrouble { server: server.clone(), what, sentence }, None, now);
    }
    for (key, trouble) in &conditions.secrets {
        push(Urgency::Critical, AlertKind::SecretTrouble(trouble.clone()), Some(*key), now);
    }
    for (key, trouble) in &conditions.files {
        let kind = match trouble {
            FileTrouble::Changed(file) => AlertKind::TrackedChanged(file.clone()),
            FileTrouble::Gone(file) => AlertKind::TrackedGone(file.clone()),
        };
        push(Urgency::Warning, kind, Some(*key), now);
    }
    if let Some(trouble) = &conditions.anchor {
        push(Urgency::Warning, AlertKind::AnchorTrouble(trouble.clone()), None, now);
    }
    if floor.seconds_since(now) > DRIFT {
        push(Urgency::Critical, AlertKind::ClockSetBack, None, floor);
    } else if inventory.seq() > 0 && now.seconds_since(facts.trusted) > CLOCK_LEAP {
        push(Urgency::Warning, AlertKind::ClockAhead, None, facts.trusted);
    }
    for operation in inventory.open_operations().values().filter(|operation| now.seconds_since(operation.time) > DRIFT) {
        push(Urgency::Warning, AlertKind::OpenOperation, operation.intent.keys().first().copied(), operation.time);
    }
    for accepted in &facts.accepted {
        push(Urgency::Notice, AlertKind::HistoryAccepted, None, accepted.at);
    }
    match (&facts.backup, facts.newest_key) {
        (None, Some(newest)) if facts.recovery != Some(true) => push(Urgency::Warning, AlertKind::NoBackup, None, newest),
        (Some((made, _)), Some(newest)) if *made < newest => push(Urgency::Notice, AlertKind::BackupOld, None, newest),
        (Some((made, _)), Some(_)) if inventory.backup_is_old(now) => push(Urgency::Notice, AlertKind::BackupAged, None, *made),
        (None, Some(newest)) => push(Urgency::Notice, AlertKind::NoBackup, None, newest),
        _ => {}
    }
    for alert in &mut alerts {
        // What a person quieted of a key is kept with the key.
        let key = alert.key.and_then(|id| inventory.key(id));
        alert.quieten(key.map_or(&facts.quiet, |key| &key.quiet), now);
    }
    alerts
}
