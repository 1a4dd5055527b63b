//! The agent on a Unix socket: one thread reads and answers all connections, so that slow, idle and many clients
//! cost no thread; what takes long (a person, RSA, a store) is done on threads of which there are few.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answer::{Core, Reply, Session};
use super::place::Socket;
use super::{AgentError, Stop, peer};
use crate::formats::ssh_agent::{self, Answer, HEAD};
use crate::secret::{on_wiped_stack, wipe_stack};

/// Connections at once, where the system gives as many descriptors. Beyond them the one that was idle longest goes.
const MOST_CONNECTIONS: usize = 2_000;

/// Descriptors that are left for the rest of the program.
const OTHER_DESCRIPTORS: u64 = 200;

/// Signatures that take long, at once; more are refused.
const MOST_JOBS: usize = 16;

/// A message that was begun has to be whole within this time.
const BEGUN: Duration = Duration::from_secs(30);

/// So long after the last signature its traces are wiped off the stack: 20 ms.
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Bytes that are read from one connection before the others have their turn.
const TURN: usize = 64 * 1024;

/// Called to wake the thread that waits.
type Wake = Box<dyn Fn() + Send + Sync>;

/// The answer to a connection, made elsewhere.
type Done = (u64, Answer);

/// The thread that serves.
pub(super) struct Server {
    socket: Socket,
    core: Arc<Core>,
    woken: UnixStream,
    waker: Arc<UnixStream>,
    done: (Sender<Done>, Receiver<Done>),
    connections: BTreeMap<u64, Connection>,
    next: u64,
    jobs: usize,
    most: usize,
    swept: Instant,
    /// A signature was made on this thread, whose stack was not wiped since.
    signed: bool,
}

/// For whom something can be done.
#[derive(Default)]
struct Ready {
    woken: bool,
    /// Somebody wants to connect.
    new: bool,
    clients: Vec<u64>,
}

impl Ready {
    /// Nobody wants anything.
    const fn is_nothing(&self) -> bool {
        !self.woken && !self.new && self.clients.is_empty()
    }
}

/// One client.
struct Connection {
    stream: UnixStream,
    session: Session,
    /// What came in and is not answered.
    inbox: Vec<u8>,
    /// What goes out.
    outbox: Vec<u8>,
    /// A message is being answered elsewhere; the next one waits.
    busy: bool,
    /// When something came in or went out last.
    touched: Instant,
}

/// Opens the socket.
pub(super) fn open(path: &Path, chosen: bool, core: Arc<Core>) -> Result<(Wake, Server), AgentError> {
    let socket = Socket::open(path, chosen)?;
    let unopened = |cause| AgentError::Unopened { path: path.to_owned(), cause };
    let (waker, woken) = UnixStream::pair().map_err(unopened)?;
    waker.set_nonblocking(true).and_then(|()| woken.set_nonblocking(true)).map_err(unopened)?;
    let waker = Arc::new(waker);
    let wakes = waker.clone();
    let server = Server {
        socket,
        core,
        woken,
        waker,
        done: channel(),
        connections: BTreeMap::new(),
        next: 0,
        jobs: 0,
        most: room(),
        swept: Instant::now(),
        signed: false,
    };
    Ok((Box::new(move || wake(&wakes)), server))
}

/// With the pipe full the thread is awake already.
fn wake(waker: &UnixStream) {
    let _ = (&*waker).write(&[0]);
}

/// How many connections there may be: the soft limit of descriptors is raised as far as the hard one lets it.
fn room() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = MOST_CONNECTIONS as u64 + OTHER_DESCRIPTORS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
        // Where it stays as it is, fewer clients are served at once.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum });
    }
    let have = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    usize::try_from(have.saturating_sub(OTHER_DESCRIPTORS)).unwrap_or(16).clamp(16, MOST_CONNECTIONS)
}

