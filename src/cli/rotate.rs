//! `rotate`: new versions in place of old ones, asked for or due.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{Ends, Failure};
use super::export::last_request;
use super::facts::{Cancelled, Refused, breaches, counted, end_of, say_breaches};
use super::output::{json, line, say};
use super::progress::Watch;
use super::select;
use super::session::Session;
use super::words::{self, quoted};
use crate::custodian::{CustodianError, Due, Outcome};
use crate::model::{Algorithm, Command, Key, KeyId, RotateSpec, Time, name};

#[derive(Args)]
#[command(after_help = "\
The new version has the algorithm and the store of the one before, unless others are named, and the dates
of its policy. For the overlap both are valid. Whoever holds the old version is due the new one; while one of
these deliveries is open the old version stays active until its own expiry. An algorithm that is weaker is
refused. --due carries out what is due without anybody asking: rotations whose policy says by-itself, and
destructions whose waiting time is over.

Examples:
  keystead rotate shop.example.com
  keystead rotate web-1 web-2 --algorithm ml-dsa-65 --overlap 30d
  keystead rotate --due")]
pub(super) struct RotateArgs {
    /// Names or ids
    #[arg(value_name = "KEY", required_unless_present = "due")]
    keys: Vec<String>,
    /// What is due by itself, instead of keys that are named
    #[arg(long, conflicts_with_all = ["keys", "algorithm", "store", "overlap"])]
    due: bool,
    /// Another algorithm, as strong or stronger [default: that of the version before]
    #[arg(long, value_name = "A", value_parser = words::algorithm)]
    algorithm: Option<Algorithm>,
    /// Another store, by its name or kind [default: that of the version before]
    #[arg(long, value_name = "S")]
    store: Option<String>,
    /// How long old and new are both valid, such as 30d [default: by policy]
    #[arg(long, value_name = "SPAN", value_parser = words::days)]
    overlap: Option<u32>,
}

#[derive(Serialize, Default)]
struct Report {
    rotated: Vec<Made>,
    destroyed: Vec<Gone>,
    /// Rotations that are due and ask first.
    waiting: Vec<Named>,
    refused: Vec<Refused>,
    cancelled: Option<Cancelled>,
}

/// A version that was made.
#[derive(Serialize)]
pub(super) struct Made {
    key: KeyId,
    name: String,
    version: u32,
    algorithm: &'static str,
    store: String,
    activates: Option<Time>,
    expires: Option<Time>,
    /// The version whose place it takes.
    replaces: u32,
    /// When that one ends, unless a delivery is open then.
    replaced_until: Option<Time>,
    open_deliveries: usize,
    breaches: Vec<String>,
    /// How to ask for a certificate with the same subject and names.
    request: Option<String>,
}

#[derive(Serialize)]
struct Gone {
    key: KeyId,
    name: String,
    version: u32,
}

#[derive(Serialize)]
struct Named {
    key: KeyId,
    name: String,
}

/// Rotates keys.
pub(super) fn run(args: &RotateArgs, common: &Common) -> Ends {
    if args.due {
        return due(common);
    }
    let session = Session::work(common)?;
    let mut specs: Vec<RotateSpec> = Vec::with_capacity(args.keys.len());
    for wanted in &args.keys {
        let key = select::key(&session.custodian, wanted)?.id;
        if specs.iter().all(|known| known.key != key) {
            specs.push(RotateSpec { key, algorithm: args.algorithm, store: args.store.clone(), overlap_days: args.overlap });
        }
    }
    let keys: Vec<KeyId> = specs.iter().map(|spec| spec.key).collect();
    let before = currents(&session, &keys);
    let outcome = session.custodian.run(&Command::Rotate(specs), &Watch::begin("Rotated"))?;
    let report = Report { rotated: made(&session, &before), ..Report::of(&outcome, &session) };
    session.close();
    report.print(common)?;
    end(&outcome)
}

/// Carries out what is due.
fn due(common: &Common) -> Ends {
    let session = Session::unattended(common)?;
    let now = session.custodian.now();
    let due = session.custodian.read(|inventory| Due::of(inventory, now));
    let before = currents(&session, &due.rotations);
    let outcome = if session.custodian.is_unlocked() {
        session.custodian.run(&Command::CarryOutDue, &Watch::begin("Rotated"))?
    } else if due.is_empty() {
        Outcome::default()
    } else {
        return Err(waits_for_passphrase(&due));
    };
    let is_gone = |of: &crate::model::VersionRef| {
        let gone = |key: &std::sync::Arc<Key>| key.version(of.version).is_some_and(|version| version.life.destroyed.is_some());
        session.custodian.read(|inventory| inventory.key(of.key).is_some_and(gone))
    };
    let destroyed = due.destructions.iter().filter(|of| is_gone(of));
    let report = Report {
        rotated: made(&session, &before),
        destroyed: destroyed.map(|of| Gone { key: of.key, name: session.name(of.key), version: of.version }).collect(),
        waiting: due.asking.iter().map(|key| Named { key: *key, name: session.name(*key) }).collect(),
        ..Report::of(&outcome, &session)
    };
    session.close();
    report.print(common)?;
    end(&outcome)
}

