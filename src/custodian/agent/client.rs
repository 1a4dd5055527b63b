//! A client of a running agent, ours or another's.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::AgentError;
use crate::crypto::SignatureHash;
use crate::formats::ssh_agent::{self, Answer, HEAD};
use crate::secret::SecretBytes;

/// An agent that asks a person takes as long as that person.
const WAIT: Duration = Duration::from_mins(2);

#[cfg(unix)]
type Stream = std::os::unix::net::UnixStream;
#[cfg(windows)]
type Stream = std::fs::File;

/// A connection to an agent.
pub struct Client {
    stream: Stream,
    path: PathBuf,
}

impl Client {
    /// Connects to the agent at a place.
    pub fn connect(path: &Path) -> Result<Self, AgentError> {
        let path = path.to_owned();
        match dial(&path) {
            Ok(stream) => Ok(Self { stream, path }),
            Err(cause) => Err(AgentError::NoAnswer { path, what: format!("cannot be reached: {cause}") }),
        }
    }

    /// The agent of this login, as `SSH_AUTH_SOCK` names it.
    pub fn of_environment() -> Option<PathBuf> {
        std::env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The public halves of its keys, in SSH's form.
    pub fn identities(&mut self) -> Result<Vec<Vec<u8>>, AgentError> {
        match self.ask(&ssh_agent::ask_identities())? {
            Answer::Identities(keys) => Ok(keys.into_iter().map(|(key, _)| key).collect()),
            _ => Err(self.failed("did not list its keys")),
        }
    }

    /// A signature in SSH's form.
    pub fn sign(&mut self, key: &[u8], data: &[u8], hash: Option<SignatureHash>) -> Result<Vec<u8>, AgentError> {
        match self.ask(&ssh_agent::ask_signature(key, data, hash))? {
            Answer::Signature(signature) => Ok(signature),
            _ => Err(self.failed("refused to sign")),
        }
    }

    /// Loads a key by a message of [`ssh_agent::add`].
    pub(super) fn load(&mut self, message: &SecretBytes) -> Result<(), AgentError> {
        match self.ask(message.expose())? {
            Answer::Success => Ok(()),
            _ => Err(self.failed("refused the key")),
        }
    }

    fn ask(&mut self, message: &[u8]) -> Result<Answer, AgentError> {
        let (path, lost) = (self.path.clone(), "did not answer");
        let gone = |cause| AgentError::NoAnswer { path: path.clone(), what: format!("{lost}: {cause}") };
        self.stream.write_all(message).map_err(gone)?;
        let mut head = [0; HEAD];
        self.stream.read_exact(&mut head).map_err(gone)?;
        let length = ssh_agent::length(head).map_err(|_| self.failed("answered in a way that is not understood"))?;
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).map_err(gone)?;
        ssh_agent::read_answer(&answer).map_err(|_| self.failed("answered in a way that is not understood"))
    }

    fn failed(&self, what: &str) -> AgentError {
        AgentError::NoAnswer { path: self.path.clone(), what: what.to_owned() }
    }
}

#[cfg(unix)]
fn dial(path: &Path) -> std::io::Result<Stream> {
    let stream = Stream::connect(path)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    Ok(stream)
}

#[cfg(windows)]
fn dial(path: &Path) -> std::io::Result<Stream> {
    // Pipes cannot be told how long to wait.
    let _ = WAIT;
    std::fs::File::options().read(true).write(true).open(path)
}
