//! Events as sentences that a person reads.

use super::alert::Quiet;
use super::event::{Event, Record};
use super::ids::KeyId;
use super::intent::{Intent, NewKey, Rotation, VersionRef};
use super::inventory::Inventory;
use super::name::shown;
use super::origin::{Held, Origin};
use super::store::Store;
use super::time::Time;
use super::transition::Transition;

/// What a record says, in sentences; with `about`, only what concerns that key.
pub fn sentences(record: &Record, inventory: &Inventory, about: Option<KeyId>) -> Vec<String> {
    let actor = shown(&record.actor);
    record
        .events
        .iter()
        .filter(|event| about.is_none_or(|key| event.keys().contains(&key)))
        .map(|event| sentence(event, &actor, inventory, about))
        .collect()
}

/// How a version came to be inside its engine, which told afterwards which key it is; `None` for a tracked file.
fn made_in_engine(inventory: &Inventory, of: VersionRef) -> Option<&'static str> {
    let version = inventory.key(of.key).and_then(|key| key.version(of.version))?;
    match &version.origin {
        None => Some("made"),
        Some(origin) => origin.held.is_here().then_some("unwrapped"),
    }
}

fn sentence(event: &Event, actor: &str, inventory: &Inventory, about: Option<KeyId>) -> String {
    let of = |version: &VersionRef| name_of(inventory, version.key);
    match event {
        Event::InventoryCreated { home } => format!("{actor} created the inventory, with {} as its home store.", shown(home)),
        Event::StoreAdded(store) => format!("{actor} added the store {}.", shown(&store.name)),
        Event::StoreRemoved { name } => format!("{actor} removed the store {}.", shown(name)),
        Event::TokenInitialised { label, serial, before } => {
            let before = before.as_deref().map_or_else(String::new, |before| {
                format!(" It was called “{}”, and whatever was in it is gone.", shown(before))
            });
            format!("{actor} initialised the token “{}” with the serial number {}.{before}", shown(label), shown(serial))
        }
        Event::StoreMoved(Store { name, token: Some(token), .. }) => format!(
            "{} is reached through {} now, as token {} with the serial number {}.",
            shown(name),
            shown(&token.module),
            shown(&token.label),
            shown(&token.serial)
        ),
        Event::StoreMoved(store) => {
            format!("{actor} moved the store {} to: {}.", shown(&store.name), store.kind.name().to_lowercase())
        }
        Event::Begun { intent, .. } => begun(intent, actor, inventory, about),
        Event::Done { .. } => "The operation was completed: read back and compared.".into(),
        Event::Failed { reason, .. } => format!("The operation did not happen: {}", shown(reason)),
        Event::KeysNoted { keys } => noted(keys, actor, about),
        Event::HeldChanged { version, held: Held::Tracked { path, .. } } => {
            format!("{actor} tracks {} where it lies, as it is now: {}.", of(version), shown(path))
        }
        Event::HeldChanged { version, held } => format!(
            "{actor} tracks {} no more; its private half is held elsewhere: {}.",
            of(version),
            shown(held.place().unwrap_or("elsewhere"))
        ),
        Event::VersionIdentified { version, identity } => match made_in_engine(inventory, *version) {
            Some(made) => format!("{} has a key of {} now, {made} where it lies.", of(version), identity.algorithm.name()),
            None => format!("{actor} opened the tracked file of {}: its key is {}.", of(version), identity.algorithm.name()),
        },
        Event::KeyEdited { key, edit } => edited(&name_of(inventory, *key), actor, edit),
        Event::Exported { versions, format } => {
            format!("{actor} exported {} ({}).", many(inventory, versions, about), format.name())
        }
        Event::HandedOver { version, recipient, format, elsewhere, .. } => {
            let place = if *elsewhere { ", recorded afterwards" } else { "" };
            format!("{actor} handed {} of {} to {}{place}.", format.name(), of(version), shown(recipient))
        }
        Event::Requested { version, profile } => {
            format!("{actor} made a certificate request for {} ({}).", of(version), shown(&profile.subject))
        }
        Event::CertificateAttached { version, certificate, issuer } => {
            let by = shown(&certificate.issuer);
            let server = issuer.as_deref().map_or_else(String::new, |from| {
                format!(
                    ", the PKI engine at {} of {}, under the serial number {}",
                    shown(&from.mount),
                    shown(&from.store),
                    from.serial
                )
            });
            format!("{actor} attached the certificate of {} issued by {by}{server}.", of(version))
        }
        Event::CertificateRevoked { version, issuer, at } => format!(
            "{actor} had the certificate of {} with the serial number {} revoked at {}, since {}.",
            of(version),
            issuer.serial,
            shown(&issuer.store),
            instant(*at)
        ),
        Event::Transitioned { version, transition, reason } => turned(&of(version), version.version, actor, transition, reason),
        Event::Revoked { version, reason, since, note } => {
            let since = since.map_or_else(String::new, |since| format!(", compromised since {}", instant(since)));
            let end = if reason.compromises() { "compromised" } else { "deactivated" };
            let note = if note.is_empty() { String::new() } else { format!(" {}", ended(&shown(note))) };
            let (number, name) = (version.version, of(version));
            format!(
                "{actor} revoked version {number} of {name} ({}{since}): it is {end} now.{note}",
                reason.name().to_lowercase()
            )
        }
        Event::Signed { version, form, file, .. } => {
            let (number, name) = (version.version, of(version));
            format!("{actor} signed a file with version {number} of {name} ({}); SHA-256 of the file: {file}.", form.name())
        }
        Event::AgentSet { key, usage: Some(usage) } => {
            format!("{actor} has the SSH agent offer {} ({}).", name_of(inventory, *key), usage.words())
        }
        Event::AgentSet { key, usage: None } => {
            format!("{actor} has the SSH agent offer {} no more.", name_of(inventory, *key))
        }
        Event::AgentSigned { version, asker, purpose } => format!(
            "The SSH agent signed {} with version {} of {}, asked by {}.",
            purpose.words(),
            version.version,
            of(version),
            asker.words()
        ),
        Event::NoticeSent { version, recipient } => {
            format!("{actor} told {} that version {} of {} is revoked.", shown(recipient), version.version, of(version))
        }
        Event::NoticeKeyChosen { key: Some(key) } => {
            format!("{actor} chose {} to sign revocation notices.", name_of(inventory, *key))
        }
        Event::NoticeKeyChosen { key: None } => format!("{actor} had a new key made for the next revocation notice."),
        Event::DeliveryDropped { key, recipient, reason } => {
            let reason = if reason.is_empty() { String::new() } else { format!(" Reason: {}", ended(&shown(reason))) };
            format!("{actor}: {} no longer needs {}.{reason}", shown(recipient), name_of(inventory, *key))
        }
        Event::PolicySet { purpose, policy } => {
            format!("{actor} set the policy of {} (after {}).", purpose.name(), shown(&policy.profile))
        }
        Event::KeyPolicySet { key, overrides } if overrides.is_empty() => {
            format!("{actor} gave {} the policy of its purpose again.", name_of(inventory, *key))
        }
        Event::KeyPolicySet { key, .. } => format!("{actor} gave {} policy figures of its own.", name_of(inventory, *key)),
        Event::AlertQuieted { key, quiet } => quieted(actor, &alert_of(inventory, *key, &quiet.kind, &quiet.subject), quiet),
        Event::AlertReopened { key, kind, subject } => {
            format!("{actor} reopened {}.", alert_of(inventory, *key, kind, subject))
        }
        Event::DueRun { rotated, destroyed, waiting } => {
            format!("What was due was carried out: {rotated} rotated, {destroyed} destroyed, {waiting} waiting.")
        }
        Event::RecipientSet { recipient } => {
            let keys = match recipient.keys.len() {
                0 => "no key".to_owned(),
                1 => "1 key".to_owned(),
                count => format!("{count} keys"),
            };
            let confirmed = match recipient.keys.iter().filter(|key| key.confirmed.is_some()).count() {
                0 => "none confirmed".to_owned(),
                count => format!("{count} confirmed"),
            };
            format!("{actor} has {} in the address book from here on with {keys}, {confirmed}.", shown(&recipient.name))
        }
        Event::RecipientRemoved { name } => format!("{actor} took {} out of the address book.", shown(name)),
        Event::ServerAdded { address } => format!("{actor} added the server {address} to those that are looked at."),
        Event::ServerRemoved { address } => format!("{actor} removed the server {address} from those that are looked at."),
        Event::ServerSeen { sighting } => match &sighting.trouble {
            Some(trouble) => format!("{actor} looked at {}: {}", sighting.address, shown(trouble)),
            None => format!("{actor} looked at {} and took down its key.", sighting.address),
        },
        Event::Unlocked => format!("{actor} unlocked the inventory."),
        Event::Locked => format!("{actor} locked the inventory."),
        Event::PassphraseChanged => format!("{actor} changed the passphrase."),
        Event::RecoveryMade => format!("{actor} made recovery copies under a recovery passphrase."),
        Event::RecoveryDeclined => format!("{actor} chose to have no recovery copies."),
        Event::BackupMade { place, .. } => format!("{actor} made a backup: {}.", shown(place)),
        Event::BackupSealed { backup, .. } => {
            format!("The backup for {} is written, read back and compared.", shown(&backup.place))
        }
        Event::BackupAgeSet { days: 1 } => format!("{actor} has a backup called old after 1 day."),
        Event::BackupAgeSet { days } => format!("{actor} has a backup called old after {days} days."),
        Event::BackupKnown { backup } => {
            format!("{actor} merged from a backup that was not known here: {}.", shown(&backup.place))
        }
        Event::BackupRehearsed { .. } => {
            format!("{actor} rehearsed a backup: it opens, and everything in it is as it should be.")
        }
        Event::Restored { backup, absent, .. } => {
            let without = match absent.len() {
                0 => String::new(),
                1 => " One private half was not in it.".into(),
                count => format!(" {count} private halves were not in it."),
            };
            format!("{actor} restored the inventory from the backup of {}.{without}", instant(backup.at))
        }
        Event::ClockCorrected { from, to, reason } => {
            format!("{actor} set the floor of the clock from {} back to {}: {}", instant(*from), instant(*to), shown(reason))
        }
        Event::HistoryAccepted { found, anchored, reason } => {
            let anchored = anchored.map_or_else(String::new, |seq| format!(", where the anchor names record {seq}"));
            format!("{actor} went on from record {found}{anchored}: {}", shown(reason))
        }
        Event::TakenOver { .. } => format!("{actor} took the folder over from another installation."),
    }
}