impl Server {
    /// Serves until it is told to stop.
    pub(super) fn run(mut self, stop: &Stop) {
        while !stop.asked() {
            let ready = self.wait();
            // Not between two signatures of one client, which would wait for it.
            if self.signed && ready.is_nothing() {
                wipe_stack();
                self.signed = false;
            }
            if ready.woken {
                self.drain();
                self.take_done();
            }
            for id in ready.clients {
                self.serve(id);
            }
            if ready.new {
                self.accept();
            }
            if self.swept.elapsed() >= Duration::from_secs(1) {
                self.sweep();
            }
        }
    }

    /// Waits until something can be done.
    fn wait(&self) -> Ready {
        let mut polled =
            vec![PollFd::new(&self.woken, PollFlags::IN), PollFd::from_borrowed_fd(self.socket.listener.as_fd(), PollFlags::IN)];
        let mut ids = Vec::with_capacity(self.connections.len());
        for (id, connection) in &self.connections {
            let wanted = match (connection.outbox.is_empty(), connection.busy) {
                (false, _) => PollFlags::OUT,
                (true, false) => PollFlags::IN,
                // Its end is told all the same.
                (true, true) => PollFlags::empty(),
            };
            polled.push(PollFd::from_borrowed_fd(connection.stream.as_fd(), wanted));
            ids.push(*id);
        }
        let wait = if self.signed { REST } else { Timespec { tv_sec: 1, tv_nsec: 0 } };
        if poll(&mut polled, Some(&wait)).is_err() {
            return Ready::default();
        }
        let is_ready = |polled: &PollFd<'_>| !polled.revents().is_empty();
        let clients = polled.iter().skip(2).zip(ids).filter(|(polled, _)| is_ready(polled)).map(|(_, id)| id).collect();
        Ready { woken: is_ready(&polled[0]), new: is_ready(&polled[1]), clients }
    }

    fn drain(&self) {
        let mut bytes = [0; 64];
        while (&self.woken).read(&mut bytes).is_ok_and(|read| read > 0) {}
    }

    fn accept(&mut self) {
        loop {
            match self.socket.listener.accept() {
                Ok((stream, _)) => self.take(stream),
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    // No descriptor is left: one of those that wait for nothing makes room.
                    if !self.evict() {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                    return;
                }
            }
        }
    }

    fn take(&mut self, stream: UnixStream) {
        let Some(asker) = peer::own(&stream) else {
            self.core.tell("A process of another user asked the agent, and was not answered.".into());
            return;
        };
        if stream.set_nonblocking(true).is_err() || (self.connections.len() >= self.most && !self.evict()) {
            return;
        }
        self.next += 1;
        let session = Session::of(asker);
        let connection =
            Connection { stream, session, inbox: Vec::new(), outbox: Vec::new(), busy: false, touched: Instant::now() };
        self.connections.insert(self.next, connection);
        self.serve(self.next);
    }

    /// Ends the connection that was idle longest; false where all are at work.
    fn evict(&mut self) -> bool {
        let idle = self.connections.iter().filter(|(_, connection)| !connection.busy);
        let oldest = idle.min_by_key(|(_, connection)| connection.touched).map(|(id, _)| *id);
        oldest.is_some_and(|id| self.connections.remove(&id).is_some())
    }

    /// Ends those that began a message and do not go on.
    fn sweep(&mut self) {
        let stuck = |connection: &Connection| {
            let begun = !connection.inbox.is_empty() || !connection.outbox.is_empty();
            begun && !connection.busy && connection.touched.elapsed() > BEGUN
        };
        self.connections.retain(|_, connection| !stuck(connection));
        self.swept = Instant::now();
    }

