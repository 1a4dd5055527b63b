//! `agent`: serves an SSH agent, says which keys it offers, and loads keys into another agent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::Common;
use super::end::{End, Ends, Failure};
use super::output::{Table, json, line, say};
use super::select;
use super::session::Session;
use crate::custodian::agent::{Agent, Askpass, Client, Service, default_place};
use crate::custodian::{Custodian, NoProgress};
use crate::model::{AgentUse, Command, KeyId, Time, VersionRef, name};
use crate::secret::{on_wiped_stack, wipe_stack};

/// At most one anchor in this time.
const ANCHOR: Duration = Duration::from_secs(5);

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without a further word the agent serves in the foreground until Ctrl+C, and prints the line that tells ssh where it is.
It offers the keys named, or those that `agent set` chose, while their states let them sign. Each signature is on record.
A key that asks each time asks by the program of SSH_ASKPASS, as OpenSSH's own agent does.

Examples:
  keystead agent set deploy --confirm --lifetime 8h
  keystead agent
  keystead agent --socket /run/user/1000/deploy.sock --key deploy
  keystead agent load deploy --lifetime 1h"
)]
pub(super) struct AgentArgs {
    #[command(subcommand)]
    command: Option<AgentCommand>,
    /// Where to answer [default: keystead/agent.sock in the runtime folder of the login]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Offer this key, set or not; again for more
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
}

#[derive(Subcommand)]
enum AgentCommand {
    /// Have the agent offer keys
    Set {
        /// Names or ids
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<String>,
        #[command(flatten)]
        terms: Terms,
    },
    /// Have the agent offer keys no more
    Unset {
        /// Names or ids
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<String>,
    },
    /// List the keys that the agent offers
    List,
    /// Load private keys into the agent that `SSH_AUTH_SOCK` names
    Load {
        /// Names or ids
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<String>,
        #[command(flatten)]
        terms: Terms,
    },
}

#[derive(Args)]
struct Terms {
    /// Ask a person before each signature
    #[arg(long)]
    confirm: bool,
    /// For so long: 90s, 15m, 8h, 2d
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    lifetime: Option<u32>,
}

impl Terms {
    const fn usage(&self) -> AgentUse {
        AgentUse { confirm: self.confirm, lifetime_seconds: self.lifetime }
    }
}

