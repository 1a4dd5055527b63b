//! `policy --key`: the figures that a single key has instead of its purpose's.

use std::sync::Arc;

use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::output::{Table, json, line, say};
use super::select;
use super::session::Session;
use crate::custodian::NoProgress;
use crate::model::{
    Breach, Command, Figure, Inventory, Key, KeyId, Overrides, Policy, PolicyError, Time, compliance, name, profile,
};

/// Takes a figure back to that of the purpose.
const DEFAULT: &str = "default";

#[derive(Serialize)]
struct Shown {
    key: KeyId,
    name: String,
    purpose: &'static str,
    profile: String,
    figures: Vec<FigureFacts>,
    /// What of the key breaks its policy, as sentences.
    breaches: Vec<String>,
}

#[derive(Serialize)]
struct FigureFacts {
    figure: &'static str,
    value: String,
    /// The key has it instead of its purpose's.
    own: bool,
    /// Where it comes from; `null` where a person chose it.
    clause: Option<&'static str>,
}

#[derive(Serialize)]
struct Changed {
    key: KeyId,
    name: String,
    purpose: &'static str,
    profile: String,
    /// Nothing was changed: it is a preview.
    preview: bool,
    changes: Vec<Change>,
    /// The figures that the key has of its own then.
    own: Vec<&'static str>,
    /// The key keeps its policy today and would break it then.
    new: bool,
    breaches: Vec<String>,
}

#[derive(Serialize)]
struct Change {
    figure: &'static str,
    from: String,
    to: String,
    /// It is the key's own then; otherwise its purpose's.
    own: bool,
}

/// A figure as it was typed for a key.
pub(super) fn figure(typed: &str) -> Result<(Figure, &str), Failure> {
    let (name, value) = super::policy::named(typed)?;
    if name == "profile" {
        return Err(Failure::wrong_use(
            "No policy was changed: a profile is for a purpose. Give the key single figures, such as overlap=14d.",
        ));
    }
    match Figure::from_id(name).map_err(|error| wrong(&error))? {
        Figure::Warnings => Err(Failure::wrong_use(
            "No policy was changed: each key has warning times of its own anyway, and its policy does not change them.",
        )),
        figure => Ok((figure, value)),
    }
}

/// Shows the policy of a key.
pub(super) fn show(wanted: &str, common: &Common) -> Ends {
    let session = Session::look(common)?;
    let key = select::key(&session.custodian, wanted)?;
    let now = session.custodian.now();
    let shown = session.custodian.read(|inventory| shown(inventory, &key, now));
    session.close();
    if common.json {
        json(&shown)?;
        return Ok(End::Done);
    }
    line(&format!("{}: {}, profile {}", name::shown(&shown.name), shown.purpose, name::shown(&shown.profile)))?;
    let mut table = Table::new(["figure", "value", "from"]);
    for figure in shown.figures {
        let from = if figure.own { "the key's own" } else { figure.clause.unwrap_or("chosen by a person") };
        table.row([figure.figure.into(), figure.value, from.into()]);
    }
    table.print()?;
    for breach in shown.breaches {
        line(&format!("Breaks it: {breach}"))?;
    }
    Ok(End::Done)
}

fn shown(inventory: &Inventory, key: &Key, now: Time) -> Shown {
    let policy = inventory.policy_of(key);
    let own = |figure: Figure| key.overrides.as_deref().is_some_and(|own| figure.is_in(own));
    let figure = |figure: Figure| FigureFacts {
        figure: figure.id(),
        value: figure.written(&policy),
        own: own(figure),
        clause: profile::clause_of(key.purpose, &policy, figure).filter(|_| !own(figure)),
    };
    Shown {
        key: key.id,
        name: key.name.to_string(),
        purpose: key.purpose.id(),
        profile: policy.profile.to_string(),
        figures: Figure::of_keys().map(figure).collect(),
        breaches: inventory.breaches(key, now).into_iter().map(Breach::sentence).collect(),
    }
}

