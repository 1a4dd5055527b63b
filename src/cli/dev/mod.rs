//! `dev`, hidden: filling an inventory, and the benchmarks that need no window; those of engines that hold keys are in
//! `engines`.

mod engines;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::args::Common;
use crate::cli::end::{End, Ends, Failure};
use crate::cli::output::{compact, line};
use crate::cli::progress::Watch;
use crate::cli::session::{Session, environment};
use crate::cli::{Opening, Window, no_window};
use crate::custodian::agent::{AgentError, Client};
use crate::custodian::backup::{NewBackup, Protection};
use crate::custodian::discover::discover;
use crate::custodian::import::{Source, read};
use crate::custodian::restore::{OpenWith, Restore, RestoreMode, restore};
use crate::custodian::{Custodian, CustodianError, NoProgress, synthetic_pem};
use crate::model::{
    Activation, AlertList, Algorithm, Command, Conditions, Edit, Forecast, Inventory, KeySpec, Purpose, RotationMode, Time,
    profile,
};
use crate::secret::Passphrase;

/// Durable changes of one run; their median counts.
const CHANGES: u32 = 50;

/// Keys of the run that makes many.
const MANY: u32 = 10_000;

/// Signatures of one run of the agent.
const SIGNATURES: u32 = 2_000;

/// Bytes that are signed for a login, as they usually are.
const LOGIN: usize = 220;
/// Opens the backups of benchmarks, which are thrown away at once.
const WORDS: &str = "seven quiet otters paint the harbour green";

/// Bytes of a record of the log, as they usually are.
const RECORD: usize = 700;

/// Benchmarks that the window's part runs.
const OF_THE_WINDOW: [&str; 4] = ["frame-scroll-p99", "timeline-frame-p99", "search-worst", "memory"];

#[derive(Args)]
pub(in crate::cli) struct DevArgs {
    #[command(subcommand)]
    command: DevCommand,
}

#[derive(Subcommand)]
enum DevCommand {
    /// Fill the inventory with N synthetic keys
    Fill {
        /// So many
        #[arg(value_name = "N")]
        count: u32,
        /// With real Ed25519 secrets in the home store
        #[arg(long)]
        with_secrets: bool,
    },
    /// Run one benchmark once
    Bench {
        /// Its name, as in packaging/bench-targets.json
        name: String,
    },
}

#[derive(Serialize)]
struct Measured<'a> {
    name: &'a str,
    value: f64,
    unit: &'a str,
}

/// Runs a command for those who work on the program.
pub(in crate::cli) fn run(args: &DevArgs, common: &Common, window: Option<&dyn Window>) -> Ends {
    match &args.command {
        DevCommand::Fill { count, with_secrets } => {
            let session = Session::work(common)?;
            let filled = session.custodian.fill(*count, *with_secrets, &Watch::begin("Filled"));
            session.custodian.write_checkpoint(true);
            session.close();
            filled?;
            Ok(End::Done)
        }
        DevCommand::Bench { name } => bench(name, common, window),
    }
}

fn bench(name: &str, common: &Common, window: Option<&dyn Window>) -> Ends {
    if name == "start" {
        let opening = Opening { folder: common.inventory.clone(), announce: true, passphrase: None };
        window.ok_or_else(no_window)?.open(opening).map_err(Failure::failed)?;
        return Ok(End::Done);
    }
    let (value, unit) = match name {
        "bare-fsync" => (bare_fsync(&environment(common)?.folder)?, "ms"),
        "durable-tag" => (with_inventory(common, durable_tag)?, "ms"),
        "durable-generate" => (with_inventory(common, durable_generate)?, "ms"),
        "agent" => (agent()?, "µs"),
        "verify-rate" => (with_inventory(common, verify_rate)?, "MB/s"),
        "generate-rate" => (with_inventory(common, generate_rate)?, "keys/s"),
        "discover" => (discover_many()?, "s"),
        "rotate-rate" => (with_inventory(common, rotate_rate)?, "keys/s"),
        "backup-many" => (with_inventory(common, backup_many)?, "s"),
        "backup-rehearse" => (with_inventory(common, |custodian| restore_many(custodian, RestoreMode::Rehearse))?, "s"),
        "backup-replace" => (with_inventory(common, |custodian| restore_many(custodian, RestoreMode::Replace))?, "s"),
        "backup-memory" => (with_inventory(common, backup_memory)?, "MB"),
        "import-many" => (with_inventory(common, import_many)?, "s"),
        "token" | "token-rsa" => (with_inventory(common, |custodian| engines::token(custodian, name == "token-rsa"))?, "µs"),
        #[cfg(feature = "openbao")]
        "server-list" => (with_inventory(common, engines::server_list)?, ""),
        #[cfg(feature = "openbao")]
        "server-sign" => (with_inventory(common, engines::server_sign)?, ""),
        "token-bare" | "token-rsa-bare" => {
            (with_inventory(common, |custodian| engines::token_bare(custodian, name == "token-rsa-bare"))?, "µs")
        }
        "alerts-change" => (with_inventory(common, alerts_change)?, "ms"),
        "alerts-forecast-new" => (with_inventory(common, alerts_and_forecast)?, "ms"),
        "policy-preview" => (with_inventory(common, policy_preview)?, "ms"),
        _ if !OF_THE_WINDOW.contains(&name) => {
            return Err(Failure::wrong_use(format!("There is no benchmark “{}”.", crate::model::name::shown(name))));
        }
        _ => window.ok_or_else(no_window)?.measure(name, environment(common)?).map_err(Failure::failed)?,
    };
    if common.json {
        // One line a measurement, for those who read several.
        compact(&Measured { name, value, unit })?;
    } else {
        line(&format!("{name}: {value:.3} {unit}"))?;
    }
    Ok(End::Done)
}

