//! `discover`: every key, certificate and keystore in folders, with its risks.

mod tracked;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::args::Common;
use crate::cli::end::{End, Ends, Failure};
use crate::cli::facts::counted;
use crate::cli::output::{Table, json, line, say};
use crate::cli::progress::Watch;
use crate::cli::session::{Session, environment};
use crate::custodian::discover::{Discovery, Finding, Risk, discover};
use crate::custodian::import::{Facts, Verdict};
use crate::custodian::{Custodian, CustodianError};
use crate::model::name::shown;
use crate::model::{Command, Digest, Inventory, Time};

#[derive(Args)]
#[command(after_help = "\
Nothing is changed and nothing is unlocked. The risks: no passphrase, readable by others, weak or legacy
algorithm, certificate expired or ending within 30 days, the same private key in several places, private
key in a version-control tree (git, Mercurial, Subversion).

Files that .gitignore names are looked at all the same, because a key that git ignores is a key that lies
there; what a file .ignore names is passed over, and so are folders that hold CACHEDIR.TAG, node_modules
and the like, and what version control keeps for itself. No link is followed, and nothing is opened but
regular files.

--tracked lists what is tracked and how each file is now; it unlocks nothing. --stop ends the tracking of
files: their entries stay, held elsewhere, and no file is touched.

Exit codes: 0 nothing risky, 1 something is, 3 it failed or was cancelled. With --tracked 1 means that a
file changed or is gone.

Examples:
  keystead discover ~/.ssh /etc/ssl
  keystead discover ~/src --json
  keystead discover /etc/letsencrypt --track
  keystead discover --tracked
  keystead discover --stop ~/.ssh/id_rsa")]
pub(in crate::cli) struct DiscoverArgs {
    /// Folders to look through, with all below them
    #[arg(required_unless_present_any = ["tracked", "stop"], value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Track every private key that was found where it lies: a change or a disappearance is an alert
    #[arg(long)]
    track: bool,
    /// List what is tracked, and how each file is now
    #[arg(long, conflicts_with_all = ["folders", "track", "stop"])]
    tracked: bool,
    /// Track these files no more
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["folders", "track"])]
    stop: Vec<PathBuf>,
}

/// All that was found, as JSON holds it.
#[derive(Serialize)]
struct Found<'a> {
    files: u64,
    folders: u64,
    passed_over: u64,
    too_many: bool,
    unread: Vec<Unread<'a>>,
    findings: Vec<FindingFacts<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct FindingFacts<'a> {
    path: &'a str,
    place: String,
    kind: &'static str,
    algorithm: Option<String>,
    private: bool,
    encrypted: Option<bool>,
    not_after: Option<Time>,
    spki_sha256: Option<Digest>,
    /// The key of the inventory that it is or belongs to.
    key: Option<String>,
    risks: Vec<RiskFacts>,
}

#[derive(Serialize)]
struct RiskFacts {
    id: &'static str,
    sentence: String,
    remedy: &'static str,
}

/// Looks through folders, and tracks what was found if that was asked.
pub(in crate::cli) fn run(args: &DiscoverArgs, common: &Common) -> Ends {
    if args.tracked {
        return tracked::list(common);
    }
    if !args.stop.is_empty() {
        return tracked::stop(&args.stop, common);
    }
    if let Some(missing) = args.folders.iter().find(|path| path.metadata().is_err()) {
        return Err(Failure::wrong_use(format!("{} cannot be looked into: it is not there.", missing.display())));
    }
    let session = if args.track { Some(Session::work(common)?) } else { None };
    let environment = environment(common)?;
    let own = environment.folder.clone();
    let now = session.as_ref().map_or_else(|| environment.machine_time(), |session| session.custodian.now());
    let known = match &session {
        Some(session) => Ok(session.custodian.read(Inventory::clone)),
        None => Custodian::open(environment).map(|custodian| custodian.read(Inventory::clone)),
    };
    let inventory = match known {
        Ok(inventory) => inventory,
        Err(CustodianError::NoInventory(_)) => Inventory::default(),
        Err(error) => return Err(error.into()),
    };
    let watch = Watch::begin("Looked at");
    let discovery = discover(&args.folders, Some(&own), &inventory, now, &watch);
    if discovery.cancelled {
        return Err(Failure::failed(format!(
            "Cancelled after {}. Nothing was changed.",
            counted(discovery.files as usize, "file", "files")
        )));
    }
    show(&discovery, &inventory, common)?;
    if let Some(session) = session {
        track(&discovery, &session, &watch)?;
        session.close();
    }
    let risky = discovery.findings.iter().any(|finding| !finding.risks.is_empty());
    Ok(if risky { End::Found } else { End::Done })
}