fn begun(intent: &Intent, actor: &str, inventory: &Inventory, about: Option<KeyId>) -> String {
    match intent {
        Intent::Generate { keys } => match &keys[..] {
            [key] => format!("{actor} {}.", made(key)),
            keys => {
                let brought_in = keys.iter().all(|key| key.version.origin.is_some());
                let verb = if brought_in { "brought in" } else { "made" };
                let one = keys.iter().find(|key| about == Some(key.id));
                one.map_or_else(
                    || format!("{actor} {verb} {} keys.", keys.len()),
                    |key| format!("{actor} {}, one of {}.", made(key), keys.len()),
                )
            }
        },
        Intent::Rotate { rotations, by_itself } => rotated(rotations, *by_itself, actor, inventory, about),
        Intent::Adopt { adoptions } => {
            match adoptions.iter().find(|adoption| adoptions.len() == 1 || about == Some(adoption.version.key)) {
                Some(one) => format!(
                    "{actor} brought in the private half of {} from {}.",
                    name_of(inventory, one.version.key),
                    shown(&one.place)
                ),
                None => format!("{actor} brought in the private halves of {} keys.", adoptions.len()),
            }
        }
        Intent::Move { version, from, to } => format!(
            "{actor} moved the private half of {}, version {}, from {} to {}. It existed outside of {} before.",
            name_of(inventory, version.key),
            version.version,
            shown(&from.store),
            shown(&to.store),
            shown(&to.store)
        ),
        Intent::Destroy { versions, reason } => {
            let reason = if reason.is_empty() { String::new() } else { format!(" Reason: {}", ended(&shown(reason))) };
            format!("{actor} destroyed {}.{reason}", many(inventory, versions, about))
        }
        Intent::Export { versions, format, recipient, others, under, .. } => {
            let under = under.map(|under| format!(" under {}", name_of(inventory, under.key))).unwrap_or_default();
            let (what, to) = (many(inventory, versions, about), listed(recipient, others));
            format!("{actor} handed {} of {what}{under} to {to}.", format.name())
        }
        Intent::Request { version, recipient: Some(recipient), .. } => {
            format!(
                "{actor} made a certificate request for {} and handed it to {}.",
                name_of(inventory, version.key),
                shown(recipient)
            )
        }
        Intent::Request { version, profile, .. } => {
            format!("{actor} made a certificate request for {} ({}).", name_of(inventory, version.key), shown(&profile.subject))
        }
        Intent::RemoveFile { versions, path, .. } => format!(
            "{actor} removed the loose file {}, after {} was read back from its store and compared.",
            shown(path),
            many(inventory, versions, about)
        ),
        Intent::Backup { backup } => format!("{actor} began a backup: {}.", shown(&backup.place)),
        Intent::Restore { merge } => merge.sentence(actor, inventory, about),
        Intent::ChangePassphrase { .. } => format!("{actor} set about changing the passphrase."),
    }
}