    /// Writes what waits, reads what came, answers it.
    fn serve(&mut self, id: u64) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        if self.go_on(id, &mut connection).is_some() {
            self.connections.insert(id, connection);
        }
    }

    /// `None` where the connection has ended.
    fn go_on(&mut self, id: u64, connection: &mut Connection) -> Option<()> {
        connection.flush()?;
        if !connection.busy && connection.outbox.is_empty() {
            connection.fill()?;
        } else if connection.busy && connection.is_gone() {
            return None;
        }
        self.answer_all(id, connection)
    }

    /// Answers whole messages, one after the other, until one takes long or the client does not read.
    fn answer_all(&mut self, id: u64, connection: &mut Connection) -> Option<()> {
        while !connection.busy && connection.outbox.is_empty() {
            let Some(message) = connection.message()? else { break };
            match self.core.answer(&mut connection.session, &message).ok()? {
                Reply::Now(answer) => {
                    self.signed |= matches!(answer, Answer::Signature(_));
                    connection.outbox = ssh_agent::write(&answer);
                }
                Reply::Later(job) => self.start(id, connection, job),
            }
            connection.flush()?;
        }
        Some(())
    }

    fn start(&mut self, id: u64, connection: &mut Connection, job: Box<dyn FnOnce() -> Answer + Send>) {
        let (done, waker) = (self.done.0.clone(), self.waker.clone());
        let work = move || {
            let answer = on_wiped_stack(job);
            // With the agent gone nobody waits for it.
            let _ = done.send((id, answer));
            wake(&waker);
        };
        let few = self.jobs < MOST_JOBS;
        if few && std::thread::Builder::new().name("ssh-agent-sign".into()).spawn(work).is_ok() {
            self.jobs += 1;
            connection.busy = true;
        } else {
            self.core.tell("Too many signatures wait for an answer, so one more was refused.".into());
            connection.outbox = ssh_agent::write(&Answer::Failure);
        }
    }

    fn take_done(&mut self) {
        let done: Vec<_> = self.done.1.try_iter().collect();
        for (id, answer) in done {
            self.jobs = self.jobs.saturating_sub(1);
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.busy = false;
                connection.outbox = ssh_agent::write(&answer);
            }
            self.serve(id);
        }
    }
}

impl Connection {
    /// Writes as much as the client takes; `None` where it is gone.
    fn flush(&mut self) -> Option<()> {
        while !self.outbox.is_empty() {
            match self.stream.write(&self.outbox) {
                Ok(0) => return None,
                Ok(written) => {
                    self.outbox.drain(..written);
                    self.touched = Instant::now();
                }
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Some(()),
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(())
    }

    /// Reads what is there, no more than one message and one turn; `None` where the client is gone.
    fn fill(&mut self) -> Option<()> {
        let mut bytes = [0; 4096];
        let mut read = 0;
        while read < TURN && !self.is_whole() {
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => {
                    self.inbox.extend_from_slice(&bytes[..count]);
                    read += count;
                    self.touched = Instant::now();
                }
                Err(cause) if cause.kind() == ErrorKind::WouldBlock => break,
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(())
    }

    fn is_whole(&self) -> bool {
        let length = self.inbox.first_chunk::<HEAD>().map(|head| ssh_agent::length(*head));
        match length {
            None => false,
            // A message that is too long is told by its first bytes, and no more of it is read.
            Some(Err(_)) => true,
            Some(Ok(length)) => self.inbox.len() >= HEAD + length,
        }
    }

    /// The next whole message, if one is there; `None` outside where it is too long.
    #[expect(clippy::option_option, reason = "an end, a message, or not yet one")]
    fn message(&mut self) -> Option<Option<Vec<u8>>> {
        let Some(head) = self.inbox.first_chunk::<HEAD>() else { return Some(None) };
        let length = ssh_agent::length(*head).ok()?;
        if self.inbox.len() < HEAD + length {
            return Some(None);
        }
        let rest = self.inbox.split_off(HEAD + length);
        let mut message = std::mem::replace(&mut self.inbox, rest);
        message.drain(..HEAD);
        Some(Some(message))
    }

    /// The client hung up while its answer is being made.
    fn is_gone(&self) -> bool {
        let mut polled = [PollFd::new(&self.stream, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}
