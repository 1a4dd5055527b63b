//! `restore`: a backup rehearsed, merged, or put in the place of what is here.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::facts::counted;
use super::output::{json, line, say};
use super::passphrase::{Source, can_ask};
use super::progress::Watch;
use super::session::{Session, environment};
use crate::custodian::restore::{OpenWith, Restoration, Restore, RestoreMode, Standing, restore};
use crate::custodian::{Custodian, CustodianError, Environment};
use crate::model::{BackupId, MergeAct, Time, name};
use crate::secret::{Passphrase, wipe_stack};

#[derive(Args)]
#[command(after_help = "\
Without --merge or --replace the backup is rehearsed: it is opened, its log is verified with the log key in it, every secret
is compared with that log, and all of it with the inventory here. Nothing is changed; where the inventory is unlocked it is
put on record that the backup was rehearsed.

--merge brings in keys, versions and secrets that are missing here, and the recipients, policies and hand-overs that are not
known here; owner, tags and note of a key only where it has none. What is here stays: of what differs the backup's is listed
and left. Nothing of a version that is destroyed or being destroyed here comes back, nor a recipient that was removed here;
no state becomes milder, and no policy lets private halves out that may not leave. --replace puts the backup in the place of the inventory here, which is kept
beside; it lists what that would bring back and asks for the name of the inventory folder, or takes it from --confirm. Where
there is no inventory it makes the first. A restored inventory opens with the passphrase that it had.

Examples:
  keystead restore keys.age
  keystead restore keys.age --share share-1-of-5.html --share share-2-of-5.html --share share-4-of-5.html
  keystead restore keys.age --merge --input-passphrase-fd 3 3<words.txt
  keystead restore keys.age --replace --identity ada.txt")]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Prove that it opens and matches; changes nothing
    #[arg(long, group = "mode")]
    rehearse: bool,
    /// Bring in what is missing here
    #[arg(long, group = "mode")]
    merge: bool,
    /// Put it in the place of what is here
    #[arg(long, group = "mode")]
    replace: bool,
    /// The backup's passphrase is read from this descriptor
    #[arg(long, value_name = "N", group = "opener")]
    input_passphrase_fd: Option<u32>,
    /// The sheet of a share of the passphrase; may be given several times
    #[arg(long, value_name = "SHEET", num_args = 1.., group = "opener")]
    share: Vec<PathBuf>,
    /// The identity of a recipient: an age identity file or an SSH private key
    #[arg(long, value_name = "FILE", group = "opener")]
    identity: Option<PathBuf>,
    /// With --replace: the name of the inventory folder that is put aside
    #[arg(long, value_name = "NAME", requires = "replace")]
    confirm: Option<String>,
    /// With --replace: the restored inventory gets a new passphrase, read from this descriptor
    #[arg(long, value_name = "N", requires = "replace", conflicts_with = "new_passphrase_file")]
    new_passphrase_fd: Option<u32>,
    /// With --replace: the restored inventory gets a new passphrase, read from this file
    #[arg(long, value_name = "PATH", requires = "replace")]
    new_passphrase_file: Option<PathBuf>,
}

/// So many records are told line by line.
const LISTED: usize = 20;