/// Gives a key figures of its own.
pub(super) fn set(wanted: &str, figures: &[(Figure, &str)], common: &Common) -> Ends {
    let session = Session::work(common)?;
    let key = select::key(&session.custodian, wanted)?;
    let (own, changed) = change(&session, &key, figures, false)?;
    if key.overrides.as_deref().cloned().unwrap_or_default() != own {
        session.custodian.run(&Command::SetKeyPolicies(vec![(key.id, own)]), &NoProgress)?;
    }
    session.close();
    report(&changed, common)
}

/// Shows what other figures would do, and changes nothing.
pub(super) fn preview(wanted: &str, figures: &[(Figure, &str)], common: &Common) -> Ends {
    let session = Session::look(common)?;
    let key = select::key(&session.custodian, wanted)?;
    let (_, changed) = change(&session, &key, figures, true)?;
    session.close();
    report(&changed, common)
}

/// The key's own figures with those that were typed, and what differs then.
fn change(session: &Session, key: &Arc<Key>, figures: &[(Figure, &str)], preview: bool) -> Result<(Overrides, Changed), Failure> {
    let now = session.custodian.now();
    session.custodian.read(|inventory| {
        let before = key.overrides.as_deref().cloned().unwrap_or_default();
        let (old, own) =
            (inventory.policy_of(key).into_owned(), typed_over(before.clone(), figures, inventory.policy(key.purpose))?);
        let new = own.over(inventory.policy(key.purpose));
        new.check().map_err(|error| wrong(&error))?;
        let differs = |figure: &Figure| !figure.same(&old, &new) || figure.is_in(&before) != figure.is_in(&own);
        let change = |figure: Figure| Change {
            figure: figure.id(),
            from: figure.written(&old),
            to: figure.written(&new),
            own: figure.is_in(&own),
        };
        let version = key.current(now);
        let breaks =
            version.map_or_else(Vec::new, |version| compliance::of_version(version, &new, inventory.kind_of(version), now));
        let changed = Changed {
            key: key.id,
            name: key.name.to_string(),
            purpose: key.purpose.id(),
            profile: new.profile.to_string(),
            preview,
            changes: Figure::of_keys().filter(differs).map(change).collect(),
            own: Figure::of_keys().filter(|figure| figure.is_in(&own)).map(Figure::id).collect(),
            new: !breaks.is_empty() && inventory.breaches(key, now).is_empty(),
            breaches: breaks.into_iter().map(Breach::sentence).collect(),
        };
        Ok((own, changed))
    })
}

fn typed_over(mut own: Overrides, figures: &[(Figure, &str)], purpose: &Policy) -> Result<Overrides, Failure> {
    for (figure, value) in figures {
        if value.eq_ignore_ascii_case(DEFAULT) {
            figure.clear(&mut own);
            continue;
        }
        let mut policy = purpose.clone();
        figure.read(value, &mut policy).map_err(|error| wrong(&error))?;
        figure.override_with(&policy, &mut own);
    }
    Ok(own)
}

fn wrong(error: &PolicyError) -> Failure {
    Failure::wrong_use(format!("No policy was changed: {error}."))
}

fn report(changed: &Changed, common: &Common) -> Ends {
    if common.json {
        json(changed)?;
        return Ok(End::Done);
    }
    let name = name::shown(&changed.name);
    if changed.changes.is_empty() {
        say(&format!("{name} has these figures already."));
    }
    for change in &changed.changes {
        let whose = if change.own { "its own" } else { "its purpose's" };
        line(&format!("{name}: {} {}, {whose}, instead of {}", change.figure, change.to, change.from))?;
    }
    let breaks = if changed.preview { "would break" } else { "breaks" };
    match &changed.breaches[..] {
        [] => line(&format!("{name} {} its policy.", if changed.preview { "would keep" } else { "keeps" }))?,
        breaches => line(&format!("{name} {breaks} its policy: {}", breaches.join(" ")))?,
    }
    Ok(End::Done)
}
