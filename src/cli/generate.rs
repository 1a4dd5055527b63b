//! `generate`: one key, or many.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::{Cancelled, KeyFacts, counted, say_breaches};
use super::output::{json, line, say};
use super::progress::Watch;
use super::session::Session;
use super::words;
use crate::custodian::Outcome;
use crate::model::command::numbered;
use crate::model::name;
use crate::model::time::DayEdge;
use crate::model::{Activation, Algorithm, Command, KeySpec, Purpose};

/// No list of names is larger, in bytes.
const LONGEST_LIST: u64 = 64 << 20;

/// No more keys are made at once.
const MOST: u32 = 1_000_000;

#[derive(Args)]
#[command(after_help = "\
A purpose brings a sound algorithm, cryptoperiod and warning times; options change them. P is
tls-server, tls-client, ssh, code-signing, document-signing, token-signing, root-of-trust or custom.
With --count, {n} in NAME is the number and {n:3} the number with zeros in front; without either it
follows a hyphen. With --names-file, {name} in NAME is each line of the file. Ctrl+C stops after the
group of keys that is being made; those made stay.

Examples:
  keystead generate deploy --purpose ssh --owner Mira
  keystead generate shop.example.com --purpose tls-server --algorithm p384 --expires 90d --tag prod
  keystead generate 'device-{n:4}' --count 500 --purpose tls-client
  keystead generate --names-file hosts.txt --purpose tls-server")]
pub(super) struct GenerateArgs {
    /// The name, or the pattern of several names
    #[arg(required_unless_present = "names_file")]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "P", default_value = "custom", value_parser = words::purpose)]
    purpose: Purpose,
    /// ed25519, p256, p384, p521, rsa2048, rsa3072, rsa4096, ml-dsa-44, ml-dsa-65 or ml-dsa-87; in tokens aes128, aes192 and aes256 too [default: by purpose]
    #[arg(long, value_name = "A", value_parser = words::algorithm)]
    algorithm: Option<Algorithm>,
    /// The end of its cryptoperiod, or never [default: by purpose]
    #[arg(long, value_name = "DATE")]
    expires: Option<String>,
    /// From when it may be used, or later: once a person activates it [default: at once]
    #[arg(long, value_name = "DATE")]
    activates: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "T")]
    tags: Vec<String>,
    /// Who answers for it
    #[arg(long, value_name = "O", default_value = "")]
    owner: String,
    /// A note, never for secrets
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// The store, by its name or kind [default: the home store]
    #[arg(long, value_name = "S")]
    store: Option<String>,
    /// Make so many, numbered from 1
    #[arg(long, value_name = "N", conflicts_with = "names_file", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    count: Option<u32>,
    /// Make one for each line of this file; - for standard input
    #[arg(long, value_name = "FILE")]
    names_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Generated {
    keys: Vec<KeyFacts>,
    cancelled: Option<Cancelled>,
}

/// Makes keys.
pub(super) fn run(args: &GenerateArgs, common: &Common) -> Ends {
    let names = args.names()?;
    let session = Session::work(common)?;
    let specs = args.specs(names, &session)?;
    let outcome = session.custodian.run(&Command::Generate(specs), &Watch::begin("Made"))?;
    let printed = report(&session, &outcome, common);
    session.close();
    printed?;
    match outcome.cancelled {
        None => Ok(End::Done),
        Some((done, total)) => Err(Failure::failed(format!("Stopped. {done} of {total} keys were made and are kept."))),
    }
}

impl GenerateArgs {
    fn names(&self) -> Result<Vec<String>, Failure> {
        let name = self.name.clone().unwrap_or_default();
        match (&self.names_file, self.count) {
            (Some(file), _) => {
                let lines = lines_of(file)?;
                Ok(match &self.name {
                    Some(pattern) if pattern.contains("{name}") => {
                        lines.into_iter().map(|line| pattern.replace("{name}", &line)).collect()
                    }
                    Some(unused) => {
                        say(&format!("Names come from the file; “{}” is not used.", name::shown(unused)));
                        lines
                    }
                    None => lines,
                })
            }
            (None, Some(count)) => Ok(numbered(&name, count, 1)),
            (None, None) => Ok(vec![name]),
        }
    }

    fn specs(&self, names: Vec<String>, session: &Session) -> Result<Vec<KeySpec>, Failure> {
        let now = session.custodian.now();
        let activates = match self.activates.as_deref() {
            None => Activation::Now,
            Some("later") => Activation::Later,
            Some(date) => Activation::At(words::date(date, session, DayEdge::Start)?),
        };
        let begins = if let Activation::At(time) = activates { time } else { now };
        let policy = session.custodian.read(|inventory| inventory.policy(self.purpose).clone());
        let mut pattern = KeySpec::for_purpose(String::new(), self.purpose, &policy, begins);
        match self.expires.as_deref() {
            None => {}
            Some("never") => pattern.expires = None,
            Some(date) => pattern.expires = Some(words::date(date, session, DayEdge::End)?),
        }
        pattern.activates = activates;
        pattern.algorithm = self.algorithm.unwrap_or(pattern.algorithm);
        pattern.owner.clone_from(&self.owner);
        pattern.tags.clone_from(&self.tags);
        pattern.note.clone_from(&self.note);
        pattern.store.clone_from(&self.store);
        Ok(names.into_iter().map(|name| KeySpec { name, ..pattern.clone() }).collect())
    }
}

/// The lines of a list of names that are not empty.
fn lines_of(file: &Path) -> Result<Vec<String>, Failure> {
    let place = name::shown(&file.to_string_lossy()).into_owned();
    let trouble = |cause: std::io::Error| Failure::failed(format!("The list of names {place} cannot be read: {cause}."));
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_LIST).read_to_string(&mut text).map_err(trouble)?;
    } else {
        let opened = std::fs::File::open(file).map_err(trouble)?;
        opened.take(LONGEST_LIST).read_to_string(&mut text).map_err(trouble)?;
    }
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    match names.len() {
        0 => Err(Failure::wrong_use(format!("The list of names {place} has no names; write one a line."))),
        many if many > MOST as usize => Err(Failure::wrong_use(format!("The list of names {place} has more than {MOST} names."))),
        _ => Ok(names),
    }
}

/// Says which keys break their policy; of many only how many.
fn warn(keys: &[KeyFacts]) {
    let mut marked = keys.iter().filter(|key| !key.breaches.is_empty());
    let (first, more) = (marked.next(), marked.count());
    match first {
        Some(key) if more == 0 => say_breaches(&key.name, &key.breaches),
        Some(key) => say(&format!(
            "{} break their policy and stay marked. {}: {}",
            counted(more + 1, "key", "keys"),
            name::shown(&key.name),
            key.breaches.join(" ")
        )),
        None => {}
    }
}

fn report(session: &Session, outcome: &Outcome, common: &Common) -> Result<(), Failure> {
    let now = session.custodian.now();
    let keys: Vec<KeyFacts> = session.custodian.read(|inventory| {
        let made = outcome.keys.iter().filter_map(|id| inventory.key(*id));
        made.filter_map(|key| KeyFacts::current(inventory, key, now)).collect()
    });
    if let Some(notice) = &outcome.notice {
        say(notice);
    }
    warn(&keys);
    if common.json {
        let cancelled = Cancelled::of(outcome);
        return json(&Generated { keys, cancelled });
    }
    match &keys[..] {
        [key] => line(&format!("Made {}, {}, in {}. Its id is {}.", name::shown(&key.name), key.algorithm, key.store, key.id)),
        keys => line(&format!("Made {} keys.", keys.len())),
    }
}
