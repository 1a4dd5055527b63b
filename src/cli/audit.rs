//! `audit`: verifying the log and looking into it.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends};
use super::output::{Table, json, line};
use super::session::Session;
use crate::custodian::{LogLine, NoProgress, Verification};
use crate::model::{KeyId, Time};

/// Records shown unless more are asked for.
const USUAL: usize = 100;

/// Records read at a time.
const PAGE: usize = 1_000;

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Verify every record; ends with 1 if the log is damaged
    #[command(after_help = "\
Without an unlock the chain of hashes is checked, which finds damage; with the passphrase, or
--authenticate, the MAC too, which finds a forger.

Examples:
  keystead audit verify
  keystead audit verify --passphrase-file passphrase.txt --json")]
    Verify {
        /// Unlock the inventory first, so that the MAC is checked too
        #[arg(long)]
        authenticate: bool,
    },
    /// Show records, oldest first
    #[command(after_help = "Examples:\n  keystead audit show\n  keystead audit show --search deploy --all --json")]
    Show {
        /// Only the newest N records
        #[arg(long, value_name = "N", conflicts_with = "all")]
        last: Option<usize>,
        /// All of them
        #[arg(long)]
        all: bool,
        /// Only those in whose sentences, actor or number this text appears
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
    },
}

#[derive(Serialize)]
struct VerificationFacts {
    whole: bool,
    authenticated: bool,
    records: u64,
    bytes: u64,
    at: Time,
    damage: Option<String>,
}

#[derive(Serialize)]
struct RecordFacts {
    sequence: u64,
    time: Time,
    actor: String,
    sentences: Vec<String>,
    keys: Vec<KeyId>,
}

/// Verifies or shows the log.
pub(super) fn run(args: &AuditArgs, common: &Common) -> Ends {
    match &args.command {
        AuditCommand::Verify { authenticate } => verify(*authenticate, common),
        AuditCommand::Show { last, all, search } => {
            let count = if *all { usize::MAX } else { last.unwrap_or(USUAL) };
            show(count, search, common)
        }
    }
}

fn verify(authenticate: bool, common: &Common) -> Ends {
    let session = if authenticate { Session::work(common)? } else { Session::look(common)? };
    let found = session.custodian.verify(&NoProgress)?;
    // The anchor may know of records that a cut log no longer has.
    let damage = found.damage.clone().or_else(|| session.custodian.health().conditions.log);
    session.close();
    let end = if damage.is_some() { End::Found } else { End::Done };
    let Verification { records, bytes, authenticated, at, .. } = found;
    let facts = VerificationFacts { whole: damage.is_none(), authenticated, records, bytes, at, damage };
    if common.json {
        json(&facts)?;
        return Ok(end);
    }
    let checked = if authenticated { "hashes and MAC" } else { "hashes only, not authenticated" };
    match &facts.damage {
        None => line(&format!("The log is whole: {records} records, {bytes} bytes ({checked})."))?,
        Some(damage) => line(&format!("The log is not whole. {damage} Good until record {records} ({checked})."))?,
    }
    Ok(end)
}

fn show(count: usize, search: &str, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let mut records: Vec<RecordFacts> = Vec::new();
    let mut before = None;
    while records.len() < count {
        let (page, at_start) = session.custodian.log_page(before, search, PAGE.min(count - records.len()))?;
        before = page.last().map(|line| line.offset).or(before);
        let found = page.len();
        records.extend(page.into_iter().map(RecordFacts::from));
        if at_start || found == 0 {
            break;
        }
    }
    records.reverse();
    session.close();
    if common.json {
        json(&records)?;
        return Ok(End::Done);
    }
    let mut table = Table::new(["record", "time", "actor", "what"]);
    for record in records {
        table.row([record.sequence.to_string(), record.time.to_string(), record.actor, record.sentences.join(" ")]);
    }
    table.print()?;
    Ok(End::Done)
}

impl From<LogLine> for RecordFacts {
    fn from(line: LogLine) -> Self {
        Self { sequence: line.seq, time: line.time, actor: line.actor, sentences: line.sentences, keys: line.keys }
    }
}