/// “Web team”, “Web team and Jonas”, “Web team, Mira and Jonas”.
fn listed(first: &str, others: &[Box<str>]) -> String {
    let Some((last, between)) = others.split_last() else { return shown(first).into_owned() };
    let ahead: Vec<_> = std::iter::once(first).chain(between.iter().map(|name| &**name)).map(shown).collect();
    format!("{} and {}", ahead.join(", "), shown(last))
}

/// “made api (Ed25519)”, “brought in api (Ed25519) from /home/mira/api.pem”.
fn made(key: &NewKey) -> String {
    let (name, algorithm) = (shown(&key.name), key.version.algorithm.name());
    match &key.version.origin {
        None => format!("made {name} ({algorithm})"),
        Some(origin) => format!("brought in {name} ({algorithm}) from {}", shown(&origin.place)),
    }
}

fn noted(keys: &[NewKey], actor: &str, about: Option<KeyId>) -> String {
    let one = keys.iter().find(|key| keys.len() == 1 || about == Some(key.id));
    let Some(key) = one else {
        let tracked = |key: &NewKey| matches!(key.version.origin.as_deref(), Some(Origin { held: Held::Tracked { .. }, .. }));
        if keys.iter().all(tracked) {
            return format!("{actor} tracks {} keys where they lie.", keys.len());
        }
        return format!("{actor} noted {} keys that are held elsewhere.", keys.len());
    };
    let held = key.version.origin.as_ref().map(|origin| &origin.held);
    match held {
        Some(Held::Tracked { path, .. }) => format!("{actor} tracks {} where it lies: {}.", shown(&key.name), shown(path)),
        Some(Held::Here) => format!(
            "{actor} took {} over ({}), which lay in {} already.",
            shown(&key.name),
            key.version.algorithm.name(),
            shown(&key.version.locator.store)
        ),
        _ => format!(
            "{actor} noted {} ({}), held elsewhere: {}.",
            shown(&key.name),
            key.version.algorithm.name(),
            shown(held.and_then(Held::place).unwrap_or("elsewhere"))
        ),
    }
}

