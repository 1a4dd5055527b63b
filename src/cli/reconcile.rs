//! `reconcile`: what stores have and the inventory has not, and the other way round.

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::Done;
use super::output::{Table, json, line, say};
use super::session::Session;
use super::words;
use crate::custodian::issued::AtIssuer;
use crate::custodian::reconcile::{Adoptee, Reconciled};
use crate::model::{Digest, KeyId, Purpose, Time};

#[derive(Args)]
#[command(after_help = "\
Looking ends nothing: a key that a store does not return is listed as not found, and keeps its state. Versions that were made
at a key server are taken up as rotations; active ones that it holds back by its minimum versions are suspended. Certificates that the server
issued for versions that are revoked here are revoked there. --adopt takes
a key over that lies in a store already; it stays there. Ends with 1 if there is something to settle.

Examples:
  keystead reconcile
  keystead reconcile hsm
  keystead reconcile hsm --adopt 0a1b2c --name 'Release signing' --purpose code-signing")]
pub(super) struct ReconcileArgs {
    /// The store [default: every store]
    store: Option<String>,
    /// Take this item over as a key
    #[arg(long, value_name = "OBJECT", requires_all = ["store", "name"])]
    adopt: Option<String>,
    /// With --adopt: what it is to be called
    #[arg(long, requires = "adopt")]
    name: Option<String>,
    /// With --adopt: what it is for
    #[arg(long, value_name = "P", default_value = "custom", value_parser = words::purpose)]
    purpose: Purpose,
    /// With --adopt: who answers for it
    #[arg(long, value_name = "NAME", default_value = "")]
    owner: String,
}

#[derive(Serialize)]
struct StrangerFacts {
    object: String,
    algorithm: Option<&'static str>,
    spki_sha256: Option<Digest>,
}

#[derive(Serialize)]
struct MissingFacts {
    key: KeyId,
    name: String,
    version: u32,
    object: String,
    found: &'static str,
}

#[derive(Serialize)]
struct TakenFacts {
    key: KeyId,
    name: String,
    version: u32,
    object: String,
}

#[derive(Serialize)]
struct HeldFacts {
    key: KeyId,
    name: String,
    version: u32,
    object: String,
    wholly: bool,
    suspended: bool,
}

#[derive(Serialize)]
struct EngineFacts {
    key: KeyId,
    name: String,
    object: String,
    may_leave: bool,
    may_be_deleted: bool,
    marked_deleted: bool,
}

#[derive(Serialize)]
struct EnforcedFacts {
    key: KeyId,
    name: String,
    version: u32,
    object: String,
    state: &'static str,
}

#[derive(Serialize)]
struct CertificateFacts {
    key: KeyId,
    name: String,
    version: u32,
    mount: String,
    serial: String,
    revoked: Option<Time>,
    /// Why it is not.
    trouble: Option<String>,
    #[serde(skip)]
    sentence: String,
}

impl From<AtIssuer> for CertificateFacts {
    fn from(one: AtIssuer) -> Self {
        let sentence = format!("{}: {}", one.name, one.sentence());
        Self {
            key: one.version.key,
            name: one.name.into(),
            version: one.version.version,
            mount: one.issuer.mount.into(),
            serial: one.issuer.serial.into(),
            revoked: one.revoked.as_ref().ok().copied(),
            trouble: one.revoked.err(),
            sentence,
        }
    }
}

#[derive(Serialize)]
struct ReconciledFacts {
    store: String,
    as_known: usize,
    unknown: Vec<StrangerFacts>,
    missing: Vec<MissingFacts>,
    taken_up: Vec<TakenFacts>,
    held_back: Vec<HeldFacts>,
    certificates: Vec<CertificateFacts>,
    at_engine: Vec<EngineFacts>,
    enforced_here: Vec<EnforcedFacts>,
    /// Why it could not be looked at.
    trouble: Option<String>,
}

impl From<Reconciled> for ReconciledFacts {
    fn from(found: Reconciled) -> Self {
        let unknown = found.unknown.into_iter().map(|one| StrangerFacts {
            object: one.object.into(),
            algorithm: one.algorithm.map(|algorithm| algorithm.id()),
            spki_sha256: one.spki_sha256,
        });
        let missing = found.missing.into_iter().map(|one| MissingFacts {
            key: one.version.key,
            name: one.name.into(),
            version: one.version.version,
            object: one.object.into(),
            found: if one.is_another { "another" } else { "nothing" },
        });
        let taken_up = found.taken_up.into_iter().map(|one| TakenFacts {
            key: one.version.key,
            name: one.name.into(),
            version: one.version.version,
            object: one.object.into(),
        });
        let held_back = found.held_back.into_iter().map(|one| HeldFacts {
            key: one.version.key,
            name: one.name.into(),
            version: one.version.version,
            object: one.object.into(),
            wholly: one.wholly,
            suspended: one.suspended,
        });
        let at_engine = found.at_engine.into_iter().map(|one| EngineFacts {
            key: one.key,
            name: one.name.into(),
            object: one.object.into(),
            may_leave: one.says.may_leave,
            may_be_deleted: one.says.may_be_deleted,
            marked_deleted: one.says.marked_deleted,
        });
        let enforced = found.enforced_here.into_iter().map(|one| EnforcedFacts {
            key: one.version.key,
            name: one.name.into(),
            version: one.version.version,
            object: one.object.into(),
            state: one.state.id(),
        });
        Self {
            at_engine: at_engine.collect(),
            enforced_here: enforced.collect(),
            taken_up: taken_up.collect(),
            held_back: held_back.collect(),
            certificates: found.certificates.into_iter().map(CertificateFacts::from).collect(),
            store: found.store.into(),
            as_known: found.as_known,
            unknown: unknown.collect(),
            missing: missing.collect(),
            trouble: None,
        }
    }
}

