//! `policy`: what holds for every key of a purpose.

use std::io::Read as _;
use std::path::Path;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::counted;
use super::key_policy;
use super::output::{Table, json, line, say};
use super::session::Session;
use super::words;
use crate::custodian::NoProgress;
use crate::model::{Breach, Command, Figure, Inventory, KeyId, Policy, Profile, Purpose, name, profile};

/// No file of policies is larger, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

const FIGURES: &str = "\
NAME is algorithms, least-strength, cryptoperiod, warnings, rotate-before, overlap, rotation, stores,
destruction-wait or exportable; `policy show` prints each as it can be written. profile=NAME takes the whole
policy of a shipped profile (sp800-57, cab-forum, cnsa-2.0, ssh, relaxed), profile=FILE.ron that of a file
written like those in assets/profiles. A profile is taken first, whatever its place. With --key the figures
are the key's own, whatever its purpose has; NAME=default gives it its purpose's again.

Examples:
  keystead policy show tls-server
  keystead policy preview ssh cryptoperiod=90d rotate-before=14d
  keystead policy set ssh rotation=by-itself overlap=14d
  keystead policy set tls-server profile=cnsa-2.0
  keystead policy set --key api.example.com cryptoperiod=90d overlap=default";

#[derive(Args)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// List the policy of each purpose
    List,
    /// Show each figure of a policy and where it comes from
    #[command(override_usage = "keystead policy show [OPTIONS] <PURPOSE>\n       keystead policy show [OPTIONS] --key <KEY>")]
    Show {
        /// tls-server, tls-client, ssh, code-signing, document-signing, token-signing, root-of-trust or custom
        #[arg(value_parser = words::purpose, required_unless_present = "key", conflicts_with = "key")]
        purpose: Option<Purpose>,
        /// The policy of a key instead: a name or id
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Change figures of a policy
    #[command(after_help = FIGURES, override_usage = "keystead policy set [OPTIONS] <PURPOSE> <NAME=VALUE>...\n       keystead policy set [OPTIONS] --key <KEY> <NAME=VALUE>...")]
    Set(ChangeArgs),
    /// Show which keys other figures would mark, and change nothing
    #[command(after_help = FIGURES, override_usage = "keystead policy preview [OPTIONS] <PURPOSE> <NAME=VALUE>...\n       keystead policy preview [OPTIONS] --key <KEY> <NAME=VALUE>...")]
    Preview(ChangeArgs),
}

#[derive(Args)]
struct ChangeArgs {
    /// tls-server, tls-client, ssh, code-signing, document-signing, token-signing, root-of-trust or custom
    #[arg(value_parser = subject, required_unless_present = "key", value_name = "PURPOSE")]
    subject: Option<Subject>,
    /// A figure and its value, or profile=NAME|FILE.ron; of a key also NAME=default
    #[arg(required_unless_present = "key", value_name = "NAME=VALUE")]
    figures: Vec<String>,
    /// Figures of a key of its own instead: a name or id
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// The first word: a purpose, or with `--key` the first figure.
#[derive(Clone)]
enum Subject {
    Purpose(Purpose),
    Figure(String),
}

fn subject(word: &str) -> Result<Subject, String> {
    if word.contains('=') { Ok(Subject::Figure(word.to_owned())) } else { words::purpose(word).map(Subject::Purpose) }
}

#[derive(Serialize)]
struct PolicyFacts {
    purpose: &'static str,
    profile: String,
    /// A person set it; otherwise it is the standard one.
    own: bool,
    keys: usize,
    figures: Vec<FigureFacts>,
}

#[derive(Serialize)]
struct FigureFacts {
    figure: &'static str,
    value: String,
    /// Where it comes from; `null` where a person chose it.
    clause: Option<&'static str>,
}

#[derive(Serialize)]
struct Changed {
    purpose: &'static str,
    profile: String,
    /// Nothing was changed: it is a preview.
    preview: bool,
    changes: Vec<Change>,
    marked: Vec<Marked>,
}

#[derive(Serialize)]
struct Change {
    figure: &'static str,
    from: String,
    to: String,
}

/// A key that breaks the policy.
#[derive(Serialize)]
struct Marked {
    key: KeyId,
    name: String,
    /// It does not break today's policy.
    new: bool,
    breaches: Vec<String>,
}

/// Shows or changes policies.
pub(super) fn run(args: &PolicyArgs, common: &Common) -> Ends {
    match &args.command {
        PolicyCommand::List => list(common),
        PolicyCommand::Show { purpose: Some(purpose), .. } => show(*purpose, common),
        PolicyCommand::Show { key, .. } => key_policy::show(key.as_deref().unwrap_or_default(), common),
        PolicyCommand::Set(change) => set(change, common),
        PolicyCommand::Preview(change) => preview(change, common),
    }
}

impl PolicyFacts {
    fn of(inventory: &Inventory, purpose: Purpose) -> Self {
        let policy = inventory.policy(purpose);
        let figure = |figure: Figure| FigureFacts {
            figure: figure.id(),
            value: figure.written(policy),
            clause: profile::clause_of(purpose, policy, figure),
        };
        Self {
            purpose: purpose.id(),
            profile: policy.profile.to_string(),
            own: inventory.has_own_policy(purpose),
            keys: inventory.keys().iter().filter(|key| key.purpose == purpose && !key.is_destroyed()).count(),
            figures: Figure::ALL.map(figure).into(),
        }
    }

