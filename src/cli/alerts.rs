//! `alerts`: what wants attention, most urgent first.

use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::output::{Table, json, say};
use super::session::Session;
use crate::model::alert::sentence;
use crate::model::{Alert, KeyId, Time};

#[derive(Serialize)]
struct AlertFacts {
    urgency: &'static str,
    kind: &'static str,
    key: Option<KeyId>,
    name: Option<String>,
    version: Option<u32>,
    at: Time,
    sentence: String,
}

/// Shows alerts; ends with [`End::Found`] when there are any.
pub(super) fn run(common: &Common) -> Ends {
    let session = Session::look(common)?;
    let alerts: Vec<AlertFacts> = session.custodian.alerts().iter().map(|alert| facts(alert, &session)).collect();
    session.close();
    let end = if alerts.is_empty() { End::Done } else { End::Found };
    if common.json {
        json(&alerts)?;
        return Ok(end);
    }
    if alerts.is_empty() {
        say("Nothing wants attention.");
        return Ok(end);
    }
    let mut table = Table::new(["urgency", "kind", "key", "what"]);
    for alert in alerts {
        table.row([alert.urgency.into(), alert.kind.into(), alert.name.unwrap_or_default(), alert.sentence]);
    }
    table.print()?;
    Ok(end)
}

fn facts(alert: &Alert, session: &Session) -> AlertFacts {
    let custodian = &session.custodian;
    let name = alert.key.and_then(|id| custodian.read(|inventory| inventory.key(id).map(|key| key.name.to_string())));
    let sentence = sentence(alert, name.as_deref(), custodian.now(), &custodian.environment().zone);
    AlertFacts {
        urgency: alert.urgency.id(),
        kind: alert.kind.id(),
        key: alert.key,
        name,
        version: alert.version,
        at: alert.at,
        sentence,
    }
}