/// Does what is asked with a backup.
pub(super) fn run(args: &RestoreArgs, common: &Common) -> Ends {
    let env = environment(common)?;
    let here = Custodian::exists(&env);
    let session = match (args.merge, here) {
        (true, _) => Some(Session::work(common)?),
        // What cannot be opened any more is a reason to replace it.
        (false, true) if args.replace => Session::open(common).ok(),
        (false, true) => Some(Session::unattended_or_locked(common)?),
        (false, false) => None,
    };
    let mut wanted = Restore {
        file: args.file.clone(),
        with: args.open_with()?,
        mode: args.mode(),
        passphrase: args.new_passphrase(false)?,
        typed_name: args.confirm.clone(),
    };
    let custodian = session.as_ref().map(|session| &session.custodian);
    if args.replace && here && wanted.typed_name.is_none() {
        wanted.typed_name = confirmed(&env, custodian, &mut wanted)?;
    }
    let watch = Watch::begin(match wanted.mode {
        RestoreMode::Merge => "Merged, in percent",
        RestoreMode::Replace => "Restored, in percent",
        RestoreMode::Preview | RestoreMode::Rehearse => "Rehearsed, in percent",
    });
    let restored = match restore(&env, custodian, &wanted, &watch) {
        // Asked only once it is known that it is needed.
        Err(CustodianError::NewPassphraseNeeded) if can_ask() => {
            wanted.passphrase = args.new_passphrase(true)?;
            restore(&env, custodian, &wanted, &watch)
        }
        other => other,
    }?;
    // Before anything is told, which may wait for long until somebody reads it.
    drop(wanted);
    if let Some(session) = session {
        session.close();
    }
    wipe_stack();
    report(&restored, common)
}

impl RestoreArgs {
    fn mode(&self) -> RestoreMode {
        match (self.merge, self.replace) {
            (true, _) => RestoreMode::Merge,
            (_, true) => RestoreMode::Replace,
            _ => RestoreMode::Rehearse,
        }
    }

    fn open_with(&self) -> Result<OpenWith, Failure> {
        if !self.share.is_empty() {
            return Ok(OpenWith::Sheets(self.share.clone()));
        }
        if let Some(path) = &self.identity {
            return Ok(OpenWith::Identity(path.clone()));
        }
        let source = Source { fd: self.input_passphrase_fd, file: None, option: "--input-passphrase" };
        match source.read()? {
            Some(given) => Ok(OpenWith::Passphrase(given)),
            None if can_ask() => Ok(OpenWith::Passphrase(super::passphrase::ask("Passphrase of the backup: ")?)),
            None => Err(Failure::wrong_use(
                "The backup has to be opened. Give its passphrase with --input-passphrase-fd N, shares with --share SHEET, or an identity with --identity FILE.",
            )),
        }
    }

    fn new_passphrase(&self, ask: bool) -> Result<Option<Passphrase>, Failure> {
        let source = Source { fd: self.new_passphrase_fd, file: self.new_passphrase_file.as_ref(), option: "--new-passphrase" };
        if ask { source.read_or_ask_twice("New passphrase of the inventory: ").map(Some) } else { source.read() }
    }
}

/// What a replace would undo is told, and at a terminal the name is asked for.
fn confirmed(env: &Environment, custodian: Option<&Custodian>, wanted: &mut Restore) -> Result<Option<String>, Failure> {
    let mode = std::mem::replace(&mut wanted.mode, RestoreMode::Preview);
    let preview = restore(env, custodian, wanted, &crate::custodian::NoProgress)?;
    wanted.mode = mode;
    told_of_setbacks(&preview);
    if !can_ask() || !std::io::stderr().is_terminal() {
        let refused = Failure::from(CustodianError::NotConfirmed { folder: preview.folder, name: preview.name });
        return Err(Failure { sentence: format!("{} Give it with --confirm NAME.", refused.sentence), ..refused });
    }
    let mut terminal = std::io::stderr().lock();
    let question = format!("The inventory in {} is put aside. Type {} to go on: ", preview.folder.display(), preview.name);
    let _ = write!(terminal, "{question}").and_then(|()| terminal.flush());
    let mut typed = String::new();
    match std::io::stdin().read_line(&mut typed) {
        Ok(_) => Ok(Some(typed.trim_end_matches(['\r', '\n']).to_owned())),
        Err(cause) => Err(Failure::failed(format!("The terminal could not be asked: {cause}."))),
    }
}

fn told_of_setbacks(restored: &Restoration) {
    let Some(standing) = &restored.standing else { return };
    for setback in &standing.setbacks {
        let (name, version) = (name::shown(&setback.name), setback.of.version);
        let what = if setback.brings_back { "its private half comes back" } else { "a milder state" };
        say(&format!("{name}, version {version}: here {}, in the backup {}: {what}.", setback.here.id(), setback.there.id()));
    }
    if !standing.only_here.is_empty() {
        say(&format!("{} here that the backup does not know.", counted(standing.only_here.len(), "key is", "keys are")));
    }
}