fn rotated(rotations: &[Rotation], by_itself: bool, actor: &str, inventory: &Inventory, about: Option<KeyId>) -> String {
    let asked = if by_itself { ", as its policy says" } else { "" };
    let one = rotations.iter().find(|rotation| rotations.len() == 1 || about == Some(rotation.key));
    let Some(Rotation { key, version, old, overlap_ends }) = one else {
        return format!("{actor} rotated {} keys{asked}.", rotations.len());
    };
    let (name, number, algorithm) = (name_of(inventory, *key), version.number, version.algorithm.name());
    format!(
        "{actor} rotated {name}{asked}: version {number} ({algorithm}) takes the place of version {old}, whose overlap ends on {}.",
        instant(*overlap_ends)
    )
}

fn alert_of(inventory: &Inventory, key: Option<KeyId>, kind: &str, subject: &str) -> String {
    let words = kind.replace('-', " ");
    let subject = if subject.is_empty() { String::new() } else { format!(" ({})", shown(subject)) };
    match key {
        None => format!("the alert “{words}”{subject}"),
        Some(key) => format!("the alert “{words}” of {}{subject}", name_of(inventory, key)),
    }
}

fn quieted(actor: &str, alert: &str, quiet: &Quiet) -> String {
    let reason = if quiet.reason.is_empty() { String::new() } else { format!(" Reason: {}", ended(&shown(&quiet.reason))) };
    match quiet.until {
        Some(until) => format!("{actor} snoozed {alert} until {}.{reason}", instant(until)),
        None => format!("{actor} acknowledged {alert}.{reason}"),
    }
}

