//! `alerts`: what wants attention, most urgent first, and from when on something does.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::facts::{Done, counted};
use super::output::{Table, json, line, say};
use super::session::Session;
use super::words;
use crate::custodian::{NoProgress, Outcome};
use crate::model::alert::sentence;
use crate::model::{Alert, Command, KeyId, Time};

#[derive(Args)]
#[command(after_help = "\
Dates at which a person is warned of an expiry are part of each policy: keystead policy set.

Examples:
  keystead alerts
  keystead alerts set backup-age=90d")]
pub(super) struct AlertsArgs {
    #[command(subcommand)]
    command: Option<AlertsCommand>,
}

#[derive(Subcommand)]
enum AlertsCommand {
    /// Set from when on something is an alert
    Set {
        /// backup-age=DAYS: a backup older than that is called old (30d unless set)
        #[arg(value_name = "NAME=VALUE", value_parser = backup_age)]
        setting: u32,
    },
}

/// Reads `backup-age=60d`.
fn backup_age(word: &str) -> Result<u32, String> {
    let value = word.strip_prefix("backup-age=").ok_or_else(|| "write backup-age=DAYS, such as backup-age=60d".to_owned())?;
    match words::days(value)? {
        0 => Err("a backup is called old after at least 1 day".to_owned()),
        days => Ok(days),
    }
}

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

/// Shows open alerts, or sets what is one.
pub(super) fn run(args: &AlertsArgs, common: &Common) -> Ends {
    match &args.command {
        Some(AlertsCommand::Set { setting }) => set_backup_age(*setting, common),
        None => show(common),
    }
}

fn set_backup_age(days: u32, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let outcome = session.custodian.run(&Command::SetBackupAge(days), &NoProgress)?;
    session.close();
    let sentence = format!("A backup is called old after {} from here on.", counted(days as usize, "day", "days"));
    let outcome = Outcome { notice: Some(sentence.clone()), ..outcome };
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        line(&sentence)?;
    }
    Ok(End::Done)
}

/// Shows open alerts; ends with [`End::Found`] when there are any.
fn show(common: &Common) -> Ends {
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
