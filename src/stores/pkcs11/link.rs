//! The program's end of a worker: one process a module, one request at a time, each with a limit of time. What ends it,
//! be it a crash, a hang or rubbish, is told apart and never ours.

use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Workers;
use super::pipes::Pipes;
use super::protocol::{Reply, Request};
use crate::secret::SecretBytes;

/// The hidden command that a worker is started with; the path of the module and that of the lock follow.
pub const WORKER: &str = "pkcs11-worker";

/// How long a worker may take to end by itself once nobody asks it any more.
const FAREWELL: Duration = Duration::from_millis(500);

/// How a worker was lost.
#[derive(Debug)]
pub(super) enum Lost {
    /// It ended; with how it did.
    Crashed(String),
    /// It did not answer and was ended.
    Hung(Duration),
    /// What it sent was no answer.
    Garbled,
}

/// A worker at work.
pub(super) struct Link {
    child: Child,
    /// Taken on the way out: the worker ends when its input does.
    pipes: Option<Pipes>,
}

impl Link {
    /// Starts a worker for a module; nothing is loaded yet.
    pub(super) fn start(workers: &Workers, module: &str) -> io::Result<Self> {
        let mut command = Command::new(&workers.program);
        command.arg(WORKER).arg(module).arg(&workers.calls).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What a person types at a terminal to stop the program must not end a token's work in its middle.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).ok_or_else(|| io::Error::other("it has no pipes"))?;
        Ok(Self { child, pipes: Some(Pipes::new(input, output)?) })
    }

    /// Asks, and waits at most so long.
    pub(super) fn ask(
        &mut self,
        request: Request,
        secret: Option<SecretBytes>,
        wait: Duration,
    ) -> Result<(Reply, SecretBytes), Lost> {
        let asked = self.pipes.as_mut().map(|pipes| pipes.ask(request, secret, wait));
        match asked {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.end();
                Err(Lost::Garbled)
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                self.end();
                Err(Lost::Hung(wait))
            }
            Some(Err(_)) | None => Err(self.crashed()),
        }
    }

    fn crashed(&mut self) -> Lost {
        let ended = self.wait(FAREWELL);
        self.end();
        Lost::Crashed(ended.map_or_else(|| "it closed its pipes".to_owned(), how))
    }

    fn wait(&mut self, longest: Duration) -> Option<std::process::ExitStatus> {
        let until = Instant::now() + longest;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
                _ => return None,
            }
        }
    }

    fn end(&mut self) {
        self.pipes = None;
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Its input ends, and with it a worker that is sound: the token is logged out in order.
        self.pipes = None;
        if self.wait(FAREWELL).is_none() {
            self.end();
        }
    }
}

#[cfg(unix)]
fn how(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn how(status: std::process::ExitStatus) -> String {
    status.to_string()
}