/// Seconds of “90s”, “15m”, “8h”, “2d”.
fn lifetime(text: &str) -> Result<u32, String> {
    let units = [("min", 60), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let of = |(unit, seconds): (&str, u32)| text.strip_suffix(unit)?.parse::<u32>().ok()?.checked_mul(seconds);
    let found = units.into_iter().find_map(of).filter(|seconds| *seconds > 0);
    found.ok_or_else(|| "a lifetime is a number with s, m, h or d, such as 90s or 8h".to_owned())
}

/// Serves, or does what the further word says.
pub(super) fn run(args: &AgentArgs, common: &Common) -> Ends {
    match &args.command {
        None => serve(args, common),
        Some(AgentCommand::Set { keys, terms }) => set(keys, Some(terms.usage()), common),
        Some(AgentCommand::Unset { keys }) => set(keys, None, common),
        Some(AgentCommand::List) => list(common),
        Some(AgentCommand::Load { keys, terms }) => load(keys, &terms.usage(), common),
    }
}

fn ids(custodian: &Custodian, wanted: &[String]) -> Result<Vec<KeyId>, Failure> {
    wanted.iter().map(|wanted| select::key(custodian, wanted).map(|key| key.id)).collect()
}

fn set(wanted: &[String], usage: Option<AgentUse>, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let keys = ids(&session.custodian, wanted)?;
    let outcome = session.custodian.run(&Command::SetAgent { keys, usage }, &NoProgress)?;
    for key in &outcome.keys {
        let name = session.name(*key);
        match usage {
            Some(usage) => say(&format!("The agent offers {}: {}.", name::shown(&name), usage.words())),
            None => say(&format!("The agent offers {} no more.", name::shown(&name))),
        }
    }
    for (key, reason) in &outcome.refused {
        say(&format!("{}: {reason}", name::shown(&session.name(*key))));
    }
    session.close();
    Ok(outcome.gravest.map_or(End::Done, End::from))
}

/// A key that the agent offers, as JSON holds it.
#[derive(Serialize)]
struct OfferFacts {
    key: KeyId,
    name: String,
    algorithm: &'static str,
    state: &'static str,
    confirm: bool,
    lifetime_seconds: Option<u32>,
    since: Time,
    last_used: Option<Time>,
}

fn list(common: &Common) -> Ends {
    let session = Session::look(common)?;
    let now = session.custodian.now();
    let facts: Vec<OfferFacts> = session.custodian.read(|inventory| {
        let of = |key: &Arc<crate::model::Key>| {
            let (offer, version) = (key.agent?, key.current(now)?);
            Some(OfferFacts {
                key: key.id,
                name: key.name.to_string(),
                algorithm: version.algorithm.id(),
                state: version.state(now).id(),
                confirm: offer.usage.confirm,
                lifetime_seconds: offer.usage.lifetime_seconds,
                since: offer.since,
                last_used: version.last_used,
            })
        };
        inventory.agent_keys().filter_map(of).collect()
    });
    session.close();
    if common.json {
        json(&facts)?;
        return Ok(End::Done);
    }
    if facts.is_empty() {
        say("The agent offers no key. Choose one with: keystead agent set KEY");
        return Ok(End::Done);
    }
    let mut table = Table::new(["name", "algorithm", "state", "offered", "last used"]);
    for fact in facts {
        let usage = AgentUse { confirm: fact.confirm, lifetime_seconds: fact.lifetime_seconds };
        let used = fact.last_used.map_or_else(|| "never".to_owned(), |at| at.to_string());
        table.row([fact.name, fact.algorithm.into(), fact.state.into(), usage.words(), used]);
    }
    table.print()?;
    Ok(End::Done)
}

fn load(wanted: &[String], usage: &AgentUse, common: &Common) -> Ends {
    let path = Client::of_environment().ok_or_else(|| {
        Failure::wrong_use("SSH_AUTH_SOCK names no agent. Start one with ssh-agent, or let Keystead sign itself: keystead agent")
    })?;
    let session = Session::work(common)?;
    let versions = wanted.iter().map(|wanted| select::version(&session.custodian, wanted, None));
    let versions = versions.collect::<Result<Vec<VersionRef>, _>>()?;
    let outcome = session.custodian.load_into_agent(&versions, usage, &path)?;
    for key in &outcome.keys {
        say(&format!("Loaded {} into the agent at {}.", name::shown(&session.name(*key)), path.display()));
    }
    session.close();
    Ok(End::Done)
}

fn serve(args: &AgentArgs, common: &Common) -> Ends {
    let session = Session::work(common)?;
    let custodian = Arc::new(session.custodian);
    let keys = if args.key.is_empty() { None } else { Some(ids(&custodian, &args.key)?) };
    if keys.is_none() && custodian.read(|inventory| inventory.agent_keys().next().is_none()) {
        say("No key is set for the agent yet, so it offers none. Choose one with: keystead agent set KEY");
    }
    let path = args.socket.clone().unwrap_or_else(|| default_place(custodian.environment()));
    let service = Service {
        path,
        chosen: args.socket.is_some(),
        keys,
        confirm: Arc::new(Askpass::of_environment()),
        tell: Arc::new(|sentence: String| say(&sentence)),
    };
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        // Once it ends nobody listens any more.
        let _ = stop.send(());
    })
    .map_err(|cause| Failure::failed(format!("Ctrl+C cannot be heard: {cause}.")))?;
    let agent = Agent::start(&custodian, service)?;
    let place = agent.path().display().to_string();
    line(&format!("SSH_AUTH_SOCK={}; export SSH_AUTH_SOCK;", quoted(&place)))?;
    // What opened the inventory is done, and this thread only waits from here on.
    wipe_stack();
    let mut anchored = (Instant::now(), custodian.read(|inventory| inventory.seq()));
    let ended = loop {
        match stopped.recv_timeout(Duration::from_secs(1)) {
            Err(RecvTimeoutError::Timeout) if agent.has_ended() => {
                break Err(Failure::failed("The agent stopped answering. Start it again; no key is affected."));
            }
            Err(RecvTimeoutError::Timeout) => {
                custodian.keep_logins();
                on_wiped_stack(|| anchor(&custodian, &mut anchored));
            }
            _ => break Ok(End::Done),
        }
    };
    drop(agent);
    custodian.close();
    custodian.lock(false);
    ended
}

/// The anchor follows the log while the agent serves.
fn anchor(custodian: &Custodian, last: &mut (Instant, u64)) {
    let seq = custodian.read(|inventory| inventory.seq());
    if seq != last.1 && last.0.elapsed() >= ANCHOR {
        *last = (Instant::now(), seq);
        custodian.write_anchor();
        custodian.write_checkpoint(false);
    }
}

/// As a shell takes it, whatever the path holds.
fn quoted(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:\\".contains(letter);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_with_its_unit() {
        assert_eq!(lifetime("90s"), Ok(90));
        assert_eq!(lifetime("15m"), Ok(900));
        assert_eq!(lifetime("15min"), Ok(900));
        assert_eq!(lifetime("8h"), Ok(28_800));
        assert_eq!(lifetime("2d"), Ok(172_800));
        for wrong in ["", "8", "h", "0s", "-1h", "99999999d", "8 h"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_path_with_spaces_is_quoted_for_the_shell() {
        assert_eq!(quoted("/run/user/1000/keystead/agent.sock"), "/run/user/1000/keystead/agent.sock");
        assert_eq!(quoted("/tmp/a b'c"), r"'/tmp/a b'\''c'");
    }
}