fn track(discovery: &Discovery, session: &Session, watch: &Watch) -> Result<(), Failure> {
    let private = discovery.findings.iter().filter(|finding| finding.object.is_private());
    let mut paths: Vec<PathBuf> = private.map(|finding| PathBuf::from(&finding.object.path)).collect();
    paths.dedup();
    let outcome = session.custodian.run(&Command::Track(paths), watch)?;
    say(&format!("Tracked where they lie: {}.", counted(outcome.keys.len(), "key", "keys")));
    outcome.notice.iter().for_each(|notice| say(notice));
    Ok(())
}

fn show(discovery: &Discovery, inventory: &Inventory, common: &Common) -> Result<(), Failure> {
    if common.json {
        let unread = discovery.unread.iter().map(|(path, reason)| Unread { path, reason }).collect();
        let findings = discovery.findings.iter().map(|finding| facts(finding, inventory)).collect();
        let Discovery { files, folders, passed_over, too_many, .. } = *discovery;
        return json(&Found { files, folders, passed_over, too_many, unread, findings });
    }
    let mut table = Table::new(["Kind", "Algorithm", "Risks", "Where"]);
    for Finding { object, risks } in &discovery.findings {
        let words: Vec<&str> = risks.iter().map(Risk::id).collect();
        let algorithm = object.algorithm.map(|algorithm| algorithm.name().to_string()).unwrap_or_default();
        table.row([object.kind.name().into(), algorithm, words.join(", "), format!("{} ({})", object.path, object.place)]);
    }
    if discovery.findings.is_empty() {
        line("No key, certificate or keystore lies there.")?;
    } else {
        table.print()?;
    }
    for Finding { object, risks } in &discovery.findings {
        for risk in risks {
            say(&format!("{} ({}): {} {}", shown(&object.path), object.place, shown(&risk.sentence()), risk.remedy()));
        }
    }
    discovery.unread.iter().for_each(|(path, why)| say(&format!("{}: not looked at, {}.", shown(path), shown(why))));
    let looked = counted(discovery.files as usize, "file", "files");
    say(&format!("Looked at {looked}; {} files and folders were passed over.", discovery.passed_over));
    if discovery.too_many {
        say("There is more than can be shown at once. Choose fewer folders.");
    }
    Ok(())
}

fn facts<'a>(finding: &'a Finding, inventory: &Inventory) -> FindingFacts<'a> {
    let object = &finding.object;
    let key = match &object.verdict {
        Verdict::Present { key, .. } => *key,
        Verdict::Completes(of) | Verdict::Certifies(Some(of)) => Some(of.key),
        _ => None,
    };
    let risk = |risk: &Risk| RiskFacts { id: risk.id(), sentence: risk.sentence(), remedy: risk.remedy() };
    FindingFacts {
        path: &object.path,
        place: object.place.to_string(),
        kind: object.kind.id(),
        algorithm: object.algorithm.map(|algorithm| algorithm.id().to_string()),
        private: object.is_private(),
        encrypted: match &object.facts {
            Facts::Secret { encrypted } => Some(*encrypted),
            facts if facts.wants_passphrase() => Some(true),
            _ => None,
        },
        not_after: match &object.facts {
            Facts::Certificate(facts) => Some(facts.not_after),
            _ => None,
        },
        spki_sha256: object.spki_sha256,
        key: key.and_then(|id| inventory.key(id)).map(|key| key.name.to_string()),
        risks: finding.risks.iter().map(risk).collect(),
    }
}
