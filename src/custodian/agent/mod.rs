//! The SSH agent: a socket on which clients ask for signatures of chosen keys, while the inventory is unlocked and
//! the keys' states let them sign. Messages are read in `formats`; whether a key may sign is asked of the model;
//! the store signs; each signature is on record before it is answered.

mod answer;
mod ask;
mod client;
mod load;
mod peer;
mod place;
mod sign;
mod terms;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use answer::Tell;
pub use ask::{Askpass, Confirm, PATIENCE, Question};
pub use client::Client;
pub use place::default_place;

use super::core::Custodian;
use super::error::CustodianError;
use crate::model::KeyId;
use crate::secret::on_wiped_stack;
use answer::Core;

/// The agent cannot be had. Keys and inventory are as they were.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Another agent answers there.
    #[error("{} is in use: an agent answers there. End it first, or name another place with --socket.", .0.display())]
    InUse(PathBuf),
    /// Something that is no socket lies there.
    #[error("{} is there and is no socket, so it was left alone. Name another place with --socket.", .0.display())]
    NotASocket(PathBuf),
    /// The system's sockets have short names.
    #[error("{} is longer than the {most} bytes that a socket's path may have. Name a shorter one with --socket.", path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
        /// The most.
        most: usize,
    },
    /// The folder belongs to another, or others may enter it.
    #[error("{} may be entered by others, so no agent was opened in it. Take their permissions away (chmod 700), or name another place with --socket.", .0.display())]
    OpenFolder(PathBuf),
    /// The socket cannot be made.
    #[error("No agent could be opened at {}: {cause}.", path.display())]
    Unopened {
        /// The path.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Nobody answers as an agent should.
    #[error("The agent at {} {what}.", path.display())]
    NoAnswer {
        /// Its place.
        path: PathBuf,
        /// What it did, as the end of a sentence.
        what: String,
    },
}

/// What an agent is to do.
pub struct Service {
    /// Its socket; on Windows the name of its pipe.
    pub path: PathBuf,
    /// The place was chosen by a person, who answers for its folder.
    pub chosen: bool,
    /// These keys; `None` for those that are set in the inventory.
    pub keys: Option<Vec<KeyId>>,
    /// Who is asked where a key is to be confirmed.
    pub confirm: Arc<dyn Confirm>,
    /// Told of what was refused, as a sentence.
    pub tell: Arc<Tell>,
}

/// An agent that serves until it is dropped.
pub struct Agent {
    path: PathBuf,
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<()>>,
}

/// How the agent's threads are told to end.
pub(super) struct Stop {
    asked: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Stop {
    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }
}

/// What the agent signed is on the disk after this at the latest, with room to spare within the second.
const SYNC: Duration = Duration::from_millis(250);

/// A key that is no longer offered is out of memory after this and a little.
const FORGET: Duration = Duration::from_secs(1);

impl Agent {
    /// Opens the socket and serves on threads of its own.
    pub fn start(custodian: &Arc<Custodian>, service: Service) -> Result<Self, CustodianError> {
        let Service { path, chosen, keys, confirm, tell } = service;
        let core = Arc::new(Core::new(custodian.clone(), keys, confirm, tell));
        let kept = core.clone();
        #[cfg(unix)]
        let (wake, server) = unix::open(&path, chosen, core)?;
        #[cfg(windows)]
        let (wake, server) = windows::open(&path, chosen, core)?;
        let stop = Arc::new(Stop { asked: AtomicBool::new(false), wake });
        let unopened = |cause| AgentError::Unopened { path: path.clone(), cause };
        let told = stop.clone();
        let serving = std::thread::Builder::new().name("ssh-agent".into()).spawn(move || on_wiped_stack(|| server.run(&told)));
        let serving = serving.map_err(unopened)?;
        let mut agent = Self { path: path.clone(), stop, threads: vec![serving] };
        let told = agent.stop.clone();
        let syncing = std::thread::Builder::new().name("ssh-agent-log".into()).spawn(move || keep(&kept, &told));
        agent.threads.push(syncing.map_err(unopened)?);
        Ok(agent)
    }

    /// Where it answers.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It no longer serves, though nobody stopped it.
    pub fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.stop.asked.store(true, Ordering::Release);
        (self.stop.wake)();
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            // A thread that stopped by itself has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Syncs what was signed and lets go of keys that are no longer offered, until the agent ends.
fn keep(core: &Core, stop: &Stop) {
    let mut forgot = Instant::now();
    while !stop.asked() {
        let began = Instant::now();
        // Where it fails the log says so, and nothing is signed any more.
        let _ = core.custodian.sync_log();
        if forgot.elapsed() >= FORGET {
            forgot = Instant::now();
            on_wiped_stack(|| core.forget());
        }
        std::thread::park_timeout(SYNC.saturating_sub(began.elapsed()).max(Duration::from_millis(10)));
    }
    let _ = core.custodian.sync_log();
}
