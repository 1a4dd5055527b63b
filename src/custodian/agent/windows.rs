//! The agent on a named pipe, where SSH clients of Windows look for one: access for its owner alone, a thread for
//! each client.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use interprocess::os::windows::ToWtf16 as _;
use interprocess::os::windows::named_pipe::{DuplexPipeStream, PipeListener, PipeListenerOptions, pipe_mode::Bytes};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;

use super::answer::{Core, Reply, Session};
use super::{AgentError, Stop, peer};
use crate::formats::ssh_agent::{self, Answer, HEAD};
use crate::secret::wipe_stack;

/// Clients at once; more are sent away.
const MOST_CONNECTIONS: usize = 64;

/// Full access for the owner and for nobody else, in the system's own notation (security descriptor string format).
const OWNER_ALONE: &str = "D:P(A;;GA;;;OW)";

/// Called to wake the thread that waits.
type Wake = Box<dyn Fn() + Send + Sync>;

/// The thread that serves.
pub(super) struct Server {
    listener: PipeListener<Bytes, Bytes>,
    core: Arc<Core>,
    clients: Arc<AtomicUsize>,
}

/// Opens the pipe.
pub(super) fn open(path: &Path, _: bool, core: Arc<Core>) -> Result<(Wake, Server), AgentError> {
    let unopened = |cause| AgentError::Unopened { path: path.to_owned(), cause };
    let other = |error: &dyn std::fmt::Display| std::io::Error::other(error.to_string());
    let owner_alone = std::ffi::OsStr::new(OWNER_ALONE).to_wtf_16().map_err(|error| unopened(other(&error)))?;
    let security = SecurityDescriptor::deserialize(&owner_alone).map_err(unopened)?;
    let options = PipeListenerOptions::new().path(path).security_descriptor(Some(security));
    let listener = options.create_duplex::<Bytes>().map_err(|cause| match cause.kind() {
        // The system gives the first instance of a name to one program alone.
        std::io::ErrorKind::PermissionDenied => AgentError::InUse(path.to_owned()),
        _ => unopened(cause),
    })?;
    let place: PathBuf = path.to_owned();
    // A client that comes and goes ends the wait.
    let wake = move || drop(DuplexPipeStream::<Bytes>::connect_by_path(place.as_path()));
    Ok((Box::new(wake), Server { listener, core, clients: Arc::default() }))
}

impl Server {
    /// Serves until it is told to stop.
    pub(super) fn run(self, stop: &Stop) {
        while !stop.asked() {
            let Ok(stream) = self.listener.accept() else { continue };
            if stop.asked() || self.clients.load(Ordering::Acquire) >= MOST_CONNECTIONS {
                continue;
            }
            let (core, clients) = (self.core.clone(), self.clients.clone());
            clients.fetch_add(1, Ordering::AcqRel);
            let counted = clients.clone();
            let serving = std::thread::Builder::new().name("ssh-agent-client".into()).spawn(move || {
                let _ = serve(&core, stream);
                clients.fetch_sub(1, Ordering::AcqRel);
            });
            if serving.is_err() {
                counted.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }
}

/// Answers a client until it goes, or sends what cannot be read.
fn serve(core: &Arc<Core>, mut stream: DuplexPipeStream<Bytes>) -> std::io::Result<()> {
    let mut session = Session::of(peer::asker(stream.client_process_id().ok()));
    let unread = |_| std::io::Error::from(std::io::ErrorKind::InvalidData);
    loop {
        let mut head = [0; HEAD];
        stream.read_exact(&mut head)?;
        let mut message = vec![0; ssh_agent::length(head).map_err(unread)?];
        stream.read_exact(&mut message)?;
        let answer = match core.answer(&mut session, &message).map_err(unread)? {
            Reply::Now(answer) => answer,
            Reply::Later(job) => job(),
        };
        stream.write_all(&ssh_agent::write(&answer))?;
        if matches!(answer, Answer::Signature(_)) {
            wipe_stack();
        }
    }
}