#[derive(Serialize)]
struct Facts<'a> {
    mode: &'static str,
    backup: BackupFacts<'a>,
    keys: usize,
    secrets: usize,
    lacks: Vec<Lack<'a>>,
    standing: Option<StandingFacts<'a>>,
    kept: Option<&'a PathBuf>,
    recorded: bool,
    as_files: bool,
    folder: &'a PathBuf,
}

#[derive(Serialize)]
struct BackupFacts<'a> {
    id: BackupId,
    made: Time,
    covers: u64,
    program: &'a str,
    recipients: &'a [Box<str>],
}

#[derive(Serialize)]
struct Lack<'a> {
    name: &'a str,
    version: u32,
    why: &'a str,
}

#[derive(Serialize)]
struct StandingFacts<'a> {
    relation: &'static str,
    seq: u64,
    at: Time,
    only_here: &'a [Box<str>],
    new_keys: usize,
    new_versions: usize,
    missing_secrets: usize,
    stricter: Vec<Stricter<'a>>,
    ended: Vec<One<'a>>,
    records: Vec<RecordFacts<'a>>,
    setbacks: Vec<Setback<'a>>,
}

#[derive(Serialize)]
struct RecordFacts<'a> {
    kind: &'static str,
    name: &'a str,
    stays: Option<&'static str>,
    sentence: String,
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    version: u32,
}

#[derive(Serialize)]
struct Stricter<'a> {
    name: &'a str,
    version: u32,
    from: &'static str,
    to: &'static str,
}

#[derive(Serialize)]
struct Setback<'a> {
    name: &'a str,
    version: u32,
    here: &'static str,
    there: &'static str,
    brings_back: bool,
}

impl<'a> From<&'a Restoration> for Facts<'a> {
    fn from(restored: &'a Restoration) -> Self {
        let backup = &restored.backup;
        Self {
            mode: restored.mode.id(),
            backup: BackupFacts {
                id: backup.id,
                made: backup.at,
                covers: backup.covers,
                program: &restored.program,
                recipients: &backup.recipients,
            },
            keys: restored.keys,
            secrets: restored.secrets,
            lacks: restored.lacks.iter().map(|(name, version, why)| Lack { name, version: *version, why }).collect(),
            standing: restored.standing.as_ref().map(StandingFacts::from),
            kept: restored.kept.as_ref(),
            recorded: restored.recorded,
            as_files: restored.as_files,
            folder: &restored.folder,
        }
    }
}

impl<'a> From<&'a Standing> for StandingFacts<'a> {
    fn from(standing: &'a Standing) -> Self {
        let plan = &standing.plan;
        let stricter = plan.items.iter().filter_map(|item| match &item.act {
            MergeAct::Stricter { from, to, .. } => {
                Some(Stricter { name: &item.name, version: item.version, from: from.id(), to: to.id() })
            }
            _ => None,
        });
        let ended = plan.items.iter().filter(|item| item.act == MergeAct::Ended);
        let records = plan.records.iter().map(|record| RecordFacts {
            kind: record.act.kind(),
            name: &record.name,
            stays: record.act.stays(),
            sentence: record.sentence(),
        });
        let setbacks = standing.setbacks.iter().map(|one| Setback {
            name: &one.name,
            version: one.of.version,
            here: one.here.id(),
            there: one.there.id(),
            brings_back: one.brings_back,
        });
        Self {
            relation: standing.relation.id(),
            seq: standing.seq,
            at: standing.at,
            only_here: &standing.only_here,
            new_keys: plan.new_keys(),
            new_versions: plan.count(|act| matches!(act, MergeAct::AddVersion(_))),
            missing_secrets: plan.count(|act| matches!(act, MergeAct::Return(_))),
            stricter: stricter.collect(),
            ended: ended.map(|item| One { name: &item.name, version: item.version }).collect(),
            records: records.collect(),
            setbacks: setbacks.collect(),
        }
    }
}

