//! Listing, showing and editing keys.

use jiff::tz::TimeZone;

use super::facts::{self, HistoryFacts, KeyFacts, WholeKey};
use super::grammar::{Common, Edit as Wish};
use super::print::Out;
use super::{Failure, Step, find, open};
use crate::custodian::{Custodian, CustodianError, NoProgress};
use crate::model::name::{normal, shown};
use crate::model::query::haystack;
use crate::model::time::short_date;
use crate::model::{Command, Edit, Format, Key, KeyId, Query, Time, VersionRef};

/// Lists the keys that fit a filter, by name.
pub fn list(common: &Common, filter: &[String], out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let (now, zone) = (custodian.now(), custodian.environment().zone.clone());
    let query = Query::parse(&filter.join(" "), now, &zone).map_err(|error| Failure::wrong(format!("{error}.")))?;
    let mut fitting = custodian.read(|inventory| {
        let fits = |key: &&std::sync::Arc<Key>| query.is_empty() || query.matches(key, &haystack(key), now);
        inventory.keys().iter().filter(fits).filter_map(|key| facts::of_key(key, None, now)).collect::<Vec<_>>()
    });
    fitting.sort_by(|one, other| one.name.cmp(&other.name).then_with(|| one.id.cmp(&other.id)));
    print(common, &fitting, &zone, out)
}

/// Prints keys as a table or as JSON.
pub fn print(common: &Common, keys: &[KeyFacts], zone: &TimeZone, out: &mut Out) -> Result<Step, Failure> {
    if common.json {
        out.json(&keys)?;
        return Ok(Step::Done);
    }
    let heads = ["Name", "Purpose", "Algorithm", "Bits", "State", "Expires", "Store", "Owner", "Tags"];
    let row = |key: &KeyFacts| {
        vec![
            shown(&key.name).into_owned(),
            key.purpose.into(),
            key.algorithm.into(),
            key.strength_bits.to_string(),
            key.state.into(),
            key.expires.map_or_else(|| "never".into(), |end| short_date(end, zone)),
            shown(&key.store).into_owned(),
            shown(&key.owner).into_owned(),
            shown(&key.tags.join(", ")).into_owned(),
        ]
    };
    out.table(&heads, &keys.iter().map(row).collect::<Vec<_>>());
    Ok(Step::Done)
}

/// Shows everything of a key.
pub fn show(common: &Common, named: &str, number: Option<u32>, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let of = find::version(&custodian, named, number)?;
    let whole = whole(&custodian, of)?;
    if common.json {
        out.json(&whole)?;
    } else {
        describe(&whole, &custodian.environment().zone, out);
    }
    Ok(Step::Done)
}

fn whole(custodian: &Custodian, of: VersionRef) -> Result<WholeKey, Failure> {
    let now = custodian.now();
    let gone = || Failure::from(CustodianError::from(crate::model::RuleError::NoKey(of.key)));
    let key = custodian.read(|inventory| inventory.key(of.key).cloned()).ok_or_else(gone)?;
    let mut all_versions = Vec::with_capacity(key.versions.len());
    for version in &key.versions {
        let pem = custodian.export_public(&[VersionRef { key: of.key, version: version.number }], Format::SpkiPem)?;
        all_versions.push(facts::of_version(version, String::from_utf8_lossy(&pem).into_owned(), now));
    }
    let history = custodian.history(of.key)?;
    Ok(WholeKey {
        key: facts::of_key(&key, Some(of.version), now).ok_or_else(gone)?,
        note: key.note.to_string(),
        authenticated: custodian.is_unlocked(),
        all_versions,
        hand_overs: key.hand_overs.iter().map(|given| facts::of_hand_over(&key, given)).collect(),
        history: history.into_iter().map(|entry| HistoryFacts { time: entry.time, sentence: entry.sentence }).collect(),
    })
}