impl EngineFacts {
    /// What a person should know of it.
    fn sentences(&self, store: &str) -> Vec<String> {
        let name = &self.name;
        let leaves = format!("{store} lets those read the private half of {name} whom its policies permit that.");
        let deleted = format!("{store} lets {name} be deleted with all its versions.");
        let marked = format!("{name} is marked as deleted at {store}, which uses it no more until the mark is taken away.");
        let all = [(self.may_leave, leaves), (self.may_be_deleted, deleted), (self.marked_deleted, marked)];
        all.into_iter().filter_map(|(holds, sentence)| holds.then_some(sentence)).collect()
    }
}

/// Holds stores against the inventory, or takes a key over.
pub(super) fn run(args: &ReconcileArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    if let (Some(store), Some(object), Some(name)) = (&args.store, &args.adopt, &args.name) {
        let wanted = Adoptee { object: object.clone(), name: name.clone(), purpose: args.purpose, owner: args.owner.clone() };
        let outcome = session.custodian.adopt_object(store, &wanted)?;
        session.close();
        if common.json {
            json(&Done::from(&outcome))?;
        } else {
            line(&format!("{} is in the inventory now, and stays in its store.", crate::model::name::shown(name)))?;
            outcome.notice.iter().for_each(|notice| say(notice));
        }
        return Ok(End::Done);
    }
    let (mut facts, mut failed) = (Vec::new(), None);
    for (store, found) in session.custodian.reconcile(args.store.as_deref())? {
        facts.push(match found {
            Ok(found) => ReconciledFacts::from(found),
            Err(error) => {
                let blank = Reconciled { store, ..Reconciled::default() };
                let blank = ReconciledFacts { trouble: Some(error.to_string()), ..blank.into() };
                failed = failed.max(Some(error.class()));
                blank
            }
        });
    }
    session.close();
    let revoked = |store: &ReconciledFacts| store.certificates.iter().all(|one| one.revoked.is_some());
    let settled = facts.iter().all(|store| store.unknown.is_empty() && store.missing.is_empty() && revoked(store));
    let shown = if common.json { json(&facts) } else { table(&facts) };
    shown?;
    Ok(match failed {
        Some(class) => class.into(),
        None if settled => End::Done,
        None => End::Found,
    })
}

fn table(stores: &[ReconciledFacts]) -> Result<(), Failure> {
    stores.iter().filter_map(|store| store.trouble.as_deref()).for_each(say);
    let mut table = Table::new(["store", "item", "in the store", "in the inventory"]);
    for store in stores {
        for one in &store.unknown {
            let what = one.algorithm.unwrap_or("a key").to_owned();
            table.row([store.store.clone(), one.object.clone(), what, "not known".into()]);
        }
        for one in &store.missing {
            let what = if one.found == "another" { "another key" } else { "not found" };
            let version = format!("{}, version {}", one.name, one.version);
            table.row([store.store.clone(), one.object.clone(), what.into(), version]);
        }
    }
    for (store, one) in stores.iter().flat_map(|store| store.taken_up.iter().map(move |one| (&store.store, one))) {
        say(&format!("{} has version {} now, which was made at {store}.", one.name, one.version));
    }
    for (store, one) in stores.iter().flat_map(|store| store.held_back.iter().map(move |one| (&store.store, one))) {
        let what = if one.wholly { "use version" } else { "sign or encrypt with version" };
        let now = if one.suspended { " It is suspended now." } else { "" };
        say(&format!("{store} does not let anybody {what} {} of {}.{now}", one.version, one.name));
    }
    for store in stores {
        store.at_engine.iter().flat_map(|one| one.sentences(&store.store)).for_each(|sentence| say(&sentence));
        for EnforcedFacts { name, version, state, .. } in &store.enforced_here {
            let store = &store.store;
            say(&format!("Version {version} of {name} is {state}. {store} does not know that: it is enforced only here."));
        }
    }
    stores.iter().flat_map(|store| &store.certificates).for_each(|one| say(&one.sentence));
    let known: usize = stores.iter().map(|store| store.as_known).sum();
    if stores.iter().any(|store| !store.unknown.is_empty() || !store.missing.is_empty()) {
        table.print()?;
    }
    say(&format!("{} as the log knows them.", super::facts::counted(known, "version is", "versions are")));
    Ok(())
}
