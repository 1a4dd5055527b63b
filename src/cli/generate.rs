//! Making keys: one, numbered ones, or one for each line of a file.

use std::path::Path;

use super::grammar::{Common, Generate};
use super::print::Out;
use super::stop::Watch;
use super::{FAILED, Failure, Step, facts, keys, open};
use crate::custodian::CustodianError;
use crate::model::command::numbered;
use crate::model::name::shown;
use crate::model::time::{DayEdge, parse_date, short_date};
use crate::model::{Command, KeySpec};

/// Makes keys and says which.
pub fn run(common: &Common, wish: Generate, out: &mut Out) -> Result<Step, Failure> {
    let names = names(&wish)?;
    let custodian = open::to_change(common)?;
    let (now, zone) = (custodian.now(), custodian.environment().zone.clone());
    let mut pattern = KeySpec::for_purpose(String::new(), wish.purpose.0, now);
    pattern.algorithm = wish.algorithm.map_or(pattern.algorithm, |word| word.0);
    pattern.expires = match wish.expires.as_deref() {
        None => pattern.expires,
        Some("never") => None,
        Some(date) => Some(parse_date(date, now, &zone, DayEdge::End).map_err(CustodianError::from)?),
    };
    pattern.warn_days = wish.warn_days.unwrap_or(pattern.warn_days);
    (pattern.owner, pattern.tags, pattern.store) = (wish.owner, wish.tags, wish.store);
    let specs: Vec<KeySpec> = names.into_iter().map(|name| KeySpec { name, ..pattern.clone() }).collect();
    let watch = Watch::begin();
    let outcome = custodian.run(&Command::Generate(specs), &watch);
    let now = custodian.now();
    custodian.close();
    let outcome = outcome?;
    let made = custodian.read(|inventory| {
        outcome
            .keys
            .iter()
            .filter_map(|id| inventory.key(*id))
            .filter_map(|key| facts::of_key(key, None, now))
            .collect::<Vec<_>>()
    });
    if common.json {
        keys::print(common, &made, &zone, out)?;
    } else if let [key] = &made[..] {
        let end = key.expires.map_or_else(|| "for good".to_owned(), |end| format!("until {}", short_date(end, &zone)));
        out.line(format!("Made {} ({}, {end}) in {}.", shown(&key.name), key.algorithm, shown(&key.store)));
        out.line(format!("SPKI SHA-256 {}", key.spki_sha256));
    } else {
        out.line(format!("Made {} keys.", made.len()));
    }
    match outcome.cancelled {
        Some((done, total)) => {
            Err(Failure { code: FAILED, sentence: format!("Stopped: {done} of {total} keys were made, each of them whole.") })
        }
        None => Ok(Step::Done),
    }
}

fn names(wish: &Generate) -> Result<Vec<String>, Failure> {
    let own = wish.name.iter().cloned();
    if let Some(path) = &wish.names_file {
        let names: Vec<String> = own.chain(lines(path)?).collect();
        if names.is_empty() {
            return Err(Failure::wrong(format!("{} names no key: it is empty.", path.display())));
        }
        return Ok(names);
    }
    Ok(match (wish.count, &wish.name) {
        (Some(count), Some(pattern)) => numbered(pattern, count, 1),
        _ => own.collect(),
    })
}

fn lines(path: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::wrong(format!("The names could not be read from {}: {cause}.", path.display())))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
