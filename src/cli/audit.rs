//! Looking back and ahead: the audit log, and what wants attention.

use serde::Serialize;

use super::grammar::Common;
use super::print::Out;
use super::{Failure, Step, open};
use crate::custodian::{LogLine, NoProgress};
use crate::model::name::shown;
use crate::model::{Alert, Time, alert};

#[derive(Serialize)]
struct Verified {
    whole: bool,
    authenticated: bool,
    records: u64,
    bytes: u64,
    at: Time,
    damage: Option<String>,
}

/// Verifies every record of the log.
pub fn verify(common: &Common, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::if_possible(common)?;
    let found = custodian.verify(&NoProgress)?;
    // What was found on opening counts too: an anchor that is ahead, a record against the rules.
    let damage = found.damage.or_else(|| custodian.health().conditions.log);
    let verified = Verified {
        whole: damage.is_none(),
        authenticated: found.authenticated,
        records: found.records,
        bytes: found.bytes,
        at: found.at,
        damage,
    };
    if common.json {
        out.json(&verified)?;
    } else {
        let how = if verified.authenticated { "hashes and MACs" } else { "hashes; not authenticated, because it is locked" };
        match &verified.damage {
            None => out.line(format!("The log is whole: {} records verified ({how}).", verified.records)),
            Some(damage) => out.line(damage),
        }
    }
    custodian.close();
    Ok(if verified.whole { Step::Done } else { Step::Found })
}

#[derive(Serialize)]
struct RecordFacts {
    seq: u64,
    time: Time,
    actor: String,
    sentences: Vec<String>,
    keys: Vec<String>,
}

impl From<LogLine> for RecordFacts {
    fn from(line: LogLine) -> Self {
        let keys = line.keys.iter().map(ToString::to_string).collect();
        Self { seq: line.seq, time: line.time, actor: line.actor, sentences: line.sentences, keys }
    }
}

/// Shows records, newest first.
pub fn show(common: &Common, last: usize, search: &str, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let (lines, _) = custodian.log_page(None, search, last)?;
    if common.json {
        out.json(&lines.into_iter().map(RecordFacts::from).collect::<Vec<_>>())?;
        return Ok(Step::Done);
    }
    for line in lines {
        out.line(format!("{:>6}  {}  {}", line.seq, line.time, line.sentences.join(" ")));
    }
    Ok(Step::Done)
}

#[derive(Serialize)]
struct AlertFacts {
    urgency: &'static str,
    kind: &'static str,
    key_id: Option<String>,
    key: Option<String>,
    version: Option<u32>,
    at: Time,
    sentence: String,
}

/// Lists what wants attention.
pub fn alerts(common: &Common, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_look(common)?;
    let (now, zone) = (custodian.now(), custodian.environment().zone.clone());
    let alerts = custodian.alerts();
    let facts: Vec<AlertFacts> = custodian.read(|inventory| {
        let of = |found: &Alert| {
            let key = found.key.and_then(|id| inventory.key(id));
            AlertFacts {
                urgency: found.urgency.id(),
                kind: found.kind.id(),
                key_id: found.key.map(|id| id.to_string()),
                key: key.map(|key| key.name.to_string()),
                version: found.version,
                at: found.at,
                sentence: alert::sentence(found, key.map(|key| shown(&key.name)).as_deref(), now, &zone),
            }
        };
        alerts.iter().map(of).collect()
    });
    if common.json {
        out.json(&facts)?;
    } else if facts.is_empty() {
        out.line("No alerts.");
    } else {
        let row = |found: &AlertFacts| {
            let key = found.key.as_deref().map(|name| shown(name).into_owned()).unwrap_or_default();
            vec![found.urgency.into(), key, found.sentence.clone()]
        };
        out.table(&["Urgency", "Key", "What"], &facts.iter().map(row).collect::<Vec<_>>());
    }
    Ok(if facts.is_empty() { Step::Done } else { Step::Found })
}
