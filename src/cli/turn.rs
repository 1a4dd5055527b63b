//! `activate`, `suspend`, `resume`, `deactivate` and `extend`: turns in the life of a version.

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::{breaches, say_breaches};
use super::output::{json, line};
use super::select;
use super::session::Session;
use super::words;
use crate::custodian::NoProgress;
use crate::model::{Command, KeyId, State, Time, Transition, Turn, Version, VersionRef, name};

#[derive(Args)]
pub(super) struct TurnArgs {
    /// A name or id
    key: String,
    /// From when on; a day means its start, for deactivate its end [default: now]
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// Why; it stays on record
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
}

#[derive(Args)]
#[command(after_help = "\
A version that has ended cannot be extended: rotate it. One that then lasts longer than its policy allows
is marked as breaking it.

Example:
  keystead extend shop.example.com --until 2027-06-30 --reason 'The new host comes in June'")]
pub(super) struct ExtendArgs {
    /// A name or id
    key: String,
    /// The new end; a day means its end
    #[arg(long, value_name = "DATE")]
    until: String,
    /// Why; it stays on record
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// This version instead of the current one
    #[arg(long, value_name = "N")]
    key_version: Option<u32>,
}

#[derive(Serialize)]
struct Turned {
    key: KeyId,
    name: String,
    version: u32,
    state: &'static str,
    at: Time,
    activates: Option<Time>,
    expires: Option<Time>,
    deactivates: Option<Time>,
    breaches: Vec<String>,
}

/// Lets a version take a turn.
pub(super) fn run(turn: Turn, args: &TurnArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let at = match &args.at {
        Some(date) => words::date(date, &session, turn.edge())?,
        None => session.custodian.now(),
    };
    let turned = take(&session, version, turn.at(at), at, &args.reason)?;
    session.close();
    let (name, number, state) = (name::shown(&turned.name), turned.version, turned.state);
    let wanted = turn.leads_to().id();
    let sentence = if state == wanted {
        format!("{name}, version {number}, is {state}.")
    } else {
        format!("{name}, version {number}, stays {state} until {at} and is {wanted} from then on.")
    };
    report(&turned, &sentence, common)
}

/// Gives a version a later end.
pub(super) fn extend(args: &ExtendArgs, common: &Common) -> Ends {
    if args.reason.trim().is_empty() {
        return Err(Failure::wrong_use("To extend takes a reason. Say why: --reason TEXT."));
    }
    let session = Session::work(common)?;
    let version = select::version(&session.custodian, &args.key, args.key_version)?;
    let expires = words::date(&args.until, &session, Turn::Extend.edge())?;
    let before = of(&session, version, |found| found.life.expires)?;
    let live = of(&session, version, |found| matches!(found.state(session.custodian.now()), State::PreActive | State::Active))?;
    if live && before.is_none_or(|before| expires <= before) {
        let now = before.map_or_else(|| "it never ends".to_owned(), |before| format!("it ends on {before}"));
        return Err(Failure::wrong_use(format!("{expires} is no later end: {now}. To end it earlier, deactivate it.")));
    }
    let turned = take(&session, version, Turn::Extend.at(expires), expires, &args.reason)?;
    session.close();
    let sentence = format!("{}, version {}, ends on {expires}.", name::shown(&turned.name), turned.version);
    report(&turned, &sentence, common)
}

fn take(session: &Session, of: VersionRef, transition: Transition, at: Time, reason: &str) -> Result<Turned, Failure> {
    let custodian = &session.custodian;
    custodian.run(&Command::Turn { turns: vec![(of, transition)], reason: reason.to_owned() }, &NoProgress)?;
    let now = custodian.now();
    custodian.read(|inventory| {
        let key = inventory.key(of.key).ok_or_else(gone)?;
        let version = key.version(of.version).ok_or_else(gone)?;
        Ok(Turned {
            key: key.id,
            name: key.name.to_string(),
            version: version.number,
            state: version.state(now).id(),
            at,
            activates: version.life.activates,
            expires: version.life.expires,
            deactivates: version.life.ends(),
            breaches: breaches(inventory, key, version, now),
        })
    })
}

fn of<R>(session: &Session, of: VersionRef, look: impl FnOnce(&Version) -> R) -> Result<R, Failure> {
    let key = session.custodian.read(|inventory| inventory.key(of.key).cloned());
    key.as_ref().and_then(|key| key.version(of.version)).map(look).ok_or_else(gone)
}

fn gone() -> Failure {
    Failure::failed("The key is gone.")
}

fn report(turned: &Turned, sentence: &str, common: &Common) -> Ends {
    say_breaches(&turned.name, &turned.breaches);
    if common.json {
        json(turned)?;
    } else {
        line(sentence)?;
    }
    Ok(End::Done)
}