    fn value(&self, wanted: Figure) -> String {
        self.figures.iter().find(|figure| figure.figure == wanted.id()).map(|figure| figure.value.clone()).unwrap_or_default()
    }
}

fn list(common: &Common) -> Ends {
    let session = Session::look(common)?;
    let all = session.custodian.read(|inventory| Purpose::ALL.map(|purpose| PolicyFacts::of(inventory, purpose)));
    session.close();
    if common.json {
        json(&all)?;
        return Ok(End::Done);
    }
    let mut table =
        Table::new(["purpose", "profile", "set", "keys", "cryptoperiod", "rotate-before", "overlap", "rotation", "wait"]);
    for policy in all {
        let value = |figure| policy.value(figure);
        table.row([
            policy.purpose.into(),
            policy.profile.clone(),
            if policy.own { "by a person" } else { "standard" }.into(),
            policy.keys.to_string(),
            value(Figure::Cryptoperiod),
            value(Figure::RotateBefore),
            value(Figure::Overlap),
            value(Figure::Rotation),
            value(Figure::DestructionWait),
        ]);
    }
    table.print()?;
    Ok(End::Done)
}

fn show(purpose: Purpose, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let policy = session.custodian.read(|inventory| PolicyFacts::of(inventory, purpose));
    session.close();
    if common.json {
        json(&policy)?;
        return Ok(End::Done);
    }
    let set = if policy.own { "set by a person" } else { "the standard one" };
    let keys = counted(policy.keys, "key", "keys");
    line(&format!("{}: profile {}, {set}, {keys}", policy.purpose, name::shown(&policy.profile)))?;
    let mut table = Table::new(["figure", "value", "from"]);
    for figure in policy.figures {
        table.row([figure.figure.into(), figure.value, figure.clause.unwrap_or("chosen by a person").into()]);
    }
    table.print()?;
    Ok(End::Done)
}

fn set(args: &ChangeArgs, common: &Common) -> Ends {
    if let Some(key) = &args.key {
        return key_policy::set(key, &args.of_key()?, common);
    }
    let purpose = args.purpose()?;
    let session = Session::work(common)?;
    let (policy, changed) = args.changed(purpose, &session, false)?;
    let same = session.custodian.read(|inventory| *inventory.policy(purpose) == policy);
    if !same {
        session.custodian.run(&Command::SetPolicies(vec![(purpose, policy)]), &NoProgress)?;
    }
    session.close();
    report(&changed, common)
}

fn preview(args: &ChangeArgs, common: &Common) -> Ends {
    if let Some(key) = &args.key {
        return key_policy::preview(key, &args.of_key()?, common);
    }
    let purpose = args.purpose()?;
    let session = Session::look(common)?;
    let (_, changed) = args.changed(purpose, &session, true)?;
    session.close();
    report(&changed, common)
}

impl ChangeArgs {
    /// The purpose that was named.
    fn purpose(&self) -> Result<Purpose, Failure> {
        match &self.subject {
            Some(Subject::Purpose(purpose)) => Ok(*purpose),
            _ => Err(Failure::wrong_use("Name a PURPOSE first, or a key with --key KEY.")),
        }
    }

    /// The figures typed for a key.
    fn of_key(&self) -> Result<Vec<(Figure, &str)>, Failure> {
        let first = match &self.subject {
            Some(Subject::Purpose(purpose)) => {
                let purpose = purpose.id();
                return Err(Failure::wrong_use(format!("Name {purpose} or --key KEY, not both.")));
            }
            Some(Subject::Figure(figure)) => Some(figure),
            None => None,
        };
        let typed: Vec<&String> = first.into_iter().chain(&self.figures).collect();
        if typed.is_empty() {
            return Err(Failure::wrong_use("Say what is to change: NAME=VALUE, such as overlap=14d or overlap=default."));
        }
        typed.into_iter().map(|typed| key_policy::figure(typed)).collect()
    }