/// A sentence with one full stop.
fn ended(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

fn edited(name: &str, actor: &str, edit: &super::intent::Edit) -> String {
    let mut parts = Vec::new();
    if let Some(new) = &edit.name {
        parts.push(format!("the name to {}", shown(new)));
    }
    if let Some(owner) = &edit.owner {
        parts.push(if owner.is_empty() { "the owner to nobody".into() } else { format!("the owner to {}", shown(owner)) });
    }
    if let Some(tags) = &edit.tags {
        parts.push(if tags.is_empty() { "the tags to none".into() } else { format!("the tags to {}", shown(&tags.join(", "))) });
    }
    if let Some(days) = &edit.warn_days {
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        parts.push(format!("the warnings to {} days before expiry", days.join(", ")));
    }
    if edit.note.is_some() {
        parts.push("the note".into());
    }
    format!("{actor} changed {} of {name}.", parts.join(", "))
}

fn turned(name: &str, version: u32, actor: &str, transition: &Transition, reason: &str) -> String {
    let day = |time: &Time| instant(*time);
    let when = match transition {
        Transition::Activate { at } | Transition::Deactivate { at } | Transition::Resume { at } => format!(", from {}", day(at)),
        Transition::ChangeExpiry { expires } => format!(": {}", day(expires)),
        Transition::Suspend { from, until } => {
            let from = day(from);
            until.map_or_else(|| format!(", from {from}"), |until| format!(", from {from} to {}", instant(until)))
        }
        Transition::Compromise { since } => format!(", since {}", day(since)),
        Transition::PlanDestruction { due } | Transition::EndOverlap { at: due } => format!(", on {}", day(due)),
        Transition::CancelDestruction => String::new(),
    };
    let reason = if reason.is_empty() { String::new() } else { format!(" Reason: {}.", shown(reason.trim_end_matches('.'))) };
    // A plan is no deed yet.
    let is = if matches!(transition, Transition::PlanDestruction { .. }) { "is to be" } else { "was" };
    format!("{actor}: version {version} of {name} {is} {}{when}.{reason}", transition.verb())
}

/// An instant to the minute, in UTC, so that a sentence says the same on every machine; midnight is a day.
fn instant(time: Time) -> String {
    let form = if time.as_second().rem_euclid(super::time::DAY) == 0 { "%-d %b %Y" } else { "%-d %b %Y %H:%M UTC" };
    time.timestamp().strftime(form).to_string()
}

fn name_of(inventory: &Inventory, id: KeyId) -> String {
    inventory.key(id).map_or_else(|| id.to_string(), |key| shown(&key.name).into_owned())
}

fn many(inventory: &Inventory, versions: &[VersionRef], about: Option<KeyId>) -> String {
    match (versions, about) {
        ([one], _) => name_of(inventory, one.key),
        ([rest @ .., last], _) if rest.iter().all(|version| version.key == last.key) => {
            let rest: Vec<String> = rest.iter().map(|version| version.version.to_string()).collect();
            format!("versions {} and {} of {}", rest.join(", "), last.version, name_of(inventory, last.key))
        }
        (many, Some(key)) => format!("{} and {} more", name_of(inventory, key), many.len().saturating_sub(1)),
        (many, None) => format!("{} keys", many.len()),
    }
}

impl Event {
    /// The keys it speaks of.
    pub fn keys(&self) -> Vec<KeyId> {
        match self {
            Self::Begun { intent, .. } => intent.keys(),
            Self::KeysNoted { keys } => keys.iter().map(|key| key.id).collect(),
            Self::Exported { versions, .. } | Self::Restored { absent: versions, .. } => {
                versions.iter().map(|version| version.key).collect()
            }
            Self::HandedOver { version, .. }
            | Self::Requested { version, .. }
            | Self::CertificateAttached { version, .. }
            | Self::CertificateRevoked { version, .. }
            | Self::HeldChanged { version, .. }
            | Self::VersionIdentified { version, .. }
            | Self::Revoked { version, .. }
            | Self::Signed { version, .. }
            | Self::AgentSigned { version, .. }
            | Self::NoticeSent { version, .. }
            | Self::Transitioned { version, .. } => vec![version.key],
            Self::KeyEdited { key, .. }
            | Self::DeliveryDropped { key, .. }
            | Self::KeyPolicySet { key, .. }
            | Self::AgentSet { key, .. }
            | Self::NoticeKeyChosen { key: Some(key) }
            | Self::AlertQuieted { key: Some(key), .. }
            | Self::AlertReopened { key: Some(key), .. } => vec![*key],
            _ => Vec::new(),
        }
    }
}