fn with_inventory(common: &Common, measure: impl FnOnce(&Custodian) -> Result<f64, CustodianError>) -> Result<f64, Failure> {
    let session = Session::work(common)?;
    let value = measure(&session.custodian)?;
    session.close();
    Ok(value)
}

/// One record's bytes and an fsync, beside the log.
fn bare_fsync(folder: &Path) -> Result<f64, Failure> {
    let path = folder.join("bench");
    let trouble = |cause| Failure::from(CustodianError::Folder { path: folder.to_owned(), cause });
    let mut file = File::create(&path).map_err(trouble)?;
    let record = [b'x'; RECORD];
    let mut times = Vec::new();
    for _ in 0..CHANGES {
        let began = Instant::now();
        file.write_all(&record).and_then(|()| file.sync_data()).map_err(trouble)?;
        times.push(began.elapsed());
    }
    std::fs::remove_file(&path).map_err(trouble)?;
    Ok(median(times))
}

/// An Ed25519 signature by the agent that `SSH_AUTH_SOCK` names, ours or another's, as a client sees it: the middle of
/// many, in microseconds. The data is as long as that of a login.
fn agent() -> Result<f64, Failure> {
    let path = Client::of_environment().ok_or_else(|| Failure::wrong_use("SSH_AUTH_SOCK names no agent to measure."))?;
    let measured = || {
        let mut client = Client::connect(&path)?;
        let keys = client.identities()?;
        let key = keys.first().cloned().unwrap_or_default();
        let mut times = Vec::new();
        for number in 0..SIGNATURES {
            let data = [number as u8; LOGIN];
            let began = Instant::now();
            client.sign(&key, &data, None)?;
            times.push(began.elapsed());
        }
        Ok::<_, AgentError>(median(times) * 1e3)
    };
    measured().map_err(|error| CustodianError::from(error).into())
}

/// A tag put on a key and taken off again, in turn.
fn durable_tag(custodian: &Custodian) -> Result<f64, CustodianError> {
    let (key, tags) = custodian
        .read(|inventory| inventory.at(0).map(|key| (key.id, key.tags.clone())))
        .ok_or_else(|| CustodianError::Input("The inventory has no key to tag.".into()))?;
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let tags = if number % 2 == 0 { tags.iter().cloned().chain(["bench".into()]).collect() } else { tags.clone() };
        let edit = Command::Edit(vec![(key, Edit { tags: Some(tags), ..Edit::default() })]);
        let began = Instant::now();
        custodian.run(&edit, &NoProgress)?;
        times.push(began.elapsed());
    }
    Ok(median(times))
}

/// A single Ed25519 key, from the wish to the end of its record.
fn durable_generate(custodian: &Custodian) -> Result<f64, CustodianError> {
    let mut times = Vec::new();
    for spec in specs(custodian, CHANGES) {
        let command = Command::Generate(vec![spec]);
        let began = Instant::now();
        custodian.run(&command, &NoProgress)?;
        times.push(began.elapsed());
    }
    Ok(median(times))
}

/// Hash and MAC of the whole log, in 10⁶ bytes a second.
fn verify_rate(custodian: &Custodian) -> Result<f64, CustodianError> {
    let began = Instant::now();
    let found = custodian.verify(&NoProgress)?;
    let took = began.elapsed();
    match found.damage {
        None if found.authenticated => Ok(found.bytes as f64 / 1e6 / took.as_secs_f64()),
        damage => Err(CustodianError::Log(damage.unwrap_or_else(|| "The MAC was not checked.".into()))),
    }
}

/// Many Ed25519 keys at once, in keys a second.
fn generate_rate(custodian: &Custodian) -> Result<f64, CustodianError> {
    let command = Command::Generate(specs(custodian, MANY));
    let began = Instant::now();
    let outcome = custodian.run(&command, &NoProgress)?;
    Ok(outcome.keys.len() as f64 / began.elapsed().as_secs_f64())
}

