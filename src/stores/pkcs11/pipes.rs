//! The two pipes to a worker: a request goes out, its answer comes in, and neither is waited for longer than was said.
//!
//! A signature by a fast token takes some tens of microseconds, of which waking up a thread would be a good part. So
//! where a pipe can be asked whether it has something (Unix), the caller itself waits, and for the first moments both
//! ends stay awake: the caller for its answer, the worker for what is asked next.

#[cfg(not(unix))]
pub(super) use by_thread::{Pipes, Requests};
#[cfg(unix)]
pub(super) use direct::{Pipes, Requests};

#[cfg(unix)]
mod direct {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, BorrowedFd};
    use std::process::{ChildStdin, ChildStdout};
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::ioctl_fionbio;

    use crate::secret::SecretBytes;
    use crate::stores::pkcs11::protocol::{self, Reply, Request};

    /// So long a caller stays awake for an answer, and a worker for the next request.
    const AWAKE: Duration = Duration::from_micros(300);

    /// Both ends, which never block.
    pub(in crate::stores::pkcs11) struct Pipes {
        input: ChildStdin,
        output: ChildStdout,
    }

    /// The worker's end of the pipe that requests come by.
    pub(in crate::stores::pkcs11) struct Requests(File);

    /// An end until a moment, or for ever.
    struct Until<T> {
        end: T,
        awake: Instant,
        last: Option<Instant>,
    }

    impl Requests {
        pub(in crate::stores::pkcs11) fn new(input: File) -> io::Result<Self> {
            ioctl_fionbio(&input, true)?;
            Ok(Self(input))
        }
    }

    impl Read for Requests {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let mut until = Until { end: &mut self.0, awake: Instant::now() + AWAKE, last: None };
            once(&mut until, PollFlags::IN, |end| end.read(buffer))
        }
    }

    impl Pipes {
        pub(in crate::stores::pkcs11) fn new(input: ChildStdin, output: ChildStdout) -> io::Result<Self> {
            ioctl_fionbio(&input, true)?;
            ioctl_fionbio(&output, true)?;
            Ok(Self { input, output })
        }

        /// Asks, and waits at most so long: [`io::ErrorKind::TimedOut`] after that.
        pub(in crate::stores::pkcs11) fn ask(
            &mut self,
            request: Request,
            secret: Option<SecretBytes>,
            wait: Duration,
        ) -> io::Result<(Reply, SecretBytes)> {
            let began = Instant::now();
            let (awake, last) = (began + AWAKE, Some(began + wait));
            protocol::write(&mut Until { end: &mut self.input, awake: began, last }, &request, secret.as_ref())?;
            drop((request, secret));
            protocol::read(&mut Until { end: &mut self.output, awake, last })
        }
    }

    /// Waits until an end is ready, or has been closed.
    fn wait(end: BorrowedFd<'_>, flags: PollFlags, last: Option<Instant>) -> io::Result<()> {
        loop {
            let left = match last.map(|last| last.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Err(io::ErrorKind::TimedOut.into()),
                left => left.map(Timespec::try_from).transpose().map_err(io::Error::other)?,
            };
            match poll(&mut [PollFd::from_borrowed_fd(end, flags)], left.as_ref()) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Does it once it can be done.
    fn once<T: AsFd>(
        until: &mut Until<T>,
        flags: PollFlags,
        mut act: impl FnMut(&mut T) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match act(&mut until.end) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if Instant::now() < until.awake => std::hint::spin_loop(),
                Err(_) => wait(until.end.as_fd(), flags, until.last)?,
                done => return done,
            }
        }
    }

    impl Read for Until<&mut ChildStdout> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            once(self, PollFlags::IN, |end| end.read(buffer))
        }
    }

    impl Write for Until<&mut ChildStdin> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            once(self, PollFlags::OUT, |end| end.write(bytes))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(not(unix))]
mod by_thread {
    use std::fs::File;
    use std::io::{self, Read};
    use std::process::{ChildStdin, ChildStdout};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
    use std::time::Duration;

    use crate::secret::SecretBytes;
    use crate::stores::pkcs11::protocol::{self, Reply, Request};

    /// The way to a thread that has both ends: a pipe to a worker that hangs blocks.
    pub(in crate::stores::pkcs11) struct Pipes(Sender<Call>);

    struct Call {
        request: Request,
        secret: Option<SecretBytes>,
        reply: SyncSender<io::Result<(Reply, SecretBytes)>>,
    }

    impl Pipes {
        pub(in crate::stores::pkcs11) fn new(input: ChildStdin, output: ChildStdout) -> io::Result<Self> {
            let (calls, receiver) = channel();
            std::thread::Builder::new().name("token".into()).spawn(move || carry(&receiver, input, output))?;
            Ok(Self(calls))
        }

        /// Asks, and waits at most so long: [`io::ErrorKind::TimedOut`] after that.
        pub(in crate::stores::pkcs11) fn ask(
            &mut self,
            request: Request,
            secret: Option<SecretBytes>,
            wait: Duration,
        ) -> io::Result<(Reply, SecretBytes)> {
            let (reply, answer) = sync_channel(1);
            self.0.send(Call { request, secret, reply }).map_err(|_| io::ErrorKind::BrokenPipe)?;
            match answer.recv_timeout(wait) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
                Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }

    /// The worker's end of the pipe that requests come by.
    pub(in crate::stores::pkcs11) struct Requests(File);

    impl Requests {
        #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
        pub(in crate::stores::pkcs11) const fn new(input: File) -> io::Result<Self> {
            Ok(Self(input))
        }
    }

    impl Read for Requests {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    /// Carries calls one after the other.
    fn carry(calls: &Receiver<Call>, mut input: ChildStdin, mut output: ChildStdout) {
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
}