    /// The policy with the figures that were typed, and what differs then.
    fn changed(&self, purpose: Purpose, session: &Session, preview: bool) -> Result<(Policy, Changed), Failure> {
        let now = session.custodian.now();
        let old = session.custodian.read(|inventory| inventory.policy(purpose).clone());
        let new = self.over(purpose, old.clone())?;
        let differs = |figure: &Figure| !figure.same(&old, &new);
        let change = |figure: Figure| Change { figure: figure.id(), from: figure.written(&old), to: figure.written(&new) };
        let marked = session.custodian.read(|inventory| {
            let marked = inventory.marked_by(purpose, &new, now).into_iter();
            let fact = |(index, breaches): (u32, Vec<Breach>)| {
                let key = inventory.at(index)?;
                let new = inventory.breaches(key, now).is_empty();
                let breaches = breaches.into_iter().map(Breach::sentence).collect();
                Some(Marked { key: key.id, name: key.name.to_string(), new, breaches })
            };
            marked.filter_map(fact).collect()
        });
        let changes = Figure::ALL.into_iter().filter(differs).map(change).collect();
        let facts = Changed { purpose: purpose.id(), profile: new.profile.to_string(), preview, changes, marked };
        Ok((new, facts))
    }

    /// A policy with the figures that were typed; the profile first.
    fn over(&self, purpose: Purpose, mut policy: Policy) -> Result<Policy, Failure> {
        let mut figures = Vec::with_capacity(self.figures.len());
        for typed in &self.figures {
            let (name, value) = named(typed)?;
            match name {
                "profile" => policy = of_profile(value, purpose)?,
                name => figures.push((Figure::from_id(name).map_err(|error| wrong(&error))?, value)),
            }
        }
        for (figure, value) in figures {
            figure.read(value, &mut policy).map_err(|error| wrong(&error))?;
        }
        policy.check().map_err(|error| wrong(&error))?;
        Ok(policy)
    }
}

/// A word as a name and its value.
pub(super) fn named(typed: &str) -> Result<(&str, &str), Failure> {
    let (name, value) = typed.split_once('=').ok_or_else(|| {
        let typed = name::shown(typed);
        Failure::wrong_use(format!("“{typed}” has no value. Write NAME=VALUE, such as overlap=14d."))
    })?;
    Ok((name.trim(), value.trim()))
}

fn wrong(error: &crate::model::PolicyError) -> Failure {
    Failure::wrong_use(format!("No policy was changed: {error}."))
}

/// The policy of a shipped profile, or of a file.
fn of_profile(named: &str, purpose: Purpose) -> Result<Policy, Failure> {
    let read;
    let profile = match profile::named(named) {
        Some(profile) => profile,
        None if is_file(named) => {
            read = read_profile(Path::new(named))?;
            &read
        }
        None => {
            let known: Vec<&str> = profile::all().iter().map(|profile| profile.name.as_str()).collect();
            let (named, known) = (name::shown(named), known.join(", "));
            return Err(Failure::wrong_use(format!("“{named}” is no profile; there are: {known}, or a FILE.ron.")));
        }
    };
    profile.policy(purpose).cloned().ok_or_else(|| {
        let has = Purpose::ALL.into_iter().filter(|purpose| profile.policy(*purpose).is_some()).map(Purpose::id);
        let (name, has) = (name::shown(&profile.name), has.collect::<Vec<_>>().join(", "));
        Failure::wrong_use(format!("The profile {name} has no policy for {}; it has: {has}.", purpose.id()))
    })
}

fn is_file(named: &str) -> bool {
    let path = Path::new(named);
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ron")) || path.components().count() > 1
}

fn read_profile(path: &Path) -> Result<Profile, Failure> {
    let place = name::shown(&path.to_string_lossy()).into_owned();
    let trouble = |cause: std::io::Error| Failure::failed(format!("The file of policies {place} cannot be read: {cause}."));
    let mut text = String::new();
    let opened = std::fs::File::open(path).map_err(trouble)?;
    opened.take(LARGEST_FILE).read_to_string(&mut text).map_err(trouble)?;
    Profile::read(&text).map_err(|error| Failure::wrong_use(format!("No policy was changed: {place}, {error}.")))
}

fn report(changed: &Changed, common: &Common) -> Ends {
    if common.json {
        json(changed)?;
        return Ok(End::Done);
    }
    let purpose = changed.purpose;
    if changed.changes.is_empty() {
        say(&format!("The policy for {purpose} has these figures already."));
    }
    for change in &changed.changes {
        line(&format!("{purpose}: {} {} instead of {}", change.figure, change.to, change.from))?;
    }
    let breaks = if changed.preview { "that would break" } else { "that break" };
    let new = changed.marked.iter().filter(|marked| marked.new).count();
    match changed.marked.len() {
        0 => line(&format!("Keys {breaks} it: none."))?,
        all => line(&format!("Keys {breaks} it: {all}, newly marked: {new}."))?,
    }
    for marked in &changed.marked {
        line(&format!("  {}: {}", name::shown(&marked.name), marked.breaches.join(" ")))?;
    }
    Ok(End::Done)
}