/// Due rotations carried out by themselves, in keys a second.
fn rotate_rate(custodian: &Custodian) -> Result<f64, CustodianError> {
    let purpose = Purpose::TlsClient;
    let mut policy = custodian.read(|inventory| inventory.policy(purpose).clone());
    policy.rotation = RotationMode::ByItself;
    custodian.run(&Command::SetPolicies(vec![(purpose, policy)]), &NoProgress)?;
    let now = custodian.now();
    let due = |spec: KeySpec| KeySpec { activates: Activation::At(now.plus_days(-90)), expires: Some(now.plus_days(5)), ..spec };
    let made = custodian.run(&Command::Generate(specs(custodian, MANY).into_iter().map(due).collect()), &NoProgress)?;
    let began = Instant::now();
    let outcome = custodian.run(&Command::CarryOutDue, &NoProgress)?;
    let took = began.elapsed();
    if outcome.keys.len() != made.keys.len() {
        let done = outcome.keys.len();
        return Err(CustodianError::Input(format!("{done} of {} due keys were rotated.", made.keys.len())));
    }
    Ok(outcome.keys.len() as f64 / took.as_secs_f64())
}

/// Many keys whose private halves may leave.
fn many_to_back_up(custodian: &Custodian) -> Result<(), CustodianError> {
    let purpose = Purpose::TlsClient;
    let mut policy = custodian.read(|inventory| inventory.policy(purpose).clone());
    policy.exportable = true;
    custodian.run(&Command::SetPolicies(vec![(purpose, policy)]), &NoProgress)?;
    custodian.run(&Command::Generate(specs(custodian, MANY)), &NoProgress).map(drop)
}

fn back_up_to(custodian: &Custodian, path: &Path) -> Result<(), CustodianError> {
    let protection = Protection::Passphrase(Passphrase::new(WORDS.into()));
    let wanted = NewBackup { path: path.to_owned(), replace: true, protection };
    let outcome = custodian.back_up(&wanted, &NoProgress)?;
    match outcome.backup.filter(|backup| backup.except.is_empty()) {
        Some(_) => Ok(()),
        None => Err(CustodianError::Input("Not every key is in the backup.".into())),
    }
}

/// A backup of many keys, from the wish to the end of its record, in seconds.
fn backup_many(custodian: &Custodian) -> Result<f64, CustodianError> {
    many_to_back_up(custodian)?;
    let path = custodian.environment().folder.with_extension("age");
    let began = Instant::now();
    back_up_to(custodian, &path)?;
    let took = began.elapsed();
    // Another run writes it anew.
    let _ = std::fs::remove_file(&path);
    Ok(took.as_secs_f64())
}

/// The same backup rehearsed, or put in the place of the inventory it was made of.
fn restore_many(custodian: &Custodian, mode: RestoreMode) -> Result<f64, CustodianError> {
    many_to_back_up(custodian)?;
    let env = custodian.environment();
    let file = env.folder.with_extension("age");
    back_up_to(custodian, &file)?;
    let wanted = Restore {
        file: file.clone(),
        with: OpenWith::Passphrase(Passphrase::new(WORDS.into())),
        mode,
        passphrase: None,
        typed_name: env.folder.file_name().map(|name| name.to_string_lossy().into_owned()),
    };
    let began = Instant::now();
    let restored = restore(env, Some(custodian), &wanted, &NoProgress)?;
    let took = began.elapsed();
    let _ = std::fs::remove_file(&file);
    if let Some(kept) = restored.kept {
        let _ = std::fs::remove_dir_all(kept);
    }
    match restored.secrets {
        secrets if secrets == MANY as usize => Ok(took.as_secs_f64()),
        secrets => Err(CustodianError::Input(format!("{secrets} of {MANY} secrets were in the backup."))),
    }
}

/// What a backup and its rehearsal add to the most memory that the process had before, in 10⁶ bytes.
fn backup_memory(custodian: &Custodian) -> Result<f64, CustodianError> {
    many_to_back_up(custodian)?;
    let before = peak_memory()?;
    let env = custodian.environment();
    let file = env.folder.with_extension("age");
    back_up_to(custodian, &file)?;
    let with = OpenWith::Passphrase(Passphrase::new(WORDS.into()));
    let wanted = Restore { file: file.clone(), with, mode: RestoreMode::Rehearse, passphrase: None, typed_name: None };
    restore(env, Some(custodian), &wanted, &NoProgress)?;
    let _ = std::fs::remove_file(&file);
    Ok((peak_memory()? - before) / 1e6)
}

