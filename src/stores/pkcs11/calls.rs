//! Calls that change a token, and a program that is gone while one is under way. The worker then ends the call that it is
//! in, for modules that are stopped in its middle may leave a token that cannot be read any more, and begins no other.
//!
//! Whoever settles afterwards what was interrupted waits for that first: a worker holds a lock on a file as long as it
//! changes a token.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Between two looks at the lock.
const PAUSE: Duration = Duration::from_millis(5);

/// The file, and where requests come from.
pub(super) struct Calls {
    file: File,
    asker: Asker,
}

impl Calls {
    /// Of a worker whose requests come from `input`.
    pub(super) fn new(path: &Path, input: &File) -> io::Result<Self> {
        Ok(Self { file: open(path)?, asker: Asker::of(input)? })
    }

    /// Carries out a call that changes the token, unless nobody waits for it any more.
    pub(super) fn change<R>(&self, call: impl FnOnce() -> R) -> io::Result<Option<R>> {
        self.file.lock_shared()?;
        let done = (!self.asker.is_gone()).then(call);
        self.file.unlock()?;
        Ok(done)
    }
}

/// Waits, at most so long, until no worker changes a token any more; whether that is so.
pub fn have_ended(path: &Path, longest: Duration) -> io::Result<bool> {
    let (file, last) = (open(path)?, Instant::now() + longest);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= last => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The program that sends requests.
#[cfg(unix)]
struct Asker(File);

#[cfg(unix)]
impl Asker {
    fn of(input: &File) -> io::Result<Self> {
        input.try_clone().map(Self)
    }

    /// Its end of the pipe is closed, whatever lies in the pipe still.
    fn is_gone(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut ends = [PollFd::new(&self.0, PollFlags::empty())];
        let looked = poll(&mut ends, Some(&Timespec::default()));
        looked.is_ok() && ends.iter().any(|end| end.revents().intersects(PollFlags::HUP | PollFlags::ERR))
    }
}

/// Here a pipe does not tell; what lies in it is carried out.
#[cfg(not(unix))]
struct Asker;

#[cfg(not(unix))]
impl Asker {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    fn of(_: &File) -> io::Result<Self> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "elsewhere it is asked")]
    const fn is_gone(&self) -> bool {
        false
    }
}
