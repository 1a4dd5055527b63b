//! For measuring and testing: filling an inventory, and single benchmarks.

use std::io::{Seek as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::json;

use super::grammar::Common;
use super::print::Out;
use super::stop::Watch;
use super::{FAILED, Failure, Next, Step, open};
use crate::custodian::{Custodian, CustodianError, NoProgress};
use crate::model::{Algorithm, Command, Edit, KeySpec, Purpose};

/// Changes measured in one run; their median counts.
const CHANGES: usize = 60;
/// Keys made by the rate of generation.
const MANY: u32 = 10_000;

/// Fills the inventory with synthetic keys.
pub fn fill(common: &Common, count: u32, with_secrets: bool, out: &mut Out) -> Result<Step, Failure> {
    let custodian = open::to_change(common)?;
    custodian.fill(count, with_secrets, &Watch::begin())?;
    custodian.write_anchor();
    custodian.write_checkpoint(true);
    out.line(format!("Filled in {count} keys."));
    Ok(Step::Done)
}

/// Runs one benchmark; those of the window are left to the window.
pub fn bench(common: &Common, name: String, out: &mut Out) -> Result<Step, Failure> {
    let (value, unit) = match name.as_str() {
        "start" => {
            let (folder, passphrase) = (common.inventory.clone(), None);
            return Ok(Step::Window(Next::Window { folder, announce: true, passphrase }));
        }
        "bare-fsync" => (bare_fsync(common)?, "ms"),
        "durable-tag" => (durable(common, tag)?, "ms"),
        "durable-generate" => (durable(common, |custodian, number| Ok(make(custodian, number)))?, "ms"),
        "verify-rate" => (verify_rate(common)?, "MB/s"),
        "generate-rate" => (generate_rate(common)?, "keys/s"),
        _ => return Ok(Step::Window(Next::Measure { name, env: Box::new(open::environment(common)?) })),
    };
    out.line(json!({ "name": name, "value": value, "unit": unit }).to_string());
    Ok(Step::Done)
}

fn milliseconds(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3
}

/// A bare write and fsync of a record's size, in the inventory folder.
fn bare_fsync(common: &Common) -> Result<f64, Failure> {
    let folder = open::environment(common)?.folder;
    let failed = |cause: std::io::Error| Failure::from(CustodianError::Folder { path: folder.clone(), cause });
    let mut file = tempfile::tempfile_in(&folder).map_err(failed)?;
    file.seek(std::io::SeekFrom::End(0)).map_err(failed)?;
    let line = [b'x'; 500];
    let mut times = Vec::with_capacity(CHANGES);
    for _ in 0..CHANGES {
        let began = Instant::now();
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(failed)?;
        times.push(began.elapsed());
    }
    Ok(milliseconds(times))
}

/// The median time of one durable change.
fn durable(common: &Common, change: fn(&Custodian, usize) -> Result<Command, Failure>) -> Result<f64, Failure> {
    let custodian = open::to_change(common)?;
    let mut times = Vec::with_capacity(CHANGES);
    for number in 0..CHANGES {
        let command = change(&custodian, number)?;
        let began = Instant::now();
        custodian.run(&command, &NoProgress)?;
        times.push(began.elapsed());
    }
    Ok(milliseconds(times))
}

fn tag(custodian: &Custodian, number: usize) -> Result<Command, Failure> {
    let id = custodian.read(|inventory| inventory.keys().get(number % 50).map(|key| key.id));
    let id = id.ok_or_else(|| Failure::wrong("There is no key to tag.".into()))?;
    Ok(Command::Edit(vec![(id, Edit { tags: Some(vec![format!("run-{number}").into()]), ..Edit::default() })]))
}

fn make(custodian: &Custodian, number: usize) -> Command {
    let count = custodian.read(|inventory| inventory.keys().len());
    let mut spec = KeySpec::for_purpose(format!("measured-{count}-{number}"), Purpose::Custom, custodian.now());
    spec.algorithm = Algorithm::Ed25519;
    Command::Generate(vec![spec])
}

/// Megabytes (10⁶) of log verified in a second, with hash and MAC.
fn verify_rate(common: &Common) -> Result<f64, Failure> {
    let custodian = open::to_change(common)?;
    let began = Instant::now();
    let verified = custodian.verify(&NoProgress)?;
    let seconds = began.elapsed().as_secs_f64();
    match (verified.authenticated, verified.damage) {
        (true, None) => Ok(verified.bytes as f64 / 1e6 / seconds),
        (_, damage) => Err(Failure { code: FAILED, sentence: damage.unwrap_or_else(|| "The log was not authenticated.".into()) }),
    }
}

/// Ed25519 keys a second into the home store.
fn generate_rate(common: &Common) -> Result<f64, Failure> {
    let custodian = open::to_change(common)?;
    let now = custodian.now();
    let spec = |number| KeySpec {
        algorithm: Algorithm::Ed25519,
        ..KeySpec::for_purpose(format!("rate-{number:05}"), Purpose::Custom, now)
    };
    let specs = (0..MANY).map(spec).collect();
    let began = Instant::now();
    custodian.run(&Command::Generate(specs), &NoProgress)?;
    Ok(f64::from(MANY) / began.elapsed().as_secs_f64())
}
