//! `alerts`: what wants attention, most urgent first.

use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::output::{Table, json, say};
use super::session::Session;
use crate::model::alert::sentence;
use crate::model::{Alert, KeyId, Time};

/// An alert as JSON holds it.
#[derive(Serialize)]
pub(super) struct AlertFacts {
    pub(super) urgency: &'static str,
    pub(super) kind: &'static str,
    pub(super) key: Option<KeyId>,
    pub(super) name: Option<String>,
    pub(super) version: Option<u32>,
    pub(super) at: Time,
    pub(super) sentence: String,
}

/// Shows open alerts; ends with [`End::Found`] when there are any.
pub(super) fn run(common: &Common) -> Ends {
    let session = Session::look(common)?;
    session.custodian.check_tracked();
    let open: Vec<Alert> = session.custodian.alerts().into_iter().filter(Alert::is_open).collect();
    let alerts: Vec<AlertFacts> = open.iter().map(|alert| facts(alert, &session)).collect();
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

/// The facts of an alert.
pub(super) fn facts(alert: &Alert, session: &Session) -> AlertFacts {
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
