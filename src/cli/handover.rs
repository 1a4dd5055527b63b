//! `handover`: what was given to whom.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::facts::Done;
use super::output::{Table, json, line, say};
use super::select;
use super::session::Session;
use super::words;
use crate::custodian::NoProgress;
use crate::model::name;
use crate::model::time::DayEdge;
use crate::model::{Command, Format, KeyId, Time};

#[derive(Args)]
pub(super) struct HandoverArgs {
    #[command(subcommand)]
    command: HandoverCommand,
}

#[derive(Subcommand)]
enum HandoverCommand {
    /// Record a hand-over made elsewhere
    #[command(after_help = "Example:\n  keystead handover record deploy --to 'Build server' --format openssh --at 2026-11-02")]
    Record {
        /// A name or id
        key: String,
        /// To whom
        #[arg(long, value_name = "RECIPIENT")]
        to: String,
        /// spki-pem, spki-der, openssh, jwk, request-pem, request-der or certificate
        #[arg(long, value_name = "F", value_parser = words::format)]
        format: Format,
        /// When [default: now]
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
        /// This version instead of the current one
        #[arg(long, value_name = "N")]
        key_version: Option<u32>,
    },
    /// List hand-overs, all or those of a key or to a recipient
    #[command(after_help = "Examples:\n  keystead handover list\n  keystead handover list 'Build server' --json")]
    List {
        /// A key's name or id, or a recipient
        #[arg(value_name = "KEY|RECIPIENT")]
        of: Option<String>,
    },
}

#[derive(Serialize)]
struct HandOverFacts {
    key: KeyId,
    name: String,
    version: u32,
    recipient: String,
    format: &'static str,
    at: Time,
    elsewhere: bool,
}

/// Records or lists hand-overs.
pub(super) fn run(args: &HandoverArgs, common: &Common) -> Ends {
    match &args.command {
        HandoverCommand::Record { key, to, format, at, key_version } => {
            let session = Session::work(common)?;
            let version = select::version(&session.custodian, key, *key_version)?;
            let at = match at {
                Some(date) => words::date(date, &session, DayEdge::Start)?,
                None => session.custodian.now(),
            };
            let command = Command::RecordHandOver { version, recipient: to.clone(), format: *format, at };
            let outcome = session.custodian.run(&command, &NoProgress)?;
            session.close();
            if common.json {
                json(&Done::from(&outcome))?;
            } else {
                line(&format!("Recorded: {} was given to {}.", name::shown(key), name::shown(to)))?;
            }
            Ok(End::Done)
        }
        HandoverCommand::List { of } => list(of.as_deref(), common),
    }
}

fn list(of: Option<&str>, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let found = hand_overs(&session, of);
    session.close();
    if common.json {
        json(&found)?;
        return Ok(End::Done);
    }
    if found.is_empty() {
        say("No hand-over is recorded.");
        return Ok(End::Done);
    }
    let mut table = Table::new(["at", "recipient", "key", "version", "format", "made"]);
    for given in found {
        let made = if given.elsewhere { "elsewhere" } else { "here" };
        table.row([
            given.at.to_string(),
            given.recipient,
            given.name,
            given.version.to_string(),
            given.format.into(),
            made.into(),
        ]);
    }
    table.print()?;
    Ok(End::Done)
}

/// Those of the key that is meant, and those to the recipient of that name; newest first.
fn hand_overs(session: &Session, of: Option<&str>) -> Vec<HandOverFacts> {
    let key = of.and_then(|wanted| select::key(&session.custodian, wanted).ok()).map(|key| key.id);
    let recipient = of.map(|wanted| name::normal(wanted).to_lowercase());
    let mut found: Vec<HandOverFacts> = session.custodian.read(|inventory| {
        let all = inventory.keys().iter().flat_map(|own| own.hand_overs.iter().map(move |given| (own, given)));
        let fits = all.filter(|(own, given)| {
            of.is_none() || key == Some(own.id) || recipient.as_ref() == Some(&given.recipient.to_lowercase())
        });
        let facts = fits.map(|(own, given)| HandOverFacts {
            key: own.id,
            name: own.name.to_string(),
            version: given.version,
            recipient: given.recipient.to_string(),
            format: given.format.id(),
            at: given.at,
            elsewhere: given.elsewhere,
        });
        facts.collect()
    });
    found.sort_by_key(|given| std::cmp::Reverse(given.at));
    found
}
