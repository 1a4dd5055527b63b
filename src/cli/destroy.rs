//! `destroy`: the end of a key's private halves, after a waiting time or at once.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::counted;
use super::output::{json, line, say};
use super::progress::Watch;
use super::select;
use super::session::Session;
use super::words::quoted;
use crate::custodian::NoProgress;
use crate::model::{Command, Key, KeyId, State, Time, Transition, Version, VersionRef, name};

#[derive(Args)]
#[command(after_help = "\
Every version of the key goes: the private halves leave their store, which is read back; name, dates, public
halves and history stay. Without --now it happens after the waiting time of the key's policy, and until then
--cancel keeps the key; `keystead rotate --due` carries out what is over its time.

Examples:
  keystead destroy old.example.com
  keystead destroy old.example.com --cancel
  keystead destroy old.example.com --now --confirm old.example.com")]
pub(super) struct DestroyArgs {
    /// A name or id
    key: String,
    /// At once, and for ever
    #[arg(long, requires = "confirm")]
    now: bool,
    /// The key's name once more, as it is written
    #[arg(long, value_name = "NAME", requires = "now")]
    confirm: Option<String>,
    /// Keep a key whose destruction is planned
    #[arg(long, conflicts_with_all = ["now", "confirm"])]
    cancel: bool,
    /// Why; it stays on record
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

#[derive(Serialize)]
struct Ended {
    key: KeyId,
    name: String,
    /// `planned`, `cancelled` or `destroyed`.
    act: &'static str,
    versions: Vec<u32>,
    /// When, if it is planned.
    due: Option<Time>,
    /// It signed until then.
    was_active: bool,
    state: &'static str,
    /// Backups known to hold a private half of it still: where they were put.
    backups: Vec<String>,
}

/// Destroys a key, plans to, or keeps it.
pub(super) fn run(args: &DestroyArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let key = select::key(&session.custodian, &args.key)?;
    let ended = match (&args.confirm, args.cancel) {
        (Some(typed), _) => now(&session, &key, typed, &args.reason)?,
        (None, true) => cancel(&session, &key, &args.reason)?,
        (None, false) => plan(&session, &key, &args.reason)?,
    };
    session.close();
    report(&ended, common)
}

fn living(key: &Key) -> impl Iterator<Item = &Version> {
    key.versions.iter().filter(|version| version.life.destroyed.is_none())
}

/// At once, if the name was typed as it is written.
fn now(session: &Session, key: &Arc<Key>, typed: &str, reason: &str) -> Result<Ended, Failure> {
    if *name::normal(typed) != *key.name {
        let (typed, own) = (name::shown(typed), name::shown(&key.name));
        return Err(Failure::wrong_use(format!("Nothing was destroyed: “{typed}” is not the name of this key, “{own}”.")));
    }
    let before = session.custodian.now();
    let ended = Ended::of(session, key, "destroyed", before, living(key).map(|version| version.number).collect());
    if ended.was_active {
        say("It is active: whatever signs with it cannot any more.");
    }
    let command = Command::Destroy { keys: vec![key.id], reason: reason.to_owned() };
    session.custodian.run(&command, &Watch::begin("Destroyed"))?;
    Ok(ended.standing_now(session))
}

/// After the waiting time. What is planned already keeps its date.
fn plan(session: &Session, key: &Arc<Key>, reason: &str) -> Result<Ended, Failure> {
    let now = session.custodian.now();
    let wait = session.custodian.read(|inventory| inventory.policy_of(key).destruction_wait_days);
    let due = now.plus_days(i64::from(wait));
    let mut new: Vec<&Version> = living(key).filter(|version| version.life.destruction_due.is_none()).collect();
    let planned = living(key).filter_map(|version| version.life.destruction_due).max();
    if new.is_empty() && planned.is_none() {
        // Every version is gone: the rules say so.
        new = key.current(now).into_iter().collect();
    }
    if !new.is_empty() {
        turn(session, key, &new, Transition::PlanDestruction { due }, reason)?;
    }
    let versions = living(key).map(|version| version.number).collect();
    let ended = Ended::of(session, key, "planned", now, versions);
    Ok(Ended { due: Some(if new.is_empty() { planned.unwrap_or(due) } else { due }), ..ended }.standing_now(session))
}

fn cancel(session: &Session, key: &Arc<Key>, reason: &str) -> Result<Ended, Failure> {
    let now = session.custodian.now();
    let mut planned: Vec<&Version> = living(key).filter(|version| version.life.destruction_due.is_some()).collect();
    let versions = planned.iter().map(|version| version.number).collect();
    if planned.is_empty() {
        // Nothing is planned: the rules say so.
        planned = key.current(now).into_iter().collect();
    }
    turn(session, key, &planned, Transition::CancelDestruction, reason)?;
    Ok(Ended::of(session, key, "cancelled", now, versions).standing_now(session))
}

fn turn(session: &Session, key: &Key, versions: &[&Version], turn: Transition, reason: &str) -> Result<(), Failure> {
    let turns = versions.iter().map(|version| (VersionRef { key: key.id, version: version.number }, turn)).collect();
    session.custodian.run(&Command::Turn { turns, reason: reason.to_owned() }, &NoProgress)?;
    Ok(())
}

impl Ended {
    fn of(session: &Session, key: &Key, act: &'static str, before: Time, versions: Vec<u32>) -> Self {
        let was_active = living(key).any(|version| version.state(before) == State::Active);
        let backups = session.custodian.read(|inventory| {
            let places = inventory.backups_of(key).map(|backup| backup.place.to_string());
            places.collect()
        });
        Self {
            key: key.id,
            name: session.name(key.id),
            act,
            versions,
            due: None,
            was_active,
            state: key.state(before).id(),
            backups,
        }
    }

    /// With the state that it has now.
    fn standing_now(self, session: &Session) -> Self {
        let now = session.custodian.now();
        let state = session.custodian.read(|inventory| inventory.key(self.key).map(|key| key.state(now).id()));
        Self { state: state.unwrap_or(self.state), ..self }
    }
}

fn report(ended: &Ended, common: &Common) -> Ends {
    if common.json {
        json(ended)?;
        return Ok(End::Done);
    }
    let (name, count) = (name::shown(&ended.name), counted(ended.versions.len(), "version", "versions"));
    match (ended.act, ended.due) {
        ("planned", Some(due)) => {
            line(&format!("{name} will be destroyed on {due}, with {count}. Until then it stays {}.", ended.state))?;
            if ended.was_active {
                line("  It is active: from then on nothing can sign with it.")?;
            }
            line(&format!("  To keep it: keystead destroy {} --cancel", quoted(&name)))?;
        }
        ("cancelled", _) => line(&format!("{name} is kept. It is {}.", ended.state))?,
        _ => {
            line(&format!(
                "Destroyed {name}, {count}: the private halves are gone from their store. What is known of it stays."
            ))?;
        }
    }
    if ended.act != "cancelled" && !ended.backups.is_empty() {
        let places: Vec<_> = ended.backups.iter().map(|place| name::shown(place)).collect();
        line(&format!(
            "  Known to hold it still: the {} {}.",
            if places.len() == 1 { "backup" } else { "backups" },
            places.join(", ")
        ))?;
    }
    Ok(End::Done)
}