fn waits_for_passphrase(due: &Due) -> Failure {
    let rotations = counted(due.rotations.len(), "rotation", "rotations");
    let destructions = counted(due.destructions.len(), "destruction", "destructions");
    let needed = Failure::from(CustodianError::PassphraseNeeded);
    Failure { sentence: format!("{rotations} and {destructions} are due and wait to be let in. {}", needed.sentence), ..needed }
}

fn end(outcome: &Outcome) -> Ends {
    match outcome.cancelled {
        Some((done, total)) => Err(Failure::failed(format!("Stopped. {done} of {total} keys were rotated and stay so."))),
        None => Ok(end_of(outcome)),
    }
}

/// The current version of each key.
pub(super) fn currents(session: &Session, keys: &[KeyId]) -> HashMap<KeyId, u32> {
    let now = session.custodian.now();
    session.custodian.read(|inventory| {
        let current = |id: &KeyId| Some((*id, inventory.key(*id)?.current(now)?.number));
        keys.iter().filter_map(current).collect()
    })
}

/// The versions that were made in place of these.
pub(super) fn made(session: &Session, before: &HashMap<KeyId, u32>) -> Vec<Made> {
    let now = session.custodian.now();
    let mut made: Vec<Made> = session.custodian.read(|inventory| {
        let of_key = |(id, old): (&KeyId, &u32)| {
            let key = inventory.key(*id)?;
            let new = key.versions.iter().filter(|version| version.number > *old).max_by_key(|version| version.number)?;
            Some(Made {
                key: key.id,
                name: key.name.to_string(),
                version: new.number,
                algorithm: new.algorithm.id(),
                store: new.locator.store.to_string(),
                activates: new.life.activates,
                expires: new.life.expires,
                replaces: *old,
                replaced_until: key.version(*old).and_then(|version| version.life.ends()),
                open_deliveries: key.open_deliveries().count(),
                breaches: breaches(inventory, key, new, now),
                request: last_request(key, new.number).map(|_| request_line(key)),
            })
        };
        before.iter().filter_map(of_key).collect()
    });
    made.sort_by(|one, other| (&one.name, one.key).cmp(&(&other.name, other.key)));
    made
}

/// A request with the subject and the names of the last one.
fn request_line(key: &Key) -> String {
    let typed = if *name::shown(&key.name) == *key.name { quoted(&key.name) } else { key.id.to_string() };
    format!("keystead request {typed} --out request.csr")
}

impl Made {
    /// What a person should know of it, a line each.
    pub(super) fn print(&self) -> Result<(), Failure> {
        let (name, old) = (name::shown(&self.name), self.replaces);
        let until = self.expires.map_or_else(|| "without an end".to_owned(), |end| format!("until {end}"));
        line(&format!("Made version {} of {name}, {}, in {}, {until}.", self.version, self.algorithm, self.store))?;
        match (self.open_deliveries, self.replaced_until) {
            (0, Some(end)) => line(&format!("  Version {old} ends on {end}."))?,
            (0, None) => {}
            (open, end) => {
                let open = counted(open, "delivery is open", "deliveries are open");
                let stays =
                    end.map_or_else(String::new, |end| format!("; version {old} stays until they are done, at most until {end}"));
                line(&format!("  {open}{stays}: keystead delivery list {}", quoted(&name)))?;
            }
        }
        if let Some(request) = &self.request {
            line(&format!("  Ask for its certificate: {request}"))?;
        }
        say_breaches(&self.name, &self.breaches);
        Ok(())
    }
}

impl Report {
    fn of(outcome: &Outcome, session: &Session) -> Self {
        Self { refused: Refused::of(outcome, session), cancelled: Cancelled::of(outcome), ..Self::default() }
    }

    fn print(&self, common: &Common) -> Result<(), Failure> {
        if common.json {
            Refused::say_all(&self.refused);
            return json(self);
        }
        for made in &self.rotated {
            made.print()?;
        }
        for gone in &self.destroyed {
            line(&format!("Destroyed version {} of {}: its waiting time was over.", gone.version, name::shown(&gone.name)))?;
        }
        Refused::say_all(&self.refused);
        if !self.waiting.is_empty() {
            let count = counted(self.waiting.len(), "key is due and waits", "keys are due and wait");
            let names: Vec<String> = self.waiting.iter().map(|key| quoted(&name::shown(&key.name))).collect();
            say(&format!("{count} to be asked for: keystead rotate {}", names.join(" ")));
        }
        if self.rotated.is_empty() && self.destroyed.is_empty() && self.refused.is_empty() {
            say("Nothing is due by itself.");
        }
        Ok(())
    }
}
