//! `delivery`: who still has to get a new version after a rotation.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::{Done, counted};
use super::output::{Table, json, line, say};
use super::select;
use super::session::Session;
use crate::custodian::{NoProgress, Outcome};
use crate::model::{Command, Delivery, DeliveryEnd, Key, KeyId, Time, name};

#[derive(Args)]
pub(super) struct DeliveryArgs {
    #[command(subcommand)]
    command: DeliveryCommand,
}

#[derive(Subcommand)]
enum DeliveryCommand {
    /// List deliveries that are open, all or those of a key
    #[command(after_help = "Examples:\n  keystead delivery list\n  keystead delivery list deploy --all --json")]
    List {
        /// A name or id
        key: Option<String>,
        /// Those that ended too
        #[arg(long)]
        all: bool,
    },
    /// Record that a holder has the new version
    #[command(after_help = "\
What is handed out with export or request --to RECIPIENT ends its delivery by itself.

Example:
  keystead delivery done deploy 'Build server'")]
    Done {
        /// A name or id
        key: String,
        /// Who has it
        recipient: String,
    },
    /// Record that a holder no longer needs the key
    #[command(after_help = "Example:\n  keystead delivery drop deploy 'Old build server' --reason 'Switched off in May'")]
    Drop {
        /// A name or id
        key: String,
        /// Who no longer needs it
        recipient: String,
        /// Why; it stays on record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

/// A delivery as JSON holds it.
#[derive(Serialize)]
pub(super) struct DeliveryFacts {
    key: KeyId,
    name: String,
    pub(super) recipient: String,
    pub(super) format: &'static str,
    pub(super) holds: u32,
    pub(super) version: u32,
    pub(super) since: Time,
    pub(super) state: &'static str,
    pub(super) ended: Option<Time>,
}

impl DeliveryFacts {
    /// The facts of a delivery.
    pub(super) fn new(key: &Key, delivery: &Delivery) -> Self {
        let (state, ended) = match delivery.ended {
            None => ("open", None),
            Some(DeliveryEnd::Delivered(at)) => ("delivered", Some(at)),
            Some(DeliveryEnd::Dropped(at)) => ("dropped", Some(at)),
        };
        Self {
            key: key.id,
            name: key.name.to_string(),
            recipient: delivery.recipient.to_string(),
            format: delivery.format.id(),
            holds: delivery.holds,
            version: delivery.version,
            since: delivery.since,
            state,
            ended,
        }
    }
}

/// Lists deliveries, or records the end of one.
pub(super) fn run(args: &DeliveryArgs, common: &Common) -> Ends {
    match &args.command {
        DeliveryCommand::List { key, all } => list(key.as_deref(), *all, common),
        DeliveryCommand::Done { key, recipient } => {
            end(key, recipient, common, |key, recipient| Command::Deliver { key, recipient })
        }
        DeliveryCommand::Drop { key, recipient, reason } => {
            end(key, recipient, common, |key, recipient| Command::DropDelivery { key, recipient, reason: reason.clone() })
        }
    }
}

fn list(of: Option<&str>, all: bool, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let only = of.map(|wanted| select::key(&session.custodian, wanted)).transpose()?.map(|key| key.id);
    let mut found: Vec<DeliveryFacts> = session.custodian.read(|inventory| {
        let keys = inventory.keys().iter().filter(|key| only.is_none_or(|only| only == key.id));
        let of_key = |key: &Arc<Key>| {
            let wanted = key.deliveries.iter().filter(|delivery| all || delivery.is_open());
            wanted.map(|delivery| DeliveryFacts::new(key, delivery)).collect::<Vec<_>>()
        };
        keys.flat_map(of_key).collect()
    });
    session.close();
    found.sort_by(|one, other| (one.since, &one.name, &one.recipient).cmp(&(other.since, &other.name, &other.recipient)));
    if common.json {
        json(&found)?;
        return Ok(End::Done);
    }
    if found.is_empty() {
        say(if all { "There was no delivery yet." } else { "No delivery is open." });
        return Ok(End::Done);
    }
    let mut table = Table::new(["since", "key", "recipient", "format", "has", "gets", "state"]);
    for due in found {
        let state = due.ended.map_or_else(|| due.state.to_owned(), |ended| format!("{} {ended}", due.state));
        let versions = [due.holds.to_string(), due.version.to_string()];
        let [has, gets] = versions;
        table.row([due.since.to_string(), due.name, due.recipient, due.format.into(), has, gets, state]);
    }
    table.print()?;
    Ok(End::Done)
}

fn end(wanted: &str, recipient: &str, common: &Common, command: impl FnOnce(KeyId, String) -> Command) -> Ends {
    let session = Session::work(common)?;
    let key = select::key(&session.custodian, wanted)?;
    let recipient = meant(&key, recipient);
    let outcome = session.custodian.run(&command(key.id, recipient.clone()), &NoProgress)?;
    let notice = remains(&session, key.id);
    session.close();
    let outcome = Outcome { notice: Some(notice), ..outcome };
    if common.json {
        json(&Done::from(&outcome))?;
    } else {
        let notice = outcome.notice.unwrap_or_default();
        line(&format!("Recorded for {} and {}. {notice}", name::shown(&key.name), name::shown(&recipient)))?;
    }
    Ok(End::Done)
}

/// The recipient of that name; of one that differs only by case if there is no other.
fn meant(key: &Key, typed: &str) -> String {
    let open: Vec<&str> = key.open_deliveries().map(|delivery| &*delivery.recipient).collect();
    meant_of(&open, typed)
}

/// The same among these recipients.
pub(super) fn meant_of(known: &[&str], typed: &str) -> String {
    let normal = name::normal(typed);
    let mut alike: Vec<&str> = known.iter().copied().filter(|name| name.to_lowercase() == normal.to_lowercase()).collect();
    alike.dedup();
    match alike[..] {
        [one] if known.iter().all(|name| **name != *normal) => one.to_owned(),
        _ => normal.into_owned(),
    }
}

/// What of the key is still open, and when its old versions end.
fn remains(session: &Session, id: KeyId) -> String {
    let key: Result<Arc<Key>, Failure> =
        session.custodian.read(|inventory| inventory.key(id).cloned()).ok_or_else(|| Failure::failed("The key is gone."));
    let open = key.map_or(0, |key| key.open_deliveries().count());
    match open {
        0 => "No delivery of it is open.".to_owned(),
        open => format!("{} of it.", counted(open, "delivery is open", "deliveries are open")),
    }
}
