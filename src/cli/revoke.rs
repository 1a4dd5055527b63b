//! `revoke`: a version that must not be trusted any more, or is needed no more.

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{Ends, Failure};
use super::facts::{Refused, counted, end_of};
use super::life::IssuedFacts;
use super::output::{json, line, say};
use super::progress::Watch;
use super::rotate::{Made, currents, made};
use super::select;
use super::session::Session;
use super::words::{self, quoted};
use crate::model::{Command, DayEdge, KeyId, RevocationReason, Time, VersionRef, name};

#[derive(Args)]
#[command(after_help = "\
key-compromise and ca-compromise lead to compromised, every other reason to deactivated (RFC 5280,
section 5.3.1). A revocation cannot be taken back. To hold a key for a while, suspend it. Certificates that a key server
issued for it are revoked there, too; should that fail, the key is revoked here all the same, the command ends with 3 or 4,
and `keystead reconcile STORE` has them revoked later.

Examples:
  keystead revoke deploy --reason key-compromise --compromised-at 2026-11-20 --replace
  keystead revoke old.example.com --reason cessation --note 'The shop has moved'")]
pub(super) struct RevokeArgs {
    /// A name or id
    key: String,
    /// key-compromise, ca-compromise, affiliation-changed, superseded, cessation, privilege-withdrawn or unspecified
    #[arg(long, value_name = "WORD", value_parser = words::revocation)]
    reason: RevocationReason,
    /// Since when it is known or feared to be in other hands; a day means its start [default: now]
    #[arg(long, value_name = "DATE")]
    compromised_at: Option<String>,
    /// Make a new version in its place
    #[arg(long)]
    replace: bool,
    /// More about it; it stays on record
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
}

#[derive(Serialize)]
struct Revoked {
    key: KeyId,
    name: String,
    version: u32,
    reason: &'static str,
    state: &'static str,
    since: Option<Time>,
    holders: Vec<Holder>,
    /// Those that key servers issued for it.
    certificates: Vec<IssuedFacts>,
    /// What came of having them revoked there.
    notice: Option<String>,
    replacement: Option<Made>,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Holder {
    recipient: String,
    format: &'static str,
}

/// Revokes a version.
pub(super) fn run(args: &RevokeArgs, common: &Common) -> Ends {
    if args.compromised_at.is_some() && !args.reason.compromises() {
        return Err(Failure::wrong_use("--compromised-at goes with key-compromise and ca-compromise only."));
    }
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let since = args.compromised_at.as_deref().map(|date| words::date(date, &session, DayEdge::Start)).transpose()?;
    let holders = holders(&session, version);
    warn(&holders);
    let before = currents(&session, &[version.key]);
    let (reason, note, replace) = (args.reason, args.note.clone(), args.replace);
    let command = Command::Revoke { versions: vec![version], reason, since, note, replace };
    let outcome = session.custodian.run(&command, &Watch::begin("Replaced"))?;
    let now = session.custodian.now();
    let (state, since, certificates) = session.custodian.read(|inventory| {
        let found = inventory.key(version.key).and_then(|key| key.version(version.version));
        let issued = found.map(IssuedFacts::all).unwrap_or_default();
        (found.map_or("revoked", |found| found.state(now).id()), found.and_then(|found| found.life.compromised), issued)
    });
    let revoked = Revoked {
        key: version.key,
        name: session.name(version.key),
        version: version.version,
        reason: reason.id(),
        state,
        since,
        holders,
        certificates,
        notice: outcome.notice.clone(),
        replacement: made(&session, &before).pop().filter(|_| replace),
        refused: Refused::of(&outcome, &session),
    };
    session.close();
    report(&revoked, common)?;
    Ok(end_of(&outcome))
}

fn holders(session: &Session, of: VersionRef) -> Vec<Holder> {
    session.custodian.read(|inventory| {
        let holders = inventory.key(of.key).map(|key| key.holders(of.version)).unwrap_or_default();
        holders.into_iter().map(|(recipient, format)| Holder { recipient: recipient.to_owned(), format: format.id() }).collect()
    })
}

/// What follows is said before.
fn warn(holders: &[Holder]) {
    if !holders.is_empty() {
        let names: Vec<_> =
            holders.iter().map(|holder| format!("{} ({})", name::shown(&holder.recipient), holder.format)).collect();
        let count = counted(holders.len(), "hand-over", "hand-overs");
        say(&format!("It was given to others, who are to be told: {count}: {}.", names.join(", ")));
    }
}

fn report(revoked: &Revoked, common: &Common) -> Result<(), Failure> {
    Refused::say_all(&revoked.refused);
    if common.json {
        return json(revoked);
    }
    let name = name::shown(&revoked.name);
    line(&format!("Revoked {name}, version {}, for {}. It is {}.", revoked.version, revoked.reason, revoked.state))?;
    revoked.notice.iter().for_each(|notice| say(notice));
    match &revoked.replacement {
        Some(made) => made.print(),
        None => line(&format!("  Make a version in its place with: keystead rotate {}", quoted(&name))),
    }
}