/// The most resident memory that this process has had, in bytes (Linux: `VmHWM`).
fn peak_memory() -> Result<f64, CustodianError> {
    let unknown = || CustodianError::Input("This system does not tell the memory of a process.".into());
    let status = std::fs::read_to_string("/proc/self/status").map_err(|_| unknown())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or_else(unknown)?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| unknown())?;
    Ok(kilobytes * 1024.0)
}

/// Keys of one PEM file, from reading it to the last of them stored, read back and on record.
fn import_many(custodian: &Custodian) -> Result<f64, CustodianError> {
    let pem = synthetic_pem(MANY)?;
    let began = Instant::now();
    let mut reading = read(&[Source::Pasted(pem)], &[], &NoProgress);
    custodian.read(|inventory| reading.compare(inventory, inventory.floor()));
    let (outcome, _) = custodian.import(&reading, &reading.choices(), &NoProgress)?;
    let took = began.elapsed();
    if outcome.keys.len() != MANY as usize {
        return Err(CustodianError::Input(format!("{} of {MANY} keys were brought in.", outcome.keys.len())));
    }
    Ok(took.as_secs_f64())
}

/// 100,000 ordinary files in a thousand folders looked through, in seconds. They were written just now, so
/// that they lie in memory.
fn discover_many() -> Result<f64, Failure> {
    let failed = |cause: std::io::Error| Failure::failed(format!("The files to look through cannot be made: {cause}."));
    let folder = tempfile::tempdir().map_err(failed)?;
    for number in 0..1_000_u32 {
        let inner = folder.path().join(number.to_string());
        std::fs::create_dir(&inner).map_err(failed)?;
        for file in 0..100_u32 {
            let text = "ordinary text, as it lies in most files\n".repeat((number * 7 + file) as usize % 200);
            std::fs::write(inner.join(file.to_string()), text).map_err(failed)?;
        }
    }
    let began = Instant::now();
    let found = discover(&[folder.path().to_owned()], None, &Inventory::default(), Time::from_second(0), &NoProgress);
    let took = began.elapsed();
    match found.files {
        100_000 => Ok(took.as_secs_f64()),
        files => Err(Failure::failed(format!("{files} files were looked at, not 100,000."))),
    }
}

/// The alerts of a key that changed, and those of the inventory as a whole.
#[expect(clippy::unnecessary_wraps, reason = "one form for all benchmarks")]
fn alerts_change(custodian: &Custodian) -> Result<f64, CustodianError> {
    let (now, conditions) = (custodian.now(), Conditions::default());
    let mut list = custodian.read(|inventory| AlertList::new(inventory, &conditions, now, now));
    let mut times = Vec::new();
    for number in 0..CHANGES {
        times.push(custodian.read(|inventory| {
            let index = number.wrapping_mul(2_654_435_761) % inventory.keys().len().max(1) as u32;
            let began = Instant::now();
            list.update(inventory, &[index], now);
            list.look_at_all(inventory, &conditions, now);
            began.elapsed()
        }));
    }
    Ok(median(times))
}

/// Every alert and the forecast of a year, from nothing.
#[expect(clippy::unnecessary_wraps, reason = "one form for all benchmarks")]
fn alerts_and_forecast(custodian: &Custodian) -> Result<f64, CustodianError> {
    let now = custodian.now();
    let began = Instant::now();
    let found = custodian.read(|inventory| {
        (AlertList::new(inventory, &Conditions::default(), now, now).len(), Forecast::new(inventory, now, 52).work(0))
    });
    let took = began.elapsed();
    std::hint::black_box(found);
    Ok(took.as_secs_f64() * 1e3)
}

/// What another policy for every purpose would mark, over all keys.
#[expect(clippy::unnecessary_wraps, reason = "one form for all benchmarks")]
fn policy_preview(custodian: &Custodian) -> Result<f64, CustodianError> {
    let now = custodian.now();
    let began = Instant::now();
    let marked: usize = custodian.read(|inventory| {
        let of = |purpose| inventory.marked_by(purpose, profile::standard(purpose), now).len();
        Purpose::ALL.into_iter().map(of).sum()
    });
    let took = began.elapsed();
    std::hint::black_box(marked);
    Ok(took.as_secs_f64() * 1e3)
}

/// Wishes for Ed25519 keys whose names are not taken.
fn specs(custodian: &Custodian, count: u32) -> Vec<KeySpec> {
    let (now, first) = (custodian.now(), custodian.read(|inventory| inventory.keys().len()));
    let spec = |number| {
        let name = format!("bench-{}", first + number);
        KeySpec {
            algorithm: Algorithm::Ed25519,
            ..KeySpec::for_purpose(name, Purpose::TlsClient, profile::standard(Purpose::TlsClient), now)
        }
    };
    (0..count as usize).map(spec).collect()
}

/// The middle one, in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3
}