fn report(restored: &Restoration, common: &Common) -> Ends {
    if common.json {
        json(&Facts::from(restored))?;
        return Ok(End::Done);
    }
    let (keys, secrets) = (counted(restored.keys, "key", "keys"), counted(restored.secrets, "secret", "secrets"));
    line(&format!(
        "The backup of {} opens: {keys}, {secrets}, its log verified up to record {}. Each secret is the one that its log knows.",
        restored.backup.at, restored.backup.covers
    ))?;
    if let Some((name, version, why)) = restored.lacks.first() {
        let more = restored.lacks.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" And {more} more.") };
        line(&format!("  Not in it: {}, version {version}: {why}.{more}", name::shown(name)))?;
    }
    if let Some(standing) = &restored.standing {
        report_standing(restored, standing)?;
    }
    match restored.mode {
        RestoreMode::Replace => {
            if restored.standing.is_some() {
                told_of_setbacks(restored);
            }
            line(&format!("Restored. The inventory lies in {}.", restored.folder.display()))?;
            if let Some(kept) = &restored.kept {
                line(&format!("  What was there before is kept in {}.", kept.display()))?;
            }
            if restored.as_files {
                line("  No keychain here can hold its secrets, so they are encrypted files now.")?;
            }
        }
        RestoreMode::Rehearse if restored.recorded => line("Nothing was changed; the rehearsal is on record.")?,
        RestoreMode::Rehearse | RestoreMode::Preview => line("Nothing was changed.")?,
        RestoreMode::Merge => {}
    }
    Ok(End::Done)
}

fn report_standing(restored: &Restoration, standing: &Standing) -> Result<(), Failure> {
    line(&format!("  {}", standing.relation.sentence()))?;
    let facts = StandingFacts::from(standing);
    let merged = restored.mode == RestoreMode::Merge;
    let parts = [
        (facts.new_keys, "new key", "new keys"),
        (facts.new_versions, "new version", "new versions"),
        (facts.missing_secrets, "missing secret", "missing secrets"),
        (facts.stricter.len(), "stricter state", "stricter states"),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0).chain(standing.plan.record_counts());
    let parts: Vec<String> = parts.map(|(count, one, many)| counted(count, one, many)).collect();
    match (merged, parts.is_empty()) {
        (true, true) => line("Nothing was missing here, so nothing was merged.")?,
        (true, false) => line(&format!("Merged: {}.", parts.join(", ")))?,
        (false, true) => line("  A merge would change nothing.")?,
        (false, false) => line(&format!("  A merge would bring: {}.", parts.join(", ")))?,
    }
    for one in &facts.stricter {
        line(&format!("  {}, version {}: {} becomes {}.", name::shown(one.name), one.version, one.from, one.to))?;
    }
    for one in facts.records.iter().take(LISTED) {
        line(&format!("  {}", one.sentence))?;
    }
    if facts.records.len() > LISTED {
        line(&format!("  And {} more records; --json lists them all.", facts.records.len() - LISTED))?;
    }
    if !facts.ended.is_empty() {
        let count = counted(facts.ended.len(), "version", "versions");
        line(&format!("  {count} destroyed or being destroyed here: nothing of it comes back by a merge."))?;
    }
    if restored.mode == RestoreMode::Rehearse && !standing.only_here.is_empty() {
        line(&format!("  {} made since and not in it.", counted(standing.only_here.len(), "key was", "keys were")))?;
    }
    Ok(())
}

impl Session {
    /// Unlocked where a passphrase is at hand, and locked where none is: then only the log is compared.
    fn unattended_or_locked(common: &Common) -> Result<Self, Failure> {
        match Self::hand_out(common) {
            Ok(session) => Ok(session),
            Err(failure) if common.passphrase.is_given() => Err(failure),
            Err(_) => Self::open(common),
        }
    }
}
