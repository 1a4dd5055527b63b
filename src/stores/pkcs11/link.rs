//! The program's end of a worker: one process a module, one request at a time, each with a limit of time. What ends it,
//! be it a crash, a hang or rubbish, is told apart and never ours.

use std::io::{self, BufReader, BufWriter};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use super::protocol::{self, Reply, Request};
use crate::secret::SecretBytes;

/// The hidden command that a worker is started with; the module's path follows.
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
    calls: Option<Sender<Call>>,
}

struct Call {
    request: Request,
    secret: Option<SecretBytes>,
    reply: SyncSender<io::Result<(Reply, SecretBytes)>>,
}

impl Link {
    /// Starts a worker for a module; nothing is loaded yet.
    pub(super) fn start(program: &Path, module: &str) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(WORKER).arg(module).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What a person types at a terminal to stop the program must not end a token's work in its middle.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (calls, receiver) = channel();
        let (input, output) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
        std::thread::Builder::new().name("token".into()).spawn(move || carry(&receiver, input, output))?;
        Ok(Self { child, calls: Some(calls) })
    }

    /// Asks, and waits at most so long.
    pub(super) fn ask(
        &mut self,
        request: Request,
        secret: Option<SecretBytes>,
        wait: Duration,
    ) -> Result<(Reply, SecretBytes), Lost> {
        let (reply, answer) = sync_channel(1);
        let sent = self.calls.as_ref().is_some_and(|calls| calls.send(Call { request, secret, reply }).is_ok());
        if !sent {
            return Err(self.crashed());
        }
        match answer.recv_timeout(wait) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.end();
                Err(Lost::Garbled)
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(self.crashed()),
            Err(RecvTimeoutError::Timeout) => {
                self.end();
                Err(Lost::Hung(wait))
            }
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
        self.calls = None;
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Its input ends, and with it a worker that is sound: the token is logged out in order.
        self.calls = None;
        if self.wait(FAREWELL).is_none() {
            self.end();
        }
    }
}

/// Carries calls one after the other, on a thread of its own: a pipe to a worker that hangs blocks.
fn carry(calls: &Receiver<Call>, input: ChildStdin, output: ChildStdout) {
    let (mut input, mut output) = (BufWriter::new(input), BufReader::new(output));
    while let Ok(Call { request, secret, reply }) = calls.recv() {
        let written = protocol::write(&mut input, &request, secret.as_ref());
        drop(secret);
        let answer = written.and_then(|()| protocol::read(&mut output));
        let ended = answer.is_err();
        // Nobody may be waiting any more.
        let _ = reply.send(answer);
        if ended {
            return;
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