fn describe(whole: &WholeKey, zone: &TimeZone, out: &mut Out) {
    let key = &whole.key;
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            out.line(format!("{name:<14}{}", shown(value)));
        }
    };
    let date = |time: Option<Time>| time.map_or_else(|| "never".to_owned(), |time| short_date(time, zone));
    fact("Name", &key.name);
    fact("Id", &key.id);
    fact("Purpose", key.purpose);
    fact("State", key.state);
    fact("Algorithm", &format!("{}, {}-bit strength", key.algorithm, key.strength_bits));
    fact("Cryptoperiod", &format!("{} to {}", date(key.activates), date(key.expires)));
    fact("Version", &format!("{} of {}", key.version, key.versions));
    fact("Store", &key.store);
    fact("Owner", &key.owner);
    fact("Tags", &key.tags.join(", "));
    fact("Warnings", &key.warn_days.iter().map(|days| format!("{days} d")).collect::<Vec<_>>().join(", "));
    fact("SPKI SHA-256", &key.spki_sha256);
    fact("SSH", key.ssh_fingerprint.as_deref().unwrap_or_default());
    if let Some(version) = whole.all_versions.iter().find(|version| version.version == key.version) {
        if let Some(certificate) = &version.certificate {
            fact(
                "Certificate",
                &format!(
                    "{}, issued by {}, until {}",
                    certificate.subject,
                    certificate.issuer,
                    short_date(certificate.not_after, zone)
                ),
            );
        }
        if let Some(request) = &version.request {
            fact("Last request", &request.subject);
        }
    }
    // Lines of a note stay lines; everything else in it is escaped.
    whole.note.lines().for_each(|line| fact("Note", line));
    for given in &whole.hand_overs {
        fact(
            "Held by",
            &format!("{} ({}, version {}, {})", given.recipient, given.format, given.version, short_date(given.at, zone)),
        );
    }
    for entry in &whole.history {
        fact(&short_date(entry.time, zone), &entry.sentence);
    }
    if let Some(version) = whole.all_versions.iter().find(|version| version.version == key.version) {
        out.bytes(version.public_key_pem.as_bytes());
    }
}

/// Changes what describes keys.
pub fn edit(common: &Common, wish: &Wish, out: &mut Out) -> Result<Step, Failure> {
    if wish.name.is_some() && wish.keys.len() > 1 {
        return Err(Failure::wrong("--name is for a single key: names are unique.".into()));
    }
    let custodian = open::to_change(common)?;
    let mut edits: Vec<(KeyId, Edit)> = Vec::with_capacity(wish.keys.len());
    for named in &wish.keys {
        let id = find::key(&custodian, named)?;
        if edits.iter().all(|(known, _)| *known != id) {
            let tags = custodian.read(|inventory| inventory.key(id).map(|key| key.tags.clone())).unwrap_or_default();
            edits.push((id, changes(wish, tags)));
        }
    }
    let count = edits.len();
    custodian.run(&Command::Edit(edits), &NoProgress)?;
    custodian.close();
    out.line(if count == 1 { "Changed 1 key.".to_owned() } else { format!("Changed {count} keys.") });
    Ok(Step::Done)
}

fn changes(wish: &Wish, mut tags: Vec<Box<str>>) -> Edit {
    let retagged = !wish.add_tags.is_empty() || !wish.remove_tags.is_empty();
    let removed: Vec<_> = wish.remove_tags.iter().map(|tag| normal(tag)).collect();
    tags.extend(wish.add_tags.iter().map(|tag| tag.as_str().into()));
    tags.retain(|tag| removed.iter().all(|gone| **gone != **tag));
    Edit {
        name: wish.name.as_deref().map(Into::into),
        owner: wish.owner.as_deref().map(Into::into),
        tags: retagged.then_some(tags),
        warn_days: wish.warn_days.as_deref().map(Into::into),
        note: wish.note.as_deref().map(Into::into),
    }
}
